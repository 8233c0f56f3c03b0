"""The training of the conditional GAN, in small: it learns, resumes exactly, and minimizes what is said."""

import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import RECIPES, advance, begin, stopped, weights

from s2s_helpers.data.pairs import PairFolder
from s2s_helpers.images import PictureError, save_picture
from s2s_helpers.nets.unet import UNet
from s2s_helpers.train import pix2pix
from s2s_helpers.train.loop import fit
from s2s_helpers.train.training import decay_at_end

GAN = RECIPES["pix2pix"]


def test_gan_learns_and_resumes_exactly(tmp_path):
    whole, half, resumed = (begin("pix2pix") for _ in range(3))
    progress = fit(whole)
    assert progress.history[-1]["L1"] < progress.history[0]["L1"]
    fit(stopped(half, 17), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(resumed.result))
    assert (tmp_path / "preview.png").exists()


def gradients(net):
    return torch.cat([p.grad.flatten() for p in net.parameters()])


def test_each_network_moves_by_its_own_loss_alone():
    """However much the generator heeds the discriminator, and however dear the pixels are: its step leaves the
    discriminator the gradient of its own.
    """
    trainings = [begin("pix2pix", **changes) for changes in ({}, {"lambda_gan": 1e3}, {"lambda_l1": 1e3})]
    before = weights(trainings[0].discriminator)
    for training in trainings:
        advance(training)
    own, heeded, dear = (gradients(training.discriminator) for training in trainings)
    assert own.any() and torch.equal(own, heeded) and torch.equal(own, dear)
    assert not torch.equal(before, weights(trainings[0].discriminator))
    assert not torch.equal(*(gradients(training.generator) for training in trainings[:2]))


def test_the_objective_of_the_discriminator_is_divided_by_two():
    """Adam hardly notices, so the gradient is looked at."""
    half, whole = (begin("pix2pix", halve_discriminator=halved) for halved in (True, False))
    advance(half), advance(whole)
    ours, theirs = (gradients(training.discriminator) for training in (half, whole))
    assert torch.equal(2 * ours, theirs)


@pytest.mark.parametrize("name", ["PAPER", "AUTHORS_CODE"])
def test_published_recipes(name):
    recipe = getattr(pix2pix, name)
    assert (recipe.batch, recipe.lambda_l1, recipe.lr, recipe.betas) == (1, 100.0, 2e-4, (0.5, 0.999))
    assert recipe.halve_discriminator == (name == "PAPER") and recipe.lr_decay == recipe.dropout_from == 0
    assert sum(p.numel() for p in pix2pix.generator_of(recipe).parameters()) == 54_414_531


@pytest.fixture
def steps():
    """The losses of the last of ``n`` steps, and the weights after it."""

    def steps(n=1, **changes):
        training = begin("pix2pix", **{"ema_decay": 0.0} | changes)
        losses = advance(training, n)
        return losses, weights(training.result)

    return steps


def test_without_the_gan_there_is_no_discriminator_and_without_an_average_no_copy():
    training = begin("pix2pix", lambda_gan=0.0, ema_decay=0.0)
    assert set(advance(training)) == {"L1", "features"}
    assert set(training.stateful) == {"generator", "adam_generator"} and training.result is training.generator


@pytest.mark.parametrize(
    "changes",
    [
        {"lambda_l1": 0.0},
        {"lambda_l2": 50.0},
        {"lambda_ssim": 50.0},
        {"lambda_features": 0.0},
        {"lambda_gan": 0.0},
        {"gan_loss": "minimax"},
        {"gan_loss": "least-squares"},
        {"conditional": False},
        {"stale_scores": True},
        {"discriminator_lr_factor": 50.0},
        {"dropout_from": 1},
        {"betas": (0.9, 0.999)},
        {"lr_decay": 1.0},
    ],
)
def test_every_switch_of_the_objective_changes_the_step(changes, steps):
    """And nothing else does: the same recipe leads to the same weights. Adam's first step knows no betas."""
    plain, again, changed = (weights for _, weights in (steps(2), steps(2), steps(2, **changes)))
    assert torch.equal(plain, again) and not torch.equal(plain, changed)


@pytest.mark.parametrize("k", [0, 30, 39])
def test_the_first_step_of_adam_is_as_long_as_the_learning_rate(k):
    """Which falls to 0 over the last part of the run, for the discriminator too."""
    training = begin("pix2pix", ema_decay=0.0, lr_decay=0.5, discriminator_lr_factor=3.0)
    nets = training.generator, training.discriminator
    before = [weights(net).clone() for net in nets]
    advance(training, first=k)
    rate = GAN.lr * decay_at_end(k, GAN.steps, 0.5)
    for net, start, times in zip(nets, before, (1, 3), strict=True):
        assert (weights(net) - start).abs().max().item() == pytest.approx(times * rate, rel=1e-2)


def test_stale_scores_are_those_from_before_the_update(steps):
    """With a discriminator that learns fast, the generator's loss is that of the step before."""
    fresh, _ = steps(lr=0.05)
    stale, _ = steps(lr=0.05, stale_scores=True)
    assert abs(fresh["GAN"] - stale["GAN"]) > 0.01 and fresh["D"] == stale["D"]


def test_averaged_weights_lag_behind():
    training = begin("pix2pix", ema_decay=0.9)
    before = weights(training.generator).clone()
    advance(training, 3)
    way, moved = (weights(net) - before for net in (training.result, training.generator))
    assert 0 < way.norm() < 0.7 * moved.norm()


