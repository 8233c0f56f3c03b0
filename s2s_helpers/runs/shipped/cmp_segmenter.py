"""The judge ``cmp_segmenter``, which names the parts of facades in photos: the FCN-score on pix2pix's own data."""

import dataclasses
from pathlib import Path

import torch
from torch import nn

from ...data.cmp_facades import load_cmp
from ...data.photos import fingerprint
from ...images import from_planes
from ...metrics import fcn_score
from ...runtime.processes import here
from ...train import segment
from ...train.loop import fit, made_of, ready
from .card import record, to_score, write_card

TERMS = "CMP facades: free for research, cite Tylecek and Sara 2013"
# Photos vary more than the drawn world does: it is larger than that of the drawn world, and is shown all pixels.
CMP_SEGMENTER = dataclasses.replace(segment.SegmentRecipe(), size=256, batch=4, base=32, depth=7)


def train(
    recipe: segment.SegmentRecipe,
    seed: int,
    out: Path,
    folder: Path,
    resume: bool = False,
    command: str = "s2s train cmp-segmenter",
) -> Path:
    """The judge ``cmp_segmenter``, which names the parts of the facades in the photos of ``train`` in ``folder``."""
    ready(out / "cmp_segmenter", resume)
    pairs = load_cmp(folder / "train")
    stamp = made_of(recipe, seed, pairs=fingerprint([folder / "train"]))
    training = segment.Segment(recipe, seed, segment.labeled(pairs.pictures, pairs.labels), here())
    progress = fit(training, out / "cmp_segmenter", resume, stamp)
    facts = {
        "kind": "segmentation",
        "summary": "names the parts of a building front in a photo, pixel by pixel",
        "arguments": segment.arguments(recipe),
        "architecture": f"U-Net of depth {recipe.depth}, {recipe.base} channels at half size",
        "data": f"{len(pairs)} photos, the training part of the CMP facades in pix2pix's form",
        "terms": TERMS,
        "command": command,
    }
    return write_card(training.result, out, "cmp_segmenter", recipe, seed, progress, facts)


def score(path: Path, folder: Path) -> None:
    """Score the judge at ``path`` on the true photos of ``test`` in ``folder``: the ceiling of the FCN-score."""
    net, test = to_score(path, "segmentation"), load_cmp(folder / "test")
    scores = judged_by(net, from_planes(test.pictures), torch.from_numpy(test.labels))
    protocol = f"{len(test)} true photos of the test part, 256x256; per pixel, mean over classes, mean IoU"
    record(path, scores, protocol, "s2s score cmp-segmenter")


def judged_by(segmenter: nn.Module, pictures: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
    """The FCN-score of pictures (N, 3, H, W) by their labels (N, H, W), to four places."""
    return {key: round(value, 4) for key, value in fcn_score(pictures, labels.long(), segmenter).items()}
