"""A small network for every painting, untrained but with embeddings that count, and its file."""

from pathlib import Path

import torch

from s2s_helpers import zoo
from s2s_helpers.nets.any_style import AnyStyleNet

ARGUMENTS = {"embedding": 6, "base": 4, "full_size_skip": True, "residual_limit": 5.0}


def any_style_net() -> AnyStyleNet:
    """One whose reader is the shipped pocket, and whose embeddings are far from one another."""
    torch.manual_seed(0)
    net = AnyStyleNet(**ARGUMENTS)
    net.reader.load_state_dict(zoo.load("pocket").state_dict())
    net.center_on(list(torch.rand(2, 3, 40, 40).split(1)))
    net.spread.fill_(1.0)  # noise differs from noise by nearly nothing
    for name, value in net.named_parameters():
        if name.endswith(("norm.weight", "norm.bias")):
            value.data += 0.5 * torch.randn_like(value)
    return net.eval().requires_grad_(False)


def any_style_file(path: Path) -> Path:
    """Write the network to ``path``, a .safetensors file, with its card beside it."""
    zoo.save(any_style_net(), {"kind": "any style", "summary": "small", "arguments": ARGUMENTS}, path)
    return path
