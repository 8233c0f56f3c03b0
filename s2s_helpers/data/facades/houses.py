"""Small houses side by side: Dutch gables, the south, shop houses, timber frames (chapter
01_sketches_and_pictures)."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from . import elements as el
from .elements import WindowStyle
from .parts import (
    FACADE,
    GROUND,
    MOLDING,
    Box,
    Part,
    arched,
    bar,
    poly,
    rect,
)
from .shared import Rng, chance, pick, plinth, storeys, tiled_roof, wall


def dutch(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """Amsterdam: two or three narrow houses side by side, each with its own gable."""
    n = 2 if x1 - x0 < 0.8 else int(rng.integers(2, 4))
    widths = rng.uniform(0.8, 1.2, n)
    edges = x0 + np.concatenate([[0], np.cumsum(widths / widths.sum())]) * (x1 - x0)
    for k, (a, b) in enumerate(zip(edges, edges[1:], strict=False)):
        yield from _dutch_house(rng, float(a), float(b), ("wall", "wall2", "wall3")[k % 3])


def _dutch_house(rng: Rng, x0: float, x1: float, finish: str) -> Iterator[Part]:
    w, eaves = x1 - x0, rng.uniform(0.58, 0.70)
    yield rect(Box(x0 + 0.01, eaves - 0.02, w - 0.02, 0.11), FACADE, "roof", -0.02)
    if chance(rng, 0.5):
        yield from el.chimney(Box(x0 + w * pick(rng, 0.08, 0.78), eaves + 0.05, w * 0.14, 0.10))
    outline = _gable(rng, pick(rng, "step", "neck", "bell", "spout"), x0, x1, eaves, min(0.93, eaves + w * 0.72))
    yield poly(outline, FACADE, finish)
    high = outline[:, 1].max()
    floors = storeys(GROUND, eaves, [1.25, 1.1, 1.0, 0.8][: int(rng.integers(3, 5))])
    n = 3 if w > 0.27 else 2
    style = WindowStyle(
        rise=pick(rng, 0.0, 0.0, 0.14),
        columns=pick(rng, 2, 3),
        rows=pick(rng, 3, 4),
        crown=pick(rng, "lintel", "key", "none"),
        surround=pick(rng, 0.0, 0.1),
        shutters="panels" if n == 2 and chance(rng, 0.4) else "none",
        blind=0.08,
        flowers=0.25,
    )
    yield plinth(x0 + 0.002, x1 - 0.002, 0.028)
    door_at = int(rng.integers(n))
    shop = chance(rng, 0.3)
    for k, (y, h) in enumerate(floors):
        if k == 0 and shop:
            yield from el.shop(Box(x0 + 0.02, y, w - 0.04, h * 0.92), rng, chance(rng, 0.7), True)
            continue
        for i, cell in enumerate(Box(x0 + 0.012, y, w - 0.024, h).columns(n)):
            ww = cell.w * (0.5 if style.shutters != "none" else 0.62)
            if k == 0 and i == door_at:
                yield from el.door(
                    Box(cell.cx - cell.w * 0.29, y + 0.014, cell.w * 0.58, h * 0.8), rng, pick(rng, "panels", "glazed")
                )
                yield from el.steps(Box(cell.cx - cell.w * 0.36, y, cell.w * 0.72, 0.018), 2)
            else:
                yield from el.window(Box(cell.cx - ww / 2, y + 0.2 * h, ww, 0.62 * h), style, rng)
        if k:
            yield from el.course(Box(x0 + 0.004, y - 0.004, w - 0.008, 0.008), 0.005)
    yield from el.course(Box(x0 + 0.002, eaves - 0.006, w - 0.004, 0.011))
    ww = w * 0.2
    attic = Box(x0 + w / 2 - ww / 2, eaves + 0.03, ww, min(0.075, (high - eaves) * 0.45))
    yield from el.window(
        attic, replace(style, rise=pick(rng, 0.0, 0.5), shutters="none", columns=2, rows=2, crown="none"), rng
    )
    if high - attic.y1 > 0.06:
        yield from el.medallion(x0 + w / 2, (attic.y1 + high) / 2 + 0.005, 0.014)


def _gable(rng: Rng, kind: str, x0: float, x1: float, y0: float, y1: float) -> np.ndarray:
    """The outline of a wall with a gable, from the ground."""
    t = np.linspace(0, 1, 9)
    if kind == "step":
        m = int(rng.integers(3, 6))
        half = np.concatenate([[0.0], np.repeat(np.linspace(0.07, 0.38, m), 2)])
        rise = np.concatenate([[0.0], np.repeat(np.linspace(0.18, 1.0, m), 2)])
        half, rise = np.concatenate([[0.0], half])[:-1], np.append(rise, 1.0)[:-1]
    elif kind == "neck":
        half = np.concatenate([[0.0, 0.0], 0.26 * np.sin(t * np.pi / 2), [0.26, 0.22], 0.26 + 0.24 * t])
        rise = np.concatenate(
            [[0.0, 0.08], 0.08 + 0.32 * (1 - np.cos(t * np.pi / 2)), [0.82, 0.84], 0.84 + 0.16 * np.sin(t * np.pi / 2)]
        )
    elif kind == "bell":
        half = np.concatenate([[0.0], 0.24 * t**0.7, 0.24 + 0.04 * t, 0.28 + 0.22 * t])
        rise = np.concatenate([[0.0], 0.05 + 0.35 * t**2.2, 0.42 + 0.35 * t, 0.78 + 0.22 * np.sin(t * np.pi / 2)])
    else:
        half = np.array([0.0, 0.38, 0.38])
        rise = np.array([0.0, 0.86, 1.0])
    xs, ys = half * (x1 - x0), y0 + rise * (y1 - y0)
    left = np.stack([x0 + xs, ys], 1)
    right = np.stack([x1 - xs, ys], 1)[::-1]
    return np.concatenate([[[x0, GROUND]], left, right, [[x1, GROUND]]])[::-1]


def mediterranean(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """The south: plastered walls, shutters, low tiled roofs, irregular storeys."""
    top = rng.uniform(0.66, 0.80)
    houses = 2 if x1 - x0 > 0.75 and chance(rng, 0.6) else 1
    edges = [x0, x0 + (x1 - x0) * rng.uniform(0.42, 0.58), x1] if houses == 2 else [x0, x1]
    for k, (a, b) in enumerate(zip(edges, edges[1:], strict=False)):
        high = float(np.clip(top + (rng.uniform(-0.12, 0.06) if k else 0), 0.56, 0.82))
        yield from _mediterranean_house(rng, a, b, high, "wall" if k == 0 else "wall2")


def _mediterranean_house(rng: Rng, x0: float, x1: float, top: float, finish: str) -> Iterator[Part]:
    w = x1 - x0
    if chance(rng, 0.5):
        yield from el.chimney(Box(x0 + w * rng.uniform(0.15, 0.7), top + 0.03, 0.045, 0.075), 1)
    yield from tiled_roof(x0, x1, top, rng.uniform(0.045, 0.075))
    yield wall(x0, x1, top, finish)
    yield plinth(x0 + 0.003, x1 - 0.003, 0.035)
    n = max(2, round(w / rng.uniform(0.17, 0.22)))
    floors = storeys(GROUND, top, [1.1, 1.0, 0.9][: 3 if top > 0.62 else 2])
    shutters = pick(rng, "louvers", "louvers", "panels")
    style = WindowStyle(
        rise=pick(rng, 0.0, 0.0, 0.5, 0.15),
        columns=2,
        rows=pick(rng, 2, 3),
        surround=pick(rng, 0.0, 0.1),
        shutters=shutters,
        flowers=0.35,
        blind=0.05,
    )
    door_at, skip = int(rng.integers(n)), rng.random((3, n)) < 0.06
    high = {int(i) for i in rng.integers(n, size=2)} if chance(rng, 0.7) else set()
    shop = chance(rng, 0.3) and w > 0.3
    if shop:
        yield from el.shop(Box(x0 + 0.03, GROUND, w - 0.06, floors[0][1] * 0.88), rng, True, True)
    for k, (y, h) in enumerate(floors):
        for i, cell in enumerate(Box(x0 + 0.01, y, w - 0.02, h).columns(n)):
            ww = min(cell.w * 0.4, 0.085)
            if k == 0 and shop or (k and skip[k, i]):
                continue
            if k == 0 and i == door_at:
                yield from el.door(
                    Box(cell.cx - 0.04, y, 0.08, h * 0.76), rng, "planks", rise=pick(rng, 0.0, 0.04), leaves=2
                )
                continue
            tall = k == 1 and i in high
            opening = Box(cell.cx - ww / 2, y + (0.06 if tall else 0.26) * h, ww, (0.70 if tall else 0.48) * h)
            yield from el.window(opening, replace(style, sill=not tall, flowers=0 if tall else style.flowers), rng)
            if tall:
                yield from el.balcony(
                    Box(cell.cx - ww * 1.05, opening.y, ww * 2.1, 0.05), rng, pick(rng, "bars", "stone")
                )
    if chance(rng, 0.4):
        yield from el.quoins(x0, GROUND + 0.035, top, 1)
        yield from el.quoins(x1, GROUND + 0.035, top, -1)
    yield from el.cornice(Box(x0, top - 0.014, w, 0.018), pick(rng, "none", "fine"), 0.034)


def shophouse(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """A row of shop houses: colonnade of pilasters, arched windows, a decorated parapet."""
    top = rng.uniform(0.62, 0.78)
    n = 2 if x1 - x0 < 0.8 else 3
    style = WindowStyle(
        rise=pick(rng, 0.5, 0.5, 0.15, 0.0),
        columns=2,
        rows=3,
        transom=chance(rng, 0.5),
        surround=0.12,
        crown=pick(rng, "key", "none", "hood"),
        shutters=pick(rng, "none", "louvers"),
        blind=0.1,
    )
    same, parapet = chance(rng, 0.5), pick(rng, "arch", "triangle", "flat")
    for k, cell in enumerate(Box(x0, GROUND, x1 - x0, top - GROUND).columns(n)):
        high = top if same else top + rng.uniform(-0.05, 0.07)
        yield from _shop_unit(
            rng, Box(cell.x, GROUND, cell.w, high - GROUND), style, parapet, ("wall", "wall2", "wall3")[k]
        )


def _shop_unit(rng: Rng, box: Box, style: WindowStyle, parapet: str, finish: str) -> Iterator[Part]:
    if parapet == "arch":
        wide = box.part(0.2, 0, 0.8, 1)
        yield poly(arched(Box(wide.x, box.y1, wide.w, 0.075), 0.06), FACADE, finish)
    elif parapet == "triangle":
        yield poly([(box.x + 0.01, box.y1), (box.x1 - 0.01, box.y1), (box.cx, box.y1 + 0.09)], FACADE, finish)
    yield rect(box, FACADE, finish)
    count = 2 if box.h < 0.6 else 3
    floors = storeys(box.y, box.y1 - 0.03, [1.3, 1.1, 1.0][:count])
    yield from el.shop(Box(box.x + 0.022, box.y, box.w - 0.044, floors[0][1] * 0.94), rng, chance(rng, 0.65), True)
    bays = 2 if box.w < 0.34 else 3
    for y, h in floors[1:]:
        for cell in box.part(0.08, 0, 0.92, 1).columns(bays):
            w = cell.w * (0.42 if style.shutters != "none" else 0.56)
            yield from el.window(Box(cell.cx - w / 2, y + 0.2 * h, w, 0.6 * h), style, rng)
        yield from el.course(Box(box.x, y - 0.004, box.w, 0.012))
    for x in (box.x, box.x1 - 0.02):
        yield from el.pilaster(Box(x, box.y, 0.02, box.h - 0.02), depth=0.014)
    yield from el.cornice(Box(box.x, box.y1 - 0.024, box.w, 0.024), pick(rng, "fine", "brackets", "none"))
    if parapet != "flat":
        yield from el.medallion(box.cx, box.y1 + 0.030, 0.017)
    else:
        yield rect(Box(box.x + 0.004, box.y1, box.w - 0.008, 0.03), FACADE, finish)
        for cell in Box(box.x + 0.01, box.y1 + 0.004, box.w - 0.02, 0.022).columns(bays):
            yield from el.garland(cell.inset(cell.w * 0.14, 0))


def timbered(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """The old town: timber frames with plaster between, steep gables."""
    n = 2 if x1 - x0 > 0.7 else 1
    cut = x0 + (x1 - x0) * rng.uniform(0.4, 0.6)
    edges = [x0, cut, x1] if n == 2 else [x0, x1]
    braces = pick(rng, "x", "v", "k")
    for k, (a, b) in enumerate(zip(edges, edges[1:], strict=False)):
        yield from _timbered_house(rng, a + 0.006 * k, b, "infill" if k == 0 else "infill2", braces)


def _timbered_house(rng: Rng, x0: float, x1: float, finish: str, braces: str) -> Iterator[Part]:
    w, eaves = x1 - x0, rng.uniform(0.52, 0.64)
    peak = min(0.95, eaves + w * rng.uniform(0.55, 0.75))
    if chance(rng, 0.6):
        x = x0 + w * pick(rng, 0.2, 0.7)
        yield from el.chimney(Box(x, eaves + 0.1, 0.05, (peak - eaves) * 0.8 - 0.06), 1)
    floors = storeys(GROUND, eaves, [1.1, 1.0, 0.9][: pick(rng, 2, 3)])
    stone = chance(rng, 0.6)
    cx, e = x0 + w / 2, 0.022
    yield poly([(x0 - e, eaves - 0.02), (x1 + e, eaves - 0.02), (cx, peak + 0.03)], FACADE, "roof", 0.03)
    yield poly(
        [(x0, eaves - 0.03), (x1, eaves - 0.03), (x1, eaves), (cx, peak), (x0, eaves)],
        FACADE,
        finish,
        0.004 * len(floors),
    )
    n = 3 if w > 0.36 else 2
    style = WindowStyle(columns=2, rows=3, surround=0.09, shutters=pick(rng, "none", "panels"), flowers=0.6)
    for k, (y, h) in enumerate(floors):
        depth = 0.004 * k
        yield rect(Box(x0, y, w, h), FACADE, "base" if k == 0 and stone else finish, depth)
        if k or not stone:
            yield from _frame(Box(x0, y, w, h), n, braces, depth + 0.004)
        for i, cell in enumerate(Box(x0, y, w, h).columns(n)):
            if k == 0 and i == n // 2:
                yield from el.door(Box(cell.cx - 0.036, y, 0.072, h * 0.78), rng, "planks", rise=0.03 if stone else 0.0)
                continue
            ww = min(cell.w * 0.4, 0.08)
            yield from el.window(Box(cell.cx - ww / 2, y + 0.28 * h, ww, 0.5 * h), style, rng)
    yield from _timber_gable(cx, w, eaves, peak, 0.004 * len(floors) + 0.004)
    ww = w * 0.17
    yield from el.window(
        Box(cx - ww / 2, eaves + 0.05, ww, min(0.08, (peak - eaves) * 0.35)),
        replace(style, shutters="none", rows=2),
        rng,
    )


def _frame(box: Box, n: int, braces: str, depth: float) -> Iterator[Part]:
    """Sill, posts and braces of one storey."""
    t = 0.010
    for cell in box.columns(n):
        low, high, inner = cell.y + t, cell.y1 - t, cell.w * 0.24
        for a, b in ((cell.x, cell.x + inner), (cell.x1, cell.x1 - inner)):
            if braces in "xk":
                yield _beam((a, low), (b, high), t, depth)
            if braces in "xv":
                yield _beam((a, high), (b, low), t, depth)
    for i in range(n + 1):
        x = min(max(box.x + box.w * i / n, box.x + t / 2), box.x1 - t / 2)
        yield _beam((x, box.y), (x, box.y1), t, depth + 0.001)
    for y in (box.y + t / 2, box.y1 - t / 2):
        yield _beam((box.x - 0.004, y), (box.x1 + 0.004, y), t * 1.2, depth + 0.003)


def _timber_gable(cx: float, w: float, eaves: float, peak: float, depth: float) -> Iterator[Part]:
    high = peak - eaves
    for t in (-0.26, 0.26):
        yield _beam((cx + t * w, eaves), (cx + t * w, eaves + high * (1 - 2 * abs(t))), 0.010, depth)
        yield _beam((cx + t * w * 1.8, eaves), (cx + t * w, eaves + high * 0.42), 0.009, depth)
    yield _beam((cx - w * 0.26, eaves + high * 0.47), (cx + w * 0.26, eaves + high * 0.47), 0.011, depth + 0.002)
    yield _beam((cx, eaves + high * 0.47), (cx, peak), 0.010, depth)
    for side in (-1, 1):
        yield poly(
            [
                (cx, peak + 0.034),
                (cx, peak + 0.008),
                (cx + side * (w / 2 + 0.024), eaves - 0.026),
                (cx + side * (w / 2 + 0.032), eaves - 0.014),
            ][::side],
            FACADE,
            "roof_edge",
            depth + 0.02,
        )


def _beam(a: tuple[float, float], b: tuple[float, float], width: float, depth: float) -> Part:
    beam = bar(a, b, width, MOLDING, "beam", depth)
    return poly(beam.outline, MOLDING, "beam", depth, ink=0.6)
