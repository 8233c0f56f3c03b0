import numpy as np
import torch

from s2s_helpers.metrics import histogram_intersection, l1, lab_histograms, pooled_intersection


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


def test_pooled_intersection_forgets_which_picture_is_which():
    both, swapped = flat((1, 1, 1), (0, 0, 0)), flat((0, 0, 0), (1, 1, 1))
    assert np.allclose(pooled_intersection(both, swapped), 1)
    assert np.allclose(histogram_intersection(both, swapped)[:, 0], 0)
