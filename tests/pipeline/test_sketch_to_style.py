from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from hinted import hinted_generator
from skimage import data
from torch.nn.functional import avg_pool2d, pad

from s2s_helpers import zoo
from s2s_helpers.data.palettes import laid_over, palette_hints
from s2s_helpers.images import PictureError, from_uint8, load_picture
from s2s_helpers.nets.unet import UNet
from s2s_helpers.pipeline import SketchToStyle, apply, sketch_to_style
from s2s_helpers.runtime import precision

ROOT = Path(__file__).parents[2]
SIZES = [(1, 1), (1, 300), (300, 1), (17, 33), (300, 451), (64, 64)]


@pytest.mark.parametrize("size", SIZES)
def test_any_size_goes_through_the_whole_pipeline(size):
    """Networks in small, with the multiples of the shipped ones."""
    torch.manual_seed(0)
    net = UNet(base=4, cap=8, depth=6, norm="instance", upsampling="resize").eval()
    made = apply(net, torch.rand(1, 3, *size))
    assert made.shape == (1, 3, *size) and made.isfinite().all()


def test_a_size_that_fits_is_not_padded():
    seen = []

    class Net(torch.nn.Module):
        multiple = 32
        smallest = 16

        def forward(self, x):
            seen.append(x.shape)
            return x

    x = torch.rand(2, 3, 64, 96)
    assert torch.equal(apply(Net(), x), x) and seen == [x.shape]
    x = torch.rand(1, 3, 65, 96)
    assert torch.equal(apply(Net(), x), x) and seen[1] == (1, 3, 96, 96)


def test_hints_are_padded_as_the_drawing_is():
    """A hint lies where it was given, at every size, and is mirrored at the edges as the drawing is."""
    seen = []

    class Net(torch.nn.Module):
        multiple = smallest = 32

        def forward(self, x, hints, styles):
            seen.append((x, hints, styles))
            return hints[:, :3]

    for size in SIZES:
        x, styles = torch.rand(1, 3, *size), torch.ones(1, 2)
        hints = torch.cat([x, torch.ones(1, 1, *size)], dim=1)
        assert torch.equal(apply(Net(), x, hints, styles), x)
        assert torch.equal(seen[-1][0], seen[-1][1][:, :3]) and torch.equal(seen[-1][2], styles)


def test_answers_are_pictures_in_the_colors_of_palettes(tmp_path):
    chain = SketchToStyle(str(hinted_generator(tmp_path / "hinted.safetensors")))
    sketch, own = torch.ones(1, 3, 50, 70), torch.zeros(1, 4, 25, 35)
    own[..., 5:9, 5:9] = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(4, 1, 1)
    plain, mine = chain.answers(sketch, 4), chain.answers(sketch, 4, own)
    for i, (a, b) in enumerate(zip(plain, mine, strict=True)):
        below = palette_hints(i, (50, 70))
        assert torch.equal(a, chain.picture(sketch, below))
        assert torch.equal(b, chain.picture(sketch, laid_over(own, below))) and not torch.equal(a, b)
    assert not any(torch.equal(plain[0], other) for other in plain[1:])
    for number in (0, 25):
        with pytest.raises(ValueError, match=f"{number} answers: there are palettes for 1 to 24"):
            chain.answers(sketch, number)
    with pytest.raises(ValueError, match="facade takes no color hints"):
        SketchToStyle("facade").answers(sketch, 2)


def test_a_generator_with_hints_follows_them(tmp_path):
    chain = SketchToStyle(str(hinted_generator(tmp_path / "hinted.safetensors")))
    assert chain.takes_hints
    sketch, hints = torch.ones(1, 3, 50, 70), torch.zeros(1, 4, 50, 70)
    sketch[..., 10:40, 20] = 0
    assert torch.equal(chain.picture(sketch), chain.picture(sketch, hints)), "none is as no hints at all"
    hints[..., 5:25, 40:60] = torch.tensor([1.0, 0.0, 0.0, 1.0]).view(4, 1, 1)
    plain, made = chain.picture(sketch), chain.picture(sketch, hints)
    assert made.shape == sketch.shape
    change = (made - plain).abs().sum(1)[0]
    assert change[8:22, 43:57].mean() > 5 * change[:, :20].mean()
    assert made[0, 0, 8:22, 43:57].mean() > made[0, 1, 8:22, 43:57].mean() + 0.3
    larger = torch.nn.functional.interpolate(hints, scale_factor=2)
    assert torch.equal(chain.picture(sketch, larger), made), "of another size they are brought to that of the drawing"
    assert torch.equal(chain(sketch, "mosaic", hints)[0], made)


