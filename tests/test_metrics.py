import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from s2s_helpers.metrics import (
    MeanFeatures,
    checkerboard,
    chroma_difference,
    color_spread,
    detail,
    edge_f1,
    fcn_score,
    histogram_intersection,
    kid,
    l1,
    lab_histograms,
    lines_f1,
    luma,
    mean_frequency,
    pooled_intersection,
    psnr,
    segmentation_scores,
    spectrum,
    ssim,
    super_resolution_scores,
)
from s2s_helpers.nets.first_pocket import FirstPocket


def flat(*colors):
    """One flat 4x4 picture for each RGB color."""
    return torch.tensor(colors).view(-1, 3, 1, 1).expand(-1, -1, 4, 4).float()


def test_l1_by_hand():
    assert torch.allclose(l1(flat((0, 0, 0), (1, 1, 1)), flat((0.5, 0.5, 0.5), (1, 1, 0))), torch.tensor([0.5, 1 / 3]))


def test_histograms_sum_to_one_and_find_white():
    h = lab_histograms(flat((1, 1, 1), (1, 0, 0)))
    assert h.shape == (2, 3, 101) and np.allclose(h.sum(axis=-1), 1)
    assert h[0, 0].argmax() == 100  # white: L = 100
    assert h[1, 0].argmax() == 53  # red: L = 53.2


def test_intersection_by_hand():
    white, black, red = flat((1, 1, 1)), flat((0, 0, 0)), flat((1, 0, 0))
    assert np.allclose(histogram_intersection(white, white), 1)
    # black and white share a and b, not L; red and black share nothing
    assert np.allclose(histogram_intersection(white, black), [[0, 1, 1]])
    assert np.allclose(histogram_intersection(red, black), 0)
    half = white.clone()
    half[..., :2] = 0
    assert np.allclose(histogram_intersection(half, white), [[0.5, 1, 1]])


def test_color_spread_by_hand():
    """Black and white are 100 apart; of three pictures, two of them alike, two of the three pairs differ."""
    assert np.isclose(color_spread(flat((1, 1, 1), (0, 0, 0))), 100, atol=0.1)
    assert color_spread(flat((0.3, 0.5, 0.1), (0.3, 0.5, 0.1))) == 0
    assert np.isclose(color_spread(flat((1, 1, 1), (0, 0, 0), (1, 1, 1))), 200 / 3, atol=0.1)
    half = flat((1, 1, 1), (1, 1, 1))
    half[1, :, :, :2] = 0
    assert np.isclose(color_spread(half), 50, atol=0.1)
    with pytest.raises(ValueError, match="1 answers"):
        color_spread(half[:1])


def test_pooled_intersection_forgets_which_picture_is_which():
    both, swapped = flat((1, 1, 1), (0, 0, 0)), flat((0, 0, 0), (1, 1, 1))
    assert np.allclose(pooled_intersection(both, swapped), 1)
    assert np.allclose(histogram_intersection(both, swapped)[:, 0], 0)


def test_psnr_by_hand():
    found = psnr(flat((0, 0, 0), (0.5, 0.5, 0.5)), flat((0.1, 0.1, 0.1), (1, 1, 1)))
    assert torch.allclose(found, torch.tensor([20.0, 6.0206]), atol=1e-3)  # 10 log10(1 / MSE)


def test_ssim_is_that_of_scikit_image():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 40, 48, 3)).astype(np.float32)
    b = (0.7 * a + 0.3 * b).astype(np.float32)
    theirs = structural_similarity(
        a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0, channel_axis=2
    )
    ours = ssim(*(torch.from_numpy(x.transpose(2, 0, 1)[None]) for x in (a, b)))
    assert ours.item() == pytest.approx(theirs, abs=0.005)  # the two differ in how they treat the border


def test_segmentation_by_hand():
    labels = torch.tensor([[[0, 0, 0], [1, 1, 3]]])
    predicted = torch.tensor([[[0, 0, 1], [1, 1, 0]]])
    scores = segmentation_scores(predicted, labels, classes=4)
    assert scores["pixel"] == pytest.approx(4 / 6)
    assert scores["class"] == pytest.approx((2 / 3 + 1 + 0) / 3)  # class 2 is not there and not counted
    assert scores["IoU"] == pytest.approx((2 / 4 + 2 / 3 + 0) / 3)


def test_fcn_score_asks_the_segmenter():
    class Judge:
        def logits(self, x):  # class 1 where the red is high
            return torch.stack([1 - x[:, 0], x[:, 0]], dim=1)

    pictures = torch.zeros(30, 3, 4, 4)
    pictures[:, 0, :2] = 0.9
    labels = (pictures[:, 0] > 0.5).long()
    assert fcn_score(pictures, labels, Judge()) == {"pixel": 1.0, "class": 1.0, "IoU": 1.0}
    assert fcn_score(1 - pictures, labels, Judge())["pixel"] == 0.0


def square(offset=0):
    """A dark square and the drawing of its outline, moved aside by ``offset``."""
    picture, sketch = torch.ones(1, 3, 48, 48), torch.ones(1, 3, 48, 48)
    picture[..., 12:36, 12:36] = 0.2
    low, high = 12 + offset, 35 + offset
    sketch[..., low : high + 1, [low, high]] = 0
    sketch[..., [low, high], low : high + 1] = 0
    return picture, sketch


