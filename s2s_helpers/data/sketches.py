"""Line drawings from photos: dark ink on white (chapter 01_sketches_and_pictures).

Pictures are (N, 3, H, W), RGB, in [0, 1]; a drawing is a picture whose three channels are equal.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy import ndimage
from skimage.feature import canny, hessian_matrix
from skimage.filters import apply_hysteresis_threshold
from skimage.morphology import skeletonize
from torch.nn.functional import interpolate

from ..images import check_range

FAINT = 0.75  # lightness of the darkest tenth of the ink of a drawing; fine lines in few pixels come to 0.7
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601


@dataclass(frozen=True)
class Ink:
    """Extended difference of Gaussians (Winnemoeller et al. 2012, doi 10.1016/j.cag.2012.03.004, eq 7 and 8).

    ``sigma``: width of the lines in pixels. ``sharpness``: p, how strongly edges count against shade.
    ``threshold``: below it ink flows, between 0 and 1. ``softness``: phi, how suddenly.
    """

    sigma: float = 1.0
    ratio: float = 1.6  # k: with 1.6 the difference comes near the Laplacian (Marr and Hildreth 1980)
    sharpness: float = 18.0
    threshold: float = 0.62
    softness: float = 12.0
    areas: bool = True  # False: dark areas are left white, only lines are drawn


@dataclass(frozen=True)
class Edges:
    """Thin edges: Canny's, without specks, drawn again as lines of ``width`` pixels."""

    sigma: float = 1.5
    width: float = 1.2
    smallest: int = 12  # pixels of an edge that is kept


@dataclass(frozen=True)
class Contours:
    """A pen along the crests of a map that tells how sure something is of a line, as a network's (``pencil``).

    A crest is drawn from where it is as sure as ``sure``, and goes on as far as it is ``faint``.
    """

    sure: float = 0.5
    faint: float = 0.25
    width: float = 1.4  # pixels, in a picture of 512
    shortest: int = 12  # pixels of a line that is kept, likewise


def gray(x: torch.Tensor) -> np.ndarray:
    """The lightness of pictures, float32 (N, H, W)."""
    weights = torch.tensor(LUMA, dtype=x.dtype).view(1, 3, 1, 1)
    return (x.detach().cpu() * weights).sum(dim=1).numpy()


def drawing(lightness: np.ndarray) -> torch.Tensor:
    """(H, W) or (N, H, W) lightness as a drawing (N, 3, H, W)."""
    planes = np.atleast_3d(lightness).transpose(2, 0, 1) if lightness.ndim == 2 else lightness
    x = torch.from_numpy(np.ascontiguousarray(planes, dtype=np.float32)).clamp(0, 1)
    return x[:, None].expand(-1, 3, -1, -1).contiguous()


