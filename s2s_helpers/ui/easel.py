"""A sheet to draw on, beside it what becomes of the drawing: picture and painting (chapter 14_cascade).

It needs a kernel. On the static site it is not shown; the page try_it does the same there, in the browser.
"""

from typing import Any

import torch

from ..data.palettes import laid_over, palette_hints, palettes
from ..pipeline import SketchToStyle
from ..pipeline.controls import Controls, stylize
from .labels import LabelPad
from .live import ONLY_WITH_A_KERNEL, Live
from .panel import weight_sliders
from .sketchpad import Sketchpad


class Easel(Live):
    """``pad`` is the sheet, with ``examples`` as of ``Sketchpad``; ``made`` holds picture and painting, with their
    names. With a generator that takes color hints there is a brush beside the pen, and a button for another picture, in
    the colors of the next of the ``data.palettes``; with one that takes label maps the sheet is a ``LabelPad``.

    Both are made again after each stroke, and the painting when style or loss weights change.
    """

    def __init__(self, chain: SketchToStyle, examples: dict[str, torch.Tensor] | None = None):
        import ipywidgets as w

        self.chain, self.pad = chain, _pad(chain, examples)
        self.palette: int | None = None  # the number of the one in use
        self.another, self.own_colors = w.Button(description="Another one"), w.Button(description="The network's own")
        self.another.on_click(lambda _: self._take(0 if self.palette is None else (self.palette + 1) % len(palettes())))
        self.own_colors.on_click(lambda _: self._take(None))
        self._seen: tuple[Any, torch.Tensor] | None = None  # what is drawn, and what it became
        controls = {"style": w.Dropdown(options=chain.styles, description="style"), **weight_sliders(chain)}
        made_by = f"networks {chain.generator} and {chain.painter}"
        super().__init__(self.still, controls, "Made of the drawing", made_by)
        self.pad.on_change(lambda _: self._changed())
        buttons = [w.HBox([self.another, self.own_colors])] if chain.takes_hints else []
        self.box.children = [self.pad.widget, *buttons, *self.box.children]

    def _take(self, palette: int | None) -> None:
        self.palette = palette
        self._changed()

    def still(self, style: str, **weights: Any) -> list[tuple[str, torch.Tensor]]:
        """Picture and painting of what is drawn; the arguments are those of the controls."""
        palette = self.palette
        drawn = self.pad.drawn, palette
        if self._seen is None or drawn != self._seen[0]:
            sketch, hints = self.pad.picture, self.pad.hints
            if palette is not None:
                hints = laid_over(hints, palette_hints(palette, sketch.shape[-2:]))
            self._seen = drawn, self.chain.picture(sketch, hints)
        _, picture = self._seen
        return [("picture", picture), ("painting", stylize(self.chain, picture, Controls({style: 1}, **weights)))]


def _pad(chain: SketchToStyle, examples: dict[str, torch.Tensor] | None) -> LabelPad | Sketchpad:
    return LabelPad() if chain.takes_labels else Sketchpad(examples=examples, colors=chain.takes_hints)


def easel(chain: SketchToStyle, examples: dict[str, torch.Tensor] | None = None) -> Easel:
    """Show an ``Easel``."""
    from IPython.display import HTML, display

    shown = Easel(chain, examples)
    display(HTML(ONLY_WITH_A_KERNEL))
    display(shown.box)
    return shown
