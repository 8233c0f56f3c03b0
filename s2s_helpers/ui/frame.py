"""What the widgets show: a picture with its words, and the slider beside it."""

import base64
import html
from collections.abc import Sequence
from typing import Any

import torch


def image_tag(x: torch.Tensor, alt: str, quality: int) -> str:
    """An <img> element that carries the picture itself, as JPEG."""
    from ..images import encode

    data = base64.b64encode(encode(x, "JPEG", quality)).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/jpeg;base64,{data}">'


def setting_in_words(name: str, value: Any) -> str:
    """``style weight = 0.5``."""
    return f"{name.replace('_', ' ')} = {f'{value:g}' if isinstance(value, float) else value}"


def frame(made: Any, alt: str, values: str, quality: int) -> str:
    """What is seen for one setting: a picture, or several with their labels; the setting stands below."""
    stills = [("", made)] if isinstance(made, torch.Tensor) else list(made)
    figures = []
    for label, x in stills:
        said = ", ".join(part for part in (alt, label, values) if part)
        caption = f"<figcaption>{html.escape(label)}</figcaption>" if label else ""
        figures.append(f'<figure style="margin:0">{image_tag(x, said, quality)}{caption}</figure>')
    row = f'<div class="s2s-frame" style="display:flex;flex-wrap:wrap;gap:8px">{"".join(figures)}</div>'
    return f'<div style="line-height:1.4">{row}<div>{html.escape(values)}</div></div>'


def slider(name: str, values: Sequence[Any], chosen: int = 0) -> Any:
    """A slider over ``values``, that begins at the one with the index ``chosen``; its words are those of
    ``explore``.
    """
    import ipywidgets as w

    return w.SelectionSlider(
        options=[(f"{v:g}" if isinstance(v, float) else str(v), v) for v in values],
        index=chosen,
        description=name.replace("_", " "),
        style={"description_width": "initial"},
    )
