"""Training of the class-conditional GAN, in half a minute (chapter 04_conditional_gans, eq 1)."""

import copy
from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import nn

from ..data.parts import PartSource
from ..losses.adversarial import discriminator_loss, generator_loss
from ..nets.checks import check_recipe
from ..nets.class_conditional import NOISE, Discriminator, Generator
from .training import Training, numbers


@dataclass(frozen=True)
class ClassGANRecipe:
    """How the two networks are trained. No paper has this task: the values were found by trying."""

    steps: int = 2_000
    batch: int = 32
    lr: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.99)
    ema_decay: float = 0.99  # decay of a running average of the generator, steadier than its last state
    conditional: bool = True  # False: the discriminator does not see the class

    def __post_init__(self) -> None:
        check_recipe(self)


class ClassGAN(Training[ClassGANRecipe]):
    """A generator and a discriminator learn in turns from the parts of ``batches``; the result is a running average of
    the generator. Copies of it after the steps ``keep`` are in ``kept``.
    """

    name = "class GAN"

    def __init__(self, recipe: ClassGANRecipe, seed: int, batches: PartSource, keep: Collection[int] = ()):
        super().__init__(recipe, seed)
        self.batches, self.keep = batches, keep
        self.kept: dict[int, Generator] = {}
        self.generator = self.learn("generator", Generator())
        self.discriminator = self.learn("discriminator", Discriminator(recipe.conditional))
        self.average = self.stateful["average"] = copy.deepcopy(self.generator).eval()

    @property
    def result(self) -> Generator:
        return self.average

    def step(self, k: int) -> dict[str, float]:
        rate = self.rate(k)
        x, c = self.batches(self.seed, k, self.recipe.batch)
        z = torch.randn(self.recipe.batch, NOISE)
        made = self.generator(z, c)

        loss_d = discriminator_loss(self.discriminator(c, x), self.discriminator(c, made.detach()))
        self.descend("discriminator", loss_d, rate)
        loss_g = generator_loss(self.discriminator(c, made))
        self.descend("generator", loss_g, rate)

        move_towards(
            self.average, self.generator, min(self.recipe.ema_decay, (k + 1) / (k + 11))
        )  # at first it forgets faster
        if k + 1 in self.keep:
            self.kept[k + 1] = copy.deepcopy(self.average)
        return numbers({"D": loss_d, "G": loss_g})


@torch.no_grad()
def move_towards(slow: nn.Module, fast: nn.Module, decay: float) -> None:
    """Move the weights and statistics of ``slow`` towards those of ``fast``; counters are copied."""
    for a, b in zip(slow.state_dict().values(), fast.state_dict().values(), strict=True):
        a.copy_(b.lerp(a, decay) if a.is_floating_point() else b)
