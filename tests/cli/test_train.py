"""``s2s train``, as people call it: mistakes are told at once, the end says what is next, pairs make a generator."""

import dataclasses
import importlib
import json
import shlex
from pathlib import Path

import command
import numpy as np
import pytest
import torch
import typer
from tiny import TINY

from s2s_helpers import zoo
from s2s_helpers.cli.main import app
from s2s_helpers.cli.train import next_command, style_pictures
from s2s_helpers.images import PictureError, load_picture, save_picture
from s2s_helpers.runs.shipped import card as cards
from s2s_helpers.runs.shipped import painter, photo
from s2s_helpers.runtime.checkpoint import load_state
from s2s_helpers.train import loop, pix2pix, style


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Recipes that take a moment."""
    monkeypatch.setattr(pix2pix, "BOOK", dataclasses.replace(pix2pix.BOOK, **TINY))
    monkeypatch.setattr(photo, "PHOTO", dataclasses.replace(photo.PHOTO, **TINY))
    tiny = dataclasses.replace(style.BOOK, steps=2, batch=2, size=32, base=4)
    monkeypatch.setattr(painter, "PAINTER", tiny)
    monkeypatch.setattr(painter, "STYLE_SIZE", 48)


@pytest.fixture
def s2s(monkeypatch, capsys):
    """``s2s(*words)``: exit code, what was printed, and the complaints without the bars of progress."""

    def call(*words):
        code, out, err = command.s2s(monkeypatch, capsys, *words)
        lines = [
            line for line in err.replace("\r", "\n").splitlines() if line.startswith(("s2s: ", "next: ", "stopped"))
        ]
        return code, out.strip(), "\n".join(lines)

    return call


def noise(path, height=40, width=44, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    save_picture(torch.from_numpy(rng.random((1, 3, height, width))).float(), path)
    return path


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with photos and two style pictures, in which the commands are given."""
    for i in range(3):
        noise(tmp_path / "mine" / f"{i}.png", seed=i)
    for i, name in enumerate(("great_wave", "scream")):
        noise(tmp_path / f"{name}.png", seed=10 + i)
    monkeypatch.chdir(tmp_path)
    return tmp_path


PAINTER = ("train", "painter", "--photos", "mine", "--out", "mystyle")


def test_resume_with_another_style_seed_photos_or_recipe_is_refused(s2s, place):
    begun = (*PAINTER, "--style", "great_wave.png")
    assert s2s(*begun, "--steps", 1)[0] == 0
    noise(place / "others" / "0.png", seed=5)
    others = {
        "styles (great_wave, mosaic": (*PAINTER, "--style", "scream.png"),
        "seed (0)": (*begun, "--seed", 1),
        "photos (mine: 3 files": (*begun, "--photos", "others"),
        "start (none)": (*begun, "--start", "mystyle/painter.safetensors"),
        "loss network": (*begun, "--weights", zoo.weights_file("pocket")),
    }
    before = (place / "mystyle" / "painter.json").read_bytes()
    for told, words in others.items():
        code, _, err = s2s(*words, "--resume")
        assert code == 1 and f"holds a run with other {told}" in err and "choose another --out" in err, told
        assert len(err.splitlines()) == 1
    code, _, err = s2s(*begun, "--recipe", "authors", "--resume")
    assert code == 1 and "more; give the same" in err
    assert (place / "mystyle" / "painter.json").read_bytes() == before
    assert s2s(*begun, "--resume")[0] == 0  # the same again, with more steps
    assert zoo.card("mystyle/painter.safetensors")["steps"] == 2


def test_the_card_has_the_command_and_does_not_claim_the_files_of_others(s2s, place):
    assert s2s(*PAINTER, "--style", "scream.png", "--style", "great_wave.png")[0] == 0
    card = zoo.card("mystyle/painter.safetensors")
    assert card["command"] == f"s2s {' '.join(PAINTER)} --style scream.png --style great_wave.png"
    assert "ImageNet" not in card["terms"] and "BSDS" not in card["terms"]
    for part in (f"scream: {cards.OWN_TERMS}", f"photos of mine: {cards.OWN_TERMS}", "paintings: public domain"):
        assert part in card["terms"].split("; ")


@pytest.mark.parametrize("name", ["painter", "adjustable", "photo", "superres_x4_pixel", "superres_x4_feature"])
def test_terms_of_the_shipped_cards_are_those_of_what_they_were_made_from(name):
    card = zoo.card(name)
    words = card["command"].split()
    given = [(option, value) for option, value in zip(words, words[1:], strict=False)]
    photos = [Path(value) for option, value in given if option in ("--photos", "--contours")]
    network = dict(given).get("--network", "pocket")
    styles = cards.style_terms(card["styles"]) if card["kind"] == "style" else []
    assert [*styles, *cards.teacher_terms(network), *cards.photo_terms(photos)] == card["terms"].split("; ")


