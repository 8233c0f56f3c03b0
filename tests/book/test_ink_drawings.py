"""The freehand drawings: the pictures are those of the strokes, dark on white, and cover the page."""

from pathlib import Path

import numpy as np
import pytest
import torch
from ink_drawings import color, curve, ink, read_strokes
from PIL import Image

from s2s_helpers.images import load_picture

ROOT = Path(__file__).parents[2]
DRAWINGS = sorted((ROOT / "data" / "drawings").glob("*.strokes"))
each = pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)


def test_there_are_drawings_of_several_sizes():
    sizes = {read_strokes(path.read_text(encoding="utf-8"))[0] for path in DRAWINGS}
    assert len(DRAWINGS) >= 5 and {(256, 256), (300, 451)} <= sizes


@each
def test_the_picture_is_that_of_the_strokes(path):
    inked = np.asarray(ink(path.read_text(encoding="utf-8")), dtype=np.float32) / 255
    stored = load_picture(path.with_suffix(".png"))
    assert stored.shape == (1, 3, *inked.shape), "run `python tools/ink_drawings.py`"
    # Another version of Pillow may round the border of a line differently.
    difference = np.abs(stored[0, 0].numpy() - inked)
    assert difference.mean() < 0.002, "run `python tools/ink_drawings.py`"


@each
def test_dark_lines_on_a_white_page(path):
    x = load_picture(path.with_suffix(".png"))[0, 0]
    assert x.median() == 1 and x.min() < 0.2
    assert 0.01 < (1 - x).mean() < 0.15
    inked = (x < 0.5).nonzero()
    spread = (inked.max(dim=0).values - inked.min(dim=0).values) / torch.tensor(x.shape)
    assert (spread > 0.5).all()


@each
def test_points_lie_on_the_page(path):
    size, strokes = read_strokes(path.read_text(encoding="utf-8"))
    points = np.concatenate([piece for _, pieces in strokes for piece in pieces])
    assert (points >= 0).all() and (points <= size).all()
    assert all(0.5 <= pen <= 3 for pen, _ in strokes)


def test_a_corner_cuts_a_stroke_and_the_pen_goes_on_from_there():
    size, [(pen, pieces)] = read_strokes("size 20 10  # a page\n\n1.5 1,1 5,2 / 5,9\n")
    assert size == (20, 10) and pen == 1.5
    assert [piece.tolist() for piece in pieces] == [[[1, 1], [5, 2]], [[5, 2], [5, 9]]]


def test_the_curve_passes_its_points():
    points = np.array([(0, 0), (10, 4), (20, 0), (30, 9)], dtype=float)
    path = curve(points)
    for point in points:
        assert np.hypot(*(path - point).T).min() < 1e-9


COLORED = sorted((ROOT / "data" / "drawings" / "colors").glob("*.strokes"))


@pytest.mark.parametrize("path", COLORED, ids=lambda path: path.stem)
def test_the_colors_are_those_of_the_brush_and_fit_the_drawing(path):
    painted = color(path.read_text(encoding="utf-8"))
    with Image.open(path.with_suffix(".png")) as stored, Image.open(path.parents[1] / f"{path.stem}.png") as drawing:
        assert stored.mode == "RGBA" and stored.size == drawing.size
        assert np.abs(np.asarray(stored, np.float32) - np.asarray(painted, np.float32)).mean() < 1
    alpha = np.asarray(painted)[..., 3]
    assert 0.02 < (alpha > 0).mean() < 0.2
