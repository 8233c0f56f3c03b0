"""No number in the prose without a source: what a chapter says was printed by a cell, or is a setting of its code.

*Prose* is the text of markdown cells and pages, captions and descriptions of pictures, without code, equations, links,
and without sentences that cite or quote: their numbers are those of others. What counts is every number in digits, but
for whole numbers up to ten without a unit, and every number word with a unit ("two minutes"). Not looked at is the line
**Study time** at the head of a chapter, which tells what to expect. A number is backed if

* a cell of the chapter printed it, as it is or with more digits; a whole number with the same unit, or above ten and
  without one, as in a column of a table,
* or the code of the chapter has it as a constant, and it has no unit or is no whole number,
* or the sentence or the one before names a stored result or a card, ``NAME.json``, that has it,
* or it stands in ``ALLOWED`` below with what computes it, in ``TIMED``, or in ``CHOSEN``.
"""

import ast
import json
import re
from pathlib import Path

import jupytext
import pytest

from s2s_helpers import zoo
from s2s_helpers.data.facades import SPLITS

ROOT = Path(__file__).parents[2]
PAGES = [*sorted((ROOT / "book").glob("*.py")), *sorted((ROOT / "book").glob("*.md")), ROOT / "README.md"]
# By `make appendix`, from stored results alone; see test_claims.
WRITTEN = {"claims.md", "provenance.md", "run_times.md"}

# What no cell of the page prints, and what computes it.
ALLOWED = {
    "03_structured_losses.py": {"400": lambda: len(SPLITS["train"])},
    "14_cascade.py": {"400": lambda: len(SPLITS["train"])},
    "README.md": {"553 MB": lambda: zoo.REMOTE["vgg16"].megabytes},
}
# How long a command took by the clock; the command stands in the sentence.
TIMED = {"README.md": {"half an hour", "11 minutes", "half a minute"}}
# What was chosen and not measured: weeks and points.
CHOSEN = {"for_teachers.md": {"11", "12", "13", "14", "15", "16", "17", "18", "19", "20"}}
# Where the numbers of others begin, and each line names its source.
OTHERS = {"large_data.md": "## Data sets of the papers"}
WHITE = 255  # the largest value of a byte, where "255" stands for the scale

WORDS = "half one two three four five six seven eight nine ten twelve fifteen twenty thirty hundred thousand".split()
VALUES = dict(zip(WORDS, (0.5, *range(1, 11), 12, 15, 20, 30, 100, 1000), strict=True))
UNITS = {
    "s": r"s\b|seconds?\b", "min": r"min\b|minutes?\b", "h": r"h\b|hours?\b", "dB": r"dB\b|decibels?\b",
    "%": r"%|percent\b", "kB": r"kB\b", "MB": r"MB\b", "GB": r"GB\b|GiB\b", "ms": r"ms\b", "times": r"times\b",
}  # fmt: skip
UNIT = "|".join(f"(?:{unit})" for unit in UNITS.values())
NUMBER = r"(?<![\w.,/^-])(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?![\w/]|\.\d|,\d)"
WORDED = rf"\b(?:{'|'.join(WORDS)})\b(?: an?\b)?"
# "four times" tells how often rather than how much
MEASURED = re.compile(rf"(?P<n>{NUMBER})(?:[ \u00a0]?(?P<u>{UNIT}))?|(?P<w>{WORDED}) (?!times)(?P<wu>{UNIT})")
# Numbers that name a thing: a section, a version, a license, a year.
NAMES = r"\b(?:[Ss]ections?|[Tt]ables?|[Ff]igures?|[Ee]quations?|eq|[Cc]hapters?|references?|[Pp]ython|CC BY) "
NAMES += r"[\d.]+(?:,? (?:and|to) [\d.]+)?|\((?:19|20)\d\d\)"


def prose(path: Path) -> list[str]:
    """The paragraphs of a page: markdown, captions, descriptions."""
    if path.suffix == ".md":
        text = path.read_text(encoding="utf-8")
        return [text.split(OTHERS[path.name])[0] if path.name in OTHERS else text]
    texts = []
    for cell in jupytext.read(path).cells:
        shown = cell.metadata.get("mystnb", {})
        texts += [cell.source] if cell.cell_type == "markdown" else []
        texts += [shown.get("figure", {}).get("caption", ""), shown.get("image", {}).get("alt", "")]
    return texts


