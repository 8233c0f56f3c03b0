from dataclasses import replace

import pytest
import torch

from s2s_helpers.nets.vgg import VGG
from s2s_helpers.optimize.equivalent_iterations import equivalent_iterations
from s2s_helpers.optimize.gatys import BOOK, stylize_by_optimization


@pytest.fixture(scope="module")
def task():
    """Photos, a style, a recipe and a small loss network."""
    torch.manual_seed(0)
    layers = ("relu1_2", "relu2_2")
    recipe = replace(
        BOOK, steps=12, start="noise", scales=1, content_layer="relu2_2", style_layers=layers, bfloat16=False
    )
    photos = [torch.rand(1, 3, 24, 24), torch.rand(1, 3, 24, 24)]
    return photos, torch.rand(1, 3, 24, 24), recipe, VGG((2, 2), (4, 6)).eval().requires_grad_(False)


def test_a_picture_found_in_k_iterations_is_worth_k(task):
    photos, style, recipe, phi = task
    found = stylize_by_optimization(photos[0], style, replace(recipe, steps=6), phi, 0, lambda k, x: None)
    scores = equivalent_iterations(lambda x: found.picture, photos[:1], style, recipe, phi, 2)
    losses = [row["loss"] for row in found.history]  # the first is that of the start; a search may end with a rise
    assert scores["iterations"] == losses.index(min(losses)) > 2
    assert scores["objective"] == pytest.approx(found.loss, rel=1e-3)
    assert scores["objective"] == pytest.approx(sum(scores[key] for key in ("content", "style", "tv")), rel=1e-3)


def test_the_ends_of_the_scale(task):
    photos, style, recipe, phi = task
    checks = torch.ones(1, 3, 24, 24)
    checks[..., ::2, ::2] = 0
    assert equivalent_iterations(lambda x: checks, photos, style, recipe, phi, 2)["iterations"] <= 1
    best = stylize_by_optimization(photos[0], style, replace(recipe, steps=60), phi, 0, lambda k, x: None)
    assert (
        equivalent_iterations(lambda x: best.picture, photos[:1], style, recipe, phi, 2)["iterations"]
        == recipe.steps + 1
    )


def test_the_photo_as_it_is(task):
    photos, style, recipe, phi = task
    scores = equivalent_iterations(lambda x: x, photos, style, recipe, phi, 2)
    assert scores["content"] == 0 and scores["photo"] == scores["objective"]


def test_only_the_first_photos_are_raced(task):
    photos, style, recipe, phi = task
    scores = [equivalent_iterations(lambda x: x, photos, style, recipe, phi, raced) for raced in (1, 2)]
    alone = equivalent_iterations(lambda x: x, photos[:1], style, recipe, phi, 1)
    assert scores[0]["iterations"] == alone["iterations"]
    assert scores[0]["objective"] == scores[1]["objective"] != alone["objective"]
