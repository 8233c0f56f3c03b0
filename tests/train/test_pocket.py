"""The distillation of the loss network, in small: it learns, resumes exactly, and minimizes what is said."""

import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import RECIPES, advance, begin, stopped, teacher, weights

from s2s_helpers.losses.perceptual import distance, gram_matrix
from s2s_helpers.nets.loss_network import COMPONENTS, Pocket
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


def test_components_keep_the_inner_products(crops):
    real = teacher()
    pocket.calibrate(real, crops, crops, POCKET, seed=0)
    x = crops(5, 0, 2, 32)
    full, reduced = real.full(x), real(x)
    for name, k in COMPONENTS.items():
        c = full[name].shape[1]
        a, b = full[name].float().flatten(1), reduced[name].float().flatten(1)
        # sqrt(K / C): the mean square over K components equals that over C channels, but for what is left out
        assert torch.allclose((a @ a.T) / c, (b @ b.T) / k, rtol=0.1)


def test_pocket_learns_and_resumes_exactly(tmp_path):
    whole, half, resumed = (begin("pocket") for _ in range(3))
    progress = fit(whole)
    assert progress.history[-1]["f1"] < progress.history[0]["f1"]
    fit(stopped(half, 9), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(resumed.result))


@pytest.mark.parametrize("changes", [{"gram_weight": 0.0}, {"pair_weight": 0.0}, {"lr": 1e-3}, {"weight_decay": 0.5}])
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
    torch.manual_seed(0)
    net, rng = Pocket().requires_grad_(False), np.random.default_rng(0)
    pool = pocket.Pool(crops, crops, dataclasses.replace(POCKET, pool_renewal=0.0))
    chosen = pool.choose(rng, 2)
    pool.weights[chosen] = 100.0  # the style counts, and the content hardly does

    def away():
        """How far the Gram matrices of the pictures are from those of their styles."""
        ours, theirs = net(pool.pictures[chosen]), net(pool.targets[chosen])
        return torch.stack([distance(gram_matrix(ours[n]), gram_matrix(theirs[n])).mean() for n in COMPONENTS]).sum()

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


@pytest.mark.parametrize("size", [(64, 64), (128, 96)])
def test_squeezenet_lies_on_the_grid_of_the_fourth_block(size):
    made = teacher()
    features = made.full(torch.rand(1, 3, *size))["relu4_3"]
    assert features.shape == (1, sum(pocket.FIRES.values()), size[0] // 8, size[1] // 8)
