"""Palettes: the colors of sky, roof, wall and ground of a house, as hints for a drawing that has none (``hints``).

They are dots of color at their places, ``palettes.json``, taken from photos of houses by ``tools/palettes.py``. With
another palette a generator that takes hints gives another picture of the same drawing. The first palettes differ most.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import torch

from .hints import resized

FILE = Path(__file__).with_suffix(".json")
DOT = 10 / 256  # the side of a dot, in longer sides of the picture
Palette = list[tuple[float, float, str]]


@cache
def palettes() -> list[Palette]:
    """Of each palette its dots: x and y in [0, 1], and the color, #rrggbb."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def palette_hints(which: int | np.random.Generator, size: Sequence[int]) -> torch.Tensor:
    """A palette as hints (1, 4, H, W) for a drawing of ``size`` (H, W): the one of this number, from 0, or by a
    generator of random numbers any.

    Raises ValueError for a number that no palette has.
    """
    known, (height, width) = palettes(), size
    number = which if isinstance(which, int) else int(which.integers(len(known)))
    if not 0 <= number < len(known):
        raise ValueError(f"palette {number}: there are {len(known)}, from 0 on")
    side = max(1, round(DOT * max(size)))
    hints = torch.zeros(1, 4, height, width)
    for x, y, color in known[number]:
        left, top = (max(0, int(at * length - side / 2 + 0.5)) for at, length in ((x, width), (y, height)))
        dot = torch.tensor([*bytes.fromhex(color[1:]), 255]) / 255
        hints[..., top : top + side, left : left + side] = dot.view(4, 1, 1)
    return hints


def laid_over(own: torch.Tensor | None, below: torch.Tensor) -> torch.Tensor:
    """A person's ``own`` hints (N, 4, h, w), or None, on top of others, (N, 4, H, W): where both are, the own count."""
    if own is None:
        return below
    fitting = resized(own, below.shape[-2:])
    return torch.where(fitting[:, 3:] > 0, fitting, below)
