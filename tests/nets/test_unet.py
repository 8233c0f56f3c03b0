import pytest
import torch
from torch import nn

from s2s_helpers.nets.unet import REFLECTED, EncoderDecoder, UNet


def test_paper_generator_has_the_published_number_of_parameters():
    # Isola et al. 2017, U-Net-256 without a norm on the bottleneck: 54.41 M
    assert sum(p.numel() for p in UNet().parameters()) == 54_414_531


def test_encoder_decoder_has_the_published_number_of_parameters():
    assert sum(p.numel() for p in EncoderDecoder().parameters()) == 39_076_035  # 39.08 M


def test_without_skips_all_goes_through_the_bottleneck():
    torch.manual_seed(0)
    for net, follows in ((UNet(base=4, cap=8, depth=4), True), (EncoderDecoder(base=4, cap=8, depth=4), False)):
        net.eval()
        net.down[-1].conv.weight.data.zero_()
        a, b = torch.rand(2, 1, 3, 32, 32)
        assert torch.equal(net(a), net(b)) != follows


def test_fine_skip_sees_the_sketch_at_full_size():
    """A stripe of single pixels, gray for a network that begins with half the size, moves the picture."""
    torch.manual_seed(0)
    net = UNet(base=4, cap=8, depth=3, full_size_skip=True, norm="instance").eval()
    for layer in net.up:
        layer.enlarge.conv.weight.data.zero_()
    stripes = torch.zeros(1, 3, 32, 32)
    stripes[..., ::2] = 1
    assert (net(stripes) - net(1 - stripes)).abs().max() > 1e-3
    assert net(torch.rand(2, 3, 64, 32)).shape == (2, 3, 64, 32)


def test_logits_have_one_channel_for_each_output():
    net = UNet(base=4, cap=8, depth=3, outputs=12)
    assert net.logits(torch.rand(2, 3, 32, 40)).shape == (2, 12, 32, 40)


@pytest.mark.parametrize("depth", [3, 6, 8])
@pytest.mark.parametrize("upsampling", ["transpose", "resize"])
def test_output_has_the_shape_and_range_of_a_picture(depth, upsampling):
    net = UNet(base=4, cap=8, depth=depth, upsampling=upsampling).eval()
    made = net(torch.rand(2, 3, 256, 512))
    assert made.shape == (2, 3, 256, 512)
    assert 0 <= made.min() and made.max() <= 1


def test_sizes_that_do_not_divide_are_refused():
    with pytest.raises(ValueError, match="multiples of 64"):
        UNet(base=4, depth=6)(torch.rand(1, 3, 64, 100))
    for depth in (2, 10):
        with pytest.raises(ValueError, match=f"depth {depth}: between 3 and 9"):
            UNet(depth=depth)


def test_nine_layers_see_512_pixels():
    made = UNet(base=4, cap=8, depth=9, norm="instance", upsampling="resize").eval()(torch.rand(1, 3, 512, 512))
    assert made.shape == (1, 3, 512, 512) and made.isfinite().all()


def test_skips_carry_what_the_bottleneck_cannot():
    """With every decoder layer but the last silenced, the output still follows the sketch."""
    torch.manual_seed(0)
    net = UNet(base=4, cap=8, depth=4).eval()
    for layer in net.up[:-1]:
        layer.enlarge.conv.weight.data.zero_()
    a, b = torch.rand(2, 1, 3, 32, 32)
    assert not torch.equal(net(a), net(b))


def test_instance_norm_makes_a_picture_independent_of_its_batch():
    torch.manual_seed(0)
    net = UNet(base=4, cap=8, depth=4, norm="instance", dropout=0.0)
    x = torch.rand(3, 3, 32, 32)
    assert torch.allclose(net(x)[:1], net(x[:1]), atol=1e-6)
    batch = UNet(base=4, cap=8, depth=4, norm="batch", dropout=0.0)
    assert not torch.allclose(batch(x)[:1], batch(x[:1]), atol=1e-4)


def test_dropout_is_the_noise_of_training_only():
    net = UNet(base=4, cap=8, depth=4)
    x = torch.rand(1, 3, 64, 64)
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))


@pytest.mark.parametrize("first", [0, 1])
def test_dropout_is_in_three_layers_of_the_decoder(first):
    up = UNet(base=4, cap=8, dropout_from=first).up
    places = [i for i, layer in enumerate(up) if isinstance(layer.dropout, nn.Dropout)]
    assert places == [first, first + 1, first + 2]


def test_hints_are_heard_and_may_be_left_out():
    net = UNet(4, 8, depth=3, norm="instance", full_size_skip=True, hints=True).eval()
    x, hints = torch.rand(1, 3, 32, 32), torch.zeros(1, 4, 32, 32)
    assert torch.equal(net(x), net(x, hints))
    hints[..., 8:16, 8:16] = 1
    assert not torch.equal(net(x), net(x, hints))
    hidden = hints.clone()
    hidden[:, 3] = 0  # a color that is nowhere
    assert torch.equal(net(x), net(x, hidden))


def test_a_generator_without_hints_says_so():
    with pytest.raises(ValueError, match="without color hints"):
        UNet(4, 8, depth=3)(torch.rand(1, 3, 32, 32), torch.zeros(1, 4, 32, 32))


@pytest.mark.parametrize("value", [0.2, 1.0])
def test_mirrors_beyond_the_border_leave_no_frame_around_blank_paper(value):
    """All levels of a small network are outer ones: what it makes of one color is one color up to the border."""
    paper = torch.full((1, 3, 32, 48), value)
    made = {}
    for reflect in (True, False):
        torch.manual_seed(0)
        net = UNet(4, 8, 4, "instance", "resize", full_size_skip=True, hints=True, reflect=reflect).eval()
        made[reflect] = net(paper)
    middle = made[True][..., 16:17, 24:25]
    assert (made[True] - middle).abs().max() < 1e-5 < 1e-3 < (made[False] - middle).abs().max()


def test_only_outer_levels_are_mirrored():
    """Further in a network may know how far the border is."""
    padding = [layer.conv.padding_mode for layer in UNet(4, 8, 8, "instance", "resize", reflect=True).down]
    assert padding == ["reflect"] * REFLECTED + ["zeros"] * (8 - REFLECTED)


def test_a_transposed_convolution_has_no_mirror():
    with pytest.raises(ValueError, match="reflect goes with resize"):
        UNet(4, 8, 4, "instance", "transpose", reflect=True)
