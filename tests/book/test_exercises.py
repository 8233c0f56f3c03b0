"""Three exercises a chapter: each has its parts, each stub fails its check, and each solution passes it."""

import re
from pathlib import Path

import jupytext
import pytest

BOOK = Path(__file__).parents[2] / "book"
CHAPTERS = sorted(path.stem for path in BOOK.glob("[0-9]*.py"))
ORDER = ["stub", "check", "solution"]
each = pytest.mark.parametrize("chapter", CHAPTERS)


def cells(chapter: str) -> list:
    return jupytext.read(BOOK / f"{chapter}.py").cells


def part(cell) -> str | None:
    """setup, stub, check or solution; None for a cell of no exercise."""
    parts = [tag.removeprefix("exercise-") for tag in cell.metadata.get("tags", []) if tag.startswith("exercise-")]
    assert len(parts) <= 1
    return parts[0] if parts else None


def exercises(chapter: str) -> list[dict[str, str]]:
    """The code of each exercise, by part."""
    code = [(part(cell), cell.source) for cell in cells(chapter) if part(cell)]
    assert [name for name, _ in code if name != "setup"] == ORDER * 3
    found, setup = [], ""
    for name, source in code:
        if name == "setup":
            setup += source + "\n"
            continue
        if name == "stub":
            found.append({"setup": setup})
            setup = ""
        found[-1][name] = source
    return found


@each
def test_three_exercises_with_all_parts(chapter):
    found = exercises(chapter)
    assert len(found) == 3
    assert found[0]["setup"], "the first setup brings what the cells need, without the chapter"


@each
def test_a_task_and_a_hint_stand_before_the_stub(chapter):
    """The hint is folded, and the solution is folded and comes last."""
    every = cells(chapter)
    titles = []
    for number, cell in enumerate(every):
        if part(cell) == "stub":
            before = [c for c in every[:number] if c.cell_type == "markdown"][-1].source
            titles += re.findall(r"^### Exercise (\d): \S", before, re.M)
            fold = re.search(r"<details><summary>Hint</summary>\n\n(.+?)\n\n</details>", before, re.S)
            assert fold and len(fold[1]) > 20
        if part(cell) == "solution":
            assert "hide-cell" in cell.metadata["tags"]
        if part(cell) == "check":
            assert "nbval-check-output" in cell.metadata["tags"]
    assert titles == ["1", "2", "3"]


def verdict(code: str, names: dict, capsys) -> str:
    """What the last part of an exercise prints."""
    capsys.readouterr()
    exec(compile(code, "<cell>", "exec"), names)
    return capsys.readouterr().out.strip()


@each
def test_each_stub_fails_and_each_solution_passes(chapter, capsys, monkeypatch):
    """The cells of the exercises alone: who reads a chapter may begin with them."""
    monkeypatch.setenv("S2S_FAST", "1")
    names: dict = {"__name__": "__main__"}
    for number, parts in enumerate(exercises(chapter), 1):
        exec(compile(parts["setup"], "<cell>", "exec"), names)
        said = verdict(parts["stub"] + "\n" + parts["check"], names, capsys).splitlines()
        assert len(said) == 1 and said[0].startswith("Not yet. "), f"exercise {number}, as it stands: {said}"
        assert "Error" not in said[0], f"exercise {number}: the stub shows an error of Python: {said[0]}"
        exec(compile(parts["solution"], "<cell>", "exec"), names)
        said = verdict(parts["check"], names, capsys).splitlines()
        assert said and said[-1].startswith("Right. "), f"exercise {number}, solved: {said}"


@each
def test_what_comes_after_uses_nothing_of_an_exercise(chapter):
    """A reader's answer must not change the rest of the page."""
    every = [cell for cell in cells(chapter) if cell.cell_type == "code"]
    last = max(number for number, cell in enumerate(every) if part(cell))
    assert [cell.source for cell in every[last + 1 :]] == [f'quiz("quizzes.toml", "{chapter}")']
