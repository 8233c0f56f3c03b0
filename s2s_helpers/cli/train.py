"""``s2s train``, ``s2s score``, ``s2s experiments``: networks made and measured again; the runs of the chapters."""

import dataclasses
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar
from unicodedata import normalize

import typer
from typer.core import TyperGroup

from .common import RECIPES

if TYPE_CHECKING:
    import torch

    from ..train import any_style, pencil, pix2pix, pocket, segment, style, superres

    Johnson = style.PaintingRecipe | any_style.AnyStyleRecipe | superres.SuperResolutionRecipe
    Distilled = pocket.DistillationRecipe | pencil.PencilRecipe
    Recipe = Johnson | pix2pix.Pix2PixRecipe | Distilled | segment.SegmentRecipe


class Remembering(TyperGroup):
    """Commands that find in ``context.obj`` what was typed, for the card."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.obj = shlex.join(["s2s", "train", *args])
        return super().parse_args(ctx, args)


train = typer.Typer(
    cls=Remembering, no_args_is_help=True, help="Train a network; go on with --resume. Ctrl-C saves and stops."
)
experiments = typer.Typer(
    no_args_is_help=True, help="Run the experiments of the chapters that have no stored result yet."
)
score = typer.Typer(no_args_is_help=True, help="Measure a network on held-out data and write its card.")

RecipeName = Annotated[Literal["paper", "authors", "book"], typer.Option(help="See chapter 08: whose settings.")]
StyleRecipeName = Annotated[Literal["paper", "authors", "book"], typer.Option(help="See chapter 13: whose settings.")]
Steps = Annotated[int | None, typer.Option(help="Steps in all, if not the recipe's.", min=1)]
Batch = Annotated[int | None, typer.Option(help="Pictures in a step, if not the recipe's.", min=1)]
Rate = Annotated[float | None, typer.Option("--lr", help="The learning rate, if not the recipe's.", min=0)]
Side = Annotated[int | None, typer.Option("--size", help="Pixels of a side of the crops, if not the recipe's.", min=16)]
Weight = Annotated[float | None, typer.Option(help="The weight of this term of the loss, if not the recipe's.", min=0)]
Seed = Annotated[int, typer.Option(help="The run is a function of recipe, seed and data.")]
Out = Annotated[Path, typer.Option(help="Folder for weights, card, checkpoints and previews.")]
Begin = Annotated[str | None, typer.Option(help="A network to begin with: a name of `s2s list`, or a file.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in the folder.")]
Photos = Annotated[list[Path], typer.Option(help="A folder of photos; may be given several times.")]
Archives = Annotated[
    list[Path], typer.Option(help="A folder of photos, or of tar archives with photos; may be given several times.")
]
Contours = Annotated[list[Path], typer.Option(help="A folder of photos with contours drawn by people (NAME_*.png).")]
HeldOut = Annotated[Path, typer.Option(help="A folder of photos that the training never saw.")]
Styles = Annotated[
    list[Path], typer.Option(help="A style picture; its name is that of the style. May be given several times.")
]
Paintings = Annotated[list[Path], typer.Option(help="A folder of style pictures; may be given several times.")]
Pairs = Annotated[
    Path,
    typer.Argument(
        help="A folder with sketch/ and picture/ (or A and B, trainA and trainB), or of files with both side by side."
    ),
]
SketchSide = Annotated[
    Literal["left", "right"], typer.Option(help="Where the sketch is in files with both; facades and maps: right.")
]
Cmp = Annotated[
    Path, typer.Argument(help="The folder of the CMP facades: train and test, photo and label map side by side.")
]
Facades = Annotated[Path, typer.Option(help="The folder of the CMP facades, likewise.")]
TeacherFile = Annotated[Path, typer.Option(help="Weights of a teacher (.safetensors).")]
HEDFile = Annotated[Path, typer.Option(help="Weights of HED (.npz or .safetensors).")]
Weights = Annotated[Path, typer.Argument(help="The .safetensors file to score; its card lies beside it.")]
Judge = Annotated[str, typer.Option(help="A segmentation network: a name of `s2s list`, or a file.")]
Network = Annotated[str, typer.Option(help="The loss network: pocket, vgg16 or vgg19.")]
NetworkWeights = Annotated[Path | None, typer.Option(help="A file with the weights of the loss network.")]
Only = Annotated[list[str], typer.Option(help="A cell, by its name; may be given several times. All, if none is.")]
Seeds = Annotated[int, typer.Option(help="How many seeds of each cell.", min=1)]
First = Annotated[int, typer.Option(help="The first seed.", min=0)]
Results = Annotated[Path, typer.Option(help="Folder for the results.")]
Work = Annotated[Path, typer.Option(help="Folder for checkpoints.")]
OUT = Path("data/cache/runs")
R = TypeVar("R", bound="Recipe")


def changed(recipe: R, size: int | None = None, **given: float | None) -> R:
    """A recipe with what is given instead of its own; None changes nothing. ValueError for what is not possible."""
    from ..train import pix2pix

    known: Any = recipe
    if size:
        is_gan = isinstance(recipe, pix2pix.Pix2PixRecipe)
        known = pix2pix.at_size(known, size) if is_gan else dataclasses.replace(known, size=size)
    return dataclasses.replace(known, **{key: value for key, value in given.items() if value is not None})


def tell_end(path: Path) -> None:
    """Say where the weights are, and what to do with them; of a training that was stopped, how it goes on.

    With several processes the first one says it.
    """
    from .. import zoo
    from ..runtime.processes import processes

    if not processes().is_main_process:
        return
    card = zoo.card(str(path))
    typer.echo(path)
    if card["steps"] < card["recipe"]["steps"]:
        done = f"stopped at step {card['steps']} of {card['recipe']['steps']}"
        typer.echo(f"{done}; to go on, give the same command with --resume ({path.with_suffix('')})", err=True)
    typer.echo(f"next: {next_command(path, card)}", err=True)


def next_command(path: Path, card: dict[str, Any]) -> str:
    """A command that uses the weights at ``path``, of the kind that their ``card`` tells."""
    words = {
        "generator": ["picture", "drawing.png", "--generator", str(path)],
        "style": ["stylize", "photo.jpg", "--painter", str(path), "--style", card.get("styles", [""])[0]],
        "super-resolution": ["upscale", "photo.jpg", "--network", str(path)],
        "loss network": ["optimize", "photo.jpg", "style.jpg", "--weights", str(path)],
        "segmentation": ["score", path.stem.replace("_", "-"), str(path)],
        "edge detector": ["score", "pencil", str(path), "--held-out", "photos", "--hed", "hed.npz"],
        "any style": ["stylize", "photo.jpg", "--painter", str(path), "--style", "painting.jpg"],
    }[card["kind"]]
    if card["kind"] == "super-resolution":
        words += ["--factor", str(card["arguments"]["factor"])]
    if path.stem == "cmp_segmenter":
        words += ["facades"]
    return shlex.join(["s2s", *words])


@train.command("facade")
def train_facade(
    context: typer.Context,
    recipe: RecipeName = "book",
    steps: Steps = None,
    batch: Batch = None,
    lr: Rate = None,
    size: Side = None,
    lambda_l1: Weight = None,
    lambda_gan: Weight = None,
    lambda_features: Weight = None,
    seed: Seed = 0,
    out: Out = OUT,
    start: Begin = None,
    resume: Resume = False,
) -> None:
    """The generator of facades, on 400 pairs of the drawn world."""
    from ..runs.shipped import facade
    from ..train import pix2pix

    weights = {"lambda_l1": lambda_l1, "lambda_gan": lambda_gan, "lambda_features": lambda_features}
    settings = changed(getattr(pix2pix, RECIPES[recipe]), size, steps=steps, batch=batch, lr=lr, **weights)
    tell_end(facade.train(settings, seed, out, start, resume, context.obj))


@train.command("pairs")
def train_pairs(
    context: typer.Context,
    folder: Pairs,
    sketch_side: SketchSide = "left",
    recipe: RecipeName = "book",
    steps: Steps = None,
    batch: Batch = None,
    lr: Rate = None,
    size: Side = None,
    lambda_l1: Weight = None,
    lambda_gan: Weight = None,
    lambda_features: Weight = None,
    seed: Seed = 0,
    out: Out = OUT,
    start: Begin = None,
    resume: Resume = False,
) -> None:
    """A generator of your own, on a folder of pairs of sketch and picture."""
    from ..runs.shipped import pairs
    from ..train import pix2pix

    weights = {"lambda_l1": lambda_l1, "lambda_gan": lambda_gan, "lambda_features": lambda_features}
    settings = changed(getattr(pix2pix, RECIPES[recipe]), size, steps=steps, batch=batch, lr=lr, **weights)
    tell_end(pairs.train(settings, seed, out, folder, sketch_side, start, resume, context.obj))


@train.command("cmp-facades")
def train_cmp_facades(
    context: typer.Context,
    folder: Cmp,
    steps: Steps = None,
    seed: Seed = 0,
    out: Out = OUT,
    start: Begin = None,
    resume: Resume = False,
) -> None:
    """The generator of photos of facades from label maps, on pix2pix's own data."""
    from ..runs.shipped import cmp_facades

    tell_end(cmp_facades.train(changed(cmp_facades.CMP, steps=steps), seed, out, folder, start, resume, context.obj))


