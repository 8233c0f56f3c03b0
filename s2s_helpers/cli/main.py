"""The command line ``s2s``: a thin layer over the functions that the chapters use.

Heavy libraries are imported inside the commands, so that ``s2s --help`` answers at once.
"""

import errno
import sys
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from .common import (
    PAINTER,
    RECIPES,
    Clean,
    Device,
    DrawingSize,
    Format,
    Out,
    Overwrite,
    Painter,
    Photo,
    Place,
    Quality,
    Quiet,
    Replace,
    Size,
    check_file,
    each,
    place_for,
    read,
    say,
    usual_style,
)
from .controls import Colors, Mask, Strength, Stroke, Style, controls_from
from .foreign import import_weights
from .hints import Answers, Hints, reader
from .paintings import painter_for
from .stylize import painting, stylize
from .train import experiments, score, train

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="From a line drawing to a picture to a painting.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(train, name="train")
app.add_typer(score, name="score")
app.add_typer(experiments, name="experiments")

Drawing = Annotated[
    Path,
    typer.Argument(
        help="A line drawing, or a folder of them: PNG, JPEG, WebP, GIF, BMP, TIFF, AVIF; also photographed, in "
        "pencil, blue ink or chalk."
    ),
]
Generator = Annotated[str, typer.Option(help="The generator: a name of `s2s list`, or a .safetensors file.")]
# What to take less of where memory is full, if not a smaller picture by --size.
SMALLER = {
    "stylize": "a smaller --size or --tile",
    "train": "a smaller --batch or --size",
    "upscale": "a smaller picture or --factor",
    "score": "fewer or smaller photos",
}
Weight = Annotated[float | None, typer.Option(help="The weight of this term of eq 9.", min=0)]


def tell_version(wanted: bool) -> None:
    """Print the version and end, if that is wanted."""
    from .. import __version__

    if wanted:
        typer.echo(f"s2s {__version__}")
        raise typer.Exit


@app.callback()
def whole(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=tell_version, is_eager=True)
    ] = False,
) -> None:
    """From a line drawing to a picture to a painting."""


