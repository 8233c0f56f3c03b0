import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import stopped, weights

from s2s_helpers import zoo
from s2s_helpers.data.degrade import degrade
from s2s_helpers.data.photos import Crops
from s2s_helpers.losses.perceptual import content_loss, relative_error
from s2s_helpers.nets.superres import PaperSuperResNet, SuperResNet, enlarge
from s2s_helpers.train import superres
from s2s_helpers.train.loop import fit
from s2s_helpers.train.training import decay_at_end

SMALL = dataclasses.replace(superres.BOOK, steps=40, batch=4, size=32, base=8, residuals=1, loss="pixel")


@pytest.fixture(scope="module")
def crops():
    """Disks with sharp edges: there is something to learn, namely where an edge must lie."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:64, 0:72]
    disks = []
    for _ in range(6):
        picture = np.full((64, 72, 3), rng.integers(0, 255, 3), dtype=np.uint8)
        for cx, cy, r in rng.uniform((0, 0, 4), (72, 64, 16), (8, 3)):
            picture[(x - cx) ** 2 + (y - cy) ** 2 < r * r] = rng.integers(0, 255, 3)
        disks.append(picture)
    return Crops(disks, superres.SHRUNK)


def test_it_learns_more_than_bicubic_and_resumes_exactly(crops, tmp_path):
    recipe = dataclasses.replace(SMALL, factor=2, steps=200, lr=3e-3, relative=False)
    training = superres.SuperResolution(recipe, 0, crops)
    fit(training)
    whole = training.result
    true = crops(99, 0, 16, 32)
    small = degrade(true, 2)
    errors = [(made - true).square().mean().item() for made in (whole(small), enlarge(small, 2).clamp(0, 1))]
    assert errors[0] < 0.95 * errors[1]
    half, resumed = (superres.SuperResolution(recipe, 0, crops) for _ in range(2))
    fit(stopped(half, 17), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole), weights(resumed.result))
    assert (tmp_path / "preview.png").exists()


@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("loss", ["pixel", "feature"])
def test_the_loss_is_the_one_that_is_said(crops, loss, relative):
    recipe = dataclasses.replace(SMALL, loss=loss, relative=relative)
    phi = zoo.loss_network("pocket")
    true = crops(0, 0, recipe.batch, recipe.size)
    made = enlarge(degrade(true, 4), 4)  # what the network says before its first step
    features = [phi(x, ["relu2_2"])["relu2_2"] for x in (made, true)]
    expected = {
        ("pixel", True): (made - true).abs().mean(),
        ("pixel", False): (made - true).square().mean(),
        ("feature", True): relative_error(*features).mean(),
        ("feature", False): content_loss(*features).mean(),
    }[loss, relative]
    step = superres.SuperResolution(recipe, 0, crops, phi).step(0)
    assert step[loss] == pytest.approx(expected.item(), rel=1e-4)
    assert step["PSNR"] == pytest.approx(-10 * (made - true).square().mean().log10().item(), abs=1e-3)


def test_the_pixel_loss_beside_the_features_counts_by_its_weight(crops):
    """With a huge weight the step is that of the pixel loss alone; Adam's first is the sign of the gradient."""
    phi, after = zoo.loss_network("pocket"), {}
    for name, changes in {
        "pixel": {},
        "feature": {"loss": "feature", "pixel_weight": 0.0},
        "both": {"loss": "feature", "pixel_weight": 1e5},
    }.items():
        training = superres.SuperResolution(dataclasses.replace(SMALL, grad_clip=None, **changes), 0, crops, phi)
        net = training.result
        training.step(0)
        after[name] = net.last.weight.detach()
    agree = {name: (after[name].sign() == after["pixel"].sign()).float().mean() for name in ("both", "feature")}
    assert agree["both"] > 0.98 and agree["feature"] < 0.9


