"""What all stored runs share: one JSON file a run, done once, gone on with when it was stopped.

A run is a function of a cell (a recipe with a name), a seed and the data. ``cgan`` has the cells of the
conditional GAN (chapters 03 to 09), ``fast_style`` those of the fast style network (chapter 13_fast_style), and
``cascade`` those of the two networks in a row (chapter 14_cascade).
"""

import dataclasses
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch

from ...images import contact_sheet, encode
from ...runtime.checkpoint import write_atomically
from ...runtime.machine import circumstances
from ...train.loop import Progress

SIZE = 128  # of the pictures
SHOWN = (0, 1, 3, 4, 8, 14)  # test pairs in the stored pictures
CURVE = 50  # lines of a learning curve that are kept

# The result of a cell and a seed, which keeps its checkpoints in a folder; and the pictures (n, 3, H, W) to store with
# it, if any.
One = Callable[[str, int, Path], tuple[dict[str, Any], torch.Tensor | None]]


def file_of(name: str, seed: int, folder: Path) -> Path:
    """Where the result of a run is stored."""
    return folder / f"{_stem(name)}_{seed}.json"


def _stem(name: str) -> str:
    """The name of a cell as part of a file name."""
    return name.replace(", ", "_").replace(" ", "-").replace("+", "-and-")


def listed(names: Iterable[str], seeds: Iterable[int], cells: Collection[str]) -> list[tuple[str, int]]:
    """Every name with every seed, seed by seed. Raises ValueError for a name that is not one of ``cells``."""
    if unknown := set(names) - set(cells):
        raise ValueError(f"no cell {', '.join(sorted(unknown))}; there are: {', '.join(cells)}")
    return [(name, seed) for seed in seeds for name in names]


def run(todo: Iterable[tuple[str, int]], out: Path, work: Path, one: One) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Do the runs, names and seeds, that have no result in ``out`` yet; checkpoints lie in ``work``.

    Yields name, seed and result of each, when it is stored.
    """
    for name, seed in todo:
        path = file_of(name, seed, out)
        if not path.exists():
            result, pictures = one(name, seed, work / path.stem)
            store(result, pictures, path)
            yield name, seed, result


def store(result: dict[str, Any], pictures: torch.Tensor | None, path: Path) -> None:
    """Write a result to ``path`` and ``pictures`` (n, 3, H, W), if any, side by side to a JPEG beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if pictures is not None:
        strip = encode(contact_sheet([[x[None] for x in pictures]], gap=0), "JPEG", quality=85)
        write_atomically(path.with_suffix(".jpg"), lambda p: p.write_bytes(strip))
    text = json.dumps(result, indent=1) + "\n"
    write_atomically(path, lambda p: p.write_text(text, encoding="utf-8"))


def result_of(
    name: str, seed: int, facts: dict[str, Any], recipe: Any, scores: dict[str, Any], progress: Progress, command: str
) -> dict[str, Any]:
    """The result of a run as it is stored; ``facts`` are what it depends on beside recipe (a dataclass) and seed."""
    return {
        "cell": name,
        "seed": seed,
        **facts,
        "recipe": dataclasses.asdict(recipe),
        "scores": scores,
        "curve": curve(progress),
        "seconds": round(progress.seconds, 1),
        **circumstances(f'{command} --only "{name}"'),
    }


def curve(progress: Progress) -> list[dict[str, float]]:
    """The learning curve, thinned to ``CURVE`` lines."""
    every = max(1, len(progress.history) // CURVE)
    return [{key: round(value, 4) for key, value in line.items()} for line in progress.history[::every]]


def rounded(values: dict[str, Any]) -> dict[str, float]:
    """Scores, numbers or tensors of one element, as they are stored."""
    return {key: round(float(value), 4) for key, value in values.items()}


def check_finished(progress: Progress, steps: int) -> None:
    """Raise KeyboardInterrupt after a training that was stopped: its checkpoint is there, half a run is no result."""
    if progress.step < steps:
        raise KeyboardInterrupt


def results_of(name: str, folder: Path) -> list[dict[str, Any]]:
    """The stored results of one cell, by seed."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob(f"{_stem(name)}_*.json")]
    return sorted((result for result in found if result["cell"] == name), key=lambda result: result["seed"])


def stale(result: dict[str, Any], facts: dict[str, Any], recipe: Any) -> bool:
    """Whether a stored result is of another recipe or of other ``facts`` than the cell now says.

    A field that the recipe has got since then counts as the default that it had in effect.
    """
    now = _plain({**facts, "recipe": dataclasses.asdict(recipe)})
    then = {key: result[key] for key in now}
    then["recipe"] = _filled(then["recipe"], _plain(dataclasses.asdict(type(recipe)())))
    return then != now


def _filled(value: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """``value`` with what it lacks, also in the recipes within a recipe."""
    inner = {
        key: _filled(value[key], default)
        for key, default in defaults.items()
        if isinstance(default, dict) and key in value
    }
    return defaults | value | inner


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """What JSON makes of it: lists of tuples."""
    return json.loads(json.dumps(value))
