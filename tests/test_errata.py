"""The page of errata has a switch for every place where text and released code of the sources differ."""

import dataclasses
import re
from pathlib import Path

import pytest

from s2s_helpers import style_experiments
from s2s_helpers.optimize import gatys
from s2s_helpers.train import pix2pix, style

PAGE = (Path(__file__).parents[1] / "book" / "errata.py").read_text(encoding="utf-8")
# What the sources disagree about beyond the fields of the recipes: words of the page.
TOPICS = ["learning rate", "dropout", "one pixel", "255", "three orders of magnitude", "equal loss", "Gram"]
TOPICS += ["batch norm", "reference 9", "reference 26", "pytorch/examples", "slow_neural_style.lua"]


@pytest.mark.parametrize("recipes", [pix2pix, style, gatys], ids=lambda module: module.__name__.split(".")[-1])
def test_every_field_that_differs_is_a_switch_with_an_effect(recipes):
    paper, released = dataclasses.asdict(recipes.PAPER), dataclasses.asdict(recipes.RELEASED)
    cells = re.findall(r'^    "(.*?)": "', PAGE, re.M)
    stored = {field for cell in cells for field in style_experiments.CELLS.get(cell, {})}
    live = set(re.findall(r'\{"(\w+)": ', PAGE)) | set(re.findall(r"gatys\.PAPER\.(\w+)", PAGE))
    differ = {name for name in paper if paper[name] != released[name]}
    assert differ and differ <= stored | live


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_there(topic):
    assert topic in re.sub(r"\n# ", " ", PAGE)
