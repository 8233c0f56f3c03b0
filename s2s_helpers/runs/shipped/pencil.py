"""The edge detector ``pencil``: trained on photos by HED, scored by contours that people drew, with its card."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from ... import zoo
from ...data.pairs import ContourFolder
from ...data.photos import crops_of, fingerprint
from ...data.sketches import contour_sketch, contours, edges, ink, sketch_from_photo
from ...metrics import lines_f1
from ...pipeline.pencil import pencil_sketch
from ...runtime.processes import here
from ...train import pencil
from ...train.loop import fit, made_of, ready
from .card import photo_terms, record, to_score, write_card

HED_TERMS = "HED weights: MIT"
TOLERANCE = 0.0075  # of the diagonal: how far a line may be from that of a person (Martin et al. 2004)


def train(
    recipe: pencil.PencilRecipe,
    seed: int,
    out: Path,
    photos: list[Path],
    hed: Path,
    resume: bool = False,
    command: str = "s2s train pencil",
) -> Path:
    """The edge detector ``pencil``, taught by HED with the weights in the file ``hed``, on ``photos``."""
    ready(out / "pencil", resume)
    teacher = zoo.hed(hed)
    crops = crops_of(photos)
    stamp = made_of(recipe, seed, photos=fingerprint(photos), teacher=hed.name)
    training = pencil.Pencil(recipe, seed, crops, teacher, here())
    progress = fit(training, out / "pencil", resume, stamp)
    facts = {
        "kind": "edge detector",
        "summary": "finds the lines that a person would draw in a photo",
        "arguments": pencil.arguments(recipe),
        "architecture": f"U-Net of depth {recipe.depth}, {recipe.base} channels at half size, one output",
        "teacher": hed.name,
        "data": f"{len(crops.photos)} photos of {', '.join(p.name for p in photos)}",
        "terms": "; ".join([HED_TERMS, *photo_terms(photos)]),
        "last losses": progress.history[-1:],
        "command": command,
    }
    return write_card(training.result, out, "pencil", recipe, seed, progress, facts)


def score(path: Path, held_out: Path, hed: Path) -> None:
    """Score the edge detector at ``path`` by the fullest contours that people drew of the photos in ``held_out``.

    Beside it stand HED, its teacher, with the same pen, and drawings without a network; and as the level of chance its
    drawing of the photo before, which shows something else.
    """
    net, teacher = to_score(path, "edge detector"), zoo.hed(hed)
    ways: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "pencil": lambda x: pencil_sketch(net, x),
        "HED": lambda x: contours(teacher(x)),
        "edges": edges,
        "ink": ink,
        "cleaned ink": sketch_from_photo,
    }
    found: dict[str, list[float]] = {name: [] for name in (*ways, "chance")}
    before: dict[torch.Size, torch.Tensor] = {}
    for x, maps in ContourFolder(held_out):
        drawn, reach = contour_sketch(maps[0], width=1.0), TOLERANCE * float(np.hypot(*x.shape[-2:]))
        made = {name: way(x) for name, way in ways.items()}
        for name, sketch in made.items():
            found[name].append(lines_f1(sketch, drawn, reach).item())
        if (other := before.get(x.shape)) is not None:
            found["chance"].append(lines_f1(other, drawn, reach).item())
        before[x.shape] = made["pencil"]
    scores = {name: {"F1": round(float(np.mean(values)), 4)} for name, values in found.items()}
    protocol = (
        f"means over {len(found['pencil'])} photos of {held_out.name}, as they are; F1 of the lines with the fullest "
        f"contours that people drew, within {TOLERANCE} of the diagonal; chance: the lines of the photo of that size "
        "before. HED, the teacher, was trained on these photos too"
    )
    record(path, scores, protocol, "s2s score pencil")
