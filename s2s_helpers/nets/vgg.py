"""The VGG family of loss networks (chapter 08_perceptual_losses).

``VGG`` is the convolutional part of Simonyan and Zisserman's networks (arXiv 1409.1556), by the
field's layer names: ``relu2_2`` is the second rectified convolution of the second block.
"""

from collections.abc import Iterable

import torch
from torch import nn

CONVS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # convolutions in each block (table 1, D and E)
WIDTHS = (64, 128, 256, 512, 512)  # channels of each block

# Mean colour of ImageNet in the units of the original networks (BGR 103.939, 116.779, 123.68).
MEAN_RGB = (123.68 / 255, 116.779 / 255, 103.939 / 255)


def layer_names(convs: Iterable[int]) -> list[str]:
    """``relu1_1, relu1_2, relu2_1, ...`` in the order in which they are computed."""
    return [f"relu{block}_{i}" for block, n in enumerate(convs, 1) for i in range(1, n + 1)]


class VGG(nn.Module):
    """VGG features of RGB pictures in [0, 1].

    ``VGG(convs, widths)(x, layers)`` maps ``x`` (N, 3, H, W) to ``{layer: features}``, the features of
    block b having shape (N, widths[b], H // 2**b, W // 2**b). Only as many layers are computed as the
    deepest one asked for. Pictures narrower than 2**b pixels have no features in block b.

    Raises ValueError for a layer name that the network does not have.
    """

    def __init__(self, convs: tuple[int, ...] = CONVS[16], widths: tuple[int, ...] = WIDTHS):
        super().__init__()
        self.names = layer_names(convs)
        self.convs = nn.ModuleDict()
        channels = 3
        for name in self.names:
            width = widths[int(name[4]) - 1]
            self.convs[name] = nn.Conv2d(channels, width, 3, padding=1)
            channels = width
        self.register_buffer("mean", torch.tensor(MEAN_RGB).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: torch.Tensor, layers: Iterable[str]) -> dict[str, torch.Tensor]:
        wanted = set(layers)
        if unknown := wanted - set(self.names):
            raise ValueError(f"no layer {', '.join(sorted(unknown))}; there are {', '.join(self.names)}")
        features = {}
        x = x - self.mean
        for name in self.names:
            if name.endswith("_1") and name != "relu1_1":
                x = nn.functional.max_pool2d(x, 2)
            x = nn.functional.relu(self.convs[name](x), inplace=True)  # one pass over memory less
            if name in wanted:
                features[name] = x
                if len(features) == len(wanted):
                    break
        return features


def vgg_from_arrays(depth: int, arrays: dict[str, torch.Tensor]) -> VGG:
    """A VGG with the weights of a file that has torchvision's keys and the original networks' input.

    ``arrays`` maps ``features.N.weight`` and ``features.N.bias`` to tensors for an input in BGR, 0..255
    minus the mean. They are turned into weights for RGB in [0, 1]. A file that ends early gives a
    network that ends early.
    """
    keys = sorted({int(k.split(".")[1]) for k in arrays})
    convs: list[int] = []
    for n in CONVS[depth]:  # as many whole or part blocks as the file holds
        convs.append(min(n, len(keys) - sum(convs)))
    net = VGG(tuple(n for n in convs if n > 0))
    for name, key in zip(net.names, keys, strict=True):
        weight = arrays[f"features.{key}.weight"]
        if name == "relu1_1":
            weight = weight.flip(1) * 255
        net.convs[name].weight.data.copy_(weight)
        net.convs[name].bias.data.copy_(arrays[f"features.{key}.bias"])
    return net.eval().requires_grad_(False)
