import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import stopped, weights

from s2s_helpers.train import segment
from s2s_helpers.train.loop import fit
from s2s_helpers.train.training import decay_at_end

RECIPE = segment.SegmentRecipe(steps=60, batch=4, base=4, cap=8, depth=3, lr=1e-2, size=32)


def source():
    """Pictures whose label can be read off their color."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (6, 4, 4), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    pictures = np.stack([labels * 100, 255 - labels * 100, labels], axis=1)
    return segment.labeled(pictures, labels)


def test_windows_of_pictures_and_labels_are_the_same():
    x, y = source()(1, 0, 5, 32)
    assert x.shape == (5, 3, 32, 32) and y.shape == (5, 32, 32)
    inside = (x[:, 0] * 255 / 100 - y).abs() < 0.02  # but for the blurred borders
    assert inside.float().mean() > 0.6


def test_learns_and_resumes_exactly(tmp_path):
    whole, half, resumed = (segment.Segment(RECIPE, 0, source()) for _ in range(3))
    history = fit(whole).history
    assert history[-1]["accuracy"] > history[0]["accuracy"] + 0.1
    fit(stopped(half, 23), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(resumed.result))


@pytest.mark.parametrize("k", [0, 45, 59])
def test_the_first_step_of_adam_is_as_long_as_the_learning_rate(k):
    """It falls to 0 over the second half of the run."""
    training = segment.Segment(dataclasses.replace(RECIPE, weight_decay=0.0), 0, source())
    net = training.result
    before = [p.detach().clone() for p in net.parameters()]
    training.step(k)
    longest = max((p - start).abs().max().item() for p, start in zip(net.parameters(), before, strict=True))
    assert longest == pytest.approx(RECIPE.lr * decay_at_end(k, RECIPE.steps, 0.5), rel=1e-2)


def test_weights_decay():
    """By the learning rate times ``weight_decay``, beside Adam's step."""
    weights = []
    for decay in (0.0, 1.0):
        training = segment.Segment(dataclasses.replace(RECIPE, weight_decay=decay), 0, source())
        net = training.result
        before = next(net.parameters()).detach().clone()
        training.step(0)
        weights.append(next(net.parameters()).detach())
    assert torch.allclose(weights[0] - weights[1], RECIPE.lr * before, atol=1e-7)
