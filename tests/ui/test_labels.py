"""The pad of labels, its half in Python; what happens in the browser is tested in tests/browser."""

import json

import pytest
import torch

pytest.importorskip("anywidget")
from s2s_helpers.data.cmp_facades import COLORS, label_map, labels_of  # noqa: E402
from s2s_helpers.data.facades import LABELS  # noqa: E402
from s2s_helpers.images import to_uint8  # noqa: E402
from s2s_helpers.ui.labels import SCRIPT, LabelPad  # noqa: E402
from s2s_helpers.ui.scripts import script  # noqa: E402


def color(pad: LabelPad, x: int, y: int) -> tuple[int, ...]:
    return tuple(to_uint8(pad.picture)[y, x].tolist())


def tell(pad: LabelPad, *strokes: dict) -> LabelPad:
    """What the browser says after each stroke."""
    for stroke in strokes:
        pad.widget.set_state({"strokes": [*pad.widget.strokes, stroke]})
    return pad


def test_a_wall_stands_on_the_background_at_first():
    picture = LabelPad(size=64).picture
    assert picture.shape == (1, 3, 64, 64) and picture.dtype == torch.float32
    pad = LabelPad()
    assert color(pad, 128, 128) == COLORS["facade"]
    assert all(color(pad, x, y) == COLORS["background"] for x, y in ((2, 128), (253, 128), (128, 20), (128, 254)))


def test_what_is_laid_later_lies_above_and_is_told_once():
    pad, heard = LabelPad(), []
    pad.on_change(heard.append)
    tell(pad, {"label": "window", "box": [40, 50, 80, 100]}, {"label": "balcony", "box": [30, 90, 90, 110]})
    assert len(heard) == 2 and torch.equal(heard[1], pad.picture)
    assert color(pad, 40, 50) == COLORS["window"] and color(pad, 39, 50) == COLORS["facade"]
    assert color(pad, 79, 89) == COLORS["window"] and color(pad, 60, 95) == COLORS["balcony"]
    assert color(pad, 80, 60) == COLORS["facade"], "the right edge is the first pixel outside"
    assert color(tell(pad, {"label": "facade", "box": [0, 0, 256, 256]}), 60, 95) == COLORS["facade"]


def test_rectangles_are_moved_and_taken_away_and_a_front_covers_all():
    pad = tell(LabelPad(), {"label": "window", "box": [40, 50, 80, 100]}, {"label": "door", "box": [10, 40, 50, 120]})
    tell(pad, {"of": 1, "box": [100, 50, 140, 100]})
    assert color(pad, 60, 60) == COLORS["facade"] and color(pad, 120, 60) == COLORS["window"]
    tell(pad, {"of": 1, "box": None})
    assert color(pad, 120, 60) == COLORS["facade"] and color(pad, 45, 60) == COLORS["door"]
    tell(pad, {"of": 1, "box": [100, 50, 140, 100]})
    assert color(pad, 120, 60) == COLORS["door"], "it moved down when the one before it went"
    tell(pad, {"front": [{"label": "shop", "box": [0, 128, 256, 256]}]})
    assert color(pad, 120, 60) == COLORS["background"] and color(pad, 120, 200) == COLORS["shop"]


def test_the_colors_are_those_that_the_training_reads():
    """Each class as ``labels_of`` finds it in the files of the data set."""
    for name in COLORS:
        pad = tell(LabelPad(64), {"label": name, "box": [0, 0, 64, 64]})
        assert (labels_of(to_uint8(pad.picture)[None]) == LABELS.index(name)).all(), name
    with pytest.raises(ValueError, match="no class of the facades is called roof; there are background"):
        label_map([("roof", (0, 0, 1, 1))], 8)


def test_a_saved_notebook_has_all_that_the_pad_needs():
    state = tell(LabelPad(size=64), {"label": "sill", "box": [1, 2, 3, 4]}).widget.get_state()
    assert state["_esm"] == script(SCRIPT) and state["size"] == 64
    assert json.loads(json.dumps(state["strokes"])) == [{"label": "sill", "box": [1, 2, 3, 4]}]


def test_a_pad_at_the_end_of_a_cell_is_shown():
    pad = LabelPad()
    shown = pad._repr_mimebundle_()
    shown = shown[0] if isinstance(shown, tuple) else shown
    assert shown["application/vnd.jupyter.widget-view+json"]["model_id"] == pad.widget.model_id


def test_a_pad_without_paper_is_refused():
    with pytest.raises(ValueError, match="0 pixels"):
        LabelPad(size=0)
