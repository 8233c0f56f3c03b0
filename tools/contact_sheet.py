"""Draw the README's picture: drawings by hand, what becomes of them without and with colors, and their paintings.

.venv/bin/python tools/contact_sheet.py        writes data/readme/contact_sheet.jpg
"""

from pathlib import Path

import torch
from skimage import data

from s2s_helpers.data.hints import colored, read
from s2s_helpers.data.sketches import sketch_from_photo
from s2s_helpers.images import contact_sheet, from_uint8, load_picture, middle, resize, save_picture
from s2s_helpers.pipeline import SketchToStyle

ROOT = Path(__file__).parents[1]
DRAWINGS = ("house", "row", "tower", "shop", "barn", "palace")  # by hand, data/drawings, with their colors
PHOTOS = (data.coffee, data.chelsea)  # CC0, turned into line drawings first
SIZE = (256, 256)
SHOWN = (160, 160)


def main() -> None:
    house, photo = SketchToStyle("house"), SketchToStyle("photo")
    rows = []
    for name in DRAWINGS:
        folder = ROOT / "data" / "drawings"
        sketch, hints = load_picture(folder / f"{name}.png", SIZE), read(folder / "colors" / f"{name}.png")
        made = house.picture(sketch, hints)
        rows.append([colored(sketch, hints), house.picture(sketch), made, *painted(house, made)])
    for picture in PHOTOS:
        x = from_uint8(picture())
        sketch = sketch_from_photo(resize(middle(x, min(x.shape[-2:])), SIZE))
        made = photo.picture(sketch)
        rows.append([sketch, made, torch.ones_like(made), *painted(photo, made)])
    rows = [[resize(x, SHOWN) for x in row] for row in rows]
    headers = ["drawing", "its lines", "with colors", *(style.replace("_", " ") for style in house.styles)]
    path = ROOT / "data" / "readme" / "contact_sheet.jpg"
    path.parent.mkdir(exist_ok=True)
    save_picture(contact_sheet(rows, headers), path, quality=80)
    print(path)


def painted(chain: SketchToStyle, made: torch.Tensor) -> list[torch.Tensor]:
    """A picture in each style."""
    return [chain.stylize(made, style) for style in chain.styles]


if __name__ == "__main__":
    main()
