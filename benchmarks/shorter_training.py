"""How much sooner a training has the same validation loss: each measure added to those before it.

    .venv/bin/python benchmarks/shorter_training.py style VGG19_FILE STYLE.jpg PHOTO_FOLDER...
    .venv/bin/python benchmarks/shorter_training.py generator
    .venv/bin/python benchmarks/shorter_training.py optimization VGG19_FILE STYLE.jpg PHOTO

The reference (``plain.py``) trains for its ``SECONDS`` and sets the goal: its loss on pictures that no training sees.
For a style that is the objective (eq 9) by the real VGG-19 in float32, also for a training by pocket; for a generator
the share of pixels of held-out houses that the shipped segmenter takes for something else than was drawn. Every other
training stops when it has the goal. Where the learning rate falls to zero at the end, the end must be known: runs of
growing length are made, and the first that has the goal counts. Validation takes no time from the clock.
An optimization (eq 9 of one picture, 256x256) has no other pictures: its goal is the reference's loss in float32.
Writes data/results/speed/shorter_{style,generator,optimization}.json.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import torch
from plain import Trainee, gan_training, gram, search, style_training

from s2s_helpers import zoo
from s2s_helpers.data.facades import load_split
from s2s_helpers.data.photos import Crops
from s2s_helpers.data.sources import PairSource
from s2s_helpers.images import from_planes, load_picture, resize
from s2s_helpers.losses.perceptual import perceptual_terms
from s2s_helpers.metrics import fcn_score
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.optimize import gatys
from s2s_helpers.optimize.loop import function_of
from s2s_helpers.optimize.methods import METHODS, Function
from s2s_helpers.runs.shipped.painter import STYLE_SIZE
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.runtime.memory import keep_memory
from s2s_helpers.train import pix2pix, style

OUT = Path(__file__).parents[1] / "data" / "results" / "speed"
SECONDS = {"style": 400.0, "generator": 240.0, "optimization": 90.0}
LOOKS = 1.12  # a look at the loss whenever the time has grown by this factor
FIRST = 3.0  # seconds until the first look
LENGTHS = [round(30 * 1.25**i) for i in range(12)]  # steps of runs whose end must be known
Loss = Callable[[Callable[[torch.Tensor], torch.Tensor]], float]
Maker = Callable[[int], Trainee]  # of a training with so many steps
HELD_OUT = 8  # crops or houses


def curve(trainee: Trainee, loss: Loss, goal: float, seconds: float, steps: int | None = None) -> list[dict]:
    """Loss over time, until the goal or the time is reached; with ``steps``, only the loss after so many."""
    spent, k, looks, line = 0.0, 0, FIRST, []
    while spent < seconds and k != steps:
        began = time.perf_counter()
        trainee.step(k)
        spent, k = spent + time.perf_counter() - began, k + 1
        if (steps is None and spent >= looks) or k == steps or spent >= seconds:
            looks = spent * LOOKS
            line.append({"seconds": round(spent, 2), "steps": k, "loss": round(loss(trainee.net), 4)})
            if line[-1]["loss"] <= goal:
                break
    return line


def ladder(
    seconds: float,
    reference: Trainee,
    measures: dict[str, tuple[Maker, bool]],
    loss: Loss,
    found: dict[str, list[dict]],
) -> Iterator[None]:
    """Put into ``found`` the curve of each training that it lacks, by the measure that it adds; none is longer.

    A measure is a training made for so many steps, and whether its end must be known.
    """
    if "reference" not in found:
        found["reference"] = curve(reference, loss, 0.0, seconds)
        yield
    goal = found["reference"][-1]["loss"]
    keep_memory()
    for name, (make, ends) in measures.items():
        if name in found:
            continue
        line = [] if ends else curve(make(1), loss, goal, seconds)
        for steps in LENGTHS if ends else []:
            line += curve(make(steps), loss, goal, seconds, steps)
            print(f"  {name}: {line[-1]}", flush=True)
            if line[-1]["loss"] <= goal:
                break
        found[name] = line
        yield


class Growing(Crops):
    """Crops that are ``small`` for the first ``part`` of ``steps``."""

    def __init__(self, crops: Crops, small: int, part: float, steps: int):
        super().__init__(crops.photos, crops.scales)
        self.small, self.until = small, part * steps

    def __call__(self, seed: int, step: int, n: int, size: int) -> torch.Tensor:
        return super().__call__(seed, step, n, self.small if step < self.until else size)


def style_ladder(found: dict, vgg_file: str, style_file: str, *folders: str) -> Iterator[None]:
    """One style from nothing; 160x160, batch 4."""
    base = replace(
        style.BOOK,
        base=32,
        full_size_skip=False,
        grid_weight=0.0,
        grad_clip=None,
        lr=1e-3,
        lr_decay=0.0,
        bfloat16=False,
    )
    photos, picture = Crops.of_folders(*map(Path, folders)), load_picture(Path(style_file), STYLE_SIZE)
    layers = STYLE_LAYERS[:3]  # of the file, which ends there
    vgg = lambda: zoo.loss_network("vgg19", vgg_file)  # noqa: E731
    loss = objective(Crops(photos.photos[::50])(1, 0, HELD_OUT, base.size), picture, vgg(), layers, base)
    photos = Crops([photo for i, photo in enumerate(photos.photos) if i % 50])

    def ours(
        recipe: style.PaintingRecipe, phi: Callable = vgg, crops: Callable = lambda steps: photos, start=None
    ) -> Maker:
        def make(steps: int) -> Trainee:
            training = style.painting(replace(recipe, steps=steps), 0, crops(steps), [picture], phi(), start=start)
            return Trainee(training.step, lambda x: training.net(x, torch.ones(len(x), 1)))

        return make

    pocket = lambda: zoo.loss_network("pocket")  # noqa: E731
    fast = replace(base, bfloat16=True)
    falling = replace(fast, lr_decay=style.BOOK.lr_decay)
    small = replace(falling, base=style.BOOK.base, full_size_skip=True)
    growing = lambda steps: Growing(photos, 96, 0.6, steps)  # noqa: E731
    start = zoo.load("painter"), [None]
    measures = {
        "layout, norms, Gram gradient, fused Adam, memory kept": (ours(base), False),
        "16 bits": (ours(fast), False),
        "pocket instead of VGG-19 (taken back again)": (ours(fast, pocket), False),
        "learning rate falling at the end": (ours(falling), True),
        "crops of 96x96 for the first 60 % of the steps": (ours(falling, crops=growing), True),
        "the book's network, begun with a painter of other styles": (ours(small, start=start), True),
    }
    phi = vgg().to(memory_format=torch.contiguous_format)
    reference = style_training(base, photos, picture, phi, layers)
    return ladder(SECONDS["style"], reference, measures, loss, found)


def objective(
    crops: torch.Tensor, picture: torch.Tensor, vgg: torch.nn.Module, layers, recipe: style.PaintingRecipe
) -> Loss:
    """The mean of eq 9 over held-out crops."""
    grams = {layer: gram(f) for layer, f in vgg(picture, layers).items()}
    weights = {"content": recipe.content_weight, "style": recipe.style_weight, "tv": recipe.tv_weight}

    @torch.no_grad()
    def loss(net: Callable) -> float:
        total = 0.0
        for x in crops.split(1):
            made = net(x)
            content = vgg(x, [recipe.content_layer])
            terms = perceptual_terms(made, vgg(made, layers), content, grams, relative=True)
            total += sum(weights[name] * term.item() for name, term in terms.items())
        return total / len(crops)

    return loss


def generator_ladder(found: dict) -> Iterator[None]:
    """The generator of the drawn houses at 256x256, all by the paper's loss: L1 and conditional GAN."""
    train, test = load_split("train"), load_split("val")
    sketches = from_planes(test.sketches[:HELD_OUT])
    labels = torch.from_numpy(test.labels[:HELD_OUT, ::2, ::2].astype(np.int64))
    segmenter = zoo.load("segmenter")  # of 128x128

    @torch.no_grad()
    def loss(net: Callable) -> float:
        made = torch.cat([resize(net(sketch).float(), (128, 128)) for sketch in sketches.split(1)])
        return 1 - fcn_score(made, labels, segmenter)["pixel"]

    def batches(recipe: pix2pix.Pix2PixRecipe) -> PairSource:
        return pix2pix.array_pairs(train.sketches, train.pictures, recipe)

    def ours(recipe: pix2pix.Pix2PixRecipe) -> Maker:
        def make(steps: int) -> Trainee:
            own = replace(recipe, steps=steps)
            training = pix2pix.Pix2Pix(own, 0, batches(own), zoo.load("pocket"))
            return Trainee(training.step, training.result)  # in training mode, as the reference

        return make

    base, book = pix2pix.PAPER, pix2pix.BOOK
    fast = replace(base, bfloat16=True)
    small = replace(fast, base=book.base, cap=book.cap, full_size_skip=True, norm=book.norm, upsampling=book.upsampling)
    four = replace(small, batch=book.batch, lr=book.lr)
    measures = {
        "layout, fused Adam, memory kept": (ours(base), False),
        "16 bits": (ours(fast), False),
        "the book's network: half the width, a skip at full size": (ours(small), False),
        "batch 4, learning rate 5e-4": (ours(four), False),
        "learning rate falling at the end": (ours(replace(four, lr_decay=book.lr_decay)), True),
    }
    return ladder(SECONDS["generator"], gan_training(base, batches(base)), measures, loss, found)


