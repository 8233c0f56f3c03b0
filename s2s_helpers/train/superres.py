"""Training of the super-resolution networks (chapter 11_superresolution; Johnson et al. 2016, section 4.2).

A photo is made small by a named degradation; the network enlarges it; a loss compares the result with the photo, pixel
by pixel or in the features of a loss network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from ..data.degrade import Degradation, degrade
from ..losses.perceptual import content_loss, grid_share, relative_error
from ..losses.pixel import l1_loss, l2_loss
from ..nets.loss_network import CONTENT_LAYER
from ..nets.superres import PaperSuperResNet, SuperResNet, enlarge, super_res_net
from ..nets.transform import Form
from .adam import Adam
from .devices import average_gradients, join_batch_norm, share
from .loop import Job, Progress, decay_at_end, fit, step_rng
from .photos import Crops

Loss = Literal["pixel", "feature"]
SHRUNK = (0.5, 1.0)  # scales of the crops: enlarged photos would teach that large pictures are soft


@dataclass(frozen=True)
class Recipe:
    """How a super-resolution network is trained. The defaults are ``PAPER``."""

    factor: int = 4  # section 4.2: 4 and 8
    loss: Loss = "feature"  # section 4.2: the same network with either
    degradation: Degradation = "blurred"  # section 4.2: Gaussian of sigma 1, then bicubic
    steps: int = 200_000  # section 4.2
    batch: int = 4  # section 4.2
    size: int = 288  # section 4.2: of the large patches
    lr: float = 1e-3  # section 4.2
    decay: float = 0.0  # last part of the run in which the learning rate falls to 0
    clip: float | None = None  # largest norm of the gradient; no source names one
    form: Form = "paper"  # ``PaperSuperResNet`` or ``SuperResNet``
    base: int = 64  # c9s1-64
    residuals: int = 4  # R64 x4
    layer: str = CONTENT_LAYER  # section 4.2: relu2_2
    pixel_weight: float = 0.0  # of the pixel loss beside the feature loss; section 4.2 has none
    grid_weight: float = 0.0  # of ``grid_share``, with the period of the network's own grid; no source has it
    relative: bool = False  # False: pixel loss squared, feature loss as eq 6. True: see ``BOOK``


PAPER = Recipe()
# What runs within a quarter of an hour on one core. The pixel loss is absolute, as of Lim et al. 2017 (arXiv
# 1707.02921, section 4.2); in a training of half a minute the squared one has the higher PSNR
# (data/results/superres/forms.json). The feature loss is divided by |target|^2, so that it has the same scale for every
# loss network.
BOOK = replace(
    PAPER,
    loss="pixel",
    degradation="bicubic",
    steps=2_500,
    batch=8,
    size=96,
    lr=5e-4,  # at 2e-3 nearly all channels of the ReLUs die within 3,000 steps
    decay=0.5,
    clip=1.0,
    form="book",
    base=32,
    relative=True,
)
# Begun with the network of the pixel loss, so it takes fewer steps. By features alone it paints a grid with a period of
# ``factor``, which the loss network hardly sees. The pixel loss does. So does the share of the grid, but then the
# pattern that is left is only less regular (data/results/superres/losses.json).
BOOK_FEATURE = replace(BOOK, loss="feature", steps=400, pixel_weight=5.0)
SIZES = {2: 64, 4: 96, 8: 128}  # of the large patches in the book's recipes: small ones of 32, 24 and 16


def recipe_of(preset: Literal["paper", "book"], factor: int, loss: Loss) -> Recipe:
    """The settings of a preset for a factor of 2, 4 or 8 and a loss."""
    if preset == "paper":
        return replace(PAPER, factor=factor, loss=loss)
    return replace(BOOK if loss == "pixel" else BOOK_FEATURE, factor=factor, size=SIZES[factor])


def arguments(recipe: Recipe) -> dict[str, Any]:
    """What ``super_res_net`` builds the network of ``recipe`` from."""
    return {name: getattr(recipe, name) for name in ("factor", "form", "base", "residuals")}


@torch.no_grad()
def adopt(net: nn.Module, other: nn.Module) -> None:
    """Give ``net`` the weights of ``other`` that have the same name and shape: for another factor all but the last
    layer.

    Raises ValueError if there are none.
    """
    mine = net.state_dict()
    known = {key: value for key, value in other.state_dict().items() if key in mine and mine[key].shape == value.shape}
    if not known:
        raise ValueError("the network to start from has another architecture; none of its weights fit")
    net.load_state_dict(mine | known)


def job(
    recipe: Recipe,
    seed: int,
    photos: Crops,
    loss_network: nn.Module | None = None,
    start: nn.Module | None = None,
    device: str = "cpu",
) -> tuple[Job, SuperResNet | PaperSuperResNet]:
    """The training as a job of ``loop.fit``, and the network that it trains.

    ``start`` is one to begin with (``adopt``). Raises ValueError when the recipe's loss is "feature" and no
    ``loss_network`` is given.
    """
    if recipe.loss == "feature" and loss_network is None:
        raise ValueError("the feature loss needs a loss network")
    torch.manual_seed(seed)
    net = super_res_net(**arguments(recipe)).to(device)
    if start:
        adopt(net, start)
    join_batch_norm(net)
    phi = loss_network.to(device).requires_grad_(False) if loss_network and recipe.loss == "feature" else None
    adam = Adam(net.parameters(), recipe.lr)
    pixel_weight = 1.0 if recipe.loss == "pixel" else recipe.pixel_weight
    weights = {"pixel": pixel_weight, "feature": 1.0, "grid": recipe.grid_weight}
    sample = photos(step_rng(seed, 1 << 33), 4, recipe.size)

    def terms_of(made: torch.Tensor, true: torch.Tensor) -> dict[str, torch.Tensor]:
        terms = {"pixel": (l1_loss if recipe.relative else l2_loss)(made, true)}
        if phi:
            with torch.no_grad():
                target = phi(true, [recipe.layer])[recipe.layer]
            compare = relative_error if recipe.relative else content_loss
            terms["feature"] = compare(phi(made, [recipe.layer])[recipe.layer], target).mean()
        if recipe.grid_weight:
            terms["grid"] = grid_share(made, period=recipe.factor).mean()
        return terms

    def step(k: int) -> dict[str, float]:
        (true,) = share(photos(step_rng(seed, k), recipe.batch, recipe.size))
        small = degrade(true, recipe.factor, recipe.degradation).to(device)
        true = true.to(device)
        for group in adam.param_groups:
            group["lr"] = recipe.lr * (decay_at_end(k, recipe.steps, recipe.decay) if recipe.decay else 1.0)
        made = net(small)
        terms = terms_of(made, true)
        adam.zero_grad()
        torch.stack([weights[name] * term for name, term in terms.items()]).sum().backward()
        average_gradients(net)
        if recipe.clip:
            nn.utils.clip_grad_norm_(net.parameters(), recipe.clip)
        adam.step()
        decibels = -10 * torch.log10((made.detach() - true).square().mean() + 1e-10)
        return {name: term.item() for name, term in terms.items()} | {"PSNR": decibels.item()}

    @torch.no_grad()
    def preview() -> torch.Tensor:
        net.eval()  # else looking, which happens by the clock, would change the running statistics of batch norm
        small = degrade(sample, recipe.factor, recipe.degradation)
        made = net(small.to(device)).cpu()
        net.train()
        rows = (enlarge(small, recipe.factor).clamp(0, 1), made, sample)
        return torch.cat([torch.cat(list(x), dim=-1) for x in rows], dim=-2)[None]

    return Job(step, {"superres": net, "adam": adam}, preview), net


def train(
    recipe: Recipe,
    seed: int,
    photos: Crops,
    loss_network: nn.Module | None = None,
    start: nn.Module | None = None,
    folder: Path | None = None,
    resume: bool = False,
    device: str = "cpu",
    made_of: Mapping[str, str] | None = None,
) -> tuple[SuperResNet | PaperSuperResNet, Progress]:
    """Train a network on ``photos``. Arguments as for ``job``; see ``loop.fit`` for ``folder`` and ``resume``,
    ``Job`` for ``made_of``.
    """
    work, net = job(recipe, seed, photos, loss_network, start, device)
    work.made_of = made_of or {}
    progress = fit(work, recipe.steps, seed, folder, resume, name="superres")
    return net.eval(), progress
