"""The plan as a drawing by hand (chapter 01_sketches_and_pictures).

Lines wobble, overshoot at corners, leave gaps, swell and fade, and are sometimes drawn twice.
"""

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from .architecture import Plan
from .parts import Part

_POINTS = 14  # of one stroke
_EVEN = np.linspace(0, 1, _POINTS)


def draw_sketch(plan: Plan, size: int, rng: np.random.Generator) -> np.ndarray:
    """Dark strokes on white, uint8 (size, size, 3)."""
    fine = max(size, 256)
    fine = size * -(-fine // size)
    renderer = RendererAgg(fine, fine, 72)
    context = renderer.new_gc()
    context.set_linewidth(0)
    context.set_antialiased(True)
    scale = Affine2D().scale(fine)
    paper, ribbons, owners, darkness = _strokes(plan, rng)
    renderer.draw_path(context, Path([(0, 0), (1, 0), (1, 1), (0, 1)], closed=False), scale, (1.0, 1.0, 1.0, 1.0))
    at = 0
    for k, outline in enumerate(paper):
        if outline is not None:  # what lies behind a part is not seen
            renderer.draw_path(context, Path(outline), scale, (1.0, 1.0, 1.0, 1.0))
        while at < len(owners) and owners[at] == k:
            ink = 1 - float(darkness[at])
            renderer.draw_path(context, Path(ribbons[at]), scale, (ink, ink, ink, 0.9))
            at += 1
    pixels = np.asarray(renderer.buffer_rgba())[..., :3].astype(np.float32)
    ratio = fine // size
    small = pixels.reshape(size, ratio, size, ratio, 3).mean((1, 3))
    return (small + 0.5).astype(np.uint8)


def _strokes(plan: Plan, rng: np.random.Generator) -> tuple[list[np.ndarray | None], np.ndarray, list[int], np.ndarray]:
    """Outlines to clear, ribbons (n, 2 * _POINTS, 2) of ink, the part of each, and how dark it is.

    Every drawing has its own hand (how unsteady), pen (how wide) and tone (pencil gray or ink).
    """
    hand, pen, tone = rng.uniform(0.6, 1.3), rng.uniform(0.85, 1.25), rng.uniform(0.74, 1.0)
    hatched = rng.choice([0.0, 0.0, 0.15, 0.5])  # share of panes with hatching
    paper, lines, owners, weights = [], [], [], []
    for k, part in enumerate(plan.parts):
        paper.append(part.outline if part.finish is not None else None)
        for stroke in (*part.strokes, *_hatching(part, hatched, rng)):
            for _ in range(1 + (rng.random() < 0.10 * part.ink)):
                for piece in _pieces(stroke, rng):
                    lines.append(piece)
                    owners.append(k)
                    weights.append(part.ink)
    middle = np.stack(lines)
    weight = np.array(weights)[:, None]
    return paper, _ribbons(middle, weight, hand, pen, rng), owners, tone * _darkness(weight[:, 0], rng)


def _hatching(part: Part, share: float, rng: np.random.Generator) -> list[np.ndarray]:
    """Slanted lines that darken a pane."""
    if part.finish != "glass" or rng.random() >= share:
        return []
    (x0, y0), (x1, y1) = part.outline.min(0), part.outline.max(0)
    lean = 0.5 * (y1 - y0)
    starts = np.arange(x0 + rng.uniform(0, 0.008), x1, rng.uniform(0.008, 0.012))
    ends = np.minimum(starts + lean, x1)
    return [np.array([(a, y0), (b, y0 + (b - a) * 2)]) for a, b in zip(starts, ends, strict=True) if b - a > 0.003]


def _darkness(weight: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(0.62 + 0.28 * weight + rng.normal(0, 0.08, len(weight)), 0.45, 0.96)


def _pieces(stroke: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """The stroke as evenly spaced points (_POINTS, 2), overshooting its ends, sometimes with a gap."""
    if len(stroke) > _POINTS:  # a long curve is drawn in several moves
        half = len(stroke) // 2
        return [*_pieces(stroke[: half + 1], rng), *_pieces(stroke[half:], rng)]
    steps = np.hypot(*np.diff(stroke, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    total = along[-1]
    if total < 1e-6:
        return []
    over = rng.normal(0.0012, 0.002, 2)
    ranges = [(-over[0], total + over[1])]
    if total > 0.08 and rng.random() < 0.25:
        gap, reach = rng.uniform(0.2, 0.8) * total, rng.uniform(0.002, 0.005)
        ranges = [(-over[0], gap - reach), (gap + reach, total + over[1])]
    return [_resampled(stroke, along, a + (b - a) * _EVEN) for a, b in ranges]


def _resampled(stroke: np.ndarray, along: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The points at lengths ``at`` along a stroke, which goes straight on beyond its ends."""
    if len(stroke) == 2:
        return stroke[0] + (stroke[1] - stroke[0]) / along[1] * at[:, None]
    out = np.stack([np.interp(at, along, stroke[:, 0]), np.interp(at, along, stroke[:, 1])], 1)
    out[0] += (stroke[0] - stroke[1]) / max(along[1], 1e-9) * max(-at[0], 0)
    out[-1] += (stroke[-1] - stroke[-2]) / max(along[-1] - along[-2], 1e-9) * max(at[-1] - along[-1], 0)
    return out


def _ribbons(middle: np.ndarray, weight: np.ndarray, hand: float, pen: float, rng: np.random.Generator) -> np.ndarray:
    """Wobbling lines of varying width, as closed outlines."""
    n = len(middle)
    length = np.hypot(*(middle[:, -1] - middle[:, 0]).T)[:, None]
    t = np.linspace(0, 1, _POINTS)[None]
    reach = np.minimum(0.0007 + 0.004 * length, 0.0022) * hand
    phase, rate = rng.uniform(0, 2 * np.pi, (2, n, 1)), rng.uniform(0.5, 1.2, (2, n, 1)) * (1 + 3 * length)
    bend = np.sin(2 * np.pi * rate[0] * t + phase[0]) + 0.5 * np.sin(4 * np.pi * rate[1] * t + phase[1])
    slip = rng.normal(0, 0.0006 * hand, (n, 1, 2))
    along = np.gradient(middle, axis=1)
    normal = np.stack([-along[..., 1], along[..., 0]], -1)
    normal /= np.maximum(np.hypot(normal[..., :1], normal[..., 1:]), 1e-9)
    center = middle + slip + normal * (reach * bend)[..., None]
    width = pen * (0.0012 + 0.0021 * weight) * rng.uniform(0.8, 1.25, (n, 1))
    swell = 1 + 0.25 * np.sin(2 * np.pi * rng.uniform(0.3, 1.2, (n, 1)) * t + rng.uniform(0, 6, (n, 1)))
    taper = 0.45 + 0.55 * np.minimum(1, 6 * np.minimum(t, 1 - t))
    side = normal * (width * swell * taper / 2)[..., None]
    return np.concatenate([center + side, (center - side)[:, ::-1]], axis=1)
