"""The discriminator: PatchGAN (chapter 07_patchgan; Isola et al. 2017, section 6.1.2).

Each score judges one patch of the picture and knows nothing of the rest; the patches overlap.
"""

import copy
from collections.abc import Iterable
from typing import Any, Literal, cast

import torch
from torch import nn
from torch.nn.functional import avg_pool2d

from .blocks import InstanceNorm, Norm, initialize_gan, norm_layer

Field = Literal[1, 16, 34, 70, 142, 286]  # receptive fields that there are
STRIDED = {16: 1, 34: 2, 70: 3, 142: 4, 286: 5}  # number of stride-2 convolutions for a receptive field


class PatchGAN(nn.Module):
    """``PatchGAN()(sketch, picture)`` maps both (N, 3, H, W), in [0, 1], to scores (N, 1, h, w): D(x, y) of equation 2.

    Scores are logits: positive means "true". Each sees ``receptive_field`` x ``receptive_field`` pixels.
    C64-C128-C256-C512 for 70. With ``conditional=False`` the sketch is not looked at. Pictures smaller
    than 32 pixels may be too small for the deeper ones (RuntimeError from the convolution). With ``hints`` the four
    channels of color hints follow those of the sketch.

    Raises ValueError for a receptive field that has no such network.
    """

    def __init__(
        self,
        receptive_field: Field = 70,
        conditional: bool = True,
        base: int = 64,
        norm: Norm = "batch",
        hints: bool = False,
    ):
        super().__init__()
        self.conditional = conditional
        channels = 3 + (3 + 4 * hints) * conditional
        if receptive_field == 1:  # C64-C128, all convolutions 1x1
            layers = [nn.Conv2d(channels, base, 1), nn.LeakyReLU(0.2)]
            layers += [nn.Conv2d(base, 2 * base, 1, bias=False), norm_layer(norm, 2 * base), nn.LeakyReLU(0.2)]
            layers += [nn.Conv2d(2 * base, 1, 1)]
        elif receptive_field in STRIDED:
            layers = _strided(channels, base, STRIDED[receptive_field], norm)
        else:
            raise ValueError(f"receptive field {receptive_field}: there are 1, {', '.join(map(str, STRIDED))}")
        self.layers = nn.Sequential(*layers)
        initialize_gan(self)

    def forward(self, sketch: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
        return self.looks(sketch, picture)[0][-1]

    def looks(self, sketch: torch.Tensor, picture: torch.Tensor) -> list[list[torch.Tensor]]:
        """What the layers answer, in one list as ``Pyramid.looks`` gives it for each size; the scores come last."""
        x = (torch.cat([sketch, picture], dim=1) if self.conditional else picture) * 2 - 1
        seen = []
        for layer in self.layers:
            x = layer(x)
            if isinstance(layer, nn.LeakyReLU):
                seen.append(x)
        return [[*seen, x]]


class Pyramid(nn.Module):
    """``scales`` discriminators, ``PatchGAN``s with the same ``arguments``, for as many sizes of a picture: each sees
    it half as large as the one before, so the patches of the last show whole windows or a whole front (Wang et al.
    2018, "pix2pixHD", section 3.2).
    """

    def __init__(self, scales: int, **arguments: Any):
        super().__init__()
        self.nets = nn.ModuleList(PatchGAN(**arguments) for _ in range(scales))

    def looks(self, sketch: torch.Tensor, picture: torch.Tensor) -> list[list[torch.Tensor]]:
        """For each size the answers of the layers to ``sketch`` and ``picture``, as ``PatchGAN`` takes them; the scores
        (N, 1, h, w) come last.
        """
        seen = []
        for net in cast(Iterable[PatchGAN], self.nets):
            seen += net.looks(sketch, picture)
            sketch, picture = avg_pool2d(sketch, 2), avg_pool2d(picture, 2)
        return seen


def receptive_field(net: PatchGAN, size: int = 512) -> int:
    """The side, in pixels, of the square that one score sees, measured: where its gradient is not zero.

    The middle score of a picture of ``size`` x ``size`` pixels is taken; a larger field than that would be
    cut off. The norms are left out, since their statistics look at the whole picture.
    """
    net = copy.deepcopy(net)
    for i, layer in enumerate(net.layers):
        if isinstance(layer, nn.BatchNorm2d | InstanceNorm):
            net.layers[i] = nn.Identity()
    picture = torch.rand(1, 3, size, size, requires_grad=True)
    scores = net(torch.rand(1, 3, size, size), picture)
    middle = scores.shape[-1] // 2
    (gradient,) = torch.autograd.grad(scores[0, 0, middle, middle], picture)
    seen = gradient.abs().sum(dim=(0, 1)) > 0
    return int(seen.any(dim=0).sum())


def _strided(channels: int, base: int, n: int, norm: Norm) -> list[nn.Module]:
    """``n`` convolutions with stride 2, one with stride 1, and one that gives the score; all 4x4."""
    layers: list[nn.Module] = [nn.Conv2d(channels, base, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
    width = base
    for i in range(1, n + 1):
        out = min(base * 2**i, base * 8)
        stride = 2 if i < n else 1
        conv = nn.Conv2d(width, out, 4, stride=stride, padding=1, bias=False)
        layers += [conv, norm_layer(norm, out), nn.LeakyReLU(0.2)]
        width = out
    return [*layers, nn.Conv2d(width, 1, 4, stride=1, padding=1)]