def is_clean(x: torch.Tensor) -> bool:
    """Whether a drawing (1, 3, H, W) is dark and gray on white already, as drawn or scanned and not photographed.

    Of the paper, which is what is lighter than middle gray and at least a fifth, a fifth and more is white (drawings of
    ours: from 0.30, the rest are borders of lines; photographed ones: to 0.11). The ink has no color, and is not faint.
    """
    step = max(1, max(x.shape[-2:]) // 1024)
    x = x[..., ::step, ::step]
    light = gray(x)[0]
    paper, ink = light > 0.5, light < 0.9
    if np.mean(paper) < 0.2 or np.mean(light[paper] > 0.98) < 0.2:
        return False
    color = (x.amax(dim=1) - x.amin(dim=1))[0].numpy()
    if not ink.any():
        return True
    faint = max(light.shape) >= 128 and np.quantile(light[ink], 0.1) > FAINT  # in fewer pixels all lines are faint
    return bool(color[ink].mean() < 0.1 and not faint)


def dark_on_white(x: torch.Tensor) -> torch.Tensor:
    """A drawing (1, 3, H, W) in gray, dark on white; one that is so (``is_clean``) is ``x`` itself.

    Light lines on dark are inverted. Paper, also unevenly lit, is divided out, and faint ink made black. Raises
    PictureError for what is no picture in [0, 1].
    """
    check_range(x)
    if is_clean(x):
        return x
    light = gray(x)[0]
    if _is_light_on_dark(light):
        light = 1 - light
        if is_clean(drawing(light)):
            return drawing(light)
    return drawing(_white_paper(light))


def _is_light_on_dark(plane: np.ndarray) -> bool:
    """Whether four fifths are dark; or half, and what differs from its surroundings is lighter (the third moment)."""
    if np.median(plane) > 0.5:
        return False
    around = ndimage.gaussian_filter(plane, max(plane.shape) / 16)
    return bool(np.quantile(plane, 0.8) < 0.35 or ((plane - around) ** 3).mean() > 0)


def _white_paper(plane: np.ndarray) -> np.ndarray:
    """Divided by the paper, which is the lightest nearby, and stretched so that ink is black and paper white."""
    reach = max(plane.shape) / 8
    smooth = ndimage.gaussian_filter(plane, reach / 16)
    paper = ndimage.gaussian_filter(ndimage.maximum_filter(smooth, round(reach) + 1), reach / 2)
    ratio = plane / np.maximum(paper, 0.02)
    ink = ratio[ratio < 0.88]
    black = min(np.quantile(ink, 0.1), 0.8) if ink.size else 0.5
    white = max(0.85, 0.65 + 0.35 * black)  # the paler the ink, the nearer to the paper
    return np.clip((ratio - black) / (white - black), 0, 1)


def ink(x: torch.Tensor, settings: Ink = Ink()) -> torch.Tensor:
    """Pictures as ink drawings: lines along edges, black areas where the picture is dark. Raises PictureError for what
    is no picture in [0, 1].
    """
    check_range(x)
    return drawing(np.stack([_ink(plane, settings) for plane in gray(x)]))


def _ink(plane: np.ndarray, s: Ink) -> np.ndarray:
    if not s.areas:  # divided by its surroundings, every flat area is equally light
        surroundings = ndimage.gaussian_filter(plane, 6 * s.sigma)
        plane = 0.8 * np.clip((plane + 0.04) / (surroundings + 0.04), 0, 1.2)
    fine, coarse = (ndimage.gaussian_filter(plane, sigma) for sigma in (s.sigma, s.ratio * s.sigma))
    sharpened = (1 + s.sharpness) * fine - s.sharpness * coarse
    return np.where(sharpened >= s.threshold, 1.0, 1.0 + np.tanh(s.softness * (sharpened - s.threshold)))


def edges(x: torch.Tensor, settings: Edges = Edges()) -> torch.Tensor:
    """Pictures as thin lines along their edges, with no areas. Raises PictureError for what is no picture in [0, 1]."""
    check_range(x)
    return drawing(np.stack([_edges(plane, settings) for plane in gray(x)]))


def _edges(plane: np.ndarray, s: Edges) -> np.ndarray:
    # Of the slope of lightness after smoothing: weaker edges are kept where they continue a stronger one.
    found = canny(plane, s.sigma, low_threshold=0.04, high_threshold=0.12)
    return lines(without_specks(found, s.smallest), s.width)


def contours(certainty: torch.Tensor, settings: Contours = Contours()) -> torch.Tensor:
    """Maps (N, 1, H, W) of how sure something is of a line, 0 to 1, as drawings: thin lines, the surer the darker."""
    return drawing(np.stack([_crests(plane, settings) for plane in certainty[:, 0].detach().cpu().numpy()]))


def _crests(plane: np.ndarray, s: Contours) -> np.ndarray:
    scale = max(plane.shape) / 512
    found = skeletonize(apply_hysteresis_threshold(_thinned(plane), s.faint, s.sure))
    found = without_specks(found, round(s.shortest * scale))
    light = lines(found, max(1.0, s.width * scale))
    strength = np.clip(0.3 + ndimage.maximum_filter(plane, 3), 0, 1)
    return 1 - (1 - light) * strength


def _thinned(plane: np.ndarray) -> np.ndarray:
    """``plane`` where it is no lower than its two neighbors across the crest, 0 elsewhere: Canny's non-maximum
    suppression, on a map of edges as Dollar and Zitnick 2013 do it (arXiv 1406.5549, section 3.4).

    Across the crest is where the second derivative is least. Thinning alone makes loops and knots of broad crests.
    """
    smooth = ndimage.gaussian_filter(plane, 1.0)
    bordered = np.pad(smooth, 1, mode="edge")  # a picture of one pixel has no slope
    yy, xy, xx = (part[1:-1, 1:-1] for part in hessian_matrix(bordered, sigma=1.5, use_gaussian_derivatives=False))
    along = 0.5 * np.arctan2(2 * xy, xx - yy)  # of the larger eigenvalue, as an angle from the x axis
    dy, dx = np.cos(along), -np.sin(along)
    y, x = np.mgrid[: plane.shape[0], : plane.shape[1]]
    sides = [ndimage.map_coordinates(smooth, [y + t * dy, x + t * dx], order=1, mode="nearest") for t in (1.0, -1.0)]
    return np.where(smooth >= np.maximum(*sides), plane, 0.0)


def lines(skeleton: np.ndarray, width: float) -> np.ndarray:
    """Lines of ``width`` pixels with soft borders along a skeleton, a boolean (H, W); lightness, (H, W)."""
    if not skeleton.any():
        return np.ones(skeleton.shape)
    distance = ndimage.distance_transform_edt(~skeleton)
    return np.clip(distance - width / 2 + 0.5, 0, 1)


def contour_sketch(contours: torch.Tensor, width: float = 1.5, threshold: float = 0.15) -> torch.Tensor:
    """Contour maps (N, 1 or 3, H, W), 1 on a contour and 0 elsewhere, as a drawing.

    Where several people drew, the map is their mean, and the ink is as dark as many drew it.
    """
    return drawing(np.stack([_contour(plane, width, threshold) for plane in contours[:, 0].numpy()]))


def _contour(plane: np.ndarray, width: float, threshold: float) -> np.ndarray:
    light = lines(skeletonize(plane > threshold), width)
    strength = np.clip(0.35 + ndimage.maximum_filter(plane, 5), 0, 1)
    return 1 - (1 - light) * strength


def jitter(sketch: torch.Tensor, rng: np.random.Generator, amount: float = 1.0) -> torch.Tensor:
    """Drawings as a less steady hand would make them: strokes shifted, pressed unevenly, here and there lifted.

    ``amount`` 1 shifts strokes by about 1.5 pixels for every 256 of the longer side.
    """
    return drawing(np.stack([_jitter(plane, rng, amount) for plane in sketch[:, 0].numpy()]))


def _jitter(plane: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    height, width = plane.shape
    scale = max(height, width) / 256
    shift = [1.5 * amount * scale * _smooth_noise(rng, plane.shape, cells) for cells in (9, 9)]
    y, x = np.mgrid[0:height, 0:width]
    moved = ndimage.map_coordinates(plane, [y + shift[0], x + shift[1]], order=1, mode="nearest", prefilter=False)
    pressure = np.clip(0.85 + 0.25 * _smooth_noise(rng, plane.shape, 12), 0.35, 1)
    lifted = np.clip((_smooth_noise(rng, plane.shape, 24) - 2.0) * 3, 0, 1)
    return 1 - (1 - moved) * pressure * (1 - lifted)


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> np.ndarray:
    """Noise of mean 0 and deviation near 1 that changes over a ``cells``-th of the longer side."""
    step = max(shape) / cells
    knots = tuple(int(side / step) + 2 for side in shape)
    coarse = torch.from_numpy(rng.standard_normal((1, 1, *knots))).float()
    whole = tuple(max(1, round((n - 1) * step)) for n in knots)
    return 1.2 * interpolate(coarse, size=whole, mode="bicubic")[0, 0, : shape[0], : shape[1]].numpy()


def sketch_from_photo(x: torch.Tensor) -> torch.Tensor:
    """Photos (N, 3, H, W) as the drawings that the shipped generator ``photo`` likes best.

    Ink lines that grow with the picture, freed of specks. Raises PictureError for what is no picture in [0, 1].
    """
    check_range(x)
    sigma = max(0.7, max(x.shape[-2:]) / 250)
    settings = Ink(sigma=sigma, areas=False)
    planes = [_clean(_ink(plane, settings), smallest=round(20 * sigma**2)) for plane in gray(x)]
    return drawing(np.stack(planes))


def _clean(plane: np.ndarray, smallest: int) -> np.ndarray:
    """The drawing without connected bits of ink of fewer than ``smallest`` pixels."""
    inked = plane < 0.6
    kept = without_specks(inked, smallest)
    specks = ndimage.binary_dilation(inked & ~kept, iterations=1) & ~kept
    return np.where(specks, 1.0, plane)


def without_specks(inked: np.ndarray, smallest: int) -> np.ndarray:
    """The boolean (H, W) without connected parts, corners included, of fewer than ``smallest`` pixels."""
    # scikit-image has this too, but renamed its argument in 0.26: no one call works in all versions.
    parts, _ = ndimage.label(inked, structure=np.ones((3, 3)))
    large = np.bincount(parts.ravel()) >= smallest
    large[0] = False  # the paper
    return large[parts]


def another_hand(sketch: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Drawings as other people would have drawn them: what ``facade`` is trained on.

    A third stay as they are. Of the rest half are drawn again with a pen of 1 to 3 pixels (for 256 of the
    longer side), without small strokes; the others are pressed harder. Most of both are jittered.
    """
    return torch.cat([_another_hand(x[None], rng) for x in sketch])


def _another_hand(sketch: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    if rng.random() < 1 / 3:
        return sketch
    plane, scale = sketch[0, 0].numpy(), max(sketch.shape[-2:]) / 256
    if rng.random() < 0.5:
        inked = without_specks(plane < rng.uniform(0.5, 0.85), smallest=round(rng.integers(4, 40) * scale**2))
        plane = lines(skeletonize(inked), rng.uniform(1, 3) * scale)
    else:
        plane = 1 - (1 - plane) * rng.uniform(0.7, 2.5)
    pressed = drawing(plane)
    return jitter(pressed, rng, rng.uniform(0.1, 0.7)) if rng.random() < 0.6 else pressed


def random_sketch(x: torch.Tensor, rng: np.random.Generator, contour: torch.Tensor | None = None) -> torch.Tensor:
    """A drawing of one photo (1, 3, H, W) in a hand drawn by lot: what ``photo`` is trained on.

    Half are the ``contour`` (1, 1, H, W) that a person drew, if there is one. Of the others a third are thin
    edges and the rest ink at some scale, half of it with dark areas. Most line drawings are jittered. So a
    person's own drawing lies in this world.
    """
    drawn, kind = rng.random(2)
    if drawn < 0.5 and contour is not None:
        sketch = contour_sketch(contour, width=rng.uniform(1, 2.2))
    elif kind < 0.34:
        sigma, width = rng.uniform(1, 2.5), rng.uniform(1, 2.2)
        sketch = edges(x, Edges(sigma, width, smallest=int(rng.integers(8, 24))))
    else:
        settings = Ink(
            sigma=0.6 * 3.5 ** rng.random(),
            sharpness=rng.uniform(12, 24),
            threshold=rng.uniform(0.52, 0.7),
            softness=rng.uniform(6, 20),
            areas=kind < 0.67,
        )
        sketch = ink(x, settings)
        if rng.random() < 0.6:
            sketch = drawing(np.stack([_clean(sketch[0, 0].numpy(), int(rng.integers(6, 24)))]))
        if settings.areas:
            return sketch
    return jitter(sketch, rng, rng.uniform(0.2, 1.5)) if rng.random() < 0.6 else sketch
