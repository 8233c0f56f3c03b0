"""Training of the conditional GAN (chapter 07_training_and_inference; Isola et al. 2017).

Eq 4: the generator minimizes the adversarial loss plus lambda times L1; the discriminator maximizes the
first. The two take turns, one Adam step each: first the discriminator, then the generator.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch.nn.functional import interpolate
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .. import zoo
from ..data.pairs import PairFolder
from ..images import PictureError, contact_sheet, resize, to_uint8
from ..losses.adversarial import Form, discriminator_loss, generator_loss
from ..losses.perceptual import distance
from ..losses.pixel import l1_loss, l2_loss, ssim_loss
from ..nets.blocks import Norm, Upsampling
from ..nets.patchgan import Field, PatchGAN
from ..nets.unet import EncoderDecoder, UNet
from ..precision import autocast
from .adam import Adam
from .devices import average_gradients, join_batch_norm, share
from .loop import Job, Progress, decay_at_end, fit, step_rng
from .photos import TRIES, left_out

FEATURE_LAYERS = ("relu2_2", "relu3_3")  # of the loss network; relu1_2 would cost a tenth of the step more
ROOM = 2**30  # bytes of a folder's pairs that are kept: 2,700 of them at 256x256
# Draws a batch: (random numbers, how many) -> sketches and pictures, (n, 3, H, W) in [0, 1].
PairSource = Callable[[np.random.Generator, int], tuple[torch.Tensor, torch.Tensor]]


@dataclass(frozen=True)
class Recipe:
    """How a generator is trained. The defaults are ``PAPER``."""

    steps: int = 80_000  # 200 epochs over 400 pairs at batch 1 (section 6.2)
    batch: int = 1  # section 6.2
    size: int = 256  # pixels of a crop
    jitter: int = 286  # a 256x256 pair is enlarged to this and cut at random (section 6.2)
    lambda_gan: float = 1.0  # eq 4; with 0 there is no discriminator at all
    lambda_l1: float = 100.0  # eq 4; section 6.2
    lambda_l2: float = 0.0  # the squared error in its place, to compare (section 3.1)
    lambda_ssim: float = 0.0  # structural similarity, to compare (the paper's section 2.1)
    lambda_features: float = 0.0  # relative feature error (eq 6) in pocket; not in the paper
    form: Form = "non-saturating"  # section 3.3
    conditional: bool = True  # False: the discriminator does not see the sketch (section 3.1)
    lr: float = 2e-4  # section 3.3
    discriminator_lr: float = 1.0  # times lr: one for both in the paper; another one in the clinic of chapter 07
    betas: tuple[float, float] = (0.5, 0.999)  # section 3.3
    decay: float = 0.0  # last part of the run in which the learning rate falls to 0
    halve_discriminator: bool = True  # section 3.3: the objective of D is divided by 2
    stale_scores: bool = False  # True: the generator learns from scores given before D's update
    skips: bool = True  # False: the encoder-decoder of section 4.2
    base: int = 64  # C64
    cap: int = 512  # C512
    depth: int = 8  # down to one pixel at 256x256
    fine: bool = False  # True: a skip at full size (see UNet); not in the paper
    norm: Norm = "batch"
    upsampling: Upsampling = "transpose"
    dropout: float = 0.5  # the noise z
    dropout_from: int = 0  # the first of its three decoder layers, from the innermost (section 6.1: CD512 three times)
    receptive_field: Field = 70
    average: float = 0.0  # decay of a running average of the weights, which then is the result
    bfloat16: bool = False


PAPER = Recipe()
# train.lua halves only the printed value of the discriminator's loss, not its gradient; and the gradient for
# the generator starts from the scores that the discriminator gave before its own update (netD.output). The rate
# is constant and dropout where the text has it (models.lua); both are otherwise in the well-known PyTorch port.
RELEASED = Recipe(halve_discriminator=False, stale_scores=True)
# What runs in about an hour on one core, and why:
# half the width, deep layers no wider than 128 (they hold most parameters and little of the picture),
# instance norm (the same in training and after it, at any batch), resize-convolution (no checkerboard),
# a skip at full size and a feature loss (after the same steps windows are windows), averaged weights, and a
# learning rate that goes with the batch (L1 + cGAN, 128x128, 1,000 steps: FCN-score .80; with 2e-4 .74).
BOOK = Recipe(
    steps=3_000,
    batch=4,
    lr=5e-4,
    lambda_l1=50.0,
    lambda_features=15.0,
    decay=0.4,
    base=32,
    cap=128,
    fine=True,
    norm="instance",
    upsampling="resize",
    average=0.995,
    bfloat16=True,
)


def generator_of(recipe: Recipe) -> UNet:
    """The untrained generator of ``recipe``."""
    net = UNet if recipe.skips else EncoderDecoder
    sizes = recipe.base, recipe.cap, recipe.depth
    return net(*sizes, recipe.norm, recipe.upsampling, recipe.dropout, recipe.dropout_from, fine=recipe.fine)


def array_pairs(sketches: np.ndarray, pictures: np.ndarray, recipe: Recipe) -> PairSource:
    """Pairs drawn from arrays of bytes (n, 3, H, W), cut to ``recipe.size`` with jitter and mirror image.

    Raises ValueError for arrays of another type.
    """
    for name, array in (("sketches", sketches), ("pictures", pictures)):
        if array.dtype != np.uint8:
            why = "bytes from 0 to 255 are needed; of values in [0, 1] make them by (255 * x).round().astype(np.uint8)"
            raise ValueError(f"the {name} are {array.dtype}; {why}")

    def draw(rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        cut = [_cut(rng, sketches[i], pictures[i], recipe) for i in rng.integers(len(sketches), size=n)]
        drawn, painted = zip(*cut, strict=True)
        return torch.cat(drawn), torch.cat(painted)

    return draw


class FolderPairs:
    """The pairs of a folder as a ``PairSource``: cut as those of ``array_pairs``.

    A pair is read when it is first drawn, shrunk until its shorter side is ``recipe.size``, and kept as bytes as long
    as there is ``room`` (bytes); the others are read anew each time. One that cannot be read is left out with a word,
    and the next one takes its place. Raises PictureError when ``TRIES`` of them in a row cannot be read.
    """

    def __init__(self, pairs: PairFolder, recipe: Recipe, room: int = ROOM):
        self.pairs, self.recipe, self.room = pairs, recipe, room
        self.kept: dict[int, list[np.ndarray]] = {}
        self.wrong: dict[int, PictureError] = {}

    def __call__(self, rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = [self._sound(int(i)) for i in rng.integers(len(self.pairs), size=n)]
        drawn, painted = zip(*[_cut(rng, sketch, picture, self.recipe) for sketch, picture in chosen], strict=True)
        return torch.cat(drawn), torch.cat(painted)

    def _sound(self, i: int) -> list[np.ndarray]:
        """Pair ``i``, or the next one that can be read."""
        tried = [(i + k) % len(self.pairs) for k in range(min(TRIES, len(self.pairs)))]
        for j in tried:
            if j in self.wrong:
                continue
            try:
                return self.kept[j] if j in self.kept else self._read(j)
            except PictureError as error:
                self.wrong[j] = error
                left_out(error)
        raise self.wrong[i]

    def _read(self, i: int) -> list[np.ndarray]:
        pair = self.pairs[i]
        scale = min(1.0, self.recipe.size / min(pair.picture.shape[-2:]))
        size = [round(scale * side) for side in pair.picture.shape[-2:]]
        arrays = [np.ascontiguousarray(to_uint8(resize(x, size)).transpose(2, 0, 1)) for x in pair]
        self.room -= sum(array.nbytes for array in arrays)
        if self.room >= 0:
            self.kept[i] = arrays
        return arrays


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
    """The alternating optimization as a job of ``loop.fit``, and the generator that it trains.

    With ``recipe.average`` the generator that is returned is the running average of the trained one.
    """
    torch.manual_seed(seed)
    layout: dict[str, Any] = {"device": device, "memory_format": torch.channels_last}
    generator = generator_of(recipe).to(**layout)
    discriminator = PatchGAN(recipe.receptive_field, recipe.conditional, recipe.base, recipe.norm).to(**layout)
    nets = {"generator": generator, "discriminator": discriminator}
    join_batch_norm(*nets.values())
    adam = {name: Adam(net.parameters(), recipe.lr, recipe.betas) for name, net in nets.items()}
    average = AveragedModel(generator, multi_avg_fn=get_ema_multi_avg_fn(recipe.average), use_buffers=True)
    phi: Any = zoo.load("pocket").to(device) if recipe.lambda_features else None
    sample, _ = draw(step_rng(seed, 1 << 33), 4)

    def descend(name: str, loss: torch.Tensor) -> None:
        adam[name].zero_grad()
        loss.backward()
        average_gradients(nets[name])
        adam[name].step()

    def discriminate(
        sketch: torch.Tensor, picture: torch.Tensor, made: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The discriminator's step; its scores for ``made`` from before it, and its loss."""
        with autocast(device, recipe.bfloat16):
            real, fake = discriminator(picture, sketch), discriminator(made.detach(), sketch)
        loss = discriminator_loss(real, fake, recipe.form) * (0.5 if recipe.halve_discriminator else 1.0)
        descend("discriminator", loss)
        return fake.detach(), loss

    def adversarial(sketch: torch.Tensor, made: torch.Tensor, stale: torch.Tensor) -> torch.Tensor:
        """The generator's loss by the discriminator, which it does not train."""
        discriminator.requires_grad_(False)
        with autocast(device, recipe.bfloat16):
            fake = discriminator(made, sketch)
        discriminator.requires_grad_(True)
        if recipe.stale_scores:  # the values of before, the gradient of now
            fake = stale + (fake - fake.detach())
        return generator_loss(fake, recipe.form)

    def feature_error(made: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        """Mean over layers and pictures of |phi(made) - phi(picture)| / |phi(picture)|."""
        with autocast(device, recipe.bfloat16):
            features = phi(made, FEATURE_LAYERS)
            with torch.no_grad():
                target = phi(picture, FEATURE_LAYERS)
        return torch.stack([distance(features[name], target[name]) for name in FEATURE_LAYERS]).mean()

    def step(k: int) -> dict[str, float]:
        sketch, picture = (x.to(**layout) for x in share(*draw(step_rng(seed, k), recipe.batch)))
        rate = recipe.lr * (decay_at_end(k, recipe.steps, recipe.decay) if recipe.decay else 1.0)
        adam["generator"].param_groups[0]["lr"] = rate
        adam["discriminator"].param_groups[0]["lr"] = rate * recipe.discriminator_lr
        with autocast(device, recipe.bfloat16):
            made = generator(sketch)
        losses = {"L1": l1_loss(made, picture)}
        # Networks of the sources speak [-1, 1], so their L1 is twice ours, their L2 four times; lambda keeps its
        # meaning.
        total = recipe.lambda_l1 * 2 * losses["L1"] + recipe.lambda_l2 * 4 * l2_loss(made, picture)
        if recipe.lambda_ssim:
            total = total + recipe.lambda_ssim * ssim_loss(made, picture)
        if recipe.lambda_gan:
            stale, losses["D"] = discriminate(sketch, picture, made)
            losses["GAN"] = adversarial(sketch, made, stale)
            total = total + recipe.lambda_gan * losses["GAN"]
        if recipe.lambda_features:
            losses["features"] = feature_error(made, picture)
            total = total + recipe.lambda_features * losses["features"]
        descend("generator", total)
        if recipe.average:
            average.update_parameters(generator)
        return {name: value.item() for name, value in losses.items()}

    result = cast(UNet, average.module) if recipe.average else generator

    @torch.no_grad()
    def preview() -> torch.Tensor:
        looked = copy.deepcopy(result)  # looking, which happens by the clock, must not change running statistics
        made = looked(sample.to(device)).cpu()
        return contact_sheet([[x[None] for x in row] for row in (sample, made)])

    state = {**nets, **{f"adam_{name}": optimizer for name, optimizer in adam.items()}}
    if recipe.average:
        state["average"] = average
    return Job(step, state, preview), result


def train(
    recipe: Recipe,
    seed: int,
    draw: PairSource,
    folder: Path | None = None,
    resume: bool = False,
    device: str = "cpu",
    made_of: Mapping[str, str] | None = None,
) -> tuple[UNet, Progress]:
    """Train a generator on the pairs of ``draw``. See ``loop.fit`` for ``folder`` and ``resume``, ``Job`` for
    ``made_of``.
    """
    work, generator = job(recipe, seed, draw, device)
    work.made_of = made_of or {}
    progress = fit(work, recipe.steps, seed, folder, resume, name="pix2pix")
    return generator.eval(), progress
