"""Training of the loss network ``pocket`` (chapter 10_perceptual_losses).

Pocket begins as VGG-16 made smaller (``compression``), and learns to have the features and the Gram matrices that its
channels have in the whole network. Half of what it sees are not photos but what optimization meets: noise, blends, and
pictures half-way through an optimization with pocket itself. Without these it has blind spots, and a picture optimized
through it fills them with a checkered noise that the real network would punish.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate

from ..data.sources import PhotoSource, step_numbers
from ..losses.perceptual import distance, gram_matrix
from ..nets.blocks import CHANNELS_LAST
from ..nets.checks import check_recipe
from ..nets.loss_network import STYLE_LAYERS, Pocket
from ..nets.vgg import VGG
from ..runtime.precision import autocast
from ..runtime.processes import alone
from ..runtime.seeds import step_rng
from .compression import compress, rescale
from .training import PREVIEW, Training, decay_at_end, in_rows, numbers, weighted_sum

WARM_UP = 100  # steps in which the learning rate rises
SAMPLES = 16  # batches by which channels and first weights are found
POOL_LR = 0.03  # largest change of a pixel under optimization in one step


@dataclass(frozen=True)
class DistillationRecipe:
    """How pocket is trained. Found by trials on two cores; there is no published recipe to follow."""

    steps: int = 4_000
    size: int = 128  # pixels of a crop: 16 cells at the fourth level
    batch: int = 8  # half photos, a quarter altered, a quarter from the pool
    lr: float = 1e-4
    grad_clip: float = 5.0  # largest norm of the gradient
    gram_weight: float = 1.0  # relative Gram error beside relative feature error
    pair_weight: float = 0.5  # relative error of the style distance between two pictures of the batch
    pool: int = 64  # pictures under optimization
    pool_renewal: float = 0.02  # chance of a new start, so a picture lives for 50 steps

    def __post_init__(self) -> None:
        check_recipe(self)


def altered(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Pictures (N, 3, H, W) turned into what no camera takes: noise, blends, other colors. A few stay as they are."""
    n, _, height, width = x.shape
    out = []
    for i in range(n):
        picture = x[i : i + 1]
        kind = rng.integers(5)
        if kind == 0:  # blend with another
            t = rng.uniform(0.2, 0.8)
            picture = t * picture + (1 - t) * x[(i + 1) % n : (i + 1) % n + 1]
        elif kind == 1:  # white noise alone, as the paper's optimization starts
            picture = torch.randn_like(picture) * rng.uniform(0.05, 0.4) + rng.uniform(0.3, 0.7)
        elif kind == 2:  # strong colors, as paintings have
            gain = torch.from_numpy(rng.uniform(0.4, 1.8, (1, 3, 1, 1))).float()
            shift = torch.from_numpy(rng.uniform(-0.3, 0.3, (1, 3, 1, 1))).float()
            mean = picture.mean(dim=(2, 3), keepdim=True)
            picture = mean + (picture - mean) * gain + shift
        if kind != 1:  # noise of one to eight pixels on top of any
            cell = int(2 ** rng.integers(4))
            noise = torch.randn(1, 3, -(-height // cell), -(-width // cell))
            noise = interpolate(noise, scale_factor=cell, mode="nearest")[..., :height, :width]
            picture = picture + noise * rng.choice([0, 0.02, 0.05, 0.1, 0.2, 0.4])
        out.append(picture.clamp(0, 1))
    return torch.cat(out)


class Pool:
    """Pictures on their way through style transfer with the network that is being trained."""

    def __init__(self, crops: PhotoSource, styles: PhotoSource, recipe: DistillationRecipe):
        self.crops, self.styles, self.recipe = crops, styles, recipe
        shape = (recipe.pool, 3, recipe.size, recipe.size)
        self.pictures, self.contents, self.targets = (torch.zeros(shape) for _ in range(3))
        self.momentum = torch.zeros(shape)
        self.weights = torch.zeros(recipe.pool)
        self.empty = torch.ones(recipe.pool, dtype=torch.bool)

    def choose(self, rng: np.random.Generator, n: int) -> np.ndarray:
        """Choose ``n`` pictures of the pool and start some of them anew."""
        chosen = rng.choice(self.recipe.pool, n, replace=False)
        for i in chosen:
            if self.empty[i] or rng.random() < self.recipe.pool_renewal:
                self._renew(rng, int(i))
        return chosen

    def _renew(self, rng: np.random.Generator, i: int) -> None:
        size = self.recipe.size
        self.contents[i] = self.crops(seed_of(rng), 0, 1, size)
        source = self.styles if rng.random() < 0.5 else self.crops
        self.targets[i] = source(seed_of(rng), 0, 1, size)
        noise = torch.rand(3, size, size)
        self.pictures[i] = noise if rng.random() < 0.4 else self.contents[i]
        self.weights[i] = 10 ** rng.uniform(-1, 1.5)  # style against content, both relative
        self.momentum[i] = 0
        self.empty[i] = False

    def advance(self, net: nn.Module, chosen: np.ndarray) -> None:
        """One step of gradient descent with momentum for the chosen pictures, through ``net``: the gradient is divided
        by its mean size, and no pixel moves by more than ``POOL_LR``.
        """
        x = self.pictures[chosen].requires_grad_(True)
        with autocast(x.device.type):
            with torch.no_grad():
                content, style = net(self.contents[chosen]), net(self.targets[chosen])
            features = net(x)
        loss = distance(features["relu2_2"], content["relu2_2"])
        for name, f in features.items():
            loss = loss + self.weights[chosen] * distance(gram_matrix(f), gram_matrix(style[name]))
        (gradient,) = torch.autograd.grad(loss.sum(), x)
        size = gradient.abs().mean(dim=(1, 2, 3), keepdim=True) + 1e-12
        self.momentum[chosen] = 0.8 * self.momentum[chosen] + 0.2 * (gradient / size)
        step = POOL_LR * self.momentum[chosen].clamp(-1, 1)
        self.pictures[chosen] = (x.detach() - step).clamp(0, 1)

    def state_dict(self) -> dict[str, Any]:
        return {k: v for k, v in vars(self).items() if isinstance(v, torch.Tensor)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        vars(self).update(state)


def pair_error(ours: torch.Tensor, theirs: torch.Tensor) -> torch.Tensor:
    """Relative error of the distance between each Gram matrix (N, K, K) and that of the next picture; (N,).

    A small error of every Gram matrix may still put two pictures in the wrong order of likeness.
    """
    ours, theirs = (torch.linalg.matrix_norm(g - g.roll(1, 0)) for g in (ours, theirs))
    return (ours - theirs).abs() / (theirs + 1e-6)


class Distillation(Training[DistillationRecipe]):
    """``pocket``, or a new one, learns from ``vgg``, the real network, by pictures of ``photos`` and ``styles``.

    While it learns, its features are divided by ``units``: the optimizer takes steps of one size for all weights, and
    the features of the real network grow from layer to layer, beyond a thousand.
    """

    name = "pocket"

    def __init__(
        self,
        recipe: DistillationRecipe,
        seed: int,
        photos: PhotoSource,
        styles: PhotoSource,
        vgg: VGG,
        pocket: Pocket | None = None,
    ):
        alone("pocket")  # ``pair_error`` compares pictures across the whole batch, and the pool is one
        super().__init__(recipe, seed)
        self.photos, self.styles, self.vgg = photos, styles, vgg.to(**CHANNELS_LAST).requires_grad_(False)
        self.net = pocket or Pocket()
        with step_numbers(seed, PREVIEW) as rng:
            pictures = [mixed(photos, styles, recipe, rng) for _ in range(SAMPLES)]
        compress(vgg, self.net, pictures)
        self.units = units(vgg, pictures[0])
        rescale(self.net, {name: 1 / unit for name, unit in self.units.items()})
        self.learn("pocket", self.net.to(**CHANNELS_LAST))
        self.pool = self.stateful["pool"] = Pool(photos, styles, recipe)

    @property
    def result(self) -> Pocket:
        """The network in the units of ``vgg``."""
        net = copy.deepcopy(self.net)
        rescale(net, self.units)
        return net

    def rate(self, k: int) -> float:
        """Up for ``WARM_UP`` steps, and to 0 over the last part of the run (``decay_at_end``)."""
        return self.recipe.lr * min(1, (k + 1) / WARM_UP) * decay_at_end(k, self.recipe.steps)

    def step(self, k: int) -> dict[str, float]:
        rng, quarter = step_rng(self.seed, k), self.recipe.batch // 4
        chosen = self.pool.choose(rng, quarter)
        seen = mixed(self.photos, self.styles, self.recipe, rng)[: self.recipe.batch - quarter]
        errors = self.losses(torch.cat([seen, self.pool.pictures[chosen]]))
        weights = {"f": 1.0, "g": self.recipe.gram_weight, "p": self.recipe.pair_weight}
        self.descend("pocket", weighted_sum(errors, {name: weights[name[0]] for name in errors}), self.rate(k))
        self.pool.advance(self.net, chosen)
        return numbers(errors)

    def losses(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """The relative errors for pictures (N, 3, H, W), by kind and level: "f3" of the features of relu3_3, "g3" of
        their Gram matrices, "p3" of the distances between these (``pair_error``).
        """
        x = x.contiguous(memory_format=torch.channels_last)
        with autocast(x.device.type):
            with torch.no_grad():
                whole = self.vgg(x, STYLE_LAYERS)
            features = self.net(x)
        errors = {}
        for name, own in features.items():
            target = whole[name][:, self.net.kept(name)] / self.units[name]
            errors[f"f{name[4]}"] = distance(own, target).mean()
            ours, theirs = gram_matrix(own), gram_matrix(target)
            errors[f"g{name[4]}"] = distance(ours, theirs).mean()
            errors[f"p{name[4]}"] = pair_error(ours, theirs).mean()
        return errors

    def preview(self) -> torch.Tensor:
        return in_rows(self.pool.pictures[:8])


@torch.no_grad()
def units(vgg: VGG, pictures: torch.Tensor) -> dict[str, float]:
    """For each layer the power of two next to its root mean square: with these nothing is lost in rounding."""
    features = vgg(pictures, vgg.names)
    return {name: 2.0 ** round(math.log2(f.square().mean().sqrt().item())) for name, f in features.items()}


def seed_of(rng: np.random.Generator) -> int:
    """A seed for one of several draws from the same source in one step."""
    return int(rng.integers(1 << 32))


def mixed(
    photos: PhotoSource, styles: PhotoSource, recipe: DistillationRecipe, rng: np.random.Generator
) -> torch.Tensor:
    """A batch: the first half photos and paintings as they are, the rest altered."""
    half = recipe.batch // 2
    x = photos(seed_of(rng), 0, recipe.batch, recipe.size)
    if rng.random() < 0.5:
        x[0], x[half] = styles(seed_of(rng), 0, 2, recipe.size)
    return torch.cat([x[:half], altered(x[half:], rng)])
