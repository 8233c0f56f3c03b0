"""The options of ``s2s stylize`` for what is painted how (chapter 15_live_controls)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from unicodedata import normalize

import typer

if TYPE_CHECKING:  # the command line answers before heavy libraries are there
    from collections.abc import Sequence

    from ..pipeline.controls import Controls, Region

Style = Annotated[
    str | None,
    typer.Option(
        help="A style of `s2s list`, or the file of a painting; or several with weights: starry_night=0.7,mosaic=0.3. "
        "Without it starry_night, or the first of a painter that lacks it. A painting is painted by any_style, from a "
        "glance; s2s optimize takes its time."
    ),
]
Stroke = Annotated[float, typer.Option(help="How large the strokes are: 2 for twice as large, 0.5 for half.")]
Colors = Annotated[
    Literal["style", "luminance", "covariance"],
    typer.Option(help="Whose colors: the style's; the picture's at each pixel; the picture's on the whole."),
]
StyleWeight = Annotated[float, typer.Option(help="How much the style counts, 0.3 to 30; with --painter adjustable.")]
TVWeight = Annotated[float, typer.Option(help="How much smoothness counts, 0.01 to 1; with --painter adjustable.")]
Strength = Annotated[
    float, typer.Option(help="How much of the style of a painting, 0 to 1; the rest is that of the picture.")
]
Mask = Annotated[
    list[str] | None,
    typer.Option(help="FILE:STYLE, another style where the picture in the file is white. Can be given several times."),
]


def controls_from(
    style: str, mask: list[str] | None = None, known: "Sequence[str]" = (), **more: Any
) -> tuple["Controls", list["Region"]]:
    """The options as ``controls.stylize`` takes them; ``known`` are the styles of the painter (``styles_from``),
    ``more`` fields of ``Controls`` that masks share with the rest.

    Raises ValueError for what cannot be understood and PictureError for a mask that cannot be read.
    """
    from ..pipeline.controls import Controls, load_mask

    regions = []
    for words in mask or []:
        name = style_of_mask(words, known)
        file = words.removesuffix(f":{name}")
        regions.append((load_mask(Path(file)), Controls(styles_from(name, known), **more)))
    return Controls(styles_from(style, known), **more), regions


def style_of_mask(words: str, known: "Sequence[str]" = ()) -> str:
    """The style, or styles with weights, of a mask written as ``FILE:STYLE``. Raises ValueError for anything else."""
    if ":" not in words:
        raise ValueError(f"--mask {words}: a mask is FILE:STYLE, such as sky.png:great_wave")
    fits = [name for name in known if words.endswith(f":{name}")]
    return max(fits, key=len, default=words.rpartition(":")[2])


def styles_from(words: str, known: "Sequence[str]" = ()) -> dict[str, float]:
    """The weights of styles written as NAME, or as NAME=WEIGHT,NAME=WEIGHT.

    Names that are ``known`` may have commas and equals signs, and are found in both spellings of accents (macOS writes
    them as letters of their own). Raises ValueError for anything else.
    """
    names, rest = {normalize("NFC", name): name for name in known}, normalize("NFC", words)
    if rest in names or ("=" not in rest and "," not in rest):
        return {names.get(rest, rest): 1.0}
    styles: dict[str, float] = {}
    comma = ","
    while comma:
        fits = [name for name in names if rest.startswith(f"{name}=")]
        name = max(fits, key=len, default=rest.partition("=")[0])
        weight, comma, rest = rest.removeprefix(name).removeprefix("=").partition(",")
        rest, name = rest.strip(), names.get(name, name.strip())
        if name in styles:
            raise ValueError(f"{words}: the same style is named twice")
        try:
            styles[name] = float(weight)
        except ValueError:
            weight = ""
        if not weight or not name or (name not in known and "," in name):
            form = "styles are NAME, or NAME=WEIGHT,NAME=WEIGHT with weights that sum to 1"
            raise ValueError(f"{words}: {form}") from None
    return styles


def ending_of(look: "Controls", regions: "Sequence[Region]" = ()) -> str:
    """What a painting is called by: mosaic, starry_night-0.7_mosaic-0.3_stroke-2, mosaic_with_great_wave.

    A painting has the name of its file, without folder and suffix.
    """
    from dataclasses import fields

    words = _mixture(look)
    for field in fields(look)[1:]:
        if (value := getattr(look, field.name)) != field.default:
            words.append(value if field.name == "colors" else f"{field.name.replace('_', '-')}-{value:g}")
    words += [f"with_{'_'.join(_mixture(own))}" for _, own in regions]
    return "_".join(words).replace("/", "-").replace("\\", "-")


def _mixture(look: "Controls") -> list[str]:
    from ..images import SUFFIXES

    alone = len(look.styles) == 1
    names = [Path(name).stem if Path(name).suffix.lower() in SUFFIXES else name for name in look.styles]
    return names if alone else [f"{name}-{weight:g}" for name, weight in zip(names, look.styles.values(), strict=True)]
