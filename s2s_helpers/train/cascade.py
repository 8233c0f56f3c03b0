"""Training end to end, from the sketch to the painting (chapter 14_cascade).

The paper trains two networks by themselves and chains them. Here whatever lies between sketch and painting can learn
at once, by the losses of the painter: the content is that of the true picture, which the network never sees.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from ..data.sources import PairSource, PhotoSource
from ..nets.blocks import CHANNELS_LAST
from ..nets.transform import transform_net
from . import pix2pix, style
from .loop import CHECKPOINT, Progress, fit
from .training import Training


@dataclass(frozen=True)
class CascadeRecipe:
    """How a way from sketch to painting is trained. Each stage has its own recipe, for its network and its losses."""

    generator: pix2pix.Pix2PixRecipe = pix2pix.PAPER
    painter: style.PaintingRecipe = style.PAPER
    at_once: bool = False  # False: each stage by itself
    chained: bool = True  # False, at once only: there is no second network, the generator paints

    @property
    def steps(self) -> int:
        """Of all stages together."""
        return self.painter.steps + (0 if self.at_once else self.generator.steps)


class Chain(nn.Module):
    """``Chain(generator, painter)(sketch, style)``: one network behind the other; without a ``painter`` the first
    alone.
    """

    def __init__(self, generator: nn.Module, painter: nn.Module | None = None):
        super().__init__()
        self.generator, self.painter = generator, painter

    def forward(self, sketch: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        picture = self.generator(sketch)
        return self.painter(picture, style) if self.painter else picture


def at_once(
    recipe: CascadeRecipe, seed: int, batches: PairSource, pattern: torch.Tensor, loss_network: nn.Module
) -> style.Painting:
    """The training of all stages at once; its result is a ``Chain``.

    ``batches`` gives sketches and true pictures, ``pattern`` (1, 3, H, W) is the style; eq 9 as in ``recipe.painter``.
    """
    torch.manual_seed(seed)
    painter = transform_net(**style.arguments(recipe.painter, 1)) if recipe.chained else None
    net = Chain(pix2pix.generator_of(recipe.generator), painter).to(**CHANNELS_LAST)
    training = style.Painting(recipe.painter, seed, batches, [pattern], loss_network, net)
    training.name = "end to end"
    return training


def train(
    recipe: CascadeRecipe,
    seed: int,
    batches: PairSource,
    photos: PhotoSource,
    pattern: torch.Tensor,
    loss_network: nn.Module,
    folder: Path,
) -> tuple[Chain, Progress]:
    """Train a way from sketch to painting, at once or stage by stage; then the painter learns from ``photos``.

    What was stopped goes on from the checkpoints in ``folder``.
    """

    def run(training: Training[Any], stage: Path) -> Progress:
        return fit(training, stage, resume=(stage / CHECKPOINT).exists())

    if recipe.at_once:
        whole = at_once(recipe, seed, batches, pattern, loss_network)
        progress = run(whole, folder)
        return cast(Chain, whole.result), progress
    generator = pix2pix.Pix2Pix(recipe.generator, seed, batches, loss_network)
    painter = style.painting(recipe.painter, seed, photos, [pattern], loss_network)
    first, second = run(generator, folder / "generator"), run(painter, folder / "painter")
    both = Progress(first.step + second.step, first.seconds + second.seconds, second.history)
    return Chain(generator.result, painter.result).eval(), both