@train.command("cmp-segmenter")
def train_cmp_segmenter(
    context: typer.Context,
    folder: Cmp,
    steps: Steps = None,
    seed: Seed = 0,
    out: Out = OUT,
    resume: Resume = False,
) -> None:
    """The segmentation network behind the FCN-score of photos, on pix2pix's own data."""
    from ..runs.shipped import cmp_segmenter

    recipe = changed(cmp_segmenter.CMP_SEGMENTER, steps=steps)
    tell_end(cmp_segmenter.train(recipe, seed, out, folder, resume, context.obj))


@train.command("house")
def train_house(
    context: typer.Context,
    photos: Photos,
    facades: Facades,
    steps: Steps = None,
    seed: Seed = 0,
    out: Out = OUT,
    start: Begin = None,
    resume: Resume = False,
) -> None:
    """The generator of pictures of buildings from drawings, with color hints or without."""
    from ..runs.shipped import house

    tell_end(house.train(changed(house.HOUSE, steps=steps), seed, out, photos, facades, start, resume, context.obj))


@train.command("photo")
def train_photo(
    context: typer.Context,
    photos: Photos,
    contours: Contours = [],  # noqa: B006
    steps: Steps = None,
    batch: Batch = None,
    lr: Rate = None,
    size: Side = None,
    lambda_l1: Weight = None,
    lambda_gan: Weight = None,
    lambda_features: Weight = None,
    seed: Seed = 0,
    out: Out = OUT,
    start: Begin = None,
    resume: Resume = False,
) -> None:
    """The generator of photos, on line drawings made from your photos."""
    from ..runs.shipped import photo

    weights = {"lambda_l1": lambda_l1, "lambda_gan": lambda_gan, "lambda_features": lambda_features}
    settings = changed(photo.PHOTO, size, steps=steps, batch=batch, lr=lr, **weights)
    tell_end(photo.train(settings, seed, out, photos, contours, start, resume, context.obj))


