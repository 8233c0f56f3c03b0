"""A slider that walks through pictures, with or without a kernel (used in every chapter; first in index).

``explore`` computes the picture for every value once. The slider only chooses which one is seen, and does so
in the browser. Hence the same cell works in JupyterLab, on the static site and, as a strip of stills, in
print and wherever widgets are not shown. What is quick to compute can be ``live`` besides: then JupyterLab shows
sliders that move freely, and each picture is made when it is asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import Any

from .frame import frame, setting_in_words, slider
from .live import ONLY_WITH_A_KERNEL, ONLY_WITHOUT, Live, free_slider

STILLS = 5  # in the strip for print
NOTHING: Mapping[str, Any] = MappingProxyType({})


def _named(f: Callable[..., Any]) -> str:
    """The first line of the docstring."""
    return (f.__doc__ or f.__name__).strip().splitlines()[0].rstrip(".")


def _spread(n: int, most: int) -> list[int]:
    """At most ``most`` indices out of ``n``, the ends among them."""
    return sorted({round(i * (n - 1) / max(1, most - 1)) for i in range(most)}) if n > most else list(range(n))


def build(
    f: Callable[..., Any], sliders: dict[str, Sequence[Any]], alt: str, quality: int, begin: Mapping[str, Any] = NOTHING
) -> tuple[Any, str]:
    """The widget and the HTML of its strip of stills. Arguments as for ``explore``."""
    import ipywidgets as w

    if not 1 <= len(sliders) <= 2 or not all(len(values) for values in sliders.values()):
        raise ValueError("explore takes one or two sliders, each with at least one value")
    alt = alt or _named(f)
    frames = {}
    for setting in product(*sliders.values()):
        chosen = dict(zip(sliders, setting, strict=True))
        words = ", ".join(setting_in_words(name, value) for name, value in chosen.items())
        frames[setting] = frame(f(**chosen), alt, words, quality)

    at = places(sliders, begin)
    controls = [slider(*named, place) for named, place in zip(sliders.items(), at, strict=True)]
    first, *second = sliders.values()
    if second:
        shown = [w.Stack([w.HTML(frames[a, b]) for b in second[0]], selected_index=at[1]) for a in first]
        links = [w.jslink((controls[1], "index"), (inner, "selected_index")) for inner in shown]
    else:
        shown, links = [w.HTML(frames[(a,)]) for a in first], []
    outer = w.Stack(shown, selected_index=at[0])
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


def places(sliders: Mapping[str, Sequence[Any]], begin: Mapping[str, Any]) -> list[int]:
    """Where each slider begins: at the index of its value in ``begin``, else at 0. Raises ValueError for others."""
    for name, value in begin.items():
        if value not in sliders.get(name, ()):
            raise ValueError(f"no slider has the value {setting_in_words(name, value)} to begin with")
    return [list(values).index(begin.get(name, values[0])) for name, values in sliders.items()]


def explore(
    f: Callable[..., Any],
    /,
    *,
    alt: str = "",
    quality: int = 85,
    live: str = "",
    begin: Mapping[str, Any] = NOTHING,
    **sliders: Sequence[Any],
) -> None:
    """Show ``f(**values)`` for every value of one or two sliders: ``explore(f, style_weight=[1, 3, 10])``.

    ``f`` returns a picture (1, 3, H, W) in [0, 1], or a list of ``(label, picture)`` shown side by side. It
    is called once for every combination, so keep the lists short: each picture is stored in the notebook as
    a JPEG of the given ``quality``. ``alt`` says for those who do not see it what the picture is (by default
    the first line of ``f``'s docstring); label and values are added. ``live`` says what computes, such as "network
    painter"; then, with a kernel, ``f`` is called again for whatever the sliders say, also between the values. Each
    slider begins at its value in ``begin``, or at its first. Raises ValueError unless there are one or two sliders with
    values, those of ``begin`` among them.
    """
    from IPython.display import HTML, display

    alt = alt or _named(f)
    box, strip = build(f, sliders, alt, quality, begin)
    if live:
        at = zip(sliders.items(), places(sliders, begin), strict=True)
        controls = {name: free_slider(name, values, place) for (name, values), place in at}
        box.add_class("s2s-recorded")
        display(HTML(ONLY_WITH_A_KERNEL + ONLY_WITHOUT))
        display(Live(f, controls, alt, live).box)
    display(box)
    display(HTML(strip))
