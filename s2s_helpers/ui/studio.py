"""Sliders for the weights of eq 9, and two buttons: paint, and stop (chapter 12_gatys_lbfgs).

With a kernel they paint while one looks on. On the static site, where nothing runs, they are not shown, but the slider
of ``explore`` that walks through pictures painted before; in print a strip of these.
"""

import html
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import torch

from .. import zoo
from ..images import resize
from ..optimize.gatys import BOOK, GatysRecipe, stylize_by_optimization
from ..optimize.loop import Found
from .explore import explore
from .frame import frame, slider
from .live import LABEL, ONLY_WITH_A_KERNEL
from .preview import at

VALUES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
STEPS = (10, 20, 50, 100, 200, 500)
STARTS = ("noise", "content", "style")
NAMES = {
    "content_weight": "content weight",
    "style_weight": "style weight",
    "tv_weight": "TV weight",
    "steps": "iterations",
}


class Studio:
    """Paints ``content`` in the manner of ``style``, pictures (1, 3, H, W) in [0, 1], as the sliders say.

    The sliders begin at the values of ``recipe``; what has none is as in the recipe. ``network`` is a loss network of
    ``zoo.loss_network``. ``box`` is the widget. ``found`` is what the last painting gave, None before it has ended.
    """

    def __init__(
        self,
        content: torch.Tensor,
        style: torch.Tensor,
        recipe: GatysRecipe = BOOK,
        network: str = "pocket",
        seed: int = 0,
    ):
        import ipywidgets as w

        self.content, self.style, self.network, self.seed = content, style, network, seed
        self.found: Found | None = None
        self._phi, self._recipe = zoo.loss_network(network), recipe
        self._stopped, self._painting = threading.Event(), threading.Thread()
        choices = {"content_weight": VALUES, "style_weight": VALUES, "tv_weight": VALUES, "steps": STEPS}
        self.controls = {name: _slider(name, values, getattr(recipe, name)) for name, values in choices.items()}
        self.controls["start"] = w.ToggleButtons(options=STARTS, value=recipe.start, description="start", style=LABEL)
        self.paint_button = w.Button(description="Paint", button_style="primary")
        self.stop_button = w.Button(description="Stop", disabled=True)
        self.paint_button.on_click(lambda _: self.paint())
        self.stop_button.on_click(lambda _: self.stop())
        self._canvas = w.HTML()
        self.box = w.VBox([*self.controls.values(), w.HBox([self.paint_button, self.stop_button]), self._canvas])
        self.box.add_class("s2s-studio")

    @property
    def recipe(self) -> GatysRecipe:
        """The recipe that the controls say."""
        return replace(self._recipe, **{name: control.value for name, control in self.controls.items()})

    def paint(self) -> None:
        """Begin to paint, in the background; does nothing while a painting is under way."""
        if self._painting.is_alive():
            return
        self._stopped.clear()
        self.paint_button.disabled, self.stop_button.disabled = True, False
        self._painting = threading.Thread(target=self._paint, args=(self.recipe,), daemon=True)
        self._painting.start()

    def stop(self) -> None:
        """End the painting after the iteration that is under way; the best picture so far is kept."""
        self._stopped.set()

    def wait(self) -> None:
        """Wait until the painting has ended."""
        if self._painting.is_alive():
            self._painting.join()

    def still(self, **settings: Any) -> torch.Tensor:
        """The picture for some settings of the recipe; the controls do not count.

        Arguments are fields of ``GatysRecipe``.
        """
        return self._stylize(replace(self._recipe, **settings), lambda iteration, picture: None).picture

    def _stylize(self, recipe: GatysRecipe, preview: Callable[[int, torch.Tensor], None]) -> Found:
        return stylize_by_optimization(self.content, self.style, recipe, self._phi, self.seed, preview)

    def _paint(self, recipe: GatysRecipe) -> None:
        began = time.monotonic()

        def show(picture: torch.Tensor, words: str) -> None:
            words = f"{words}; {time.monotonic() - began:.1f} s, {recipe.method} through {self.network}"
            large = resize(picture, self.content.shape[-2:])
            self._canvas.value = frame(large, "The picture so far", words, quality=85)

        def preview(iteration: int, picture: torch.Tensor) -> None:
            if self._stopped.is_set():
                raise KeyboardInterrupt  # as from a keyboard: the best picture is returned
            show(picture, at(iteration, picture))

        try:
            self.found = self._stylize(recipe, preview)
            show(self.found.picture, f"loss {self.found.loss:.4g}, {self.found.ended}")
        except Exception as error:  # in the background nobody else would see it
            self._canvas.value = html.escape(f"{type(error).__name__}: {error}")
        finally:
            self.paint_button.disabled, self.stop_button.disabled = False, True


def _slider(name: str, values: Sequence[Any], value: Any) -> Any:
    """A slider over ``values`` and, if it is none of them, the ``value`` that it begins at."""
    values = sorted({*values, value})
    made = slider(NAMES[name], values, values.index(value))
    made.style = LABEL
    return made


def studio(
    content: torch.Tensor,
    style: torch.Tensor,
    recipe: GatysRecipe = BOOK,
    network: str = "pocket",
    alt: str = "",
    quality: int = 80,
    **walk: Sequence[Any],
) -> Studio:
    """Show a ``Studio`` and, below it, what ``explore`` makes of its pictures for the values of ``walk``.

    ``studio(photo, tiles, style_weight=[1.0, 3.0, 10.0])``: ``walk`` has one or two fields of ``GatysRecipe``, each
    with its values; every picture is painted when the cell runs. ``alt`` and ``quality`` are those of ``explore``.
    """
    from IPython.display import HTML, display

    shown = Studio(content, style, recipe, network)
    display(HTML(ONLY_WITH_A_KERNEL))
    display(shown.box)
    explore(shown.still, alt=alt, quality=quality, **cast(dict[str, Any], walk))
    return shown