@train.command("painter")
def train_painter(
    context: typer.Context,
    photos: Archives,
    style: Styles,
    recipe: StyleRecipeName = "book",
    steps: Steps = None,
    batch: Batch = None,
    lr: Rate = None,
    size: Side = None,
    content_weight: Weight = None,
    style_weight: Weight = None,
    tv_weight: Weight = None,
    seed: Seed = 0,
    out: Out = OUT,
    network: Network = "pocket",
    weights: NetworkWeights = None,
    start: Begin = None,
    resume: Resume = False,
) -> None:
    """The style network: one network for all the style pictures given, and for those that we draw."""
    from ..runs.shipped import painter
    from ..train import style as training

    known = painter.PAINTER if recipe == "book" else getattr(training, RECIPES[recipe])
    terms = {"content_weight": content_weight, "style_weight": style_weight, "tv_weight": tv_weight}
    settings = changed(known, size, steps=steps, batch=batch, lr=lr, **terms)
    looks = style_pictures(style)
    tell_end(painter.train(settings, seed, out, photos, looks, network, weights, start, resume, context.obj))


@train.command("adjustable")
def train_adjustable(
    context: typer.Context,
    photos: Archives,
    style: Styles,
    steps: Steps = None,
    batch: Batch = None,
    lr: Rate = None,
    size: Side = None,
    seed: Seed = 0,
    out: Out = OUT,
    network: Network = "pocket",
    weights: NetworkWeights = None,
    start: Begin = "painter",
    resume: Resume = False,
) -> None:
    """The style network that takes the loss weights as an input."""
    from ..runs.shipped import painter
    from ..train.style import ADJUSTABLE

    settings = changed(ADJUSTABLE, size, steps=steps, batch=batch, lr=lr)
    looks = style_pictures(style)
    tell_end(painter.train(settings, seed, out, photos, looks, network, weights, start, resume, context.obj))


