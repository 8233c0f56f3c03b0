"""The pad of rectangles, by mouse, touch and keyboard, as Python hears of it; and the page try_it with it."""

import base64
import io

import numpy as np
import pytest
import torch
from axe import findings
from mouse import stroke
from PIL import Image

pytest.importorskip("anywidget")
from pad_page import PAD, opened, tool  # noqa: E402
from try_it_page import CANVASES, PAGE, STATUS, answer, pixels, ready, shown  # noqa: E402
from try_it_page import PAD as DRAWING  # noqa: E402

from s2s_helpers.data.cmp_facades import COLORS  # noqa: E402
from s2s_helpers.images import from_uint8, load_picture, to_uint8  # noqa: E402
from s2s_helpers.pipeline import SketchToStyle  # noqa: E402
from s2s_helpers.ui import labels, sketchpad  # noqa: E402
from s2s_helpers.ui.labels import LabelPad  # noqa: E402
from s2s_helpers.ui.scripts import script  # noqa: E402

NOTE = ".s2s-labels [role=status]"
FRONT = ".s2s-labels canvas"
TITLES = {"facade": "wall", "deco": "decoration"}
MAP = "async () => (await import('/vendor/s2s/labels.js')).mapOf(model).toDataURL()"
CORNERS = (0.25, 0.25), (0.5, 0.75)


@pytest.fixture(scope="module")
def page(browser, address):
    page = opened(browser, address, "labels")
    yield page
    page.context.close()
    assert page.errors == []


@pytest.fixture
def paper(page):
    """The wall with nothing on it, and windows in the hand."""
    page.evaluate("model.set('strokes', [])")
    label(page, "window").check()
    return page


def label(page, name: str):
    return page.get_by_label(name, exact=True)


def strokes(page) -> list[dict]:
    return page.evaluate("model.get('strokes')")


def told(page) -> torch.Tensor:
    """The label map as Python makes it; that of the page is the same to the byte."""
    pad = LabelPad()
    pad.widget.strokes = strokes(page)
    image = Image.open(io.BytesIO(base64.b64decode(page.evaluate(MAP).split(",")[1]))).convert("RGB")
    assert torch.equal(from_uint8(np.asarray(image)), pad.picture)
    return pad.picture


def color(page, x: int, y: int) -> str:
    """The class at a pixel of the label map."""
    values = tuple(to_uint8(told(page))[y, x].tolist())
    return next(name for name, each in COLORS.items() if each == values)


def press(page, *keys: str) -> None:
    page.locator(PAD).focus()
    for key in keys:
        page.keyboard.press(key)


def test_a_rectangle_by_mouse_from_any_corner(paper):
    assert color(paper, 100, 100) == "facade"
    for corners in (CORNERS, CORNERS[::-1]):
        stroke(paper.locator(PAD), *corners)
        [laid] = strokes(paper)
        assert laid == {"label": "window", "box": [64, 64, 128, 192]}
        assert [color(paper, *at) for at in ((64, 64), (127, 191), (128, 100))] == ["window", "window", "facade"]
        tool(paper, "Undo").click()
    box = paper.locator(PAD).bounding_box()
    paper.mouse.click(box["x"] + 50, box["y"] + 50)
    assert strokes(paper) == [], "a tap lays nothing"
    stroke(paper.locator(PAD), (0.5, 0.5), (1.3, 1.2))
    assert strokes(paper)[0]["box"] == [128, 128, 256, 256], "it ends at the sheet"


@pytest.mark.parametrize("name", COLORS)
def test_every_class_has_its_color_and_its_name(paper, name):
    label(paper, TITLES.get(name, name)).check()
    stroke(paper.locator(PAD), *CORNERS)
    assert strokes(paper)[0]["label"] == name and color(paper, 100, 100) == name
    label(paper, "window").check()
    stroke(paper.locator(PAD), (0.25, 0.5), (0.75, 0.6))
    assert color(paper, 100, 140) == "window" and color(paper, 100, 100) == name, "what is laid later lies above"


