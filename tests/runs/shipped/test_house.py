"""The way from photos and label maps of buildings to the weights of house and its scored card, in small."""

import dataclasses

import numpy as np
import pytest
import torch
from PIL import Image
from small_trainings import vgg
from tiny import TINY

from s2s_helpers import zoo
from s2s_helpers.data.cmp_facades import COLORS
from s2s_helpers.runs.shipped import house


@pytest.fixture
def facades(tmp_path):
    (tmp_path / "cmp" / "train").mkdir(parents=True)
    for i in range(2):
        both = np.full((64, 128, 3), 90 * i, dtype=np.uint8)
        both[:, 64:] = COLORS["facade"]
        both[16:32, 80:96] = COLORS["window"]
        Image.fromarray(both).save(tmp_path / "cmp" / "train" / f"{i}.png")
    return tmp_path / "cmp"


def test_house(tmp_path, facades, photos, monkeypatch):
    monkeypatch.setattr(zoo, "loss_network", lambda *_: vgg())
    monkeypatch.setattr(zoo, "hed", lambda path: lambda x: 1 - x.mean(dim=1, keepdim=True))
    monkeypatch.setattr(house, "HINTS", (2,))
    monkeypatch.setattr(house, "ANSWERS", 2)
    recipe = dataclasses.replace(house.HOUSE, **TINY | {"scales": 1, "hints": 3})
    path = house.train(recipe, 0, tmp_path, [photos], facades)
    house.score(path, photos, tmp_path / "vgg", tmp_path / "hed")
    card = zoo.card(str(path), "generator")
    assert card["data"].startswith("8 photos") and "Tylecek" in card["terms"]
    assert set(card["scores"]) == {f"{kind}, {name}" for kind in ("HED", "another hand") for name in ("house", "photo")}
    assert set(card["kernel"]) == {"relu3_3", "relu4_3"} and set(card["hints"]["2"]) == {"without", "with", "reached"}
    assert set(card["spread"]) == {"palettes", "dropout"} and set(card["spread"]["dropout"]) == {"color", "edges"}
    assert "2 answers to each drawing" in card["protocol"] and zoo.load(str(path)).hints


def test_hint_scores_by_hand():
    """A generator that paints all gray, and the hints as they are."""

    def gray(sketch, hints=None):
        x = torch.full_like(sketch, 0.5)
        return x if hints is None else torch.where(hints[:, 3:] > 0, hints[:, :3], x)

    pictures = torch.tensor([0.9, 0.2, 0.1]).view(1, 3, 1, 1).expand(2, -1, 64, 64)
    sketches = torch.ones(2, 3, 64, 64)
    scores = house.hint_scores(gray, sketches, gray(sketches), pictures, 6)
    assert scores["reached"] > 0.9 and scores["with"] < 0.97 * scores["without"]
    unheard = house.hint_scores(lambda sketch, hints=None: gray(sketch), sketches, gray(sketches), pictures, 6)
    assert unheard["reached"] == 0 and unheard["with"] == unheard["without"]


class Washed(torch.nn.Module):
    """A network that lays the mean color of its hints over the drawing, and drops from the drawing what chance says."""

    def __init__(self):
        super().__init__()
        self.dropout = torch.nn.Dropout(0.3)

    def forward(self, sketch, hints=None):
        color = 1.0 if hints is None else hints[:, :3].sum((2, 3), True) / hints[:, 3:].sum((2, 3), True)
        return (self.dropout(sketch) * color).clamp(0, 1)


def test_spread_scores_by_hand():
    """Palettes tint the paper and leave its lines; what is dropped leaves holes all over it."""
    sketches = torch.ones(2, 3, 64, 64)
    sketches[..., 20:44, 20:23] = sketches[..., 20:23, 20:44] = 0
    net = Washed().eval()
    told = house.spread_scores(net, sketches, 3)
    assert 2 < told["palettes"]["color"] and told["dropout"]["color"] > 2
    assert told["palettes"]["edges"] > 0.8 > told["dropout"]["edges"]
    assert torch.equal(net(sketches), sketches), "nothing is dropped afterwards"
    blind = house.spread_scores(lambda_net(lambda sketch, hints=None: sketch), sketches, 3)
    assert blind["palettes"]["color"] == blind["dropout"]["color"] == 0


def lambda_net(f) -> torch.nn.Module:
    net = torch.nn.Module()
    net.forward = f
    return net


def test_color_difference_of_a_published_pair():
    """Black and white are 100 apart; equal colors 0."""
    black, white = np.zeros(3), np.ones(3)
    assert house.color_difference(black, white) == pytest.approx(100, abs=0.1)
    assert house.color_difference(white, white) == 0
