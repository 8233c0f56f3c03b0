"""Color hints: strokes and dots of color beside a drawing, which tell a generator what is to be of which color.

Hints are (N, 4, H, W) in [0, 1]: three channels of color (RGB), and where it is to be, 1 there and 0 elsewhere. In
training they are taken from the true picture, few or many, as a person might set them (Zhang et al. 2017, "Real-time
user-guided image colorization", section 3.1, has squares; strokes are what a hand makes).
"""

import numpy as np
import torch
from PIL import Image, ImageDraw

WITHOUT = 0.4  # share of pictures that have none, in training: a drawing alone must do
TRIALS = 3  # strokes of which the one over the evenest color is taken: people do not paint across borders
SHAKE = 0.02  # deviation of the color of a hint from that of the picture
SLIP = 2.0  # pixels that a hint lies off at most, in a picture of 256


def sampled(pictures: torch.Tensor, rng: np.random.Generator, most: int, without: float = WITHOUT) -> torch.Tensor:
    """Hints (N, 4, H, W) for true pictures (N, 3, H, W): a share ``without`` has none, the others 1 to ``most``, as
    often a few as many.
    """
    return torch.stack([_hints(x, 0 if rng.random() < without else _number(rng, most), rng) for x in pictures])


def placed(picture: torch.Tensor, number: int, rng: np.random.Generator) -> torch.Tensor:
    """``number`` hints (1, 4, H, W) for one picture (1, 3, H, W)."""
    return _hints(picture[0], number, rng)[None]


def _number(rng: np.random.Generator, most: int) -> int:
    return round(most ** rng.random())


def _hints(picture: torch.Tensor, number: int, rng: np.random.Generator) -> torch.Tensor:
    pixels = picture.permute(1, 2, 0).numpy()
    hints = np.zeros((*pixels.shape[:2], 4), np.float32)
    for _ in range(number):
        tried = [_stroke(pixels.shape[:2], rng) for _ in range(TRIALS)]
        under = [pixels[mask] for mask in tried]
        best = min(range(TRIALS), key=lambda i: under[i].std(axis=0).sum())
        color = np.clip(under[best].mean(axis=0) + rng.normal(0, SHAKE, 3), 0, 1)
        slip = np.round(rng.uniform(-SLIP, SLIP, 2) * max(pixels.shape) / 256).astype(int)
        hints[_moved(tried[best], slip)] = (*color, 1)
    return torch.from_numpy(hints).permute(2, 0, 1)


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
