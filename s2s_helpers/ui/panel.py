"""One panel for all that can be changed while one looks on: styles, strokes, colors, regions (chapter
13_live_controls).

With a kernel each change paints anew. On the static site, where nothing runs, the panel is not shown, but the slider of
``explore`` that walks through pictures painted before; in print a strip of these.
"""

import html
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import torch

from ..controls import Colors, Controls, Region, stylize
from ..pipeline import SketchToStyle
from .explore import explore, frame, slider
from .studio import LABEL, ONLY_WITH_A_KERNEL

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
STROKES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
EVERYWHERE = "everywhere"
PAUSE = 0.2  # seconds without a change before it is painted: a slider that is moved passes through many values


class Panel:
    """Paints ``picture``, (1, 3, H, W) in [0, 1], again whenever one of the controls changes.

    ``style`` is what is painted where nothing else is said; ``second`` has a ``share`` in it, everywhere or within one
    of ``masks``, (1, 1, H, W) by name. ``box`` is the widget, ``made`` the last picture, None after a mistake.
    """

    def __init__(self, chain: SketchToStyle, picture: torch.Tensor, masks: Mapping[str, torch.Tensor] | None = None):
        import ipywidgets as w

        self.chain, self.picture, self.masks = chain, picture, dict(masks or {})
        self.made: torch.Tensor | None = None
        styles = chain.styles
        self.controls = {
            "style": w.Dropdown(options=styles, description="style"),
            "second": w.Dropdown(options=styles, value=styles[-1], description="second style"),
            "share": slider("its share", SHARES),
            "where": w.Dropdown(options=[EVERYWHERE, *self.masks], description="where"),
            "stroke": slider("size of strokes", STROKES, STROKES.index(1.0)),
            "colors": w.ToggleButtons(options=get_args(Colors), description="colors"),
        }
        for control in self.controls.values():
            control.style = LABEL
            control.observe(lambda _: self._changed(), "value")
        self._canvas = w.HTML()
        self.box = w.VBox([*self.controls.values(), self._canvas])
        self.box.add_class("s2s-studio")
        self._latest, self._one_at_a_time = 0, threading.Lock()
        self._timer = threading.Timer(0, self._paint, (0,))
        self._paint(0)

    def look(
        self,
        style: str,
        second: str | None = None,
        share: float = 0.0,
        where: str = EVERYWHERE,
        stroke: float = 1.0,
        colors: Colors = "style",
    ) -> tuple[Controls, list[Region]]:
        """What ``controls.stylize`` needs to paint so."""
        mixed = {style: 1 - share}
        if second:
            mixed[second] = mixed.get(second, 0) + share
        blend = Controls(mixed, stroke, colors)
        if where == EVERYWHERE:
            return blend, []
        return Controls({style: 1}, stroke, colors), [(self.masks[where], blend)]

    def still(self, **settings: Any) -> torch.Tensor:
        """The picture for some settings, the arguments of ``look``; what is not given is as the controls are now."""
        values = {name: control.value for name, control in self.controls.items()}
        return stylize(self.chain, self.picture, *self.look(**{**values, **settings}))

    def wait(self) -> None:
        """Wait until the last change has been painted."""
        if self._timer.is_alive():
            self._timer.join()

    def _changed(self) -> None:
        self._latest += 1
        self._timer = threading.Timer(PAUSE, self._paint, (self._latest,))
        self._timer.daemon = True
        self._timer.start()

    def _paint(self, number: int) -> None:
        with self._one_at_a_time:
            if number < self._latest:  # a newer change waits already
                return
            began = time.monotonic()
            try:
                self.made = self.still()
                words = f"{time.monotonic() - began:.1f} s, network {self.chain.painter}"
                self._canvas.value = frame(self.made, "The picture as the controls say", words, quality=85)
            except Exception as error:  # in the background nobody else would see it
                self.made = None
                self._canvas.value = html.escape(f"{type(error).__name__}: {error}")


def panel(
    chain: SketchToStyle,
    picture: torch.Tensor,
    masks: Mapping[str, torch.Tensor] | None = None,
    alt: str = "",
    quality: int = 80,
    **walk: Sequence,
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
    explore(shown.still, alt=alt, quality=quality, **walk)
    return shown
