"""The page of run times: how long each chapter took when its outputs were stored, and where.

``tools/notebooks.py`` keeps the times in ``data/results/run_times.json``.
"""

import json
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TIMES = ROOT / "data" / "results" / "run_times.json"


def read() -> dict[str, dict[str, Any]]:
    """What is known, by chapter; nothing before the first run."""
    return json.loads(TIMES.read_text(encoding="utf-8")) if TIMES.exists() else {}


def keep(chapter: str, seconds: float, machine: str) -> None:
    """Store the time of a run of ``chapter``."""
    times = read() | {chapter: {"seconds": round(seconds), "machine": machine, "date": date.today().isoformat()}}
    TIMES.write_text(json.dumps(dict(sorted(times.items())), indent=1) + "\n", encoding="utf-8", newline="\n")


def page() -> str:
    """The text of the page ``run_times``."""
    times = read()
    lines = [HEAD, "| chapter | seconds | where | when |", "| :--- | ---: | :--- | :--- |"]
    for chapter, run in times.items():
        lines.append(f"| {{doc}}`{chapter}` | {run['seconds']} | {run['machine']} | {run['date']} |")
    total = sum(run["seconds"] for run in times.values())
    return "\n".join([*lines, f"| all | {total} | | |", BUILD])


HEAD = """<!-- Written by `make appendix` from data/results/run_times.json. Do not edit. -->

# How long the chapters run

All cells of a chapter in order, in a fresh kernel. This is when the stored outputs were made (`make notebooks`):
"""
BUILD = """
`make book` runs the chapters on your machine, and then this page has a second table, with your times.

::::{only} executed
:::{nb-exec-table}
:::
::::
"""
