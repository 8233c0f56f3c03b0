"""Palettes as hints; how they are taken from photos; that of the photos nothing but colors is kept."""

import json

import numpy as np
import palettes as tool
import pytest
import torch

from s2s_helpers.data.hints import check
from s2s_helpers.data.palettes import DOT, FILE, laid_over, palette_hints, palettes

SKY, ROOF, WALL, GROUND = (120, 170, 230), (110, 60, 45), (225, 205, 160), (130, 125, 120)


def photo(sky=SKY, roof=ROOF, wall=WALL, ground=GROUND) -> np.ndarray:
    """A house from the front, (120, 160, 3) in [0, 1]."""
    x = np.empty((120, 160, 3))
    for (top, bottom), color in {(0, 36): sky, (36, 56): roof, (56, 100): wall, (100, 120): ground}.items():
        x[top:bottom] = np.array(color) / 255
    return x


def test_there_are_many_and_each_is_a_handful_of_clean_dots():
    assert len(palettes()) == 24
    for dots in palettes():
        assert len(dots) == len(tool.PLACES)
        for (x, y, color), (left, top, right, bottom) in zip(dots, tool.PLACES.values(), strict=True):
            assert left - 0.01 <= x <= right + 0.01 and top - 0.01 <= y <= bottom + 0.01
            assert len(color) == 7 and bytes.fromhex(color[1:])
    assert FILE.stat().st_size < 10_000 and len({json.dumps(dots) for dots in palettes()}) == 24


def test_the_first_ones_differ_most():
    colors = torch.tensor([[[*bytes.fromhex(color[1:])] for _, _, color in dots] for dots in palettes()]) / 255
    apart = torch.cdist(colors.flatten(1), colors.flatten(1)) + 9 * torch.eye(24)
    assert apart[:6, :6].min() > 1.2 * apart[6:, 6:].min() and apart.min() > 0.1


@pytest.mark.parametrize("size", [(256, 256), (100, 300), (451, 300), (1, 1)])
def test_a_palette_is_hints_at_the_same_places_of_any_size(size):
    hints = palette_hints(3, size)
    check(hints)
    assert hints.shape == (1, 4, *size)
    for x, y, color in palettes()[3][:2] if min(size) > 1 else []:  # the others may lie below one another
        row, column = min(int(y * size[0]), size[0] - 1), min(int(x * size[1]), size[1] - 1)
        assert torch.allclose(hints[0, :, row, column] * 255, torch.tensor([*bytes.fromhex(color[1:]), 255.0]))
    assert hints[:, 3].sum() <= len(palettes()[3]) * max(1, round(DOT * max(size))) ** 2


def test_chance_takes_any_and_a_number_that_no_palette_has_is_refused():
    drawn = [palette_hints(np.random.default_rng(seed), (64, 64)) for seed in range(12)]
    assert torch.equal(drawn[0], palette_hints(np.random.default_rng(0), (64, 64)))
    assert len({tuple(x.flatten().tolist()) for x in drawn}) > 6
    for number in (-1, 24):
        with pytest.raises(ValueError, match="there are 24, from 0 on"):
            palette_hints(number, (64, 64))


def test_ones_own_colors_win():
    below, own = palette_hints(0, (128, 128)), torch.zeros(1, 4, 64, 64)
    assert torch.equal(laid_over(None, below), below) and torch.equal(laid_over(own, below), below)
    own[..., :32, :] = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(4, 1, 1)
    both = laid_over(own, below)  # a pixel more or less, as it is enlarged
    assert torch.equal(both[..., 66:, :], below[..., 66:, :])
    assert (both[0, 0, :62] == 1).all() and (both[0, 1:3, :62] == 0).all() and (both[0, 3, :62] == 1).all()


def test_the_colors_of_a_photo_are_found_at_their_places():
    dots = tool.dots(photo())
    expected = [SKY, SKY, ROOF, WALL, WALL, GROUND, GROUND]
    assert [tuple(np.round(255 * color).astype(int)) for _, _, color in dots] == expected and tool.is_house(dots)
    noisy = photo() + np.random.default_rng(0).choice([-0.5, 0.5], (120, 160, 1))
    assert tool.dots(noisy.clip(0, 1)) is None, "no clean color"
    for other in ({"sky": (60, 90, 40)}, {"wall": (70, 110, 50)}, {"roof": SKY}, {"roof": (5, 5, 5)}):
        assert not tool.is_house(tool.dots(photo(**other))), other


def test_those_that_are_chosen_stand_for_all():
    rng = np.random.default_rng(0)
    walls = [(225, 205, 160), (150, 60, 50), (240, 240, 240)]
    made = [tool.dots((photo(wall=wall) + rng.normal(0, 0.005, 3)).clip(0, 1)) for wall in walls for _ in range(5)]
    kept = tool.chosen(made, 3)
    nearest = [min(range(3), key=lambda i: np.abs(255 * each[3][2] - walls[i]).sum()) for each in kept]
    assert sorted(nearest) == [0, 1, 2]
    assert json.loads(tool.text(kept))[0][0][:2] == [kept[0][0][0], kept[0][0][1]]
