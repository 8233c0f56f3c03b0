"""What a check tells the reader: one line, whatever happens."""

import pytest

from s2s_helpers.ui.exercises import attempt, given


def test_a_right_answer_is_called_right(capsys):
    with attempt("One is odd."):
        given(1)
    with attempt():
        pass
    assert capsys.readouterr().out == "Right. One is odd.\nRight.\n"


def test_a_wrong_answer_is_told_in_one_line_and_goes_no_further(capsys):
    with attempt("One is odd."):
        raise AssertionError("The answer is odd.")
    assert capsys.readouterr().out == "Not yet. The answer is odd.\n"


def test_a_mistake_in_the_code_is_told_with_its_line(capsys):
    with attempt():
        exec(compile("def f(x):\n    return x / 0\nf(1)", "<cell>", "exec"), {})
    assert capsys.readouterr().out == "Not yet. ZeroDivisionError: division by zero\n"
    with attempt():
        raise ValueError("two\nlines")
    assert capsys.readouterr().out == "Not yet. ValueError: two lines\n"


def test_the_line_is_that_of_the_cell_and_not_of_a_library(capsys, tmp_path):
    cell = tmp_path / "ipykernel_1" / "2.py"
    cell.parent.mkdir()
    cell.write_text("import json\njson.loads('?')\n", encoding="utf-8")
    with attempt():
        exec(compile(cell.read_text(encoding="utf-8"), str(cell), "exec"), {})
    assert capsys.readouterr().out.startswith("Not yet. JSONDecodeError in the line \"json.loads('?')\": Expecting")


def test_stop_stops():
    with pytest.raises(KeyboardInterrupt), attempt():
        raise KeyboardInterrupt


def test_given_hands_back_what_is_there():
    assert given(0) == 0
    assert given(0, "a") == (0, "a")
    for missing in [(None,), (1, None)]:
        with pytest.raises(AssertionError, match="no answer yet"):
            given(*missing)
