"""pix2pix's two convolutions, which take pictures of a few pixels as products of matrices (chapter 19_speed_and_scale).

In the middle of a U-Net a picture has 1 to 16 pixels a side and a layer up to 8 million weights. Torch's convolutions
put all weights into another order for the processor, forward and twice backward, and then hardly use them; a product
takes them as they lie in memory. So it is done in training, on a processor, where the kernel is laid on few places.
The numbers are the same but for rounding.
"""

from typing import Any, Literal

import torch
from torch import nn

SHAPE: Any = {"kernel_size": 4, "stride": 2, "padding": 1}


def matrix(weight: torch.Tensor) -> torch.Tensor:
    """Weights (A, B, h, w) as (A, h * w * B): without a copy if they are channels_last."""
    return weight.permute(0, 2, 3, 1).flatten(1)


class Halving(nn.Conv2d):
    """A 4x4 convolution with stride 2: (N, C, H, W) to (N, out, H / 2, W / 2), H and W even. ``padding`` is what lies
    beyond the border, zeros or a reflection.
    """

    few = 64  # places in a batch; with more the convolution is faster, or may be

    def __init__(self, channels: int, out: int, bias: bool, padding: Literal["zeros", "reflect"] = "zeros"):
        super().__init__(channels, out, **SHAPE, bias=bias, padding_mode=padding)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        height, width = (side // 2 for side in x.shape[2:])
        many = not self.training or x.device.type != "cpu" or len(x) * height * width > self.few
        if many or self.padding_mode != "zeros":
            return super().forward(x)
        columns = nn.functional.unfold(x, **SHAPE).unflatten(1, (self.in_channels, -1))  # N, C, 16, places
        made = nn.functional.linear(columns.permute(0, 3, 2, 1).flatten(2), matrix(self.weight), self.bias)
        return made.unflatten(1, (height, width)).permute(0, 3, 1, 2)


class Doubling(nn.ConvTranspose2d):
    """A 4x4 transposed convolution with stride 2: (N, C, H, W) to (N, out, 2 H, 2 W)."""

    few = 256

    def __init__(self, channels: int, out: int, bias: bool):
        super().__init__(channels, out, **SHAPE, bias=bias)

    def forward(self, x: torch.Tensor, output_size: list[int] | None = None) -> torch.Tensor:
        n, _, height, width = x.shape
        if not self.training or x.device.type != "cpu" or n * height * width > self.few:
            return super().forward(x, output_size)
        made = x.permute(0, 2, 3, 1).flatten(1, 2) @ matrix(self.weight)  # N, places, 16 * out
        columns = made.unflatten(2, (-1, self.out_channels)).permute(0, 3, 2, 1).flatten(1, 2)
        # Up to four places meet in a pixel. With 16 bits they are added in 32, as in the convolution.
        out = nn.functional.fold(columns.float(), (2 * height, 2 * width), **SHAPE).to(made.dtype)
        return out if self.bias is None else out + self.bias[:, None, None]
