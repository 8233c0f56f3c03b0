"""Photographs held in memory and cut into crops: what the style and loss networks are trained on."""

from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import interpolate

from ..data.pairs import PhotoFolder
from ..images import from_uint8, to_uint8


class Crops:
    """Random square crops of ``photos``, arrays (H, W, 3) of bytes.

    They are kept as bytes, about 0.25 MB for each of 288x288. ``crops(rng, n, size)`` gives
    (n, 3, size, size) in [0, 1]: a random photo, scale (``scales`` of its size, never smaller than the
    crop), place and mirror image.
    """

    def __init__(self, photos: list[np.ndarray], scales: tuple[float, float] = (0.6, 1.4)):
        self.photos, self.scales = photos, scales

    @classmethod
    def of_folders(cls, *folders: Path, scales: tuple[float, float] = (0.6, 1.4)) -> "Crops":
        """The crops of every picture in ``folders``."""
        return cls([to_uint8(photo) for folder in folders for photo in PhotoFolder(folder)], scales)

    def __call__(self, rng: np.random.Generator, n: int, size: int) -> torch.Tensor:
        return torch.cat([self._crop(rng, size) for _ in range(n)])

    def _crop(self, rng: np.random.Generator, size: int) -> torch.Tensor:
        photo = self.photos[rng.integers(len(self.photos))]
        height, width = photo.shape[:2]
        side = min(int(size / rng.uniform(*self.scales)), height, width)
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = photo[top : top + side, left : left + side]
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        return interpolate(from_uint8(crop), size=(size, size), mode="bicubic", antialias=True).clamp(0, 1)
