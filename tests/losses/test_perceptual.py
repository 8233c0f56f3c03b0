import pytest
import torch

from s2s_helpers.losses.perceptual import (
    content_loss,
    gram_matrix,
    grid_share,
    perceptual_terms,
    relative_error,
    squared_variation,
    style_loss,
    total_variation,
)


def test_gram_matrix_by_hand():
    # two channels of two pixels: psi = [[1, 2], [3, 4]], psi psi^T = [[5, 11], [11, 25]], C H W = 4
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert torch.equal(gram_matrix(features), torch.tensor([[[5.0, 11.0], [11.0, 25.0]]]) / 4)


def test_gram_matrix_forgets_places_and_size():
    x = torch.rand(1, 4, 6, 6)
    shuffled = x.flatten(2)[..., torch.randperm(36)].reshape(1, 4, 4, 9)
    assert torch.allclose(gram_matrix(x), gram_matrix(shuffled), atol=1e-6)
    assert torch.allclose(gram_matrix(x), gram_matrix(x.repeat(1, 1, 2, 3)), atol=1e-6)


def test_the_gradient_of_a_gram_matrix_is_that_of_the_product():
    def product(f):
        psi = f.flatten(2)
        return psi @ psi.mT / f[0].numel()

    x = torch.randn(2, 5, 6, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
    weights = torch.randn(2, 5, 5)  # not symmetric
    ours, theirs = (torch.autograd.grad((gram(x) * weights).sum(), x)[0] for gram in (gram_matrix, product))
    assert torch.allclose(ours, theirs, atol=1e-6) and ours.abs().max() > 0.01
    assert ours.is_contiguous(memory_format=torch.channels_last)
    half = x.detach().bfloat16().requires_grad_()
    (found,) = torch.autograd.grad((gram_matrix(half) * weights).sum(), half)
    assert found.dtype == torch.bfloat16
    assert torch.allclose(found.float(), theirs, atol=2e-2 * theirs.abs().max().item())


def test_gram_matrix_keeps_its_digits_within_autocast():
    x = torch.rand(1, 8, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        inside = gram_matrix(x)
    assert inside.dtype == torch.float32 and torch.equal(inside, gram_matrix(x))


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


def test_squared_variation_by_hand():
    x = torch.tensor([[[[0.0, 1.0], [0.0, 1.0]]]]).expand(1, 3, 2, 2)
    assert torch.allclose(squared_variation(x), torch.tensor([255.0**2 / 2 * 6]))  # two differences in three channels


@pytest.mark.parametrize("relative", [False, True])
def test_terms_are_zero_at_their_targets(relative):
    x = torch.full((2, 3, 8, 8), 0.5)
    features = {"relu1_2": torch.rand(2, 4, 8, 8), "relu2_2": torch.rand(2, 6, 4, 4)}
    content = {"relu2_2": features["relu2_2"]}
    grams = {layer: gram_matrix(f) for layer, f in features.items()}
    terms = perceptual_terms(x, features, content, grams, relative)
    nothing = dict.fromkeys(("content", "style", "tv"), [0.0, 0.0])
    assert {name: term.tolist() for name, term in terms.items()} == nothing
    assert set(perceptual_terms(x, features, {}, grams, relative)) == {"style", "tv"}


def test_terms_are_summed_over_layers():
    x, features = torch.zeros(1, 3, 4, 4), {"a": torch.ones(1, 2, 4, 4), "b": torch.ones(1, 2, 2, 2)}
    grams = {layer: torch.zeros(1, 2, 2) for layer in features}
    terms = perceptual_terms(x, features, {"a": torch.zeros(1, 2, 4, 4)}, grams, relative=False)
    assert terms["content"].item() == 1.0
    assert terms["style"].item() == pytest.approx(2 * 4 * 0.5**2)  # each entry of both Gram matrices is 1/2


def test_grid_share_finds_what_repeats_on_the_grid_and_nothing_else():
    torch.manual_seed(0)
    noise = torch.rand(2, 3, 160, 168)
    for period in (2, 4, 8):
        woven = noise[..., :period, :period].repeat(1, 1, 160 // period, 168 // period)
        assert (grid_share(woven) > 0.99).all()
        assert torch.allclose(grid_share(0.5 + 0.1 * woven), grid_share(woven), atol=1e-2)  # contrast does not matter
    assert (grid_share(noise) < 0.02).all()  # 1 / 10^2 by chance
    wave = torch.sin(torch.arange(168) * 2 * torch.pi / 7).expand(1, 3, 160, 168)  # a period of 7: not the grid's
    assert grid_share(wave) < 0.05
    assert grid_share(torch.full((1, 3, 16, 16), 0.5)) == 0
    with pytest.raises(ValueError, match="8 pixels a side"):
        grid_share(torch.rand(1, 3, 7, 40))


def test_grid_share_is_lowered_by_its_gradient():
    torch.manual_seed(0)
    x = torch.rand(1, 3, 80, 80)
    x = (x + x[..., :4, :4].repeat(1, 1, 20, 20)).requires_grad_()
    before = grid_share(x)
    (gradient,) = torch.autograd.grad(before.sum(), x)
    assert grid_share(x - 2000 * gradient) < 0.5 * before
