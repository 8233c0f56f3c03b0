"""A training step of the fast network, ours against a plain reference; loss against time.

    .venv/bin/python benchmarks/training_step.py step
    .venv/bin/python benchmarks/training_step.py curve VGG19_FILE STYLE.jpg SECONDS PHOTO_FOLDER...

The reference is written as the well-known public example is: float32, torch's own layout and instance norm, the
photo's features as deep as the style's. Ours has the same architecture (``TransformNet`` with one style and 32
channels), batch and size. ``step`` takes steps of each in turns, with random weights for VGG-16 up to relu4_3, and
prints medians and ratios. ``curve`` trains both for the same time, each alone, from the same seed with the same
VGG-19 (ours with pocket, too), and judges them on held-out crops by that VGG. Both write data/results/style/.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import torch
from torch import nn

from s2s_helpers import zoo
from s2s_helpers.images import load_picture
from s2s_helpers.losses.perceptual import gram_matrix, perceptual_terms, relative_error, total_variation
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.vgg import CONVS, VGG, WIDTHS
from s2s_helpers.shipped import STYLE_SIZE, machine
from s2s_helpers.train import style
from s2s_helpers.train.loop import step_rng
from s2s_helpers.train.photos import Crops

OUT = Path(__file__).parents[1] / "data" / "results" / "style"
ROUNDS = 4  # the first warms up
BASE = replace(style.BOOK, base=32, fine=False, grid_weight=0.0, batch=4, lr=1e-3, decay=0.0)
HELD_OUT = 24  # crops for the judge
Step = Callable[[int], object]


def conv(channels: int, out: int, size: int, stride: int = 1) -> nn.Sequential:
    """Reflection padding, convolution, torch's instance norm."""
    padded = nn.Conv2d(channels, out, size, stride, padding=size // 2, padding_mode="reflect")
    return nn.Sequential(padded, nn.InstanceNorm2d(out, affine=True))


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.both = nn.Sequential(conv(channels, channels, 3), nn.ReLU(), conv(channels, channels, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.both(x)


def plain_network() -> nn.Sequential:
    """c9s1-32, d64, d128, R128 x5, u64, u32, c9s1-3."""
    down = [conv(3, 32, 9), nn.ReLU(), conv(32, 64, 3, 2), nn.ReLU(), conv(64, 128, 3, 2), nn.ReLU()]
    up = [nn.Upsample(scale_factor=2), conv(128, 64, 3), nn.ReLU(), nn.Upsample(scale_factor=2), conv(64, 32, 3), nn.ReLU()]
    last = nn.Conv2d(32, 3, 9, padding=4, padding_mode="reflect")
    return nn.Sequential(*down, *(Residual(128) for _ in range(5)), *up, last, nn.Sigmoid())


@dataclass
class Trainee:
    """A training that can be taken step by step, and its network from picture to picture."""

    step: Step
    net: Callable[[torch.Tensor], torch.Tensor]


def reference(photos: Crops, picture: torch.Tensor, phi: nn.Module, layers: tuple[str, ...], size: int) -> Trainee:
    """The plain training."""
    torch.manual_seed(0)
    net = plain_network()
    adam = torch.optim.Adam(net.parameters(), BASE.lr)
    with torch.no_grad():
        grams = {layer: gram_matrix(f) for layer, f in phi(picture, layers).items()}

    def step(k: int) -> None:
        x = photos(step_rng(0, k), BASE.batch, size).contiguous()
        made = net(x)
        features = phi(made, layers)
        with torch.no_grad():
            target = phi(x, layers)[BASE.content_layer]
        loss = BASE.content_weight * relative_error(features[BASE.content_layer], target).mean()
        for layer in layers:
            gram = grams[layer].expand(len(x), -1, -1)
            loss = loss + BASE.style_weight * relative_error(gram_matrix(features[layer]), gram).mean()
        loss = loss + BASE.tv_weight * total_variation(made).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()

    return Trainee(step, net)


def ours(photos: Crops, picture: torch.Tensor, phi: nn.Module, size: int) -> Trainee:
    """The training of the package."""
    job, net = style.job(replace(BASE, size=size), 0, photos, [picture], phi)
    return Trainee(job.step, lambda x: net(x, torch.ones(len(x), 1)))


def steps() -> dict:
    """Seconds of a step at the published batch and size, in turns."""
    photos = Crops([torch.randint(0, 255, (300, 300, 3), dtype=torch.uint8).numpy() for _ in range(4)])
    picture, make_vgg = torch.rand(1, 3, 256, 256), lambda: VGG(CONVS[16][:4], WIDTHS[:4]).eval().requires_grad_(False)
    ways = {
        "reference, VGG-16": reference(photos, picture, make_vgg(), STYLE_LAYERS, 256).step,
        "ours, VGG-16": ours(photos, picture, make_vgg(), 256).step,
        "ours, pocket": ours(photos, picture, zoo.loss_network("pocket"), 256).step,
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(ROUNDS):
        for name, step in ways.items():
            began = time.perf_counter()
            step(turn)
            taken[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times[1:]) for name, times in taken.items()}
    first = medians["reference, VGG-16"]
    for name, seconds in medians.items():
        print(f"{name:18} {seconds:6.2f} s a step, {first / seconds:.1f} times")
    return medians


@torch.no_grad()
def judge(net: Callable, crops: torch.Tensor, grams: dict, vgg: nn.Module) -> float:
    """The mean objective on held-out crops, by the real network in float32."""
    total = 0.0
    for x in crops.split(4):
        made = net(x)
        terms = perceptual_terms(
            made, vgg(made, STYLE_LAYERS[:3]), vgg(x, [BASE.content_layer]), {k: g.expand(len(x), -1, -1) for k, g in grams.items()}, True
        )
        weights = {"content": BASE.content_weight, "style": BASE.style_weight, "tv": BASE.tv_weight}
        total += sum(weights[name] * term.sum().item() for name, term in terms.items())
    return total / len(crops)


def curves(vgg_file: str, style_file: str, seconds: float, *folders: str, size: int = 160) -> dict:
    """Objective against training time."""
    photos, picture = Crops.of_folders(*map(Path, folders)), load_picture(Path(style_file), STYLE_SIZE)
    crops = photos(step_rng(1, 0), HELD_OUT, size)  # of the same folder, but cut otherwise: both sides alike
    vgg, layers = zoo.loss_network("vgg19", vgg_file), STYLE_LAYERS[:3]
    grams = {layer: gram_matrix(f) for layer, f in vgg(picture, layers).items()}
    plain = zoo.loss_network("vgg19", vgg_file).to(memory_format=torch.contiguous_format)
    found = {}
    for name, make in {
        "reference": lambda: reference(photos, picture, plain, layers, size),
        "ours, VGG-19": lambda: ours(photos, picture, zoo.loss_network("vgg19", vgg_file), size),
        "ours, pocket": lambda: ours(photos, picture, zoo.loss_network("pocket"), size),
    }.items():
        trainee, spent, k, line = make(), 0.0, 0, []
        pause = seconds / 20
        while spent < seconds:
            began = time.perf_counter()
            trainee.step(k)
            spent, k = spent + time.perf_counter() - began, k + 1
            if spent >= pause * (len(line) + 1):
                line.append({"seconds": round(spent, 1), "step": k, "loss": judge(trainee.net, crops, grams, vgg)})
                print(f"{name}: {line[-1]}", flush=True)
        found[name] = line
    return found


def main(what: str, *arguments: str) -> None:
    if what == "step":
        result = {"seconds": steps()}
    else:
        vgg, style_file, seconds, *folders = arguments
        result = {"curves": curves(vgg, style_file, float(seconds), *folders)}
    facts = {"machine": machine(), "date": date.today().isoformat(), "command": f"benchmarks/training_step.py {what}"}
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / f"training_{what}.json").write_text(json.dumps(result | facts, indent=2) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
