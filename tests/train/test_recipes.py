"""The three trainings, in small: they learn, they resume exactly, and what they minimize is what is said."""

import dataclasses

import numpy as np
import pytest
import torch

from s2s_helpers import zoo
from s2s_helpers.data.pairs import PairFolder
from s2s_helpers.images import PictureError, save_picture
from s2s_helpers.losses.perceptual import perceptual_terms, relative_error
from s2s_helpers.nets.loss_network import COMPONENTS, CONTENT_LAYER, STYLE_LAYERS, Pocket
from s2s_helpers.nets.squeezenet import SqueezeNet
from s2s_helpers.nets.transform import TransformNet, transform_net
from s2s_helpers.nets.vgg import VGG
from s2s_helpers.train import pix2pix, pocket, style
from s2s_helpers.train.loop import fit
from s2s_helpers.train.photos import Crops

GAN = dataclasses.replace(
    pix2pix.BOOK, steps=40, batch=2, size=32, jitter=36, base=4, cap=8, depth=3, receptive_field=16
)
STYLE = dataclasses.replace(style.BOOK, steps=40, batch=2, size=32, base=4)
POCKET = pocket.Recipe(steps=40, size=32, batch=4, pool=4)


@pytest.fixture(scope="module")
def crops():
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:48, 0:56]
    periods = rng.uniform(2, 9, (6, 3))
    waves = [np.stack([np.sin(x / a), np.cos(y / b), np.sin((x + y) / c)], axis=-1) for a, b, c in periods]
    return Crops([((wave + 1) * 127).astype(np.uint8) for wave in waves])


def gan_job(recipe=GAN):
    rng = np.random.default_rng(0)
    pictures = np.repeat(np.repeat(rng.integers(0, 255, (4, 3, 5, 5), dtype=np.uint8), 8, axis=2), 8, axis=3)
    return pix2pix.job(recipe, 0, pix2pix.array_pairs(255 - pictures, pictures, recipe))


def weights(net):
    return torch.cat([p.detach().flatten() for p in net.parameters()])


def test_gan_learns_and_resumes_exactly(tmp_path):
    job, whole = gan_job()
    progress = fit(job, 40, seed=0)
    assert progress.history[-1]["L1"] < progress.history[0]["L1"]
    fit(gan_job()[0], 17, seed=0, folder=tmp_path)
    job, resumed = gan_job()
    fit(job, 40, seed=0, folder=tmp_path, resume=True)
    assert torch.equal(weights(whole), weights(resumed))
    assert (tmp_path / "preview.png").exists()


def test_gan_step_moves_both_networks_and_only_by_their_own_loss():
    job, generator = gan_job(dataclasses.replace(GAN, bfloat16=False))
    before = weights(generator), weights(job.state["discriminator"])
    job.step(0)
    assert not torch.equal(before[0], weights(generator))
    assert not torch.equal(before[1], weights(job.state["discriminator"]))
    # the generator's step leaves no gradient on the discriminator
    assert all(p.requires_grad for p in job.state["discriminator"].parameters())


@pytest.mark.parametrize("name", ["PAPER", "RELEASED"])
def test_published_recipes(name):
    recipe = getattr(pix2pix, name)
    assert (recipe.batch, recipe.lambda_l1, recipe.lr, recipe.betas) == (1, 100.0, 2e-4, (0.5, 0.999))
    assert recipe.halve_discriminator == (name == "PAPER") and recipe.decay == recipe.dropout_from == 0
    assert sum(p.numel() for p in pix2pix.generator_of(recipe).parameters()) == 54_414_531


def one_step(**changes):
    """The losses of the first step and the weights after it."""
    job, generator = gan_job(dataclasses.replace(GAN, bfloat16=False, average=0.0, **changes))
    return job.step(0), weights(generator), job


