"""Paintings as styles: files that ``--style`` and ``--mask`` name instead of a style (chapter 17_any_painting)."""

from collections.abc import Sequence
from pathlib import Path

from .common import PAINTER
from .controls import style_of_mask, styles_from

ANY = "any_style"  # the painter for paintings, if none is named


def painter_for(painter: str, style: str | None, mask: list[str] | None) -> tuple[str, list[Path]]:
    """The painter, and the files of paintings among the styles: with any the painter is ``ANY``, if the usual one was
    asked for.

    Raises ValueError for paintings beside styles of the painter, and for what cannot be understood.
    """
    from .. import zoo

    known = zoo.card(painter).get("styles", [])
    asked = [words for words in [style, *(style_of_mask(words, known) for words in mask or [])] if words]
    names = list(dict.fromkeys(name for words in asked for name in _names(words, known)))
    files = [name for name in names if name not in known and _is_painting(name)]
    if files and (own := [name for name in names if name in known]):
        raise ValueError(f"{own[0]} is a style of {painter}, {files[0]} a painting; mix styles or paintings, not both")
    return (ANY if files and painter == PAINTER else painter), [Path(name) for name in files]


def _names(words: str, known: Sequence[str]) -> list[str]:
    return [words] if Path(words).is_file() else list(styles_from(words, known))


def _is_painting(name: str) -> bool:
    """Whether a name is that of a file; one that looks so is refused later if there is none."""
    from ..images import SUFFIXES

    return Path(name).is_file() or Path(name).suffix.lower() in SUFFIXES
