"""A pass of the shipped painter beside one of a network with fewer channels, the one that came before it.

    .venv/bin/python benchmarks/painter_width.py

The two take turns in one process; medians. The time does not depend on the weights, which the other has at random.
Writes data/results/speed/painter_width.json.
"""

import json
import statistics
import time
from pathlib import Path

import torch

from s2s_helpers import zoo
from s2s_helpers.nets.transform import TransformNet
from s2s_helpers.pipeline import apply
from s2s_helpers.runtime.machine import circumstances

OUT = Path(__file__).parents[1] / "data" / "results" / "speed" / "painter_width.json"
BEFORE = 24  # channels at full size
SIZES, TURNS = (256, 512, 1024), 7


def main() -> None:
    painter = zoo.load("painter")
    before = TransformNet(painter.styles, BEFORE, full_size_skip=True).eval().requires_grad_(False)
    nets, one = {"before": before, "painter": painter}, torch.eye(painter.styles)[:1]
    sizes = {}
    for size in SIZES:
        x = torch.rand(1, 3, size, size, generator=torch.Generator().manual_seed(0))
        taken: dict[str, list[float]] = {name: [] for name in nets}
        for _ in range(TURNS):
            for name, net in nets.items():
                began = time.perf_counter()
                apply(net, x, one)
                taken[name].append(time.perf_counter() - began)
        seconds = {name: statistics.median(times[1:]) for name, times in taken.items()}
        sizes[str(size)] = {"seconds": seconds, "ratio": seconds["painter"] / seconds["before"]}
        print(f"{size}x{size}", sizes[str(size)], flush=True)
    channels = {"before": BEFORE, "painter": zoo.card("painter")["arguments"]["base"]}
    facts = {"sizes": sizes, "channels": channels} | circumstances("benchmarks/painter_width.py")
    OUT.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
