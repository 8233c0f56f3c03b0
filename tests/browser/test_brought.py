"""Pictures that people bring to the pad: as files, dropped, pasted, by camera; what cannot be read is told."""

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from axe import findings
from brought import file, held, of_bytes
from mouse import stroke
from PIL import Image, ImageOps

pytest.importorskip("anywidget")
from pad_page import PAD, after, opened, told, tool  # noqa: E402
from photographed import photographed  # noqa: E402

from s2s_helpers.data.hints import split  # noqa: E402
from s2s_helpers.data.sketches import dark_on_white, sketch_from_photo  # noqa: E402
from s2s_helpers.images import decode_picture, from_uint8, load_picture, to_uint8  # noqa: E402

DRAWINGS = Path(__file__).parents[2] / "data" / "drawings"
FORMATS = ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF"]
NOTE = ".s2s-pad [role=status]"
PASTE = "(pad, clipboardData) => pad.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true}))"
LINE = ((0.1, 0.5), (0.9, 0.5))


@pytest.fixture(scope="module")
def page(browser, address):
    page = opened(browser, address)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield page
    page.context.close()
    assert page.errors == []


@pytest.fixture
def paper(page):
    """The pad with nothing on it and no brush, and the pen in the hand; what is brought is a drawing."""
    page.evaluate("model.set('colors', false), model.set('strokes', [])")
    tool(page, "Pen").click()
    page.get_by_label("a drawing", exact=True).check()
    return page


def choose(page, one: dict) -> None:
    with page.expect_file_chooser() as chooser:
        tool(page, "Open a picture").press("Enter")
    chooser.value.set_files([one])


def drop(page, one: dict | None) -> None:
    page.locator(PAD).dispatch_event("drop", {"dataTransfer": held(page, one)})


def paste(page, one: dict | None) -> None:
    page.locator(PAD).evaluate(PASTE, held(page, one))


def bring(page, way, one: dict) -> None:
    """Bring a file, and wait for what the pad says of it."""
    page.evaluate("window.saved = 0")
    way(page, one)
    told_of_it = "([note, name]) => document.querySelector(note).textContent.startsWith(`${name}: `)"
    page.wait_for_function(told_of_it, arg=[NOTE, one["name"]])


def brought(page, way, one: dict) -> torch.Tensor:
    """Bring a file; the drawing that is on the pad then, (1, 3, 256, 256)."""
    bring(page, way, one)
    return told(page).picture


def near(made: torch.Tensor, expected: torch.Tensor) -> bool:
    """Whether drawings are the same but for what decoders round differently."""
    return bool(255 * (made - expected).abs().mean() < 2)


HOUSE = load_picture(DRAWINGS / "house.png", 256)
SHADED = photographed(HOUSE)["shade"].clamp(0, 1)


def photo() -> torch.Tensor:
    """A photo of 256 x 256."""
    data = pytest.importorskip("skimage.data")
    return from_uint8(np.asarray(Image.fromarray(data.coffee()).crop((100, 0, 500, 400)).resize((256, 256))))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("way", [choose, drop, paste])
def test_a_drawing_of_any_format_comes_dark_on_white(paper, way, form):
    one = file(SHADED, form)
    made = brought(paper, way, one)
    assert near(made, dark_on_white(decode_picture(one["buffer"], "mine")))
    assert paper.inner_text(NOTE) == f"{one['name']}: made dark on white."


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("way", [choose, drop, paste])
def test_of_a_photo_of_any_format_lines_are_drawn(paper, way, form):
    one = file(photo(), form)
    paper.get_by_label("a photo", exact=True).check()
    made = brought(paper, way, one)
    expected = sketch_from_photo(decode_picture(one["buffer"], "mine"))
    assert near(made, expected) and 0.6 < expected.mean() < 0.98
    assert paper.inner_text(NOTE) == f"{one['name']}: ink drawn along its edges."


