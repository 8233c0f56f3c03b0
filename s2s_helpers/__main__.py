"""The command line ``s2s``: a thin layer over the functions that the chapters use.

Heavy libraries are imported inside the commands, so that ``s2s --help`` answers at once.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from .cli_train import experiments, score, train

app = typer.Typer(add_completion=False, no_args_is_help=True, help="From a line drawing to a picture to a painting.")

app.add_typer(train, name="train")
app.add_typer(score, name="score")
app.add_typer(experiments, name="experiments")

Drawing = Annotated[Path, typer.Argument(help="A line drawing, dark on white: PNG, JPEG, WebP, GIF, BMP or TIFF.")]
Photo = Annotated[Path, typer.Argument(help="A picture: PNG, JPEG, WebP, GIF, BMP or TIFF.")]
Generator = Annotated[str, typer.Option(help="The generator: a name of `s2s list`, or a .safetensors file.")]
Style = Annotated[str, typer.Option(help="A style of `s2s list`.")]
Painter = Annotated[str, typer.Option(help="The style network: a name of `s2s list`, or a .safetensors file.")]
Size = Annotated[
    int, typer.Option(help="Shrink pictures whose longer side has more pixels than this; 0 keeps them.", min=0)
]
Out = Annotated[Path, typer.Option(help="The folder for the results; made if it is missing.")]
Weight = Annotated[float | None, typer.Option(help="The weight of this term of eq 9.", min=0)]


def read(path: Path, size: int):
    """The picture at ``path``, shrunk to ``size`` with a word about it if it is larger."""
    from .images import load_picture, resize

    x = load_picture(path)
    height, width = x.shape[-2:]
    if size and max(height, width) > size:
        scale = size / max(height, width)
        x = resize(x, (max(1, round(height * scale)), max(1, round(width * scale))))
        typer.echo(f"{path}: {width}x{height} shrunk to {x.shape[-1]}x{x.shape[-2]}; --size 0 keeps it", err=True)
    return x


def write(x, path: Path) -> None:
    """Save a picture and say where."""
    from .images import save_picture

    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(x, path)
    typer.echo(path)


@app.command()
def run(
    drawing: Drawing,
    style: Style = "starry_night",
    out: Out = Path("out"),
    generator: Generator = "facade",
    painter: Painter = "painter",
    size: Size = 1024,
) -> None:
    """Make a picture of a drawing, repaint it, and lay the three side by side."""
    from .images import contact_sheet
    from .pipeline import SketchToStyle

    sketch = read(drawing, size)
    picture, stylized = SketchToStyle(generator, painter)(sketch, style)
    write(picture, out / f"{drawing.stem}_picture.png")
    write(stylized, out / f"{drawing.stem}_{style}.png")
    write(contact_sheet([[sketch, picture, stylized]]), out / f"{drawing.stem}_sheet.png")


@app.command()
def picture(drawing: Drawing, out: Out = Path("out"), generator: Generator = "facade", size: Size = 1024) -> None:
    """Make a picture of a drawing."""
    from .pipeline import SketchToStyle

    write(SketchToStyle(generator).picture(read(drawing, size)), out / f"{drawing.stem}_picture.png")


@app.command()
def stylize(
    photo: Photo, style: Style = "starry_night", out: Out = Path("out"), painter: Painter = "painter", size: Size = 1024
) -> None:
    """Repaint a picture in a style."""
    from .pipeline import SketchToStyle

    made = SketchToStyle(painter=painter).stylize(read(photo, size), style)
    write(made, out / f"{photo.stem}_{style}.png")


@app.command()
def optimize(
    photo: Photo,
    style: Annotated[Path, typer.Argument(help="The style picture: of any size and shape, in the same formats.")],
    out: Out = Path("out"),
    recipe: Annotated[Literal["paper", "released", "book"], typer.Option(help="Whose settings: see chapter 09.")] = "book",
    start: Annotated[
        Literal["noise", "content", "style"] | None,
        typer.Option(help="Where to begin: noise, the picture itself, or noise in the colors of the style."),
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
) -> None:
    """Repaint a picture in the style of another one, slowly, without a network made for it. Ctrl-C keeps what there is.

    What is not given is as in the recipe.
    """
    from dataclasses import replace

    from . import zoo
    from .optimize import gatys

    given = {"start": start, "steps": steps, "scales": scales}
    given |= {"content_weight": content_weight, "style_weight": style_weight, "tv_weight": tv_weight}
    chosen = replace(getattr(gatys, recipe.upper()), **{key: value for key, value in given.items() if value is not None})
    phi = zoo.loss_network(network, weights)
    found = gatys.stylize_by_optimization(read(photo, size), read(style, size), chosen, phi, seed)
    typer.echo(f"{found.ended}; loss {found.loss:.4g} by {network}", err=True)
    write(found.picture, out / f"{photo.stem}_{style.stem}.png")


@app.command()
def sketch(photo: Photo, out: Out = Path("out"), size: Size = 1024) -> None:
    """Turn a photo into a line drawing."""
    from .data.sketches import sketch_from_photo

    write(sketch_from_photo(read(photo, size)), out / f"{photo.stem}_sketch.png")


@app.command("list")
def list_networks() -> None:
    """List the networks that came with the package, their styles, and the networks that can be downloaded."""
    from . import zoo

    for name in zoo.names():
        facts = zoo.card(name)
        typer.echo(f"{name:10} {facts['kind']:13} {facts['bytes'] / 1e6:5.1f} MB  {facts['summary']}")
        if "styles" in facts:
            typer.echo(f"{'':10} styles: {', '.join(facts['styles'])}")
    for name, file in zoo.REMOTE.items():
        state = "on this machine" if zoo.downloaded(name).is_file() else f"not on this machine; `s2s download {name}`"
        typer.echo(f"{name:10} {'loss network':13} {file.megabytes:5.1f} MB  {state}")


@app.command()
def download(
    name: Annotated[str, typer.Argument(help="vgg16 (553 MB) or vgg19 (575 MB).")],
    out: Annotated[Path | None, typer.Option(help="The folder; without it the cache, where the commands look.")] = None,
) -> None:
    """Download a large loss network. A download that was cut goes on where it was."""
    from . import zoo

    size = zoo.remote(name).megabytes
    typer.echo(f"{name}: {size} MB, torchvision's ImageNet weights as published by timm, BSD 3-Clause", err=True)
    typer.echo(zoo.fetch(name, out))


def main() -> None:
    """Run the command line. Errors that a person can mend are one line on stderr and exit code 1."""
    try:
        app(standalone_mode=True)
    except (ValueError, FloatingPointError, OSError) as error:  # PictureError and CheckpointError among them
        typer.echo(f"s2s: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
