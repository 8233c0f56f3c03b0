from pathlib import Path

import numpy as np
import pytest
import torch
from photographed import photographed

from s2s_helpers.data.sketches import (
    Edges,
    Ink,
    another_hand,
    contour_sketch,
    contours,
    edges,
    ink,
    jitter,
    random_sketch,
    sketch_from_photo,
)

KINDS = [ink, edges, sketch_from_photo, lambda x: ink(x, Ink(areas=False))]


@pytest.fixture
def disk():
    """A dark disk on a light ground."""
    y, x = np.mgrid[0:96, 0:96]
    plane = np.where((x - 48) ** 2 + (y - 48) ** 2 < 30**2, 0.25, 0.85).astype(np.float32)
    return torch.from_numpy(plane).expand(1, 3, 96, 96).contiguous()


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_gray_dark_on_white_and_lies_on_the_edge(kind, disk):
    sketch = kind(disk)
    assert sketch.shape == disk.shape and sketch.dtype == torch.float32
    assert 0 <= sketch.min() < 0.1 and sketch.max() == 1
    assert torch.equal(sketch[:, 0], sketch[:, 2])
    y, x = np.mgrid[0:96, 0:96]
    ring = np.abs(np.hypot(x - 48, y - 48) - 30) < 4
    far_outside = np.hypot(x - 48, y - 48) > 40
    plane = sketch[0, 0].numpy()
    assert plane[ring].min() < 0.1 and plane[far_outside].min() > 0.9
    # the ring is closed: ink in every direction
    angles = np.arctan2(y - 48, x - 48)[ring & (plane < 0.5)]
    assert np.histogram(angles, 24, (-np.pi, np.pi))[0].min() > 0


def test_ink_marks_an_edge_between_two_light_areas():
    x = torch.full((1, 3, 40, 40), 0.95)
    x[..., 20:] = 0.75  # above the threshold: without the difference of Gaussians the page stays white
    plane = ink(x)[0, 0]
    assert plane[:, 18:24].amin(dim=1).max() < 0.3 and plane[:, :14].min() == plane[:, 28:].min() == 1


def test_only_ink_with_areas_fills_what_is_dark(disk):
    assert ink(disk)[0, 0, 48, 48] < 0.1
    assert ink(disk, Ink(areas=False))[0, 0, 48, 48] > 0.9
    assert edges(disk)[0, 0, 48, 48] == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 300)])
def test_any_size(kind, size):
    assert kind(torch.rand(1, 3, *size)).shape == (1, 3, *size)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 300)])
def test_any_size_by_chance_and_by_hand(size):
    x = torch.rand(1, 3, *size)
    assert contour_sketch(x).shape == jitter(x, np.random.default_rng(0)).shape == x.shape
    for seed in range(8):
        sketch = random_sketch(x, np.random.default_rng(seed), x[:, :1])
        assert sketch.shape == x.shape and 0 <= sketch.min() and sketch.max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_of_a_batch_are_drawn_one_by_one(kind, disk):
    other = disk.transpose(2, 3).roll(9, 3)
    both = kind(torch.cat([disk, other]))
    assert torch.equal(both, torch.cat([kind(disk), kind(other)])) and not torch.equal(both[0], both[1])


def test_specks_are_left_out_and_lines_are_kept():
    x = torch.ones(1, 3, 96, 96)
    x[..., 20, 20] = x[..., 70, 30] = 0  # two specks
    assert ink(x, Ink(sigma=0.7, areas=False)).min() < 0.5
    assert sketch_from_photo(x).min() > 0.95
    x[..., 47:49, 5:90] = 0
    sketch = sketch_from_photo(x)[0, 0]
    assert sketch[44:52, 10:85].amin(dim=0).max() < 0.5 and sketch[:40].min() > 0.95


@pytest.mark.parametrize("kind", [edges, sketch_from_photo])
def test_flat_and_white_pictures_stay_white(kind):
    for value in (0.3, 1.0):
        assert kind(torch.full((1, 3, 50, 60), value)).min() > 0.95


def test_wider_edges_have_more_ink(disk):
    thin, wide = (1 - edges(disk, Edges(width=w)).mean() for w in (1.0, 3.0))
    assert wide > 1.8 * thin


def test_contours_keep_their_place_and_their_agreement():
    contours = torch.zeros(1, 1, 40, 40)
    contours[..., 10, :], contours[..., 30, :] = 1.0, 0.3  # drawn by everybody, and by few
    plane = contour_sketch(contours)[0, 0]
    assert plane[10, 20] < 0.05 and 0.1 < plane[30, 20] < 0.6 and plane[20].min() == 1


def test_jitter_moves_strokes_a_little(disk):
    sketch = edges(disk)
    moved = jitter(sketch, np.random.default_rng(0))
    assert not torch.equal(moved, sketch)
    assert torch.equal(moved, jitter(sketch, np.random.default_rng(0)))
    assert 0.4 < (1 - moved).mean() / (1 - sketch).mean() < 1.3


