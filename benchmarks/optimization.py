"""Style transfer by optimization, ours against a plain reference, and the fast network beside both.

    .venv/bin/python benchmarks/optimization.py equal-loss VGG16_FILE STYLE.jpg PHOTO.jpg...
    .venv/bin/python benchmarks/optimization.py network VGG16_FILE STYLE.jpg PHOTO.jpg...

The reference (``plain.py``) is written as the well-known public codes are: VGG in float32 and the layout that torch has
by default, torch's L-BFGS with full steps and 100 pairs, pixels clamped at the end. ``equal-loss`` runs the reference
for 500 iterations from noise, with the weights of the losses that the fast network was trained for. It asks how soon
ours, with the same VGG and with pocket, has a picture of that loss, and how many steps of the reference one pass of the
fast network is worth. All pictures are judged by the same VGG in float32. ``network`` measures only the last of these
again, for a new painter. All write data/results/style/.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

import plain
import torch

from s2s_helpers import zoo
from s2s_helpers.images import load_picture, middle, resize
from s2s_helpers.optimize.gatys import BOOK, GatysRecipe, objective, stylize_by_optimization
from s2s_helpers.optimize.loop import run
from s2s_helpers.optimize.methods import lbfgs_clamped_at_the_end
from s2s_helpers.pipeline import apply
from s2s_helpers.runs.shipped.painter import STYLE_SIZE
from s2s_helpers.runtime.machine import circumstances

OUT = Path(__file__).parents[1] / "data" / "results" / "style"
STEPS = 500  # section 4.2 of the paper
SIZE = 256
MOST = 150  # iterations of ours, at each scale
DRAFT = 20
Network = torch.nn.Module


def judged(pictures: list[torch.Tensor], judge: Callable) -> list[float]:
    """The loss of each picture, clamped, by the VGG in float32."""
    return [judge(x.clamp(0, 1))[0] for x in pictures]


def asked() -> GatysRecipe:
    """What the shipped network was trained for."""
    trained = zoo.card("painter")["recipe"]
    fields = ("content_layer", "content_weight", "style_weight", "tv_weight")
    return replace(BOOK, **{field: trained[field] for field in fields})


def task(vgg: str, style_path: Path, photo: Path, recipe: GatysRecipe) -> tuple[torch.Tensor, torch.Tensor, Callable]:
    """Photo, style, and the loss by the VGG in float32."""
    content, style = middle(resize_to(load_picture(photo), SIZE), SIZE), load_picture(style_path, STYLE_SIZE)
    judge = zoo.loss_network("vgg16", vgg).to(memory_format=torch.contiguous_format)
    return content, style, plain.search(content, style, recipe, judge)


def equal_loss(vgg: str, style_path: Path, photo: Path) -> dict:
    """How soon ours has the loss that the reference ends with; how many of its steps the network is worth."""
    recipe = asked()
    content, style, judge = task(vgg, style_path, photo, recipe)
    noise = torch.rand(content.shape, generator=torch.Generator().manual_seed(0))

    began, seconds, pictures = time.perf_counter(), [], []
    for it in islice(lbfgs_clamped_at_the_end(judge, noise), STEPS):
        seconds.append(time.perf_counter() - began)
        pictures.append(it.x)
    curve = judged([*pictures[::10], pictures[-1]], judge)
    goal = curve[-1]
    result = {"reference": {"seconds": seconds[-1], "loss": goal, "curve": curve}}
    print(f"{photo.stem}: reference {seconds[-1]:.0f} s, loss {goal:.4f}", flush=True)

    for name, way in ours(content, style, recipe, zoo.loss_network("vgg16", vgg)).items():
        took, loss = time_to(goal, way, judge)
        result[f"ours, {name}"] = {"seconds": took, "loss": loss, "ratio": took and seconds[-1] / took}
        said = f"{took:.1f} s, {seconds[-1] / took:.1f} times faster" if took else f"not reached, {loss:.4f}"
        print(f"  ours, {name}: {said}", flush=True)

    result["network"] = network(content, style_path, judge)
    return result


def network(content: torch.Tensor, style_path: Path, judge: Callable) -> dict:
    """The loss of one pass of the shipped network, and how many steps of the reference, from noise, have it."""
    card, painter = zoo.card("painter"), zoo.load("painter")
    one = torch.eye(painter.styles)[card["styles"].index(style_path.stem)][None]
    loss = judge(apply(painter, content, one))[0]
    noise = torch.rand(content.shape, generator=torch.Generator().manual_seed(0))
    spent, began = 0.0, time.perf_counter()
    for steps, it in enumerate(islice(lbfgs_clamped_at_the_end(judge, noise), STEPS)):  # noqa: B007
        spent += time.perf_counter() - began
        if judge(it.x.clamp(0, 1))[0] <= loss:
            break
        began = time.perf_counter()
    began = time.perf_counter()
    apply(painter, content, one)
    once = time.perf_counter() - began
    worth = f"loss {loss:.4f}, that of the reference after {steps} steps, {spent / once:.0f} passes"
    print(f"  network: {worth}", flush=True)
    facts = {"painter": card["sha256"], **circumstances("benchmarks/optimization.py equal-loss")}
    times = {"seconds of those": spent, "seconds of a pass": once}
    return {"loss": loss, "steps of the reference": steps, **times, **facts}


def ours(content: torch.Tensor, style: torch.Tensor, recipe: GatysRecipe, vgg: Network) -> dict[str, Callable]:
    """Our ways to the picture, each a function of a preview."""
    pocket = zoo.loss_network("pocket")
    longest = replace(recipe, steps=MOST)

    def optimize(recipe: GatysRecipe, phi: Network, start: str, preview: Callable) -> torch.Tensor:
        return stylize_by_optimization(content, style, replace(recipe, start=start), phi, preview=preview).picture

    def both(preview: Callable) -> None:
        draft = optimize(replace(recipe, steps=DRAFT), pocket, "content", preview)
        run(objective(content, style, recipe, vgg), draft, MOST, recipe.method, recipe.bfloat16, preview)

    ways = {}
    for name, phi in (("VGG-16", vgg), ("pocket", pocket)):
        for start in ("content", "noise"):
            ways[f"{name}, from {start}"] = partial(optimize, longest, phi, start)
    return ways | {f"{DRAFT} iterations with pocket, then VGG-16": both}


def time_to(goal: float, way: Callable, judge: Callable) -> tuple[float | None, float]:
    """Seconds until a picture of loss ``goal``, and the best loss reached; coarse scale included."""
    seen: list[tuple[float, torch.Tensor]] = []
    began = time.perf_counter()

    def keep(iteration: int, picture: torch.Tensor) -> None:
        seen.append((time.perf_counter() - began, picture.clone()))

    way(keep)
    best = float("inf")
    for seconds, picture in seen:
        if picture.shape[-1] == SIZE:
            best = min(best, judge(picture)[0])
            if best <= goal:
                return seconds, best
    return None, best


def resize_to(x: torch.Tensor, side: int) -> torch.Tensor:
    """``x`` with its shorter side of ``side`` pixels."""
    height, width = x.shape[-2:]
    scale = side / min(height, width)
    return resize(x, (round(height * scale), round(width * scale)))


def main(what: str, *paths: str) -> None:
    facts = circumstances(f"benchmarks/optimization.py {what}")
    if what == "network":
        vgg, style, *photos = paths
        what = "equal-loss"
        result = json.loads((OUT / "optimization_equal_loss.json").read_text())
        for photo in map(Path, photos):
            content, _, judge = task(vgg, Path(style), photo, asked())
            result[photo.stem]["network"] = network(content, Path(style), judge)
    else:
        vgg, style, *photos = paths
        result = {Path(photo).stem: equal_loss(vgg, Path(style), Path(photo)) for photo in photos} | facts
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"optimization_{what.replace('-', '_')}.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
