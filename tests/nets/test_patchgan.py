import pytest
import torch

from s2s_helpers.nets.patchgan import PatchGAN, Pyramid, receptive_field


@pytest.mark.parametrize(
    "field, parameters, scores",  # Isola et al. 2017; D70 has 2.769 M parameters
    [(1, None, 256), (16, None, 126), (34, None, 62), (70, 2_768_705, 30), (142, None, 14), (286, None, 6)],
)
def test_sizes_are_the_published_ones(field, parameters, scores):
    net = PatchGAN(field)
    assert net(torch.rand(1, 3, 256, 256), torch.rand(1, 3, 256, 256)).shape == (1, 1, scores, scores)
    if parameters:
        assert sum(p.numel() for p in net.parameters()) == parameters


@pytest.mark.parametrize("field", [1, 16, 34, 70, 142, 286])
def test_one_score_sees_exactly_its_receptive_field(field):
    for norm in ("batch", "instance"):
        assert receptive_field(PatchGAN(field, base=4, norm=norm)) == field


def test_unconditional_discriminator_does_not_look_at_the_sketch():
    picture, a, b = torch.rand(3, 1, 3, 64, 64)
    blind, seeing = PatchGAN(conditional=False, base=4).eval(), PatchGAN(base=4).eval()
    assert torch.equal(blind(a, picture), blind(b, picture))
    assert not torch.equal(seeing(a, picture), seeing(b, picture))


def test_unknown_receptive_field():
    with pytest.raises(ValueError, match="receptive field 50"):
        PatchGAN(50)


def test_what_the_layers_say_ends_with_the_scores():
    net = PatchGAN(base=4)
    x, y = torch.rand(2, 1, 3, 64, 64)
    (seen,) = net.looks(x, y)
    assert torch.equal(seen[-1], net(x, y)) and [len(each[0]) for each in seen] == [4, 8, 16, 32, 1]


def test_each_discriminator_of_a_pyramid_sees_half_the_size():
    pyramid = Pyramid(3, receptive_field=16, base=4, norm="instance")
    x, y = torch.rand(2, 1, 3, 128, 128)
    seen = pyramid.looks(x, y)
    assert [each[0].shape[-1] for each in seen] == [64, 32, 16]
    small = pyramid.nets[1](torch.nn.functional.avg_pool2d(x, 2), torch.nn.functional.avg_pool2d(y, 2))
    assert torch.equal(seen[1][-1], small)


def test_a_discriminator_may_see_hints():
    net, hints = PatchGAN(16, base=4, hints=True), torch.rand(1, 4, 32, 32)
    x, y = torch.rand(2, 1, 3, 32, 32)
    with_hints = net(torch.cat([x, hints], dim=1), y)
    assert not torch.equal(with_hints, net(torch.cat([x, 0 * hints], dim=1), y))
