"""The page try_it with a generator that takes colors: another one, and another, below one's own colors."""

import pytest
import torch
from axe import findings
from hinted import hinted_generator
from mouse import stroke
from try_it_page import CANVASES, PAD, PAGE, answer, pixels, ready, shown, tool

from s2s_helpers import export
from s2s_helpers.data.palettes import laid_over, palette_hints, palettes
from s2s_helpers.images import load_picture
from s2s_helpers.pipeline import SketchToStyle

DRAWING = "data/drawings/house.png"
SIZE = (256, 256)


@pytest.fixture(scope="module")
def hinted(tmp_path_factory):
    """A small generator that takes color hints, in the place of ``facade``; its file."""
    folder = tmp_path_factory.mktemp("hinted")
    weights = hinted_generator(folder / "facade.safetensors")
    export.write(export.graph(str(weights)), folder / "facade.onnx")
    return weights


@pytest.fixture(scope="module")
def page(visitor, hinted):
    ours = ("**/models/facade.*", lambda route: route.fulfill(path=hinted.parent / route.request.url.rsplit("/", 1)[1]))
    return ready(visitor.open(PAGE, routes=[ours]))


@pytest.fixture(scope="module")
def chain(hinted):
    return SketchToStyle(str(hinted))


@pytest.fixture(scope="module")
def drawing(pytestconfig):
    return load_picture(pytestconfig.rootpath / DRAWING)


def difference(page, expected: torch.Tensor) -> float:
    return (255 * (pixels(page, CANVASES[0]) - expected).abs()).max().item()


def test_each_press_takes_the_next_palette_as_the_package_does_and_nothing_is_loaded(page, chain, drawing):
    own, requests = shown(page), []
    page.on("request", lambda request: requests.append(request.url))
    assert not tool(page, "The network's own colors").is_enabled()
    for number in range(3):
        answer(page, tool(page, "Another one").click)
        assert difference(page, chain.picture(drawing, palette_hints(number, SIZE))) <= 2
        assert page.get_attribute(CANVASES[0], "aria-label").endswith(f"in the colors of palette {number + 1}")
    picture, painting = shown(page)
    assert (picture - own[0]).abs().mean() > 0.002 and not torch.equal(painting, own[1]), "the painting follows"
    answer(page, tool(page, "The network's own colors").click)
    assert all(map(torch.equal, shown(page), own)) and not tool(page, "The network's own colors").is_enabled()
    assert [url for url in requests if not url.startswith(("blob:", "data:"))] == []


def test_ones_own_colors_stay_on_top(page, chain, drawing):
    page.get_by_label("brick", exact=True).check()
    answer(page, lambda: stroke(page.locator(PAD), (0.05, 0.1), (0.95, 0.1)))
    answer(page, tool(page, "Another one").click)
    hints = torch.zeros(1, 4, *SIZE)
    hints[..., 20:32, 7:249] = torch.tensor([0xA5, 0x49, 0x3A, 255]).view(4, 1, 1) / 255
    below = palette_hints(0, SIZE)
    both, other = (chain.picture(drawing, x) for x in (laid_over(hints, below), laid_over(below, hints)))
    where = (hints[:, 3:] * below[:, 3:] > 0).expand_as(both)  # a dot of the sky, and the stroke over it
    assert where.sum() > 100
    made = pixels(page, CANVASES[0])
    near, far = ((made - x)[where].abs().mean() for x in (both, other))
    assert near < 0.2 * far, "not the same, for the stroke has soft borders"
    answer(page, tool(page, "The network's own colors").click)
    answer(page, tool(page, "Undo").click)


def test_after_the_last_palette_comes_the_first(page, chain, drawing):
    answer(page, tool(page, "Another one").click)
    first = pixels(page, CANVASES[0])
    for _ in range(len(palettes()) - 1):
        tool(page, "Another one").click()
    answer(page, tool(page, "Another one").click)
    assert torch.equal(pixels(page, CANVASES[0]), first)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(page, scheme):
    page.evaluate(f"document.documentElement.dataset.theme = '{scheme}'")
    assert findings(page, ["color-contrast", "button-name"]) == []


def test_a_generator_that_takes_no_colors_has_no_palettes(page):
    assert tool(page, "Another one").is_visible()
    answer(page, lambda: page.get_by_label("This is").select_option("photo"))
    assert not tool(page, "Another one").is_visible() and not tool(page, "The network's own colors").is_visible()
