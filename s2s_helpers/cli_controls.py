"""The options of ``s2s stylize`` for what is painted how (chapter 13_live_controls)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:  # the command line answers before heavy libraries are there
    from .controls import Controls, Region

Style = Annotated[
    str, typer.Option(help="A style of `s2s list`, or several with weights: starry_night=0.7,mosaic=0.3.")
]
Stroke = Annotated[float, typer.Option(help="How large the strokes are: 2 for twice as large, 0.5 for half.")]
Colors = Annotated[
    Literal["style", "luminance", "covariance"],
    typer.Option(help="Whose colors: the style's; the picture's at each pixel; the picture's on the whole."),
]
Mask = Annotated[
    list[str] | None,
    typer.Option(help="FILE:STYLE, another style where the picture in the file is white. Can be given several times."),
]


def controls_from(
    style: str, stroke: float = 1.0, colors: str = "style", mask: list[str] | None = None
) -> tuple["Controls", list["Region"]]:
    """The options as ``controls.stylize`` takes them; masks share stroke and colors with the rest of the picture.

    Raises ValueError for what cannot be understood and PictureError for a mask that cannot be read.
    """
    from .controls import Controls, load_mask

    regions = []
    for words in mask or []:
        file, colon, name = words.rpartition(":")
        if not colon:
            raise ValueError(f"--mask {words}: a mask is FILE:STYLE, such as sky.png:great_wave")
        regions.append((load_mask(Path(file)), Controls(styles_from(name), stroke, colors)))
    return Controls(styles_from(style), stroke, colors), regions


def styles_from(words: str) -> dict[str, float]:
    """The weights of styles written as NAME, or as NAME=WEIGHT,NAME=WEIGHT. Raises ValueError for anything else."""
    if "=" not in words and "," not in words:
        return {words: 1.0}
    pairs = [part.split("=") for part in words.split(",")]
    try:
        styles = {name.strip(): float(weight) for name, weight in pairs}
    except ValueError:
        raise ValueError(f"{words}: styles are NAME, or NAME=WEIGHT,NAME=WEIGHT with weights that sum to 1") from None
    if len(styles) < len(pairs):
        raise ValueError(f"{words}: the same style is named twice")
    return styles
