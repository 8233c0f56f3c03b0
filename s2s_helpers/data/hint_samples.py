"""Color hints for the training, taken from the true picture, few or many, as a person might set them (``hints``).

Zhang et al. 2017, "Real-time user-guided image colorization", section 3.1, have squares; strokes are what a hand makes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageDraw

WITHOUT = 0.4  # share of pictures that have none, in training: a drawing alone must do
TRIALS = 3  # strokes of which the one over the evenest color is taken: people do not paint across borders
SHAKE = 0.02  # deviation of the color of a hint from that of the picture
SLIP = 2.0  # pixels that a hint lies off at most, in a picture of 256


@dataclass(frozen=True)
class Hint:
    """A stroke or a dot of one ``color`` (RGB in [0, 1]): where it lies, boolean (H, W)."""

    where: np.ndarray
    color: np.ndarray


def sampled(pictures: torch.Tensor, rng: np.random.Generator, most: int, without: float = WITHOUT) -> torch.Tensor:
    """Hints (N, 4, H, W) for true pictures (N, 3, H, W): a share ``without`` has none, the others 1 to ``most``, as
    often a few as many.
    """
    size = pictures.shape[-2:]
    numbers = [0 if rng.random() < without else round(most ** rng.random()) for _ in pictures]
    return torch.cat([laid([hint(x, rng) for _ in range(n)], size) for x, n in zip(pictures, numbers, strict=True)])


def laid(hints: Iterable[Hint], size: Sequence[int]) -> torch.Tensor:
    """Hints one over the other, (1, 4, H, W) for ``size`` (H, W)."""
    planes = np.zeros((*size, 4), np.float32)
    for each in hints:
        planes[each.where] = (*each.color, 1)
    return torch.from_numpy(planes).permute(2, 0, 1)[None]


def hint(picture: torch.Tensor, rng: np.random.Generator) -> Hint:
    """One hint for a true picture (3, H, W), as a person might set it: in the color of what is there, near enough."""
    pixels = picture.permute(1, 2, 0).numpy()
    tried = [_stroke(pixels.shape[:2], rng) for _ in range(TRIALS)]
    where = min(tried, key=lambda mask: pixels[mask].std(axis=0).sum())
    color = np.clip(pixels[where].mean(axis=0) + rng.normal(0, SHAKE, 3), 0, 1)
    slip = np.round(rng.uniform(-SLIP, SLIP, 2) * max(pixels.shape) / 256).astype(int)
    return Hint(_moved(where, slip), color)


def _stroke(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Where a stroke or a square lies, boolean (H, W); at least a pixel."""
    height, width = shape
    scale = max(shape) / 256
    plane = Image.new("1", (width, height))
    pen, broad = ImageDraw.Draw(plane), max(1, round(scale * 3 * 10 ** rng.random()))
    x, y = float(rng.integers(width)), float(rng.integers(height))
    if rng.random() < 0.4:
        pen.rectangle((x - broad // 2, y - broad // 2, x + broad // 2, y + broad // 2), fill=1)
        return np.asarray(plane)
    turn = rng.uniform(0, 2 * np.pi)
    points = [(x, y)]
    for _ in range(rng.integers(1, 4)):
        turn += rng.normal(0, 0.6)
        far = scale * rng.uniform(5, 40)
        x, y = x + far * np.cos(turn), y + far * np.sin(turn)
        points.append((x, y))
    pen.line(points, fill=1, width=broad, joint="curve")
    return np.asarray(plane)


def _moved(mask: np.ndarray, by: np.ndarray) -> np.ndarray:
    """A mask moved by (rows, columns); what leaves the picture is lost, unless all of it would."""
    moved = np.zeros_like(mask)
    rows, columns = np.nonzero(mask)
    rows, columns = rows + by[0], columns + by[1]
    inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    moved[rows[inside], columns[inside]] = True
    return moved if inside.any() else mask
