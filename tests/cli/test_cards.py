"""The command in the card of a shipped network leads to the recipe in the card."""

import dataclasses
import importlib
import json
import shlex

import pytest

from s2s_helpers import zoo
from s2s_helpers.cli import train as commands
from s2s_helpers.cli.main import app

ROOMS = {"adjustable": "painter"}  # whose training is in a module of another name


class Asked(Exception):
    """What a training was asked for."""


def asked(words: list[str], monkeypatch) -> dict[str, object]:
    """The recipe and the seed that ``s2s WORDS`` gives to its training, which does not begin."""
    name = words[1].replace("-", "_")
    module = importlib.import_module(f"s2s_helpers.runs.shipped.{ROOMS.get(name, name)}")

    def began(recipe, seed, *_, **__):
        raise Asked(dataclasses.asdict(recipe) | {"seed": seed})

    monkeypatch.setattr(module, "train", began)
    monkeypatch.setattr(commands, "style_pictures", lambda paths: {})
    monkeypatch.setattr(zoo, "loss_network", lambda *_: None)
    with pytest.raises(Asked) as found:
        app(words, standalone_mode=False)
    return json.loads(json.dumps(found.value.args[0]))


# The command of the first pocket was that of another recipe, with other teachers; version 0.5 of the package has it.
# That of `adjustable` began with the painter of its time, which had fewer channels.
@pytest.mark.parametrize("name", sorted({*zoo.names()} - {"pocket_first", "adjustable"}))
def test_the_command_of_a_card_gives_its_recipe(name, monkeypatch):
    card = zoo.card(name)
    program, *words = shlex.split(card["command"])
    assert program == "s2s" and words[0] == "train"
    found = asked(words, monkeypatch)
    # A field that recipes got after the training is not in its card.
    assert {key: found.get(key) for key in card["recipe"]} == card["recipe"] and found["seed"] == card["seed"]


def test_another_command_gives_another_recipe(monkeypatch):
    card = zoo.card("facade")
    assert asked(["train", "facade", "--steps", "7"], monkeypatch)["steps"] == 7 != card["recipe"]["steps"]
    assert asked(["train", "facade", "--recipe", "paper", "--seed", "3"], monkeypatch)["seed"] == 3 != card["seed"]