def optimization_ladder(found: dict, vgg_file: str, style_file: str, photo_file: str) -> Iterator[None]:
    """A photo in a style by optimization, from the photo; 256x256."""
    recipe = replace(gatys.BOOK, style_layers=STYLE_LAYERS[:3])  # of the file, which ends there
    vgg = lambda: zoo.loss_network("vgg19", vgg_file)  # noqa: E731
    photo = resize(load_picture(Path(photo_file)), (256, 256))
    picture = load_picture(Path(style_file), STYLE_SIZE)
    f = search(photo, picture, recipe, vgg().to(memory_format=torch.contiguous_format))
    clamped = "L-BFGS, clamped at the end"

    def loss(made: Callable) -> float:
        return f(made(photo).clamp(0, 1))[0]

    def ours(scale: int, bfloat16: bool) -> Function:
        small, pattern = (gatys.divided(x, 2**scale) for x in (photo, picture))
        phi = vgg().to(memory_format=torch.channels_last)
        return function_of(gatys.objective(small, pattern, recipe, phi), {}, bfloat16)

    def trainee(functions: list[Function], method: str, until: int = 0) -> Trainee:
        """``until`` iterations at each scale but the last; ``functions`` are of the scales, the smallest first."""
        state = {"x": gatys.divided(photo, 2 ** (len(functions) - 1))}

        def iterates() -> Iterator[None]:
            for scale, g in zip(reversed(range(len(functions))), functions, strict=True):
                side = 256 // 2**scale
                start = resize(state["x"].clamp(0, 1), (side, side))
                for _, it in zip(range(until) if scale else count(), METHODS[method](g, start), strict=False):
                    state["x"] = it.x
                    yield

        steps = iterates()
        return Trainee(lambda k: next(steps, None), lambda x: resize(state["x"], (256, 256)))

    half = gatys.BOOK.steps // 4
    measures: dict[str, tuple[Maker, bool]] = {
        "layout, Gram gradient, memory kept": (lambda steps: trainee([ours(0, False)], clamped), False),
        "16 bits": (lambda steps: trainee([ours(0, True)], clamped), False),
        "projected L-BFGS": (lambda steps: trainee([ours(0, True)], recipe.method), False),
        f"the first {half} iterations at half the size": (
            lambda steps: trainee([ours(1, True), ours(0, True)], recipe.method, half),
            False,
        ),
    }
    return ladder(SECONDS["optimization"], trainee([f], clamped), measures, loss, found)


LADDERS = {"style": style_ladder, "generator": generator_ladder, "optimization": optimization_ladder}


def main(what: str, *arguments: str) -> None:
    command = f"benchmarks/shorter_training.py {what}"
    facts = circumstances(command)
    file = OUT / f"shorter_{what}.json"
    found = json.loads(file.read_text())["curves"] if file.exists() else {}  # a run that was cut goes on
    for _ in LADDERS[what](found, *arguments):
        name, line = list(found.items())[-1]
        print(f"{name}: {line[-1]}", flush=True)
        OUT.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"curves": found} | facts, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
