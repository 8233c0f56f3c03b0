"""Color hints: strokes and dots of color beside a drawing, which tell a generator what is to be of which color.

Hints are (N, 4, H, W) in [0, 1]: three channels of color (RGB), and where it is to be, 1 there and 0 elsewhere. A
person's are a picture of colors (``from_picture``), or lie in the drawing itself (``split``).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage
from torch.nn.functional import interpolate

from ..images import PictureError, beside, check_range, load_picture
from .sketches import dark_on_white, drawing, gray, without_specks

PAPER = 0.08  # difference from white up to which there is only paper, with what JPEG does to it
COLORED = 0.1  # difference of the channels from which on something is colored
PAINT = 0.2  # and the share that it is of all that the paper lacks, if this is paint; ink has half of that and less
FEW = 0.002  # share of the picture; with less ink a drawing has no lines but the colored ones
CORE = 0.75  # share of the strongest color nearby that the middle of a stroke has; its fringes have less
SPECK = 1e-4  # share of the picture; smaller spots are no hints
ONE_INK = 0.95  # how alike the hues are in a drawing that is made with a single colored pen


def check(hints: torch.Tensor) -> None:
    """Raise PictureError unless these are hints: float (N, 4, H, W), finite, in [0, 1]."""
    if hints.ndim != 4 or hints.shape[1] != 4 or not hints.is_floating_point():
        raise PictureError(f"color hints are a float tensor (N, 4, H, W), not {hints.dtype} {tuple(hints.shape)}")
    if not (hints.isfinite() & (hints >= 0) & (hints <= 1)).all():
        raise PictureError("color hints have values from 0 to 1")


def resized(hints: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Hints (N, 4, H, W) at another size (H, W): the mean color, wherever a quarter of what was there is colored."""
    if tuple(hints.shape[-2:]) == tuple(size):
        return hints
    color, where = hints[:, :3], hints[:, 3:]
    both = interpolate(torch.cat([color * where, where], 1), size=tuple(size), mode="bilinear", antialias=True)
    return _put(both[:, :3] / both[:, 3:].clamp(min=1e-6), both[:, 3:] >= 0.25)


def from_picture(x: torch.Tensor) -> torch.Tensor:
    """A picture of colors as hints (1, 4, H, W): RGBA (1, 4, H, W) where it is at least half opaque, RGB (1, 3, H, W)
    where it differs from white paper; all in [0, 1]. Raises PictureError for anything else.
    """
    if x.ndim == 4 and x.shape[1] == 4:
        check(x)
        return _put(x[:, :3], x[:, 3:] >= 0.5)
    check_range(x)
    strength = (1 - x[0]).amax(dim=0).numpy()
    return _put(x, torch.from_numpy(_middles(strength, strength > PAPER))[None, None])


def read(path: Path) -> torch.Tensor:
    """The hints (1, 4, H, W) in a picture file, as ``from_picture`` finds them; PictureError as ``load_picture``."""
    x, (alpha, _) = load_picture(path), beside(path)
    if alpha is None:
        return from_picture(x)
    color = (x - 1 + alpha) / alpha.clamp(min=1 / 255)  # as it was before it was laid on white
    return from_picture(torch.cat([color.clamp(0, 1), alpha], dim=1))


def split(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A colored drawing (1, 3, H, W) as its lines, dark on white (1, 3, H, W), and the colors as hints (1, 4, H, W).

    Ink is what is dark and has little color; what has color is a hint of it, without the fringes of strokes. Where
    there is no ink the colored strokes are the lines too. A drawing without color, or in a single colored ink, gives no
    hints, and is what ``dark_on_white`` makes of it. Raises PictureError for what is no picture in [0, 1].
    """
    check_range(x)
    white, paper = _on_white(x)
    most, least = white[0].amax(dim=0).numpy(), white[0].amin(dim=0).numpy()
    color = most - least
    pure = color / (1 - least + 0.05)  # paper that shines through does not change it
    where = (color > COLORED) & (pure > PAINT)
    where = without_specks(_middles(color, where), round(SPECK * color.size) + 1)
    # Ink over a bright paint darkens its strongest channel too.
    lines = 1 - (1 - most) * np.clip(2 - 2 * pure / PAINT, 0, 1)
    has_ink = np.mean(lines < 0.5) > FEW
    if not where.any() or (not has_ink and _is_one_ink(white, where)):
        return dark_on_white(x), torch.zeros(1, 4, *x.shape[-2:])
    sketch = dark_on_white(drawing(paper * lines) if has_ink else x)
    return sketch, _put(white, torch.from_numpy(where)[None, None])


def colored(sketch: torch.Tensor, hints: torch.Tensor | None) -> torch.Tensor:
    """A sketch (N, 3, H, W) with its hints (N, 4, h, w), if there are any, below the lines."""
    if hints is None:
        return sketch
    fitting = resized(hints, sketch.shape[-2:])
    return sketch * (1 - fitting[:, 3:] + fitting[:, :3])


def _put(color: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    return torch.cat([color.clamp(0, 1) * where, where.to(color)], dim=1)


def _middles(strength: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """``mask`` (H, W) without the fringes of strokes, where paper or another stroke shines through."""
    reach = 2 * max(1, round(max(mask.shape) / 256)) + 1
    return mask & (strength >= CORE * ndimage.maximum_filter(strength, reach))


def _on_white(x: torch.Tensor) -> tuple[torch.Tensor, float]:
    """The drawing (1, 3, H, W) divided by its paper, and the lightness of that: the median color of the lightest tenth,
    or 1, if that is no paper but paint.
    """
    light = gray(x)[0]
    paper = x[0][:, torch.from_numpy(light >= np.quantile(light, 0.9))].median(dim=1).values
    if paper.amin() < 0.5 or paper.amax() - paper.amin() > 0.15:
        return x, 1.0
    return (x / paper.view(1, 3, 1, 1)).clamp(0, 1), paper.mean().item()


def _is_one_ink(x: torch.Tensor, where: np.ndarray) -> bool:
    """Whether all that is colored has one hue, as a direction in the plane of the channels' differences."""
    red, green, blue = x[0][:, torch.from_numpy(where)].double()
    hue = torch.complex(red - (green + blue) / 2, (green - blue) * 3**0.5 / 2)
    return bool(hue.mean().abs() > ONE_INK * hue.abs().mean())
