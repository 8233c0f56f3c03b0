"""What the commands of ``s2s`` share: how they take pictures and where they leave them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import torch

Photo = Annotated[Path, typer.Argument(help="A picture: PNG, JPEG, WebP, GIF, BMP or TIFF.")]
Painter = Annotated[str, typer.Option(help="The style network: a name of `s2s list`, or a .safetensors file.")]
Size = Annotated[
    int, typer.Option(help="Shrink pictures whose longer side has more pixels than this; 0 keeps them.", min=0)
]
Out = Annotated[Path, typer.Option(help="The folder for the results; made if it is missing.")]


def read(path: Path, size: int) -> "torch.Tensor":
    """The picture at ``path``, shrunk to ``size`` with a word about it if it is larger."""
    from .images import load_picture

    x = load_picture(path)
    small = shrunk(x, size)
    if small is not x:
        was, now = (f"{y.shape[-1]}x{y.shape[-2]}" for y in (x, small))
        typer.echo(f"{path}: {was} shrunk to {now}; --size 0 keeps it", err=True)
    return small


def shrunk(x: "torch.Tensor", size: int) -> "torch.Tensor":
    """The picture ``x``, or if its longer side has more than ``size`` pixels, a smaller one; 0 keeps it."""
    from .images import resize

    height, width = x.shape[-2:]
    if not size or max(height, width) <= size:
        return x
    scale = size / max(height, width)
    return resize(x, (max(1, round(height * scale)), max(1, round(width * scale))))


def write(x: "torch.Tensor", path: Path) -> None:
    """Save a picture and say where."""
    from .images import save_picture

    path.parent.mkdir(parents=True, exist_ok=True)
    save_picture(x, path)
    typer.echo(path)
