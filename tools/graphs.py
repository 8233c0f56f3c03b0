"""Write the graphs of the networks that the page try_it runs: web/models/NAME.onnx. Again after `s2s train NAME`.

Of a network for every painting there are two: NAME_reader.onnx reads the painting.

Usage: python tools/graphs.py [NAME ...]

The weights are not in them: they stay in s2s_helpers/weights/NAME.safetensors, which the page loads too.
"""

import sys
from pathlib import Path
from typing import Any

from s2s_helpers import export, zoo

MODELS = Path(__file__).parents[1] / "web" / "models"
NAMES = ["house", "facade", "photo", "cmp_facades", "adjustable", "any_style"]


def main(names: list[str]) -> None:
    for name in names or NAMES:
        write(export.graph(name), name)
        if zoo.card(name)["kind"] == "any style":
            write(export.reader_graph(name), f"{name}_reader")


def write(model: Any, name: str) -> None:
    export.write(model, MODELS / f"{name}.onnx")
    print(MODELS / f"{name}.onnx", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
