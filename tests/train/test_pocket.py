"""The distillation of the loss network, in small: it learns, resumes exactly, and minimizes what is said."""

import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import RECIPES, advance, begin, loss_network, stopped, vgg, waves, weights

from s2s_helpers.losses.perceptual import distance, gram_matrix
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.train import pocket
from s2s_helpers.train.loop import fit

POCKET = RECIPES["pocket"]


def test_pair_error_by_hand():
    """Distances between neighbors: theirs 5 each way; ours twice as far, and none at all."""
    theirs = torch.zeros(2, 2, 2)
    theirs[0, 0, 0], theirs[0, 1, 1] = 3, 4
    assert torch.allclose(pocket.pair_error(2 * theirs, theirs), torch.ones(2))
    assert torch.allclose(pocket.pair_error(0 * theirs, theirs), torch.ones(2))
    assert torch.allclose(pocket.pair_error(theirs + 7, theirs), torch.zeros(2))  # a common error is none


def test_the_result_is_in_the_units_of_the_real_network(crops):
    """Before the first step it answers as pruning left it, though it learns in other units."""
    training = begin("pocket")
    assert len(set(training.units.values())) > 1
    real, x = vgg(), crops(5, 0, 4, 32)
    with torch.no_grad():
        given, found = real(x, STYLE_LAYERS), training.result(x)
        learning = training.net(x)
    for name in STYLE_LAYERS:
        wanted = given[name][:, training.net.kept(name)]
        assert distance(found[name], wanted).mean() < 0.3
        assert torch.equal(learning[name] * training.units[name], found[name])


def test_pocket_learns_and_resumes_exactly(tmp_path):
    whole, half, resumed = (begin("pocket", lr=3e-3) for _ in range(3))
    for training in (whole, half):  # which pruning leaves with little to learn
        training.net.convs["relu4_3"].conv.weight.data *= 0.5
    x = waves()(5, 0, 8, 32)
    before = whole.losses(x)["f4"]
    fit(whole)
    assert whole.losses(x)["f4"] < 0.8 * before
    fit(stopped(half, 9), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(resumed.result))


@pytest.mark.parametrize("changes", [{"gram_weight": 0.0}, {"pair_weight": 0.0}, {"lr": 1e-3}])
def test_every_switch_of_the_distillation_changes_the_step(changes):
    """And nothing else does."""
    trained = []
    for switch in ({}, {}, changes):
        training = begin("pocket", **switch)
        advance(training, 2)
        trained.append(weights(training.result))
    plain, again, changed = trained
    assert torch.equal(plain, again) and not torch.equal(plain, changed)


def test_pool_pictures_move_towards_their_style(crops):
    net, rng = loss_network().requires_grad_(False), np.random.default_rng(0)
    pool = pocket.Pool(crops, crops, dataclasses.replace(POCKET, pool_renewal=0.0))
    chosen = pool.choose(rng, 2)
    pool.weights[chosen] = 100.0  # the style counts, and the content hardly does

    def away():
        """How far the Gram matrices of the pictures are from those of their styles."""
        ours, theirs = net(pool.pictures[chosen]), net(pool.targets[chosen])
        return torch.stack([distance(gram_matrix(ours[n]), gram_matrix(theirs[n])).mean() for n in STYLE_LAYERS]).sum()

    before = away()
    for _ in range(10):
        pool.advance(net, chosen)
    assert away() < 0.8 * before
    assert 0 <= pool.pictures.min() and pool.pictures.max() <= 1


def test_altered_pictures_are_pictures(crops):
    x = crops(0, 0, 8, 32)
    y = pocket.altered(x, np.random.default_rng(1))
    assert y.shape == x.shape and 0 <= y.min() and y.max() <= 1
    assert (y - x).abs().mean(dim=(1, 2, 3)).max() > 0.05
