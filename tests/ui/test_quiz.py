"""The questions at the end of each chapter: three of them, one right answer each, and a reason for every answer."""

import re
import tomllib
from pathlib import Path

import pytest

from s2s_helpers.ui.quiz import Question, Quiz, quiz

BOOK = Path(__file__).parents[2] / "book"
QUIZZES = BOOK / "quizzes.toml"
CHAPTERS = list(tomllib.loads(QUIZZES.read_text(encoding="utf-8")))
SMALL = Quiz((Question("Is 1 < 2?", {"a": ("Yes.", "One is less."), "b": ("No.", "Count again.")}, "a"),))


def test_every_chapter_ends_with_its_questions():
    assert CHAPTERS == sorted(path.stem for path in BOOK.glob("[0-9]*.py"))
    for chapter in CHAPTERS:
        text = (BOOK / f"{chapter}.py").read_text(encoding="utf-8")
        assert f'quiz("quizzes.toml", "{chapter}")' in text


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_three_questions_with_four_answers_and_a_reason_for_each(chapter):
    questions = quiz(QUIZZES, chapter).questions
    assert len({question.asks for question in questions}) == 3
    for question in questions:
        assert list(question.answers) == list("abcd") and question.right in question.answers
        said, reasons = zip(*question.answers.values(), strict=True)
        assert len(set(said)) == len(set(reasons)) == 4
        assert all(len(reason.split()) >= 8 for reason in reasons), "say why"


def test_the_place_of_the_right_answer_tells_nothing():
    rights = [question.right for chapter in CHAPTERS for question in quiz(QUIZZES, chapter).questions]
    assert max(map(rights.count, "abcd")) <= len(rights) / 2 and set(rights) == set("abcd")


def test_an_answer_is_judged_only_when_it_is_opened():
    page = SMALL._repr_html_()
    assert "Is 1 &lt; 2?" in page and "<details open" not in page
    details = re.findall(r"<details><summary>(.*?)</summary><p>(.*?)</p></details>", page)
    assert details == [("a) Yes.", "Right. One is less."), ("b) No.", "No. Count again.")]


def test_on_paper_the_right_answers_stand_at_the_end():
    before, solutions = SMALL._repr_html_().split('<div class="s2s-quiz-solutions">')
    assert "@media screen { .s2s-quiz-solutions { display: none } }" in before
    assert "1. a) One is less." in solutions and "Count again" not in solutions
    assert repr(SMALL).splitlines()[-1] == "1. a) One is less."


@pytest.mark.parametrize(
    ("text", "words"), [("", "no questions"), ('[[x]]\nasks = "?"\nright = "b"\na = ["1", "2"]', "'b'")]
)
def test_what_is_missing_is_named(tmp_path, text, words):
    (tmp_path / "q.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=words):
        quiz(tmp_path / "q.toml", "x")
