"""What a painter may choose: a mixture of styles, the size of the strokes, the colors, the weights of the losses, a
style for each region (chapter 15_live_controls).

All of it works with one trained network; for the weights it must be an adjustable one. Pictures are float32
(N, 3, H, W), RGB, in [0, 1].
"""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import torch
from skimage.color import lab2rgb, rgb2lab
from torch.nn.functional import avg_pool2d, interpolate, pad

from .. import zoo
from ..data.sketches import gray
from ..images import PictureError, check_range, load_picture, resize
from ..nets.transform import DECADES, LOSS_WEIGHTS
from .sketch_to_style import SketchToStyle

Colors = Literal["style", "luminance", "covariance"]
STROKES = (0.25, 4.0)  # beyond them nothing is left of the strokes, or of the picture
WINDOW, FLAT = 4, 0.1**2  # of ``slope``: pixels, and a variance of lightness
FEATHER = 4  # pixels on each side of a region's border, within which one painting passes into the other
ROWS = 256  # of a large picture at a time: Lab needs several copies
ROUNDING = 1e-6  # of a weight at the end of its range: a slider says 0.01 as 10 to the power of its logarithm
STEP = 1 / 255  # of 8 bits: colors that vary by less do not vary


@dataclass(frozen=True)
class Controls:
    """How to paint.

    ``styles``: weights of the styles by name, none negative, 1 in sum; ``{"mosaic": 1}`` is one style alone.
    ``stroke``: how large the strokes are, relative to those that the painter learned; 0.25 to 4.
    ``colors``: "style" has those of the painting; "luminance" takes the lightness of the painting and the colors of
    the picture; "covariance" gives the painting the mean and the covariance of the picture's colors.
    ``style_weight`` and ``tv_weight``: how much style and smoothness count in the losses, beside a content weight of 1;
    a tenth to ten times the default. Other values than the default need an adjustable painter.
    ``strength``: how much of the style there is, 0 to 1; the rest is the style of the picture itself. Other values than
    1 need a painter for every painting.

    Raises ValueError for values other than these.
    """

    styles: Mapping[str, float]
    stroke: float = 1.0
    colors: Colors = "style"
    style_weight: float = LOSS_WEIGHTS["style"]
    tv_weight: float = LOSS_WEIGHTS["tv"]
    strength: float = 1.0

    def __post_init__(self) -> None:
        weights = self.styles.values()
        if not all(weight >= 0 for weight in weights):  # NaN too
            raise ValueError(f"a weight of a style is negative: {_listed(self.styles)}; they must be 0 or more")
        if not math.isclose(sum(weights), 1, abs_tol=1e-3):
            raise ValueError(f"the weights of the styles sum to {sum(weights):g}, not to 1: {_listed(self.styles)}")
        if not STROKES[0] <= self.stroke <= STROKES[1]:
            raise ValueError(f"the size of the strokes is {self.stroke:g}; it may be {STROKES[0]:g} to {STROKES[1]:g}")
        if self.colors not in get_args(Colors):
            raise ValueError(f"no colors named {self.colors}; there are {', '.join(get_args(Colors))}")
        if not 0 <= self.strength <= 1:
            raise ValueError(f"the strength is {self.strength:g}; it may be 0 to 1")
        for name, value in (("style", self.style_weight), ("tv", self.tv_weight)):
            least, most = weight_range(name)
            if not least * (1 - ROUNDING) <= value <= most * (1 + ROUNDING):
                raise ValueError(f"the {name} weight is {value:g}; it may be {least:g} to {most:g}")

    @property
    def loss_weights(self) -> torch.Tensor | None:
        """As an adjustable painter takes them, (1, 3); None for the default, which every painter has."""
        weights = LOSS_WEIGHTS | {"style": self.style_weight, "tv": self.tv_weight}
        return None if weights == LOSS_WEIGHTS else torch.tensor([[*weights.values()]])


def weight_range(name: str) -> tuple[float, float]:
    """The least and the largest value of a loss weight, "style" or "tv", for which an adjustable painter was
    trained.
    """
    return LOSS_WEIGHTS[name] / 10**DECADES, LOSS_WEIGHTS[name] * 10**DECADES


Region = tuple[torch.Tensor, Controls]  # a mask, (1, 1, H, W) in [0, 1], 1 where the controls hold


