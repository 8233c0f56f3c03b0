import dataclasses
import json

import numpy as np
import pytest
import torch

from s2s_helpers.checkpoint import CheckpointError, load_state
from s2s_helpers.train import pix2pix
from s2s_helpers.train.loop import CHECKPOINT, Job, decay_at_end, fit, made_of, ready, shuffled, step_rng


def small_job(fail_at=None):
    """A net with dropout, trained on noise: every source of chance that a recipe has."""
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
    adam = torch.optim.Adam(net.parameters(), 0.01)

    def step(k):
        x = torch.from_numpy(step_rng(1, k).random((6, 4))).float()
        loss = (net(x) - x.sum(dim=1, keepdim=True)).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        return {"loss": float("nan") if k == fail_at else loss.item()}

    return Job(step, {"net": net, "adam": adam}), net


def weights(net):
    return torch.cat([p.flatten() for p in net.parameters()])


def test_stopped_and_resumed_equals_not_stopped(tmp_path):
    job, whole = small_job()
    fit(job, 60, seed=1)
    job, _ = small_job()
    fit(job, 25, seed=1, folder=tmp_path)
    job, resumed = small_job()
    progress = fit(job, 60, seed=1, folder=tmp_path, resume=True)
    assert torch.equal(weights(whole), weights(resumed))
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
    def job():
        net = torch.nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last)
        adam = torch.optim.Adam(net.parameters(), 0.01)

        def step(k):
            adam.zero_grad()
            loss = net(torch.ones(1, 3, 8, 8)).square().mean()
            loss.backward()
            adam.step()
            return {"loss": loss.item()}

        return Job(step, {"net": net, "adam": adam}), net.weight, adam

    fit(job()[0], 2, seed=0, folder=tmp_path)
    resumed, weight, adam = job()
    fit(resumed, 2, seed=0, folder=tmp_path, resume=True)
    assert adam.state[weight]["exp_avg"].stride() == weight.stride() != torch.empty(weight.shape).stride()


def test_another_seed_is_another_run():
    (a, net_a), (b, net_b) = small_job(), small_job()
    fit(a, 5, seed=1)
    fit(b, 5, seed=2)
    assert not torch.equal(weights(net_a), weights(net_b))


def test_interrupt_saves_and_returns(tmp_path):
    job, net = small_job()
    inner = job.step

    def step(k):
        if k == 7:
            raise KeyboardInterrupt
        return inner(k)

    job.step = step
    assert fit(job, 100, seed=1, folder=tmp_path).step == 7
    saved = load_state(tmp_path / CHECKPOINT)
    assert saved["progress"]["step"] == 7
    assert torch.equal(saved["state"]["net"]["0.weight"], net[0].weight)


def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(tmp_path):
    job, _ = small_job()
    fit(job, 10, seed=1, folder=tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    job, _ = small_job(fail_at=15)
    with pytest.raises(FloatingPointError, match="loss is not finite at step 15; the last good checkpoint is"):
        fit(job, 30, seed=1, folder=tmp_path, resume=True)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_run_is_not_overwritten_by_accident(tmp_path):
    fit(small_job()[0], 3, seed=1, folder=tmp_path)
    with pytest.raises(CheckpointError, match="--resume"):
        fit(small_job()[0], 3, seed=1, folder=tmp_path)


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    fit(small_job()[0], 3, seed=1, folder=tmp_path)
    other = torch.nn.Linear(2, 2)
    with pytest.raises(CheckpointError, match="net, adam"):
        fit(Job(lambda k: {}, {"other": other}), 5, seed=1, folder=tmp_path, resume=True)
    job, _ = small_job()
    job.state["net"] = other
    with pytest.raises(CheckpointError, match="does not fit"):
        fit(job, 5, seed=1, folder=tmp_path, resume=True)


def test_log_is_one_json_object_a_line(tmp_path):
    fit(small_job()[0], 40, seed=1, folder=tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [20, 40] and lines[0]["loss"] > 0


def test_shuffled_visits_everything_once_in_each_pass():
    seen = np.concatenate([shuffled(10, 4, k, seed=3) for k in range(5)])
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert list(seen[:10]) != list(seen[10:])


def test_decay_at_end():
    assert [decay_at_end(k, 100, 0.5) for k in (0, 50, 75, 100)] == [1, 1, 0.5, 0]


def test_a_run_of_something_else_is_refused_and_an_older_checkpoint_goes_on(tmp_path):
    def made(**what):
        job, _ = small_job()
        job.made_of = what
        return job

    fit(made(), 3, seed=1, folder=tmp_path)  # as written before there was ``made_of``
    fit(made(styles="wave", seed="1"), 5, seed=1, folder=tmp_path, resume=True)
    with pytest.raises(CheckpointError, match=r"holds a run with other styles \(wave\); give the same, or choose"):
        fit(made(styles="scream", seed="1"), 7, seed=1, folder=tmp_path, resume=True)
    with pytest.raises(CheckpointError, match=r"styles \(wave\), seed \(1\)"):
        fit(made(styles="scream", seed="2"), 7, seed=1, folder=tmp_path, resume=True)
    assert fit(made(styles="wave", seed="1", lr="new"), 7, seed=1, folder=tmp_path, resume=True).step == 7


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
    fit(small_job()[0], 1, seed=1, folder=tmp_path)
    ready(tmp_path, resume=True)
    with pytest.raises(CheckpointError, match="a run lies here already"):
        ready(tmp_path, resume=False)
