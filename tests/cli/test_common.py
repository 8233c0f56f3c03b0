"""Where results go, as what, and what is said about it, as people call it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from command import s2s
from PIL import ExifTags, Image

from s2s_helpers.cli import common
from s2s_helpers.images import QUALITY, load_picture, read_note, save_picture

SMALL = {"optimize": ("--steps", 1, "--scales", 1, "--size", 40), "upscale": ("--factor", 2)}
ONE_RESULT = ["picture", "stylize", "sketch", "upscale", "optimize"]
COMMANDS = ["run", *ONE_RESULT]


@pytest.fixture
def photo(tmp_path) -> Path:
    save_picture(torch.rand(1, 3, 24, 40), tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def idle(monkeypatch):
    """Nothing may be worked before a mistake is told."""
    from s2s_helpers.optimize import gatys
    from s2s_helpers.pipeline import controls, pencil, sketch_to_style, upscaling

    places = ((sketch_to_style, "apply"), (upscaling, "upscale"), (pencil, "apply"))
    for module, name in (*places, (gatys, "stylize_by_optimization"), (controls, "stylize")):
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("it worked"))


def words(command: str, source: Path, *more) -> tuple:
    """The command, of small size; a style picture is beside the source."""
    style = (Path(__file__).parents[2] / "data/drawings/house.png",) if command == "optimize" else ()
    return (command, source, *style, *SMALL.get(command, ()), *more)


@pytest.mark.parametrize("command", ONE_RESULT)
@pytest.mark.parametrize("suffix, form", [(".png", "PNG"), (".JPG", "JPEG"), (".webp", "WEBP"), (".tif", "TIFF")])
def test_a_single_result_goes_into_the_file_that_is_named(monkeypatch, capsys, tmp_path, photo, command, suffix, form):
    out = tmp_path / "new" / f"mine{suffix}"
    for _ in range(2):  # the same command writes the same file
        code, told, _ = s2s(monkeypatch, capsys, *words(command, photo, "--out", out))
        assert code == 0 and told.strip() == str(out) and Image.open(out).format == form
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_a_folder_with_the_name_of_a_picture_is_a_folder(monkeypatch, capsys, tmp_path, photo):
    (tmp_path / "odd.png").mkdir()
    code, told, _ = s2s(monkeypatch, capsys, *words("sketch", photo, "--out", tmp_path / "odd.png"))
    assert code == 0 and told.strip() == str(tmp_path / "odd.png" / "photo_sketch.png")


@pytest.mark.parametrize("command", COMMANDS)
def test_several_pictures_do_not_go_into_one_file(monkeypatch, capsys, tmp_path, photo, idle, command):
    source = photo if command == "run" else tmp_path
    code, _, err = s2s(monkeypatch, capsys, *words(command, source, "--out", tmp_path / "new" / "x.png"))
    assert code == 1 and err.startswith(f"s2s: {tmp_path / 'new' / 'x.png'}: is one file, and ")
    folder = f", such as {tmp_path / 'new' / 'x'}" if command == "run" else ""
    assert err.strip().endswith(f"name a folder with --out{folder}") and len(err.splitlines()) == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", ONE_RESULT)
@pytest.mark.parametrize(
    "more, complaint",
    [
        (("--out", "{folder}/x.gif"), "x.gif: cannot write '.gif'; use .png, .jpg, .jpeg, .webp, .tif, .tiff, or name"),
        (("--out", "{folder}/x.mp4"), "x.mp4: cannot write '.mp4'"),
        (("--out", "{folder}/photo.png"), "photo.png: is what the result is made of; name another file with --out"),
        (("--out", "{folder}/photo.png", "--overwrite"), "photo.png: is what the result is made of"),
        (("--out", "{folder}/x.jpg", "--format", "jpg"), "x.jpg: its name says the format; leave out --format jpg"),
        (("--out", "{folder}/x.png", "--quality", 80), "PNG has no quality; leave out --quality, or take jpg or webp"),
        (("--out", "{folder}/x.tif", "--quality", 80), "TIFF has no quality"),
        (("--quality", 80), "PNG has no quality"),
    ],
)
def test_what_cannot_be_is_told_before_the_work(monkeypatch, capsys, tmp_path, photo, idle, command, more, complaint):
    monkeypatch.chdir(tmp_path)
    more = [str(word).format(folder=tmp_path) for word in more]
    code, _, err = s2s(monkeypatch, capsys, *words(command, photo, *more))
    assert code == 1 and complaint in err and len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_is_from_1_to_100(monkeypatch, capsys, photo, quality):
    code, _, err = s2s(monkeypatch, capsys, *words("sketch", photo, "--format", "jpg", "--quality", quality))
    assert code == 2 and "'--quality'" in err


@pytest.mark.parametrize("command", ONE_RESULT)
def test_a_file_of_others_stays_and_that_is_told_before_the_work(monkeypatch, capsys, tmp_path, photo, idle, command):
    save_picture(torch.rand(1, 3, 4, 4), tmp_path / "theirs.png")
    code, _, err = s2s(monkeypatch, capsys, *words(command, photo, "--out", tmp_path / "theirs.png"))
    told = "theirs.png: was made of another file or otherwise and stays; --overwrite replaces it"
    assert code == 1 and err.splitlines()[-1].endswith(told)


def test_a_file_of_others_is_replaced_if_that_is_wanted(monkeypatch, capsys, tmp_path, photo):
    save_picture(torch.rand(1, 3, 4, 4), tmp_path / "theirs.jpg")
    more = ("--out", tmp_path / "theirs.jpg", "--overwrite")
    assert s2s(monkeypatch, capsys, *words("sketch", photo, *more))[0] == 0
    assert load_picture(tmp_path / "theirs.jpg").shape == (1, 3, 24, 40)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["png", "jpg", "webp"])
def test_results_in_a_folder_are_in_the_format_that_is_wanted(monkeypatch, capsys, tmp_path, photo, command, form):
    source = tmp_path / "in"
    source.mkdir()
    photo.rename(source / "photo.png")
    for _ in range(2):  # the same command writes the same files
        code, *_ = s2s(monkeypatch, capsys, *words(command, source, "--out", tmp_path / "out", "--format", form))
        made = list((tmp_path / "out").iterdir())
        assert code == 0 and len(made) == (3 if command == "run" else 1)
        assert all(path.suffix == f".{form}" and read_note(path) for path in made)
        assert {Image.open(path).format for path in made} == {form.upper().replace("JPG", "JPEG")}


@pytest.mark.parametrize("single", [True, False])
def test_another_quality_makes_another_file(monkeypatch, capsys, tmp_path, single):
    source = tmp_path / "in"
    source.mkdir()
    save_picture(torch.rand(1, 3, 90, 90), source / "a.png")
    sizes = {}
    for words in (("--quality", 30), ("--quality", 95), (), ("--quality", 30)):
        command = ("stylize", source / "a.png" if single else source, "--format", "jpg", *words)
        assert s2s(monkeypatch, capsys, *command, "--out", tmp_path / "out")[0] == 0
        sizes[words] = {path.name: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    names = ["a_starry_night.jpg", "a.png_starry_night.jpg", "a.png_2_starry_night.jpg"]
    assert sizes["--quality", 30] == sizes[()] and set(sizes[()]) == set(names)
    low, high, usual = (sizes[()][name] for name in names)
    assert low < high / 2 and abs(high - usual) < 100


def test_what_was_made_as_jpeg_is_not_painted_again(monkeypatch, capsys, tmp_path, photo):
    command = ("stylize", photo, "--format", "jpg", "--out", tmp_path / "out")
    s2s(monkeypatch, capsys, *command)
    code, out, err = s2s(monkeypatch, capsys, "stylize", tmp_path, "--out", tmp_path / "elsewhere")
    assert code == 0 and "1 of 1 pictures are there" in out and "what s2s made is not painted again" in err


@pytest.mark.parametrize("command", ["stylize", "upscale", "optimize"])
@pytest.mark.parametrize("folder", [False, True])
def test_alpha_and_exif_of_what_is_repainted_are_kept(monkeypatch, capsys, tmp_path, command, folder):
    image, exif = Image.new("RGBA", (40, 24), (40, 80, 200, 255)), Image.Exif()
    image.paste((0, 0, 0, 0), (0, 0, 20, 24))
    exif[ExifTags.Base.Copyright] = "Us"
    (tmp_path / "in").mkdir()
    image.save(tmp_path / "in" / "a.png", exif=exif)
    source = tmp_path / "in" if folder else tmp_path / "in" / "a.png"
    for form in ("png", "webp", "jpg"):
        assert s2s(monkeypatch, capsys, *words(command, source, "--out", tmp_path / form, "--format", form))[0] == 0
        (path,) = (tmp_path / form).iterdir()
        with Image.open(path) as made:
            assert made.getexif()[ExifTags.Base.Copyright] == "Us"
            assert made.mode == ("RGB" if form == "jpg" else "RGBA")
        assert load_picture(path)[..., :10].min() > 0.95


@pytest.mark.parametrize("command", ["run", "picture", "sketch"])
def test_what_is_made_from_a_drawing_is_on_paper(monkeypatch, capsys, tmp_path, command):
    exif = Image.Exif()
    exif[ExifTags.Base.Copyright] = "Us"
    Image.new("RGBA", (40, 24), (0, 0, 0, 0)).save(tmp_path / "a.png", exif=exif)
    assert s2s(monkeypatch, capsys, *words(command, tmp_path / "a.png", "--out", tmp_path / "out"))[0] == 0
    for path in (tmp_path / "out").iterdir():
        with Image.open(path) as made:
            assert made.mode == "RGB" and not made.getexif()


def test_a_film_goes_into_the_file_that_is_named(monkeypatch, capsys, tmp_path):
    from films import read_film, write_film  # skips without PyAV

    film, out = write_film(tmp_path / "a.mov", [torch.rand(1, 3, 32, 48) for _ in range(2)]), tmp_path / "mine.mp4"
    for _ in range(2):
        assert s2s(monkeypatch, capsys, "stylize", film, "--out", out)[:2] == (0, f"{out}\n")
        assert len(read_film(out)[0]) == 2
    for more, complaint in (
        (("--style", "mosaic", "--out", out), "mine.mp4: was made of another file or otherwise and stays"),
        (("--out", tmp_path / "x.png"), "x.png: cannot write '.png'; use .mp4, or name a folder"),
        (("--format", "jpg"), "a film becomes MP4; leave out --format and --quality"),
        (("--quality", 9), "a film becomes MP4; leave out --format and --quality"),
    ):
        code, _, err = s2s(monkeypatch, capsys, "stylize", film, *more)
        assert code == 1 and complaint in err.splitlines()[-1]


def called(*words) -> subprocess.CompletedProcess:
    """The command in a process of its own, where tqdm is not yet imported."""
    command = [sys.executable, "-m", "s2s_helpers", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


@pytest.mark.parametrize("command", COMMANDS)
def test_a_quiet_command_says_what_went_wrong_and_nothing_else(tmp_path, command):
    source = tmp_path / "in"
    source.mkdir()
    save_picture(torch.rand(1, 3, 20, 30), source / "a.png")
    (source / "b.png").write_bytes(b"no picture")
    (source / "c.heic").touch()
    smaller = ("--size", 64) if command not in SMALL else ()
    done = called(*words(command, source, *smaller, "--out", tmp_path / "out", "--quiet"))
    assert done.returncode == 1 and done.stdout == "" and len(list((tmp_path / "out").iterdir())) >= 1
    assert done.stderr.startswith(f"s2s: {source / 'b.png'}: not a picture") and len(done.stderr.splitlines()) == 1


def test_without_it_the_same_command_says_more(tmp_path):
    save_picture(torch.rand(1, 3, 20, 30), tmp_path / "a.png")
    done = called(*words("optimize", tmp_path / "a.png", "--out", tmp_path / "out"))
    assert done.stdout.strip().endswith("a_house.png") and "1/1" in done.stderr and "iterations done" in done.stderr
    done = called(*words("optimize", tmp_path / "a.png", "--out", tmp_path / "out", "--quiet"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_next_command_is_not_quiet(monkeypatch, capsys, tmp_path, photo):
    monkeypatch.setenv("TQDM_DISABLE", "")  # which the command sets, and this test puts back
    assert s2s(monkeypatch, capsys, *words("sketch", photo, "--out", tmp_path / "a", "--quiet")) == (0, "", "")
    assert s2s(monkeypatch, capsys, *words("sketch", photo, "--out", tmp_path / "b"))[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_makes_pictures_has_the_same_options(monkeypatch, capsys, command):
    monkeypatch.setenv("COLUMNS", "200")
    help = s2s(monkeypatch, capsys, command, "-h")[1]
    assert all(option in help for option in ("--out", "--overwrite", "--format", "--quality", "--quiet"))
    assert f"{QUALITY} without it" in common.Quality.__metadata__[0].help


def test_the_style_is_not_painted_over(monkeypatch, capsys, tmp_path):
    source, style = tmp_path / "photo.png", tmp_path / "style.png"
    for path in (source, style):
        save_picture(torch.rand(1, 3, 32, 32), path)
    before = style.read_bytes()
    given = ("optimize", source, style, "--out", style, "--overwrite")
    code, _, err = s2s(monkeypatch, capsys, *map(str, given))
    assert code == 1 and "style.png: is what the result is made of" in err
    assert style.read_bytes() == before


def test_a_folder_is_tried_once_for_all_results_of_a_drawing(monkeypatch, tmp_path, photo):
    tried = []
    monkeypatch.setattr("s2s_helpers.images.make_folder", tried.append)
    place = common.Place(tmp_path / "out")
    assert len(place.writers(photo, {"picture": "", "mosaic": "", "sheet": ""})) == 3 and tried == [tmp_path / "out"]
    place.writer(photo, "picture", "")
    assert tried == [tmp_path / "out"] * 2
