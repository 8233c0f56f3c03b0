"""What a picture is worth: how far the optimization has to go for its loss (chapter 13_fast_style)."""

from collections.abc import Callable
from itertools import islice
from statistics import median

import torch
from torch import nn

from .gatys import GatysRecipe, first_picture, objective
from .loop import function_of
from .methods import METHODS


def equivalent_iterations(
    paint: Callable[[torch.Tensor], torch.Tensor],
    photos: list[torch.Tensor],
    style: torch.Tensor,
    recipe: GatysRecipe,
    loss_network: nn.Module,
    raced: int,
) -> dict[str, float]:
    """How well ``paint`` repaints ``photos``, each (1, 3, H, W) in [0, 1], in a ``style``: medians over the photos.

    By ``loss_network``: the weighted terms of ``recipe`` (eq 9); their sum, "objective"; "photo", the objective of the
    photo as it is; and for the first ``raced`` photos "iterations", how many of the recipe's method, started as it
    says, have an objective as low. Of those no more than ``recipe.steps`` are done; where they do not suffice the
    number is ``recipe.steps`` + 1.
    """
    rows = []
    for seed, photo in enumerate(photos):
        terms: dict[str, float] = {}
        f = function_of(objective(photo, style, recipe, loss_network), terms, recipe.bfloat16)
        row = {"photo": f(photo)[0], "objective": f(paint(photo))[0]}
        row |= terms  # those of the last picture, which is what was painted
        if seed < raced:
            found = METHODS[recipe.method](f, first_picture(recipe.start, photo, style, seed))
            within = islice(found, recipe.steps + 1)  # the first is the start: 0 iterations
            as_low = (k for k, it in enumerate(within) if it.loss <= row["objective"])
            row["iterations"] = next(as_low, recipe.steps + 1)
        rows.append(row)
    return {key: round(median(row[key] for row in rows if key in row), 4) for key in rows[0]}
