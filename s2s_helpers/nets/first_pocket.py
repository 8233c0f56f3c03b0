"""The first edition of ``pocket``: it judges the stored comparisons, which were run with it.

VGG-16's topology at a quarter of the width. It predicts, at each of four layers, the leading principal components of
the features of its teachers: VGG-19 as far as relu3_3, SqueezeNet for the fourth level. So its fourth level is none of
VGG's; ``nets/loss_network.py`` has the edition that took its place.
"""

from collections.abc import Iterable
from typing import cast

import torch
from torch import nn
from torch.nn.functional import conv2d

from .vgg import VGG

CONVS = (2, 2, 3, 3)
WIDTHS = (16, 32, 64, 128)
COMPONENTS = {"relu1_2": 24, "relu2_2": 96, "relu3_3": 128, "relu4_3": 128}
# What each level is predicted from. The last layer of a block alone has too few channels to span the
# components (32 for 96 of them); with the one before it there are enough, for 4 % of the time.
SOURCES = {
    "relu1_2": ("relu1_2",),
    "relu2_2": ("relu2_1", "relu2_2"),
    "relu3_3": ("relu3_2", "relu3_3"),
    "relu4_3": ("relu4_2", "relu4_3"),
}


class FirstPocket(nn.Module):
    """The first edition. ``FirstPocket()(x, layers)`` maps (N, 3, H, W) in [0, 1] to ``{layer: features}``.

    The features of ``layer`` have ``COMPONENTS[layer]`` channels at 1, 1/2, 1/4 and 1/8 of the size, in
    the units of the network that taught it. Only these four layers exist (ValueError otherwise).
    It was taught with ``pooling`` "max"; with "average" the features are others, as they are in VGG.
    """

    scale: torch.Tensor

    def __init__(self, pooling: str = "max"):
        super().__init__()
        self.names = list(COMPONENTS)
        self.trunk = VGG(CONVS, WIDTHS, pooling)
        self.heads = nn.ModuleDict()
        for layer, sources in SOURCES.items():
            width = len(sources) * WIDTHS[int(layer[4]) - 1]
            self.heads[layer] = nn.Conv2d(width, COMPONENTS[layer], 1)
        # The teacher's root mean square at each layer, so that the weights themselves stay near 1.
        self.register_buffer("scale", torch.ones(len(COMPONENTS)))

    def forward(self, x: torch.Tensor, layers: Iterable[str] = tuple(COMPONENTS)) -> dict[str, torch.Tensor]:
        layers = tuple(layers)
        if unknown := set(layers) - set(COMPONENTS):
            raise ValueError(f"no layer {', '.join(sorted(unknown))}; the first pocket has {', '.join(COMPONENTS)}")
        features = self.trunk(x, [source for layer in layers for source in SOURCES[layer]])
        return {layer: self._head(layer, features) for layer in layers}

    def _head(self, layer: str, features: dict[str, torch.Tensor]) -> torch.Tensor:
        # Scaling the weights costs nothing; scaling the output is one more pass over the picture.
        head, scale = cast(nn.Conv2d, self.heads[layer]), self.scale[tuple(COMPONENTS).index(layer)]
        x = torch.cat([features[source] for source in SOURCES[layer]], dim=1)
        return conv2d(x, head.weight * scale, cast(torch.Tensor, head.bias) * scale)
