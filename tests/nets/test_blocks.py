import torch
from torch import nn

from s2s_helpers.nets.blocks import Double, InstanceNorm, initialize_gan, instance_norm, join


def test_instance_norm_equals_torch():
    x = torch.randn(3, 5, 7, 6)
    gain, shift = torch.rand(5), torch.rand(5)
    ours = instance_norm(x, gain.expand(3, -1), shift.expand(3, -1))
    assert torch.allclose(ours, nn.functional.instance_norm(x, weight=gain, bias=shift), atol=1e-5)


def test_instance_norm_keeps_the_layout():
    x = torch.randn(2, 8, 16, 16).contiguous(memory_format=torch.channels_last)
    assert InstanceNorm(8)(x).is_contiguous(memory_format=torch.channels_last)


def test_resize_has_no_checkerboard_and_transpose_has():
    """A constant map enlarged: away from the border only the transposed convolution alternates."""
    torch.manual_seed(0)
    x = torch.ones(1, 4, 8, 8)
    for upsampling, alternates in (("resize", False), ("transpose", True)):
        y = Double(4, 1, upsampling, bias=False)(x)[0, 0, 2:-2, 2:-2]
        assert y.shape == (12, 12)
        assert (y.std() > 1e-4) == alternates


def test_double_doubles_with_both_kernels_of_the_sources():
    for size in (3, 4):
        double = Double(4, 2, "transpose", bias=True, size=size)
        assert double.conv.kernel_size == (size, size) and double(torch.rand(1, 4, 5, 7)).shape == (1, 2, 10, 14)


def test_gradients_of_joined_channels_have_no_gaps():
    parts = [torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last).requires_grad_() for _ in range(2)]
    inner = [part * 1 for part in parts]
    seen = []
    joined = join(*inner)
    for part in inner:
        part.register_hook(seen.append)
    gain = torch.randn(2, 6, 4, 4).contiguous(memory_format=torch.channels_last)
    (joined * gain).sum().backward()
    assert all(g.is_contiguous(memory_format=torch.channels_last) for g in seen) and len(seen) == 2
    assert torch.equal(torch.cat([part.grad for part in parts], dim=1), gain)


def test_gan_initialization():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(64, 64, 4), nn.BatchNorm2d(4096))
    initialize_gan(net)
    assert abs(net[0].weight.std().item() - 0.02) < 1e-3 and net[0].bias.abs().max() == 0
    assert abs(net[1].weight.mean().item() - 1) < 2e-3 and abs(net[1].weight.std().item() - 0.02) < 1e-3
