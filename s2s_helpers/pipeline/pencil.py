"""A photo as a person would draw it: the lines that the network ``pencil`` finds (chapter 01_sketches_and_pictures)."""

import torch
from torch import nn

from ..data.sketches import contours
from ..images import resize
from .sketch_to_style import apply

LARGEST = 512  # pixels of the longer side in which lines are looked for: in a larger picture a network finds textures


def pencil_sketch(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Photos (N, 3, H, W) as drawings of their size, of the lines that ``net``, an edge detector, finds.

    ``net`` maps (N, 3, H, W) to how sure it is of a line, (N, 1, H, W) in [0, 1]; the shipped one is
    ``zoo.load("pencil")``. Raises PictureError for what is no picture in [0, 1].
    """
    height, width = x.shape[-2:]
    scale = min(1.0, LARGEST / max(height, width))
    seen = resize(x, (max(1, round(scale * height)), max(1, round(scale * width))))
    return contours(resize(apply(net, seen), (height, width)))
