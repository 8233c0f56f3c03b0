"""The page of errata has a switch for every place where text and released code of the sources differ."""

import dataclasses
import re
from pathlib import Path

import pytest

from s2s_helpers.optimize import gatys
from s2s_helpers.runs.ablations import cgan, fast_style
from s2s_helpers.runs.ablations.store import results_of
from s2s_helpers.train import pix2pix, style
from s2s_helpers.ui.results import FOLDER, STYLE

PAGE = (Path(__file__).parents[2] / "book" / "errata.py").read_text(encoding="utf-8")
CELLS = fast_style.CELLS | {name: cell.changes for name, cell in cgan.CELLS.items()}
SWITCHES = [cell for cell in re.findall(r'^    "(.*?)": "', PAGE, re.M) if cell in CELLS]  # the rows of its tables
# What the sources disagree about beyond the fields of the recipes: words of the page.
TOPICS = ["learning rate", "dropout", "one pixel", "255", "three orders of magnitude", "equal loss", "Gram"]
TOPICS += ["batch norm", "reference 9", "reference 26", "pytorch/examples", "slow_neural_style.lua"]


@pytest.mark.parametrize("recipes", [pix2pix, style, gatys], ids=lambda module: module.__name__.split(".")[-1])
def test_every_field_that_differs_is_a_switch_with_an_effect(recipes):
    paper, released = dataclasses.asdict(recipes.PAPER), dataclasses.asdict(recipes.AUTHORS_CODE)
    stored = {field for cell in SWITCHES for field in CELLS[cell]}
    live = set(re.findall(r"gatys\.PAPER\.(\w+)", PAGE))
    differ = {name for name in paper if paper[name] != released[name]}
    assert differ and differ <= stored | live


@pytest.mark.parametrize("cell", SWITCHES)
def test_a_switch_has_its_runs(cell):
    runs = results_of(cell, FOLDER if cell in cgan.CELLS else STYLE)
    assert len({run["seed"] for run in runs}) >= (3 if cell in cgan.CELLS else 1)


@pytest.mark.parametrize("field", ["halve_discriminator", "stale_scores", "lr_decay", "dropout_from"])
def test_a_switch_of_the_training_of_pix2pix_is_turned_by_itself(field):
    assert [list(CELLS[cell]) for cell in SWITCHES].count([field]) == 1


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_there(topic):
    assert topic in re.sub(r"\n# ", " ", PAGE)
