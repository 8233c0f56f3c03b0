"""Store a few pairs as PNG, for the tests and for readers: ``python -m s2s_helpers.data.facades [folder]`` (chapter
01_sketches_and_pictures).

Needed after every change of the look, together with a new ``VERSION``.
"""

import sys
from pathlib import Path

from PIL import Image

from . import PALETTE, FacadeWorld

STORED = (2, 11, 17)
SIZE = 128


def main(folder: Path) -> None:
    """Write sketch, picture and labels (palette images, index = class) of the pairs ``STORED``."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in STORED:
        sketch, picture, labels = FacadeWorld(0, SIZE).draw(i)
        Image.fromarray(sketch[0]).save(folder / f"{i}_sketch.png", optimize=True)
        Image.fromarray(picture.transpose(1, 2, 0)).save(folder / f"{i}_picture.png", optimize=True)
        shown = Image.fromarray(labels)
        shown.putpalette(PALETTE.tobytes())
        shown.save(folder / f"{i}_labels.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data/facades"))
