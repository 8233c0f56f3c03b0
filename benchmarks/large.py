"""Large pictures painted from file to file: the memory by the operating system, and the time.

    .venv/bin/python benchmarks/large.py PHOTO

The photo is enlarged to each size, and painted in a process of its own, whose largest resident memory counts: reading,
painting, writing, Python and torch itself. Writes data/results/.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from s2s_helpers import zoo
from s2s_helpers.images import load_picture, resize, save_picture
from s2s_helpers.pipeline import strips
from s2s_helpers.pipeline.sketch_to_style import STRIPS_ABOVE
from s2s_helpers.runtime.machine import circumstances

SIZES = ((1024, 768), (4000, 3000), (8000, 6000))
STYLE = "starry_night"
OUT = Path(__file__).parents[1] / "data" / "results" / "large.json"


def measured(photo: Path, width: int, height: int) -> dict[str, float]:
    """Seconds and GiB of ``s2s stylize`` for the photo at that size."""
    with tempfile.TemporaryDirectory() as folder:
        enlarged = Path(folder) / "enlarged.jpg"
        save_picture(resize(load_picture(photo), (height, width)), enlarged)
        options = ["--style", STYLE, "--size", 0, "--out", folder]
        command = [sys.executable, "-m", "s2s_helpers", "stylize", enlarged, *options]
        code = (
            "import resource, subprocess, sys\n"  # the largest of the children is asked of a process that has but one
            "subprocess.run(sys.argv[1:], check=True, stdout=sys.stderr)\n"
            "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
            "print(used.ru_maxrss, used.ru_utime + used.ru_stime)"
        )
        in_strips = width * height > STRIPS_ABOVE
        needed = strips.disk_bytes(zoo.load("painter"), height, width) if in_strips else 0
        began = time.perf_counter()
        words = [sys.executable, "-c", code, *map(str, command)]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
        kilobytes, seconds = map(float, done.stdout.split())
    return {
        "peak GiB": round(kilobytes / 2**20, 2),
        "seconds of the processor": round(seconds),
        "seconds by the clock": round(time.perf_counter() - began),
        "GB on the disk": round(needed / 1e9, 2),
    }


def main(photo: Path) -> None:
    result = {
        "sizes": {f"{width}x{height}": measured(photo, width, height) for width, height in SIZES},
        "style": STYLE,
        "painter": zoo.card("painter")["sha256"],
        **circumstances("benchmarks/large.py"),
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(OUT.read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
