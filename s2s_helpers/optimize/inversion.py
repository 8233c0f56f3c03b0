"""Feature inversion: what a layer keeps of a picture (chapter 10_perceptual_losses; Mahendran and Vedaldi 2015)."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from .gatys import BOOK as STYLE
from .gatys import GatysRecipe, stylize_by_optimization
from .loop import Found

BOOK = replace(STYLE, style_weight=0.0, tv_weight=0.05, start="noise", scales=2)


def invert(
    picture: torch.Tensor,
    layer: str,
    recipe: GatysRecipe,
    loss_network: nn.Module,
    seed: int = 0,
    preview: Callable[[int, torch.Tensor], None] | None = None,
) -> Found:
    """A picture found from noise whose features at ``layer`` are those of ``picture`` (1, 3, H, W).

    Where it differs from ``picture`` the layer does not look. The little total variation of the recipe stands for
    what we know of pictures anyway (their eq 2): neighbors are alike.
    """
    only = replace(recipe, style_weight=0.0, content_layer=layer)
    return stylize_by_optimization(picture, picture, only, loss_network, seed, preview)