def test_without_the_gan_there_is_no_discriminator_step():
    losses, _, job = one_step(lambda_gan=0.0)
    fresh, _ = gan_job()
    assert set(losses) == {"L1", "features"}
    assert torch.equal(weights(job.state["discriminator"]), weights(fresh.state["discriminator"]))


@pytest.mark.parametrize(
    "changes",
    [
        {"lambda_l1": 0.0},
        {"lambda_l2": 50.0},
        {"lambda_ssim": 50.0},
        {"lambda_features": 0.0},
        {"lambda_gan": 0.0},
        {"form": "minimax"},
        {"form": "least-squares"},
        {"conditional": False},
        {"stale_scores": True},
        {"discriminator_lr": 50.0},
        {"dropout_from": 1},
    ],
)
def test_every_switch_of_the_objective_changes_the_step(changes):
    _, plain, _ = one_step()
    _, changed, _ = one_step(**changes)
    assert not torch.equal(plain, changed)


def test_stale_scores_are_those_from_before_the_update():
    """With a discriminator that learns fast, the generator's loss is that of the step before."""
    fresh, _, _ = one_step(lr=0.05)
    stale, _, _ = one_step(lr=0.05, stale_scores=True)
    assert abs(fresh["GAN"] - stale["GAN"]) > 0.01 and fresh["D"] == stale["D"]


def test_averaged_weights_lag_behind():
    job, average = gan_job(dataclasses.replace(GAN, average=0.9))
    for k in range(3):
        job.step(k)
    assert not torch.equal(weights(average), weights(job.state["generator"]))
    plain_job, plain = gan_job(dataclasses.replace(GAN, average=0.0))
    assert plain is plain_job.state["generator"] and "average" not in plain_job.state


def test_pair_error_by_hand():
    """Distances between neighbors: theirs 5 each way; ours twice as far, and none at all."""
    theirs = torch.zeros(2, 2, 2)
    theirs[0, 0, 0], theirs[0, 1, 1] = 3, 4
    assert torch.allclose(pocket.pair_error(2 * theirs, theirs), torch.ones(2))
    assert torch.allclose(pocket.pair_error(0 * theirs, theirs), torch.ones(2))
    assert torch.allclose(pocket.pair_error(theirs + 7, theirs), torch.zeros(2))  # a common error is none


def test_pairs_are_cut_alike():
    arrays = np.random.default_rng(1).integers(0, 255, (3, 3, 40, 44), dtype=np.uint8)
    sketch, picture = pix2pix.array_pairs(arrays, arrays, GAN)(np.random.default_rng(2), 8)
    assert sketch.shape == (8, 3, 32, 32) and torch.equal(sketch, picture)


def test_style_learns_and_resumes_exactly(crops, tmp_path):
    torch.manual_seed(0)
    phi = Pocket()
    styles = [torch.rand(1, 3, 40, 40), torch.zeros(1, 3, 40, 40)]
    job, whole = style.job(STYLE, 0, crops, styles, phi)
    progress = fit(job, 40, seed=0)
    assert progress.history[-1]["style"] < progress.history[0]["style"]
    fit(style.job(STYLE, 0, crops, styles, phi)[0], 13, seed=0, folder=tmp_path)
    job, resumed = style.job(STYLE, 0, crops, styles, phi)
    fit(job, 40, seed=0, folder=tmp_path, resume=True)
    assert torch.equal(weights(whole), weights(resumed))


PAPER_STYLE = dataclasses.replace(style.PAPER, steps=40, batch=2, size=44, base=4)


def style_job(recipe, crops, styles=1):
    """With the real pocket: the paper's weights are for features of its size."""
    torch.manual_seed(0)
    return style.job(recipe, 0, crops, [torch.rand(1, 3, 40, 40) for _ in range(styles)], zoo.load("pocket"))


