"""The command line, as people call it."""

import subprocess
import sys

import pytest
import torch

from s2s_helpers import __main__
from s2s_helpers.images import load_picture, save_picture


def s2s(monkeypatch, capsys, *words):
    """Run ``s2s words`` in this process: (exit code, what it printed, what it complained)."""
    monkeypatch.setattr(sys, "argv", ["s2s", *map(str, words)])
    with pytest.raises(SystemExit) as exit:
        __main__.main()
        raise SystemExit(0)
    out = capsys.readouterr()
    return exit.value.code or 0, out.out, out.err


@pytest.fixture
def drawing(tmp_path):
    x = torch.ones(1, 3, 90, 131)
    x[..., 20:70, 30:32] = x[..., 20:70, 90:92] = x[..., 20:22, 30:92] = 0
    save_picture(x, tmp_path / "house.png")
    return tmp_path / "house.png"


def test_run_writes_picture_painting_and_sheet(monkeypatch, capsys, tmp_path, drawing):
    code, out, _ = s2s(monkeypatch, capsys, "run", drawing, "--style", "mosaic", "--out", tmp_path / "new" / "out")
    assert code == 0
    for name in ("house_picture.png", "house_mosaic.png"):
        assert load_picture(tmp_path / "new" / "out" / name).shape == (1, 3, 90, 131)
        assert name in out
    assert load_picture(tmp_path / "new" / "out" / "house_sheet.png").shape[-1] > 3 * 131


@pytest.mark.parametrize("command", ["picture", "stylize", "sketch"])
def test_single_steps(monkeypatch, capsys, tmp_path, drawing, command):
    code, out, _ = s2s(monkeypatch, capsys, command, drawing, "--out", tmp_path)
    assert code == 0
    assert load_picture(out.strip()).shape == (1, 3, 90, 131)


def test_upscale(monkeypatch, capsys, tmp_path, drawing):
    made = {}
    for words in (("--factor", 2), ("--factor", 8), ("--loss", "pixel"), (), ("--match-colors",)):
        code, out, _ = s2s(monkeypatch, capsys, "upscale", drawing, "--out", tmp_path, *words)
        factor = words[1] if "--factor" in words else 4
        assert code == 0 and out.strip().endswith(f"house_x{factor}.png")
        made[words] = load_picture(out.strip())
        assert made[words].shape == (1, 3, 90 * factor, 131 * factor)
    assert not torch.equal(made["--loss", "pixel"], made[()]) and not torch.equal(made["--match-colors",], made[()])


def test_upscale_with_a_network_of_ones_own(monkeypatch, capsys, tmp_path, drawing):
    from s2s_helpers import zoo
    from s2s_helpers.nets.superres import super_res_net

    facts = {"kind": "super-resolution", "arguments": {"factor": 2, "base": 4}}
    zoo.save(super_res_net(2, base=4), facts, tmp_path / "mine.safetensors")
    command = ("upscale", drawing, "--network", tmp_path / "mine.safetensors", "--out", tmp_path)
    code, _, err = s2s(monkeypatch, capsys, *command)
    assert code == 1 and "mine.safetensors enlarges 2 times; say --factor 2" in err and len(err.splitlines()) == 1
    code, out, _ = s2s(monkeypatch, capsys, *command, "--factor", 2)
    assert code == 0 and load_picture(out.strip()).shape == (1, 3, 180, 262)


def test_large_pictures_are_shrunk_with_a_word_about_it(monkeypatch, capsys, tmp_path, drawing):
    code, out, err = s2s(monkeypatch, capsys, "picture", drawing, "--out", tmp_path, "--size", 64)
    assert code == 0 and "131x90 shrunk to 64x44" in err
    assert load_picture(out.strip()).shape == (1, 3, 44, 64)


def test_list(monkeypatch, capsys):
    code, out, _ = s2s(monkeypatch, capsys, "list")
    assert code == 0
    for name in ("facade", "photo", "painter", "pocket", "starry_night", "mosaic", "vgg16", "vgg19"):
        assert name in out


def test_download_names_the_size_first_and_the_place_afterwards(monkeypatch, capsys, tmp_path):
    from s2s_helpers import zoo

    monkeypatch.setattr(zoo, "CACHE", tmp_path / "cache")
    order = []

    def download(url, path, sha256):
        order.append(capsys.readouterr().err)
        path.parent.mkdir()
        path.touch()
        return path

    monkeypatch.setattr(zoo, "download", download)
    assert "not on this machine; `s2s download vgg16`" in s2s(monkeypatch, capsys, "list")[1]
    code, out, _ = s2s(monkeypatch, capsys, "download", "vgg16")
    assert code == 0 and "553 MB" in order[0] and out.strip() == str(tmp_path / "cache" / "vgg16_rgb.safetensors")
    assert s2s(monkeypatch, capsys, "list")[1].count("  on this machine") == 1
    assert s2s(monkeypatch, capsys, "download", "vgg19", "--out", tmp_path / "own")[1].startswith(str(tmp_path / "own"))
    help = __main__.download.__annotations__["name"].__metadata__[0].help
    assert all(f"{name} ({remote.megabytes} MB)" in help for name, remote in zoo.REMOTE.items())


