"""The image transformation network f_W (chapter 13_fast_style; Johnson et al. 2016).

In their notation: c9s1-32, d64, d128, R128 x5, u64, u32, c9s1-3. There are two forms of it: ``PaperTransformNet`` as
they published it, and ``TransformNet`` with what later work found better.
"""

import math
from contextlib import nullcontext
from typing import Literal

import torch
from torch import nn
from torch.nn.functional import hardtanh, interpolate, pad, relu

from .blocks import Double, Norm, Upsampling, in_32_bits, instance_norm, norm_layer, widened
from .checks import check_choice
from .vgg import MEAN_RGB

# What an adjustable network was trained for: the weights of content, style and variation, and how far their ratios may
# go from these, up and down.
LOSS_WEIGHTS = {"content": 1.0, "style": 3.0, "tv": 0.1}
DECADES = 1.0
FEATURES = 32  # numbers by which an adjustable network tells its layers what the weights are
# Residual blocks that are computed in 32 bits, as all layers before them are and the last, where the others have 16. In
# smooth parts of a picture most features are differences of nearly equal numbers, which the norms enlarge: 16 bits
# there turn a sky by up to 190 of 255. With two blocks nothing differs by more than 3, with none by up to 50.
EXACT = 2
REFLECTION = 40  # pixels added on each side (Johnson et al., supplementary material)
Architecture = Literal["paper", "book"]
Output = Literal["tanh", "tanh 150", "linear"]


def notation(base: int) -> str:
    """``TransformNet(base=base)`` in the notation of Johnson et al. 2016."""
    return "c9s1-{0},d{1},d{2},R{2} x5,u{1},u{0},c9s1-3".format(*(base * 2**i for i in range(3)))


def take_over(net: nn.Module, known: dict[str, torch.Tensor]) -> None:
    """Give ``net`` the weights ``known``, by their names; the others stay. ValueError if one of them does not fit."""
    mine = net.state_dict()
    if wrong := [name for name, value in known.items() if name not in mine or mine[name].shape != value.shape]:
        raise ValueError(f"the network to start from has another architecture; {wrong[0]} does not fit")
    net.load_state_dict(mine | known)


def check_size(picture: torch.Tensor, multiple: int, smallest: int) -> None:
    """Raise ValueError unless height and width are multiples, and not below the smallest."""
    if any(side % multiple or side < smallest for side in picture.shape[-2:]):
        size = tuple(picture.shape[-2:])
        raise ValueError(f"{size}: height and width must be multiples of {multiple}, {smallest} or more")


class ConditionalInstanceNorm(nn.Module):
    """Conditional instance normalization: a weight and a bias for each style (Dumoulin et al. 2017, eq 5).

    The condition (N, styles + features) mixes them. Features, which do not count at first, say what else the network
    is told: feature-wise modulation, as Perez et al. 2018 (FiLM, arXiv 1709.07871, eq 2).
    """

    def __init__(self, styles: int, channels: int, features: int = 0):
        super().__init__()
        self.weight = nn.Parameter(torch.cat([torch.ones(styles, channels), torch.zeros(features, channels)]))
        self.bias = nn.Parameter(torch.zeros(styles + features, channels))

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        with torch.autocast(x.device.type, enabled=False):  # 16 bits would round the mixture
            weight, bias = condition @ self.weight, condition @ self.bias
        return instance_norm(x, weight, bias)


class Conv(nn.Module):
    """Reflection padding, convolution, norm of the condition."""

    def __init__(self, conditions: tuple[int, int], channels: int, out: int, size: int, stride: int = 1):
        super().__init__()
        styles, features = conditions
        self.padding = size // 2
        self.conv = nn.Conv2d(channels, out, size, stride, bias=False)
        self.norm = ConditionalInstanceNorm(styles, out, features)

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        p = self.padding
        return self.norm(self.conv(pad(x, (p, p, p, p), mode="reflect")), condition)


