"""The CMP facades, in the form in which pix2pix was trained on them (chapter 04_conditional_gans).

Tylecek and Sara 2013 labeled photographs of facades; Isola et al. 2017, section 6.2, use 400 of them for training, 100
for validation and 106 to test. A file holds both side by side, 512x256: the photo left, the label map right. A class is
a color in the map, and its JPEG compression blurs the borders between the colors.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from scipy.ndimage import grey_opening, maximum_filter

from ..images import from_uint8, to_uint8
from .facades import LABELS, Split
from .pairs import PairFolder

SKETCH_SIDE: Literal["right"] = "right"
# The colors of the classes, RGB in [0, 255], as most of the pixels of the 400 training maps have them.
COLORS = {
    "background": (0, 0, 221),
    "facade": (0, 51, 255),
    "window": (0, 128, 255),
    "door": (0, 204, 255),
    "cornice": (32, 255, 224),
    "sill": (113, 255, 142),
    "balcony": (193, 255, 62),
    "blind": (255, 241, 0),
    "deco": (255, 157, 0),
    "molding": (255, 81, 0),
    "pillar": (255, 0, 0),
    "shop": (170, 0, 0),
}
CLEAR = 60.0  # a pixel whose color is farther than this from those of all classes is the blur of a border
AREA, AROUND = 2, 7  # pixels: a class that is clear in a square of so many is one of those in the blur around it


def labels_of(maps: np.ndarray) -> np.ndarray:
    """The classes in label maps, bytes (N, H, W, 3); numbers of ``LABELS``, uint8 (N, H, W).

    A pixel has the class of the nearest color among those that are clear nearby: on a blurred border a color between
    two others may be that of a third. Raises ValueError for what is not bytes of this shape.
    """
    if maps.dtype != np.uint8 or maps.ndim != 4 or maps.shape[-1] != 3:
        raise ValueError(f"label maps {maps.dtype} {maps.shape}; bytes (N, H, W, 3) are needed")
    return np.stack([_labels(each.astype(np.float32)) for each in maps])


def _labels(pixels: np.ndarray) -> np.ndarray:
    apart = np.stack([np.linalg.norm(pixels - np.array(COLORS[name], np.float32), axis=-1) for name in LABELS])
    clear = (apart == apart.min(axis=0)) & (apart < CLEAR)
    nearby = maximum_filter(grey_opening(clear, (1, AREA, AREA)), (1, AROUND, AROUND))
    return np.where(nearby | ~nearby.any(axis=0), apart, np.inf).argmin(axis=0).astype(np.uint8)


def label_map(rectangles: Iterable[tuple[str, Sequence[int]]], size: int) -> torch.Tensor:
    """A label map (1, 3, size, size) of rectangles on the background: the name of a class, and a box (left, top, right,
    bottom) in pixels.

    A later one lies over an earlier: the files tell no other order of the classes. Raises ValueError for a class that
    is none of them.
    """
    pixels = np.full((size, size, 3), COLORS["background"], np.uint8)
    for name, (left, top, right, bottom) in rectangles:
        if name not in COLORS:
            raise ValueError(f"no class of the facades is called {name}; there are {', '.join(COLORS)}")
        pixels[top:bottom, left:right] = COLORS[name]
    return from_uint8(pixels)


def load_cmp(folder: str | Path) -> Split:
    """The pairs of a folder of files with photo and label map: what is drawn in a ``Split`` is the map in its colors.

    Raises PictureError as ``PairFolder``.
    """
    pairs = PairFolder(folder, SKETCH_SIDE)
    maps, photos = (np.concatenate([to_uint8(x)[None] for x in side]) for side in zip(*pairs, strict=True))
    sketches, pictures = (np.ascontiguousarray(x.transpose(0, 3, 1, 2)) for x in (maps, photos))
    return Split(sketches, pictures, labels_of(maps))
