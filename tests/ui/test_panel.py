"""The panel: its controls are what is painted, the last change wins, mistakes are told."""

import threading

import pytest
import torch

pytest.importorskip("ipywidgets")
from s2s_helpers import zoo  # noqa: E402
from s2s_helpers.data.facades import FacadeWorld  # noqa: E402
from s2s_helpers.nets.transform import TransformNet  # noqa: E402
from s2s_helpers.pipeline import SketchToStyle  # noqa: E402
from s2s_helpers.pipeline.controls import Controls, stylize  # noqa: E402
from s2s_helpers.ui import live  # noqa: E402
from s2s_helpers.ui import panel as module
from s2s_helpers.ui.panel import Panel, panel  # noqa: E402

CHAIN = SketchToStyle()
PICTURE = FacadeWorld(seed=0, size=64)[505].picture[..., :40, :48]
TOP = torch.zeros(1, 1, 40, 48)
TOP[..., :20, :] = 1


@pytest.fixture
def desk(monkeypatch):
    monkeypatch.setattr(live, "PAUSE", 0.02)
    return Panel(CHAIN, PICTURE, {"top": TOP})


def set_to(desk, **values):
    for name, value in values.items():
        desk.controls[name].value = value
    desk.wait()


def test_it_begins_with_the_first_style(desk):
    first = CHAIN.styles[0]
    assert torch.equal(desk.made, CHAIN.stylize(PICTURE, first))
    assert " s, network painter" in desk._canvas.value and 'alt="The picture as the controls say' in desk._canvas.value


def test_every_control_is_painted(desk):
    set_to(desk, style="mosaic", second="great_wave", share=0.25, stroke=2.0, colors="luminance")
    controls = Controls({"mosaic": 0.75, "great_wave": 0.25}, 2.0, "luminance")
    assert torch.equal(desk.made, stylize(CHAIN, PICTURE, controls))
    set_to(desk, where="top")
    alone = Controls({"mosaic": 1}, 2.0, "luminance")
    assert torch.equal(desk.made, stylize(CHAIN, PICTURE, alone, [(TOP, controls)]))


def test_the_same_style_twice_is_that_style(desk):
    set_to(desk, style="mosaic", second="mosaic", share=0.5)
    assert torch.equal(desk.made, CHAIN.stylize(PICTURE, "mosaic"))


def test_only_the_last_of_many_quick_changes_is_painted(desk, monkeypatch):
    asked, begun, go_on = [], threading.Event(), threading.Event()

    def slow(chain, picture, controls, regions):
        asked.append(controls.stroke)
        begun.set()
        go_on.wait(30)
        return picture

    monkeypatch.setattr(module, "stylize", slow)
    desk.controls["stroke"].value = 0.5
    assert begun.wait(30)
    for stroke in (0.7, 1.4, 2.0, 2.8):  # while the first is under way
        desk.controls["stroke"].value = stroke
    go_on.set()
    for timer in [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]:
        timer.join()
    assert asked == [0.5, 2.8]


def test_a_mistake_is_told_where_one_looks(desk):
    desk.masks["top"] = TOP[..., :10]
    set_to(desk, where="top")
    assert desk._canvas.value.startswith("PictureError: the mask is 10x40") and desk.made is None
    set_to(desk, where="everywhere")
    assert desk.made is not None


def test_panel_shows_controls_for_the_kernel_and_stills_for_all(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    desk = panel(CHAIN, PICTURE, alt="a house", style=["mosaic"], stroke=[0.5, 1.0])
    assert shown[0].data == module.ONLY_WITH_A_KERNEL and shown[1] is desk.box
    assert "s2s-studio" in desk.box._dom_classes
    walk, strip = shown[2:]
    assert [label for label, _ in walk.children[1].options] == ["0.5", "1"] and "s2s-strip" in strip.data
    assert 'alt="a house, style = mosaic, stroke = 1"' in strip.data
    assert torch.equal(desk.still(style="mosaic", stroke=0.5), stylize(CHAIN, PICTURE, Controls({"mosaic": 1}, 0.5)))


@pytest.fixture
def adjustable(tmp_path):
    """The chain with a tiny untrained painter that takes weights."""
    torch.manual_seed(0)
    arguments = {"styles": 2, "base": 4, "full_size_skip": True, "adjustable": True}
    net = TransformNet(**arguments)
    for layer in (net.c9, net.u2):
        torch.nn.init.normal_(layer.norm.weight)
    zoo.save(net, {"kind": "style", "arguments": arguments, "styles": ["a", "b"]}, tmp_path / "tiny.safetensors")
    return SketchToStyle(painter=str(tmp_path / "tiny.safetensors"))


def test_an_adjustable_painter_has_sliders_for_the_weights(adjustable, desk):
    assert "style_weight" not in desk.controls
    desk = Panel(adjustable, PICTURE)
    assert torch.equal(desk.made, adjustable.stylize(PICTURE, "a"))
    set_to(desk, style_weight=5.0, tv_weight=0.2)
    expected = stylize(adjustable, PICTURE, Controls({"a": 1}, style_weight=5.0, tv_weight=0.2))
    assert torch.equal(desk.made, expected) and not torch.equal(expected, adjustable.stylize(PICTURE, "a"))
