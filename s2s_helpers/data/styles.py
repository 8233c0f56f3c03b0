"""Style pictures drawn by our own code, free of anyone's rights (chapter 13_fast_style).

All are functions of a seed: (1, 3, size, size), RGB, in [0, 1].
"""

from collections.abc import Callable

import numpy as np
import torch
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree
from torch.nn.functional import avg_pool2d

# From the outside of a fan inwards, RGB: night blue, blue, turquoise, bone, gold, terracotta, deep red.
GLAZES = np.array(
    [(20, 38, 92), (33, 84, 158), (58, 154, 168), (236, 226, 196), (228, 168, 52), (196, 88, 46), (122, 28, 36)]
)
GROUT = np.array((58, 52, 50)) / 255
# Colored glass: cobalt, sky, emerald, moss, ruby, amber, violet, pale gold.
PANES = (
    np.array(
        [(18, 48, 160), (70, 150, 220), (12, 120, 82), (120, 150, 40)]
        + [(170, 16, 36), (236, 140, 20), (96, 36, 130), (250, 226, 150)]
    )
    / 255
)
LEAD = np.array((22, 20, 24)) / 255
PAPER, INK = np.array((242, 234, 214)) / 255, np.array((28, 24, 30)) / 255
SMOOTH = 3  # drawn at three times the size and averaged


