"""A case with choices: what is said of a choice is seen when it is chosen (chapter 09_training_clinic).

All is there from the start, and the browser only chooses which of it is seen, as in ``explore``. So it works in
JupyterLab and on the static site without a kernel. In print, and wherever widgets are not shown, the right
answers stand at the end in small letters.
"""

import html
from dataclasses import dataclass
from typing import Any

UNDECIDED = "choose ..."


@dataclass(frozen=True)
class Case:
    """``shown`` is what the reader looks at; ``answers`` is what is said of each choice. Both are HTML."""

    name: str  # "Case A"
    shown: str
    answers: dict[str, str]
    right: str  # one of the choices


def build(case: Case) -> Any:
    """The choice, and below it what is said of it; nothing as long as nothing is chosen."""
    import ipywidgets as w

    if case.right not in case.answers:
        raise ValueError(f"{case.name}: the right answer, {case.right!r}, is not among the choices")
    choice = w.Dropdown(
        options=[UNDECIDED, *case.answers],
        description=f"{case.name}:",
        style={"description_width": "initial"},
        layout={"width": "max-content"},
    )
    nothing = w.HTML()
    shared = {"layout": nothing.layout, "style": nothing.style}  # a notebook would store one of each for every answer
    said = [w.HTML(f'<div style="line-height:1.4">{answer}</div>', **shared) for answer in case.answers.values()]
    stack = w.Stack([nothing, *said], selected_index=0)
    box = w.VBox([choice, stack])
    box.add_class("s2s-explore")  # not in print
    box.links = [w.jslink((choice, "index"), (stack, "selected_index"))]  # kept alive with the box
    return box


def solutions(cases: tuple[Case, ...]) -> str:
    """The HTML of the right answers, in small letters; not on a screen."""
    lines = [f"<p>{html.escape(q.name)}. {q.answers[q.right]}</p>" for q in cases]
    return (
        "<style>@media screen { .s2s-solutions { display: none } }</style>"
        f'<div class="s2s-solutions" style="font-size:70%">{"".join(lines)}</div>'
    )


def ask(*cases: Case) -> None:
    """Lay cases on the page, each with its choices, and in print the right answers after the last.

    Raises ValueError if a right answer is not among the choices.
    """
    from IPython.display import HTML, display

    for case in cases:
        display(HTML(case.shown))
        display(build(case))
    display(HTML(solutions(cases)))
