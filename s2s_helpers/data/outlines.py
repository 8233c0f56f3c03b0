"""Label maps of building fronts as line drawings: the outlines of windows, doors, balconies and of the front, drawn by
the drawn world's pencil (chapter 01_sketches_and_pictures). That is how people draw a building: things, not edges.
"""

import numpy as np
from scipy.ndimage import find_objects, label
from skimage.measure import approximate_polygon, find_contours

from .facades.architecture import Plan
from .facades.parts import BACKGROUND, BALCONY, CORNICE, DOOR, FACADE, MOLDING, PILLAR, SHOP, WINDOW, Part
from .facades.pencil import draw_sketch

# From back to front: a part hides the lines of what it lies over.
ORDER = (FACADE, MOLDING, PILLAR, CORNICE, SHOP, WINDOW, DOOR, BALCONY)
SMALLEST = 12  # pixels of a region that is drawn
CORNER = 2.0  # pixels that the drawn outline may lie off the region's


def draw_outlines(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A label map (H, W), square, numbers of ``LABELS``, as dark lines on white, uint8 (H, W, 3).

    Every drawing has its own hand, and in half of them windows have crossbars. Raises ValueError where there is nothing
    to draw.
    """
    bars = rng.random() < 0.5
    others = [c for c in range(labels.max() + 1) if c not in (*ORDER, BACKGROUND) and rng.random() < 0.5]
    front = _parts(labels != BACKGROUND, FACADE, False)
    things = [part for c in (*ORDER[1:], *others) for part in _parts(labels == c, c, bars and c == WINDOW)]
    if not (front or things):
        raise ValueError("the label map has nothing but background")
    return draw_sketch(Plan("outlines", (*front, *things)), len(labels), rng)


def _parts(region: np.ndarray, name: int, bars: bool) -> list[Part]:
    """The connected pieces of a boolean (H, W), each with its outline, and the crossbars of a window."""
    pieces, _ = label(region)
    size, parts = len(region), []
    for k, box in enumerate(find_objects(pieces), 1):
        mask = np.pad(pieces[box] == k, 1)
        if mask.sum() < SMALLEST:
            continue
        edge = max(find_contours(mask.astype(float), 0.5), key=len)
        rows, columns = (approximate_polygon(edge, CORNER) + [box[0].start - 0.5, box[1].start - 0.5]).T
        outline = np.stack([columns / size, 1 - rows / size], axis=1)  # the plan's y points up
        strokes = [outline[i : i + 2] for i in range(len(outline) - 1)]
        if bars:
            strokes += _crossbars(outline)
        parts.append(Part(name, outline, "glass" if name == WINDOW else "wall", strokes=tuple(strokes)))
    return parts


def _crossbars(outline: np.ndarray) -> list[np.ndarray]:
    """An upright and a level line through the middle of the outline's box."""
    (x0, y0), (x1, y1) = outline.min(axis=0), outline.max(axis=0)
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return [np.array([(x, y0), (x, y1)]), np.array([(x0, y), (x1, y)])]
