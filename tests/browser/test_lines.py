"""What the pad finds in a picture that a person brings is what Python finds in it (``s2s_helpers/ui/lines.js``)."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from photographed import photographed
from PIL import Image

from s2s_helpers.data import sketches
from s2s_helpers.data.hints import split
from s2s_helpers.images import from_uint8, load_picture, resize, to_uint8

DRAWINGS = Path(__file__).parents[2] / "data" / "drawings"
FIND = """async ([name, width, height, bytes]) => {
  const find = (await import("/vendor/s2s/lines.js"))[name];
  const data = Uint8ClampedArray.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const {lines, colors, done} = find(new ImageData(data, width, height));
  // As text: Playwright takes its time with long lists.
  const text = ({buffer}) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
  return [text(lines.values), colors && text(colors.data), done];
}"""


@pytest.fixture(scope="module")
def found(visitor):
    """``found(name, x)`` is what the function ``name`` of the script says of a picture of bytes, (1, 3, H, W):
    lightness (H, W), colors (H, W, 4) of bytes or None, and in words what was done.
    """
    blank = '<!doctype html><link rel="icon" href="data:,">'
    answer = ("**/lines.html", lambda route: route.fulfill(body=blank, content_type="text/html"))
    page = visitor.open("lines.html", routes=[answer])

    def ask(name: str, x: torch.Tensor) -> tuple[np.ndarray, np.ndarray | None, str]:
        height, width = x.shape[-2:]
        opaque = np.dstack([to_uint8(x), np.full((height, width), 255, np.uint8)])
        lines, colors, done = page.evaluate(FIND, [name, width, height, base64.b64encode(opaque.tobytes()).decode()])
        light = np.frombuffer(base64.b64decode(lines), np.float32).reshape(height, width)
        return light, colors and np.frombuffer(base64.b64decode(colors), np.uint8).reshape(height, width, 4), done

    return ask


def of_bytes(x: torch.Tensor) -> torch.Tensor:
    return from_uint8(to_uint8(x))


def by_phone(x: torch.Tensor) -> torch.Tensor:
    """A drawing as a phone takes it in the evening: from the side of the lamp, noisy, as a JPEG file."""
    y, w = torch.linspace(0, 1, x.shape[-2])[:, None], torch.linspace(0, 1, x.shape[-1])
    light = (0.8 - 0.35 * y) * torch.exp(-0.8 * (w - 0.3) ** 2) * torch.tensor([1, 0.93, 0.8]).view(1, 3, 1, 1)
    noise = 0.04 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1))
    file = io.BytesIO()
    Image.fromarray(to_uint8((0.2 + 0.8 * x) * light + noise)).save(file, "JPEG", quality=70)
    return from_uint8(np.asarray(Image.open(file)))


TOWN = load_picture(DRAWINGS / "townhouse.png", 256)
TONES = {
    **photographed(TOWN),
    "clean": TOWN,
    "inverted": 1 - TOWN,
    "noisy phone photo": by_phone(TOWN),
    "a white sheet": torch.ones(1, 3, 20, 30),
    "one pixel": torch.full((1, 3, 1, 1), 0.3),
    "one row": torch.linspace(0, 1, 40).view(1, 1, 1, 40).expand(1, 3, 1, 40),
    "long and thin": resize(TOWN, (7, 300)),
}


@pytest.mark.parametrize("kind", TONES)
def test_tones_are_straightened_as_in_python(found, kind):
    x = of_bytes(TONES[kind])
    light, colors, done = found("darkOnWhite", x)
    made = sketches.dark_on_white(x)
    assert colors is None and 255 * np.abs(light - sketches.gray(made)[0]).max() < 1
    assert (done == "dark on white already") == (made is x)


def test_what_was_done_is_told(found):
    words = {kind: found("darkOnWhite", of_bytes(TONES[kind]))[2] for kind in ("clean", "shade", "inverted")}
    turned = "light on dark, turned and made dark on white"
    assert words == {"clean": "dark on white already", "shade": "made dark on white", "inverted": turned}


def colored() -> dict[str, torch.Tensor]:
    painted = load_picture(DRAWINGS / "colors" / "house.png", 256)
    lined = painted * resize(load_picture(DRAWINGS / "house.png"), painted.shape[-2:])
    shade = torch.linspace(0.9, 0.7, 256)
    return {
        "lines and colors": lined,
        "lines and colors on cream": lined * torch.tensor([0.98, 0.95, 0.88]).view(1, 3, 1, 1),
        "lines and colors in shade": lined * shade,
        "colors alone": painted,
        "one blue ink": photographed(TOWN)["blue ink"],
        "no color": TOWN,
    }


@pytest.mark.parametrize("kind", colored())
def test_colors_are_taken_apart_as_in_python(found, kind):
    x = of_bytes(colored()[kind])
    light, colors, _ = found("split", x)
    sketch, hints = split(x)
    assert (colors is None) == (kind in ("one blue ink", "no color"))
    assert 255 * np.abs(light - sketches.gray(sketch)[0]).max() < 1
    where, color = (colors[..., 3:] > 0, colors[..., :3]) if colors is not None else (0, 0)
    expected = hints[0].permute(1, 2, 0).numpy()
    same = where * np.ones((*light.shape, 1)) == expected[..., 3:]
    assert same.mean() > 0.999  # at a border a rounding may decide
    assert np.abs((color * where - 255 * expected[..., :3]) * same).max() < 1


@pytest.mark.parametrize("size", [(300, 450), (1, 1), (40, 1), (7, 300)])
def test_lines_of_a_photo_are_those_of_python(found, size):
    data = pytest.importorskip("skimage.data")
    x = of_bytes(resize(from_uint8(data.coffee()), size))
    light, colors, _ = found("sketchFromPhoto", x)
    assert colors is None and 255 * np.abs(light - sketches.gray(sketches.sketch_from_photo(x))[0]).max() < 1
