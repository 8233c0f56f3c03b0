"""The studio: its sliders are the recipe, Paint paints, Stop keeps what there is."""

import threading
from dataclasses import replace

import pytest
import torch

pytest.importorskip("ipywidgets")
from s2s_helpers.data.facades import FacadeWorld  # noqa: E402
from s2s_helpers.data.styles import mosaic  # noqa: E402
from s2s_helpers.optimize.gatys import BOOK  # noqa: E402
from s2s_helpers.ui import studio as module  # noqa: E402
from s2s_helpers.ui.studio import Studio, studio  # noqa: E402

CONTENT = FacadeWorld(seed=0, size=64)[505].picture[..., :32, :48]
STYLE = mosaic(32)
RECIPE = replace(BOOK, steps=3, scales=2, tv_weight=0.05)


@pytest.fixture
def room():
    return Studio(CONTENT, STYLE, RECIPE)


def test_the_controls_begin_at_the_recipe_and_change_it(room):
    assert room.recipe == RECIPE
    room.controls["style_weight"].value = 30.0
    room.controls["steps"].value = 10
    room.controls["start"].value = "noise"
    assert room.recipe == replace(RECIPE, style_weight=30.0, steps=10, start="noise")


def test_paint_shows_every_picture_and_keeps_the_last(room):
    seen = []
    room._canvas.observe(lambda change: seen.append(change.new), "value")
    room.paint_button.click()
    room.wait()
    assert room.found.picture.shape == CONTENT.shape and room.found.loss < room.found.history[0]["loss"]
    for words in ("iteration 1 at 24x16", "iteration 3 at 48x32", "3 iterations done"):
        assert any(words in text for text in seen), words
    assert 'alt="The picture so far' in seen[-1] and " s, projected L-BFGS through pocket" in seen[-1]
    assert not room.paint_button.disabled and room.stop_button.disabled


def test_stop_ends_it_and_keeps_the_picture(room):
    begun = threading.Event()
    room._canvas.observe(lambda change: begun.set(), "value")
    room.controls["steps"].value = 500
    room.paint_button.click()
    assert begun.wait(60) and room.paint_button.disabled and not room.stop_button.disabled
    first = room._painting
    room.paint_button.click()
    assert room._painting is first, "one painting at a time"
    room.stop_button.click()
    room.wait()
    assert "stopped at iteration" in room.found.ended and "stopped at iteration" in room._canvas.value
    assert room.found.picture.shape == CONTENT.shape and 0 < len(room.found.history) < 500
    assert not room.paint_button.disabled
    room.controls["steps"].value = 3
    room.paint_button.click()  # and it paints again
    room.wait()
    assert room.found.ended == "3 iterations done"


def test_a_mistake_is_told_where_one_looks(room):
    for name in ("content_weight", "style_weight", "tv_weight"):
        room.controls[name].value = 0.0
    room.paint_button.click()
    room.wait()
    assert room._canvas.value == "ValueError: nothing to minimize: all weights are 0" and room.found is None
    assert not room.paint_button.disabled


def test_stills_follow_the_recipe_and_not_the_controls(room):
    still = room.still(style_weight=3.0)
    room.controls["start"].value = "noise"
    assert torch.equal(room.still(style_weight=3.0), still)
    assert not torch.equal(room.still(style_weight=0.0), still)


def test_studio_shows_controls_for_the_kernel_and_stills_for_all(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    room = studio(CONTENT, STYLE, RECIPE, alt="a house", style_weight=[0.0, 1.0])
    assert shown[0].data == module.ONLY_WITH_A_KERNEL and shown[1] is room.box
    assert "s2s-studio" in room.box._dom_classes
    walk, strip = shown[2:]
    assert [label for label, _ in walk.children[0].options] == ["0", "1"] and "s2s-strip" in strip.data
    assert 'alt="a house, style weight = 1"' in strip.data
