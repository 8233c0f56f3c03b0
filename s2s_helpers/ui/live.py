"""Pictures that are made anew when a control changes, where a kernel runs (chapters 14_cascade, 15_live_controls).

A slider that is dragged passes through many values. Each starts a short pause; only if no other comes within it is the
picture made, and what is overtaken while another picture is made is left out.
"""

import html
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .frame import frame, slider

PAUSE = 0.05  # seconds without a change
LABEL = {"description_width": "8em"}  # the same for all, so that the sliders stand in line
# The pages of the site have this class; those of JupyterLab have not.
ONLY_WITH_A_KERNEL = (
    "<style>.bd-content .s2s-studio { display: none }@media print { .s2s-studio { display: none !important } }</style>"
)
ONLY_WITHOUT = "<style>.jp-Notebook .s2s-recorded { display: none }</style>"


class Live:
    """Shows ``f(**values)`` for the values of ``controls``, widgets by the names of the arguments, and again when one
    changes.

    ``f`` returns a picture (1, 3, H, W) in [0, 1], or a list of ``(label, picture)``. Below it stand the seconds that
    it took and what ``made_by`` says. ``box`` is the widget; ``made`` what ``f`` returned last, None after a mistake.
    """

    def __init__(self, f: Callable[..., Any], controls: Mapping[str, Any], alt: str, made_by: str):
        import ipywidgets as w

        self.f, self.controls, self.alt, self.made_by = f, dict(controls), alt, made_by
        self.made: Any = None
        for control in self.controls.values():
            control.style = LABEL
            control.observe(lambda _: self._changed(), "value")
        self._canvas = w.HTML()
        self.box = w.VBox([*self.controls.values(), self._canvas])
        self.box.add_class("s2s-studio")
        self._latest, self._one_at_a_time = 0, threading.Lock()
        self._timer = threading.Timer(0, self._make, (0,))
        self._make(0)

    @property
    def values(self) -> dict[str, Any]:
        """What the controls say."""
        return {name: control.value for name, control in self.controls.items()}

    def wait(self) -> None:
        """Wait until the last change has its picture."""
        if self._timer.is_alive():
            self._timer.join()

    def _changed(self) -> None:
        self._latest += 1
        self._timer = threading.Timer(PAUSE, self._make, (self._latest,))
        self._timer.daemon = True
        self._timer.start()

    def _make(self, number: int) -> None:
        with self._one_at_a_time:
            if number < self._latest:  # a newer change waits already
                return
            began = time.monotonic()
            try:
                self.made = self.f(**self.values)
                words = f"{time.monotonic() - began:.2f} s, {self.made_by}"
                self._canvas.value = frame(self.made, self.alt, words, quality=75)
            except Exception as error:  # in the background nobody else would see it
                self.made = None
                self._canvas.value = html.escape(f"{type(error).__name__}: {error}")


def free_slider(name: str, values: Sequence[Any], chosen: int = 0) -> Any:
    """A slider over all numbers from the least to the greatest of ``values``; over the values if they are no numbers.

    It begins at the one with the index ``chosen``. Its steps grow with the number where the greatest is ten times the
    least or more.
    """
    import math

    import ipywidgets as w

    if not all(isinstance(value, float) for value in values) or len(values) < 2:
        return slider(name, values, chosen)
    least, most = min(values), max(values)
    words = {"description": name.replace("_", " "), "value": values[chosen]}
    if least > 0 and most >= 10 * least:
        return w.FloatLogSlider(**words, min=math.log10(least), max=math.log10(most), step=0.02)
    return w.FloatSlider(**words, min=least, max=most, step=(most - least) / 100)
