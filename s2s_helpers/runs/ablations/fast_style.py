"""The ablations of the fast style network as stored runs (chapter 13_fast_style): ``s2s experiments style``.

Each cell differs from the paper's network and losses in one thing. The style is the mosaic of ``data/styles``, the
pictures are of the drawn world, the loss network is pocket: nothing is downloaded. How runs are stored is told in
``store``; seed 0 has a strip of six repainted test pictures.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ... import zoo
from ...data.facades import VERSION, load_split
from ...data.pairs import PhotoFolder
from ...data.photos import Crops
from ...data.styles import mosaic
from ...images import from_planes, middle, resize
from ...losses.perceptual import perceptual_terms
from ...metrics import checkerboard
from ...nets.loss_network import CONTENT_LAYER, STYLE_LAYERS
from ...train import style
from ...train.loop import CHECKPOINT, fit
from . import store
from .store import SHOWN, SIZE, listed, result_of, results_of, rounded

STYLE_SIZE = 384  # of the mosaic: its tiles are then 7 pixels wide, so no grid of 2 or 4 pixels looks like them
HELD_OUT = 50  # pictures to validate with, and as many others to score
DEEPER = "relu3_3"  # the released code's content layer

# The paper's recipe with a network, pictures and a time that fit a laptop. In so few steps the style term does not come
# down to where the paper's weight leaves the photo a say (200 steps: content 1.38 of what an empty picture costs), so
# it counts a sixteenth.
BASE = dataclasses.replace(
    style.PAPER, steps=500, size=SIZE, base=16, style_weight=style.PAPER.style_weight / 16, bfloat16=True
)

# The fields in which each cell differs from ``BASE``; the most telling first, for that is the order of the runs.
CELLS: dict[str, dict[str, Any]] = {
    "paper": {},
    "instance norm": {"norm": "instance"},
    "resize": {"upsampling": "resize"},
    "linear output": {"output": "linear"},
    "150 tanh": {"output": "tanh 150"},
    "content relu3_3": {"content_layer": DEEPER},
    "no variation": {"tv_weight": 0.0},
    "variation 1e-5": {"tv_weight": 1e-5},
    "variation 1e-4": {"tv_weight": 1e-4},
    "book": {"architecture": "book", "norm": "instance", "upsampling": "resize"},
    "book, fine": {"architecture": "book", "norm": "instance", "upsampling": "resize", "full_size_skip": True},
    # The weight is about the objective itself, which here is not relative.
    "book, fine, no grid": {
        "architecture": "book",
        "norm": "instance",
        "upsampling": "resize",
        "full_size_skip": True,
        "grid_weight": 1e5,
    },
}

# The rows of each table; a cell may stand in several.
TABLES: dict[str, tuple[str, ...]] = {
    "style": tuple(name for name in CELLS if "variation" not in name),
    "variation": ("no variation", "paper", "variation 1e-5", "variation 1e-4"),
}


@dataclass(frozen=True)
class Data:
    """Pictures to train with, and those to score by "evaluation" and by "validation", (N, 3, SIZE, SIZE) in [0, 1].

    ``name`` says which they are.
    """

    name: str
    train: Crops
    held_out: dict[str, torch.Tensor]


DRAWN = f"drawn world, version {VERSION}"


def drawn_data() -> Data:
    """Pictures of the drawn world: the 400 of "train", ``HELD_OUT`` of "test" and of "val"."""
    crops = Crops(list(load_split("train", size=SIZE).pictures.transpose(0, 2, 3, 1)))
    splits = {"evaluation": load_split("test", size=SIZE), "validation": load_split("val", size=SIZE)}
    held_out = {mode: from_planes(split.pictures[:HELD_OUT]) for mode, split in splits.items()}
    return Data(DRAWN, crops, held_out)


def photo_data(photos: list[Path], held_out: Path) -> Data:
    """Photos of the folders to train with; of ``held_out`` the middle squares of the first ones.

    Raises ValueError if there are fewer than twice ``HELD_OUT``.
    """
    folder = PhotoFolder(held_out)
    if len(folder) < 2 * HELD_OUT:
        raise ValueError(f"{held_out}: {len(folder)} photos, but {HELD_OUT} are for scores and {HELD_OUT} to validate")
    squares = [middle(x, min(x.shape[-2:])) for x in (folder[i] for i in range(2 * HELD_OUT))]
    test, validation = torch.cat([resize(x, (SIZE, SIZE)) for x in squares]).split(HELD_OUT)
    crops = Crops.of_folders(*photos)
    name = f"{len(crops.photos)} photos of {', '.join(path.name for path in photos)}; {held_out.name}"
    return Data(name, crops, {"evaluation": test, "validation": validation})


def run(
    names: list[str],
    seeds: range,
    out: Path,
    work: Path,
    photos: list[Path] = [],  # noqa: B006
    held_out: Path | None = None,
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Do the runs that have no result in ``out`` yet, seed by seed; checkpoints lie in ``work``.

    With folders of ``photos`` to train with and of ``held_out`` ones these are used instead of the drawn world.
    Yields cell, seed and result of each. Raises ValueError for a cell that does not exist, and for photos of one
    kind only.
    """
    todo = listed(names, seeds, CELLS)
    if bool(photos) != bool(held_out):
        raise ValueError("photos to train with and held-out photos to score go together")
    data = photo_data(photos, held_out) if held_out else drawn_data()
    yield from store.run(todo, out, work, partial(one, data=data))


