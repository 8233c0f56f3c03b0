"""A pad of labels: a front of rectangles, window, door, balcony, for the generator ``cmp_facades`` (page try_it).

Rectangles are laid in the browser (``labels.js``); Python hears of each. A notebook that was saved shows the front
again and can be changed, also without a kernel.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from .scripts import script

SCRIPT = Path(__file__).with_suffix(".js")
WALL = (0.04, 0.12, 0.96, 0.97)  # what stands on the background at first, in sides of the sheet; as in ``labels.js``


class LabelPad:
    """A square sheet of ``size`` pixels with a palette of the classes of the CMP facades, and rectangles of them.

    Put the pad at the end of a cell, or show its ``widget``. ::

        pad = LabelPad()
        pad.on_change(lambda labels: ...)
        pad
    """

    hints = None  # colors are what the generator chooses

    def __init__(self, size: int = 256):
        if size < 1:
            raise ValueError(f"a pad of {size} pixels: 1 is the least")
        self.size = size
        self.widget = _widget(size)

    @property
    def picture(self) -> torch.Tensor:
        """The label map, (1, 3, size, size), in the colors of ``data.cmp_facades``; at first a wall on a background."""
        from ..data.cmp_facades import label_map

        return label_map(laid_on(self.size, self.widget.strokes), self.size)

    @property
    def drawn(self) -> Any:
        """What the label map is made of; equal as long as nothing has changed."""
        return self.widget.strokes

    def on_change(self, f: Callable[[torch.Tensor], Any]) -> None:
        """Call ``f(picture)`` after each rectangle, undo, redo, clear, and example."""
        self.widget.observe(lambda _: f(self.picture), "strokes")

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)


def laid_on(size: int, strokes: Sequence[Mapping[str, Any]]) -> list[tuple[str, Sequence[int]]]:
    """The rectangles that lie on the sheet, label and box (left, top, right, bottom) in pixels, the uppermost last.

    ``strokes`` are as the top of ``labels.js`` says.
    """
    laid: list[tuple[str, Sequence[int]]] = [("facade", [int(v * size + 0.5) for v in WALL])]
    for stroke in strokes:
        if "front" in stroke:
            laid = [(each["label"], each["box"]) for each in stroke["front"]]
        elif "label" in stroke:
            laid = [*laid, (stroke["label"], stroke["box"])]
        else:
            of, box = stroke["of"], stroke["box"]
            laid = [*laid[:of], *([(laid[of][0], box)] if box else []), *laid[of + 1 :]]
    return laid


def _widget(size: int) -> Any:
    """The pad in the browser. What its traits hold: the top of ``labels.js``."""
    import anywidget
    import traitlets

    class Pad(anywidget.AnyWidget):
        _esm = script(SCRIPT)
        size = traitlets.Int().tag(sync=True)
        strokes: traitlets.List[Any] = traitlets.List().tag(sync=True)

    return Pad(size=size)
