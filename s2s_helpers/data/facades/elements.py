"""The vocabulary of the drawn facades: windows, doors, shops, balconies, cornices, roofs (chapter
01_sketches_and_pictures). Every function yields the parts of one element, back to front."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .parts import (
    BALCONY,
    BLIND,
    CORNICE,
    DECO,
    DOOR,
    FACADE,
    MOLDING,
    PILLAR,
    SHOP,
    SILL,
    WINDOW,
    Box,
    Part,
    arched,
    bar,
    ellipse,
    poly,
    rect,
)


@dataclass(frozen=True)
class WindowStyle:
    """How all windows of a storey look. Lengths are fractions of the window's width."""

    rise: float = 0.0  # height of the arch: 0 straight, 0.5 a half circle
    columns: int = 2
    rows: int = 2
    transom: bool = False  # one strong bar at two thirds of the height
    surround: float = 0.0  # width of the frame of stone around it
    crown: str = "none"  # none, key, lintel, hood, triangle, round
    sill: bool = True
    shutters: str = "none"  # none, louvers, panels
    blind: float = 0.0  # chance of a half-drawn roller blind
    flowers: float = 0.0  # chance of a flower box


def window(box: Box, style: WindowStyle, rng: np.random.Generator) -> Iterator[Part]:
    """A window in its opening ``box``, with its surround, crown, sill, shutters and blind."""
    rise, t = style.rise * box.w, style.surround * box.w
    if style.surround:
        outer = Box(box.x - t, box.y - t * 0.2, box.w + 2 * t, box.h + 1.2 * t)
        yield poly(arched(outer, rise and rise + t * 0.6), MOLDING, "trim", 0.005)
    yield from _crown(box, style.crown, max(t, 0.12 * box.w))
    yield poly(arched(box, rise), WINDOW, "frame", -0.010)
    f = min(0.075 * box.w, 0.006) + 0.0012
    pane = box.inset(f)
    yield poly(arched(pane, max(rise - f * 0.5, 0)), WINDOW, "glass", -0.013, ink=0.5)
    yield from _bars(pane, style, rise)
    if rng.random() < style.blind:
        yield from _roller(pane, rng)
    if style.shutters != "none":
        yield from _shutters(box, style.shutters, rise)
    if style.sill:
        s = Box(box.x - t - 0.08 * box.w, box.y - 0.012, box.w * 1.16 + 2 * t, 0.012)
        yield rect(s, SILL, "trim", 0.014)
        if rng.random() < style.flowers:
            yield from flower_box(Box(box.x, box.y, box.w, 0.02), rng)


def _bars(pane: Box, style: WindowStyle, rise: float) -> Iterator[Part]:
    thin = min(0.05 * pane.w, 0.0035) + 0.0012
    for i in range(1, style.columns):
        x = pane.x + pane.w * i / style.columns
        # An arch is lower away from the middle.
        top = pane.y1 - rise * (2 * abs(i / style.columns - 0.5)) ** 2
        yield bar((x, pane.y), (x, top), thin, WINDOW, "frame", -0.010)
    for j in range(1, style.rows):
        y = pane.y + (pane.h - rise * 0.6) * j / style.rows
        yield bar((pane.x, y), (pane.x1, y), thin, WINDOW, "frame", -0.010)
    if style.transom:
        y = pane.y + (pane.h - rise * 0.6) * 0.7
        yield bar((pane.x, y), (pane.x1, y), thin * 1.7, WINDOW, "frame", -0.009)


