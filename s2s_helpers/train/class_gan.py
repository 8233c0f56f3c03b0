"""Training of the class-conditional GAN, in half a minute (chapter 03_conditional_gans, eq 1)."""

import copy
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ..data.parts import PartSource
from ..losses.adversarial import discriminator_loss, generator_loss
from ..nets.class_conditional import NOISE, Discriminator, Generator
from .adam import Adam
from .loop import Job, Progress, fit, step_rng


@dataclass(frozen=True)
class Recipe:
    """How the two networks are trained. No paper has this task: the values were found by trying."""

    steps: int = 2_000
    batch: int = 32
    lr: float = 5e-4
    betas: tuple[float, float] = (0.5, 0.99)
    average: float = 0.99  # decay of a running average of the generator, steadier than its last state
    conditional: bool = True  # False: the discriminator does not see the class


def job(recipe: Recipe, seed: int, draw: PartSource) -> tuple[Job, Generator]:
    """The alternating optimization as a job of ``loop.fit``, and the average of the generator that it trains."""
    torch.manual_seed(seed)
    generator, discriminator = Generator(), Discriminator(recipe.conditional)
    average = copy.deepcopy(generator).eval()
    nets = {"generator": generator, "discriminator": discriminator}
    adam_g, adam_d = (Adam(net.parameters(), recipe.lr, recipe.betas) for net in nets.values())

    def step(k: int) -> dict[str, float]:
        rng = step_rng(seed, k)
        x, c = draw(rng, recipe.batch)
        z = torch.from_numpy(rng.standard_normal((recipe.batch, NOISE), dtype=np.float32))
        made = generator(z, c)

        loss_d = discriminator_loss(discriminator(x, c), discriminator(made.detach(), c))
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()

        loss_g = generator_loss(discriminator(made, c))
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()

        follow(average, generator, min(recipe.average, (k + 1) / (k + 11)))  # at first it forgets faster
        return {"D": loss_d.item(), "G": loss_g.item()}

    state = {**nets, "average": average, "adam_generator": adam_g, "adam_discriminator": adam_d}
    return Job(step, state), average


@torch.no_grad()
def follow(slow: nn.Module, fast: nn.Module, decay: float) -> None:
    """Move the weights and statistics of ``slow`` towards those of ``fast``; counters are copied."""
    for a, b in zip(slow.state_dict().values(), fast.state_dict().values(), strict=True):
        a.copy_(b.lerp(a, decay) if a.is_floating_point() else b)


def train(
    recipe: Recipe, seed: int, draw: PartSource, keep: Collection[int] = ()
) -> tuple[Generator, dict[int, Generator], Progress]:
    """Train on the parts of ``draw``: the generator, copies of it after the steps ``keep``, and how it went."""
    work, generator = job(recipe, seed, draw)
    kept: dict[int, Generator] = {}

    def watched(k: int) -> dict[str, float]:
        losses = work.step(k)
        if k + 1 in keep:
            kept[k + 1] = copy.deepcopy(generator)
        return losses

    progress = fit(Job(watched, work.state), recipe.steps, seed, name="class GAN")
    return generator, kept, progress
