import pytest
import torch

from s2s_helpers.losses.perceptual import content_loss, gram_matrix, relative_error, style_loss, total_variation


def test_gram_matrix_by_hand():
    # two channels of two pixels: psi = [[1, 2], [3, 4]], psi psi^T = [[5, 11], [11, 25]], C H W = 4
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert torch.equal(gram_matrix(features), torch.tensor([[[5.0, 11.0], [11.0, 25.0]]]) / 4)


def test_gram_matrix_forgets_places_and_size():
    x = torch.rand(1, 4, 6, 6)
    shuffled = x.flatten(2)[..., torch.randperm(36)].reshape(1, 4, 4, 9)
    assert torch.allclose(gram_matrix(x), gram_matrix(shuffled), atol=1e-6)
    assert torch.allclose(gram_matrix(x), gram_matrix(x.repeat(1, 1, 2, 3)), atol=1e-6)


def test_gram_matrix_of_half_precision_is_computed_in_float32():
    x = torch.full((1, 2, 300, 300), 60.0, dtype=torch.float16)  # the sum, 3.2e8, overflows float16
    assert torch.allclose(gram_matrix(x), torch.full((1, 2, 2), 1800.0))


def test_content_and_style_loss_by_hand():
    a, b = torch.zeros(2, 3, 4, 5), torch.ones(2, 3, 4, 5)
    assert torch.equal(content_loss(a, b), torch.ones(2))  # 60 ones / (3 4 5)
    assert torch.equal(style_loss(torch.eye(3)[None], 3 * torch.eye(3)[None]), torch.tensor([12.0]))


def test_relative_error():
    target = torch.rand(2, 3, 4, 4)
    assert torch.allclose(relative_error(1.1 * target, target), torch.full((2,), 0.01), atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 3, 1, 1), (1, 3, 1, 8), (1, 3, 8, 1)])
def test_total_variation_of_a_line_or_a_point(shape):
    assert torch.equal(total_variation(torch.ones(shape)), torch.zeros(1))


def test_total_variation_by_hand():
    x = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]]).expand(1, 3, 2, 2)
    assert torch.equal(total_variation(x), torch.tensor([1.0]))  # across 1, down 0
