"""Ink the freehand drawings: python tools/ink_drawings.py [FILE ...], all of data/drawings by default.

A ``.strokes`` file is a drawing with a vector pen, one stroke a line: the width of the pen in pixels, then the points
``x,y`` that it passes in a smooth curve; ``/`` is a corner. Its first line is ``size WIDTH HEIGHT``; ``#`` starts a
comment. The pen is as wide as told where it moves slowly, narrower where it is fast, and fades at both ends. The
picture is written beside the file, as PNG.

A file in the folder ``colors`` has strokes of a brush for the drawing of its name, to color it: the width, the color as
``#rrggbb``, and the points of a line. Its picture is clear where nothing is painted.
"""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

DRAWINGS = Path(__file__).parents[1] / "data" / "drawings"
FINE = 6  # drawn at six times the size, then averaged
INK = 28  # gray value of the ink


def read_strokes(text: str) -> tuple[tuple[int, int], list[tuple[float, list[np.ndarray]]]]:
    """The size (width, height), and for each stroke its pen and its pieces between corners, (n, 2) points."""
    lines = [line for line in (raw.split("#")[0].strip() for raw in text.splitlines()) if line]
    width, height = map(int, lines[0].removeprefix("size").split())
    strokes = []
    for line in lines[1:]:
        pen, path = line.split(maxsplit=1)
        pieces = [np.array([[float(v) for v in p.split(",")] for p in part.split()]) for part in path.split("/")]
        joined = [np.concatenate([a[-1:], b]) for a, b in pairwise(pieces)]
        strokes.append((float(pen), [pieces[0], *joined]))
    return (width, height), strokes


def curve(points: np.ndarray, steps: int = 24) -> np.ndarray:
    """A smooth curve through the points (Catmull and Rom)."""
    if len(points) < 2:
        return points
    p = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    out = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        out.append(b + t * (c - a) / 2 + t**2 * (a - 2.5 * b + 2 * c - d / 2) + t**3 * (1.5 * (b - c) + (d - a) / 2))
    return np.concatenate([*out, points[-1:]])


def ink(text: str) -> Image.Image:
    """The drawing as a gray picture, dark on white."""
    (width, height), strokes = read_strokes(text)
    page = Image.new("L", (width * FINE, height * FINE), 255)
    draw = ImageDraw.Draw(page)
    for pen, pieces in strokes:
        path = np.concatenate([curve(piece) for piece in pieces])
        step = np.hypot(*np.diff(path, axis=0, prepend=path[:1]).T)
        along = np.cumsum(step)
        speed = np.convolve(np.pad(step, 12, mode="edge"), np.ones(25) / 25, mode="valid")
        fade = 0.5 + 0.5 * np.minimum(1, np.minimum(along, along[-1] - along) / 5)
        radius = FINE * pen / 2 * fade * (1.1 - 0.3 * np.minimum(1, speed / 1.5))
        even = np.arange(0, along[-1] + 0.1, 0.12)
        dots = (np.interp(even, along, v) for v in (path[:, 0] * FINE, path[:, 1] * FINE, radius))
        for x, y, r in zip(*dots, strict=True):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=INK)
    return page.resize((width, height), Image.Resampling.BOX)


def color(text: str) -> Image.Image:
    """The strokes of a brush as a picture with color where they lie, clear elsewhere."""
    size, *strokes = (line for line in (raw.strip() for raw in text.splitlines()) if line)
    page = Image.new("RGBA", tuple(map(int, size.removeprefix("size").split())))
    draw = ImageDraw.Draw(page)
    for stroke in strokes:
        brush, paint, *points = stroke.split()
        path = [tuple(map(float, point.split(","))) for point in points]
        draw.line(path, fill=paint, width=int(brush), joint="curve")
    return page


def main(names: list[str]) -> None:
    for path in [Path(name) for name in names] or sorted(DRAWINGS.rglob("*.strokes")):
        picture = color if path.parent.name == "colors" else ink
        picture(path.read_text(encoding="utf-8")).save(path.with_suffix(".png"), optimize=True)
        print(path.with_suffix(".png"))


if __name__ == "__main__":
    main(sys.argv[1:])
