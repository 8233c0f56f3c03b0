"""Style pictures drawn by our own code, free of anyone's rights (chapter 10_fast_style)."""

import numpy as np
import torch
from torch.nn.functional import avg_pool2d

# From the outside of a fan inwards, RGB: night blue, blue, turquoise, bone, gold, terracotta, deep red.
GLAZES = np.array(
    [(20, 38, 92), (33, 84, 158), (58, 154, 168), (236, 226, 196), (228, 168, 52), (196, 88, 46), (122, 28, 36)]
)
GROUT = np.array((58, 52, 50)) / 255
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
