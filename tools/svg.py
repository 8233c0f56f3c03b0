"""What a drawing is made of: boxes, arrows, labels, small houses. The result is an SVG, light or dark.

A drawing is 620 units wide, as a column of the site has about so many pixels. Colors have names, and stand in the style
of the file alone. So both forms of a drawing differ in nothing else. A label is text with ``*italics*``, ``_{below}``
and ``^{above}``.
"""

import math
import re
from collections.abc import Iterable
from html import escape

WIDTH = 620
SMALL = 11  # pixels; no text is smaller
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
Point = tuple[float, float]

# paper and text; then for each color what is filled, its edge, and text or lines of it on paper
THEMES = {
    "light": {
        "paper": "#ffffff", "ink": "#222832", "faint": "#5a636e",
        "gray": ("#eef0f3", "#8d96a1", "#5a636e"),
        "blue": ("#d7e7f8", "#4d84bd", "#2c6199"),
        "green": ("#d8efda", "#4f9c5c", "#2b7339"),
        "orange": ("#fce5cb", "#cb822f", "#8f5210"),
        "purple": ("#ebe4f7", "#8369bb", "#674da1"),
        "red": ("#fadcd9", "#c65650", "#a63832"),
    },
    "dark": {
        "paper": "#121212", "ink": "#dce2e8", "faint": "#a2abb5",
        "gray": ("#252b33", "#7d8792", "#a2abb5"),
        "blue": ("#1d3a57", "#6aa5dd", "#86b9ea"),
        "green": ("#1e4429", "#6dbd7b", "#85cf92"),
        "orange": ("#50361a", "#dea057", "#ecb474"),
        "purple": ("#372d54", "#a48fd9", "#bbaaea"),
        "red": ("#552725", "#e27f78", "#f0a09a"),
    },
}  # fmt: skip
COLORS = ("gray", "blue", "green", "orange", "purple", "red")


def number(value: float) -> str:
    """A coordinate, to a hundredth."""
    return f"{round(value, 2):g}"


def points(path: Iterable[Point]) -> str:
    return " ".join(f"{number(x)},{number(y)}" for x, y in path)


class Drawing:
    """Collects shapes; ``svg(theme)`` is the file. ``title`` names it, ``description`` tells what is seen."""

    def __init__(self, height: float, title: str, description: str):
        self.height, self.title, self.description = height, title, description
        self.parts: list[str] = []
        self.clips = 0

    def svg(self, theme: str) -> str:
        box = f'viewBox="0 0 {WIDTH} {number(self.height)}" width="{WIDTH}" height="{number(self.height)}"'
        lines = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(self.title)}</title>',
            f'<desc id="desc">{escape(self.description)}</desc>',
            f"<style>{style(theme)}</style>",
            f'<rect class="paper" width="{WIDTH}" height="{number(self.height)}"/>',
        ]
        return "\n".join([*lines, *self.parts, "</svg>", ""])

    def box(self, x: float, y: float, width: float, height: float, color: str = "gray", kind: str = "", r: float = 3):
        """A rectangle from its upper left corner; of the ``kind`` "dashed" it is only a border, "bare" has none."""
        size = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}" rx="{number(r)}"'
        self.parts.append(f'<rect class="{color} {kind}" {size}/>')

    def table(self, x: float, y: float, width: float, height: float, rows: list[list[float]], color: str):
        """Cells of that width and height; the stronger the larger the number, 0 to 1."""
        self.box(x, y, width * len(rows[0]), height * len(rows), color, "ground", 0)
        for i, row in enumerate(rows):
            for j, share in enumerate(row):
                place = f'x="{number(x + j * width)}" y="{number(y + i * height)}"'
                size = f'width="{number(width)}" height="{number(height)}"'
                self.parts.append(f'<rect class="{color} shade" fill-opacity="{share:.2f}" {place} {size}/>')

    def circle(self, x: float, y: float, r: float, color: str = "gray"):
        self.parts.append(f'<circle class="{color}" cx="{number(x)}" cy="{number(y)}" r="{number(r)}"/>')

    def area(self, path: Iterable[Point], color: str = "gray", kind: str = "bare"):
        self.parts.append(f'<polygon class="{color} {kind}" points="{points(path)}"/>')

    def line(self, path: Iterable[Point], color: str = "gray", kind: str = ""):
        """Through the points; of the ``kind`` "dashed" or "thin"."""
        self.parts.append(f'<polyline class="line {color}-line {kind}" points="{points(path)}"/>')

    def arrow(self, *path: Point, color: str = "gray", kind: str = ""):
        """A line with its head at the last point."""
        (x0, y0), (x, y) = path[-2:]
        length = math.hypot(x - x0, y - y0)
        dx, dy = (x - x0) / length, (y - y0) / length
        back, half = 7, 3.5
        self.line([*path[:-1], (x - dx * back * 0.8, y - dy * back * 0.8)], color, kind)
        base = x - dx * back, y - dy * back
        head = [(x, y), (base[0] - dy * half, base[1] + dx * half), (base[0] + dy * half, base[1] - dx * half)]
        self.parts.append(f'<polygon class="{color}-head" points="{points(head)}"/>')

    def label(
        self, x: float, y: float, text: str, size: float = 12, color: str = "ink", at: str = "middle", kind: str = "",
        turned: bool = False,
    ):  # fmt: skip
        """Text with its base line at ``y``, and its "start", "middle" or "end" ``at`` x. ``turned`` runs upwards."""
        turn = f' transform="rotate(-90 {number(x)} {number(y)})"' if turned else ""
        place = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}" text-anchor="{at}"'
        self.parts.append(f'<text class="{color}-text {kind}" {place}{turn}>{marked(text, size)}</text>')

    def lines(self, x: float, y: float, texts: Iterable[str], size: float = 12, lead: float = 1.3, **how):
        """Labels below one another."""
        for i, text in enumerate(texts):
            self.label(x, y + i * size * lead, text, size, **how)

    def fixed(self, shape: str):
        """A shape with colors of its own, which both forms of the drawing share."""
        self.parts.append(shape)

    def clipped(self, outline: str, shapes: Iterable[str]):
        """What of ``shapes`` lies inside ``outline``."""
        self.clips += 1
        name = f"clip{self.clips}"
        self.fixed(f'<clipPath id="{name}">{outline}</clipPath><g clip-path="url(#{name})">{"".join(shapes)}</g>')