def _listed(styles: Mapping[str, float]) -> str:
    return ", ".join(f"{name}={weight:g}" for name, weight in styles.items()) or "no style is named"


def stylize(
    chain: SketchToStyle, picture: torch.Tensor, controls: Controls, regions: Sequence[Region] = ()
) -> torch.Tensor:
    """``picture`` painted as ``controls`` say, and within each region as its own controls say; the same shape.

    The regions are laid on one after the other, so where two overlap, the later is seen. Farther than ``FEATHER``
    pixels from the borders the result is that of each one's controls alone.

    Raises ValueError for a style that the painter does not know, and PictureError for what is no picture and for a
    mask of another shape (``fitted``).
    """
    check_range(picture)
    masks = [box_mean(fitted(mask, picture.shape[-2:]), FEATHER) for mask, _ in regions]
    looks = [controls, *(own for _, own in regions)]
    conditioning = [conditions(chain, look) for look in looks]  # mistakes are found first
    made = _painted(chain, picture, conditioning[0], controls)
    for mask, own, look in zip(masks, conditioning[1:], looks[1:], strict=True):
        made = torch.lerp(made, _painted(chain, picture, own, look), mask)
    return made


def conditions(chain: SketchToStyle, controls: Controls) -> list[torch.Tensor]:
    """What the painter takes beside the picture: the mixture of styles, and the loss weights if they are not the
    default.

    Raises ValueError for a style that it does not know, for loss weights if its own are those of its training, and for
    a strength if it has styles of its own.
    """
    known = chain.styles
    if unknown := [name for name in controls.styles if name not in known]:
        raise ValueError(zoo.unknown("style", unknown[0], known))
    if controls.strength != 1 and not chain.takes_paintings:
        raise ValueError(f"{chain.painter} has styles of its own, whole; a strength is for paintings, by `any_style`")
    shares = [controls.strength * controls.styles.get(name, 0) for name in known]
    conditioning = [torch.tensor([shares], dtype=torch.float32)]
    if controls.loss_weights is None:
        return conditioning
    if not chain.adjustable:
        raise ValueError(
            f"the loss weights of {chain.painter} are those of its training; take the painter `adjustable`"
        )
    return [*conditioning, controls.loss_weights]


def _painted(
    chain: SketchToStyle, picture: torch.Tensor, conditioning: list[torch.Tensor], controls: Controls
) -> torch.Tensor:
    conditioning = [each.expand(len(picture), -1) for each in conditioning]
    made = with_strokes(lambda x: chain.paint(x, *conditioning), picture, controls.stroke)
    if controls.colors == "luminance":
        return luminance_only(made, picture)
    return match_covariance(made, picture) if controls.colors == "covariance" else made


def with_strokes(paint: Callable[[torch.Tensor], torch.Tensor], picture: torch.Tensor, stroke: float) -> torch.Tensor:
    """The painting that ``paint`` makes, with strokes ``stroke`` times as large: painted at 1 / ``stroke`` of the size
    and brought back.

    The network paints strokes of a certain number of pixels, whatever the picture (eq-15-stroke). What a smaller
    canvas cannot hold of the picture's lightness is added again afterwards, so that lines stay sharp, but only as
    strongly as the painting follows the picture there (``slope``): all of it would be finer than the learned strokes.
    """
    size = picture.shape[-2:]
    canvas = resize(picture, (max(1, round(size[0] / stroke)), max(1, round(size[1] / stroke))))
    painting = paint(canvas)
    made = resize(painting, size)
    if stroke <= 1:
        return made
    detail = lightness(picture) - lightness(resize(canvas, size))
    gain = interpolate(slope(lightness(painting), lightness(canvas)), size=size, mode="bilinear")
    return (made + gain * detail).clamp(0, 1)


def lightness(x: torch.Tensor) -> torch.Tensor:
    """``sketches.gray`` as a tensor (N, 1, H, W)."""
    return torch.from_numpy(gray(x))[:, None]


