"""Exercises in a chapter: a check says in one line whether an answer is right.

The cells of an exercise are tagged ``exercise-setup``, ``exercise-stub``, ``exercise-check`` and
``exercise-solution``; tests/book/test_exercises.py runs them.
"""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def attempt(learned: str = "") -> Iterator[None]:
    """Run a check. Prints "Right." and ``learned``, or "Not yet." and what the check complains of.

    Whatever the check or the reader's code raises is told in one line and goes no further, so a notebook with open
    exercises runs to its end. A check complains by ``raise AssertionError("what is wrong")``.
    """
    try:
        yield
    except AssertionError as error:
        print(f"Not yet. {error}")
    except Exception as error:
        lines = [frame.line for frame in traceback.extract_tb(error.__traceback__)[1:] if _of_reader(frame.filename)]
        where = f' in the line "{lines[-1]}"' if lines and lines[-1] else ""
        print(f"Not yet. {type(error).__name__}{where}: {' '.join(str(error).split())}")
    else:
        print(f"Right. {learned}".rstrip())


def given(*answers: Any) -> Any:
    """The answers, a single one as it is. Raises AssertionError if one is still None, as in the stub."""
    if any(answer is None for answer in answers):
        raise AssertionError("Your turn: there is no answer yet.")
    return answers[0] if len(answers) == 1 else answers


def _of_reader(file: str) -> bool:
    """Whether a traceback's file is a cell of a notebook."""
    return "ipykernel" in file and "site-packages" not in file or file.startswith("<")
