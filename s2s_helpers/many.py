"""Many pictures, to be stopped and gone on with at any moment (chapter 13_live_controls).

A result is known by the stamp that it carries (``images.read_note``): a hash of all that it was made from. So what is
done is known without a list, which could be lost or disagree with the files; and if the picture, the style or a
setting is another one, it is made again. A lock for each result keeps two runs from making it twice.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import torch
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from .data.pairs import find_pictures
from .files import sweep
from .images import PictureError, read_note, save_picture

MISHAPS = (ValueError, OSError, RuntimeError, MemoryError)  # of one picture; torch tells of full memory by RuntimeError


@dataclass(frozen=True)
class Job:
    """A picture to make and keep: ``make()`` gives it, ``target`` is its PNG file, ``stamp()`` what it is made from."""

    name: str
    make: Callable[[], torch.Tensor]
    target: Path
    stamp: Callable[[], str]

    def done(self) -> bool:
        """Whether the file is there and made from the same."""
        return read_note(self.target) == self.stamp()

    def do(self) -> None:
        """Make the picture and write it, with its stamp."""
        save_picture(self.make(), self.target, self.stamp())


def stamp(*parts: str | bytes) -> str:
    """A hash of all ``parts`` and of where one ends and the next begins."""
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


class Result(Protocol):
    """What ``once`` needs of a job."""

    @property
    def target(self) -> Path:
        """The file to make."""

    def done(self) -> bool:
        """Whether it is there and up to date."""

    def do(self) -> None:
        """Make it."""


def once(job: Result, wait: bool) -> bool:
    """Do the job unless it is done. False if another run is at it; with ``wait`` its end is waited for.

    A run that is killed lets go of its lock.
    """
    if job.done():
        return True
    job.target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(job.target.with_name(f".{job.target.name}.lock"))
    try:
        held = lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        return False
    with held, _removed(Path(lock.lock_file)):
        if not job.done():  # by the other run, just now
            sweep(job.target)
            job.do()
    return True


@contextmanager
def _removed(path: Path) -> Iterator[None]:
    """Remove the file at the end, come what may; Windows removes no open file."""
    try:
        yield
    finally:
        with suppress(OSError):
            path.unlink()


def run(jobs: Iterable[Job], total: int | None, one_by_one: bool = False) -> dict[str, str]:
    """Do all jobs that are not done, with a progress bar; returns what went wrong, by the names of the jobs.

    What another run is at comes last, or with ``one_by_one`` is waited for. A picture that fails leaves no file and
    stops nothing; a later run tries it again.
    """
    failures: dict[str, str] = {}
    later: list[Job] = []
    with tqdm(total=total, desc="stylize", unit="picture") as bar:
        for pass_over, wait in ((jobs, one_by_one), (later, True)):
            for job in pass_over:
                try:
                    if not once(job, wait):
                        later.append(job)
                        continue
                except MISHAPS as error:
                    failures[job.name] = str(error) or type(error).__name__
                bar.update()
    return failures


def folder_jobs(
    folder: Path, out: Path, ending: str, paint: Callable[[Path], torch.Tensor], settings: str
) -> list[Job]:
    """A job for each picture in ``folder`` and the folders in it; ``out`` gets the same folders.

    The result of ``a.jpg`` is ``a_ENDING.png``, and that of ``a.png`` beside it ``a.png_ENDING.png``. ``settings``
    says all of what ``paint`` goes by. Results of earlier runs are no pictures to paint, if ``out`` lies in the folder.
    Raises PictureError for a folder that is missing or has no pictures.
    """
    jobs, taken = [], set()
    for path in find_pictures(folder):
        if path.resolve().is_relative_to(out.resolve()):
            continue
        place = out / path.relative_to(folder).parent
        target = place / f"{path.stem}_{ending}.png"
        if target in taken:
            target = place / f"{path.name}_{ending}.png"
        taken.add(target)
        jobs.append(Job(str(path), partial(paint, path), target, partial(file_stamp, path, settings)))
    if not jobs:
        raise PictureError(f"{out}: the results must lie in another folder than the pictures; choose one with --out")
    return jobs


def file_stamp(path: Path, settings: str) -> str:
    """The stamp of what is made from the file at ``path`` by ``settings``."""
    with open(path, "rb") as file:
        return stamp(hashlib.file_digest(file, "sha256").digest(), settings)