def style(theme: str) -> str:
    colors = THEMES[theme]
    rules = [
        f".paper{{fill:{colors['paper']}}}",
        f"text{{font-family:{FONT}}}.bold{{font-weight:600}}.ink-text{{fill:{colors['ink']}}}",
        f".faint-text{{fill:{colors['faint']}}}",
        ".line{fill:none;stroke-width:1.4;stroke-linejoin:round}",
    ]
    for name in COLORS:
        fill, edge, text = colors[name]
        rules.append(f".{name}{{fill:{fill};stroke:{edge}}}.{name}-line{{stroke:{edge}}}.{name}-head{{fill:{edge}}}")
        rules.append(f".{name}.shade{{fill:{edge};stroke:{edge};stroke-width:.5}}.{name}-text{{fill:{text}}}")
    rules.append(
        ".bare{stroke:none}.empty{fill:none}.dashed{stroke-dasharray:5 4}.thin{stroke-width:1}.soft{opacity:.45}"
    )
    rules.append(".hair,.cell{stroke-width:.4}.strong{stroke-width:2}.panel{fill-opacity:.35}.wedge{opacity:.5}")
    rules.append(f".ground{{fill:{colors['paper']};stroke:none}}.red.solid{{fill:{colors['red'][1]}}}")
    return "".join(rules)


def marked(text: str, size: float) -> str:
    """A label with its marks as <tspan>."""
    parts, shift = [], 0.0
    for piece in re.findall(r"\*[^*]+\*|_\{[^}]*\}|\^\{[^}]*\}|[^*_^]+|.", text):
        mark, inside = piece[0], piece[2:-1]
        wanted = {"_": 0.25 * size, "^": -0.35 * size}.get(mark, 0.0) if len(piece) > 2 else 0.0
        how = f' dy="{number(wanted - shift)}"' if wanted != shift else ""
        shift = wanted
        if wanted:
            parts.append(f'<tspan{how} font-size="{number(max(SMALL, 0.8 * size))}">{escape(inside)}</tspan>')
        elif mark == "*" and len(piece) > 2:
            parts.append(f'<tspan{how} font-style="italic">{escape(piece[1:-1])}</tspan>')
        else:
            parts.append(f"<tspan{how}>{escape(piece)}</tspan>" if how else escape(piece))
    return "".join(parts)


