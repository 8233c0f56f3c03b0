"""Training of the conditional GAN (chapter 08_training_and_inference; Isola et al. 2017).

Eq 4: the generator minimizes the adversarial loss plus lambda times L1; the discriminator maximizes the
first. The two take turns, one Adam step each: first the discriminator, then the generator.
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from ..data.hint_samples import sampled
from ..data.pairs import PairFolder
from ..data.photos import TRIES, left_out
from ..data.sources import PairSource, crop, step_numbers
from ..images import PictureError, resize, to_uint8
from ..losses.adversarial import GANLoss, discriminator_loss, generator_loss, matching_loss
from ..losses.perceptual import distance
from ..losses.pixel import l1_loss, l2_loss, ssim_loss
from ..nets.blocks import CHANNELS_LAST, Norm, Upsampling
from ..nets.checks import check_recipe
from ..nets.patchgan import Field, PatchGAN, Pyramid
from ..nets.unet import EncoderDecoder, UNet
from ..runtime.precision import autocast
from ..runtime.processes import own_rows
from ..runtime.seeds import OTHERS, step_rng
from .training import PREVIEW, Training, in_rows, numbers, weighted_sum

FEATURE_LAYERS = ("relu2_2", "relu3_3")  # of the loss network; relu1_2 would cost a tenth of the step more
HINTS = OTHERS + 1  # the stream of random numbers for color hints; the drawings may have that before it
ROOM = 2**30  # bytes of a folder's pairs that are kept: 2,100 of them at 286x286


@dataclass(frozen=True)
class Pix2PixRecipe:
    """How a generator is trained. The defaults are ``PAPER``. Raises ValueError as ``check_recipe``."""

    steps: int = 80_000  # 200 epochs over 400 pairs at batch 1 (section 6.2)
    batch: int = 1  # section 6.2
    size: int = 256  # pixels of a crop
    load_size: int = 286  # a pair is resized to this and cut at random (section 6.2)
    lambda_gan: float = 1.0  # eq 4; with 0 there is no discriminator at all
    lambda_l1: float = 100.0  # eq 4; section 6.2
    lambda_l2: float = 0.0  # the squared error in its place, to compare (section 3.1)
    lambda_ssim: float = 0.0  # structural similarity, to compare (the paper's section 2.1)
    lambda_features: float = 0.0  # ``feature_error`` in the loss network; not in the paper
    lambda_matching: float = 0.0  # ``matching_loss`` in the discriminator's layers; not in the paper
    gan_loss: GANLoss = "non-saturating"  # section 3.3
    conditional: bool = True  # False: the discriminator does not see the sketch (section 3.1)
    lr: float = 2e-4  # section 3.3
    discriminator_lr_factor: float = 1.0  # times lr: one for both in the paper; another one in the clinic of chapter 09
    betas: tuple[float, float] = (0.5, 0.999)  # section 3.3
    lr_decay: float = 0.0  # last part of the run in which the learning rate falls to 0
    halve_discriminator: bool = True  # section 3.3: the objective of D is divided by 2
    stale_scores: bool = False  # True: the generator learns from scores given before D's update
    skips: bool = True  # False: the encoder-decoder of section 4.2
    base: int = 64  # C64
    cap: int = 512  # C512
    depth: int = 8  # down to one pixel at 256x256
    hints: int = 0  # color hints that a picture has at most (``data.hint_samples``); 0: the generator knows none
    full_size_skip: bool = False  # True: a skip at full size (see UNet); not in the paper
    reflect: bool = False  # True: mirrors beyond the border, where the paper has zeros (see UNet)
    norm: Norm = "batch"
    upsampling: Upsampling = "transpose"
    dropout: float = 0.5  # the noise z
    dropout_from: int = 0  # the first of its three decoder layers, from the innermost (section 6.1: CD512 three times)
    receptive_field: Field = 70
    scales: int = 1  # discriminators, each for pictures half as large as the one before (``Pyramid``)
    ema_decay: float = 0.0  # decay of a running average of the weights, which then is the result
    bfloat16: bool = False

    def __post_init__(self) -> None:
        check_recipe(self)


PAPER = Pix2PixRecipe()
# train.lua halves only the printed value of the discriminator's loss, not its gradient; and the gradient for
# the generator starts from the scores that the discriminator gave before its own update (netD.output). The rate
# is constant and dropout where the text has it (models.lua); both are otherwise in the well-known PyTorch port.
AUTHORS_CODE = Pix2PixRecipe(halve_discriminator=False, stale_scores=True)
# What runs in about an hour on one core, and why:
# half the width, deep layers no wider than 128 (they hold most parameters and little of the picture),
# instance norm (the same in training and after it, at any batch), resize-convolution (no checkerboard),
# a skip at full size and a feature loss (after the same steps windows are windows), mirrors beyond the border (no frame
# around blank paper), averaged weights, and a learning rate that goes with the batch (L1 + cGAN, 128x128, 1,000 steps:
# FCN-score .80; with 2e-4 .74).
BOOK = Pix2PixRecipe(
    steps=3_000,
    batch=4,
    lr=5e-4,
    lambda_l1=50.0,
    lambda_features=15.0,
    lr_decay=0.4,
    base=32,
    cap=128,
    full_size_skip=True,
    reflect=True,
    norm="instance",
    upsampling="resize",
    ema_decay=0.995,
    bfloat16=True,
)


def at_size(recipe: Pix2PixRecipe, size: int) -> Pix2PixRecipe:
    """``recipe`` for crops of ``size`` pixels: what a pair is resized to grows with it, and each doubling is one layer
    more, so that the innermost one sees as much of the picture. Raises ValueError for a size that cannot be had so.
    """
    depths = {round(recipe.size * 2.0 ** (depth - recipe.depth)): depth for depth in range(3, 10)}
    if size not in depths:
        raise ValueError(f"a size of {size}: there are {', '.join(str(each) for each in depths if each >= 16)}")
    load_size = round(recipe.load_size * size / recipe.size)
    return replace(recipe, size=size, load_size=load_size, depth=depths[size])


def generator_of(recipe: Pix2PixRecipe) -> UNet:
    """The untrained generator of ``recipe``."""
    net = UNet if recipe.skips else EncoderDecoder
    return net(**arguments(recipe))


def discriminator_of(recipe: Pix2PixRecipe) -> PatchGAN | Pyramid:
    """The untrained discriminator of ``recipe``, for more than one of its ``scales`` a pyramid of them."""
    names = {name: getattr(recipe, name) for name in ("receptive_field", "conditional", "base", "norm")}
    names["hints"] = recipe.hints > 0
    return PatchGAN(**names) if recipe.scales == 1 else Pyramid(recipe.scales, **names)


def arguments(recipe: Pix2PixRecipe) -> dict[str, Any]:
    """Those of the generator, a ``UNet``."""
    fields = ("base", "cap", "depth", "norm", "upsampling", "dropout", "dropout_from", "full_size_skip")
    given = {name: getattr(recipe, name) for name in fields}
    if recipe.hints:
        given["hints"] = True
    if recipe.reflect:
        given["reflect"] = True
    return given


def architecture(recipe: Pix2PixRecipe) -> str:
    """The generator in the notation of Isola et al.: ``C32-C64-C128-...``."""
    word = "-".join(f"C{min(recipe.base * 2**i, recipe.cap)}" for i in range(recipe.depth))
    return f"{word} and back, c3s1-3 at full size" if recipe.full_size_skip else f"{word} and back"


def array_pairs(sketches: np.ndarray, pictures: np.ndarray, recipe: Pix2PixRecipe) -> PairSource:
    """Random crops of pairs that are bytes (N, 3, H, W), with the jitter of ``recipe``.

    Raises ValueError for arrays of another type, and for unequal ones.
    """
    for name, array in (("sketches", sketches), ("pictures", pictures)):
        if array.dtype != np.uint8:
            why = "bytes from 0 to 255 are needed; of values in [0, 1] make them by (255 * x).round().astype(np.uint8)"
            raise ValueError(f"the {name} are {array.dtype}; {why}")
    if sketches.shape != pictures.shape or sketches.ndim != 4 or sketches.shape[1] != 3 or not len(sketches):
        shapes = f"{sketches.shape} and {pictures.shape}"
        raise ValueError(f"sketches and pictures are {shapes}; as many of each are needed, both (N, 3, H, W)")

    def batches(seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        with step_numbers(seed, step) as rng:
            return _cropped([(sketches[i], pictures[i]) for i in rng.integers(len(sketches), size=n)], size, recipe)

    return batches


class FolderPairs:
    """The pairs of a folder as a ``PairSource``, with the jitter of ``recipe``.

    A pair is read when its turn comes first, shrunk until its shorter side is ``recipe.load_size``, and kept as bytes
    as long as there is ``room`` (bytes); the others are read anew each time. One that cannot be read is left out with a
    word, and the next one takes its place. Raises PictureError when ``TRIES`` of them in a row cannot be read.
    """

    def __init__(self, pairs: PairFolder, recipe: Pix2PixRecipe, room: int = ROOM):
        self.pairs, self.recipe, self.room = pairs, recipe, room
        self.kept: dict[int, list[np.ndarray]] = {}
        self.wrong: dict[int, PictureError] = {}

    def __call__(self, seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        with step_numbers(seed, step) as rng:
            chosen = [self._sound(int(i)) for i in rng.integers(len(self.pairs), size=n)]
            return _cropped(chosen, size, self.recipe)

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
        scale = min(1.0, self.recipe.load_size / min(pair.picture.shape[-2:]))
        size = [round(scale * side) for side in pair.picture.shape[-2:]]
        arrays = [np.ascontiguousarray(to_uint8(resize(x, size)).transpose(2, 0, 1)) for x in pair]
        self.room -= sum(array.nbytes for array in arrays)
        if self.room >= 0:
            self.kept[i] = arrays
        return arrays


def _cropped(
    pairs: Iterable[Sequence[np.ndarray]], size: int, recipe: Pix2PixRecipe
) -> tuple[torch.Tensor, torch.Tensor]:
    """Section 6.2's jitter of pairs of bytes (3, H, W): resized until the shorter side is ``recipe.load_size``, where
    the crop has ``recipe.size``; cut at random; half of them mirrored.

    Here they are cut first, which is the same and quicker.
    """
    from torchvision.tv_tensors import Image

    both = []
    for sketch, picture in pairs:
        shorter = min(picture.shape[-2:])
        side = min(shorter, round(shorter * recipe.size / recipe.load_size))
        both.append(crop(side, size, Image(sketch), Image(picture)))
    sketches, pictures = (torch.stack(part) for part in zip(*both, strict=True))
    return sketches, pictures


class Pix2Pix(Training[Pix2PixRecipe]):
    """A generator and its discriminator learn in turns from the pairs of ``batches`` (eq 4).

    With ``recipe.ema_decay`` the result is the running average of the generator that is trained. ``loss_network`` is
    for recipes with ``lambda_features``; ValueError where it is missing. The generator begins as ``begin``, if one is
    given, whose layers must be as large as those of ``recipe``.
    """

    name = "pix2pix"

    def __init__(
        self,
        recipe: Pix2PixRecipe,
        seed: int,
        batches: PairSource,
        loss_network: nn.Module | None = None,
        device: str = "cpu",
        begin: nn.Module | None = None,
    ):
        if recipe.lambda_features and loss_network is None:
            raise ValueError("lambda_features needs a loss network")
        super().__init__(recipe, seed, device)
        self.batches = batches
        self.layout: dict[str, Any] = {"device": device, **CHANNELS_LAST}
        self.generator = self.learn("generator", generator_of(recipe).to(**self.layout))
        if begin is not None:
            self.generator.load_state_dict(begin.state_dict())
        if recipe.lambda_gan:
            self.discriminator = self.learn("discriminator", discriminator_of(recipe).to(**self.layout))
        self.average = self.running_average(self.generator, recipe.ema_decay) if recipe.ema_decay else None
        self.phi = cast(nn.Module, loss_network).to(device).requires_grad_(False) if recipe.lambda_features else None
        # Networks of the sources speak [-1, 1], so their L1 is twice ours, their L2 four times; lambda keeps its
        # meaning.
        self.weights = {
            "L1": 2 * recipe.lambda_l1,
            "L2": 4 * recipe.lambda_l2,
            "SSIM": recipe.lambda_ssim,
            "GAN": recipe.lambda_gan,
            "matching": recipe.lambda_matching,
            "features": recipe.lambda_features,
        }
        self.sample, pictures = batches(seed, PREVIEW, 4, recipe.size)
        if recipe.hints:
            self.sample_hints = sampled(pictures, step_rng(seed, PREVIEW, HINTS), recipe.hints, 0.0)

    @property
    def result(self) -> UNet:
        return cast(UNet, self.average.module) if self.average else self.generator

    def step(self, k: int) -> dict[str, float]:
        """First the discriminator, then the generator; both by the picture that the generator makes now."""
        recipe, rate = self.recipe, self.rate(k)
        batch = self.batches(self.seed, k, recipe.batch, recipe.size)
        hints = [sampled(batch[1], step_rng(self.seed, k, HINTS), recipe.hints)] if recipe.hints else []
        sketch, picture, *hints = (x.to(**self.layout) for x in own_rows(*batch, *hints))
        with autocast(self.device, recipe.bfloat16):
            made = self.generator(sketch, *hints)
        sketch = torch.cat([sketch, *hints], dim=1)  # what the discriminator is shown beside the picture
        shown, scores = {}, None
        if recipe.lambda_gan:
            shown["D"], scores = self.discriminate(sketch, picture, made.detach())
            self.descend("discriminator", shown["D"], rate * recipe.discriminator_lr_factor)
        losses = self.losses(sketch, picture, made, scores)
        self.descend("generator", weighted_sum(losses, self.weights), rate)
        if self.average:
            self.average.update_parameters(self.generator)
        return numbers(losses | shown)

    def discriminate(
        self, sketch: torch.Tensor, picture: torch.Tensor, made: torch.Tensor
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """The loss of the discriminator, and its scores for ``made``, a tensor for each of its scales."""
        with autocast(self.device, self.recipe.bfloat16):
            real, fake = (self.discriminator.looks(sketch, shown) for shown in (picture, made))
        losses = [discriminator_loss(r[-1], f[-1], self.recipe.gan_loss) for r, f in zip(real, fake, strict=True)]
        loss = torch.stack(losses).sum() * (0.5 if self.recipe.halve_discriminator else 1.0)
        return loss, [f[-1].detach() for f in fake]

    def losses(
        self, sketch: torch.Tensor, picture: torch.Tensor, made: torch.Tensor, scores: list[torch.Tensor] | None
    ) -> dict[str, torch.Tensor]:
        """The terms of the generator's loss, without their weights. ``scores`` are those before the discriminator's
        step; None if there is no discriminator.
        """
        recipe, losses = self.recipe, {"L1": l1_loss(made, picture)}
        if recipe.lambda_l2:
            losses["L2"] = l2_loss(made, picture)
        if recipe.lambda_ssim:
            losses["SSIM"] = ssim_loss(made, picture)
        if scores is not None:
            losses |= self.adversarial(sketch, picture, made, scores)
        if self.phi:
            losses["features"] = self.feature_error(made, picture)
        return losses

    def adversarial(
        self, sketch: torch.Tensor, picture: torch.Tensor, made: torch.Tensor, scores: list[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        """The generator's losses by the discriminator, which it does not train."""
        self.discriminator.requires_grad_(False)
        with autocast(self.device, self.recipe.bfloat16):
            seen = self.discriminator.looks(sketch, made)
            real = self.discriminator.looks(sketch, picture) if self.recipe.lambda_matching else []
        self.discriminator.requires_grad_(True)
        fakes = [look[-1] for look in seen]
        if self.recipe.stale_scores:  # the values of before, the gradient of now
            fakes = [stale + (fake - fake.detach()) for stale, fake in zip(scores, fakes, strict=True)]
        losses = {"GAN": torch.stack([generator_loss(fake, self.recipe.gan_loss) for fake in fakes]).sum()}
        return losses | ({"matching": matching_loss(seen, real)} if real else {})

    def feature_error(self, made: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        """Mean over layers and pictures of |phi(made) - phi(picture)| / |phi(picture)|."""
        phi = cast(nn.Module, self.phi)
        with autocast(self.device, self.recipe.bfloat16):
            features = phi(made, FEATURE_LAYERS)
            with torch.no_grad():
                target = phi(picture, FEATURE_LAYERS)
        return torch.stack([distance(features[name], target[name]) for name in FEATURE_LAYERS]).mean()

    @torch.no_grad()
    def preview(self) -> torch.Tensor:
        looked = copy.deepcopy(self.result)  # looking, which happens by the clock, must not change running statistics
        sketch = self.sample.to(self.device)
        rows = [self.sample, looked(sketch).cpu()]
        if self.recipe.hints:
            rows += [self.sample_hints[:, :3], looked(sketch, self.sample_hints.to(self.device)).cpu()]
        return in_rows(*rows)
