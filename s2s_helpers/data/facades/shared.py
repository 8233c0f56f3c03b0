"""What several families of buildings share: chances, storeys, walls, ground floors, roofs (chapter
01_sketches_and_pictures)."""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from . import elements as el
from .elements import WindowStyle
from .parts import (
    FACADE,
    GROUND,
    Box,
    Part,
    poly,
    rect,
)

Rng = np.random.Generator
T = TypeVar("T")


def chance(rng: Rng, p: float) -> bool:
    return bool(rng.random() < p)


def pick(rng: Rng, *options: T) -> T:
    return options[int(rng.integers(len(options)))]


def storeys(y0: float, y1: float, weights: list[float]) -> list[tuple[float, float]]:
    """Foot and height of each storey, from below."""
    heights = np.array(weights) * (y1 - y0) / sum(weights)
    feet = y0 + np.concatenate([[0], np.cumsum(heights)[:-1]])
    return [(float(y), float(h)) for y, h in zip(feet, heights, strict=True)]


def wall(x0: float, x1: float, y1: float, finish: str = "wall") -> Part:
    return rect(Box(x0, GROUND, x1 - x0, y1 - GROUND), FACADE, finish)


def plinth(x0: float, x1: float, h: float = 0.02) -> Part:
    return rect(Box(x0 - 0.003, GROUND, x1 - x0 + 0.006, h), FACADE, "plinth", 0.012)


def ground_floor(rng: Rng, box: Box, n: int, shops: float) -> Iterator[Part]:
    """Shops beside an entrance, or plain windows beside a door."""
    at = pick(rng, n // 2, 0, n - 1)
    cells = box.columns(n)
    selling = chance(rng, shops)
    awning = chance(rng, 0.6)
    style = WindowStyle(columns=2, rows=2, surround=0.1, crown="key", rise=pick(rng, 0.0, 0.14, 0.5))
    door = cells[at]
    w = min(door.w * 0.56, 0.09)
    yield from el.door(
        Box(door.cx - w / 2, box.y, w, box.h * 0.80),
        rng,
        pick(rng, "panels", "glazed"),
        pick(rng, 0.0, w / 2),
        0.14,
        2,
    )
    if selling:
        for a, b in ((0, at), (at + 1, n)):
            if b > a:
                run = Box(cells[a].x + 0.016, box.y, cells[b - 1].x1 - cells[a].x - 0.032, box.h * 0.9)
                yield from el.shop(run, rng, awning, b - a > 2)
        return
    for i, wide in enumerate(cells):
        for cell in wide.inset(wide.w * 0.06, 0).columns(max(1, round(wide.w / 0.15))) if i != at else ():
            ww = min(cell.w * 0.56, 0.09)
            yield from el.window(Box(cell.cx - ww / 2, box.y + 0.26 * box.h, ww, 0.52 * box.h), style, rng)


def mansard(rng: Rng, x0: float, x1: float, y: float, h: float, n: int) -> Iterator[Part]:
    w = x1 - x0
    for x in (x0 + 0.005, x1 - 0.075):
        if chance(rng, 0.75):
            yield from el.chimney(Box(x, y + h * 0.5, 0.07, h * 0.5 + 0.035), int(rng.integers(2, 4)))
    lean = h * 0.22
    yield poly([(x0, y), (x1, y), (x1 - lean, y + h), (x0 + lean, y + h)], FACADE, "roof", -0.008)
    yield rect(Box(x0 + lean - 0.006, y + h - 0.006, w - 2 * lean + 0.012, 0.012), FACADE, "roof_edge", 0.006)
    kind = pick(rng, "triangle", "round", "flat")
    style = WindowStyle(columns=2, rows=pick(rng, 1, 2), sill=False, rise=0.5 if kind == "round" else 0.0)
    for cell in Box(x0, y, w, h).columns(n):
        ww = min(cell.w * 0.5, 0.075)
        yield from el.dormer(Box(cell.cx - ww / 2, y + 0.004, ww, h * 0.58), kind, style, rng)


def tiled_roof(x0: float, x1: float, y: float, h: float) -> Iterator[Part]:
    e = 0.014
    yield poly([(x0 - e, y), (x1 + e, y), (x1 - h * 0.5, y + h), (x0 + h * 0.5, y + h)], FACADE, "roof", 0.012)
    yield rect(
        Box(x0 + h * 0.5 - 0.006, y + h - 0.005, x1 - x0 - h + 0.012, 0.010), FACADE, "roof_edge", 0.018, ink=0.7
    )
    yield rect(Box(x0 - e, y - 0.005, x1 - x0 + 2 * e, 0.011), FACADE, "roof_edge", 0.036)
