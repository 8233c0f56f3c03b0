"""The page for teachers says of each chapter what the chapter says of itself."""

import re
from pathlib import Path

BOOK = Path(__file__).parents[2] / "book"
PAGE = (BOOK / "for_teachers.md").read_text(encoding="utf-8")
LINK = re.compile(r"\{doc\}`(\d\d_\w+)`")


def test_a_chapter_needs_what_its_head_says():
    rows = re.findall(r"^\| (\{doc\}`\d\d_\w+`) \| (.*?) ?\|$", PAGE.split("## What needs what")[1], re.M)
    told = {LINK.search(chapter)[1]: LINK.findall(needs) for chapter, needs in rows}
    heads = {path.stem: path.read_text(encoding="utf-8") for path in BOOK.glob("[0-9]*.py")}
    need = re.compile(r"\*\*You need\*\*(.*?)\n#\n", re.S)
    needed = {name: LINK.findall(need.search(text)[1]) for name, text in heads.items()}
    assert told == needed


def test_every_chapter_has_its_week_and_its_misconception():
    chapters = sorted(path.stem for path in BOOK.glob("[0-9]*.py"))
    weeks, wrong = PAGE.split("## Fifteen weeks")[1].split("## What students get wrong")
    assert set(LINK.findall(weeks)) == set(chapters)
    assert [f"| {int(name[:2])} |" in wrong for name in chapters] == [True] * len(chapters)
