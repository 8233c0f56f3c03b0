"""Each numbered equation names the code that computes it: the names are real, and on the site the links lead there."""

import html
import re
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import jupytext
import pytest
import s2s_equations
from docutils import nodes
from docutils.utils import new_document
from html_page import Page
from s2s_equations import entries, place

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"


@cache
def cells(chapter: str, kind: str) -> list[str]:
    return [cell.source for cell in jupytext.read(BOOK / f"{chapter}.py").cells if cell.cell_type == kind]


def labels(text: str) -> list[str]:
    return re.findall(r"^\$\$ \(([\w-]+)\)", text, re.MULTILINE)


CHAPTERS = {path.stem: labels("\n".join(cells(path.stem, "markdown"))) for path in sorted(BOOK.glob("*.py"))}
WITH_CODE = [(label, each) for label, several in entries().items() for each in several if "code" in each]
IN_CELLS = [(label, each["cell"]) for label, several in entries().items() for each in several if "cell" in each]


def test_every_equation_has_an_entry_and_no_entry_is_stale():
    found = [label for several in CHAPTERS.values() for label in several]
    found += [label for page in BOOK.glob("*.md") for label in labels(page.read_text(encoding="utf-8"))]
    assert len(found) >= 60
    assert sorted(entries()) == sorted(found)


def test_no_equation_is_without_a_number():
    for chapter in CHAPTERS:
        text = "\n".join(cells(chapter, "markdown"))
        assert len(re.findall(r"^\$\$", text, re.MULTILINE)) == 2 * len(labels(text)), chapter


def test_entries_are_of_one_form():
    forms = [{"code"}, {"code", "line"}, {"cell"}, {"none"}]
    for label, several in entries().items():
        assert several and all(set(each) in forms and all(each.values()) for each in several), label


@pytest.mark.parametrize(("label", "entry"), WITH_CODE, ids=lambda x: x if isinstance(x, str) else "")
def test_the_code_is_there(label, entry):
    found = place(entry["code"], entry.get("line"))
    value = __import__(found.module, fromlist=["_"])
    for part in found.name.split("."):
        value = getattr(value, part)
    assert callable(value) and f"{found.module}.{found.name}" == entry["code"]


@pytest.mark.parametrize(("label", "text"), IN_CELLS, ids=lambda x: x)
def test_the_cell_is_there(label, text):
    (chapter,) = [chapter for chapter, own in CHAPTERS.items() if label in own]
    assert any(text in cell for cell in cells(chapter, "code"))


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("nowhere.losses.f", None, "no such module"),
        ("s2s_helpers.nowhere.f", None, "nowhere is not defined"),
        ("s2s_helpers.losses.perceptual.nothing", None, "nothing is not defined"),
        ("s2s_helpers.losses.perceptual.GramMatrix.nothing", None, "nothing is not defined"),
        ("s2s_helpers.losses.perceptual.style_loss", "not there", "0 lines"),
        ("s2s_helpers.losses.perceptual.grid_share", "period", r"\d+ lines"),
    ],
)
def test_what_is_not_there_is_refused(code, line, words):
    with pytest.raises(LookupError, match=words):
        place(code, line)


def test_a_line_is_found_in_its_function_only():
    source = "def f():\n    x = 1\n\n\nclass G:\n    @staticmethod\n    def f():\n        x = 1\n"
    assert s2s_equations._number(source, "G.f", None) == 7
    assert s2s_equations._number(source, "G.f", "x = 1") == 8
    assert s2s_equations._number(source, "f", "x = 1") == 2


def cell(text: str) -> nodes.container:
    source = nodes.container("", nodes.literal_block("", text), nb_element="cell_code_source")
    return nodes.container("", source, nb_element="cell_code")


def page(monkeypatch, entry: dict[str, str], *cells_below: nodes.Node, builder: str = "html"):
    """A page of an equation, the first line of which is the one below the equation; and what it was warned of."""
    complaints = []
    monkeypatch.setattr(s2s_equations, "entries", lambda: {"eq-x": [entry]})
    monkeypatch.setattr(s2s_equations.log, "warning", lambda text, *more, **_: complaints.append(text % more))
    tree = new_document("page")
    tree += [cell("b = 2"), nodes.math_block(label="eq-x"), *cells_below]
    uses = {"s2s_helpers.losses.perceptual": ("", {}, {"style_loss": "book/api"}, "")}
    names = SimpleNamespace(format="html", name=builder, get_relative_uri=lambda page, target: f"../{target}.html")
    app = SimpleNamespace(builder=names, env=SimpleNamespace(_viewcode_modules=uses))
    s2s_equations.lines_below_equations(app, tree, "book/page")
    return tree, complaints