def test_what_is_in_the_clipboard_is_pasted(paper):
    copy = """async ([bytes]) => navigator.clipboard.write([new ClipboardItem({"image/png":
      new Blob([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], {type: "image/png"})})])"""
    paper.evaluate(copy, [base64.b64encode(file(SHADED)["buffer"]).decode()])
    paper.locator(PAD).focus()
    paper.evaluate("window.saved = 0")
    paper.keyboard.press("Control+v")
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent.endsWith(': made dark on white.')")
    assert near(told(paper).picture, dark_on_white(decode_picture(file(SHADED)["buffer"], "")))


def test_a_clean_drawing_stays_as_it_is(paper):
    assert torch.equal(brought(paper, choose, file(HOUSE))[:, :1], HOUSE[:, :1])
    assert paper.inner_text(NOTE) == "mine.png: dark on white already."


def test_what_was_brought_is_drawn_on_erased_and_taken_back(paper):
    after(paper, lambda: stroke(paper.locator(PAD), (0.3, 0.1), (0.6, 0.1)))
    before = told(paper).picture
    sheet = brought(paper, choose, file(HOUSE))
    ink, _ = after(paper, lambda: stroke(paper.locator(PAD), (0.1, 0.05), (0.9, 0.05)))
    assert ink > (sheet[0, 0] < 0.5).sum() + 200, "the pen draws on it"
    tool(paper, "Eraser").click()
    less, _ = after(paper, lambda: stroke(paper.locator(PAD), (0.5, 0.05), (0.5, 0.95)))
    assert less < ink - 100, "the eraser takes of it"
    for _ in range(2):
        after(paper, tool(paper, "Undo").click)
    assert torch.equal(told(paper).picture, sheet)
    after(paper, tool(paper, "Undo").click)
    assert torch.equal(told(paper).picture, before)
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent === ''")
    after(paper, tool(paper, "Redo").click)
    assert torch.equal(told(paper).picture, sheet)
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent.startsWith('mine.png: ')")


def test_a_drawing_can_be_taken_as_a_photo_and_back_by_keyboard(paper):
    drawn = brought(paper, drop, file(SHADED))
    paper.evaluate("window.saved = 0")
    paper.get_by_label("a drawing", exact=True).press("ArrowRight")
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent.endsWith(': ink drawn along its edges.')")
    assert near(told(paper).picture, sketch_from_photo(decode_picture(file(SHADED)["buffer"], "")))
    paper.evaluate("window.saved = 0")
    paper.get_by_label("a photo", exact=True).press("ArrowLeft")
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent.endsWith(': made dark on white.')")
    assert torch.equal(told(paper).picture, drawn)


