"""What moves from one frame of a film to the next (chapter 15_live_controls).

Pictures are (1, 3, H, W), RGB, in [0, 1]. A flow is (1, 2, H, W): for each pixel of the frame now, how many pixels
to the right and down of it the same point lay in the frame before.
"""

from typing import Literal

import numpy as np
import torch
from skimage.registration import optical_flow_ilk
from torch.nn.functional import avg_pool2d, grid_sample

from ..data.sketches import gray
from ..images import shrunk

LONGEST = 512  # pixels of the longer side at which the flow is looked for: finer than a pixel and bearable in time
RADIUS = 7  # of the window within which all moves alike; scikit-image's default
NOISE = 5  # side of the square over which frames are averaged before they are compared
TOLERANCE = 0.06  # mean difference of the averages, 15 of 255 steps, from which on two places are not the same point


def optical_flow(before: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
    """The flow between two frames, by iterated Lucas-Kanade (Le Besnerais and Champagnat 2005)."""
    height, width = now.shape[-2:]
    reference, moving = (gray(shrunk(x, LONGEST))[0] for x in (now, before))
    small = reference.shape
    down, right = optical_flow_ilk(reference, moving, radius=RADIUS, dtype=np.float32)
    flow = torch.from_numpy(np.stack([right * width / small[1], down * height / small[0]]))[None]
    return torch.nn.functional.interpolate(flow, (height, width), mode="bilinear", align_corners=False)


def warped(before: torch.Tensor, flow: torch.Tensor, padding: Literal["border", "zeros"] = "border") -> torch.Tensor:
    """What was ``before``, (1, C, H, W), moved to where it is now, bilinear; ``padding`` is what lay outside."""
    height, width = flow.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    # grid_sample counts from the outer edge of the first pixel, -1, to that of the last, 1
    grid = torch.stack([(x + flow[0, 0] + 0.5) * 2 / width - 1, (y + flow[0, 1] + 0.5) * 2 / height - 1], dim=-1)
    return grid_sample(before, grid[None], mode="bilinear", padding_mode=padding, align_corners=False)


def seen_before(before: torch.Tensor, now: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    """How surely each pixel shows the same point in both frames, (1, 1, H, W), 1 to 0.

    What came into view was outside of the frame before, or differs from what is moved there.
    """
    smooth = [avg_pool2d(x, NOISE, 1, NOISE // 2, count_include_pad=False) for x in (warped(before, flow), now)]
    apart = (smooth[0] - smooth[1]).abs().mean(dim=1, keepdim=True)
    inside = warped(torch.ones_like(now[:, :1]), flow, "zeros")
    return inside * (1 - apart / TOLERANCE).clamp(0, 1)


def warping_error(before: torch.Tensor, now: torch.Tensor, flow: torch.Tensor, edge: int = 8) -> float:
    """How much two painted frames (1, 3, H, W) of a film differ where they show the same: mean |now - m(before)|.

    ``flow``, (1, 2, H, W) as ``optical_flow`` gives it, is the flow m of what is seen; at its best the true one,
    as of a pan that was made. Without the ``edge`` outermost pixels, where new things come into view; 0 is steady. The
    warping error of Lai et al. 2018 (arXiv 1808.00449, section 4), there squared.
    """
    apart = (now - warped(before, flow)).abs()
    return apart[..., edge:-edge, edge:-edge].mean().item()
