"""The training of the transformation network, in small: it learns, resumes exactly, and minimizes what is said."""

import dataclasses

import numpy as np
import pytest
import torch
from small_trainings import RECIPES, advance, begin, stopped, weights

from s2s_helpers import zoo
from s2s_helpers.losses.perceptual import perceptual_terms
from s2s_helpers.nets.loss_network import CONTENT_LAYER, STYLE_LAYERS, Pocket
from s2s_helpers.nets.transform import TransformNet, transform_net
from s2s_helpers.train import style
from s2s_helpers.train.loop import fit
from s2s_helpers.train.training import decay_at_end

STYLE = RECIPES["style"]
PAPER = dataclasses.replace(style.PAPER, steps=40, batch=2, size=44, base=4)


def test_style_learns_and_resumes_exactly(tmp_path):
    whole, half, resumed = (begin("style") for _ in range(3))
    progress = fit(whole)
    assert progress.history[-1]["style"] < progress.history[0]["style"]
    fit(stopped(half, 13), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(resumed.result))


def whole_state(net):
    """Weights and running statistics."""
    return torch.cat([value.flatten().float() for value in net.state_dict().values()])


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_paper_form_learns_and_resumes_exactly(norm, tmp_path):
    # The paper's weights are for features of the size of the real ones.
    whole, half, resumed = (begin("style", PAPER, zoo.load("pocket"), norm=norm) for _ in range(3))
    progress = fit(whole)
    assert progress.history[-1]["style"] < progress.history[0]["style"]
    fit(stopped(half, 13), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(whole_state(whole.result), whole_state(resumed.result))


def test_a_look_at_the_training_leaves_no_trace_in_batch_norm():
    training = begin("style", PAPER)
    net = training.result
    training.step(0)
    before = whole_state(net)
    assert training.preview().shape == (1, 3, 2 + 2 * 258, 2 + 258)
    assert torch.equal(whole_state(net), before) and net.training
    training.step(1)
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
        {"content_weight": 0.0},
        {"style_weight": 1.0},
        {"tv_weight": 1e-3},
        {"grid_weight": 1e5},
        {"lr_decay": 1.0},
        {"grad_clip": 1e-6},
        {"architecture": "book"},
    ],
)
def test_every_switch_of_the_style_training_changes_the_step(changes):
    """And nothing else does. Adam's first step knows only the sign of the gradient, so there are two."""
    trained = []
    for switch in ({}, {}, changes):
        training = begin("style", PAPER, zoo.load("pocket"), **switch)
        advance(training, 2)
        trained.append(weights(training.result))
    plain, again, changed = trained
    assert torch.equal(plain, again)
    assert plain.shape != changed.shape or (plain - changed).abs().max() > 1e-6


@pytest.mark.parametrize("k", [0, 30, 39])
def test_the_first_step_of_adam_is_as_long_as_the_learning_rate(k):
    training = begin("style", lr_decay=0.5)
    net = training.result
    before = weights(net).clone()
    advance(training, first=k)
    rate = STYLE.lr * decay_at_end(k, STYLE.steps, 0.5)
    assert (weights(net) - before).abs().max().item() == pytest.approx(rate, rel=1e-2)


def test_published_style_recipes():
    for recipe in (style.PAPER, style.AUTHORS_CODE):
        assert (recipe.steps, recipe.batch, recipe.size, recipe.lr) == (40_000, 4, 256, 1e-3)
        assert not recipe.relative and recipe.grad_clip is None and recipe.lr_decay == 0
        net = transform_net(**style.arguments(recipe, 1))
        assert sum(p.numel() for p in net.parameters()) == 1_679_235
    chosen = [(recipe.norm, recipe.content_layer, recipe.output) for recipe in (style.PAPER, style.AUTHORS_CODE)]
    assert chosen == [("batch", "relu2_2", "tanh"), ("instance", "relu3_3", "tanh 150")]
    assert 1e-6 <= style.PAPER.tv_weight <= 1e-4 and style.AUTHORS_CODE.tv_weight == 4 * style.PAPER.tv_weight
    with pytest.raises(ValueError, match="2 styles: the paper trains a network for each"):
        transform_net(**style.arguments(style.PAPER, 2))


def test_the_network_of_the_book_is_drawn_first_and_named_as_in_the_stored_checkpoints():
    training = begin("style")
    net = training.result
    torch.manual_seed(0)
    assert torch.equal(weights(net), weights(TransformNet(3, STYLE.base, full_size_skip=STYLE.full_size_skip)))
    assert set(training.stateful) == {"transform", "adam_transform"}
    assert {"c9.conv.weight", "d1.norm.weight", "r.4.second.norm.bias", "last.bias"} <= set(net.state_dict())


