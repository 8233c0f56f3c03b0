import math

import pytest
import torch

from s2s_helpers.optimize.loop import run

START = torch.full((1, 3, 4, 4), 0.5)


def bowl(x):
    return {"near": (x - 0.8).square().sum(), "far": 0.1 * (x - 2).square().sum()}


def test_the_terms_are_summed_and_told():
    found = run(bowl, START, 20)
    assert torch.allclose(found.picture, torch.full_like(START, 1.0 / 1.1), atol=1e-4)  # (0.8 + 0.1 * 2) / 1.1
    assert found.loss == pytest.approx(sum(term.item() for term in bowl(found.picture).values()), rel=1e-5)
    line = found.history[0]
    assert line["loss"] == pytest.approx(line["near"] + line["far"], rel=1e-5) and line["iteration"] == 1
    assert "after" in found.ended  # a bowl is done before 20 iterations, and it says so


def test_a_picture_out_of_range_is_clamped_and_judged_again():
    far = lambda x: {"far": (x - 2).square().sum()}  # noqa: E731
    found = run(far, START, 10, "L-BFGS, clamped at the end")
    assert found.history[-1]["outside"] == 1.0 and torch.equal(found.picture, torch.ones_like(START))
    assert found.loss == pytest.approx(48.0) and found.history[-1]["loss"] < 1e-3


def test_a_loss_that_runs_away_ends_with_the_best_picture():
    count = iter(range(100))
    away = lambda x: {"a": x.sum() * (10.0 ** next(count)) + 1}  # noqa: E731
    found = run(away, START, 50, "Adam")
    assert "ran away" in found.ended and len(found.history) < 10
    assert torch.equal(found.picture, START)


def test_a_loss_that_is_no_number_ends_with_the_best_picture():
    values = iter([1.0, 0.5] + [math.nan] * 50)
    found = run(lambda x: {"a": x.sum() * 0 + next(values)}, START, 50, "Adam")
    assert "ran away" in found.ended and found.loss == 0.5


def test_an_interrupt_returns_the_best_so_far():
    def interrupt(iteration, picture):
        if iteration == 3:
            raise KeyboardInterrupt

    found = run(bowl, START, 20, "Adam", preview=interrupt)
    assert len(found.history) == 3 and found.ended == "stopped at iteration 3"
    assert found.loss == min(line["loss"] for line in found.history)


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="no method named Newton; there are projected L-BFGS"):
        run(bowl, START, 3, "Newton")


def test_a_sum_of_nothing_is_refused():
    with pytest.raises(ValueError, match="all weights are 0"):
        run(lambda x: {}, START, 3)


def test_the_bar_gives_way_to_a_preview(capsys):
    run(bowl, START, 3)
    assert "3/3" in capsys.readouterr().err
    run(bowl, START, 3, preview=lambda iteration, picture: None)
    assert not capsys.readouterr().err