def test_a_rectangle_by_keyboard(paper):
    press(paper, *["ArrowLeft"] * 4, "ArrowUp", " ", *["ArrowRight"] * 2, *["ArrowDown"] * 3, "Shift+ArrowDown")
    assert paper.inner_text(NOTE) == "window: first corner at 112 across, 124 down" and strokes(paper) == []
    press(paper, " ")
    assert strokes(paper) == [{"label": "window", "box": [112, 124, 120, 137]}]
    assert paper.inner_text(NOTE) == "window: 112 to 120 across, 124 to 137 down"
    for leave in (lambda: press(paper, "Escape"), lambda: paper.locator(PAD).blur()):
        press(paper, " ", *["ArrowRight"] * 5, *["ArrowDown"] * 5)
        leave()
        press(paper, "ArrowRight")
        assert len(strokes(paper)) == 1, "given up"
    press(paper, "Control+z")
    assert strokes(paper) == []
    press(paper, "Control+Shift+Z")
    assert len(strokes(paper)) == 1 and color(paper, 115, 130) == "window"


def test_the_classes_are_chosen_by_keyboard(paper):
    label(paper, "window").focus()
    paper.keyboard.press("ArrowDown")
    assert label(paper, "door").is_checked()
    press(paper, " ", *["ArrowRight"] * 3, *["ArrowDown"] * 3, " ")
    assert strokes(paper)[0]["label"] == "door"


def test_a_rectangle_is_moved_and_taken_away(paper):
    stroke(paper.locator(PAD), *CORNERS)
    label(paper, "balcony").check()
    stroke(paper.locator(PAD), (0.25, 0.7), (0.5, 0.8))
    assert not tool(paper, "Delete").is_enabled()
    tool(paper, "Move").click()
    assert tool(paper, "Move").get_attribute("aria-pressed") == "true"
    stroke(paper.locator(PAD), (0.3, 0.72), (0.55, 0.72))
    assert strokes(paper)[2] == {"of": 2, "box": [128, 179, 192, 205]}
    assert color(paper, 100, 185) == "window" and color(paper, 150, 185) == "balcony"
    tool(paper, "Delete").click()
    assert color(paper, 150, 185) == "facade" and not tool(paper, "Delete").is_enabled()
    press(paper, *["ArrowLeft"] * 6, " ", "ArrowLeft", " ")
    assert strokes(paper)[4] == {"of": 1, "box": [60, 64, 124, 192]}
    press(paper, "Delete")
    assert color(paper, 100, 100) == "facade"
    for _ in range(4):
        tool(paper, "Undo").click()
    assert color(paper, 100, 185) == "balcony" and len(strokes(paper)) == 2
    stroke(paper.locator(PAD), (0.3, 0.72), (0.3, 2.0))
    assert strokes(paper)[2]["box"] == [64, 230, 128, 256], "it stays on the sheet, as large as it was"
    tool(paper, "Lay").click()
    stroke(paper.locator(PAD), (0.8, 0.8), (0.9, 0.9))
    assert strokes(paper)[3]["label"] == "balcony"


def test_undo_redo_clear_and_examples(paper):
    assert not any(tool(paper, name).is_enabled() for name in ("Undo", "Redo", "Clear"))
    stroke(paper.locator(PAD), *CORNERS)
    first = told(paper)
    tool(paper, "Clear").click()
    assert color(paper, 100, 100) == "facade"
    fronts = []
    for name in ("a town house", "shops with balconies"):
        paper.get_by_label("Load an example").select_option(name)
        fronts.append(to_uint8(told(paper)))
        assert len({tuple(value) for value in fronts[-1].reshape(-1, 3).tolist()}) >= 6
    assert (fronts[0] != fronts[1]).any()
    for _ in range(3):
        tool(paper, "Undo").click()
    assert torch.equal(told(paper), first)
    tool(paper, "Redo").click()
    assert color(paper, 100, 100) == "facade"
    for _ in range(2):
        tool(paper, "Redo").click()
    assert (to_uint8(told(paper)) == fronts[1]).all() and not tool(paper, "Redo").is_enabled()
    tool(paper, "Undo").click()
    assert tool(paper, "Redo").is_enabled()
    stroke(paper.locator(PAD), *CORNERS)
    assert not tool(paper, "Redo").is_enabled()


