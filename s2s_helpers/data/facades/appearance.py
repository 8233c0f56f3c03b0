"""Everything that a sketch does not tell: materials, colors, light and weather (chapter
01_sketches_and_pictures). Sampled apart from the plan, so that one drawing has many pictures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from . import materials as m
from .materials import Color, Finish, Patch

T = TypeVar("T")

WEATHERS = ("sun", "overcast", "dusk", "rain", "snow")
_ODDS = (0.46, 0.16, 0.18, 0.10, 0.10)


@dataclass(frozen=True)
class Appearance:
    """Materials and light of one picture. Colors are RGB in [0, 1]."""

    weather: str
    sun_side: float  # -1: the sun stands on the left, 1: on the right
    sun_slope: float  # length of a shadow sideways, for one unit of relief
    sun_drop: float  # length of a shadow downwards
    sun: Color  # light that shadows take away
    ambient: Color  # light that is left in them
    zenith: Color
    horizon: Color
    cloud_high: Color
    cloud_low: Color
    clouds: float  # share of the sky, 0 to 1
    lit: float  # share of windows with a lamp behind them
    curtain: Color
    tilt: float
    finishes: Mapping[str, Finish]


def _c(text: str) -> Color:
    """A color from six hexadecimal digits."""
    r, g, b = (int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return (r, g, b)


_BRICK = [
    ("a24c34", "cdbfae"),
    ("8c3b2c", "c4b8a8"),
    ("b5653f", "d6c8b4"),
    ("b8925c", "d8ccb4"),
    ("6d4436", "b5a797"),
    ("c58a6a", "ded2c2"),
]
_PLASTER = ("ecd9ae e3b873 d98f6a d7806f c9d0b0 a9c0c9 f0e6d4 e2a9a0 c8a57b 8fa9a0 dcc9b8 b9c7d6 cc6f55 e8cf8f").split()
_STONE = ["d9c9a8", "cdb68f", "b9b2a6", "c8b49a", "dfd5c0", "a8a49c"]
_BOARDS = ["8e3027", "eef0ec", "a9c4b8", "35506b", "d9a940", "6f7f6a", "c9d6df"]
_PANELS = ["b3b0aa", "d9d7d0", "8d9298", "c2b8a6", "5f7f86", "e3ded2"]
_TRIM = ["f3efe6", "e6dcc6", "d8ccb4", "cfcac0", "f5f2ec", "b7a98f"]
_FRAMES = ["f4f2ec", "f4f2ec", "e8e2d2", "2f3a3a", "24443a", "5a3b28", "3a3f46"]
_DOORS = ["7a2320", "1f4a3c", "1e3a5c", "262a2e", "7b4d2c", "c08a2e", "3f6f74", "5e2f4a"]
_SHUTTERS = ["2f6b58", "3b6a8f", "7d4a2e", "e6e0d2", "93402f", "55705a", "6e8fa3", "2d3e50"]
_AWNINGS = ["b5322b", "2c6a4e", "27548a", "d6982c", "7c2f45", "3a7f86"]
_ROOFS = [
    ("b55f3e", m.tiles),
    ("9a4a34", m.tiles),
    ("c07a50", m.tiles),
    ("4f5661", m.slates),
    ("5d5a58", m.slates),
    ("7b8791", m.seams),
    ("74a08e", m.seams),
]
_LEAVES = [
    ("3c6b2f", "8fb04e"),
    ("4f7a38", "a8c060"),
    ("a5642a", "e0a83e"),
    ("8f3d2a", "d97a3a"),
    ("b8788a", "f3c9d2"),
    ("2f5a3a", "6f9a58"),
]


def sample_appearance(rng: np.random.Generator) -> Appearance:
    """Weather, light and materials of one picture."""
    weather = WEATHERS[int(rng.choice(len(WEATHERS), p=_ODDS))]
    side = float(rng.choice([-1.0, 1.0]))
    light = _LIGHT[weather](rng)
    curtain = _c(_choose(rng, ["f2ece0", "e8dcc8", "d9c2b4", "c9d3da", "b5524a"]))
    return Appearance(
        weather=weather,
        sun_side=side,
        sun_slope=float(rng.uniform(0.5, 1.3)),
        sun_drop=float(rng.uniform(1.0, 1.9)),
        curtain=curtain,
        tilt=float(rng.uniform(0, 6)),
        finishes=MappingProxyType(_finishes(rng, weather)),
        **light,
    )


def _choose(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]


def _darker(color: Color, by: float) -> Color:
    r, g, b = color
    return by * r, by * g, by * b


def _light(sun: Color, ambient: Color, sky: str, clouds: float, lit: float) -> dict[str, Any]:
    """The fields of an appearance that are light. ``sky``: zenith, horizon, upper and lower side of the clouds."""
    zenith, horizon, high, low = (_c(c) for c in sky.split())
    colors = {"zenith": zenith, "horizon": horizon, "cloud_high": high, "cloud_low": low}
    return {"sun": sun, "ambient": ambient, "clouds": float(clouds), "lit": float(lit), **colors}


def _sunny(rng: np.random.Generator) -> dict[str, Any]:
    if rng.random() < 0.35:  # low sun
        sky = "5b83b8 f6d9ae ffe9cf d9a08c"
        return _light((0.92, 0.68, 0.42), (0.38, 0.40, 0.50), sky, clouds=rng.uniform(0.1, 0.6), lit=0.06)
    sky = _choose(rng, ["2f6fc0 a9cdea", "3f83cf c6e0f2", "4a8fc4 dcebee"]) + " ffffff cdd8e4"
    return _light((0.76, 0.70, 0.58), (0.40, 0.44, 0.52), sky, clouds=rng.uniform(0.0, 0.7), lit=0.02)


def _overcast(rng: np.random.Generator) -> dict[str, Any]:
    sky = "9aa6b2 dfe3e6 eef0f1 aab3bc"
    return _light((0.17, 0.16, 0.15), (0.73, 0.75, 0.78), sky, clouds=rng.uniform(0.7, 1.0), lit=0.12)


def _dusk(rng: np.random.Generator) -> dict[str, Any]:
    sky = _choose(rng, ["1f2f5c e89a6c f2a985 4f4a78", "16244a 6f7fb5 8f94c0 2f3a66", "2b2b5e d77a84 ee9f9a 5a4577"])
    clouds, lit = rng.uniform(0.1, 0.6), rng.uniform(0.45, 0.75)
    return _light((0.13, 0.11, 0.12), (0.44, 0.45, 0.60), sky, clouds, lit)


def _rainy(rng: np.random.Generator) -> dict[str, Any]:
    sky = "6f7a86 b8c0c6 c4cacf 707a85"
    return _light((0.13, 0.13, 0.13), (0.66, 0.70, 0.76), sky, clouds=1.0, lit=rng.uniform(0.2, 0.5))


def _snowy(rng: np.random.Generator) -> dict[str, Any]:
    sky = "a9b6c6 e6eaf0 f2f4f7 b9c3cf"
    clouds, lit = rng.uniform(0.6, 1.0), rng.uniform(0.15, 0.45)
    return _light((0.22, 0.21, 0.20), (0.70, 0.73, 0.80), sky, clouds, lit)


_LIGHT = {"sun": _sunny, "overcast": _overcast, "dusk": _dusk, "rain": _rainy, "snow": _snowy}


def _wall(rng: np.random.Generator) -> Finish:
    """A random material for a wall."""
    kind = rng.random()
    if kind < 0.36:
        color, mortar = _choose(rng, _BRICK)
        return Finish(m.brick, _c(color), _c(mortar), float(rng.uniform(0.95, 1.25)))
    if kind < 0.72:
        old = rng.random() < 0.4
        return Finish(m.plaster, _c(_choose(rng, _PLASTER)), _c("b08d6e"), 1.6 if old else 0.8)
    if kind < 0.86:
        return Finish(m.ashlar, _c(_choose(rng, _STONE)), scale=float(rng.uniform(0.8, 1.2)))
    if kind < 0.94:
        return Finish(m.boards, _c(_choose(rng, _BOARDS)))
    return Finish(m.panels, _c(_choose(rng, _PANELS)), scale=float(rng.uniform(0.8, 1.3)))


def _finishes(rng: np.random.Generator, weather: str) -> dict[str, Finish]:
    """A finish for every name that plans use."""

    def flat(color: str | Color, paint: Callable[[Patch, Finish], np.ndarray] = m.plain, **more: Any) -> Finish:
        return Finish(paint, _c(color) if isinstance(color, str) else color, **more)

    wall, trim = _wall(rng), _c(_choose(rng, _TRIM))
    roof_color, roof_paint = _choose(rng, _ROOFS)
    frame, door, shutter, awning = (_choose(rng, c) for c in (_FRAMES, _DOORS, _SHUTTERS, _AWNINGS))
    leaf, tip = _choose(rng, _LEAVES)
    bloom = _choose(rng, ["d8403a", "e86a9a", "f2c23e", "f5f0ea", "8f5fc0"])
    snow = weather == "snow"
    iron = _choose(rng, ["23272a", "2a2f33", "1f3a34", "e9e6de"])
    stone = rng.random() < 0.7
    base = Finish(m.rustic, trim, scale=float(rng.uniform(0.8, 1.2))) if stone else _wall(rng)
    pavement = "e9edf2" if snow else _choose(rng, ["a39d93", "b5a890", "8f9296", "b3aca4"])
    road = "dfe4ea" if snow else _choose(rng, ["5b5d60", "6a675f", "55585e"])
    return {
        "sky": flat("ffffff", m.sky),
        "wall": wall,
        "wall2": _wall(rng) if rng.random() < 0.8 else wall,
        "wall3": _wall(rng),
        "left": _wall(rng),
        "right": _wall(rng),
        "base": base,
        "infill": flat(_choose(rng, _PLASTER), m.plaster),
        "infill2": flat(_choose(rng, [*_PLASTER, "f4efe4", "f4efe4"]), m.plaster, scale=0.8),
        "beam": flat(_choose(rng, ["4a3324", "5c4330", "2f2a28", "7a3b28", "6b5a48"]), m.wood),
        "accent_wall": flat(_choose(rng, _PLASTER + _PANELS), m.panels),
        "plinth": Finish(m.plain, _darker(trim, 0.55)),
        "trim": Finish(m.plain, trim),
        "trim_dark": Finish(m.plain, _darker(trim, 0.72)),
        "trim2": flat(_choose(rng, _TRIM)),
        "pillar": Finish(m.plain, trim if rng.random() < 0.7 else wall.color),
        "accent": flat(_choose(rng, [*_SHUTTERS, "c9a04a", "b58a3a"])),
        "frame": flat(frame),
        "frame2": flat(_choose(rng, _FRAMES)),
        "glass": flat("202428", m.glass, local=True),
        "shopglass": flat("202428", m.shop_window, local=True),
        "balcony_glass": flat("a9bcc0", m.pale_glass, local=True),
        "door": flat(door, m.wood),
        "brass": flat("d6b05a"),
        "step": flat("b3aea4"),
        "shutter": flat(shutter, m.wood),
        "louver": flat(shutter, m.louvers),
        "blind": flat(_choose(rng, ["e6e0d4", "d2c6b0", "c9cdd0"])),
        "blind_line": flat("9a948a"),
        "flowers": Finish(m.flowers, _c("3f7038"), _c(bloom)),
        "flowerpot": flat(_choose(rng, ["8f4f34", "4a4f52", "d9d2c4"])),
        "metal": flat(iron),
        "iron": flat("23292b"),
        "lantern": flat("ffe2a0", m.lantern, local=True),
        "dark": flat("3a3632"),
        "shopfront": flat(_choose(rng, [*_DOORS, "e4dccb"]), m.wood),
        "sign": flat(_choose(rng, ["e8d9a8", "f2ece0", "c9a04a", "d8d3c8"])),
        "awning": flat(awning, m.bands, second=_c("f2ebdc"), local=True),
        "awning_even": flat(awning),
        "awning_odd": flat("f2ebdc"),
        "chimney": wall if wall.paint is m.brick else Finish(m.brick, _c("9c5540"), _c("c9bba8")),
        "pot": flat("b0643f"),
        "roof": flat(roof_color, roof_paint),
        "roof_edge": Finish(m.plain, _darker(_c(roof_color), 0.8)),
        "roof2": flat(*_choose(rng, _ROOFS)),
        "dormer": flat(_choose(rng, _TRIM)),
        "pavement": flat(pavement, m.cobbles, scale=float(rng.uniform(0.8, 1.3))),
        "curb": flat("c9c5bd"),
        "road": flat(road, m.cobbles if rng.random() < 0.4 else m.asphalt),
        "leaves": Finish(m.leaves, _c(leaf), _c("eef2f6" if snow else tip), local=True),
        "trunk": flat("5a4634", m.wood),
    }
