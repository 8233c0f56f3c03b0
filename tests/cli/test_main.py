"""The command line, as people call it."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch
from command import s2s

from s2s_helpers import zoo
from s2s_helpers.cli import main
from s2s_helpers.images import from_uint8, load_picture, save_picture, to_uint8
from s2s_helpers.pipeline import SketchToStyle

ROOT = Path(__file__).parents[2]


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
    made, names = {}, ["house_x2.png", "house_x8.png", "house_x4.png", "house.png_x4.png", "house.png_2_x4.png"]
    for words in (("--factor", 2), ("--factor", 8), ("--loss", "pixel"), (), ("--match-colors",)):
        code, out, _ = s2s(monkeypatch, capsys, "upscale", drawing, "--out", tmp_path, *words)
        factor = words[1] if "--factor" in words else 4
        assert code == 0 and Path(out.strip()).name == names[len(made)]
        made[words] = load_picture(out.strip())
        assert made[words].shape == (1, 3, 90 * factor, 131 * factor)
    assert not torch.equal(made["--loss", "pixel"], made[()]) and not torch.equal(made["--match-colors",], made[()])


def test_upscale_with_a_network_of_ones_own(monkeypatch, capsys, tmp_path, drawing):
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
    help = main.download.__annotations__["name"].__metadata__[0].help
    assert all(f"{name} ({remote.megabytes} MB)" in help for name, remote in zoo.REMOTE.items())


@pytest.mark.parametrize(
    "words, complaint",
    [
        (("run", "absent.png"), "absent.png"),
        (("run", "{drawing}", "--style", "cubism"), "no style named cubism"),
        (("run", "{drawing}", "--generator", "absent"), "no network named absent"),
        (("run", "{drawing}", "--style", "stary_night"), "did you mean starry_night? there are"),
        (("run", "{drawing}", "--generator", "facad"), "did you mean facade? there are cmp_facades, facade"),
        (("run", "{drawing}", "--style", "mosaic=0.5,cubism=0.5"), "no style named cubism"),
        (("run", "{drawing}", "--out", "{drawing}"), "3 pictures are made; name a folder with --out, such as"),
        (("stylize", "{drawing}", "--out", "new.psd"), "new.psd: cannot write '.psd'; use .png, "),
        (("stylize", "{drawing}", "--out", "{drawing}"), "house.png: is what the result is made of; name another"),
        (("picture", "{drawing}", "--out", "{drawing}/x.png"), "house.png: is a file; name a folder"),
        (("shards", ".", "--out", "{drawing}"), "house.png: is a file; name a folder"),
        (("export", "facade", "--out", "{drawing}/x.onnx"), "house.png: is a file; name a folder"),
        (("run", "{drawing}", "--out", "{drawing}/x"), "house.png/x: cannot be written (Not a directory)"),
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


def test_optimize_keeps_what_there_is_when_told_to_end(tmp_path, drawing):
    words = ["optimize", drawing, drawing, "--out", tmp_path, "--steps", 100_000, "--start", "noise", "--size", 40]
    command = [sys.executable, "-m", "s2s_helpers", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        told = b""
        while b"loss=" not in told and process.poll() is None:  # until there is a picture
            told += process.stderr.read1()
        process.terminate()
        out, rest = process.communicate(timeout=60)
    assert process.returncode == 0 and b"stopped at iteration" in rest
    assert load_picture(out.decode().strip()).shape == (1, 3, 27, 40)


def test_hostile_files(monkeypatch, capsys, tmp_path):
    """Every hostile file gives a picture of its size or one clear line, from the command line too."""
    from hostile import make_hostile_files

    for file in make_hostile_files(tmp_path):
        with warnings.catch_warnings(action="error"):  # what Pillow warns of must not get out
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


def test_drawings_are_shrunk_to_what_the_generators_learned_from(monkeypatch, capsys, tmp_path):
    from s2s_helpers.images import resize

    house = load_picture(ROOT / "data/drawings/house.png")
    save_picture(resize(house, (1100, 1100)), tmp_path / "house.png")
    for command in ("run", "picture"):
        code, _, err = s2s(monkeypatch, capsys, command, tmp_path / "house.png", "--out", tmp_path / command)
        assert code == 0 and err.strip().endswith("house.png: 1100x1100 shrunk to 256x256; --size 0 keeps it")
    assert load_picture(tmp_path / "run" / "house_picture.png").shape == (1, 3, 256, 256)


def test_a_drawing_in_chalk_gives_the_picture_of_the_same_in_ink(monkeypatch, capsys, tmp_path, drawing):
    save_picture(1 - load_picture(drawing), tmp_path / "chalk.png")
    made = {}
    for path in (drawing, tmp_path / "chalk.png"):
        _, out, made[path.stem] = s2s(monkeypatch, capsys, "picture", path, "--out", tmp_path)
        made[path.stem] = load_picture(out.strip()), made[path.stem]
    assert torch.equal(made["house"][0], made["chalk"][0])
    assert made["house"][1] == "" and "not dark lines on white paper, so it was made so" in made["chalk"][1]


@pytest.mark.parametrize("command", ["run", "picture"])
def test_a_photographed_drawing_gives_the_picture_of_the_clean_one(monkeypatch, capsys, tmp_path, command):
    clean = load_picture(ROOT / "data/drawings/house.png", 128)
    shade = torch.linspace(1, 0.7, 128)
    blue = clean + (1 - clean) * torch.tensor([0.15, 0.2, 0.6]).view(1, 3, 1, 1)
    for name, x in {"house": clean, "photo": blue * shade}.items():
        save_picture(x, tmp_path / f"{name}.png")
    made = {}
    for name, words in {"house": (), "photo": (), "never": ("--clean", "never")}.items():
        source = tmp_path / f"{'photo' if name == 'never' else name}.png"
        code, _, err = s2s(monkeypatch, capsys, command, source, "--out", tmp_path / name, *words)
        assert code == 0 and ("not dark lines on white paper" in err) == (name == "photo")
        assert len(err.splitlines()) == (name == "photo")
        made[name] = load_picture(tmp_path / name / f"{source.stem}_picture.png")
    assert torch.equal(
        made["house"], from_uint8(to_uint8(SketchToStyle().picture(load_picture(tmp_path / "house.png"))))
    )
    near, far = (255 * (made[name] - made["house"]).abs().mean() for name in ("photo", "never"))
    assert near < 8 and far > 15


def test_run_takes_a_mixture_of_styles_as_stylize_does(monkeypatch, capsys, tmp_path, drawing):
    mixture = "starry_night=0.7,mosaic=0.3"
    code, out, _ = s2s(monkeypatch, capsys, "run", drawing, "--style", mixture, "--out", tmp_path)
    assert code == 0 and "house_starry_night-0.7_mosaic-0.3.png" in out
    again = ("stylize", tmp_path / "house_picture.png", "--style", mixture, "--out", tmp_path)
    painted = load_picture(s2s(monkeypatch, capsys, *again)[1].strip())
    assert (load_picture(tmp_path / "house_starry_night-0.7_mosaic-0.3.png") - painted).abs().mean() < 0.01


def test_what_was_made_of_another_file_is_not_overwritten(monkeypatch, capsys, tmp_path, drawing):
    other, third = tmp_path / "house.webp", tmp_path / "deep" / "house.png"
    third.parent.mkdir()
    for path in (other, third):
        save_picture(torch.rand(1, 3, 20, 30), path)
    names = []
    for path in (drawing, other, third, drawing, other, third):
        code, out, err = s2s(monkeypatch, capsys, "sketch", path, "--out", tmp_path / "out")
        names.append(out.strip().rpartition("/")[2])
        assert code == 0 and ("house_sketch.png was made of another file or otherwise and stays" in err) == (
            path != drawing
        )
    assert names == ["house_sketch.png", "house.webp_sketch.png", "house.png_sketch.png"] * 2
    save_picture(torch.rand(1, 3, 20, 30), tmp_path / "out" / "house_x2.png")  # somebody's own
    words = ("upscale", drawing, "--factor", 2, "--out", tmp_path / "out")
    assert s2s(monkeypatch, capsys, *words)[1].strip().endswith("house.png_x2.png")
    assert s2s(monkeypatch, capsys, *words, "--overwrite")[1].strip().endswith("/house_x2.png")


def test_two_generators_and_two_style_files_of_one_name_make_two(monkeypatch, capsys, tmp_path, drawing):
    for generator, name in (("facade", "house_picture.png"), ("photo", "house.png_picture.png")):
        words = ("picture", drawing, "--generator", generator, "--out", tmp_path / "out")
        assert s2s(monkeypatch, capsys, *words)[1].strip().endswith(name)
    names = []
    for name in ("dots.png", "dots.jpg"):
        save_picture(torch.rand(1, 3, 30, 50), tmp_path / name)
        names.append(
            s2s(monkeypatch, capsys, "optimize", drawing, tmp_path / name, "--out", tmp_path / "out", *SMALL)[1]
        )
    assert [Path(name.strip()).name for name in names] == ["house_dots.png", "house.png_dots.png"]


@pytest.mark.parametrize("command", ["run", "picture", "stylize", "optimize", "upscale"])
def test_a_device_that_is_not_there_is_told_before_the_work(monkeypatch, capsys, tmp_path, drawing, command):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    inputs = (drawing, drawing) if command == "optimize" else (drawing,)
    code, out, err = s2s(monkeypatch, capsys, command, *inputs, "--device", "cuda", "--out", tmp_path / "new")
    assert (code, out, err) == (1, "", "s2s: no device cuda on this machine; there is cpu\n")
    assert not (tmp_path / "new").exists()


def test_a_damaged_painter_is_told_before_the_generator_works(monkeypatch, capsys, tmp_path, drawing):
    (tmp_path / "mine.safetensors").write_bytes((zoo.WEIGHTS / "painter.safetensors").read_bytes()[:-100])
    (tmp_path / "mine.json").write_bytes((zoo.WEIGHTS / "painter.json").read_bytes())
    monkeypatch.setattr(SketchToStyle, "picture", lambda *_: pytest.fail("the generator worked"))
    code, _, err = s2s(monkeypatch, capsys, "run", drawing, "--painter", tmp_path / "mine.safetensors")
    assert code == 1 and "mine.safetensors: damaged" in err and len(err.splitlines()) == 1


@pytest.mark.parametrize("command", ["run", "picture", "stylize", "optimize", "sketch", "upscale", "export"])
def test_an_unusable_folder_is_told_before_the_work(monkeypatch, capsys, drawing, command):
    from s2s_helpers import export
    from s2s_helpers.optimize import gatys
    from s2s_helpers.pipeline import controls, pencil, sketch_to_style, upscaling

    places = ((export, "whole"), (sketch_to_style, "apply"), (upscaling, "upscale"), (pencil, "apply"))
    for module, name in (*places, (gatys, "stylize_by_optimization"), (controls, "stylize")):
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("it worked"))
    inputs = {"optimize": (drawing, drawing), "export": ("facade",)}.get(command, (drawing,))
    (taken := drawing.with_name("taken")).touch()
    out = taken / "x.onnx" if command == "export" else taken
    code, _, err = s2s(monkeypatch, capsys, command, *inputs, "--out", out)
    assert code == 1 and err.strip() == f"s2s: {taken}: is a file; name a folder for the results"


def test_a_file_is_not_replaced_by_an_exported_network_unless_that_is_wanted(monkeypatch, capsys, tmp_path):
    from s2s_helpers import export

    monkeypatch.chdir(tmp_path)
    made = []
    monkeypatch.setattr(export, "whole", lambda *asked: made.append(asked))
    monkeypatch.setattr(export, "write", lambda model, path: path.write_text("ours"))
    Path("facade.onnx").write_text("theirs")
    code, _, err = s2s(monkeypatch, capsys, "export", "facade")
    told = "s2s: facade.onnx: is there already and stays; --overwrite replaces it, --out names another file"
    assert (code, err.strip(), made) == (1, told, []) and Path("facade.onnx").read_text() == "theirs"
    assert s2s(monkeypatch, capsys, "export", "facade", "--out", "other.onnx")[0] == 0
    assert s2s(monkeypatch, capsys, "export", "facade", "--overwrite")[0] == 0
    assert Path("facade.onnx").read_text() == Path("other.onnx").read_text() == "ours"


def test_errors_of_the_system_have_no_numbers(monkeypatch, capsys):
    def fail(*_, **__):
        raise PermissionError(13, "Permission denied", "place")

    monkeypatch.setattr(main, "app", fail)
    assert s2s(monkeypatch, capsys, "list")[::2] == (1, "s2s: place: Permission denied\n")


def test_names_that_are_no_text_and_consoles_without_their_letters(tmp_path, drawing):
    """As in a folder of an old disk, and as `> log.txt` on Windows."""
    odd = os.fsdecode(b"bad\xff.png") if sys.platform == "linux" else "bad.png"
    for name, console in ((odd, "utf-8"), ("\u9577\u3044.png", "cp1252")):
        (tmp_path / name).write_bytes(drawing.read_bytes())
        words = [sys.executable, "-m", "s2s_helpers", "run", tmp_path / name, "--out", tmp_path / console]
        done = subprocess.run(words, env=os.environ | {"PYTHONIOENCODING": console}, capture_output=True)
        assert done.returncode == 0, done.stderr
        made = {path.name for path in (tmp_path / console).iterdir()}
        assert made == {f"{Path(name).stem}_{ending}.png" for ending in ("picture", "starry_night", "sheet")}
        assert len(done.stdout.splitlines()) == 3 and b"\\u" in done.stdout
        absent = [*words[:4], tmp_path / "absent" / name]
        done = subprocess.run(absent, env=os.environ | {"PYTHONIOENCODING": console}, capture_output=True, text=True)
        assert done.returncode == 1 and "no such file" in done.stderr and len(done.stderr.splitlines()) == 1


def test_version_and_short_help(monkeypatch, capsys):
    from s2s_helpers import __version__

    assert s2s(monkeypatch, capsys, "--version") == (0, f"s2s {__version__}\n", "")
    for words in (("-h",), ("run", "-h"), ("train", "painter", "-h")):
        code, out, _ = s2s(monkeypatch, capsys, *words)
        assert code == 0 and "Usage" in out


@pytest.mark.parametrize("command", ["run", "picture", "sketch", "upscale", "optimize"])
def test_folders(monkeypatch, capsys, tmp_path, drawing, command):
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    small = load_picture(drawing, 40)
    for name in ("a.png", "deep/b.jpg"):
        save_picture(small, source / name)
    (source / "c.png").write_bytes(b"no picture")
    (source / "d.heic").touch()
    more = {"optimize": (drawing, *SMALL), "upscale": ("--factor", 2)}.get(command, ())
    words = (command, source, *more, "--out", tmp_path / "out")
    endings = {"run": ("picture", "starry_night", "sheet"), "upscale": ("x2",), "optimize": ("house",)}
    for _ in range(2):
        code, out, err = s2s(monkeypatch, capsys, *words)
        assert code == 1 and "2 of 3 pictures are done" in err and "d.heic: not read in a folder" in err
        assert err.splitlines()[-1].startswith(f"s2s: {source / 'c.png'}: not a picture") and "Traceback" not in err
        made = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.png")}
        assert made == {f"{name}_{end}.png" for name in ("a", "deep/b") for end in endings.get(command, (command,))}


def test_run_paints_as_stylize_does(monkeypatch, capsys, tmp_path, drawing):
    mask = torch.zeros(1, 3, 90, 131)
    mask[..., :40, :] = 1
    save_picture(mask, tmp_path / "top.png")
    words = ("--style", "mosaic", "--stroke", 2, "--colors", "luminance", "--mask", f"{tmp_path}/top.png:the_scream")
    code, *_ = s2s(monkeypatch, capsys, "run", drawing, *words, "--out", tmp_path / "a")
    assert code == 0
    picture = tmp_path / "a" / "house_picture.png"
    again = load_picture(s2s(monkeypatch, capsys, "stylize", picture, *words, "--out", tmp_path)[1].strip())
    painted = load_picture(tmp_path / "a" / "house_mosaic_stroke-2_luminance_with_the_scream.png")
    assert (painted - again).abs().mean() < 0.01


FULL = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nmore"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] err == 0. DefaultCPUAllocator: can't allocate memory: you tried"),
    RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes."),
    RuntimeError("could not create a memory object"),
    OSError(12, "Cannot allocate memory"),
]


@pytest.mark.parametrize("error", FULL, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    "command, less",
    [("optimize", "a smaller --size"), ("stylize", "--tile"), ("train", "--batch"), ("upscale", "--factor")],
)
def test_a_full_memory_is_one_line(monkeypatch, capsys, error, command, less):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(main, "app", fail)
    code, _, err = s2s(monkeypatch, capsys, command)
    assert code == 1 and err.startswith("s2s: not enough memory; take ") and less in err and len(err.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of the memory is a matter of Linux")
def test_a_memory_that_is_really_full(tmp_path):
    """No file is written, and nothing is said but the line."""
    save_picture(torch.rand(1, 3, 1500, 2000), tmp_path / "large.png")
    words = ["optimize", "large.png", "large.png", "--size", 0, "--steps", 1, "--scales", 1, "--start", "noise"]
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (5_000_000_000,) * 2)"
    code = f"{limit}; from s2s_helpers.cli import main; main.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    lines = [line for line in done.stderr.replace("\r", "\n").splitlines() if line and "it/s" not in line]
    assert done.returncode == 1 and lines == ["s2s: not enough memory; take a smaller --size, or end other programs"]
    assert not list((tmp_path / "out").iterdir())


def test_another_error_of_torch_is_not_taken_for_a_full_memory(monkeypatch, capsys):
    def fail(*_, **__):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(RuntimeError, match="mat1"):
        s2s(monkeypatch, capsys, "list")


def test_files_that_are_no_networks_here_are_told_so(monkeypatch, capsys, tmp_path, drawing):
    monkeypatch.chdir(tmp_path)
    for name in ("mine.pth", "mine.safetensors", "alone.safetensors"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "mine.json").write_text('{"kind": "generator", "arguments": {}, "sha256": ""}')
    for name, told in (
        ("mine.pth", "mine.pth: not a .safetensors file"),
        ("mine", "no network named mine; of a file say mine.safetensors"),
        ("alone.safetensors", "alone.safetensors: has no card; alone.json belongs beside it"),
        ("absent.safetensors", "absent.safetensors: no such file"),
        ("mine.safetensors", "mine.safetensors: damaged, its hash is not that of the card; copy it and its card again"),
    ):
        code, _, err = s2s(monkeypatch, capsys, "picture", drawing, "--generator", name)
        assert code == 1 and told in err and len(err.splitlines()) == 1
    code, _, err = s2s(monkeypatch, capsys, "optimize", drawing, drawing, "--network", "vgg16", "--weights", "mine.pth")
    assert code == 1 and "mine.pth: not a .safetensors or .npz file" in err and "name it" not in err