def test_a_style_network_begins_with_what_another_knows():
    torch.manual_seed(0)
    old, new = transform_net(styles=2, base=4).eval(), transform_net(styles=3, base=4, full_size_skip=True).eval()
    for name, value in old.named_parameters():
        if "norm." in name:
            torch.nn.init.normal_(value)
    style.adopt(new, old, [1, None, 0])
    new.full_size_skip = False  # nearest enlargement, as the old one has; what joins at full size begins at zero
    x = torch.rand(1, 3, 16, 20)
    asked = torch.tensor([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    made = new(x.expand(3, -1, -1, -1), torch.eye(3))
    assert torch.allclose(made, old(x.expand(3, -1, -1, -1), asked), atol=1e-6)
    new.full_size_skip = True
    assert not new.side.weight.any() and not torch.allclose(new(x, torch.eye(3)[:1]), made[:1], atol=1e-3)
    with pytest.raises(ValueError, match="another architecture"):
        style.adopt(transform_net(styles=1, base=6), old, [0])


def test_an_adjustable_network_begins_as_the_painter_and_keeps_what_it_learned_of_weights():
    torch.manual_seed(0)
    old = transform_net(styles=2, base=4, full_size_skip=True)
    torch.nn.init.normal_(old.side.weight)
    new = transform_net(styles=2, base=4, full_size_skip=True, adjustable=True)
    style.adopt(new, old, [1, 0])
    x, far = torch.rand(1, 3, 16, 20), torch.tensor([[1.0, 9.0, 0.1]])
    assert torch.allclose(new(x, torch.eye(2)[:1], far), old(x, torch.eye(2)[1:]), atol=1e-6)
    for value in new.parameters():
        value.data += 0.1 * torch.randn_like(value)
    third = transform_net(styles=3, base=4, full_size_skip=True, adjustable=True)
    style.adopt(third, new, [1, None, 0])
    assert torch.allclose(third(x, torch.eye(3)[:1], far), new(x, torch.eye(2)[1:], far), atol=1e-5)
    with pytest.raises(ValueError, match="another architecture"):
        style.adopt(old, new, [0, 1])


def test_weights_are_drawn_evenly_over_the_decades():
    drawn = style.weights_at_random(np.random.default_rng(0), 4_000)
    ratios = (drawn[:, 1:] / drawn[:, :1] / torch.tensor([3.0, 0.1])).log10()
    assert (ratios.abs() <= 1 + 1e-5).all() and (ratios.mean(dim=0).abs() < 0.05).all()
    assert ((ratios.abs() > 0.5).float().mean(dim=0) - 0.5).abs().max() < 0.05


def test_every_weight_of_an_adjustable_network_has_the_same_say():
    terms = {name: torch.tensor([2.0, 3.0]) for name in ("content", "style", "tv", "grid")}
    weights = torch.tensor([[1.0, 10.0, 0.5], [1.0, 0.1, 0.5]])
    value = style.log_objective(terms, weights, grid_weight=1.0)
    assert torch.allclose(value.exp(), torch.tensor([2 * 12.5, 3 * 2.6]))


def test_an_adjustable_network_is_told_the_weights_that_it_is_trained_for(monkeypatch):
    told, used = [], []
    training = begin("style", adjustable=True)
    net = training.result
    net.register_forward_pre_hook(lambda net, inputs: told.append(inputs[2]))
    real = style.log_objective
    monkeypatch.setattr(style, "log_objective", lambda terms, w, grid: used.append(w) or real(terms, w, grid))
    for k in range(3):
        training.step(k)
    assert all(map(torch.equal, told, used)) and len({w[0, 1].item() for w in told}) == 3
    assert net.c9.norm.weight[3:].any() and net.share[3:].isfinite().all()  # what begins at zero learns


def test_style_losses_vanish_for_the_style_itself_and_for_the_photo_itself():
    torch.manual_seed(0)
    phi, x = Pocket().requires_grad_(False), torch.rand(1, 3, 32, 32)
    targets = style.StyleTargets(phi, [torch.rand(1, 3, 32, 32), x])
    features = phi(x, STYLE_LAYERS)
    for relative in (False, True):
        content = {CONTENT_LAYER: features[CONTENT_LAYER]}
        same, other = (perceptual_terms(x, features, content, targets.of(torch.tensor([i])), relative) for i in (1, 0))
        assert same["content"] == 0 and same["style"] < 1e-9 < other["style"]
