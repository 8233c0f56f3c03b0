"""Training of the transformation network f_W (chapter 13_fast_style; Johnson et al. 2016, eq 5).

The network sees photos, or what else it shall repaint (chapter 14_cascade: sketches); the loss network compares its
output with the photo (content) and with the style's Gram matrices (style). No target pictures exist.
"""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from ..data.sources import PairSource, PhotoSource
from ..images import check_range
from ..losses.perceptual import gram_matrix, grid_share, perceptual_terms
from ..nets.blocks import CHANNELS_LAST, Norm, Upsampling
from ..nets.checks import check_recipe
from ..nets.loss_network import CONTENT_LAYER, style_layers
from ..nets.transform import DECADES, LOSS_WEIGHTS, Architecture, Output, TransformNet, take_over, transform_net
from ..runtime.precision import autocast
from ..runtime.processes import own_rows
from ..runtime.seeds import OTHERS, step_rng
from .training import PREVIEW, Training, in_rows, looking, numbers, weighted_sum


@dataclass(frozen=True)
class PaintingRecipe:
    """How a transformation network is trained. The defaults are ``PAPER``. Raises ValueError as ``check_recipe``."""

    steps: int = 40_000  # section 4.1: about two epochs over 80 k photos
    batch: int = 4  # section 4.1
    size: int = 256  # section 4.1
    lr: float = 1e-3  # section 4.1
    lr_decay: float = 0.0  # last part of the run in which the learning rate falls to 0
    grad_clip: float | None = None  # largest norm of the gradient; no source names one
    architecture: Architecture = "paper"  # ``PaperTransformNet`` for one style, or ``TransformNet`` for many
    base: int = 32  # c9s1-32
    full_size_skip: bool = False  # of the book's network only; see ``TransformNet``
    residual_limit: float | None = None  # likewise
    adjustable: bool = False  # likewise; the weights of the terms are then drawn anew for each picture
    norm: Norm = "batch"  # section 3.2.1; the book's network has instance norm for each style
    upsampling: Upsampling = "transpose"  # section 3.2.1: stride 1/2; the book's network has "resize"
    output: Output = "tanh"  # section 3.2.1; the book's network has a sigmoid, which is the same at half the slope
    content_layer: str = CONTENT_LAYER
    relative: bool = False  # False: eq 6 and 7 as they stand. True: see ``BOOK``
    content_weight: float = 1.0  # not in the text; the released code's default
    # Not in the text. The released code's 5 is for the mean over the entries of a Gram matrix (MSECriterion), eq 7
    # is their sum: of 256^2 at relu3_3, which counts most. With 5 itself the style outweighs the photo by a million.
    style_weight: float = 5 / 256**2
    tv_weight: float = 1e-6  # section 4.1: between 1e-6 and 1e-4, for pixels in 0..255
    grid_weight: float = 0.0  # of ``grid_share``, the weave on the network's own grid; no source has it
    bfloat16: bool = False

    def __post_init__(self) -> None:
        check_recipe(self)
        if self.size % 4 or self.size < 16:
            raise ValueError(f"crops of {self.size} pixels: multiples of 4 are possible, from 16 on")


PAPER = PaintingRecipe()
# Defaults of train.lua: instance norm; layer 16, which is relu3_3; 150 tanh; and a variation that is summed over the
# batch of 4 where the other terms are means over it.
AUTHORS_CODE = replace(PAPER, norm="instance", content_layer="relu3_3", output="tanh 150", tv_weight=4e-6)
# What runs within the hour on two cores. Losses are relative: each term is divided by |target|^2, so
# that one pair of weights serves every style and every layer, whatever their scale.
BOOK = PaintingRecipe(
    steps=6_000,
    size=160,
    lr=2e-3,
    lr_decay=0.4,
    grad_clip=10.0,
    architecture="book",
    base=24,
    full_size_skip=True,
    residual_limit=5.0,
    norm="instance",
    upsampling="resize",
    content_layer="relu3_3",  # as released: relu2_2 holds so much detail that strokes have no room
    relative=True,
    style_weight=1.0,
    tv_weight=0.5,
    grid_weight=1.0,
    bfloat16=True,
)


