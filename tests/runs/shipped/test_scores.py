import pytest
import torch

from s2s_helpers.nets.loss_network import COMPONENTS
from s2s_helpers.runs.shipped.scores import (
    _embedded_error,
    generator_scores,
    picture_scores,
    pocket_scores,
    stylized_and_noisy,
)


def test_perfect_and_worst_pictures():
    white, black = torch.ones(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    assert picture_scores(white, white) == {"L1": 0.0, "L": 1.0, "a": 1.0, "b": 1.0}
    assert picture_scores(white, black)["L1"] == 1.0


def test_answers_that_need_no_learning():
    sketches = torch.stack([torch.full((3, 32, 32), v) for v in (0.0, 1.0)])
    pictures = torch.stack([torch.full((3, 32, 32), v) for v in (0.2, 0.8)])
    test = sketches.flip(0), pictures.flip(0)
    scores = generator_scores(lambda x: torch.zeros_like(x), (sketches, pictures), test)
    assert scores["generator"]["L1"] == pytest.approx(0.5)  # (0.2 + 0.8) / 2
    assert scores["mean picture"]["L1"] == pytest.approx(0.3)  # 0.5 against 0.2 and 0.8
    assert scores["nearest neighbor"]["L1"] == 0.0  # found its own picture though the order is reversed


def test_gram_error_in_the_channels_of_the_teacher():
    torch.manual_seed(0)
    k, c = COMPONENTS["relu1_2"], 64
    features = torch.randn(c, 500)
    vectors = torch.linalg.qr(torch.randn(c, c)).Q
    basis = vectors[:, :k] * (k / c) ** 0.5
    full = (features @ features.T / (c * 500))[None]
    small = basis.T @ features
    ours = (small @ small.T / (k * 500))[None]
    # a pocket without error leaves out exactly what lies outside of its components
    unit = vectors[:, :k]
    kept = unit @ unit.T @ full[0] @ unit @ unit.T
    expected = (full[0] - kept).square().sum() / full.square().sum()
    assert _embedded_error(ours, full, basis).item() == pytest.approx(expected.item(), rel=1e-4)
    assert _embedded_error(ours * 1.1, full, basis).item() > expected.item()


def test_four_states_in_turn():
    x = torch.full((1, 3, 8, 8), 0.5)
    plain, painted, noisy, both = stylized_and_noisy([x] * 4, lambda x, i: x * 0, seed=0)
    assert torch.equal(plain, x) and torch.equal(painted, x * 0)
    assert 0.05 < (noisy - x).std() < 0.15 and both.mean() < 0.1 and both.max() > 0


def test_pocket_scores_of_a_perfect_student():
    """A student that answers with the teacher's own components makes no error but what they leave out."""
    torch.manual_seed(0)
    widths = {name: k + 8 for name, k in COMPONENTS.items()}
    basis = {
        n: torch.linalg.qr(torch.randn(c, COMPONENTS[n])).Q * (COMPONENTS[n] / c) ** 0.5 for n, c in widths.items()
    }

    class Teacher:
        def full(self, x):
            rng = torch.Generator().manual_seed(int(x.sum() * 1000))
            return {n: torch.rand(1, c, 6, 6, generator=rng) for n, c in widths.items()}

    teacher = Teacher()
    teacher.basis = basis
    inside = {n: b @ torch.linalg.pinv(b) for n, b in basis.items()}  # onto what the components span
    full = teacher.full
    teacher.full = lambda x: {n: torch.einsum("nchw,dc->ndhw", f, inside[n]) for n, f in full(x).items()}
    student = lambda x: {n: torch.einsum("nchw,ck->nkhw", f, basis[n]) for n, f in teacher.full(x).items()}  # noqa: E731
    pictures = [torch.rand(1, 3, 8, 8) for _ in range(14)]
    scores = pocket_scores(student, teacher, pictures)
    assert set(scores) == {*COMPONENTS, "all layers"}
    for name in COMPONENTS:
        assert scores[name]["gram error"] < 1e-6 and scores[name]["style loss correlation"] > 0.999
    worse = pocket_scores(lambda x: {n: f + 0.3 for n, f in student(x).items()}, teacher, pictures)
    assert worse["relu3_3"]["gram error"] > 0.01
