"""Folders: what is done is known, what fails is told, and a run may be killed at any moment."""

import os
import signal
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
import torch
from filelock import FileLock

from s2s_helpers.images import PictureError, load_picture, save_picture
from s2s_helpers.pipeline import jobs

KILLS, PICTURES = 20, 120


def folder(path: Path, count: int = 3) -> Path:
    """A folder of small gray pictures, 0.png, 1.png, ..., each of its own lightness."""
    path.mkdir(parents=True)
    for i in range(count):
        save_picture(torch.full((1, 3, 8, 8), i / 255), path / f"{i}.png")
    return path


def invert(path: Path) -> torch.Tensor:
    return 1 - load_picture(path)


def run(source: Path, out: Path, make=invert, settings: str = "inverted", overwrite=False) -> dict[str, str]:
    found = jobs.folder_jobs(source, out, "x.png", make, settings, overwrite=overwrite)
    return jobs.run(found, len(found))


def test_what_is_done_is_not_done_again_unless_something_changed(tmp_path):
    source, made = folder(tmp_path / "in"), []

    def make(path):
        made.append(path.name)
        return invert(path)

    assert run(source, tmp_path / "out", make) == {} and made == ["0.png", "1.png", "2.png"]
    assert torch.allclose(load_picture(tmp_path / "out" / "2_x.png"), invert(source / "2.png"))
    made.clear()
    run(source, tmp_path / "out", make)
    assert made == []
    save_picture(torch.ones(1, 3, 8, 8), source / "1.png")  # another picture
    (tmp_path / "out" / "2_x.png").unlink()
    run(source, tmp_path / "out", make)
    assert made == ["1.png", "2.png"]
    made.clear()
    run(source, tmp_path / "out", make, "another style", overwrite=True)
    assert made == ["0.png", "1.png", "2.png"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["0_x.png", "1_x.png", "2_x.png"]  # no locks


def test_a_picture_of_that_name_from_elsewhere_is_not_taken_for_done_and_stays(tmp_path):
    source, told, theirs = folder(tmp_path / "in", 1), [], torch.rand(1, 3, 8, 8)
    (tmp_path / "out").mkdir()
    save_picture(theirs, tmp_path / "out" / "0_x.png")
    for settings, name in (("one", "0.png_x.png"), ("two", "0.png_2_x.png"), ("one", "0.png_x.png")):
        (job,) = jobs.folder_jobs(source, tmp_path / "out", "x.png", invert, settings, told.append)
        assert job.target.name == name and f"{job.target.with_name('0_x.png')}: made of another picture" in told[-1]
        job.do()
    assert torch.allclose(load_picture(tmp_path / "out" / "0_x.png"), theirs, atol=1 / 255)
    run(source, tmp_path / "out", overwrite=True)
    assert torch.allclose(load_picture(tmp_path / "out" / "0_x.png"), invert(source / "0.png"))


def test_two_pictures_of_one_stem_keep_their_names_from_run_to_run(tmp_path):
    source = folder(tmp_path / "in", 1)
    run(source, tmp_path / "out")
    save_picture(torch.ones(1, 3, 8, 8), source / "0.jpg")  # comes first from now on
    for _ in range(2):
        run(source, tmp_path / "out")
        assert load_picture(tmp_path / "out" / "0_x.png").mean() == 1  # of 0.png, which is black
        assert load_picture(tmp_path / "out" / "0.jpg_x.png").mean() == 0


def test_failures_are_told_and_stop_nothing(tmp_path):
    source = folder(tmp_path / "in")
    (source / "1.png").write_bytes(b"no picture")
    failures = run(source, tmp_path / "out")
    assert list(failures) == [str(source / "1.png")] and "not a picture" in failures[str(source / "1.png")]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["0_x.png", "2_x.png"]
    save_picture(torch.ones(1, 3, 8, 8), source / "1.png")
    assert run(source, tmp_path / "out") == {} and (tmp_path / "out" / "1_x.png").is_file()


def test_memory_that_is_full_is_a_failure_of_one_picture_and_a_mistake_in_the_code_is_none(tmp_path):
    source = folder(tmp_path / "in", 1)

    def full(path):
        raise RuntimeError("not enough memory")

    def wrong(path):
        raise TypeError

    assert run(source, tmp_path / "out", full) == {str(source / "0.png"): "not enough memory"}
    with pytest.raises(TypeError):
        run(source, tmp_path / "out", wrong)


def test_targets_keep_the_folders_and_never_coincide(tmp_path):
    source = folder(tmp_path / "in", 1)
    folder(source / "deep" / "er", 1)
    save_picture(torch.zeros(1, 3, 8, 8), source / "0.jpg")
    found = jobs.folder_jobs(source, source / "out", "x.png", invert, "")
    names = sorted(str(job.target.relative_to(source / "out")) for job in found)
    assert names == ["0.png_x.png", "0_x.png", "deep/er/0_x.png"]
    jobs.run(found, 3)
    assert len(jobs.folder_jobs(source, source / "out", "x.png", invert, "")) == 3  # results are no pictures to paint
    with pytest.raises(PictureError, match="another folder"):
        jobs.folder_jobs(source, source, "x.png", invert, "")


def test_stamp_knows_where_a_part_ends():
    assert len({jobs.stamp("ab", "c"), jobs.stamp("a", "bc"), jobs.stamp("abc"), jobs.stamp("abc", b"")}) == 4
    assert jobs.stamp("a") == jobs.stamp(b"a")


class Slow:
    """``invert``, long enough to be killed in it."""

    def __init__(self, log: Path):
        self.log = log

    def __call__(self, path: Path) -> torch.Tensor:
        note(self.log, "begun", path)
        time.sleep(0.005)
        return invert(path)


def note(log: Path, *words) -> None:
    """Add a line to the log, in one piece."""
    with open(log, "ab", buffering=0) as file:
        file.write((" ".join(map(str, words)) + "\n").encode())


def noted(log: Path, word: str) -> Counter:
    """How often the log says ``word`` of each picture."""
    lines = log.read_text().splitlines() if log.exists() else []
    return Counter(line.split(maxsplit=1)[1] for line in lines if line.startswith(word))


def victim(root: Path) -> None:
    """A run over the folder in a process of its own, which notes what it completes."""
    torch.set_num_threads(1)
    save = jobs.save_picture

    def saved(x, path, *more):
        save(x, path, *more)
        note(root / "log", "done", path)

    jobs.save_picture = saved
    assert run(root / "in", root / "out", Slow(root / "log")) == {}


@pytest.fixture(scope="module")
def context():
    """Processes that find torch imported."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["s2s_helpers.pipeline.jobs", "pytest"])
    return context


def assert_whole(root: Path) -> None:
    """Every result is there, right, done once, and nothing else."""
    names = {f"{i}_x.png" for i in range(PICTURES)}
    assert {p.name for p in (root / "out").iterdir()} == names
    for i in range(PICTURES):
        assert torch.allclose(load_picture(root / "out" / f"{i}_x.png"), invert(root / "in" / f"{i}.png"))
    assert set(noted(root / "log", "done").values()) == {1}


def test_killed_twenty_times(tmp_path, context):
    folder(tmp_path / "in", PICTURES)
    rng = np.random.default_rng(0)
    for _ in range(KILLS):
        begun, done = (noted(tmp_path / "log", word).total() for word in ("begun", "done"))
        goal = done + rng.integers(0, 4)
        process = context.Process(target=victim, args=(tmp_path,))
        process.start()
        while noted(tmp_path / "log", "begun").total() == begun or noted(tmp_path / "log", "done").total() < goal:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.02))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL
    assert 0 < noted(tmp_path / "log", "done").total() < PICTURES
    assert run(tmp_path / "in", tmp_path / "out", Slow(tmp_path / "log")) == {}
    done, begun = noted(tmp_path / "log", "done"), noted(tmp_path / "log", "begun")
    assert max(done.values()) == 1  # a kill between file and log leaves none
    assert begun.total() <= PICTURES + KILLS  # each kill costs one picture at most
    (tmp_path / "log").write_text("".join(f"done {p}\n" for p in (tmp_path / "out").iterdir()))
    assert_whole(tmp_path)


def test_a_lock_that_a_killed_run_left_beside_a_result_goes(tmp_path):
    source, out, made = folder(tmp_path / "in"), tmp_path / "out", []
    run(source, out)
    (out / ".1_x.png.lock").touch()
    run(source, out, made.append)
    assert made == [] and sorted(p.name for p in out.iterdir()) == ["0_x.png", "1_x.png", "2_x.png"]


def test_a_result_whose_lock_is_held_is_done(tmp_path):
    source, out = folder(tmp_path / "in"), tmp_path / "out"
    run(source, out)
    with FileLock(out / ".1_x.png.lock"):
        found = jobs.folder_jobs(source, out, "x.png", invert, "inverted")
        assert [jobs.once(job, wait=False) for job in found] == [True, True, True]


def test_two_runs_at_once_share_the_work(tmp_path, context):
    folder(tmp_path / "in", PICTURES)
    both = [context.Process(target=victim, args=(tmp_path,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
        assert process.exitcode == 0
    assert_whole(tmp_path)
    assert noted(tmp_path / "log", "begun").total() == PICTURES


def test_a_picture_that_another_run_is_at_comes_last(tmp_path):
    source, order, held = folder(tmp_path / "in"), [], Event()
    (tmp_path / "out").mkdir()

    def other():
        with FileLock(tmp_path / "out" / ".0_x.png.lock"):
            held.set()
            time.sleep(0.5)

    Thread(target=other).start()
    held.wait()
    run(source, tmp_path / "out", lambda path: order.append(path.name) or invert(path))
    assert order == ["1.png", "2.png", "0.png"]


def test_what_another_run_just_finished_is_not_done_again(tmp_path):
    """It had the lock when this run looked, and has made the picture when this run gets it."""
    source, held = folder(tmp_path / "in", 1), Event()
    (job,) = jobs.folder_jobs(source, tmp_path / "out", "x.png", invert, "inverted")

    def other():
        job.target.parent.mkdir()
        with FileLock(job.target.with_name(f".{job.target.name}.lock")):
            held.set()
            time.sleep(0.5)
            job.do()

    Thread(target=other).start()
    held.wait()
    assert run(source, tmp_path / "out", lambda path: pytest.fail("done twice")) == {} and job.done()


def test_what_is_left_out_is_told(tmp_path):
    source, told = folder(tmp_path / "in", 2), []
    for name in ("a.heic", "b.CR2", "notes.txt", ".c.heic"):
        (source / name).touch()
    (source / "out").mkdir()
    save_picture(torch.rand(1, 3, 8, 8), source / "out" / "old.png", "made of something")
    save_picture(torch.rand(1, 3, 8, 8), source / "here.png", "made of something")  # named by the folder itself
    found = jobs.folder_jobs(source, tmp_path / "elsewhere", "x.png", invert, "", told.append)
    assert [Path(job.name).name for job in found] == ["0.png", "1.png", "here.png"]
    assert [line.startswith("left out: ") for line in told] == [True, True]
    assert f"{source}/a.heic, {source}/b.CR2: not read in a folder; export pictures as JPEG or PNG" in told[0].replace(
        "\\", "/"
    )
    assert f"{source}/out: what s2s made is not painted again" in told[1].replace("\\", "/")
    assert len(jobs.folder_jobs(source / "out", tmp_path / "elsewhere", "x.png", invert, "")) == 1


def test_a_folder_of_what_is_not_read_says_so(tmp_path):
    (tmp_path / "a.heic").touch()
    with pytest.raises(PictureError, match=r"no pictures in it .*a.heic: not read in a folder"):
        jobs.folder_jobs(tmp_path, tmp_path / "out", "x.png", invert, "")


def test_a_folder_that_cannot_be_made_is_told_without_numbers(tmp_path):
    (tmp_path / "file").touch()
    failures = run(folder(tmp_path / "in", 1), tmp_path / "file")
    assert list(failures.values()) == [f"{tmp_path / 'file'}: is a file; name a folder for the results"]
