"""Pencil learns what its teacher says, and goes on exactly where it was stopped."""

import dataclasses

import torch
from small_trainings import advance, stopped, waves, weights
from torch import nn

from s2s_helpers.train import loop
from s2s_helpers.train.pencil import Pencil, PencilRecipe

RECIPE = PencilRecipe(steps=40, batch=4, size=32, base=4, cap=8, depth=3, bfloat16=False)


class Borders(nn.Module):
    """A teacher that is sure of a line where a picture is dark."""

    def forward(self, x):
        return (8 * (0.4 - x.mean(dim=1, keepdim=True))).sigmoid()


def begin(**changes):
    return Pencil(dataclasses.replace(RECIPE, **changes), 0, waves(), Borders())


def test_it_learns_what_the_teacher_says():
    training, x = begin(), waves()(1, 0, 4, 32)
    before = training.losses(x)["L1"].item()
    advance(training, 40)
    after = training.losses(x)
    assert after["L1"] < 0.5 * before
    told = Borders()(x)
    least = nn.functional.binary_cross_entropy(told, told)
    assert least < after["cross-entropy"] < least + 0.2


def test_its_answer_is_what_the_loss_compares():
    training, x = begin(), waves()(1, 0, 4, 32)
    training.net.eval()
    assert torch.allclose((training.net(x) - Borders()(x)).abs().mean(), training.losses(x)["L1"], atol=1e-6)


def test_resumed_equals_uninterrupted(tmp_path):
    whole, first, second = begin(steps=6), begin(steps=6), begin(steps=6)
    loop.fit(whole)
    loop.fit(stopped(first, 3), tmp_path)
    loop.fit(second, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(second.result))
    assert (tmp_path / "preview.png").is_file()
