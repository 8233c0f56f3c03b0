"""The way from photos to super-resolution weights and scored card, in small."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from s2s_helpers import zoo
from s2s_helpers.data.degrade import degrade
from s2s_helpers.images import PictureError, load_picture, save_picture
from s2s_helpers.nets.vgg import VGG
from s2s_helpers.runs.shipped import superres as shipped
from s2s_helpers.train import superres

TINY = dataclasses.replace(superres.BOOK, steps=2, batch=2, size=32, base=4, residuals=1, loss="pixel")


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for i in range(3):
        x = torch.from_numpy(rng.random((1, 3, 13, 15))).float().repeat_interleave(4, 2).repeat_interleave(5, 3)
        save_picture(x, folder / f"{i}.png")
    return folder


@pytest.fixture(scope="module")
def set5(tmp_path_factory):
    """A benchmark whose small pictures are other than ours: one step darker."""
    folder = tmp_path_factory.mktemp("set5")
    x = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(0))
    save_picture(x, folder / "img_001_SRF_4_HR.png")
    save_picture(degrade(load_picture(folder / "img_001_SRF_4_HR.png"), 4) - 1 / 255, folder / "img_001_SRF_4_LR.png")
    return folder


def test_training_and_card(tmp_path, photos):
    shipped.train(TINY, 0, tmp_path, [photos])
    path = tmp_path / "superres_x4_pixel.safetensors"
    card = zoo.card(str(path), "super-resolution")
    assert card["architecture"].startswith("c9s1-4,R4,c3s1-48") and card["degradation"] == "bicubic"
    assert card["data"].startswith("3 photos") and "loss network" not in card and "begun with" not in card
    assert zoo.load(str(path))(torch.rand(1, 3, 5, 7)).shape == (1, 3, 20, 28)
    feature = dataclasses.replace(TINY, factor=8, loss="feature")
    shipped.train(feature, 0, tmp_path, [photos], start=str(path))
    card = zoo.card(str(tmp_path / "superres_x8_feature.safetensors"))
    begun = {"name": "superres_x4_pixel", "sha256": zoo.card(str(path))["sha256"], "steps": 2}
    assert card["begun with"] == begun | {"seconds": zoo.card(str(path))["seconds"]} and zoo.total(card, "steps") == 4
    assert card["loss network"] == zoo.card("pocket")["sha256"] and card["arguments"]["factor"] == 8


def test_word_for_both_forms():
    assert shipped.architecture(superres.PAPER) == "c9s1-64,R64,R64,R64,R64,u64,u64,c9s1-3"
    assert shipped.architecture(dataclasses.replace(superres.BOOK, factor=2)).endswith(
        "c3s1-12, sorted into 2x2 pixels, plus the bicubic enlargement"
    )


def test_scores_beside_bicubic_in_card_and_results(tmp_path, photos, set5, monkeypatch):
    torch.manual_seed(0)
    vgg = VGG((2, 2), (4, 4)).eval().requires_grad_(False)
    monkeypatch.setattr(shipped.zoo, "loss_network", lambda name, file: vgg)
    monkeypatch.setattr(shipped, "HELD_OUT", 2)
    shipped.train(dataclasses.replace(TINY, steps=1, lr=1e-9), 0, tmp_path, [photos])
    path = tmp_path / "superres_x4_pixel.safetensors"
    result = shipped.score(path, photos, set5, tmp_path / "vgg16_bgr.npz", tmp_path / "results")
    assert set(result["scores"]) == {photos.name, "Set5"}
    for ways in result["scores"].values():  # untrained, it is the bicubic enlargement
        for key, value in ways["bicubic"].items():
            assert ways["network"][key] == pytest.approx(value, abs=2e-3)
        assert set(ways["network"]) == {"PSNR", "SSIM", "detail", "features"} and ways["network"]["detail"] < 1
    assert "2 photos never trained on, their middle 240x240; made small by bicubic" in result["protocol"]
    card = zoo.card(str(path))
    assert card["scores"] == result["scores"] and card["scored by"] == "s2s score superres"
    assert json.loads((tmp_path / "results" / "superres_x4_pixel.json").read_text()) == result


def test_benchmark_uses_its_own_small_pictures_for_4_and_makes_others(set5, photos):
    [(small, true)] = shipped.benchmark(set5, 4, "bicubic")
    assert ((degrade(true, 4) - small) * 255).round().unique().tolist() == [1]
    [(small, true)] = shipped.benchmark(set5, 8, "blurred")
    assert torch.equal(small, degrade(true, 8, "blurred"))
    with pytest.raises(PictureError, match="no pictures NAME_SRF_4_HR.png"):
        shipped.benchmark(photos, 4, "bicubic")


def test_photos_are_cut_to_whole_pixels_of_the_small_picture(photos):
    [(small, true), *_] = shipped.made_small([load_picture(photos / "0.png")], 8, "bicubic")
    assert true.shape == (1, 3, 48, 72) and small.shape == (1, 3, 6, 9)
