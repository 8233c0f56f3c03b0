"""The card of a shipped network: what it was made from, by whom, on which terms.

A card is written with the weights (``write_card``); the scores are measured apart (``s2s score NAME``) and written into
it (``record``), so that they can be measured again.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from torch import nn

from ... import zoo
from ...data.styles import DRAWN
from ...images import make_folder
from ...runtime.checkpoint import CheckpointError
from ...runtime.machine import machine
from ...runtime.processes import described, processes
from ...train.loop import Progress

SOURCES = {  # photos of the shipped networks and their terms, by the beginning of their folders' names
    "imagenet_sample": "ImageNet sample photos: research",
    "bsds500": "BSDS500: non-commercial research and education",
    "flickr8k": "Flickr8k: research",
    "houses": "Houses dataset: no terms stated",
    "paintings": "paintings: works in the public domain, collections for research",
}
PAINTINGS = ("starry_night", "the_scream", "great_wave", "composition_vii", "shipwreck")  # of the shipped painters
VGG_TERMS = "VGG weights: CC BY 4.0"
OWN_TERMS = "files of whoever trained this network, on the terms of those files"


def write_card(
    net: nn.Module, out: Path, name: str, recipe: Any, seed: int, progress: Progress, facts: dict[str, Any]
) -> Path:
    """Write ``out/name.safetensors`` and its card: ``facts`` and how the training went. The first process does.

    Returns the path of the weights.
    """
    path = out / f"{name}.safetensors"
    if not processes().is_main_process:
        return path
    known = {
        "name": name,
        "recipe": dataclasses.asdict(recipe),
        "seed": seed,
        "steps": progress.step,
        "seconds": round(progress.seconds),
        "machine": machine(),
        "devices": described(),
        "date": date.today().isoformat(),
    }
    zoo.save(net, {**known, **facts}, path)
    return path


def to_score(path: Path, kind: str) -> nn.Module:
    """The network at ``path``, of which scores are to be written into the card: told now if that cannot be done.

    Raises CheckpointError as ``zoo.load``, and PictureError for a folder that cannot be written.
    """
    net = zoo.load(str(path), kind)
    make_folder(path.parent)
    return net


def record(path: Path, scores: dict[str, Any], protocol: str, command: str, **more: Any) -> None:
    """Write scores into the card of the weights at ``path``, with the command that measured them."""
    facts = zoo.card(str(path)) | {"scores": scores, "protocol": protocol, "scored by": command, **more}
    zoo.write_card(path, facts)


def photo_terms(folders: Sequence[Path]) -> list[str]:
    """What a card says of the terms of photos: those of ``SOURCES``, by the folders' names; others are the user's."""
    of = {path: {key for key in SOURCES if any(p.startswith(key) for p in path.absolute().parts)} for path in folders}
    own = ", ".join(dict.fromkeys(path.name for path, keys in of.items() if not keys))
    known = [terms for key, terms in SOURCES.items() if any(key in keys for keys in of.values())]
    return known + [f"photos of {own}: {OWN_TERMS}"] * bool(own)


def teacher_terms(network: str) -> list[str]:
    """The same of the loss network that taught, by its name; pocket is the project's own."""
    return [VGG_TERMS] * (network != "pocket")


def style_terms(styles: Sequence[str]) -> list[str]:
    """The same of style pictures, by their names. Those that we draw come last."""
    drawn = [name for name in styles if name in DRAWN]
    own = [name for name in styles if name not in {*PAINTINGS, *DRAWN}]
    terms = ["paintings: public domain"] * any(name in PAINTINGS for name in styles)
    terms += [f"{', '.join(own)}: {OWN_TERMS}"] * bool(own)
    return terms + [f"{', '.join(drawn)}: drawn by this project's own code"] * bool(drawn)


def all_terms(own: Sequence[str], start: str | None) -> str:
    """The terms for a card: ``own``; then, said to be of it, those others of the network that the training began
    with.
    """
    begun = zoo.card(start).get("terms") or "not stated" if start else ""
    others = "; ".join(terms for terms in filter(None, begun.split("; ")) if terms not in own)
    return "; ".join(
        [*own, *([f"begun with {Path(start).stem}, whose terms are: {others}"] if start and others else [])]
    )


def taught_by(network: str, weights: Path | None) -> str:
    """What a card says of a loss network: the file of one's own weights, the hash of pocket, or the name of a VGG."""
    if weights:
        return weights.name
    return zoo.card("pocket")["sha256"] if network == "pocket" else network


def beginning(known: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """What a card tells of the network that the training began with: of its card, ``known``, those ``keys`` that it
    has.
    """
    return {"begun with": {key: known[key] for key in keys if key in known}}


def begun_generator(start: str | None, arguments: Mapping[str, Any]) -> tuple[nn.Module | None, dict[str, Any]]:
    """The generator that a training begins with, or None, and what the card tells of it. ``arguments`` are those of the
    one that is trained; CheckpointError where a layer of the other is of another size.
    """
    if start is None:
        return None, {}
    known = zoo.card(start, "generator")
    free = ("dropout", "dropout_from", "reflect")  # change no weights
    theirs = known["arguments"]
    fixed = sorted({*theirs, *arguments} - {*free})
    if other := [key for key in fixed if theirs.get(key) != arguments.get(key)]:
        told = ", ".join(f"{key} {theirs.get(key)} and not {arguments.get(key)}" for key in other)
        raise CheckpointError(f"{start}: this training cannot begin with it, which has {told}")
    return zoo.load(start), beginning(known, "name", "sha256", "steps", "seconds", "begun with")


def begun_with(start: str | None) -> str:
    """What a network began with, for ``loop.made_of``."""
    return f"{Path(start).stem} {zoo.card(start)['sha256'][:8]}" if start else "none"
