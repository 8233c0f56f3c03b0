"""``s2s stylize``, as people call it."""

import pytest
import torch
from command import s2s
from PIL import Image

from s2s_helpers.images import load_picture, save_picture
from s2s_helpers.pipeline import coarse_to_fine, strips


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    for name in ("a.png", "b.jpg", "deep/c.png"):
        save_picture(torch.rand(1, 3, 24, 40), tmp_path / "in" / name)
    return tmp_path / "in"


def test_a_folder_is_done_once(monkeypatch, capsys, tmp_path, folder):
    command = ("stylize", folder, "--style", "mosaic", "--out", tmp_path / "out")
    code, out, err = s2s(monkeypatch, capsys, *command)
    assert code == 0 and "3 of 3 pictures are there" in out
    made = sorted((tmp_path / "out").rglob("*.png"))
    assert [str(p.relative_to(tmp_path / "out")) for p in made] == ["a_mosaic.png", "b_mosaic.png", "deep/c_mosaic.png"]
    single = s2s(monkeypatch, capsys, "stylize", folder / "a.png", "--style", "mosaic", "--out", tmp_path)[1].strip()
    assert torch.equal(load_picture(single), load_picture(made[0]))
    times = [p.stat().st_mtime_ns for p in made]
    s2s(monkeypatch, capsys, *command)
    assert [p.stat().st_mtime_ns for p in made] == times
    assert load_picture(made[0]).shape == (1, 3, 24, 40)


OTHERWISE = [
    (("--style", "mosaic=0.9,the_scream=0.1"), "a_mosaic-0.9_the_scream-0.1.png"),
    (("--style", "mosaic=0.1,the_scream=0.9"), "a_mosaic-0.1_the_scream-0.9.png"),
    (("--stroke", 2), "a_mosaic_stroke-2.png"),
    (("--colors", "luminance"), "a_mosaic_luminance.png"),
    (("--mask", "{folder}/mask.png:the_scream"), "a_mosaic_with_the_scream.png"),
    (("--size", 30), "a.png_mosaic.png"),
    (("--detail",), "a.png_2_mosaic.png"),
]


@pytest.mark.parametrize("single", [False, True])
def test_what_was_painted_otherwise_stays(monkeypatch, capsys, tmp_path, folder, single):
    monkeypatch.setattr(coarse_to_fine, "LARGE", 30)
    mask = torch.zeros(1, 3, 24, 40)
    mask[..., :20] = 1
    save_picture(mask, tmp_path / "mask.png")
    source, out = folder / "a.png" if single else folder, tmp_path / "out"
    (folder / "b.jpg").unlink()
    (folder / "deep" / "c.png").unlink()
    for again in range(2):  # the same command writes the same file
        kept = {path: path.read_bytes() for path in out.glob("*")}
        for words, name in [((), "a_mosaic.png"), *OTHERWISE]:
            words = [str(word).format(folder=tmp_path) for word in words]
            code, _, err = s2s(monkeypatch, capsys, "stylize", source, "--style", "mosaic", "--out", out, *words)
            assert code == 0 and (out / name).is_file(), (words, err)
            stays = "a_mosaic.png" in err and "stays; --overwrite replaces it" in err
            assert stays == name.startswith("a.png"), (words, err)
        assert len(list(out.iterdir())) == 1 + len(OTHERWISE) == len({p.read_bytes() for p in out.iterdir()})
        assert not again or kept == {path: path.read_bytes() for path in out.glob("*")}
    s2s(monkeypatch, capsys, "stylize", source, "--style", "mosaic", "--out", out, "--size", 30, "--overwrite")
    assert load_picture(out / "a_mosaic.png").shape == (1, 3, 18, 30) and len(list(out.iterdir())) == 8


def test_failures_come_at_the_end_and_make_the_exit_code(monkeypatch, capsys, tmp_path, folder):
    (folder / "a.png").write_bytes(b"no picture")
    code, out, err = s2s(monkeypatch, capsys, "stylize", folder, "--out", tmp_path / "out")
    assert code == 1 and "2 of 3 pictures are there" in out
    assert err.strip().splitlines()[-1].startswith(f"s2s: {folder / 'a.png'}: not a picture")


@pytest.mark.parametrize(
    "words, complaint",
    [
        (("--style", "cubism"), "no style named cubism"),
        (("--painter", "facade"), "facade is a generator"),
        (("--out", "{folder}"), "another folder than the pictures"),
    ],
)
def test_mistakes_are_found_before_the_work(monkeypatch, capsys, folder, words, complaint):
    code, _, err = s2s(monkeypatch, capsys, "stylize", folder, *(word.format(folder=folder) for word in words))
    assert code == 1 and complaint in err.strip().splitlines()[-1] and "Traceback" not in err


def test_an_empty_folder_is_told(monkeypatch, capsys, tmp_path):
    code, _, err = s2s(monkeypatch, capsys, "stylize", tmp_path)
    assert code == 1 and "no pictures in it" in err