def test_what_begins_with_a_network_has_its_terms_too(s2s, place):
    s2s(*PAINTER, "--style", "scream.png")
    path = place / "mystyle" / "painter.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"terms": "moon dust: free"}))
    start = ("--start", "mystyle/painter.safetensors", "--out", "second")
    assert s2s(*PAINTER, "--style", "scream.png", *start)[0] == 0
    assert "moon dust: free" in zoo.card("second/painter.safetensors")["terms"]


def test_terms_of_what_it_began_with_are_said_to_be_of_that(s2s, place):
    s2s(*PAINTER, "--style", "scream.png")
    path = place / "mystyle" / "painter.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"terms": zoo.card("painter")["terms"]}))
    start = ("--start", "mystyle/painter.safetensors", "--out", "second")
    assert s2s(*PAINTER, "--style", "scream.png", *start)[0] == 0
    own, begun = zoo.card("second/painter.safetensors")["terms"].split("; begun with painter, whose terms are: ")
    assert "ImageNet" not in own and "BSDS" not in own and "ImageNet" in begun
    assert cards.all_terms(["a"], None) == "a" and "ImageNet" not in cards.all_terms(["a"], "facade")


@pytest.mark.parametrize("kind", ["facade", "photo", "painter", "superres", "segmenter", "pocket"])
def test_a_card_that_cannot_be_written_is_told_before_the_scores(s2s, place, monkeypatch, kind):
    def refuse(path):
        raise PictureError(f"{path}: cannot be written")

    monkeypatch.setattr(cards, "make_folder", refuse)
    shipped = {"superres": "superres_x4_pixel"}.get(kind, kind)
    own = zoo.weights_file(shipped)
    for suffix in (".safetensors", ".json"):
        (place / f"own{suffix}").write_bytes(own.with_suffix(suffix).read_bytes())
    run = importlib.import_module(f"s2s_helpers.runs.shipped.{kind}").score
    monkeypatch.setattr(zoo, "loss_network", lambda *_: None)
    given = {"photo": ([], [], place), "painter": (place, {}, place), "superres": (place, None, place, place)}
    given["pocket"] = (place, place, None)
    with pytest.raises(PictureError, match="cannot be written"):
        run(place / "own.safetensors", *given.get(kind, ()))


@pytest.mark.parametrize("runs", ["cgan", "style", "cascade"])
def test_folders_of_experiments_are_tried_before_the_runs(s2s, place, monkeypatch, runs):
    for module in ("cgan", "fast_style", "cascade"):
        monkeypatch.setattr(f"s2s_helpers.runs.ablations.{module}.store.run", lambda *_: pytest.fail("it ran"))
    for option in ("--out", "--work"):
        code, _, err = s2s("experiments", runs, option, "scream.png")
        assert code == 1 and "scream.png: is a file; name a folder" in err and len(err.splitlines()) == 1


OPTIONS = ("--batch", 3, "--lr", 0.01)
GAN = ("--lambda-l1", 7, "--lambda-gan", 0, "--lambda-features", 2)
TERMS = ("--content-weight", 2, "--style-weight", 3, "--tv-weight", 0)
TRAININGS = {
    "pairs": (("train", "pairs", "pairs", *GAN, "--size", 64), "pairs", {"size": 64, "load_size": 72, "depth": 4}),
    "photo": (("train", "photo", "--photos", "mine", *GAN), "photo", {"lambda_l1": 7.0, "lambda_gan": 0.0}),
    "painter": ((*PAINTER, "--style", "scream.png", *TERMS), "painter", {"style_weight": 3.0, "tv_weight": 0.0}),
    "superres": (("train", "superres", "--photos", "mine", "--size", 32), "superres_x4_pixel", {"size": 32}),
}


@pytest.mark.parametrize("name", TRAININGS)
def test_options_take_the_place_of_the_recipe(s2s, place, name):
    words, made, expected = TRAININGS[name]
    for side in ("A", "B"):
        noise(place / "pairs" / side / "0.png", 80, 90)
    code, _, err = s2s(*words, *OPTIONS, "--steps", 1, "--out", "o")
    assert code == 0, err
    recipe = zoo.card(f"o/{made}.safetensors")["recipe"]
    assert recipe == recipe | {"batch": 3, "lr": 0.01, "steps": 1} | expected
    code, _, err = s2s(*words, "--batch", 2, "--out", "o", "--resume")
    assert code == 1 and "holds a run with other" in err


