import dataclasses
import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from films import read_film, times_of, write_film, write_times
from typer.testing import CliRunner
from world import world

from s2s_helpers.cli.main import app
from s2s_helpers.images import PictureError, load_picture, save_picture
from s2s_helpers.pipeline import film, jobs
from s2s_helpers.pipeline.optical_flow import warping_error


def frames(count: int = 5, step: int = 2, noise: float = 0.02) -> list[torch.Tensor]:
    """A pan over random colors, with the noise of a camera."""
    x, random = world(), torch.Generator().manual_seed(1)
    still = [x[..., 20:84, 10 + step * i : 74 + step * i] for i in range(count)]
    return [(s + noise * torch.randn(s.shape, generator=random)).clamp(0, 1) for s in still]


def restless(x: torch.Tensor) -> torch.Tensor:
    """A painter that takes noise for strokes: all it does is to make small differences large."""
    return (0.5 + 4 * (x - torch.nn.functional.avg_pool2d(x, 5, 1, 2, count_include_pad=False))).clamp(0, 1)


def folder(path, pictures):
    path.mkdir()
    for i, x in enumerate(pictures):
        save_picture(x, path / f"{i}.png")
    return path


def paint_folder(source, out, paint=restless):
    frames = jobs.folder_jobs(source, out, "x.png", load_picture, "settings")
    failures = jobs.run(film.in_order(iter(frames), paint), len(frames), one_by_one=True)
    return failures, [load_picture(job.target) for job in frames if job.target.is_file()]


