"""What the feature loss needs beside it, and which loss network it takes, for super-resolution.

    .venv/bin/python benchmarks/superres_losses.py SET5_FOLDER VGG16_WEIGHTS PHOTO_FOLDER...

Each run begins with the shipped network of the pixel loss and makes STEPS steps with a factor of 4: by the features of
`pocket` and of the real VGG-16, alone, with the pixel loss, with the share of the grid, and with both. Judged on the
benchmark, by the features of both networks. Writes data/results/superres/losses.json.
"""

import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch
from superres_forms import OUT, judged

from s2s_helpers import zoo
from s2s_helpers.data.photos import Crops
from s2s_helpers.runs.shipped.superres import benchmark
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.train import superres
from s2s_helpers.train.loop import fit

STEPS = 150
ROUNDS = 9
BESIDE = {
    "alone": {"pixel_weight": 0.0},
    "and pixel loss": {},
    "and grid": {"pixel_weight": 0.0, "grid_weight": 1.0},
    "and both": {"grid_weight": 1.0},
}


def cost(photos: Crops, networks: dict[str, torch.nn.Module]) -> dict[str, float]:
    """How many times the processor time of a step by pocket one by VGG-16 takes: median, range of ROUNDS in turns."""
    recipe = superres.BOOK_FEATURE
    trainings = {name: superres.SuperResolution(recipe, 0, photos, phi) for name, phi in networks.items()}
    rounds = []
    for k in range(1 + ROUNDS):  # the first warms up
        seconds = {}
        for name, training in trainings.items():
            began = time.process_time()
            training.step(k)
            seconds[name] = time.process_time() - began
        rounds.append(seconds["VGG-16"] / seconds["pocket"])
    times = sorted(rounds[1:])
    return {"median": round(statistics.median(times), 1), "least": round(times[0], 1), "most": round(times[-1], 1)}


def main(set5: Path, vgg16: Path, folders: list[Path]) -> None:
    """Train with every loss and write what it reaches."""
    pairs, photos = benchmark(set5, 4, "bicubic"), Crops.of_folders(*folders, scales=superres.SHRUNK)
    networks = {"pocket": zoo.loss_network("pocket"), "VGG-16": zoo.loss_network("vgg16", vgg16)}
    start = zoo.load("superres_x4_pixel")
    scores = {"pixel loss, as shipped": judged(start, pairs, networks)}
    for name, phi in networks.items():
        for words, weights in BESIDE.items():
            recipe = replace(superres.BOOK_FEATURE, steps=STEPS, **weights)
            training = superres.SuperResolution(recipe, 0, photos, phi, start)
            fit(training)
            scores[f"{name} {words}"] = judged(training.result, pairs, networks)
            print(name, words, scores[f"{name} {words}"], flush=True)
    result = {"steps": STEPS, "scores": scores, "VGG-16 costs": cost(photos, networks)}
    result |= circumstances("benchmarks/superres_losses.py SET5 VGG16 PHOTOS")
    OUT.with_name("losses.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(folder) for folder in sys.argv[3:]])
