"""Color hints on the command line: in a file of their own, and in the drawing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from command import s2s
from hinted import hinted_generator
from PIL import Image

from s2s_helpers.data.hints import colored, from_picture, split
from s2s_helpers.images import load_picture, save_picture
from s2s_helpers.pipeline import SketchToStyle, sketch_to_style

RED = torch.tensor([0.85, 0.15, 0.1]).view(3, 1, 1)


@pytest.fixture
def generator(tmp_path) -> Path:
    return hinted_generator(tmp_path / "hinted.safetensors")


@pytest.fixture
def drawing(tmp_path) -> Path:
    """A line drawing of 90 x 60."""
    x = torch.ones(1, 3, 60, 90)
    x[..., 10:50, 20:22] = x[..., 10:50, 70:72] = x[..., 10:12, 20:72] = 0
    save_picture(x, tmp_path / "house.png")
    return tmp_path / "house.png"


def colors(path: Path, size: tuple[int, int] = (60, 90), alpha: bool = False) -> Path:
    """A picture with a red spot in the middle of white, or of nothing."""
    x = torch.ones(4, *size)
    x[3] = 0
    middle = slice(size[0] // 3, size[0] // 2), slice(size[1] // 3, size[1] // 2)
    x[:3, *middle], x[3][middle] = RED, 1
    pixels = np.uint8(255 * x.permute(1, 2, 0).numpy().round(3))
    Image.fromarray(pixels if alpha else pixels[..., :3]).save(path)
    return path


@pytest.fixture
def idle(monkeypatch):
    """Nothing may be worked before a mistake is told."""
    monkeypatch.setattr(sketch_to_style, "apply", lambda *_, **__: pytest.fail("it worked"))


@pytest.mark.parametrize("command", ["run", "picture"])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_file_of_colors(monkeypatch, capsys, tmp_path, generator, drawing, command, alpha):
    file = colors(tmp_path / "colors.png", alpha=alpha)
    words = (command, drawing, "--generator", generator, "--out", tmp_path / "out")
    code, out, err = s2s(monkeypatch, capsys, *words, "--hints", file)
    assert code == 0, err
    chain, sketch, hints = SketchToStyle(str(generator)), load_picture(drawing), from_picture(load_picture(file))
    expected = chain.picture(sketch, hints)
    made = load_picture(tmp_path / "out" / "house_picture.png")
    assert (made - expected).abs().max() < 0.01 and (made - chain.picture(sketch)).abs().max() > 0.1
    if command == "run":
        sheet = load_picture(tmp_path / "out" / "house_sheet.png")
        assert (sheet[..., :60, :90] - colored(sketch, hints)).abs().max() < 0.01
    again = s2s(monkeypatch, capsys, *words, "--hints", file)[1]
    assert again == out, "the same colors, the same file"
    assert f"{tmp_path / 'out' / 'house_picture.png'}\n" not in s2s(monkeypatch, capsys, *words)[1]
    assert (load_picture(tmp_path / "out" / "house_picture.png") - made).abs().max() == 0, "what is there stays"


def test_colors_of_another_size_and_a_drawing_that_is_shrunk(monkeypatch, capsys, tmp_path, generator, drawing):
    file = colors(tmp_path / "colors.png", size=(240, 361))  # a pixel more, by rounding
    words = ("picture", drawing, "--generator", generator, "--hints", file, "--size", 45, "--out", tmp_path / "a.png")
    code, _, err = s2s(monkeypatch, capsys, *words)
    assert code == 0, err
    expected = SketchToStyle(str(generator)).picture(load_picture(drawing, 45), from_picture(load_picture(file)))
    assert (load_picture(tmp_path / "a.png") - expected).abs().max() < 0.01


def test_a_colored_drawing_is_split_by_itself(monkeypatch, capsys, tmp_path, generator, drawing):
    x = load_picture(drawing)
    x[..., 22:40, 30:60] = RED
    save_picture(x, tmp_path / "colored.png")
    words = ("picture", tmp_path / "colored.png", "--generator", generator)
    code, _, err = s2s(monkeypatch, capsys, *words, "--out", tmp_path / "a.png")
    assert code == 0 and "its colors are taken as hints; --clean never takes it as it is" in err
    chain = SketchToStyle(str(generator))
    sketch, hints = split(x)
    assert hints[0, 3, 22:40, 30:60].mean() > 0.8
    assert (load_picture(tmp_path / "a.png") - chain.picture(sketch, hints)).abs().max() < 0.01
    code, _, err = s2s(monkeypatch, capsys, *words, "--clean", "never", "--out", tmp_path / "b.png")
    assert code == 0 and "hints" not in err
    assert (load_picture(tmp_path / "b.png") - chain.picture(load_picture(tmp_path / "colored.png"))).abs().max() < 0.01
    file = colors(tmp_path / "colors.png")
    code, _, err = s2s(monkeypatch, capsys, *words, "--hints", file, "--out", tmp_path / "c.png")
    assert code == 0 and "its own colors are left out, for those of --hints" in err
    expected = chain.picture(sketch, from_picture(load_picture(file)))
    assert (load_picture(tmp_path / "c.png") - expected).abs().max() < 0.01


def test_a_drawing_without_colors_is_taken_as_ever(monkeypatch, capsys, tmp_path, generator, drawing):
    save_picture(0.3 + 0.5 * load_picture(drawing), tmp_path / "gray.png")
    for file, told in ((drawing, ""), (tmp_path / "gray.png", "not dark lines on white paper")):
        code, _, err = s2s(monkeypatch, capsys, "picture", file, "--generator", generator, "--out", tmp_path / "out")
        assert code == 0 and told in err and bool(err) == bool(told)


@pytest.mark.parametrize("command", ["run", "picture"])
def test_what_cannot_be_is_told_before_the_work(monkeypatch, capsys, tmp_path, generator, drawing, idle, command):
    (tmp_path / "folder").mkdir()
    good, wide = colors(tmp_path / "colors.png"), colors(tmp_path / "wide.png", size=(60, 120))
    for words, told in (
        ((drawing, "--hints", good), "facade takes no color hints; "),
        (
            (drawing, "--generator", generator, "--hints", wide),
            "wide.png: 120x60 is another shape",
        ),
        ((drawing, "--generator", generator, "--hints", tmp_path / "no.png"), "no.png: no such file"),
        ((tmp_path / "folder", "--generator", generator, "--hints", good), "--hints is for one drawing"),
    ):
        code, _, err = s2s(monkeypatch, capsys, command, *words, "--out", tmp_path / "out")
        assert code == 1 and told in err and len(err.splitlines()) == 1, err


def test_several_answers_and_a_sheet(monkeypatch, capsys, tmp_path, generator, drawing):
    words = ("picture", drawing, "--generator", generator, "--answers", 3, "--out", tmp_path / "out")
    code, out, err = s2s(monkeypatch, capsys, *words)
    assert code == 0, err
    names = [*(f"house_picture_{i}.png" for i in (1, 2, 3)), "house_picture_sheet.png"]
    assert [Path(line).name for line in out.splitlines()] == names
    made = [load_picture(tmp_path / "out" / name) for name in names]
    expected = SketchToStyle(str(generator)).answers(load_picture(drawing), 3)
    assert all((a - b).abs().max() < 0.01 for a, b in zip(made[:3], expected, strict=True))
    assert (made[0] - made[1]).abs().max() > 0.1 and made[3].shape[-1] > 4 * 90
    assert s2s(monkeypatch, capsys, *words)[1] == out, "the same answers, the same files"
    file = colors(tmp_path / "colors.png")
    code, out, err = s2s(monkeypatch, capsys, *words, "--hints", file, "--overwrite")
    assert code == 0, err
    expected = SketchToStyle(str(generator)).answers(load_picture(drawing), 3, from_picture(load_picture(file)))
    again = load_picture(tmp_path / "out" / names[1])
    assert (again - expected[1]).abs().max() < 0.01 and (again - made[1]).abs().max() > 0.1


def test_answers_that_cannot_be_are_told_before_the_work(monkeypatch, capsys, tmp_path, generator, drawing, idle):
    for words, told in (
        ((), "facade takes no color hints; choose house, or leave them out"),
        (("--generator", generator, "--answers", 99), "99 answers: there are palettes for 1 to 24"),
        (("--generator", generator, "--out", tmp_path / "a.png"), "is one file, and 4 pictures are made"),
    ):
        code, _, err = s2s(monkeypatch, capsys, "picture", drawing, "--answers", 3, *words)
        assert code == 1 and told in err and len(err.splitlines()) == 1, err
    (tmp_path / "folder").mkdir()
    drawing.rename(tmp_path / "folder" / "house.png")
    code, _, err = s2s(monkeypatch, capsys, "picture", tmp_path / "folder", "--answers", 3, "--out", tmp_path / "out")
    assert code == 1 and len(err.splitlines()) == 1 and not (tmp_path / "out").exists(), "not of each, and no folder"


def test_colors_are_not_written_over(monkeypatch, capsys, tmp_path, generator, drawing, idle):
    file = colors(tmp_path / "colors.png")
    words = ("picture", drawing, "--generator", generator, "--hints", file, "--out", file, "--overwrite")
    code, _, err = s2s(monkeypatch, capsys, *words)
    assert code == 1 and "is what the result is made of" in err
