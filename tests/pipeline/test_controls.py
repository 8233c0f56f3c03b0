"""Blends, strokes, colors and regions of one painter."""

import numpy as np
import pytest
import torch
from skimage import data

from s2s_helpers.data.facades import LABELS, FacadeWorld
from s2s_helpers.images import PictureError, from_uint8, middle, resize, save_picture
from s2s_helpers.metrics import chroma_difference, mean_frequency
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.pipeline.controls import (
    FEATHER,
    Controls,
    box_mean,
    fitted,
    load_mask,
    match_covariance,
    slope,
    stylize,
)

CHAIN = SketchToStyle()
STARRY, WAVE = Controls({"starry_night": 1}), Controls({"great_wave": 1})
CUP = resize(middle(from_uint8(data.coffee()), 400), (128, 128))
HOUSE = FacadeWorld(seed=0, size=128)[511]
SKY = (HOUSE.labels == LABELS.index("background")).float()[None]


class Echo:
    """In place of the chain: the painting of the first style is black, of the second white."""

    styles = ["black", "white"]

    def __init__(self):
        self.sizes = []

    def paint(self, picture, weights):
        self.sizes.append(tuple(picture.shape[-2:]))
        return torch.zeros_like(picture) + weights[:, 1].view(-1, 1, 1, 1)


def test_one_style_and_nothing_else_is_what_the_chain_does():
    assert torch.equal(stylize(CHAIN, CUP, STARRY), CHAIN.stylize(CUP, "starry_night"))


def test_blends_lie_between_and_the_order_of_names_does_not_matter():
    ends = [stylize(CHAIN, CUP, each) for each in (STARRY, WAVE)]
    both = stylize(CHAIN, CUP, Controls({"great_wave": 0.25, "starry_night": 0.75}))
    near, far = ((both - end).abs().mean() for end in ends)
    assert 0 < near < far < (ends[0] - ends[1]).abs().mean()
    again = stylize(CHAIN, CUP, Controls({"starry_night": 0.75, "great_wave": 0.25}))
    assert torch.equal(both, again)


def test_a_batch_is_painted_picture_by_picture():
    batch = torch.cat([CUP, HOUSE.picture])
    controls = Controls({"mosaic": 0.5, "the_scream": 0.5}, stroke=2, colors="covariance")
    made = stylize(CHAIN, batch, controls, [(SKY, WAVE)])
    alone = torch.cat([stylize(CHAIN, x, controls, [(SKY, WAVE)]) for x in batch.split(1)])
    assert made.shape == batch.shape and torch.allclose(made, alone, atol=1e-4)


@pytest.mark.parametrize("style", ["starry_night", "the_scream", "great_wave", "mosaic"])
def test_larger_strokes_move_the_spectrum_down(style):
    pictures = torch.cat([CUP, HOUSE.picture])
    found = [mean_frequency(stylize(CHAIN, pictures, Controls({style: 1}, stroke))) for stroke in (0.5, 1, 2)]
    assert (found[0] > 1.05 * found[1]).all() and (found[1] > 1.05 * found[2]).all()


def test_the_canvas_is_as_much_smaller_as_the_strokes_are_larger():
    for stroke, canvas in ((0.5, (60, 100)), (1, (30, 50)), (2, (15, 25)), (4, (8, 12))):
        echo = Echo()
        assert stylize(echo, torch.rand(1, 3, 30, 50), Controls({"black": 1}, stroke)).shape == (1, 3, 30, 50)
        assert echo.sizes == [canvas]


class Faithful(Echo):
    """The painting is the picture, with half its contrast."""

    def paint(self, picture, weights):
        return 0.25 + 0.5 * picture


def test_detail_comes_back_on_a_small_canvas_with_the_contrast_of_the_painting():
    waves = torch.sin(torch.arange(64) / 4)
    x = (0.5 + 0.3 * waves).expand(1, 3, 64, 64).clone()
    x[..., ::2, :] += 0.1  # too fine for half the size
    made = stylize(Faithful(), x, Controls({"black": 1}, stroke=2))[..., 8:-8, 8:-8]
    assert torch.allclose(made, Faithful().paint(x, None)[..., 8:-8, 8:-8], atol=0.01)


def test_a_painting_without_contrast_gets_no_detail():
    flat = stylize(Echo(), CUP, Controls({"black": 0.5, "white": 0.5}, stroke=2))
    assert torch.allclose(flat, torch.tensor(0.5)), "nothing of the cup"
    assert torch.allclose(stylize(Faithful(), flat, Controls({"black": 1}, stroke=2)), torch.tensor(0.5), atol=1e-4)


