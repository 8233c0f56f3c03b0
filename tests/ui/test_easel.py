"""The easel: what is drawn is what is painted, and the picture is not made again for another style."""

import pytest
import torch

pytest.importorskip("anywidget")
from s2s_helpers.pipeline import SketchToStyle  # noqa: E402
from s2s_helpers.pipeline.controls import Controls, stylize  # noqa: E402
from s2s_helpers.ui.easel import Easel, easel  # noqa: E402
from s2s_helpers.ui.live import ONLY_WITH_A_KERNEL  # noqa: E402

CHAIN = SketchToStyle("facade", "adjustable")


def draw(shown, value: int) -> torch.Tensor:
    """As the browser tells it: a square of ``value`` on white paper."""
    sheet = torch.full((256, 256), 255, dtype=torch.uint8)
    sheet[60:200, 60:200] = value
    shown.pad.widget.pixels = sheet.numpy().tobytes()
    shown.wait()
    return shown.pad.picture


def test_every_stroke_and_every_control_is_followed(monkeypatch):
    shown, asked = Easel(CHAIN), []
    drawing = draw(shown, 0)
    picture, painting = (x for _, x in shown.made)
    assert torch.equal(picture, CHAIN.picture(drawing))
    assert torch.equal(painting, CHAIN.stylize(picture, CHAIN.styles[0]))
    monkeypatch.setattr(CHAIN, "picture", lambda x: asked.append(x))
    shown.controls["style"].value = "mosaic"
    shown.wait()
    shown.controls["style_weight"].value = 0.5
    shown.wait()
    expected = stylize(CHAIN, picture, Controls({"mosaic": 1}, style_weight=0.5))
    assert torch.equal(shown.made[1][1], expected) and not asked
    assert "networks facade and adjustable" in shown._canvas.value and 'alt="Made of the drawing' in shown._canvas.value


def test_it_is_shown_where_a_kernel_runs(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    made = easel(SketchToStyle("facade", "painter"), {"line": torch.ones(1, 3, 8, 8)})
    assert shown[0].data == ONLY_WITH_A_KERNEL and shown[1] is made.box
    assert made.box.children[0] is made.pad.widget and set(made.controls) == {"style"}
