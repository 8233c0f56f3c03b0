"""The pad with a palette: colors below the lines, by mouse, touch and keyboard; what reaches Python."""

import pytest
import torch
from axe import findings
from mouse import stroke

pytest.importorskip("anywidget")
from pad_page import PAD, after, opened, tool  # noqa: E402

from s2s_helpers.data.hints import split  # noqa: E402
from s2s_helpers.images import load_picture  # noqa: E402

LINE = ((0.2, 0.5), (0.8, 0.5))  # in the middle, from left to right


@pytest.fixture(scope="module")
def page(browser, address):
    page = opened(browser, address)
    yield page
    page.context.close()
    assert page.errors == []


@pytest.fixture
def paper(page):
    """The pad with nothing on it, and the pen in the hand."""
    page.evaluate("model.set('strokes', [])")
    tool(page, "Pen").click()
    return page


def color(page, name: str):
    return page.get_by_label(name, exact=True)


def test_a_stroke_of_the_brush_is_a_hint_below_the_lines(paper):
    ink, hints = after(paper, lambda: stroke(paper.locator(PAD), *LINE))
    assert ink > 200 and hints is None
    color(paper, "brick").click()
    assert tool(paper, "Brush").get_attribute("aria-pressed") == "true"
    same, hints = after(paper, lambda: stroke(paper.locator(PAD), (0.5, 0.2), (0.5, 0.8)))
    assert same == ink, "the lines are as they were"
    where = hints[3] > 0
    rows, columns = where.any(1).nonzero(), where.any(0).nonzero()
    assert abs(int(rows.min()) - 45) < 4 and abs(int(rows.max()) - 211) < 4
    assert abs(int(columns.min()) - 122) < 3 and abs(int(columns.max()) - 134) < 3
    assert ((hints[:3, where] - torch.tensor([0xA5, 0x49, 0x3A])[:, None] / 255).abs() < 0.02).all()
    middle = "(c) => [...c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data]"
    assert max(paper.eval_on_selector(PAD, middle)[:3]) < 60, "the line lies above the color"


def test_undo_redo_and_clear_go_over_both_layers(paper):
    stroke(paper.locator(PAD), *LINE)
    color(paper, "sky").click()
    both = after(paper, lambda: stroke(paper.locator(PAD), (0.5, 0.2), (0.5, 0.8)))
    ink, hints = after(paper, tool(paper, "Undo").click)
    assert ink == both[0] and hints is None
    assert after(paper, tool(paper, "Undo").click) == (0, None)
    assert not tool(paper, "Undo").is_enabled()
    assert after(paper, tool(paper, "Redo").click) == (ink, None)
    ink, hints = after(paper, tool(paper, "Redo").click)
    assert ink == both[0] and torch.equal(hints, both[1]) and not tool(paper, "Redo").is_enabled()
    assert after(paper, tool(paper, "Clear").click) == (0, None)
    ink, hints = after(paper, tool(paper, "Undo").click)
    assert ink == both[0] and torch.equal(hints, both[1])
    stroke(paper.locator(PAD), (0.1, 0.1), (0.2, 0.1))
    assert not tool(paper, "Redo").is_enabled(), "something else was done"


def test_the_eraser_takes_from_the_layer_in_use(paper):
    stroke(paper.locator(PAD), *LINE)
    color(paper, "sky").click()
    ink, hints = after(paper, lambda: stroke(paper.locator(PAD), *LINE))
    across = (0.5, 0.4), (0.5, 0.6)
    tool(paper, "Color eraser").click()
    same, less = after(paper, lambda: stroke(paper.locator(PAD), *across))
    assert same == ink and 0.7 * hints[3].sum() < less[3].sum() < 0.97 * hints[3].sum()
    tool(paper, "Pen").click()
    tool(paper, "Eraser").click()
    fewer, same = after(paper, lambda: stroke(paper.locator(PAD), *across))
    assert fewer < 0.97 * ink and torch.equal(same, less)