class Residual(nn.Module):
    """x + conv(relu(conv(x))), with no ReLU after the sum (Gross and Wilber 2016, as Johnson et al.).

    What the norms give is cut at ``limit``, in standard deviations, if there is one (see ``TransformNet``).
    """

    def __init__(self, conditions: tuple[int, int], channels: int, limit: float | None):
        super().__init__()
        self.first = Conv(conditions, channels, channels, 3)
        self.second = Conv(conditions, channels, channels, 3)
        self.limit = math.inf if limit is None else limit

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return x + self.cut(self.second(self.positive(self.first(x, condition)), condition))

    def positive(self, x: torch.Tensor) -> torch.Tensor:
        """ReLU, cut at the limit."""
        return relu(x) if math.isinf(self.limit) else hardtanh(x, 0.0, self.limit)

    def cut(self, x: torch.Tensor) -> torch.Tensor:
        """``x``, cut at the limit."""
        return x if math.isinf(self.limit) else hardtanh(x, -self.limit, self.limit)


class TransformNet(nn.Module):
    """``TransformNet(styles)(picture, style)`` repaints (N, 3, H, W) in [0, 1], same shape and range.

    ``style`` (N, styles) holds a weight for each style: one-hot for one of them, any mixture to blend.
    H and W must be multiples of ``net.multiple`` and at least ``net.smallest`` (ValueError otherwise). The
    network differs from Johnson's in what later work found better: instance norm for each style, enlargement and
    convolution instead of the fractionally strided one, reflection at each layer.

    ``full_size_skip`` mends a flaw that remains: without it the network paints its fine texture by the grid of its own
    pixels, a pattern of period 4 (``metrics.checkerboard``). With it enlargement is bilinear, and what the first unit
    found at full size joins the last one, so that fine lines need no grid. It joins behind the norm and begins at zero:
    under the norm, after some thousand steps, the network paints white spots, by which it steers its contrast (as the
    droplets of Karras et al. 2020, arXiv 1912.04958, section 2).

    ``residual_limit`` mends another: after some thousand steps through VGG-16 the network grows one place of the
    picture to twenty standard deviations, block by block, and steers by it the contrast of all the others, which shows
    as a white spot in every picture. With the limit no block adds more than so many standard deviations to any place.

    ``adjustable``: the network takes the weights of its losses too, ``net(picture, style, weights)``, and paints what a
    network trained for these would (Dosovitskiy and Djolonga, ICLR 2020; Babaeizadeh and Ghiasi, ICLR 2020, arXiv
    1811.08560). ``weights`` (N, 3) are those of content, style and variation, relative to ``losses.perceptual`` with
    ``relative``; only their ratios count, and no further than ``DECADES`` from those of ``LOSS_WEIGHTS``, the default.

    ``linear``: the last layer is the picture as it is, cut to [0, 1] in evaluation mode, as of pytorch/examples.
    """

    multiple = 4
    smallest = 16  # what is reflected must be larger than its padding, also at a quarter of the size

    def __init__(
        self,
        styles: int,
        base: int = 32,
        residuals: int = 5,
        full_size_skip: bool = False,
        residual_limit: float | None = None,
        adjustable: bool = False,
        linear: bool = False,
    ):
        super().__init__()
        self.styles, self.full_size_skip, self.adjustable, self.linear = styles, full_size_skip, adjustable, linear
        to = (styles, FEATURES if adjustable else 0)
        self.c9 = Conv(to, 3, base, 9)  #                      H      W
        self.d1 = Conv(to, base, 2 * base, 3, stride=2)  #     H / 2  W / 2
        self.d2 = Conv(to, 2 * base, 4 * base, 3, stride=2)  # H / 4  W / 4
        self.r = nn.ModuleList([Residual(to, 4 * base, residual_limit) for _ in range(residuals)])
        self.u1 = Conv(to, 4 * base, 2 * base, 3)  #           H / 2  W / 2
        self.u2 = Conv(to, 2 * base, base, 3)  #               H      W
        if full_size_skip:
            self.side = nn.Conv2d(base, base, 1, bias=False)  # H      W
            nn.init.zeros_(self.side.weight)
        self.last = nn.Conv2d(base, 3, 9)
        if adjustable:
            ratios = len(LOSS_WEIGHTS) - 1
            layers = nn.Linear(styles + ratios, 64), nn.ReLU(), nn.Linear(64, FEATURES), nn.ReLU()
            self.adjust = nn.Sequential(*layers)
            self.share = nn.Parameter(torch.cat([torch.ones(styles, base), torch.zeros(FEATURES, base)]))

    def forward(self, picture: torch.Tensor, style: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        check_size(picture, self.multiple, self.smallest)
        condition = self.condition(style, weights)
        with in_32_bits(self, picture):
            full = relu(self.c9(picture * 2 - 1, condition))
            x = relu(self.d1(full, condition))
            x = relu(self.d2(x, condition))
            for residual in list(self.r)[:EXACT]:
                x = residual(x, condition)
        for residual in list(self.r)[EXACT:]:
            x = residual(x, condition)
        x = relu(self.u1(self.twice(x), condition))
        x = self.u2(self.twice(x), condition)
        with in_32_bits(self, picture):
            x = relu(widened(x) + self.beside(full, condition) if self.full_size_skip else widened(x))
            return self.shown(self.last(pad(x, (4, 4, 4, 4), mode="reflect")))

    def shown(self, x: torch.Tensor) -> torch.Tensor:
        """The last layer as a picture."""
        if not self.linear:
            return torch.sigmoid(x)
        return x if self.training else x.clamp(0, 1)

    def condition(self, style: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """What the layers are told: ``style``, and what an adjustable network makes of the ``weights`` of its losses.

        Raises ValueError for weights that the network cannot follow, and for another number of styles.
        """
        if style.dim() != 2 or style.shape[1] != self.styles:
            raise ValueError(f"the styles are {tuple(style.shape)}; a mixture is (N, {self.styles})")
        if not self.adjustable:
            if weights is not None:
                raise ValueError("the loss weights of this network are those of its training; take an adjustable one")
            return style
        default = style.new_tensor([*LOSS_WEIGHTS.values()])
        weights = default / default if weights is None else weights / default
        ratios = (weights[..., 1:] / weights[..., :1]).log() / (DECADES * math.log(10))
        ratios = ratios.clamp(-1, 1).expand(len(style), -1)
        return torch.cat([style, self.adjust(torch.cat([style, ratios], dim=1))], dim=1)

    def beside(self, full: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        """What of the first unit's output joins the last."""
        side = self.side(full)
        return side * (condition @ self.share)[:, :, None, None] if self.adjustable else side

    def twice(self, x: torch.Tensor) -> torch.Tensor:
        """Twice the height and width."""
        if self.full_size_skip:
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
    mean: torch.Tensor

    def __init__(
        self, base: int = 32, norm: Norm = "batch", upsampling: Upsampling = "transpose", output: Output = "tanh"
    ):
        super().__init__()
        check_choice("output", output, Output)
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
        x, last = picture * 2 - 1, len(self.layers) - 1
        for i, layer in enumerate(self.layers):
            with in_32_bits(self, x) if i < 4 + EXACT or i == last else nullcontext():
                x = layer(widened(x) if i == last else x)
        x = widened(x)
        if self.output == "tanh":
            return (torch.tanh(x) + 1) / 2
        x = self.mean + 150 / 255 * torch.tanh(x) if self.output == "tanh 150" else (x + 1) / 2
        return x if self.training else x.clamp(0, 1)


def transform_net(
    styles: int = 1,
    architecture: Architecture = "book",
    base: int = 32,
    full_size_skip: bool = False,
    residual_limit: float | None = None,
    adjustable: bool = False,
    norm: Norm = "batch",
    upsampling: Upsampling = "transpose",
    output: Output = "tanh",
) -> TransformNet | PaperTransformNet:
    """An untrained f_W: ``TransformNet`` or, for the architecture "paper", ``PaperTransformNet``.

    ``norm``, ``upsampling`` and ``output`` are those of the paper's, ``full_size_skip``, ``residual_limit`` and
    ``adjustable`` of the book's, whose output is a sigmoid, or if it is "linear" that. Raises ValueError for another
    architecture, and for more than one style or any of the last three in the paper's.
    """
    check_choice("architecture", architecture, Architecture)
    if architecture == "book":
        return TransformNet(
            styles,
            base,
            full_size_skip=full_size_skip,
            residual_limit=residual_limit,
            adjustable=adjustable,
            linear=output == "linear",
        )
    if styles != 1:
        raise ValueError(f"{styles} styles: the paper trains a network for each; the recipe `book` has one for all")
    if full_size_skip or residual_limit is not None or adjustable:
        raise ValueError("the paper's network has no full_size_skip and no limit, and is not adjustable; `book` may be")
    return PaperTransformNet(base, norm, upsampling, output)
