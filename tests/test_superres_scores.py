"""The scores of super-resolution: the protocol of the benchmark, by what must come out."""

import pytest
import torch

from s2s_helpers.metrics import detail, luma, super_resolution_scores


def test_luma_of_black_white_and_the_primaries():
    colors = torch.tensor([[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]]).view(5, 3, 1, 1)
    # MATLAB: rgb2ycbcr(uint8([0 0 0; 255 255 255; 255 0 0; 0 255 0; 0 0 255]))
    assert (luma(colors) * 255).round().flatten().tolist() == [16, 235, 81, 145, 41]


def test_luma_has_whole_steps():
    y = luma(torch.rand(1, 3, 20, 20)) * 255
    assert y.shape == (1, 1, 20, 20) and torch.allclose(y, y.round(), atol=1e-4)


def test_psnr_counts_y_alone_and_not_the_border():
    true = torch.full((1, 3, 40, 40), 0.5)
    made = true + 10 / 219  # ten steps of Y
    expected = 20 * torch.log10(torch.tensor(255 / 10))
    assert super_resolution_scores(made, true, 4)["PSNR"] == pytest.approx(expected.item(), abs=1e-3)
    framed = made.clone()
    framed[..., :4, :] = framed[..., -4:, :] = 0
    framed[..., :4] = framed[..., -4:] = 1
    assert super_resolution_scores(framed, true, 4) == super_resolution_scores(made, true, 4)
    framed[..., 4, 20] = 0
    assert super_resolution_scores(framed, true, 4)["PSNR"] < expected - 0.1


def test_ssim_by_hand_for_a_change_of_brightness():
    """Flat pictures: only the term of the means is left, (2 a b + C1) / (a^2 + b^2 + C1) with C1 = (.01 255)^2."""
    true, made = torch.full((1, 3, 32, 32), 0.25), torch.full((1, 3, 32, 32), 0.75)
    a, b, c = (luma(true) * 255).mean().item(), (luma(made) * 255).mean().item(), (0.01 * 255) ** 2
    expected = (2 * a * b + c) / (a * a + b * b + c)
    assert super_resolution_scores(made, true, 2)["SSIM"] == pytest.approx(expected, abs=1e-6)


def test_the_mean_is_over_pictures():
    true = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    made = torch.stack([true[0] * 0.9, true[1] * 0.6])
    both = super_resolution_scores(made, true, 2)
    each = [super_resolution_scores(made[i : i + 1], true[i : i + 1], 2) for i in range(2)]
    for key, value in both.items():
        assert value == pytest.approx((each[0][key] + each[1][key]) / 2, abs=1e-5)


def test_detail_of_flat_soft_and_sharp():
    sharp = torch.zeros(1, 3, 32, 32)
    sharp[..., 16:] = 1
    soft = torch.nn.functional.avg_pool2d(sharp, 5, stride=1, padding=2, count_include_pad=False)
    assert detail(torch.full((1, 3, 32, 32), 0.5)) == 0
    assert 0 < detail(soft) < 0.5 * detail(sharp)
    # An edge of 219 steps: +219 in one column and -219 in the next, of 30
    assert detail(sharp).item() == pytest.approx(219 / 255 * (2 / 30) ** 0.5, rel=1e-4)
