"""The segmentation network behind the FCN-score: trained on the drawn world, scored, written with its card."""

from pathlib import Path

import torch

from ...data.facades import VERSION, load_split
from ...images import from_planes
from ...metrics import fcn_score
from ...runtime.processes import here
from ...train import segment
from ...train.loop import fit, made_of, ready
from .card import record, to_score, write_card

JUDGED = 128  # pixels of the pictures that the segmenter was trained on and is shown, and of repainted ones


def train(
    recipe: segment.SegmentRecipe, seed: int, out: Path, resume: bool = False, command: str = "s2s train segmenter"
) -> Path:
    """The segmentation network behind the FCN-score, trained on true pictures of the drawn world."""
    ready(out / "segmenter", resume)
    world = load_split("train", size=JUDGED)
    batches = segment.labeled(world.pictures, world.labels)
    stamp = made_of(recipe, seed, pictures=f"FacadeWorld of version {VERSION}")
    training = segment.Segment(recipe, seed, batches, here())
    progress = fit(training, out / "segmenter", resume, stamp)
    facts = {
        "kind": "segmentation",
        "summary": "names the parts of a building front, pixel by pixel",
        "arguments": segment.arguments(recipe),
        "architecture": f"U-Net of depth {recipe.depth}, {recipe.base} channels at half size",
        "data": f"400 pictures of FacadeWorld(seed=0, size={JUDGED}) of version {VERSION}, indices 0 to 399",
        "terms": "drawn by this project's own code; MIT",
        "command": command,
    }
    return write_card(training.result, out, "segmenter", recipe, seed, progress, facts)


def score(path: Path) -> None:
    """Score the segmentation network at ``path`` on the 100 true test pictures: the ceiling of the FCN-score."""
    net = to_score(path, "segmentation")
    test = load_split("test", size=JUDGED)
    true, labels = from_planes(test.pictures), torch.from_numpy(test.labels).long()
    scores = fcn_score(true, labels, net)
    protocol = f"100 true test pictures of the drawn world at {JUDGED}x{JUDGED}; per pixel, mean over classes, mean IoU"
    record(path, {key: round(value, 4) for key, value in scores.items()}, protocol, "s2s score segmenter")