def _crown(box: Box, kind: str, t: float) -> Iterator[Part]:
    top = box.y1 + t * 0.9
    if kind == "key":
        w = 0.11 * box.w
        points = [
            (box.cx - w, box.y1 - 0.004),
            (box.cx + w, box.y1 - 0.004),
            (box.cx + w * 1.5, top),
            (box.cx - w * 1.5, top),
        ]
        yield poly(points, DECO, "trim", 0.010)
    elif kind == "lintel":
        points = [(box.x - t * 0.4, box.y1), (box.x1 + t * 0.4, box.y1), (box.x1 + t, top), (box.x - t, top)]
        yield poly(points, MOLDING, "trim", 0.005)
    elif kind == "hood":
        yield rect(Box(box.x - t * 1.4, top, box.w + 2.8 * t, 0.011), MOLDING, "trim", 0.020)
    elif kind in ("triangle", "round"):
        base = Box(box.x - t * 1.5, top, box.w + 3 * t, 0.008)
        high = base.w * 0.24
        if kind == "triangle":
            shape = [(base.x, base.y1), (base.x1, base.y1), (base.cx, base.y1 + high)]
            inner = [
                (base.x + high, base.y1 + 0.003),
                (base.x1 - high, base.y1 + 0.003),
                (base.cx, base.y1 + high * 0.66),
            ]
        else:
            shape = arched(Box(base.x, base.y1 - 1e-3, base.w, high), high)
            inner = arched(Box(base.x + high * 0.5, base.y1 + 0.002, base.w - high, high * 0.6), high * 0.6)
        yield poly(shape, DECO, "trim", 0.020)
        yield poly(inner, DECO, "trim", 0.010, shade=0.9, ink=0.5)
        yield rect(base, MOLDING, "trim", 0.022)


def _roller(pane: Box, rng: np.random.Generator) -> Iterator[Part]:
    low = rng.uniform(0.3, 0.75)
    cover = pane.part(0, low, 1, 1)
    yield rect(cover, BLIND, "blind", -0.011)
    n = max(int(cover.h / 0.011), 2)
    for j in range(1, n):
        y = cover.y + cover.h * j / n
        yield bar((cover.x, y), (cover.x1, y), 0.002, BLIND, "blind_line", -0.012, ink=0.35)


def _shutters(box: Box, kind: str, rise: float) -> Iterator[Part]:
    w = box.w * 0.47
    tall = box.h - rise * 0.5
    for x in (box.x - w - 0.002, box.x1 + 0.002):
        leaf = Box(x, box.y, w, tall)
        yield rect(leaf, BLIND, "shutter", 0.009)
        if kind == "louvers":
            for half in (leaf.part(0.14, 0.05, 0.86, 0.47), leaf.part(0.14, 0.53, 0.86, 0.95)):
                yield rect(half, BLIND, "louver", 0.006, ink=0.5)
        else:
            for half in (leaf.part(0.2, 0.07, 0.8, 0.45), leaf.part(0.2, 0.55, 0.8, 0.93)):
                yield rect(half, BLIND, "shutter", 0.006, shade=0.92, ink=0.5)


def flower_box(box: Box, rng: np.random.Generator) -> Iterator[Part]:
    """Flowers in a box: a hedge of bumps over a trough."""
    n = max(int(box.w / 0.014), 3)
    tops = box.y + box.h * (0.55 + 0.6 * rng.random(n))
    bumps = [(box.x + box.w * (i + 0.5) / n, tops[i]) for i in range(n)][::-1]
    yield poly([(box.x, box.y), (box.x1, box.y), *bumps], DECO, "flowers", 0.018, ink=0.6)
    yield rect(Box(box.x, box.y - 0.006, box.w, 0.011), DECO, "flowerpot", 0.022)


def balcony(box: Box, rng: np.random.Generator, kind: str, brackets: bool = True) -> Iterator[Part]:
    """A balcony whose rail fills ``box``, on a slab below it. ``kind``: bars, cross, stone, glass."""
    slab = Box(box.x - 0.006, box.y - 0.012, box.w + 0.012, 0.012)
    if brackets:
        n = max(2, round(box.w / 0.11))
        for i in range(n):
            x = box.x + box.w * (i + 0.5) / n
            points = [
                (x - 0.006, slab.y),
                (x + 0.006, slab.y),
                (x + 0.006, slab.y - 0.012),
                (x - 0.006, slab.y - 0.022),
            ]
            yield poly(points, BALCONY, "trim", 0.018, ink=0.6)
    rail = 0.036
    if kind == "glass":
        yield rect(box, BALCONY, "balcony_glass", rail)
    elif kind == "stone":
        yield from _balusters(box, rail)
    else:
        yield rect(box, BALCONY, None, ink=0)
        yield from _rail(box, kind, rail)
    top = Box(box.x - 0.002, box.y1 - 0.006, box.w + 0.004, 0.007)
    yield rect(top, BALCONY, "trim" if kind == "stone" else "metal", rail + 0.002, ink=0.8)
    yield rect(slab, BALCONY, "trim", 0.040)


