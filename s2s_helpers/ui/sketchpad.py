"""A pad to draw on; the drawing is a picture like any other (chapter 14_cascade; page try_it).

Drawing and inking happen in the browser (``sketchpad.js``); Python hears of each finished stroke once. A notebook that
was saved shows the drawing again and can be drawn on, also without a kernel. A picture that a person opens, drops or
pastes is a sheet to draw on too: a drawing is made dark on white, and of a photo lines are drawn, as by
``data.sketches.dark_on_white`` and ``sketch_from_photo``. It is part of what the notebook saves.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .scripts import script

SCRIPT = Path(__file__).with_suffix(".js")


class Sketchpad:
    """A square sheet of paper of ``size`` pixels, with pen, eraser, undo, and ``examples`` to begin with; with
    ``colors`` also a brush and a palette, for generators that take color hints.

    ``examples`` are line drawings by their names, (1, 3, H, W) in [0, 1]; photographed ones are made dark on white
    (``data.sketches.dark_on_white``), with a line about it. Put the pad at the end of a cell, or show its
    ``widget``. ::

        pad = Sketchpad(examples={"house": load_picture("house.png")})
        pad.on_change(lambda drawing: ...)
        pad
    """

    def __init__(self, size: int = 256, examples: dict[str, torch.Tensor] | None = None, colors: bool = False):
        if size < 1:
            raise ValueError(f"a pad of {size} pixels: 1 is the least")
        self.size = size
        addresses = {name: _address(_cleaned(name, x)) for name, x in (examples or {}).items()}
        self.widget = _widget(size, addresses, colors)

    @property
    def picture(self) -> torch.Tensor:
        """What is drawn, (1, 3, size, size), dark on white; all white at first."""
        from ..images import from_uint8

        pixels = self.widget.pixels[: self.size**2]
        if not pixels:
            return torch.ones(1, 3, self.size, self.size)
        return from_uint8(np.frombuffer(pixels, np.uint8).reshape(self.size, self.size))

    @property
    def hints(self) -> torch.Tensor | None:
        """What is painted, as color hints (1, 4, size, size); None where nothing is."""
        from ..data.hints import from_picture

        colors = self.widget.pixels[self.size**2 :]
        if not colors:
            return None
        layer = torch.from_numpy(np.frombuffer(colors, np.uint8).reshape(1, self.size, self.size, 4).copy())
        return from_picture(layer.permute(0, 3, 1, 2).float() / 255)

    @property
    def drawn(self) -> Any:
        """What picture and hints are made of; equal as long as nothing has changed."""
        return self.widget.pixels

    def on_change(self, f: Callable[[torch.Tensor], Any]) -> None:
        """Call ``f(picture)`` after each stroke of pen or brush, undo, redo, clear, and example."""
        self.widget.observe(lambda _: f(self.picture), "pixels")

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.widget._repr_mimebundle_(**options)


def _cleaned(name: str, x: torch.Tensor) -> torch.Tensor:
    from ..data.sketches import dark_on_white

    made = dark_on_white(x)
    if made is not x:
        print(f"{name}: not dark lines on white paper, so it was made so")
    return made


def _widget(size: int, examples: dict[str, str], colors: bool) -> Any:
    """The pad in the browser. What its traits hold: the top of ``sketchpad.js``."""
    import anywidget
    import traitlets

    class Pad(anywidget.AnyWidget):
        _esm = script(SCRIPT)
        size = traitlets.Int().tag(sync=True)
        examples = traitlets.Dict().tag(sync=True)
        colors = traitlets.Bool().tag(sync=True)
        strokes: traitlets.List[Any] = traitlets.List().tag(sync=True)
        pixels = traitlets.Bytes().tag(sync=True, from_json=lambda value, _: bytes(value))  # from a memoryview

    return Pad(size=size, examples=examples, colors=colors)


def _address(x: torch.Tensor) -> str:
    """A picture as an address that carries it."""
    import base64

    from ..images import encode

    return f"data:image/png;base64,{base64.b64encode(encode(x)).decode()}"
