"""The way from photos and paintings to a network for every painting, and its scores, in small."""

import dataclasses

import pytest
import torch
from small_trainings import vgg
from typer.testing import CliRunner

from s2s_helpers import zoo
from s2s_helpers.cli.train import score, train
from s2s_helpers.images import save_picture
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.runs.shipped import any_style
from s2s_helpers.train.any_style import AnyStyleRecipe

SMALL = {"steps": 2, "batch": 2, "size": 32, "painting_size": 32, "base": 4, "embedding": 6, "bfloat16": False}


@pytest.fixture(scope="module")
def paintings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("paintings")
    for k in range(2):
        save_picture(torch.rand(1, 3, 48, 64) * (k + 1) / 2, folder / f"{k}.png")
    return folder


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr("s2s_helpers.train.any_style.AnyStyleRecipe", lambda: AnyStyleRecipe(**SMALL))
    monkeypatch.setattr("s2s_helpers.train.any_style.CENTERED_ON", 4)
    monkeypatch.setattr(any_style, "READ_AT", 48)


def made(*words):
    result = CliRunner().invoke(train, list(map(str, words)))
    assert result.exit_code == 0, result.output or result.exception
    return result


def test_trained_begun_again_and_used(tmp_path, photos, paintings, small):
    place = ["any-style", "--photos", photos, "--paintings", paintings]
    made(*place, "--out", tmp_path / "first")
    first = tmp_path / "first" / "any_style.safetensors"
    card = zoo.card(str(first), "any style")
    assert card["data"].endswith(f"2 paintings of {paintings.name}") and card["steps"] == 2
    assert card["architecture"].startswith("c9s1-4,d8,d16,R16 x5,u8,u4,c9s1-3; norms")
    made(*place, "--out", tmp_path / "second", "--start", first, "--lr", 0)
    second = tmp_path / "second" / "any_style.safetensors"
    assert zoo.card(str(second))["begun with"]["sha256"] == card["sha256"]
    x, look = torch.rand(1, 3, 32, 32), {"mine": torch.rand(1, 3, 40, 40)}
    both = [SketchToStyle(painter=str(path), paintings=look).stylize(x, "mine") for path in (first, second)]
    assert torch.allclose(*both, atol=2e-3)  # a learning rate of 0: nothing was forgotten


def test_it_is_scored_by_photos_and_paintings_that_it_never_saw(tmp_path, photos, paintings, small, monkeypatch):
    made("any-style", "--photos", photos, "--paintings", paintings, "--out", tmp_path)
    file, real = tmp_path / "any_style.safetensors", zoo.loss_network
    monkeypatch.setattr(zoo, "loss_network", lambda name, *of: vgg() if name == "vgg16" else real(name, *of))
    monkeypatch.setattr(any_style, "JUDGED", 2)
    monkeypatch.setattr(any_style, "SCORED", 48)
    monkeypatch.setattr(any_style, "MARKS", (1, 3))
    words = ["any-style", file, "--held-out", photos, "--paintings", paintings, "--vgg16", "x"]
    result = CliRunner().invoke(score, list(map(str, words)))
    assert result.exit_code == 0, result.output or result.exception
    card = zoo.card(str(file))
    assert set(card["scores"]) == {"0", "1", "median"} and "never trained on; VGG-16" in card["protocol"]
    row = card["scores"]["0"]
    assert row["after 3"] < row["after 1"] and 0 <= row["iterations"] <= 4
    monkeypatch.setattr(any_style, "JUDGED", 50)
    with pytest.raises(ValueError, match="but 50 are needed"):
        any_style.score(file, photos, paintings, tmp_path / "x")


def test_iterations_are_counted_until_the_objective_is_as_low():
    def f(x):
        return float((x**2).sum()), 2 * x

    start = torch.full((1, 3, 8, 8), 0.5)
    method = "Adam"
    told = any_style._raced(f, start, method, made=f(start)[0])
    assert told["iterations"] == 0
    never = any_style._raced(f, start, method, made=-1.0)
    assert never["iterations"] == any_style.MARKS[-1] + 1
    assert never["after 20"] >= never["after 50"] >= never["after 100"]


def test_the_recipe_says_what_is_not_possible():
    with pytest.raises(ValueError, match="multiples of 4"):
        dataclasses.replace(AnyStyleRecipe(), size=30)
