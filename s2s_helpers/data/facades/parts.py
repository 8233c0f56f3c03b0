"""What a drawn facade is made of: flat parts with an outline, a label, a finish and a relief (chapter
01_sketches_and_pictures).

Coordinates are picture widths: x to the right, y up, both in [0, 1]. Depth is in the same unit, measured
from the wall towards the street.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

LABELS: tuple[str, ...] = (
    "facade",
    "molding",
    "cornice",
    "pillar",
    "window",
    "door",
    "sill",
    "blind",
    "balcony",
    "shop",
    "deco",
    "background",
)
FACADE, MOLDING, CORNICE, PILLAR, WINDOW, DOOR, SILL, BLIND, BALCONY, SHOP, DECO, BACKGROUND = range(12)
GROUND = 0.1  # height of the line where the houses meet the pavement

Points = Iterable[tuple[float, float]]


@dataclass(frozen=True)
class Box:
    """An upright rectangle: left and lower edge, width and height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def x1(self) -> float:
        return self.x + self.w

    @property
    def y1(self) -> float:
        return self.y + self.h

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2

    def inset(self, dx: float, dy: float | None = None) -> "Box":
        """The box made smaller on every side (larger where negative)."""
        dy = dx if dy is None else dy
        return Box(self.x + dx, self.y + dy, self.w - 2 * dx, self.h - 2 * dy)

    def part(self, left: float, low: float, right: float, high: float) -> "Box":
        """A box inside, its edges given as fractions of this one."""
        return Box(self.x + left * self.w, self.y + low * self.h, (right - left) * self.w, (high - low) * self.h)

    def columns(self, n: int) -> list["Box"]:
        """Cut into ``n`` equal boxes, side by side."""
        return [self.part(i / n, 0, (i + 1) / n, 1) for i in range(n)]

    def corners(self) -> list[tuple[float, float]]:
        return [(self.x, self.y), (self.x1, self.y), (self.x1, self.y1), (self.x, self.y1)]


@dataclass(frozen=True)
class Part:
    """One flat piece. Later parts lie over earlier ones.

    ``outline`` (n, 2) is filled with ``finish``; ``finish=None`` marks a part that only the label map shows
    (the air between the bars of a balcony). ``strokes`` are the lines (n, 2) that the pencil draws, with
    weight ``ink``. ``shade`` multiplies the color of the finish.
    """

    label: int
    outline: np.ndarray
    finish: str | None
    depth: float = 0.0
    shade: float = 1.0
    ink: float = 1.0
    strokes: tuple[np.ndarray, ...] = ()


def poly(
    points: Points, label: int, finish: str | None, depth: float = 0.0, shade: float = 1.0, ink: float = 1.0
) -> Part:
    """A polygon whose outline is also what the pencil draws."""
    outline = np.array(list(points), dtype=np.float64)
    strokes = _sides(outline) if ink > 0 else ()
    return Part(label, outline, finish, depth, shade, ink, strokes)


def rect(box: Box, label: int, finish: str | None, depth: float = 0.0, shade: float = 1.0, ink: float = 1.0) -> Part:
    return poly(box.corners(), label, finish, depth, shade, ink)


def bar(
    a: tuple[float, float],
    b: tuple[float, float],
    width: float,
    label: int,
    finish: str,
    depth: float,
    ink: float = 0.6,
) -> Part:
    """A thin straight bar from ``a`` to ``b``, drawn with the pencil as one line."""
    line = np.array([a, b], dtype=np.float64)
    along = line[1] - line[0]
    side = np.array([-along[1], along[0]]) * (width / 2 / max(float(np.hypot(*along)), 1e-9))
    outline = np.concatenate([line + side, line[::-1] - side])
    return Part(label, outline, finish, depth, 1.0, ink, (line,))


def arched(box: Box, rise: float) -> list[tuple[float, float]]:
    """The outline of ``box`` with an arch of height ``rise`` (at most half the width) inside its top."""
    rise = min(rise, box.w / 2, box.h)
    if rise <= 1e-4:
        return box.corners()
    half = box.w / 2
    radius = (half * half + rise * rise) / (2 * rise)
    reach = np.arcsin(min(half / radius, 1.0))
    angles = np.linspace(reach, -reach, 15)
    arch = [(box.cx + radius * np.sin(t), box.y1 - radius + radius * np.cos(t)) for t in angles]
    return [(box.x, box.y), (box.x1, box.y), *arch]


def ellipse(cx: float, cy: float, rx: float, ry: float, n: int = 20) -> list[tuple[float, float]]:
    angles = np.arange(n) * (2 * np.pi / n)
    return [(cx + rx * np.cos(t), cy + ry * np.sin(t)) for t in angles]


def _sides(outline: np.ndarray) -> tuple[np.ndarray, ...]:
    """A closed outline cut at its corners: what the pencil draws without lifting."""
    edges = np.roll(outline, -1, axis=0) - outline
    angle = np.arctan2(edges[:, 1], edges[:, 0])
    turn = np.abs((angle - np.roll(angle, 1) + np.pi) % (2 * np.pi) - np.pi)
    corners = np.flatnonzero(turn > 0.6)
    if len(corners) == 0:
        return (np.concatenate([outline, outline[:1]]),)
    rolled = np.roll(outline, -corners[0], axis=0)
    cuts = [*(corners - corners[0]), len(outline)]
    closed = np.concatenate([rolled, rolled[:1]])
    return tuple(closed[a : b + 1] for a, b in zip(cuts, cuts[1:], strict=False))
