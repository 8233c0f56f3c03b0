"""The options of the command line for blends, strokes, colors and masks."""

from dataclasses import replace

import command
import pytest
import torch

from s2s_helpers.cli.controls import controls_from, styles_from
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.images import load_picture, save_picture
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.pipeline.controls import Controls, load_mask, stylize


def test_styles():
    assert styles_from("mosaic") == {"mosaic": 1.0}
    assert styles_from("starry_night=0.7,mosaic=0.3") == {"starry_night": 0.7, "mosaic": 0.3}
    assert styles_from("starry_night=.7, mosaic=.3") == {"starry_night": 0.7, "mosaic": 0.3}


def test_styles_whose_names_have_the_signs_of_mixtures():
    known = ["Van Gogh, night", "a=b", "a", "night", "Bl\u00e4tter", "x: y", " edge "]
    for name in known:
        assert styles_from(name, known) == {name: 1.0}
    assert styles_from("Van Gogh, night=0.5,a=b=0.25, a=.25", known) == {"Van Gogh, night": 0.5, "a=b": 0.25, "a": 0.25}
    assert styles_from("Bla\u0308tter=0.5,night=0.5", known) == {
        "Bl\u00e4tter": 0.5,
        "night": 0.5,
    }  # as macOS writes it
    assert styles_from("Bl\u00e4tter", ["Bla\u0308tter"]) == {"Bla\u0308tter": 1.0}
    with pytest.raises(ValueError, match="styles are NAME"):
        styles_from("Van Gogh, day=0.5,a=0.5", ["a"])


def test_a_mask_takes_the_longest_name_that_fits(tmp_path):
    x = torch.zeros(1, 3, 20, 30)
    x[..., :10, :] = 1
    save_picture(x, tmp_path / "sky.png")
    _, ((_, own),) = controls_from("y", [f"{tmp_path}/sky.png:x: y"], ["y", " y", "x: y"])
    assert own.styles == {"x: y": 1.0}


@pytest.mark.parametrize("words", ["starry_night,mosaic", "mosaic=", "mosaic=half", "a=1=2", "a=0.5,,b=0.5", ",", "="])
def test_what_is_no_style(words):
    with pytest.raises(ValueError, match=r"styles are NAME, or NAME=WEIGHT,NAME=WEIGHT"):
        styles_from(words)


def test_a_style_named_twice():
    with pytest.raises(ValueError, match="named twice"):
        styles_from("mosaic=0.5,mosaic=0.5")


def test_masks_share_strokes_and_colors(tmp_path):
    x = torch.zeros(1, 3, 20, 30)
    x[..., :10, :] = 1
    for name in ("sky.png", "door: left.png"):  # a colon in the name of a file
        save_picture(x, tmp_path / name)
    masks = [f"{tmp_path}/sky.png:great_wave", f"{tmp_path}/door: left.png:mosaic=0.5,the_scream=0.5"]
    controls, regions = controls_from("mosaic", masks, stroke=2.0, colors="luminance")
    assert controls == Controls({"mosaic": 1.0}, 2.0, "luminance")
    assert [own for _, own in regions] == [
        Controls({"great_wave": 1.0}, 2.0, "luminance"),
        Controls({"mosaic": 0.5, "the_scream": 0.5}, 2.0, "luminance"),
    ]
    assert all(torch.equal(mask, x[:, :1]) for mask, _ in regions)
    assert controls_from("mosaic") == (Controls({"mosaic": 1.0}), [])


def test_masks_that_are_none():
    for mask, complaint in (("sky.png", "a mask is FILE:STYLE"), ("absent.png:mosaic", "absent.png: no such file")):
        with pytest.raises(ValueError, match=complaint):
            controls_from("mosaic", mask=[mask])


@pytest.fixture
def photo(tmp_path):
    """A photo and a mask of its upper half, which is twice as large."""
    mask = torch.zeros(1, 3, 80, 120)
    mask[..., :40, :] = 1
    save_picture(mask, tmp_path / "top.png")
    save_picture(FacadeWorld(seed=0, size=64)[505].picture[..., :40, :60], tmp_path / "house.png")
    return tmp_path / "house.png"


def s2s(monkeypatch, capsys, *words):
    """``s2s stylize words``: (exit code, what it printed, what it complained)."""
    return command.s2s(monkeypatch, capsys, "stylize", *words)


def test_stylize_paints_as_the_options_say(monkeypatch, capsys, tmp_path, photo):
    options = ("--style", "mosaic=0.6,the_scream=0.4", "--stroke", 2, "--colors", "luminance")
    options += ("--mask", f"{tmp_path}/top.png:great_wave")
    code, out, _ = s2s(monkeypatch, capsys, photo, *options, "--out", tmp_path)
    assert code == 0
    picture, mask = load_picture(photo), load_mask(tmp_path / "top.png")
    controls = Controls({"mosaic": 0.6, "the_scream": 0.4}, 2.0, "luminance")
    wanted = stylize(SketchToStyle(), picture, controls, [(mask, replace(controls, styles={"great_wave": 1.0}))])
    assert (load_picture(out.strip()) - wanted).abs().max() < 2 / 255


@pytest.mark.parametrize(
    "words, complaint",
    [
        (("--style", "mosaic=0.6,the_scream=0.6"), "the weights of the styles sum to 1.2, not to 1"),
        (("--style", "mosaic=0.5,cubism=0.5"), "no style named cubism; there are"),
        (("--mask", "{folder}/top.png:cubism"), "no style named cubism; there are"),
        (("--mask", "{folder}/top.png"), "a mask is FILE:STYLE"),
        (("--mask", "{folder}/absent.png:mosaic"), "absent.png: no such file"),
        (("--stroke", 9), "the size of the strokes is 9; it may be 0.25 to 4"),
    ],
)
def test_mistakes_are_one_clear_line(monkeypatch, capsys, tmp_path, photo, words, complaint):
    words = [word.format(folder=tmp_path) if isinstance(word, str) else word for word in words]
    code, _, err = s2s(monkeypatch, capsys, photo, "--out", tmp_path / "out", *words)
    assert code == 1 and complaint in err and len(err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()
