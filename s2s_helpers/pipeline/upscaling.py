"""Pictures at 2, 4 or 8 times their size, of any size (chapter 18_superresolution)."""

import sys
from itertools import product
from typing import cast

import torch
from skimage.exposure import match_histograms
from torch import nn
from tqdm.auto import tqdm

from ..images import MAX_PIXELS, PictureError, check_range

TILE = 192  # pixels of the small picture: about 0.2 GB at a time, for a factor of 8


def upscale(net: nn.Module, picture: torch.Tensor, tile: int = TILE) -> torch.Tensor:
    """``net(picture)`` of (N, 3, H, W) in [0, 1], in tiles, where the weights of ``net`` are: the memory is that of one
    tile and of the result.

    Equal to the whole in one pass up to rounding, since what a pixel becomes depends on ``net.reach`` pixels around it
    and on no others; so many are given to each tile, and cut off again. Raises PictureError for what is no picture in
    [0, 1] and for a result of more than ``images.MAX_PIXELS``.
    """
    check_range(picture)
    n, _, height, width = picture.shape
    f, reach = cast(int, net.factor), cast(int, net.reach)
    if height * width * f * f > MAX_PIXELS:
        size = f"{width}x{height}, {f} times larger, has more than the {MAX_PIXELS // 1_000_000} megapixels"
        raise PictureError(f"{size} that are written; choose a smaller factor, or cut out a part")
    device = next(net.parameters(), picture).device
    made = picture.new_empty(n, 3, height * f, width * f)
    places = list(product(range(0, height, tile), range(0, width, tile)))
    shown = len(places) > 1 and sys.stderr.isatty()  # disable=None of tqdm would have more weight than TQDM_DISABLE
    for top, left in tqdm(places, desc="upscale", unit="tile") if shown else places:
        bottom, right = min(top + tile, height), min(left + tile, width)
        above, before = max(0, top - reach), max(0, left - reach)
        with torch.inference_mode():
            part = net(picture[..., above : bottom + reach, before : right + reach].to(device))
        inner = part[..., (top - above) * f : (bottom - above) * f, (left - before) * f : (right - before) * f]
        made[..., top * f : bottom * f, left * f : right * f] = inner
    return made


def match_colors(made: torch.Tensor, small: torch.Tensor) -> torch.Tensor:
    """``made`` with the histograms of ``small``, channel by channel; both (N, 3, H, W), of any sizes.

    Johnson et al. 2016 match the result to the low-resolution input at the end, because the feature loss does not see
    a small change of all colors.
    """
    pairs = zip(made.movedim(1, -1).numpy(), small.movedim(1, -1).numpy(), strict=True)
    matched = [match_histograms(x, like, channel_axis=-1) for x, like in pairs]
    return torch.stack([torch.from_numpy(x).float() for x in matched]).movedim(-1, 1).clamp(0, 1).contiguous()