@app.command()
def run(
    drawing: Drawing,
    style: Style = None,
    out: Out = Path("out"),
    overwrite: Overwrite = False,
    form: Format = None,
    quality: Quality = None,
    generator: Generator = "facade",
    painter: Painter = PAINTER,
    size: DrawingSize = 256,
    clean: Clean = "auto",
    hints: Hints = None,
    stroke: Stroke = 1.0,
    strength: Strength = 1.0,
    colors: Colors = "style",
    mask: Mask = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Make a picture of a drawing, repaint it, and lay the three side by side; of each drawing in a folder."""
    from ..data.hints import colored
    from ..images import contact_sheet, load_picture
    from ..pipeline import SketchToStyle
    from ..runtime.device import device_named

    more = [hints] if hints else []
    painter, files = painter_for(painter, style, mask)
    place = place_for(drawing, out, overwrite, form, quality, results=3, besides=[*more, *files])
    paintings = {str(file): load_picture(file) for file in files}
    chain = SketchToStyle(generator, painter, device=device_named(device), paintings=paintings).load()
    look = {"stroke": stroke, "strength": strength, "colors": colors}
    wished = controls_from(style or usual_style(chain), mask, chain.styles, **look)
    paint, how, ending = painting(wished, chain, size)
    drawn = reader(chain, drawing, hints, size, clean)
    made = repr((generator, size, clean))

    def one(path: Path, place: Place) -> None:
        sketch, painted = drawn(path)
        settings = {"picture": made, ending: made + how, "sheet": made + how}
        writers = place.writers(path, settings, *more)
        picture = chain.picture(sketch, painted)
        stylized = paint(picture)
        results = picture, stylized, contact_sheet([[colored(sketch, painted), picture, stylized]])
        for write, result in zip(writers, results, strict=True):
            write(result)

    each(drawing, place, one)


@app.command()
def picture(
    drawing: Drawing,
    out: Out = Path("out"),
    overwrite: Overwrite = False,
    form: Format = None,
    quality: Quality = None,
    generator: Generator = "facade",
    size: DrawingSize = 256,
    clean: Clean = "auto",
    hints: Hints = None,
    answers: Answers = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Make a picture of a drawing, or of each in a folder; or several, with a sheet of them."""
    from ..data.hints import colored
    from ..images import contact_sheet
    from ..pipeline import SketchToStyle
    from ..runtime.device import device_named

    more = [hints] if hints else []
    endings = [*(f"picture_{i + 1}" for i in range(answers)), "picture_sheet"] if answers else ["picture"]
    place = place_for(drawing, out, overwrite, form, quality, results=len(endings), besides=more)
    chain = SketchToStyle(generator, device=device_named(device))
    if answers:
        chain.check_answers(answers)
    drawn = reader(chain, drawing, hints, size, clean)
    made = repr((generator, size, clean))

    def one(path: Path, place: Place) -> None:
        sketch, painted = drawn(path)
        writers = place.writers(path, {name: f"{made} {name}" if answers else made for name in endings}, *more)
        if answers:
            results = chain.answers(sketch, answers, painted)
            results.append(contact_sheet([[colored(sketch, painted), *results]]))
        else:
            results = [chain.picture(sketch, painted)]
        for write, result in zip(writers, results, strict=True):
            write(result)

    each(drawing, place, one)


app.command()(stylize)
app.command("import")(import_weights)


@app.command()
def optimize(
    photo: Photo,
    style: Annotated[Path, typer.Argument(help="The style picture: of any size and shape, in the same formats.")],
    out: Out = Path("out"),
    overwrite: Overwrite = False,
    form: Format = None,
    quality: Quality = None,
    recipe: Annotated[
        Literal["paper", "authors", "book"], typer.Option(help="Whose settings: see chapter 12.")
    ] = "book",
    start: Annotated[
        Literal["noise", "content", "style", "gray"] | None,
        typer.Option(help="Where to begin: noise, the picture itself, noise in the colors of the style, a flat gray."),
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Iterations at each scale.", min=1)] = None,
    scales: Annotated[int | None, typer.Option(help="Sizes to go through, each twice the one before.", min=1)] = None,
    content_weight: Weight = None,
    style_weight: Weight = None,
    tv_weight: Weight = None,
    network: Annotated[str, typer.Option(help="The loss network: pocket, vgg16 or vgg19.")] = "pocket",
    weights: Annotated[Path | None, typer.Option(help="A file with the weights of the loss network.")] = None,
    seed: Annotated[int, typer.Option(help="Of the noise.")] = 0,
    size: Size = 512,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Repaint a picture in the style of another one, slowly, without a network made for it. Ctrl-C keeps what there is.

    What is not given is as in the recipe.
    """
    from dataclasses import replace

    from .. import zoo
    from ..optimize import gatys
    from ..runtime.device import device_named

    place = place_for(photo, out, overwrite, form, quality, besides=[style])
    given: dict[str, Any] = {"start": start, "steps": steps, "scales": scales}
    given |= {"content_weight": content_weight, "style_weight": style_weight, "tv_weight": tv_weight}
    changes = {key: value for key, value in given.items() if value is not None}
    chosen = replace(getattr(gatys, RECIPES[recipe]), **changes)
    where = device_named(device)
    phi = zoo.loss_network(network, weights).to(where)
    example = read(style, size).to(where)

    def one(path: Path, place: Place) -> None:
        content = read(path, size).to(where)
        write = place.writer(path, style.stem, repr((chosen, network, weights, seed, size)), style, like=path)
        found = gatys.stylize_by_optimization(content, example, chosen, phi, seed)
        say(f"{found.ended}; loss {found.loss:.4g} by {network}")
        write(found.picture.cpu())
        if found.ended.startswith("stopped"):
            raise typer.Exit  # by Ctrl-C: the rest of a folder is left

    each(photo, place, one)


@app.command()
def sketch(
    photo: Photo,
    out: Out = Path("out"),
    overwrite: Overwrite = False,
    form: Format = None,
    quality: Quality = None,
    size: Size = 1024,
    hand: Annotated[
        Literal["pencil", "ink", "edges"],
        typer.Option(help="pencil: the lines a person would draw; ink: lines and texture; edges: every edge, thin."),
    ] = "pencil",
    quiet: Quiet = False,
) -> None:
    """Turn a photo into a line drawing, or each in a folder."""
    from .. import zoo
    from ..data import sketches
    from ..pipeline.pencil import pencil_sketch

    ways = {"ink": sketches.sketch_from_photo, "edges": sketches.edges}
    draw = ways[hand] if hand in ways else partial(pencil_sketch, zoo.load("pencil"))

    def one(path: Path, place: Place) -> None:
        x = read(path, size)
        write = place.writer(path, "sketch" if hand == "pencil" else f"sketch_{hand}", repr((hand, size)))
        write(draw(x))

    each(photo, place_for(photo, out, overwrite, form, quality), one)


@app.command()
def shards(
    folder: Annotated[Path, typer.Argument(help="A folder of photos, with the folders in it.")],
    out: Annotated[Path, typer.Option(help="The folder for the archives; made if it is missing.")],
    seed: Annotated[int, typer.Option(help="Of their order.")] = 0,
) -> None:
    """Write photos as tar archives (WebDataset), from which `s2s train` reads more of them than fit into memory."""
    from ..data.pairs import find_pictures
    from ..data.shards import write_shards
    from ..images import make_folder

    find_pictures(folder)  # which tells what is wrong with it
    make_folder(out)
    for reason in write_shards(folder, out, seed).values():
        typer.echo(f"s2s: left out: {reason}", err=True)
    typer.echo(out)


@app.command()
def upscale(
    photo: Photo,
    factor: Annotated[Literal["2", "4", "8"], typer.Option(help="How many times larger.")] = "4",
    loss: Annotated[
        Literal["pixel", "feature"],
        typer.Option(help="What the network learned by: feature is sharper; pixel, for 4 only, more exact."),
    ] = "feature",
    network: Annotated[Path | None, typer.Option(help="A .safetensors file of your own instead.")] = None,
    match: Annotated[
        bool, typer.Option("--match-colors", help="Give the result the histograms of the picture.")
    ] = False,
    out: Out = Path("out"),
    overwrite: Overwrite = False,
    form: Format = None,
    quality: Quality = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Enlarge a picture 2, 4 or 8 times. It should be a small and clean one: blur and grain are enlarged too."""
    from .. import zoo
    from ..pipeline.upscaling import match_colors
    from ..pipeline.upscaling import upscale as enlarged
    from ..runtime.device import device_named

    place = place_for(photo, out, overwrite, form, quality)
    net = zoo.load(str(network or f"superres_x{factor}_{loss}"), "super-resolution").to(device_named(device))
    if net.factor != int(factor):
        raise ValueError(f"{network} enlarges {net.factor} times; say --factor {net.factor}")

    def one(path: Path, place: Place) -> None:
        small = read(path, 0)
        write = place.writer(path, f"x{factor}", repr((factor, loss, network, match)), like=path)
        made = enlarged(net, small)
        write(match_colors(made, small) if match else made)

    each(photo, place, one)


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="A generator or style network of `s2s list`, or a .safetensors file.")],
    out: Annotated[Path | None, typer.Option(help="The file; NAME.onnx without it.")] = None,
    overwrite: Replace = False,
    opset: Annotated[int, typer.Option(help="The version of ONNX's operators.", min=18, max=23)] = 20,
    batch: Annotated[int, typer.Option(help="How many pictures it takes at once.", min=1)] = 1,
) -> None:
    """Write a network as ONNX, for programs without PyTorch. Takes half a minute.

    Pictures of any size, RGB from 0 to 1, are made larger inside, to a multiple of what the network needs (256 for
    facade, 64 for photo, 4 for painter), and cut back. The weights, in float16, are inside; the order of the styles is
    in the metadata.
    """
    from .. import export, zoo

    zoo.card(name)
    path = out or Path(f"{Path(name).stem}.onnx")
    check_file(path, overwrite)
    export.write(export.whole(name, opset, batch), path)
    typer.echo(path)


