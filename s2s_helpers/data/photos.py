"""Photographs cut into crops, held in memory or read when needed: what the style and loss networks are trained on."""

import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch.nn.functional import interpolate
from tqdm.auto import tqdm

from ..images import PictureError, from_uint8, to_uint8
from ..runtime.processes import processes
from ..runtime.seeds import origin
from .pairs import Folder, Item, PhotoFolder, find_pictures, refuse_pairs
from .shards import Shards, find_shards

SCALES = (0.6, 1.4)
TRIES = 10  # pictures in a row that cannot be read, before a training ends that reads them when they are needed


def left_out(error: PictureError) -> None:
    """Say that a picture is left out, and why. The first process does."""
    if processes().is_main_process:
        tqdm.write(f"s2s: left out: {error}", file=sys.stderr)


def readable(folder: Folder[Item]) -> Iterator[Item]:
    """What can be read of a folder; the rest is left out with a word. Raises PictureError if nothing can."""
    wrong: list[PictureError] = []
    for i in range(len(folder)):
        try:
            yield folder[i]
        except PictureError as error:
            left_out(error)
            wrong.append(error)
    if len(wrong) == len(folder):
        raise wrong[0]


def read_photos(*folders: Path) -> list[np.ndarray]:
    """Every picture in ``folders``, arrays (H, W, 3) of bytes, without those that cannot be read.

    Raises PictureError for a folder without a picture that can be read, and for one of pairs.
    """
    for folder in folders:
        refuse_pairs(folder)
    return [to_uint8(photo) for folder in folders for photo in readable(PhotoFolder(folder))]


def fingerprint(paths: Sequence[Path]) -> str:
    """What folders or archives hold, in short: their names, the number of files, a hash of the files' names and sizes.

    Nothing is read. A file in the place of another one with the same name and size is not noticed.
    """
    files = [(path, file) for path in paths for file in find_shards(path) or find_pictures(path)]
    told = [f"{os.path.relpath(file, path)} {file.stat().st_size}\n".encode() for path, file in files]
    names = ", ".join(path.resolve().name for path in paths) or "none"
    return f"{names}: {len(files)} files, {short_hash(*told)}"


def short_hash(*data: bytes) -> str:
    """Eight digits that are others for other ``data``."""
    whole = hashlib.sha256()
    for part in data:
        whole.update(part)
    return whole.hexdigest()[:8]


class Crops:
    """Random square crops of ``photos``, arrays (H, W, 3) of bytes.

    They are kept as bytes, about 0.25 MB for each of 288x288. ``crops(rng, n, size)`` gives
    (n, 3, size, size) in [0, 1]: a random photo, scale (``scales`` of its size, never smaller than the
    crop), place and mirror image.
    """

    def __init__(self, photos: Sequence[np.ndarray] | Shards, scales: tuple[float, float] = SCALES):
        self.photos: Sequence[np.ndarray] | Shards = photos
        self.scales = scales

    @classmethod
    def of_folders(cls, *folders: Path, scales: tuple[float, float] = SCALES) -> "Crops":
        """The crops of every picture in ``folders`` (``read_photos``)."""
        return cls(read_photos(*folders), scales)

    def __call__(self, rng: np.random.Generator, n: int, size: int) -> torch.Tensor:
        photos = cast(Sequence[np.ndarray], self.photos)  # Shards are for StreamedCrops
        return torch.cat([self._crop(rng, photos[int(rng.integers(len(photos)))], size) for _ in range(n)])

    def _crop(self, rng: np.random.Generator, photo: np.ndarray, size: int) -> torch.Tensor:
        height, width = photo.shape[:2]
        side = min(int(size / rng.uniform(*self.scales)), height, width)
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = photo[top : top + side, left : left + side]
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        return interpolate(from_uint8(crop), size=(size, size), mode="bicubic", antialias=True).clamp(0, 1)


class StreamedCrops(Crops):
    """``Crops`` of the photos in archives: step k of a training gets the ``n`` photos after those of step k - 1.

    ``rng`` must be that of ``step_rng``: its seed and its step say which photos are next, so a resumed training goes on
    with the right ones. Nothing but the pictures of the step is in memory. One that cannot be read is left out with a
    word, and the next one takes its place. Raises PictureError when ``TRIES`` of them in a row cannot be read.
    """

    photos: Shards

    def __init__(self, photos: Shards, scales: tuple[float, float] = SCALES):
        super().__init__(photos, scales)
        self.told: set[str] = set()

    def __call__(self, rng: np.random.Generator, n: int, size: int) -> torch.Tensor:
        seed, step = origin(rng)
        return torch.cat([self._crop(rng, self._sound(seed, step * n + i), size) for i in range(n)])

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
