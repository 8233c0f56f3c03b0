"""One network for four styles, or one for each, in the same training time?

    .venv/bin/python benchmarks/one_network_or_many.py STYLE.jpg HELD_OUT_FOLDER PHOTO_FOLDER...

Trains a network for the first style of the shipped painter alone, for a quarter of the painter's steps, by
the same recipe, and compares the two on held-out photos at 256x256. Writes data/results/.
"""

import dataclasses
import json
import sys
from pathlib import Path

import torch

from s2s_helpers import zoo
from s2s_helpers.data.pairs import find_pictures
from s2s_helpers.data.photos import Crops
from s2s_helpers.images import load_picture
from s2s_helpers.losses.perceptual import perceptual_terms
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.runs.shipped.painter import STYLE_SIZE
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.train import style
from s2s_helpers.train.loop import fit

PICTURES = 40
OUT = Path(__file__).parents[1] / "data" / "results" / "one_network_or_many.json"


@torch.inference_mode()
def held_out_losses(
    net: torch.nn.Module, styles: int, photos: list[torch.Tensor], picture: torch.Tensor
) -> dict[str, float]:
    """Mean terms of the recipe's objective for style 0."""
    phi = zoo.load("pocket")
    targets = style.StyleTargets(phi, [picture])
    sums = dict.fromkeys(("content", "style", "tv"), 0.0)
    for x in photos:
        made = net(x.contiguous(memory_format=torch.channels_last), torch.eye(styles)[:1])
        target = phi(x, [style.BOOK.content_layer])
        terms = perceptual_terms(made, phi(made, STYLE_LAYERS), target, targets.of(torch.tensor([0])), relative=True)
        for name, term in terms.items():
            sums[name] += term.item() / len(photos)
    weights = {"content": style.BOOK.content_weight, "style": style.BOOK.style_weight, "tv": style.BOOK.tv_weight}
    return {**sums, "objective": sum(weights[name] * value for name, value in sums.items())}


def main(style_path: Path, held_out: Path, *folders: Path) -> None:
    painter = zoo.card("painter", "style")
    count, steps = len(painter["styles"]), painter["steps"]
    picture = load_picture(style_path, STYLE_SIZE)
    photos = [load_picture(path, (256, 256)) for path in find_pictures(held_out)[:PICTURES]]
    recipe = dataclasses.replace(style.BOOK, steps=steps // count)
    training = style.painting(recipe, 0, Crops.of_folders(*folders), [picture], zoo.load("pocket"))
    progress = fit(training)
    result = {
        "one network for four styles": held_out_losses(zoo.load("painter"), count, photos, picture),
        "one network for one style": held_out_losses(training.result, 1, photos, picture),
        "steps": {"four styles": steps, "one style": progress.step},
        "seconds": {"four styles": painter["seconds"], "one style": round(progress.seconds)},
        **circumstances("benchmarks/one_network_or_many.py"),
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(OUT.read_text())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
