"""The ablations of the conditional GAN as stored runs (chapters 03 to 09, errata): ``s2s experiments cgan``.

Every run is a function of a cell and a seed. Its result is one JSON file with recipe, seed, machine,
duration, learning curve and scores, and for seed 0 a picture of six test pairs. A run that has its file is
not done again; a run that was stopped goes on from its checkpoint.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from torch import nn

from ... import zoo
from ...data.facades import LABELS, PALETTE, VERSION, Split, load_split
from ...data.pairs import ContourFolder
from ...data.sketches import contour_sketch
from ...images import from_planes, middle, resize, to_uint8
from ...metrics import MeanFeatures, edge_f1, fcn_score, kid, l1, pooled_intersection, psnr, segmentation_scores, ssim
from ...nets.first_pocket import COMPONENTS, FirstPocket
from ...train import pix2pix
from ...train.loop import CHECKPOINT, Progress, fit
from . import store
from .store import SHOWN, SIZE, listed, result_of, results_of, rounded

# What all cells share unless they say otherwise: the paper's losses in a network and a time that fit a laptop.
BASE = pix2pix.Pix2PixRecipe(
    steps=1_000,
    batch=4,
    lr=5e-4,  # for this batch; at batch 1 the paper's 2e-4
    size=SIZE,
    load_size=143,  # as 286 for 256
    depth=7,
    base=32,
    cap=128,
    lr_decay=0.4,
    norm="instance",
    upsampling="resize",
    bfloat16=True,
)


@dataclass(frozen=True)
class Cell:
    """One cell of a table: a recipe, how many training pairs, and the task.

    ``changes`` are the fields in which the recipe differs from ``BASE``. The task "labels" turns the pairs of
    the drawn world around: from the picture to the map of labels, in the colors of ``PALETTE``. "contours"
    takes photos and the contours that people drew of them instead. ``shipped`` names a network that is
    scored as it is, without training.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    pairs: int = 400
    task: Literal["picture", "labels", "contours"] = "picture"
    shipped: str = ""

    @property
    def recipe(self) -> pix2pix.Pix2PixRecipe:
        return dataclasses.replace(BASE, **self.changes)


NO_GAN = {"lambda_gan": 0.0}
NO_L1 = {"lambda_l1": 0.0}
NO_SKIPS = {"skips": False}
BATCH_NORM = {"norm": "batch"}
BATCH_1 = {"batch": 1, "lr": 2e-4, "steps": 4_000}  # as many pictures

# The most telling first: that is the order in which they are run.
CELLS: dict[str, Cell] = {
    "L1": Cell(NO_GAN),
    "L1+cGAN": Cell(),
    "cGAN": Cell(NO_L1),
    "L1+GAN": Cell({"conditional": False}),
    "GAN": Cell(NO_L1 | {"conditional": False}),
    "L2": Cell(NO_GAN | NO_L1 | {"lambda_l2": 100.0}),
    "SSIM": Cell(NO_GAN | NO_L1 | {"lambda_ssim": 50.0}),
    "L1+pixel-cGAN": Cell({"receptive_field": 1}),
    "encoder-decoder, L1": Cell(NO_GAN | NO_SKIPS),
    "encoder-decoder, L1+cGAN": Cell(NO_SKIPS),
    "patch 16": Cell({"receptive_field": 16}),
    "patch 34": Cell({"receptive_field": 34}),
    "patch 286": Cell({"receptive_field": 286}),
    "lambda 1": Cell({"lambda_l1": 1.0}),
    "lambda 10": Cell({"lambda_l1": 10.0}),
    "lambda 1000": Cell({"lambda_l1": 1000.0}),
    "50 pairs": Cell(pairs=50),
    "100 pairs": Cell(pairs=100),
    "200 pairs": Cell(pairs=200),
    "batch norm, batch 4": Cell(BATCH_NORM),
    "batch norm, batch 1": Cell(BATCH_NORM | BATCH_1),
    "instance norm, batch 1": Cell(BATCH_1),
    "transposed convolutions": Cell({"upsampling": "transpose"}),
    "discriminator wins": Cell(NO_L1 | {"gan_loss": "minimax", "lr": 5e-5, "discriminator_lr_factor": 10.0}),
    "features": Cell(NO_GAN | NO_L1 | {"lambda_features": 50.0}),
    "L1+cGAN, again": Cell(),  # on the machine of the four that follow, which is another than that of the rest
    "not halved": Cell({"halve_discriminator": False}),
    "stale scores": Cell({"stale_scores": True}),
    "no decay": Cell({"lr_decay": 0.0}),
    "dropout further out": Cell({"dropout_from": 1}),
    "labels, L1": Cell(NO_GAN, task="labels"),
    "labels, cGAN": Cell(NO_L1, task="labels"),
    "labels, L1+cGAN": Cell(task="labels"),
    "contours, L1": Cell(NO_GAN, task="contours"),
    "contours, L1+cGAN": Cell(task="contours"),
    "contours, photo": Cell(task="contours", shipped="photo"),
}