def test_frames_are_held_and_other_pictures_are_not(monkeypatch, capsys, tmp_path, folder):
    for name in ("a.png", "b.jpg"):
        save_picture(torch.full((1, 3, 24, 40), 0.5), folder / name)
    results = painted(monkeypatch, capsys, tmp_path, folder)
    still = [load_picture(tmp_path / out / "b_starry_night.png") for out in results]
    assert (still[0] - still[1]).abs().max() <= 1 / 255  # nothing moved
    for name, value in (("a.png", 0.5), ("b.jpg", 0.51)):
        save_picture((torch.full((1, 3, 24, 40), value) + 0.02 * torch.randn(1, 3, 24, 40)).clamp(0, 1), folder / name)
    apart = []
    for out in painted(monkeypatch, capsys, tmp_path, folder):
        a, b = (load_picture(tmp_path / out / f"{name}_starry_night.png") for name in "ab")
        apart.append((a - b).abs().mean())
    assert apart[1] < 0.6 * apart[0]


def painted(monkeypatch, capsys, tmp_path, folder):
    """The folder painted as pictures and as frames: the names of the two results."""
    assert s2s(monkeypatch, capsys, "stylize", folder, "--out", tmp_path / "pictures")[0] == 0
    assert s2s(monkeypatch, capsys, "stylize", folder, "--out", tmp_path / "frames", "--frames")[0] == 0
    return "pictures", "frames"


def test_a_film(monkeypatch, capsys, tmp_path):
    from films import read_film, write_film  # skips without PyAV

    film = write_film(tmp_path / "a.mov", [torch.rand(1, 3, 32, 48) for _ in range(3)])
    words = ("--style", "mosaic", "--out", tmp_path / "out", "--size", 40)
    code, out, _ = s2s(monkeypatch, capsys, "stylize", film, *words)
    assert code == 0 and out.strip() == str(tmp_path / "out" / "a_mosaic.mp4")
    pictures, rate, _ = read_film(tmp_path / "out" / "a_mosaic.mp4")
    assert len(pictures) == 3 and rate == 10 and pictures[0].shape == (26, 40, 3)


def test_tile_and_detail_reach_the_painter(monkeypatch, capsys, tmp_path, folder):
    asked = []
    monkeypatch.setattr(strips, "in_strips", lambda net, x, style, strip: asked.append((x.shape[-2:], strip)) or x)
    monkeypatch.setattr(coarse_to_fine, "LARGE", 40)
    code, *_ = s2s(monkeypatch, capsys, "stylize", folder / "a.png", "--out", tmp_path, "--tile", 16, "--detail")
    assert code == 0 and asked == [((16, 16), 16), ((24, 40), 16)]


def test_a_painter_without_the_usual_style_paints_its_first(monkeypatch, capsys, tmp_path, folder):
    from s2s_helpers import zoo
    from s2s_helpers.nets.transform import TransformNet

    facts = {"kind": "style", "arguments": {"styles": 2, "base": 4}, "styles": ["mine", "yours"]}
    zoo.save(TransformNet(2, base=4), facts, tmp_path / "own.safetensors")
    words = ("--painter", tmp_path / "own.safetensors", "--out", tmp_path)
    code, out, err = s2s(monkeypatch, capsys, "stylize", folder / "a.png", *words)
    assert code == 0 and out.strip().endswith("a_mine.png") and "paints mine, yours; taking mine" in err
    code, out, _ = s2s(monkeypatch, capsys, "run", folder / "a.png", *words)
    assert code == 0 and "a.png_mine.png" in out  # of a picture of the drawing


def test_a_folder_run_ends_at_once_without_a_place_for_results(monkeypatch, capsys, folder):
    (folder / "x.heic").touch()
    (folder / "taken").touch()
    code, _, err = s2s(monkeypatch, capsys, "stylize", folder, "--out", folder / "taken")
    assert code == 1 and len([line for line in err.splitlines() if "is a file" in line]) == 1
    assert "x.heic: not read in a folder" in err


def test_results_of_single_pictures_are_not_painted_again(monkeypatch, capsys, tmp_path, folder):
    s2s(monkeypatch, capsys, "stylize", folder / "a.png", "--out", folder / "out")
    code, out, err = s2s(monkeypatch, capsys, "stylize", folder, "--out", tmp_path / "elsewhere")
    assert code == 0 and "3 of 3 pictures are there" in out and "what s2s made is not painted again" in err


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".tif"])
def test_of_an_animation_the_first_frame_is_taken_with_a_word_about_it(monkeypatch, capsys, tmp_path, suffix):
    frames = [Image.new("RGB", (40, 24), (60 * i, 0, 0)) for i in range(3)]
    (tmp_path / "in").mkdir()
    frames[0].save(tmp_path / "in" / f"a{suffix}", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "in" / "still.gif")
    for source in (tmp_path / "in", tmp_path / "in" / f"a{suffix}"):
        code, _, err = s2s(monkeypatch, capsys, "stylize", source, "--style", "mosaic", "--out", tmp_path / "out")
        assert code == 0 and f"a{suffix}: " in err and "first" in err and "still" not in err
