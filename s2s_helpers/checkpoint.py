"""Checkpoints that are whole or absent, and never unpickled (chapter 07_training_and_inference).

A checkpoint is one safetensors file: every tensor of every ``state_dict`` under a path such as
``generator/down1.weight`` or ``adam/state/3/exp_avg``, and what is not a tensor as JSON in the header.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from .files import whole


class CheckpointError(ValueError):
    """A checkpoint or weight file that is missing, damaged or made for something else."""


def _flatten(tree: Any, path: str, tensors: dict[str, torch.Tensor]) -> Any:
    """Move the tensors of a nested state into ``tensors`` and return the rest with their paths."""
    if isinstance(tree, torch.Tensor):
        tensors[path] = tree.detach().contiguous().clone()
        return {"tensor": path}
    if isinstance(tree, dict):
        items = [[key, _flatten(value, f"{path}/{key}", tensors)] for key, value in tree.items()]
        return {"dict": items}
    if isinstance(tree, list | tuple):
        return {"list": [_flatten(value, f"{path}/{i}", tensors) for i, value in enumerate(tree)]}
    return {"value": tree}


def _unflatten(tree: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if "tensor" in tree:
        return tensors[tree["tensor"]]
    if "dict" in tree:
        return {key: _unflatten(value, tensors) for key, value in tree["dict"]}
    if "list" in tree:
        return [_unflatten(value, tensors) for value in tree["list"]]
    return tree["value"]


def write_atomically(path: Path, write) -> None:
    """Call ``write(temporary path)`` and move its file to ``path``: a reader never sees half a file.

    Raises CheckpointError when the folder cannot be written or the disk is full; the old file stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as part:
            write(part)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: cannot be written ({error}); free some space or choose another folder") from None


def save_state(path: Path, state: Any) -> None:
    """Write a nested state (dicts, lists, numbers, strings, tensors) to ``path``, atomically."""
    tensors: dict[str, torch.Tensor] = {}
    header = json.dumps(_flatten(state, "", tensors))
    write_atomically(Path(path), lambda p: save_file(tensors, p, {"state": header}))


def load_state(path: Path) -> Any:
    """Read what ``save_state`` wrote. Raises CheckpointError for a missing, damaged or foreign file."""
    if not Path(path).is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()["state"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}
        return _unflatten(header, tensors)
    except (OSError, SafetensorError, TypeError, KeyError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: not a checkpoint of s2s, or damaged ({error})") from None
