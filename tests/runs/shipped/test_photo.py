"""The way from photos to weights and scored card, in small."""

import dataclasses

import pytest
import torch
from tiny import TINY

from s2s_helpers import zoo
from s2s_helpers.runs.shipped import photo
from s2s_helpers.runtime.checkpoint import CheckpointError


def test_photo(tmp_path, photos, monkeypatch):
    photo.train(dataclasses.replace(photo.PHOTO, **TINY), 0, tmp_path, [], [photos])
    monkeypatch.setattr(photo, "SIMPLE_ANSWERS", 3)
    photo.score(tmp_path / "photo.safetensors", [], [photos], photos)
    card = zoo.card(str(tmp_path / "photo.safetensors"))
    assert card["data"].startswith("3 photos")
    assert set(card["scores"]) == {"drawn from the photo", "drawn by a person"}
    for scores in card["scores"].values():
        assert 0 < scores["generator"]["L1"] < 1


def test_a_training_begins_with_another_generator(tmp_path, photos):
    recipe = dataclasses.replace(photo.PHOTO, **TINY)
    first = photo.train(recipe, 0, tmp_path / "first", [], [photos])
    unmoved = dataclasses.replace(recipe, lr=0.0)
    second = photo.train(unmoved, 1, tmp_path / "second", [], [photos], start=str(first))
    for mine, theirs in zip(zoo.load(str(second)).parameters(), zoo.load(str(first)).parameters(), strict=True):
        assert torch.equal(mine, theirs)
    card, known = zoo.card(str(second)), zoo.card(str(first))
    assert card["begun with"] == {key: known[key] for key in ("name", "sha256", "steps", "seconds")}
    wider = dataclasses.replace(recipe, base=8)
    with pytest.raises(CheckpointError, match="cannot begin with it, which has base 4 and not 8"):
        photo.train(wider, 0, tmp_path / "third", [], [photos], start=str(first))


def test_drawings_of_photos_lie_on_their_photos(photos):
    """Sketch and picture of a pair are the same window: edges of one lie on edges of the other."""
    pictures, contours = photo.photos_and_contours([], [photos])
    batches = photo.photo_pairs(pictures, contours)
    sketch, picture = batches(0, 0, 12, 64)
    assert sketch.shape == picture.shape == (12, 3, 64, 64)
    steep = sum(torch.diff(picture, dim=d, append=picture.narrow(d, -1, 1)).abs().mean(dim=1) for d in (2, 3))
    inked = sketch[:, 0] < 0.5
    assert steep[inked].mean() > 2 * steep[~inked].mean()
