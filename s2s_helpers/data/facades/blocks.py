"""Buildings on a grid of storeys and bays: Paris, London, modern, Art Deco (chapter 01_sketches_and_pictures)."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from . import elements as el
from .elements import WindowStyle
from .parts import (
    CORNICE,
    DECO,
    FACADE,
    GROUND,
    PILLAR,
    Box,
    Part,
    bar,
    poly,
    rect,
)
from .shared import Rng, chance, ground_floor, mansard, pick, plinth, storeys, wall


def haussmann(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """Paris: tall windows in stone, long balconies, a mansard roof with dormers."""
    top = rng.uniform(0.74, 0.80)
    n = int(rng.integers(4, 7))
    body = Box(x0, GROUND, x1 - x0, top - GROUND)
    yield from mansard(rng, x0, x1, top + 0.02, rng.uniform(0.10, 0.14), n)
    yield wall(x0, x1, top)
    floors = storeys(GROUND, top - 0.022, [1.35, 1.15, 1.0, 0.85][: 4 if n > 4 else 3])
    yield rect(Box(x0, GROUND, x1 - x0, floors[0][1]), FACADE, "base", 0.006)
    yield plinth(x0, x1)
    crowns = ["none", pick(rng, "triangle", "round", "hood"), pick(rng, "hood", "key"), "key"]
    long = {1, len(floors) - 1} if chance(rng, 0.6) else {int(rng.integers(1, len(floors)))}
    kind = pick(rng, "bars", "cross")
    base = WindowStyle(columns=2, rows=pick(rng, 1, 3), transom=chance(rng, 0.5), surround=0.13, blind=0.12)
    yield from ground_floor(rng, Box(x0, GROUND, body.w, floors[0][1]), n, shops=0.6)
    for k, (y, h) in enumerate(floors[1:], start=1):
        yield from el.course(Box(x0, y - 0.008, body.w, 0.012))
        style = replace(base, crown=crowns[k], rise=0.12 if k == 2 else 0.0, sill=k not in long)
        for cell in Box(x0, y, body.w, h).columns(n):
            w = min(cell.w * 0.46, 0.085)
            yield from el.window(Box(cell.cx - w / 2, y + 0.1 * h, w, 0.62 * h), style, rng)
            if k not in long:
                yield from el.balcony(Box(cell.cx - w * 0.62, y + 0.1 * h, w * 1.24, 0.035), rng, kind, False)
        if k in long:
            yield from el.balcony(Box(x0 + 0.012, y + 0.012, body.w - 0.024, 0.045), rng, kind)
    if chance(rng, 0.6):
        for x in (x0 + 0.004, x1 - 0.028):
            yield from el.pilaster(Box(x, floors[1][0], 0.024, top - floors[1][0]), chance(rng, 0.5))
    yield from el.cornice(Box(x0, top, body.w, 0.028), pick(rng, "fine", "brackets"))


def georgian(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """London: a terrace with sash windows, doors with fanlights, a parapet."""
    top = rng.uniform(0.72, 0.84)
    houses = 1 if x1 - x0 < 0.72 and chance(rng, 0.5) else 2
    n = 3 * houses if houses == 2 else int(rng.integers(3, 5))
    w = x1 - x0
    for x in np.linspace(x0, x1, houses + 1)[: houses + 1]:
        at = float(np.clip(x - 0.04, x0 + 0.005, x1 - 0.09))
        yield from el.chimney(Box(at, top, 0.08, rng.uniform(0.07, 0.1)), int(rng.integers(2, 5)))
    if chance(rng, 0.5):
        yield poly([(x0, top), (x1, top), (x1 - 0.05, top + 0.07), (x0 + 0.05, top + 0.07)], FACADE, "roof", -0.02)
    yield wall(x0, x1, top)
    floors = storeys(GROUND, top - 0.035, [1.15, 1.2, 1.0, 0.8][: int(rng.integers(3, 5))])
    if chance(rng, 0.6):
        yield rect(Box(x0, GROUND, w, floors[0][1]), FACADE, "base", 0.006)
    yield plinth(x0, x1, 0.03)
    arched_ground = chance(rng, 0.5)
    crown = pick(rng, "lintel", "key", "hood", "triangle")
    style = WindowStyle(
        columns=pick(rng, 2, 3), rows=4, crown=crown, surround=pick(rng, 0.0, 0.12), blind=0.15, flowers=0.12
    )
    doors = {1, 4} if houses == 2 and chance(rng, 0.5) else {0, n - 1} if houses == 2 else {int(rng.integers(n))}
    rails = chance(rng, 0.6)
    for k, (y, h) in enumerate(floors):
        if k in (1, len(floors) - 1):
            yield from el.course(Box(x0, y - 0.01, w, 0.014))
        for i, cell in enumerate(Box(x0 + 0.01, y, w - 0.02, h).columns(n)):
            ww = min(cell.w * 0.5, 0.09)
            here = (
                replace(style, rise=0.5 if arched_ground else 0.0, crown="none" if arched_ground else crown)
                if k == 0
                else style
            )
            if k == 0 and i in doors:
                yield from _portico(rng, cell, y, h)
                continue
            if k == 0 and crown == "triangle":
                here = replace(here, crown="none")
            yield from el.window(Box(cell.cx - ww / 2, y + 0.2 * h, ww, 0.56 * h), here, rng)
            if k == 1 and rails:
                yield from el.balcony(Box(cell.cx - ww * 0.66, y + 0.17 * h, ww * 1.32, 0.034), rng, "bars", False)
    yield from el.cornice(Box(x0, top - 0.03, w, 0.024), pick(rng, "none", "fine"))
    yield rect(Box(x0, top - 0.002, w, 0.018), CORNICE, "trim", 0.012)


def _portico(rng: Rng, cell: Box, y: float, h: float) -> Iterator[Part]:
    """A front door between two pillars, up two steps."""
    w = min(cell.w * 0.5, 0.085)
    opening = Box(cell.cx - w / 2, y + 0.02, w, h * 0.72)
    yield from el.door(opening, rng, "panels", rise=pick(rng, 0.0, w / 2), surround=0.06)
    for x in (opening.x - 0.018, opening.x1 + 0.004):
        yield from el.pilaster(Box(x, y + 0.018, 0.014, opening.h + 0.006), depth=0.02)
    yield from el.cornice(Box(opening.x - 0.02, opening.y1 + 0.004, w + 0.04, 0.016), depth=0.034, label=DECO)
    yield from el.steps(Box(opening.x - 0.012, y, w + 0.024, 0.021), 2)


def modern(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """A grid of wide windows with a flat roof, sometimes loggias with glass rails."""
    top = rng.uniform(0.74, 0.90)
    w, n = x1 - x0, int(rng.integers(3, 6))
    count = int(rng.integers(4, 7))
    if chance(rng, 0.4):
        yield rect(Box(x0 + w * 0.6, top, w * 0.2, 0.05), FACADE, "base", -0.02)
    yield wall(x0, x1, top)
    floors = storeys(GROUND, top - 0.015, [1.25] + [1.0] * (count - 1))
    fins, bands = chance(rng, 0.45), chance(rng, 0.5)
    balconies = {i for i in range(n) if chance(rng, 0.45)} if chance(rng, 0.7) else set()
    kind = pick(rng, "glass", "bars", "glass")
    style = WindowStyle(
        columns=max(1, round(w / n / pick(rng, 0.045, 0.07, 0.1))),
        rows=1,
        transom=chance(rng, 0.3),
        sill=not bands,
        blind=0.25,
    )
    wide, low = rng.uniform(0.6, 0.84), rng.uniform(0.2, 0.32)
    colored = chance(rng, 0.5)
    for k, (y, h) in enumerate(floors[1:], start=1):
        if bands:
            yield from el.course(Box(x0, y - 0.008, w, 0.016), 0.012)
        for i, cell in enumerate(Box(x0 + 0.012, y, w - 0.024, h).columns(n)):
            opening = cell.part(0.5 - wide / 2, low, 0.5 + wide / 2, 0.84)
            if colored and (i + k) % 2 == 0:
                yield rect(cell.part(0.03, 0.1, 0.97, 0.95), FACADE, "accent_wall", 0.003, ink=0.7)
            if i in balconies:
                opening = cell.part(0.5 - wide / 2, 0.1, 0.5 + wide / 2, 0.84)
            yield from el.window(opening, replace(style, sill=style.sill and i not in balconies), rng)
            if i in balconies:
                yield from el.balcony(cell.part(0.06, 0.1, 0.94, 0.4), rng, kind, False)
    if fins:
        for i in range(n + 1):
            x = x0 + 0.012 + (w - 0.024) * i / n
            yield rect(Box(x - 0.007, floors[1][0] - 0.008, 0.014, top - floors[1][0]), PILLAR, "pillar", 0.022)
    yield from ground_floor(rng, Box(x0, GROUND, w, floors[0][1]), n, shops=0.65)
    yield from el.cornice(Box(x0, top - 0.018, w, 0.02), depth=0.02)


def artdeco(rng: Rng, x0: float, x1: float) -> Iterator[Part]:
    """The thirties: strong verticals, a stepped crown, chevrons."""
    top = rng.uniform(0.68, 0.76)
    w, n = x1 - x0, int(pick(rng, 3, 5, 5, 7))
    cells = Box(x0, GROUND, w, top - GROUND).columns(n)
    lift = [0.05 + 0.14 * (1 - abs(2 * (i + 0.5) / n - 1)) ** 1.3 * (n > 1) for i in range(n)]
    for cell, up in zip(cells, lift, strict=True):
        yield rect(Box(cell.x, GROUND, cell.w, top + up - GROUND), FACADE, "wall", 0.012 * up / 0.1)
    yield wall(x0, x1, top)
    yield plinth(x0, x1, 0.03)
    floors = storeys(GROUND, top, [1.25] + [1.0] * int(rng.integers(3, 5)))
    style = WindowStyle(columns=max(2, round(w / n / 0.06)), rows=pick(rng, 2, 3, 4), sill=True, blind=0.12)
    yield from ground_floor(rng, Box(x0, GROUND, w, floors[0][1]), n, shops=0.4)
    crest, spandrel = pick(rng, "rays", "flutes", "stairs"), pick(rng, "chevron", "lozenge", "plain", "none")
    for k, (y, h) in enumerate(floors[1:], start=1):
        for i, cell in enumerate(cells):
            ww = cell.w * 0.56
            yield from el.window(Box(cell.cx - ww / 2, y + 0.28 * h, ww, 0.6 * h), style, rng)
            yield from _spandrel(Box(cell.cx - ww / 2, y + 0.03 * h, ww, 0.17 * h), spandrel, (i + k) % 2 == 0)
    foot = floors[1][0]
    for i in range(n + 1):
        up = max(lift[max(i - 1, 0)], lift[min(i, n - 1)])
        x = min(max(x0 + w * i / n - 0.011, x0), x1 - 0.022)
        yield rect(Box(x, foot, 0.022, top + up + 0.02 - foot), PILLAR, "pillar", 0.020)
        yield rect(Box(x + 0.006, foot, 0.010, top + up + 0.032 - foot), PILLAR, "pillar", 0.028, ink=0.6)
    yield from el.cornice(Box(x0, foot - 0.014, w, 0.018), depth=0.026)
    for cell, up in zip(cells, lift, strict=True):
        panel = Box(cell.x + 0.018, top + 0.008, cell.w - 0.036, max(up - 0.022, 0.01))
        yield from _crest(panel, crest)
        yield rect(Box(cell.x + 0.011, top + up - 0.012, cell.w - 0.022, 0.012), CORNICE, "trim", 0.022)


def _crest(box: Box, kind: str) -> Iterator[Part]:
    """The ornament between the tops of two piers."""
    yield rect(box, DECO, "accent", 0.006)
    if kind == "rays":
        for t in np.linspace(-0.42, 0.42, 5):
            yield bar((box.cx, box.y), (box.cx + t * box.w, box.y1), 0.003, DECO, "trim", 0.010, ink=0.5)
    elif kind == "flutes":
        for cell in box.columns(max(3, round(box.w / 0.018))):
            yield rect(cell.part(0.28, 0.06, 0.72, 0.9), DECO, "trim", 0.010, ink=0.5)
    else:
        for t in (0.0, 0.16, 0.32):
            yield rect(
                box.part(t, 0, 1 - t, 0.4 + 1.7 * t), DECO, "trim", 0.004 + 0.02 * t, shade=0.85 + 0.4 * t, ink=0.6
            )


def _spandrel(box: Box, kind: str, up: bool) -> Iterator[Part]:
    """The panel between two windows, one over the other."""
    if kind == "none":
        return
    yield rect(box, DECO, "accent", 0.004, ink=0.7)
    if kind == "chevron":
        a, b = (box.y + box.h * 0.2, box.y1 - box.h * 0.2) if up else (box.y1 - box.h * 0.2, box.y + box.h * 0.2)
        yield bar((box.x, a), (box.cx, b), 0.004, DECO, "trim", 0.007, ink=0.5)
        yield bar((box.cx, b), (box.x1, a), 0.004, DECO, "trim", 0.007, ink=0.5)
    elif kind == "lozenge":
        for cell in box.columns(3):
            points = [
                (cell.cx, cell.y + 0.1 * cell.h),
                (cell.x1 - 0.1 * cell.w, cell.cy),
                (cell.cx, cell.y1 - 0.1 * cell.h),
                (cell.x + 0.1 * cell.w, cell.cy),
            ]
            yield poly(points, DECO, "trim", 0.008, ink=0.5)
