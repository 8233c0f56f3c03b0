"""The VGG family of loss networks (chapter 10_perceptual_losses).

``VGG`` is the convolutional part of Simonyan and Zisserman's networks (arXiv 1409.1556), by the
field's layer names: ``relu2_2`` is the second rectified convolution of the second block. The tests hold it to
torchvision's definition. It is kept beside that because pocket is built of it too, with thinner convolutions, and
because it takes files that end early and stops at the deepest layer that is asked for.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, max_pool2d, relu

CONVS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}  # convolutions in each block (table 1, D and E)
WIDTHS = (64, 128, 256, 512, 512)  # channels of each block

# Mean color of ImageNet in the units of the original networks (BGR 103.939, 116.779, 123.68).
MEAN_RGB = (123.68 / 255, 116.779 / 255, 103.939 / 255)

# "max" as trained; "average" gave Gatys et al. 2016 slightly more appealing pictures (section 2).
POOLING: dict[str, Callable[..., torch.Tensor]] = {"max": max_pool2d, "average": avg_pool2d}


@dataclass(frozen=True)
class Convention:
    """The input that a weight file is for: ``(x - mean) * scale`` of a picture x, RGB, in [0, 1]."""

    mean: tuple[float, float, float]  # of red, green, blue
    scale: tuple[float, float, float]  # likewise
    bgr: bool  # whether the file's channels are blue, green, red


# The numbers of a file do not say which it is for: the weights of conv1_1 have a mean size of .17 in Oxford's VGG-16,
# .16 in its VGG-19 and about .22 in torchvision's VGG-16, though Oxford's pixels are 58 times as large. So are its
# features of relu1_1: a weight that suits the one network suits the other only if the loss is relative.
OXFORD = Convention(MEAN_RGB, (255.0, 255.0, 255.0), bgr=True)
TORCHVISION = Convention((0.485, 0.456, 0.406), (1 / 0.229, 1 / 0.224, 1 / 0.225), bgr=False)


def layer_names(convs: Iterable[int]) -> list[str]:
    """``relu1_1, relu1_2, relu2_1, ...`` in the order in which they are computed."""
    return [f"relu{block}_{i}" for block, n in enumerate(convs, 1) for i in range(1, n + 1)]


class VGG(nn.Module):
    """VGG features of RGB pictures in [0, 1].

    ``VGG(convs, widths)(x, layers)`` maps ``x`` (N, 3, H, W) to ``{layer: features}``, the features of
    block b having shape (N, widths[b], H // 2**b, W // 2**b). Only as many layers are computed as the
    deepest one asked for. Pictures narrower than 2**b pixels have no features in block b. Between the
    blocks stands ``pooling``, "max" or "average".

    Raises ValueError for another pooling, and for a layer name that the network does not have, with ``remedy`` (what
    one may do about it) at the end.
    """

    mean: torch.Tensor

    def __init__(self, convs: tuple[int, ...] = CONVS[16], widths: tuple[int, ...] = WIDTHS, pooling: str = "max"):
        super().__init__()
        if pooling not in POOLING:
            raise ValueError(f"no pooling named {pooling}; there are {', '.join(POOLING)}")
        self.names = layer_names(convs)
        self.pool: Callable[..., torch.Tensor] = POOLING[pooling]
        self.remedy = ""
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
            raise ValueError(f"no layer {', '.join(sorted(unknown))}; there are {', '.join(self.names)}{self.remedy}")
        features = {}
        x = x - self.mean  # here and not in a bias, since the zeros around the picture mean the mean color
        for name in self.names:
            if name.endswith("_1") and name != "relu1_1":
                x = self.pool(x, 2)
            x = relu(self.convs[name](x), inplace=True)  # one pass over memory less
            if name in wanted:
                features[name] = x
                if len(features) == len(wanted):
                    break
        return features


def vgg_from_arrays(depth: int, arrays: dict[str, torch.Tensor], convention: Convention, pooling: str = "max") -> VGG:
    """A VGG-``depth``, 16 or 19, with the weights of a file that has torchvision's keys.

    ``arrays`` maps ``features.N.weight`` and ``features.N.bias`` to tensors for an input by ``convention``;
    they are turned into weights for RGB in [0, 1] minus the mean. Other keys (the classifier's) are left
    aside. A file that ends early gives a network that ends early.

    Raises ValueError for weights of another network.
    """
    names = layer_names(CONVS[depth])
    # Torchvision counts each convolution, the ReLU after it, and the pooling after each block.
    numbers = {name: 2 * i + int(name[4]) - 1 for i, name in enumerate(names)}
    held = [name for name in names if f"features.{numbers[name]}.weight" in arrays]
    pairs = [(name, kind) for name in held for kind in ("weight", "bias")]
    wanted = {f"convs.{name}.{kind}": f"features.{numbers[name]}.{kind}" for name, kind in pairs}
    found = {key for key in arrays if key.startswith("features.")}
    if not held or held != names[: len(held)] or found != set(wanted.values()):
        raise ValueError(f"not the weights of VGG-{depth} from its first layer on")
    net = VGG(tuple(Counter(name[4] for name in held).values()), pooling=pooling)
    state = {ours: arrays[theirs].float() for ours, theirs in wanted.items()}
    if wrong := [theirs for ours, theirs in wanted.items() if state[ours].shape != net.get_parameter(ours).shape]:
        raise ValueError(f"{wrong[0]} has not the shape that it has in VGG-{depth}")
    first = state["convs.relu1_1.weight"]
    scale, mean = (torch.tensor(values).view(1, 3, 1, 1) for values in (convention.scale, convention.mean))
    state["convs.relu1_1.weight"] = (first.flip(1) if convention.bgr else first) * scale
    net.load_state_dict(state)
    net.mean.copy_(mean)
    return net.eval().requires_grad_(False)