def _rail(box: Box, kind: str, depth: float) -> Iterator[Part]:
    n = max(3, round(box.w / 0.0135))
    xs = np.linspace(box.x, box.x1, n + 1)
    for x in xs:
        yield bar((x, box.y), (x, box.y1), 0.0032, BALCONY, "metal", depth, ink=0.5)
    if kind == "cross":
        wide = max(2, round(box.w / 0.045))
        for a, b in zip(np.linspace(box.x, box.x1, wide + 1), np.linspace(box.x, box.x1, wide + 1)[1:], strict=False):
            yield bar((a, box.y), (b, box.y1), 0.003, BALCONY, "metal", depth, ink=0.5)
            yield bar((a, box.y1), (b, box.y), 0.003, BALCONY, "metal", depth, ink=0.5)


def _balusters(box: Box, depth: float) -> Iterator[Part]:
    yield rect(box, BALCONY, "dark", 0.012, ink=0.6)
    n = max(3, round(box.w / 0.017))
    for cell in box.columns(n):
        yield poly(
            ellipse(cell.cx, cell.cy - 0.1 * cell.h, cell.w * 0.36, cell.h * 0.5, 12), BALCONY, "trim", depth, ink=0.5
        )


def door(
    box: Box, rng: np.random.Generator, kind: str = "panels", rise: float = 0.0, surround: float = 0.12, leaves: int = 1
) -> Iterator[Part]:
    """A door in its opening ``box`` (its foot on the ground). ``kind``: panels, glazed, planks."""
    t = surround * box.w
    if surround:
        outer = Box(box.x - t, box.y, box.w + 2 * t, box.h + t)
        yield poly(arched(outer, rise and rise + t * 0.6), MOLDING, "trim", 0.008)
    yield poly(arched(box, rise), DOOR, "door", -0.012)
    high = 0.76 if rise or rng.random() < 0.7 else 1.0
    if high < 1:
        light = box.inset(0.005).part(0.02, high, 0.98, 1)
        yield poly(arched(light, max(min(rise - 0.004, light.h), 0)), DOOR, "glass", -0.015, ink=0.6)
        for i in (1, 2, 3):
            x = light.x + light.w * i / 4
            foot = (light.cx, light.y) if rise else (x, light.y)
            yield bar(foot, (x, light.y1 - (rise * 0.35 if i != 2 else 0)), 0.003, DOOR, "door", -0.012, ink=0.5)
    body = box.part(0, 0, 1, high)
    yield bar((body.x, body.y1), (body.x1, body.y1), 0.005, DOOR, "door", -0.008, ink=0.8)
    for leaf in body.inset(0.002, 0).columns(leaves):
        yield rect(leaf, DOOR, "door", -0.011, ink=0.7)
        yield from _leaf(leaf, kind)
    yield poly(
        ellipse(body.cx + (0.003 if leaves > 1 else body.w * 0.34), body.y + body.h * 0.46, 0.0035, 0.0035, 8),
        DOOR,
        "brass",
        -0.006,
        ink=0.5,
    )


def _leaf(leaf: Box, kind: str) -> Iterator[Part]:
    if kind == "glazed":
        yield rect(leaf.part(0.18, 0.36, 0.82, 0.93), DOOR, "glass", -0.014, ink=0.6)
        yield rect(leaf.part(0.2, 0.06, 0.8, 0.27), DOOR, "door", -0.014, shade=0.86, ink=0.5)
    elif kind == "planks":
        for i in range(1, 4):
            x = leaf.x + leaf.w * i / 4
            yield bar((x, leaf.y), (x, leaf.y1), 0.002, DOOR, "dark", -0.012, ink=0.4)
    else:
        columns = 2 if leaf.w > 0.045 else 1
        for column in leaf.columns(columns):
            for low, high in ((0.05, 0.24), (0.30, 0.62), (0.68, 0.94)):
                yield rect(column.part(0.2, low, 0.8, high), DOOR, "door", -0.014, shade=0.88, ink=0.5)


