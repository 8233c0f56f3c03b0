"""The figures that explain networks: stored as they would be drawn, true of the networks, legible, and shown."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import drawings
import pytest
from svg import COLORS, SMALL, THEMES, Drawing, marked

from s2s_helpers.nets.loss_network import STYLE_LAYERS

ROOT = Path(__file__).parents[2]
FILES = drawings.files()


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def said(d: Drawing) -> list[str]:
    """The labels of a drawing."""
    return [
        "".join(label.itertext())
        for label in ElementTree.fromstring(d.svg("light")).iter()
        if label.tag.endswith("}text")
    ]


def test_the_files_are_those_that_would_be_drawn():
    there = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / drawings.FOLDER).iterdir())
    assert there == sorted(FILES)
    assert [name for name in there if text(name) != FILES[name]] == [], "run `make appendix`"


@pytest.mark.parametrize("name, network, other", [
    ("unet", "UNet", partial(drawings.UNet, base=32)),
    ("patchgan", "PatchGAN", partial(drawings.PatchGAN, base=32)),
    ("patchgan", "PatchGAN", partial(drawings.PatchGAN, receptive_field=34)),
    ("transform", "PaperTransformNet", partial(drawings.PaperTransformNet, base=16)),
    ("wiring", "VGG", partial(drawings.VGG, widths=(32, 64, 128, 256, 256))),
    ("gram", "VGG", partial(drawings.VGG, widths=(32, 64, 128, 256, 256))),
    ("pipeline", "PAINTER", replace(drawings.PAINTER, base=16)),
    ("pipeline", "PAINTER", replace(drawings.PAINTER, grid_weight=0.0)),
])  # fmt: skip
def test_another_network_would_be_drawn_otherwise(monkeypatch, name, network, other):
    before = said(drawings.DRAWINGS[name]())
    monkeypatch.setattr(drawings, network, other)
    assert said(drawings.DRAWINGS[name]()) != before


def test_the_numbers_are_those_of_the_papers():
    """Isola et al. 2017, section 6.1; Johnson et al. 2016, supplementary material."""
    unet = said(drawings.unet())
    assert [label for label in unet if label.isdigit()] == [
        n for width in (64, 128, 256, *[512] * 4) for n in [str(width)] * 2
    ]
    assert {"bottleneck: 512 numbers", "dropout 0.5", "1 × 1"} <= set(unet)
    patchgan = said(drawings.patchgan())
    assert {"70 × 70 pixels", "30 × 30 scores", "512 × 31 × 31"} <= set(patchgan)
    assert [label for label in patchgan if label.isdigit()] == ["34", "16", "7", "4", "1"]
    assert {"c9s1-32", "d64, d128", "R128", "5 residual blocks", "u64, u32", "c9s1-3", "336", "84 × 84"} <= set(
        said(drawings.transform())
    )
    assert {*STYLE_LAYERS, "512 ×", "32 × 32"} <= set(said(drawings.wiring()))
    assert {"256 × 64 × 64", "256 × 4,096", "256 × 256"} <= set(said(drawings.gram()))


def test_the_framed_maps_go_together_in_one_picture_and_never_in_the_other():
    together, apart = (drawings.gram_matrix(drawings.small_features(kind)[None])[0, 0, 2] for kind in (0, 1))
    assert together > 0.03 and apart == 0


def luminance(color: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_and_lines_stand_out(theme):
    """By WCAG 2: text 4.5 to 1, lines and edges 3 to 1, on paper; black text on every color too."""
    colors = THEMES[theme]
    paper, ink = colors["paper"], colors["ink"]
    grounds = [paper, *(colors[name][0] for name in COLORS)]
    texts = [(colors["faint"], paper), *((ink, ground) for ground in grounds)]
    texts += [(colors[name][2], ground) for name in COLORS for ground in (paper, colors[name][0])]
    assert [pair for pair in texts if contrast(*pair) < 4.5] == []
    assert [name for name in COLORS if contrast(colors[name][1], paper) < 2.9] == []


@pytest.mark.parametrize("name", FILES)
def test_a_drawing_is_named_described_and_legible(name):
    root = ElementTree.fromstring(FILES[name])
    title, description = (root.find(f"{{*}}{tag}").text for tag in ("title", "desc"))
    assert len(title) > 10 and len(description) > 100
    fonts = [float(size) for size in re.findall(r'font-size="([\d.]+)"', FILES[name])]
    assert fonts and min(fonts) >= SMALL and root.get("width") == "620"
    assert len(FILES[name]) < 60_000


def test_both_forms_differ_in_their_colors_alone():
    def shapes(name):
        return re.sub("<style>.*</style>", "", FILES[name])

    light = [name for name in FILES if ".dark" not in name]
    assert len(light) * 2 == len(FILES)
    assert all(shapes(name) == shapes(name.replace(".svg", ".dark.svg")) for name in light)


def test_every_drawing_is_shown_in_a_chapter():
    shown = {
        name
        for path in (ROOT / "book").glob("*.py")
        for name in re.findall(r"\]\(_static/drawings/(\w+)\.svg\)", text(path))
    }
    assert shown == set(drawings.DRAWINGS)


def test_a_label_has_italics_and_what_stands_below_and_above():
    assert marked("*f*_{W} < 1", 14) == (
        '<tspan font-style="italic">f</tspan><tspan dy="3.5" font-size="11.2">W</tspan><tspan dy="-3.5"> &lt; 1</tspan>'
    )
    assert marked("relu1_2", 12) == "relu1_2"