# A house in a square of 100 units, as lines, as a picture, and as a painting.
SKY = "M0,0H100V100H0Z"
GROUND = "M0,88H100V100H0Z"
WALL = "M23,50H77V90H23Z"
ROOF = "M14,53L50,20L86,53Z"
CHIMNEY = "M64,18H72V41L64,33Z"
DOOR = "M44,90V71Q50,64 56,71V90Z"
WINDOWS = "M28,59h12v13h-12zM60,59h12v13h-12z"
BARS = "M34,59v13M28,65.5h12M66,59v13M60,65.5h12"
BUSH = "M80,90Q79,78 86,77Q89,70 94,76Q101,79 98,90Z"
PARTS = (SKY, GROUND, CHIMNEY, WALL, ROOF, BUSH, DOOR, WINDOWS)
PICTURE = ("#bfdcf0", "#a9c48d", "#9a5a45", "#e6c096", "#b0604a", "#6f9a5b", "#6e4b35", "#f3f8fb")
PAINTING = (
    ("#1f3f86", "#3d6fb8", "#7fb0d8", "#f2d16b"), ("#2e5a4f", "#587f46", "#93a94e"), ("#5e2f3a", "#7c3f3f"),
    ("#c98b2f", "#e0b04c", "#f0cf78"), ("#5b2b46", "#8a3d45", "#b65a3f"), ("#1d4a3c", "#3a7149"),
    ("#1c2c5c", "#31477f"), ("#f7e08a", "#fbeebb"),
)  # fmt: skip


REACH = ((0, 90, 0, 100), (86, 100, 0, 100), (18, 41, 62, 74), (50, 90, 22, 78), (18, 54, 14, 86), (70, 90, 78, 100),
         (64, 90, 43, 57), (59, 72, 27, 74))  # fmt: skip


def wave(y: float, height: float, length: float, phase: float, left: int, right: int) -> str:
    """A wavy line from left to right."""
    places = range(left - 4, right + 7, 4)
    return "M" + "L".join(f"{x},{round(y + height * math.sin(x / length + phase), 1):g}" for x in places)


def strokes(part: int, colors: tuple[str, ...]) -> list[str]:
    """The brush strokes of one part of the painting: waves, and in the sky two whirls."""
    height, length = ((3, 9), (1.5, 7), (1, 5), (1.2, 6), (4, 14), (2, 4), (1, 9), (0.8, 5))[part]
    top, bottom, left, right = REACH[part]
    rows = range(top - 4, bottom + 5, 4)
    lines = [
        (wave(y, height, length, 0.9 * i, left, right), colors[i % min(3, len(colors))]) for i, y in enumerate(rows)
    ]
    if part == 0:
        for x, y, size in ((26, 24, 20), (84, 20, 16)):
            rings = range(size, 0, -4)
            lines += [
                (f"M{x - r},{y}a{r},{r} 0 1,1 {2 * r},0a{r},{r} 0 1,1 {-2 * r},0", colors[-(r // 4) % 4]) for r in rings
            ]
    paths = [f'<path d="{path}" stroke="{color}"/>' for path, color in lines]
    group = '<g fill="none" stroke-linecap="round" stroke-width="3.4">'
    return [f'<rect width="100" height="100" fill="{colors[0]}"/>{group}', *paths, "</g>"]


def house(d: Drawing, x: float, y: float, size: float, kind: str):
    """A house of ``size`` with its upper left corner at x, y: "drawing", "picture" or "painting"."""
    d.fixed(f'<g transform="translate({number(x)} {number(y)}) scale({number(size / 100)})">')
    if kind == "drawing":
        d.fixed(f'<path d="{SKY}" fill="#fff"/>')
        pen = 'fill="#fff" stroke="#222" stroke-width="1.8" stroke-linejoin="round" stroke-linecap="round"'
        d.fixed(f'<path d="M1,90H99" {pen}/>')
        for part in PARTS[2:]:
            d.fixed(f'<path d="{part}" {pen}/>')
        d.fixed(f'<path d="{BARS}" {pen}/>')
    else:
        for i, part in enumerate(PARTS):
            if kind == "picture":
                d.fixed(f'<path d="{part}" fill="{PICTURE[i]}"/>')
            else:
                d.clipped(f'<path d="{part}"/>', strokes(i, PAINTING[i]))
        color = "#7b8791" if kind == "picture" else "#31477f"
        d.fixed(f'<path d="{BARS}" fill="none" stroke="{color}" stroke-width="1.6"/>')
    d.fixed("</g>")
    d.box(x, y, size, size, "gray", "empty", 1)


def stars(d: Drawing, x: float, y: float, size: float):
    """A painting of the night, for its style alone."""
    d.fixed(f'<g transform="translate({number(x)} {number(y)}) scale({number(size / 100)})">')
    d.clipped(f'<path d="{SKY}"/>', strokes(0, PAINTING[0]))
    d.clipped('<path d="M0,70Q30,58 55,72T100,66V100H0Z"/>', strokes(1, PAINTING[1]))
    d.clipped('<path d="M60,100Q62,60 72,34Q80,64 82,100Z"/>', strokes(5, PAINTING[5]))
    d.fixed("</g>")
    d.box(x, y, size, size, "gray", "empty", 1)
