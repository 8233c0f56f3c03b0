"""A pan painted frame by frame, and held steady: flicker, sharpness, seconds.

    .venv/bin/python benchmarks/film.py PHOTO

The film is made from the photo: a window that moves by whole pixels, and by parts of pixels, with the noise of a
camera. So the true motion is known, and ``warping_error`` goes by it, not by the motion that ``film.held`` found.
Sharpness is the root mean square of the Laplacian, against that of the frames painted one by one. Writes data/results/.
"""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import mean

import torch
from tqdm import tqdm

from s2s_helpers import zoo
from s2s_helpers.images import load_picture
from s2s_helpers.metrics import detail
from s2s_helpers.pipeline import SketchToStyle, film
from s2s_helpers.pipeline.optical_flow import warped, warping_error
from s2s_helpers.runtime.machine import circumstances

WIDTH, HEIGHT, FRAMES = 384, 256, 8
PANS = {"3 right, 1 down": (3.0, 1.0), "0.7 right": (0.7, 0.0), "still": (0.0, 0.0)}  # pixels a frame
NOISE = 0.02  # deviation, 5 of 255 steps
HOLDS = (0.0, 0.5, 0.7, 0.9)
STYLES = ("starry_night", "mosaic")
OUT = Path(__file__).parents[1] / "data" / "results" / "film.json"


def pan(photo: torch.Tensor, right: float, down: float) -> list[torch.Tensor]:
    """The frames of a window that moves over the photo."""
    random = torch.Generator().manual_seed(0)
    frames = []
    for i in range(FRAMES):
        shift = torch.tensor([right * i, down * i]).view(1, 2, 1, 1).expand(1, 2, *photo.shape[-2:])
        still = warped(photo, shift)[..., 40 : 40 + HEIGHT, 60 : 60 + WIDTH]
        frames.append((still + NOISE * torch.randn(still.shape, generator=random)).clamp(0, 1))
    return frames


def steady(frames: list[torch.Tensor], painted: list[torch.Tensor], hold: float) -> list[torch.Tensor]:
    """The paintings, each held to the one before."""
    film.HOLD, made = hold, painted[:1]
    for then, now, plain in zip(frames, frames[1:], painted[1:], strict=False):
        made.append(film.held(plain, made[-1], then, now))
    return made


def main(path: Path) -> None:
    chain, rows = SketchToStyle(), {}
    photo = load_picture(path, 640)
    for name, (right, down) in PANS.items():
        frames = pan(photo, right, down)
        flow = torch.tensor([right, down]).view(1, 2, 1, 1).expand(1, 2, HEIGHT, WIDTH)
        rows[name] = {"the film itself": {"warping_error": mean_error(frames, flow)}}
        for style in STYLES:
            began = time.process_time()
            painted = [chain.stylize(x, style) for x in tqdm(frames, desc=f"{name}, {style}", unit="frame")]
            each = (time.process_time() - began) / FRAMES
            for hold in HOLDS:
                began = time.process_time()
                made = steady(frames, painted, hold)
                rows[name][f"{style}, hold {hold:g}"] = {
                    "warping_error": mean_error(made, flow),
                    "sharpness": round((detail(made[-1]) / detail(painted[-1])).item(), 3),
                    "seconds to paint a frame": round(each, 2),
                    "seconds to hold it": round((time.process_time() - began) / (FRAMES - 1), 2),
                }
    result = {
        "pans": rows,
        "size": [WIDTH, HEIGHT],
        "frames": FRAMES,
        "noise": NOISE,
        "photo": path.name,
        "painter": zoo.card("painter")["sha256"],
        **circumstances("benchmarks/film.py"),
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(OUT.read_text())


def mean_error(frames: list[torch.Tensor], flow: torch.Tensor) -> float:
    """The mean warping error from frame to frame."""
    return round(mean(warping_error(a, b, flow) for a, b in pairwise(frames)), 4)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
