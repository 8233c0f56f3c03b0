"""Photographs cut into crops, held in memory or read when needed: what the style and loss networks are trained on."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch.nn.functional import interpolate

from ..data.pairs import PhotoFolder
from ..data.shards import Shards, find_shards
from ..images import PictureError, from_uint8, to_uint8
from .loop import origin

SCALES = (0.6, 1.4)


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
        """The crops of every picture in ``folders``."""
        return cls([to_uint8(photo) for folder in folders for photo in PhotoFolder(folder)], scales)

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
    with the right ones. Nothing but the pictures of the step is in memory.
    """

    photos: Shards

    def __call__(self, rng: np.random.Generator, n: int, size: int) -> torch.Tensor:
        seed, step = origin(rng)
        return torch.cat([self._crop(rng, self.photos.photo(seed, step * n + i), size) for i in range(n)])


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
