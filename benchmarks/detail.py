"""Large pictures painted at once, and coarse to fine: edges of the content, style at two scales, seconds.

    .venv/bin/python benchmarks/detail.py STYLE.jpg PHOTO... [--vgg16 FILE]

Each photo is brought to 1024 pixels. ``edge F1``: how well the edges of the painting are those of the photo
(``metrics.edge_f1``). ``style``: relative error of the Gram matrices, summed over layers, of the middle of the painting
as it is and of the whole at half its size, by the shipped loss network and by VGG-16. Means over the photos. Writes
data/results/.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import torch
from tqdm import tqdm

from s2s_helpers import zoo
from s2s_helpers.data.sketches import Edges, edges
from s2s_helpers.images import load_picture, middle, resize
from s2s_helpers.losses.perceptual import gram_matrix, relative_error
from s2s_helpers.metrics import edge_f1
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.pipeline.coarse_to_fine import coarse_to_fine, smaller, with_lines
from s2s_helpers.runs.shipped.painter import STYLE_SIZE
from s2s_helpers.runtime.machine import circumstances

SIZE = 1024
OUT = Path(__file__).parents[1] / "data" / "results" / "detail.json"
Paint = Callable[[torch.Tensor], torch.Tensor]


def halved(x: torch.Tensor) -> torch.Tensor:
    return resize(x, (x.shape[-2] // 2, x.shape[-1] // 2))


def methods(paint: Paint) -> dict[str, Paint]:
    """What was compared, by name."""
    return {
        "at once": paint,
        "small, with lines": lambda x: with_lines(paint(smaller(x)), x),
        "half the size first": lambda x: with_lines(paint(with_lines(paint(halved(x)), x)), x),
        "coarse to fine": lambda x: coarse_to_fine(paint, x),
    }


@torch.inference_mode()
def grams(x: torch.Tensor, net: torch.nn.Module) -> list[torch.Tensor]:
    return [gram_matrix(features) for features in net(x, STYLE_LAYERS).values()]


def main(style: Path, photos: list[Path], vgg16: Path | None) -> None:
    chain = SketchToStyle()
    pictures = [load_picture(path, SIZE) for path in photos]
    judges = {"pocket": zoo.load("pocket")}
    if vgg16:
        judges["VGG-16"] = zoo.loss_network("vgg16", vgg16)
    painted = load_picture(style, STYLE_SIZE)
    targets = {name: grams(painted, judge) for name, judge in judges.items()}
    scores: dict[str, dict[str, list[float]]] = {}
    for x in tqdm(pictures, unit="photo"):
        lines = edges(x, Edges(sigma=1.0, width=1.0, smallest=6))
        for name, method in methods(lambda y: chain.stylize(y, style.stem)).items():
            began = time.process_time()
            made = method(x)
            found = {"seconds of the processor": time.process_time() - began, "edge F1": float(edge_f1(made, lines)[0])}
            parts = {"": middle(made, min(made.shape[-2:]) // 4 * 3), ", half the size": halved(made)}
            for judge, net in judges.items():
                for scale, y in parts.items():
                    pairs = zip(grams(y, net), targets[judge], strict=True)
                    found[f"style by {judge}{scale}"] = sum(relative_error(a, b).item() for a, b in pairs)
            for key, value in found.items():
                scores.setdefault(name, {}).setdefault(key, []).append(value)
    result = {
        "methods": {name: {key: round(mean(values), 3) for key, values in row.items()} for name, row in scores.items()},
        "photos where coarse to fine is better": {
            key: sum((a > b) == (key == "edge F1") for a, b in zip(scores["coarse to fine"][key], values, strict=True))
            for key, values in scores["at once"].items()
        },
        "style": style.stem,
        "photos": [path.name for path in photos],
        "longer side": SIZE,
        "painter": zoo.card("painter")["sha256"],
        "layers": STYLE_LAYERS,
        **circumstances("benchmarks/detail.py"),
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(OUT.read_text())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("style", type=Path)
    parser.add_argument("photos", type=Path, nargs="+")
    parser.add_argument("--vgg16", type=Path)
    main(**vars(parser.parse_args()))
