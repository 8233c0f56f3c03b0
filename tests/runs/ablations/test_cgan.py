"""The stored runs: what is there is not done again, what was stopped goes on, what is missing is said."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from s2s_helpers.data.facades import Split, colored
from s2s_helpers.data.sketches import edges
from s2s_helpers.images import save_picture
from s2s_helpers.nets.unet import UNet
from s2s_helpers.runs.ablations import cgan
from s2s_helpers.runs.ablations.cgan import CELLS, TABLES, Cell, results, stale
from s2s_helpers.runs.ablations.store import file_of
from s2s_helpers.runtime.checkpoint import load_state

TINY = {"steps": 2, "batch": 2, "size": 64, "load_size": 64, "base": 4, "cap": 8, "depth": 3, "receptive_field": 16}


@pytest.fixture
def small(monkeypatch):
    """Tiny recipes, four pairs of noise, and a segmenter without training."""
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 255, (16, 3, 64, 64), dtype=np.uint8) for _ in range(2)]
    split = Split(*arrays, rng.integers(0, 12, (16, 64, 64), dtype=np.uint8))
    monkeypatch.setattr(cgan, "load_split", lambda name, size: split)
    monkeypatch.setattr(cgan, "BASE", dataclasses.replace(cgan.BASE, **TINY))
    segmenter = UNet(4, 8, 3, "batch", outputs=12).eval()
    load = cgan.zoo.load
    monkeypatch.setattr(cgan.zoo, "load", lambda name: segmenter if name == "segmenter" else load(name))
    cells = {"plain": Cell(), "batch norm": Cell({"norm": "batch"}, pairs=3), "labels": Cell(task="labels")}
    monkeypatch.setattr(cgan, "CELLS", cells)


def test_tables_name_cells_and_files_are_distinct(tmp_path):
    assert all(name in CELLS for rows in TABLES.values() for name in rows)
    assert {name for rows in TABLES.values() for name in rows} == set(CELLS)
    assert len({file_of(name, seed, tmp_path) for name in CELLS for seed in range(3)}) == 3 * len(CELLS)


def test_each_row_of_the_errata_is_one_field_away_from_the_first():
    base, *rows = (dataclasses.asdict(CELLS[name].recipe) for name in TABLES["errata"])
    differ = [[key for key in base if row[key] != base[key]] for row in rows]
    assert differ == [[], ["halve_discriminator"], ["stale_scores"], ["lr_decay"], ["dropout_from"]]


def test_runs_once_and_says_what_it_did(small, tmp_path):
    names = ["plain", "batch norm", "labels"]
    done = list(cgan.run(names, range(2), tmp_path / "out", tmp_path / "work"))
    assert [(name, seed) for name, seed, _ in done] == [(name, seed) for seed in range(2) for name in names]
    stored = results(tmp_path / "out")
    assert {name: len(runs) for name, runs in stored.items()} == dict.fromkeys(names, 2)
    plain, norm, labels = (stored[name][0]["scores"] for name in names)
    assert {"L1", "PSNR", "SSIM", "L", "FCN pixel", "FCN IoU", "edge F1", "KID"} <= set(plain["evaluation"])
    assert set(plain) == {"evaluation", "dropout"} and len(norm) == 4
    assert norm["evaluation"] != norm["batch statistics"] != norm["dropout and batch statistics"]
    assert set(labels["evaluation"]) == {"pixel", "class", "IoU"}
    assert stored["batch norm"][0]["pairs"] == 3 and stored["plain"][0]["recipe"]["base"] == 4
    assert file_of("plain", 0, tmp_path / "out").with_suffix(".jpg").exists()
    assert not list(cgan.run(names, range(2), tmp_path / "out", tmp_path / "work"))


def test_a_deleted_result_is_scored_again_without_training(small, tmp_path):
    ((_, _, first),) = cgan.run(["plain"], range(1), tmp_path / "out", tmp_path / "work")
    file_of("plain", 0, tmp_path / "out").unlink()
    before = load_state(tmp_path / "work" / "plain_0" / "checkpoint.safetensors")
    ((_, _, again),) = cgan.run(["plain"], range(1), tmp_path / "out", tmp_path / "work")
    after = load_state(tmp_path / "work" / "plain_0" / "checkpoint.safetensors")
    assert again["scores"] == first["scores"] and after["progress"] == before["progress"]


def test_unknown_cells_and_stale_results(small, tmp_path):
    with pytest.raises(ValueError, match="no cell sepia; there are: plain"):
        list(cgan.run(["sepia"], range(1), tmp_path, tmp_path))
    ((_, _, result),) = cgan.run(["plain"], range(1), tmp_path / "out", tmp_path / "work")
    assert not stale(json.loads(json.dumps(result)))
    assert stale({**result, "world": -1}) and stale({**result, "pairs": 5})


def test_stored_results_belong_to_the_cells_of_today():
    from s2s_helpers.ui.results import FOLDER

    runs = [run for stored in results(FOLDER).values() for run in stored]
    assert runs and not [run["command"] for run in runs if stale(run)]
    for run in runs:
        assert file_of(run["cell"], run["seed"], FOLDER).exists()


def test_contours_that_people_drew(small, tmp_path, monkeypatch):
    """Photos with contours instead of the drawn world: trained, scored without labels, no picture kept."""
    for i in range(16):
        photo = torch.rand(1, 3, 5, 6).repeat_interleave(30, 2).repeat_interleave(30, 3)
        save_picture(photo, tmp_path / f"{i}.jpg")
        save_picture(edges(photo), tmp_path / f"{i}_one.png")
    cells = {"drawn": Cell(task="contours"), "as it is": Cell(task="contours", shipped="photo")}
    monkeypatch.setattr(cgan, "CELLS", cells)
    assert not list(cgan.run(["drawn"], range(1), tmp_path / "out", tmp_path / "work"))
    done = cgan.run(["drawn", "as it is"], range(2), tmp_path / "out", tmp_path / "work", [tmp_path], tmp_path)
    scores = {(name, seed): result["scores"]["evaluation"] for name, seed, result in done}
    assert list(scores) == [("drawn", 0), ("as it is", 0), ("drawn", 1)]
    assert "edge F1" in scores["drawn", 0] and "FCN pixel" not in scores["drawn", 0]
    assert not list((tmp_path / "out").glob("*.jpg"))


def test_nearest_label_finds_the_colors_of_the_palette():
    labels = torch.arange(12).view(1, 3, 4)
    assert torch.equal(cgan.nearest_label((colored(labels) + 0.02).clamp(0, 1)), labels)