def test_hints_that_cannot_be_are_told(tmp_path, monkeypatch):
    hints = torch.zeros(1, 4, 8, 8)
    with pytest.raises(ValueError, match="^facade takes no color hints; "):
        SketchToStyle("facade").picture(torch.ones(1, 3, 8, 8), hints)
    chain = SketchToStyle(str(hinted_generator(tmp_path / "hinted.safetensors")))
    with pytest.raises(PictureError, match="N, 4, H, W"):
        chain.picture(torch.ones(1, 3, 8, 8), hints[:, :3])
    monkeypatch.setattr(zoo, "WEIGHTS", tmp_path)
    (tmp_path / "plain.json").write_text('{"kind": "generator", "arguments": {}}')
    with pytest.raises(ValueError, match="^plain takes no color hints; choose hinted, or leave them out$"):
        SketchToStyle("plain").picture(torch.ones(1, 3, 8, 8), hints)


def test_it_is_computed_where_the_network_is(monkeypatch):
    """The meta device computes nothing and stands for a graphics card; the result comes back to the picture's."""
    monkeypatch.setattr(sketch_to_style, "autocast", lambda device, fast: nullcontext(seen.append(device)))
    seen = []

    class Net(torch.nn.Module):
        multiple = smallest = 16

        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.empty(1, device="meta"))

        def forward(self, x, more):
            seen.extend([x.device.type, more.device.type])
            return torch.zeros(x.shape)

    made = apply(Net(), torch.rand(1, 3, 20, 20), torch.ones(1, 2))
    assert seen == ["meta", "meta", "meta"] and made.device.type == "cpu" and made.shape == (1, 3, 20, 20)


def test_networks_are_loaded_once_and_onto_the_device(monkeypatch):
    asked = []
    monkeypatch.setattr(zoo, "load", lambda *name: asked.append(name) or UNet(base=4, depth=3))
    chain = SketchToStyle("mine", device="meta")
    networks = [chain._network("mine", "generator") for _ in range(2)]
    assert asked == [("mine", "generator")] and networks[0] is networks[1]
    assert next(networks[0].parameters()).device.type == "meta"


def test_pictures_too_large_for_memory_are_refused(monkeypatch):
    monkeypatch.setattr(sketch_to_style, "MAX_PIXELS", 100)
    with pytest.raises(PictureError, match="20x10 pixels are too many"):
        apply(UNet(base=4, depth=3), torch.rand(1, 3, 10, 20))


def test_shipped_networks_end_to_end():
    s2s = SketchToStyle()
    sketch = torch.ones(1, 3, 100, 75)
    sketch[..., 20:80, 20] = sketch[..., 20:80, 55] = sketch[..., 20, 20:55] = 0
    picture, stylized = s2s(sketch, s2s.styles[0])
    assert picture.shape == stylized.shape == sketch.shape
    for x in (picture, stylized):
        assert 0 <= x.min() and x.max() <= 1 and x.std() > 0.02
    others = [s2s.stylize(picture, style) for style in s2s.styles[1:]]
    assert all((other - stylized).abs().mean() > 0.01 for other in others)


def test_fast_is_nearly_equal_as_a_whole_and_in_strips(monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda device="cpu": True)  # where it is emulated, too
    photo = from_uint8(data.chelsea())[..., :96, :128]
    exact, fast = (SketchToStyle(fast=fast).stylize(photo, "mosaic") for fast in (False, True))
    strips = SketchToStyle(fast=True, strip=32).stylize(photo, "mosaic")
    for made in (fast, strips):
        assert made.dtype == torch.float32 and not torch.equal(made, exact)
        difference = 255 * (made - exact).abs()
        assert difference.mean() < 1 and difference.max() < 32
    sketch = torch.ones(1, 3, 64, 64)
    sketch[..., 10:50, 20] = 0
    exact, fast = (SketchToStyle(fast=fast).picture(sketch) for fast in (False, True))
    assert 0 < 255 * (exact - fast).abs().mean() < 1