# Of a network that takes the weights as an input. Begun with a painter, so it takes small steps.
ADJUSTABLE = replace(
    BOOK,
    base=32,
    adjustable=True,
    steps=3_600,
    batch=2,
    lr=1e-3,
    lr_decay=0.5,
    size=192,
    style_weight=LOSS_WEIGHTS["style"],
    tv_weight=LOSS_WEIGHTS["tv"],
)


class StyleTargets:
    """The Gram matrices of the styles: ``targets.grams[layer]`` is (styles, C, C), for each of ``targets.layers``."""

    @torch.no_grad()
    def __init__(self, loss_network: nn.Module, pictures: list[torch.Tensor]):
        for picture in pictures:
            check_range(picture)
        self.layers = style_layers(loss_network)
        grams = [{n: gram_matrix(f) for n, f in loss_network(p, self.layers).items()} for p in pictures]
        self.grams = {n: torch.cat([g[n] for g in grams]) for n in self.layers}

    def of(self, index: torch.Tensor) -> dict[str, torch.Tensor]:
        """The targets of each layer for a batch of style numbers (N,)."""
        return {layer: grams[index] for layer, grams in self.grams.items()}


def arguments(recipe: PaintingRecipe, styles: int) -> dict[str, Any]:
    """What ``transform_net`` builds the network of ``recipe`` from, for so many styles."""
    own = {"paper": ("norm", "upsampling", "output"), "book": ("full_size_skip", "residual_limit", "adjustable")}
    names = "architecture", "base", *own[recipe.architecture]
    return {"styles": styles} | {name: getattr(recipe, name) for name in names}


def weights_at_random(rng: np.random.Generator, n: int) -> torch.Tensor:
    """Weights of content, style and variation (n, 3): ratios uniform in their logarithm, ``DECADES`` around
    ``LOSS_WEIGHTS``.
    """
    decades = np.concatenate([np.zeros((n, 1)), rng.uniform(-DECADES, DECADES, (n, len(LOSS_WEIGHTS) - 1))], axis=1)
    return torch.from_numpy(np.array([*LOSS_WEIGHTS.values()]) * 10**decades).float()


def log_objective(terms: dict[str, torch.Tensor], weights: torch.Tensor, grid_weight: float) -> torch.Tensor:
    """The logarithm of eq 9 for each picture under its own weights (N, 3); (N,).

    Its gradient is that of the objective, divided by it. So weights that make the objective large, whose networks are
    not more important, do not get most of the training.
    """
    total = sum((weights[:, i] * terms[name] for i, name in enumerate(LOSS_WEIGHTS)), torch.zeros(()))
    return (total + grid_weight * terms.get("grid", 0)).log()


