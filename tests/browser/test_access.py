"""axe-core finds nothing wrong on any page, in light and dark, and plots have no pale frame."""

from pathlib import Path

import pytest

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
# What depends on the theme, and so is asked again in dark mode.
COLORS = ["color-contrast", "link-in-text-block"]
# Colors fade into each other.
FADED = "!document.getAnimations().some((animation) => animation instanceof CSSTransition)"
# Text that is told apart from its ground by nothing is to axe no finding, but a question.
ASK = """async (rules) => {
  const only = rules ? {runOnly: {type: "rule", values: rules}} : {};
  const {violations, incomplete} = await axe.run(document, {resultTypes: ["violations", "incomplete"], ...only});
  const told = ({id, impact}, node) => [id, impact, node.target.join(" "), node.html.slice(0, 200)];
  const invisible = (node) => node.any.some((check) => check.data?.messageKey === "equalRatio");
  return [
    ...violations.flatMap((rule) => rule.nodes.map((node) => told(rule, node))),
    ...incomplete.flatMap((rule) => rule.nodes.filter(invisible).map((node) => told(rule, node))),
  ];
}"""


def findings(page, rules: list[str] | None = None) -> list[list[str]]:
    """What axe says of the page as it is shown now: rule, impact, place, element."""
    return page.evaluate(ASK, rules)


def test_axe_finds_nothing_wrong_on_any_page(visitor, site):
    assert AXE.is_file(), "run `make vendor` (python tools/vendor.py) first"
    names = {path.relative_to(site).as_posix() for folder in (".", "book") for path in site.glob(f"{folder}/*.html")}
    names -= {"index.html"}  # only leads to the first page
    assert len(names) >= 20
    found = {}
    for name in sorted(names):
        page = visitor.open(name, color_scheme="light", reduced_motion="reduce")
        page.add_script_tag(path=AXE)
        found[f"{name}, light"] = findings(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        page.wait_for_function(FADED)
        found[f"{name}, dark"] = findings(page, COLORS)
        page.context.close()
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ("<h1>First</h1><h4>Fourth</h4>", "heading-order"),
        ('<p style="color: #aaa; background: #fff">pale</p>', "color-contrast"),
        ('<p style="color: #fff; background: #fff">not to be seen</p>', "color-contrast"),
        ("<button></button>", "button-name"),
        (
            "<table><thead><tr><th></th><th>score</th></tr></thead><tr><td>a</td><td>1</td></tr></table>",
            "empty-table-header",
        ),
    ],
)
def test_axe_sees_what_is_wrong(lenient, body, rule):
    head = '<title>Wrong</title><link rel="icon" href="data:,">'
    text = f'<!doctype html><html lang="en">{head}<main>{body}</main></html>'
    answer = ("**/wrong.html", lambda route: route.fulfill(body=text, content_type="text/html"))
    page = lenient.open("wrong.html", routes=[answer])
    page.add_script_tag(path=AXE)
    assert rule in [found[0] for found in findings(page)]


def test_axe_sees_what_is_outside_of_all_regions(lenient):
    text = '<!doctype html><html lang="en"><title>Wrong</title><main><h1>Inside</h1></main><p>outside</p></html>'
    answer = ("**/wrong.html", lambda route: route.fulfill(body=text, content_type="text/html"))
    page = lenient.open("wrong.html", routes=[answer])
    page.add_script_tag(path=AXE)
    assert "region" in [found[0] for found in findings(page)]


def test_a_plot_has_no_frame_in_dark_mode(lenient):
    page = lenient.open("book/01_sketches_and_pictures.html", color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    padding = "() => [...document.querySelectorAll('.cell_output img')].map((x) => getComputedStyle(x).padding)"
    assert set(page.evaluate(padding)) == {"0px"}
