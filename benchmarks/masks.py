"""Two styles in one picture: two paintings laid together, against one pass whose gains and shifts differ by place.

    .venv/bin/python benchmarks/masks.py

Eight pictures (four of scikit-image, four drawn houses), 256x256, a disc in the middle in another style, for two
pairs of styles. What is measured is how far the result is from the painting in the one style that should be there,
in rings around the border of the disc: mean absolute difference, 0 to 1. Writes data/results/masks.json.
"""

import json
from pathlib import Path
from unittest.mock import patch

import torch
from skimage import data
from torch.nn.functional import instance_norm, interpolate

from s2s_helpers import zoo
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.images import from_uint8, middle, resize
from s2s_helpers.nets.transform import ConditionalInstanceNorm, TransformNet
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.pipeline.controls import Controls, conditions, stylize
from s2s_helpers.runtime.checkpoint import write_atomically
from s2s_helpers.runtime.machine import circumstances

OUT = Path("data/results/masks.json")
PAIRS = (("starry_night", "mosaic"), ("great_wave", "the_scream"))
RINGS = (0, 8, 16, 32, 48)  # pixels from the border
SIZE, RADIUS = 256, 64


def one_pass(net: TransformNet, x: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
    """``net`` with weights of the styles that differ from place to place, (1, styles, H, W)."""

    def by_place(norm: ConditionalInstanceNorm, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        here = interpolate(styles, size=x.shape[-2:], mode="area")
        gain, shift = (torch.einsum("nshw,sc->nchw", here, values) for values in (norm.weight, norm.bias))
        return instance_norm(x) * gain + shift

    with torch.inference_mode(), patch.object(ConditionalInstanceNorm, "forward", by_place):
        return net(x, styles.mean(dim=(2, 3)))


def main() -> None:
    chain, net = SketchToStyle(), zoo.load("painter")
    photos = [from_uint8(f()) for f in (data.chelsea, data.coffee, data.astronaut, data.rocket)]
    pictures = [resize(middle(x, min(x.shape[-2:])), (SIZE, SIZE)) for x in photos]
    pictures += [FacadeWorld(seed=0, size=SIZE)[i].picture for i in (505, 511, 520, 530)]
    y, x = torch.meshgrid(torch.arange(SIZE) - SIZE / 2, torch.arange(SIZE) - SIZE / 2, indexing="ij")
    distance = RADIUS - torch.hypot(y, x)  # to the border, above 0 inside
    mask = (distance > 0).float()[None, None]

    found: dict[str, list] = {"one pass": [], "two paintings": [], "the styles are apart": []}
    for picture in pictures:
        for a, b in PAIRS:
            looks = [Controls({name: 1}) for name in (a, b)]
            outer, inner = (stylize(chain, picture, look) for look in looks)
            right = torch.where(mask > 0, inner, outer)
            weights = [conditions(chain, look)[0].view(1, -1, 1, 1) for look in looks]
            made = {
                "one pass": one_pass(net, picture, torch.lerp(*weights, mask)),
                "two paintings": stylize(chain, picture, looks[0], [(mask, looks[1])]),
                "the styles are apart": torch.where(mask > 0, outer, inner),
            }
            for name, each in made.items():
                apart = (each - right).abs().mean(dim=1)[0]
                found[name].append(torch.stack([apart[distance.abs() >= ring].mean() for ring in RINGS]))
    result = {
        **circumstances(".venv/bin/python benchmarks/masks.py"),
        "painter": zoo.card("painter")["sha256"],
        "pixels from the border, or more": RINGS,
        "difference": {name: torch.stack(rows).mean(dim=0).tolist() for name, rows in found.items()},
    }
    write_atomically(OUT, lambda path: path.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8"))
    for name, row in result["difference"].items():
        print(f"{name:21}", *(f"{value:.4f}" for value in row))


if __name__ == "__main__":
    main()
