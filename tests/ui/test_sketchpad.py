"""The pad's half in Python; what happens in the browser is tested in tests/browser."""

import json

import numpy as np
import pytest
import torch

pytest.importorskip("anywidget")
from s2s_helpers.images import to_uint8  # noqa: E402
from s2s_helpers.ui.scripts import script  # noqa: E402
from s2s_helpers.ui.sketchpad import SCRIPT, Sketchpad  # noqa: E402


def draws(pad, x, colors=b""):
    """What the browser says after a stroke: the drawing as gray bytes, and behind them the colors, RGBA."""
    pixels = memoryview(to_uint8(x)[..., 0].tobytes() + colors)
    pad.widget.set_state({"strokes": [{"pen": 2, "erase": False, "points": [[1, 2, 0.5]]}], "pixels": pixels})


def test_the_page_is_white_until_something_is_drawn():
    picture = Sketchpad(size=32).picture
    assert picture.shape == (1, 3, 32, 32) and picture.dtype == torch.float32 and (picture == 1).all()


def test_a_drawing_is_a_picture_and_is_told_once():
    pad, heard = Sketchpad(size=32), []
    pad.on_change(heard.append)
    drawing = torch.ones(1, 3, 32, 32)
    drawing[..., 4:20, 7] = 0
    draws(pad, drawing)
    assert torch.equal(pad.picture, drawing)
    assert len(heard) == 1 and torch.equal(heard[0], drawing)
    draws(pad, torch.ones(1, 3, 32, 32))
    assert len(heard) == 2 and (pad.picture == 1).all()


def test_colors_are_hints_and_are_told_too():
    pad, heard = Sketchpad(size=32, colors=True), []
    pad.on_change(lambda picture: heard.append(pad.hints))
    drawing, layer = torch.ones(1, 3, 32, 32), np.zeros((32, 32, 4), np.uint8)
    drawing[..., 4:20, 7] = 0
    assert pad.hints is None and Sketchpad(size=32).widget.colors is False and pad.widget.colors is True
    draws(pad, drawing)
    layer[3:9, 20:25], layer[9, 20:25] = (255, 51, 0, 255), (255, 51, 0, 127)  # with a soft border
    draws(pad, drawing, layer.tobytes())
    assert torch.equal(pad.picture, drawing) and len(heard) == 2 and heard[0] is None
    expected = torch.zeros(1, 4, 32, 32)
    expected[..., 3:9, 20:25] = torch.tensor([1, 0.2, 0, 1]).view(4, 1, 1)
    assert torch.allclose(heard[1], expected)


def test_a_saved_notebook_has_all_that_the_pad_needs():
    state = Sketchpad(size=64, examples={"a < b": torch.rand(1, 3, 8, 9)}).widget.get_state()
    assert state["_esm"] == script(SCRIPT) and state["size"] == 64
    assert state["examples"]["a < b"].startswith("data:image/png;base64,")
    json.dumps({key: value for key, value in state.items() if key not in ("layout", "pixels")})


def test_a_pad_at_the_end_of_a_cell_is_shown():
    pad = Sketchpad()
    shown = pad._repr_mimebundle_()
    shown = shown[0] if isinstance(shown, tuple) else shown
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == pad.widget.model_id


def test_a_pad_without_paper_is_refused():
    with pytest.raises(ValueError, match="0 pixels"):
        Sketchpad(size=0)
