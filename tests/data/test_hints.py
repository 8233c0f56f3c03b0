"""Color hints: a person's, out of a picture of colors or of a colored drawing, and those of the training."""

import io

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw

from s2s_helpers.data import hints
from s2s_helpers.images import PictureError, from_uint8, to_uint8

RED, SAND, GRASS, BROWN, SKY = (178, 58, 46), (240, 214, 130), (98, 150, 60), (92, 58, 30), (140, 190, 235)
INK = (25, 25, 25)
# Spots of color that touch no line, (x, y) of 256, and the lines themselves.
SPOTS = {(128, 85): RED, (80, 150): SAND, (128, 210): BROWN, (40, 240): GRASS, (40, 25): SKY}
LINES = [(50, 225), (50, 113), (128, 45), (206, 113), (206, 225), (50, 225)], [(50, 113), (206, 113)]


def house(fill=lambda pen, x, y, color: pen.ellipse((x - 12, y - 9, x + 12, y + 9), color), ink=INK, paper="white"):
    """A drawn house with ``SPOTS``, as an image of 1024 pixels."""
    image = Image.new("RGB", (1024, 1024), paper)
    pen = ImageDraw.Draw(image)
    for (x, y), color in SPOTS.items():
        fill(pen, 4 * x, 4 * y, color)
    for line in LINES:
        pen.line([(4 * x, 4 * y) for x, y in line], fill=ink, width=10, joint="curve")
    return image


def spot(pen, x, y, color):
    pen.ellipse((x - 48, y - 36, x + 48, y + 36), color)


def hatching(pen, x, y, color):
    for far in range(-48, 49, 16):
        pen.line([(x + far - 12, y - 40), (x + far + 12, y + 40)], fill=color, width=7)


def as_picture(image: Image.Image) -> torch.Tensor:
    return from_uint8(np.asarray(image.resize((256, 256), Image.Resampling.LANCZOS)))


def jpeg(image: Image.Image) -> Image.Image:
    file = io.BytesIO()
    image.resize((512, 512), Image.Resampling.LANCZOS).save(file, "JPEG", quality=75)
    return Image.open(file).convert("RGB")


def scanned(image: Image.Image) -> Image.Image:
    """On paper that is gray and a little yellow."""
    return Image.fromarray(np.uint8(np.asarray(image) * np.array([0.88, 0.86, 0.81])))


def photographed(image: Image.Image) -> Image.Image:
    """Scanned, and darker on the right."""
    shade = np.linspace(1, 0.8, image.width)[None, :, None]
    return Image.fromarray(np.uint8(np.asarray(scanned(image)) * shade))


PLAIN = as_picture(house(lambda *_: None))
WAYS = {"flat": lambda f: house(f), "jpeg": lambda f: jpeg(house(f)), "scanned": lambda f: scanned(house(f))}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fill", [spot, hatching], ids=["spots", "hatching"])
def test_a_colored_drawing_is_split_into_lines_and_colors(fill, way):
    sketch, found = hints.split(as_picture(WAYS[way](fill)))
    assert sketch.shape == (1, 3, 256, 256) and found.shape == (1, 4, 256, 256)
    assert (sketch - PLAIN).abs().mean() < 0.01, "the lines are those of the drawing without colors"
    where = found[0, 3] > 0
    near = torch.zeros_like(where)
    for (x, y), color in SPOTS.items():
        around = slice(y - 12, y + 13), slice(x - 18, x + 19)
        near[around] = True
        mean = found[0, :3, *around][:, where[around]].mean(dim=1)
        assert where[around].sum() > 20 and 255 * (mean - torch.tensor(color) / 255).abs().max() < 60, (color, mean)
    assert not (where & ~near).any(), "paper and lines are no hints"


def test_the_fringes_of_strokes_are_left_out():
    """With them there would be a rim of pale color around each."""
    _, found = hints.split(as_picture(house(spot)))
    for (x, y), color in SPOTS.items():
        around = slice(y - 12, y + 13), slice(x - 18, x + 19)
        colors = found[0, :3, *around][:, found[0, 3, *around] > 0]
        assert 255 * (colors - torch.tensor(color)[:, None] / 255).abs().max() < 70


@pytest.mark.parametrize("ink", [INK, (110, 110, 110), (45, 60, 150)], ids=["black", "pencil", "ball pen"])
@pytest.mark.parametrize("way", [lambda image: image, jpeg, scanned], ids=["clean", "jpeg", "scanned"])
def test_a_drawing_in_one_ink_gives_no_hints(ink, way):
    x = as_picture(way(house(lambda *_: None, ink)))
    sketch, found = hints.split(x)
    assert not found.any() and torch.equal(sketch, hints.dark_on_white(x))