def test_features_without_a_loss_network_are_refused():
    with pytest.raises(ValueError, match="needs a loss network"):
        pix2pix.Pix2Pix(GAN, 0, pix2pix.array_pairs(*[np.zeros((1, 3, 40, 40), np.uint8)] * 2, GAN))


def test_pairs_are_cut_alike():
    arrays = np.random.default_rng(1).integers(0, 255, (3, 3, 40, 44), dtype=np.uint8)
    sketch, picture = pix2pix.array_pairs(arrays, arrays, GAN)(2, 0, 8, 32)
    assert sketch.shape == (8, 3, 32, 32) and torch.equal(sketch, picture)


def test_arrays_of_floats_are_refused_and_not_made_black():
    arrays = np.random.default_rng(0).random((2, 3, 40, 40))
    bytes_ = (255 * arrays).round().astype(np.uint8)
    for pair, told in (((arrays, bytes_), "the sketches are float64"), ((bytes_, arrays), "the pictures are float64")):
        with pytest.raises(ValueError, match=rf"{told}; bytes from 0 to 255 are needed"):
            pix2pix.array_pairs(*pair, GAN)


def save_pairs(folder, sizes):
    for i, (height, width) in enumerate(sizes):
        for side, value in (("sketch", 1.0), ("picture", i / 10)):
            (folder / side).mkdir(exist_ok=True)
            save_picture(torch.full((1, 3, height, width), value), folder / side / f"{i}.png")
    return PairFolder(folder)


def test_pairs_of_a_folder_are_the_same_kept_or_read_anew(tmp_path):
    folder = save_pairs(tmp_path, [(40, 90), (300, 200), (20, 20), (33, 50)])
    kept, one, none = (pix2pix.FolderPairs(folder, GAN, room) for room in (1 << 30, 25_000, 0))
    batches = [pairs(0, 0, 12, GAN.size) for pairs in (kept, one, none)]
    for sketches, pictures in batches:
        assert sketches.shape == pictures.shape == (12, 3, 32, 32) and sketches.min() > 0.99
        assert torch.equal(pictures, batches[0][1])
    assert len(kept.kept) == 4 and 0 < len(one.kept) < 4 and not none.kept
    assert all(min(array.shape[-2:]) <= GAN.load_size for array, _ in kept.kept.values())


def test_a_broken_pair_gives_way_to_the_next_one(tmp_path, capsys):
    folder = save_pairs(tmp_path, [(40, 40)] * 3)
    (tmp_path / "picture" / "1.png").write_bytes(b"no picture")
    _, pictures = pix2pix.FolderPairs(folder, GAN)(0, 0, 12, GAN.size)
    assert sorted({round(x, 1) for x in pictures.mean(dim=(1, 2, 3)).tolist()}) == [0.0, 0.2]
    assert capsys.readouterr().err.count("left out") == 1
    for i in (0, 2):
        (tmp_path / "picture" / f"{i}.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match="picture"):
        pix2pix.FolderPairs(folder, GAN)(0, 0, 12, GAN.size)


def test_a_card_builds_the_generator_that_was_trained():
    recipe = dataclasses.replace(pix2pix.BOOK, dropout_from=1)
    assert str(UNet(**pix2pix.arguments(recipe))) == str(pix2pix.generator_of(recipe))


PIX2PIXHD = {"scales": 2, "lambda_matching": 5.0, "gan_loss": "hinge", "size": 64, "load_size": 72}


def test_pix2pixhd_learns_and_resumes_exactly(tmp_path):
    whole, half, resumed = (begin("pix2pix", **PIX2PIXHD) for _ in range(3))
    progress = fit(whole)
    assert progress.history[-1]["L1"] < progress.history[0]["L1"] and progress.history[-1]["matching"] > 0
    fit(stopped(half, 17), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(resumed.result))


def test_matching_pulls_at_the_generator_alone():
    trainings = [begin("pix2pix", **PIX2PIXHD | {"lambda_matching": value}) for value in (0.0, 5.0)]
    for training in trainings:
        advance(training)
    assert torch.equal(*(gradients(training.discriminator) for training in trainings))
    assert not torch.equal(*(gradients(training.generator) for training in trainings))


def test_hints_are_those_of_the_step_and_go_to_both_networks(monkeypatch):
    training, seen = begin("pix2pix", hints=5), []
    monkeypatch.setattr(training.discriminator, "looks", recorded(training.discriminator.looks, seen))
    monkeypatch.setattr(training.generator, "logits", recorded(training.generator.logits, seen))
    for k in (0, 1, 0):
        training.step(k)
    hints = [given[1] if given[0].shape[1] == 3 else given[0][:, 3:] for given in seen]
    steps = [hints[: len(hints) // 3], hints[len(hints) // 3 : -len(hints) // 3], hints[-len(hints) // 3 :]]
    assert all(torch.equal(steps[0][0], each) for each in steps[0] + steps[2]) and len(steps[0]) == 4
    assert not torch.equal(steps[0][0], steps[1][0])
    assert training.preview().shape[-2] > 3 * training.recipe.size  # drawings, pictures, hints, pictures with them


def recorded(call, seen):
    def recording(*given):
        seen.append(given)
        return call(*given)

    return recording
