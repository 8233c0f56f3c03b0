"""Checkpoints that are whole or absent, and never unpickled (chapter 08_training_and_inference).

A checkpoint is one safetensors file: every tensor of every ``state_dict`` under a path such as
``state/generator/down.1.conv.weight`` or ``state/adam_generator/state/3/exp_avg``, and what is not a tensor as JSON in
the header.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch.serialization import load as read_tensors_alone

from .files import whole


class CheckpointError(ValueError):
    """A checkpoint or weight file that is missing, damaged or made for something else. The text is one line."""

    def __init__(self, text: str):
        super().__init__(" ".join(text.splitlines()))


def reason(error: Exception) -> str:
    """What an error says, shortened: that of a damaged file may quote all of it."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]


def not_finite(tensors: dict[str, torch.Tensor]) -> str | None:
    """The name of the first tensor with a value that is infinite or no number, or None."""
    return next((key for key, value in tensors.items() if not value.isfinite().all()), None)


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


def write_atomically(path: Path, write: Callable[[Path], object]) -> None:
    """Call ``write(temporary path)`` and move its file to ``path``: a reader never sees half a file.

    Raises CheckpointError when the folder cannot be written or the disk is full; the old file stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole(path) as part:
            write(part)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{path}: cannot be written ({error}); free some space or choose another folder"
        ) from None


def save_state(path: Path, state: Any) -> None:
    """Write a nested state (dicts, lists, numbers, strings, tensors) to ``path``, atomically.

    Raises FloatingPointError for a tensor that is not finite, and CheckpointError when the folder cannot be written or
    the disk is full; what was there stays.
    """
    tensors: dict[str, torch.Tensor] = {}
    header = json.dumps(_flatten(state, "", tensors))
    if bad := not_finite(tensors):
        raise FloatingPointError(f"{bad} is not finite; what {path} held before is kept")
    write_atomically(Path(path), lambda p: save_file(tensors, p, {"state": header}))


def load_tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors by name of a file that ``torch.save`` wrote elsewhere. Tensors are all that torch then reads:
    whatever else a file asks for is refused.

    Raises CheckpointError for a missing, damaged or foreign file, and for one that holds more.
    """
    if not Path(path).is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        state = read_tensors_alone(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files make torch raise errors of many kinds
        told = f"damaged, or holds more than tensors ({type(error).__name__})"
        raise CheckpointError(f"{path}: {told}; save its state_dict alone") from None
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):  # as trainings like to save it
        state = state["state_dict"]
    if not isinstance(state, dict) or not all(isinstance(value, torch.Tensor) for value in state.values()):
        raise CheckpointError(f"{path}: not tensors by name; save the state_dict of the network alone")
    return state


def load_state(path: Path) -> Any:
    """Read what ``save_state`` wrote. Raises CheckpointError for a missing, damaged or foreign file, and for NaN."""
    if not Path(path).is_file():
        raise CheckpointError(f"{path}: no such file")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()["state"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}
        state, bad = _unflatten(header, tensors), not_finite(tensors)
    # RuntimeError: lists within lists without end, and types of numbers that torch can hold but not compare
    except (OSError, SafetensorError, TypeError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"{path}: not a checkpoint of s2s, or damaged ({reason(error)})") from None
    if bad:
        raise CheckpointError(f"{path}: {bad} is not finite; begin again, or from another checkpoint")
    return state