def whole_state(net):
    """Weights and running statistics."""
    return torch.cat([value.flatten().float() for value in net.state_dict().values()])


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_paper_form_learns_and_resumes_exactly(norm, crops, tmp_path):
    recipe = dataclasses.replace(PAPER_STYLE, norm=norm)
    job, whole = style_job(recipe, crops)
    progress = fit(job, 40, seed=0)
    assert progress.history[-1]["style"] < progress.history[0]["style"]
    fit(style_job(recipe, crops)[0], 13, seed=0, folder=tmp_path)
    job, resumed = style_job(recipe, crops)
    fit(job, 40, seed=0, folder=tmp_path, resume=True)
    assert torch.equal(whole_state(whole), whole_state(resumed))


def test_a_look_at_the_training_leaves_no_trace_in_batch_norm(crops):
    job, net = style_job(PAPER_STYLE, crops)
    job.step(0)
    before = whole_state(net)
    assert job.preview().shape == (1, 3, 512, 256)
    assert torch.equal(whole_state(net), before) and net.training
    job.step(1)
    assert not torch.equal(whole_state(net), before)


@pytest.mark.parametrize(
    "changes",
    [
        {"norm": "instance"},
        {"upsampling": "resize"},
        {"output": "tanh 150"},
        {"output": "linear"},
        {"content_layer": "relu3_3"},
        {"relative": True},
        {"style_weight": 1.0},
        {"tv_weight": 1e-3},
        {"clip": 1e-6},
        {"form": "book"},
    ],
)
def test_every_switch_of_the_style_training_changes_the_step(changes, crops):
    nets = []
    for recipe in (PAPER_STYLE, dataclasses.replace(PAPER_STYLE, **changes)):
        job, net = style_job(recipe, crops)
        job.step(0), job.step(1)  # Adam's first step knows only the sign of the gradient
        nets.append(net)
    plain, changed = map(weights, nets)
    assert plain.shape != changed.shape or (plain - changed).abs().max() > 1e-6


def test_published_style_recipes():
    for recipe in (style.PAPER, style.RELEASED):
        assert (recipe.steps, recipe.batch, recipe.size, recipe.lr) == (40_000, 4, 256, 1e-3)
        assert not recipe.relative and recipe.clip is None and recipe.decay == 0
        net = transform_net(**style.arguments(recipe, 1))
        assert sum(p.numel() for p in net.parameters()) == 1_679_235
    chosen = [(recipe.norm, recipe.content_layer, recipe.output) for recipe in (style.PAPER, style.RELEASED)]
    assert chosen == [("batch", "relu2_2", "tanh"), ("instance", "relu3_3", "tanh 150")]
    assert 1e-6 <= style.PAPER.tv_weight <= 1e-4 and style.RELEASED.tv_weight == 4 * style.PAPER.tv_weight
    with pytest.raises(ValueError, match="2 styles: the paper trains a network for each"):
        transform_net(**style.arguments(style.PAPER, 2))


def test_the_network_of_the_book_is_drawn_first_and_named_as_in_the_stored_checkpoints(crops):
    job, net = style_job(STYLE, crops, styles=3)
    torch.manual_seed(0)
    assert torch.equal(weights(net), weights(TransformNet(3, STYLE.base, fine=STYLE.fine)))
    assert set(job.state) == {"transform", "adam"}
    assert {"c9.conv.weight", "d1.norm.gain", "r.4.second.norm.shift", "last.bias"} <= set(net.state_dict())


