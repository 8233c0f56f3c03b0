"""The page try_it: draw, see, mix styles, save; old browsers, and downloads that break off."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from hinted import hinted_generator
from mouse import stroke
from PIL import Image
from try_it_page import CANVASES, PAD, PAGE, STATUS, answer, pixels, ready, shown, tool

from s2s_helpers import export, zoo
from s2s_helpers.images import from_uint8, load_picture
from s2s_helpers.pipeline import SketchToStyle

ROOT = Path(__file__).parents[2]
STYLES = zoo.card("adjustable")["styles"]


def expected_of_the_example(*shares: float, weights: tuple = (1.0, 3.0, 0.1)) -> tuple[torch.Tensor, torch.Tensor]:
    """What PyTorch makes of the drawing that the page begins with, in a mixture of the first styles."""
    chain = SketchToStyle("facade", "adjustable")
    picture = chain.picture(load_picture(ROOT / "data/drawings/house.png"))
    styles = torch.tensor([[*shares] + [0.0] * (len(STYLES) - len(shares))])
    return picture, chain.paint(picture, styles, torch.tensor([weights]))


@pytest.fixture(scope="module")
def page(visitor):
    return ready(visitor.open(PAGE))


def test_the_page_answers_like_the_package(page):
    """It begins with an example; at most 2 of 255 from what PyTorch makes of the same drawing."""
    for made, expected in zip(shown(page), expected_of_the_example(1.0, 0.0), strict=True):
        assert 255 * (made - expected).abs().max() <= 2
    assert "1 thread" in page.inner_text(STATUS)


def test_a_slider_mixes_two_styles(page):
    before = shown(page)
    answer(page, lambda: page.get_by_label("in between").fill("60"))
    picture, painting = shown(page)
    assert torch.equal(picture, before[0]) and (painting - before[1]).abs().mean() > 0.005
    assert 255 * (painting - expected_of_the_example(0.4, 0.6)[1]).abs().max() <= 2
    assert "40 % {}, 60 % {}".format(*STYLES).replace("_", " ") in page.get_attribute(CANVASES[1], "aria-label")
    answer(page, lambda: page.get_by_label("in between").fill("0"))
    assert torch.equal(shown(page)[1], before[1])


def test_the_sliders_of_the_loss_weights_are_followed_by_mouse_and_keyboard(page):
    before = shown(page)
    answer(page, lambda: page.get_by_label("Style weight").fill("-50"))
    answer(page, lambda: page.get_by_label("Smoothness (TV weight)").press("End"))
    picture, painting = shown(page)
    expected = expected_of_the_example(1.0, weights=(1.0, 3 * 10**-0.5, 1.0))[1]
    assert torch.equal(picture, before[0]) and 255 * (painting - expected).abs().max() <= 2
    assert (painting - before[1]).abs().mean() > 0.005
    assert [page.locator(f"output[for=s2s-{name}-weight]").inner_text() for name in ("style", "tv")] == ["0.95", "1.0"]
    for name in ("Style weight", "Smoothness (TV weight)"):
        answer(page, lambda name=name: page.get_by_label(name).fill("0"))
    assert torch.equal(shown(page)[1], before[1])


def test_drawing_by_mouse_undo_and_clear(page):
    before = shown(page)
    answer(page, lambda: tool(page, "Clear").click())
    empty = shown(page)
    house = ((0.2, 0.9), (0.2, 0.4), (0.5, 0.1), (0.8, 0.4), (0.8, 0.9), (0.2, 0.9))
    answer(page, lambda: stroke(page.locator(PAD), *house))
    for drawn, other in zip(shown(page), empty, strict=True):
        assert (drawn - other).abs().mean() > 0.01
    answer(page, lambda: tool(page, "Undo").click())
    assert all(map(torch.equal, shown(page), empty))
    answer(page, lambda: tool(page, "Undo").click())  # of Clear
    assert all(map(torch.equal, shown(page), before))


@pytest.fixture(scope="module")
def pad(visitor):
    """The page in a browser without SIMD: the pad alone."""
    page = visitor.open(PAGE, script="WebAssembly.validate = () => false")
    page.wait_for_function(f"document.querySelector('{STATUS}')?.textContent.includes('lacks WebAssembly with SIMD')")
    return page


@pytest.fixture
def paper(pad):
    """The pad, with white paper."""
    tool(pad, "Clear").click()
    tool(pad, "Pen").click()
    return pad


def dark(page) -> torch.Tensor:
    """Where there is ink, (H, W) of True and False."""
    return pixels(page, PAD)[0, 0] < 0.5


def test_an_old_browser_is_told_and_can_still_draw(paper):
    stroke(paper.locator(PAD), (0.1, 0.1), (0.9, 0.9))
    assert dark(paper).sum() > 500
    assert not tool(paper, "Save the painting").is_enabled() and not tool(paper, "Try again").is_visible()


def test_the_eraser_erases_and_the_width_counts(paper):
    line, counts = ((0.1, 0.5), (0.9, 0.5)), {}
    for width in ("fine", "broad"):
        paper.get_by_label("Width of the pen").select_option(width)
        stroke(paper.locator(PAD), *line)
        counts[width] = dark(paper).sum()
        tool(paper, "Undo").click()
        assert not dark(paper).any()
    assert 0 < counts["fine"] < counts["broad"] / 1.5
    stroke(paper.locator(PAD), *line)
    tool(paper, "Eraser").click()
    stroke(paper.locator(PAD), (0.5, 0.4), (0.5, 0.6))
    assert 0.5 * counts["broad"] < dark(paper).sum() < 0.97 * counts["broad"]


def test_a_pen_that_is_pressed_draws_a_broader_line(paper):
    send = """([name, pressure]) => {
      const canvas = document.querySelector(name), box = canvas.getBoundingClientRect();
      canvas.setPointerCapture = () => {};  // there is no such pointer
      for (const [type, x] of [['pointerdown', 0.2], ['pointermove', 0.5], ['pointermove', 0.8], ['pointerup', 0.8]])
        canvas.dispatchEvent(new PointerEvent(type, {pointerId: 7, pointerType: 'pen', pressure, bubbles: true,
          clientX: box.left + x * box.width, clientY: box.top + 0.3 * box.height}));
    }"""
    counts = []
    for pressure in (0.1, 0.9):
        tool(paper, "Clear").click()
        paper.evaluate(send, [PAD, pressure])
        counts.append(dark(paper).sum())
    assert 0 < counts[0] < counts[1] / 1.5


def test_drawing_by_keyboard(paper):
    paper.locator(PAD).focus()
    for key in (*["ArrowUp"] * 10, " ", *["ArrowRight"] * 8, *["ArrowDown"] * 8, " "):
        paper.keyboard.press(key)
    paper.locator(PAD).blur()  # without the mark that shows where the pen is
    corner = dark(paper)
    scale = 256 / corner.shape[0]
    rows, columns = (scale * corner.any(dim=d).nonzero() for d in (1, 0))
    sides = torch.stack([rows.min(), rows.max(), columns.min(), columns.max()])
    assert (sides - torch.tensor([88, 120, 128, 160])).abs().max() < 4
    paper.locator(PAD).press("Control+z")
    paper.locator(PAD).blur()
    assert not dark(paper).any()


def test_fine_screens_are_drawn_finely(visitor):
    page = visitor.open(PAGE, script="WebAssembly.validate = () => false", device_scale_factor=2)
    page.locator(PAD).wait_for()
    fine = "c.width === 2 * c.clientWidth && c.height === c.width"
    page.wait_for_function(f"name => {{ const c = document.querySelector(name); return {fine} }}", arg=PAD)


def save(page, what: str, folder: Path) -> tuple[str, torch.Tensor]:
    """Press the button; the name of the file, and the picture in it."""
    with page.expect_download() as download:
        tool(page, f"Save the {what}").click()
    download.value.save_as(folder / "saved.png")
    return download.value.suggested_filename, load_picture(folder / "saved.png")


def test_picture_and_painting_can_be_saved(page, tmp_path):
    for what, name, made in zip(("picture", "painting"), ("picture", STYLES[0]), shown(page), strict=True):
        saved = save(page, what, tmp_path)
        assert saved[0] == f"{name}.png" and torch.equal(saved[1], made)


def photo_file(width: int = 300, height: int = 200) -> dict:
    """A photo, as a file that Playwright can choose."""
    data = pytest.importorskip("skimage.data")
    held = io.BytesIO()
    Image.fromarray(data.coffee()).resize((width, height)).save(held, "PNG")
    return {"name": "coffee.png", "mimeType": "image/png", "buffer": held.getvalue()}


def open_file(page, one: dict) -> None:
    with page.expect_file_chooser() as chooser:
        tool(page, "Open a picture").press("Enter")
    chooser.value.set_files([one])


def test_a_photo_is_drawn_or_painted_as_it_is_and_nothing_leaves_the_browser(page, tmp_path):
    """Brought, drawn, painted, saved: no request is made."""
    requests, before = [], shown(page)
    page.on("request", lambda request: requests.append(request.url))
    as_it_is, chain = page.get_by_label("Paint the photo as it is"), SketchToStyle("facade", "adjustable")
    assert not as_it_is.is_visible()
    page.get_by_label("a photo", exact=True).check()
    answer(page, lambda: open_file(page, photo_file()))
    drawn = shown(page)
    assert (drawn[0] - before[0]).abs().mean() > 0.01
    answer(page, as_it_is.check)
    picture, painting = shown(page)
    photo = from_uint8(np.asarray(Image.open(io.BytesIO(photo_file()["buffer"]))))
    assert picture.shape == photo.shape == (1, 3, 200, 300) and 255 * (picture - photo).abs().max() <= 1
    styles = torch.eye(len(STYLES))[:1]
    assert 255 * (painting - chain.paint(photo, styles, torch.tensor([[1.0, 3.0, 0.1]]))).abs().max() <= 2
    assert save(page, "painting", tmp_path)[1].shape == photo.shape and save(page, "drawing", tmp_path)
    answer(page, as_it_is.uncheck)
    assert all(map(torch.equal, shown(page), drawn))
    answer(page, lambda: stroke(page.locator(PAD), (0.1, 0.9), (0.9, 0.9)))
    for _ in range(2):
        answer(page, tool(page, "Undo").click)
    assert all(map(torch.equal, shown(page), before)) and not as_it_is.is_visible()
    assert [url for url in requests if not url.startswith(("blob:", "data:"))] == []


def test_what_is_pasted_anywhere_on_the_page_comes_to_the_pad(page):
    before = shown(page)
    paste = """(bytes) => {
      const file = new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], "mine.png");
      const clipboardData = new DataTransfer();
      clipboardData.items.add(file);
      document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true}));
    }"""
    page.get_by_label("a drawing", exact=True).check()
    shop = base64.b64encode((ROOT / "data/drawings/shop.png").read_bytes()).decode()
    answer(page, lambda: page.evaluate(paste, shop))
    assert (shown(page)[0] - before[0]).abs().mean() > 0.01
    assert page.locator(".s2s-pad:not(.s2s-labels) [role=status]").inner_text() == "mine.png: dark on white already."
    answer(page, tool(page, "Undo").click)
    assert all(map(torch.equal, shown(page), before))


def test_the_other_network_and_another_style(page):
    before = shown(page)
    answer(page, lambda: page.get_by_label("This is").select_option("photo"))
    picture, painting = shown(page)
    assert (picture - before[0]).abs().mean() > 0.01
    answer(page, lambda: page.get_by_label("Style", exact=True).select_option(STYLES[2]))
    assert torch.equal(shown(page)[0], picture) and (shown(page)[1] - painting).abs().mean() > 0.01


def test_a_generator_without_hints_has_no_palette(page):
    assert not tool(page, "Brush").is_visible() and not page.get_by_label("brick", exact=True).is_visible()


@pytest.fixture(scope="module")
def hinted(tmp_path_factory):
    """A small generator that takes color hints, with its graph, in the place of ``facade``; its folder."""
    folder = tmp_path_factory.mktemp("hinted")
    weights = hinted_generator(folder / "facade.safetensors")
    export.write(export.graph(str(weights)), folder / "facade.onnx")
    return folder


def test_colors_are_hints_where_the_generator_takes_them(visitor, hinted):
    """The palette comes and goes with the generator; the picture is that of PyTorch for the same colors."""
    ours = ("**/models/facade.*", lambda route: route.fulfill(path=hinted / route.request.url.rsplit("/", 1)[1]))
    page = ready(visitor.open(PAGE, routes=[ours]))
    chain, drawing = SketchToStyle(str(hinted / "facade.safetensors")), load_picture(ROOT / "data/drawings/house.png")
    plain = pixels(page, CANVASES[0])
    assert 255 * (plain - chain.picture(drawing)).abs().max() <= 2
    page.get_by_label("brick", exact=True).check()
    answer(page, lambda: stroke(page.locator(PAD), (0.25, 0.5), (0.75, 0.5)))
    hints = torch.zeros(1, 4, 256, 256)
    hints[..., 122:134, 58:198] = torch.tensor([0xA5, 0x49, 0x3A, 255]).view(4, 1, 1) / 255
    made, expected = pixels(page, CANVASES[0]), chain.picture(drawing, hints)
    assert (made - expected).abs().mean() < 0.1 * (made - plain).abs().mean(), "but for the ends, which are round"
    page.get_by_label("This is").select_option("photo")
    page.get_by_label("brick", exact=True).wait_for(state="hidden")
    answer(page, lambda: page.get_by_label("This is").select_option("facade"))
    assert page.get_by_label("brick", exact=True).is_visible() and torch.equal(pixels(page, CANVASES[0]), made)
    answer(page, tool(page, "Undo").click)
    assert torch.equal(pixels(page, CANVASES[0]), plain)


def test_the_page_stays_awake_while_it_computes(page):
    page.evaluate("() => { window.ticks = 0; window.ticking = setInterval(() => window.ticks++, 10) }")
    answer(page, lambda: page.get_by_label("Style", exact=True).select_option(STYLES[1]))
    assert page.evaluate("clearInterval(window.ticking), window.ticks") >= 5


def test_a_download_that_breaks_off_can_be_tried_again(lenient):
    asked = []

    def server(route):
        asked.append(route.request.url.rsplit("/", 1)[1])
        if not asked[-1].startswith("adjustable.safetensors"):
            route.continue_()
        elif asked.count(asked[-1]) == 1:
            route.fulfill(body=b"x" * 1000, content_type="application/octet-stream")
        elif asked.count(asked[-1]) == 2:
            route.abort()
        else:
            route.continue_()

    page = lenient.open(PAGE, routes=[("**/vendor/models/*", server)])
    for complaint in ("1000 of", "Failed to fetch"):
        page.wait_for_function(f"document.querySelector('{STATUS}')?.textContent.includes('{complaint}')")
        assert "Your drawing is still there" in page.inner_text(STATUS)
        page.evaluate(f"document.querySelector('{STATUS}').textContent = ''")
        tool(page, "Try again").click()
    ready(page)
    assert not tool(page, "Try again").is_visible()
    assert asked.count("adjustable.safetensors") == 3 and asked.count("adjustable.onnx") == 1


# Two cores, and how many milliseconds the page waits for its service worker: a busy machine would need more than 3000.
TWO = "Object.defineProperty(Navigator.prototype, 'hardwareConcurrency', {get: () => 2});"


def patience(milliseconds: str) -> str:
    return f"""const later = window.setTimeout;
      window.setTimeout = (f, after, ...all) => later(f, after === 3000 ? {milliseconds} : after, ...all)"""


def test_the_service_worker_brings_threads(visitor):
    """On the second load, which comes by itself."""
    page = visitor.open(PAGE, script=TWO + patience("1e9"), service_workers="allow")
    page.wait_for_function("window.crossOriginIsolated")
    assert "2 threads" in ready(page).inner_text(STATUS)


def test_a_service_worker_that_comes_late_leaves_the_page_alone(visitor):
    """Who draws already would lose the drawing with a second load."""
    late = """;const {register} = ServiceWorkerContainer.prototype;
      const come = new Promise((resolve) => window.come = resolve);
      ServiceWorkerContainer.prototype.register = function (to) { return come.then(() => register.call(this, to)) };
      navigation.addEventListener("navigate", () => window.left = true)"""
    page = visitor.open(PAGE, script=TWO + patience("0") + late, service_workers="allow")
    assert "1 thread" in ready(page).inner_text(STATUS)
    page.evaluate("async () => { come(); await navigator.serviceWorker.ready }")
    assert not page.evaluate("window.left") and not page.evaluate("crossOriginIsolated")
