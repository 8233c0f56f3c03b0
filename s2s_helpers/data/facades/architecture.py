"""Eight families of buildings, and the street in which they stand (chapter 01_sketches_and_pictures).

A plan holds everything that the sketch tells: geometry, and nothing of color, material, light or weather.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from .blocks import artdeco, georgian, haussmann, modern
from .houses import dutch, mediterranean, shophouse, timbered
from .parts import Part
from .shared import Rng
from .street import front, ground, neighbors, sky

FAMILIES: tuple[Callable[[Rng, float, float], Iterator[Part]], ...] = (
    haussmann,
    dutch,
    georgian,
    modern,
    mediterranean,
    shophouse,
    artdeco,
    timbered,
)


@dataclass(frozen=True)
class Plan:
    """What stands in the picture: the name of the family, and the parts from back to front."""

    family: str
    parts: tuple[Part, ...]


def sample_plan(rng: Rng) -> Plan:
    """A street with one building of a random family."""
    build = FAMILIES[int(rng.integers(len(FAMILIES)))]
    margin = rng.uniform(0.05, 0.16, 2) * (rng.random(2) < 0.8)
    house = list(build(rng, margin[0], 1 - margin[1]))
    left, right = (min(p.outline[:, 0].min() for p in house), max(p.outline[:, 0].max() for p in house))
    street = [*sky(), *neighbors(rng, float(left) + 0.02, float(right) - 0.02), *ground()]
    parts = (*street, *house, *front(rng))
    return Plan(build.__name__, tuple(p for p in parts if _in_view(p.outline)))


def _in_view(outline: np.ndarray) -> bool:
    return bool((outline.max(0) > 0).all() and (outline.min(0) < 1).all())
