"""The site builds from the stored outputs without a warning, and its pages need no other host."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urldefrag

from html_page import Page

ROOT = Path(__file__).parents[2]


@cache
def pages(site: Path) -> dict[str, Page]:
    other = ("_static", "vendor")
    found = [path for path in sorted(site.rglob("*.html")) if path.relative_to(site).parts[0] not in other]
    return {str(path.relative_to(site)): Page(path) for path in found}


def test_site_builds_without_a_warning(site):
    assert (site / "index.html").is_file() and (site / "book/index.html").is_file()


def test_tables_are_tables(site):
    raw = {name: re.findall(r"<p>\| .{0,60}", page.text) for name, page in pages(site).items()}
    assert not {name: found for name, found in raw.items() if found}
    assert pages(site)["book/14_cascade.html"].text.count("<table") >= 3


def test_pages_load_only_files_of_the_site(site):
    wrong = []
    for name, page in pages(site).items():
        for address in page.loads:
            if address.startswith("data:"):
                continue
            if re.match(r"[a-z]+:|//", address):
                wrong.append((name, address))
            elif not (site / name).parent.joinpath(address.split("?")[0].split("#")[0]).exists():
                wrong.append((name, "missing: " + address))
    assert not wrong


def dead_links(site: Path) -> list[tuple[str, str]]:
    """(page, link) for every link to a file of the site that is not there, or to an anchor that its page lacks."""
    found = {site / name: page for name, page in pages(site).items()}
    dead = []
    for path, page in found.items():
        for link in page.links:
            if re.match(r"[a-z]+:|//", link):
                continue
            address, anchor = urldefrag(link)
            target = path.parent.joinpath(unquote(address.split("?")[0])).resolve() if address else path
            if not target.exists() or (target in found and unquote(anchor) not in found[target].anchors):
                dead.append((str(path.relative_to(site)), link))
    return dead


def test_no_inner_link_is_dead(site):
    assert sum(len(page.links) for page in pages(site).values()) > 1000
    assert dead_links(site.resolve()) == []


def test_a_dead_link_is_found(tmp_path):
    good = ["a.html", "b.html#here", "#there", "#", "b.html?x=1#there", "https://example.com/nowhere", "a%20b.html"]
    bad = ["c.html", "b.html#nowhere", "#here"]
    links = "".join(f'<a href="{link}">x</a>' for link in good + bad)
    (tmp_path / "a.html").write_text(f'{links}<p id="there">', encoding="utf-8")
    (tmp_path / "b.html").write_text('<p id="there"><a name="here">', encoding="utf-8")
    (tmp_path / "a b.html").write_text("", encoding="utf-8")
    assert dead_links(tmp_path) == [("a.html", link) for link in bad]


def test_on_the_one_page_of_the_pdf_a_link_leads_to_its_chapter():
    """Two chapters have a section "solution"; only the first has a section "idea"."""
    from types import SimpleNamespace

    from docutils import nodes
    from docutils.utils import new_document
    from s2s_site import _lead_to_the_right_chapter
    from sphinx.addnodes import start_of_file

    def chapter(name, *sections):
        own = nodes.reference(refid="solution")
        return start_of_file("", own, *(nodes.section(ids=[section]) for section in sections), docname=name)

    addresses = ["#document-b#solution", "#document-a#idea", "#document-b", "https://example.org/#solution"]
    links = [nodes.reference(refuri=address) for address in addresses]
    tree = new_document("book")
    tree += [*links, chapter("a", "idea", "solution"), chapter("b", "solution")]
    _lead_to_the_right_chapter(SimpleNamespace(builder=SimpleNamespace(name="singlehtml")), tree, "index")
    assert [link["refuri"] for link in links] == ["#b:solution", "#idea", *addresses[2:]]
    assert [section["ids"] for section in tree.findall(nodes.section)] == [
        ["idea"],
        ["solution", "a:solution"],
        ["solution", "b:solution"],
    ]
    assert [link["refid"] for link in tree.findall(nodes.reference) if "refid" in link] == ["a:solution", "b:solution"]


def test_no_page_has_the_scripts_of_thebe(site):
    assert not [name for name, page in pages(site).items() if "THEBE_JS_URL" in page.text]


def test_widget_pages_have_the_local_widget_scripts_in_order(site):
    found = 0
    for page in pages(site).values():
        if "application/vnd.jupyter.widget-view+json" in page.text:
            scripts = [re.sub(r".*/|\?.*", "", address) for address in page.loads if "vendor/widgets" in address]
            assert scripts == ["require.js", "widgets.js", "embed-amd.js"]
            found += 1
    assert found, "no page has a widget"


def test_every_picture_on_the_pages_is_described(site):
    pictures = [(name, picture) for name, page in pages(site).items() for picture in page.pictures]
    assert not [(name, p.get("src", "")[:80]) for name, p in pictures if not (p.get("alt") or "").strip()]


def test_every_module_has_its_place_in_the_api_page():
    """A folder by the modules in it, with what its first lines say of all; the drawn world as one module."""
    told = re.findall(r"automodule:: (\S+)", (ROOT / "book/api.md").read_text(encoding="utf-8"))
    files = [path.relative_to(ROOT) for path in (ROOT / "s2s_helpers").rglob("*.py") if path.name[0] != "_"]
    names = {".".join(path.with_suffix("").parts) for path in files}
    world = "s2s_helpers.data.facades"
    names = {name for name in names if not name.startswith(world)} | {world}
    folders = {"s2s_helpers.runs.ablations", "s2s_helpers.runs.shipped"}
    assert sorted(told) == sorted(names | folders)


def test_signatures_say_nothing_of_this_machine(site):
    """No addresses in memory, no folders."""
    text = re.sub(r"<[^>]*>", "", pages(site)["book/api.html"].text)
    assert "stylize(" in text
    of_a_machine = " object at 0x", "Annotated[", "PosixPath", str(ROOT)
    assert [word for word in of_a_machine if word in text] == []


def test_the_api_page_can_be_made_without_torch():
    """As `make site` does in its small environment: every module imports with stand-ins for what is heavy."""
    code = """
import importlib, sys
sys.path[:0] = ["book/_ext", "."]
from s2s_site import HEAVY, complete_stand_ins
from sphinx.ext.autodoc.mock import mock
complete_stand_ins()
with mock(HEAVY):
    for name in sys.argv[1:]:
        importlib.import_module(name)
    assert not hasattr(sys.modules["torch"], "__version__") or not isinstance(sys.modules["torch"].__version__, str)
"""
    names = re.findall(r"automodule:: (\S+)", (ROOT / "book/api.md").read_text(encoding="utf-8"))
    run = subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