@pytest.mark.parametrize(
    "words, complaint",
    [
        (("run", "absent.png"), "absent.png"),
        (("run", "{drawing}", "--style", "cubism"), "no style named cubism"),
        (("run", "{drawing}", "--generator", "absent"), "no network named absent"),
        (("run", "{drawing}", "--out", "{drawing}"), "house.png"),  # a file where a folder is asked for
        (("stylize", "{drawing}", "--painter", "facade"), "facade"),
        (("train", "painter", "--photos", "absent", "--style", "{drawing}"), "absent"),
        (("score", "facade", "absent.safetensors"), "absent"),
        (("download", "vgg11"), "nothing named vgg11 can be downloaded"),
        (("optimize", "{drawing}", "absent.png"), "absent.png"),
        (("optimize", "{drawing}", "{drawing}", "--network", "alexnet"), "no loss network named alexnet"),
        (("optimize", "{drawing}", "{drawing}", "--weights", "absent.safetensors"), "absent"),
        (("upscale", "{drawing}", "--factor", "2", "--loss", "pixel"), "no network named superres_x2_pixel"),
        (("upscale", "{drawing}", "--network", "absent.safetensors"), "absent"),
    ],
)
def test_mistakes_are_one_clear_line(monkeypatch, capsys, tmp_path, drawing, words, complaint):
    monkeypatch.chdir(tmp_path)
    code, _, err = s2s(monkeypatch, capsys, *(word.format(drawing=drawing) for word in words))
    assert code != 0 and complaint in err
    assert "Traceback" not in err and len(err.strip().splitlines()) == 1


SMALL = ("--steps", 3, "--scales", 1, "--size", 40)


def test_optimize_paints_and_says_why_it_ended(monkeypatch, capsys, tmp_path, drawing):
    save_picture(torch.rand(1, 3, 30, 50), tmp_path / "dots.png")
    pictures = {}
    for start in ("noise", "content", "style"):
        command = ("optimize", drawing, tmp_path / "dots.png", "--out", tmp_path / start, "--start", start, *SMALL)
        code, out, err = s2s(monkeypatch, capsys, *command)
        assert code == 0 and "3 iterations done; loss" in err and out.strip().endswith("house_dots.png")
        pictures[start] = load_picture(out.strip())
        assert pictures[start].shape == (1, 3, 27, 40)
    assert len({tuple(x.flatten().tolist()) for x in pictures.values()}) == 3


def test_optimize_goes_by_the_recipe_and_by_what_is_given(monkeypatch, capsys, tmp_path, drawing):
    from dataclasses import replace

    from s2s_helpers.optimize import gatys
    from s2s_helpers.optimize.loop import Found

    asked = []

    def stylize(content, style, recipe, phi, seed):
        asked.append((recipe, seed))
        return Found(content, 1.0, ended="done")

    monkeypatch.setattr(gatys, "stylize_by_optimization", stylize)
    s2s(monkeypatch, capsys, "optimize", drawing, drawing, "--out", tmp_path)
    options = ("--recipe", "paper", "--tv-weight", 0, "--seed", 7)
    s2s(monkeypatch, capsys, "optimize", drawing, drawing, "--out", tmp_path, *options)
    assert asked == [(gatys.BOOK, 0), (replace(gatys.PAPER, tv_weight=0.0), 7)]


def test_optimize_keeps_what_there_is_when_interrupted(monkeypatch, capsys, tmp_path, drawing):
    from s2s_helpers.optimize.methods import METHODS, Iterate

    def interrupted(f, x):
        for loss in (2.0, 1.0):
            yield Iterate(x, loss, 1)
        raise KeyboardInterrupt

    monkeypatch.setitem(METHODS, "projected L-BFGS", interrupted)
    code, out, err = s2s(monkeypatch, capsys, "optimize", drawing, drawing, "--out", tmp_path, *SMALL)
    assert code == 0 and "stopped at iteration 2; loss 1" in err
    assert load_picture(out.strip()).shape == (1, 3, 27, 40)


def test_hostile_files(monkeypatch, capsys, tmp_path):
    """Every hostile file gives a picture of its size or one clear line, from the command line too."""
    from hostile import make_hostile_files

    for file in make_hostile_files(tmp_path):
        code, out, err = s2s(monkeypatch, capsys, "sketch", file.path, "--out", tmp_path / "out")
        assert "Traceback" not in err, file
        if code:
            assert len(err.strip().splitlines()) == 1 and file.path.name in err, (file, err)
        else:
            assert load_picture(out.strip()).numel(), file


def test_module_runs_and_help_is_quick():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "s2s_helpers", "--help"], capture_output=True, text=True, check=True
    )
    assert "line drawing" in done.stdout and "torch" not in done.stderr
