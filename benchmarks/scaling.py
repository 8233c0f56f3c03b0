"""One process against two, and what the exchange of gradients costs: the figures behind the curve of chapter 19.

    .venv/bin/python benchmarks/scaling.py

Every process has one core. Each training is timed alone with its batch, as two processes that share that batch (strong
scaling), and as two that have as much each (weak scaling), in turns; then the exchange by itself (gloo). One process
with two threads is timed beside them. Writes data/results/speed/scaling.json.
"""

import json
import os
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from s2s_helpers import zoo
from s2s_helpers.data.photos import Crops
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.runtime.memory import keep_memory
from s2s_helpers.train import pix2pix, style
from s2s_helpers.train.training import Training

OUT = Path(__file__).parents[1] / "data" / "results" / "speed" / "scaling.json"
STEPS, TURNS = 6, 3  # the first step of each turn warms up
# processes, threads of each, times the batch
WAYS = {
    "1 process": (1, 1, 1),
    "2 processes, the same batch": (2, 1, 1),
    "2 processes, twice the batch": (2, 1, 2),
    "1 process, 2 threads": (1, 2, 1),
}


def gan(times: int) -> tuple[Training, str]:
    """The book's generator, 256x256."""
    recipe = replace(pix2pix.BOOK, batch=4 * times)
    picture = torch.rand(recipe.batch, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    return pix2pix.Pix2Pix(
        recipe, 0, lambda seed, step, n, size: (picture[:n], picture[:n]), zoo.load("pocket")
    ), "generator"


def painting(times: int) -> tuple[Training, str]:
    """The book's painter, 160x160, with pocket."""
    photos = Crops([np.random.default_rng(0).integers(0, 255, (288, 288, 3), dtype=np.uint8)])
    recipe = replace(style.BOOK, batch=4 * times)
    return style.painting(recipe, 0, photos, [torch.rand(1, 3, 256, 256)], zoo.loss_network("pocket")), "transform"


TRAININGS: dict[str, Callable[[int], tuple[Training, str]]] = {"GAN step": gan, "style step": painting}


def member(rank: int, processes: int, threads: int, port: int, name: str, times: int, results) -> None:
    """One process: seconds of each step, and of the exchange of gradients alone."""
    torch.set_num_threads(threads)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(rank, rank + threads))
    places = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": processes, "LOCAL_WORLD_SIZE": processes}
    places["MASTER_PORT"] = port
    os.environ.update({key: str(value) for key, value in places.items()} if processes > 1 else {})
    os.environ.update(MASTER_ADDR="127.0.0.1", ACCELERATE_USE_CPU="true")
    keep_memory()
    training, net = TRAININGS[name](times)
    steps, exchanges = [], []
    for k in range(STEPS):
        began = time.perf_counter()
        training.step(k)
        steps.append(time.perf_counter() - began)
    for _ in range(STEPS):
        began = time.perf_counter()
        processes.average_gradients(training.stateful[net])
        exchanges.append(time.perf_counter() - began)
    numbers = sum(p.numel() for p in training.stateful[net].parameters())
    if rank == 0:
        results.put((statistics.median(steps[1:]), statistics.median(exchanges[1:]), numbers))
    if processes > 1:
        torch.distributed.destroy_process_group()


def timed(name: str, processes: int, threads: int, times: int) -> tuple[float, float, int]:
    """Seconds of a step and of an exchange, and how many numbers are exchanged."""
    context = get_context("spawn")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    results = context.SimpleQueue()
    group = [
        context.Process(target=member, args=(rank, processes, threads, port, name, times, results))
        for rank in range(processes)
    ]
    for process in group:
        process.start()
    for process in group:
        process.join()
    return results.get()


def main() -> None:
    found = {}
    for name in TRAININGS:
        turns = [{way: timed(name, *how) for way, how in WAYS.items()} for _ in range(TURNS)]
        rows = {way: statistics.median(turn[way][0] for turn in turns) for way in WAYS}
        ratios = {way: [turn["1 process"][0] / turn[way][0] for turn in turns] for way in WAYS}
        found[name] = {
            "seconds": rows,
            "ratios": ratios,
            "exchange": statistics.median(turn["2 processes, the same batch"][1] for turn in turns),
            "numbers": turns[0]["1 process"][2],
        }
        print(name, json.dumps(found[name], indent=1), flush=True)
    facts = circumstances("benchmarks/scaling.py")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"trainings": found} | facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
