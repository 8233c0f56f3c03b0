"""Texture synthesis: what a Gram matrix keeps (chapter 10_perceptual_losses; Gatys et al. 2015, arXiv 1505.07376)."""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import nn

from .gatys import BOOK as STYLE
from .gatys import GatysRecipe, stylize_by_optimization
from .loop import Found

BOOK = replace(STYLE, content_weight=0.0, tv_weight=0.01, start="style", scales=3)


def synthesize(
    texture: torch.Tensor,
    size: tuple[int, int],
    recipe: GatysRecipe,
    loss_network: nn.Module,
    seed: int = 0,
    preview: Callable[[int, torch.Tensor], None] | None = None,
) -> Found:
    """A picture of ``size`` (H, W) with the Gram matrices of ``texture`` (1, 3, h, w), and nothing else in common.

    Style transfer with no content: whatever the Gram matrices of ``recipe.style_layers`` do not say is left to
    the noise of the ``seed``.
    """
    nothing = torch.zeros(1, 3, *size)  # only its size counts
    return stylize_by_optimization(nothing, texture, replace(recipe, content_weight=0.0), loss_network, seed, preview)
