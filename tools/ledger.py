"""The ledger of claims: what the paper and its sources say, beside what the stored results say.

``data/claims.toml`` has the claims. Each names its numbers, where they are stored, and the condition under which it
holds. Nothing that was measured is typed there: numbers and verdicts are read and computed here.
"""

import itertools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

from s2s_helpers.ui import published

ROOT = Path(__file__).parents[1]
CLAIMS = ROOT / "data" / "claims.toml"
FOLDERS = {"book": ROOT / "book", "weights": ROOT / "s2s_helpers" / "weights"}
RESULTS = ROOT / "data" / "results"
FUNCTIONS = {"__builtins__": {}, "abs": abs, "max": max, "min": min}  # what a condition may call

PUBLISHED = "published > "  # begins the place of a number of a source

Numbers = Mapping[str, float | bool]


class LedgerError(ValueError):
    """A claim that cannot be answered: it says which, and what is missing."""


@dataclass(frozen=True)
class Claim:
    """One line of the ledger.

    ``numbers`` are places: ``FILE > KEY > KEY`` in a stored result or card (a pattern with ``?`` stands for its seeds),
    or ``book/CHAPTER.ipynb > PATTERN``, where the one group of the regular expression is what the chapter printed.
    ``here`` says what was found, with ``{expression:format}`` for numbers; ``holds`` is the condition. ``because`` says
    why it does not hold, or where it ends. ``published`` is what the source prints, each of its numbers as
    ``{table > row > column}`` of ``data/published.toml``; the place ``published > table > row > column`` is for a
    number to compute with.
    """

    section: str
    words: str
    chapter: str
    numbers: dict[str, str]
    here: str
    holds: str
    published: str = ""
    because: str = ""

    @property
    def measured(self) -> list[str]:
        """The places of the numbers that are not a source's."""
        return [place for place in self.numbers.values() if not place.startswith(PUBLISHED)]