@train.command("any-style")
def train_any_style(
    context: typer.Context,
    photos: Archives,
    paintings: Paintings,
    network: Network = "pocket",
    weights: NetworkWeights = None,
    start: Begin = None,
    steps: Steps = None,
    batch: Batch = None,
    lr: Rate = None,
    size: Side = None,
    seed: Seed = 0,
    out: Out = OUT,
    resume: Resume = False,
) -> None:
    """One network for every painting, on photos and paintings."""
    from ..runs.shipped import any_style
    from ..train.any_style import AnyStyleRecipe

    settings = changed(AnyStyleRecipe(), size, steps=steps, batch=batch, lr=lr)
    tell_end(any_style.train(settings, seed, out, photos, paintings, network, weights, start, resume, context.obj))


@train.command("superres")
def train_superres(
    context: typer.Context,
    photos: Archives,
    factor: Annotated[Literal["2", "4", "8"], typer.Option(help="How many times larger.")] = "4",
    loss: Annotated[Literal["pixel", "feature"], typer.Option(help="What is compared: pixels, or features.")] = "pixel",
    recipe: Annotated[Literal["paper", "book"], typer.Option(help="Whose settings: see chapter 18.")] = "book",
    steps: Steps = None,
    batch: Batch = None,
    lr: Rate = None,
    size: Side = None,
    seed: Seed = 0,
    out: Out = OUT,
    network: Network = "pocket",
    weights: NetworkWeights = None,
    start: Begin = None,
    resume: Resume = False,
) -> None:
    """A super-resolution network: it learns to undo what made your photos small."""
    from ..runs.shipped import superres
    from ..train import superres as training

    known = training.recipe_of(recipe, int(factor), loss)
    settings = changed(known, size, steps=steps, batch=batch, lr=lr)
    path = superres.train(settings, seed, out, photos, network, weights, start, resume, context.obj)
    tell_end(path)


def style_pictures(paths: list[Path]) -> dict[str, "torch.Tensor"]:
    """Style pictures by the names of their files.

    Raises ValueError for two files of one name.
    """
    from ..images import load_picture
    from ..runs.shipped.painter import STYLE_SIZE

    names: dict[str, Path] = {}
    for path in paths:
        name = normalize("NFC", path.stem)  # macOS writes accents as letters of their own
        if other := names.get(name):
            raise ValueError(f"{path}: a style of this name is given already, {other}; rename one")
        names[name] = path
    return {name: load_picture(path, STYLE_SIZE) for name, path in names.items()}


