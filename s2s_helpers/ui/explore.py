"""A slider that walks through pictures, with or without a kernel (used in every chapter; first in index).

``explore`` computes the picture for every value once. The slider only chooses which one is seen, and does so
in the browser. Hence the same cell works in JupyterLab, on the static site and, as a strip of stills, in
print and wherever widgets are not shown.
"""

import base64
import html
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import torch

STILLS = 5  # in the strip for print


def image_tag(x: torch.Tensor, alt: str, quality: int) -> str:
    """An <img> element that carries the picture itself, as JPEG."""
    from ..images import encode

    data = base64.b64encode(encode(x, "JPEG", quality)).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/jpeg;base64,{data}">'


def _words(name: str, value: Any) -> str:
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


def _spread(n: int, most: int) -> list[int]:
    """At most ``most`` indices out of ``n``, the ends among them."""
    return sorted({round(i * (n - 1) / max(1, most - 1)) for i in range(most)}) if n > most else list(range(n))


def slider(name: str, values: Sequence, chosen: int = 0) -> Any:
    """A slider over ``values``, that begins at the one with the index ``chosen``; its words are those of ``explore``."""
    import ipywidgets as w

    return w.SelectionSlider(
        options=[(f"{v:g}" if isinstance(v, float) else str(v), v) for v in values],
        index=chosen,
        description=name.replace("_", " "),
        style={"description_width": "initial"},
    )


def build(f: Callable, sliders: dict[str, Sequence], alt: str, quality: int) -> tuple[Any, str]:
    """The widget and the HTML of its strip of stills. Arguments as for ``explore``."""
    import ipywidgets as w

    if not 1 <= len(sliders) <= 2 or not all(len(values) for values in sliders.values()):
        raise ValueError("explore takes one or two sliders, each with at least one value")
    alt = alt or (f.__doc__ or f.__name__).strip().splitlines()[0].rstrip(".")
    frames = {}
    for setting in product(*sliders.values()):
        chosen = dict(zip(sliders, setting, strict=True))
        words = ", ".join(_words(name, value) for name, value in chosen.items())
        frames[setting] = frame(f(**chosen), alt, words, quality)

    controls = [slider(name, values) for name, values in sliders.items()]

    def stack(children: list) -> w.Stack:
        return w.Stack(children, selected_index=0)

    first, *second = sliders.values()
    if second:
        shown = [stack([w.HTML(frames[a, b]) for b in second[0]]) for a in first]
        links = [w.jslink((controls[1], "index"), (inner, "selected_index")) for inner in shown]
    else:
        shown, links = [w.HTML(frames[(a,)]) for a in first], []
    outer = stack(shown)
    links.append(w.jslink((controls[0], "index"), (outer, "selected_index")))
    box = w.VBox([*controls, outer])
    box.add_class("s2s-explore")
    box.links = links  # kept alive with the box

    rest = tuple(values[len(values) // 2] for values in second)
    stills = "".join(frames[(first[i], *rest)] for i in _spread(len(first), STILLS))
    strip = (
        "<style>@media screen { .s2s-strip { display: none } }</style>"
        f'<div class="s2s-strip" style="gap:8px">{stills}</div>'
    )
    return box, strip


def explore(f: Callable, /, *, alt: str = "", quality: int = 85, **sliders: Sequence) -> None:
    """Show ``f(**values)`` for every value of one or two sliders: ``explore(f, style_weight=[1, 3, 10])``.

    ``f`` returns a picture (1, 3, H, W) in [0, 1], or a list of ``(label, picture)`` shown side by side. It
    is called once for every combination, so keep the lists short: each picture is stored in the notebook as
    a JPEG of the given ``quality``. ``alt`` says for those who do not see it what the picture is (by default
    the first line of ``f``'s docstring); label and values are added. Raises ValueError unless there are one
    or two sliders with values.
    """
    from IPython.display import HTML, display

    box, strip = build(f, sliders, alt, quality)
    display(box)
    display(HTML(strip))
