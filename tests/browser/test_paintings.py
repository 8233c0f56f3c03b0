"""The page try_it with a painting that somebody brings: it is read and painted in the browser, as by the package."""

from pathlib import Path

import pytest
import torch
from brought import file, held, of_bytes
from try_it_page import CANVASES, PAGE, STATUS, answer, ready, shown, tool

from s2s_helpers.data.styles import mosaic, stained_glass
from s2s_helpers.images import decode_picture, load_picture
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.pipeline.controls import Controls, stylize

ROOT = Path(__file__).parents[2]
PANES = stained_glass(384, seed=4)[..., :288]  # of the size at which it is read: nothing is resized


@pytest.fixture(scope="module")
def page(visitor):
    return ready(visitor.open(PAGE))


def choose(page, one: dict) -> None:
    with page.expect_file_chooser() as chooser:
        tool(page, "Open a painting").press("Enter")
    chooser.value.set_files([one])


def painted(painting: torch.Tensor, strength: float = 1.0) -> torch.Tensor:
    """What the package makes of the drawing that the page begins with."""
    chain = SketchToStyle("facade", "any_style", paintings={"mine": painting})
    picture = chain.picture(load_picture(ROOT / "data/drawings/house.png"))
    return stylize(chain, picture, Controls({"mine": 1}, strength=strength))


def difference(page, expected: torch.Tensor) -> float:
    """From what the page shows, the mean in steps of 1/255."""
    return 255 * (shown(page)[1] - expected).abs().mean().item()


def test_a_painting_is_the_style_and_has_a_strength(page):
    picture, before = shown(page)
    answer(page, lambda: choose(page, file(PANES, name="my panes.png")))
    assert difference(page, painted(PANES)) < 0.7 and difference(page, before) > 10
    assert torch.equal(shown(page)[0], picture)
    assert page.get_attribute(CANVASES[1], "aria-label").endswith("my panes")
    assert page.get_by_label("Style", exact=True).locator("option:checked").inner_text() == "my panes"
    assert not page.get_by_label("in between").is_visible() and page.get_by_label("Strength").is_visible()
    answer(page, lambda: page.get_by_label("Strength").fill("50"))
    assert difference(page, painted(PANES, 0.5)) < 2 < difference(page, painted(PANES))
    answer(page, lambda: page.get_by_label("Style", exact=True).select_option(index=0))
    assert torch.equal(shown(page)[1], before) and page.get_by_label("in between").is_visible()
    assert not page.get_by_label("Strength").is_visible()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF"])
def test_another_one_is_dropped_in_any_format_and_nothing_is_loaded_or_sent(page, form):
    answer(page, lambda: choose(page, file(PANES)))
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    tiles = file(mosaic(500, seed=7)[..., :350, :], form)
    answer(page, lambda: page.locator(CANVASES[1]).dispatch_event("drop", {"dataTransfer": held(page, tiles)}))
    strength = int(page.get_by_label("Strength").input_value()) / 100
    assert difference(page, painted(decode_picture(tiles["buffer"], "tiles"), strength)) < 3
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == []
    assert page.get_by_label("Style", exact=True).locator("option").count() == len(SketchToStyle().styles) + 1


def test_what_is_no_painting_is_told_and_changes_nothing(page):
    before = shown(page)[1]
    whole = file(PANES)["buffer"]
    for name, data in (("words.png", b"no picture"), ("empty.png", b""), ("cut.png", whole[: len(whole) // 2])):
        page.evaluate(f"document.querySelector('{STATUS}').textContent = ''")
        choose(page, of_bytes(name, data))
        page.wait_for_function(f"document.querySelector('{STATUS}').textContent.startsWith('{name}: ')")
    page.evaluate(f"document.querySelector('{STATUS}').textContent = ''")
    page.locator(CANVASES[1]).dispatch_event("drop", {"dataTransfer": held(page, None)})
    page.wait_for_function(f"document.querySelector('{STATUS}').textContent.startsWith('That holds no picture file')")
    assert torch.equal(shown(page)[1], before)