def test_a_picture_lies_whole_on_the_sheet_with_white_beside(paper):
    frame = torch.ones(1, 3, 100, 400)
    for side in (frame[..., :4, :], frame[..., -4:, :], frame[..., :4], frame[..., -4:]):
        side.fill_(0)
    made = brought(paper, choose, file(frame))[0, 0]
    rows, columns = ((made < 0.5).any(dim=d).nonzero() for d in (1, 0))
    assert (rows.min(), columns.min(), columns.max()) == (96, 0, 255) and rows.max() == 159


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_is_turned_as_its_exif_says(paper, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    half = ImageOps.pad(Image.fromarray(to_uint8(HOUSE)), (256, 160), color="white", centering=(0.1, 0.9))
    one = file(half, "JPEG", exif=exif)
    upright = decode_picture(one["buffer"], "")
    beside = [(256 - side) // 2 for side in upright.shape[-2:]]
    expected = torch.nn.functional.pad(upright, (beside[1], beside[1], beside[0], beside[0]), value=1.0)
    assert near(brought(paper, choose, one), expected) and not near(expected, expected.flip(-1))


def test_what_is_transparent_is_white_and_of_several_pictures_the_first_counts(paper):
    clear = np.zeros((256, 256, 4), np.uint8)
    clear[..., 3] = 255 - to_uint8(HOUSE)[..., 0]
    assert near(brought(paper, choose, file(Image.fromarray(clear))), HOUSE)
    frames = [Image.fromarray(to_uint8(x)) for x in (HOUSE, 1 - HOUSE)]
    for form in ("GIF", "WEBP"):
        one = file(frames[0], form, save_all=True, append_images=frames[1:], duration=40)
        assert near(brought(paper, choose, one), HOUSE)


def test_a_large_picture_is_made_small(paper):
    large = torch.nn.functional.interpolate(HOUSE, size=(3000, 3000), mode="bilinear")
    made = brought(paper, choose, file(large, "JPEG"))
    off, other = (255 * (made - x).abs().mean() for x in (HOUSE, HOUSE.flip(3)))
    assert off < 8 < other  # thin lines, shrunk twice
    assert paper.evaluate("model.get('strokes').at(-1).picture.length") < 500_000


def test_colors_of_a_drawing_are_hints_where_the_pad_has_a_brush(paper):
    lines, colors = HOUSE, load_picture(DRAWINGS / "colors" / "house.png", 256)
    one = file(lines * colors)
    sketch, hints = split(decode_picture(one["buffer"], ""))
    gray = brought(paper, choose, one)
    assert told(paper).hints is None
    _, found = after(paper, lambda: paper.evaluate("model.set('colors', true)"))
    assert near(told(paper).picture, sketch) and (found - hints[0]).abs().mean() < 0.01 and hints[:, 3].mean() > 0.01
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent.includes('colors taken apart')")
    after(paper, lambda: paper.evaluate("model.set('colors', false)"))
    assert torch.equal(told(paper).picture, gray)


def huge(side: int) -> bytes:
    """A white PNG file of one bit a pixel."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress((b"\0" + b"\xff" * (side // 8)) * side, 1)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


NO_PICTURE = "not a picture that this browser reads, or damaged at its start; use PNG, JPEG, WebP, GIF, BMP or AVIF"
CUT = "damaged or cut short; save or download it again, or use PNG, JPEG, WebP, GIF, BMP or AVIF"
HOSTILE = {
    "text.png": (lambda: b"I am no picture.\n" * 99, NO_PICTURE),
    "empty.png": (lambda: b"", "the file is empty; save or download it again"),
    "cut.jpeg": (lambda: file(SHADED, "JPEG")["buffer"][:6000], CUT),
    "cut.png": (lambda: file(SHADED)["buffer"][:6000], CUT),
    "start.jpeg": (lambda: file(SHADED, "JPEG")["buffer"][:20], NO_PICTURE),
    "huge.png": (
        lambda: huge(12_000),
        "12000x12000 has more than the 100 megapixels that are read; make it smaller first",
    ),
    "phone.heic": (
        lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
        "this browser does not read HEIC; export it as JPEG or PNG first",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_told_in_one_line_and_the_drawing_stays(paper, name):
    ink, _ = after(paper, lambda: stroke(paper.locator(PAD), *LINE))
    strokes = paper.evaluate("model.get('strokes')")
    data, why = HOSTILE[name]
    bring(paper, choose, of_bytes(name, data()))
    assert paper.inner_text(NOTE) == f"{name}: {why}"
    assert paper.evaluate("model.get('strokes')") == strokes
    more, _ = after(paper, lambda: stroke(paper.locator(PAD), (0.5, 0.1), (0.5, 0.9)))
    assert more > ink + 200, "one draws on"
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent === ''")


@pytest.mark.parametrize("way", [drop, paste])
def test_what_holds_no_file_is_told(paper, way):
    way(paper, None)
    paper.wait_for_function(f"document.querySelector('{NOTE}').textContent.startsWith('That holds no picture file.')")
    assert paper.evaluate("model.get('strokes')") == []


def test_the_camera_is_for_those_who_touch(paper, browser, address):
    assert not tool(paper, "Camera").is_visible()
    phone = opened(browser, address, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 844})
    with phone.expect_file_chooser() as chooser:
        tool(phone, "Camera").tap()
    assert chooser.value.element.evaluate("x => [x.getAttribute('capture'), x.accept]") == ["environment", "image/*"]
    chooser.value.set_files([file(SHADED, "JPEG")])
    phone.wait_for_function(f"document.querySelector('{NOTE}').textContent === 'mine.jpeg: made dark on white.'")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_what_was_brought(paper, scheme):
    paper.emulate_media(color_scheme=scheme)
    brought(paper, choose, file(SHADED))
    assert findings(paper) == []
