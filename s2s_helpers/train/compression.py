"""Where ``pocket`` begins: VGG-16, made smaller layer by layer (chapter 10_perceptual_losses).

Two things are done, both by what the layers do with pictures and not by their weights alone. Of the channels of a layer
those stay from which the next layer's responses can be told best (He et al. 2017, arXiv 1707.06168, who choose by
LASSO). And a convolution becomes three thin ones: its responses lie near the space of their leading principal
components (Zhang et al. 2016, arXiv 1505.06798), so few filters are enough, and few directions of the input matter to
these. All weights are found by least squares, from what is left of the layer before. So what a training from chance
does not reach in hours is there in two minutes.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import nn
from torch.nn.functional import pad, relu

from ..nets.loss_network import Pocket
from ..nets.vgg import VGG

STRENGTHS = (0.1, 0.1, 0.1, 0.3, 0.3, 1.0, 1.0, 1.0)  # of ``rectified``, from rough to fine
RIDGE = 1e-4  # of the mean energy of a channel, added to that of each: directions without energy get no weight


def rows(x: torch.Tensor) -> torch.Tensor:
    """Features (N, C, H, W) as one row for each place, (N * H * W, C)."""
    return x.permute(0, 2, 3, 1).flatten(0, 2)


def moment(xs: Sequence[torch.Tensor]) -> torch.Tensor:
    """The products of the channels of features (N, C, H, W), summed over all places: (C, C), float64."""
    return torch.stack([rows(x).T @ rows(x) for x in xs]).sum(dim=0).double()


def with_ridge(matrix: torch.Tensor) -> torch.Tensor:
    """A matrix of products (C, C) with a little energy in every direction."""
    return matrix + RIDGE * matrix.diagonal().mean() * torch.eye(len(matrix), dtype=matrix.dtype)


def patches(x: torch.Tensor, size: int) -> torch.Tensor:
    """What a convolution of ``size``, odd, sees of (N, C, H, W) at each place, and a one for its bias:
    (N * H * W, size^2 C + 1).
    """
    p = size // 2
    seen = (
        pad(x, (p, p, p, p)).unfold(2, size, 1).unfold(3, size, 1).permute(0, 2, 3, 1, 4, 5).reshape(len(rows(x)), -1)
    )
    return torch.cat([seen, torch.ones(len(seen), 1)], dim=1)


def least_squares(conv: nn.Conv2d, given: Sequence[torch.Tensor], wanted: Sequence[torch.Tensor]) -> None:
    """Give ``conv`` the weights by which features ``given`` (N, A, H, W) lead to those ``wanted`` (N, B, H, W) best.

    A convolution without a bias leaves out what the bias would add.
    """
    products, towards = torch.zeros(()), torch.zeros(())
    for x, y in zip(given, wanted, strict=True):
        seen = patches(x, conv.kernel_size[0])
        products, towards = products + (seen.T @ seen).double(), towards + (seen.T @ rows(y)).double()
    solved = torch.linalg.solve(with_ridge(products), towards).T
    conv.weight.copy_(solved[:, :-1].view_as(conv.weight))
    if conv.bias is not None:
        conv.bias.copy_(solved[:, -1])


def choose(products: torch.Tensor, filters: torch.Tensor, n: int) -> torch.Tensor:
    """The numbers of ``n`` channels from which the responses of ``filters`` (B, C, 3, 3) can be told best.

    ``products`` (C, C) are the ``moment`` of the channels. One channel after the other is taken: that which leaves
    least of the responses untold.
    """
    if n == len(products):
        return torch.arange(n)
    sight = torch.einsum("oikl,ojkl->ij", filters, filters).double()
    left, smallest = with_ridge(products), 1e-9 * products.diagonal().max()
    chosen: list[int] = []
    for _ in range(n):
        told = (left @ sight * left).sum(dim=1) / left.diagonal().clamp(min=smallest)
        told[chosen] = -1
        j = int(told.argmax())
        left = left - torch.outer(left[j], left[j]) / left[j, j].clamp(min=smallest)
        chosen.append(j)
    return torch.tensor(sorted(chosen))


def directions(products: torch.Tensor, filters: torch.Tensor, n: int) -> torch.Tensor:
    """The ``n`` directions of an input of ``moment`` (C, C) that ``filters`` (B, C, 3, 3) answer to most; (n, C).

    They are orthonormal: what is faint in the input is not made loud, and a training finds nothing to blow up.
    """
    values, vectors = torch.linalg.eigh(with_ridge(products))
    root, inverse = (vectors * values**power @ vectors.T for power in (0.5, -0.5))
    places = filters.permute(0, 2, 3, 1).flatten(0, 2).double()
    return torch.linalg.qr((torch.linalg.svd(places @ root, full_matrices=False).Vh[:n] @ inverse).T).Q.T


def components(responses: Sequence[torch.Tensor], n: int) -> torch.Tensor:
    """The ``n`` leading principal components of responses (N, C, H, W) about their mean: (n, C), orthonormal."""
    count = sum(len(rows(y)) for y in responses)
    mean = torch.stack([rows(y).sum(dim=0) for y in responses]).sum(dim=0) / count
    centered = [y - mean.view(1, -1, 1, 1) for y in responses]
    return torch.linalg.eigh(moment(centered)).eigenvectors[:, -n:].T


def rectified(wanted: torch.Tensor, found: torch.Tensor, strength: float) -> torch.Tensor:
    """What a linear layer shall answer instead of ``wanted``, if only what the ReLU behind it lets through counts.

    The z that minimizes (relu(z) - relu(wanted))^2 + ``strength`` (z - ``found``)^2, ``found`` being its answer now
    (Zhang et al. 2016, section 3.2). So no effort goes into how far below zero a response lies.
    """
    through = relu(wanted)
    below = found.clamp(max=0)
    above = ((through + strength * found) / (1 + strength)).clamp(min=0)
    costs = [(relu(z) - through).square() + strength * (z - found).square() for z in (below, above)]
    return torch.where(costs[0] < costs[1], below, above)


def fit(
    convs: nn.Sequential, filters: torch.Tensor, given: Sequence[torch.Tensor], wanted: Sequence[torch.Tensor]
) -> None:
    """Give the convolutions of a layer weights by which ``given`` leads to ``wanted``; ``filters`` are VGG's own."""
    layers = cast(dict[str, nn.Conv2d], dict(convs.named_children()))
    if down := layers.get("down"):
        down.weight.copy_(directions(moment(given), filters, down.out_channels)[..., None, None])
        given = [down(x) for x in given]
    conv = layers["conv"]
    if not (up := layers.get("up")):
        return least_squares(conv, given, wanted)
    basis = components(wanted, conv.out_channels).float()
    least_squares(conv, given, [torch.einsum("nchw,kc->nkhw", y, basis) for y in wanted])
    thin = [conv(x) for x in given]
    least_squares(up, thin, wanted)
    for strength in STRENGTHS:
        least_squares(up, thin, [rectified(y, up(x), strength) for x, y in zip(thin, wanted, strict=True)])


