"""The way from pix2pix's own form of the CMP facades to weights and scored cards, in small."""

import dataclasses

import numpy as np
import pytest
from PIL import Image
from small_trainings import vgg
from tiny import TINY

from s2s_helpers import zoo
from s2s_helpers.data.cmp_facades import COLORS
from s2s_helpers.images import PictureError
from s2s_helpers.runs.shipped import cmp_facades, cmp_segmenter


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Pairs of gray photos and maps of two classes, and recipes that take a moment."""
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        (tmp_path / "cmp" / part).mkdir(parents=True)
        for i in range(4):
            both = np.full((64, 128, 3), rng.integers(0, 255, 3), dtype=np.uint8)
            both[:, 64:] = COLORS["facade"]
            both[16:32, 80:96] = COLORS["window"]
            Image.fromarray(both).save(tmp_path / "cmp" / part / f"{i}.png")
    small = dataclasses.replace(cmp_segmenter.CMP_SEGMENTER, steps=2, batch=2, base=4, cap=8, depth=3, size=32)
    cmp_segmenter.train(small, 0, tmp_path, tmp_path / "cmp")
    return tmp_path / "cmp"


def test_the_judge(folder, tmp_path):
    path = tmp_path / "cmp_segmenter.safetensors"
    cmp_segmenter.score(path, folder)
    card = zoo.card(str(path), "segmentation")
    assert set(card["scores"]) == {"pixel", "class", "IoU"} and card["data"].startswith("4 photos")


def test_the_generator(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "loss_network", lambda *_: vgg())
    cmp_facades.train(dataclasses.replace(cmp_facades.CMP, **TINY), 0, tmp_path, folder)
    path = tmp_path / "cmp_facades.safetensors"
    cmp_facades.score(path, folder, tmp_path / "vgg", str(tmp_path / "cmp_segmenter.safetensors"))
    card = zoo.card(str(path), "generator")
    assert set(card["judged"]) == {"made", "true"} and set(card["kernel"]) == {"relu3_3", "relu4_3"}
    assert "Tylecek" in card["terms"] and set(card["scores"]) == {"generator", "mean picture", "nearest neighbor"}


def test_a_folder_without_pairs_is_told_at_once(tmp_path):
    with pytest.raises(PictureError, match="no such folder"):
        cmp_facades.train(cmp_facades.CMP, 0, tmp_path, tmp_path / "none")
