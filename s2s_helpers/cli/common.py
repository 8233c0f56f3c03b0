"""What the commands of ``s2s`` share: how they take pictures and where they leave them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

Photo = Annotated[
    Path,
    typer.Argument(
        help="A picture, or a folder of pictures: PNG, JPEG, WebP, GIF, BMP, TIFF; AVIF where Pillow has it."
    ),
]
Painter = Annotated[str, typer.Option(help="The style network: a name of `s2s list`, or a .safetensors file.")]
Size = Annotated[
    int, typer.Option(help="Shrink pictures whose longer side has more pixels than this; 0 keeps them.", min=0)
]
DrawingSize = Annotated[
    int,
    typer.Option(
        help="Shrink drawings whose longer side has more pixels than this; 0 keeps them. The generators learned from "
        "256 pixels and less: what is much larger becomes colored outlines without surfaces.",
        min=0,
    ),
]
Clean = Annotated[
    Literal["auto", "never"],
    typer.Option(
        help="Make a photographed drawing dark lines on white paper: auto does where it is not so, or colored."
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        help="The folder for the results; made if it is missing. What is there and was made of another file, or "
        "otherwise, stays, and the new result gets a longer name."
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what was made of another file, or otherwise.")]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option(help="Where to compute; auto is the graphics card, if there is one."),
]
RECIPES = {"paper": "PAPER", "authors": "AUTHORS_CODE", "book": "BOOK"}  # what modules with recipes call them
FIRST = "starry_night"  # the style, if none is named


def read(path: Path, size: int) -> "torch.Tensor":
    """The picture at ``path``, shrunk to ``size`` with a word about it if it is larger, or the first of several."""
    from ..images import count_pictures, load_picture, shrunk

    x = load_picture(path)
    if (n := count_pictures(path)) > 1:
        typer.echo(f"{path}: only the first of its {n} pictures is taken; for all save it as a film (MP4)", err=True)
    small = shrunk(x, size)
    if small is not x:
        was, now = (f"{y.shape[-1]}x{y.shape[-2]}" for y in (x, small))
        typer.echo(f"{path}: {was} shrunk to {now}; --size 0 keeps it", err=True)
    return small


def drawing_at(path: Path, size: int, clean: str) -> "torch.Tensor":
    """The drawing at ``path`` as ``read`` gives it, dark on white; with a word about it if it was not."""
    from ..data.sketches import dark_on_white

    x = read(path, size)
    if clean == "never":
        return x
    cleaned = dark_on_white(x)
    if cleaned is not x:
        typer.echo(
            f"{path}: not dark lines on white paper, so it was made so; --clean never takes it as it is", err=True
        )
    return cleaned


def each(source: Path, place: "Place", do: "Callable[[Path, Place], None]") -> None:
    """``do(picture, place)`` for the picture at ``source``, or for each in that folder and the folders in it.

    ``place`` gets the same folders. Failures are listed at the end, and make the exit code 1.
    """
    from ..pipeline.jobs import MISHAPS, sources

    if not source.is_dir():
        return do(source, place)
    found, left_out = sources(source, place.out)
    failures: dict[Path, Exception] = {}
    for line in left_out:
        typer.echo(f"left out: {line}", err=True)
    place.ready()
    for path in found:
        try:
            do(path, replace(place, out=place.out / path.relative_to(source).parent))
        except typer.Exit:  # not a mishap, though of their class
            raise
        except MISHAPS as error:
            failures[path] = error
    typer.echo(f"{place.out}: {len(found) - len(failures)} of {len(found)} pictures are done", err=True)
    for path, mishap in failures.items():
        reason = str(mishap) or type(mishap).__name__
        typer.echo(f"s2s: {reason if reason.startswith(str(path)) else f'{path}: {reason}'}", err=True)
    if failures:
        raise typer.Exit(1)


def usual_style(painter: str) -> str:
    """The style if none is named: ``FIRST``, or with a word about it the first that the painter knows."""
    from ..pipeline import SketchToStyle

    known = SketchToStyle(painter=painter).styles
    if FIRST in known:
        return FIRST
    typer.echo(f"{painter} paints {', '.join(known)}; taking {known[0]}", err=True)
    return known[0]


@dataclass(frozen=True)
class Place:
    """Where results go: the folder, and whether what is there in their places is replaced."""

    out: Path
    overwrite: bool = False

    def ready(self) -> None:
        """Make the folder and try it, before the work. Raises PictureError if nothing can be written there."""
        from ..images import make_folder

        make_folder(self.out)

    def free(self, source: Path, ending: str, is_ours: "Callable[[Path], bool]") -> Path:
        """The file for what is made of ``source`` (``jobs.free``), with a word if another one has the usual name."""
        from ..pipeline import jobs

        path = jobs.free(self.out, source, ending, lambda path: self.overwrite or is_ours(path))
        if path.name != (usual := f"{source.stem}_{ending}"):
            stays = "was made of another file or otherwise and stays; --overwrite replaces it"
            typer.echo(f"{self.out / usual} {stays}", err=True)
        return path


def write(x: "torch.Tensor", place: Place, source: Path, ending: str, settings: str, *more: Path) -> None:
    """Save what was made of the file ``source`` (and ``more``) by ``settings`` as ``SOURCE_ENDING.png``, and say where.

    A file of that name that was made of something else, or otherwise, stays, and the result gets a longer name.
    """
    from ..images import save_picture
    from ..pipeline.jobs import file_stamp, origin

    note = f"{file_stamp(source, settings)} {origin(settings, source, *more)}"
    path = place.free(source, f"{ending}.png", lambda path: read_origin(path) == note.partition(" ")[2])
    save_picture(x, path, note)
    typer.echo(path)


def read_origin(path: Path) -> str:
    """Where the result at ``path`` comes from, as ``write`` noted it; empty without a note."""
    from ..images import read_note

    return read_note(path).partition(" ")[2]
