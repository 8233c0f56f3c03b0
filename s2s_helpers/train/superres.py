"""Training of the super-resolution networks (chapter 18_superresolution; Johnson et al. 2016, section 4.2).

A photo is made small by a named degradation; the network enlarges it; a loss compares the result with the photo, pixel
by pixel or in the features of a loss network.
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from torch import nn

from ..data.degrade import Degradation, degrade
from ..data.sources import PhotoSource
from ..losses.perceptual import content_loss, grid_share, relative_error
from ..losses.pixel import l1_loss, l2_loss
from ..nets.checks import check_choice, check_recipe
from ..nets.loss_network import CONTENT_LAYER
from ..nets.superres import PaperSuperResNet, SuperResNet, enlarge, super_res_net
from ..nets.transform import Architecture
from ..runtime.processes import own_rows
from .training import PREVIEW, Training, in_rows, looking, numbers, weighted_sum

Loss = Literal["pixel", "feature"]
SHRUNK = (0.5, 1.0)  # scales of the crops: enlarged photos would teach that large pictures are soft


@dataclass(frozen=True)
class SuperResolutionRecipe:
    """How a super-resolution network is trained. The defaults are ``PAPER``. Raises ValueError as ``check_recipe``."""

    factor: int = 4  # section 4.2: 4 and 8
    loss: Loss = "feature"  # section 4.2: the same network with either
    degradation: Degradation = "blurred"  # section 4.2: Gaussian of sigma 1, then bicubic
    steps: int = 200_000  # section 4.2
    batch: int = 4  # section 4.2
    size: int = 288  # section 4.2: of the large patches
    lr: float = 1e-3  # section 4.2
    lr_decay: float = 0.0  # last part of the run in which the learning rate falls to 0
    grad_clip: float | None = None  # largest norm of the gradient; no source names one
    architecture: Architecture = "paper"  # ``PaperSuperResNet`` or ``SuperResNet``
    base: int = 64  # c9s1-64
    residuals: int = 4  # R64 x4
    layer: str = CONTENT_LAYER  # section 4.2: relu2_2
    pixel_weight: float = 0.0  # of the pixel loss beside the feature loss; section 4.2 has none
    grid_weight: float = 0.0  # of ``grid_share``, with the period of the network's own grid; no source has it
    relative: bool = False  # False: pixel loss squared, feature loss as eq 6. True: see ``BOOK``

    def __post_init__(self) -> None:
        check_recipe(self)
        if self.size % self.factor:
            raise ValueError(f"crops of {self.size} pixels: multiples of {self.factor} are possible")


PAPER = SuperResolutionRecipe()
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
    lr_decay=0.5,
    grad_clip=1.0,
    architecture="book",
    base=32,
    relative=True,
)
# Begun with the network of the pixel loss, so it takes fewer steps. By features alone it paints a grid with a period of
# ``factor``, which the loss network hardly sees. The pixel loss does. So does the share of the grid, but then the
# pattern that is left is only less regular (data/results/superres/losses.json).
BOOK_FEATURE = replace(BOOK, loss="feature", steps=400, pixel_weight=5.0)
SIZES = {2: 64, 4: 96, 8: 128}  # of the large patches in the book's recipes: small ones of 32, 24 and 16


def recipe_of(preset: Literal["paper", "book"], factor: int, loss: Loss) -> SuperResolutionRecipe:
    """The settings of a preset for a factor of 2, 4 or 8 and a loss. Raises ValueError for others."""
    check_choice("preset", preset, Literal["paper", "book"])
    check_choice("factor", factor, Literal[2, 4, 8])
    check_choice("loss", loss, Loss)
    if preset == "paper":
        return replace(PAPER, factor=factor, loss=loss)
    return replace(BOOK if loss == "pixel" else BOOK_FEATURE, factor=factor, size=SIZES[factor])


def arguments(recipe: SuperResolutionRecipe) -> dict[str, Any]:
    """What ``super_res_net`` builds the network of ``recipe`` from."""
    return {name: getattr(recipe, name) for name in ("factor", "architecture", "base", "residuals")}


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


class SuperResolution(Training[SuperResolutionRecipe]):
    """A network learns to enlarge ``photos`` that were made small.

    ``start`` is one to begin with (``adopt``). Raises ValueError when the recipe's loss is "feature" and no
    ``loss_network`` is given.
    """

    name = "superres"

    def __init__(
        self,
        recipe: SuperResolutionRecipe,
        seed: int,
        photos: PhotoSource,
        loss_network: nn.Module | None = None,
        start: nn.Module | None = None,
        device: str = "cpu",
    ):
        if recipe.loss == "feature" and loss_network is None:
            raise ValueError("the feature loss needs a loss network")
        super().__init__(recipe, seed, device)
        self.photos = photos
        self.net = super_res_net(**arguments(recipe)).to(device)
        if start:
            adopt(self.net, start)
        self.learn("superres", self.net)
        used = loss_network if recipe.loss == "feature" else None
        self.phi = used.to(device).requires_grad_(False) if used else None
        pixel_weight = 1.0 if recipe.loss == "pixel" else recipe.pixel_weight
        self.weights = {"pixel": pixel_weight, "feature": 1.0, "grid": recipe.grid_weight}
        self.sample = photos(seed, PREVIEW, 4, recipe.size)

    @property
    def result(self) -> SuperResNet | PaperSuperResNet:
        return self.net

    def losses(self, made: torch.Tensor, true: torch.Tensor) -> dict[str, torch.Tensor]:
        """The terms, without their weights, of pictures (N, 3, H, W) and what they should be."""
        recipe = self.recipe
        terms = {"pixel": (l1_loss if recipe.relative else l2_loss)(made, true)}
        if self.phi:
            with torch.no_grad():
                target = self.phi(true, [recipe.layer])[recipe.layer]
            compare = relative_error if recipe.relative else content_loss
            terms["feature"] = compare(self.phi(made, [recipe.layer])[recipe.layer], target).mean()
        if recipe.grid_weight:
            terms["grid"] = grid_share(made, period=recipe.factor).mean()
        return terms

    def step(self, k: int) -> dict[str, float]:
        (true,) = own_rows(self.photos(self.seed, k, self.recipe.batch, self.recipe.size))
        small = degrade(true, self.recipe.factor, self.recipe.degradation).to(self.device)
        true = true.to(self.device)
        made = self.net(small)
        terms = self.losses(made, true)
        self.descend("superres", weighted_sum(terms, self.weights), self.rate(k))
        return numbers(terms | {"PSNR": -10 * torch.log10((made.detach() - true).square().mean() + 1e-10)})

    def preview(self) -> torch.Tensor:
        small = degrade(self.sample, self.recipe.factor, self.recipe.degradation)
        with looking(self.net):
            made = self.net(small.to(self.device)).cpu()
        return in_rows(enlarge(small, self.recipe.factor).clamp(0, 1), made, self.sample)
