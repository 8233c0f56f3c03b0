"""The image transformation network f_W (chapter 10_fast_style; Johnson et al. 2016).

In their notation: c9s1-32, d64, d128, R128 x5, u64, u32, c9s1-3. There are two forms of it: ``PaperTransformNet`` as
they published it, and ``TransformNet`` with what later work found better.
"""

from typing import Literal

import torch
from torch import nn
from torch.nn.functional import interpolate, pad, relu

from .blocks import Double, Norm, Upsampling, instance_norm, norm_layer
from .vgg import MEAN_RGB

REFLECTION = 40  # pixels added on each side (Johnson et al., supplementary material)
Form = Literal["paper", "book"]
Output = Literal["tanh", "tanh 150", "linear"]


def check_size(picture: torch.Tensor, multiple: int, smallest: int) -> None:
    """Raise ValueError unless height and width are multiples, and not below the smallest."""
    if any(side % multiple or side < smallest for side in picture.shape[-2:]):
        size = tuple(picture.shape[-2:])
        raise ValueError(f"{size}: height and width must be multiples of {multiple}, {smallest} or more")


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
    H and W must be multiples of ``net.multiple`` and at least ``net.smallest`` (ValueError otherwise). The
    network differs from Johnson's in what later work found better: instance norm for each style, enlargement and
    convolution instead of the fractionally strided one, reflection at each layer.

    ``fine`` mends a flaw that remains: without it the network paints its fine texture by the grid of its own pixels, a
    pattern of period 4 (``metrics.checkerboard``). With it enlargement is bilinear, and what the first unit found at
    full size joins the last one, so that fine lines need no grid. It joins behind the norm and begins at zero: under
    the norm, after some thousand steps, the network paints white spots, by which it steers its contrast (as the
    droplets of Karras et al. 2020, arXiv 1912.04958, section 2).
    """

    multiple = 4
    smallest = 16  # what is reflected must be larger than its padding, also at a quarter of the size

    def __init__(self, styles: int, base: int = 32, residuals: int = 5, fine: bool = False):
        super().__init__()
        self.styles, self.fine = styles, fine
        self.c9 = Conv(styles, 3, base, 9)  #                      H      W
        self.d1 = Conv(styles, base, 2 * base, 3, stride=2)  #     H / 2  W / 2
        self.d2 = Conv(styles, 2 * base, 4 * base, 3, stride=2)  # H / 4  W / 4
        self.r = nn.ModuleList([Residual(styles, 4 * base) for _ in range(residuals)])
        self.u1 = Conv(styles, 4 * base, 2 * base, 3)  #           H / 2  W / 2
        self.u2 = Conv(styles, 2 * base, base, 3)  #               H      W
        if fine:
            self.side = nn.Conv2d(base, base, 1, bias=False)  #    H      W
            nn.init.zeros_(self.side.weight)
        self.last = nn.Conv2d(base, 3, 9)

    def forward(self, picture: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        check_size(picture, self.multiple, self.smallest)
        full = relu(self.c9(picture * 2 - 1, style))
        x = relu(self.d1(full, style))
        x = relu(self.d2(x, style))
        for residual in self.r:
            x = residual(x, style)
        x = relu(self.u1(self.double(x), style))
        x = self.u2(self.double(x), style)
        x = relu(x + self.side(full) if self.fine else x)
        return torch.sigmoid(self.last(pad(x, (4, 4, 4, 4), mode="reflect")))

    def double(self, x: torch.Tensor) -> torch.Tensor:
        """Twice the height and width."""
        if self.fine:
            return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return interpolate(x, scale_factor=2.0, mode="nearest")


class Unit(nn.Sequential):
    """Convolution, norm, ReLU. The bias, idle before a norm, belongs to the published number of parameters."""

    def __init__(self, conv: nn.Module, norm: Norm, channels: int):
        super().__init__(conv, norm_layer(norm, channels), nn.ReLU())


class CroppedResidual(nn.Module):
    """``Residual`` without padding: H x W becomes (H - 4) x (W - 4), and x loses 2 pixels on each side."""

    def __init__(self, channels: int, norm: Norm):
        super().__init__()
        first = Unit(nn.Conv2d(channels, channels, 3), norm, channels)
        self.body = nn.Sequential(first, nn.Conv2d(channels, channels, 3), norm_layer(norm, channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x[..., 2:-2, 2:-2] + self.body(x)


class PaperTransformNet(nn.Module):
    """``PaperTransformNet()(picture)`` repaints (N, 3, H, W) in [0, 1] in its one style, same shape and range.

    The network of Johnson et al. 2016 (supplementary material) with its 1,679,235 parameters. H and W must be
    multiples of ``net.multiple`` and at least ``net.smallest`` (ValueError otherwise).

    ``output`` is what becomes of the last layer. "tanh": scaled to [0, 1], as the text says. "tanh 150": as the
    released code has it, 150 tanh in steps of 1/255 around the mean color, which goes beyond black and white.
    "linear": as it comes. The last two are cut to [0, 1] in evaluation mode only, as the sources do it when they
    save a picture; a cut in training would stop the gradient.
    """

    multiple = 4
    smallest = 44  # the next multiple above the reflection
    styles = 1

    def __init__(
        self, base: int = 32, norm: Norm = "batch", upsampling: Upsampling = "transpose", output: Output = "tanh"
    ):
        super().__init__()
        self.output = output
        a, b, c = base, 2 * base, 4 * base
        # The reflection is there for the residual blocks; the other convolutions pad with zeros (models.lua).
        self.layers = nn.Sequential(  #                      channels and size for 3x256x256
            nn.ReflectionPad2d(REFLECTION),  #                                       3  336
            Unit(nn.Conv2d(3, a, 9, padding=4), norm, a),  #                        32  336
            Unit(nn.Conv2d(a, b, 3, stride=2, padding=1), norm, b),  #              64  168
            Unit(nn.Conv2d(b, c, 3, stride=2, padding=1), norm, c),  #             128   84
            CroppedResidual(c, norm),  #                                           128   80
            CroppedResidual(c, norm),  #                                           128   76
            CroppedResidual(c, norm),  #                                           128   72
            CroppedResidual(c, norm),  #                                           128   68
            CroppedResidual(c, norm),  #                                           128   64
            Unit(Double(c, b, upsampling, bias=True, size=3), norm, b),  #          64  128
            Unit(Double(b, a, upsampling, bias=True, size=3), norm, a),  #          32  256
            nn.Conv2d(a, 3, 9, padding=4),  #                                        3  256
        )
        self.register_buffer("mean", torch.tensor(MEAN_RGB).view(1, 3, 1, 1), persistent=False)

    def forward(self, picture: torch.Tensor, style: torch.Tensor | None = None) -> torch.Tensor:
        """``style`` is not looked at: there is one. It is taken so that both forms can be called alike."""
        check_size(picture, self.multiple, self.smallest)
        x = self.layers(picture * 2 - 1).float()
        if self.output == "tanh":
            return (torch.tanh(x) + 1) / 2
        x = self.mean + 150 / 255 * torch.tanh(x) if self.output == "tanh 150" else (x + 1) / 2
        return x if self.training else x.clamp(0, 1)


def transform_net(
    styles: int = 1,
    form: Form = "book",
    base: int = 32,
    fine: bool = False,
    norm: Norm = "batch",
    upsampling: Upsampling = "transpose",
    output: Output = "tanh",
) -> TransformNet | PaperTransformNet:
    """An untrained f_W: ``TransformNet`` or, for the form "paper", ``PaperTransformNet``.

    ``norm``, ``upsampling`` and ``output`` are the paper's form's, ``fine`` is the book's. Raises ValueError for more
    than one style in the paper's form.
    """
    if form == "book":
        return TransformNet(styles, base, fine=fine)
    if styles != 1:
        raise ValueError(f"{styles} styles: the paper trains a network for each; the recipe `book` has one for all")
    return PaperTransformNet(base, norm, upsampling, output)
