import dataclasses

import pytest
import torch
from small_trainings import vgg

from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.optimize import gatys
from s2s_helpers.runs.shipped.scores import (
    generator_scores,
    optimization_scores,
    picture_scores,
    pocket_scores,
    stylized_and_noisy,
)


def test_perfect_and_worst_pictures():
    white, black = torch.ones(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    assert picture_scores(white, white) == {"L1": 0.0, "L": 1.0, "a": 1.0, "b": 1.0}
    assert picture_scores(white, black)["L1"] == 1.0


def test_answers_that_need_no_learning():
    sketches = torch.stack([torch.full((3, 32, 32), v) for v in (0.0, 1.0)])
    pictures = torch.stack([torch.full((3, 32, 32), v) for v in (0.2, 0.8)])
    test = sketches.flip(0), pictures.flip(0)
    scores = generator_scores(torch.zeros_like(test[1]), (sketches, pictures), test)
    assert scores["generator"]["L1"] == pytest.approx(0.5)  # (0.2 + 0.8) / 2
    assert scores["mean picture"]["L1"] == pytest.approx(0.3)  # 0.5 against 0.2 and 0.8
    assert scores["nearest neighbor"]["L1"] == 0.0  # found its own picture though the order is reversed


def test_four_states_in_turn():
    x = torch.full((1, 3, 8, 8), 0.5)
    plain, painted, noisy, both = stylized_and_noisy([x] * 4, lambda x, i: x * 0, seed=0)
    assert torch.equal(plain, x) and torch.equal(painted, x * 0)
    assert 0.05 < (noisy - x).std() < 0.15 and both.mean() < 0.1 and both.max() > 0


def test_pocket_scores_of_a_perfect_part():
    """A pocket that has the very values of the channels that it keeps errs by what the others would have told alone."""
    real, rng = vgg(), torch.Generator().manual_seed(0)
    kept = {name: torch.arange(0, real.convs[name].out_channels, 2) for name in STYLE_LAYERS}

    class Part:
        kept = staticmethod(lambda name: kept[name])

        def __init__(self, error=0.0):
            self.error = error

        def __call__(self, x, layers):
            return {name: f[:, kept[name]] + self.error for name, f in real(x, layers).items()}

    pictures = [torch.rand(1, 3, 32, 24, generator=rng) * (i + 1) / 14 for i in range(14)]
    scores = pocket_scores(Part(), real, pictures)
    assert set(scores) == {*STYLE_LAYERS, "all layers"}
    for name in STYLE_LAYERS:
        assert scores[name]["gram error"] == 0 and 0.8 < scores[name]["style loss correlation"] <= 1
    for name in ("relu2_2", "relu3_3"):
        assert scores[name]["content loss correlation"] > 0.9
    assert pocket_scores(Part(0.1), real, pictures)["relu3_3"]["gram error"] > 0.01


def test_optimization_is_judged_by_the_real_network():
    """Through the real network itself it is worth as much; through one that sees next to nothing, less."""
    real, blind = vgg(), vgg()
    for conv in blind.convs.values():
        conv.weight.data *= 0.01
    pairs = [tuple(torch.rand(2, 1, 3, 32, 32, generator=torch.Generator().manual_seed(k))) for k in range(2)]
    recipe = dataclasses.replace(gatys.BOOK, steps=20, scales=1, bfloat16=False)
    same = optimization_scores({"pocket": real}, real, pairs, recipe)
    assert same["ratio"] == 1 and same["through pocket"] == same["through VGG-16"]
    worse = optimization_scores({"pocket": blind}, real, pairs, recipe)
    assert worse["through VGG-16"] == same["through VGG-16"] and worse["ratio"] > 1.02
