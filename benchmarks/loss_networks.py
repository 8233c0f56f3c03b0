"""How much faster pocket is than VGG-16 up to relu4_3: forward and backward, in one run, in turns.

    .venv/bin/python benchmarks/loss_networks.py

Both networks get the same batch in the same layout; the time is that of the four style layers and of their
gradient with respect to the picture, as style transfer needs them. Medians of ``ROUNDS`` turns.
"""

import statistics
import time

import torch

from s2s_helpers.nets.loss_network import STYLE_LAYERS, Pocket
from s2s_helpers.nets.vgg import CONVS, VGG, WIDTHS

ROUNDS = 9
BATCH, SIZE = 8, 128


def seconds(net: torch.nn.Module, x: torch.Tensor, bfloat16: bool) -> float:
    """One pass forward and back to the picture."""
    x = x.clone().requires_grad_(True)
    began = time.perf_counter()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        features = list(net(x, STYLE_LAYERS).values())
    forward = time.perf_counter() - began
    gradients = [torch.ones_like(f) for f in features]  # that of a loss; its own time is not the network's
    began = time.perf_counter()
    torch.autograd.grad(features, x, gradients)
    return forward + time.perf_counter() - began


def main() -> None:
    layout = {"memory_format": torch.channels_last}
    nets = {"vgg16": VGG(CONVS[16][:4], WIDTHS[:4]), "pocket": Pocket()}
    nets = {name: net.to(**layout).requires_grad_(False) for name, net in nets.items()}
    x = torch.rand(BATCH, 3, SIZE, SIZE).to(**layout)
    print(f"{BATCH} pictures of {SIZE}x{SIZE}, {torch.get_num_threads()} thread(s), torch {torch.__version__}")
    for bfloat16 in (False, True):
        times: dict[str, list[float]] = {name: [] for name in nets}
        for turn in range(ROUNDS + 1):
            for name, net in nets.items():
                took = seconds(net, x, bfloat16)
                if turn:  # the first warms up
                    times[name].append(took)
        vgg, pocket = (statistics.median(times[name]) for name in nets)
        kind = "bfloat16" if bfloat16 else "float32"
        print(f"{kind:9} VGG-16 {vgg:.3f} s, pocket {pocket:.3f} s: {vgg / pocket:.1f} times faster")


if __name__ == "__main__":
    main()