def slope(y: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """g, by which y = g x + constant is best fulfilled around each pixel; x and y are (N, 1, H, W), and so is g.

    The gain of the guided filter (He et al. 2013, eq 5) in windows of 2 ``WINDOW`` + 1 pixels. Where x varies by less
    than the root of ``FLAT``, g goes to 0.
    """
    mean_x, mean_y = box_mean(x, WINDOW), box_mean(y, WINDOW)
    covariance = box_mean(x * y, WINDOW) - mean_x * mean_y
    return covariance / (box_mean(x * x, WINDOW) - mean_x.square() + FLAT)


def luminance_only(made: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """The lightness of ``made`` with the colors of ``picture``: L of the one, a and b of the other (CIE Lab, D65).

    Gatys et al. 2016, "Preserving color in neural artistic style transfer", arXiv 1606.05897. Less of the color is
    lost than in YIQ where no screen can show it so light or so dark: chapter 15 measures both.
    """
    strips = zip(made.split(ROWS, dim=2), picture.split(ROWS, dim=2), strict=True)
    return torch.cat([_lightness_and_colors(*pair) for pair in strips], dim=2)


def _lightness_and_colors(light: torch.Tensor, colored: torch.Tensor) -> torch.Tensor:
    lab = rgb2lab(colored.permute(0, 2, 3, 1).numpy())
    lab[..., 0] = rgb2lab(light.permute(0, 2, 3, 1).numpy())[..., 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of colors that no screen can show; they are cut
        rgb = lab2rgb(lab)
    return torch.from_numpy(rgb).permute(0, 3, 1, 2).clamp(0, 1)


def match_covariance(made: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    """The colors of ``made``, moved so that their mean and covariance are those of ``picture`` (eq-15-covariance).

    Of all linear maps that do this it is the one that moves the colors least (Pitie and Kokaram 2007, "The linear
    Monge-Kantorovitch linear colour mapping"). What leaves [0, 1] is cut.
    """
    return torch.stack([_moved(x, y) for x, y in zip(made, picture, strict=True)])


def _moved(made: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    x, y = made.flatten(1), picture.flatten(1)  # (3, H W)
    before, after = (torch.cov(each, correction=0).double() for each in (x, y))
    root, inverse = _power(before, 0.5), _power(before, -0.5, least=STEP**2)
    matrix = (inverse @ _power(root @ after @ root, 0.5) @ inverse).float()
    moved = matrix @ (x - x.mean(dim=1, keepdim=True)) + y.mean(dim=1, keepdim=True)
    return moved.view_as(made).clamp(0, 1)


def _power(matrix: torch.Tensor, exponent: float, least: float = 0.0) -> torch.Tensor:
    """A power of a covariance, whose eigenvalues count as ``least`` or more: what has no color must not be blown up."""
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp_min(least) ** exponent) @ vectors.T


def load_mask(path: str | Path) -> torch.Tensor:
    """The mask in a picture file, (1, 1, H, W): 1 where it is white, 0 where black, between them in gray.

    Raises PictureError as ``load_picture``, and for a mask that is the same everywhere.
    """
    mask = lightness(load_picture(path))
    if mask.min() == mask.max():
        raise PictureError(f"{path}: the mask is the same everywhere; paint it white where its style goes, else black")
    return mask


def fitted(mask: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """The mask at ``size`` (H, W). Raises PictureError unless it is (1, 1, h, w) in [0, 1] with about the same aspect.

    A mask may be larger or smaller than its picture, since pictures are shrunk before they are painted; one of
    another shape belongs to another picture.
    """
    sound = mask.ndim == 4 and mask.shape[:2] == (1, 1) and mask.is_floating_point() and mask.numel()
    if not sound or not (0 <= mask.min() and mask.max() <= 1):
        raise PictureError(f"a mask is a float tensor (1, 1, H, W) from 0 to 1, not {mask.dtype} {tuple(mask.shape)}")
    (h, w), (height, width) = mask.shape[-2:], size
    if abs(h * width / w - height) > 1 + height / 100:  # more than rounding
        raise PictureError(f"the mask is {w}x{h}, the picture {width}x{height}; a mask has the shape of its picture")
    return resize(mask, size)


def box_mean(x: torch.Tensor, reach: int) -> torch.Tensor:
    """The mean over squares of 2 ``reach`` + 1 pixels around each pixel of (N, 1, H, W), whose border is continued."""
    side = 2 * reach + 1
    rows = avg_pool2d(pad(x, (0, 0, reach, reach), mode="replicate"), (side, 1), stride=1)
    return avg_pool2d(pad(rows, (reach, reach, 0, 0), mode="replicate"), (1, side), stride=1)
