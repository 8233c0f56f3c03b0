"""Adam of Kingma and Ba (2015, arXiv 1412.6980) in one pass over the memory (chapter 19_speed_and_scale).

Its learning rate is set at each step by ``training.Training``.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn


class Adam(torch.optim.Adam):
    """``torch.optim.Adam(fused=True)`` that sees weights, gradients and means as they lie in memory.

    What is not in torch's default layout, such as a convolution's weights in channels_last, torch copies before each
    step: half of the time of a large network. An order of the axes in which nothing has to be copied changes no number,
    since Adam treats every number alone. ``state_dict`` is that of ``torch.optim.Adam``.
    """

    def __init__(self, weights: Iterable[nn.Parameter], lr: float, betas: tuple[float, float] = (0.9, 0.999)):
        super().__init__(weights, lr, betas, fused=True)

    def _init_group(self, group: dict[str, Any], weights: list[torch.Tensor], *others: list[torch.Tensor]) -> bool:
        is_complex = super()._init_group(group, weights, *others)  # type: ignore[no-untyped-call]
        orders = [sorted(range(w.dim()), key=w.stride, reverse=True) for w in weights]
        gradients, means, squares, _, _ = others
        for tensors in (weights, gradients, means, squares):
            tensors[:] = [x.permute(order) for x, order in zip(tensors, orders, strict=True)]
        return is_complex
