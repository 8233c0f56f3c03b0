"""Every page in a browser without a network: in light and dark, read by axe, its sliders walked without a kernel."""

import json
from pathlib import Path

import pytest
from axe import COLORS, findings

from s2s_helpers.ui.sketchpad import Sketchpad

BOOK = Path(__file__).parents[2] / "book"
OTHERS = ["search.html", "genindex.html", "py-modindex.html"]
NAMES = sorted({f"book/{path.stem}.html" for kind in ("py", "md") for path in BOOK.glob(f"*.{kind}")}) + OTHERS
WITH_SLIDERS = [f"book/{path.stem}.html" for path in sorted(BOOK.glob("*.ipynb")) if "s2s-explore" in path.read_text()]
SHOWN = """() => [...document.querySelectorAll('.s2s-explore img')].filter(i => i.offsetParent).map(i => i.alt)"""
GROUND = "getComputedStyle(document.body).backgroundColor"
# Colors fade into each other; those of what is inside begin when those outside have ended.
FADE = """() => { for (let i = 0; i < 100; i++) {
  const fading = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
  if (!fading.length) return;
  fading.forEach((animation) => animation.finish()) }
  throw new Error("the colors do not come to rest") }"""
# With the theme's frame, a plot in dark mode stands in a pale box.
FRAMES = "[...document.querySelectorAll('.cell_output img')].map((x) => getComputedStyle(x).padding)"


@pytest.fixture(scope="module", params=NAMES)
def page(request, visitor):
    """Each page in turn, opened once for all tests that ask for it; nobody may have had to complain."""
    page = visitor.open(request.param, reduced_motion="reduce")
    yield page
    page.context.close()
    assert visitor.complaints == []


def shown_in(page, scheme: str):
    """The page as one sees it whose system is set to ``scheme``, light or dark."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme, polling=100)
    page.evaluate(FADE)
    return page


def test_no_page_is_left_out(site):
    there = {path.relative_to(site).as_posix() for folder in (".", "book") for path in site.glob(f"{folder}/*.html")}
    assert there == {*NAMES, "index.html"}  # which only leads to the first page
    assert len(WITH_SLIDERS) >= 12


def test_a_page_is_light_and_dark(page):
    light, dark = (shown_in(page, scheme).evaluate(GROUND) for scheme in ("light", "dark"))
    assert light != dark
    assert set(page.evaluate(FRAMES)) <= {"0px"}


def test_axe_finds_nothing_wrong_in_light(page):
    assert findings(shown_in(page, "light")) == []


def test_axe_finds_nothing_wrong_in_dark(page):
    assert findings(shown_in(page, "dark"), COLORS) == []


@pytest.mark.parametrize("page", WITH_SLIDERS, indirect=True)
def test_every_slider_walks_with_the_arrow_keys(page):
    """There and back, with another picture, said in its alternative text."""
    page.wait_for_function(f"({SHOWN})().length > 0")
    handles = page.locator(".s2s-explore .noUi-handle")
    visible = [handles.nth(i) for i in range(handles.count()) if handles.nth(i).is_visible()]
    assert visible
    for handle in visible:
        before = page.evaluate(SHOWN)
        assert all(before)
        handle.press("ArrowRight")
        page.wait_for_function(f"before => JSON.stringify(({SHOWN})()) !== JSON.stringify(before)", arg=before)
        handle.press("ArrowLeft")
        page.wait_for_function(f"before => JSON.stringify(({SHOWN})()) === JSON.stringify(before)", arg=before)


INK = """() => { const c = document.querySelector('.s2s-pad canvas');
  const colors = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
  return colors.filter((v, i) => i % 4 === 0 && v < 128).length }"""


def pad_page(visitor, script: str = "", routes=()):
    """A page with a pad that was saved with one stroke, which is seen."""
    embed = pytest.importorskip("ipywidgets.embed")
    pad = Sketchpad(size=64)
    pad.widget.strokes = [{"pen": 8, "erase": False, "points": [[10, 32, 0.5], [54, 32, 0.5]]}]
    state = {"version_major": 2, "version_minor": 0, "state": embed.dependency_state([pad.widget], drop_defaults=False)}
    view = {"version_major": 2, "version_minor": 0, "model_id": pad.widget.model_id}
    parts = [f'<script src="../vendor/widgets/{name}.js"></script>' for name in ("require", "widgets", "embed-amd")]
    for kind, content in (("state", state), ("view", view)):
        parts.append(f'<script type="application/vnd.jupyter.widget-{kind}+json">{json.dumps(content)}</script>')
    text = f'<!doctype html><link rel="icon" href="data:,"><body>{"".join(parts)}</body>'
    answer = ("**/pad.html", lambda route: route.fulfill(body=text, content_type="text/html"))
    page = visitor.open("book/pad.html", routes=[answer, *routes], script=script)
    page.locator(".s2s-pad canvas").wait_for()
    page.wait_for_function(f"({INK})() > 1000")
    return page


def test_a_pad_that_was_saved_lives_on_a_page_without_a_kernel(visitor):
    """It shows what was drawn, and can be drawn on."""
    page = pad_page(visitor)
    before = page.evaluate(INK)
    page.locator(".s2s-pad canvas").click(position={"x": 30, "y": 30})
    page.wait_for_function(f"before => ({INK})() > before", arg=before)


def test_a_script_that_comes_late_is_waited_for(visitor):
    """A minute late, by the page's clock; require.js would give up after seven seconds."""
    late = """window.late = 0; const now = Date.prototype.getTime;
      Date.prototype.getTime = function () { return now.call(this) + window.late }"""
    asked = []

    def slowly(route):
        asked.append(route.request.url)
        # require.js looks at the clock every 50 ms, so it does once more before this timer of the same page ends.
        route.request.frame.evaluate("() => { late = 60_000; return new Promise((go) => setTimeout(go, 500)) }")
        route.continue_()

    pad_page(visitor, script=late, routes=[("**/anywidget.js", slowly)])
    assert len(asked) == 1