def test_the_degradation_is_the_recipes(crops):
    recipes = {d: dataclasses.replace(SMALL, degradation=d) for d in ("bicubic", "blurred")}
    step = {d: superres.SuperResolution(recipe, 0, crops).step(0)["PSNR"] for d, recipe in recipes.items()}
    assert step["blurred"] < step["bicubic"] - 0.2


def test_the_loss_network_is_not_trained_and_the_network_is(crops):
    phi = zoo.loss_network("pocket")
    before = weights(phi)
    training = superres.SuperResolution(dataclasses.replace(SMALL, loss="feature"), 0, crops, phi)
    net = training.result
    start = weights(net)
    for k in range(2):
        training.step(k)
    assert torch.equal(before, weights(phi)) and not torch.equal(start, weights(net))


def test_feature_loss_without_a_loss_network_is_refused(crops):
    with pytest.raises(ValueError, match="feature loss needs a loss network"):
        superres.SuperResolution(dataclasses.replace(SMALL, loss="feature"), 0, crops)


def test_a_network_begins_with_all_of_another_that_fits(crops):
    torch.manual_seed(1)
    other = SuperResNet(4, base=8, residuals=1)
    torch.nn.init.normal_(other.last.weight)
    net = superres.SuperResolution(SMALL, 0, crops, start=other).result
    assert torch.equal(weights(net), weights(other))
    net = superres.SuperResolution(dataclasses.replace(SMALL, factor=2), 0, crops, start=other).result
    assert torch.equal(net.c9.weight, other.c9.weight) and net.last.weight.shape[0] == 12
    assert not net.last.weight.any()
    with pytest.raises(ValueError, match="another architecture"):
        superres.adopt(PaperSuperResNet(4, 8, 1), other)


def test_the_paper_form_trains_and_its_preview_changes_nothing(crops):
    recipe = dataclasses.replace(superres.PAPER, loss="pixel", batch=4, size=32, base=4, residuals=1, lr=5e-3)
    training = superres.SuperResolution(recipe, 0, crops)
    net = training.result
    assert isinstance(net, PaperSuperResNet)
    losses = [training.step(0)["pixel"]]
    state = {key: value.clone() for key, value in net.state_dict().items()}
    assert training.preview().shape == (1, 3, 2 + 3 * 34, 2 + 4 * 34)
    assert net.training and all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
    losses += [training.step(k)["pixel"] for k in range(1, 60)]
    assert sum(losses[-20:]) < 0.8 * sum(losses[:20])


@pytest.mark.parametrize("k", [0, 30, 39])
def test_the_first_step_of_adam_is_as_long_as_the_learning_rate(k, crops):
    training = superres.SuperResolution(SMALL, 0, crops)
    net = training.result
    before = weights(net)
    training.step(k)
    rate = SMALL.lr * decay_at_end(k, SMALL.steps, SMALL.lr_decay)
    assert (weights(net) - before).abs().max().item() == pytest.approx(rate, rel=1e-2)


def test_the_presets():
    paper = superres.recipe_of("paper", 8, "pixel")
    assert (paper.factor, paper.loss, paper.size, paper.architecture) == (8, "pixel", 288, "paper")
    for factor, small in ((2, 32), (4, 24), (8, 16)):
        recipe = superres.recipe_of("book", factor, "feature")
        assert (recipe.factor, recipe.loss, recipe.size / factor) == (factor, "feature", small)
    assert superres.recipe_of("book", 4, "pixel") == superres.BOOK
    assert superres.arguments(superres.BOOK) == {"factor": 4, "architecture": "book", "base": 32, "residuals": 4}


def test_crops_are_never_enlarged():
    """At the largest of their scales they are windows of the photo as it is."""
    rng = np.random.default_rng(1)
    photo = rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(photo, (30, 30), axis=(0, 1)).reshape(-1, 3, 30, 30)
    for crop in (Crops([photo], (1.0, 1.0))(1, 0, 4, 30) * 255).round().byte().numpy():
        assert any((crop == window).all() or (crop[..., ::-1] == window).all() for window in windows)
    assert superres.SHRUNK[1] == 1.0
