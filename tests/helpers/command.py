"""The command line, as people call it."""

import sys

import pytest

from s2s_helpers.cli import main


def s2s(monkeypatch, capsys, *words):
    """Run ``s2s words`` in this process: (exit code, what it printed, what it complained)."""
    monkeypatch.setattr(sys, "argv", ["s2s", *map(str, words)])
    with pytest.raises(SystemExit) as exit:
        main.main()
        raise SystemExit(0)
    out = capsys.readouterr()
    return exit.value.code or 0, out.out, out.err
