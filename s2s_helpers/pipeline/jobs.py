"""Many pictures, to be stopped and gone on with at any moment (chapter 15_live_controls).

A result is known by the stamp that it carries (``images.read_note``): a hash of all that it was made from. So what is
done is known without a list, which could be lost or disagree with the files; and if the picture is another one, it is
made again. Beside it stands where it comes from: a hash of the place of the picture and of the settings. What comes
from elsewhere stays, and the new result gets a longer name. A lock for each result keeps two runs from making it twice.
"""

import hashlib
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Protocol

import torch
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from ..data.pairs import find_pictures, find_unread
from ..images import QUALITY, PictureError, count_pictures, make_folder, read_note, save_picture
from ..runtime.files import sweep

MISHAPS = (ValueError, OSError, RuntimeError, MemoryError)  # of one picture; torch tells of full memory by RuntimeError


Row = dict[str, str]  # of a job: its name, its target and, when it is done, what went wrong


@dataclass(frozen=True)
class Job:
    """A picture to make and keep: ``make()`` gives it, ``target`` is its file, ``stamp()`` what it is made from,
    ``origin`` where it comes from. ``like`` and ``quality`` as of ``images.save_picture``.
    """

    name: str
    make: Callable[[], torch.Tensor]
    target: Path
    stamp: Callable[[], str]
    origin: str = ""
    like: Path | None = None
    quality: int = QUALITY

    def done(self) -> bool:
        """Whether the file is there and made from the same."""
        return read_note(self.target).split(" ")[0] == self.stamp()

    def is_ours(self) -> bool:
        """Whether the file is there and of the same origin, or is ``done``."""
        return read_note(self.target).partition(" ")[2] == self.origin or self.done()

    def do(self) -> None:
        """Make the picture and write it, with its stamp and its origin."""
        save_picture(self.make(), self.target, f"{self.stamp()} {self.origin}", self.like, self.quality)


def stamp(*parts: str | bytes) -> str:
    """A hash of all ``parts`` and of where one ends and the next begins."""
    whole = hashlib.sha256()
    for part in parts:
        data = part if isinstance(part, bytes) else part.encode()
        whole.update(hashlib.sha256(data).digest())
    return whole.hexdigest()


