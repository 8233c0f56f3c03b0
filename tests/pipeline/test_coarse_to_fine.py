import torch

from s2s_helpers.images import resize
from s2s_helpers.pipeline.coarse_to_fine import coarse_to_fine, with_lines


def test_small_pictures_are_painted_once_and_large_ones_at_each_size(monkeypatch):
    monkeypatch.setattr("s2s_helpers.pipeline.coarse_to_fine.LARGE", 64)
    sizes = []

    def paint(x):
        sizes.append(tuple(x.shape[-2:]))
        return x

    for size in ((40, 63), (50, 64), (300, 280)):
        x = torch.rand(1, 3, *size)
        assert coarse_to_fine(paint, x).shape == x.shape
    assert sizes == [(40, 63), (12, 16), (50, 64), (18, 17), (75, 70), (300, 280)]


def test_the_second_painting_begins_from_the_first(monkeypatch):
    """A painter that only makes things darker has done it twice."""
    monkeypatch.setattr("s2s_helpers.pipeline.coarse_to_fine.LARGE", 64)
    x = torch.full((1, 3, 64, 64), 0.8)
    assert torch.allclose(coarse_to_fine(lambda y: y / 2, x), torch.full_like(x, 0.2), atol=1e-4)


def test_lines_come_back_and_broad_areas_stay_as_they_were_painted():
    picture = torch.full((1, 3, 64, 64), 0.7)
    picture[..., 30:32, :] = 0.1  # a line
    picture[..., :32] -= 0.1  # one half is darker
    painting = torch.full_like(picture, 0.5)
    made = with_lines(painting, picture)
    assert made[..., 30:32, :].mean() < 0.25 and made[..., 30:32, :].std() < 0.03
    assert (made[..., 40:, 4:20] - 0.5).abs().max() < 0.01  # painted alike: the half is no line
    assert torch.equal(resize(made, (64, 64)), made) and made.min() >= 0


def test_colors_are_the_paintings():
    picture, painting = torch.rand(1, 3, 32, 32), torch.tensor([0.7, 0.5, 0.3]).view(1, 3, 1, 1).expand(1, 3, 32, 32)
    made = with_lines(painting, 0.5 + 0.1 * (picture - 0.5))
    assert torch.allclose(made[:, 0] - made[:, 2], torch.full((1, 32, 32), 0.4), atol=1e-5)