def test_the_sheet_shows_what_was_laid_and_is_saved(paper, tmp_path):
    stroke(paper.locator(PAD), *CORNERS)
    seen = pixels(paper, PAD)
    side = seen.shape[-1]
    assert tuple(to_uint8(seen)[side // 2, side * 3 // 8].tolist()) == COLORS["window"]
    with paper.expect_download() as download:
        tool(paper, "Save the labels").click()
    download.value.save_as(tmp_path / "labels.png")
    assert download.value.suggested_filename == "labels.png"
    assert torch.equal(load_picture(tmp_path / "labels.png"), told(paper))


def test_by_touch(browser, address):
    page = opened(browser, address, "labels", has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    label(page, "door").tap()
    box = page.locator(PAD).bounding_box()
    places = [{"x": box["x"] + part * box["width"], "y": box["y"] + part * box["height"]} for part in (0.25, 0.4, 0.5)]
    finger = page.context.new_cdp_session(page)
    for kind, at in (("Start", places[:1]), ("Move", places[1:2]), ("Move", places[2:]), ("End", [])):
        finger.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": at})
    page.wait_for_function("model.get('strokes').length")
    assert strokes(page) == [{"label": "door", "box": [64, 64, 128, 128]}]
    targets = page.locator(".s2s-classes label, .s2s-pad button")
    sizes = targets.evaluate_all("all => all.map((x) => x.getBoundingClientRect())")
    assert min(min(size["width"], size["height"]) for size in sizes) >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


SHOW = """async (text) => {
  const {default: pad} = await import(URL.createObjectURL(new Blob([text], {type: "text/javascript"})));
  const el = document.createElement("div");
  const values = {size: 64, examples: {}, colors: true, strokes: [], pixels: null};
  const model = {get: (key) => values[key], set() {}, on() {}, off() {}, save_changes() {}};
  pad.render({model, el})();
  return el.querySelectorAll("canvas").length;
}"""


@pytest.mark.parametrize("pad", [labels, sketchpad], ids=lambda pad: pad.__name__)
def test_the_one_script_of_a_notebook_shows_the_pad(paper, pad):
    assert paper.evaluate(SHOW, script(pad.SCRIPT)) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(paper, scheme):
    paper.emulate_media(color_scheme=scheme)
    paper.get_by_label("Load an example").select_option("a town house")
    tool(paper, "Move").click()
    assert findings(paper) == []


@pytest.fixture(scope="module")
def site_page(visitor):
    return ready(visitor.open(PAGE))


@pytest.fixture(scope="module")
def front(site_page):
    """The page with the pad of rectangles; what was fetched for it, and what there was before."""
    page, before, fetched = site_page, shown(site_page), []
    assert not page.locator(FRONT).is_visible()
    loaded = "performance.getEntriesByType('resource').map((each) => each.name).filter((name) => name.includes('cmp_'))"
    assert page.evaluate(loaded) == [], "the first visit has enough to load"
    page.on("request", lambda request: fetched.append(request.url))
    answer(page, lambda: page.get_by_label("This is").select_option("cmp_facades"))
    return page, fetched, before


def test_the_page_answers_rectangles_like_the_package_and_nothing_more_is_loaded(front):
    page, fetched, before = front
    assert {url.rsplit("/", 1)[1] for url in fetched if url.startswith("http")} == {
        f"cmp_facades.{suffix}" for suffix in ("json", "onnx", "safetensors")
    }
    fetched.clear()
    assert page.locator(FRONT).is_visible() and not page.locator(DRAWING).is_visible()
    answer(page, lambda: stroke(page.locator(FRONT), (0.3, 0.8), (0.4, 0.95)))
    answer(page, lambda: page.get_by_label("Load an example").last.select_option("shops with balconies"))
    with page.expect_download() as download:
        tool(page, "Save the labels").click()
    chain = SketchToStyle("cmp_facades", "adjustable")
    picture = chain.picture(load_picture(download.value.path()))
    painting = chain.paint(picture, torch.eye(len(chain.styles))[:1], torch.tensor([[1.0, 3.0, 0.1]]))
    for made, expected in zip(shown(page), (picture, painting), strict=True):
        assert 255 * (made - expected).abs().max() <= 2
    assert (picture - before[0]).abs().mean() > 0.05
    assert "thread" in page.inner_text(STATUS)
    assert [url for url in fetched if not url.startswith(("blob:", "data:"))] == []


def test_each_pad_keeps_what_is_on_it(front):
    page, fetched, before = front
    rectangles = shown(page)
    answer(page, lambda: page.get_by_label("This is").select_option("facade"))
    assert page.locator(DRAWING).is_visible() and not page.locator(FRONT).is_visible()
    assert all(map(torch.equal, shown(page), before))
    answer(page, lambda: page.get_by_label("This is").select_option("cmp_facades"))
    assert all(map(torch.equal, shown(page), rectangles))
    assert page.locator(CANVASES[0]).get_attribute("aria-label").startswith("The picture that the network made")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_page(front, scheme):
    page, _, _ = front
    page.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
    assert findings(page, None if scheme == "light" else ["color-contrast"]) == []
