"""Where the time goes: every hot path beside a plain reference and beside what this machine could do at best.

    .venv/bin/python benchmarks/hot_paths.py [WORD...]

takes the paths whose names have one of the words, all without; what else is stored stays. The references are those of
``plain.py``. Reference and ours have a process each and take turns: A B A B. Printed and stored are medians, their
ratio, and the smallest and the largest ratio of a turn. Short work is done several times in a turn.

The *floor* is what our way of doing it cannot be faster than: the operations of all convolutions and products
at the rate of a large one in the same precision, or the bytes that these read and write at the rate of a
copy, whichever is longer. Both rates are measured here first. Norms, activations, padding and optimizers are not in it.
Writes data/results/speed/hot_paths.json.
"""

import json
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import plain
import torch
from PIL import Image
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import flop_registry

from s2s_helpers import zoo
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.data.photos import Crops
from s2s_helpers.images import load_picture, resize
from s2s_helpers.nets.vgg import CONVS, VGG, WIDTHS
from s2s_helpers.optimize.gatys import BOOK, objective
from s2s_helpers.optimize.loop import function_of
from s2s_helpers.optimize.methods import METHODS, lbfgs_clamped_at_the_end
from s2s_helpers.pipeline import apply
from s2s_helpers.runs.shipped.painter import STYLE_SIZE
from s2s_helpers.runtime import precision
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.runtime.memory import keep_memory
from s2s_helpers.train import pix2pix, pocket, style

OUT = Path(__file__).parents[1] / "data" / "results" / "speed" / "hot_paths.json"
TURNS = 5  # of which the first warms up
TURN = 1.5  # seconds that a turn has at least: else short work finds only what the other has left in the cache
Do = Callable[[int], object]  # one unit of work, by its number
STYLE = replace(style.BOOK, base=32, full_size_skip=False, grid_weight=0.0, batch=4, size=256)
GAN = pix2pix.PAPER  # 256x256, batch 1
SIZES = (256, 512, 1024)


@dataclass(frozen=True)
class HotPath:
    """A unit of work written plainly and as the package does it; each makes ready and returns what does it once."""

    reference: Callable[[], Do]
    ours: Callable[[], Do]
    bfloat16: bool = True  # whether ours computes in it, where the processor does


def noise(n: int, size: int) -> torch.Tensor:
    """Pictures (n, 3, size, size), the same at each call."""
    return torch.rand(n, 3, size, size, generator=torch.Generator().manual_seed(n))