def mosaic(size: int = 512, seed: int = 0) -> torch.Tensor:
    """A mosaic of overlapping fans of glazed tiles: (1, 3, size, size), RGB, in [0, 1].

    Every fan is laid in rings of small tiles around its center; glaze, tilt and grout vary from tile to
    tile. The same seed gives the same picture.
    """
    n = size * SMOOTH
    unit = n / 5.0  # radius of a fan
    y, x = np.mgrid[0:n, 0:n].astype(np.float64)
    fan, radius, angle = _fans(x, y, unit)
    height = unit / 11  # of a tile, along the radius
    ring = np.floor(radius / height).astype(int)
    count = np.maximum(1, np.round(2 * np.pi * (ring + 0.5) * 0.95)).astype(int)  # nearly square tiles
    turn = angle / (2 * np.pi) * count + 0.5 * (ring % 2)
    tile = np.floor(turn).astype(int)

    along, across = radius / height - ring - 0.5, turn - tile - 0.5  # place in the tile, -0.5 to 0.5
    edge = 0.5 - np.maximum(np.abs(along), np.abs(across))
    rng = np.random.default_rng(seed)
    table = rng.random((1 << 16, 4))  # chance for each tile, found by a mixed number of its place
    chance = table[(fan * 7919 + ring * 104729 + tile * 1299709) % (1 << 16)]

    glaze = np.clip(len(GLAZES) - 1 - ring * len(GLAZES) // 11 + (chance[..., 0] < 0.12), 0, len(GLAZES) - 1)
    color = GLAZES[(glaze + fan % 2 * 2) % len(GLAZES)] / 255
    tilt = (chance[..., 1] - 0.5) * along + (chance[..., 2] - 0.5) * across  # light on an uneven surface
    light = 0.85 + 0.3 * chance[..., 3] + 0.5 * tilt + 0.12 * np.clip((0.18 - edge) / 0.18, 0, 1) * np.sign(along)
    color = np.clip(color * light[..., None], 0, 1)
    glazed = np.clip((edge - 0.06 - 0.04 * chance[..., 1]) / 0.05, 0, 1)[..., None]
    picture = glazed * color + (1 - glazed) * GROUT
    return _finished(picture)


def stained_glass(size: int = 512, seed: int = 0) -> torch.Tensor:
    """Panes of colored glass in lead: (1, 3, size, size), RGB, in [0, 1].

    The panes are the Voronoi cells of scattered points; color runs in bands over the window, and each pane has
    streaks and a light of its own.
    """
    n, rng = size * SMOOTH, np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(-1, 20)] * 2), axis=-1).reshape(-1, 2)
    places = (grid + rng.uniform(0.1, 0.9, grid.shape)) / 19
    y, x = (np.mgrid[0:n, 0:n] + 0.5) / n
    drift = [gaussian_filter(rng.normal(size=(n, n)), n / 12) * n / 12 * 0.05 for _ in range(2)]  # bent edges
    distance, pane = cKDTree(places).query(np.stack([x + drift[0], y + drift[1]], axis=-1), k=2)
    edge = distance[..., 1] - distance[..., 0]  # 0 on the border of two panes
    band = np.sin(5.0 * places[:, 0] + 2.0 * np.sin(4.0 * places[:, 1])) + np.cos(6.0 * places[:, 1])
    color = PANES[np.argsort(np.argsort(band + rng.normal(0, 0.35, len(places)))) * len(PANES) // len(places)]
    light = rng.uniform(0.7, 1.15, len(places))[pane[..., 0]]
    streaks = gaussian_filter(rng.normal(size=(n, n)), (n / 40, n / 400)) * n / 63
    glow = 0.75 + 0.4 * np.clip(edge / 0.05, 0, 1) + 0.12 * streaks
    glass = np.clip(color[pane[..., 0]] * (light * glow)[..., None], 0, 1)
    lead = np.clip((0.010 - edge) / 0.003, 0, 1)[..., None]
    return _finished((1 - lead) * glass + lead * LEAD)


def engraving(size: int = 512, seed: int = 0) -> torch.Tensor:
    """An engraving in dark ink on warm paper: (1, 3, size, size), RGB, in [0, 1].

    Lines follow a landscape of hills and swell where it is dark; a second set crosses them in the darkest places.
    """
    n, rng = size * SMOOTH, np.random.default_rng(seed)
    y, x = (np.mgrid[0:n, 0:n] + 0.5) / n
    hills = sum(gaussian_filter(rng.normal(size=(n, n)), n / k, mode="wrap") * (n / k) for k in (5, 9, 16))
    hills = hills / np.abs(hills).max()
    shade = 0.5 + 0.5 * np.sin(6.0 * hills + 2.0 * x)  # dark and bright slopes in turn
    ink = np.zeros((n, n))
    for across, darkest in (
        (y + 0.10 * hills, 1.0),
        (0.7 * (x + y) + 0.12 * hills, 0.4),
        (0.7 * (x - y) - 0.1 * hills, 0.15),
    ):
        away = np.abs((across * 62) % 1 - 0.5) * 2  # 0 in the middle of a line, 1 between two
        width = 0.62 * np.clip((darkest - shade) / darkest, 0, 1)
        ink = np.maximum(ink, np.clip((width - away) / 0.18 + 0.5, 0, 1) * (width > 0.03))
    tooth = 1 + 0.04 * gaussian_filter(rng.normal(size=(n, n)), 1.5)[..., None]
    return _finished(np.clip((PAPER + (INK - PAPER) * ink[..., None]) * tooth, 0, 1))


DRAWN: dict[str, Callable[..., torch.Tensor]] = {
    "mosaic": mosaic,
    "stained_glass": stained_glass,
    "engraving": engraving,
}


def _finished(picture: np.ndarray) -> torch.Tensor:
    """The drawn (H, W, 3) as a picture of its final size."""
    return avg_pool2d(torch.from_numpy(picture).float().permute(2, 0, 1)[None], SMOOTH)


def _fans(x: np.ndarray, y: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each pixel the number of the topmost fan over it, and the place in it: radius and angle.

    Rows of fans lie half a radius apart, every second row shifted by a radius; lower rows lie on top.
    """
    fan = np.zeros(x.shape, int)
    radius, angle = np.full(x.shape, np.inf), np.zeros(x.shape)
    rows = int(x.shape[0] / (unit / 2)) + 4
    for row in range(-1, rows):
        center_y = row * unit / 2
        offset = unit * (row % 2)
        column = np.round((x - offset) / (2 * unit)).astype(int)
        dx, dy = x - (column * 2 * unit + offset), y - center_y
        distance = np.hypot(dx, dy)
        over = distance < unit
        fan[over] = ((row + 2) * 31 + column + 7)[over]
        radius[over], angle[over] = distance[over], (np.arctan2(dy, dx) + np.pi)[over]
    return fan, radius, angle
