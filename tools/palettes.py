"""Take palettes from photos of houses: s2s_helpers/data/palettes.json, a handful of colors and their places each.

Usage: python tools/palettes.py --photos FOLDER

A palette is of one photo. In each of the ``PLACES`` the evenest small square is looked for, and of that the median
color and the middle are kept; nothing else of the photo is. Photos that have no sky there, or trees in place of the
house, are left out. Of the rest k-means makes as many groups as there shall be palettes; each group gives the photo in
its middle. The order is such that the first palettes differ most.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.ndimage import uniform_filter
from skimage.color import rgb2lab

from s2s_helpers.data.palettes import FILE
from s2s_helpers.data.photos import read_photos

NUMBER = 24
# Where the middle of a dot may be: left, top, right, bottom, in sides of the photo.
PLACES = {
    "sky left": (0.03, 0.03, 0.30, 0.14),
    "sky right": (0.70, 0.03, 0.97, 0.14),
    "roof": (0.35, 0.32, 0.65, 0.46),
    "wall left": (0.28, 0.48, 0.46, 0.68),
    "wall right": (0.54, 0.48, 0.72, 0.68),
    "ground left": (0.08, 0.88, 0.30, 0.96),
    "ground right": (0.70, 0.88, 0.92, 0.96),
}
# How much a place counts where palettes are compared: what is seen most, most.
WEIGHTS = {"sky left": 0.7, "sky right": 0.7, "roof": 1.0, "wall left": 1.5, "wall right": 1.5}
PATCH = 0.05  # side of the square, in sides of the photo
EVEN = 0.1  # the most that its values deviate, of 1, or it is no clean color
LIGHT, DARK = 45, 18  # of L: the sky has more than the first, the house more than the second
GREEN, BLUE = -8, -10  # of a and of b: leaves have less of a; where the roof should be sky has less of b
APART = 16  # in CIE Lab: what is nearer to the sky is no house
ALIKE = 30  # and what differs more is not one wall

Dot = tuple[float, float, np.ndarray]


def dots(photo: np.ndarray) -> list[Dot] | None:
    """(x, y, color) for each of the places in a photo (H, W, 3) in [0, 1]; None where one has no even square."""
    sides = np.array(photo.shape[:2])
    patch = np.maximum(1, np.round(PATCH * sides)).astype(int)
    mean, square = (uniform_filter(x, (*patch, 1)) for x in (photo, photo**2))
    deviation = np.sqrt(np.maximum(square - mean**2, 0).mean(axis=-1))
    found: list[Dot] = []
    for left, top, right, bottom in PLACES.values():
        y0, x0, y1, x1 = np.round(np.array((top, left, bottom, right)) * np.tile(sides, 2)).astype(int)
        area = deviation[y0:y1, x0:x1]
        y, x = np.unravel_index(area.argmin(), area.shape) + np.array([y0, x0])
        if deviation[y, x] > EVEN:
            return None
        corner = np.maximum(0, np.array([y, x]) - patch // 2)
        within = photo[corner[0] : corner[0] + patch[0], corner[1] : corner[1] + patch[1]]
        found.append((round(x / sides[1], 2), round(y / sides[0], 2), np.median(within, axis=(0, 1))))
    return found


def lab(palette: list[Dot]) -> dict[str, np.ndarray]:
    return dict(zip(PLACES, rgb2lab(np.array([color for _, _, color in palette])), strict=True))


def is_house(palette: list[Dot]) -> bool:
    """Whether sky lies above, and between it and the ground a house."""
    colors = lab(palette)
    skies, house = ([colors[name] for name in PLACES if name.startswith(part)] for part in ("sky", ("roof", "wall")))
    above = all(sky[0] > LIGHT and sky[1] > GREEN for sky in skies)
    below = all(part[0] > DARK and part[1] > GREEN and part[2] > BLUE for part in house)
    one = np.linalg.norm(colors["wall left"] - colors["wall right"]) < ALIKE
    return above and below and one and all(np.linalg.norm(part - sky) > APART for part in house for sky in skies)


def chosen(palettes: list[list[Dot]], number: int) -> list[list[Dot]]:
    """So many that stand for all, the first the most usual one, and each next the farthest from those before it."""
    points = np.array([np.concatenate([WEIGHTS.get(n, 0.4) * c for n, c in lab(each).items()]) for each in palettes])
    means, groups = kmeans2(points, number, minit="++", seed=0)
    middle = [np.where(groups == k, np.linalg.norm(points - means[k], axis=1), np.inf).argmin() for k in range(number)]
    kept = list(dict.fromkeys(int(i) for k, i in enumerate(middle) if (groups == k).any()))
    order = [min(kept, key=lambda i: np.linalg.norm(points[i] - points.mean(axis=0)))]
    while len(order) < len(kept):
        rest = [i for i in kept if i not in order]
        order.append(max(rest, key=lambda i: min(np.linalg.norm(points[i] - points[j]) for j in order)))
    return [palettes[i] for i in order]


def text(palettes: list[list[Dot]]) -> str:
    """The file: one palette a line."""

    def told(color: np.ndarray) -> str:
        return "#" + bytes(np.round(255 * color).astype(np.uint8)).hex()

    lines = [json.dumps([[float(x), float(y), told(color)] for x, y, color in each]) for each in palettes]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, required=True, help="a folder of photos of houses")
    photos = read_photos(parser.parse_args().photos)
    found = [each for photo in photos if (each := dots(photo / 255)) and is_house(each)]
    print(f"{len(found)} of {len(photos)} photos have a palette")
    FILE.write_text(text(chosen(found, NUMBER)), encoding="utf-8")
    print(FILE)


if __name__ == "__main__":
    main()
