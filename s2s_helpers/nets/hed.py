"""Holistically-nested edge detection (Xie and Tu 2015, arXiv 1504.06375): where a person would draw a line.

The teacher of ``pencil`` (chapter 01_sketches_and_pictures), and what pix2pix made its drawings of shoes and handbags
with (Isola et al. 2017, section 7). A line on the convolutions of VGG-16 after each block, and one on these five.
"""

from typing import cast

import torch
from torch import nn
from torch.nn.functional import interpolate

from .vgg import CONVS, OXFORD, VGG, WIDTHS, Convention, vgg_from_arrays

SIDES = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
# Mean color of the pictures that the network was trained on, BGR 104.00699, 116.66877, 122.67892.
MEAN = (122.67892 / 255, 116.66877 / 255, 104.00699 / 255)


class HED(nn.Module):
    """``HED()(x)`` maps pictures (N, 3, H, W), RGB, in [0, 1], to how sure it is of an edge: (N, 1, H, W) in [0, 1].

    H and W are at least 16.
    """

    def __init__(self) -> None:
        super().__init__()
        self.vgg = VGG(CONVS[16])
        self.side = nn.ModuleList(nn.Conv2d(width, 1, 1) for width in WIDTHS)
        self.fuse = nn.Conv2d(len(SIDES), 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        features, size = self.vgg(x, SIDES), x.shape[-2:]
        found = [conv(features[name]) for conv, name in zip(self.side, SIDES, strict=True)]
        grown = [interpolate(each, size=size, mode="bilinear", align_corners=False) for each in found]
        return cast(torch.Tensor, self.fuse(torch.cat(grown, dim=1))).sigmoid()


def hed_from_arrays(arrays: dict[str, torch.Tensor]) -> HED:
    """An ``HED`` with the weights of a file: VGG-16 with the keys of torchvision, for BGR in 0 to 255 minus the mean,
    ``side.1`` to ``side.5`` and ``fuse``. Raises ValueError for those of another network.
    """
    net = HED()
    convolutions = {key: value for key, value in arrays.items() if key.startswith("features.")}
    net.vgg = vgg_from_arrays(16, convolutions, Convention(MEAN, OXFORD.scale, OXFORD.bgr))
    for name, conv in [*((f"side.{i}", conv) for i, conv in enumerate(net.side, 1)), ("fuse", net.fuse)]:
        try:
            conv.load_state_dict({kind: arrays[f"{name}.{kind}"].float() for kind in ("weight", "bias")})
        except (KeyError, RuntimeError):
            raise ValueError(f"not the weights of HED: {name} is missing or has another shape") from None
    if len(net.vgg.names) < sum(CONVS[16]):
        raise ValueError(f"not the weights of HED: its convolutions end at {net.vgg.names[-1]}")
    return net.eval().requires_grad_(False)