# The rows of each table; a cell may stand in several.
TABLES: dict[str, tuple[str, ...]] = {
    "loss": ("L1", "L2", "SSIM", "features", "L1+cGAN"),
    "objective": ("L1", "L2", "GAN", "cGAN", "L1+GAN", "L1+cGAN", "L1+pixel-cGAN"),
    "skips": ("encoder-decoder, L1", "encoder-decoder, L1+cGAN", "L1", "L1+cGAN"),
    "patch": ("L1+pixel-cGAN", "patch 16", "patch 34", "L1+cGAN", "patch 286"),
    "lambda": ("cGAN", "lambda 1", "lambda 10", "L1+cGAN", "lambda 1000"),
    "pairs": ("50 pairs", "100 pairs", "200 pairs", "L1+cGAN"),
    "norm": ("batch norm, batch 1", "batch norm, batch 4", "instance norm, batch 1", "L1+cGAN"),
    "clinic": (
        "L1+cGAN",
        "discriminator wins",
        "cGAN",
        "lambda 1000",
        "encoder-decoder, L1+cGAN",
        "transposed convolutions",
    ),
    "errata": ("L1+cGAN", "L1+cGAN, again", "not halved", "stale scores", "no decay", "dropout further out"),
    "labels": ("labels, L1", "labels, cGAN", "labels, L1+cGAN"),
    "contours": ("contours, L1", "contours, L1+cGAN", "contours, photo"),
}


def run(
    names: list[str],
    seeds: range,
    out: Path,
    work: Path,
    contours: list[Path] = [],  # noqa: B006
    held_out: Path | None = None,
) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Do the runs that have no result in ``out`` yet, seed by seed; checkpoints lie in ``work``.

    ``contours`` and ``held_out`` are folders of photos with contours that people drew, to train and to test
    with; without them cells of the task "contours" are left out. Yields cell, seed and result of each.
    Raises ValueError for a cell that does not exist.
    """
    wanted = listed(names, seeds, CELLS)
    drawn = tuple(load_split(part, size=SIZE) for part in ("train", "test"))
    splits = {"picture": drawn, "labels": drawn}
    if contours and held_out:
        splits["contours"] = (read_contours(contours), read_contours([held_out]))
    todo = [(name, seed) for name, seed in wanted if CELLS[name].task in splits and not (CELLS[name].shipped and seed)]
    yield from store.run(todo, out, work, lambda name, *more: one(name, *more, *splits[CELLS[name].task]))


def read_contours(folders: list[Path]) -> Split:
    """The middle squares of photos and the contours that people drew of them, all people together; no labels."""
    sketches, pictures = [], []
    for folder in folders:
        for x, maps in ContourFolder(folder):
            side = min(x.shape[-2:])
            small = [resize(middle(y, side), (SIZE, SIZE)) for y in (x, torch.stack(maps).mean(dim=0))]
            pictures.append(to_uint8(small[0]).transpose(2, 0, 1))
            sketches.append(to_uint8(contour_sketch(small[1][:, :1])).transpose(2, 0, 1))
    return Split(np.stack(sketches), np.stack(pictures), np.zeros((len(pictures), 0, 0), np.uint8))


def one(name: str, seed: int, folder: Path, train: Split, test: Split) -> tuple[dict[str, Any], torch.Tensor | None]:
    """Train one cell and score it: its result, and for seed 0 of the drawn world the answers to ``SHOWN``."""
    cell = CELLS[name]
    inputs, targets = sides(train, cell.task)
    batches = pix2pix.array_pairs(inputs[: cell.pairs], targets[: cell.pairs], cell.recipe)
    if cell.shipped:
        net, progress = zoo.load(cell.shipped), Progress(step=cell.recipe.steps)
    else:
        training = pix2pix.Pix2Pix(cell.recipe, seed, batches, zoo.load("pocket_first"))
        progress = fit(training, folder, resume=(folder / CHECKPOINT).exists())
        net = training.result
    store.check_finished(progress, cell.recipe.steps)
    asked, _ = sides(test, cell.task)
    made = {mode: answers(net, asked, *switches) for mode, switches in MODES.items() if mode in modes(cell)}
    scores = {mode: score(x, test, cell.task) for mode, x in made.items()}
    result = result_of(name, seed, facts(cell), cell.recipe, scores, progress, "s2s experiments cgan")
    shown = seed == 0 and cell.task != "contours"
    return result, made["evaluation"][list(SHOWN)] if shown else None


def facts(cell: Cell) -> dict[str, Any]:
    """What a result depends on beside its recipe and seed."""
    return {"pairs": cell.pairs, "task": cell.task, "world": VERSION}


def sides(split: Split, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets of a task, bytes (n, 3, H, W)."""
    if task == "labels":
        return split.pictures, np.ascontiguousarray(PALETTE[split.labels].transpose(0, 3, 1, 2))
    return split.sketches, split.pictures


