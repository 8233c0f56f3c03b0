"""The plan in color, with light and shadow (chapter 01_sketches_and_pictures).

Every pixel knows its part, and so its finish and its relief. Paints give the color; the relief gives the
shadows, which therefore fit the drawing everywhere.
"""

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from scipy.ndimage import gaussian_filter, uniform_filter

from .appearance import Appearance
from .architecture import Plan
from .materials import Grain, Patch, plain, plain_tone
from .parts import Part

_STILL = {"sky", "pavement", "road", "curb"}  # finishes that take no relief shading


def raster(outlines: list[np.ndarray], values: list[int], size: int) -> np.ndarray:
    """The polygons (n, 2) filled with whole numbers up to 65535, later over earlier: int32 (size, size)."""
    renderer = RendererAgg(size, size, 72)
    context = renderer.new_gc()
    context.set_linewidth(0)
    context.set_antialiased(False)
    scale = Affine2D().scale(size)
    for outline, value in zip(outlines, values, strict=True):
        path = Path(np.concatenate([outline, outline[:1]]), closed=True)
        renderer.draw_path(context, path, scale, (value // 256 / 255, value % 256 / 255, 0.0, 1.0))
    pixels = np.asarray(renderer.buffer_rgba())[..., :2].astype(np.int32)
    return pixels[..., 0] * 256 + pixels[..., 1]


def draw_labels(plan: Plan, size: int) -> np.ndarray:
    """The class of every pixel, uint8 (size, size)."""
    parts = [p for p in plan.parts if len(p.outline) > 3]
    return raster([p.outline for p in parts], [p.label for p in parts], size).astype(np.uint8)


def draw_picture(plan: Plan, appearance: Appearance, size: int, seed: np.random.SeedSequence) -> np.ndarray:
    """The picture in color, uint8 (size, size, 3). ``seed`` is for grain, curtains, lamps."""
    fine = size * max(2, -(-512 // size))
    parts = [p for p in plan.parts if p.finish is not None]
    ids = raster([p.outline for p in parts], list(range(len(parts))), fine)
    colors, emission = _paint(parts, ids, appearance, fine, seed)
    relief = np.array([p.depth for p in parts], np.float32)[ids]
    still = np.array([p.finish in _STILL for p in parts])[ids]
    out = _light(colors, emission, relief, still, appearance)
    if appearance.weather == "snow":
        out = _snow(out, relief, parts, ids)
    if appearance.weather == "rain":
        out = _wet(out, fine)
    out = _finish(out, (emission > 0.6) & ~still, appearance)
    out = out.reshape(size, fine // size, size, fine // size, 3).mean((1, 3))
    return (np.clip(out, 0, 1) * 255 + 0.5).astype(np.uint8)


def _paint(
    parts: list[Part], ids: np.ndarray, appearance: Appearance, fine: int, seed: np.random.SeedSequence
) -> tuple[np.ndarray, np.ndarray]:
    """Color (h, w, 3) and emission (h, w) of every pixel before light falls on it."""
    grain = Grain(fine, seed)
    names = list(appearance.finishes)
    finish_of = np.array([names.index(str(p.finish)) for p in parts])
    finish_ids = finish_of.astype(np.uint8)[ids]
    flat = np.array([finish.color for finish in appearance.finishes.values()], np.float32)
    colors = flat[finish_ids] * plain_tone(grain)[..., None]  # most finishes are plain
    emission = np.zeros((fine, fine), np.float32)
    axis = (np.arange(fine, dtype=np.float32) + 0.5) / fine
    seen = np.flatnonzero(np.bincount(ids.ravel(), minlength=len(parts)))
    for number in np.unique(finish_of[seen]):
        finish, members = appearance.finishes[names[number]], seen[finish_of[seen] == number]
        if finish.paint is plain:
            continue
        for group in members[:, None] if finish.local else [members]:
            window = _window([parts[i].outline for i in group], fine)
            mask = ids[window] == group[0] if finish.local else finish_ids[window] == number
            # Numbered by part, not by what is visible: the same at every size.
            rng = np.random.default_rng([*seed.generate_state(2), number, group[0] if finish.local else 0])
            x, y = axis[None, window[1]], 1 - axis[window[0], None]
            patch = Patch(window, x, y, grain, appearance, rng, np.zeros(mask.shape, np.float32))
            np.copyto(colors[window], finish.paint(patch, finish), where=mask[..., None])
            np.copyto(emission[window], patch.emission, where=mask)
    shade = np.array([p.shade for p in parts], np.float32)
    return colors * shade[ids][..., None], emission


def _window(outlines: list[np.ndarray], fine: int) -> tuple[slice, slice]:
    """The rectangle of pixels that holds the outlines."""
    low = np.min([o.min(0) for o in outlines], axis=0)
    high = np.max([o.max(0) for o in outlines], axis=0)
    x0, x1 = int(np.clip(low[0] * fine - 1, 0, fine - 1)), int(np.clip(high[0] * fine + 2, 1, fine))
    y0, y1 = int(np.clip((1 - high[1]) * fine - 1, 0, fine - 1)), int(np.clip((1 - low[1]) * fine + 2, 1, fine))
    return slice(y0, max(y1, y0 + 1)), slice(x0, max(x1, x0 + 1))


def _moved(array: np.ndarray, down: int, right: int) -> np.ndarray:
    """The array moved by whole pixels, its edge repeated."""
    h, w = array.shape[:2]
    rows = np.clip(np.arange(h) - down, 0, h - 1)
    columns = np.clip(np.arange(w) - right, 0, w - 1)
    return array.take(rows, 0).take(columns, 1)


def _shadow(relief: np.ndarray, appearance: Appearance) -> np.ndarray:
    """How much of the sun the relief takes from each pixel, 0 to 1.

    A pixel lies in shadow where somewhere towards the sun the relief rises above the ray. The maximum over
    1, 2, 4, ... steps of a ray needs only as many passes as the number of steps has digits.
    """
    fine = relief.shape[0]
    across, down = -appearance.sun_side * appearance.sun_slope, appearance.sun_drop
    length = float(np.hypot(across, down))
    reach, step = relief.copy(), 1.0
    while step < 0.14 * fine:
        moved = _moved(reach, round(down / length * step), round(across / length * step))
        reach = np.maximum(reach, moved - np.float32(step / fine / length))
        step *= 2
    return np.clip((reach - relief) / np.float32(0.003), 0, 1)


def _light(
    colors: np.ndarray, emission: np.ndarray, relief: np.ndarray, still: np.ndarray, appearance: Appearance
) -> np.ndarray:
    """Sun, sky light, the darkness of corners, and bright upper edges."""
    fine = relief.shape[0]
    relief = np.maximum(relief, -0.05)
    shadow = uniform_filter(_shadow(relief, appearance), max(fine // 256, 1))
    near = relief - uniform_filter(relief, max(fine // 40, 3))
    wide = relief - uniform_filter(relief, max(fine // 12, 3))
    corner = 1 + np.clip(near * 14, -0.32, 0.06) + np.clip(wide * 9, -0.25, 0.06)
    slope = (relief - _moved(relief, 1, 0)) + appearance.sun_side * 0.6 * (_moved(relief, 0, -1) * -1 + relief)
    edge = np.clip(slope * 10, -0.22, 0.22)
    corner, edge = np.where(still, 1, corner), np.where(still, 0, edge)
    sun, ambient = np.asarray(appearance.sun, np.float32), np.asarray(appearance.ambient, np.float32)
    light = ambient * corner[..., None] + sun * ((1 - shadow) * (1 + edge))[..., None]
    glow = emission[..., None]
    return colors * (light * (1 - glow) + glow)


def _snow(out: np.ndarray, relief: np.ndarray, parts: list[Part], ids: np.ndarray) -> np.ndarray:
    """Snow on roofs and on everything that juts out."""
    fine = relief.shape[0]
    roofs = np.array([p.finish in {"roof", "roof2", "roof_edge"} for p in parts])[ids]
    thick = max(round(0.007 * fine), 1)
    ledge = np.zeros_like(relief, bool)
    for k in range(1, thick + 1):
        ledge |= (_moved(relief, -k, 0) - relief) > 0.0065
    ledge &= relief > -0.5
    white = np.asarray((0.93, 0.95, 0.99), np.float32)
    out = np.where(roofs[..., None], out * 0.25 + 0.72 * white, out)
    return np.where(ledge[..., None], white * 0.97, out)


def _wet(out: np.ndarray, fine: int) -> np.ndarray:
    """A wet street that mirrors the houses."""
    line = fine - round(0.1 * fine)
    below = fine - line
    mirror = out[line - 3 * below : line : 3][::-1]
    mirror = gaussian_filter(mirror, (fine / 80, fine / 200, 0))
    street = out[line:]
    out[line:] = street * 0.50 + mirror[:below] * 0.48
    return out


def _finish(out: np.ndarray, lamps: np.ndarray, appearance: Appearance) -> np.ndarray:
    """Lamps bleed light into what is near, and the corners of the picture darken a little."""
    fine = out.shape[0]
    if appearance.lit > 0.15:
        halo = out * lamps[..., None]
        for side in (fine // 24, fine // 14):
            halo = uniform_filter(halo, (side, side, 1))
        out = out + (0.7 * appearance.lit) * halo * (0.35 + out)
    axis = np.linspace(-1, 1, fine, dtype=np.float32)
    far = axis[:, None] ** 2 + axis[None] ** 2
    return out * (1.02 - 0.07 * far)[..., None]
