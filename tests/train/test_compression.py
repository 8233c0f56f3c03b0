"""Where pocket begins: the channels that are kept, the directions that are seen, the weights that give them."""

import pytest
import torch
from small_trainings import PARTS, vgg

from s2s_helpers.nets.loss_network import Part, Pocket
from s2s_helpers.train.compression import choose, components, compress, directions, least_squares, rectified, rescale


@pytest.fixture
def pictures(crops):
    return [crops(0, k, 8, 32) for k in range(6)]


@pytest.mark.parametrize("size", [1, 3])
def test_least_squares_finds_the_convolution_again(size):
    torch.manual_seed(0)
    conv, found = (torch.nn.Conv2d(3, 4, size, padding=size // 2).requires_grad_(False) for _ in range(2))
    xs = [torch.rand(2, 3, 9, 7) for _ in range(3)]
    least_squares(found, xs, [conv(x) for x in xs])
    assert torch.allclose(found.weight, conv.weight, atol=0.01) and torch.allclose(found.bias, conv.bias, atol=0.01)


def test_channels_are_chosen_by_what_the_next_layer_loses():
    """Channel 0 is told by channel 1, nobody listens to channel 2, and channel 3 is faint but heard loudly."""
    scale = torch.tensor([1.0, 2.0, 5.0, 0.1])
    products = torch.outer(scale, scale) * torch.tensor([[1.0, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    filters = torch.tensor([[1.0, 1, 0, 0], [0, 0, 0, 100]])[..., None, None]
    assert set(choose(products.double(), filters, 2).tolist()) - {0, 1} == {3}


def test_directions_are_those_that_the_filters_hear():
    """Of three channels the loudest is not heard, the second is heard faintly, the third well."""
    products = torch.tensor([100.0, 4.0, 1.0]).diag().double()
    filters = torch.tensor([[0.0, 0.1, 0], [0, 0, 1]])[..., None, None]
    found = directions(products, filters, 1)[0]
    assert found[2].abs() > 0.99 * found.norm()


def test_components_are_those_of_the_variance_and_not_of_the_mean():
    torch.manual_seed(0)
    x = torch.randn(4, 3, 5, 5) * torch.tensor([1.0, 3.0, 0.1]).view(1, 3, 1, 1) + torch.tensor([0, 0, 50.0]).view(
        1, 3, 1, 1
    )
    found = components([x[:2], x[2:]], 2)
    assert torch.allclose(found @ found.T, torch.eye(2, dtype=found.dtype), atol=1e-6)
    assert found[:, 2].abs().max() < 0.05 and found[1, 1].abs() > 0.9


def test_only_what_the_relu_lets_through_counts():
    """Below zero any answer below zero is right; above, the answer goes a part of the way to what is wanted."""
    wanted, found = torch.tensor([-5.0, -5.0, 2.0, 2.0]), torch.tensor([-1.0, 0.5, 1.0, -0.5])
    assert torch.allclose(rectified(wanted, found, 1.0), torch.tensor([-1.0, 0.25, 1.5, 0.75]))
    assert torch.allclose(rectified(wanted, found, 1e-6), torch.tensor([-1.0, 0.0, 2.0, 2.0]), atol=1e-4)


def test_what_keeps_every_channel_is_the_whole_network(pictures):
    real = vgg()
    parts = {name: Part(conv.out_channels) for name, conv in real.convs.items()}
    parts["relu3_2"] = Part(16, narrow=16, wide=16)
    whole = Pocket(parts=parts)
    compress(real, whole, pictures)
    with torch.no_grad():
        theirs, ours = real(pictures[0], real.names), whole(pictures[0], real.names)
    for name in real.names:
        assert torch.equal(whole.kept(name), torch.arange(theirs[name].shape[1]))
        assert (theirs[name] - ours[name]).norm() < 0.02 * theirs[name].norm(), name


def test_the_kept_channels_have_their_values(pictures):
    real, part = vgg(), Pocket(parts=PARTS)
    compress(real, part, pictures)
    with torch.no_grad():
        theirs, ours = real(pictures[0], real.names), part(pictures[0], real.names)
    for name in real.names:
        kept = theirs[name][:, part.kept(name)]
        assert (kept - ours[name]).norm() < 0.3 * kept.norm(), name


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_rescaled_features(pooling, pictures):
    """What lies between thin convolutions is rescaled too: a training shall find no weights that are much larger."""
    net = Pocket(pooling, PARTS)
    factors = {name: 2.0 ** (i - 4) for i, name in enumerate(net.names)}
    between = []
    net.convs["relu4_2"].down.register_forward_hook(lambda _, __, z: between.append(z))
    with torch.no_grad():
        before = net(pictures[0], net.names)
        rescale(net, factors)
        after = net(pictures[0], net.names)
    assert all(torch.equal(before[name] * factors[name], after[name]) for name in net.names)
    assert torch.equal(between[0] * factors["relu4_2"], between[1])
