"""Label maps of the CMP facades: the blur of JPEG is taken apart, and no border is taken for a third class."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from s2s_helpers.data.cmp_facades import COLORS, labels_of, load_cmp
from s2s_helpers.data.facades import LABELS
from s2s_helpers.images import PictureError


def drawn(*boxes):
    """A label map (H, W) of facade on background, with boxes (class, top, bottom, left, right), and its colors."""
    labels = np.full((64, 64), LABELS.index("background"), dtype=np.uint8)
    for name, *sides in (("facade", 8, 64, 8, 56), *boxes):
        labels[slice(*sides[:2]), slice(*sides[2:])] = LABELS.index(name)
    return labels, np.array([COLORS[name] for name in LABELS], dtype=np.uint8)[labels]


def compressed(pixels):
    """As a JPEG file gives them, with colors at half the size."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=85, subsampling=2)
    return np.asarray(Image.open(file))


def test_every_class_has_its_color():
    assert sorted(COLORS) == sorted(LABELS) and len(set(COLORS.values())) == 12
    bare = np.array([COLORS[name] for name in LABELS], dtype=np.uint8)[None].repeat(8, axis=0).repeat(8, axis=1)
    assert np.array_equal(labels_of(bare[None])[0], np.arange(12).repeat(8)[None].repeat(8, axis=0))


@pytest.mark.parametrize("name", ["window", "molding", "pillar", "balcony", "blind"])
def test_a_blurred_border_is_no_third_class(name):
    labels, pixels = drawn((name, 20, 40, 20, 40), (name, 46, 54, 14, 50))
    found = labels_of(compressed(pixels)[None])[0]
    assert set(np.unique(found)) == {LABELS.index(each) for each in ("background", "facade", name)}
    assert (found == labels).mean() > 0.97


def test_the_nearest_color_alone_would_see_third_classes():
    """What the test before guards: lime fades into blue through the green of a sill."""
    _, pixels = drawn(("balcony", 20, 40, 20, 40))
    colors = np.array([COLORS[name] for name in LABELS], dtype=float)
    nearest = np.linalg.norm(compressed(pixels)[..., None, :] - colors, axis=-1).argmin(axis=-1)
    assert len(np.unique(nearest)) > 3


@pytest.mark.parametrize("maps", [np.zeros((1, 4, 4, 3)), np.zeros((4, 4, 3), np.uint8)])
def test_other_arrays_are_refused(maps):
    with pytest.raises(ValueError, match="bytes"):
        labels_of(maps)


def test_a_folder_in_the_form_of_pix2pix(tmp_path):
    labels, pixels = drawn(("window", 20, 40, 20, 40))
    photo = np.full_like(pixels, 100)
    for name in ("1.png", "2.png"):
        Image.fromarray(np.concatenate([photo, pixels], axis=1)).save(tmp_path / name)
    split = load_cmp(tmp_path)
    assert len(split) == 2 and split.pictures.shape == split.sketches.shape == (2, 3, 64, 64)
    pair = split[1]
    assert torch.equal(pair.labels[0], torch.from_numpy(labels).long()) and (pair.picture == 100 / 255).all()
    with pytest.raises(PictureError, match="no such folder"):
        load_cmp(tmp_path / "missing")