def test_the_line_is_below_the_equation_and_leads_to_the_function(monkeypatch):
    tree, _ = page(monkeypatch, {"code": "s2s_helpers.losses.perceptual.style_loss"})
    line, (link,) = tree[2], tree.findall(nodes.reference)
    number = place("s2s_helpers.losses.perceptual.style_loss").number
    assert line["classes"] == ["s2s-code-of"]
    assert line.astext() == f"Code: style_loss in s2s_helpers.losses.perceptual, line {number}"
    assert link["refuri"] == "../_modules/s2s_helpers/losses/perceptual.html#style_loss"


@pytest.mark.parametrize("more", [{}, {"line": "psi @ psi.mT"}])
def test_what_viewcode_has_no_name_for_is_led_to_by_its_line(monkeypatch, more):
    tree, _ = page(monkeypatch, {"code": "s2s_helpers.losses.perceptual.GramMatrix.forward", **more})
    (link,) = tree.findall(nodes.reference)
    number = place("s2s_helpers.losses.perceptual.GramMatrix.forward", more.get("line")).number
    assert link["refuri"] == f"../_modules/s2s_helpers/losses/perceptual.html#line-{number}"


def test_a_cell_below_is_preferred_to_one_above(monkeypatch):
    tree, _ = page(monkeypatch, {"cell": "b ="}, cell("a = 1"), cell("b = 3"))
    (link,) = tree.findall(nodes.reference)
    assert link["refuri"] == "#code-of-eq-x" and tree[2].astext() == "Code: b = in a cell below"
    assert [node["ids"] for node in tree.findall(s2s_equations._is_cell)] == [[], [], ["code-of-eq-x"]]


def test_a_cell_above_is_taken_if_there_is_no_other(monkeypatch):
    tree, _ = page(monkeypatch, {"cell": "b ="}, cell("a = 1"))
    assert tree[0]["ids"] == ["code-of-eq-x"] and tree[2].astext() == "Code: b = in a cell above"


def test_on_the_one_page_of_the_pdf_there_is_no_link(monkeypatch):
    for entry in ({"code": "s2s_helpers.losses.perceptual.style_loss"}, {"cell": "b ="}):
        tree, complaints = page(monkeypatch, entry, builder="singlehtml")
        assert tree[2].astext().startswith("Code: ") and not list(tree.findall(nodes.reference)) and not complaints


def test_on_one_page_the_cell_is_of_the_same_chapter(monkeypatch):
    from sphinx.addnodes import start_of_file

    other = start_of_file("", cell("b = 4"), docname="other")
    tree, _ = page(monkeypatch, {"cell": "b ="}, other, builder="singlehtml")
    assert tree[2].astext() == "Code: b = in a cell above"


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"cell": "nowhere"}, "no cell of the page has 'nowhere'"),
        ({"code": "s2s_helpers.losses.perceptual.nothing"}, "nothing is not defined"),
        ({"code": "s2s_helpers.losses.pixel.l1_loss"}, "has no page"),
    ],
)
def test_an_entry_that_finds_nothing_is_a_warning(monkeypatch, entry, words):
    tree, (complaint,) = page(monkeypatch, entry)
    assert "eq-x" in complaint and words in complaint


def test_an_equation_without_an_entry_is_a_warning(monkeypatch):
    tree, complaints = page(monkeypatch, {"cell": "b ="}, nodes.math_block(label="eq-y"))
    assert len(complaints) == 1 and "eq-y has no entry" in complaints[0]


def text_at(page: Page, anchor: str) -> str:
    """The rest of the line that begins at an anchor, as it is read."""
    rest = page.text.split(f'id="{anchor}"', 1)[1].split(">", 1)[1].split("\n", 1)[0]
    return html.unescape(re.sub("<[^>]*>", "", rest))


def test_on_the_site_every_equation_leads_to_its_code(site):
    read = cache(Page)
    for chapter, own in CHAPTERS.items():
        path = site / f"book/{chapter}.html"
        lines = re.findall(r'<p class="s2s-code-of">(.*?)</p>', read(path).text, re.DOTALL)
        links = [re.findall(r'href="([^"#]*)#([^"]+)"', line) for line in lines]
        assert len(links) == len(own), chapter
        for label, several in zip(own, links, strict=True):
            linked = [each for each in entries()[label] if "none" not in each]
            for entry, (address, anchor) in zip(linked, several, strict=True):
                target = read(path.parent.joinpath(address).resolve() if address else path)
                assert anchor in target.anchors, (label, address, anchor)
                assert entry.get("line", "") in text_at(target, anchor), label