def sentences(text: str) -> list[str]:
    """What is left of a text without code (but for comments of the shell), equations, links, citations, quotations."""
    text = re.sub(r"^```sh$.*?^```$", lambda m: "\n\n".join(re.findall(r" # (.*)", m[0])), text, flags=re.M | re.S)
    text = re.sub(r"^(`{3,}).*?^\1 *$|^\$\$.*?\$\$.*?$|<!--.*?-->", "", text, flags=re.M | re.S)
    text = re.sub(r"(?<!\{cite:p\})(?<!\{cite:t\})`[^`\n]*`(?!`)", lambda m: m[0] if ".json" in m[0] else "", text)
    text = re.sub(r"\$[^$]*\$|\]\([^)]*\)|<[^>]*>|https?:\S+", " ", text)
    text = re.sub(NAMES, "", text)
    parts = re.split(r"(?<=[.:;?!])(?<!al\.)\s+(?=[^a-z])|\n\s*\n|\n(?=[|*])", text)
    return [part for part in parts if not re.search(r'\{cite|et al\.|\*\*Study time\*\*|"[^"]*\d[^"]*"', part)]


def measured(sentence: str) -> list[tuple[str, float, str]]:
    """The numbers of a sentence that count: as written, value, unit ("" without one)."""
    found = []
    for match in MEASURED.finditer(sentence):
        written, unit = match["n"] or match["w"].split()[0], match["u"] or match["wu"] or ""
        unit = next((name for name, pattern in UNITS.items() if unit and re.fullmatch(pattern, unit)), "")
        value = VALUES[written] if match["w"] else float(written.replace(",", ""))
        if unit or "." in written or value > 10 and value != WHITE:
            found.append((match[0], value, unit))
    return found


def digits(written: str) -> int:
    """Digits behind the point of the number in ``written``."""
    number = re.search(r"\d*(?:\.(\d+))?", written.replace(",", ""))
    return len(number[1] or "")


def same(value: float, other: float, places: int) -> bool:
    """Whether ``other``, rounded, is what the prose says; .5 may go either way."""
    return abs(other - value) <= 0.5 * 10**-places + 1e-9


def printed(path: Path) -> list[tuple[float, str]]:
    """The numbers that a chapter printed, with their unit if one follows."""
    stored = path.with_suffix(".ipynb")
    if not stored.is_file():
        return []
    parts = []
    for cell in json.loads(stored.read_text(encoding="utf-8"))["cells"]:
        for out in cell.get("outputs", []):
            data = out.get("data", {})
            parts += [out.get("text", ""), data.get("text/plain", ""), data.get("text/markdown", "")]
    text = "\n".join(map("".join, parts))
    numbers = re.finditer(rf"(\d[\d,]*\.?\d*(?:e[+-]?\d+)?|\.\d+)(?: ?({UNIT}))?", text)
    unit = {found: name for name, pattern in UNITS.items() for found in re.findall(pattern, text)}
    return [(float(m[1].replace(",", "").rstrip(".")), unit.get(m[2] or "", "")) for m in numbers if m[1].strip(",.")]


def constants(path: Path) -> set[float]:
    """The numbers in the code of a chapter."""
    if path.suffix != ".py":
        return set()
    code = "\n".join(cell.source for cell in jupytext.read(path).cells if cell.cell_type == "code")
    nodes = ast.walk(ast.parse(re.sub(r"^[%!].*", "", code, flags=re.M)))
    return {abs(node.value) for node in nodes if isinstance(node, ast.Constant) and type(node.value) in (int, float)}


def in_files(sentence: str) -> list[float]:
    """The numbers of the stored results and cards that a sentence names."""
    found = []
    for name in re.findall(r"[\w/.-]+\.json", sentence):
        for path in (ROOT / name, ROOT / "data" / "results" / name, zoo.WEIGHTS / name):
            if path.is_file():
                found += map(float, re.findall(r"\d+\.?\d*(?:e[+-]?\d+)?", path.read_text(encoding="utf-8")))
    return found


