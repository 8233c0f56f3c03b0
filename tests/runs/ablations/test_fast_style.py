"""The stored runs of the fast style network: what they vary, what they measure, on what."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from s2s_helpers import zoo
from s2s_helpers.cli.train import experiments
from s2s_helpers.data.facades import Split
from s2s_helpers.images import load_picture, save_picture
from s2s_helpers.nets.transform import PaperTransformNet, TransformNet, transform_net
from s2s_helpers.runs.ablations import fast_style
from s2s_helpers.runs.ablations.fast_style import BASE, CELLS, TABLES, recipe_of, results, score, stale
from s2s_helpers.runs.ablations.store import file_of
from s2s_helpers.train import style

MODES = {"evaluation", "validation"}


@pytest.fixture
def small(monkeypatch):
    """Tiny recipes and pictures of noise: 10 to train with, others for each of the two kinds of score."""
    rng = np.random.default_rng(0)
    noise = {part: rng.integers(0, 255, (20, 3, 44, 44), dtype=np.uint8) for part in ("train", "val", "test")}
    monkeypatch.setattr(fast_style, "load_split", lambda part, size: Split(noise[part], noise[part], noise[part]))
    tiny = dataclasses.replace(BASE, steps=2, batch=2, size=44, base=4)
    monkeypatch.setattr(fast_style, "BASE", tiny)
    monkeypatch.setattr(fast_style, "STYLE_SIZE", 32)
    monkeypatch.setattr(fast_style, "HELD_OUT", 15)


def test_each_cell_differs_in_what_its_name_says():
    assert set(name for rows in TABLES.values() for name in rows) == set(CELLS)
    assert len({json.dumps(changes) for changes in CELLS.values()}) == len(CELLS)
    counts = {name: len(changes) for name, changes in CELLS.items()}
    assert counts == dict.fromkeys(CELLS, 1) | {"paper": 0, "book": 3, "book, fine": 4, "book, fine, no grid": 5}
    weights = [recipe_of(name).tv_weight for name in TABLES["variation"]]
    assert weights == [0.0, 1e-6, 1e-5, 1e-4]
    for name in CELLS:
        kind = TransformNet if name.startswith("book") else PaperTransformNet
        assert isinstance(transform_net(**style.arguments(recipe_of(name), 1)), kind)
    same = ("lr", "batch", "content_layer", "content_weight", "tv_weight", "relative", "grad_clip", "norm")
    assert all(getattr(BASE, field) == getattr(style.PAPER, field) for field in same)


def test_runs_once_and_says_what_it_did(small, tmp_path):
    names = ["paper", "instance norm", "book"]
    done = list(fast_style.run(names, range(2), tmp_path / "out", tmp_path / "work"))
    assert [(name, seed) for name, seed, _ in done] == [(name, seed) for seed in range(2) for name in names]
    stored = results(tmp_path / "out")
    assert {name: len(runs) for name, runs in stored.items() if runs} == dict.fromkeys(names, 2)
    first, second = stored["paper"]
    assert set(first["scores"]) == MODES and first["scores"]["evaluation"] != first["scores"]["validation"]
    assert first["scores"] != second["scores"] != stored["instance norm"][1]["scores"]
    assert load_picture(file_of("paper", 0, tmp_path / "out").with_suffix(".jpg")).shape == (1, 3, 44, 6 * 44)
    assert not file_of("paper", 1, tmp_path / "out").with_suffix(".jpg").exists()
    assert first["data"] == fast_style.DRAWN and first["command"] == 's2s experiments style --only "paper"'
    assert not any(stale(run) for runs in stored.values() for run in runs)
    assert stale({**first, "cell": "resize"}) and stale({**first, "data": "3 photos"})
    assert not list(fast_style.run(names, range(2), tmp_path / "out", tmp_path / "work"))


def test_a_deleted_result_is_scored_again_without_training(small, tmp_path):
    ((_, _, first),) = fast_style.run(["paper"], range(1), tmp_path / "out", tmp_path / "work")
    file_of("paper", 0, tmp_path / "out").unlink()
    ((_, _, again),) = fast_style.run(["paper"], range(1), tmp_path / "out", tmp_path / "work")
    assert again["scores"] == first["scores"] and again["seconds"] == first["seconds"]


def test_photos_instead_of_the_drawn_world(small, tmp_path, monkeypatch):
    for name, value in {"SIZE": 44, "HELD_OUT": 6, "SHOWN": (0, 1)}.items():
        monkeypatch.setattr(fast_style, name, value)
    photos = tmp_path / "photos"
    photos.mkdir()
    for i in range(12):
        save_picture(torch.rand(1, 3, 50, 60 + i), photos / f"{i}.png")
    ((_, _, result),) = fast_style.run(["paper"], range(1), tmp_path, tmp_path / "work", [photos], photos)
    assert result["data"] == "12 photos of photos; photos" and stale(result)
    held_out = fast_style.photo_data([photos], photos).held_out
    assert set(held_out) == MODES and all(x.shape == (6, 3, 44, 44) for x in held_out.values())
    assert not torch.equal(*held_out.values())
    with pytest.raises(ValueError, match="go together"):
        list(fast_style.run(["paper"], range(1), tmp_path, tmp_path, [photos]))
    monkeypatch.setattr(fast_style, "HELD_OUT", 7)
    with pytest.raises(ValueError, match="12 photos, but 7 are for scores and 7 to validate"):
        fast_style.photo_data([photos], photos)


def test_scores_by_what_was_made():
    """A picture left as it is has all its content, the style itself all the style; a board is found."""
    torch.manual_seed(0)
    phi = zoo.load("pocket")
    pattern, x = torch.rand(1, 3, 64, 64), torch.rand(12, 3, 64, 64) * 0.2 + 0.4
    targets = style.StyleTargets(phi, [pattern])
    kept, painted = score(x, x, targets, phi, style.PAPER), score(x, pattern.expand_as(x), targets, phi, style.PAPER)
    assert set(kept) == {
        "content", "content relu3_3", "style", "tv", "eq 6", "eq 6 relu3_3", "eq 7", "squared variation", "objective",
        "checkerboard",
    }  # fmt: skip
    assert all(kept[key] == 0 < painted[key] for key in kept if key.startswith(("content", "eq 6")))
    assert all(painted[key] < 1e-3 * kept[key] for key in ("style", "eq 7"))
    assert painted["squared variation"] > kept["squared variation"] > 1000 * kept["tv"]
    assert kept["objective"] == pytest.approx(style.PAPER.style_weight * kept["eq 7"], rel=1e-3)
    deeper = dataclasses.replace(style.PAPER, content_layer="relu3_3", style_weight=0.0)
    assert score(x, pattern.expand_as(x), targets, phi, deeper)["objective"] == painted["eq 6 relu3_3"]
    board = x.clone()
    board[..., ::2, ::2] += 0.1
    assert score(x, board, targets, phi, style.PAPER)["checkerboard"] > 2 * kept["checkerboard"]


def test_the_command_runs_the_cells_and_seeds_that_are_asked_for(small, tmp_path, monkeypatch):
    place = ["--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    run = CliRunner().invoke(experiments, ["style", "--only", "resize", "--first", "1", "--seeds", "1", *place])
    assert run.exit_code == 0 and run.stdout.startswith("resize, seed 1, ") and "checkerboard" in run.stdout
    assert [path.name for path in (tmp_path / "out").glob("*.json")] == ["resize_1.json"]


def test_stored_results_belong_to_the_cells_of_today():
    from s2s_helpers.ui.results import STYLE

    runs = [run for stored in results(STYLE).values() for run in stored]
    assert not [run["command"] for run in runs if stale(run)]
