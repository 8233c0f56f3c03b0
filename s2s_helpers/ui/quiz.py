"""Three questions at the end of each chapter.

Each answer is a ``<details>`` element: whoever opens it reads whether it is right, and why. So a question needs no
kernel, no script and no mouse. On paper, where nothing opens, the right answers stand at the end.
"""

import html
import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Question:
    """``answers`` has, by their letters, what each answer says and why it is right or wrong; ``right`` is a letter."""

    asks: str
    answers: dict[str, tuple[str, str]]
    right: str

    def verdict(self, letter: str) -> str:
        return ("Right. " if letter == self.right else "No. ") + self.answers[letter][1]


@dataclass(frozen=True)
class Quiz:
    """A page shows it as HTML; where HTML is not shown, it is plain text."""

    questions: tuple[Question, ...]

    def _repr_html_(self) -> str:
        asked = "".join(f"<li>{_asked(question)}</li>" for question in self.questions)
        told = "".join(f"<p>{number}. {html.escape(line)}</p>" for number, line in self._solutions())
        return f'{STYLE}<ol class="s2s-quiz">{asked}</ol><div class="s2s-quiz-solutions">{told}</div>'

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(self.questions, 1):
            lines += [f"{number}. {question.asks}"]
            lines += [f"   {letter}) {says}" for letter, (says, _) in question.answers.items()]
        return "\n".join([*lines, "Solutions:", *(f"{number}. {line}" for number, line in self._solutions())])

    def _solutions(self) -> list[tuple[int, str]]:
        return [(i, f"{q.right}) {q.answers[q.right][1]}") for i, q in enumerate(self.questions, 1)]


# "white-space": notebooks set the outputs of a cell as they are.
STYLE = """<style>
.s2s-quiz { white-space: normal }
.s2s-quiz > li { margin-bottom: 1em }
.s2s-quiz p, .s2s-quiz-solutions p { margin: 0.3em 0 }
.s2s-quiz details { border: 1px solid #8888; border-radius: 4px; margin: 0.3em 0; padding: 0.3em 0.7em }
.s2s-quiz summary { cursor: pointer }
.s2s-quiz details[open] summary { margin-bottom: 0.3em }
@media screen { .s2s-quiz-solutions { display: none } }
@media print { .s2s-quiz-solutions { font-size: 70% } }
</style>"""


def _asked(question: Question) -> str:
    answers = "".join(
        f"<details><summary>{letter}) {html.escape(says)}</summary>"
        f"<p>{html.escape(question.verdict(letter))}</p></details>"
        for letter, (says, _) in question.answers.items()
    )
    return f"<p>{html.escape(question.asks)}</p>{answers}"


def quiz(path: str | Path, chapter: str) -> Quiz:
    """The questions of a chapter in a TOML file; in a chapter's cell the page shows them.

    Raises ValueError if there are none, or a right answer is not among the answers.
    """
    tables = tomllib.loads(Path(path).read_text(encoding="utf-8")).get(chapter, [])
    if not tables:
        raise ValueError(f"{path}: no questions for {chapter}")
    questions = []
    for table in tables:
        answers = {key: tuple(value) for key, value in table.items() if key not in ("asks", "right")}
        if table["right"] not in answers:
            raise ValueError(f"{path}: {chapter}: the right answer, {table['right']!r}, is not among the answers")
        questions.append(Question(table["asks"], answers, table["right"]))
    return Quiz(tuple(questions))
