import pytest
import torch

from s2s_helpers.nets.blocks import InstanceNorm
from s2s_helpers.nets.transform import ConditionalInstanceNorm, CroppedResidual, PaperTransformNet, TransformNet


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
        if isinstance(module, ConditionalInstanceNorm):
            torch.nn.init.normal_(module.weight)
    x = torch.rand(1, 3, 32, 32)
    both = net(x.expand(2, -1, -1, -1), torch.eye(3)[:2])
    assert torch.allclose(both[:1], net(x, torch.eye(3)[:1]), atol=1e-6)
    assert not torch.allclose(both[0], both[1], atol=1e-3)


@pytest.fixture
def adjustable():
    """One in which the weights matter."""
    torch.manual_seed(0)
    net = TransformNet(styles=3, base=4, residuals=2, full_size_skip=True, adjustable=True).eval()
    for name, value in net.named_parameters():
        if name.endswith(("norm.weight", "norm.bias", "share", "side.weight")):
            torch.nn.init.normal_(value)
    return net


def test_only_the_ratios_of_the_weights_count_and_only_as_far_as_they_were_learned(adjustable):
    x, style = torch.rand(1, 3, 20, 24), torch.eye(3)[1:2]

    def made(*weights):
        return adjustable(x, style, torch.tensor([weights]))

    assert torch.equal(adjustable(x, style), made(1.0, 3.0, 0.1))
    assert torch.allclose(made(1.0, 5.0, 0.2), made(10.0, 50.0, 2.0), atol=1e-6)
    assert not torch.allclose(made(1.0, 5.0, 0.2), made(1.0, 1.0, 0.2), atol=1e-3)
    assert not torch.allclose(made(1.0, 5.0, 0.2), made(1.0, 5.0, 0.5), atol=1e-3)
    assert torch.allclose(made(1.0, 30.0, 0.01), made(1.0, 1e6, 0.0), atol=1e-6)  # cut at the ends


def test_each_picture_of_a_batch_has_its_own_weights(adjustable):
    x, style = torch.rand(2, 3, 16, 16), torch.eye(3)[:2]
    weights = torch.tensor([[1.0, 5.0, 0.1], [1.0, 0.2, 2.0]])
    alone = [adjustable(x[i : i + 1], style[i : i + 1], weights[i : i + 1]) for i in range(2)]
    assert torch.allclose(adjustable(x, style, weights), torch.cat(alone), atol=1e-6)


def test_a_network_that_is_not_adjustable_says_so(net):
    with pytest.raises(ValueError, match="take an adjustable one"):
        net(torch.rand(1, 3, 16, 16), torch.eye(3)[:1], torch.ones(1, 3))


@pytest.mark.parametrize("size", [(18, 32), (8, 8), (32, 33)])
def test_sizes_that_do_not_fit_are_refused(net, size):
    with pytest.raises(ValueError, match="multiples of 4"):
        net(torch.rand(1, 3, *size), torch.eye(3)[:1])


def test_the_paper_form_has_the_published_sizes_and_parameters():
    net = PaperTransformNet()
    assert sum(p.numel() for p in net.parameters()) == 1_679_235
    x, sizes = torch.zeros(1, 3, 256, 256, device="meta"), []
    for layer in net.to("meta").layers:
        x = layer(x)
        sizes.append(tuple(x.shape[1:3]))
    residual = [(128, 80), (128, 76), (128, 72), (128, 68), (128, 64)]
    assert sizes == [(3, 336), (32, 336), (64, 168), (128, 84), *residual, (64, 128), (32, 256), (3, 256)]


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("upsampling", ["transpose", "resize"])
@pytest.mark.parametrize("output", ["tanh", "tanh 150", "linear"])
def test_every_paper_form_keeps_shape_and_range(norm, upsampling, output):
    torch.manual_seed(0)
    net = PaperTransformNet(4, norm, upsampling, output)
    net.layers[-1].weight.data *= 300  # far from gray
    x = torch.rand(2, 3, 48, 60)
    trained, made = net(x), net.eval()(x)
    assert made.shape == x.shape and made.dtype == torch.float32
    assert 0 <= made.min() < 0.05 and 0.95 < made.max() <= 1
    beyond = {"tanh": (0, 1), "tanh 150": (-47 / 255, 274 / 255), "linear": (-999, 999)}[output]
    assert beyond[0] <= trained.min() and trained.max() <= beyond[1]
    assert (trained.min() < 0 and 1 < trained.max()) == (output != "tanh")  # training sees what was cut off
    assert any(isinstance(m, InstanceNorm) for m in net.modules()) == (norm == "instance")
    assert any(isinstance(m, torch.nn.ConvTranspose2d) for m in net.modules()) == (upsampling == "transpose")


def test_cropped_residual_adds_the_middle_and_has_no_activation_after_it():
    torch.manual_seed(0)
    block, x = CroppedResidual(4, "batch").eval(), torch.randn(1, 4, 9, 8)
    for layer in block.body[1:]:  # the body says nothing: what comes out is the middle, negative values too
        torch.nn.init.zeros_(layer.weight), torch.nn.init.zeros_(layer.bias)
    assert torch.equal(block(x), x[..., 2:-2, 2:-2])
    torch.nn.init.ones_(block.body[2].bias)
    assert torch.allclose(block(x), x[..., 2:-2, 2:-2] + 1)


def test_a_picture_moved_by_four_pixels_is_painted_the_same_away_from_its_border():
    """The paddings are so that what comes out lies where it was: nothing is shifted."""
    torch.manual_seed(0)
    net, x = PaperTransformNet(4).eval(), torch.rand(1, 3, 256, 256)
    moved = torch.roll(x, (4, 8), dims=(2, 3))
    with torch.no_grad():
        a, b = net(x)[..., 120:140, 120:140], net(moved)[..., 124:144, 128:148]
    assert torch.allclose(a, b, atol=1e-5) and a.std() > 1e-3


@pytest.mark.parametrize("size", [(40, 64), (62, 64), (64, 33)])
def test_sizes_that_do_not_fit_the_paper_form_are_refused(size):
    with pytest.raises(ValueError, match="multiples of 4, 44 or more"):
        PaperTransformNet(4)(torch.rand(1, 3, *size))


def test_no_residual_block_adds_more_than_the_limit():
    torch.manual_seed(0)
    free, held = (TransformNet(styles=1, base=4, residuals=1, residual_limit=limit).r[0] for limit in (None, 2.0))
    held.load_state_dict(free.state_dict())
    x, one = torch.zeros(1, 16, 12, 12), torch.ones(1, 1)
    x[..., 6, 6] = 50  # a place that stands out by far
    added, without = held(x, one) - x, free(x, one) - x
    assert added.abs().max() <= 2 < without.abs().max()
    for block in (free, held):  # where it is not reached, the limit changes nothing
        torch.nn.init.constant_(block.first.norm.weight, 0.1)
        torch.nn.init.constant_(block.second.norm.weight, 0.1)
    assert torch.equal(held(x, one), free(x, one))
