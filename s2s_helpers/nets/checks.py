"""Arguments are refused where they would silently mean something else."""

import dataclasses
import math
from typing import Any, Literal, get_args, get_origin, get_type_hints

import torch

SHARES = {"dropout", "lr_decay", "ema_decay"}  # fields of recipes that are parts of a whole


def check_choice(what: str, value: object, choices: Any) -> None:
    """Raise ValueError unless ``value`` is one of ``choices``, a ``Literal``; ``what`` says of what."""
    if value not in (known := get_args(choices)):
        raise ValueError(f"no {what} named {value}; there are {', '.join(map(str, known))}")


def check_shapes(made: torch.Tensor, true: torch.Tensor) -> None:
    """Raise ValueError for pictures of different shapes, which torch would repeat until they fit."""
    if made.shape != true.shape:
        raise ValueError(f"pictures {tuple(made.shape)} cannot be compared with {tuple(true.shape)}; make them equal")


def check_recipe(recipe: Any) -> None:
    """Raise ValueError for a field of a recipe (a dataclass) that is none of its choices, negative or not finite."""
    kinds = get_type_hints(type(recipe))
    for field in dataclasses.fields(recipe):
        name, value = field.name, getattr(recipe, field.name)
        if get_origin(kinds[name]) is Literal:
            check_choice(name, value, kinds[name])
        elif isinstance(value, int | float):
            most = 1 if name in SHARES else math.inf
            if not (0 <= value <= most and math.isfinite(value)):
                raise ValueError(f"{name} is {value}; it may be 0 {'to 1' if most == 1 else 'or more'}")
