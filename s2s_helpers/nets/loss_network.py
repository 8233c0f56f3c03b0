"""Loss networks: the features in which pictures are compared (chapter 08_perceptual_losses).

``pocket`` is ours, in the repository and the default. It has VGG-16's topology at a quarter of the
width and predicts, at each of four layers, the leading principal components of the real network's
features. The components are uncentered, so inner products, and hence Gram matrices and content
distances, keep their values. How it is trained: ``train/pocket.py``. The real networks are in
``nets/vgg.py``; ``zoo.loss_network`` makes any of them ready.
"""

from collections.abc import Iterable
from typing import cast

import torch
from torch import nn
from torch.nn.functional import conv2d

from .vgg import VGG

STYLE_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")  # Johnson et al. 2016, section 4.1
CONTENT_LAYER = "relu2_2"  # the text of Johnson et al.; their released code uses relu3_3

POCKET_CONVS = (2, 2, 3, 3)
POCKET_WIDTHS = (16, 32, 64, 128)
COMPONENTS = {"relu1_2": 24, "relu2_2": 96, "relu3_3": 128, "relu4_3": 128}
# What each level is predicted from. The last layer of a block alone has too few channels to span the
# components (32 for 96 of them); with the one before it there are enough, for 4 % of the time.
SOURCES = {
    "relu1_2": ("relu1_2",),
    "relu2_2": ("relu2_1", "relu2_2"),
    "relu3_3": ("relu3_2", "relu3_3"),
    "relu4_3": ("relu4_2", "relu4_3"),
}


def style_layers(loss_network: nn.Module) -> tuple[str, ...]:
    """Those of ``STYLE_LAYERS`` that a loss network has: all, or fewer for weights that end early."""
    return tuple(layer for layer in STYLE_LAYERS if layer in cast(list[str], loss_network.names))


class Pocket(nn.Module):
    """A small loss network. ``Pocket()(x, layers)`` maps (N, 3, H, W) in [0, 1] to ``{layer: features}``.

    The features of ``layer`` have ``COMPONENTS[layer]`` channels at 1, 1/2, 1/4 and 1/8 of the size, in
    the units of the network that taught it. Only the four ``STYLE_LAYERS`` exist (ValueError otherwise).
    It was taught with ``pooling`` "max"; with "average" the features are others, as they are in VGG.
    """

    scale: torch.Tensor

    def __init__(self, pooling: str = "max"):
        super().__init__()
        self.names = list(COMPONENTS)
        self.trunk = VGG(POCKET_CONVS, POCKET_WIDTHS, pooling)
        self.heads = nn.ModuleDict()
        for layer, sources in SOURCES.items():
            width = len(sources) * POCKET_WIDTHS[int(layer[4]) - 1]
            self.heads[layer] = nn.Conv2d(width, COMPONENTS[layer], 1)
        # The teacher's root mean square at each layer, so that the weights themselves stay near 1.
        self.register_buffer("scale", torch.ones(len(COMPONENTS)))

    def forward(self, x: torch.Tensor, layers: Iterable[str] = STYLE_LAYERS) -> dict[str, torch.Tensor]:
        layers = tuple(layers)
        if unknown := set(layers) - set(COMPONENTS):
            raise ValueError(f"no layer {', '.join(sorted(unknown))}; pocket has {', '.join(COMPONENTS)}")
        features = self.trunk(x, [source for layer in layers for source in SOURCES[layer]])
        return {layer: self._head(layer, features) for layer in layers}

    def _head(self, layer: str, features: dict[str, torch.Tensor]) -> torch.Tensor:
        # Scaling the weights costs nothing; scaling the output is one more pass over the picture.
        head, scale = cast(nn.Conv2d, self.heads[layer]), self.scale[tuple(COMPONENTS).index(layer)]
        x = torch.cat([features[source] for source in SOURCES[layer]], dim=1)
        return conv2d(x, head.weight * scale, cast(torch.Tensor, head.bias) * scale)
