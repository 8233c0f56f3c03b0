"""The drawn world. The stored pairs are made by ``python -m s2s_helpers.data.facades``."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import binary_dilation

from s2s_helpers.data.facades import LABELS, PALETTE, SPLITS, FacadeWorld, Split, load_split, world
from s2s_helpers.data.facades.__main__ import SIZE, STORED

FOLDER = Path(__file__).parents[2] / "data" / "facades"
SMALL = FacadeWorld(0, 96)


def equal(a, b) -> bool:
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def dark(sketch: np.ndarray) -> np.ndarray:
    return sketch[0] < 170


def boundary(labels: np.ndarray) -> np.ndarray:
    """Pixels whose right or lower neighbor has another label."""
    out = np.zeros(labels.shape, bool)
    out[:, :-1] |= labels[:, 1:] != labels[:, :-1]
    out[:-1] |= labels[1:] != labels[:-1]
    return out


def test_a_pair_is_tensors_in_range():
    pair = SMALL[3]
    for x in (pair.sketch, pair.picture):
        assert x.shape == (1, 3, 96, 96) and x.dtype == torch.float32
        assert 0 <= x.min() and x.max() <= 1
    assert pair.labels.shape == (1, 96, 96) and pair.labels.dtype == torch.int64


def test_a_pair_is_a_function_of_seed_and_number():
    first = SMALL.draw(5)
    SMALL.draw(6)  # leaves no trace
    assert equal(first, FacadeWorld(0, 96).draw(5))
    for other in (SMALL.draw(6), FacadeWorld(1, 96).draw(5)):
        assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("i", [0, 9, 11])
def test_size_changes_only_the_resolution(i):
    small, large = FacadeWorld(0, 64).draw(i), FacadeWorld(0, 192).draw(i)
    for a, b in zip(small[:2], large[:2], strict=True):
        assert np.abs(b.reshape(3, 64, 3, 64, 3).mean((2, 4)) - a).mean() < 8
    assert (small[2] == large[2][1::3, 1::3]).mean() > 0.95


def test_odd_and_large_sizes():
    for size in (101, 1024):
        sketch, picture, labels = FacadeWorld(0, size).draw(1)
        assert sketch.shape == picture.shape == (3, size, size) and labels.shape == (size, size)


@pytest.mark.parametrize("size", [0, 63, 1025, -256])
def test_bad_sizes_are_refused(size):
    with pytest.raises(ValueError, match="64 to 1024"):
        FacadeWorld(0, size)


def test_negative_numbers_are_refused():
    with pytest.raises(IndexError):
        SMALL[-1]


def test_labels_are_the_classes_of_the_cmp_facades():
    names = "facade molding cornice pillar window door sill blind balcony shop deco background"
    assert " ".join(LABELS) == names
    assert PALETTE.shape == (12, 3) and len({tuple(c) for c in PALETTE}) == 12


def test_all_classes_occur_and_no_others():
    counts = sum(np.bincount(SMALL.draw(i)[2].ravel(), minlength=12) for i in range(30))
    assert len(counts) == 12
    assert (counts > 0).all(), dict(zip(LABELS, counts, strict=True))


@pytest.mark.parametrize("i", range(8))
def test_sketch_is_dark_lines_on_white_along_the_outlines(i):
    sketch, _, labels = FacadeWorld(0, 256).draw(i)
    assert np.array_equal(sketch[0], sketch[1]) and np.array_equal(sketch[0], sketch[2])
    assert (sketch > 200).mean() > 0.65
    assert 0.02 < dark(sketch).mean() < 0.35
    near = binary_dilation(dark(sketch), iterations=2)
    recall = near[boundary(labels)].mean()
    chance = near.mean()
    assert recall > 0.9, recall
    assert recall > 1.5 * chance, (recall, chance)


@pytest.mark.parametrize("i", [0, 4])
def test_picture_fits_the_labels(i):
    """Color jumps at outlines more than elsewhere, and less so when the labels are moved by a few pixels."""
    _, picture, labels = FacadeWorld(0, 256).draw(i)
    jump = np.zeros(labels.shape)
    jump[:, :-1] += np.abs(np.diff(picture.astype(float), axis=2)).mean(0)
    jump[:-1] += np.abs(np.diff(picture.astype(float), axis=1)).mean(0)
    at = jump[boundary(labels)].mean()
    assert at > 2 * jump.mean()
    assert at > 1.3 * jump[np.roll(boundary(labels), (3, 3), (0, 1))].mean()


def test_the_sketch_does_not_tell_the_appearance():
    appearances = [FacadeWorld(0, 96, appearances=k).draw(7) for k in range(4)]
    for a, b in itertools.combinations(appearances, 2):
        assert np.array_equal(a[0], b[0]) and np.array_equal(a[2], b[2])
        assert np.abs(a[1].astype(int) - b[1]).mean() > 10


def test_families_and_weathers_vary():
    assert len({SMALL.plan(i).family for i in range(60)}) == 8
    assert len({SMALL.appearance(i).weather for i in range(60)}) == 5


def test_splits_share_no_pair():
    sets = [set(numbers) for numbers in SPLITS.values()]
    assert [len(s) for s in sets] == [400, 100, 100]
    assert len(set.union(*sets)) == 600


def test_cache_round_trip_and_repair(tmp_path, monkeypatch):
    monkeypatch.setitem(SPLITS, "val", range(400, 403))
    split = load_split("val", size=64, cache=tmp_path)
    assert isinstance(split, Split) and len(split) == 3
    assert equal(FacadeWorld(0, 64).draw(401), (split.sketches[1], split.pictures[1], split.labels[1]))
    assert torch.equal(split[1].picture, FacadeWorld(0, 64)[401].picture)
    (file,) = tmp_path.iterdir()  # and no temporary file beside it
    good = file.read_bytes()
    monkeypatch.setattr(world, "_drawn", lambda *_: split)  # processes need seconds to start

    with monkeypatch.context() as patch:  # what is stored is not drawn again
        patch.setattr(world, "_drawn", None)
        assert equal(vars(load_split("val", size=64, cache=tmp_path)).values(), vars(split).values())

    flipped = good[:5000] + bytes([good[5000] ^ 255]) + good[5001:]
    for broken in (b"", b"not an archive", good[: len(good) // 2], flipped):
        file.write_bytes(broken)
        assert equal(vars(load_split("val", size=64, cache=tmp_path)).values(), vars(split).values())
        assert len(file.read_bytes()) == len(good)
        assert file.read_bytes() != broken


def test_other_seeds_and_sizes_have_their_own_file(tmp_path, monkeypatch):
    monkeypatch.setattr(world, "_drawn", lambda w, numbers, name: Split(*(np.stack([x]) for x in w.draw(numbers[0]))))
    for seed, size in ((0, 64), (1, 64), (0, 80)):
        load_split("test", seed, size, tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_unknown_split(tmp_path):
    with pytest.raises(ValueError, match="train, val, test"):
        load_split("dev", cache=tmp_path)


@pytest.mark.parametrize("i", STORED)
def test_stored_pairs_are_drawn_again(i):
    """Mathematical functions may differ in the last digit between processors, and move an edge by a hair."""
    sketch, picture, labels = FacadeWorld(0, SIZE).draw(i)
    for name, drawn in (("sketch", sketch[0]), ("picture", picture.transpose(1, 2, 0))):
        stored = np.asarray(Image.open(FOLDER / f"{i}_{name}.png")).astype(int)
        assert (np.abs(stored - drawn) <= 1).mean() > 0.999, name
    stored = np.asarray(Image.open(FOLDER / f"{i}_labels.png"))
    assert (stored != labels).mean() <= 0.001
