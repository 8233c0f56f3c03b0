"""The way from photos to the weights of pencil and its scored card, in small."""

from s2s_helpers import zoo
from s2s_helpers.nets.hed import HED
from s2s_helpers.runs.shipped import pencil
from s2s_helpers.train.pencil import PencilRecipe


def test_pencil(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(zoo, "hed", lambda path: HED().eval())
    recipe = PencilRecipe(steps=2, batch=2, size=32, base=4, cap=8, depth=3)
    path = pencil.train(recipe, 0, tmp_path, [photos], tmp_path / "hed.npz")
    pencil.score(path, photos, tmp_path / "hed.npz")
    card = zoo.card(str(path), "edge detector")
    assert set(card["scores"]) == {"pencil", "HED", "edges", "ink", "cleaned ink", "chance"}
    assert card["scores"]["edges"]["F1"] > 0.9  # the contours of these photos are their edges
    assert card["teacher"] == "hed.npz" and "HED weights: MIT" in card["terms"]
