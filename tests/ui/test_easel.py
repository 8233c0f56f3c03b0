"""The easel: what is drawn is what is painted, and the picture is not made again for another style."""

import pytest
import torch
from hinted import hinted_generator

pytest.importorskip("anywidget")
from s2s_helpers.data.palettes import laid_over, palette_hints  # noqa: E402
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


def test_colors_reach_the_generator(tmp_path):
    chain = SketchToStyle(str(hinted_generator(tmp_path / "hinted.safetensors")))
    shown = Easel(chain)
    assert shown.pad.widget.colors and not Easel(CHAIN).pad.widget.colors
    drawing = draw(shown, 0)
    assert torch.equal(shown.made[0][1], chain.picture(drawing))
    layer = torch.zeros(256, 256, 4, dtype=torch.uint8)
    layer[100:150, 20:50] = torch.tensor([200, 30, 30, 255], dtype=torch.uint8)
    shown.pad.widget.pixels += layer.numpy().tobytes()
    shown.wait()
    expected = chain.picture(drawing, shown.pad.hints)
    assert torch.equal(shown.made[0][1], expected) and not torch.equal(expected, chain.picture(drawing))


def test_another_one_takes_the_next_palette_below_ones_own_colors(tmp_path):
    chain = SketchToStyle(str(hinted_generator(tmp_path / "hinted.safetensors")))
    shown = Easel(chain)
    drawing = draw(shown, 0)
    own = shown.made[0][1]
    pictures = []
    for number in (0, 1):
        shown.another.click()
        shown.wait()
        pictures.append(shown.made[0][1])
        assert torch.equal(pictures[-1], chain.picture(drawing, palette_hints(number, (256, 256))))
    assert not torch.equal(*pictures)
    layer = torch.zeros(256, 256, 4, dtype=torch.uint8)
    layer[0:150, 0:150] = torch.tensor([200, 30, 30, 255], dtype=torch.uint8)
    shown.pad.widget.pixels += layer.numpy().tobytes()
    shown.wait()
    both = laid_over(shown.pad.hints, palette_hints(1, (256, 256)))
    assert torch.equal(shown.made[0][1], chain.picture(drawing, both))
    draw(shown, 0)
    shown.own_colors.click()
    shown.wait()
    assert torch.equal(shown.made[0][1], own)
    assert shown.another in shown.box.children[1].children
    assert all(not hasattr(child, "children") for child in Easel(CHAIN).box.children), "without hints no buttons"


def test_rectangles_reach_a_generator_of_label_maps():
    chain = SketchToStyle("cmp_facades", "adjustable")
    shown = Easel(chain)
    before = shown.made[0][1]
    assert torch.equal(before, chain.picture(shown.pad.picture)) and not CHAIN.takes_labels
    shown.pad.widget.strokes = [{"label": "door", "box": [100, 150, 160, 240]}]
    shown.wait()
    assert torch.equal(shown.made[0][1], chain.picture(shown.pad.picture))
    assert not torch.equal(shown.made[0][1], before)


def test_it_is_shown_where_a_kernel_runs(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    made = easel(SketchToStyle("facade", "painter"), {"line": torch.ones(1, 3, 8, 8)})
    assert shown[0].data == ONLY_WITH_A_KERNEL and shown[1] is made.box
    assert made.box.children[0] is made.pad.widget and set(made.controls) == {"style"}
