"""Under each numbered equation of a page, a line that names the code that computes it, and leads to that line.

``book/equations.toml`` has the code of each equation. For code of the package the link leads to the page of its source
(sphinx.ext.viewcode), for a cell to the cell. On the one page of the PDF there is no link. The source is read, not
imported, so this needs no torch. An equation without an entry, and an entry that finds no code, is a warning.
"""

import ast
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.addnodes import start_of_file
from sphinx.util import logging

ROOT = Path(__file__).parents[2]
FILE = ROOT / "book/equations.toml"
CLASS = "s2s-code-of"
PAGES = "_modules"  # where viewcode puts the sources
log = logging.getLogger(__name__)


@cache
def entries() -> dict[str, list[dict[str, str]]]:
    """What ``equations.toml`` says, for each label: a list of tables."""
    found = {}
    for label, entry in tomllib.loads(FILE.read_text(encoding="utf-8")).items():
        several = entry if isinstance(entry, list) else [entry]
        found[label] = [{"code": each} if isinstance(each, str) else each for each in several]
    return found


@dataclass(frozen=True)
class Place:
    """A function, class or method of the package, or a line of it: in ``module``, at the line ``number``."""

    module: str
    name: str
    number: int
    whole: bool


@cache
def place(code: str, line: str | None = None) -> Place:
    """Where ``code``, a dotted name, is defined, or the only line of it that has the text ``line``.

    Raises LookupError if there is no such definition, or not just one such line.
    """
    parts = code.split(".")
    for split in range(len(parts) - 1, 0, -1):
        module = ROOT.joinpath(*parts[:split])
        for path in (module.with_suffix(".py"), module / "__init__.py"):
            if path.is_file():
                name = ".".join(parts[split:])
                number = _number(path.read_text(encoding="utf-8"), name, line)
                return Place(".".join(parts[:split]), name, number, line is None)
    raise LookupError(f"{code}: there is no such module")


def _number(source: str, name: str, line: str | None) -> int:
    """The line of a module's source at which ``name`` begins, or the only one of it with the text ``line``."""
    node = ast.parse(source)
    for part in name.split("."):
        inner = [each for each in node.body if getattr(each, "name", None) == part]
        if not inner:
            raise LookupError(f"{name}: {part} is not defined there")
        node = inner[-1]
    if line is None:
        return node.lineno
    own = source.splitlines()[node.lineno - 1 : node.end_lineno]
    found = [node.lineno + i for i, text in enumerate(own) if line in text]
    if len(found) != 1:
        raise LookupError(f"{name}: {len(found)} lines have {line!r}")
    return found[0]


def lines_below_equations(app, tree, docname):
    """Add the lines to a page, or to all chapters on one page, before it is written."""
    parts = list(tree.findall(lambda node: _is_equation(node) or _is_cell(node)))
    for at, node in enumerate(parts):
        if not _is_equation(node):
            continue
        if node["label"] not in entries():
            log.warning("equation %s has no entry in %s", node["label"], FILE.name, location=node)
            continue
        try:
            line = _line(app, docname, node["label"], *(_cells(some, node) for some in (parts[at:], parts[:at])))
            node.parent.insert(node.parent.index(node) + 1, line)
        except LookupError as error:
            log.warning("equation %s: %s", node["label"], error, location=node)


def _is_equation(node):
    return isinstance(node, nodes.math_block) and bool(node.get("label"))


def _is_cell(node):
    return isinstance(node, nodes.Element) and node.get("nb_element") == "cell_code"


def _is_source(node):
    return isinstance(node, nodes.Element) and node.get("nb_element") == "cell_code_source"


def _cells(parts, equation):
    """The cells of the equation's own chapter."""
    return [node for node in parts if _is_cell(node) and _chapter(node) is _chapter(equation)]


def _chapter(node):
    """The chapter that a node is of, if there are several on the page."""
    while node is not None and not isinstance(node, start_of_file):
        node = node.parent
    return node


def _line(app, docname, label, behind, before):
    """The line below one equation; the cells behind it and before it are those that it may lead to."""
    line = nodes.paragraph(classes=[CLASS])
    line += nodes.Text("Code: ")
    for i, entry in enumerate(entries()[label]):
        if i:
            line += nodes.Text("; ")
        if "none" in entry:
            line += nodes.Text(f"none; {entry['none']}")
        elif "cell" in entry:
            line += _to_a_cell(app, entry["cell"], f"code-of-{label}", behind, before)
        else:
            line += _to_the_package(app, docname, place(entry["code"], entry.get("line")))
    return line


def _to_a_cell(app, text, anchor, behind, before):
    """A link to the next cell that has the text, else to the last before; the cell gets the name ``anchor``."""
    for cells, where in ((behind, "below"), (before[::-1], "above")):
        for cell in cells:
            if any(text in source.astext() for source in cell.findall(_is_source)):
                if anchor not in cell["ids"]:
                    cell["ids"].append(anchor)
                return _link(app, f"#{anchor}", text, f" in a cell {where}")
    raise LookupError(f"no cell of the page has {text!r}")


def _to_the_package(app, docname, found):
    """A link to the source: to viewcode's name for what is whole, if the page api has it, else to the line."""
    page = getattr(app.env, "_viewcode_modules", {}).get(found.module)
    if not page and _has_links(app):
        raise LookupError(f"{found.module} has no page, since book/api.md has nothing of it")
    known = found.whole and page and found.name in page[2]
    anchor = found.name if known else f"line-{found.number}"
    pages = f"{PAGES}/{found.module.replace('.', '/')}"
    address = f"{app.builder.get_relative_uri(docname, pages)}#{anchor}" if _has_links(app) else ""
    return _link(app, address, found.name, f" in {found.module}, line {found.number}")


def _has_links(app):
    """On the one page of the PDF there are no pages of sources."""
    return app.builder.format == "html" and app.builder.name != "singlehtml"


def _link(app, address, code, words):
    name = nodes.literal("", code)
    named = nodes.reference("", "", name, refuri=address, internal=True) if _has_links(app) else name
    return [named, nodes.Text(words)]


def name_the_lines(app, pagename, templatename, context, doctree):
    """Give every line of a page of sources a name that links lead to, ``line-7``."""
    if pagename.startswith(f"{PAGES}/"):
        number = r'<span class="linenos">( *)(\d+)</span>'
        context["body"] = re.sub(number, r'<span class="linenos" id="line-\2">\1\2</span>', context["body"])


def setup(app):
    app.connect("doctree-resolved", lines_below_equations)
    app.connect("html-page-context", name_the_lines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
