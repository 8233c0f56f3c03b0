"""How the shipped super-resolution networks were trained and scored (chapter 18_superresolution)."""

import json
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from ... import zoo
from ...data.degrade import Degradation, cut_to_multiple, degrade
from ...data.pairs import PhotoFolder, find_pictures
from ...data.photos import crops_of, fingerprint
from ...images import PictureError, load_picture, middle
from ...losses.perceptual import relative_error
from ...metrics import detail, super_resolution_scores
from ...nets.loss_network import CONTENT_LAYER
from ...nets.superres import enlarge
from ...pipeline.upscaling import upscale
from ...runtime.checkpoint import write_atomically
from ...runtime.machine import circumstances
from ...runtime.processes import here
from ...train.loop import fit, made_of, ready
from ...train.superres import SHRUNK, SuperResolution, SuperResolutionRecipe, arguments
from .card import (
    all_terms,
    beginning,
    begun_with,
    photo_terms,
    record,
    taught_by,
    teacher_terms,
    to_score,
    write_card,
)

HELD_OUT, SIDE = 50, 240  # photos by which a network is scored, and pixels of their middle
Pairs = list[tuple[torch.Tensor, torch.Tensor]]  # (small, true) pictures, each (1, 3, H, W)


def train(
    recipe: SuperResolutionRecipe,
    seed: int,
    out: Path,
    photos: list[Path],
    network: str = "pocket",
    weights: Path | None = None,
    start: str | None = None,
    resume: bool = False,
    command: str | None = None,
) -> Path:
    """A super-resolution network ``superres_xF_LOSS``, trained on ``photos``.

    ``network`` is the loss network, with ``weights`` of one's own (``zoo.loss_network``). ``start`` names a trained
    network to begin with, or its file; for another factor it gives all but its last layer.
    """
    name = f"superres_x{recipe.factor}_{recipe.loss}"
    ready(out / name, resume)
    phi = zoo.loss_network(network, weights) if recipe.loss == "feature" else None
    begun = None
    facts: dict[str, Any] = {}
    terms = all_terms([*(teacher_terms(network) if phi else []), *photo_terms(photos)], start)
    if start:
        known, begun = zoo.card(start, "super-resolution"), zoo.load(start)
        facts = beginning(known, "name", "sha256", "steps", "seconds")
    crops = crops_of(photos, SHRUNK)
    data = {"photos": fingerprint(photos), "start": begun_with(start)}
    data |= {"loss network": taught_by(network, weights)} if phi else {}
    stamp = made_of(recipe, seed, **data)
    training = SuperResolution(recipe, seed, crops, phi, begun, here())
    progress = fit(training, out / name, resume, stamp)
    if phi:
        facts["loss network"] = taught_by(network, weights)
    facts |= {
        "kind": "super-resolution",
        "summary": f"enlarges {recipe.factor} times, {recipe.loss} loss",
        "arguments": arguments(recipe),
        "architecture": architecture(recipe),
        "degradation": recipe.degradation,
        "data": f"{len(crops.photos)} photos of {', '.join(p.name for p in photos)}",
        "terms": terms,
        "last losses": progress.history[-1:],
        "command": command or f"s2s train superres --factor {recipe.factor} --loss {recipe.loss}",
    }
    return write_card(training.result, out, name, recipe, seed, progress, facts)


def architecture(recipe: SuperResolutionRecipe) -> str:
    """The network in the notation of Johnson et al."""
    c, f = recipe.base, recipe.factor
    body = f"c9s1-{c},{','.join([f'R{c}'] * recipe.residuals)}"
    if recipe.architecture == "paper":
        return f"{body},{','.join([f'u{c}'] * (f.bit_length() - 1))},c9s1-3"
    return f"{body},c3s1-{3 * f * f}, sorted into {f}x{f} pixels, plus the bicubic enlargement"


