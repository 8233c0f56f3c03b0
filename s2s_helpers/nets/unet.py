"""The generators: a U-Net with skip connections, and the same network without them.

Chapter 06_unet_skips; Isola et al. 2017, section 6.1. In the notation of the paper the encoder is
C64-C128-C256-C512-C512-C512-C512-C512 and the decoder CD512-CD512-CD512-C512-C256-C128-C64.
"""

from contextlib import nullcontext

import torch
from torch import nn

from .blocks import Double, Norm, Padding, Upsampling, in_32_bits, initialize_gan, join, norm_layer
from .small_convolutions import Halving

# Layers that are computed in 32 bits where the others have 16: with them nothing differs by more than 2 of 255, without
# by up to 17, where a drawing has smooth gray parts (see ``transform.EXACT``).
EXACT = 2
REFLECTED = 4  # outer levels that ``reflect`` is about; within them a pixel sees 16 pixels to each side and more


def beyond(level: int, reflect: bool) -> Padding:
    """How the picture goes on beyond its border in the layers of ``level``, 0 for the outermost."""
    return "reflect" if reflect and level < REFLECTED else "zeros"


class Down(nn.Module):
    """LeakyReLU, 4x4 convolution with stride 2, norm: half the size."""

    def __init__(self, channels: int, out: int, norm: Norm | None, first: bool = False, padding: Padding = "zeros"):
        super().__init__()
        self.activation = nn.Identity() if first else nn.LeakyReLU(0.2)
        self.conv = Halving(channels, out, bias=norm is None, padding=padding)
        self.norm = norm_layer(norm, out) if norm else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(self.activation(x)))


class Up(nn.Module):
    """ReLU, twice the size, norm, dropout."""

    def __init__(
        self,
        channels: int,
        out: int,
        norm: Norm | None,
        upsampling: Upsampling,
        dropout: float = 0.0,
        padding: Padding = "zeros",
    ):
        super().__init__()
        self.enlarge = Double(channels, out, upsampling, bias=norm is None, padding=padding)
        self.norm = norm_layer(norm, out) if norm else nn.Identity()
        self.dropout = nn.Dropout(dropout) if dropout else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.norm(self.enlarge(nn.functional.relu(x))))