def steps(box: Box, n: int) -> Iterator[Part]:
    """Steps in front of a door, widening downwards."""
    for j in range(n):
        grow = 0.012 * (n - 1 - j)
        yield rect(
            Box(box.x - grow, box.y + box.h * j / n, box.w + 2 * grow, box.h / n), DOOR, "step", 0.03 - 0.006 * j
        )


def shop(box: Box, rng: np.random.Generator, awning: bool, with_door: bool) -> Iterator[Part]:
    """A shop front filling ``box``: fascia, panes, a door, perhaps a striped awning."""
    yield rect(box, SHOP, "shopfront", 0.008)
    fascia = box.part(0, 0.83, 1, 1)
    glazing = box.part(0.03, 0, 0.97, 0.80)
    n = max(2, round(box.w / 0.09))
    at = int(rng.integers(n)) if with_door else -1
    for i, cell in enumerate(glazing.columns(n)):
        if i == at:
            yield from door(cell.part(0.1, 0, 0.9, 0.98), rng, "glazed", surround=0)
            continue
        pane = cell.part(0.05, 0.24, 0.95, 0.97)
        yield rect(pane, SHOP, "shopglass", -0.012, ink=0.8)
        yield bar((pane.x, pane.y + pane.h * 0.8), (pane.x1, pane.y + pane.h * 0.8), 0.004, SHOP, "shopfront", -0.006)
        yield rect(cell.part(0.1, 0.04, 0.9, 0.18), SHOP, "shopfront", 0.004, shade=0.85, ink=0.5)
    yield rect(fascia, SHOP, "shopfront", 0.014)
    yield rect(fascia.part(0.14, 0.22, 0.86, 0.78), SHOP, "sign", 0.016, ink=0.6)
    yield rect(Box(box.x - 0.006, box.y1 - 0.004, box.w + 0.012, 0.011), MOLDING, "trim", 0.026)
    if awning:
        yield from _awning(box.part(0.0, 0.58, 1.0, 0.84))


def _awning(box: Box) -> Iterator[Part]:
    n = max(4, round(box.w / 0.03))
    flare = 0.008
    low = box.y + 0.008
    yield poly([(box.x - flare, low), (box.x1 + flare, low), (box.x1, box.y1), (box.x, box.y1)], SHOP, "awning", 0.050)
    x0, w = box.x - flare, (box.w + 2 * flare) / n
    for i in range(n):
        scallop = Box(x0 + i * w, low - 0.012, w, 0.012)
        flipped = [(x, 2 * scallop.cy - y) for x, y in arched(scallop, w * 0.35)]
        yield poly(flipped, SHOP, "awning_even" if i % 2 == 0 else "awning_odd", 0.054, ink=0.5)
        if i:
            top = (box.x + box.w * i / n, box.y1)
            yield Part(SHOP, np.array([top, top, top]), None, strokes=(np.array([(x0 + i * w, low), top]),), ink=0.4)


def cornice(box: Box, dentils: str = "none", depth: float = 0.030, label: int = CORNICE) -> Iterator[Part]:
    """A cornice: courses that step out towards the top. ``dentils``: none, fine, brackets."""
    if dentils != "none":
        pitch, wide, high = (0.016, 0.5, 0.35) if dentils == "fine" else (0.05, 0.32, 0.9)
        n = max(3, round(box.w / pitch))
        for cell in box.columns(n):
            foot = Box(cell.cx - cell.w * wide / 2, box.y - box.h * high, cell.w * wide, box.h * high)
            yield rect(foot, label, "trim", depth * 0.55, ink=0.5)
    for low, high, out in ((0.0, 0.42, 0.35), (0.38, 0.72, 0.7), (0.7, 1.0, 1.0)):
        grow = 0.012 * out
        yield rect(
            Box(box.x - grow, box.y + box.h * low, box.w + 2 * grow, box.h * (high - low)),
            label,
            "trim",
            depth * out,
            ink=0.8,
        )


