"""The fuzzing of ``make fuzz`` in short, and the proof that it finds what it is made to find."""

import sys
import time
import warnings
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from PIL import Image

from s2s_helpers.images import DAMAGE

pytest.importorskip("resource")  # limits of memory are a matter of POSIX
ROOT = Path(__file__).parents[2]
import fuzz  # noqa: E402
import fuzz_readers  # noqa: E402
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


def test_colors_turns_and_names_of_all_kinds_are_among_the_cases():
    samples = fuzz_readers.picture_samples()
    data = b"".join(sample.data for sample in samples)
    assert all(word in data for word in (b"acsp", b"iCCP", b"gAMA", b"cHRM", b"cICP"))
    tags = heads(samples, lambda x: tuple(x.tag_v2.get(tag, (1,)) for tag in (262, 258, 339)), b"II*\0", b"MM\0*")
    assert {(0, (8,), (1,)), (0, (16,), (1,)), (1, (12,), (1,)), (1, (32,), (1,)), (1, (16,), (2,))} <= tags
    for start in (b"\xff\xd8", b"\x89PNG", b"RIFF", b"II*\0"):
        assert {*range(1, 9), 99} <= heads(samples, lambda x: x.getexif().get(274), start)
    names = [fuzz_readers._odd_name(np.random.default_rng(i)) for i in range(300)]
    assert any(not is_text(name) for name in names)
    spelled = {normalize("NFC", name) for name in names if is_text(name)}
    assert len(spelled) < len({*names})


def heads(samples, of, *starts):
    """What ``of`` says of the files that begin so; those that are broken on purpose say nothing."""
    told = set()
    for sample in samples:
        if sample.data.startswith(starts):
            with suppress(*DAMAGE), warnings.catch_warnings(action="ignore"):
                told.add(of(Image.open(BytesIO(sample.data))))
    return told


def is_text(name):
    try:
        return bool(name.encode())
    except UnicodeEncodeError:
        return False
