import torch

from s2s_helpers.losses.adversarial import discriminator_loss, generator_loss, matching_loss


def test_undecided_discriminator():
    zero = torch.zeros(2, 1, 3, 3)  # D = 0.5 everywhere
    assert torch.allclose(discriminator_loss(zero, zero), 2 * torch.log(torch.tensor(2.0)))
    assert torch.allclose(generator_loss(zero), torch.log(torch.tensor(2.0)))


def test_eq_2_by_hand():
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([-1.0, 1.0])
    by_hand = -(torch.log(torch.sigmoid(real)).mean() + torch.log(1 - torch.sigmoid(fake)).mean())
    assert torch.allclose(discriminator_loss(real, fake), by_hand)


def test_sure_discriminator_neither_overflows_nor_starves_the_generator():
    fake = torch.full((4,), -200.0, requires_grad=True)
    loss = generator_loss(fake)
    loss.backward()
    assert loss.isfinite() and torch.allclose(fake.grad.sum(), torch.tensor(-1.0))
    assert discriminator_loss(torch.full((4,), 200.0), fake).item() == 0


def test_minimax_is_eq_2_and_starves_where_the_discriminator_wins():
    fake = torch.tensor([-1.0, 1.0])
    assert torch.allclose(generator_loss(fake, "minimax"), torch.log(1 - torch.sigmoid(fake)).mean())
    for gan_loss, gradient in (("minimax", 0.0), ("non-saturating", -1.0)):
        sure = torch.tensor([-20.0], requires_grad=True)  # D is sure that it is false
        generator_loss(sure, gan_loss).backward()
        assert torch.allclose(sure.grad, torch.tensor([gradient]), atol=1e-6)


def test_least_squares_by_hand():
    real, fake = torch.tensor([2.0, 0.0]), torch.tensor([-1.0, 1.0])
    assert discriminator_loss(real, fake, "least-squares").item() == (1 + 1 + 1 + 1) / 4
    assert generator_loss(fake, "least-squares").item() == (4 + 0) / 4


def test_hinge_by_hand():
    real, fake = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 1.0])
    assert discriminator_loss(real, fake, "hinge").item() == (0 + 0.5) / 2 + (0 + 2) / 2
    assert generator_loss(fake, "hinge").item() == 1.0


def test_matching_by_hand_leaves_the_scores_out():
    """Two discriminators of one layer each; nothing is learned through the true pictures."""
    made = [[torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([9.0])], [torch.tensor([5.0]), torch.zeros(1)]]
    true = [[torch.tensor([0.0, 4.0], requires_grad=True), torch.tensor([1.0])], [torch.tensor([2.0]), torch.ones(1)]]
    loss = matching_loss(made, true)
    loss.backward()
    assert loss.item() == (1 + 2) / 2 + 3
    assert made[0][0].grad.any() and true[0][0].grad is None
