import pytest
import torch

from s2s_helpers.nets.superres import FACTORS, PaperSuperResNet, Residual, SuperResNet, enlarge, super_res_net


def taught(net):
    """A network that has something to add."""
    torch.manual_seed(0)
    torch.nn.init.normal_(net.last.weight, std=0.02)
    return net


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("architecture", ["book", "paper"])
def test_shape_and_range_for_any_size(factor, architecture):
    torch.manual_seed(0)
    net = super_res_net(factor, architecture, base=4, residuals=1).eval()
    for height, width in ((1, 1), (5, 3), (12, 17)):
        made = net(torch.rand(2, 3, height, width))
        assert made.shape == (2, 3, factor * height, factor * width) and made.dtype == torch.float32
        assert 0 <= made.min() and made.max() <= 1


def test_untrained_it_is_the_bicubic_enlargement():
    x = torch.rand(1, 3, 9, 11)
    assert torch.equal(SuperResNet(4, base=4).eval()(x), enlarge(x, 4).clamp(0, 1))
    assert not torch.allclose(taught(SuperResNet(4, base=4)).eval()(x), enlarge(x, 4).clamp(0, 1), atol=1e-3)


def test_training_sees_what_is_cut_off_afterwards():
    x = torch.zeros(1, 3, 8, 8)
    x[..., 4:] = 1
    net = SuperResNet(4, base=4)
    assert net.train()(x).max() > 1 and net.train()(x).min() < 0
    assert net.eval()(x).max() == 1 and net.eval()(x).min() == 0


def test_the_kernel_of_the_enlargement():
    """One white pixel spread by the cubic kernel with a = -1/2: at 1/2 - 1/8 pixels from it, for a factor of 4."""
    x = torch.zeros(1, 3, 1, 9)
    x[..., 4] = 1
    a, d = -0.5, 0.375
    expected = (a + 2) * d**3 - (a + 3) * d**2 + 1
    assert torch.allclose(enlarge(x, 4)[0, 0, 0, 16], torch.tensor(expected), atol=1e-4)


def test_the_paper_form_has_the_published_sizes():
    net = PaperSuperResNet(4).to("meta")
    x, sizes = torch.zeros(1, 3, 72, 72, device="meta"), []
    for layer in net.layers:
        x = layer(x)
        sizes.append(tuple(x.shape[1:3]))
    assert sizes == [(64, 72)] * 5 + [(64, 144), (64, 288), (3, 288)]
    assert [len(PaperSuperResNet(f, base=2).layers) for f in FACTORS] == [7, 8, 9]  # log2(f) of them are u64


@pytest.mark.parametrize("architecture", ["book", "paper"])
@pytest.mark.parametrize("factor", FACTORS)
def test_a_pixel_reaches_no_farther_than_it_says(architecture, factor):
    torch.manual_seed(0)
    net = super_res_net(factor, architecture, base=4, residuals=2).eval()
    if architecture == "book":
        taught(net)
    side = 2 * net.reach + 5
    x = torch.rand(1, 3, side, side, requires_grad=True)
    middle = net.reach + 2
    net(x)[..., middle * factor : (middle + 1) * factor, middle * factor : (middle + 1) * factor].sum().backward()
    seen = x.grad.abs().sum(dim=(0, 1, 3)).nonzero()[:, 0]
    assert middle - net.reach <= seen.min() and seen.max() <= middle + net.reach
    assert seen.max() - seen.min() > net.reach  # it does look around


def test_residual_adds_without_activation_after_it():
    for norm in (False, True):
        block, x = Residual(4, norm).eval(), torch.randn(1, 4, 6, 7)
        torch.nn.init.zeros_(block.body[3].weight), torch.nn.init.zeros_(block.body[3].bias)
        assert torch.allclose(block(x), x, atol=1e-6)
        assert any(isinstance(m, torch.nn.BatchNorm2d) for m in block.modules()) == norm


def test_another_factor_is_refused():
    with pytest.raises(ValueError, match="a factor of 3: there are 2, 4, 8"):
        super_res_net(3)
