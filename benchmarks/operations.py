"""How many multiplications each network of the sources needs for one picture: counted, not timed.

    .venv/bin/python benchmarks/operations.py

Nothing is computed: the networks live on torch's "meta" device, which has shapes and no numbers. Writes data/results/.
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from s2s_helpers.nets.transform import PaperTransformNet
from s2s_helpers.nets.unet import EncoderDecoder, UNet
from s2s_helpers.nets.vgg import VGG

OUT = Path(__file__).parents[1] / "data" / "results" / "operations.json"


def billions(net: nn.Module, size: int, *args: list[str]) -> float:
    """Billions of multiplications, each with its addition, for a picture of ``size`` pixels a side."""
    with FlopCounterMode(display=False) as counter:
        net.to("meta").eval()(torch.empty(1, 3, size, size, device="meta"), *args)
    return round(counter.get_total_flops() / 2e9, 3)  # the counter counts the two apart


def main() -> None:
    result = {
        "U-Net": {"256": billions(UNet(), 256)},
        "encoder-decoder": {"256": billions(EncoderDecoder(), 256)},
        "transformation network": {str(size): billions(PaperTransformNet(), size) for size in (256, 512, 1024)},
        "VGG-16 up to relu4_3": {"256": billions(VGG(), 256, ["relu4_3"])},
        "command": "benchmarks/operations.py",
    }
    OUT.write_text(json.dumps(result, indent=2) + "\n")
    print(OUT.read_text())


if __name__ == "__main__":
    main()
