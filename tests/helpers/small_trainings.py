"""The six trainings, so small that a step takes milliseconds, and what tests do with them."""

import dataclasses

import numpy as np
import torch

from s2s_helpers.data import parts
from s2s_helpers.data.photos import Crops
from s2s_helpers.nets.class_conditional import CLASSES
from s2s_helpers.nets.loss_network import Pocket
from s2s_helpers.nets.vgg import VGG
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


def loss_network() -> Pocket:
    """One with random weights: what is shipped may change."""
    torch.manual_seed(7)
    return Pocket().eval()


def teacher() -> pocket.Teacher:
    """Real topology, random weights: the distillation must work with any teacher."""
    torch.manual_seed(0)
    made = object.__new__(pocket.Teacher)
    made.vgg, made.squeezenet = VGG((2, 2, 4)), pocket.squeezenet_fires(squeezenet())
    made.energy, made.basis = {}, {}
    return made


def squeezenet() -> dict[str, torch.Tensor]:
    """Random weights of SqueezeNet under the names of its paper."""
    shapes = {"conv1": (96, 3, 7, 7)}
    fires = [(96, 16, 64), (128, 16, 64), (128, 32, 128), (256, 32, 128)]
    fires += [(256, 48, 192), (384, 48, 192), (384, 64, 256)]
    for number, (channels, squeeze, expand) in enumerate(fires, start=2):
        shapes[f"fire{number}.squeeze"] = (squeeze, channels, 1, 1)
        shapes[f"fire{number}.expand1"] = (expand, squeeze, 1, 1)
        shapes[f"fire{number}.expand3"] = (expand, squeeze, 3, 3)
    weights = {f"{name}.weight": torch.randn(shape) * (2 / np.prod(shape[1:])) ** 0.5 for name, shape in shapes.items()}
    weights["conv1.weight"] /= 255  # made for pixels from 0 to 255
    return weights | {f"{name}.bias": torch.zeros(shape[0]) for name, shape in shapes.items()}


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
        return pocket.Distillation(recipe, 0, crops, crops, teacher())
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
