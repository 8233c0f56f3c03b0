"""Does the shipped painter do better on photos that it was trained with than on others?

    .venv/bin/python benchmarks/overfitting.py BSDS500/train BSDS500/val VGG16_FILE

The first folder was part of its training, the second was not; both are of the same collection. The objective of the
training, mean over the photos and over the styles that the package draws. Writes data/results/.
"""

import json
import sys
from pathlib import Path

import torch

from s2s_helpers import zoo
from s2s_helpers.data.pairs import find_pictures
from s2s_helpers.data.styles import DRAWN
from s2s_helpers.images import load_picture, middle, resize
from s2s_helpers.losses.perceptual import perceptual_terms
from s2s_helpers.runs.shipped.painter import STYLE_SIZE
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.train import style
from s2s_helpers.train.training import weighted_sum

PHOTOS = 100
TRAINED_WITH = 2764  # photos, by the card
EARLIER = 27.6  # rounds over the first folder by the networks that the training began with, by their cards
OUT = Path(__file__).parents[1] / "data" / "results" / "overfitting.json"


def photos(folder: Path, size: int) -> list[torch.Tensor]:
    """The first photos of a folder, cut to squares."""
    found = map(load_picture, [path for path in find_pictures(folder) if path.suffix == ".jpg"][:PHOTOS])
    return [resize(middle(x, min(x.shape[-2:])), (size, size)) for x in found]


@torch.inference_mode()
def objectives(pictures: list[torch.Tensor], phi: torch.nn.Module) -> torch.Tensor:
    """The objective of each picture, mean over the drawn styles."""
    net, known, recipe = zoo.load("painter"), zoo.card("painter")["styles"], zoo.card("painter")["recipe"]
    targets = style.StyleTargets(phi, [draw(STYLE_SIZE) for draw in DRAWN.values()])
    one_hot = torch.eye(len(known))[[known.index(name) for name in DRAWN]]
    weights = {name: recipe[f"{name}_weight"] for name in ("content", "style", "tv")}
    rows = []
    for x in pictures:
        many = x.expand(len(DRAWN), -1, -1, -1)
        made, content = net(many, one_hot), phi(many, [recipe["content_layer"]])
        grams = targets.of(torch.arange(len(DRAWN)))
        terms = perceptual_terms(made, phi(made, targets.layers), content, grams, relative=True)
        rows.append(weighted_sum(terms, weights).mean())
    return torch.stack(rows)


def main(seen: Path, unseen: Path, vgg16: Path) -> None:
    phi, recipe = zoo.loss_network("vgg16", vgg16), zoo.card("painter")["recipe"]
    first, second = (objectives(photos(folder, recipe["size"]), phi) for folder in (seen, unseen))
    error = (first.var() / len(first) + second.var() / len(second)).sqrt()
    result = {
        "objective": {"seen": round(first.mean().item(), 4), "not seen": round(second.mean().item(), 4)},
        "photos": {"seen": len(first), "not seen": len(second)},
        "standard error of the difference": round(error.item(), 4),
        "rounds": round(EARLIER + recipe["steps"] * recipe["batch"] / TRAINED_WITH, 1),
        "painter": zoo.card("painter")["sha256"],
        **circumstances("benchmarks/overfitting.py"),
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(OUT.read_text())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