@torch.no_grad()
def compress(vgg: VGG, pocket: Pocket, pictures: Sequence[torch.Tensor]) -> None:
    """Give ``pocket`` channels of ``vgg``, and weights by which it has their values for ``pictures`` (N, 3, H, W)."""
    real, ours = ([x - net.mean for x in pictures] for net in (vgg, pocket))
    filters = {name: cast(torch.Tensor, vgg.convs[name].weight) for name in pocket.names}
    following = dict(zip(pocket.names, pocket.names[1:], strict=False))
    before = torch.arange(3)
    for name in pocket.names:
        if name.endswith("_1") and name != "relu1_1":
            real, ours = ([vgg.pool(x, 2) for x in xs] for xs in (real, ours))
        responses = [vgg.convs[name](x) for x in real]
        real = [relu(y) for y in responses]
        # Behind the last layer nothing follows; there each channel counts for itself.
        after = filters[following[name]] if name in following else torch.eye(len(filters[name]))[..., None, None]
        kept = choose(moment(real), after, len(pocket.kept(name)))
        fit(
            cast(nn.Sequential, pocket.convs[name]),
            filters[name][kept][:, before],
            ours,
            [y[:, kept] for y in responses],
        )
        pocket.kept(name).copy_(kept)
        ours, before = [relu(pocket.convs[name](x)) for x in ours], kept


@torch.no_grad()
def rescale(pocket: Pocket, factors: Mapping[str, float]) -> None:
    """Multiply the features of each layer by its factor, above 0: a ReLU and a pooling let it through."""
    before = 1.0
    for name in pocket.names:
        convs = cast(Sequence[nn.Conv2d], pocket.convs[name])
        convs[0].weight.mul_(factors[name] / before)  # so what lies between thin convolutions is multiplied too
        cast(torch.Tensor, convs[-1].bias).mul_(factors[name])
        before = factors[name]
