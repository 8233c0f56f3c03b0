"""The class-conditional GAN on parts that are told apart by how light they are."""

import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import stopped

from s2s_helpers.data import parts
from s2s_helpers.nets.class_conditional import CLASSES, NOISE, make
from s2s_helpers.train import class_gan
from s2s_helpers.train.loop import fit

RECIPE = class_gan.ClassGANRecipe(steps=200)
LEVELS = torch.linspace(0.1, 0.9, CLASSES)
KINDS = torch.arange(CLASSES).repeat(8)
DRAW = parts.evenly(KINDS, LEVELS[KINDS].view(-1, 1, 1, 1) + 0.02 * torch.rand(len(KINDS), 3, 16, 16))


@pytest.fixture(scope="module")
def trained():
    training = class_gan.ClassGAN(RECIPE, 0, DRAW, keep=(5, 200))
    progress = fit(training)
    return training.result, training.kept, progress


def levels(net):
    """How light each kind is."""
    noise = torch.randn(20, NOISE, generator=torch.Generator().manual_seed(0))
    return torch.stack([make(net, noise, kind).mean() for kind in range(CLASSES)])


def test_learns_what_each_class_looks_like(trained):
    generator, kept, progress = trained
    assert (levels(generator) - LEVELS).abs().max() < 0.15
    assert (levels(kept[5]) - LEVELS).abs().max() > 0.2
    assert torch.equal(levels(kept[200]), levels(generator))
    assert set(progress.history[0]) == {"step", "D", "G"}


def test_a_discriminator_that_does_not_look_teaches_no_class(trained):
    careless = class_gan.ClassGAN(dataclasses.replace(RECIPE, conditional=False), 0, DRAW)
    fit(careless)
    assert (levels(careless.result) - LEVELS).abs().max() > 0.25


def test_resumes_exactly(tmp_path):
    recipe = dataclasses.replace(RECIPE, steps=12)
    whole, half, resumed = (class_gan.ClassGAN(recipe, 0, DRAW) for _ in range(3))
    fit(whole)
    fit(stopped(half, 5), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert all(map(torch.equal, whole.result.state_dict().values(), resumed.result.state_dict().values()))


@pytest.mark.parametrize("changes", [{"betas": (0.9, 0.999)}, {"lr": 1e-3}, {"ema_decay": 0.5}, {"conditional": False}])
def test_every_switch_of_the_recipe_changes_the_step(changes):
    """And nothing else does: the same recipe leads to the same weights."""
    trained = []
    for switch in ({}, {}, changes):
        training = class_gan.ClassGAN(dataclasses.replace(RECIPE, **switch), 0, DRAW)
        for k in range(12):  # at first the average forgets faster than ``ema_decay``
            training.step(k)
        trained.append(torch.cat([p.detach().flatten() for p in training.result.parameters()]))
    plain, again, changed = trained
    assert torch.equal(plain, again) and not torch.equal(plain, changed)


def test_the_average_follows_slowly_and_counters_are_copied():
    slow, fast = (torch.nn.BatchNorm1d(2) for _ in range(2))
    fast(torch.from_numpy(np.float32([[1, 2], [5, 6]])))
    class_gan.move_towards(slow, fast, 0.75)
    assert torch.allclose(slow.running_mean, fast.running_mean / 4)
    assert slow.num_batches_tracked == 1