def one(name: str, seed: int, folder: Path, data: Data) -> tuple[dict[str, Any], torch.Tensor | None]:
    """Train one cell and score it: its result, and for seed 0 the repainted test pictures ``SHOWN``."""
    recipe, phi, pattern = recipe_of(name), zoo.load("pocket_first"), mosaic(STYLE_SIZE)
    training = style.painting(recipe, seed, data.train, [pattern], phi)
    progress = fit(training, folder, resume=(folder / CHECKPOINT).exists())
    net = training.result
    store.check_finished(progress, recipe.steps)
    targets = style.StyleTargets(phi, [pattern])
    made = {mode: repainted(net, x) for mode, x in data.held_out.items()}
    scores = {mode: score(x, made[mode], targets, phi, recipe) for mode, x in data.held_out.items()}
    result = result_of(name, seed, {"data": data.name}, recipe, scores, progress, "s2s experiments style")
    return result, None if seed else made["evaluation"][list(SHOWN)]


def recipe_of(name: str) -> style.PaintingRecipe:
    """The recipe of a cell."""
    return dataclasses.replace(BASE, **CELLS[name])


@torch.no_grad()
def repainted(net: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """What ``net``, in evaluation mode, makes of pictures (N, 3, H, W)."""
    return torch.cat([net(x, torch.ones(len(x), 1)) for x in pictures.split(10)])


@torch.no_grad()
def score(
    pictures: torch.Tensor,
    made: torch.Tensor,
    targets: style.StyleTargets,
    phi: nn.Module,
    recipe: style.PaintingRecipe,
) -> dict[str, float]:
    """Means over the pictures (N, 3, H, W) and what was made of them; less is better.

    "content" (at relu2_2, and at relu3_3), "style" and "tv" are relative, as ``perceptual_terms`` has it; "eq 6",
    "eq 7" and "squared variation" are the same terms as the paper has them. "objective" is what ``recipe``
    minimizes, without its variation: so cells with other weights of it can be compared. "checkerboard": see
    ``metrics``.
    """
    parts = [_terms(x, y, targets, phi) for x, y in zip(pictures.split(10), made.split(10), strict=True)]
    means = {key: torch.cat([part[key] for part in parts]).mean() for key in parts[0]}
    content = means["eq 6" if recipe.content_layer == CONTENT_LAYER else f"eq 6 {DEEPER}"]
    means["objective"] = recipe.content_weight * content + recipe.style_weight * means["eq 7"]
    return rounded(means | {"checkerboard": checkerboard(made).mean()})


def _terms(x: torch.Tensor, y: torch.Tensor, targets: style.StyleTargets, phi: nn.Module) -> dict[str, torch.Tensor]:
    """Each score of the loss network for each of the pictures ``x`` and what was made of them, ``y``."""
    kept, features = phi(x, STYLE_LAYERS), phi(y, STYLE_LAYERS)
    grams = targets.of(torch.zeros(len(x), dtype=torch.long))

    def terms(layer: str, relative: bool) -> dict[str, torch.Tensor]:
        return perceptual_terms(y, features, {layer: kept[layer]}, grams, relative)

    relative, absolute = terms(CONTENT_LAYER, True), terms(CONTENT_LAYER, False)
    return {
        **relative,
        f"content {DEEPER}": terms(DEEPER, True)["content"],
        "eq 6": absolute["content"],
        f"eq 6 {DEEPER}": terms(DEEPER, False)["content"],
        "eq 7": absolute["style"],
        "squared variation": absolute["tv"],
    }


def results(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The stored results of each cell, by seed; a cell without any has an empty list."""
    return {name: results_of(name, folder) for name in CELLS}


def stale(result: dict[str, Any]) -> bool:
    """Whether a stored result is of another recipe than the cell now says, or not of the drawn world as it now is."""
    return store.stale(result, {"data": DRAWN}, recipe_of(result["cell"]))
