"""Training of one network for every painting (chapter 17_any_painting; Ghiasi et al. 2017, arXiv 1705.06830).

As ``train/style.py``, but each photo of a batch gets a painting of its own, cut anew, and the network reads it.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from ..data.sources import PhotoSource
from ..losses.perceptual import gram_matrix, grid_share, perceptual_terms
from ..nets.any_style import AnyStyleNet
from ..nets.blocks import CHANNELS_LAST
from ..nets.checks import check_recipe
from ..nets.loss_network import Pocket, style_layers
from ..nets.transform import TransformNet
from ..runtime.precision import autocast
from ..runtime.processes import own_rows
from .training import PREVIEW, Training, in_rows, looking, numbers, weighted_sum

CENTERED_ON = 256  # crops of paintings whose statistics are the usual ones
# Seeds of the paintings are others than those of the photos: with the same, photo k would meet painting k for ever.
APART = 1 << 16


@dataclass(frozen=True)
class AnyStyleRecipe:
    """How a network for every painting is trained. Raises ValueError as ``check_recipe``."""

    steps: int = 4_000
    batch: int = 4
    size: int = 192  # of the crops of photos
    painting_size: int = 192  # of those of paintings
    lr: float = 1e-3
    lr_decay: float = 0.4
    grad_clip: float = 10.0
    embedding: int = 64
    base: int = 32
    full_size_skip: bool = True
    residual_limit: float = 5.0
    content_layer: str = "relu3_3"
    content_weight: float = 1.0
    style_weight: float = 3.0
    tv_weight: float = 0.1
    grid_weight: float = 1.0
    bfloat16: bool = True

    def __post_init__(self) -> None:
        check_recipe(self)
        if self.size % 4 or self.size < 16:
            raise ValueError(f"crops of {self.size} pixels: multiples of 4 are possible, from 16 on")


def arguments(recipe: AnyStyleRecipe) -> dict[str, Any]:
    """What ``AnyStyleNet`` is built from."""
    return {key: getattr(recipe, key) for key in ("embedding", "base", "full_size_skip", "residual_limit")}


class AnyStyle(Training[AnyStyleRecipe]):
    """The training of ``AnyStyleNet`` on ``photos`` and ``paintings`` by the relative form of eq 9.

    ``reader`` reads the paintings and stays as it is; ``loss_network`` judges. ``start`` is a trained network to begin
    with: one of the kind, or a ``TransformNet`` for some styles.
    """

    name = "any style"

    def __init__(
        self,
        recipe: AnyStyleRecipe,
        seed: int,
        photos: PhotoSource,
        paintings: PhotoSource,
        reader: Pocket,
        loss_network: nn.Module,
        device: str = "cpu",
        start: TransformNet | None = None,
    ):
        super().__init__(recipe, seed, device)
        self.photos, self.paintings = photos, paintings
        self.layout: dict[str, Any] = {"device": device, **CHANNELS_LAST}
        self.phi = loss_network.to(**self.layout).requires_grad_(False)
        self.layers = style_layers(self.phi)
        self.net = self.learn("transform", AnyStyleNet(**arguments(recipe)).to(**self.layout))
        if isinstance(start, AnyStyleNet):
            self.net.load_state_dict(start.state_dict())
        else:
            self.net.reader.load_state_dict(reader.state_dict())
            if start:
                self.net.adopt(start, seed)
            crops = paintings(seed + APART, PREVIEW, CENTERED_ON, recipe.painting_size)
            self.net.center_on([crop.to(device) for crop in crops.split(1)])
        self.weights = {name: getattr(recipe, f"{name}_weight") for name in ("content", "style", "tv", "grid")}
        self.sample = photos(seed, PREVIEW, 6, 256), paintings(seed + APART, PREVIEW, 6, 256)

    @property
    def result(self) -> nn.Module:
        return self.net

    def losses(self, photo: torch.Tensor, painting: torch.Tensor) -> dict[str, torch.Tensor]:
        """The terms of eq 9, without their weights, for each picture of a batch (N,)."""
        content_layer = self.recipe.content_layer
        with autocast(self.device, self.recipe.bfloat16):
            made = self.net(photo, self.net.embed(painting))
            with torch.no_grad():
                content = self.phi(photo, [content_layer])
                grams = {layer: gram_matrix(x) for layer, x in self.phi(painting, self.layers).items()}
            output = self.phi(made, dict.fromkeys([*self.layers, content_layer]))
        terms = perceptual_terms(made, output, content, grams, relative=True)
        return terms | {"grid": grid_share(made)}

    def step(self, k: int) -> dict[str, float]:
        recipe = self.recipe
        drawn = self.photos(self.seed, k, recipe.batch, recipe.size)
        beside = self.paintings(self.seed + APART, k, recipe.batch, recipe.painting_size)
        photo, painting = (x.to(**self.layout) for x in own_rows(drawn, beside))
        terms = {name: term.mean() for name, term in self.losses(photo, painting).items()}
        self.descend("transform", weighted_sum(terms, self.weights), self.rate(k))
        return numbers(terms)

    def preview(self) -> torch.Tensor:
        photos, paintings = (x.to(self.device) for x in self.sample)
        with looking(self.net):
            return in_rows(photos.cpu(), paintings.cpu(), self.net(photos, self.net.embed(paintings)).cpu())
