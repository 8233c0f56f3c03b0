"""Scores of pictures against true pictures, each naming its protocol (chapter 02_structured_losses).

All take pictures (N, 3, H, W), RGB, in [0, 1], and give one value for each, (N,).
"""

import numpy as np
import torch
from skimage.color import rgb2lab

BINS = 101  # over the range of each channel; odd, so that neutral gray lies inside a bin. Isola et al. name no number
LAB_RANGES = ((0, 100), (-110, 110), (-110, 110))


def l1(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference over pixels and channels, 0 to 1; smaller is better."""
    return (made.float() - true.float()).abs().mean(dim=(1, 2, 3))


def lab_histograms(x: torch.Tensor) -> np.ndarray:
    """The (N, 3, BINS) histograms of L, a and b (CIE 1976, D65), each summing to 1."""
    lab = rgb2lab(x.permute(0, 2, 3, 1).double().numpy())
    counts = [
        [np.histogram(one[..., c], BINS, LAB_RANGES[c])[0] for c in range(3)] for one in lab
    ]
    return np.array(counts) / lab[0, ..., 0].size


def histogram_intersection(made: torch.Tensor, true: torch.Tensor) -> np.ndarray:
    """The share of colors that two pictures have in common in L, a and b; (N, 3), 1 is best.

    Swain and Ballard 1991, eq 1, on the marginal histograms of each picture and its true picture. Isola
    et al. 2017 (figure 7) pool the pixels of the whole test set instead: ``pooled_intersection``.
    """
    return np.minimum(lab_histograms(made), lab_histograms(true)).sum(axis=-1)


def pooled_intersection(made: torch.Tensor, true: torch.Tensor) -> np.ndarray:
    """The intersection of the histograms of all pictures together, in L, a and b; (3,), 1 is best."""
    return np.minimum(lab_histograms(made).mean(axis=0), lab_histograms(true).mean(axis=0)).sum(axis=-1)
