"""A picture for tests of what moves."""

import torch
from scipy.ndimage import gaussian_filter


def world(height: int = 96, width: int = 128) -> torch.Tensor:
    """Smooth random colors, on which every place can be told from its neighbors."""
    noise = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    smooth = torch.from_numpy(gaussian_filter(noise.numpy(), (0, 0, 2, 2)))
    return (smooth - smooth.min()) / (smooth.max() - smooth.min())
