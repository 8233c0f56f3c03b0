"""The street in front of the houses, and the houses beside them (chapter 01_sketches_and_pictures).

All of it has the label background.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from . import elements as el
from .elements import WindowStyle
from .parts import (
    BACKGROUND,
    GROUND,
    Box,
    Part,
    bar,
    ellipse,
    poly,
    rect,
)
from .shared import Rng, chance, pick


def sky() -> Iterator[Part]:
    yield rect(Box(-0.1, -0.1, 1.2, 1.2), BACKGROUND, "sky", -1.0, ink=0)


def ground() -> Iterator[Part]:
    yield rect(Box(-0.1, 0.045, 1.2, GROUND - 0.045), BACKGROUND, "pavement", 0.0, ink=0.8)
    yield rect(Box(-0.1, 0.036, 1.2, 0.009), BACKGROUND, "curb", 0.0, ink=0.7)
    yield rect(Box(-0.1, -0.1, 1.2, 0.136), BACKGROUND, "road", -0.005, ink=0)


def neighbors(rng: Rng, left: float, right: float) -> Iterator[Part]:
    """The houses on both sides, drawn lightly; all of it background."""
    for x0, x1, finish in ((left - 0.45, left, "left"), (right, right + 0.45, "right")):
        top = rng.uniform(0.42, 0.72)
        parts = [
            poly([(x0, top), (x1, top), (x1 - 0.05, top + 0.06), (x0 + 0.05, top + 0.06)], BACKGROUND, "roof2", -0.03)
        ]
        parts.append(rect(Box(x0, GROUND, x1 - x0, top - GROUND), BACKGROUND, finish, -0.02))
        parts.append(rect(Box(x0, top - 0.01, x1 - x0, 0.016), BACKGROUND, "trim2", 0.0))
        rows, columns = int(rng.integers(3, 5)), int(rng.integers(3, 5))
        for row in range(rows):
            for cell in Box(x0, GROUND + (top - GROUND) * row / rows, x1 - x0, (top - GROUND) / rows).columns(columns):
                style = WindowStyle(columns=2, rows=2, sill=True)
                parts.extend(el.window(cell.part(0.3, 0.25, 0.7, 0.8), style, rng))
        for part in parts:
            swap = {"trim": "trim2", "frame": "frame2"}.get(part.finish or "", part.finish)
            yield replace(part, label=BACKGROUND, finish=swap, depth=part.depth - 0.02, ink=part.ink * 0.6)


def front(rng: Rng) -> Iterator[Part]:
    """What stands on the pavement: a tree, a street lamp, pots, a bicycle, or nothing."""
    for _ in range(int(rng.integers(0, 3))):
        yield from _planter(rng, rng.uniform(0.08, 0.92))
    if chance(rng, 0.25):
        yield from _bicycle(rng.uniform(0.2, 0.8))
    if chance(rng, 0.35):
        yield from _tree(rng, pick(rng, rng.uniform(0.03, 0.15), rng.uniform(0.85, 0.97)))
    if chance(rng, 0.4):
        yield from _lamp(pick(rng, rng.uniform(0.06, 0.25), rng.uniform(0.75, 0.94)), rng.uniform(0.24, 0.32))


def _tree(rng: Rng, x: float) -> Iterator[Part]:
    """A trunk, and clumps of leaves around and over one another."""
    foot, r = 0.062, rng.uniform(0.07, 0.105)
    crown = rng.uniform(0.22, 0.32) + r
    trunk = [(x - 0.012, foot), (x + 0.012, foot), (x + 0.006, crown), (x - 0.006, crown)]
    yield poly(trunk, BACKGROUND, "trunk", 0.06, ink=0.8)
    turn, n = rng.uniform(0, 6), int(rng.integers(6, 9))
    around = [(0.62, t) for t in turn + np.arange(n) * (2 * np.pi / n)]
    for k, (far, t) in enumerate([*sorted(around, key=lambda c: -np.sin(c[1])), (0.2, 1.6), (0.15, -1.2)]):
        size = r * rng.uniform(0.42, 0.56)
        yield _clump(rng, x + far * r * np.cos(t), crown + far * r * 1.05 * np.sin(t), size, 0.05 + 0.002 * k)


def _clump(rng: Rng, cx: float, cy: float, r: float, depth: float, finish: str = "leaves") -> Part:
    t = np.arange(30) * (2 * np.pi / 30)
    radius = r * (0.88 + 0.2 * np.abs(np.sin(int(rng.integers(5, 8)) * t / 2 + rng.uniform(0, 6))))
    points = zip(cx + radius * np.cos(t), cy + radius * np.sin(t), strict=True)
    return poly(points, BACKGROUND, finish, depth, ink=0.6)


def _planter(rng: Rng, x: float) -> Iterator[Part]:
    """A clipped tree in a pot."""
    y, r = 0.084, rng.uniform(0.016, 0.022)
    yield bar((x, y + 0.02), (x, y + 0.05), 0.005, BACKGROUND, "trunk", 0.03)
    yield _clump(rng, x, y + 0.05 + r * 0.7, r, 0.035)
    if chance(rng, 0.4):
        yield _clump(rng, x, y + 0.05 + r * 2.0, r * 0.7, 0.037)
    yield poly(
        [(x - 0.011, y), (x + 0.011, y), (x + 0.015, y + 0.028), (x - 0.015, y + 0.028)], BACKGROUND, "flowerpot", 0.035
    )


def _bicycle(x: float) -> Iterator[Part]:
    """A bicycle that leans against nothing in particular."""
    y, r = 0.086, 0.019
    back, front, seat, head, pedal = (
        (x - 0.026, y),
        (x + 0.028, y),
        (x - 0.010, y + 0.032),
        (x + 0.019, y + 0.034),
        (x - 0.002, y),
    )
    for cx, cy in (back, front):
        wheel = np.array(ellipse(cx, cy, r, r, 24))
        rim = np.array(ellipse(cx, cy, r - 0.0035, r - 0.0035, 24))
        ring = np.concatenate([wheel, wheel[:1], rim[:1], rim[:0:-1], rim[:1]])
        yield Part(BACKGROUND, ring, "iron", 0.03, 1.0, 0.6, (np.concatenate([wheel, wheel[:1]]),))
    for a, b in ((back, seat), (back, pedal), (seat, pedal), (seat, head), (pedal, head), (head, front)):
        yield bar(a, b, 0.0042, BACKGROUND, "accent", 0.032, ink=0.5)
    yield bar((seat[0] - 0.006, seat[1] + 0.005), (seat[0] + 0.006, seat[1] + 0.005), 0.005, BACKGROUND, "iron", 0.034)
    yield bar((head[0] - 0.002, head[1] + 0.009), (head[0] + 0.010, head[1] + 0.008), 0.004, BACKGROUND, "iron", 0.034)


def _lamp(x: float, h: float) -> Iterator[Part]:
    y = 0.064
    yield rect(Box(x - 0.008, y, 0.016, 0.022), BACKGROUND, "iron", 0.06, ink=0.7)
    yield rect(Box(x - 0.003, y, 0.006, h), BACKGROUND, "iron", 0.06, ink=0.7)
    yield bar((x - 0.02, y + h * 0.9), (x + 0.02, y + h * 0.9), 0.004, BACKGROUND, "iron", 0.06)
    top = y + h
    yield poly(
        [(x - 0.010, top), (x + 0.010, top), (x + 0.017, top + 0.034), (x - 0.017, top + 0.034)],
        BACKGROUND,
        "lantern",
        0.06,
        ink=0.8,
    )
    yield poly(
        [(x - 0.020, top + 0.034), (x + 0.020, top + 0.034), (x, top + 0.052)], BACKGROUND, "iron", 0.065, ink=0.8
    )
