"""The slider that needs no kernel: every setting has its picture, its words and its link."""

import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image

pytest.importorskip("ipywidgets")
from s2s_helpers.ui import explore as module  # noqa: E402
from s2s_helpers.ui.explore import build, explore  # noqa: E402


def gray(level: float) -> torch.Tensor:
    """A gray field."""
    return torch.full((1, 3, 8, 12), float(level))


def pictures(text: str) -> list[np.ndarray]:
    found = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', text)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]


def test_each_value_has_its_picture_and_words():
    box, _ = build(gray, {"level": [0.0, 0.5, 1.0]}, "", 95)
    slider, stack = box.children
    assert [label for label, _ in slider.options] == ["0", "0.5", "1"]
    shown = [child.value for child in stack.children]
    for value, text in zip([0.0, 0.5, 1.0], shown, strict=True):
        (x,) = pictures(text)
        assert x.shape == (8, 12, 3)
        assert abs(x.mean() / 255 - value) < 0.02
        assert f'alt="A gray field, level = {value:g}"' in text
    assert stack.selected_index == 0


def test_slider_and_stack_are_linked_in_the_browser():
    box, _ = build(gray, {"level": [0.0, 1.0]}, "", 85)
    slider, stack = box.children
    (link,) = box.links
    assert link.source == (slider, "index") and link.target == (stack, "selected_index")


def test_two_sliders():
    def f(a, b):
        return gray(a / 2 + b / 4)

    box, _ = build(f, {"a": [0, 1], "b": [0, 1, 2]}, "a field", 95)
    first, second, stack = box.children
    for i, inner in enumerate(stack.children):
        for j, child in enumerate(inner.children):
            (x,) = pictures(child.value)
            assert abs(x.mean() / 255 - (i / 2 + j / 4)) < 0.02
            assert f"a field, a = {i}, b = {j}" in child.value
    assert {(link.source[0], link.target[0]) for link in box.links} == {
        (first, stack),
        *((second, inner) for inner in stack.children),
    }


def test_sliders_begin_where_they_are_told(monkeypatch):
    sliders = {"a": [0, 1], "b": [0, 1, 2]}
    box, _ = build(lambda a, b: gray(a / 2 + b / 4), sliders, "", 95, {"b": 1})
    first, second, stack = box.children
    assert [first.index, second.index, stack.selected_index] == [0, 1, 0]
    assert [inner.selected_index for inner in stack.children] == [1, 1]
    box, _ = build(gray, {"level": [0.0, 0.5, 1.0]}, "", 95, {"level": 0.5})
    assert [part.index if i == 0 else part.selected_index for i, part in enumerate(box.children)] == [1, 1]
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    explore(gray, live="nothing", begin={"level": 0.5}, level=[0.0, 0.5, 1.0])
    assert shown[1].children[0].value == 0.5
    for begin in ({"level": 0.4}, {"lever": 0.5}):
        with pytest.raises(ValueError, match="no slider has the value leve[lr] = 0"):
            explore(gray, begin=begin, level=[0.0, 0.5, 1.0])


def test_labelled_stills_stand_side_by_side():
    def f(n):
        return [("before", gray(0)), ("after <n>", gray(1))]

    box, _ = build(f, {"n": [1]}, "two fields", 85)
    text = box.children[-1].children[0].value
    assert len(pictures(text)) == 2
    assert 'alt="two fields, after &lt;n&gt;, n = 1"' in text and "<figcaption>before</figcaption>" in text


def test_strip_for_print_has_both_ends_and_at_most_five():
    _, strip = build(gray, {"level": [i / 10 for i in range(11)]}, "", 85)
    stills = pictures(strip)
    assert len(stills) == module.STILLS
    assert stills[0].mean() < 5 and stills[-1].mean() > 250
    assert "level = 0<" in strip and "level = 1<" in strip


@pytest.mark.parametrize("sliders", [{}, {"a": []}, {"a": [1], "b": [1], "c": [1]}])
def test_wrong_sliders(sliders):
    with pytest.raises(ValueError, match="one or two sliders"):
        explore(gray, **sliders)


def test_explore_shows_the_widget_and_then_the_strip(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    explore(gray, level=[0.0, 1.0])
    assert type(shown[0]).__name__ == "VBox" and "s2s-strip" in shown[1].data
