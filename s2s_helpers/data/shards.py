"""Photos in tar archives, for more of them than folders or memory can hold well (chapter 19_speed_and_scale).

The format is WebDataset's: plain tar archives, ``photos-000000.tar`` and so on, with the files of the pictures in them.
The reader is our own, because a training here goes on exactly where it was stopped, and no library can do that with
shuffled archives: webdataset leaves it to its users (its issues 234 and 271), and ``datasets`` loses or repeats what
lies in its shuffle buffer (its issue 7901, pull request 8408). Here there is no buffer and no state: which photo comes
at which place is computed from the seed and the place.
"""

import random
import re
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import chain, count
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from ..images import SUFFIXES, PictureError, decode_picture, load_picture, to_uint8
from .pairs import find_pictures, find_unread

MEGABYTES = 100  # of an archive that is written: small enough to be moved about, and so large that there are few
RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")


class Shards:
    """The photos in archives, in endless passes: each visits all of them once, in an order of its own.

    The archives come in random order, and the photos of one archive, also in random order, one after the other. Only
    where a photo lies is kept in memory, 16 bytes for each. Archives of others should be shuffled, as is the custom.
    Raises PictureError for what is no tar archive, cut short, compressed, or without pictures.
    """

    def __init__(self, paths: list[Path]):
        self.paths = paths
        bar = tqdm(paths, desc="look into archives", unit="archive", mininterval=1.0)
        self.places = [_places(path) for path in bar]
        self.counts = np.array([len(places) for places in self.places])

    def __len__(self) -> int:
        return int(self.counts.sum())

    def photo(self, seed: int, place: int) -> np.ndarray:
        """The photo at ``place``, from 0 on without end, of the order of ``seed``; bytes (H, W, 3)."""
        turn, rest = divmod(place, len(self))
        order = np.random.default_rng((seed, turn)).permutation(len(self.paths))
        ends = np.cumsum(self.counts[order])
        nth = np.searchsorted(ends, rest, side="right")
        which = int(order[nth])
        inside = np.random.default_rng((seed, turn, 1 + which)).permutation(self.counts[which])
        offset, size = self.places[which][inside[ends[nth] - 1 - rest]]
        with open(self.paths[which], "rb") as file:
            file.seek(offset)
            data = file.read(size)
        return to_uint8(decode_picture(data, f"{self.paths[which]}, the picture at byte {offset}"))


def _places(path: Path) -> np.ndarray:
    """Where the pictures of an archive begin and how long they are, (n, 2)."""
    found = []
    try:
        with tarfile.open(path, "r:") as archive:
            for member in archive:
                vars(archive)["members"] = []  # it would keep all of them
                name = Path(member.name)
                if member.isfile() and name.suffix.lower() in SUFFIXES and not name.name.startswith("."):
                    found.append((member.offset_data, member.size))
    except (tarfile.TarError, OSError) as error:
        raise PictureError(f"{path}: not a tar archive, or compressed, damaged or cut short ({error})") from None
    if not found:
        raise PictureError(f"{path}: no pictures in it ({', '.join(SUFFIXES)})")
    return np.array(found)


def find_shards(path: Path) -> list[Path]:
    """The archives that ``path`` names: one, a folder of them, or several as in ``photos-{000..009}.tar``; or none.

    Raises PictureError if a named one is missing.
    """
    if path.is_dir():
        return sorted(path.glob("*.tar"))
    if path.suffix != ".tar":
        return []
    paths = [path]
    if found := RANGE.search(path.name):
        first, last = found.groups()
        numbers = (f"{i:0{len(first)}d}" for i in range(int(first), int(last) + 1))
        paths = [path.with_name(path.name.replace(found[0], number)) for number in numbers]
    for one in paths or [path]:
        if not one.is_file():
            raise PictureError(f"{one}: no such file")
    return paths


def write_shards(folder: Path, out: Path, seed: int = 0, megabytes: float = MEGABYTES) -> dict[Path, str]:
    """Write the photos in ``folder``, in random order, as archives of about so many megabytes into a new folder
    ``out``.

    Every photo is read first; returned is what was wrong with those that were left out. All archives are there or
    none. Raises PictureError when there are no photos, or when ``out`` has something in it.
    """
    paths = find_pictures(folder)
    wrong = {path: f"{path}: not read here; export as JPEG or PNG first" for path in find_unread(folder)}
    if out.exists() and any(out.iterdir()):
        raise PictureError(f"{out}: is not empty; choose another folder for the archives")
    random.Random(seed).shuffle(paths)
    part = out.with_name(f".{out.name}.part")
    shutil.rmtree(part, ignore_errors=True)  # of a run that was killed
    part.mkdir(parents=True)
    left = _readable(tqdm(paths, desc="write archives", unit="photo", mininterval=1.0), wrong)
    first = next(left, None)
    if not first:
        raise PictureError(next(iter(wrong.values())))
    numbers = count()
    while first:
        first = _write_one(part / f"photos-{next(numbers):06d}.tar", chain([first], left), megabytes * 1e6)
    if out.exists():
        out.rmdir()
    part.replace(out)
    return wrong


def _readable(paths: Iterable[Path], wrong: dict[Path, str]) -> Iterator[Path]:
    """Those that are pictures; what is wrong with the others goes to ``wrong``."""
    for path in paths:
        try:
            load_picture(path)
        except PictureError as error:
            wrong[path] = str(error)
        else:
            yield path


def _write_one(shard: Path, paths: Iterator[Path], room: float) -> Path | None:
    """Fill an archive with the next photos, named by numbers; returns the first of them that finds no room."""
    with tarfile.open(shard, "w") as archive:
        for i, path in enumerate(paths):
            data = path.read_bytes()
            if i and archive.offset + len(data) > room:
                return path
            member = tarfile.TarInfo(f"{i:06d}{path.suffix.lower()}")
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return None
