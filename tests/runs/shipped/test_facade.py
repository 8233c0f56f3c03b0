"""The way from the drawn world to weights and scored card, in small."""

import dataclasses

import numpy as np
import torch
from tiny import TINY

from s2s_helpers import zoo
from s2s_helpers.data.facades import Split
from s2s_helpers.runs.shipped import facade, segmenter
from s2s_helpers.train import pix2pix


def test_facade(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 255, (4, 3, 40, 40), dtype=np.uint8) for _ in range(2)]
    labels = np.zeros((4, segmenter.JUDGED, segmenter.JUDGED), np.uint8)
    monkeypatch.setattr(facade, "load_split", lambda name, size=40: Split(*arrays, labels))
    facade.train(dataclasses.replace(pix2pix.BOOK, **TINY), 0, tmp_path)
    card = zoo.card(str(tmp_path / "facade.safetensors"))
    assert card["steps"] == 2 and card["architecture"].startswith("C4-C8-C8 and back") and card["recipe"]["base"] == 4
    critic = zoo.load(str(tmp_path / "critic.safetensors"), "discriminator")
    assert critic(torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32)).shape[:2] == (1, 1)
    facade.score(tmp_path / "facade.safetensors")
    scored = zoo.card(str(tmp_path / "facade.safetensors"))
    assert set(scored["scores"]) == {"generator", "mean picture", "nearest neighbor"}
    assert set(scored["judged"]) == {"pixel", "class", "IoU"}
    assert scored["sha256"] == card["sha256"] and scored["scored by"] == "s2s score facade"
    assert zoo.load(str(tmp_path / "facade.safetensors"))(torch.rand(1, 3, 16, 24)).shape == (1, 3, 16, 24)
