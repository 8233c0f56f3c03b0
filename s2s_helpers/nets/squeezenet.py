"""SqueezeNet 1.0 (Iandola et al. 2016, arXiv 1602.07360), teacher of pocket's fourth level (chapter 08).

Its maps after the second pooling lie at an eighth of the size, as VGG's ``relu4_3`` does, and see 59 to
107 pixels of the picture (``relu4_3``: 92).
"""

import torch
from torch import nn
from torch.nn.functional import max_pool2d, pad, relu

from .vgg import MEAN_RGB

FIRES = ("fire5", "fire6", "fire7", "fire8")


class Fire(nn.Module):
    """Squeeze to few channels, expand by 1x1 and 3x3 convolutions side by side."""

    def __init__(self, channels: int, squeeze: int, expand: int):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze, 1)
        self.expand1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = relu(self.squeeze(x))
        return relu(torch.cat([self.expand1(x), self.expand3(x)], dim=1))


class SqueezeNet(nn.Module):
    """``SqueezeNet()(x)`` maps (N, 3, H, W) in [0, 1] to the outputs of ``FIRES`` at (H // 8, W // 8)."""

    mean: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 7, stride=2)
        self.fire2 = Fire(96, 16, 64)
        self.fire3 = Fire(128, 16, 64)
        self.fire4 = Fire(128, 32, 128)
        self.fire5 = Fire(256, 32, 128)
        self.fire6 = Fire(256, 48, 192)
        self.fire7 = Fire(384, 48, 192)
        self.fire8 = Fire(384, 64, 256)
        self.register_buffer("mean", torch.tensor(MEAN_RGB).view(1, 3, 1, 1), persistent=False)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        # The original has no padding. Five pixels at the left and top put the center of output cell q
        # at pixel 8q + 4; VGG's fourth block has its cells at 8q + 3.5.
        x = relu(self.conv1(pad(x - self.mean, (5, 1, 5, 1))))
        x = self.fire4(self.fire3(self.fire2(max_pool2d(x, 3, 2, ceil_mode=True))))
        x = max_pool2d(x, 3, 2, ceil_mode=True)
        features = {}
        for name in FIRES:
            x = features[name] = getattr(self, name)(x)
        return features


def squeezenet_from_arrays(arrays: dict[str, torch.Tensor]) -> SqueezeNet:
    """SqueezeNet with weights made for BGR in 0..255 minus the mean, turned into RGB in [0, 1]."""
    net = SqueezeNet()
    kept = {k: v for k, v in arrays.items() if k in net.state_dict()}
    kept["conv1.weight"] = kept["conv1.weight"].flip(1) * 255
    net.load_state_dict(kept)
    return net.eval().requires_grad_(False)