@pytest.mark.parametrize("style", ["starry_night", "the_scream", "great_wave", "mosaic"])
def test_luminance_keeps_the_colors_of_the_picture(style):
    pictures = torch.cat([CUP, HOUSE.picture])
    free, kept = (stylize(CHAIN, pictures, Controls({style: 1}, colors=c)) for c in ("style", "luminance"))
    assert (chroma_difference(kept, pictures) <= 0.1 * chroma_difference(free, pictures)).all()
    lightness = [x.mean(dim=1) for x in (free, kept, pictures)]
    assert (lightness[1] - lightness[0]).abs().mean() < 0.5 * (lightness[1] - lightness[2]).abs().mean()


def test_luminance_in_strips_of_rows_is_as_at_once(monkeypatch):
    whole = stylize(CHAIN, CUP, Controls({"mosaic": 1}, colors="luminance"))
    monkeypatch.setattr("s2s_helpers.pipeline.controls.ROWS", 50)
    assert torch.equal(stylize(CHAIN, CUP, Controls({"mosaic": 1}, colors="luminance")), whole)


def test_covariance_gives_mean_and_covariance():
    torch.manual_seed(0)
    made = 0.5 + 0.03 * torch.randn(1, 3, 50, 40)
    mix = torch.tensor([[1.0, 0.4, 0.0], [0.0, 0.5, 0.2], [0.3, 0.0, 0.2]])
    picture = (0.4 + 0.05 * torch.einsum("ij,njhw->nihw", mix, torch.randn(1, 3, 30, 60))).clamp(0, 1)
    moved = match_covariance(made, picture)[0].flatten(1)
    assert torch.allclose(moved.mean(dim=1), picture[0].flatten(1).mean(dim=1), atol=1e-4)
    assert torch.allclose(torch.cov(moved), torch.cov(picture[0].flatten(1)), atol=1e-5, rtol=0.02)
    assert torch.allclose(match_covariance(made, made), made, atol=1e-5), "what has them already stays"


def test_covariance_does_not_blow_up_the_noise_of_a_gray_painting():
    painting = torch.linspace(0.2, 0.8, 64).expand(1, 3, 64, 64) + 1e-4 * torch.randn(1, 3, 64, 64)
    moved = match_covariance(painting, CUP)
    assert moved.isfinite().all() and (moved[..., 1:, :] - moved[..., :-1, :]).abs().mean() < 0.02
    flat = torch.full((1, 3, 8, 8), 0.3)
    assert torch.allclose(match_covariance(CUP, flat).mean(dim=(2, 3)), torch.tensor(0.3), atol=0.02)


def test_far_inside_each_region_is_its_own_style():
    """Not one pixel beyond the feather changes."""
    mask = torch.zeros(1, 1, 128, 128)
    mask[..., 40:90, 30:100] = 1
    outer, inner = (stylize(CHAIN, CUP, each) for each in (STARRY, WAVE))
    made = stylize(CHAIN, CUP, STARRY, [(mask, WAVE)])
    inside = torch.zeros(128, 128, dtype=torch.bool)
    inside[40 + FEATHER : 90 - FEATHER, 30 + FEATHER : 100 - FEATHER] = True
    outside = torch.ones(128, 128, dtype=torch.bool)
    outside[40 - FEATHER : 90 + FEATHER, 30 - FEATHER : 100 + FEATHER] = False
    assert torch.allclose(made[..., inside], inner[..., inside], atol=1e-5)
    assert torch.allclose(made[..., outside], outer[..., outside], atol=1e-5)
    between = ~(inside | outside)
    assert (made - inner)[..., between].abs().mean() > 0.01 and (made - outer)[..., between].abs().mean() > 0.01


def test_regions_have_their_own_strokes_and_colors_and_the_later_lies_on_top():
    own = Controls({"mosaic": 1}, stroke=2, colors="luminance")
    made = stylize(CHAIN, HOUSE.picture, STARRY, [(SKY, WAVE), (torch.ones_like(SKY), own)])
    assert torch.allclose(made, stylize(CHAIN, HOUSE.picture, own), atol=1e-5)


def test_slope_is_that_of_the_straight_line():
    torch.manual_seed(0)
    x = 4 * torch.rand(2, 1, 30, 40)  # more contrast than a picture can have
    assert torch.allclose(slope(0.4 - 0.7 * x, x), torch.tensor(-0.7), atol=0.03)
    assert slope(4 * torch.rand(2, 1, 30, 40), x).abs().mean() < 0.15, "nothing in common"
    assert slope(x, torch.full_like(x, 0.3)).abs().max() < 1e-3, "nothing to follow"


