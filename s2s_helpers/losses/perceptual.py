"""Perceptual losses: content, style and total variation (chapter 10_perceptual_losses, eq 5-7 and 9).

They compare features, so they work with any loss network of ``nets/loss_network.py``.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch.nn.functional import avg_pool2d, pad


def content_loss(features: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Eq 6: the mean squared difference of two (N, C, H, W) features; one value for each picture, (N,)."""
    return (features.float() - target.float()).square().mean(dim=(1, 2, 3))


class GramMatrix(torch.autograd.Function):
    """Eq 7 with the gradient written out: a third of the work that differentiating the product would be.

    A Gram matrix of psi is a product of psi with itself, so autograd computes two products and adds them; here it is
    one, (dG + dG^T) psi / (C H W), in the precision and the memory layout that the features have.
    """

    @staticmethod
    def forward(context: Any, features: torch.Tensor) -> torch.Tensor:
        context.save_for_backward(features)
        with torch.autocast(features.device.type, enabled=False):  # which would turn the product into 16 bits
            psi = features.float().flatten(2)
            return psi @ psi.mT / features[0].numel()

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        (features,) = context.saved_tensors
        both = (gradient + gradient.mT) / features[0].numel()
        by_pixel = features.flatten(2).mT @ both.to(features.dtype)  # (N, H W, C): as channels_last has it
        return by_pixel.mT.reshape(features.shape)


def gram_matrix(features: torch.Tensor) -> torch.Tensor:
    """Eq 7: the (N, C, C) inner products of the channels of (N, C, H, W), divided by C H W.

    Johnson et al. 2016, eq 3. Computed in float32 whatever the input: sums over all pixels overflow or
    lose digits in 16 bits.
    """
    apply: Callable[[torch.Tensor], torch.Tensor] = GramMatrix.apply
    return apply(features)


def style_loss(gram: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The squared Frobenius distance of two Gram matrices (N, C, C); one value for each picture, (N,).

    The two may come from pictures of different sizes, since a Gram matrix has no place in it.
    """
    return (gram - target).square().sum(dim=(1, 2))


def relative_error(value: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """|value - target|^2 / |target|^2, the squared norms over all but the first dimension; (N,).

    Eq 6 and 7 divided by what an empty picture would cost, so that all layers and styles count alike.
    """
    value, target = value.float().flatten(1), target.float().flatten(1)
    return (value - target).square().sum(dim=1) / (target.square().sum(dim=1) + 1e-12)


def distance(value: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """|value - target| / |target|, the root of ``relative_error``; (N,).

    Its gradient does not fade as the error does.
    """
    return (relative_error(value, target) + 1e-12).sqrt()


def perceptual_terms(
    picture: torch.Tensor,
    features: dict[str, torch.Tensor],
    content: dict[str, torch.Tensor],
    grams: dict[str, torch.Tensor],
    relative: bool,
) -> dict[str, torch.Tensor]:
    """The unweighted terms of eq 9, "content", "style" and "tv", each summed over its layers; (N,).

    ``features`` are those of ``picture`` (N, 3, H, W), ``content`` and ``grams`` the targets by layer; either may
    be empty, and its term is then missing. With ``relative`` each layer counts ``relative_error`` and the
    variation is ``total_variation``; without, they are eq 6 and 7 as they stand and ``squared_variation``.
    """
    none = torch.zeros(())
    terms = {}
    if content:
        compare = relative_error if relative else content_loss
        terms["content"] = sum((compare(features[layer], target) for layer, target in content.items()), none)
    if grams:
        between = relative_error if relative else style_loss
        terms["style"] = sum((between(gram_matrix(features[layer]), target) for layer, target in grams.items()), none)
    terms["tv"] = (total_variation if relative else squared_variation)(picture.float())
    return terms


def weighted(terms: Mapping[str, torch.Tensor], weights: Mapping[str, float]) -> dict[str, torch.Tensor]:
    """Every term times its weight; those of weight 0 are left out."""
    return {name: weights[name] * term for name, term in terms.items() if weights[name]}


def squared_variation(x: torch.Tensor) -> torch.Tensor:
    """Half the sum of squared differences of neighboring pixels of (N, 3, H, W), taken in units of 0..255; (N,).

    The form whose gradient the released code of Johnson et al. adds, for which weights of 1e-6 to 1e-4 are meant.
    """
    down, across = x[..., 1:, :] - x[..., :-1, :], x[..., :, 1:] - x[..., :, :-1]
    return 255**2 / 2 * (down.square().sum(dim=(1, 2, 3)) + across.square().sum(dim=(1, 2, 3)))


def total_variation(x: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference of neighboring pixels of (N, 3, H, W), down and across; (N,).

    The anisotropic form; a single row or column counts nothing in the direction that it lacks.
    """
    down = (x[..., 1:, :] - x[..., :-1, :]).abs()
    across = (x[..., :, 1:] - x[..., :, :-1]).abs()
    zero = x.new_zeros(len(x))
    return sum((d.mean(dim=(1, 2, 3)) for d in (down, across) if d.numel()), start=zero)


def grid_share(x: torch.Tensor, period: int = 8, cells: int = 10) -> torch.Tensor:
    """The part of the detail of (N, 3, H, W) that is the same in every cell of a grid of ``period`` pixels; (N,),
    0 to 1.

    A network that enlarges has a grid of its own, and a Gram matrix does not mind where strokes lie: so its fine
    texture settles on the grid, and is seen as a weave. Detail is what differs from the mean of its surroundings of
    one period; that which repeats is the mean over blocks of ``cells`` by ``cells`` cells, 1 / cells^2 by chance
    alone. Sides are cut to multiples of the period. Raises ValueError for a picture of less than one period.
    """
    n, c, height, width = x.shape
    rows, columns = height // period, width // period
    if not rows or not columns:
        raise ValueError(f"{height}x{width}: a grid of {period} pixels needs {period} pixels a side or more")
    x = x.float()[..., : rows * period, : columns * period]
    around = pad(x, (period // 2, (period - 1) // 2) * 2, mode="reflect")
    detail = x - avg_pool2d(around, period, stride=1)
    by_phase = detail.reshape(n, c, rows, period, columns, period).permute(0, 1, 3, 5, 2, 4).flatten(1, 3)
    repeated = avg_pool2d(by_phase, (min(cells, rows), min(cells, columns)))
    return repeated.square().mean(dim=(1, 2, 3)) / (detail.square().mean(dim=(1, 2, 3)) + 1e-8)
