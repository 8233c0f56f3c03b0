"""A picture that is seen while it is being found (chapter 12_gatys_lbfgs)."""

from collections.abc import Callable

import torch

from .frame import frame


def live(alt: str = "the picture so far", every: int = 1, quality: int = 85) -> Callable[[int, torch.Tensor], None]:
    """A callback ``(iteration, picture)`` that shows the picture in the cell of a notebook, always in the same place.

    It is meant for ``optimize.loop.run`` and all that passes a ``preview`` on to it. It shows the first picture and
    each one whose iteration is a multiple of ``every``; the last of them stays in the page, as a JPEG of the given
    ``quality``. ``alt`` says for those who do not see it what the picture is.
    """
    from IPython.display import HTML, display

    place = display(HTML(""), display_id=True)

    def show(iteration: int, picture: torch.Tensor) -> None:
        if iteration == 1 or iteration % every == 0:
            place.update(HTML(frame(picture, alt, at(iteration, picture), quality)))

    return show


def at(iteration: int, picture: torch.Tensor) -> str:
    """In words, which picture of a run it is; the size tells the scale."""
    return f"iteration {iteration} at {picture.shape[-1]}x{picture.shape[-2]}"