def mishap(error: Exception) -> str:
    """What an error says; its kind, if it says nothing."""
    return str(error) or type(error).__name__


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

    A run that is killed lets go of its lock, but its file may stay, also beside a result that is done.
    """
    path = job.target.with_name(f".{job.target.name}.lock")
    if job.done() and not path.exists():
        return True
    make_folder(job.target.parent)
    try:
        held = FileLock(path).acquire(timeout=-1 if wait else 0)
    except Timeout:
        return job.done()
    with held, _removed(path):
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
                    failures[job.name] = mishap(error)
                bar.update()
    return failures


class Worker:
    """What lives in another process, of this machine or of a cluster: the function that paints, sent there once."""

    def __init__(self, make: Callable[[Path], torch.Tensor], settings: str, quality: int):
        torch.set_num_threads(1)  # a worker has one core
        self.make, self.settings, self.quality = make, settings, quality

    def __call__(self, row: Row) -> Row:
        """Do the job in ``row`` unless it is done; returns it with what went wrong, if anything did."""
        path = Path(row["name"])
        job = job_of(path, partial(self.make, path), self.settings, self.quality, Path(row["target"]))
        try:
            once(job, wait=True)
        except MISHAPS as error:
            return row | {"failure": mishap(error)}
        return row | {"failure": ""}


def share(jobs: list[Job], give: Callable[[list[Row]], Iterable[Row]]) -> dict[str, str]:
    """Let others do the jobs, with a progress bar; returns what went wrong, by the names of the jobs.

    ``give`` hands a row for each job to a ``Worker``, and gives back what it returns, in any order.
    """
    rows = [{"name": str(Path(job.name).resolve()), "target": str(job.target.resolve())} for job in jobs]
    names = {row["name"]: job.name for row, job in zip(rows, jobs, strict=True)}
    told = tqdm(give(rows), total=len(rows), desc="stylize", unit="picture")
    return {names[row["name"]]: row["failure"] for row in told if row["failure"]}


def sources(folder: Path, out: Path) -> tuple[list[Path], list[str]]:
    """The pictures to paint in ``folder`` and the folders in it, and a line about each kind of what is left out.

    Left out are the results in ``out``; results of s2s (``images.read_note``) in the folders below, unless there is
    nothing else; and what is not read in a folder (``pairs.UNREAD``). Raises PictureError as ``folder_jobs``.
    """
    unread = [path for path in find_unread(folder) if not path.resolve().is_relative_to(out.resolve())]
    lines = [f"{_some(unread)}: not read in a folder; export pictures as JPEG or PNG, give films one by one"] * bool(
        unread
    )
    try:
        found = [path for path in find_pictures(folder) if not path.resolve().is_relative_to(out.resolve())]
    except PictureError as error:
        raise PictureError("; ".join([str(error), *lines])) from None
    if not found:
        raise PictureError(f"{out}: the results must lie in another folder than the pictures; choose one with --out")
    ours = {path for path in found if path.parent != folder and read_note(path)}
    if not ours or len(ours) == len(found):
        return found, lines
    folders = sorted({path.parent for path in ours})
    lines.append(f"{_some(folders)}: what s2s made is not painted again; name the folder itself to do so")
    return [path for path in found if path not in ours], lines


def _some(paths: list[Path]) -> str:
    """The first three, and how many more."""
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(map(str, paths[:3])) + more


def folder_jobs(
    folder: Path,
    out: Path,
    ending: str,
    paint: Callable[[Path], torch.Tensor],
    settings: str,
    tell: Callable[[str], object] = lambda line: None,
    overwrite: bool = False,
    quality: int = QUALITY,
) -> list[Job]:
    """A job for each picture in ``folder`` and the folders in it; ``out`` gets the same folders.

    The result of ``a.jpg`` is ``a_ENDING``, such as ``a_mosaic.png``, or the next of the names of ``free`` where that
    is of another origin; with ``overwrite`` it is replaced. ``settings`` says all of what ``paint`` and ``quality`` go
    by. ``tell`` is called with a line about what is left out (``sources``), and about what stays. Raises PictureError
    for a folder that is missing or has no pictures, and if they lie in ``out``.
    """
    found, left_out = sources(folder, out)
    for line in left_out:
        tell(f"left out: {line}")
    if several := [path for path in found if count_pictures(path) > 1]:
        tell(f"{_some(several)}: of several pictures in one file the first is taken")
    jobs: dict[Path, Job] = {}
    stays = []
    for path in found:
        job = partial(job_of, path, partial(paint, path), settings, quality)
        is_ours = partial(_is_ours, job, overwrite)
        place, taken = out / path.relative_to(folder).parent, jobs.keys()
        target = free(place, path, ending, is_ours, taken)
        jobs[target] = job(target)
        usual = place / f"{path.stem}_{ending}"
        stays += [usual] if usual not in jobs else []
    if stays:
        tell(f"{_some(stays)}: made of another picture or otherwise, and stays; --overwrite replaces it")
    return list(jobs.values())


def _is_ours(job: Callable[[Path], Job], overwrite: bool, target: Path) -> bool:
    return overwrite or job(target).is_ours()


def free(
    out: Path, source: Path, ending: str, is_ours: Callable[[Path], bool], taken: Collection[Path] = frozenset()
) -> Path:
    """The first of a_ENDING, a.jpg_ENDING, a.jpg_2_ENDING, ... that is not there or ``is_ours``, and not ``taken``."""
    names = chain((source.stem, source.name), (f"{source.name}_{i}" for i in count(2)))
    paths = (out / f"{name}_{ending}" for name in names)
    return next(path for path in paths if path not in taken and (not path.exists() or is_ours(path)))


def job_of(source: Path, make: Callable[[], torch.Tensor], settings: str, quality: int, target: Path) -> Job:
    """The job to ``make`` ``target`` of the picture at ``source``, of which it is another version."""
    made_from = partial(file_stamp, source, settings)
    return Job(str(source), make, target, made_from, origin(settings, source), source, quality)


def origin(settings: str, *sources: Path) -> str:
    """Where a result comes from: a hash of the places of ``sources``, whatever is in the files, and of the settings."""
    return stamp(*(os.fsencode(path.resolve()) for path in sources), settings)


def file_stamp(path: Path, settings: str) -> str:
    """The stamp of what is made from the file at ``path`` by ``settings``."""
    with open(path, "rb") as file:
        return stamp(hashlib.file_digest(file, "sha256").digest(), settings)