def let_through(page: str) -> set[str]:
    """The numbers of a page that need no source in it."""
    return ALLOWED.get(page, {}).keys() | TIMED.get(page, set()) | CHOSEN.get(page, set())


def unbacked(path: Path) -> list[str]:
    """The numbers of a page that nothing backs, each with its sentence."""
    shown, code, wrong = printed(path), constants(path), []
    allowed = let_through(path.name)
    for text in prose(path):
        before = ""
        for sentence in sentences(text):
            stored = in_files(before + " " + sentence)
            before = sentence
            for written, value, unit in measured(sentence):
                places, free = digits(written), "." in written or not unit
                near = [(n, u) for n, u in shown if same(value, n, places)]
                by_cell = any(free or u == unit or n == value > 10 and not u for n, u in near)
                by_code = free and value in code
                by_file = any(same(value, n, places) for n in stored)
                if not (by_cell or by_code or by_file or written in allowed):
                    wrong.append(f"{written}: {' '.join(sentence.split())}")
    return wrong


@pytest.mark.parametrize("path", [path for path in PAGES if path.name not in WRITTEN], ids=lambda path: path.name)
def test_every_number_has_a_source(path):
    assert unbacked(path) == []


@pytest.mark.parametrize("page, written", [(page, written) for page, some in ALLOWED.items() for written in some])
def test_what_is_allowed_is_true(page, written):
    (_, value, _), *_ = measured(written)
    assert same(value, ALLOWED[page][written](), digits(written))


def test_what_is_allowed_is_said():
    numbers = {path.name: [measured(s) for text in prose(path) for s in sentences(text)] for path in PAGES}
    said = {page: {written for some in found for written, _, _ in some} for page, found in numbers.items()}
    wanted = {page: let_through(page) for page in said}
    assert not {page: some - said[page] for page, some in wanted.items() if some - said[page]}


@pytest.fixture
def chapter(tmp_path):
    """Write a chapter of one sentence and one cell, with what the cell printed; give what is unbacked."""

    def write(sentence: str, code: str = "pass", output: str = "") -> list[str]:
        path = tmp_path / "chapter.py"
        path.write_text(f"# %% [markdown]\n# {sentence}\n\n# %%\n{code}\n", encoding="utf-8")
        cells = [{"outputs": [{"text": output}]}]
        path.with_suffix(".ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
        return unbacked(path)

    return write


@pytest.mark.parametrize("sentence, code, output", [
    ("It took 12.5 s.", "", "12.48 s"),
    ("It took 12 s.", "", "12.3 s"),
    ("It took two minutes.", "", "2 minutes"),
    ("It draws 96 % of the lines.", "", "| 96 |"),
    ("It is 1,679,235 weights.", "", "1,679,235 parameters"),
    ("A shift by 0.25 of the side.", "x = 0.25", ""),
    ("Pictures of 128 by 128 pixels.", "size = 128", ""),
    ("It took 12.5 s {cite:p}`isola2017`.", "", ""),
    ("Isola et al. have .66 in table 1.", "", ""),
    ('The paper says "around 0.4".', "", ""),
    ("See section 4.2; it has three parts, $0.5$ and `0.7`.", "", ""),
    ("`masks.json` has the pixels from the border, 48 at most.", "", ""),
])  # fmt: skip
def test_backed(chapter, sentence, code, output):
    assert chapter(sentence, code, output) == []


@pytest.mark.parametrize("sentence, code, output", [
    ("12.5 s are enough.", "", "12.3 s"),
    ("12 s are enough.", "", "12.3 MB"),
    ("12 s are enough.", "x = 12", ""),
    ("Only two minutes are enough.", "x = 2", "3 minutes"),
    ("The score is .66 here.", "", "0.67"),
    ("96 % of the lines are drawn.", "", "0 % of the lines"),
    ("400 pairs are enough.", "", "40 pairs"),
    ("The most is 49 in `masks.json`.", "", ""),
])  # fmt: skip
def test_not_backed(chapter, sentence, code, output):
    assert len(chapter(sentence, code, output)) == 1
