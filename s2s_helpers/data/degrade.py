"""How a picture loses its detail: what super-resolution is trained to undo (chapter 18_superresolution).

A network learns to undo the one degradation that it has seen. So each has a name, and scores name it.
"""

from typing import Literal, get_args

import torch
from scipy.ndimage import gaussian_filter

from ..images import resize

Degradation = Literal["bicubic", "blurred"]
SIGMA = 1.0  # pixels of the large picture: Johnson et al. 2016, section 4.2


def degrade(x: torch.Tensor, factor: int, degradation: Degradation = "bicubic") -> torch.Tensor:
    """Pictures (N, 3, H, W) at 1 / ``factor`` of their size, in steps of 1/255, as a file holds them.

    "bicubic": smoothed and sampled by the cubic kernel with a = -1/2, as the files of the benchmark Set5 were made.
    Inside, those of factor 4 and ours differ by one step of 255 in a tenth of the values; in the two outermost pixels
    by more, because MATLAB mirrors the picture there and torch does not. "blurred": before that, a Gaussian blur of
    ``SIGMA``, as Johnson et al. have it.

    Raises ValueError for another degradation, and unless H and W are multiples of ``factor``.
    """
    if degradation not in get_args(Degradation):
        raise ValueError(f"no degradation named {degradation}; there are {', '.join(get_args(Degradation))}")
    height, width = x.shape[-2:]
    if height % factor or width % factor:
        raise ValueError(f"{width}x{height}: both sides must be multiples of {factor}; see cut_to_multiple")
    if degradation == "blurred":
        x = torch.from_numpy(gaussian_filter(x.numpy(), (0, 0, SIGMA, SIGMA), mode="mirror"))
    return resize(x, (height // factor, width // factor)).mul(255).round().div(255)


def cut_to_multiple(x: torch.Tensor, factor: int) -> torch.Tensor:
    """Pictures (N, 3, H, W) without the last rows and columns that make no whole ``factor``."""
    height, width = (side // factor * factor for side in x.shape[-2:])
    return x[..., :height, :width]