def course(box: Box, depth: float = 0.010) -> Iterator[Part]:
    """A plain band of stone across the wall."""
    yield rect(box, MOLDING, "trim", depth)


def pilaster(box: Box, fluted: bool = False, depth: float = 0.010) -> Iterator[Part]:
    """A flat pillar with a foot and a capital."""
    yield rect(box, PILLAR, "pillar", depth)
    if fluted:
        for i in (1, 2, 3):
            x = box.x + box.w * i / 4
            yield bar((x, box.y + 0.03), (x, box.y1 - 0.03), 0.0025, PILLAR, "trim_dark", depth - 0.003, ink=0.35)
    g = box.w * 0.16
    yield rect(Box(box.x - g, box.y, box.w + 2 * g, 0.018), PILLAR, "trim", depth + 0.006)
    yield rect(Box(box.x - g, box.y1 - 0.014, box.w + 2 * g, 0.014), PILLAR, "trim", depth + 0.008)
    yield rect(Box(box.x - g * 0.5, box.y1 - 0.022, box.w + g, 0.008), PILLAR, "trim", depth + 0.004, ink=0.5)


def quoins(x: float, y0: float, y1: float, side: int) -> Iterator[Part]:
    """Stones at the corner of a wall, long and short in turn. ``side`` is 1 at the left edge, -1 at the right."""
    n = max(4, round((y1 - y0) / 0.028))
    h = (y1 - y0) / n
    for j in range(n):
        w = 0.036 if j % 2 == 0 else 0.024
        yield rect(Box(x if side > 0 else x - w, y0 + j * h, w, h * 0.94), PILLAR, "trim", 0.005, ink=0.6)


def medallion(cx: float, cy: float, r: float) -> Iterator[Part]:
    yield poly(ellipse(cx, cy, r, r * 1.15), DECO, "trim", 0.008)
    yield poly(ellipse(cx, cy, r * 0.62, r * 0.72), DECO, "accent", 0.005, ink=0.6)


def garland(box: Box) -> Iterator[Part]:
    """A hanging garland between two rosettes."""
    t = np.linspace(0, 1, 11)
    drop = 4 * t * (1 - t)
    top = [(box.x + box.w * a, box.y1 - box.h * 0.55 * d) for a, d in zip(t, drop, strict=True)]
    low = [(box.x + box.w * a, box.y1 - box.h * (0.15 + 0.85 * d)) for a, d in zip(t, drop, strict=True)]
    yield poly([*top, *low[::-1]], DECO, "trim", 0.007, ink=0.7)
    for x in (box.x, box.x1):
        yield poly(ellipse(x, box.y1 - box.h * 0.08, box.h * 0.22, box.h * 0.22, 10), DECO, "trim", 0.010, ink=0.6)


def chimney(box: Box, pots: int = 2) -> Iterator[Part]:
    for cell in box.part(0.1, 0, 0.9, 1).columns(pots):
        yield rect(Box(cell.cx - 0.006, box.y1, 0.012, 0.022), FACADE, "pot", 0.0, ink=0.7)
    yield rect(box, FACADE, "chimney", 0.0)
    yield rect(Box(box.x - 0.004, box.y1 - 0.012, box.w + 0.008, 0.012), FACADE, "trim", 0.006)


def dormer(box: Box, kind: str, style: WindowStyle, rng: np.random.Generator) -> Iterator[Part]:
    """A window standing out of a roof. ``kind``: triangle, round, flat."""
    yield rect(box, FACADE, "dormer", 0.020)
    high = box.w * 0.42
    if kind == "triangle":
        yield poly([(box.x - 0.008, box.y1), (box.x1 + 0.008, box.y1), (box.cx, box.y1 + high)], FACADE, "trim", 0.026)
    elif kind == "round":
        yield poly(arched(Box(box.x - 0.006, box.y1 - 1e-3, box.w + 0.012, high), high), FACADE, "trim", 0.026)
    else:
        yield rect(Box(box.x - 0.006, box.y1, box.w + 0.012, 0.01), FACADE, "trim", 0.028)
    yield from window(box.part(0.17, 0.08, 0.83, 0.95), style, rng)
