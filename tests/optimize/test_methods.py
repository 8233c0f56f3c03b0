from itertools import islice

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from s2s_helpers.optimize.methods import METHODS, projected_lbfgs


def quadratic(n: int, seed: int, condition: float = 100.0):
    """A convex bowl over (1, 3, n, n) pictures whose bottom lies outside [0, 1] in many pixels."""
    torch.manual_seed(seed)
    size = 3 * n * n
    rotation, _ = torch.linalg.qr(torch.randn(size, size, dtype=torch.float64))
    matrix = rotation @ torch.logspace(0, np.log10(condition), size, dtype=torch.float64).diag() @ rotation.T
    bottom = torch.rand(size, dtype=torch.float64) * 3 - 1

    def f(x):
        away = x.double().flatten() - bottom
        gradient = matrix @ away
        return 0.5 * (away @ gradient).item(), gradient.reshape(x.shape).to(x.dtype)

    return f, torch.rand(1, 3, n, n, dtype=torch.float64)


def rosenbrock(x):
    """The bent valley; on the path to its bottom at (1, 1, ...) lies the bound."""
    z = (1.4 * x.detach().double().flatten()).requires_grad_()  # bottom at x = 1 / 1.4
    loss = (100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum()
    (gradient,) = torch.autograd.grad(loss, z)
    return loss.item(), (1.4 * gradient).reshape(x.shape)


def scipy_answer(f, x) -> float:
    """The loss that SciPy's L-BFGS-B reaches from the same start."""

    def flat(z):
        loss, gradient = f(torch.from_numpy(z).reshape(x.shape))
        return loss, gradient.numpy().ravel()

    options = {"maxiter": 2000, "maxfun": 4000, "ftol": 1e-15, "gtol": 1e-10}
    bounds = [(0, 1)] * x.numel()
    return minimize(flat, x.numpy().ravel(), jac=True, method="L-BFGS-B", bounds=bounds, options=options).fun


@pytest.mark.parametrize("seed", range(3))
def test_projected_lbfgs_finds_what_scipy_finds(seed):
    f, x = quadratic(4, seed)
    best = min(it.loss for it in islice(projected_lbfgs(f, x), 300))
    assert best == pytest.approx(scipy_answer(f, x), rel=1e-6)


def test_projected_lbfgs_follows_a_bent_valley():
    x = torch.full((1, 3, 2, 2), 0.2, dtype=torch.float64)
    best = min(it.loss for it in islice(projected_lbfgs(rosenbrock, x), 500))
    assert best == pytest.approx(scipy_answer(rosenbrock, x), abs=1e-8)


def test_no_point_outside_the_box_is_ever_looked_at():
    f, x = quadratic(4, 0, condition=1e4)
    seen = []

    def watched(x):
        seen.append(((x < 0) | (x > 1)).sum().item())
        return f(x)

    last = list(islice(projected_lbfgs(watched, x), 100))[-1]
    assert len(seen) > 20 and set(seen) == {0}
    assert ((last.x == 0) | (last.x == 1)).float().mean() > 0.2  # the bounds matter here


def test_it_ends_where_no_pixel_wants_to_move():
    f, x = quadratic(2, 1, condition=2.0)
    iterates = list(islice(projected_lbfgs(f, x), 1000))
    assert len(iterates) < 1000
    _, gradient = f(iterates[-1].x)
    x = iterates[-1].x
    held = (x == 0) & (gradient >= 0) | (x == 1) & (gradient <= 0)
    assert gradient[~held].abs().max() < 1e-4


@pytest.mark.parametrize("name", METHODS)
def test_every_method_starts_at_the_start_and_goes_down(name):
    f, x = quadratic(3, 0, condition=10.0)
    iterates = list(islice(METHODS[name](f, x), 60))
    assert torch.allclose(iterates[0].x, x, atol=2e-3)
    assert iterates[0].loss == pytest.approx(f(iterates[0].x)[0])
    inside = min(f(it.x.clamp(0, 1))[0] for it in iterates)
    assert inside < 0.7 * iterates[0].loss
    counts = [it.evaluations for it in iterates]
    assert counts[0] == 1 and counts == sorted(counts)


def test_only_the_plain_method_leaves_the_range():
    f, x = quadratic(3, 0)
    left = {
        name: any(bool(((it.x < 0) | (it.x > 1)).any()) for it in islice(METHODS[name](f, x), 30)) for name in METHODS
    }
    assert [name for name, out in left.items() if out] == ["L-BFGS, clamped at the end"]


@pytest.mark.parametrize("units", [1e-8, 1e8])
@pytest.mark.parametrize("name", METHODS)
def test_no_method_asks_for_the_units_of_the_loss(name, units):
    """torch's L-BFGS learns nothing of the curvature of a loss that is too small, and goes nowhere."""
    f, x = quadratic(3, 0, condition=10.0)
    x = x.float()

    def measured(x):
        loss, gradient = f(x)
        return units * loss, units * gradient

    reached, wanted = (min(it.loss for it in islice(METHODS[name](g, x), 60)) for g in (measured, f))
    assert reached / units < wanted + 0.01 * f(x)[0]