def test_frames_are_held_steady(tmp_path):
    source = folder(tmp_path / "in", frames())
    failures, held = paint_folder(source, tmp_path / "out")
    plain = [restless(load_picture(source / f"{i}.png")) for i in range(5)]
    flow = torch.tensor([2.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 64, 64)
    steady, restive = ([warping_error(a, b, flow) for a, b in pairwise(seq)] for seq in (held, plain))
    assert failures == {} and sum(steady) < 0.5 * sum(restive)
    assert torch.allclose(held[0], plain[0], atol=1 / 255)


def test_frames_that_were_stopped_end_as_if_nothing_had_been(tmp_path):
    source = folder(tmp_path / "in", frames())
    _, whole = paint_folder(source, tmp_path / "a")
    calls = []

    def stops(x):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return restless(x)

    with pytest.raises(KeyboardInterrupt):
        paint_folder(source, tmp_path / "b", stops)
    assert len(list((tmp_path / "b").iterdir())) == 2
    _, resumed = paint_folder(source, tmp_path / "b", stops)
    assert len(calls) == 6  # two, the one that was stopped, three
    assert all(torch.equal(a, b) for a, b in zip(whole, resumed, strict=True))


def test_a_frame_that_fails_or_has_another_size_stops_nothing(tmp_path):
    source = folder(tmp_path / "in", frames())
    (source / "1.png").write_bytes(b"no picture")
    save_picture(torch.rand(1, 3, 20, 30), source / "3.png")
    failures, held = paint_folder(source, tmp_path / "out")
    assert list(failures) == [str(source / "1.png")]
    assert [x.shape[-1] for x in held] == [64, 64, 30, 64]


av = pytest.importorskip("av", reason="films need PyAV: pip install av")


def painted_film(source, out, paint):
    made = film.Film(source, out / "painted.mp4", lambda x: x, paint, "settings")
    jobs.once(made, wait=True)
    return made


@pytest.mark.parametrize("sound", [False, True])
def test_a_film_keeps_its_length_rate_and_sound(tmp_path, sound):
    source = write_film(tmp_path / "a.mp4", frames(), sound=sound)
    made = painted_film(source, tmp_path / "out", lambda x: 1 - x)
    pictures, rate, found = read_film(made.target)
    assert len(pictures) == 5 and rate == 10 and found == sound
    assert np.abs(pictures[0] - (255.0 - read_film(source)[0][0])).mean() < 8  # compressed twice
    assert [p.name for p in made.target.parent.iterdir()] == ["painted.mp4"] and made.done()
    before = made.target.stat().st_mtime_ns
    painted_film(source, tmp_path / "out", lambda x: pytest.fail("done already"))
    assert made.target.stat().st_mtime_ns == before
    assert not film.Film(source, made.target, made.read, made.paint, "other settings").done()
    made.target.write_bytes(b"no film")
    assert not made.done()


def test_a_film_knows_where_it_comes_from(tmp_path):
    made = painted_film(write_film(tmp_path / "a.mp4", frames()), tmp_path / "out", lambda x: x)
    moved = dataclasses.replace(made, source=made.source.rename(tmp_path / "b.mp4"))
    assert moved.done() and moved.is_ours()
    write_film(tmp_path / "a.mp4", frames(count=2))
    assert made.is_ours() and not made.done()  # another film in its place
    assert not dataclasses.replace(made, settings="other settings").is_ours()
    made.target.write_bytes(b"no film")
    assert not made.is_ours()


def test_films_of_one_stem_make_two(tmp_path, monkeypatch):
    for name in ("a.mp4", "a.avi"):
        write_film(tmp_path / name, frames(count=1 if name == "a.mp4" else 2))
    monkeypatch.setattr("s2s_helpers.pipeline.controls.stylize", lambda chain, x, **_: x)
    told = []
    for name in ("a.mp4", "a.avi", "a.mp4", "a.avi"):
        words = ["stylize", str(tmp_path / name), "--style", "mosaic", "--out", str(tmp_path / "out")]
        told.append(CliRunner().invoke(app, words))
    assert [Path(one.stdout.strip()).name for one in told] == ["a_mosaic.mp4", "a.avi_mosaic.mp4"] * 2
    assert "a_mosaic.mp4 was made of another file or otherwise and stays" in told[1].stderr
    assert [len(read_film(one.stdout.strip())[0]) for one in told] == [1, 2, 1, 2]


def test_a_film_goes_on_where_it_was_stopped(tmp_path):
    source, calls = write_film(tmp_path / "a.mp4", frames()), []

    def stops(x):
        calls.append(1)
        if len(calls) == 3:
            raise ValueError("no strokes left")
        return x

    with pytest.raises(PictureError, match="1 frames failed, the first is frame 2: no strokes left"):
        painted_film(source, tmp_path / "out", stops)
    assert not (tmp_path / "out" / "painted.mp4").exists()
    painted_film(source, tmp_path / "out", stops)
    assert len(calls) == 5 + 1  # only the one that failed
    assert len(read_film(tmp_path / "out" / "painted.mp4")[0]) == 5


@pytest.mark.parametrize("times", [(0, 40, 80, 1000, 2000), (0, 500, 533, 566), (200, 240, 1280), (0, 1001, 2002)])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_frames_keep_their_times(tmp_path, times, suffix):
    source = write_times(tmp_path / f"a{suffix}", times)
    assert times_of(source) == list(times)
    made = painted_film(source, tmp_path / "out", lambda x: x)
    assert times_of(made.target) == list(times)
    assert [round(x.mean() / 20) for x in read_film(made.target)[0]] == list(range(len(times)))


def test_odd_sides_are_kept_and_lose_a_pixel_where_frames_are_shrunk(tmp_path):
    source = tmp_path / "odd.mkv"
    with av.open(str(source), "w") as file:
        video = file.add_stream("ffv1", rate=10)
        video.height, video.width, video.pix_fmt = 63, 61, "bgr0"
        x = (255 * frames()[0][0, :, :63, :61]).byte().permute(1, 2, 0).contiguous().numpy()
        file.mux(video.encode(av.VideoFrame.from_ndarray(x, format="rgb24")))
        file.mux(video.encode())
    (made,), *_ = read_film(painted_film(source, tmp_path / "out", lambda x: x).target)
    assert made.shape == (63, 61, 3) and np.abs(made - x.astype(float)).mean() < 6  # noise, compressed
    shrunk = film.Film(source, tmp_path / "small.mp4", lambda x: x[..., :31, :29], lambda x: x, "settings")
    shrunk.do()
    assert read_film(shrunk.target)[0][0].shape == (30, 28, 3)


@pytest.mark.parametrize("ratio, size", [("4/3", (48, 80)), ("3/4", (64, 60)), ("1/1", (48, 60)), ("9/1", (48, 60))])
def test_pixels_that_are_not_square_become_so(tmp_path, ratio, size):
    source = tmp_path / "wide.mkv"
    with av.open(str(source), "w") as file:
        video = file.add_stream("mpeg4", rate=10)
        video.height, video.width, video.pix_fmt = 48, 60, "yuv420p"
        video.codec_context.sample_aspect_ratio = Fraction(ratio)
        halves = np.full((48, 60, 3), 250, np.uint8)
        halves[:, :30] = 5
        file.mux(video.encode(av.VideoFrame.from_ndarray(halves, format="rgb24")))
        file.mux(video.encode())
    with av.open(str(source)) as file:
        assert file.streams.video[0].sample_aspect_ratio == Fraction(ratio)
    made = painted_film(source, tmp_path / "out", lambda x: x).target
    (picture,), *_ = read_film(made)
    assert picture.shape == (*size, 3)
    assert picture[:, : size[1] // 2 - 4].mean() < 15 and picture[:, size[1] // 2 + 4 :].mean() > 240
    with av.open(str(made)) as file:
        assert file.streams.video[0].sample_aspect_ratio in (None, 0, 1)


@pytest.mark.parametrize("suffix", [".mpg", ".3gp", ".MOV"])
def test_films_of_other_suffixes_are_films(tmp_path, monkeypatch, suffix):
    codec = {".mpg": "mpeg2video"}.get(suffix, "mpeg4")
    with av.open(str(tmp_path / f"a{suffix.lower()}"), "w") as file:
        video = file.add_stream(codec, rate=25)
        video.height, video.width, video.pix_fmt = 48, 64, "yuv420p"
        for i in range(3):
            file.mux(video.encode(av.VideoFrame.from_ndarray(np.full((48, 64, 3), 80 * i, np.uint8), format="rgb24")))
        file.mux(video.encode())
    source = (tmp_path / f"a{suffix.lower()}").rename(tmp_path / f"a{suffix}")
    monkeypatch.setattr("s2s_helpers.pipeline.controls.stylize", lambda chain, x, **_: x)
    told = CliRunner().invoke(app, ["stylize", str(source), "--style", "mosaic", "--out", str(tmp_path / "out")])
    assert told.exit_code == 0, told.output
    assert np.diff(times_of(told.stdout.strip())).tolist() == [40, 40]


def test_what_is_no_film_is_told(tmp_path, monkeypatch):
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(PictureError, match="a.mp4: damaged, or not a film"):
        painted_film(tmp_path / "a.mp4", tmp_path / "out", restless)
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(PictureError, match="films need PyAV: pip install av; or give a folder"):
        painted_film(tmp_path / "a.mp4", tmp_path / "out", restless)
