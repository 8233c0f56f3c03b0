"""Training of the loss network ``pocket`` by distillation (chapter 08_perceptual_losses).

Pocket learns to predict, from the picture alone, the leading principal components of a real network's
features. Precedent: collaborative distillation (Wang et al., CVPR 2020). Two choices matter:

- the components are those of the uncentered features, so that inner products keep their values; what is
  left out is small in the Gram matrix, which the largest components rule;
- half of what it sees are not photos but what optimization meets: noise, blends, and pictures half-way
  through an optimization with pocket itself. Without these it has blind spots, and a picture optimized
  through it fills them with a checkered noise that the real network would punish.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import conv2d, interpolate, pad

from ..data.sources import PhotoSource
from ..losses.perceptual import distance, gram_matrix
from ..nets.blocks import CHANNELS_LAST
from ..nets.checks import check_recipe
from ..nets.loss_network import COMPONENTS, STYLE_LAYERS, Pocket
from ..nets.vgg import MEAN_RGB
from ..runtime.precision import autocast
from ..runtime.processes import alone
from ..runtime.seeds import step_rng
from .training import PREVIEW, Training, decay_at_end, in_rows, numbers, weighted_sum

WARM_UP = 200  # steps in which the learning rate rises
CALIBRATION = 12  # batches from which the principal components are computed
# Layers of torchvision's SqueezeNet 1.0 (Iandola et al. 2016, arXiv 1602.07360), and their channels. After its second
# pooling the maps lie at an eighth of the size, as VGG's relu4_3 does, and see 59 to 107 pixels (relu4_3: 92).
FIRES = {"fire5": 256, "fire6": 384, "fire7": 384, "fire8": 512}


@dataclass(frozen=True)
class DistillationRecipe:
    """How pocket is trained. Found by trials on two cores; there is no published recipe to follow."""

    steps: int = 16_000
    size: int = 128  # pixels of a crop: 16 cells at the fourth level
    batch: int = 8  # half photos, a quarter altered, a quarter from the pool
    lr: float = 2e-3
    weight_decay: float = 1e-4
    gram_weight: float = 1.0  # relative Gram error beside relative feature error
    grad_clip: float = 5.0  # largest norm of the gradient
    pair_weight: float = 0.5  # relative error of the style distance between two pictures of the batch
    pool: int = 64  # pictures under optimization
    pool_lr: float = 0.03  # largest change of a pixel in one step
    pool_renewal: float = 0.02  # chance of a new start, so a picture lives for 50 steps

    def __post_init__(self) -> None:
        check_recipe(self)


class Teacher:
    """Features of the real networks, reduced to their principal components.

    ``teacher(x)`` maps (N, 3, H, W) to ``{layer: (N, COMPONENTS[layer], h, w)}``. The three lower levels
    are VGG-19's. The fourth is SqueezeNet's (``fire5`` to ``fire8`` side by side, each with the energy of
    the third level), since the convolutions that VGG needs for ``relu4_3`` are not in the file.

    The components are multiplied by sqrt(K / C), K being their number and C that of the teacher's channels:
    losses divide by the number of channels, and so have the value that the real network would give.
    """

    def __init__(self, vgg19: nn.Module, squeezenet: Path):
        self.vgg = vgg19
        self.squeezenet = squeezenet_fires(load_file(squeezenet))
        for net in self.networks:
            net.to(**CHANNELS_LAST)
        self.energy: dict[str, float] = {}
        self.basis: dict[str, torch.Tensor] = {}

    @property
    def networks(self) -> tuple[nn.Module, nn.Module]:
        """The real networks."""
        return self.vgg, self.squeezenet

    @torch.no_grad()
    def full(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """All channels of every level, the fourth with the energy of the third; in bfloat16 where that is fast."""
        x = x.contiguous(memory_format=torch.channels_last)
        with autocast(x.device.type):
            features = dict(self.vgg(x, STYLE_LAYERS[:3]))
            # The original has no padding. Five pixels at the left and top put the center of output cell q at pixel
            # 8q + 4; VGG's fourth block has its cells at 8q + 3.5.
            fires = self.squeezenet(pad(x - torch.tensor(MEAN_RGB).view(3, 1, 1), (5, 1, 5, 1)))
        if self.energy:
            fires = {name: f * self.energy[name] for name, f in fires.items()}
        features["relu4_3"] = torch.cat([fires[name] for name in FIRES], dim=1)
        return features

    def calibrate(self, batches: list[torch.Tensor]) -> None:
        """Find the energies of the fires and the principal components from ``batches`` of pictures."""

        def rms(f: torch.Tensor) -> float:
            return f.float().square().mean().sqrt().item()

        self.energy = {}
        first = self.full(torch.cat(batches[:2]))
        split = dict(zip(FIRES, first["relu4_3"].split(list(FIRES.values()), dim=1), strict=True))
        self.energy = {name: rms(first["relu3_3"]) / rms(split[name]) for name in FIRES}
        sums: dict[str, torch.Tensor] = {}
        for x in batches:
            for name, f in self.full(x).items():
                rows = f.float().permute(0, 2, 3, 1).flatten(0, 2)
                sums[name] = sums.get(name, 0) + (rows.T @ rows).double()
        for name, moment in sums.items():
            k = COMPONENTS[name]
            vectors = torch.linalg.eigh(moment).eigenvectors[:, -k:].flip(1)
            self.basis[name] = (vectors * (k / len(vectors)) ** 0.5).float()

    @torch.no_grad()
    def __call__(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        with autocast(x.device.type):
            return {n: conv2d(f, self.basis[n].T[..., None, None]) for n, f in self.full(x).items()}

    def state_dict(self) -> dict[str, Any]:
        return {"energy": self.energy, "basis": self.basis}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.energy, self.basis = state["energy"], state["basis"]


def squeezenet_fires(arrays: dict[str, torch.Tensor] | None = None) -> nn.Module:
    """SqueezeNet 1.0 as far as ``FIRES``, which it gives for pictures minus the mean, RGB, in [0, 1].

    ``arrays`` are its weights under the names of its paper, made for BGR in 0..255; without them they are random.
    """
    from torchvision.models import squeezenet1_0
    from torchvision.models.feature_extraction import create_feature_extractor

    places = {"conv1": 0, "fire2": 3, "fire3": 4, "fire4": 5, "fire5": 7, "fire6": 8, "fire7": 9, "fire8": 10}
    net = create_feature_extractor(squeezenet1_0().features, {str(places[name]): name for name in FIRES})
    if arrays is None:
        return net.eval().requires_grad_(False)
    state = {}
    for key, value in arrays.items():
        layer, *rest = key.split(".")
        names = [{"expand1": "expand1x1", "expand3": "expand3x3"}.get(part, part) for part in rest]
        if layer in places:
            state[".".join([str(places[layer]), *names])] = value
    state["0.weight"] = state["0.weight"].flip(1) * 255
    net.load_state_dict(state)
    return net.eval().requires_grad_(False)


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

    def advance(self, net: Pocket, chosen: np.ndarray) -> None:
        """One step of gradient descent with momentum for the chosen pictures, through ``net``: the gradient is divided
        by its mean size, and no pixel moves by more than ``pool_lr``.
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
        step = self.recipe.pool_lr * self.momentum[chosen].clamp(-1, 1)
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
    """Pocket learns from ``teacher``, by pictures of ``photos`` and ``styles``."""

    name = "pocket"

    def __init__(
        self, recipe: DistillationRecipe, seed: int, photos: PhotoSource, styles: PhotoSource, teacher: Teacher
    ):
        alone("pocket")  # ``pair_error`` compares pictures across the whole batch, and the pool is one
        super().__init__(recipe, seed)
        self.photos, self.styles, self.teacher = photos, styles, teacher
        self.net = Pocket().to(**CHANNELS_LAST)
        for conv in cast(list[nn.Conv2d], list(self.net.trunk.convs.values())):
            nn.init.kaiming_normal_(conv.weight)
            nn.init.zeros_(cast(torch.Tensor, conv.bias))
        target = teacher(calibrate(teacher, photos, styles, recipe, seed))
        self.net.scale.copy_(torch.stack([target[name].float().square().mean().sqrt() for name in COMPONENTS]))
        adam = torch.optim.AdamW(self.net.parameters(), recipe.lr, weight_decay=recipe.weight_decay, fused=True)
        self.learn("pocket", self.net, adam)
        self.pool = Pool(photos, styles, recipe)
        self.stateful |= {"teacher": teacher, "pool": self.pool}

    @property
    def result(self) -> Pocket:
        return self.net

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
        target = self.teacher(x)
        with autocast(x.device.type):
            features = self.net(x)
        errors = {}
        for name in COMPONENTS:
            errors[f"f{name[4]}"] = distance(features[name], target[name]).mean()
            ours, theirs = gram_matrix(features[name]), gram_matrix(target[name])
            errors[f"g{name[4]}"] = distance(ours, theirs).mean()
            errors[f"p{name[4]}"] = pair_error(ours, theirs).mean()
        return errors

    def preview(self) -> torch.Tensor:
        return in_rows(self.pool.pictures[:8])


def calibrate(
    teacher: Teacher, photos: PhotoSource, styles: PhotoSource, recipe: DistillationRecipe, seed: int
) -> torch.Tensor:
    """Give ``teacher`` the components of this training's data; the batch after those is returned."""
    rng = step_rng(seed, PREVIEW)
    *batches, last = (mixed(photos, styles, recipe, rng) for _ in range(CALIBRATION + 1))
    teacher.calibrate(batches)
    return last


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
