"""One panel for all that can be changed while one looks on: styles, strokes, colors, regions (chapter
15_live_controls).

With a kernel each change paints anew. On the static site, where nothing runs, the panel is not shown, but the slider of
``explore`` that walks through pictures painted before; in print a strip of these.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

import torch

from ..nets.transform import LOSS_WEIGHTS
from ..pipeline import SketchToStyle
from ..pipeline.controls import Colors, Controls, Region, stylize, weight_range
from .explore import explore
from .frame import slider
from .live import ONLY_WITH_A_KERNEL, Live, free_slider

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
STROKES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
EVERYWHERE = "everywhere"


def weight_sliders(chain: SketchToStyle) -> dict[str, Any]:
    """Sliders for the loss weights, named as the fields of ``Controls``; none unless the painter is adjustable."""
    if not chain.adjustable:
        return {}
    sliders = {}
    for name, words in (("style", "style weight"), ("tv", "TV weight")):
        sliders[f"{name}_weight"] = free_slider(words, weight_range(name))
        sliders[f"{name}_weight"].value = LOSS_WEIGHTS[name]
    return sliders


class Panel(Live):
    """Paints ``picture``, (1, 3, H, W) in [0, 1], again whenever one of the controls changes.

    ``style`` is what is painted where nothing else is said; ``second`` has a ``share`` in it, everywhere or within one
    of ``masks``, (1, 1, H, W) by name. An adjustable painter has sliders for the weights of its losses too. ``box`` is
    the widget, ``made`` the last picture, None after a mistake.
    """

    def __init__(self, chain: SketchToStyle, picture: torch.Tensor, masks: Mapping[str, torch.Tensor] | None = None):
        import ipywidgets as w

        self.chain, self.picture, self.masks = chain, picture, dict(masks or {})
        styles = chain.styles
        controls = {
            "style": w.Dropdown(options=styles, description="style"),
            "second": w.Dropdown(options=styles, value=styles[-1], description="second style"),
            "share": slider("its share", SHARES),
            "where": w.Dropdown(options=[EVERYWHERE, *self.masks], description="where"),
            "stroke": slider("size of strokes", STROKES, STROKES.index(1.0)),
            "colors": w.ToggleButtons(options=get_args(Colors), description="colors"),
        }
        controls |= weight_sliders(chain)
        super().__init__(self.still, controls, "The picture as the controls say", f"network {chain.painter}")

    def look(
        self,
        style: str,
        second: str | None = None,
        share: float = 0.0,
        where: str = EVERYWHERE,
        **more: Any,
    ) -> tuple[Controls, list[Region]]:
        """What ``controls.stylize`` needs to paint so; ``more`` are further fields of ``Controls``."""
        mixed = {style: 1 - share}
        if second:
            mixed[second] = mixed.get(second, 0) + share
        blend = Controls(mixed, **more)
        if where == EVERYWHERE:
            return blend, []
        return Controls({style: 1}, **more), [(self.masks[where], blend)]

    def still(self, **settings: Any) -> torch.Tensor:
        """The picture for some settings, the arguments of ``look``; what is not given is as the controls are now."""
        return stylize(self.chain, self.picture, *self.look(**{**self.values, **settings}))


def panel(
    chain: SketchToStyle,
    picture: torch.Tensor,
    masks: Mapping[str, torch.Tensor] | None = None,
    alt: str = "",
    quality: int = 80,
    **walk: Sequence[Any],
) -> Panel:
    """Show a ``Panel`` and, below it, what ``explore`` makes of its pictures for the values of ``walk``.

    ``panel(chain, photo, {"sky": sky}, stroke=[0.5, 1.0, 2.0], colors=["style", "luminance"])``: ``walk`` has one or
    two arguments of ``Panel.look``, each with its values; every picture is painted when the cell runs. ``alt`` and
    ``quality`` are those of ``explore``.
    """
    from IPython.display import HTML, display

    shown = Panel(chain, picture, masks)
    display(HTML(ONLY_WITH_A_KERNEL))
    display(shown.box)
    explore(shown.still, alt=alt, quality=quality, **cast(dict[str, Any], walk))
    return shown
