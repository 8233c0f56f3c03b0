"""Photographs cut into crops, held in memory or read when needed: what the style and loss networks are trained on."""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from tqdm.auto import tqdm

from ..images import PictureError, shrunk, to_uint8
from ..runtime.processes import processes
from .pairs import Folder, Item, PhotoFolder, find_contours, find_pictures, find_unread, refuse_pairs
from .shards import Shards, find_shards
from .sources import as_image, check_bytes, crop, step_numbers

SCALES = (0.6, 1.4)
# Pixels of the longer side of a photo in memory, 2.4 MB. Of a photo as phones take it a crop would show a leaf or a bit
# of sky, and a hundred of them fill 3.6 GB.
LONGEST = 1024
PIECE = 4096  # bytes of a file that ``fingerprint`` reads at once: those that a disk reads anyway
TRIES = 10  # pictures in a row that cannot be read, before a training ends that reads them when they are needed


def left_out(error: PictureError) -> None:
    """Say that a picture is left out, and why. The first process does."""
    if processes().is_main_process:
        tqdm.write(f"s2s: left out: {error}", file=sys.stderr)


def readable(folder: Folder[Item]) -> Iterator[Item]:
    """What can be read of a folder, with a bar; the rest is left out with a word. PictureError if nothing can."""
    wrong: list[PictureError] = []
    shown = {"desc": "read photos", "unit": "photo", "mininterval": 1.0}
    for i in tqdm(range(len(folder)), **shown, disable=not processes().is_main_process):
        try:
            yield folder[i]
        except PictureError as error:
            left_out(error)
            wrong.append(error)
    if len(wrong) == len(folder):
        raise wrong[0]


def read_photos(*folders: Path) -> list[np.ndarray]:
    """Every picture in ``folders``, arrays (H, W, 3) of bytes, without those that cannot be read.

    What has more than ``LONGEST`` pixels at its longer side is shrunk to that, so that a photo fills 2.4 MB at most.

    Raises PictureError for a folder without a picture that can be read, and for one of pairs.
    """
    for folder in folders:
        refuse_pairs(folder)
        for path in find_unread(folder):
            left_out(PictureError(f"{path}: not read here; export as JPEG or PNG first"))
        tell_contours(folder)
    photos = (photo for folder in folders for photo in readable(PhotoFolder(folder)))
    return [to_uint8(shrunk(photo, LONGEST)) for photo in photos]


def tell_contours(folder: Path) -> None:
    """Say that what may be people's contours is read as photos, as in BSDS500. The first process does."""
    if (items := find_contours(folder)) and processes().is_main_process:
        (photo, (first, *_)), n = items[0], sum(len(maps) for _, maps in items)
        told = f"{n} files such as {first.name}, beside {photo.name}, count as photos"
        remedy = "if they are contours, move them, or give the folder to `s2s train photo --contours`"
        tqdm.write(f"s2s: {folder}: {told}; {remedy}", file=sys.stderr)


def fingerprint(paths: Sequence[Path]) -> str:
    """What folders or archives hold, in short: their names, the number of files, a hash of the files' names and sizes
    and of ``PIECE`` bytes at the beginning, in the middle and at the end of each.

    So little is read that it suits the largest data. A change within a file that is as long as before may go unnoticed
    elsewhere than there.
    """
    files = [(path, file) for path in paths for file in find_shards(path) or find_pictures(path)]
    told = [part for path, file in files for part in (os.fsencode(os.path.relpath(file, path)), *_pieces(file))]
    names = ", ".join(path.resolve().name for path in paths) or "none"
    return f"{names}: {len(files)} files, {short_hash(*told)}"


def _pieces(path: Path) -> Iterator[bytes]:
    """The size of a file, in a line, and what stands at three places in it."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        yield f" {size}\n".encode()
        for at in (0, (size - PIECE) // 2, size - PIECE):
            file.seek(max(at, 0))
            yield file.read(PIECE)


def short_hash(*data: bytes) -> str:
    """Eight digits that are others for other ``data``."""
    whole = hashlib.sha256()
    for part in data:
        whole.update(part)
    return whole.hexdigest()[:8]


class Crops:
    """Random square crops of ``photos``, arrays (H, W, 3) of bytes, as a ``PhotoSource``.

    They are kept as bytes, about 0.25 MB for each of 288x288. ``crops(seed, step, n, size)`` gives (n, 3, size, size)
    in [0, 1]: random photos, each at a random scale (``scales`` of its size, never smaller than the crop) and place,
    half of them mirrored. Raises ValueError for photos of another type or shape, and for none.
    """

    def __init__(self, photos: Sequence[np.ndarray] | Shards, scales: tuple[float, float] = SCALES):
        for photo in [] if isinstance(photos, Shards) else photos:
            check_bytes("a photo", photo)
        if not len(photos):
            raise ValueError("no photos are given; one or more are needed")
        self.photos: Sequence[np.ndarray] | Shards = photos
        self.scales = scales

    @classmethod
    def of_folders(cls, *folders: Path, scales: tuple[float, float] = SCALES) -> "Crops":
        """The crops of every picture in ``folders`` (``read_photos``)."""
        return cls(read_photos(*folders), scales)

    def __call__(self, seed: int, step: int, n: int, size: int) -> torch.Tensor:
        with step_numbers(seed, step) as rng:
            chosen = rng.integers(len(self.photos), size=n)
            return self._cut([cast(Sequence[np.ndarray], self.photos)[i] for i in chosen], rng, size)

    def _cut(self, photos: list[np.ndarray], rng: np.random.Generator, size: int) -> torch.Tensor:
        sides = [min(int(size / rng.uniform(*self.scales)), *photo.shape[:2]) for photo in photos]
        return torch.stack([crop(s, size, as_image(x))[0] for s, x in zip(sides, photos, strict=True)])


class StreamedCrops(Crops):
    """``Crops`` of the photos in archives: step k of a training gets the ``n`` photos after those of step k - 1.

    Nothing but the pictures of the step is in memory. One that cannot be read is left out with a word, and the next one
    takes its place. Raises PictureError when ``TRIES`` of them in a row cannot be read.
    """

    photos: Shards

    def __init__(self, photos: Shards, scales: tuple[float, float] = SCALES):
        super().__init__(photos, scales)
        self.told: set[str] = set()

    def __call__(self, seed: int, step: int, n: int, size: int) -> torch.Tensor:
        with step_numbers(seed, step) as rng:
            return self._cut([self._sound(seed, step * n + i) for i in range(n)], rng, size)

    def _sound(self, seed: int, place: int) -> np.ndarray:
        """The photo at ``place``, or the next one that can be read."""
        wrong: list[PictureError] = []
        for k in range(TRIES):
            try:
                return self.photos.photo(seed, place + k)
            except PictureError as error:
                wrong.append(error)
                if str(error) not in self.told:
                    self.told.add(str(error))
                    left_out(error)
        raise wrong[0]


def crops_of(paths: Sequence[Path], scales: tuple[float, float] = SCALES) -> Crops:
    """The crops of all photos in folders, or of those in tar archives (``find_shards``).

    Raises PictureError where there are no photos, and for folders of pictures beside archives.
    """
    found = [find_shards(path) for path in paths]
    if not any(found):
        return Crops.of_folders(*paths, scales=scales)
    if not all(found):
        loose = paths[found.index([])]
        raise PictureError(f"{loose}: has no archives, as the others have; write its photos as archives (s2s shards)")
    return StreamedCrops(Shards(sum(found, [])), scales)
