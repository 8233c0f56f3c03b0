"""Training of ``pencil``, which finds the lines that a person would draw (chapter 01_sketches_and_pictures).

It learns to be as sure of an edge as HED is (``nets.hed``), at each pixel: distillation, with the cross-entropy to what
the teacher says and not to a yes or no (Hinton et al. 2015, arXiv 1503.02531).
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from ..data.sources import PhotoSource
from ..nets.blocks import CHANNELS_LAST
from ..nets.checks import check_recipe
from ..nets.unet import UNet
from ..runtime.precision import autocast
from ..runtime.processes import own_rows
from .training import PREVIEW, Training, in_rows, looking, numbers


@dataclass(frozen=True)
class PencilRecipe:
    """How pencil is trained. Raises ValueError as ``check_recipe``."""

    steps: int = 3_000
    batch: int = 4
    size: int = 256  # pixels of a crop
    base: int = 24
    cap: int = 96
    depth: int = 5
    lr: float = 2e-3
    lr_decay: float = 0.5  # last part of the run in which the learning rate falls to 0
    bfloat16: bool = True

    def __post_init__(self) -> None:
        check_recipe(self)


def arguments(recipe: PencilRecipe) -> dict[str, Any]:
    """Those of the network: a U-Net with one output, how sure it is of a line."""
    widths = {"base": recipe.base, "cap": recipe.cap, "depth": recipe.depth}
    return {**widths, "norm": "batch", "upsampling": "resize", "dropout": 0.0, "outputs": 1, "full_size_skip": True}


class Pencil(Training[PencilRecipe]):
    """A small network learns from ``teacher`` where lines are in the photos of ``crops``."""

    name = "pencil"

    def __init__(self, recipe: PencilRecipe, seed: int, crops: PhotoSource, teacher: nn.Module, device: str = "cpu"):
        super().__init__(recipe, seed, device)
        self.crops = crops
        self.layout: dict[str, Any] = {"device": device, **CHANNELS_LAST}
        self.teacher = teacher.to(**self.layout).requires_grad_(False)
        self.net = self.learn("pencil", UNet(**arguments(recipe)).to(**self.layout))
        self.sample = crops(seed, PREVIEW, 4, 256)

    @property
    def result(self) -> UNet:
        return self.net

    def losses(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """The cross-entropy to what the teacher says of photos (n, 3, H, W), and the mean distance from it."""
        with autocast(self.device, self.recipe.bfloat16):
            with torch.no_grad():
                told = self.teacher(x).float()
            # The network's answer is (tanh(logits) + 1) / 2, which is the sigmoid of twice the logits.
            logits = 2 * self.net.logits(x).float()
        error = (logits.detach().sigmoid() - told).abs().mean()
        return {"cross-entropy": binary_cross_entropy_with_logits(logits, told), "L1": error}

    def step(self, k: int) -> dict[str, float]:
        (x,) = own_rows(self.crops(self.seed, k, self.recipe.batch, self.recipe.size))
        losses = self.losses(x.to(**self.layout))
        self.descend("pencil", losses["cross-entropy"], self.rate(k))
        return numbers(losses)

    def preview(self) -> torch.Tensor:
        with looking(self.net):
            return in_rows(self.sample, 1 - self.net(self.sample.to(self.device)).cpu().expand(-1, 3, -1, -1))