def test_a_color_of_ones_own_and_the_width(paper):
    color(paper, "another color").fill("#12ab34")
    widths = {}
    for width in ("fine", "broad"):
        paper.get_by_label("Width of the pen").select_option(width)
        _, hints = after(paper, lambda: stroke(paper.locator(PAD), *LINE))
        widths[width] = hints[3].sum()
        assert (hints[:3, 128, 128] - torch.tensor([0x12, 0xAB, 0x34]) / 255).abs().max() < 0.02
        tool(paper, "Undo").click()
    assert widths["broad"] > 2 * widths["fine"]
    paper.get_by_label("Width of the pen").select_option("medium")


def test_coloring_by_keyboard(paper):
    color(paper, "sky").focus()
    for key in (" ", "ArrowRight"):
        paper.keyboard.press(key)
    assert color(paper, "blue").is_checked()
    paper.locator(PAD).focus()
    keys = (" ", *["ArrowRight"] * 8, " ")

    def draw():
        for key in keys:
            paper.keyboard.press(key)

    ink, hints = after(paper, draw)
    assert ink == 0 and hints[3].sum() > 300 and hints[2, 128, 144] > hints[0, 128, 144] + 0.2
    assert after(paper, lambda: paper.keyboard.press("Control+z")) == (0, None)
    _, again = after(paper, lambda: paper.keyboard.press("Control+Shift+Z"))
    assert torch.equal(again, hints)


def test_coloring_by_touch(browser, address):
    page = opened(browser, address, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    color(page, "grass").tap()
    box = page.locator(PAD).bounding_box()
    ink, hints = after(page, lambda: page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    assert ink == 0 and hints[3, 128, 128] == 1 and 80 < hints[3].sum() < 200
    sizes = page.locator(".s2s-palette input").evaluate_all("all => all.map((x) => x.getBoundingClientRect())")
    assert min(min(size["width"], size["height"]) for size in sizes) >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.context.close()


def test_colors_that_count_for_nothing_are_neither_shown_nor_told(paper):
    stroke(paper.locator(PAD), *LINE)
    color(paper, "sky").click()
    ink, hints = after(paper, lambda: stroke(paper.locator(PAD), (0.5, 0.2), (0.5, 0.8)))
    assert after(paper, lambda: paper.evaluate("model.set('colors', false)")) == (ink, None)
    assert not tool(paper, "Brush").is_visible() and not color(paper, "sky").is_visible()
    assert tool(paper, "Pen").get_attribute("aria-pressed") == "true"
    blue = """(c) => c.getContext('2d').getImageData(0, 0, c.width, c.height).data
      .some((value, i, all) => i % 4 === 2 && value > all[i - 2] + 40)"""
    assert not paper.eval_on_selector(PAD, blue)
    assert after(paper, tool(paper, "Undo").click) == (0, None), "of what is seen"
    _, again = after(paper, lambda: paper.evaluate("model.set('colors', true)"))
    assert torch.equal(again, hints) and paper.eval_on_selector(PAD, blue)


def test_the_drawing_is_saved_with_its_colors(paper, tmp_path):
    stroke(paper.locator(PAD), *LINE)
    color(paper, "brick").click()
    _, hints = after(paper, lambda: stroke(paper.locator(PAD), (0.5, 0.1), (0.5, 0.4)))
    with paper.expect_download() as download:
        tool(paper, "Save the drawing").click()
    assert download.value.suggested_filename == "drawing.png"
    download.value.save_as(tmp_path / "drawing.png")
    saved = load_picture(tmp_path / "drawing.png")
    assert saved.shape == (1, 3, 1024, 1024)
    sketch, found = split(saved)  # as `s2s run drawing.png` does
    assert (sketch[0, 0, 512] < 0.5).sum() > 500 and found[0, 3, 300, 512] == 1
    assert (found[0, :3, 300, 512] - hints[:3, 75, 128]).abs().max() < 0.05


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_the_palette(paper, scheme):
    paper.emulate_media(color_scheme=scheme)
    color(paper, "fir").click()
    assert findings(paper) == []
