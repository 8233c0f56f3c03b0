"""Style transfer by optimization: the slow baseline (chapter 12_gatys_lbfgs; Gatys et al. 2015, eq 9)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import nn

from ..images import PictureError, check_range, resize
from ..losses.perceptual import gram_matrix, perceptual_terms, weighted
from ..nets.checks import check_choice, check_recipe
from ..nets.loss_network import CONTENT_LAYER, STYLE_LAYERS
from ..nets.vgg import MEAN_RGB
from .loop import Found, Terms, run
from .methods import METHODS

Start = Literal["noise", "content", "style", "gray"]
SMALLEST = 16  # pixels a side of the smallest scale: relu4_3 then has two


@dataclass(frozen=True)
class GatysRecipe:
    """How a picture is found. The defaults are ``PAPER``. Raises ValueError as ``check_recipe``, and for an unknown
    method.
    """

    steps: int = 500  # section 4.2
    method: str = "L-BFGS, clamped at each step"  # section 4.2: adjusted "to each iteration [0, 255]"
    start: Start = "noise"  # eq 9: "from white noise"
    content_layer: str = CONTENT_LAYER  # section 4.2
    style_layers: tuple[str, ...] = STYLE_LAYERS  # section 4.2
    relative: bool = False  # False: eq 6 and 7 as they stand. True: see ``BOOK``
    content_weight: float = 1.0  # not in the text; the released code's default
    style_weight: float = 5 / 256**2  # released: 5 for the mean over a Gram matrix, eq 7 is its sum; see train/style
    tv_weight: float = 1e-6  # section 4.1: between 1e-6 and 1e-4, for pixels in 0..255
    scales: int = 1  # sizes that are gone through, each twice the one before
    bfloat16: bool = False

    def __post_init__(self) -> None:
        check_recipe(self)
        if self.method not in METHODS:
            raise ValueError(f"no method named {self.method}; there are {', '.join(METHODS)}")


PAPER = GatysRecipe()
# The released slow_neural_style.lua: plain L-BFGS without projection or line search, from a nearly flat gray; content
# from a deeper layer. Where it differs still: its style weight, 5 for the mean over a Gram matrix, is 16 times ours at
# relu1_2, 4 times at relu2_2, a quarter at relu4_3; its variation is in the gradient but not in the loss that it
# prints; and it saves the last picture, where ours keeps the one of the lowest loss.
AUTHORS_CODE = GatysRecipe(method="L-BFGS, clamped at the end", start="gray", content_layer="relu3_3")
# What gives a picture in seconds on two cores, by a search of our own (``methods.projected_lbfgs``). The losses are
# those of the fast network's ``BOOK``, so that the two can be compared; from the content it takes fewer iterations than
# from noise.
BOOK = GatysRecipe(
    steps=100,
    method="projected L-BFGS",
    start="content",
    content_layer="relu3_3",
    relative=True,
    style_weight=1.0,
    tv_weight=0.5,
    scales=2,
    bfloat16=True,
)


def first_picture(start: Start, content: torch.Tensor, style: torch.Tensor, seed: int) -> torch.Tensor:
    """Where the search begins, (1, 3, H, W) in [0, 1].

    "noise": uniform, each pixel for itself. "content": the content picture. "style": noise with the mean and the
    covariance of the style's colors. "gray": normal noise of one step of 255 around ImageNet's mean color, as
    slow_neural_style.lua begins. Raises ValueError for another start.
    """
    check_choice("start", start, Start)
    if start == "content":
        return content.clone()
    generator = torch.Generator().manual_seed(seed)
    if start == "gray":
        gray = torch.tensor(MEAN_RGB).view(1, 3, 1, 1) + torch.randn(content.shape, generator=generator) / 255
        return gray.to(content.device)
    noise = torch.rand(content.shape, generator=generator).to(content.device)
    if start == "noise":
        return noise
    colors = style.flatten(2)[0]
    values, vectors = torch.linalg.eigh(torch.cov(colors))
    root = vectors @ values.clamp_min(0).sqrt().diag() @ vectors.T
    white = (noise.flatten(2)[0] - 0.5) * 12**0.5  # variance 1
    return (root @ white + colors.mean(dim=1, keepdim=True)).reshape(content.shape).clamp(0, 1)


@torch.no_grad()
def objective(content: torch.Tensor, style: torch.Tensor, recipe: GatysRecipe, loss_network: nn.Module) -> Terms:
    """The weighted terms of eq 9 as a function of the picture; the targets are computed here, once."""
    weights = {"content": recipe.content_weight, "style": recipe.style_weight, "tv": recipe.tv_weight}
    kept = loss_network(content, [recipe.content_layer]) if recipe.content_weight else {}
    wanted = loss_network(style, recipe.style_layers) if recipe.style_weight else {}
    grams = {layer: gram_matrix(f) for layer, f in wanted.items()}
    layers = {*kept, *grams}

    def terms(x: torch.Tensor) -> dict[str, torch.Tensor]:
        features = loss_network(x.contiguous(memory_format=torch.channels_last), layers)
        each = perceptual_terms(x, features, kept, grams, recipe.relative)
        return weighted({name: term.sum() for name, term in each.items()}, weights)

    return terms


def stylize_by_optimization(
    content: torch.Tensor,
    style: torch.Tensor,
    recipe: GatysRecipe,
    loss_network: nn.Module,
    seed: int = 0,
    preview: Callable[[int, torch.Tensor], None] | None = None,
) -> Found:
    """The picture (1, 3, H, W) in [0, 1] that minimizes eq 9 for a content and a style picture of any sizes.

    With ``scales`` the search begins small, the style picture shrunk by as much, and each result, enlarged, is
    the start of the next: broad strokes are laid cheaply. Every scale has ``steps`` iterations; ``history`` and
    ``loss`` are those of the last. See ``loop.run`` for ``preview``, interrupts and errors; PictureError is raised
    for what is no picture in [0, 1], and for one with a side below ``SMALLEST``.
    """
    for x in (content, style):
        check_range(x)
        if min(x.shape[-2:]) < SMALLEST:
            size = f"{x.shape[-1]}x{x.shape[-2]}"
            raise PictureError(
                f"a picture of {size} is too small for the loss network; each side needs {SMALLEST} pixels"
            )
    start = None
    for scale in reversed(range(recipe.scales)):
        small, pattern = (divided(x, 2**scale) for x in (content, style))
        start = first_picture(recipe.start, small, pattern, seed) if start is None else resize(start, small.shape[-2:])
        terms = objective(small, pattern, recipe, loss_network)
        name = f"{small.shape[-1]}x{small.shape[-2]}"
        found = run(terms, start, recipe.steps, recipe.method, recipe.bfloat16, preview, name)
        start = found.picture
        if found.ended.startswith("stopped"):
            break
    found.picture = found.picture if found.picture.shape == content.shape else resize(found.picture, content.shape[-2:])
    return found


def divided(x: torch.Tensor, factor: int) -> torch.Tensor:
    """A picture at a part of its size, not below what the loss network can look at."""
    if factor == 1:
        return x
    return resize(x, tuple(max(SMALLEST, round(side / factor)) for side in x.shape[-2:]))
