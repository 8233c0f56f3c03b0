import dataclasses
import json
from types import SimpleNamespace

import pytest
import torch
from small_trainings import stopped, weights

from s2s_helpers.runtime.checkpoint import CheckpointError, load_state
from s2s_helpers.runtime.seeds import step_rng
from s2s_helpers.train import pix2pix
from s2s_helpers.train.loop import CHECKPOINT, fit, made_of, ready
from s2s_helpers.train.training import Training, decay_at_end


class Small(Training):
    """A net with dropout, trained on noise: every source of chance that a training has."""

    def __init__(self, steps, seed=1, fail_at=None):
        super().__init__(SimpleNamespace(steps=steps, lr=0.01), seed)
        torch.manual_seed(0)
        self.net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
        self.learn("net", self.net)
        self.fail_at = fail_at

    @property
    def result(self):
        return self.net

    def step(self, k):
        x = torch.from_numpy(step_rng(1, k).random((6, 4))).float()
        loss = (self.net(x) - x.sum(dim=1, keepdim=True)).square().mean()
        self.descend("net", loss, self.rate(k))
        return {"loss": float("nan") if k == self.fail_at else loss.item()}


def test_stopped_and_resumed_equals_not_stopped(tmp_path):
    whole, half, resumed = (Small(60) for _ in range(3))
    fit(whole)
    fit(stopped(half, 25), tmp_path)
    progress = fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.net), weights(resumed.net))
    assert progress.step == 60 and [line["step"] for line in progress.history] == [20, 40, 60]


@pytest.mark.parametrize("optimizer", [torch.optim.Adam, torch.optim.AdamW])
def test_adam_in_one_pass_moves_what_has_a_gradient_whatever_the_layout(optimizer):
    """The trainings rely on it: torch's kernel goes through memory, and not through indices."""
    gradient = torch.zeros(8, 6, 4, 4)
    gradient[3, 4, 1, 2] = 1
    weight = torch.nn.Parameter(torch.zeros_like(gradient).contiguous(memory_format=torch.channels_last))
    weight.grad = gradient.contiguous(memory_format=torch.channels_last)
    optimizer([weight], 0.1, fused=True).step()
    assert weight.nonzero().tolist() == [[3, 4, 1, 2]]


def test_what_an_optimizer_keeps_has_the_layout_of_its_weight_after_a_resumption(tmp_path):
    class OneConvolution(Small):
        def __init__(self, steps):
            super().__init__(steps)
            self.net = torch.nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
            self.learn("net", self.net)

        def step(self, k):
            self.descend("net", self.net(torch.ones(1, 3, 8, 8)).square().mean(), self.rate(k))
            return {}

    fit(OneConvolution(2), tmp_path)
    resumed = OneConvolution(2)
    fit(resumed, tmp_path, resume=True)
    weight, kept = resumed.net.weight, resumed.stateful["adam_net"].state
    assert kept[weight]["exp_avg"].stride() == weight.stride() != torch.empty(weight.shape).stride()


def test_another_seed_is_another_run():
    a, b = Small(5, seed=1), Small(5, seed=2)
    fit(a), fit(b)
    assert not torch.equal(weights(a.net), weights(b.net))


def test_interrupt_saves_and_returns(tmp_path):
    training = stopped(Small(100), 7)
    assert fit(training, tmp_path).step == 7
    saved = load_state(tmp_path / CHECKPOINT)
    assert saved["progress"]["step"] == 7
    assert torch.equal(saved["state"]["net"]["0.weight"], training.net[0].weight)


def test_the_result_is_ready_to_use_and_can_learn_on():
    training = Small(2)
    fit(training)
    assert not training.result.training
    training.step(2)


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(tmp_path):
    fit(Small(10), tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(FloatingPointError, match="loss is not finite at step 15; the last good checkpoint is"):
        fit(Small(30, fail_at=15), tmp_path, resume=True)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_run_is_not_overwritten_by_accident(tmp_path):
    fit(Small(3), tmp_path)
    with pytest.raises(CheckpointError, match="--resume"):
        fit(Small(3), tmp_path)


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    fit(Small(3), tmp_path)
    other = Small(5)
    other.stateful = {"other": torch.nn.Linear(2, 2)}
    with pytest.raises(CheckpointError, match="net, adam_net"):
        fit(other, tmp_path, resume=True)
    other = Small(5)
    other.stateful["net"] = torch.nn.Linear(2, 2)
    with pytest.raises(CheckpointError, match="does not fit"):
        fit(other, tmp_path, resume=True)


def test_log_is_one_json_object_a_line(tmp_path):
    fit(Small(40), tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [20, 40] and lines[0]["loss"] > 0


def test_decay_at_end():
    assert [decay_at_end(k, 100, 0.5) for k in (0, 50, 75, 100)] == [1, 1, 0.5, 0]


def test_a_run_of_something_else_is_refused_and_an_older_checkpoint_goes_on(tmp_path):
    fit(Small(3), tmp_path)  # as written before there was ``made_of``
    fit(Small(5), tmp_path, resume=True, made_of={"styles": "wave", "seed": "1"})
    with pytest.raises(CheckpointError, match=r"holds a run with other styles \(wave\); give the same, or choose"):
        fit(Small(7), tmp_path, resume=True, made_of={"styles": "scream", "seed": "1"})
    with pytest.raises(CheckpointError, match=r"styles \(wave\), seed \(1\)"):
        fit(Small(7), tmp_path, resume=True, made_of={"styles": "scream", "seed": "2"})
    progress = fit(Small(7), tmp_path, resume=True, made_of={"styles": "wave", "seed": "1", "lr": "new"})
    assert progress.step == 7


def test_made_of_knows_all_of_a_recipe_but_its_steps():
    recipe = pix2pix.BOOK
    plain = made_of(recipe, 0, photos="mine")
    assert plain == made_of(dataclasses.replace(recipe, steps=9), 0, photos="mine")
    assert plain != made_of(dataclasses.replace(recipe, lr=9.0), 0, photos="mine")
    assert list(plain)[:2] == ["photos", "seed"]


def test_ready_tells_what_fit_would_tell(tmp_path):
    with pytest.raises(CheckpointError, match="nothing to go on with in .*; leave out --resume"):
        ready(tmp_path / "new", resume=True)
    assert not (tmp_path / "new").exists()
    ready(tmp_path, resume=False)
    fit(Small(1), tmp_path)
    ready(tmp_path, resume=True)
    with pytest.raises(CheckpointError, match="a run lies here already"):
        ready(tmp_path, resume=False)
