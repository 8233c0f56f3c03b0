"""The slides of the chapters, opened from the disk without a network: nothing is asked of other hosts, all fits."""

import re
from pathlib import Path

import pytest
import slides

CHAPTERS = slides.chapters()
WIDTH, HEIGHT = 1280, 720
# Reveal.js hides what is not on show, so each slide is looked at in its turn; a slide is taken with all its fragments.
LOOK = """([width, height]) => {
  const found = [];
  for (const [number, slide] of Reveal.getSlides().entries()) {
    const {h, v} = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    const parts = [...slide.querySelectorAll("h1, h2, h3, p, li, pre, table, img, figcaption, mjx-container")];
    for (const part of parts.filter((part) => !part.closest("aside, mjx-assistive-mml"))) {
      const tall = part.tagName === "PRE" ? part.scrollWidth - part.clientWidth : 0;
      const box = (part.querySelector(":scope > svg") ?? part).getBoundingClientRect();
      if (box.right + tall > width || box.bottom > height || box.top < 0 || box.left < 0)
        found.push(`slide ${number + 1}, ${part.tagName}: ${part.textContent.trim().slice(0, 60)}`);
    }
    for (const image of slide.querySelectorAll("img")) if (!image.alt.trim()) found.push(`slide ${number + 1}: no alt`);
    if (slide.querySelector("mjx-merror")) found.push(`slide ${number + 1}: a formula is not understood`);
    if (!slide.textContent.trim()) found.push(`slide ${number + 1} is empty`);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The decks, made once."""
    out = tmp_path_factory.mktemp("slides")
    slides.main(CHAPTERS, out)
    return out


@pytest.fixture
def opened(browser, folder):
    """Open a deck as a file; give the page and what there was to complain about."""
    context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
    complaints = []

    def deck(name: str):
        page = context.new_page()
        page.set_default_timeout(300_000)  # a busy machine is no error
        page.on("request", lambda r: r.url.startswith((folder.as_uri(), "data:")) or complaints.append(r.url))
        page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{folder.as_uri()}/{name}")
        return page, complaints

    yield deck
    context.close()


def test_every_chapter_has_its_deck_and_the_list_leads_to_it(folder):
    assert {path.name for path in folder.glob("*.html")} == {"index.html", *(f"{n}.slides.html" for n in CHAPTERS)}
    assert re.findall(r'href="([^"]*slides.html)"', (folder / "index.html").read_text()) == [
        f"{name}.slides.html" for name in CHAPTERS
    ]


def test_nothing_is_loaded_from_other_hosts(folder):
    """In the files as they are, whatever a browser makes of them; a link that one may follow loads nothing."""
    loads = re.compile(
        r"""(?:src|srcset)=["']?(?:https?:)?//|<link[^>]*https?://|import[ (].*https?://|url\(["']?http"""
    )
    for path in [*folder.glob("*.html"), *folder.rglob("*.css")]:
        assert not loads.search(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_slide_fits_and_is_read(opened, chapter):
    page, complaints = opened(f"{chapter}.slides.html")
    page.wait_for_function("document.documentElement.dataset.ready")
    assert page.evaluate("Reveal.getTotalSlides()") > 20
    assert page.evaluate(LOOK, [WIDTH, HEIGHT]) == []
    assert complaints == []


def test_the_notes_of_the_speaker_open_beside_the_slides(opened):
    page, complaints = opened(f"{CHAPTERS[0]}.slides.html")
    page.wait_for_function("document.documentElement.dataset.ready")
    page.evaluate("Reveal.slide(2, 0)")
    with page.context.expect_page() as beside:
        page.keyboard.press("s")
    said = beside.value.locator(".speaker-controls-notes .value")
    said.wait_for()
    beside.value.wait_for_function("document.querySelector('.speaker-controls-notes .value').innerText.length > 40")
    assert complaints == []