def test_random_sketches_differ_and_repeat_with_their_seed(disk):
    contour = torch.zeros(1, 1, 96, 96)
    contour[..., 48, 10:80] = 1
    made = [random_sketch(disk, np.random.default_rng(i), contour) for i in range(12)]
    assert all(x.shape == disk.shape and 0 <= x.min() and x.max() <= 1 for x in made)
    assert len({x.numpy().tobytes() for x in made}) == 12
    assert torch.equal(made[3], random_sketch(disk, np.random.default_rng(3), contour))


def test_another_hand_draws_the_same_lines(disk):
    """Some drawings stay, others do not; all keep their ink near the ring, and none is empty."""
    sketch = edges(disk)
    hands = another_hand(sketch.expand(24, -1, -1, -1), np.random.default_rng(0))
    assert hands.shape == (24, 3, 96, 96) and 0 <= hands.min() and hands.max() <= 1
    assert torch.equal(hands[:, 0], hands[:, 2])
    kept = [torch.equal(x, sketch[0]) for x in hands]
    assert 2 < sum(kept) < 16
    y, x = np.mgrid[0:96, 0:96]
    ring = torch.from_numpy(np.abs(np.hypot(x - 48, y - 48) - 30) < 4)
    for hand in hands:
        darkness = 1 - hand[0]
        assert darkness.sum() > 0 and darkness[ring].sum() / darkness.sum() > 0.9
    again = another_hand(sketch.expand(24, -1, -1, -1), np.random.default_rng(0))
    assert torch.equal(hands, again)


def test_drawings_on_white_stay_and_others_come_to_look_like_them():
    from s2s_helpers.data.sketches import dark_on_white
    from s2s_helpers.images import load_picture

    for path in (Path(__file__).parents[2] / "data/drawings").glob("*.png"):
        x = load_picture(path)
        assert dark_on_white(x) is x
        assert torch.allclose(dark_on_white(1 - x), x, atol=1e-6)
        shade = torch.linspace(0.45, 0.85, x.shape[-1])
        noise = 0.01 * torch.randn(1, 1, *x.shape[-2:], generator=torch.Generator().manual_seed(0))
        for other in ((0.15 + 0.85 * x) * shade + noise, 0.2 + 0.5 * (1 - x)):
            assert (dark_on_white(other) - x).abs().mean() < 0.03


def test_photographed_drawings_come_near_the_clean_one():
    from s2s_helpers.data.sketches import dark_on_white
    from s2s_helpers.images import load_picture

    for name in ("house", "cat"):
        x = load_picture(Path(__file__).parents[2] / f"data/drawings/{name}.png", 256)
        for kind, other in photographed(x).items():
            made = dark_on_white(other.clamp(0, 1))
            assert 255 * (made - x).abs().mean() < 7, (name, kind)  # before 3 (blue) to 199 (chalk)
            assert torch.equal(made[:, 0], made[:, 2])


def test_clean_drawings_of_all_kinds_stay_as_they_are_and_come_back_when_inverted(disk):
    from s2s_helpers.data.facades import FacadeWorld
    from s2s_helpers.data.sketches import dark_on_white
    from s2s_helpers.images import load_picture, resize

    drawings = [load_picture(path, size) for path in (Path(__file__).parents[2] / "data/drawings").glob("*.png")
                for size in (64, 128, 256)]  # fmt: skip
    drawings += [FacadeWorld(seed=0, size=size)[i].sketch for size in (64, 128) for i in (0, 1)]
    drawings += [
        jitter(drawings[2], np.random.default_rng(0)),
        sketch_from_photo(disk),
        resize(edges(disk), (300, 300)),
    ]
    for x in drawings:
        assert dark_on_white(x) is x
        assert (dark_on_white(1 - x) - x).abs().max() < 1e-6
    blank = torch.ones(1, 3, 40, 50)
    assert dark_on_white(blank) is blank and (dark_on_white(0.6 * blank) == 1).all()


def test_contours_are_thin_where_the_map_is_broad_and_darker_where_it_is_surer():
    x = torch.arange(64.0)
    broad = (-(((x - 20) / 4) ** 2)).exp() + 0.6 * (-(((x - 44) / 4) ** 2)).exp()
    sketch = contours(broad.expand(1, 1, 64, 64))
    dark = (sketch[0, 0, 32] < 0.8).nonzero().flatten()
    assert sketch.shape == (1, 3, 64, 64) and set(dark.tolist()) <= {19, 20, 21, 43, 44, 45}
    assert sketch[0, 0, 32, 20] < sketch[0, 0, 32, 44] < 0.3


def test_contours_go_on_as_long_as_the_map_is_faint_and_begin_only_where_it_is_sure():
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    line = (-(((x - 32) / 2) ** 2)).exp()
    half = line * torch.where(y < 32, 0.9, 0.35)
    assert (contours(half[None, None])[0, 0, 60] < 0.9).any()  # goes on
    assert (contours((line * 0.35)[None, None]) == 1).all()  # never begins
