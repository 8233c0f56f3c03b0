"""Loss networks: the features in which pictures are compared (chapter 10_perceptual_losses).

``pocket`` is ours, in the repository and the default: VGG-16 as far as the losses go, with a fifth of its weights. It
has a part of the channels of each layer, with the values and the units that these have in the real network. How it is
made: ``train/compression.py`` and ``train/pocket.py``. The real networks are in ``nets/vgg.py``; ``zoo.loss_network``
makes any of them ready.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import nn

from .first_pocket import FirstPocket
from .vgg import CONVS, VGG

STYLE_LAYERS = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")  # Johnson et al. 2016, section 4.1
CONTENT_LAYER = "relu2_2"  # the text of Johnson et al.; their released code uses relu3_3


@dataclass(frozen=True)
class Part:
    """What pocket has of a layer of VGG-16: so many of its ``channels``, and a convolution that is thinner inside.

    That is one of 1x1 to ``narrow`` channels, one of 3x3 to ``wide`` channels, one of 1x1 to ``channels`` (Kim et al.
    2016, arXiv 1511.06530). Without ``narrow`` the first, without ``wide`` the last of the three is left out.
    """

    channels: int
    narrow: int | None = None
    wide: int | None = None


# VGG-16 has 64, 128, 256 and 512 channels in its four blocks. Where there are few channels and many places, leaving out
# channels saves most; where there are many channels, a thin convolution errs less.
PARTS = {
    "relu1_1": Part(16),
    "relu1_2": Part(24),
    "relu2_1": Part(48),
    "relu2_2": Part(80),
    "relu3_1": Part(256, narrow=56, wide=88),
    "relu3_2": Part(256, narrow=88, wide=88),
    "relu3_3": Part(192, narrow=88, wide=96),
    "relu4_1": Part(512, narrow=96, wide=144),
    "relu4_2": Part(512, narrow=160, wide=160),
    "relu4_3": Part(384, narrow=160, wide=192),
}


def style_layers(loss_network: nn.Module) -> tuple[str, ...]:
    """Those of ``STYLE_LAYERS`` that a loss network has: all, or fewer for weights that end early."""
    return tuple(layer for layer in STYLE_LAYERS if layer in cast(list[str], loss_network.names))


def convolution(given: int, part: Part) -> nn.Sequential:
    """The convolution of a layer from ``given`` channels: ``down``, ``conv``, ``up``, as far as ``part`` has them."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if part.narrow:
        layers["down"] = nn.Conv2d(given, part.narrow, 1, bias=False)
    layers["conv"] = nn.Conv2d(part.narrow or given, part.wide or part.channels, 3, padding=1, bias=not part.wide)
    if part.wide:
        layers["up"] = nn.Conv2d(part.wide, part.channels, 1)
    return nn.Sequential(layers)


class Pocket(VGG):
    """A small loss network. ``Pocket()(x, layers)`` maps (N, 3, H, W), RGB, in [0, 1] to ``{layer: features}``.

    Its layers are those of VGG-16 from ``relu1_1`` to ``relu4_3`` (ValueError for others), each with
    ``parts[layer].channels`` channels; ``kept(layer)`` are their numbers in VGG-16. It was taught with ``pooling``
    "max"; with "average" the features are others, as they are in VGG.
    """

    def __init__(self, pooling: str = "max", parts: Mapping[str, Part] = PARTS):
        super().__init__(CONVS[16][:4], (1, 1, 1, 1), pooling)
        given = 3
        for layer, part in parts.items():
            self.convs[layer] = convolution(given, part)
            self.register_buffer(f"kept_{layer}", torch.arange(part.channels))
            given = part.channels

    def forward(self, x: torch.Tensor, layers: Iterable[str] = STYLE_LAYERS) -> dict[str, torch.Tensor]:
        return super().forward(x, layers)

    def kept(self, layer: str) -> torch.Tensor:
        """The numbers, in VGG-16, of the channels of ``layer``; (channels,)."""
        return self.get_buffer(f"kept_{layer}")


def pocket(edition: Literal[1, 2] = 2, pooling: str = "max") -> Pocket | FirstPocket:
    """An untrained pocket, or one of its first edition."""
    return Pocket(pooling) if edition == 2 else FirstPocket(pooling)