@train.command("pocket")
def train_pocket(
    context: typer.Context,
    photos: Photos,
    style: Paintings,
    vgg16: TeacherFile,
    steps: Steps = None,
    seed: Seed = 0,
    out: Out = OUT,
    resume: Resume = False,
) -> None:
    """The loss network: a part of VGG-16, taught by the whole."""
    from ..runs.shipped import pocket
    from ..train.pocket import DistillationRecipe

    settings = changed(DistillationRecipe(), steps=steps)
    tell_end(pocket.train(settings, seed, out, photos, style, vgg16, resume, context.obj))


@train.command("pencil")
def train_pencil(
    context: typer.Context,
    photos: Photos,
    hed: HEDFile,
    steps: Steps = None,
    seed: Seed = 0,
    out: Out = OUT,
    resume: Resume = False,
) -> None:
    """The network that finds the lines that a person would draw, taught by HED."""
    from ..runs.shipped import pencil
    from ..train.pencil import PencilRecipe

    tell_end(pencil.train(changed(PencilRecipe(), steps=steps), seed, out, photos, hed, resume, context.obj))


@train.command("segmenter")
def train_segmenter(
    context: typer.Context, steps: Steps = None, seed: Seed = 0, out: Out = OUT, resume: Resume = False
) -> None:
    """The segmentation network behind the FCN-score, on the drawn world."""
    from ..runs.shipped import segmenter
    from ..train import segment

    tell_end(segmenter.train(changed(segment.SegmentRecipe(), steps=steps), seed, out, resume, context.obj))


@experiments.command("cgan")
def experiments_cgan(
    only: Only = [],  # noqa: B006
    seeds: Seeds = 3,
    first: First = 0,
    out: Results = Path("data/results/cgan"),
    work: Work = Path("data/cache/experiments"),
    contours: Contours = [],  # noqa: B006
    held_out: Annotated[
        Path | None, typer.Option(help="The same, to test with; without both no `contours` cells.")
    ] = None,
) -> None:
    """The ablations of the conditional GAN, chapters 03 to 09 (hours). Ctrl-C stops; nothing is lost."""
    from ..runs.ablations.cgan import CELLS, run

    tell(run(only or list(CELLS), range(first, first + seeds), out, work, contours, held_out), out, work)


@experiments.command("style")
def experiments_style(
    only: Only = [],  # noqa: B006
    seeds: Seeds = 3,
    first: First = 0,
    out: Results = Path("data/results/style"),
    work: Work = Path("data/cache/experiments/style"),
    photos: Photos = [],  # noqa: B006
    held_out: Annotated[Path | None, typer.Option(help="The same, to test with; without both the drawn world.")] = None,
) -> None:
    """The ablations of the fast style network, chapter 13 (an hour). Ctrl-C stops; nothing is lost."""
    from ..runs.ablations.fast_style import CELLS, run

    tell(run(only or list(CELLS), range(first, first + seeds), out, work, photos, held_out), out, work)


@experiments.command("cascade")
def experiments_cascade(
    only: Only = [],  # noqa: B006
    seeds: Seeds = 1,
    first: First = 0,
    out: Results = Path("data/results/cascade"),
    work: Work = Path("data/cache/experiments/cascade"),
) -> None:
    """Two stages against training end to end, chapter 14 (an hour). Ctrl-C stops; nothing is lost."""
    from ..runs.ablations.cascade import CELLS, run

    tell(run(only or list(CELLS), range(first, first + seeds), out, work), out, work)


def tell(runs: Iterable[tuple[str, int, dict[str, Any]]], *folders: Path) -> None:
    """Do the ``runs``, which write into ``folders``, and print a line about each."""
    from ..images import make_folder

    for folder in folders:
        make_folder(folder)
    for name, seed, result in runs:
        best = " ".join(f"{key} {value:.4g}" for key, value in result["scores"]["evaluation"].items())
        typer.echo(f"{name}, seed {seed}, {result['seconds']:.0f} s: {best}")


