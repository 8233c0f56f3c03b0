"""Five ways to keep the pixels of a picture in [0, 1] while it is optimized, on ten pairs of content and style.

    OMP_NUM_THREADS=1 .venv/bin/python benchmarks/projected_lbfgs.py

Each method makes ``STEPS`` iterations from noise and from the content, at 128x128, by the weights of ``gatys.BOOK``;
then the projected one makes ``LONG`` from noise, and a last run is ``gatys.PAPER`` as it stands, at 256x256. Photos
and textures come with scikit-image, everything else is drawn. Writes data/results/style/projected_lbfgs.json after
each run; what is in it already is not done again. About ten minutes on one core.
"""

import json
import time
from dataclasses import asdict, replace
from pathlib import Path

import torch
from skimage import data

from s2s_helpers import zoo
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.data.styles import engraving, mosaic, stained_glass
from s2s_helpers.images import from_uint8, load_picture, middle, resize
from s2s_helpers.optimize.gatys import BOOK, PAPER, GatysRecipe, stylize_by_optimization
from s2s_helpers.optimize.methods import METHODS
from s2s_helpers.runtime.checkpoint import write_atomically
from s2s_helpers.runtime.machine import circumstances

ROOT = Path(__file__).parents[1]
OUT = ROOT / "data" / "results" / "style" / "projected_lbfgs.json"
SIZE, STEPS, LONG = 128, 100, 500
PROJECTED = "projected L-BFGS"
RECIPE = replace(BOOK, scales=1, steps=STEPS, bfloat16=False)  # float32: the same on every machine
TOLD = (10, 20, 50, 100, 200, 500)  # iterations whose loss is stored

PHOTOS = {"chelsea": data.chelsea, "coffee": data.coffee, "rocket": data.rocket, "astronaut": data.astronaut}
TEXTURES = {"brick": data.brick, "grass": data.grass, "gravel": data.gravel}
DRAWN = {"mosaic": mosaic, "stained_glass": stained_glass, "engraving": engraving}
PAIRS = [
    ("chelsea", "mosaic 0"),
    ("coffee", "stained_glass 0"),
    ("rocket", "engraving 0"),
    ("astronaut", "mosaic 1"),
    ("facade 500", "brick"),
    ("facade 503", "grass"),
    ("facade 505", "gravel"),
    ("facade 508", "mosaic 2"),
    ("facade 511", "stained_glass 1"),
    ("drawing house", "engraving 1"),
]


def content(name: str, size: int) -> torch.Tensor:
    """The middle of a photo, a picture of the drawn world, or one of our drawings."""
    if name in PHOTOS:
        x = from_uint8(PHOTOS[name]())
        return resize(middle(x, min(x.shape[-2:])), (size, size))
    kind, which = name.split()
    if kind == "facade":
        return FacadeWorld(seed=0, size=size)[int(which)].picture
    return load_picture(ROOT / "data" / "drawings" / f"{which}.png", (size, size))


def style(name: str, size: int) -> torch.Tensor:
    """A corner of a texture, or of a drawn style with its seed."""
    if name in TEXTURES:
        return resize(from_uint8(TEXTURES[name]()), (2 * size, 2 * size))[..., :size, :size]
    kind, seed = name.split()
    return DRAWN[kind](2 * size, int(seed))[..., :size, :size]


def tasks() -> list[tuple[str, str, int, GatysRecipe]]:
    """Content, style, size and recipe of every run."""
    found = [
        (*pair, SIZE, replace(RECIPE, method=method, start=start))
        for pair in PAIRS
        for start in ("noise", "content")
        for method in METHODS
    ]
    found += [(*pair, SIZE, replace(RECIPE, start="noise", steps=LONG)) for pair in PAIRS]
    return [*found, (*PAIRS[0], 256, PAPER)]


def result(content_name: str, style_name: str, size: int, recipe: GatysRecipe) -> dict:
    """One run. ``loss`` is that of the picture in the end, clamped; ``losses`` the best so far, not clamped.

    ``seconds`` are those of the processor, so that other programs on the machine do not count.
    """
    pictures = content(content_name, size), style(style_name, size)
    began = time.process_time()
    found = stylize_by_optimization(*pictures, recipe, zoo.load("pocket"), preview=lambda iteration, picture: None)
    losses = [line["loss"] for line in found.history]
    outside = [line["outside"] for line in found.history]
    return {
        "loss": round(found.loss, 5),
        "losses": {str(n): round(min(losses[:n]), 5) for n in TOLD if n <= len(losses)},
        "outside": {"most": round(max(outside), 5), "last": round(outside[-1], 5)},
        "evaluations": found.history[-1]["evaluations"],
        "seconds": round(time.process_time() - began, 2),
        "ended": found.ended,
    }


def main() -> None:
    stored = json.loads(OUT.read_text()) if OUT.exists() else {"runs": []}
    done = {json.dumps(run["task"], sort_keys=True) for run in stored["runs"]}
    for content_name, style_name, size, recipe in tasks():
        task = {"content": content_name, "style": style_name, "size": size}
        task |= {key: getattr(recipe, key) for key in ("method", "start", "steps")}
        task["weights"] = "PAPER" if recipe == PAPER else "BOOK"
        if json.dumps(task, sort_keys=True) in done:
            continue
        run = {"task": task, **result(content_name, style_name, size, recipe)}
        print(*task.values(), run["loss"], f"{run['seconds']} s", flush=True)
        stored["runs"].append(run)
        stored |= {
            "recipe": asdict(RECIPE),
            **circumstances("OMP_NUM_THREADS=1 .venv/bin/python benchmarks/projected_lbfgs.py"),
            "seconds": round(sum(run["seconds"] for run in stored["runs"])),
        }
        heads = {key: value for key, value in stored.items() if key != "runs"}
        lines = ",\n".join("    " + json.dumps(run) for run in stored["runs"])
        text = json.dumps(heads, indent=2).removesuffix("\n}") + ',\n  "runs": [\n' + lines + "\n  ]\n}\n"
        write_atomically(OUT, lambda path, text=text: path.write_text(text))


if __name__ == "__main__":
    main()
