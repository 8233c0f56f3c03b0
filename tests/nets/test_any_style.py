"""A network for every painting: what it reads, what it is told, and what it begins with."""

import pytest
import torch
from any_painting import ARGUMENTS, any_style_net
from torch import nn

from s2s_helpers.nets.any_style import AnyStyleNet
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.transform import TransformNet

NET = any_style_net()
PAINTINGS = torch.rand(2, 3, 48, 64, generator=torch.Generator().manual_seed(1))


def test_the_norms_are_linear_in_the_embedding_of_the_painting():
    told = NET.embed(PAINTINGS)
    assert told.shape == (2, 7) and told[:, 0].eq(1).all() and (told[0] - told[1]).abs().max() > 0.01
    norm = NET.c9.norm
    expected = norm.weight[0] + told[0, 1:] @ norm.weight[1:]
    assert torch.allclose((told @ norm.weight)[0], expected)


def test_a_painting_is_read_as_means_and_deviations_of_the_style_layers():
    read = NET.statistics(PAINTINGS)
    features = NET.reader(PAINTINGS)
    assert read.shape == (2, 2 * sum(features[layer].shape[1] for layer in STYLE_LAYERS))
    first = features["relu1_2"]
    channels = first.shape[1]
    assert torch.allclose(read[:, :channels], first.mean(dim=(2, 3)).log1p())
    assert torch.allclose(read[:, channels : 2 * channels], first.std(dim=(2, 3), correction=0).log1p(), atol=1e-5)


def test_statistics_are_told_by_how_far_they_are_from_the_usual_ones():
    net = AnyStyleNet(**ARGUMENTS)
    paintings = list(torch.rand(6, 3, 32, 32).split(1))
    net.center_on(paintings)
    told = torch.cat([(net.statistics(x) - net.center) / net.spread for x in paintings])
    assert told.mean(dim=0).abs().max() < 1e-3
    moving = net.spread > 1e-3
    assert torch.allclose(told.std(dim=0)[moving], torch.ones(int(moving.sum())), atol=1e-2)


def test_it_begins_as_the_mean_of_the_styles_of_another_network():
    torch.manual_seed(3)
    painter = TransformNet(3, 4, full_size_skip=True, residual_limit=5.0)
    for value in painter.parameters():
        value.data += 0.1 * torch.randn_like(value)
    net = AnyStyleNet(**ARGUMENTS)
    net.adopt(painter)
    x, mean = torch.rand(1, 3, 32, 32), torch.full((1, 3), 1 / 3)
    shared = torch.eye(7)[:1]  # the 1 in front, and an embedding of zeros
    assert torch.allclose(net(x, shared), painter(x, mean), atol=1e-5)
    away = net.c9.norm.weight[1:].std()
    assert 0.6 < away / (painter.c9.norm.weight.std(dim=0).mean() / 6**0.5) < 1.8


def test_a_network_of_another_shape_is_no_beginning():
    with pytest.raises(ValueError, match="does not fit"):
        AnyStyleNet(**ARGUMENTS).adopt(TransformNet(3, 6, full_size_skip=True, residual_limit=5.0))


def test_only_what_is_to_learn_learns():
    net = AnyStyleNet(**ARGUMENTS)
    net(torch.rand(1, 3, 32, 32), net.embed(torch.rand(1, 3, 32, 32))).mean().backward()
    assert all(p.grad is None for p in net.reader.parameters())
    assert all(isinstance(p, nn.Parameter) and p.grad is not None for p in net.to_embedding.parameters())
