"""What the differences to the paper's super-resolution network and pixel loss bring, each trained for the same time.

    .venv/bin/python benchmarks/superres_forms.py SET5_FOLDER SECONDS PHOTO_FOLDER...

All learn with the settings of ``train.superres.BOOK`` but for what their name says, each for SECONDS of processor time
(so that other work on the machine does not count), from the same seed and photos, and are judged on the benchmark with
a factor of 4. Writes data/results/superres/forms.json.
"""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

from s2s_helpers import zoo
from s2s_helpers.data.photos import Crops
from s2s_helpers.losses.perceptual import relative_error
from s2s_helpers.metrics import checkerboard, detail, super_resolution_scores
from s2s_helpers.nets.loss_network import CONTENT_LAYER
from s2s_helpers.nets.superres import enlarge
from s2s_helpers.runs.shipped.superres import Pairs, benchmark
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.train import superres
from s2s_helpers.train.loop import fit

OUT = Path(__file__).parents[1] / "data" / "results" / "superres" / "forms.json"
FORMS = {
    "paper": replace(superres.BOOK, architecture="paper", relative=False),
    "paper, absolute differences": replace(superres.BOOK, architecture="paper"),
    "book, 64 channels": replace(superres.BOOK, base=64),
    "book, squared differences": replace(superres.BOOK, relative=False),
    "book": superres.BOOK,
}
TIMED = 5  # steps by which the length of a run is set, after one that warms up


def steps_within(seconds: float, recipe: superres.SuperResolutionRecipe, photos: Crops) -> int:
    """How many steps fit into so many seconds of processor time."""
    training = superres.SuperResolution(recipe, 0, photos)
    training.step(0)
    began = time.process_time()
    for k in range(1, 1 + TIMED):
        training.step(k)
    return round(seconds / (time.process_time() - began) * TIMED)


@torch.no_grad()
def judged(way, pairs: Pairs, networks: dict[str, torch.nn.Module]) -> dict[str, float]:
    """Mean scores of ``way`` on the benchmark; the feature error by each of the loss ``networks``."""
    rows = []
    for small, true in pairs:
        made = way(small)
        row = super_resolution_scores(made, true, 4) | {"detail": (detail(made) / detail(true)).item()}
        for name, phi in networks.items():
            features = [phi(x, [CONTENT_LAYER])[CONTENT_LAYER] for x in (made, true)]
            row[f"features by {name}"] = relative_error(*features).item()
        rows.append(row | {"checkerboard": checkerboard(made).item()})
    return {key: round(sum(row[key] for row in rows) / len(rows), 4) for key in rows[0]}


def main(set5: Path, seconds: float, folders: list[Path]) -> None:
    """Train every form and write what it reaches."""
    pairs, photos = benchmark(set5, 4, "bicubic"), Crops.of_folders(*folders, scales=superres.SHRUNK)
    scores, judge = {}, {"pocket": zoo.loss_network("pocket")}
    for name, recipe in FORMS.items():
        recipe = replace(recipe, steps=steps_within(seconds, recipe, photos))
        training = superres.SuperResolution(recipe, 0, photos)
        fit(training)
        scores[name] = {"steps": recipe.steps, **judged(training.result, pairs, judge)}
        print(name, scores[name], flush=True)
    scores["bicubic"] = judged(lambda x: enlarge(x, 4).clamp(0, 1), pairs, judge)
    result = {"seconds": seconds, "scores": scores}
    result |= circumstances(f"benchmarks/superres_forms.py SET5 {seconds:g} PHOTOS")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), [Path(folder) for folder in sys.argv[3:]])