def test_edges_on_the_lines_and_beside_them():
    assert edge_f1(*square())[0] > 0.95
    assert edge_f1(*square(offset=6))[0] < 0.4
    blank = torch.ones(1, 3, 48, 48)
    assert edge_f1(blank, square()[1])[0] == 0.0 and edge_f1(blank, blank)[0] == 1.0


def test_checkerboard_finds_patterns_of_two_and_four_pixels_and_nothing_else():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:96, :128]
    smooth = rng.random((3, 96, 128)).cumsum(axis=1).cumsum(axis=2)  # much in low frequencies, as in photos
    plain = {"noise": rng.random((3, 96, 128)), "smooth": smooth / smooth.max(), "flat": np.full((3, 96, 128), 0.4)}
    pattern = {"board": (x + y) % 2, "stripes": y % 2, "wide": (x // 2 + y // 2) % 2, "lines of tiles": x % 4 == 0}

    def found(picture):
        return checkerboard(torch.from_numpy(picture.astype(np.float32))[None]).item()

    assert all(0.7 < found(picture) < 1.3 for picture in plain.values())
    for name in pattern:
        assert found(plain["smooth"] + 0.2 * pattern[name]) > 100 and found(plain["noise"] + 0.2 * pattern[name]) > 2
    for period in (3, 5, 7):  # what else repeats is no checkerboard
        assert found(plain["smooth"] + 0.2 * (x % period == 0)) < 1.3


def test_checkerboard_is_one_value_a_picture_and_needs_room():
    torch.manual_seed(0)
    x = torch.rand(3, 3, 66, 70)
    x[1, :, ::2, ::2] += 1
    scores = checkerboard(x)
    assert scores.shape == (3,) and scores.argmax() == 1 and torch.allclose(scores[:1], checkerboard(x[:1]))
    with pytest.raises(ValueError, match="32 pixels"):
        checkerboard(torch.rand(1, 3, 64, 28))


def test_kid_is_near_zero_for_pictures_of_one_kind_and_large_for_two():
    torch.manual_seed(0)

    class Colors(torch.nn.Module):
        num_features = 3

        def forward(self, x):
            return x.mean(dim=(2, 3))

    features = Colors()
    bright, dark = torch.rand(60, 3, 8, 8) * 0.5 + 0.5, torch.rand(60, 3, 8, 8) * 0.5
    same, apart = kid(bright[:30], bright[30:], features), kid(dark[:30], bright[:30], features)
    assert abs(same[0]) < 0.01 < apart[0]
    assert kid(dark[:30], bright[:30], features) == apart  # its subsets are always the same


def test_features_are_near_one_whatever_the_units_of_the_network():
    torch.manual_seed(0)
    net = FirstPocket()
    x = torch.rand(2, 3, 32, 32)
    before = MeanFeatures(net, "relu3_3", 128, 1.0)(x)
    net.scale.fill_(1e4)
    assert before.shape == (2, 128) and torch.allclose(MeanFeatures(net, "relu3_3", 128, 1e4)(x), before, rtol=1e-4)


def test_chroma_looks_at_colors_and_not_at_lightness():
    dark, light = torch.full((1, 3, 8, 8), 0.3), torch.full((1, 3, 8, 8), 0.7)
    assert chroma_difference(dark, light)[0] < 0.1
    red, green = (torch.tensor(c).view(1, 3, 1, 1).expand(1, 3, 8, 8) for c in ((1.0, 0, 0), (0, 1.0, 0)))
    # Red has a = 80.1, b = 67.2 and green a = -86.2, b = 83.2 (CIE 1976, sRGB, D65).
    apart = chroma_difference(torch.cat([red, dark]), torch.cat([green, dark]))
    assert apart == pytest.approx([167.1, 0], abs=0.3)


def test_spectrum_finds_the_period():
    waves = torch.stack([torch.sin(2 * torch.pi * torch.arange(96) / period) for period in (4, 12)])
    x = (0.5 + 0.3 * waves)[:, None, None].expand(2, 3, 64, 96)
    frequencies, shares = spectrum(x)
    assert frequencies[0] == 0 and frequencies[-1] == 0.5 and torch.allclose(shares.sum(dim=1), torch.ones(2))
    assert torch.allclose(frequencies[shares.argmax(dim=1)], torch.tensor([1 / 4, 1 / 12]), atol=1 / 64)
    assert torch.allclose(mean_frequency(x), torch.tensor([1 / 4, 1 / 12]), atol=0.02)
    assert torch.allclose(mean_frequency(x.mT), mean_frequency(x), atol=0.005)
    assert mean_frequency(torch.ones(1, 3, 16, 16)) == 0


# Super-resolution: the protocol of the benchmark, by what must come out.


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


def test_lines_are_compared_by_place_and_not_by_width():
    paper = torch.ones(1, 3, 40, 40)
    thick, thin, apart = paper.clone(), paper.clone(), paper.clone()
    thick[..., 9:12, 5:35], thin[..., 10, 5:35], apart[..., 30, 5:35] = 0, 0, 0
    assert lines_f1(thick, thin, 2.0)[0] == 1 and lines_f1(thin, apart, 2.0)[0] == 0
    both = torch.minimum(thin, apart)
    assert lines_f1(thin, both, 2.0)[0] == pytest.approx(2 / 3)  # all of it is right, half is found


def test_kernel_distance_of_sets_of_unequal_size():
    class Mean(torch.nn.Module):
        num_features = 3

        def forward(self, x):
            return x.mean(dim=(2, 3))

    pictures = torch.rand(11, 3, 8, 8)
    assert abs(kid(pictures[::2], pictures[1::2], Mean())[0]) < 0.2
