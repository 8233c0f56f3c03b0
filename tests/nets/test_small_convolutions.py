"""The convolutions of a few pixels as products: the numbers and gradients of torch's, and where they are used."""

import pytest
import torch
from torch import nn

from s2s_helpers.nets import small_convolutions
from s2s_helpers.nets.blocks import CHANNELS_LAST
from s2s_helpers.nets.unet import UNet

PRODUCTS = {small_convolutions.Halving: nn.Conv2d, small_convolutions.Doubling: nn.ConvTranspose2d}


def both(kind, x: torch.Tensor, bias: bool, layout) -> list[list[torch.Tensor]]:
    """What ours and torch's layer of the same weights make of x, and the gradients."""
    torch.manual_seed(0)
    ours = kind(8, 6, bias).to(memory_format=layout)
    theirs = PRODUCTS[kind](8, 6, 4, 2, 1, bias=bias)
    theirs.load_state_dict(ours.state_dict())
    found = []
    for layer in (ours, theirs):
        seen = x.clone().requires_grad_()
        made = layer(seen)
        (made * torch.linspace(-1, 1, made.numel()).view(made.shape)).sum().backward()
        found.append([made, seen.grad, *(p.grad for p in layer.parameters())])
    return found


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", PRODUCTS)
@pytest.mark.parametrize("shape", [(1, 2, 2), (2, 4, 2), (3, 2, 8)])
def test_a_product_gives_what_torch_gives(kind, bias, layout, shape):
    n, *sides = shape
    ours, theirs = both(kind, torch.randn(n, 8, *sides, generator=torch.Generator().manual_seed(1)), bias, layout)
    assert len(ours) == 3 + bias
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.fixture
def torch_s(monkeypatch) -> list[nn.Module]:
    """The layers that torch's own convolutions were asked for, in that order."""
    called = []
    for kind in PRODUCTS.values():
        real = kind.forward
        monkeypatch.setattr(kind, "forward", lambda self, *a, real=real: called.append(self) or real(self, *a))
    return called


@pytest.mark.parametrize("kind", PRODUCTS)
def test_only_a_training_with_few_places_takes_the_product(kind, torch_s):
    layer = kind(3, 2, bias=True)
    side = round(kind.few**0.5) * (2 if kind is small_convolutions.Halving else 1)
    few, more = torch.rand(1, 3, side, side), torch.rand(2, 3, side, side)
    layer(few)
    assert torch_s == []
    layer(more)
    assert len(torch_s) == 1
    layer.eval()(few)
    assert len(torch_s) == 2


def test_weights_are_read_where_they_lie():
    weight = torch.rand(4, 3, 4, 4).to(memory_format=torch.channels_last)
    assert small_convolutions.matrix(weight).data_ptr() == weight.data_ptr()


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_a_u_net_learns_what_it_would_learn_from_torch_s_convolutions(norm, monkeypatch):
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(2)).to(**CHANNELS_LAST)
    gradients = []
    for few in (64, 0):
        monkeypatch.setattr(small_convolutions.Halving, "few", few)
        monkeypatch.setattr(small_convolutions.Doubling, "few", few)
        torch.manual_seed(0)
        net = UNet(8, 32, 6, norm, dropout=0.0).to(**CHANNELS_LAST)
        net(x).square().mean().backward()
        gradients.append([p.grad for p in net.parameters()])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-6)