@score.command("segmenter")
def score_segmenter(weights: Weights) -> None:
    """On the 100 true test pictures of the drawn world: the ceiling of the FCN-score."""
    from ..runs.shipped import segmenter

    segmenter.score(weights)


@score.command("facade")
def score_facade(weights: Weights) -> None:
    """On the 100 test pairs of the drawn world."""
    from ..runs.shipped import facade

    facade.score(weights)


@score.command("cmp-segmenter")
def score_cmp_segmenter(weights: Weights, folder: Cmp) -> None:
    """On the true photos of the test part: the ceiling of the FCN-score."""
    from ..runs.shipped import cmp_segmenter

    cmp_segmenter.score(weights, folder)


@score.command("cmp-facades")
def score_cmp_facades(weights: Weights, folder: Cmp, vgg16: TeacherFile, judge: Judge = "cmp_segmenter") -> None:
    """By L1, by the FCN-score and by the features of the real VGG-16, on the test part."""
    from ..runs.shipped import cmp_facades

    cmp_facades.score(weights, folder, vgg16, judge)


@score.command("house")
def score_house(weights: Weights, held_out: HeldOut, vgg16: TeacherFile, hed: HEDFile) -> None:
    """By L1, by the features of the real VGG-16 and by what color hints reach, on photos that it never saw."""
    from ..runs.shipped import house

    house.score(weights, held_out, vgg16, hed)


@score.command("photo")
def score_photo(weights: Weights, photos: Photos, held_out: HeldOut, contours: Contours = []) -> None:  # noqa: B006
    """On photos with contours that people drew."""
    from ..runs.shipped import photo

    photo.score(weights, photos, contours, held_out)


@score.command("painter")
def score_painter(weights: Weights, held_out: HeldOut, vgg16: TeacherFile, style: Styles = []) -> None:  # noqa: B006
    """By the real VGG-16, and against the optimization from noise, on photos that it never saw."""
    from ..runs.shipped import painter

    painter.score(weights, held_out, style_pictures(style), vgg16)


@score.command("any-style")
def score_any_style(
    weights: Weights,
    held_out: HeldOut,
    paintings: Annotated[Path, typer.Option(help="A folder of paintings that the training never saw.")],
    vgg16: TeacherFile,
) -> None:
    """By the real VGG-16, and beside the optimization from noise, on photos and paintings that it never saw."""
    from ..runs.shipped import any_style

    any_style.score(weights, held_out, paintings, vgg16)


@score.command("pencil")
def score_pencil(weights: Weights, held_out: HeldOut, hed: HEDFile) -> None:
    """By contours that people drew, beside HED and drawings without a network."""
    from ..runs.shipped import pencil

    pencil.score(weights, held_out, hed)


@score.command("superres")
def score_superres(
    weights: Weights,
    held_out: HeldOut,
    vgg16: TeacherFile,
    set5: Annotated[Path | None, typer.Option(help="The folder of the benchmark Set5, with NAME_SRF_4_HR.png.")] = None,
    out: Results = Path("data/results/superres"),
) -> None:
    """By PSNR and SSIM on Y and by the features of VGG-16, beside the bicubic enlargement."""
    from ..runs.shipped import superres

    for name, ways in superres.score(weights, held_out, set5, vgg16, out)["scores"].items():
        for way, row in ways.items():
            typer.echo(f"{name:8} {way:8} " + " ".join(f"{key} {value:.4g}" for key, value in row.items()))


@score.command("pocket")
def score_pocket(weights: Weights, held_out: HeldOut, vgg16: TeacherFile, style: Styles) -> None:
    """By VGG-16: its losses on photos as they are, stylized and noisy, and pictures that are found through it."""
    from ..runs.shipped import pocket

    pocket.score(weights, held_out, style_pictures(style), vgg16)
