"""Every chapter has its run time, and the page is the one that the stored times make."""

from pathlib import Path

import run_times

ROOT = Path(__file__).parents[2]


def test_every_chapter_has_its_time():
    assert sorted(run_times.read()) == sorted(path.stem for path in (ROOT / "book").glob("*.ipynb"))
    assert all(run["seconds"] > 0 and run["machine"] and run["date"] for run in run_times.read().values())


def test_the_page_is_up_to_date():
    page = (ROOT / "book" / "run_times.md").read_text(encoding="utf-8")
    assert page == run_times.page(), "run `make appendix`"


def test_a_time_is_kept_beside_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(run_times, "TIMES", tmp_path / "run_times.json")
    run_times.keep("b", 12.4, "here")
    run_times.keep("a", 3.0, "here")
    run_times.keep("b", 7.6, "there")
    assert {name: (run["seconds"], run["machine"]) for name, run in run_times.read().items()} == {
        "a": (3, "here"),
        "b": (8, "there"),
    }
    assert "| {doc}`a` | 3 | here |" in run_times.page() and "| all | 11 |" in run_times.page()
