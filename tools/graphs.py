"""Write the graphs of the networks that the page try_it runs: web/models/NAME.onnx. Again after `s2s train NAME`.

Usage: python tools/graphs.py [NAME ...]

The weights are not in them: they stay in s2s_helpers/weights/NAME.safetensors, which the page loads too.
"""

import sys
from pathlib import Path

from s2s_helpers import export

MODELS = Path(__file__).parents[1] / "web" / "models"
NAMES = ["house", "facade", "photo", "adjustable"]


def main(names: list[str]) -> None:
    for name in names or NAMES:
        export.write(export.graph(name), MODELS / f"{name}.onnx")
        print(MODELS / f"{name}.onnx", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
