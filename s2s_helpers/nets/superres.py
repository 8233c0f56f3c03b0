"""Super-resolution networks: a picture at 2, 4 or 8 times its size (chapter 18_superresolution; Johnson et al. 2016).

In their notation: c9s1-64, R64 x4, u64 x log2(f), c9s1-3. There are two forms of it: ``PaperSuperResNet`` as they
published it, and ``SuperResNet`` with what later work found better.
"""

import math
from typing import cast

import torch
from torch import nn
from torch.nn.functional import interpolate, pixel_shuffle

from .blocks import Double, norm_layer
from .checks import check_choice
from .transform import Architecture, Unit

FACTORS = (2, 4, 8)  # section 4.2 has 4 and 8, the supplementary material 2 too


def enlarge(picture: torch.Tensor, factor: int) -> torch.Tensor:
    """Bicubic enlargement of (N, 3, H, W), the answer that needs no learning; it may leave [0, 1] a little.

    The kernel has a = -1/2, as MATLAB's and so the benchmark's; torch has it with ``antialias`` only, which changes
    nothing else when a picture grows. With torch's other kernel, a = -3/4, the score is 0.2 dB higher.
    """
    return interpolate(picture.float(), scale_factor=float(factor), mode="bicubic", antialias=True)


class Residual(nn.Module):
    """x + conv(relu(conv(x))), with no ReLU after the sum; the size stays. ``norm`` stands behind each convolution."""

    def __init__(self, channels: int, norm: bool = False):
        super().__init__()
        convs = [nn.Conv2d(channels, channels, 3, padding=1) for _ in range(2)]
        norms = [norm_layer("batch", channels) if norm else nn.Identity() for _ in range(2)]
        self.body = nn.Sequential(convs[0], norms[0], nn.ReLU(), convs[1], norms[1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.body(x)


class SuperResNet(nn.Module):
    """``SuperResNet(f)(picture)`` enlarges (N, 3, H, W) in [0, 1], of any size, to (N, 3, f H, f W).

    What differs from the paper's network, and why:

    * No norm. A norm takes away the range of each picture, which has to come out again (Lim et al. 2017,
      arXiv 1707.02921, section 3.1). Nor a ReLU behind the first layer, as there.
    * It adds to the bicubic enlargement, and begins with nothing to add (Kim et al. 2016, arXiv 1511.04587): colors
      are right from the first step.
    * All f^2 pixels that stand for one come out of a single convolution at the small size and are sorted into
      place (Shi et al. 2016, arXiv 1609.05158), instead of log2(f) convolutions with stride 1/2 and one of 9x9
      at the full size, where the paper's network spends most of its time.

    The result is cut to [0, 1] in evaluation mode only: a cut in training would stop the gradient.
    """

    def __init__(self, factor: int = 4, base: int = 64, residuals: int = 4):
        super().__init__()
        self.factor, self.reach = factor, 4 + 2 * residuals + 1  # reach: in pixels of the small picture
        self.c9 = nn.Conv2d(3, base, 9, padding=4)  #                                H      W
        self.r = nn.Sequential(*[Residual(base) for _ in range(residuals)])  #       H      W
        self.last = nn.Conv2d(base, 3 * factor**2, 3, padding=1)  #                  H      W
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(cast(torch.Tensor, self.last.bias))

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        x = self.c9(picture * 2 - 1)
        detail = pixel_shuffle(self.last(self.r(x)), self.factor)  #               f H    f W
        x = enlarge(picture, self.factor) + detail.float()
        return x if self.training else x.clamp(0, 1)


class PaperSuperResNet(nn.Module):
    """``PaperSuperResNet(f)(picture)`` enlarges (N, 3, H, W) in [0, 1], of any size, to (N, 3, f H, f W).

    The network of Johnson et al. 2016 (supplementary material): batch norm behind every convolution but the last,
    log2(f) convolutions with stride 1/2, a scaled tanh.
    """

    def __init__(self, factor: int = 4, base: int = 64, residuals: int = 4):
        super().__init__()
        c = base
        self.factor, self.reach = factor, 4 + 2 * residuals + 4  # what stands behind the blocks reaches at most 4
        times = int(math.log2(factor))
        doubles = [Unit(Double(c, c, "transpose", bias=True, size=3), "batch", c) for _ in range(times)]
        self.layers = nn.Sequential(  #                                channels and size for f = 4, 3x288x288
            Unit(nn.Conv2d(3, c, 9, padding=4), "batch", c),  #                                     64     72
            *[Residual(c, norm=True) for _ in range(residuals)],  #                                 64     72
            *doubles,  #                                                                            64    288
            nn.Conv2d(c, 3, 9, padding=4),  #                                                        3    288
        )

    def forward(self, picture: torch.Tensor) -> torch.Tensor:
        return (torch.tanh(self.layers(picture * 2 - 1).float()) + 1) / 2


def super_res_net(
    factor: int = 4, architecture: Architecture = "book", base: int = 64, residuals: int = 4
) -> SuperResNet | PaperSuperResNet:
    """An untrained network of one of the two forms. Raises ValueError for another architecture, and for a factor that
    is not one of ``FACTORS``.
    """
    check_choice("architecture", architecture, Architecture)
    if factor not in FACTORS:
        raise ValueError(f"a factor of {factor}: there are {', '.join(map(str, FACTORS))}")
    return (SuperResNet if architecture == "book" else PaperSuperResNet)(factor, base, residuals)
