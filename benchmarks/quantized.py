"""The painter in 8 bits, by ONNX Runtime, beside its 32 bits and our 16 bits: seconds and errors.

    .venv/bin/python benchmarks/quantized.py PHOTO_FOLDER

Weights and activations have 8 bits, with ranges from 16 of the photos; the first, the last and the skip layer stay in
32. The other photos are painted in every style. Writes data/results/speed/quantized.json.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import CalibrationDataReader, quant_pre_process, quantize_static

from s2s_helpers import zoo
from s2s_helpers.data.pairs import PhotoFolder
from s2s_helpers.export import whole, write
from s2s_helpers.images import middle
from s2s_helpers.pipeline import apply
from s2s_helpers.runtime.machine import circumstances

OUT = Path(__file__).parents[1] / "data" / "results" / "speed" / "quantized.json"
KNOWN, TRIED, TURNS = 16, 8, 5


class Photos(CalibrationDataReader):
    """What the ranges of the activations are found from."""

    def __init__(self, photos: list[torch.Tensor], styles: int):
        told = np.eye(styles, dtype=np.float32)
        self.given: Iterator = iter(
            [{"picture": x.numpy(), "style": told[i % styles][None]} for i, x in enumerate(photos)]
        )

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self.given, None)


def session(path: Path) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
    """A file's network as a function."""
    runtime = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda x, told: torch.from_numpy(runtime.run(None, {"picture": x.numpy(), "style": told.numpy()})[0])


def main(folder: str) -> None:
    net = zoo.load("painter")
    photos = [middle(photo, 256).contiguous() for photo in list(PhotoFolder(Path(folder)))[: KNOWN + TRIED]]
    told = torch.eye(net.styles)[:1]
    with tempfile.TemporaryDirectory() as work:
        full, ready, small = (Path(work) / f"{name}.onnx" for name in ("full", "ready", "small"))
        write(whole("painter"), full)
        quant_pre_process(full, ready, skip_symbolic_shape=True)  # height and width are free
        convolutions = [node.name for node in onnx.load(ready).graph.node if node.op_type == "Conv"]
        left = [convolutions[0], *convolutions[-2:]]
        known = Photos(photos[:KNOWN], net.styles)
        quantize_static(ready, small, known, op_types_to_quantize=["Conv"], nodes_to_exclude=left, per_channel=True)
        ways = {
            "torch, 32 bits": lambda x, told: apply(net, x, told),
            "torch, 16 bits": lambda x, told: apply(net, x, told, fast=True),
            "ONNX Runtime, 32 bits": session(full),
            "ONNX Runtime, 8 bits": session(small),
        }
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, way in ways.items():
                began = time.perf_counter()
                way(photos[0], told)
                taken[name].append(time.perf_counter() - began)
        rows = {}
        for name, way in ways.items():
            errors = [
                (way(x, one) - apply(net, x, one)).abs().mul(255)
                for x in photos[KNOWN:]
                for one in torch.eye(net.styles).split(1)
            ]
            rows[name] = {
                "seconds": statistics.median(taken[name][1:]),
                "mean error": statistics.mean(e.mean().item() for e in errors),
                "largest error": max(e.max().item() for e in errors),
            }
            print(name, rows[name], flush=True)
        sizes = {"32 bits": full.stat().st_size, "8 bits": small.stat().st_size}
    facts = circumstances("benchmarks/quantized.py")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"ways": rows, "bytes": sizes} | facts, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
