"""How materials look close up: brick, stone, plaster, boards, tiles, glass, leaves (chapter
01_sketches_and_pictures).

A paint is a function of a patch of the picture and a finish; it returns colors (h, w, 3), roughly in [0, 1],
as they would look in plain white light. Light and shadow come later, in ``picture``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from .appearance import Appearance

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Finish:
    """A paint with its colors. ``local`` paints are called once for every part, others once for all."""

    paint: Callable[["Patch", "Finish"], np.ndarray]
    color: Color
    second: Color = (1.0, 1.0, 1.0)
    scale: float = 1.0
    local: bool = False


class Grain:
    """Smooth random fields over the whole picture, the same at every resolution."""

    def __init__(self, size: int, seed: np.random.SeedSequence):
        self.size, self._seed = size, seed
        self._fields: dict[tuple[int, int, int], np.ndarray] = {}

    def __call__(self, fx: int, fy: int, k: int = 0) -> np.ndarray:
        """Noise (size, size), about uniform in [-1, 1], with ``fx`` by ``fy`` bumps across the picture."""
        key = (fx, fy, k)
        if key not in self._fields:
            rng = np.random.default_rng([*self._seed.generate_state(2), fx, fy, k])
            lattice = rng.uniform(-1, 1, (fy, fx)).astype(np.float32)
            image = Image.fromarray(lattice).resize((self.size, self.size), Image.Resampling.BICUBIC)
            self._fields[key] = np.asarray(image)
        return self._fields[key]


@dataclass
class Patch:
    """A rectangle of the picture: ``x`` (1, w) and ``y`` (h, 1) in picture widths, y up."""

    window: tuple[slice, slice]
    x: np.ndarray
    y: np.ndarray
    grain: Grain
    appearance: "Appearance"
    rng: np.random.Generator
    emission: np.ndarray = field(repr=False)  # (h, w), written by what shines by itself

    def noise(self, fx: int, fy: int, k: int = 0) -> np.ndarray:
        return self.grain(fx, fy, k)[self.window]

    @property
    def u(self) -> np.ndarray:
        """0 at the left edge of the patch, 1 at the right."""
        return (self.x - self.x[:, :1]) / max(float(self.x[0, -1] - self.x[0, 0]), 1e-6)

    @property
    def v(self) -> np.ndarray:
        """0 at the foot of the patch, 1 at the top."""
        return (self.y - self.y[-1:]) / max(float(self.y[0, 0] - self.y[-1, 0]), 1e-6)


def _rgb(color: Color, tone: np.ndarray) -> np.ndarray:
    return np.asarray(color, np.float32) * tone[..., None]


def _mix(a: np.ndarray | Color, b: np.ndarray | Color, t: np.ndarray) -> np.ndarray:
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    return a + (b - a) * t[..., None]


def _ramp(x: np.ndarray, low: float | np.ndarray, high: float | np.ndarray) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, a smooth step between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _table(patch: Patch, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """One random number in [-1, 1] for every (row, column)."""
    return patch.rng.uniform(-1, 1, (97, 89)).astype(np.float32)[
        rows.astype(np.int32) % 97, columns.astype(np.int32) % 89
    ]


# --- walls -----------------------------------------------------------------------------------------------------


def plain(patch: Patch, finish: Finish) -> np.ndarray:
    """Paint or smooth stone, with hardly any grain."""
    return _rgb(finish.color, plain_tone(patch.grain)[patch.window])


def plain_tone(grain: Grain) -> np.ndarray:
    """The light and dark of plain paint over the whole picture, (size, size)."""
    return 1 + 0.05 * grain(40, 40) + 0.03 * grain(200, 200)


def plaster(patch: Patch, finish: Finish) -> np.ndarray:
    """Plaster with clouds of old paint, fine grain, and streaks where rain runs down."""
    tone = 1 + 0.07 * patch.noise(9, 9) + 0.05 * patch.noise(40, 40) + 0.035 * patch.noise(256, 256)
    streaks = _ramp(patch.noise(70, 5), 0.25, 1.0) * (0.5 + 0.5 * patch.noise(6, 6, 1))
    foot = _ramp(0.2 - patch.y + 0.03 * patch.noise(24, 24), 0.0, 0.12)
    out = _rgb(
        finish.color, tone * (1 - 0.16 * finish.scale * np.clip(streaks, 0, 1)) * (1 - 0.2 * finish.scale * foot)
    )
    worn = _ramp(patch.noise(14, 14, 2) + 0.5 * patch.noise(50, 50, 2), 0.85, 1.0) * (finish.scale > 1)
    return _mix(out, finish.second, 0.7 * worn)


def brick(patch: Patch, finish: Finish) -> np.ndarray:
    """Courses of brick, every brick of its own color, in mortar of the second color."""
    high, long = 0.0125 * finish.scale, 0.036 * finish.scale
    row = np.floor(patch.y / high)
    along = patch.x / long + 0.5 * (row % 2)
    in_row, in_brick = patch.y / high - row, along - np.floor(along)
    own = _table(patch, row, np.floor(along))
    tone = 1 + 0.17 * own + 0.07 * patch.noise(10, 10) + 0.05 * patch.noise(200, 200)
    out = _rgb(finish.color, tone)
    out[..., 0] *= 1 + 0.06 * own
    joint = np.maximum(_ramp(np.abs(in_row - 0.5), 0.33, 0.46), _ramp(np.abs(in_brick - 0.5), 0.44, 0.48))
    return _mix(out, finish.second, 0.6 * joint)


def ashlar(patch: Patch, finish: Finish) -> np.ndarray:
    """Large cut stones with dark joints and a lit upper edge."""
    high, long = 0.036 * finish.scale, 0.085 * finish.scale
    row = np.floor(patch.y / high)
    along = patch.x / long + 0.5 * (row % 2)
    in_row, in_stone = patch.y / high - row, along - np.floor(along)
    tone = 1 + 0.07 * _table(patch, row, np.floor(along)) + 0.06 * patch.noise(30, 30) + 0.04 * patch.noise(256, 256)
    tone = tone + 0.08 * _ramp(in_row, 0.78, 0.9)
    joint = np.maximum(_ramp(np.abs(in_row - 0.5), 0.43, 0.49), _ramp(np.abs(in_stone - 0.5), 0.465, 0.495))
    return _rgb(finish.color, tone * (1 - 0.42 * joint))


def boards(patch: Patch, finish: Finish) -> np.ndarray:
    """Painted boards that overlap downwards."""
    high = 0.021 * finish.scale
    row = np.floor(patch.y / high)
    within = patch.y / high - row
    tone = 1 + 0.06 * _table(patch, row, row * 0) + 0.05 * patch.noise(12, 180) + 0.05 * (within - 0.5)
    return _rgb(finish.color, tone * (1 - 0.45 * _ramp(0.22 - within, 0.0, 0.16)))


def panels(patch: Patch, finish: Finish) -> np.ndarray:
    """Concrete or glazed panels with narrow joints."""
    wide, high = 0.12 * finish.scale, 0.075 * finish.scale
    row, column = np.floor(patch.y / high), np.floor(patch.x / wide)
    a, b = patch.y / high - row, patch.x / wide - column
    tone = 1 + 0.045 * _table(patch, row, column) + 0.05 * patch.noise(12, 12) + 0.03 * patch.noise(256, 256)
    tone = tone * (1 - 0.10 * _ramp(patch.noise(60, 4), 0.3, 1.0))
    joint = np.maximum(_ramp(np.abs(a - 0.5), 0.46, 0.49), _ramp(np.abs(b - 0.5), 0.475, 0.495))
    return _rgb(finish.color, tone * (1 - 0.35 * joint))


def rustic(patch: Patch, finish: Finish) -> np.ndarray:
    """Ground floors of stone: long courses with deep joints between them."""
    high = 0.032 * finish.scale
    row = np.floor(patch.y / high)
    within = patch.y / high - row
    tone = 1 + 0.04 * _table(patch, row, row * 0) + 0.06 * patch.noise(20, 20) + 0.04 * patch.noise(200, 200)
    tone = tone + 0.12 * _ramp(within, 0.7, 0.86) - 0.08 * _ramp(0.3 - within, 0.0, 0.2)
    return _rgb(finish.color, tone * (1 - 0.5 * _ramp(np.abs(within - 0.5), 0.42, 0.48)))


# --- roofs and wood ----------------------------------------------------------------------------------------------


def tiles(patch: Patch, finish: Finish) -> np.ndarray:
    """Round roof tiles in rows."""
    high, wide = 0.014 * finish.scale, 0.015 * finish.scale
    row = np.floor(patch.y / high)
    column = np.floor(patch.x / wide)
    bump = np.abs(np.sin(np.pi * patch.x / wide))
    tone = (0.72 + 0.34 * bump) * (1 + 0.16 * _table(patch, row, column) + 0.08 * patch.noise(20, 20))
    return _rgb(finish.color, tone * (1 - 0.35 * _ramp(0.3 - (patch.y / high - row), 0.0, 0.25)))


def slates(patch: Patch, finish: Finish) -> np.ndarray:
    """Flat slates in a bond."""
    high, wide = 0.013 * finish.scale, 0.018 * finish.scale
    row = np.floor(patch.y / high)
    along = patch.x / wide + 0.5 * (row % 2)
    tone = 1 + 0.13 * _table(patch, row, np.floor(along)) + 0.07 * patch.noise(14, 14)
    tone = tone * (1 - 0.3 * _ramp(0.25 - (patch.y / high - row), 0.0, 0.2))
    return _rgb(finish.color, tone * (1 - 0.2 * _ramp(np.abs(along - np.floor(along) - 0.5), 0.42, 0.48)))


def seams(patch: Patch, finish: Finish) -> np.ndarray:
    """Sheets of zinc or copper with standing seams."""
    wide = 0.03 * finish.scale
    within = patch.x / wide - np.floor(patch.x / wide)
    tone = 1 + 0.08 * patch.noise(10, 10) + 0.06 * patch.noise(50, 8) + 0 * patch.y
    tone = tone + 0.18 * _ramp(np.abs(within - 0.12), 0.10, 0.02) - 0.2 * _ramp(np.abs(within - 0.2), 0.08, 0.02)
    return _rgb(finish.color, tone)


def louvers(patch: Patch, finish: Finish) -> np.ndarray:
    """The slats of a shutter."""
    within = patch.y / 0.0095 - np.floor(patch.y / 0.0095)
    return _rgb(finish.color, (0.62 + 0.5 * within) * (1 + 0.04 * patch.noise(60, 60)))


def wood(patch: Patch, finish: Finish) -> np.ndarray:
    tone = 1 + 0.10 * patch.noise(160, 10) + 0.05 * patch.noise(30, 6) + 0.03 * patch.noise(200, 60)
    return _rgb(finish.color, tone)


def leaves(patch: Patch, finish: Finish) -> np.ndarray:
    """Foliage: clumps, lit from above, with gaps of dark between."""
    clumps = patch.noise(34, 34) + 0.8 * patch.noise(90, 90) + 0.6 * patch.noise(180, 180)
    t = _ramp(clumps + 0.9 * (patch.v - 0.45), -1.2, 1.5)
    return _mix(np.asarray(finish.color, np.float32) * 0.42, finish.second, t)


def flowers(patch: Patch, finish: Finish) -> np.ndarray:
    spots = _ramp(patch.noise(150, 150, 3), 0.05, 0.2)
    return _mix(_rgb(finish.color, 0.8 + 0.3 * patch.noise(90, 90)), finish.second, spots)


def bands(patch: Patch, finish: Finish) -> np.ndarray:
    """The stripes of an awning, spreading slightly towards the street."""
    n = max(4, round(float(patch.x[0, -1] - patch.x[0, 0] - 0.012) / 0.03))
    spread = 1 - 0.06 * patch.v
    stripe = np.floor(((patch.u - 0.5) / spread + 0.5) * n) % 2
    out = _mix(np.asarray(finish.color, np.float32), finish.second, (stripe == 1).astype(np.float32))
    return out * (0.84 + 0.22 * patch.v)[..., None]


# --- glass -------------------------------------------------------------------------------------------------------


def glass(patch: Patch, finish: Finish) -> np.ndarray:
    """A window: the dark room, curtains, a lamp at dusk, and over it the sky and the houses across the street."""
    appearance, rng, u, v = patch.appearance, patch.rng, patch.u, patch.v
    lit = rng.random() < appearance.lit
    warm = np.asarray((1.0, 0.80, 0.46), np.float32) * rng.uniform(0.85, 1.05)
    room = _mix((0.09, 0.105, 0.125), (0.17, 0.18, 0.19), 0 * u + 1 - v)
    if lit:
        lamp = np.exp(-(((u - rng.uniform(0.3, 0.7)) ** 2) + (v - 0.75) ** 2) * 2.2)
        room = warm * (0.62 + 0.5 * lamp)[..., None]
    room = _curtains(patch, room, lit)
    skyline = 0.34 + 0.10 * np.sign(np.sin(patch.x * 23 + appearance.tilt)) + 0.05 * np.sign(np.sin(patch.x * 61))
    high = _ramp(v + 0.12 * (u - 0.5) * appearance.sun_side, skyline - 0.04, skyline + 0.04)
    streak = _ramp(np.sin((u * 0.9 * appearance.sun_side + v * 0.8 + rng.uniform(0, 2)) * 5), 0.35, 0.75)
    cover = (0.08 + (0.40 + 0.18 * streak) * high) * (0.35 if lit else 1.0) * rng.uniform(0.7, 1.2)
    sky = _mix(np.asarray(appearance.horizon, np.float32), np.asarray(appearance.zenith, np.float32), 0.7 * v + 0 * u)
    patch.emission[...] = 0.9 if lit else 0.35
    return _mix(room, sky, np.clip(cover, 0, 0.85))


def _curtains(patch: Patch, room: np.ndarray, lit: bool) -> np.ndarray:
    rng, u, v = patch.rng, patch.u, patch.v
    kind = rng.random()
    folds = 0.82 + 0.18 * np.sin(u * rng.uniform(30, 50) + 2 * patch.noise(8, 4))
    cloth = np.asarray(patch.appearance.curtain, np.float32) * (folds * (1.0 if lit else 0.62))[..., None]
    if lit:
        cloth = cloth * np.asarray((1.0, 0.82, 0.55), np.float32)
    if kind < 0.4:
        half = rng.uniform(0.14, 0.3) * (0.8 + 0.5 * v)
        drawn = _ramp(np.abs(u - 0.5), 0.5 - half - 0.03, 0.5 - half + 0.03)
    elif kind < 0.55:
        drawn = _ramp(v + 0 * u, 1 - rng.uniform(0.3, 0.6), 1 - 0.28) * 0.9
    elif kind < 0.65:
        drawn = np.full(np.broadcast_shapes(u.shape, v.shape), 0.85, np.float32)
    else:
        return room
    return _mix(room, cloth, drawn)


# What is for sale: bread, fruit, books, cloth.
_GOODS = np.array(
    [
        (0.85, 0.62, 0.34),
        (0.72, 0.30, 0.22),
        (0.90, 0.84, 0.70),
        (0.36, 0.50, 0.34),
        (0.30, 0.40, 0.55),
        (0.93, 0.75, 0.40),
    ],
    dtype=np.float32,
)


def shop_window(patch: Patch, finish: Finish) -> np.ndarray:
    """A shop: goods on shelves in warm light, behind a faint reflection."""
    rng, u, v = patch.rng, patch.u, patch.v
    shine = 0.55 + 0.4 * patch.appearance.lit
    room = _mix((0.20, 0.15, 0.11), (0.62, 0.50, 0.34), v + 0 * u) * shine
    for shelf in (0.03, 0.36):
        n = int(rng.integers(3, 7))
        slot = np.floor(u * n).astype(np.int32) % n
        high = (shelf + rng.uniform(0.08, 0.26, n))[slot]
        inside = (np.abs(u * n - np.floor(u * n) - 0.5) < 0.36) & (v > shelf) & (v < high)
        goods = (_GOODS[rng.integers(len(_GOODS), size=n)] * shine)[slot]
        room = np.where(inside[..., None], goods, room)
    streak = _ramp(np.sin((u + 0.7 * v + rng.uniform(0, 2)) * 4), 0.5, 0.9)
    patch.emission[...] = 0.35 + 0.5 * patch.appearance.lit
    return _mix(room, np.asarray(patch.appearance.horizon, np.float32), 0.06 + 0.22 * streak)


def pale_glass(patch: Patch, finish: Finish) -> np.ndarray:
    """The milky glass of a modern balcony."""
    streak = _ramp(np.sin((patch.u * 2 + patch.v) * 5), 0.4, 0.8)
    return _mix(_rgb(finish.color, 1 + 0.03 * patch.noise(30, 30)), patch.appearance.horizon, 0.25 + 0.3 * streak)


def lantern(patch: Patch, finish: Finish) -> np.ndarray:
    patch.emission[...] = 1.0 if patch.appearance.lit > 0.3 else 0.2
    return _rgb(finish.color, 1 + 0 * patch.noise(8, 8))


# --- sky and street ----------------------------------------------------------------------------------------------


def sky(patch: Patch, finish: Finish) -> np.ndarray:
    """A gradient from the horizon to the zenith, with clouds."""
    appearance = patch.appearance
    t = np.clip((patch.y - 0.35) / 0.65, 0, 1)
    out = _mix(appearance.horizon, appearance.zenith, t + 0 * patch.x)
    waves = (4, 0.55), (9, 0.35), (20, 0.22), (45, 0.12), (100, 0.06)
    shape = reduce(np.add, (a * patch.noise(f, 2 * f, 5) for f, a in waves))
    cover = _ramp(shape, 0.55 - appearance.clouds, 1.0 - 0.75 * appearance.clouds)
    under = _ramp(shape - 0.6 * patch.noise(6, 10, 6), -0.3, 1.0)
    cloud = _mix(appearance.cloud_low, appearance.cloud_high, under)
    patch.emission[...] = 1.0
    return _mix(out, cloud, 0.9 * cover)


def cobbles(patch: Patch, finish: Finish) -> np.ndarray:
    """Paving stones, their rows closer together farther away."""
    depth = np.log(np.maximum(0.16 - patch.y, 1e-3)) * 9 * finish.scale
    row = np.floor(depth)
    wide = 0.05 * (0.16 - patch.y) / 0.1 * finish.scale
    along = (patch.x - 0.5) / wide + 0.5 * (row % 2)
    tone = 1 + 0.10 * _table(patch, row + 50, np.floor(along) + 200) + 0.06 * patch.noise(60, 60)
    joint = np.maximum(
        _ramp(np.abs(depth - row - 0.5), 0.36, 0.48), _ramp(np.abs(along - np.floor(along) - 0.5), 0.4, 0.48)
    )
    return _rgb(finish.color, tone * (1 - 0.3 * joint))


def asphalt(patch: Patch, finish: Finish) -> np.ndarray:
    return _rgb(finish.color, 1 + 0.06 * patch.noise(10, 40) + 0.06 * patch.noise(256, 256))
