"""The glossary: every symbol and term once, in the chapter that is linked; and no letter of an equation is missing."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
PARTS = (BOOK / "glossary.md").read_text(encoding="utf-8").split("\n## ")


def rows(title: str) -> list[list[str]]:
    """The lines of the table below a heading, as cells."""
    (part,) = [part for part in PARTS if part.startswith(title)]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


COMMON, LOCAL, TERMS = rows("Symbols"), rows("Letters"), rows("Terms")
# Words of equations and what is no letter in them.
WORDS = r"\\(?:text|mathrm|operatorname|begin|end)\*?\{[^}]*\}"
COMMANDS = set(
    "hat bar overline underbrace mathcal mathbf mathbb lVert rVert frac tfrac sqrt sum min max arg log "
    "tanh cdot times mid le ge approx in to leftarrow downarrow quad qquad big Big dots partial".split()
)
GREEK = set("alpha beta gamma Gamma epsilon varepsilon lambda mu phi varphi psi rho sigma Sigma theta ell".split())
COUNTERS = set("ijknlcChwpTF") | set("J")  # of sums and places; T is the transpose, F the norm


def linked(cell: str, role: str) -> str:
    return re.fullmatch(rf"\{{{role}\}}`([\w-]+)`", cell)[1]


@cache
def text(chapter: str) -> str:
    cells = jupytext.read(BOOK / f"{chapter}.py").cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def equations(chapter: str) -> dict[str, str]:
    """The numbered equations of a chapter, by label."""
    found = re.findall(r"\$\$\n((?:(?!\$\$).)*?)\n\$\$ \(([\w-]+)\)", text(chapter), re.S)
    return {label: body for body, label in found}


def letters(formula: str) -> set[str]:
    """The letters of a formula, Latin and Greek, without subscripts that are words."""
    formula = re.sub(WORDS, " ", formula)
    formula = re.sub(r"_\{(?:[^{}]*[A-Za-z]{3}[^{}]*|TV|tv|L\d)\}", " ", formula)
    names = set(re.findall(r"\\([A-Za-z]+)", formula))
    assert names <= COMMANDS | GREEK, f"{names - COMMANDS - GREEK}: a letter, or a command for the list above?"
    return names & GREEK | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formula)))


def squeezed(formula: str) -> str:
    return re.sub(r"\s|\\,|\\big|\\Big", "", formula)


@pytest.mark.parametrize("row", COMMON + LOCAL, ids=lambda row: row[0])
def test_a_symbol_is_used_where_it_says(row):
    symbol, meaning, chapter, equation = row
    assert symbol[0] == symbol[-1] == "$" and meaning
    chapter, label = linked(chapter, "doc"), linked(equation, "eq")
    formula = squeezed(equations(chapter)[label])
    if r"\cdot" in symbol:  # what stands between the bars of a norm is any symbol
        symbol, formula = (re.sub(r"(\\lVert).*?(\\rVert)", r"\1\2", each) for each in (symbol, formula))
    for part in symbol.strip("$").split(", "):
        assert squeezed(part) in formula, part


def test_every_symbol_stands_once():
    chapters = [(row[0], row[2]) for row in LOCAL]
    assert not [symbol for symbol, count in Counter(row[0] for row in COMMON).items() if count > 1]
    assert not [pair for pair, count in Counter(chapters).items() if count > 1]
    order = [(row[2], row[3]) for row in LOCAL]
    assert [chapter for chapter, _ in order] == sorted(chapter for chapter, _ in order)


CHAPTERS = sorted(path.stem for path in BOOK.glob("[0-9]*.py"))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_no_letter_of_an_equation_is_missing(chapter):
    own = [row for row in LOCAL if linked(row[2], "doc") == chapter]
    known = COUNTERS.union(*(letters(" ".join(re.findall(r"\$([^$]*)\$", " ".join(row[:2])))) for row in COMMON + own))
    found = {label: letters(body) - known for label, body in equations(chapter).items()}
    assert not {label: missing for label, missing in found.items() if missing}


@pytest.mark.parametrize("row", TERMS, ids=lambda row: row[0])
def test_a_term_is_in_its_chapter(row):
    term, meaning, chapter = row
    said = re.sub(r"\s+", " ", text(linked(chapter, "doc"))).lower()
    assert meaning and term.lower() in said


def test_terms_are_sorted_and_stand_once():
    names = [row[0].lower() for row in TERMS]
    assert names == sorted(set(names))


def test_the_glossary_explains_the_words_of_the_paper():
    """Those of the translation table: machine-translated words that a reader of the paper stumbles over."""
    page = "\n".join(PARTS)
    words = "confrontation|jumper|Markov process|micro-step|double-cubic|gradient matrix|picture conversion"
    assert not [word for word in words.split("|") if word not in page]
