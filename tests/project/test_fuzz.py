"""The fuzzing of ``make fuzz`` in short, and the proof that it finds what it is made to find."""

import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("resource")  # limits of memory are a matter of POSIX
ROOT = Path(__file__).parents[2]
import fuzz  # noqa: E402
from fuzz import Outcome  # noqa: E402

CASES = 400


def test_damaged_files_are_read_rightly_or_refused_in_one_line():
    outcomes = fuzz.run(range(CASES))
    told = fuzz.summary(outcomes)
    assert all(outcome.right for outcome in outcomes), told
    assert [outcome.number for outcome in outcomes] == list(range(CASES))
    for reader in (
        "picture",
        "pairs",
        "checkpoint",
        "network",
        "loss network",
        "shards",
    ):  # neither too mild nor too wild
        assert {outcome.verdict for outcome in outcomes if outcome.reader == reader} == {"opened", "refused"}, told


def flawed(number: int, folder: Path) -> Outcome:
    """A reader with a flaw for each number."""
    if number == 1:
        raise KeyError("a traceback")
    if number == 2:
        time.sleep(600)
    if number == 3:
        sys.exit(7)  # as a decoder in C that crashes
    if number == 5:
        assert len(b"x" * (fuzz.MEGABYTES + 50) * 2**20)
    if number == 6:
        assert len(b"x" * 3 * fuzz.MEGABYTES * 2**20)
    return Outcome(number, "flawed", "opened")


def test_whatever_may_go_wrong_is_found_and_the_next_case_is_done():
    outcomes = fuzz.run(range(8), flawed, patience=10.0)
    verdicts = [outcome.verdict for outcome in outcomes]
    assert [outcome.number for outcome in outcomes] == list(range(8))
    # The first case of a process loads libraries, so its memory does not count: a sound one stands before the large
    # ones.
    words = (
        "opened",
        "KeyError: 'a traceback' (test_fuzz.py:",
        "no end within",
        "died (7)",
        "opened",
        " MB",
        "MemoryError",
        "opened",
    )
    for verdict, word in zip(verdicts, words, strict=True):
        assert word in verdict
    assert "case 1: KeyError" in fuzz.summary(outcomes) and fuzz.summary(outcomes).endswith("8 cases, 5 wrong")
