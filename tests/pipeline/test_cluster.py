"""On a local Ray: everything is done, nothing twice, also when a worker is killed half-way."""

import os
import signal
import time
from pathlib import Path
from threading import Thread

import pytest
import torch
from slow import begun, grays
from typer.testing import CliRunner

from s2s_helpers.cli.main import app
from s2s_helpers.images import load_picture
from s2s_helpers.pipeline import jobs

ray = pytest.importorskip("ray", reason="Ray is an extra")
PICTURES = 40


@pytest.fixture(scope="module", autouse=True)
def two_cores():
    """A cluster of this machine, with two cores whatever it has."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    for _ in range(3):
        try:
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
            break
        except Exception:  # of just this class
            ray.shutdown()
    else:
        pytest.skip("Ray gives its parts 15 s to start (its issue 65983), too little where tests fill all cores")
    yield
    ray.shutdown()


@pytest.fixture
def source(tmp_path) -> Path:
    return grays(tmp_path / "in", PICTURES)


def slow_inversion(log: Path, seconds: float):
    """A function that notes who begins what; it goes to the workers as a whole, since they have no tests to import."""

    def invert(path: Path) -> torch.Tensor:
        with open(log, "ab", buffering=0) as file:
            file.write(f"{os.getpid()} {path.name}\n".encode())
        time.sleep(seconds)
        return 1 - load_picture(path)

    return invert


def run(source: Path, make, settings: str = "inverted") -> dict[str, str]:
    from s2s_helpers.pipeline.cluster import run

    return run(jobs.folder_jobs(source, source.parent / "out", "x.png", make, settings), make, settings, 2)


def assert_whole(source: Path) -> None:
    out = source.parent / "out"
    assert {p.name for p in out.iterdir()} == {f"{i}_x.png" for i in range(PICTURES)}
    for i in range(PICTURES):
        assert torch.allclose(load_picture(out / f"{i}_x.png"), 1 - load_picture(source / f"{i}.png"))


def test_two_workers_one_killed_half_way(source, tmp_path):
    log, killed = tmp_path / "log", []

    def kill():
        while len(begun(log)) < PICTURES // 2:
            time.sleep(0.01)
        killed.append(begun(log)[-1])
        os.kill(int(killed[0][0]), signal.SIGKILL)

    killer = Thread(target=kill)
    killer.start()
    assert run(source, slow_inversion(log, 0.2)) == {}
    killer.join()
    assert_whole(source)
    names, processes = [name for _, name in begun(log)], {process for process, _ in begun(log)}
    again = {name for name in names if names.count(name) > 1}
    assert again <= {killed[0][1]} and len(names) <= PICTURES + 1, "only the picture of the moment is begun again"
    assert len(processes) == 3, "two workers, and one in the place of the dead one"
    assert run(source, slow_inversion(log, 0.0)) == {} and len(begun(log)) == len(names), "all is known to be done"
    run(source, slow_inversion(log, 0.0), "other settings")
    assert len(begun(log)) == len(names) + PICTURES


def test_failures_are_told_and_stop_nothing(source, tmp_path):
    (source / "1.png").write_bytes(b"no picture")
    failures = run(source, slow_inversion(tmp_path / "log", 0.0))
    assert list(failures) == [str(source / "1.png")] and "not a picture" in failures[str(source / "1.png")]
    assert len(list((source.parent / "out").iterdir())) == PICTURES - 1


def test_too_many_workers_are_refused(source):
    from s2s_helpers.pipeline.cluster import run

    with pytest.raises(ValueError, match="2 cores, which is too few for 3 workers"):
        run([], None, "", 3)


def test_a_ray_that_does_not_start_is_told_in_a_line(monkeypatch):
    from s2s_helpers.pipeline.cluster import started

    def init(**_):
        raise Exception("The current node timed out.\nMore.")

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", init)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    with pytest.raises(ValueError, match=r"Ray did not start \(The current node timed out\.\): .* less busy$"):
        started()


def test_the_command_line_makes_what_it_makes_without_workers(source, tmp_path):
    for path in sorted(source.iterdir())[3:]:
        path.unlink()
    for out, more in (("alone", []), ("shared", ["--workers", "2"])):
        result = CliRunner().invoke(app, ["stylize", str(source), "--out", str(tmp_path / out), *more])
        assert result.exit_code == 0 and "3 of 3 pictures are there" in result.output
    names = sorted(p.name for p in (tmp_path / "alone").iterdir())
    assert len(names) == 3
    for name in names:
        assert (tmp_path / "alone" / name).read_bytes() == (tmp_path / "shared" / name).read_bytes()
    result = CliRunner().invoke(app, ["stylize", str(source / names[0].replace("_starry_night", "")), "--workers", "2"])
    assert isinstance(result.exception, ValueError) and "--workers" in str(result.exception)
