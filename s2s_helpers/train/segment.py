"""Training of a segmentation network: what stands where in a picture (chapter 02_structured_losses).

It is the judge of the FCN-score (Isola et al. 2017, section 4.2.1), and the answer of cross-entropy to the
task picture -> labels, beside those of L1 and cGAN (chapter 07_training_and_inference).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from ..data.facades import LABELS
from ..nets.unet import UNet
from ..precision import autocast
from .devices import average_gradients, join_batch_norm, share
from .loop import Job, Progress, decay_at_end, fit, step_rng

# Draws a batch: (random numbers, how many) -> pictures (n, 3, H, W) in [0, 1] and labels (n, H, W), int64.
LabelSource = Callable[[np.random.Generator, int], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Recipe:
    """How a segmentation network is trained."""

    steps: int = 3_000
    batch: int = 8
    crop: float = 0.8  # smallest side of the window that is cut out, as a part of the picture
    base: int = 24
    cap: int = 128
    depth: int = 6
    lr: float = 2e-3
    weight_decay: float = 1e-2
    bfloat16: bool = True


def arguments(recipe: Recipe) -> dict[str, Any]:
    """Those of the network: a U-Net that gives one logit for each class of the drawn world."""
    widths = {"base": recipe.base, "cap": recipe.cap, "depth": recipe.depth}
    return {**widths, "norm": "batch", "upsampling": "resize", "dropout": 0.0, "outputs": len(LABELS), "fine": True}


def labeled(pictures: np.ndarray, labels: np.ndarray, recipe: Recipe) -> LabelSource:
    """Pictures (n, 3, H, W) and labels (n, H, W), bytes: windows of them, enlarged, half of them mirrored."""
    multiple = 2**recipe.depth

    def draw(rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = rng.integers(len(labels), size=n)
        side = int(rng.integers(round(recipe.crop * labels.shape[-1]), labels.shape[-1] + 1))
        top, left = rng.integers(labels.shape[-1] - side + 1, size=2)
        window = np.s_[..., top : top + side, left : left + side]
        x = torch.from_numpy(pictures[chosen][window]).float() / 255
        y = torch.from_numpy(labels[chosen][window]).long()
        size = labels.shape[-1] // multiple * multiple
        x = torch.nn.functional.interpolate(x, size=(size, size), mode="bilinear", antialias=True)
        y = torch.nn.functional.interpolate(y[:, None].float(), size=(size, size), mode="nearest-exact")[:, 0].long()
        return (x.flip(-1), y.flip(-1)) if rng.random() < 0.5 else (x, y)

    return draw


def job(recipe: Recipe, seed: int, draw: LabelSource, device: str = "cpu") -> tuple[Job, UNet]:
    """The training as a job of ``loop.fit``, and the network that it trains."""
    torch.manual_seed(seed)
    layout: dict[str, Any] = {"device": device, "memory_format": torch.channels_last}
    net = UNet(**arguments(recipe)).to(**layout)
    join_batch_norm(net)
    adam = torch.optim.AdamW(net.parameters(), recipe.lr, weight_decay=recipe.weight_decay, fused=True)

    def step(k: int) -> dict[str, float]:
        x, labels = share(*draw(step_rng(seed, k), recipe.batch))
        for group in adam.param_groups:
            group["lr"] = recipe.lr * decay_at_end(k, recipe.steps, 0.5)
        labels = labels.to(device)
        with autocast(device, recipe.bfloat16):
            logits = net.logits(x.to(**layout))
        loss = cross_entropy(logits.float(), labels)
        adam.zero_grad()
        loss.backward()
        average_gradients(net)
        adam.step()
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        return {"cross-entropy": loss.item(), "accuracy": accuracy.item()}

    return Job(step, {"segmenter": net, "adam": adam}), net


def train(
    recipe: Recipe,
    seed: int,
    draw: LabelSource,
    folder: Path | None = None,
    resume: bool = False,
    device: str = "cpu",
    made_of: Mapping[str, str] | None = None,
) -> tuple[UNet, Progress]:
    """Train a segmentation network. See ``loop.fit`` for ``folder`` and ``resume``, ``Job`` for ``made_of``."""
    work, net = job(recipe, seed, draw, device)
    work.made_of = made_of or {}
    progress = fit(work, recipe.steps, seed, folder, resume, name="segment")
    return net.eval(), progress