def test_sizes_that_are_not_possible_are_told_before_the_data_are_read(s2s, place, monkeypatch):
    monkeypatch.setattr(painter, "crops_of", lambda *_: pytest.fail("it read photos"))
    for words, told in (
        (("train", "pairs", "mine", "--size", 100), "a size of 100: there are 32, 64, 128, 256, 512, 1024, 2048"),
        ((*PAINTER, "--style", "scream.png", "--size", 30), "multiples of 4"),
        (("train", "superres", "--photos", "mine", "--size", 30), "multiples of 4"),
    ):
        code, _, err = s2s(*words)
        assert code == 1 and told in err and len(err.splitlines()) == 1
    assert pix2pix.at_size(pix2pix.PAPER, 512).depth == 9 and pix2pix.at_size(pix2pix.PAPER, 512).load_size == 572


def test_names_of_styles(s2s, place):
    for name in ("mosaic", "my own", "a,b", "a=b", " a"):
        noise(place / f"{name}.png")
    noise(place / "folder" / "scream.png")
    mistakes = {
        ("mosaic.png",): "mosaic: a style of this name is drawn and added by itself; rename your picture",
        ("scream.png", "folder/scream.png"): "folder/scream.png: a style of this name is given already",
    }
    for files, told in mistakes.items():
        code, _, err = s2s(*PAINTER, *(word for file in files for word in ("--style", file)))
        assert code == 1 and told in err and len(err.splitlines()) == 1
    assert not (place / "mystyle" / "painter.safetensors").exists()
    assert list(style_pictures([place / f"{name}.png" for name in ("my own", "a,b", "a=b", " a")])) == [
        "my own",
        "a,b",
        "a=b",
        " a",
    ]


def test_mistakes_are_told_before_the_photos_are_read(s2s, place, monkeypatch):
    begun = (*PAINTER, "--style", "scream.png")
    s2s(*begun, "--steps", 1)
    monkeypatch.setattr(painter, "crops_of", lambda *_: pytest.fail("it read photos"))
    for words, told in (
        (("--out", "new", "--resume"), "nothing to go on with in new/painter; leave out --resume"),
        ((), "a run lies here already"),
        (("--out", "new", "--start", "absent"), "no network named absent"),
        (("--out", "scream.png"), "cannot be written"),
    ):
        code, _, err = s2s(*begun, *words)
        assert code == 1 and told in err and len(err.splitlines()) == 1
    assert not (place / "new" / "painter" / "checkpoint.safetensors").exists()


