"""Training of the conditional GAN (chapter 07_training_and_inference; Isola et al. 2017).

Eq 4: the generator minimizes the adversarial loss plus lambda times L1; the discriminator maximizes the
first. The two take turns, one Adam step each.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import interpolate

from ..images import contact_sheet
from ..losses.adversarial import discriminator_loss, generator_loss
from ..nets.blocks import Norm, Upsampling
from ..nets.patchgan import PatchGAN
from ..nets.unet import UNet
from .loop import Job, Progress, decay_at_end, fit, step_rng

# Draws a batch: (random numbers, how many) -> sketches and pictures, (n, 3, H, W) in [0, 1].
PairSource = Callable[[np.random.Generator, int], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Recipe:
    """How a generator is trained. The defaults are ``PAPER``."""

    steps: int = 80_000  # 200 epochs over 400 pairs at batch 1 (section 6.2)
    batch: int = 1  # section 6.2
    size: int = 256  # pixels of a crop
    jitter: int = 286  # a 256x256 pair is enlarged to this and cut at random (section 6.2)
    lambda_l1: float = 100.0  # eq 4; "weighting 100"
    lr: float = 2e-4  # section 3.3
    betas: tuple[float, float] = (0.5, 0.999)  # section 3.3
    decay: float = 0.0  # last part of the run in which the learning rate falls to 0
    halve_discriminator: bool = True  # section 3.3: "divide the objective by 2 while optimizing D"
    base: int = 64  # C64
    cap: int = 512  # C512
    depth: int = 8  # down to one pixel at 256x256
    norm: Norm = "batch"
    upsampling: Upsampling = "transpose"
    dropout: float = 0.5  # the noise z
    receptive_field: int = 70
    bfloat16: bool = False


PAPER = Recipe()
# train.lua halves only the printed value of the discriminator's loss, not its gradient.
RELEASED = Recipe(halve_discriminator=False)
# What runs in well under an hour on two cores, and why:
# half the width, deep layers no wider than 128 (they hold most parameters and little of the picture),
# instance norm (the same in training and after it, at any batch), resize-convolution (no checkerboard).
BOOK = Recipe(
    steps=4_000,
    batch=4,
    lambda_l1=50.0,
    decay=0.4,
    base=32,
    cap=128,
    norm="instance",
    upsampling="resize",
    bfloat16=True,
)


def generator_of(recipe: Recipe) -> UNet:
    """The untrained generator of ``recipe``."""
    return UNet(recipe.base, recipe.cap, recipe.depth, recipe.norm, recipe.upsampling, recipe.dropout)


def array_pairs(sketches: np.ndarray, pictures: np.ndarray, recipe: Recipe) -> PairSource:
    """Pairs drawn from arrays of bytes (n, 3, H, W), cut to ``recipe.size`` with jitter and mirror image."""

    def draw(rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        cut = [_cut(rng, sketches[i], pictures[i], recipe) for i in rng.integers(len(sketches), size=n)]
        return tuple(torch.cat(part) for part in zip(*cut, strict=True))

    return draw


def _cut(rng: np.random.Generator, sketch: np.ndarray, picture: np.ndarray, recipe: Recipe) -> list[torch.Tensor]:
    """The same random window of a sketch and its picture, enlarged to ``recipe.size``."""
    height, width = picture.shape[-2:]
    side = min(round(recipe.size * recipe.size / recipe.jitter), height, width)
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    mirror = rng.random() < 0.5
    out = []
    for array in (sketch, picture):
        x = torch.from_numpy(array[None, :, top : top + side, left : left + side]).float() / 255
        x = interpolate(x, size=(recipe.size, recipe.size), mode="bilinear", antialias=True)
        out.append(x.flip(-1) if mirror else x)
    return out


def job(recipe: Recipe, seed: int, draw: PairSource, device: str = "cpu") -> tuple[Job, UNet]:
    """The alternating optimization as a job of ``loop.fit``, and the generator that it trains."""
    torch.manual_seed(seed)
    layout = {"device": device, "memory_format": torch.channels_last}
    generator = generator_of(recipe).to(**layout)
    discriminator = PatchGAN(recipe.receptive_field, base=recipe.base, norm=recipe.norm).to(**layout)
    nets = {"generator": generator, "discriminator": discriminator}
    adam = {name: torch.optim.Adam(net.parameters(), recipe.lr, recipe.betas) for name, net in nets.items()}
    autocast = torch.autocast(device, torch.bfloat16, enabled=recipe.bfloat16)
    sample, _ = draw(step_rng(seed, 1 << 33), 4)

    def descend(name: str, loss: torch.Tensor) -> None:
        adam[name].zero_grad()
        loss.backward()
        adam[name].step()

    def step(k: int) -> dict[str, float]:
        sketch, picture = (x.to(**layout) for x in draw(step_rng(seed, k), recipe.batch))
        for optimizer in adam.values():
            for group in optimizer.param_groups:
                group["lr"] = recipe.lr * (decay_at_end(k, recipe.steps, recipe.decay) if recipe.decay else 1.0)
        with autocast:
            made = generator(sketch)
            real, fake = discriminator(picture, sketch), discriminator(made.detach(), sketch)
        loss_d = discriminator_loss(real, fake) * (0.5 if recipe.halve_discriminator else 1.0)
        descend("discriminator", loss_d)

        discriminator.requires_grad_(False)
        with autocast:
            fake = discriminator(made, sketch)
        adversarial, l1 = generator_loss(fake), (made.float() - picture).abs().mean()
        # Networks of the sources speak [-1, 1], so their L1 is twice ours; lambda keeps its meaning.
        descend("generator", adversarial + recipe.lambda_l1 * 2 * l1)
        discriminator.requires_grad_(True)
        return {"D": loss_d.item(), "GAN": adversarial.item(), "L1": l1.item()}

    @torch.no_grad()
    def preview() -> torch.Tensor:
        made = generator(sample.to(device)).cpu()
        return contact_sheet([[x[None] for x in row] for row in (sample, made)])

    state = {**nets, **{f"adam_{name}": optimizer for name, optimizer in adam.items()}}
    return Job(step, state, preview), generator


def train(
    recipe: Recipe, seed: int, draw: PairSource, folder: Path | None = None, resume: bool = False, device: str = "cpu"
) -> tuple[UNet, Progress]:
    """Train a generator on the pairs of ``draw``. See ``loop.fit`` for ``folder`` and ``resume``."""
    work, generator = job(recipe, seed, draw, device)
    progress = fit(work, recipe.steps, seed, folder, resume, name="pix2pix")
    return generator.eval(), progress
