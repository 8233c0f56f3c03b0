"""A question that needs no kernel: every choice has its answer, and nothing is told before a choice is made."""

import dataclasses

import pytest

pytest.importorskip("ipywidgets")
from s2s_helpers.ui.case import UNDECIDED, Case, ask, build  # noqa: E402

QUESTION = Case("Case A", "<p>fever</p>", {"flu": "<b>Yes</b>: flu.", "a cold": "No, too hot."}, right="flu")


def test_each_choice_has_its_answer_and_no_choice_none():
    choice, answers = build(QUESTION).children
    assert choice.index == answers.selected_index == 0
    assert list(choice.options) == [UNDECIDED, "flu", "a cold"]
    said = [child.value for child in answers.children]
    assert len(said) == 3 and "Yes" not in said[0] and "No" not in said[0]
    assert "<b>Yes</b>: flu." in said[1] and "No, too hot." in said[2]


def test_choice_and_answer_are_linked_in_the_browser():
    box = build(QUESTION)
    choice, answers = box.children
    (link,) = box.links
    assert link.source == (choice, "index") and link.target == (answers, "selected_index")


def test_on_paper_the_right_answers_stand_at_the_end(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    ask(QUESTION, dataclasses.replace(QUESTION, name="Case B", right="a cold"))
    assert [type(x).__name__ for x in shown] == ["HTML", "VBox", "HTML", "VBox", "HTML"]
    assert shown[0].data == QUESTION.shown
    assert "s2s-explore" in shown[1]._dom_classes  # which is not printed
    last = shown[-1].data
    assert "@media screen" in last and "Case A. <b>Yes</b>: flu." in last and "Case B. No, too hot." in last


def test_the_right_answer_must_be_a_choice():
    with pytest.raises(ValueError, match="Case A: the right answer, 'plague'"):
        ask(dataclasses.replace(QUESTION, right="plague"))