def test_photos_are_no_pairs_and_broken_ones_are_left_out(s2s, place):
    for side in ("sketch", "picture"):
        noise(place / "pairs" / side / "0.png")
    code, _, err = s2s("train", "photo", "--photos", "pairs", "--out", "out")
    assert code == 1 and "`s2s train pairs pairs`" in err and "pairs/picture" in err and len(err.splitlines()) == 1
    whole = (place / "mine" / "1.png").read_bytes()
    (place / "mine" / "1.png").write_bytes(whole[: len(whole) // 2])
    code, out, err = s2s("train", "photo", "--photos", "mine", "--out", "out")
    assert code == 0 and err.count("left out: mine/1.png") == 1
    assert zoo.card(out)["data"].startswith("2 photos of mine")
    code, _, err = s2s(*PAINTER, "--style", "scream.png")
    assert code == 0 and "left out: mine/1.png" in err
    for name in (0, 2):
        (place / "mine" / f"{name}.png").write_bytes(whole[: len(whole) // 2])
    code, _, err = s2s("train", "photo", "--photos", "mine", "--out", "again")
    assert code == 1 and err.splitlines()[-1].startswith("s2s: mine/0.png")


@pytest.mark.parametrize("layout", ["folders", "left", "right"])
def test_pairs_make_a_generator_that_draws(s2s, place, layout):
    for i in range(4):
        if layout == "folders":
            noise(place / "pairs" / "sketch" / f"{i}.png", 40 + i, 60, i)
            noise(place / "pairs" / "picture" / f"{i}.jpg", 40 + i, 60, i)
        else:
            noise(place / "pairs" / f"{i}.jpg", 40 + i, 60, i)
    side = [] if layout == "folders" else ["--sketch-side", layout]
    code, out, err = s2s("train", "pairs", "pairs", *side, "--steps", 1, "--out", "my out")
    assert code == 0 and out == "my out/pairs.safetensors"
    assert err == "next: s2s picture drawing.png --generator 'my out/pairs.safetensors'"
    assert {"preview.png", "checkpoint.safetensors"} <= {path.name for path in (place / "my out" / "pairs").iterdir()}
    assert s2s("train", "pairs", "pairs", *side, "--steps", 2, "--out", "my out", "--resume")[0] == 0
    card = zoo.card(out)
    assert card["steps"] == 2 and card["data"] == "4 pairs of pairs" and "files of whoever" in card["terms"]
    drawing = noise(place / "drawing.png", 50, 70)
    assert s2s("picture", drawing, "--generator", out, "--out", "made")[0] == 0
    assert load_picture(place / "made" / "drawing_picture.png").shape == (1, 3, 50, 70)


def test_folders_that_are_no_pairs(s2s, place):
    (place / "empty").mkdir()
    for name in ("sketch/0", "sketch/1", "picture/0"):
        noise(place / "pairs" / f"{name}.png")
    for folder, told in (("empty", "empty: no pictures in it"), ("pairs", "picture: no partner for 1")):
        code, _, err = s2s("train", "pairs", folder, "--out", "out")
        assert code == 1 and told in err and len(err.splitlines()) == 1


def test_pairs_of_all_sizes_make_a_generator_and_wrong_ones_are_told_before_the_work(s2s, place, monkeypatch):
    for i, (height, width) in enumerate(((1, 1), (33, 47), (7, 301), (129, 64))):
        for side in ("sketch", "picture"):
            noise(place / "pairs" / side / f"{i}.png", height, width)
    assert s2s("train", "pairs", "pairs", "--batch", 8, "--steps", 2, "--out", "out")[0] == 0
    monkeypatch.setattr(pix2pix, "FolderPairs", lambda *_: pytest.fail("it began"))
    for i, width in enumerate((40, 40, 41, 40)):
        noise(place / "both" / f"{i}.png", 20, width)
    noise(place / "pairs" / "sketch" / "3.png", 129, 65)
    for folder, told in (("both", "both/2.png: its width, 41, is odd"), ("pairs", "is 65x129, and its partner")):
        code, _, err = s2s("train", "pairs", folder, "--out", "other")
        assert code == 1 and told in err and len(err.splitlines()) == 1


def test_a_run_that_is_done_says_so_when_it_is_to_go_on(monkeypatch, capsys, place):
    for side in ("A", "B"):
        noise(place / "pairs" / side / "0.png")
    words = ("train", "pairs", "pairs", "--out", "o", "--steps", 2)
    told = "2 steps are done already, of 2; a larger --steps goes on"
    assert told not in command.s2s(monkeypatch, capsys, *words)[2]
    code, _, err = command.s2s(monkeypatch, capsys, *words, "--resume")
    assert code == 0 and told in err


def test_the_end_says_what_comes_next_and_an_interrupt_how_to_go_on(s2s, place, monkeypatch):
    begun = (*PAINTER, "--style", "scream.png")
    inner = loop.average_losses

    def interrupted(losses):
        monkeypatch.setattr(loop, "average_losses", inner)
        raise KeyboardInterrupt

    monkeypatch.setattr(loop, "average_losses", interrupted)
    code, out, err = s2s(*begun)
    assert (
        code == 0 and "stopped at step 0 of 2; to go on, give the same command with --resume (mystyle/painter)" in err
    )
    assert load_state(place / "mystyle" / "painter" / loop.CHECKPOINT)["progress"]["step"] == 0
    code, out, err = s2s(*begun, "--resume")
    assert code == 0 and out == "mystyle/painter.safetensors"
    assert err == "next: s2s stylize photo.jpg --painter mystyle/painter.safetensors --style scream"


def test_help_says_what_is_true(s2s):
    out = s2s("train", "painter", "--help")[1]
    assert "folder of them" not in out and "chapter 13" in out and "chapter 08" not in out
    assert "folder of style pictures" in " ".join(s2s("train", "pocket", "--help")[1].replace("│", " ").split())


@pytest.mark.parametrize("name", ["facade", "house", "pencil", "segmenter", "cmp_segmenter", "painter", "pocket"])
def test_the_command_that_is_named_next_has_all_that_it_asks_for(name):
    """click complains of what is missing when it reads the words, before anything is done."""
    kind = "segmentation" if name == "cmp_segmenter" else zoo.card(name)["kind"]
    _, *words = shlex.split(next_command(Path("out") / f"{name}.safetensors", {"kind": kind, "styles": ["a"]}))
    group, context = typer.main.get_command(app), None
    while hasattr(group, "resolve_command"):
        context = group.make_context("s2s", words, parent=context)
        _, group, words = group.resolve_command(context, [*context._protected_args, *context.args])
    assert group.make_context("s2s", words, parent=context).params
