"""Training of a segmentation network: what stands where in a picture (chapter 02_measuring_pictures).

It is the segmenter of the FCN-score (Isola et al. 2017, section 4.2.1), and the answer of cross-entropy to the
task picture -> labels, beside those of L1 and cGAN (chapter 08_training_and_inference).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ..data.facades import LABELS
from ..data.sources import LabelSource, crop, step_numbers
from ..nets.blocks import CHANNELS_LAST
from ..nets.checks import check_recipe
from ..nets.unet import UNet
from ..runtime.precision import autocast
from ..runtime.processes import own_rows
from .training import Training, numbers

CROP = 0.8  # smallest side of a crop, as a part of the picture


@dataclass(frozen=True)
class SegmentRecipe:
    """How a segmentation network is trained. Raises ValueError as ``check_recipe``."""

    steps: int = 3_000
    batch: int = 8
    size: int = 128  # pixels of a crop after it was resized
    base: int = 24
    cap: int = 128
    depth: int = 6
    lr: float = 2e-3
    lr_decay: float = 0.5  # last part of the run in which the learning rate falls to 0
    weight_decay: float = 1e-2
    bfloat16: bool = True

    def __post_init__(self) -> None:
        check_recipe(self)


def arguments(recipe: SegmentRecipe) -> dict[str, Any]:
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


def labeled(pictures: np.ndarray, labels: np.ndarray) -> LabelSource:
    """Random crops of pictures (N, 3, H, W) and their labels (N, H, W), bytes; half of them mirrored.

    Raises ValueError for arrays of another type, and unless each picture has its labels.
    """
    if pictures.dtype != np.uint8 or labels.shape != (len(pictures), *pictures.shape[2:]):
        told = f"{pictures.dtype} {pictures.shape}, labels {labels.shape}"
        raise ValueError(f"pictures {told}; bytes (N, 3, H, W) and labels (N, H, W) are needed")
    from torchvision import tv_tensors

    largest = min(labels.shape[-2:])

    def batches(seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        with step_numbers(seed, step) as rng:
            chosen, sides = rng.integers(len(labels), size=n), rng.integers(round(CROP * largest), largest + 1, size=n)
            both = [
                crop(int(side), size, tv_tensors.Image(pictures[i]), tv_tensors.Mask(labels[i]))
                for i, side in zip(chosen, sides, strict=True)
            ]
        x, y = (torch.stack(part) for part in zip(*both, strict=True))
        return x, y.long()

    return batches


class Segment(Training[SegmentRecipe]):
    """A segmentation network learns from the pictures and labels of ``batches``."""

    name = "segment"

    def __init__(self, recipe: SegmentRecipe, seed: int, batches: LabelSource, device: str = "cpu"):
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
        x, labels = own_rows(*self.batches(self.seed, k, self.recipe.batch, self.recipe.size))
        losses = self.losses(x.to(device=self.device, **CHANNELS_LAST), labels.to(self.device))
        self.descend("segmenter", losses["cross-entropy"], self.rate(k))
        return numbers(losses)
