"""The drawn world: building facades from a seed (chapter 01_sketches_and_pictures).

Each pair is a sketch, a picture in color, and a map of the 12 classes of the CMP facade data. A plan
(``architecture``: what stands where) is sampled first, then an appearance (``appearance``: materials, light, weather).
Three renderers read the same plan: ``pencil``, ``picture`` and its labels. A sketch thus tells as much and
as little as a real one: many pictures fit it.
"""

from .parts import LABELS
from .world import PALETTE, SPLITS, VERSION, FacadeWorld, Pair, Split, colored, load_split

__all__ = ["LABELS", "PALETTE", "SPLITS", "VERSION", "FacadeWorld", "Pair", "Split", "colored", "load_split"]
