"""In several processes of this machine: everything is done, nothing twice, and Ctrl-C keeps what is done."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
import slow
import torch
from command import s2s

from s2s_helpers.images import load_picture, save_picture
from s2s_helpers.pipeline import jobs, processes

PICTURES = 12
ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="signals are a matter of POSIX")


@pytest.fixture
def source(tmp_path) -> Path:
    return slow.grays(tmp_path / "in", PICTURES)


def run(source: Path, seconds: float = 0.0) -> dict[str, str]:
    make = partial(slow.inversion, source.parent / "log", seconds)
    found = jobs.folder_jobs(source, source.parent / "out", "x.png", make, "inverted")
    return processes.run(found, make, "inverted", 2)


def begun(source: Path) -> list[list[str]]:
    """(process, its threads, picture) for each beginning."""
    return slow.begun(source.parent / "log")


def test_two_processes_do_all_that_is_not_done(source):
    assert run(source, 0.1) == {}
    out = source.parent / "out"
    assert {p.name for p in out.iterdir()} == {f"{i}_x.png" for i in range(PICTURES)}
    for i in range(PICTURES):
        assert torch.allclose(load_picture(out / f"{i}_x.png"), 1 - load_picture(source / f"{i}.png"))
    who, threads, names = zip(*begun(source), strict=True)
    assert len(set(who)) == 2 and str(os.getpid()) not in who and set(threads) == {"1"}
    assert sorted(names) == sorted(path.name for path in source.iterdir())
    assert run(source) == {} and len(begun(source)) == PICTURES, "all is known to be done"


def test_failures_are_told_and_stop_nothing(source):
    (source / "1.png").write_bytes(b"no picture")
    failures = run(source)
    assert list(failures) == [str(source / "1.png")] and "not a picture" in failures[str(source / "1.png")]
    assert len(list((source.parent / "out").iterdir())) == PICTURES - 1


def test_a_process_that_is_killed_is_told(source):
    (source / "5.png").rename(source / "deadly.png")
    with pytest.raises(ValueError, match="processes was ended, as happens where memory is full; take fewer --jobs"):
        run(source)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_is_done_is_kept_and_no_process_stays(source, number):
    """A terminal sends SIGINT to all processes, which must not matter; SIGKILL goes to the first alone."""
    code = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which the tests may ignore, begun in the background
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests/helpers")!r}, {str(Path(__file__).parent)!r}]
from pathlib import Path
from s2s_helpers.runtime.signals import end_as_after_ctrl_c
import test_processes
if __name__ == "__main__":
    end_as_after_ctrl_c()
    test_processes.run(Path({str(source)!r}), 0.5)
"""
    (source.parent / "main.py").write_text(code)
    first = subprocess.Popen([sys.executable, source.parent / "main.py"], start_new_session=True)
    while len(begun(source)) < 5 and first.poll() is None:
        time.sleep(0.02)
    if number == signal.SIGINT:
        os.killpg(first.pid, number)
    else:
        first.send_signal(number)
    first.wait(timeout=20)
    assert first.returncode not in (0, None)
    until = time.monotonic() + 20
    workers = {int(process) for process, *_ in begun(source)}
    while any(lives(process) for process in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(lives(process) for process in workers)
    made = len(list((source.parent / "out").glob("*_x.png")))
    assert 3 <= made <= len(begun(source)) < PICTURES
    if number != signal.SIGKILL:
        assert made == len(begun(source)), "each finishes the picture that it is at"
        assert sorted(p.suffix for p in (source.parent / "out").iterdir()) == [".png"] * made
    before = len(begun(source))
    assert run(source) == {} and len(list((source.parent / "out").iterdir())) == PICTURES
    assert len(begun(source)) - before == PICTURES - made, "what was done is not done again"


def lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text() if sys.platform == "linux" else True


def test_the_command_line_makes_and_says_what_it_does_with_one_process(monkeypatch, capsys, source, tmp_path):
    for path in sorted(source.iterdir())[2:]:
        path.unlink()
    (source / "wrong.png").write_bytes(b"no picture")
    save_picture(torch.arange(2.0).repeat(1, 3, 8, 4), tmp_path / "mask.png")
    words = ("--mask", f"{tmp_path}/mask.png:the_scream", "--format", "jpg", "--quality", 80)
    torch.set_num_threads(1)  # sums are rounded as in the others
    told = {}
    for out, count in (("alone", ()), ("shared", ("--jobs", 2))):
        code, said, err = s2s(monkeypatch, capsys, "stylize", source, "--out", tmp_path / out, *words, *count)
        lines = [line for line in err.replace("\r", "\n").splitlines() if not line.startswith("stylize:")]
        told[out] = code, said.replace(out, ""), [line.replace(out, "") for line in lines]
    assert told["alone"] == told["shared"] and told["alone"][0] == 1
    files = {out: {path.name: path.read_bytes() for path in (tmp_path / out).iterdir()} for out in told}
    assert files["alone"] == files["shared"] and len(files["alone"]) == 2


@pytest.mark.parametrize(
    "more, complaint",
    [
        ((), "--jobs paint a folder of pictures, each by itself; leave it out"),
        (("--workers", 2), "--jobs are of this machine, --workers of a cluster; leave out one of the two"),
    ],
)
def test_mistakes_are_told(monkeypatch, capsys, source, more, complaint):
    code, _, err = s2s(monkeypatch, capsys, "stylize", source / "0.png", "--jobs", 2, *more)
    assert (code, err) == (1, f"s2s: {complaint}\n")
