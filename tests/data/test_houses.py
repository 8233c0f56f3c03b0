"""Drawings of buildings: outlines of what a label map has, and pairs in which drawing and photo show the same."""

import numpy as np
import pytest
import torch

from s2s_helpers.data.facades.parts import BACKGROUND, FACADE, WINDOW
from s2s_helpers.data.houses import OUTLINES, Building, HousePairs, outlines_of, unfinished
from s2s_helpers.data.outlines import draw_outlines


def labels_with(*windows):
    labels = np.full((256, 256), BACKGROUND, np.uint8)
    labels[60:, 40:216] = FACADE
    for top, left in windows:
        labels[top : top + 50, left : left + 36] = WINDOW
    return labels


def rng(seed=0):
    return np.random.default_rng(seed)


def ink_near(drawn, rows, columns):
    """Whether every 16 pixels of a line between the points have ink within 4."""
    points = np.linspace((rows[0], columns[0]), (rows[1], columns[1]), 9)[1:-1].round().astype(int)
    return np.mean([drawn[r - 4 : r + 5, c - 4 : c + 5, 0].min() < 200 for r, c in points]) > 0.8


def test_outlines_lie_where_the_label_map_has_borders():
    drawn = draw_outlines(labels_with((90, 70)), rng(1))
    assert drawn.shape == (256, 256, 3) and drawn.dtype == np.uint8 and np.median(drawn) == 255
    for rows, columns in (((60, 60), (40, 215)), ((90, 90), (70, 106)), ((90, 140), (70, 70)), ((140, 140), (70, 106))):
        assert ink_near(drawn, rows, columns)
    assert drawn[:50].min() == 255 and drawn[160:240, 60:200].min() == 255  # nothing in the sky, nothing on the wall


def test_some_hands_draw_crossbars():
    inside = [draw_outlines(labels_with((90, 70)), rng(i))[98:132, 76:100, 0].min() < 128 for i in range(20)]
    assert 4 < sum(inside) < 19


def test_specks_are_not_drawn():
    speck = labels_with()
    speck[150:152, 100:102] = WINDOW
    assert draw_outlines(speck, rng())[140:160, 90:110].min() == 255


def test_of_background_alone_there_is_no_drawing():
    with pytest.raises(ValueError, match="nothing but background"):
        draw_outlines(np.full((64, 64), BACKGROUND, np.uint8), rng())
    assert outlines_of(np.full((64, 64), BACKGROUND, np.uint8), 0) == ()


@pytest.fixture(scope="module")
def building():
    labels = labels_with((90, 70), (90, 150))
    photo = np.where((labels == WINDOW)[..., None], 40, np.where((labels == FACADE)[..., None], 160, 240))
    edge = np.zeros((256, 256), np.uint8)
    edge[60, 40:216] = edge[60:, 40] = edge[60:, 215] = 255
    return Building(photo.repeat(3, axis=2).astype(np.uint8), edge, outlines_of(labels, 0))


def test_drawing_and_photo_show_the_same(building):
    """Where there is ink there is an edge of the photo nearby."""
    assert len(building.outlines) == OUTLINES
    sketches, pictures = HousePairs([building])(0, 0, 24, 128)
    assert sketches.shape == pictures.shape == (24, 3, 128, 128)
    assert 0 <= sketches.min() and sketches.max() <= 1 and torch.equal(sketches[:, 0], sketches[:, 2])
    steep = torch.nn.functional.max_pool2d(pictures, 9, 1, 4) + torch.nn.functional.max_pool2d(-pictures, 9, 1, 4)
    inked = sketches[:, 0] < 0.5
    assert inked.any() and steep[:, 0][inked].mean() > 3 * steep[:, 0][~inked].mean()


def test_pairs_are_a_function_of_seed_and_step(building):
    pairs = HousePairs([building])
    first, second = pairs(0, 5, 2, 64), pairs(0, 5, 2, 64)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[1], pairs(0, 6, 2, 64)[1])


def test_without_photos_there_are_no_pairs():
    with pytest.raises(ValueError, match="no photos"):
        HousePairs([])


def test_an_unfinished_drawing_lacks_whole_strokes(building):
    sketch = torch.from_numpy(building.outlines[0]).float()[None, None].expand(-1, 3, -1, -1) / 255
    fewer = [unfinished(sketch, rng(i)) for i in range(8)]
    ink = [(1 - x).sum() / (1 - sketch).sum() for x in fewer]
    assert max(ink) <= 1 and min(ink) < 0.95
    for x in fewer:  # no new ink
        assert (x >= sketch - 1e-6).all()
