"""Color hints: taken from the picture that they are for, few or many, sometimes none; always the same for a step."""

import numpy as np
import pytest
import torch

from s2s_helpers.data import hint_samples
from s2s_helpers.data.hint_samples import Hint, hint, laid, sampled

HALVES = torch.cat([torch.full((1, 64, 32), 0.2), torch.full((1, 64, 32), 0.8)], dim=2).repeat(3, 1, 1)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_hint_has_the_color_of_what_lies_there():
    given = [hint(HALVES, rng(i)) for i in range(40)]
    off = [abs(each.color - HALVES[:, each.where].mean().item()).max() for each in given]
    assert np.median(off) < 0.06
    assert np.std([each.color.mean() for each in given]) > 0.2  # of both halves


def test_of_several_strokes_the_one_over_one_color_is_taken(monkeypatch):
    """On either side of the border, rarely across it."""
    across = {}
    for trials in (1, 3):
        monkeypatch.setattr(hint_samples, "TRIALS", trials)
        monkeypatch.setattr(hint_samples, "SLIP", 0.0)
        across[trials] = np.mean([np.ptp(HALVES[0].numpy()[hint(HALVES, rng(i)).where]) > 0 for i in range(60)])
    assert across[3] < 0.5 * across[1]


def test_where_there_is_no_hint_there_is_nothing():
    where = np.zeros((64, 64), bool)
    where[8:16, 8:16] = True
    (planes,) = laid([Hint(where, np.array([0.1, 0.5, 0.9]))], (64, 64))
    assert torch.equal(planes[3], torch.from_numpy(where).float())
    assert torch.allclose(planes[:3, 10, 10], torch.tensor([0.1, 0.5, 0.9])) and not planes[:, 0, 0].any()
    assert not laid([], (64, 64)).any()


def test_the_last_hint_lies_on_top():
    where = np.ones((4, 4), bool)
    planes = laid([Hint(where, np.zeros(3)), Hint(where, np.ones(3))], (4, 4))
    assert planes.min() == 1


def test_a_share_has_none_and_the_others_up_to_the_most():
    pictures = HALVES.expand(200, -1, -1, -1)
    some = sampled(pictures, rng(), 30)
    inked = some[:, 3].flatten(1).mean(dim=1)
    assert some.shape == (200, 4, 64, 64) and 0.3 < (inked == 0).float().mean() < 0.5
    assert sampled(pictures[:9], rng(), 30, without=0.0)[:, 3].flatten(1).amax(dim=1).min() == 1
    assert not sampled(pictures[:9], rng(), 30, without=1.0).any()


def test_hints_are_a_function_of_their_random_numbers():
    assert torch.equal(sampled(HALVES[None], rng(3), 30, 0.0), sampled(HALVES[None], rng(3), 30, 0.0))


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (257, 64)])
def test_pictures_of_any_size(shape):
    given = hint(torch.rand(3, *shape), rng())
    assert given.where.shape == shape and given.where.any()
