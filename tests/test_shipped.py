"""The way from data to shipped weights and scored card, in small."""

import dataclasses
import shlex

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from s2s_helpers import shipped, zoo
from s2s_helpers.cli_train import train
from s2s_helpers.data.facades import Split
from s2s_helpers.data.sketches import edges
from s2s_helpers.images import save_picture
from s2s_helpers.nets.unet import UNet
from s2s_helpers.nets.vgg import VGG
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.train import pix2pix, segment, style

TINY = {"steps": 2, "batch": 2, "size": 32, "jitter": 36, "base": 4, "cap": 8, "depth": 3, "receptive_field": 16}


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder of photos with contours, as large as the scores need."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for i in range(3):
        blocks = torch.from_numpy(rng.random((1, 3, 9, 11))).float().repeat_interleave(30, 2).repeat_interleave(30, 3)
        save_picture(blocks, folder / f"{i}.jpg")
        save_picture(edges(blocks), folder / f"{i}_finest.png")
    return folder


def test_a_card_builds_the_generator_that_was_trained():
    recipe = dataclasses.replace(pix2pix.BOOK, dropout_from=1)
    assert str(UNet(**shipped.generator_arguments(recipe))) == str(pix2pix.generator_of(recipe))


def test_facade(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 255, (4, 3, 40, 40), dtype=np.uint8) for _ in range(2)]
    labels = np.zeros((4, shipped.JUDGED, shipped.JUDGED), np.uint8)
    monkeypatch.setattr(shipped, "load_split", lambda name, size=40: Split(*arrays, labels))
    shipped.facade(dataclasses.replace(pix2pix.BOOK, **TINY), 0, tmp_path)
    card = zoo.card(str(tmp_path / "facade.safetensors"))
    assert card["steps"] == 2 and card["architecture"].startswith("C4-C8-C8 and back") and card["recipe"]["base"] == 4
    critic = zoo.load(str(tmp_path / "critic.safetensors"), "discriminator")
    assert critic(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)).shape[:2] == (1, 1)
    shipped.score_facade(tmp_path / "facade.safetensors")
    scored = zoo.card(str(tmp_path / "facade.safetensors"))
    assert set(scored["scores"]) == {"generator", "mean picture", "nearest neighbor"}
    assert set(scored["judged"]) == {"pixel", "class", "IoU"}
    assert scored["sha256"] == card["sha256"] and scored["scored by"] == "s2s score facade"
    assert zoo.load(str(tmp_path / "facade.safetensors"))(torch.rand(1, 3, 16, 24)).shape == (1, 3, 16, 24)


def test_judge(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (4, 3, 32, 32), dtype=np.uint8)
    labels = rng.integers(0, 12, (4, 32, 32), dtype=np.uint8)
    monkeypatch.setattr(shipped, "load_split", lambda name, size: Split(pictures, pictures, labels))
    shipped.judge(segment.Recipe(steps=2, batch=2, base=4, cap=8, depth=3), 0, tmp_path)
    shipped.score_judge(tmp_path / "judge.safetensors")
    card = zoo.card(str(tmp_path / "judge.safetensors"), "segmentation")
    assert set(card["scores"]) == {"pixel", "class", "IoU"} and 0 < card["scores"]["pixel"] < 1


def test_photo(tmp_path, photos, monkeypatch):
    shipped.photo(dataclasses.replace(shipped.PHOTO, **TINY), 0, tmp_path, [], [photos])
    monkeypatch.setattr(shipped, "SIMPLE_ANSWERS", 3)
    shipped.score_photo(tmp_path / "photo.safetensors", [], [photos], photos)
    card = zoo.card(str(tmp_path / "photo.safetensors"))
    assert card["data"].startswith("3 photos")
    assert set(card["scores"]) == {"drawn from the photo", "drawn by a person"}
    for scores in card["scores"].values():
        assert 0 < scores["generator"]["L1"] < 1


def test_drawings_of_photos_lie_on_their_photos(photos):
    """Sketch and picture of a pair are the same window: edges of one lie on edges of the other."""
    pictures, contours = shipped.photos_and_contours([], [photos])
    draw = shipped.photo_pairs(pictures, contours, dataclasses.replace(shipped.PHOTO, size=64))
    sketch, picture = draw(np.random.default_rng(0), 12)
    assert sketch.shape == picture.shape == (12, 3, 64, 64)
    steep = sum(torch.diff(picture, dim=d, append=picture.narrow(d, -1, 1)).abs().mean(dim=1) for d in (2, 3))
    inked = sketch[:, 0] < 0.5
    assert steep[inked].mean() > 2 * steep[~inked].mean()


def test_painter(tmp_path, photos):
    recipe = dataclasses.replace(style.BOOK, steps=2, batch=2, size=32, base=4)
    shipped.painter(recipe, 0, tmp_path, [photos], {"checks": torch.rand(1, 3, 40, 40)})
    card = zoo.card(str(tmp_path / "painter.safetensors"))
    assert card["styles"] == ["checks", "mosaic", "stained_glass", "engraving"]
    assert card["architecture"].startswith("c9s1-4,d8,d16,R16 x5")
    assert card["loss network"] == zoo.card("pocket")["sha256"]
    blend = torch.full((1, 4), 0.25)
    assert zoo.load(str(tmp_path / "painter.safetensors"))(torch.rand(1, 3, 32, 32), blend).shape == (1, 3, 32, 32)


def test_painter_begun_with_another(tmp_path, photos):
    recipe = dataclasses.replace(style.BOOK, steps=1, batch=2, size=32, base=4, lr=0.0)
    pictures = {name: torch.rand(1, 3, 40, 40) for name in ("checks", "dots")}
    shipped.painter(recipe, 0, tmp_path / "old", [photos], {"checks": pictures["checks"]})
    old, new = (tmp_path / folder / "painter.safetensors" for folder in ("old", "new"))
    shipped.painter(recipe, 1, tmp_path / "new", [photos], pictures, start=str(old))
    card = zoo.card(str(new))
    assert card["begun with"]["sha256"] == zoo.card(str(old))["sha256"] and card["styles"][:2] == ["checks", "dots"]
    x = torch.rand(1, 3, 32, 32)
    made = [SketchToStyle(painter=str(path)).stylize(x, "checks") for path in (old, new)]
    assert torch.allclose(*made, atol=2e-3)  # a learning rate of 0: nothing was forgotten


def test_adjustable_painter(tmp_path, photos, monkeypatch):
    recipe = dataclasses.replace(style.BOOK, steps=1, batch=1, size=32, base=4)
    checks = {"checks": torch.rand(1, 3, 40, 40)}
    shipped.painter(recipe, 0, tmp_path, [photos], checks)
    save_picture(checks["checks"], tmp_path / "checks.png")
    monkeypatch.setattr(style, "ADJUSTABLE", dataclasses.replace(recipe, adjustable=True))
    place = ["--photos", str(photos), "--style", str(tmp_path / "checks.png"), "--out", str(tmp_path)]
    begin = ["--start", str(tmp_path / "painter.safetensors")]
    assert CliRunner().invoke(train, ["adjustable", *place, *begin]).exit_code == 0
    card = zoo.card(str(tmp_path / "adjustable.safetensors"), "style")
    assert card["arguments"]["adjustable"] and card["begun with"]["steps"] == 1
    assert card["command"] == shlex.join(["s2s", "train", "adjustable", *place, *begin])
    assert "any loss weights" in card["summary"]
    assert SketchToStyle(painter=str(tmp_path / "adjustable.safetensors")).adjustable


def test_painter_of_the_paper(tmp_path, photos):
    recipe = dataclasses.replace(style.PAPER, steps=2, batch=2, size=48, base=4)
    shipped.painter(recipe, 0, tmp_path, [photos], {"checks": torch.rand(1, 3, 40, 40)})
    file = str(tmp_path / "painter.safetensors")
    assert zoo.card(file)["styles"] == ["checks"]
    pipeline = SketchToStyle(painter=file)
    assert pipeline.stylize(torch.rand(1, 3, 30, 50), "checks").shape == (1, 3, 30, 50)


def test_painter_by_another_loss_network(tmp_path, photos, monkeypatch):
    asked = []
    monkeypatch.setattr(shipped.zoo, "loss_network", lambda *which: asked.append(which) or short_vgg())
    recipe = dataclasses.replace(style.BOOK, steps=1, base=4, size=32)
    file = tmp_path / "vgg19_bgr.safetensors"
    shipped.painter(recipe, 0, tmp_path, [photos], {"checks": torch.rand(1, 3, 40, 40)}, "vgg19", file)
    card = zoo.card(str(tmp_path / "painter.safetensors"))
    assert asked == [("vgg19", file)]
    assert card["loss network"] == file.name and card["style layers"] == ["relu1_2", "relu2_2", "relu3_3"]

    monkeypatch.setattr(shipped, "PAINTED", 2)
    monkeypatch.setattr(shipped.gatys, "BOOK", dataclasses.replace(shipped.gatys.BOOK, steps=3))
    checks = {"checks": torch.rand(1, 3, 40, 40)}
    shipped.score_painter(tmp_path / "painter.safetensors", photos, checks, file)
    scored = zoo.card(str(tmp_path / "painter.safetensors"))
    assert list(scored["scores"]) == card["styles"] and scored["scored by"] == "s2s score painter"
    assert 0 <= scored["scores"]["checks"]["iterations"] <= 4
    with pytest.raises(ValueError, match="no picture of checks"):
        shipped.score_painter(tmp_path / "painter.safetensors", photos, {}, file)


def short_vgg():
    """A narrow VGG-19 with the layers that a file up to relu3_4 has."""
    torch.manual_seed(0)
    return VGG((2, 2, 4), (4, 4, 4)).eval().requires_grad_(False)
