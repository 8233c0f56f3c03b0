"""Detail in large pictures: paint coarse, then fine (chapter 15_live_controls).

The style network paints strokes of a certain number of pixels. In a large picture they are small beside what it shows:
the painting looks like a photo with a texture on it. Painted at a quarter of the size and enlarged, strokes are large,
but lines are soft. So both are done, the one upon the other, and the lines of the picture itself are drawn over each.
"""

from collections.abc import Callable

import torch

from ..data.sketches import gray
from ..images import resize

LARGE = 1024  # pixels of the longer side from which a picture is painted small first
SMALLER = 4  # so many times; of 2 and 4 the better one: data/results/detail.json


def coarse_to_fine(paint: Callable[[torch.Tensor], torch.Tensor], picture: torch.Tensor) -> torch.Tensor:
    """``picture``, (N, 3, H, W) in [0, 1], painted with large strokes and with small ones; the same shape.

    y(x) = d(p(d(E y(x / 4)))), where p is ``paint``, x / 4 the picture at a quarter of the size, E enlarges by 4, and
    d is ``with_lines`` of x. Pictures below ``LARGE`` are painted as they are.
    """
    if max(picture.shape[-2:]) < LARGE:
        return paint(picture)
    coarse = coarse_to_fine(paint, smaller(picture))
    return with_lines(paint(with_lines(coarse, picture)), picture)


def smaller(x: torch.Tensor) -> torch.Tensor:
    """``x`` at 1 / ``SMALLER`` of its height and width."""
    height, width = x.shape[-2:]
    return resize(x, (max(1, height // SMALLER), max(1, width // SMALLER)))


def with_lines(painting: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """``painting``, brought to the size of ``picture``, with the lightness that ``picture`` loses when ``smaller``."""
    size = tuple(picture.shape[-2:])
    lines = gray(picture) - gray(resize(smaller(picture), size))
    return (resize(painting, size) + torch.from_numpy(lines)[:, None]).clamp(0, 1)
