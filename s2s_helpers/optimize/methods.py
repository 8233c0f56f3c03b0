"""Ways to minimize a loss over the pixels of a picture (chapter 12_gatys_lbfgs).

Each method is a generator: ``method(f, x)`` starts at the picture ``x`` (1, 3, H, W) in [0, 1] and yields one
``Iterate`` after the other, the start first. ``f(x)`` gives the loss and its gradient. All but the projected
L-BFGS are here to be compared with it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

import torch

Function = Callable[[torch.Tensor], tuple[float, torch.Tensor]]
Method = Callable[[Function, torch.Tensor], Iterator["Iterate"]]

SUFFICIENT = 1e-4  # Armijo's constant (Nocedal and Wright 2006, section 3.1)
# A step need only be better than the worst of the last ten losses (Grippo, Lampariello and Lucidi 1986): it may
# climb out of a fold, and the rounding of 16-bit features does not end the search.
RECENT = 10
TRIES = 12  # halvings of a step before it is given up
NO_GAIN = 1e-9  # part of the loss: a step that promises less is not worth taking
FIRST_STEP = 0.05  # largest change of a pixel in the first step, when no curvature is known
ADAM_RATE = 0.05  # of the methods that go by Adam's rule; pixels in [0, 1]
HISTORY = 100  # pairs that torch's L-BFGS keeps; the Lua code of Johnson et al. kept as many
# Pixels of torch's L-BFGS go to 255, as in most public codes. Its first step has the length 1, summed over all pixels;
# for pixels up to 1 that is 255 times as far, tells nothing of the curvature near by, and the next step ends nowhere.
# The loss is multiplied so that the mean of the first gradient is 1: torch drops pairs of a product below 1e-10, which
# is meant for a loss of that size.
UNITS = 255


@dataclass(frozen=True)
class Iterate:
    """A picture on the way, its loss, and how often the loss has been computed so far.

    ``x`` may lie outside [0, 1] only where the method's name says so.
    """

    x: torch.Tensor
    loss: float
    evaluations: int


class Pairs:
    """The last steps and changes of gradient, from which L-BFGS estimates the inverse Hessian."""

    def __init__(self, memory: int):
        self.kept: deque[tuple[torch.Tensor, torch.Tensor]] = deque(maxlen=memory)

    def add(self, step: torch.Tensor, change: torch.Tensor) -> None:
        """Keep a pair, unless the curvature along the step is not clearly positive (Li and Fukushima 2001)."""
        if (step * change).sum() > 1e-8 * step.norm() * change.norm():
            self.kept.append((step, change))

    def direction(self, gradient: torch.Tensor, free: torch.Tensor) -> torch.Tensor:
        """Minus the estimate of inverse Hessian times ``gradient``, in the space of the ``free`` pixels only.

        The two loops of Nocedal 1980 (Nocedal and Wright 2006, algorithm 7.4). Each pair is seen through the
        mask first, and left out if no curvature is left in what is seen.
        """
        q, used = gradient * free, []
        for step, change in reversed(self.kept):
            step, change = step * free, change * free
            if (curvature := (step * change).sum()) > 0:
                alpha = (step * q).sum() / curvature
                q = q - alpha * change
                used.append((step, change, curvature, alpha))
        if used:
            _, change, curvature, _ = used[0]
            q = q * (curvature / change.square().sum())
        for step, change, curvature, alpha in reversed(used):
            q = q + step * (alpha - (change * q).sum() / curvature)
        return -q


def projected_lbfgs(
    f: Function, x: torch.Tensor, lower: float = 0.0, upper: float = 1.0, memory: int = 20
) -> Iterator[Iterate]:
    """L-BFGS that never leaves the box: every point at which ``f`` is computed has all pixels in it.

    Two-metric projection (Bertsekas 1982, doi 10.1137/0320018; with L-BFGS: Schmidt, Kim and Sra 2012,
    "Projected Newton-type methods in machine learning"). Pixels that lie on a bound and would leave it are held;
    the quasi-Newton step is taken among the others; the line search goes along the projected path. Ends when no
    pixel wants to move, or when no step along the gradient lowers the loss any more.
    """
    x = x.clamp(lower, upper)
    loss, gradient = f(x)
    evaluations, pairs, recent = 1, Pairs(memory), deque([loss], maxlen=RECENT)
    yield Iterate(x, loss, evaluations)
    while True:
        free = ~((x <= lower) & (gradient > 0) | (x >= upper) & (gradient < 0))
        direction = pairs.direction(gradient, free)
        if not pairs.kept:
            direction *= FIRST_STEP / direction.abs().max().clamp_min(1e-30)
        elif (gradient * direction).sum() > -NO_GAIN * abs(loss):
            return
        length, found = 1.0, None
        for _ in range(TRIES):
            trial = (x + length * direction).clamp(lower, upper)
            new_loss, new_gradient = f(trial)
            evaluations += 1
            slope = (gradient * (trial - x)).sum().item()
            if new_loss <= max(recent) + SUFFICIENT * slope and slope < 0:
                found = trial
                break
            length *= 0.5
        if found is None and not pairs.kept:
            return
        if found is None:
            pairs.kept.clear()  # the curvature misled; go on along the gradient
            continue
        pairs.add(found - x, new_gradient - gradient)
        x, loss, gradient = found, new_loss, new_gradient
        recent.append(loss)
        yield Iterate(x, loss, evaluations)


def _torch_lbfgs(
    f: Function, x: torch.Tensor, project: Callable[[torch.Tensor], object], units: float = UNITS
) -> Iterator[Iterate]:
    """torch's L-BFGS with steps of full length, as the well-known public codes run it; ``project`` after each.

    What it sees is ``x`` times ``units``.
    """
    x = (x * units).requires_grad_()
    scales: list[float] = []
    optimizer = torch.optim.LBFGS([x], max_iter=1, history_size=HISTORY, tolerance_grad=0.0, tolerance_change=0.0)
    for evaluations in count(1):
        before, seen = x.detach() / units, []

        def closure() -> float:
            loss, gradient = f(before)  # noqa: B023  (called at once)
            scales.append(1 / max(gradient.abs().mean().item(), 1e-30))
            x.grad = gradient * scales[0]
            seen.append(loss)  # noqa: B023
            return loss

        optimizer.step(closure)
        yield Iterate(before, seen[0], evaluations)
        with torch.no_grad():
            project(x)


def lbfgs_clamped_at_the_end(f: Function, x: torch.Tensor) -> Iterator[Iterate]:
    """Plain L-BFGS, as most public codes run it: pixels may leave [0, 1] on the way; the last picture is clamped."""
    yield from _torch_lbfgs(f, x, lambda x: None)


def lbfgs_clamped_each_step(f: Function, x: torch.Tensor) -> Iterator[Iterate]:
    """Plain L-BFGS with the pixels clamped after each step, of which its estimate of the curvature knows nothing."""
    yield from _torch_lbfgs(f, x, lambda x: x.clamp_(0, UNITS))


def lbfgs_through_a_sigmoid(f: Function, x: torch.Tensor) -> Iterator[Iterate]:
    """Plain L-BFGS over ``logit(x)``: the sigmoid keeps all pixels within (0, 1), and no bound is ever reached."""

    def through(z: torch.Tensor) -> tuple[float, torch.Tensor]:
        y = torch.sigmoid(z)
        loss, gradient = f(y)
        return loss, gradient * y * (1 - y)

    for it in _torch_lbfgs(through, torch.logit(x, eps=1e-3), lambda z: None, units=1):
        yield Iterate(torch.sigmoid(it.x), it.loss, it.evaluations)


def adam(f: Function, x: torch.Tensor) -> Iterator[Iterate]:
    """Adam with the pixels clamped after each step: no curvature, one number for the rate."""
    x = x.clone().requires_grad_()
    optimizer = torch.optim.Adam([x], ADAM_RATE)
    for evaluations in count(1):
        loss, x.grad = f(x.detach())
        yield Iterate(x.detach().clone(), loss, evaluations)
        optimizer.step()
        with torch.no_grad():
            x.clamp_(0, 1)


METHODS: dict[str, Method] = {
    "projected L-BFGS": projected_lbfgs,
    "L-BFGS, clamped at the end": lbfgs_clamped_at_the_end,
    "L-BFGS, clamped at each step": lbfgs_clamped_each_step,
    "L-BFGS through a sigmoid": lbfgs_through_a_sigmoid,
    "Adam": adam,
}
