"""Training of the transformation network f_W (chapter 10_fast_style; Johnson et al. 2016, eq 5).

The network sees photos; the loss network compares its output with the photo (content) and with the
style's Gram matrices (style). No target pictures exist.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ..losses.perceptual import gram_matrix, perceptual_terms
from ..nets.loss_network import CONTENT_LAYER, STYLE_LAYERS
from ..nets.transform import TransformNet
from .loop import Job, Progress, decay_at_end, fit, step_rng
from .photos import Crops


@dataclass(frozen=True)
class Recipe:
    """How a transformation network is trained. The defaults are ``PAPER``."""

    steps: int = 40_000  # section 4.1: about two epochs over 80 k photos
    batch: int = 4  # section 4.1
    size: int = 256  # section 4.1
    lr: float = 1e-3  # section 4.1
    decay: float = 0.0  # last part of the run in which the learning rate falls to 0
    base: int = 32  # c9s1-32
    content_layer: str = CONTENT_LAYER
    relative: bool = False  # False: eq 6 and 7 as they stand. True: see ``BOOK``
    content_weight: float = 1.0  # not in the text; the released code's default
    style_weight: float = 5.0  # the same
    tv_weight: float = 1e-6  # section 4.1: between 1e-6 and 1e-4, for pixels in 0..255
    bfloat16: bool = False


PAPER = Recipe()
RELEASED = Recipe(content_layer="relu3_3")  # layer 16 of the released code's default
# What runs within the hour on two cores. Losses are relative: each term is divided by |target|^2, so
# that one pair of weights serves every style and every layer, whatever their scale.
BOOK = Recipe(
    steps=6_000,
    size=160,
    lr=2e-3,
    decay=0.4,
    base=24,
    content_layer="relu3_3",  # as released: relu2_2 holds so much detail that strokes have no room
    relative=True,
    style_weight=1.0,
    tv_weight=0.5,
    bfloat16=True,
)


class StyleTargets:
    """The Gram matrices of the styles: ``targets[layer]`` is (styles, C, C)."""

    @torch.no_grad()
    def __init__(self, loss_network: torch.nn.Module, pictures: list[torch.Tensor]):
        grams = [{n: gram_matrix(f) for n, f in loss_network(p, STYLE_LAYERS).items()} for p in pictures]
        self.grams = {n: torch.cat([g[n] for g in grams]) for n in STYLE_LAYERS}

    def of(self, index: torch.Tensor) -> dict[str, torch.Tensor]:
        """The targets of each layer for a batch of style numbers (N,)."""
        return {layer: grams[index] for layer, grams in self.grams.items()}


def job(
    recipe: Recipe,
    seed: int,
    photos: Crops,
    styles: list[torch.Tensor],
    loss_network: torch.nn.Module,
    device: str = "cpu",
) -> tuple[Job, TransformNet]:
    """The training as a job of ``loop.fit``, and the network that it trains: one style for each picture."""
    torch.manual_seed(seed)
    layout = {"device": device, "memory_format": torch.channels_last}
    net = TransformNet(len(styles), recipe.base).to(**layout)
    phi = loss_network.to(**layout).requires_grad_(False)
    targets = StyleTargets(phi, [s.to(device) for s in styles])
    adam = torch.optim.Adam(net.parameters(), recipe.lr)
    autocast = torch.autocast(device, torch.bfloat16, enabled=recipe.bfloat16)
    eye = torch.eye(len(styles), device=device)
    weights = {"content": recipe.content_weight, "style": recipe.style_weight, "tv": recipe.tv_weight}
    sample = photos(step_rng(seed, 1 << 33), len(styles), 256)

    def step(k: int) -> dict[str, float]:
        rng = step_rng(seed, k)
        x = photos(rng, recipe.batch, recipe.size).to(**layout)
        # Every style in turn, so that each has its share of every batch or of every few.
        index = torch.from_numpy((k * recipe.batch + np.arange(recipe.batch)) % len(styles)).to(device)
        for group in adam.param_groups:
            group["lr"] = recipe.lr * (decay_at_end(k, recipe.steps, recipe.decay) if recipe.decay else 1.0)
        with autocast:
            made = net(x, eye[index])
            with torch.no_grad():
                photo = phi(x, [recipe.content_layer])
            output = phi(made, STYLE_LAYERS)
        each = perceptual_terms(made, output, photo, targets.of(index), recipe.relative)
        terms = {name: term.mean() for name, term in each.items()}
        adam.zero_grad()
        sum(weights[name] * term for name, term in terms.items()).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 10.0)
        adam.step()
        return {name: term.item() for name, term in terms.items()}

    @torch.no_grad()
    def preview() -> torch.Tensor:
        made = net(sample.to(device), eye).cpu()
        return torch.cat([torch.cat(list(x), dim=-1) for x in (sample, made)], dim=-2)[None]

    return Job(step, {"transform": net, "adam": adam}, preview), net


def train(
    recipe: Recipe,
    seed: int,
    photos: Crops,
    styles: list[torch.Tensor],
    loss_network: torch.nn.Module,
    folder: Path | None = None,
    resume: bool = False,
    device: str = "cpu",
) -> tuple[TransformNet, Progress]:
    """Train one network for all ``styles``, pictures (1, 3, H, W). See ``loop.fit`` for the last arguments."""
    work, net = job(recipe, seed, photos, styles, loss_network, device)
    progress = fit(work, recipe.steps, seed, folder, resume, name="style")
    return net.eval(), progress