class UNet(nn.Module):
    """``UNet()(sketch)`` maps (N, 3, H, W) in [0, 1] to a picture of the same shape and range.

    H and W must be multiples of ``net.multiple`` = 2**depth (ValueError otherwise); ``pipeline`` pads
    other sizes. ``base`` is the width of the first layer; widths double with each layer up to ``cap``.
    ``dropout`` is the chance to drop a channel's value in three decoder layers: the noise z of eq 1. They are
    the three innermost of the paper; with ``dropout_from`` 1 one layer further out, and so on.
    With ``outputs`` other than 3 the network is no painter, and ``logits`` is what to call.
    ``full_size_skip`` adds what pix2pix lacks: a skip at full size. The last layer keeps its ``base`` channels, and a
    3x3 convolution makes the picture from them and from the sketch itself, so no line passes through a grid
    of half the size.
    With ``hints`` the network takes colors too: ``net(sketch, hints)`` with (N, 4, H, W) as ``data.hints`` makes them,
    a color and where it is to be; where there is none the color is the network's own choice.
    With ``reflect`` a picture goes on beyond its border as in a mirror, in the ``REFLECTED`` outer levels. pix2pix has
    zeros there, which a network sees as an edge, and around blank paper it paints a frame.
    """

    skips = True

    def __init__(
        self,
        base: int = 64,
        cap: int = 512,
        depth: int = 8,
        norm: Norm = "batch",
        upsampling: Upsampling = "transpose",
        dropout: float = 0.5,
        dropout_from: int = 0,
        outputs: int = 3,
        full_size_skip: bool = False,
        hints: bool = False,
        reflect: bool = False,
    ):
        super().__init__()
        if not 3 <= depth <= 9:
            raise ValueError(f"depth {depth}: between 3 and 9 is possible")
        if not 0 <= dropout_from < depth:
            raise ValueError(f"dropout_from {dropout_from}: between 0 and {depth - 1} is possible, for depth {depth}")
        self.multiple = self.smallest = 2**depth
        self.hints = hints
        inputs = 7 if hints else 3
        w = [min(base * 2**i, cap) for i in range(9)]
        edge = [beyond(level, reflect) for level in range(9)]
        down = [  #                  size of the output for a picture of 256x256, and width by default
            Down(inputs, w[0], None, first=True, padding=edge[0]),  # 128   64
            Down(w[0], w[1], norm, padding=edge[1]),  #           64  128
            Down(w[1], w[2], norm, padding=edge[2]),  #           32  256
            Down(w[2], w[3], norm, padding=edge[3]),  #           16  512
            Down(w[3], w[4], norm),  #            8  512
            Down(w[4], w[5], norm),  #            4  512
            Down(w[5], w[6], norm),  #            2  512
            Down(w[6], w[7], None),  #            1  512
        ][:depth]
        if depth == 9:  # for pictures of 512x512; made only then, since what is made takes random numbers
            down[7] = Down(w[6], w[7], norm)
            down.append(Down(w[7], w[8], norm))
        # A norm over the single pixel of the bottleneck would set it to zero (erratum of Isola et al.).
        inner = depth - 1
        down[inner] = Down(w[inner - 1], w[inner], None, padding=edge[inner])

        def up(level: int, out: int) -> Up:
            skip = w[level] if self.skips and level < inner else 0
            drop = dropout if dropout_from <= inner - level < dropout_from + 3 else 0.0
            return Up(w[level] + skip, out, norm, upsampling, drop, edge[level])

        below = 2 * w[0] if self.skips else w[0]
        width, last_norm = (w[0], norm) if full_size_skip else (outputs, None)
        last = Up(below, width, last_norm, upsampling, padding=edge[0])
        levels = range(inner, 0, -1)  # innermost first: 2, 4, 8, 16, 32, 64, 128 pixels
        self.down = nn.ModuleList(down)
        self.up = nn.ModuleList([up(level, w[level - 1]) for level in levels] + [last])
        self.full_size_skip = None
        if full_size_skip:
            self.full_size_skip = nn.Conv2d(w[0] + inputs, outputs, 3, padding=1, padding_mode=edge[0])
        initialize_gan(self)

    def forward(self, sketch: torch.Tensor, hints: torch.Tensor | None = None) -> torch.Tensor:
        return (torch.tanh(self.logits(sketch, hints)) + 1) / 2

    def logits(self, sketch: torch.Tensor, hints: torch.Tensor | None = None) -> torch.Tensor:
        """The last layer before its tanh, (N, outputs, H, W): classes for segmentation."""
        if any(side % self.multiple for side in sketch.shape[-2:]):
            raise ValueError(f"{tuple(sketch.shape[-2:])}: height and width must be multiples of {self.multiple}")
        if hints is not None and not self.hints:
            raise ValueError("this generator was trained without color hints; house takes them")
        x = given = with_hints(sketch, hints) if self.hints else sketch * 2 - 1
        skips = []
        for i, layer in enumerate(self.down):
            with in_32_bits(self, x) if i < EXACT else nullcontext():
                x = layer(x)
            skips.append(x)
        x = self.up[0](skips.pop())
        for layer in self.up[1:]:
            x = layer(join(x, skips.pop()) if self.skips else x)
        return x if self.full_size_skip is None else self.full_size_skip(join(torch.relu(x), given))


def with_hints(sketch: torch.Tensor, hints: torch.Tensor | None) -> torch.Tensor:
    """A sketch (N, 3, H, W) and hints (N, 4, H, W), in [0, 1], as the seven channels in [-1, 1] that a network sees:
    where there is no hint its color is 0, middle gray.
    """
    if hints is None:
        hints = sketch.new_zeros(len(sketch), 4, *sketch.shape[-2:])
    color, where = hints[:, :3], hints[:, 3:]
    return torch.cat([sketch * 2 - 1, (color * 2 - 1) * where, where], dim=1)


class EncoderDecoder(UNet):
    """``UNet`` without its skip connections: all that the picture knows of the sketch is in the bottleneck.

    The ablation of Isola et al. 2017, section 4.2.
    """

    skips = False
