"""The image transformation network f_W (chapter 10_fast_style; Johnson et al. 2016).

In their notation: c9s1-32, d64, d128, R128 x5, u64, u32, c9s1-3.
"""

import torch
from torch import nn
from torch.nn.functional import interpolate, pad, relu

from .blocks import instance_norm

REFLECTION = 40  # pixels added on each side (Johnson et al., supplementary material)


class StyleNorm(nn.Module):
    """Conditional instance normalization: a gain and a shift for each style (Dumoulin et al. 2017, eq 5)."""

    def __init__(self, styles: int, channels: int):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(styles, channels))
        self.shift = nn.Parameter(torch.zeros(styles, channels))

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, enabled=False):  # 16 bits would round the mixture
            gain, shift = style @ self.gain, style @ self.shift
        return instance_norm(x, gain, shift)


class Conv(nn.Module):
    """Reflection padding, convolution, norm of the style."""

    def __init__(self, styles: int, channels: int, out: int, size: int, stride: int = 1):
        super().__init__()
        self.padding = size // 2
        self.conv = nn.Conv2d(channels, out, size, stride, bias=False)
        self.norm = StyleNorm(styles, out)

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        p = self.padding
        return self.norm(self.conv(pad(x, (p, p, p, p), mode="reflect")), style)


class Residual(nn.Module):
    """x + conv(relu(conv(x))), with no ReLU after the sum (Gross and Wilber 2016, as Johnson et al.)."""

    def __init__(self, styles: int, channels: int):
        super().__init__()
        self.first = Conv(styles, channels, channels, 3)
        self.second = Conv(styles, channels, channels, 3)

    def forward(self, x: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        return x + self.second(relu(self.first(x, style)), style)


class TransformNet(nn.Module):
    """``TransformNet(styles)(picture, style)`` repaints (N, 3, H, W) in [0, 1], same shape and range.

    ``style`` (N, styles) holds a weight for each style: one-hot for one of them, any mixture to blend.
    H and W must be multiples of ``net.multiple`` and at least 16. The network differs from Johnson's in what later work found
    better: instance norm for each style, enlargement by nearest neighbor and convolution instead of the
    fractionally strided one, reflection at each layer.
    """

    multiple = 4

    def __init__(self, styles: int, base: int = 32, residuals: int = 5):
        super().__init__()
        self.styles = styles
        self.c9 = Conv(styles, 3, base, 9)  #                      H      W
        self.d1 = Conv(styles, base, 2 * base, 3, stride=2)  #     H / 2  W / 2
        self.d2 = Conv(styles, 2 * base, 4 * base, 3, stride=2)  # H / 4  W / 4
        self.r = nn.ModuleList([Residual(styles, 4 * base) for _ in range(residuals)])
        self.u1 = Conv(styles, 4 * base, 2 * base, 3)  #           H / 2  W / 2
        self.u2 = Conv(styles, 2 * base, base, 3)  #               H      W
        self.last = nn.Conv2d(base, 3, 9)

    def forward(self, picture: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        if any(side % self.multiple or side < 16 for side in picture.shape[-2:]):
            raise ValueError(f"{tuple(picture.shape[-2:])}: height and width must be multiples of 4, 16 or more")
        x = relu(self.c9(picture * 2 - 1, style))
        x = relu(self.d1(x, style))
        x = relu(self.d2(x, style))
        for residual in self.r:
            x = residual(x, style)
        x = relu(self.u1(interpolate(x, scale_factor=2.0, mode="nearest"), style))
        x = relu(self.u2(interpolate(x, scale_factor=2.0, mode="nearest"), style))
        return torch.sigmoid(self.last(pad(x, (4, 4, 4, 4), mode="reflect")))