def pairs(seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Sketches and pictures that cost nothing."""
    return noise(n, size), noise(n, size)


def crops() -> Crops:
    """Crops of a few photos in memory."""
    rng = np.random.default_rng(0)
    return Crops([rng.integers(0, 255, (288, 288, 3), dtype=np.uint8) for _ in range(4)])


def gan_step(recipe: pix2pix.Pix2PixRecipe) -> HotPath:
    """A training step of the generator and its discriminator."""
    ours = replace(recipe, bfloat16=True)
    return HotPath(
        lambda: plain.gan_training(recipe, pairs).step,
        lambda: pix2pix.Pix2Pix(ours, 0, pairs, zoo.load("pocket")).step,
    )


def style_step(phi: Callable[[], torch.nn.Module]) -> Callable[[], Do]:
    """Our training step of the fast network with a loss network."""
    return lambda: style.painting(STYLE, 0, crops(), [noise(1, STYLE_SIZE)], phi()).step


def plain_optimization(size: int) -> Callable[[], Do]:
    """One iteration of L-BFGS, as the public codes run it."""

    def make() -> Do:
        content = noise(1, size)
        f = plain.search(content, noise(1, STYLE_SIZE), BOOK, plain.vgg16())
        iterates = lbfgs_clamped_at_the_end(f, content)
        return lambda k: next(iterates)

    return make


def our_optimization(size: int, phi: Callable[[], torch.nn.Module]) -> Callable[[], Do]:
    """One iteration of ours."""

    def make() -> Do:
        content = noise(1, size)
        net = phi().to(memory_format=torch.channels_last)
        f = function_of(objective(content, noise(1, STYLE_SIZE), BOOK, net), {}, bfloat16=True)
        iterates = METHODS[BOOK.method](f, content)
        return lambda k: next(iterates, None) or next(METHODS[BOOK.method](f, content))

    return make


def plain_pass(name: str, size: int) -> Callable[[], Do]:
    """A shipped network as torch runs it: eager, float32, its own layout."""

    def make() -> Do:
        net = zoo.load(name).to(memory_format=torch.contiguous_format)
        x, more = noise(1, size), told(net)

        def once(k: int) -> None:
            with torch.no_grad():
                net(x, *more)

        return once

    return make


def our_pass(name: str, size: int) -> Callable[[], Do]:
    """The same by ``pipeline.apply``, fast."""

    def make() -> Do:
        net = zoo.load(name)
        x, more = noise(1, size), told(net)
        return lambda k: apply(net, x, *more, fast=True)

    return make


def told(net: torch.nn.Module) -> list[torch.Tensor]:
    """What a network takes beside the picture: one style, for a painter."""
    return [torch.eye(net.styles)[:1]] if hasattr(net, "styles") else []


def distillation() -> Do:
    """A training step of pocket, by a VGG-16 with random weights."""
    return pocket.Distillation(pocket.DistillationRecipe(), 0, crops(), crops(), VGG(CONVS[16][:4], WIDTHS[:4])).step


def plain_distillation() -> Do:
    """The same in float32, with memory as it comes."""
    precision.has_bfloat16 = lambda device="cpu": False  # this process is the reference's alone
    return distillation()


def files() -> list[str]:
    """Photos as JPEG files, in a folder that goes with the process."""
    folder = tempfile.TemporaryDirectory()
    files.kept = folder
    names = [f"{folder.name}/{i}.jpg" for i in range(8)]
    for i, name in enumerate(names):
        Image.fromarray((resize(noise(1, 32), (480, 640))[0].permute(1, 2, 0) * (255 - i)).byte().numpy()).save(name)
    return names


def plain_loading() -> Do:
    """Four crops: each photo read from its file, made smaller, cut, and made a tensor, at every step anew."""
    names = files()

    def load(k: int) -> torch.Tensor:
        batch = []
        for name in names[:4]:
            photo = Image.open(name).convert("RGB").resize((341, 256), Image.Resampling.BICUBIC)
            photo = photo.crop((40, 0, 296, 256))
            batch.append(torch.from_numpy(np.array(photo)).permute(2, 0, 1).float() / 255)
        return torch.stack(batch)

    return load


def our_loading() -> Do:
    """Four crops of photos that were read once."""
    photos = Crops([(load_picture(Path(name))[0].permute(1, 2, 0) * 255).byte().numpy() for name in files()])
    return lambda k: photos(0, k, 4, 256)


def drawing() -> Do:
    """A house of the drawn world, its sketch, and its labels."""
    world = FacadeWorld(seed=0)
    return lambda k: world[k]


def cutting() -> Do:
    """The same from the pairs that were drawn before, cut at random."""
    drawn = [FacadeWorld(seed=0).draw(k) for k in range(4)]
    sketches, pictures = (np.stack([house[i].reshape(-1, *house[i].shape[-2:]) for house in drawn]) for i in (0, 1))
    sketches = np.repeat(sketches, 3 // sketches.shape[1], axis=1)
    batches = pix2pix.array_pairs(sketches, pictures, GAN)
    return lambda k: batches(0, k, 1, GAN.size)


VGG16, POCKET = plain.vgg16, lambda: zoo.loss_network("pocket")  # noqa: E731
PLAIN_STYLE = lambda: plain.style_training(STYLE, crops(), noise(1, STYLE_SIZE), plain.vgg16()).step  # noqa: E731
PATHS = {
    **{f"GAN step, 256x256, batch {recipe.batch}": gan_step(recipe) for recipe in (GAN, replace(GAN, batch=4))},
    "style step, VGG-16, 256x256, batch 4": HotPath(PLAIN_STYLE, style_step(VGG16)),
    "style step, pocket, 256x256, batch 4": HotPath(PLAIN_STYLE, style_step(POCKET)),
    **{f"optimization, VGG-16, {s}x{s}": HotPath(plain_optimization(s), our_optimization(s, VGG16)) for s in SIZES},
    **{f"optimization, pocket, {s}x{s}": HotPath(plain_optimization(s), our_optimization(s, POCKET)) for s in SIZES},
    "distillation step, 128x128, batch 8": HotPath(plain_distillation, distillation),
    **{f"painter, {s}x{s}": HotPath(plain_pass("painter", s), our_pass("painter", s)) for s in SIZES},
    "facade, 256x256": HotPath(plain_pass("facade", 256), our_pass("facade", 256)),
    "photo, 256x256": HotPath(plain_pass("photo", 256), our_pass("photo", 256)),
    "loading of 4 photos": HotPath(plain_loading, our_loading, bfloat16=False),
    "a pair of the drawn world": HotPath(drawing, cutting, bfloat16=False),
}


class Count(TorchDispatchMode):
    """Counts the operations of convolutions and products, and the bytes that they read and write."""

    def __init__(self):
        super().__init__()
        self.operations, self.bytes = 0, 0

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        count = flop_registry.get(op.overloadpacket)
        if count is None:  # it may be made of others that are counted
            with self:
                out = op.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        out = op(*args, **kwargs)
        if count:
            self.operations += count(*args, **kwargs, out_val=out)
            self.bytes += sum(x.nbytes for x in tree_leaves((args, kwargs, out)) if isinstance(x, torch.Tensor))
        return out


# In the processes of the two sides --------------------------------------------------------------------------------

_ready: dict[str, Do] = {}


def memory() -> float:
    """The most memory that this process has had so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def made(name: str, side: str) -> Do:
    """The path of this process, made when it is first asked for."""
    if name not in _ready:
        if side == "ours":
            keep_memory()
        _ready[name] = getattr(PATHS[name], side)()
    return _ready[name]


def once(name: str, side: str, k: int) -> tuple[float, float]:
    """Seconds of one unit of work in turn ``k``, and the MB that the process has grown by since it was made ready."""
    do, before = made(name, side), memory()
    began, units = time.perf_counter(), 0
    while time.perf_counter() - began < TURN:
        do(1000 * k + units)
        units += 1
    return (time.perf_counter() - began) / units, memory() - before


def counted(name: str) -> tuple[int, int]:
    """Operations and bytes of one unit of ours."""
    do = made(name, "ours")
    with Count() as count:
        do(TURNS)
    return count.operations, count.bytes


def rates(turns: int = 5) -> dict[str, float]:
    """Operations a second of a large convolution or product, and bytes a second of a copy: the best of some turns.

    In 16 bits only where the processor has them; where they are emulated, it would take minutes.
    """

    def best(f: Callable[[], object]) -> float:
        times = []
        for _ in range(turns):
            began = time.perf_counter()
            f()
            times.append(time.perf_counter() - began)
        return min(times)

    keep_memory()
    found = {}
    for kind in ("float32", "bfloat16") if precision.has_bfloat16() else ("float32",):
        dtype = getattr(torch, kind)
        a = torch.rand(2048, 2048).to(dtype)
        x = torch.rand(4, 64, 256, 256).to(dtype).contiguous(memory_format=torch.channels_last)
        conv = torch.nn.Conv2d(64, 64, 3, padding=1, dtype=dtype).requires_grad_(False)
        conv = conv.to(memory_format=torch.channels_last)
        product, convolution = 2 * 2048**3, 2 * 4 * 256**2 * 64 * 64 * 9
        found[kind] = max(product / best(lambda: a @ a), convolution / best(lambda: conv(x)))  # noqa: B023
    x, y = torch.rand(2**26), torch.rand(2**26)
    found["copy"] = 2 * x.nbytes / best(lambda: y.copy_(x))
    return found


def compiled(turns: int = 10) -> dict[str, float]:
    """Seconds to compile the painter by torch.compile, and of a pass with and without. Needs a compiler of C++."""
    os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # else an earlier compilation is found again
    net, x = zoo.load("painter"), noise(1, 256)
    faster = torch.compile(net)
    keep_memory()
    began = time.perf_counter()
    with torch.inference_mode(), precision.autocast():
        faster(x, *told(net))
    found: dict[str, list[float]] = {"compiled": [], "eager": []}
    once = time.perf_counter() - began
    for _ in range(turns):
        for name, way in (("compiled", faster), ("eager", net)):
            began = time.perf_counter()
            with torch.inference_mode(), precision.autocast():
                way(x.contiguous(memory_format=torch.channels_last), *told(net))
            found[name].append(time.perf_counter() - began)
    return {"compilation": once} | {name: statistics.median(times[1:]) for name, times in found.items()}


# ------------------------------------------------------------------------------------------------------------------


def alone() -> ProcessPoolExecutor:
    """A process of its own."""
    return ProcessPoolExecutor(1, get_context("spawn"))


def measured(name: str, peak: dict[str, float], number: int = TURNS) -> dict:
    """The row of one path, after a ``number`` of turns."""
    with alone() as a, alone() as b:
        sides = {"reference": a, "ours": b}
        turns = [{s: p.submit(once, name, s, k).result() for s, p in sides.items()} for k in range(number)]
        operations, traffic = b.submit(counted, name).result()
    seconds = {side: statistics.median(turn[side][0] for turn in turns[1:]) for side in sides}
    ratios = [turn["reference"][0] / turn["ours"][0] for turn in turns[1:]]
    rate = peak["bfloat16" if PATHS[name].bfloat16 and precision.has_bfloat16() else "float32"]
    return {
        "seconds": seconds,
        "ratio": statistics.median(ratios),
        "spread": [min(ratios), max(ratios)],
        "megabytes": {side: sum(turn[side][1] for turn in turns) for side in sides},
        "operations": operations,
        "bytes": traffic,
        "floor": max(operations / rate, traffic / peak["copy"]),
    }


def main(*words: str) -> None:
    with alone() as process:
        peak = process.submit(rates).result()
    print(", ".join(f"{kind} {rate / 1e9:.0f} G/s" for kind, rate in peak.items()))
    facts = circumstances("benchmarks/hot_paths.py")
    facts |= {"rates": peak, "cores": os.cpu_count(), "bfloat16": precision.has_bfloat16()}
    found = json.loads(OUT.read_text()) if OUT.exists() else {"paths": {}}
    for name in PATHS:
        if not words or any(word in name for word in words):
            row = measured(name, peak)
            found["paths"][name] = row
            a, b = row["seconds"].values()
            low, high = row["spread"]
            said = f"{name:48} {a:8.4f} s, ours {b:8.4f} s, {row['ratio']:5.1f} times ({low:.1f} to {high:.1f})"
            said += f", {b / row['floor']:.1f} floors" if row["floor"] else ""
            print(f"{said}, {row['megabytes']['reference']:.0f} and {row['megabytes']['ours']:.0f} MB", flush=True)
            save(found | facts)
    if shutil.which("g++") and (not words or "compiled" in words):
        with alone() as process:
            save(found | facts | {"compiled": process.submit(compiled).result()})


def save(found: dict) -> None:
    """Write what has been measured so far."""
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
