"""The machinery of the stored runs: each is done once, in order, and stored as what it is."""

import dataclasses
import json

import pytest
import torch

from s2s_helpers.images import load_picture
from s2s_helpers.runs.ablations.store import check_finished, curve, file_of, listed, result_of, results_of, run, stale
from s2s_helpers.train.loop import Progress


@dataclasses.dataclass(frozen=True)
class Recipe:
    steps: int = 3
    betas: tuple[float, float] = (0.5, 0.9)


FACTS = {"data": "noise"}
PROGRESS = Progress(3, 1.26, [{"step": 20, "L1": 0.123456}])


def one(name, seed, folder):
    recipe = Recipe(steps=len(name))
    result = result_of(name, seed, FACTS, recipe, {"evaluation": {"L1": 0.5}}, PROGRESS, "s2s experiments noise")
    return result, None if seed else torch.rand(6, 3, 16, 16)


def test_seed_by_seed_and_only_what_exists():
    assert listed(["a", "b"], range(1, 3), {"a": 1, "b": 2, "c": 3}) == [("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    with pytest.raises(ValueError, match="no cell x, y; there are: a, c"):
        listed(["y", "a", "x"], range(1), {"a": 1, "c": 3})


def test_what_has_its_file_is_not_done_again(tmp_path):
    todo = [("L1+GAN, 2", 0), ("L1+GAN, 2", 1)]
    done = list(run(todo, tmp_path, tmp_path / "work", one))
    assert [(name, seed) for name, seed, _ in done] == todo
    names = {"L1-and-GAN_2_0.json", "L1-and-GAN_2_1.json", "L1-and-GAN_2_0.jpg"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert load_picture(tmp_path / "L1-and-GAN_2_0.jpg").shape == (1, 3, 16, 96)
    assert [result["seed"] for result in results_of("L1+GAN, 2", tmp_path)] == [0, 1]
    file_of("L1+GAN, 2", 0, tmp_path).unlink()
    asked = []
    again = run(todo, tmp_path, tmp_path / "work", lambda *of: asked.append(of) or one(*of))
    assert [seed for _, seed, _ in again] == [0] and asked == [("L1+GAN, 2", 0, tmp_path / "work" / "L1-and-GAN_2_0")]


def test_names_that_begin_alike_are_kept_apart(tmp_path):
    """The files of "a" are a_*.json, and so is that of "a_1"."""
    list(run([("a", 0), ("a 1", 0), ("a_1", 1)], tmp_path, tmp_path, one))
    assert [len(results_of(name, tmp_path)) for name in ("a", "a 1", "a_1")] == [1, 1, 1]


def test_a_result_says_all_and_goes_stale_when_recipe_or_data_change(tmp_path):
    ((_, _, made),) = run([("abc", 0)], tmp_path, tmp_path, one)
    (stored,) = results_of("abc", tmp_path)
    assert list(stored) == [
        "cell", "seed", "data", "recipe", "scores", "curve", "seconds", "machine", "date", "command"
    ]  # fmt: skip
    assert stored["recipe"] == {"steps": 3, "betas": [0.5, 0.9]} and stored["seconds"] == 1.3
    assert stored["curve"] == [{"step": 20, "L1": 0.1235}] and stored["command"] == 's2s experiments noise --only "abc"'
    assert not stale(stored, FACTS, Recipe())
    assert stale(stored, FACTS, Recipe(betas=(0.5, 0.8))) and stale(stored, {"data": "photos"}, Recipe())
    del stored["recipe"]["betas"]  # stored before there was such a field
    assert not stale(stored, FACTS, Recipe()) and stale(stored, FACTS, Recipe(betas=(0.5, 0.8)))
    assert json.loads(json.dumps(made)) == json.loads(file_of("abc", 0, tmp_path).read_text(encoding="utf-8"))


def test_half_a_run_is_no_result():
    check_finished(Progress(step=5), 5)
    with pytest.raises(KeyboardInterrupt):
        check_finished(Progress(step=4), 5)


def test_a_long_curve_is_thinned():
    lines = curve(Progress(history=[{"step": 20 * i, "L1": 1 / 3} for i in range(1, 401)]))
    assert len(lines) == 50 and lines[0] == {"step": 20, "L1": 0.3333} and lines[1]["step"] == 180
