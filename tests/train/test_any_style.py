"""The training of a network for every painting learns, and goes on exactly where it was stopped."""

import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import advance, loss_network, stopped, waves, weights

from s2s_helpers import zoo
from s2s_helpers.data.photos import Crops
from s2s_helpers.train import loop
from s2s_helpers.train.any_style import APART, AnyStyle, AnyStyleRecipe

RECIPE = AnyStyleRecipe(steps=6, batch=2, size=32, painting_size=32, base=4, embedding=6, bfloat16=False)
PAINTINGS = Crops([np.full((40, 40, 3), shade, np.uint8) for shade in (30, 120, 220)])


def begin(paintings=PAINTINGS, start=None, **changes):
    recipe = dataclasses.replace(RECIPE, **changes)
    return AnyStyle(recipe, 0, waves(), paintings, zoo.loss_network("pocket"), loss_network(), start=start)


def test_it_learns_to_paint_what_it_reads():
    training = begin(steps=60, lr=3e-3, content_weight=0.0, lr_decay=0.0)
    photo, painting = waves()(1, 0, 4, 32), PAINTINGS(1, 0, 4, 32)
    before = training.losses(photo, painting)["style"].mean().item()
    advance(training, 60)
    after = training.losses(photo, painting)["style"].mean().item()
    assert after < 0.7 * before
    dark, light = (training.net(photo, training.net.embed(torch.full((4, 3, 32, 32), v))).mean() for v in (0.1, 0.9))
    assert dark + 0.05 < light


def test_resumed_equals_uninterrupted(tmp_path):
    whole, first, second = begin(), begin(), begin()
    loop.fit(whole)
    loop.fit(stopped(first, 3), tmp_path)
    loop.fit(second, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(second.result))
    assert (tmp_path / "preview.png").is_file()


def test_photos_and_paintings_are_drawn_apart():
    """The same random numbers for both would let photo k meet painting k for ever."""
    seen = []

    def paintings(seed, step, n, size):
        seen.append(seed)
        return PAINTINGS(seed, step, n, size)

    training = begin(paintings)
    training.step(0)
    assert seen and all(seed == APART for seed in seen) and training.seed == 0


def test_it_begins_with_a_network_of_its_kind():
    known = begin().net
    known.c9.conv.weight.data.fill_(0.123)
    net = begin(start=known).net
    assert net.c9.conv.weight.eq(0.123).all() and net.center.equal(known.center)


@pytest.mark.parametrize("changes", [{"size": 30}, {"steps": -1}, {"content_layer": "relu2_2"}, {"style_weight": 9.0}])
def test_every_switch_counts_or_is_refused(changes):
    if "size" in changes or "steps" in changes:
        with pytest.raises(ValueError, match="30 pixels|steps is -1"):
            begin(**changes)
        return
    plain, other = begin(), begin(**changes)
    plain.step(0), other.step(0)
    assert not torch.equal(weights(plain.result), weights(other.result))
