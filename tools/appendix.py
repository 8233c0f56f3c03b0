"""Write what is made from code and stored results: python tools/appendix.py (``make appendix``).

The figures of the networks, by ``tools/drawings.py``, first, since the table of provenance has their hashes. Then
``book/claims.md`` from ``data/claims.toml``; ``data/provenance.csv`` and ``book/provenance.md`` from
``data/provenance.toml`` and the files themselves; ``book/run_times.md`` from ``data/results/run_times.json``. Tests
compare what is stored with what would be written.
"""

import drawings
import ledger
import provenance
import run_times

ROOT = ledger.ROOT


def pages() -> dict[str, str]:
    """What is written where."""
    return {
        "book/claims.md": ledger.page(),
        "data/provenance.csv": provenance.table(),
        "book/provenance.md": provenance.page(),
        "book/run_times.md": run_times.page(),
    }


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
        print(name)


if __name__ == "__main__":
    write(drawings.files())
    write(pages())