@torch.no_grad()
def adopt(net: TransformNet, other: TransformNet, styles: list[int | None]) -> None:
    """Give ``net`` the weights of ``other``, which it then need not learn.

    Style k of ``net`` begins as style ``styles[k]`` of ``other``, or as the mean of all of them if that is None: most
    of what a style needs is in the shared weights (Dumoulin et al. 2017, section 3.2). What ``other`` lacks stays as it
    is. Raises ValueError if the two differ in their shapes otherwise.
    """
    known, mine = other.state_dict(), net.state_dict()

    def by_style(value: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
        """The rows of the styles; what lies behind them in an adjustable network is kept."""
        of_styles, behind = value.split([other.styles, len(value) - other.styles])
        rows = torch.stack([of_styles.mean(dim=0) if k is None else of_styles[k] for k in styles])
        if not len(behind) and rows.shape[1] == own.shape[1]:
            behind = own[len(styles) :]
        return torch.cat([rows, behind])

    for name in known.keys() & mine.keys():
        if name.endswith(("norm.weight", "norm.bias", "share")):
            known[name] = by_style(known[name], mine[name])
        if name == "adjust.0.weight":
            known[name] = by_style(known[name].T, mine[name].T).T
    take_over(net, known)


class Painting(Training[PaintingRecipe]):
    """A network ``net(given, style, *weights)`` learns by eq 9 to repaint, ``weights`` if it is adjustable: the content
    is that of the picture that belongs to what it is given, the styles are pictures (1, 3, H, W).

    ``batches`` gives both. ``loss_network`` judges.
    """

    name = "style"

    def __init__(
        self,
        recipe: PaintingRecipe,
        seed: int,
        batches: PairSource,
        styles: list[torch.Tensor],
        loss_network: nn.Module,
        net: nn.Module,
        device: str = "cpu",
    ):
        super().__init__(recipe, seed, device)
        self.batches, self.net = batches, net
        self.layout: dict[str, Any] = {"device": device, **CHANNELS_LAST}
        self.phi = loss_network.to(**self.layout).requires_grad_(False)
        self.targets = StyleTargets(self.phi, [style.to(device) for style in styles])
        self.learn("transform", net)
        self.eye = torch.eye(len(styles), device=device)
        self.weights = {
            "content": recipe.content_weight,
            "style": recipe.style_weight,
            "tv": recipe.tv_weight,
            "grid": recipe.grid_weight,
        }
        self.sample, _ = batches(seed, PREVIEW, len(styles), 256)

    @property
    def result(self) -> nn.Module:
        return self.net

    def losses(
        self, given: torch.Tensor, picture: torch.Tensor, index: torch.Tensor, conditioning: list[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """The terms of eq 9, without their weights, for each picture of a batch (N,).

        ``index`` (N,) are the numbers of the styles, ``conditioning`` what else the network is told.
        """
        content_layer = self.recipe.content_layer
        with autocast(self.device, self.recipe.bfloat16):
            made = self.net(given, self.eye[index], *conditioning)
            with torch.no_grad():
                content = self.phi(picture, [content_layer])
            output = self.phi(made, dict.fromkeys([*self.targets.layers, content_layer]))
        terms = perceptual_terms(made, output, content, self.targets.of(index), self.recipe.relative)
        return terms | ({"grid": grid_share(made)} if self.recipe.grid_weight else {})

    def step(self, k: int) -> dict[str, float]:
        recipe = self.recipe
        given, picture = (x.to(**self.layout) for x in own_rows(*self.batches(self.seed, k, recipe.batch, recipe.size)))
        # Every style in turn, so that each has its share of every batch or of every few.
        turns = torch.from_numpy((k * recipe.batch + np.arange(recipe.batch)) % len(self.eye))
        rng = step_rng(self.seed, k, OTHERS)
        drawn = [weights_at_random(rng, recipe.batch)] if recipe.adjustable else []
        index, *conditioning = (x.to(self.device) for x in own_rows(turns, *drawn))
        each = self.losses(given, picture, index, conditioning)
        terms = {name: term.mean() for name, term in each.items()}
        if conditioning:
            objective = log_objective(each, conditioning[0], recipe.grid_weight).mean()
        else:
            objective = weighted_sum(terms, self.weights)
        self.descend("transform", objective, self.rate(k))
        return numbers(terms)

    def preview(self) -> torch.Tensor:
        with looking(self.net):
            return in_rows(self.sample, self.net(self.sample.to(self.device), self.eye).cpu())


def painting(
    recipe: PaintingRecipe,
    seed: int,
    photos: PhotoSource,
    styles: list[torch.Tensor],
    loss_network: nn.Module,
    device: str = "cpu",
    start: tuple[TransformNet, list[int | None]] | None = None,
) -> Painting:
    """The training of one network for all ``styles``, pictures (1, 3, H, W), on ``photos``.

    ``start`` is a trained network to begin with, and which of its styles each of ``styles`` is (``adopt``). Raises
    ValueError for more than one style where the recipe has the paper's network, and for a start of another shape.
    """
    torch.manual_seed(seed)
    net = transform_net(**arguments(recipe, len(styles))).to(device=device, **CHANNELS_LAST)
    if start:
        adopt(cast(TransformNet, net), *start)

    def batches(seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = photos(seed, step, n, size)
        return x, x

    return Painting(recipe, seed, batches, styles, loss_network, net, device)
