"""Every page in a browser without a network, in light and dark; and a slider that walks without a kernel."""

import json

import pytest

from s2s_helpers.ui.sketchpad import Sketchpad

SHOWN = """() => [...document.querySelectorAll('.s2s-explore img')].filter(i => i.offsetParent).map(i => i.alt)"""


def test_every_page_is_at_peace_in_light_and_dark(visitor, site):
    """No request to another host and no error on the console."""
    names = sorted(path.relative_to(site).as_posix() for path in site.glob("book/*.html"))
    assert len(names) >= 14
    for name in names:
        page = visitor.open(name, color_scheme="light")
        assert page.evaluate("document.documentElement.dataset.theme") == "light", name
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light, name
        assert visitor.complaints == [], name
        page.context.close()


def test_every_slider_walks_with_the_arrow_keys(visitor, site):
    """There and back, with another picture, said in its alternative text."""
    names = [path.name for path in site.glob("book/*.html") if "s2s-explore" in path.read_text(encoding="utf-8")]
    assert len(names) >= 12
    moved = 0
    for name in sorted(names):
        page = visitor.open(f"book/{name}")
        page.wait_for_function(f"({SHOWN})().length > 0")
        handles = page.locator(".s2s-explore .noUi-handle")
        for handle in (handles.nth(i) for i in range(handles.count()) if handles.nth(i).is_visible()):
            before = page.evaluate(SHOWN)
            assert all(before), name
            handle.press("ArrowRight")
            page.wait_for_function(f"before => JSON.stringify(({SHOWN})()) !== JSON.stringify(before)", arg=before)
            handle.press("ArrowLeft")
            page.wait_for_function(f"before => JSON.stringify(({SHOWN})()) === JSON.stringify(before)", arg=before)
            moved += 1
        page.context.close()
    assert moved >= 16


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
