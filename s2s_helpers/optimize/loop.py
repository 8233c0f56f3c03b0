"""The one loop behind every picture found by optimization (chapter 12_gatys_lbfgs).

It counts, keeps the best picture, shows how it goes, and stops when told to, when nothing moves any more, or
when the loss runs away.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from tqdm.auto import tqdm

from ..runtime.memory import keep_memory
from ..runtime.precision import autocast
from .methods import METHODS, Function

Terms = Callable[[torch.Tensor], dict[str, torch.Tensor]]
RUNAWAY = 1e3  # times the loss of the start: beyond it the run is given up


@dataclass
class Found:
    """What an optimization gave.

    ``picture`` (1, 3, H, W) in [0, 1] is the best one seen, clamped if the method had left the range, and
    ``loss`` the loss of just that picture. ``history`` has a line for each iteration: "iteration",
    "evaluations" (of loss and gradient so far), "seconds", "loss", each weighted term by its name, and
    "outside", the share of pixel values beyond [0, 1]. ``ended`` says why it stopped.
    """

    picture: torch.Tensor
    loss: float = math.inf
    history: list[dict[str, float]] = field(default_factory=list)
    ended: str = ""


def function_of(terms: Terms, latest: dict[str, float], bfloat16: bool) -> Function:
    """The sum of the ``terms`` and its gradient at a picture; the terms themselves are left in ``latest``."""

    def f(x: torch.Tensor) -> tuple[float, torch.Tensor]:
        x = x.detach().requires_grad_()
        with torch.enable_grad(), autocast(x.device.type, bfloat16):
            each = terms(x)
            if not each:
                raise ValueError("nothing to minimize: all weights are 0")
            total = sum(each.values(), torch.zeros(()))
        (gradient,) = torch.autograd.grad(total, x)
        latest.update({name: term.item() for name, term in each.items()})
        return total.item(), gradient

    return f


def run(
    terms: Terms,
    start: torch.Tensor,
    steps: int,
    method: str = "projected L-BFGS",
    bfloat16: bool = False,
    preview: Callable[[int, torch.Tensor], None] | None = None,
    name: str = "optimize",
) -> Found:
    """Minimize the sum of ``terms(x)``, weighted scalars by name, over pictures x (1, 3, H, W) in [0, 1].

    ``method`` is a key of ``METHODS``; ``steps`` are its iterations. ``preview(iteration, picture)`` is called
    with the picture of every iteration; without it there is a progress bar. An interrupt (Ctrl-C, or the
    notebook's stop button) returns the best picture so far, and so does a loss that runs away or is not finite;
    ``ended`` says which. Raises ValueError for an unknown method, and for a sum of nothing.
    """
    if method not in METHODS:
        raise ValueError(f"no method named {method}; there are {', '.join(METHODS)}")
    keep_memory()
    latest: dict[str, float] = {}
    f = function_of(terms, latest, bfloat16)
    found = Found(start.clamp(0, 1), ended=f"{steps} iterations done")
    best, began = math.inf, time.monotonic()
    iterates = METHODS[method](f, start)
    hidden = {"disable": True} if preview else {}  # a False would have more weight than TQDM_DISABLE
    with tqdm(total=steps, desc=name, unit="it", mininterval=0.5, **hidden) as bar:
        try:
            for iteration in range(1, steps + 1):
                it = next(iterates, None)
                if it is None:
                    found.ended = f"nothing lowers the loss any more after {iteration - 1} iterations"
                    break
                if not math.isfinite(it.loss) or it.loss > RUNAWAY * (found.history or [{"loss": math.inf}])[0]["loss"]:
                    found.ended = f"the loss ran away at iteration {iteration}; the picture is the best one before it"
                    break
                outside = ((it.x < 0) | (it.x > 1)).float().mean().item()
                line = {"iteration": iteration, "evaluations": it.evaluations, "seconds": time.monotonic() - began}
                found.history.append({**line, "loss": it.loss, **latest, "outside": outside})
                if it.loss < best:
                    best, found.picture = it.loss, it.x
                if preview:
                    preview(iteration, it.x.clamp(0, 1))
                bar.set_postfix(loss=f"{it.loss:.4g}", refresh=False)
                bar.update()
        except KeyboardInterrupt:
            found.ended = f"stopped at iteration {len(found.history)}"
    outside = bool(((found.picture < 0) | (found.picture > 1)).any())
    found.picture = found.picture.clamp(0, 1)
    found.loss = f(found.picture)[0] if outside or not found.history else best
    return found
