import pytest
import torch

from s2s_helpers.losses.pixel import l1_loss, l2_loss, ssim_loss


def test_by_hand():
    made, true = torch.zeros(1, 3, 16, 16), torch.full((1, 3, 16, 16), 0.5)
    assert l1_loss(made, true).item() == 0.5 and l2_loss(made, true).item() == 0.25
    # two flat pictures: structure and contrast are 1, brightness (2ab + c) / (a^2 + b^2 + c), c = 0.01^2
    assert ssim_loss(made, true).item() == pytest.approx(1 - 1e-4 / (0.25 + 1e-4), abs=1e-5)


@pytest.mark.parametrize("loss", [l1_loss, l2_loss, ssim_loss])
def test_equal_pictures_cost_nothing_and_others_have_a_gradient(loss):
    torch.manual_seed(0)
    x = torch.rand(2, 3, 16, 16)
    assert loss(x, x).item() == pytest.approx(0, abs=1e-6)
    made = torch.rand(2, 3, 16, 16, requires_grad=True)
    loss(made, x).backward()
    assert made.grad.abs().min() >= 0 and made.grad.abs().max() > 0


def test_the_best_single_answer_is_the_median_for_l1_and_the_mean_for_l2():
    answers = torch.tensor([0.0, 0.1, 0.8]).view(3, 1, 1, 1).expand(-1, 3, 4, 4)
    guesses = torch.linspace(0, 1, 101)
    best = [
        min(guesses, key=lambda g: loss(g.expand_as(answers), answers).item()).item() for loss in (l1_loss, l2_loss)
    ]
    assert best == pytest.approx([0.1, 0.3], abs=1e-6)
