"""The figures that explain networks, in a browser: no label meets another, and each page has the form it needs."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "book/_static/drawings"
LABELS = """() => [...document.querySelectorAll('text')].filter(text => text.textContent).map(text => {
  const { left, right, top, bottom } = text.getBoundingClientRect();
  return [text.textContent, left, right, top, bottom] })"""
SEEN = "[...document.querySelectorAll('img[src*=\"unet\"]')].filter((x) => x.offsetParent).map((x) => x.currentSrc)"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.svg")), ids=lambda path: path.stem)
def test_no_label_leaves_the_drawing_or_meets_another(browser, path):
    page = browser.new_page(viewport={"width": 620, "height": 600})
    page.goto(path.as_uri())
    labels = page.evaluate(LABELS)
    height = float(page.locator("svg").get_attribute("height"))
    page.close()
    assert len(labels) > 10
    assert [label for label in labels if label[1] < 0 or label[2] > 620 or label[3] < 0 or label[4] > height] == []
    meeting = []
    for i, (a, left, right, top, bottom) in enumerate(labels):
        for b, left2, right2, top2, bottom2 in labels[:i]:
            # Boxes of lines may touch: they are higher than what is seen of the letters.
            if min(right, right2) > max(left, left2) and min(bottom, bottom2) > max(top, top2) + 3:
                meeting.append((a, b))
    assert meeting == []


@pytest.mark.parametrize("scheme, name", [("light", "unet.svg"), ("dark", "unet.dark.svg")])
def test_a_page_shows_the_form_that_suits_it(visitor, scheme, name):
    page = visitor.open("book/06_unet_skips.html", color_scheme=scheme)
    assert [address.rsplit("/", 1)[1] for address in page.evaluate(SEEN)] == [name]
    caption = page.locator("figure:has(img[src*='unet']) figcaption")
    assert caption.is_visible() and "The U-Net of the paper" in caption.inner_text()
