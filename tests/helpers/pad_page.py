"""A page with nothing on it but a pad, in a browser, and what Python hears of it."""

import base64

import torch

from s2s_helpers.ui.sketchpad import Sketchpad

PAD = ".s2s-pad canvas"
PAGE = """<!doctype html><html lang="en"><title>A pad</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width"><style>:root { color-scheme: light dark }
body { background: light-dark(white, #121212); color: light-dark(black, white) }</style>
<main><h1>A pad</h1><div id="sheet"></div></main><script type="module">
  import pad from "/vendor/s2s/NAME.js";
  const values = {size: 256, examples: {}, colors: true, strokes: [], pixels: null}, heard = {};
  window.model = {
    get: (key) => values[key],
    set: (key, value) => { values[key] = value; heard[`change:${key}`]?.(); },
    on: (event, f) => { heard[event] = f; },
    off() {},
    save_changes() { window.saved = (window.saved ?? 0) + 1; },
  };
  pad.render({model, el: document.getElementById("sheet")});
</script></html>"""
# As text: Playwright takes its time with long lists.
BYTES = """btoa(Array.from(new Uint8Array(model.get("pixels")?.buffer ?? new ArrayBuffer(0)),
  (byte) => String.fromCharCode(byte)).join(""))"""


def opened(browser, address, name: str = "sketchpad", **options):
    """A page with nothing on it but the pad of this name; errors on it are kept in ``page.errors``."""
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(300_000)  # a busy machine is no error
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(error))
    html = PAGE.replace("NAME", name)
    page.route("**/pad.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto(f"{address}/pad.html")
    page.locator(PAD).wait_for()
    return page


def tool(page, name: str):
    return page.get_by_role("button", name=name, exact=True)


def told(page) -> Sketchpad:
    """What Python hears of the page."""
    pad = Sketchpad(colors=True)
    page.wait_for_function("window.saved")
    pad.widget.pixels = base64.b64decode(page.evaluate(BYTES))
    return pad


def after(page, act) -> tuple[int, torch.Tensor | None]:
    """Do something; how many pixels are dark then, and the hints, (4, 256, 256) or None."""
    page.evaluate("window.saved = 0")
    act()
    pad = told(page)
    return int((pad.picture[0, 0] < 0.5).sum()), None if pad.hints is None else pad.hints[0]
