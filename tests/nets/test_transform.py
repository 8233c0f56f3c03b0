import pytest
import torch

from s2s_helpers.nets.transform import TransformNet


@pytest.fixture
def net():
    torch.manual_seed(0)
    return TransformNet(styles=3, base=4, residuals=2).eval()


def test_shape_and_range(net):
    made = net(torch.rand(2, 3, 20, 36), torch.eye(3)[:2])
    assert made.shape == (2, 3, 20, 36)
    assert 0 <= made.min() and made.max() <= 1


def test_each_picture_has_its_own_style(net):
    for module in net.modules():
        if hasattr(module, "gain"):
            torch.nn.init.normal_(module.gain)
    x = torch.rand(1, 3, 32, 32)
    both = net(x.expand(2, -1, -1, -1), torch.eye(3)[:2])
    assert torch.allclose(both[:1], net(x, torch.eye(3)[:1]), atol=1e-6)
    assert not torch.allclose(both[0], both[1], atol=1e-3)


@pytest.mark.parametrize("size", [(18, 32), (8, 8), (32, 33)])
def test_sizes_that_do_not_fit_are_refused(net, size):
    with pytest.raises(ValueError, match="multiples of 4"):
        net(torch.rand(1, 3, *size), torch.eye(3)[:1])