def test_the_feather_is_even_and_ends_where_it_says():
    mask = torch.zeros(1, 1, 20, 30)
    mask[..., 12:] = 1
    soft = box_mean(mask, reach=3)[0, 0]
    assert (soft[:, :9] == 0).all() and torch.allclose(soft[:, 15:], torch.tensor(1.0))
    assert torch.allclose(soft[7, 8:16], torch.arange(8) / 7), "a straight ramp of 2 x 3 + 1 pixels"
    full = torch.ones(1, 1, 5, 5)
    assert torch.allclose(box_mean(full, reach=4), full), "nothing at the edge of the page"


def test_masks_of_files(tmp_path):
    painted = torch.zeros(1, 3, 60, 80)
    painted[..., :30, :], painted[..., 30:40, :] = 1, 0.5
    save_picture(painted, tmp_path / "mask.png")
    mask = load_mask(tmp_path / "mask.png")
    assert mask.shape == (1, 1, 60, 80) and torch.allclose(mask, painted[:, :1], atol=0.01)
    shrunk = fitted(mask, (31, 41))  # as --size shrinks pictures
    assert shrunk.shape == (1, 1, 31, 41) and shrunk[..., :14, :].min() > 0.95 and shrunk[..., 22:, :].max() < 0.05
    for x in (torch.zeros(1, 3, 5, 5), torch.ones(1, 3, 5, 5)):
        save_picture(x, tmp_path / "plain.png")
        with pytest.raises(PictureError, match="plain.png: the mask is the same everywhere"):
            load_mask(tmp_path / "plain.png")


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        ({"styles": {"mosaic": 0.5, "the_scream": 0.6}}, "sum to 1.1, not to 1: mosaic=0.5, the_scream=0.6"),
        ({"styles": {"mosaic": 1.5, "the_scream": -0.5}}, "negative: mosaic=1.5, the_scream=-0.5"),
        ({"styles": {"mosaic": float("nan")}}, "negative"),
        ({"styles": {}}, "no style is named"),
        ({"styles": {"mosaic": 1}, "stroke": 0}, "the strokes is 0; it may be 0.25 to 4"),
        ({"styles": {"mosaic": 1}, "stroke": float("nan")}, "0.25 to 4"),
        ({"styles": {"mosaic": 1}, "colors": "gray"}, "no colors named gray; there are style, luminance, covariance"),
    ],
)
def test_impossible_controls(arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        Controls(**arguments)


def test_mistakes_are_found_before_anything_is_painted():
    echo, black, x = Echo(), Controls({"black": 1}), torch.rand(1, 3, 30, 40)
    mask = torch.ones(1, 1, 30, 40)
    for regions, complaint in (
        ([(mask, Controls({"cubism": 1}))], "no style named cubism; there are black, white"),
        ([(torch.ones(1, 1, 40, 30), black)], "the mask is 30x40, the picture 40x30"),
        ([(torch.ones(1, 3, 30, 40), black)], r"a mask is a float tensor \(1, 1, H, W\)"),
        ([(mask > 0, black)], "not torch.bool"),
        ([(mask * 255, black)], "from 0 to 1"),
    ):
        with pytest.raises(ValueError, match=complaint):
            stylize(echo, x, black, regions)
    with pytest.raises(PictureError, match="a picture is"):
        stylize(echo, np.zeros((3, 3)), black)
    assert echo.sizes == []


def test_loss_weights_are_those_of_an_adjustable_painter():
    knobs = SketchToStyle(painter="adjustable")
    weights = {"style_weight": 8.0, "tv_weight": 0.3}
    made = stylize(knobs, CUP, Controls({"mosaic": 1}, **weights))
    one = torch.eye(len(knobs.styles))[[knobs.styles.index("mosaic")]]
    assert torch.equal(made, knobs.paint(CUP, one, torch.tensor([[1.0, 8.0, 0.3]])))
    assert torch.equal(stylize(knobs, CUP, Controls({"mosaic": 1})), knobs.stylize(CUP, "mosaic"))
    with pytest.raises(ValueError, match="take the painter `adjustable`"):
        stylize(CHAIN, CUP, Controls({"mosaic": 1}, **weights))


@pytest.mark.parametrize(
    "wrong", [{"style_weight": 0.2}, {"style_weight": 31.0}, {"tv_weight": 1.1}, {"tv_weight": 0.0}]
)
def test_loss_weights_beyond_the_training_are_refused(wrong):
    name, value = next(iter(wrong.items()))
    with pytest.raises(ValueError, match=f"the {name.split('_')[0]} weight is {value:g}; it may be "):
        Controls({"mosaic": 1}, **wrong)


def test_more_weight_of_the_style_changes_more_of_the_picture():
    knobs = SketchToStyle(painter="adjustable")
    made = [stylize(knobs, CUP, Controls({"mosaic": 1}, style_weight=w)) for w in (0.3, 3.0, 30.0)]
    apart = [(x - CUP).abs().mean() for x in made]
    assert apart[0] < 0.8 * apart[2] and apart[0] < apart[1]