@app.command("list")
def list_networks() -> None:
    """List the networks that came with the package, their styles, and the networks that can be downloaded."""
    from .. import zoo

    for name in zoo.names():
        facts = zoo.card(name)
        typer.echo(f"{name:19} {facts['kind']:16} {facts['bytes'] / 1e6:5.1f} MB  {facts['summary']}")
        if "styles" in facts:
            typer.echo(f"{'':19} styles: {', '.join(facts['styles'])}")
    for name, file in zoo.REMOTE.items():
        state = "on this machine" if zoo.downloaded(name).is_file() else f"not on this machine; `s2s download {name}`"
        typer.echo(f"{name:19} {'loss network':16} {file.megabytes:5.1f} MB  {state}")


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="vgg16 (553 MB) or vgg19 (575 MB).")],
    out: Annotated[Path | None, typer.Option(help="The folder; without it the cache, where the commands look.")] = None,
) -> None:
    """Download a large loss network. A download that was cut goes on where it was."""
    from .. import zoo

    size = zoo.remote(name).megabytes
    typer.echo(f"{name}: {size} MB, torchvision's ImageNet weights as published by timm, BSD 3-Clause", err=True)
    typer.echo(zoo.fetch(name, out))


def main() -> None:
    """Run the command line. Errors that a person can mend are one line on stderr and exit code 1.

    A process that is told to end or whose terminal is closed ends as after Ctrl-C (``runtime.signals``).
    """
    from ..runtime.signals import end_as_after_ctrl_c

    end_as_after_ctrl_c()
    for stream in (sys.stdout, sys.stderr):  # names of files may hold what the console has no letters for
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app(standalone_mode=True)
    except (OSError, ValueError, FloatingPointError, MemoryError, RuntimeError) as error:
        if not (line := told(error)):
            raise
        typer.echo(f"s2s: {line}", err=True)
        sys.exit(1)


def told(error: Exception) -> str:
    """The line about an error that a person can mend; empty for others."""
    if is_out_of_memory(error):
        remedy = SMALLER.get(next(iter(sys.argv[1:]), ""), "a smaller --size")
        return f"not enough memory; take {remedy}, or end other programs"
    if isinstance(error, OSError):
        return f"{error.filename}: " * bool(error.filename) + str(error.strerror or error)
    return "" if isinstance(error, RuntimeError) else str(error)  # PictureError and CheckpointError are ValueErrors


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory, that of the machine or of a graphics card, is full: torch and oneDNN say so by RuntimeErrors."""
    words = ("allocate memory", "not enough memory", "out of memory", "bad_alloc", "could not create a memory")
    is_told = isinstance(error, RuntimeError) and any(word in str(error) for word in words)
    return is_told or isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM
