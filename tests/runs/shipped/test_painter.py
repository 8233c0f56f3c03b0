"""The way from photos and paintings to weights and scored card, in small."""

import dataclasses
import shlex

import pytest
import torch
from typer.testing import CliRunner

from s2s_helpers import zoo
from s2s_helpers.cli.train import train
from s2s_helpers.images import save_picture
from s2s_helpers.nets.vgg import VGG
from s2s_helpers.optimize import gatys
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.runs.shipped import painter
from s2s_helpers.train import style


@pytest.fixture(autouse=True)
def small_style_pictures(monkeypatch):
    monkeypatch.setattr(painter, "STYLE_SIZE", 48)


def test_painter(tmp_path, photos):
    recipe = dataclasses.replace(style.BOOK, steps=2, batch=2, size=32, base=4)
    painter.train(recipe, 0, tmp_path, [photos], {"checks": torch.rand(1, 3, 40, 40)})
    card = zoo.card(str(tmp_path / "painter.safetensors"))
    assert card["styles"] == ["checks", "mosaic", "stained_glass", "engraving"]
    assert card["architecture"].startswith("c9s1-4,d8,d16,R16 x5")
    assert card["loss network"] == zoo.card("pocket")["sha256"]
    blend = torch.full((1, 4), 0.25)
    assert zoo.load(str(tmp_path / "painter.safetensors"))(torch.rand(1, 3, 32, 32), blend).shape == (1, 3, 32, 32)


def test_painter_begun_with_another(tmp_path, photos):
    recipe = dataclasses.replace(style.BOOK, steps=1, batch=2, size=32, base=4, lr=0.0)
    pictures = {name: torch.rand(1, 3, 40, 40) for name in ("checks", "dots")}
    painter.train(recipe, 0, tmp_path / "old", [photos], {"checks": pictures["checks"]})
    old, new = (tmp_path / folder / "painter.safetensors" for folder in ("old", "new"))
    painter.train(recipe, 1, tmp_path / "new", [photos], pictures, start=str(old))
    card = zoo.card(str(new))
    assert card["begun with"]["sha256"] == zoo.card(str(old))["sha256"] and card["styles"][:2] == ["checks", "dots"]
    x = torch.rand(1, 3, 32, 32)
    made = [SketchToStyle(painter=str(path)).stylize(x, "checks") for path in (old, new)]
    assert torch.allclose(*made, atol=2e-3)  # a learning rate of 0: nothing was forgotten


def test_adjustable_painter(tmp_path, photos, monkeypatch):
    recipe = dataclasses.replace(style.BOOK, steps=1, batch=1, size=32, base=4)
    checks = {"checks": torch.rand(1, 3, 40, 40)}
    painter.train(recipe, 0, tmp_path, [photos], checks)
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
    painter.train(recipe, 0, tmp_path, [photos], {"checks": torch.rand(1, 3, 40, 40)})
    file = str(tmp_path / "painter.safetensors")
    assert zoo.card(file)["styles"] == ["checks"]
    pipeline = SketchToStyle(painter=file)
    assert pipeline.stylize(torch.rand(1, 3, 30, 50), "checks").shape == (1, 3, 30, 50)


def test_painter_by_another_loss_network(tmp_path, photos, monkeypatch):
    asked = []
    monkeypatch.setattr(painter.zoo, "loss_network", lambda *which: asked.append(which) or short_vgg())
    recipe = dataclasses.replace(style.BOOK, steps=1, base=4, size=32)
    file = tmp_path / "vgg19_bgr.safetensors"
    painter.train(recipe, 0, tmp_path, [photos], {"checks": torch.rand(1, 3, 40, 40)}, "vgg19", file)
    card = zoo.card(str(tmp_path / "painter.safetensors"))
    assert asked == [("vgg19", file)]
    assert card["loss network"] == file.name and card["style layers"] == ["relu1_2", "relu2_2", "relu3_3"]

    monkeypatch.setattr(painter, "PAINTED", 2)
    monkeypatch.setattr(painter, "SCORED", 64)
    monkeypatch.setattr(gatys, "BOOK", dataclasses.replace(gatys.BOOK, steps=3))
    checks = {"checks": torch.rand(1, 3, 40, 40)}
    painter.score(tmp_path / "painter.safetensors", photos, checks, file)
    assert asked[-1] == ("vgg16", file)
    scored = zoo.card(str(tmp_path / "painter.safetensors"))
    assert list(scored["scores"]) == card["styles"] and scored["scored by"] == "s2s score painter"
    assert 0 <= scored["scores"]["checks"]["iterations"] <= 4
    with pytest.raises(ValueError, match="no picture of checks"):
        painter.score(tmp_path / "painter.safetensors", photos, {}, file)


def short_vgg():
    """A narrow VGG-19 with the layers that a file up to relu3_4 has."""
    torch.manual_seed(0)
    return VGG((2, 2, 4), (4, 4, 4)).eval().requires_grad_(False)