def test_a_clean_drawing_stays_as_it_is():
    assert hints.split(PLAIN)[0] is PLAIN


def test_uneven_light_is_no_ink():
    """Also where much is painted, so that much of what is left is white."""

    def area(pen, x, y, color):
        pen.rectangle((x - 140, y - 110, x + 140, y + 110), color)

    sketch, found = hints.split(as_picture(photographed(house(area))))
    assert found[0, 3].mean() > 0.2 and (sketch[..., 225:] > 0.95).float().mean() > 0.99


def test_a_faint_pencil_on_gray_paper_is_black_on_white():
    """Also where colors lie beside it; without them ``dark_on_white`` does it."""
    for way in (scanned, photographed):
        sketch, found = hints.split(as_picture(way(house(spot, ink=(130, 130, 130)))))
        assert found[0, 3].mean() > 0.01 and sketch.min() < 0.1 and sketch.max() > 0.99


def test_lines_of_many_colors_are_lines_too():
    pixels = to_uint8(PLAIN).copy()
    pixels[:, :128][pixels[:, :128].min(-1) < 128] = RED
    pixels[:, 128:][pixels[:, 128:].min(-1) < 128] = SKY
    sketch, found = hints.split(from_uint8(pixels))
    assert (sketch[0, 0] < 0.5).sum() > 800 and found[0, 3].sum() > 800
    left = found[0, :, :, :120]
    assert (left[0] > left[2])[left[3] > 0].all()


def test_a_picture_of_colors_with_and_without_alpha():
    x = torch.ones(1, 3, 40, 50)
    x[..., 10:20, 10:30] = torch.tensor(RED).view(3, 1, 1) / 255
    x[..., 20, 10:30] = 0.97  # what JPEG does to paper
    made = hints.from_picture(x)
    assert made.shape == (1, 4, 40, 50) and made[0, 3].sum() == made[0, 3, 10:20, 10:30].sum() == 200
    assert torch.equal(made[..., 10:20, 10:30][:, :3], x[..., 10:20, 10:30])
    alpha = torch.zeros(1, 1, 40, 50)
    alpha[..., 5:9, 5:9], alpha[..., 30:33, 30:33] = 0.6, 0.4
    made = hints.from_picture(torch.cat([x, alpha], dim=1))
    assert made[0, 3].sum() == made[0, 3, 5:9, 5:9].sum() == 16 and (made[0, :3, 5:9, 5:9] == 1).all()


def test_hints_keep_their_colors_at_another_size():
    given = torch.zeros(1, 4, 64, 64)
    given[..., 16:32, 8:24] = torch.tensor([0.8, 0.1, 0.3, 1.0]).view(4, 1, 1)
    for size in ((32, 32), (64, 64), (100, 48), (256, 256)):
        made = hints.resized(given, size)
        where = made[:, 3:] > 0
        assert made.shape == (1, 4, *size) and set(made[:, 3].unique().tolist()) == {0, 1}
        share = where.float().mean() / given[:, 3].mean()
        assert 0.9 < share < 1.3
        assert torch.allclose(made[0, :3][:, where[0, 0]].mean(1), given[0, :3, 20, 20], atol=1e-3)
        assert not made[0, :3][:, ~where[0, 0]].any()


def test_what_is_no_hint_is_told():
    for wrong in (torch.rand(1, 3, 4, 4), torch.rand(4, 4, 4), torch.ones(1, 4, 4, 4, dtype=torch.uint8)):
        with pytest.raises(PictureError, match=r"\(N, 4, H, W\)"):
            hints.check(wrong)
    for value in (-0.1, 1.5, float("nan")):
        with pytest.raises(PictureError, match="from 0 to 1"):
            hints.check(torch.full((1, 4, 2, 2), value))
    with pytest.raises(PictureError, match="from 0 to 1"):
        hints.from_picture(torch.full((1, 4, 2, 2), 3.0))
    for f in (hints.from_picture, hints.split):
        with pytest.raises(PictureError):
            f(torch.rand(1, 2, 4, 4))


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (7, 30)])
def test_any_size(size):
    sketch, found = hints.split(torch.rand(1, 3, *size))
    assert sketch.shape == (1, 3, *size) and found.shape == hints.from_picture(torch.rand(1, 3, *size)).shape
    hints.check(found)
