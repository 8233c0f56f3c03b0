"""Training of a segmentation network: what stands where in a picture (chapter 02_structured_losses).

It is the segmenter of the FCN-score (Isola et al. 2017, section 4.2.1), and the answer of cross-entropy to the
task picture -> labels, beside those of L1 and cGAN (chapter 07_training_and_inference).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ..data.facades import LABELS
from ..images import from_planes
from ..nets.blocks import CHANNELS_LAST
from ..nets.unet import UNet
from ..runtime.precision import autocast
from ..runtime.processes import share
from ..runtime.seeds import step_rng
from .training import Training, numbers

# Draws a batch: (random numbers, how many) -> pictures (n, 3, H, W) in [0, 1] and labels (n, H, W), int64.
LabelSource = Callable[[np.random.Generator, int], tuple[torch.Tensor, torch.Tensor]]

CROP = 0.8  # smallest side of the window that is cut out, as a part of the picture


@dataclass(frozen=True)
class Recipe:
    """How a segmentation network is trained."""

    steps: int = 3_000
    batch: int = 8
    base: int = 24
    cap: int = 128
    depth: int = 6
    lr: float = 2e-3
    lr_decay: float = 0.5  # last part of the run in which the learning rate falls to 0
    weight_decay: float = 1e-2
    bfloat16: bool = True


def arguments(recipe: Recipe) -> dict[str, Any]:
    """Those of the network: a U-Net that gives one logit for each class of the drawn world."""
    widths = {"base": recipe.base, "cap": recipe.cap, "depth": recipe.depth}
    return {
        **widths,
        "norm": "batch",
        "upsampling": "resize",
        "dropout": 0.0,
        "outputs": len(LABELS),
        "full_size_skip": True,
    }


def labeled(pictures: np.ndarray, labels: np.ndarray, recipe: Recipe) -> LabelSource:
    """Pictures (n, 3, H, W) and labels (n, H, W), bytes: windows of them, enlarged, half of them mirrored."""
    multiple = 2**recipe.depth

    def batches(rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = rng.integers(len(labels), size=n)
        side = int(rng.integers(round(CROP * labels.shape[-1]), labels.shape[-1] + 1))
        top, left = rng.integers(labels.shape[-1] - side + 1, size=2)
        window = np.s_[..., top : top + side, left : left + side]
        x = from_planes(pictures[chosen][window])
        y = torch.from_numpy(labels[chosen][window]).long()
        size = labels.shape[-1] // multiple * multiple
        x = torch.nn.functional.interpolate(x, size=(size, size), mode="bilinear", antialias=True)
        y = torch.nn.functional.interpolate(y[:, None].float(), size=(size, size), mode="nearest-exact")[:, 0].long()
        return (x.flip(-1), y.flip(-1)) if rng.random() < 0.5 else (x, y)

    return batches


class Segment(Training[Recipe]):
    """A segmentation network learns from the pictures and labels of ``batches``."""

    name = "segment"

    def __init__(self, recipe: Recipe, seed: int, batches: LabelSource, device: str = "cpu"):
        super().__init__(recipe, seed, device)
        self.batches = batches
        self.net = UNet(**arguments(recipe)).to(device=device, **CHANNELS_LAST)
        adam = torch.optim.AdamW(self.net.parameters(), recipe.lr, weight_decay=recipe.weight_decay, fused=True)
        self.learn("segmenter", self.net, adam)

    @property
    def result(self) -> UNet:
        return self.net

    def losses(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
        """The loss for pictures (n, 3, H, W) and labels (n, H, W), and the share of the pixels that are right."""
        with autocast(self.device, self.recipe.bfloat16):
            logits = self.net.logits(x)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        return {"cross-entropy": cross_entropy(logits.float(), labels), "accuracy": accuracy}

    def step(self, k: int) -> dict[str, float]:
        x, labels = share(*self.batches(step_rng(self.seed, k), self.recipe.batch))
        losses = self.losses(x.to(device=self.device, **CHANNELS_LAST), labels.to(self.device))
        self.descend("segmenter", losses["cross-entropy"], self.rate(k))
        return numbers(losses)