def benchmark(folder: Path, factor: int, degradation: Degradation) -> Pairs:
    """The pairs of a folder with files NAME_SRF_4_HR.png and, for a factor of 4, NAME_SRF_4_LR.png.

    For other factors the large ones are made small. Raises PictureError if there are none.
    """
    large = [path for path in find_pictures(folder) if path.stem.endswith("_SRF_4_HR")]
    if not large:
        raise PictureError(f"{folder}: no pictures NAME_SRF_4_HR.png with NAME_SRF_4_LR.png beside them")
    if factor != 4:
        return made_small(map(load_picture, large), factor, degradation)
    return [(load_picture(path.with_stem(path.stem[:-2] + "LR")), load_picture(path)) for path in large]


def made_small(photos: Iterable[torch.Tensor], factor: int, degradation: Degradation) -> Pairs:
    """Photos, cut to multiples of ``factor``, behind what is made of them."""
    true = [cut_to_multiple(x, factor) for x in photos]
    return [(degrade(x, factor, degradation), x) for x in true]


def scores(way: Callable[[torch.Tensor], torch.Tensor], pairs: Pairs, factor: int, phi: nn.Module) -> dict[str, float]:
    """The means over ``pairs`` of what ``way`` makes of the small pictures.

    PSNR and SSIM as ``metrics.super_resolution_scores``; "detail", that of the result by that of the true picture;
    "features", ``relative_error`` at relu2_2 of ``phi``.
    """
    rows = []
    for small, true in pairs:
        made = way(small)
        features = [phi(x, [CONTENT_LAYER])[CONTENT_LAYER] for x in (made, true)]
        row = super_resolution_scores(made, true, factor)
        row["detail"] = (detail(made) / detail(true)).item()
        row["features"] = relative_error(*features).item()
        rows.append(row)
    return {key: round(sum(row[key] for row in rows) / len(rows), 4) for key in rows[0]}


def score(path: Path, held_out: Path, set5: Path | None, vgg16: Path, results: Path) -> dict[str, Any]:
    """Score the network at ``path`` beside the bicubic enlargement, into its card and into ``results``; also returned.

    On the middle of ``HELD_OUT`` photos of ``held_out``, and on the ``benchmark`` in the folder ``set5``, if it is
    given. ``vgg16`` are weights of the network that compares features.
    """
    card, net, phi = (
        zoo.card(str(path), "super-resolution"),
        to_score(path, "super-resolution"),
        zoo.loss_network("vgg16", vgg16),
    )
    factor, degradation = cast(int, net.factor), card["degradation"]
    photos = (middle(x, min(SIDE, *x.shape[-2:])) for x in islice(PhotoFolder(held_out), HELD_OUT))
    sets = {held_out.name: made_small(photos, factor, degradation)}
    if set5:
        sets["Set5"] = benchmark(set5, factor, degradation)
    ways = {"network": lambda x: upscale(net, x), "bicubic": lambda x: enlarge(x, factor).clamp(0, 1)}
    found = {name: {way: scores(f, pairs, factor, phi) for way, f in ways.items()} for name, pairs in sets.items()}
    protocol = (
        f"PSNR (dB) and SSIM on Y (BT.601, whole steps), without the {factor} outermost pixels, "
        "means over the pictures; detail: rms of the Laplacian of Y by that of the true picture; "
        f"features: relative error at {CONTENT_LAYER} of VGG-16. "
        f"{held_out.name}: {len(sets[held_out.name])} photos never trained on, their middle {SIDE}x{SIDE}; "
        f"made small by {degradation}, Set5 for a factor of 4 by the benchmark itself"
    )
    record(path, found, protocol, "s2s score superres")
    result = {"network": path.stem, "scores": found, "protocol": protocol, "sha256": card["sha256"]}
    result |= circumstances(f"s2s score superres {path.name}")
    text = json.dumps(result, indent=1) + "\n"
    write_atomically(results / f"{path.stem}.json", lambda p: p.write_text(text, encoding="utf-8"))
    return result
