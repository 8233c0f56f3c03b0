from dataclasses import replace

import pytest
import torch

from s2s_helpers import zoo
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.data.styles import mosaic
from s2s_helpers.images import PictureError
from s2s_helpers.optimize import inversion, texture
from s2s_helpers.optimize.gatys import AUTHORS_CODE, BOOK, PAPER, first_picture, objective, stylize_by_optimization

QUICK = replace(BOOK, steps=12, scales=1)
CONTENT = FacadeWorld(seed=0, size=64)[0].picture
STYLE = mosaic(48)


@pytest.fixture(scope="module")
def phi():
    return zoo.load("pocket")


@pytest.mark.parametrize(
    "recipe", [replace(PAPER, steps=12), replace(AUTHORS_CODE, steps=12), QUICK], ids=["paper", "released", "book"]
)
def test_every_recipe_lowers_the_loss(phi, recipe):
    found = stylize_by_optimization(CONTENT, STYLE, recipe, phi)
    assert found.picture.shape == CONTENT.shape and 0 <= found.picture.min() and found.picture.max() <= 1
    assert found.loss < 0.5 * found.history[0]["loss"]
    assert set(found.history[0]) >= {"content", "style", "tv", "loss", "seconds"}


def test_the_published_recipe_never_leaves_the_range(phi):
    found = stylize_by_optimization(CONTENT, STYLE, replace(PAPER, steps=30), phi)
    assert all(line["outside"] == 0 for line in found.history)


def test_the_loss_is_eq_9(phi):
    recipe = replace(PAPER, content_weight=2.0, style_weight=3.0, tv_weight=0.0)
    x = torch.rand_like(CONTENT)
    terms = objective(CONTENT, STYLE, recipe, phi)(x)
    f, c, s = (phi(y, recipe.style_layers) for y in (x, CONTENT, STYLE))
    content = (f["relu2_2"] - c["relu2_2"]).square().mean()
    gram = lambda y: torch.einsum("nchw,ndhw->cd", y, y) / y[0].numel()  # noqa: E731
    style = sum((gram(f[layer]) - gram(s[layer])).square().sum() for layer in recipe.style_layers)
    assert terms["content"].item() == pytest.approx(2 * content.item(), rel=1e-3)
    assert terms["style"].item() == pytest.approx(3 * style.item(), rel=1e-3)


def test_the_same_seed_gives_the_same_picture(phi):
    recipe = replace(QUICK, start="noise", steps=5)
    a, b, c = (stylize_by_optimization(CONTENT, STYLE, recipe, phi, seed).picture for seed in (1, 1, 2))
    assert torch.equal(a, b) and not torch.equal(a, c)


def test_the_start_of_the_released_code_is_nearly_flat():
    gray = first_picture("gray", torch.zeros(1, 3, 64, 64), STYLE, seed=0)
    assert torch.allclose(gray.mean(dim=(2, 3)), torch.tensor([[123.68, 116.779, 103.939]]) / 255, atol=1e-3)
    assert 0.9 / 255 < gray.std(dim=(2, 3)).min() and gray.std(dim=(2, 3)).max() < 1.1 / 255


@pytest.mark.parametrize("start", ["gray", "content"])
def test_the_released_recipe_finds_its_way_from_where_it_is_flat(phi, start):
    """In units up to 1 its first step goes too far, and the next one to where no number is finite."""
    found = stylize_by_optimization(CONTENT, STYLE, replace(AUTHORS_CODE, start=start, steps=40), phi)
    assert found.ended == "40 iterations done" and found.loss < 0.3 * found.history[0]["loss"]


def test_the_start_in_the_colors_of_the_style():
    noise = first_picture("style", torch.zeros(1, 3, 128, 128), STYLE, seed=0)
    flat = [x.flatten(2)[0] for x in (noise, STYLE)]
    assert torch.allclose(flat[0].mean(dim=1), flat[1].mean(dim=1), atol=0.05)
    assert torch.allclose(*(torch.corrcoef(x) for x in flat), atol=0.15)
    assert torch.equal(first_picture("content", CONTENT, STYLE, 0), CONTENT)


def test_small_scales_first(phi):
    sizes = []
    preview = lambda iteration, picture: sizes.append(tuple(picture.shape[-2:]))  # noqa: E731
    content = CONTENT[..., :50, :63]
    found = stylize_by_optimization(content, STYLE, replace(QUICK, steps=3, scales=2), phi, preview=preview)
    assert sizes == [(25, 32)] * 3 + [(50, 63)] * 3 and found.picture.shape == content.shape
    tiny = stylize_by_optimization(content, STYLE, replace(QUICK, steps=2, scales=4), phi)
    assert tiny.picture.shape == content.shape


@pytest.mark.parametrize("content, style", [((15, 40), (40, 40)), ((40, 40), (40, 15))])
def test_a_picture_too_small_to_look_at_is_refused(phi, content, style):
    with pytest.raises(PictureError, match="is too small for the loss network; each side needs 16 pixels"):
        stylize_by_optimization(torch.rand(1, 3, *content), torch.rand(1, 3, *style), QUICK, phi)
    least = torch.rand(1, 3, 16, 16)
    assert stylize_by_optimization(least, least, replace(QUICK, steps=2), phi).picture.shape == least.shape


def test_an_interrupt_in_a_small_scale_gives_a_picture_of_full_size(phi):
    def interrupt(iteration, picture):
        raise KeyboardInterrupt

    found = stylize_by_optimization(CONTENT, STYLE, replace(QUICK, scales=2), phi, preview=interrupt)
    assert found.picture.shape == CONTENT.shape and found.ended == "stopped at iteration 1"


def test_a_texture_has_the_grams_and_not_the_places(phi):
    found = texture.synthesize(STYLE, (40, 56), replace(texture.BOOK, steps=25, scales=1), phi)
    assert found.picture.shape == (1, 3, 40, 56) and "content" not in found.history[0]
    assert found.loss < 0.2 * found.history[0]["loss"]


def test_a_shallow_layer_keeps_the_picture(phi):
    found = inversion.invert(CONTENT, "relu1_2", replace(inversion.BOOK, steps=40, scales=1), phi)
    deep = inversion.invert(CONTENT, "relu4_3", replace(inversion.BOOK, steps=40, scales=1), phi)
    error = [(x.picture - CONTENT).abs().mean() for x in (found, deep)]
    assert "style" not in found.history[0] and error[0] < 0.5 * error[1]
