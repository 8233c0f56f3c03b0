"""Small parts that several networks share: the norms and the two ways to double the size."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal

import torch
from torch import nn

from .checks import check_choice
from .small_convolutions import Doubling

Norm = Literal["batch", "instance"]
Upsampling = Literal["transpose", "resize"]
Padding = Literal["zeros", "reflect"]

# net.to(**CHANNELS_LAST) is net.to(memory_format=torch.channels_last), which torch's type hints do not know.
CHANNELS_LAST: dict[str, Any] = {"memory_format": torch.channels_last}


def instance_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Instance normalization of (N, C, H, W) with a weight and a bias for each picture and channel, (N, C).

    Written as the batch norm of one picture after the other: the same numbers, but torch's batch norm
    keeps the channels_last layout and its instance norm does not, which slows all layers after it on a CPU.
    """
    pictures = zip(x.split(1), weight.unbind(), bias.unbind(), strict=True)
    return torch.cat([nn.functional.batch_norm(one, None, None, g, s, training=True) for one, g, s in pictures])


def in_32_bits(net: nn.Module, x: torch.Tensor) -> AbstractContextManager[object]:
    """Where ``torch.autocast`` has turned to 16 bits, 32 after all; not in training, which mends its own roundings."""
    kind = x.device.type
    exact = not net.training and torch.is_autocast_enabled(kind)
    return torch.autocast(kind, enabled=False) if exact else nullcontext()


def widened(x: torch.Tensor) -> torch.Tensor:
    """What has 16 bits, in 32; what has more, as it is."""
    return x if x.element_size() >= 4 else x.float()


class InstanceNorm(nn.Module):
    """``instance_norm`` with one learned weight and bias for each channel."""

    def __init__(self, channels: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n = len(x)
        return instance_norm(x, self.weight.expand(n, -1), self.bias.expand(n, -1))


def norm_layer(norm: Norm, channels: int) -> nn.Module:
    """Batch or instance normalization with a learned weight and bias.

    Instance norm uses the statistics of each picture, in training and after it; batch norm those of the
    batch in training and running means after it. Raises ValueError for another norm.
    """
    check_choice("norm", norm, Norm)
    return nn.BatchNorm2d(channels) if norm == "batch" else InstanceNorm(channels)


class Double(nn.Module):
    """Twice the height and width, ``channels`` to ``out``.

    ``transpose``: a fractionally strided convolution, 4x4 as pix2pix has it or 3x3 as Johnson et al. have it
    (``size``). ``resize``: nearest-neighbor enlargement, then a 3x3 convolution, which leaves no checkerboard
    (Odena et al. 2016, doi 10.23915/distill.00003). ``padding`` is what lies beyond the border; ``reflect`` goes with
    ``resize`` only. Raises ValueError for another ``upsampling``, ``size`` or ``padding``.
    """

    def __init__(
        self,
        channels: int,
        out: int,
        upsampling: Upsampling,
        bias: bool,
        size: Literal[3, 4] = 4,
        padding: Padding = "zeros",
    ):
        super().__init__()
        check_choice("padding", padding, Padding)
        if padding == "reflect" and upsampling == "transpose":
            raise ValueError("a transposed convolution has zeros beyond the border; reflect goes with resize")
        check_choice("upsampling", upsampling, Upsampling)
        check_choice("kernel", size, Literal[3, 4])
        self.upsampling = upsampling
        self.conv: nn.ConvTranspose2d | nn.Conv2d
        if upsampling == "transpose" and size == 4:
            self.conv = Doubling(channels, out, bias)
        elif upsampling == "transpose":
            self.conv = nn.ConvTranspose2d(channels, out, size, stride=2, padding=1, output_padding=1, bias=bias)
        else:
            self.conv = nn.Conv2d(channels, out, 3, padding=1, bias=bias, padding_mode=padding)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.upsampling == "resize":
            x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
        return self.conv(x)


def join(*parts: torch.Tensor) -> torch.Tensor:
    """``parts`` beside one another, channel after channel: a skip connection.

    The gradient of a part is a slice of that of all, with gaps in memory, and torch's norms take a slow way through
    gaps on a CPU. So it is copied (chapter 19_speed_and_scale measures both).
    """
    for part in parts:
        if part.requires_grad:
            part.register_hook(torch.clone)
    return torch.cat(parts, dim=1)


def initialize_gan(net: nn.Module) -> None:
    """pix2pix's start: weights N(0, 0.02), gains of the norms N(1, 0.02), biases 0 (Isola et al. 2017, 6.2)."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d | InstanceNorm):
            nn.init.normal_(module.weight, 1.0, 0.02)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