# How the generator is run on the test pairs: (dropout on, statistics of the batch instead of running ones).
MODES = {
    "evaluation": (False, False),
    "batch statistics": (False, True),
    "dropout": (True, False),
    "dropout and batch statistics": (True, True),  # section 3.3 of pix2pix: exactly as in training
}


def modes(cell: Cell) -> set[str]:
    """The ways to run a generator that make a difference for a cell."""
    if cell.recipe.norm == "batch":
        return set(MODES)
    return {"evaluation", "dropout"}


@torch.no_grad()
def answers(net: nn.Module, inputs: np.ndarray, dropout: bool, batch_statistics: bool) -> torch.Tensor:
    """What ``net`` makes of each input by itself, (n, 3, H, W) in [0, 1]."""
    torch.manual_seed(0)
    net.eval()
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.train(dropout)
        if isinstance(module, nn.BatchNorm2d):
            module.train(batch_statistics)
            module.momentum = 0.0  # looking must not change the running statistics
    return torch.cat([net(from_planes(x[None])) for x in inputs])


def score(made: torch.Tensor, test: Split, task: str) -> dict[str, float]:
    """All scores of the answers to the test pairs."""
    labels = torch.from_numpy(test.labels.astype(np.int64))
    if task == "labels":
        found = segmentation_scores(nearest_label(made), labels, len(LABELS))
    else:
        found = picture_scores(made, test)
    if task == "picture":
        found |= {f"FCN {key}": value for key, value in fcn_score(made, labels, zoo.load("segmenter")).items()}
    return rounded(found)


def picture_scores(made: torch.Tensor, test: Split) -> dict[str, float]:
    """Scores of generated pictures beside the true ones and their sketches."""
    true, sketch = (from_planes(x) for x in (test.pictures, test.sketches))
    common = pooled_intersection(made, true)
    judge, layer = cast(FirstPocket, zoo.load("pocket_first")), "relu4_3"
    features = MeanFeatures(judge, layer, COMPONENTS[layer], judge.scale[tuple(COMPONENTS).index(layer)].item())
    means: dict[str, Callable[..., Any]] = {"L1": l1, "PSNR": psnr, "SSIM": ssim}
    return {
        **{name: metric(made, true).mean() for name, metric in means.items()},
        **dict(zip("Lab", common, strict=True)),
        "edge F1": edge_f1(made, sketch).mean(),
        "KID": kid(made, true, features)[0],
    }


def nearest_label(made: torch.Tensor) -> torch.Tensor:
    """The class whose color is nearest to each pixel; (N, H, W) int64."""
    colors = torch.from_numpy(PALETTE).float() / 255
    pixels = made.permute(0, 2, 3, 1).reshape(len(made), -1, 3)
    nearest = [torch.cdist(x[None], colors[None]).argmin(dim=-1) for x in pixels]
    return torch.cat(nearest).view(len(made), *made.shape[-2:])


def results(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The stored results of each cell, by seed; a cell without any has an empty list."""
    return {name: results_of(name, folder) for name in CELLS}


def stale(result: dict[str, Any]) -> bool:
    """Whether a stored result is of another recipe or another version of the drawn world than the cell now says."""
    cell = CELLS[result["cell"]]
    return store.stale(result, facts(cell), cell.recipe)
