"""Two stages against training end to end: the same networks, pairs and losses, and scores that mean what they say."""

import dataclasses

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from s2s_helpers import zoo
from s2s_helpers.cli.train import experiments
from s2s_helpers.data.facades import Split
from s2s_helpers.images import load_picture
from s2s_helpers.runs.ablations import cascade
from s2s_helpers.runs.ablations.store import file_of
from s2s_helpers.train import pix2pix, style
from s2s_helpers.train.cascade import Chain, at_once


@pytest.fixture
def small(monkeypatch):
    """Tiny recipes, and 16 pairs of noise."""
    noise = np.random.default_rng(0).integers(0, 255, (2, 16, 3, 64, 64), dtype=np.uint8)
    monkeypatch.setattr(cascade, "load_split", lambda part, size: Split(*noise, noise[0]))
    monkeypatch.setattr(cascade.fast_style, "STYLE_SIZE", 32)
    for name, recipe in cascade.CELLS.items():
        generator = dataclasses.replace(
            recipe.generator, steps=2, batch=2, size=64, load_size=64, base=4, cap=8, depth=4
        )
        painter = dataclasses.replace(recipe.painter, steps=3, batch=2, size=64, base=4)
        monkeypatch.setitem(cascade.CELLS, name, dataclasses.replace(recipe, generator=generator, painter=painter))


def test_runs_once_for_each_way_and_says_what_it_did(small, tmp_path):
    out, work = tmp_path / "out", tmp_path / "work"
    done = {name: result for name, _, result in cascade.run(list(cascade.CELLS), range(1), out, work)}
    assert list(done) == list(cascade.CELLS) and not list(cascade.run(list(cascade.CELLS), range(1), out, work))
    stored = cascade.results(out)
    assert all(stored[name][0]["scores"] == run["scores"] for name, run in done.items())
    assert not any(cascade.stale(run) for [run] in stored.values())
    assert len({run["scores"]["evaluation"]["objective"] for run in done.values()}) == 3
    assert load_picture(file_of("two stages", 0, out).with_suffix(".jpg")).shape == (1, 3, 64, 6 * 64)
    assert cascade.stale({**stored["two stages"][0], "world": "another"})
    assert cascade.stale({**stored["two stages"][0], "cell": "one network, end to end"})
    file_of("two stages", 0, out).unlink()  # scored again without training: the checkpoints of both stages are there
    [(_, _, again)] = cascade.run(["two stages"], range(1), out, work)
    first = done["two stages"]["scores"]["evaluation"]
    assert again["scores"]["evaluation"] | {"milliseconds": 0} == first | {"milliseconds": 0}


def test_the_command(small, tmp_path):
    place = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    run = CliRunner().invoke(experiments, ["cascade", "--only", "one network, end to end", *place])
    assert run.exit_code == 0 and run.stdout.startswith("one network, end to end, seed 0, ")


def test_the_stages_have_the_same_networks_as_the_chain():
    sizes = {}
    for name, recipe in cascade.CELLS.items():
        painter = style.transform_net(**style.arguments(recipe.painter, 1)) if recipe.chained else None
        net = Chain(pix2pix.generator_of(recipe.generator), painter)
        sizes[name] = sum(p.numel() for p in net.parameters())
    assert sizes["two stages"] == sizes["two networks, end to end"] > sizes["one network, end to end"]


def test_at_once_every_network_learns_by_the_losses_of_the_painting(small):
    recipe = cascade.CELLS["two networks, end to end"]
    noise = np.random.default_rng(1).integers(0, 255, (2, 8, 3, 64, 64), dtype=np.uint8)
    batches = pix2pix.array_pairs(*noise, recipe.generator)
    training = at_once(recipe, 0, batches, torch.rand(1, 3, 32, 32), zoo.loss_network("pocket"))
    net = training.result
    before = {name: value.clone() for name, value in net.named_parameters()}
    losses = training.step(0)
    assert set(losses) == {"content", "style", "tv", "grid"}
    moved = {name.split(".")[0] for name, value in net.named_parameters() if not torch.equal(value, before[name])}
    assert moved == {"generator", "painter"}
    sketch, _ = batches(0, 0, 2, 64)
    assert torch.equal(net.eval()(sketch, torch.ones(2, 1)), net.painter(net.generator(sketch), torch.ones(2, 1)))


def test_scores_by_what_was_painted():
    """The true picture has all the content; the style itself all the style; the sketch all its edges."""
    rng = np.random.default_rng(0)
    sketches = np.full((10, 3, 64, 64), 255, dtype=np.uint8)
    sketches[:, :, 20:22, 8:56] = 0
    true = rng.integers(100, 150, (10, 3, 64, 64), dtype=np.uint8)
    phi, pattern = zoo.load("pocket"), torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    test, targets = Split(sketches, true, sketches), style.StyleTargets(phi, [pattern])
    made = {"true": torch.from_numpy(true) / 255, "style": pattern.expand(10, -1, -1, -1)}
    made["sketch"] = torch.from_numpy(sketches) / 255
    found = {name: cascade.score(x, test, targets, phi) for name, x in made.items()}
    assert found["true"]["content"] < 1e-6 < found["style"]["content"]
    assert found["style"]["style"] < 1e-6 < found["true"]["style"]
    assert found["sketch"]["edge F1"] > 0.9 > found["style"]["edge F1"]
    weights = {"content": 1.0, "style": 1.0, "tv": 0.5}
    parts = found["sketch"]
    assert parts["objective"] == pytest.approx(sum(weights[k] * float(parts[k]) for k in weights), rel=1e-5)
