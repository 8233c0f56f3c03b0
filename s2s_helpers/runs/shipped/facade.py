"""The generator ``facade`` and its discriminator ``critic``: trained on the drawn world, scored, written with cards."""

from pathlib import Path
from typing import Any

import torch

from ... import zoo
from ...data.facades import VERSION, load_split
from ...data.sketches import another_hand
from ...images import from_planes, resize
from ...metrics import fcn_score
from ...runtime.processes import here
from ...runtime.seeds import OTHERS, step_rng
from ...train import pix2pix
from ...train.loop import fit, made_of, ready
from .card import all_terms, begun_generator, begun_with, record, to_score, write_card
from .scores import MEASURES, generator_scores, made_by
from .segmenter import JUDGED


def train(
    recipe: pix2pix.Pix2PixRecipe,
    seed: int,
    out: Path,
    start: str | None = None,
    resume: bool = False,
    command: str = "s2s train facade",
) -> Path:
    """The generator of facades, trained on the 400 pairs of the drawn world, and its discriminator ``critic``.
    ``start`` names a generator to begin with, or its file.
    """
    ready(out / "facade", resume)
    begin, begun = begun_generator(start, pix2pix.arguments(recipe))
    world = load_split("train")
    pairs = pix2pix.array_pairs(world.sketches, world.pictures, recipe)

    def batches(seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        sketches, pictures = pairs(seed, step, n, size)
        return another_hand(sketches, step_rng(seed, step, OTHERS)), pictures

    stamp = made_of(recipe, seed, pairs=f"FacadeWorld of version {VERSION}", start=begun_with(start))
    training = pix2pix.Pix2Pix(recipe, seed, batches, zoo.load("pocket"), here(), begin)
    progress = fit(training, out / "facade", resume, stamp)
    shared = {
        "data": f"400 drawn pairs, FacadeWorld(seed=0, size=256) of version {VERSION}, indices 0 to 399; two thirds of "
        "the sketches drawn by another hand",
        "loss network": zoo.card("pocket")["sha256"],
        "terms": all_terms(["drawn by this project's own code", "MIT"], start),
        "command": command,
    }
    facts = {
        "kind": "generator",
        "summary": "line drawings of building fronts to pictures",
        "arguments": pix2pix.arguments(recipe),
        "architecture": pix2pix.architecture(recipe),
    }
    path = write_card(training.result, out, "facade", recipe, seed, progress, begun | facts | shared)
    if not recipe.lambda_gan:  # then there is no discriminator
        return path
    arguments: dict[str, Any] = {"receptive_field": recipe.receptive_field, "conditional": recipe.conditional}
    arguments |= {"base": recipe.base, "norm": recipe.norm}
    facts = {
        "kind": "discriminator",
        "summary": "tells facades from what the generator made, patch by patch",
        "arguments": arguments,
        "architecture": f"PatchGAN-{recipe.receptive_field}, {recipe.base} channels in the first layer",
    }
    write_card(training.discriminator, out, "critic", recipe, seed, progress, facts | shared)
    return path


def score(path: Path) -> None:
    """Score the generator at ``path`` on the 100 test pairs and write the scores into its card."""
    net = to_score(path, "generator")
    known, test = ((from_planes(s.sketches), from_planes(s.pictures)) for s in map(load_split, ("train", "test")))
    made = made_by(net, test[0])
    protocol = f"100 test pairs of the drawn world at 256x256; {MEASURES}; judged: FCN-score at {JUDGED}x{JUDGED}"
    record(path, generator_scores(made, known, test), protocol, "s2s score facade", judged=judged(made))


def judged(made: torch.Tensor) -> dict[str, float]:
    """The FCN-score of pictures ``made`` of the test sketches, (n, 3, H, W), at the segmenter's size."""
    labels = torch.from_numpy(load_split("test", size=JUDGED).labels).long()
    scores = fcn_score(resize(made, (JUDGED, JUDGED)), labels, zoo.load("segmenter"))
    return {key: round(value, 4) for key, value in scores.items()}
