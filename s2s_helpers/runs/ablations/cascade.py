"""Two stages against training end to end, as stored runs (chapter 14_cascade): ``s2s experiments cascade``.

All cells know the same 400 pairs of the drawn world and the same style, the mosaic of ``data/styles``; their recipes
take about the same time. How runs are stored is told in ``store``; seed 0 has a strip of six paintings.
"""

import dataclasses
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ... import zoo
from ...data.facades import VERSION, Split, load_split
from ...data.photos import Crops
from ...data.styles import mosaic
from ...images import from_planes
from ...losses.perceptual import perceptual_terms
from ...metrics import checkerboard, edge_f1
from ...nets.loss_network import STYLE_LAYERS
from ...train import cascade, pix2pix, style
from ...train.training import weighted_sum
from . import cgan, fast_style, store
from .store import SHOWN, SIZE, listed, result_of, results_of, rounded

# The shipped networks' recipes in the size and for the time that the other experiments have.
GENERATOR = dataclasses.replace(cgan.BASE, steps=500, lambda_l1=50.0, lambda_features=15.0, full_size_skip=True)
PAINTER = dataclasses.replace(style.BOOK, steps=350, size=SIZE, base=16)
# A generator that paints needs no discriminator and no second network, so it has time for more steps.
CELLS: dict[str, cascade.CascadeRecipe] = {
    "two stages": cascade.CascadeRecipe(GENERATOR, PAINTER, at_once=False),
    "one network, end to end": cascade.CascadeRecipe(
        GENERATOR, dataclasses.replace(PAINTER, steps=900), at_once=True, chained=False
    ),
    "two networks, end to end": cascade.CascadeRecipe(GENERATOR, dataclasses.replace(PAINTER, steps=600), at_once=True),
}
FACTS = {"world": VERSION}


def run(names: list[str], seeds: range, out: Path, work: Path) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Do the runs that have no result in ``out`` yet, seed by seed; checkpoints lie in ``work``.

    Yields cell, seed and result of each. Raises ValueError for a cell that does not exist.
    """
    splits = [load_split(part, size=SIZE) for part in ("train", "test")]
    yield from store.run(listed(names, seeds, CELLS), out, work, lambda *which: one(*which, *splits))


def one(name: str, seed: int, folder: Path, train: Split, test: Split) -> tuple[dict[str, Any], torch.Tensor | None]:
    """Train one cell and score it: its result, and for seed 0 the paintings of the test sketches ``SHOWN``."""
    recipe, phi, pattern = CELLS[name], zoo.load("pocket_first"), mosaic(fast_style.STYLE_SIZE)
    batches = pix2pix.array_pairs(train.sketches, train.pictures, recipe.generator)
    photos = Crops(list(train.pictures.transpose(0, 2, 3, 1)))
    net, progress = cascade.train(recipe, seed, batches, photos, pattern, phi, folder)
    store.check_finished(progress, recipe.steps)
    made, milliseconds = paintings(net, test.sketches)
    scores = score(made, test, style.StyleTargets(phi, [pattern]), phi) | {"milliseconds": milliseconds}
    result = result_of(name, seed, FACTS, recipe, {"evaluation": rounded(scores)}, progress, "s2s experiments cascade")
    return result, None if seed else made[list(SHOWN)]


@torch.inference_mode()
def paintings(net: cascade.Chain, sketches: np.ndarray) -> tuple[torch.Tensor, float]:
    """What ``net`` makes of sketches, bytes (n, 3, H, W), one after the other, and the median of the milliseconds."""
    made, seconds = [], []
    for sketch in from_planes(sketches).split(1):
        began = time.perf_counter()
        made.append(net(sketch, torch.ones(1, 1)))
        seconds.append(time.perf_counter() - began)
    return torch.cat(made), 1000 * statistics.median(seconds)


@torch.inference_mode()
def score(
    made: torch.Tensor, test: Split, targets: style.StyleTargets, phi: torch.nn.Module
) -> dict[str, torch.Tensor]:
    """Means over the paintings of the test sketches.

    "edge F1" with the sketch, of which more is better; less is better of "content" (relu3_3, the true picture's),
    "style", "tv" (all relative, as ``perceptual_terms`` has it), their weighted sum "objective", and "checkerboard".
    """
    parts = []
    for y, true in zip(made.split(10), from_planes(test.pictures).split(10), strict=True):
        grams = targets.of(torch.zeros(len(y), dtype=torch.long))
        content = phi(true, [PAINTER.content_layer])
        parts.append(perceptual_terms(y, phi(y, STYLE_LAYERS), content, grams, relative=True))
    means = {key: torch.cat([part[key] for part in parts]).mean() for key in parts[0]}
    weights = {name: getattr(PAINTER, f"{name}_weight") for name in means}
    means["objective"] = weighted_sum(means, weights)
    sketches = from_planes(test.sketches)
    return {"edge F1": edge_f1(made, sketches).mean(), **means, "checkerboard": checkerboard(made).mean()}


def results(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The stored results of each cell, by seed; a cell without any has an empty list."""
    return {name: results_of(name, folder) for name in CELLS}


def stale(result: dict[str, Any]) -> bool:
    """Whether a stored result is of another recipe or another drawn world than the cell now says."""
    return store.stale(result, FACTS, CELLS[result["cell"]])
