"""The six trainings, so small that a step takes milliseconds, and what tests do with them."""

import dataclasses

import numpy as np
import torch

from s2s_helpers.data import parts
from s2s_helpers.data.photos import Crops
from s2s_helpers.nets.class_conditional import CLASSES
from s2s_helpers.nets.loss_network import Part, Pocket
from s2s_helpers.nets.vgg import CONVS, VGG, layer_names
from s2s_helpers.train import class_gan, pix2pix, pocket, segment, style, superres

SMALL = {"steps": 40, "batch": 2, "bfloat16": False}
RECIPES = {
    "segment": segment.SegmentRecipe(**SMALL | {"batch": 4}, size=32, base=4, cap=8, depth=3),
    "class_gan": class_gan.ClassGANRecipe(steps=200),
    "superres": dataclasses.replace(superres.BOOK, steps=40, batch=4, size=32, base=8, residuals=1),
    "style": dataclasses.replace(style.BOOK, **SMALL, size=32, base=4),
    "pix2pix": dataclasses.replace(
        pix2pix.BOOK, **SMALL, size=32, load_size=36, base=4, cap=8, depth=3, receptive_field=16
    ),
    "pocket": pocket.DistillationRecipe(steps=40, size=32, batch=4, pool=4),
}


def waves() -> Crops:
    """Crops of six patterns of waves."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:48, 0:56]
    periods = rng.uniform(2, 9, (6, 3))
    patterns = [np.stack([np.sin(x / a), np.cos(y / b), np.sin((x + y) / c)], axis=-1) for a, b, c in periods]
    return Crops([((wave + 1) * 127).astype(np.uint8) for wave in patterns])


PARTS = dict.fromkeys(layer_names(CONVS[16][:4]), Part(8))  # of a pocket that costs nothing
PARTS["relu4_2"] = Part(20, narrow=6, wide=10)


def loss_network() -> Pocket:
    """One with random weights: what is shipped may change."""
    torch.manual_seed(7)
    return Pocket(parts=PARTS).eval()


def vgg() -> VGG:
    """A small VGG-16 as far as relu4_3, with random weights: the distillation must work with any.

    Without biases: half of what comes to a ReLU is below zero, as in the real network.
    """
    torch.manual_seed(0)
    net = VGG(CONVS[16][:4], (8, 12, 16, 20)).requires_grad_(False)
    for conv in net.convs.values():
        torch.nn.init.kaiming_normal_(conv.weight)
        torch.nn.init.zeros_(conv.bias)
    return net


def blocks() -> np.ndarray:
    """Four pictures of large squares, bytes (4, 3, 40, 40)."""
    small = np.random.default_rng(0).integers(0, 255, (4, 3, 5, 5), dtype=np.uint8)
    return small.repeat(8, axis=2).repeat(8, axis=3)


def patterns(n: int) -> list[torch.Tensor]:
    torch.manual_seed(3)
    return [torch.rand(1, 3, 40, 40) for _ in range(n)]


def begin(name: str, recipe=None, phi=None, **changes):
    """A training of ``RECIPES``, or of the ``recipe`` given, with changes: ``begin("style", lr=1e-2)``.

    ``phi`` is the loss network, if not one with random weights.
    """
    crops = waves()
    recipe = dataclasses.replace(recipe or RECIPES[name], **changes)
    phi = phi or loss_network()
    if name == "segment":
        labels = np.random.default_rng(0).integers(0, 3, (6, 4, 4), dtype=np.uint8).repeat(8, 1).repeat(8, 2)
        pictures = np.stack([labels * 100, 255 - labels * 100, labels], axis=1)
        return segment.Segment(recipe, 0, segment.labeled(pictures, labels))
    if name == "class_gan":
        kinds = torch.arange(CLASSES).repeat(8)
        levels = torch.linspace(0.1, 0.9, CLASSES)[kinds].view(-1, 1, 1, 1)
        return class_gan.ClassGAN(recipe, 0, parts.evenly(kinds, levels.expand(-1, 3, 16, 16)))
    if name == "superres":
        return superres.SuperResolution(recipe, 0, crops, phi)
    if name == "style":
        return style.painting(recipe, 0, crops, patterns(3 if recipe.architecture == "book" else 1), phi)
    if name == "pocket":
        return pocket.Distillation(recipe, 0, crops, crops, vgg(), Pocket(parts=PARTS))
    batches = pix2pix.array_pairs(255 - blocks(), blocks(), recipe)
    return pix2pix.Pix2Pix(recipe, 0, batches, phi.requires_grad_(False))


def stopped(training, k: int):
    """The same training, but somebody stops it when it has taken ``k`` steps."""
    step = training.step

    def step_or_stop(i: int) -> dict[str, float]:
        if i == k:
            raise KeyboardInterrupt
        return step(i)

    training.step = step_or_stop
    return training


def weights(net: torch.nn.Module) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def advance(training, steps: int = 1, first: int = 0) -> dict[str, float]:
    """Take steps as ``loop.fit`` does, with chance set anew before each; the losses of the last."""
    for k in range(first, first + steps):
        torch.manual_seed(k)
        losses = training.step(k)
    return losses
