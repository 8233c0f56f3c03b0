"""Run chapters and store their outputs: python tools/notebooks.py [NAME ...], all of them by default.

Brings the two halves book/NAME.py and book/NAME.ipynb together (the one that was edited last wins), runs the cells
in order in a fresh kernel, and writes both halves without what changes from run to run. The state of the widgets is
stored too, so that they work on the static page. How long each took is kept for the page ``run_times``.
"""

import hashlib
import json
import os
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat
import run_times
from jupytext.combine import combine_inputs_with_outputs
from jupytext.config import load_jupytext_config
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from s2s_helpers.runtime.machine import machine

BOOK = Path(__file__).parents[1] / "book"
LIMIT = 1_000_000
FORMAT = "py:percent"


def sources(notebook):
    return [(c.cell_type, c.source.rstrip(), c.metadata.get("tags"), c.metadata.get("mystnb")) for c in notebook.cells]


def join(script: Path, stored: Path):
    """One notebook of two halves; the half that was edited last wins where they differ."""
    if not stored.exists():
        return jupytext.read(script)
    if not script.exists():
        return nbformat.read(stored, 4)
    text, run = jupytext.read(script), nbformat.read(stored, 4)
    if sources(text) == sources(run):
        return run
    newer = script if script.stat().st_mtime >= stored.stat().st_mtime else stored
    print(f"  the halves differ; taking {newer.name}, which is newer")
    return combine_inputs_with_outputs(text, run, fmt=FORMAT) if newer == script else run


def clean(notebook, name: str):
    """Drop times, versions and chance from the metadata; number the cells and the widgets."""
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    widgets = notebook.metadata.get("widgets")
    notebook.metadata = nbformat.from_dict({"kernelspec": kernel, "language_info": {"name": "python"}})
    for cell in notebook.cells:
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in ("tags", "mystnb")})
    if widgets:
        notebook.metadata["widgets"] = widgets
    text = nbformat.writes(notebook)
    ids = dict.fromkeys(re.findall(r"\b[0-9a-f]{32}\b", json.dumps(widgets or {})))
    for number, model in enumerate(ids):
        text = text.replace(model, hashlib.md5(f"{name}/{number}".encode()).hexdigest())
    return nbformat.reads(text, 4)


def refresh(name: str) -> float:
    script, stored = BOOK / f"{name}.py", BOOK / f"{name}.ipynb"
    notebook = join(script, stored)
    start = time.perf_counter()
    NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(BOOK)}},
        store_widget_state=True,
    ).execute()
    seconds = time.perf_counter() - start
    notebook = clean(notebook, name)
    config = load_jupytext_config(str(script))
    nbformat.write(notebook, stored)
    half = nbformat.from_dict(dict(notebook))
    fmt = {
        "extension": ".py",
        "format_name": "percent",
        **{key: getattr(config, key) for key in ("cell_metadata_filter", "notebook_metadata_filter")},
    }
    jupytext.write(half, script, fmt=fmt)  # last: JupyterLab wants the text half to be no older
    size = stored.stat().st_size
    print(f"  {seconds:.0f} s, {size / 1e3:.0f} kB" + (f": MORE THAN {LIMIT / 1e3:.0f} kB" if size > LIMIT else ""))
    return seconds


def main(names: list[str]) -> int:
    if os.environ.get("S2S_FAST", "0") not in ("", "0"):
        print("S2S_FAST is set: the stored outputs would be those of the shortened experiments. Unset it.")
        return 1
    names = [Path(n).stem for n in names] or sorted({p.stem for p in [*BOOK.glob("*.py"), *BOOK.glob("*.ipynb")]})
    total, failed = 0.0, []
    for name in names:
        print(name, flush=True)
        try:
            seconds = refresh(name)
            run_times.keep(name, seconds, machine())
            total += seconds
        except (CellExecutionError, FileNotFoundError) as error:
            print(f"  failed, and left as it was:\n{error}")
            failed.append(name)
    print(f"{total:.0f} s" + (f"; failed: {', '.join(failed)}" if failed else ""))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
