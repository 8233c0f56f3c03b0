"""What the sources print, number by number: ``data/published.toml``."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[2] / "data" / "published.toml"
PLACE = re.compile(r"\{([^{}]+) > ([^{}]+) > ([^{}]+)\}")  # {source, table > row > column}


@dataclass(frozen=True)
class Table:
    """A table, or a figure or section with numbers, of a source.

    ``values`` are by row and column, as they are printed. ``rows`` and ``columns`` give the source's names for ours.
    """

    what: str
    values: dict[str, dict[str, str]]
    rows: dict[str, str]
    columns: dict[str, str]

    def value(self, row: str, column: str) -> float:
        """A number of the table. Raises KeyError for one that it lacks."""
        return float(self.values[row][column].replace(",", ""))

    def column(self, name: str) -> dict[str, float]:
        """The numbers of a column, by row."""
        return {row: self.value(row, name) for row in self.values}


@cache
def tables() -> dict[str, Table]:
    """All of them, by the key of the source in ``references.bib`` and the place in it: "isola2017, table 1"."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: _table(table) for name, table in content.items()}


def _table(content: dict[str, Any]) -> Table:
    rows, columns = content["rows"], content["columns"]
    return Table(
        content["what"],
        {row["name"]: dict(zip(columns, row["values"], strict=True)) for row in rows},
        {row["name"]: row.get("row", row["name"]) for row in rows},
        dict(zip(columns, content["printed"], strict=True)),
    )


def filled(text: str) -> str:
    """A text with the number of each ``{table > row > column}`` in its place. Raises KeyError if one is missing."""
    return PLACE.sub(lambda place: tables()[place[1]].values[place[2]][place[3]], text)


def cited(text: str) -> str:
    """Where the numbers of such a text stand, in the words of the source: "isola2017, table 1, Per-pixel acc."."""
    found: dict[str, None] = {}
    for name, _, column in PLACE.findall(text):
        printed = tables()[name].columns[column]
        found[f"{name}, {printed}" if len(tables()[name].values) > 1 else name] = None
    return "; ".join(found)
