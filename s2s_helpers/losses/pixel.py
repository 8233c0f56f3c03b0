"""Losses that compare pictures pixel by pixel or window by window (chapter 03_structured_losses).

Pictures are (N, 3, H, W) in [0, 1]; a loss is one number, the mean over all of them. ValueError is raised for
pictures of different shapes.
"""

from typing import cast

import torch

from ..nets.checks import check_shapes


def l1_loss(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Eq 3: the mean absolute difference. Its best guess, where several answers are right, is their median."""
    check_shapes(made, true)
    return (made.float() - true.float()).abs().mean()


def l2_loss(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """The mean squared difference. Its best guess, where several answers are right, is their mean."""
    check_shapes(made, true)
    return (made.float() - true.float()).square().mean()


def ssim_loss(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """1 - SSIM (Wang et al. 2004), 0 to 2: brightness, contrast and structure of windows of 11x11 pixels."""
    check_shapes(made, true)
    from torchmetrics.functional.image import structural_similarity_index_measure as similarity

    return 1 - cast(torch.Tensor, similarity(made.float(), true.float(), data_range=1.0))