def read(path: Path = CLAIMS) -> tuple[dict[str, str], list[Claim]]:
    """The sections, number and title, and the claims, in the order of the file."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return content["sections"], [Claim(**claim) for claim in content["claim"]]


def files(place: str) -> list[Path]:
    """The files of a place; there is at least one. Raises LedgerError."""
    name = place.split(" > ")[0]
    top, _, rest = name.partition("/")
    found = sorted(FOLDERS[top].glob(rest) if top in FOLDERS else RESULTS.glob(name))
    if not found:
        raise LedgerError(f"{name}: no such file")
    return found


def stored(place: str) -> list[float | bool]:
    """The numbers of a place, one for each of its files. Raises LedgerError when one is missing."""
    if place.startswith(PUBLISHED):
        _, table, row, column = place.split(" > ")
        return [published.tables()[table].value(row, column)]
    return [_stored(path, place.split(" > ", 1)[1]) for path in files(place)]


def _stored(path: Path, where: str) -> float | bool:
    if path.suffix == ".ipynb":
        found = re.findall(where, printed(path), re.M)
        if len(set(found)) != 1:
            raise LedgerError(f"{path.name} prints {where!r} {len(found)} times")
        return found[0] == "True" if found[0] in ("True", "False") else float(found[0].replace(",", ""))
    value: Any = _json(path)
    try:
        for key in where.split(" > "):
            value = value[int(key) if isinstance(value, list) else key]
    except (KeyError, IndexError, TypeError, ValueError):
        raise LedgerError(f"{path.name} has no {where}") from None
    if not isinstance(value, int | float):
        raise LedgerError(f"{path.name}: {where} is not a number")
    return value


@cache
def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def printed(path: Path) -> str:
    """All that the cells of a chapter have printed, text and tables."""
    parts = []
    for cell in _json(path)["cells"]:
        for out in cell.get("outputs", []):
            data = out.get("data", {})
            texts = (out.get("text", ""), data.get("text/plain", ""), data.get("text/markdown", ""))
            parts += map("".join, texts)
    return "\n".join(parts)


def means(claim: Claim) -> dict[str, float | bool]:
    """The numbers of a claim, means over the seeds."""
    columns = {name: stored(place) for name, place in claim.numbers.items()}
    return {name: column[0] if len(column) == 1 else fmean(column) for name, column in columns.items()}


def true(condition: str, numbers: Numbers) -> bool:
    """Whether a condition holds for these numbers."""
    return bool(eval(condition, FUNCTIONS, dict(numbers)))


def verdict(claim: Claim) -> str:
    """What the stored numbers say: "confirmed" if the condition holds of the means, with a word about the seeds."""
    columns = {name: stored(place) for name, place in claim.numbers.items()}
    said = "confirmed" if true(claim.holds, means(claim)) else "not confirmed"
    some = (dict(zip(columns, seeds, strict=True)) for seeds in itertools.product(*columns.values()))
    whichever = [true(claim.holds, numbers) for numbers in some]
    if any(whichever) and not all(whichever):
        return f"{said} in the mean; seeds overlap"
    alone = any("?" in place and len(columns[name]) == 1 for name, place in claim.numbers.items())
    return f"{said}, by a single seed" if alone else said


def found(claim: Claim) -> str:
    """``claim.here`` with its numbers."""
    numbers = means(claim)

    def number(match: re.Match) -> str:
        value = eval(match[1], FUNCTIONS, dict(numbers))
        return ("no", "yes")[value] if isinstance(value, bool) else format(value, match[2] or ".3f")

    return re.sub(r"\{([^{}:]+)(?::([^{}]*))?\}", number, claim.here)


def command(place: str) -> str:
    """The command that makes the numbers of a place."""
    path, key = files(place)[0], place.split(" > ")[1]
    if path.suffix == ".ipynb":
        return f"make notebooks NAMES={path.stem}"
    scored = path.parent == FOLDERS["weights"] and key == "scores"
    return _json(path)["scored by" if scored else "command"]


def page() -> str:
    """The text of the page ``claims``."""
    sections, claims = read()
    verdicts = [verdict(claim) for claim in claims]
    total = {kind: sum(v.startswith(kind) for v in verdicts) for kind in ("confirmed", "not confirmed")}
    single = sum(v == "confirmed, by a single seed" for v in verdicts)
    lines = [HEAD.format(claims=len(claims), single=single, **{key.replace(" ", "_"): n for key, n in total.items()})]
    for section, title in sections.items():
        lines += ["", f"## {title}", "", "| claim | here | verdict |", "| :--- | :--- | :--- |"]
        lines += [_row(c, v) for c, v in zip(claims, verdicts, strict=True) if c.section == section]
    return "\n".join(lines) + "\n"


def _row(claim: Claim, said: str) -> str:
    names = dict.fromkeys(place.split(" > ")[0] for place in claim.measured)
    told = [f"`{name}`" for name in names if not name.startswith("book/")]  # a chapter is linked
    told += dict.fromkeys(f"`{command(place)}`" for place in claim.measured)
    words = claim.words + (f"<br><small>published: {from_source(claim.published)}</small>" if claim.published else "")
    where = f"<br><small>{{doc}}`{claim.chapter}`: {', '.join(told)}</small>"
    reason = f": {claim.because}" if claim.because else ""
    return f"| {words} | {found(claim)}{where} | **{said}**{reason} |"


def from_source(text: str) -> str:
    """Published numbers in their places, and behind them the work and the table."""
    tables = re.sub(r"(?:^|(?<=; ))(\w+)", r"{cite:t}`\1`", published.cited(text))
    return f"{published.filled(text)} ({tables})"


HEAD = """<!-- Written by `make appendix` from data/claims.toml and the stored results. Do not edit. -->

# Every claim, and what we found

Of {claims} claims of the paper and of its sources, {confirmed} are confirmed here, {single} of them by a single seed
only, and {not_confirmed} are not. The order is that of the paper {{cite:p}}`wang2019`. Its words are quoted as they
stand; a claim without quotation marks is the paper's in sense only, or that of the source that is named.

No measured number on this page was typed. Each is read from a stored result in `data/results`, from the card of a
network in `s2s_helpers/weights`, or from what a chapter prints; below it stands which, and the command that makes it.
Numbers are means over the seeds.

A verdict is computed: `data/claims.toml` states a condition on the numbers of each claim. *Confirmed* means that it
holds for the means and whichever seeds are taken, *in the mean* that for some seeds it does not. A word after the
verdict says where it ends, or what we think is the reason. Behind "published" stands what the source
prints, and in which table and column; its data, its segmenter and its networks are others, so compare the order and not
the numbers. Two things of the paper are not answered: its table 1, which is a picture in the text at hand, and whether
its figures please."""
