"""The file of a painting as a style, on the command line."""

import pytest
import torch
from any_painting import any_style_file
from command import s2s

from s2s_helpers.cli import paintings
from s2s_helpers.images import load_picture, save_picture


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two paintings, a photo, and a painter for every painting instead of the shipped one."""
    for k, name in enumerate(("night.jpg", "a=b, c.png", "photo.png")):
        noise = torch.rand(1, 3, 40, 56, generator=torch.Generator().manual_seed(k))
        save_picture(noise * (k + 1) / 3, tmp_path / name)
    monkeypatch.setattr(paintings, "ANY", str(any_style_file(tmp_path / "small.safetensors")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def painted(monkeypatch, capsys, *words):
    code, out, err = s2s(monkeypatch, capsys, "stylize", "photo.png", *words)
    assert code == 0, err
    return out.strip()


def test_a_painting_is_a_style(monkeypatch, capsys, folder):
    made = painted(monkeypatch, capsys, "--style", "night.jpg")
    assert made == "out/photo_night.png" and load_picture(made).shape == (1, 3, 40, 56)
    other = painted(monkeypatch, capsys, "--style", "a=b, c.png")
    assert other == "out/photo_a=b, c.png"
    assert not load_picture(made).equal(load_picture(other))


def test_paintings_mix_and_have_a_strength(monkeypatch, capsys, folder):
    whole = load_picture(painted(monkeypatch, capsys, "--style", "night.jpg"))
    half = load_picture(painted(monkeypatch, capsys, "--style", "night.jpg", "--strength", 0.5))
    none = load_picture(painted(monkeypatch, capsys, "--style", "night.jpg", "--strength", 0))
    own = load_picture(painted(monkeypatch, capsys, "--style", "photo.png"))
    assert (none - own).abs().max() < 2 / 255  # the rest is the style of the picture itself
    assert 0 < (half - none).abs().mean() and 0 < (half - whole).abs().mean()
    save_picture(load_picture("a=b, c.png"), "other.png")
    mixed = painted(monkeypatch, capsys, "--style", "night.jpg=0.5,other.png=0.5")
    assert mixed == "out/photo_night-0.5_other-0.5.png"


def test_a_painting_of_the_same_name_makes_another_file(monkeypatch, capsys, folder):
    (folder / "deep").mkdir()
    save_picture(torch.rand(1, 3, 40, 40) / 4, folder / "deep" / "night.jpg")
    first, second = (painted(monkeypatch, capsys, "--style", name) for name in ("night.jpg", "deep/night.jpg"))
    assert first != second and not load_picture(first).equal(load_picture(second))
    assert painted(monkeypatch, capsys, "--style", "night.jpg") == first
    save_picture(torch.rand(1, 3, 40, 40) / 5, folder / "night.jpg")  # another painting under this name
    assert painted(monkeypatch, capsys, "--style", "night.jpg") not in (first, second)


def test_a_mask_takes_a_painting(monkeypatch, capsys, folder):
    mask = torch.zeros(1, 3, 40, 56)
    mask[..., :28] = 1
    save_picture(mask, "mask.png")
    save_picture(load_picture("a=b, c.png"), "other.png")
    made = load_picture(painted(monkeypatch, capsys, "--style", "night.jpg", "--mask", "mask.png:other.png"))
    plain = [load_picture(painted(monkeypatch, capsys, "--style", name)) for name in ("night.jpg", "other.png")]
    assert (made - plain[0])[..., 40:].abs().max() < 2 / 255 and (made - plain[1])[..., :16].abs().max() < 2 / 255


@pytest.mark.parametrize(
    "words, line",
    [
        (["--style", "nigth.jpg"], "nigth.jpg: no such file"),
        (["--style", "mosaic=0.5,night.jpg=0.5"], "mosaic is a style of painter, night.jpg a painting; mix styles or"),
        (["--style", "night.jpg", "--painter", "adjustable"], "adjustable has styles of its own; for a painting take"),
        (["--style", "mosaic", "--strength", "0.5"], "painter has styles of its own, whole; a strength is for"),
        (["--style", "night.jpg", "--strength", "1.5"], "the strength is 1.5; it may be 0 to 1"),
        (["--painter", "small.safetensors"], "small.safetensors has no styles of its own; name the file of a painting"),
        (["--style", "night.jpg", "--style-weight", "9"], "the loss weights of"),
        (["--style", "night.jpg", "--out", "night.jpg"], "night.jpg: is what the result is made of"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(monkeypatch, capsys, folder, words, line):
    code, _, err = s2s(monkeypatch, capsys, "stylize", "photo.png", *words)
    assert code == 1 and line in err and err.count("\n") == 1, err


def test_a_drawing_is_painted_too(monkeypatch, capsys, folder):
    sketch = torch.ones(1, 3, 64, 64)
    sketch[..., 20:24, 10:50] = 0
    save_picture(sketch, "drawing.png")
    code, out, err = s2s(monkeypatch, capsys, "run", "drawing.png", "--style", "night.jpg", "--size", 64)
    assert code == 0 and "drawing_night.png" in out, err
