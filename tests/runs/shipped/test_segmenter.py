"""The way from the drawn world to weights and scored card, in small."""

import numpy as np

from s2s_helpers import zoo
from s2s_helpers.data.facades import Split
from s2s_helpers.runs.shipped import segmenter
from s2s_helpers.train import segment


def test_segmenter(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 255, (4, 3, 32, 32), dtype=np.uint8)
    labels = rng.integers(0, 12, (4, 32, 32), dtype=np.uint8)
    monkeypatch.setattr(segmenter, "load_split", lambda name, size: Split(pictures, pictures, labels))
    segmenter.train(segment.SegmentRecipe(steps=2, batch=2, base=4, cap=8, depth=3), 0, tmp_path)
    segmenter.score(tmp_path / "segmenter.safetensors")
    card = zoo.card(str(tmp_path / "segmenter.safetensors"), "segmentation")
    assert set(card["scores"]) == {"pixel", "class", "IoU"} and 0 < card["scores"]["pixel"] < 1
