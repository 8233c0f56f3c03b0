"""The colors of a drawing on the command line: in a file of their own, or in the drawing (``data.hints``)."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import cleaned, drawing_at, read, say

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from ..pipeline import SketchToStyle

    Drawn = tuple[torch.Tensor, torch.Tensor | None]

Answers = Annotated[
    int | None,
    typer.Option(
        help="So many different pictures, each in the colors of another palette, and all of them on a sheet; your own "
        "colors stay on top. For generators that take color hints.",
        min=1,
    ),
]
Hints = Annotated[
    Path | None,
    typer.Option(
        "--hints",
        help="A picture of the drawing's shape: where it is painted, on white or on nothing, the result gets that "
        "color. Without it the colors in the drawing count. For generators that take color hints.",
    ),
]


def reader(
    chain: "SketchToStyle", drawing: Path, hints: Path | None, size: int, clean: str
) -> "Callable[[Path], Drawn]":
    """What reads a drawing and its color hints, None without any: those of the file ``hints``, or if the generator
    takes any those in the drawing itself.

    What is wrong with ``hints`` is told here, before the work: ValueError for a generator that takes none and for a
    folder of drawings, PictureError for a file that cannot be read or has not the shape of the ``drawing``.
    """
    if hints is not None:
        chain.check_hints()
        return partial(_with, _hints_at(hints, drawing), size=size, clean=clean)
    if chain.takes_hints:
        return partial(_split_at, size=size, clean=clean)
    return lambda path: (drawing_at(path, size, clean), None)


def _with(hints: "torch.Tensor", path: Path, size: int, clean: str) -> "Drawn":
    return _split_at(path, size, clean, f"{path}: its own colors are left out, for those of --hints")[0], hints


def _split_at(path: Path, size: int, clean: str, word: str = "") -> "Drawn":
    """The lines and the colors of the drawing at ``path``, with a ``word`` about it if there are colors."""
    from ..data.hints import split

    x = read(path, size)
    if clean == "never":
        return x, None
    sketch, hints = split(x)
    if not hints.any():
        return cleaned(path, x, clean), None
    say(word or f"{path}: its colors are taken as hints; --clean never takes it as it is")
    return sketch, hints


def _hints_at(path: Path, drawing: Path) -> "torch.Tensor":
    """The hints in the file at ``path``, of any size but the shape of the ``drawing``."""
    from ..data import hints
    from ..images import PictureError, size_of

    if drawing.is_dir():
        raise ValueError(f"--hints is for one drawing, and {drawing} a folder; color the drawings themselves")
    (height, width), (high, wide) = size_of(drawing), size_of(path)
    if abs(wide * height / width - high) > max(1, high / 100):
        remedy = f"the drawing is {width}x{height}; paint on a copy of it"
        raise PictureError(f"{path}: {wide}x{high} is another shape, {remedy}")
    return hints.read(path)
