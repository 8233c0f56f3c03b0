"""The network ``any_style``, for every painting: trained on photos and paintings, scored, with its card."""

from itertools import islice
from pathlib import Path
from statistics import median
from typing import cast

import torch
from tqdm import tqdm

from ... import zoo
from ...data.pairs import find_pictures
from ...data.photos import SCALES, crops_of, fingerprint
from ...images import load_picture
from ...nets.loss_network import Pocket, style_layers
from ...nets.transform import TransformNet, notation
from ...optimize import gatys
from ...optimize.gatys import objective
from ...optimize.loop import function_of
from ...optimize.methods import METHODS, Function
from ...pipeline.sketch_to_style import READ_AT, SketchToStyle
from ...runtime.precision import autocast
from ...runtime.processes import here
from ...train import any_style
from ...train.loop import fit, made_of, ready
from .card import all_terms, beginning, begun_with, photo_terms, record, taught_by, teacher_terms, to_score, write_card
from .scores import first_squares, judged_as_trained, objective_in_words

JUDGED = 20  # held-out photos by which it is scored
SCORED = 256  # pixels of their sides
EVERY = 4  # the optimization paints one photo in the style of each fourth painting: it takes a minute
MARKS = (20, 50, 100)  # iterations of the optimization after which its objective is told
PAINTINGS = (0.9, SCALES[1])  # scales of the crops of paintings: their strokes are to be no smaller than they are


def train(
    recipe: any_style.AnyStyleRecipe,
    seed: int,
    out: Path,
    photos: list[Path],
    paintings: list[Path],
    network: str = "pocket",
    weights: Path | None = None,
    start: str | None = None,
    resume: bool = False,
    command: str = "s2s train any-style",
) -> Path:
    """The network ``any_style``, on the pictures in the folders ``photos`` and ``paintings``.

    ``network`` is the loss network, with ``weights`` of one's own (``zoo.loss_network``). ``start`` names a trained
    network to begin with, or its file: one for every painting, or one for some styles.
    """
    ready(out / "any_style", resume)
    phi, reader = zoo.loss_network(network, weights), cast(Pocket, zoo.loss_network("pocket"))
    begun = cast(TransformNet, zoo.load(start)) if start else None
    photo_crops, painting_crops = crops_of(photos), crops_of(paintings, PAINTINGS)
    data = {"photos": fingerprint(photos), "paintings": fingerprint(paintings), "start": begun_with(start)}
    stamp = made_of(recipe, seed, **data, **{"loss network": taught_by(network, weights)})
    training = any_style.AnyStyle(recipe, seed, photo_crops, painting_crops, reader, phi, here(), begun)
    progress = fit(training, out / "any_style", resume, stamp)
    facts = {
        "kind": "any style",
        "summary": "repaints a picture in the style of any painting",
        "arguments": any_style.arguments(recipe),
        "architecture": f"{notation(recipe.base)}; norms by a painting, which pocket reads",
        "loss network": taught_by(network, weights),
        "style layers": list(style_layers(phi)),
        "data": f"{len(photo_crops.photos)} photos of {', '.join(p.name for p in photos)}; "
        f"{len(painting_crops.photos)} paintings of {', '.join(p.name for p in paintings)}",
        "terms": all_terms([*teacher_terms(network), *photo_terms([*photos, *paintings])], start),
        "last losses": progress.history[-1:],
        "command": command,
    }
    facts |= beginning(zoo.card(start), "name", "sha256", "steps", "seconds", "begun with") if start else {}
    return write_card(training.result, out, "any_style", recipe, seed, progress, facts)


def score(path: Path, held_out: Path, paintings: Path, vgg16: Path) -> None:
    """Score the network at ``path`` by the real VGG-16, with photos of ``held_out`` and ``paintings`` that it never
    saw, into its card.

    Each of the first ``JUDGED`` photos is painted in the style of each painting. For each painting: the objective of
    the photos as they are, of what is made of them, and for some of what the optimization from noise has after
    ``MARKS`` iterations, of one of the photos. Raises ValueError for fewer photos.
    """
    card, vgg = zoo.card(str(path)), zoo.loss_network("vgg16", vgg16)
    to_score(path, "any style")
    looks = {file.stem: load_picture(file, READ_AT) for file in find_pictures(paintings)}
    chain = SketchToStyle(painter=str(path), paintings=looks)
    recipe, photos = judged_as_trained(card, vgg), first_squares(held_out, JUDGED, SCORED)
    scores: dict[str, dict[str, float]] = {}
    for k, (name, look) in enumerate(tqdm(looks.items(), desc="paintings", unit="painting")):
        made = [chain.stylize(photo, name) for photo in photos]
        with torch.no_grad(), autocast("cpu", recipe.bfloat16):
            judges = [objective(photo, look, recipe, vgg) for photo in photos]
            before, after = (
                [sum(f(x).values(), torch.zeros(())).item() for f, x in zip(judges, pictures, strict=True)]
                for pictures in (photos, made)
            )
        scores[name] = {"photo": median(before), "objective": median(after)}
        if k % EVERY == 0:
            one = k % JUDGED
            start = gatys.first_picture("noise", photos[one], look, one)
            f = function_of(judges[one], {}, recipe.bfloat16)
            scores[name] |= _raced(f, start, recipe.method, after[one])
    told = next(iter(scores.values()))
    scores["median"] = {key: median(row[key] for row in scores.values() if key in row) for key in told}
    rounded = {name: {key: round(value, 4) for key, value in row.items()} for name, row in scores.items()}
    protocol = (
        f"medians over {JUDGED} photos of {held_out.name}, {SCORED}x{SCORED}, and {len(looks)} paintings of "
        f"{paintings.name} at {READ_AT} pixels, never trained on; {objective_in_words(recipe)}; "
        f"{recipe.method} from noise, of one photo for one painting in {EVERY}: "
        "the objective after so many iterations, and how many until it is as low"
    )
    record(path, rounded, protocol, "s2s score any-style")


def _raced(f: Function, start: torch.Tensor, method: str, made: float) -> dict[str, float]:
    """The objective after each of ``MARKS`` iterations, and after how many it is as low as ``made``: one more than the
    last of them, if it never is.
    """
    losses = [iterate.loss for iterate in islice(METHODS[method](f, start), MARKS[-1] + 1)]
    after = {f"after {k}": losses[min(k, len(losses) - 1)] for k in MARKS}
    return after | {"iterations": next((k for k, loss in enumerate(losses) if loss <= made), MARKS[-1] + 1)}