def smooth(kind):
    """Pictures (1, 3, 96, 96) in which neighbors hardly differ, or not at all."""
    y, x = torch.meshgrid(torch.linspace(0, 1, 96), torch.linspace(0, 1, 96), indexing="ij")
    sky = torch.stack([0.4 + 0.2 * x, 0.5 + 0.3 * y, 1 - 0.2 * y])[None]
    return {
        "sky": sky,
        "fog": 0.85 + 0.05 * sky,
        "one color": torch.full_like(sky, 0.7),
        "black": torch.zeros_like(sky),
        "half a photo": torch.cat([from_uint8(data.chelsea())[..., :96, :48], sky[..., 48:] * 0 + 0.9], dim=-1),
    }[kind]


@pytest.mark.parametrize("painter", ["painter", "adjustable"])
@pytest.mark.parametrize("kind", ["sky", "fog", "one color", "black", "half a photo"])
def test_fast_is_nearly_equal_where_a_picture_is_smooth(monkeypatch, kind, painter):
    """There features are differences of nearly equal numbers, which the norms enlarge."""
    monkeypatch.setattr(precision, "has_bfloat16", lambda device="cpu": True)
    picture = smooth(kind)
    ways = [{}, {"fast": True}]
    if (kind, painter) == ("fog", "painter"):
        ways += [{"strip": 32}, {"strip": 32, "fast": True}]
    made = [SketchToStyle(painter=painter, **way).stylize(picture, "mosaic") for way in ways]
    for exact, fast in zip(made[::2], made[1::2], strict=True):
        assert 255 * (exact - fast).abs().max() < 8
        assert torch.equal(exact, fast) == (kind in ("one color", "black"))  # which are computed in 32 bits always


def test_fast_drawings_are_nearly_equal_too(monkeypatch):
    monkeypatch.setattr(precision, "has_bfloat16", lambda device="cpu": True)
    for name in zoo.names("generator"):
        for sketch in (torch.ones(1, 3, 64, 64), smooth("fog")):
            exact, fast = (SketchToStyle(name, fast=fast).picture(sketch) for fast in (False, True))
            assert 255 * (exact - fast).abs().max() < 8


def test_gradients_come_through_if_they_are_wanted():
    """From the painting to every pixel of the drawing; a step against them changes what they say."""
    chain = SketchToStyle(generator="photo")
    sketch = load_picture(ROOT / "data" / "drawings" / "house.png", 64).clamp(0.1, 0.9).requires_grad_()
    red = chain(sketch, "mosaic")[1][:, 0].mean()
    (gradient,) = torch.autograd.grad(red, sketch)
    assert gradient.isfinite().all() and (gradient != 0).float().mean() > 0.9
    with torch.no_grad():
        less = chain((sketch - 1e-5 * gradient.sign()).clamp(0, 1), "mosaic")[1][:, 0].mean()
    assert less < red and not less.requires_grad
    assert not chain.picture(sketch.detach()).requires_grad
    with pytest.raises(ValueError, match="no gradients"):
        SketchToStyle(strip=16).stylize(sketch, "mosaic")


def test_unknown_style():
    with pytest.raises(ValueError, match="no style named cubism; there are"):
        SketchToStyle().stylize(torch.rand(1, 3, 32, 32), "cubism")


def test_a_white_page_and_noise_give_pictures():
    for x in (torch.ones(1, 3, 64, 64), torch.rand(1, 3, 64, 64)):
        for name in zoo.names("generator"):
            assert SketchToStyle(name).picture(x).isfinite().all()


MIRRORED = [name for name in zoo.names("generator") if zoo.card(name)["arguments"].get("reflect")]


@pytest.mark.parametrize("name", MIRRORED)
def test_blank_paper_gets_no_frame(name):
    """Fine structure, what is left after a mean of 9x9 pixels: at the border no more than twice the middle's.
    With zeros beyond the border it was 4 to 16 times as much.
    """
    made = SketchToStyle(name).picture(torch.ones(1, 3, 256, 256))
    fine = (made - avg_pool2d(pad(made, (4, 4, 4, 4), mode="reflect"), 9, 1)).abs().mean(dim=1)[0]
    rim = torch.ones_like(fine)
    rim[8:-8, 8:-8] = 0
    assert fine[rim > 0].mean() < 2 * fine[16:-16, 16:-16].mean()
