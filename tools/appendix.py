"""Write the pages of the appendix that are made from stored results: python tools/appendix.py (``make appendix``).

``book/claims.md`` from ``data/claims.toml``; ``data/provenance.csv`` and ``book/provenance.md`` from
``data/provenance.toml`` and the files themselves; ``book/run_times.md`` from ``data/results/run_times.json``. Tests
compare what is stored with what would be written.
"""

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


if __name__ == "__main__":
    for name, text in pages().items():
        (ROOT / name).write_text(text, encoding="utf-8", newline="\n")
        print(name)
