"""``s2s import``: a network that was trained elsewhere becomes one of ours."""

from pathlib import Path
from typing import Annotated

import typer

from .common import Replace, check_file

File = Annotated[
    Path,
    typer.Argument(
        help="Weights that torch saved (.pth): latest_net_G.pth of pytorch-CycleGAN-and-pix2pix (unet_256, unet_128), "
        "or a model of fast_neural_style in pytorch/examples."
    ),
]
Out = Annotated[Path | None, typer.Option(help="The .safetensors file; beside FILE and named like it without this.")]


def import_weights(file: File, out: Out = None, overwrite: Replace = False) -> None:
    """Turn weights of a well-known pix2pix or style network into a network for --generator or --painter.

    Nothing in the file is executed: only tensors are read.
    """
    from .. import zoo
    from ..runtime.checkpoint import CheckpointError
    from .train import next_command

    path = out or file.with_suffix(".safetensors")
    if path.suffix != ".safetensors":
        raise CheckpointError(f"{path}: the name of weights ends in .safetensors")
    check_file(path, overwrite)
    zoo.import_weights(file, path)
    typer.echo(path)
    typer.echo(f"next: {next_command(path, zoo.card(str(path)))}", err=True)