def test_a_style_network_begins_with_what_another_knows():
    torch.manual_seed(0)
    old, new = transform_net(styles=2, base=4).eval(), transform_net(styles=3, base=4, fine=True).eval()
    for name, value in old.named_parameters():
        if "norm." in name:
            torch.nn.init.normal_(value)
    style.adopt(new, old, [1, None, 0])
    new.fine = False  # nearest enlargement, as the old one has; what joins at full size begins at zero
    x = torch.rand(1, 3, 16, 20)
    asked = torch.tensor([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    made = new(x.expand(3, -1, -1, -1), torch.eye(3))
    assert torch.allclose(made, old(x.expand(3, -1, -1, -1), asked), atol=1e-6)
    new.fine = True
    assert not new.side.weight.any() and not torch.allclose(new(x, torch.eye(3)[:1]), made[:1], atol=1e-3)
    with pytest.raises(ValueError, match="another architecture"):
        style.adopt(transform_net(styles=1, base=6), old, [0])


def test_an_adjustable_network_begins_as_the_painter_and_keeps_what_it_learned_of_weights():
    torch.manual_seed(0)
    old = transform_net(styles=2, base=4, fine=True)
    torch.nn.init.normal_(old.side.weight)
    new = transform_net(styles=2, base=4, fine=True, adjustable=True)
    style.adopt(new, old, [1, 0])
    x, far = torch.rand(1, 3, 16, 20), torch.tensor([[1.0, 9.0, 0.1]])
    assert torch.allclose(new(x, torch.eye(2)[:1], far), old(x, torch.eye(2)[1:]), atol=1e-6)
    for value in new.parameters():
        value.data += 0.1 * torch.randn_like(value)
    third = transform_net(styles=3, base=4, fine=True, adjustable=True)
    style.adopt(third, new, [1, None, 0])
    assert torch.allclose(third(x, torch.eye(3)[:1], far), new(x, torch.eye(2)[1:], far), atol=1e-5)
    with pytest.raises(ValueError, match="another architecture"):
        style.adopt(old, new, [0, 1])


def test_weights_are_drawn_evenly_over_the_decades():
    drawn = style.weights_at_random(np.random.default_rng(0), 4_000)
    ratios = (drawn[:, 1:] / drawn[:, :1] / torch.tensor([1.0, 0.5])).log10()
    assert (ratios.abs() <= 1 + 1e-5).all() and (ratios.mean(dim=0).abs() < 0.05).all()
    assert ((ratios.abs() > 0.5).float().mean(dim=0) - 0.5).abs().max() < 0.05


def test_every_weight_of_an_adjustable_network_has_the_same_say():
    terms = {name: torch.tensor([2.0, 3.0]) for name in ("content", "style", "tv", "grid")}
    weights = torch.tensor([[1.0, 10.0, 0.5], [1.0, 0.1, 0.5]])
    value = style.log_objective(terms, weights, grid_weight=1.0)
    assert torch.allclose(value.exp(), torch.tensor([2 * 12.5, 3 * 2.6]))


def test_an_adjustable_network_is_told_the_weights_that_it_is_trained_for(crops, monkeypatch):
    told, used = [], []
    job, net = style_job(dataclasses.replace(STYLE, adjustable=True), crops, styles=1)
    net.register_forward_pre_hook(lambda net, inputs: told.append(inputs[2]))
    real = style.log_objective
    monkeypatch.setattr(style, "log_objective", lambda terms, w, grid: used.append(w) or real(terms, w, grid))
    for k in range(3):
        job.step(k)
    assert all(map(torch.equal, told, used)) and len({w[0, 1].item() for w in told}) == 3
    assert net.c9.norm.gain[1:].any() and net.share[1:].isfinite().all()  # what begins at zero learns


def test_style_losses_vanish_for_the_style_itself_and_for_the_photo_itself():
    torch.manual_seed(0)
    phi, x = Pocket().requires_grad_(False), torch.rand(1, 3, 32, 32)
    targets = style.StyleTargets(phi, [torch.rand(1, 3, 32, 32), x])
    features = phi(x, STYLE_LAYERS)
    for relative in (False, True):
        content = {CONTENT_LAYER: features[CONTENT_LAYER]}
        same, other = (perceptual_terms(x, features, content, targets.of(torch.tensor([i])), relative) for i in (1, 0))
        assert same["content"] == 0 and same["style"] < 1e-9 < other["style"]


@pytest.fixture
def teacher():
    """Real topology, random weights: the distillation must work with any teacher."""
    torch.manual_seed(0)
    made = object.__new__(pocket.Teacher)
    made.vgg, made.squeezenet = VGG((2, 2, 4)), SqueezeNet()
    made.energy, made.basis = {}, {}
    return made


def test_components_keep_the_inner_products(teacher, crops):
    pocket.calibrate(teacher, crops, crops, POCKET, seed=0)
    x = crops(np.random.default_rng(5), 2, 32)
    full, reduced = teacher.full(x), teacher(x)
    for name, k in COMPONENTS.items():
        c = full[name].shape[1]
        a, b = full[name].float().flatten(1), reduced[name].float().flatten(1)
        # sqrt(K / C): the mean square over K components equals that over C channels, but for what is left out
        assert torch.allclose((a @ a.T) / c, (b @ b.T) / k, rtol=0.1)


def test_pocket_learns_and_resumes_exactly(teacher, crops, tmp_path):
    job, whole = pocket.job(POCKET, 0, crops, crops, teacher)
    progress = fit(job, 40, seed=0)
    assert progress.history[-1]["f1"] < progress.history[0]["f1"]
    fit(pocket.job(POCKET, 0, crops, crops, teacher)[0], 9, seed=0, folder=tmp_path)
    job, resumed = pocket.job(POCKET, 0, crops, crops, teacher)
    fit(job, 40, seed=0, folder=tmp_path, resume=True)
    assert torch.equal(weights(whole), weights(resumed))


def test_pool_pictures_move_towards_their_style(crops):
    torch.manual_seed(0)
    net, rng = Pocket().requires_grad_(False), np.random.default_rng(0)
    pool = pocket.Pool(crops, crops, dataclasses.replace(POCKET, pool_renewal=0.0))
    chosen = pool.draw(rng, 2)
    before = pool.pictures[chosen].clone()
    pool.advance(net, chosen)
    assert not torch.equal(before, pool.pictures[chosen])
    assert 0 <= pool.pictures.min() and pool.pictures.max() <= 1


def test_altered_pictures_are_pictures(crops):
    x = crops(np.random.default_rng(0), 8, 32)
    y = pocket.altered(x, np.random.default_rng(1))
    assert y.shape == x.shape and 0 <= y.min() and y.max() <= 1
    assert (y - x).abs().mean(dim=(1, 2, 3)).max() > 0.05


def test_crops_are_squares_of_the_asked_size(crops):
    x = crops(np.random.default_rng(0), 5, 24)
    assert x.shape == (5, 3, 24, 24) and x.dtype == torch.float32
    assert torch.equal(x, crops(np.random.default_rng(0), 5, 24))


def test_relative_error_is_what_the_recipes_call_relative():
    assert relative_error(torch.zeros(1, 2, 2), torch.ones(1, 2, 2)).item() == pytest.approx(1.0)


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
    batches = [draw(np.random.default_rng(0), 12) for draw in (kept, one, none)]
    for sketches, pictures in batches:
        assert sketches.shape == pictures.shape == (12, 3, 32, 32) and sketches.min() > 0.99
        assert torch.equal(pictures, batches[0][1])
    assert len(kept.kept) == 4 and 0 < len(one.kept) < 4 and not none.kept
    assert all(min(array.shape[-2:]) <= GAN.size for array, _ in kept.kept.values())


def test_a_broken_pair_gives_way_to_the_next_one(tmp_path, capsys):
    folder = save_pairs(tmp_path, [(40, 40)] * 3)
    (tmp_path / "picture" / "1.png").write_bytes(b"no picture")
    _, pictures = pix2pix.FolderPairs(folder, GAN)(np.random.default_rng(0), 12)
    assert sorted({round(x, 1) for x in pictures.mean(dim=(1, 2, 3)).tolist()}) == [0.0, 0.2]
    assert capsys.readouterr().err.count("left out") == 1
    for i in (0, 2):
        (tmp_path / "picture" / f"{i}.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match="picture"):
        pix2pix.FolderPairs(folder, GAN)(np.random.default_rng(0), 12)
