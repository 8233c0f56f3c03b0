"""Pictures that are made anew: for every control, once for many quick changes, freely between the listed values."""

import pytest
import torch

w = pytest.importorskip("ipywidgets")
from s2s_helpers.pipeline.controls import Controls, weight_range  # noqa: E402
from s2s_helpers.ui import explore as module  # noqa: E402
from s2s_helpers.ui.live import ONLY_WITH_A_KERNEL, ONLY_WITHOUT, Live, free_slider  # noqa: E402


def gray(level):
    """A gray field."""
    return torch.full((1, 3, 8, 8), float(level))


def test_a_change_is_followed_and_told():
    live = Live(gray, {"level": w.FloatSlider(value=0.25, max=1)}, "a field", "network none")
    assert live.made.mean() == 0.25 and "s, network none" in live._canvas.value
    live.controls["level"].value = 0.75
    live.wait()
    assert live.made.mean() == 0.75 and 'alt="a field' in live._canvas.value


def test_free_sliders_go_between_the_values():
    even, wide = free_slider("share", [0.0, 0.5, 1.0]), free_slider("style_weight", [0.1, 1.0, 10.0])
    assert (even.min, even.max, even.value) == (0, 1, 0) and even.step == 0.01
    assert (wide.min, wide.max, wide.value) == (-1, 1, pytest.approx(0.1)) and wide.description == "style weight"
    named = free_slider("style", ["mosaic", "engraving"])
    assert [value for _, value in named.options] == ["mosaic", "engraving"]


@pytest.mark.parametrize("name", ["style", "tv"])
def test_the_ends_of_a_slider_are_weights_that_can_be_painted(name):
    for end in weight_range(name):
        slider = free_slider("weight", weight_range(name))
        slider.value = end
        assert Controls({"mosaic": 1}, **{f"{name}_weight": slider.value}).loss_weights is not None


def test_explore_is_live_where_it_is_asked_for(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    module.explore(gray, live="network none", level=[0.0, 0.5, 1.0])
    rules, live, walk, strip = shown
    assert rules.data == ONLY_WITH_A_KERNEL + ONLY_WITHOUT
    assert "s2s-studio" in live._dom_classes and {"s2s-explore", "s2s-recorded"} <= set(walk._dom_classes)
    assert "network none" in live.children[-1].value and 'alt="A gray field' in live.children[-1].value
    assert "s2s-strip" in strip.data
