"""Pairs of a drawing and a photo of a building: what the generator ``house`` is trained on.

What people draw is to lie inside, so each photo is drawn in many hands: lines that an edge detector is sure of, thin
edges, ink; fronts with label maps also by their outlines (``outlines``); shaky, lifted, thick and thin, with parts left
out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import label

from .outlines import draw_outlines
from .sketches import Contours, contours, drawing, jitter, random_sketch
from .sources import as_image, check_bytes, step_numbers, stretched_crop

OUTLINES = 4  # drawings that are kept of each label map
LEAST = 0.5  # of the photo's area: the smallest crop
ASPECT = (0.85, 1.35)  # width by height of a crop before it becomes a square: nobody draws proportions to the letter


@dataclass(frozen=True)
class Building:
    """A photo, bytes (H, W, 3); how sure an edge detector is of lines in it, bytes (H, W); and outlines drawn from its
    label map, bytes (H, W) each, if it has one.
    """

    photo: np.ndarray
    certainty: np.ndarray
    outlines: tuple[np.ndarray, ...] = ()

    def __post_init__(self) -> None:
        check_bytes("a photo", self.photo)


def outlines_of(labels: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """``OUTLINES`` drawings of a label map (H, W); none where there is nothing to draw."""
    rng = np.random.default_rng(seed)
    try:
        return tuple(draw_outlines(labels, rng)[..., 0] for _ in range(OUTLINES))
    except ValueError:
        return ()


class HousePairs:
    """Crops of ``buildings`` and drawings of them, as a ``PairSource``. Raises ValueError for none."""

    def __init__(self, buildings: Sequence[Building]):
        if not buildings:
            raise ValueError("no photos are given; one or more are needed")
        self.buildings = buildings

    def __call__(self, seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        with step_numbers(seed, step) as rng:
            pairs = [_pair(self.buildings[int(i)], size, rng) for i in rng.integers(len(self.buildings), size=n)]
        sketches, pictures = zip(*pairs, strict=True)
        return torch.cat(sketches), torch.cat(pictures)


def _pair(building: Building, size: int, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    outlined = bool(building.outlines) and rng.random() < 0.5
    plane = building.outlines[rng.integers(len(building.outlines))] if outlined else building.certainty
    both = as_image(building.photo), as_image(plane)
    picture, given = (x[None] for x in stretched_crop(size, LEAST, ASPECT, *both))
    if outlined:
        sketch = given.expand(-1, 3, -1, -1)
    elif rng.random() < 0.6:
        sketch = contours(given, _pen(rng))
    else:
        sketch = random_sketch(picture, rng)
    if rng.random() < 0.4:
        sketch = unfinished(sketch, rng)
    return (jitter(sketch, rng, rng.uniform(0.2, 1.2)) if rng.random() < 0.5 else sketch), picture


def _pen(rng: np.random.Generator) -> Contours:
    """How sure a line must be to be drawn: from all that is seen to the few main lines; and how thick it is."""
    sure = rng.uniform(0.3, 0.75)
    return Contours(sure=sure, faint=sure * rng.uniform(0.35, 0.8), width=rng.uniform(1.5, 4.5))


def unfinished(sketch: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A drawing (1, 3, H, W) without some of its connected strokes, up to a third of them."""
    light = sketch[0, 0].numpy()
    pieces, number = label(light < 0.8, np.ones((3, 3)))
    left_out = rng.random(number + 1) < rng.uniform(0, 1 / 3)
    left_out[0] = False
    fringe = np.where(light < 0.8, light, 1.0) if left_out.any() else light
    return drawing(np.where(left_out[pieces], 1.0, fringe))
