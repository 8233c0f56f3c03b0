"""Draw the README's picture: eight line drawings, what becomes of them, and their four painted versions.

.venv/bin/python tools/contact_sheet.py        writes data/readme/contact_sheet.jpg
"""

from pathlib import Path

from skimage import data

from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.data.sketches import sketch_from_photo
from s2s_helpers.images import contact_sheet, from_uint8, load_picture, resize, save_picture
from s2s_helpers.pipeline import SketchToStyle

ROOT = Path(__file__).parents[1]
FACADES = (503, 508, 521, 537)  # of the test split: never trained on
DRAWINGS = ("house", "townhouse")  # by hand, data/drawings
PHOTOS = (data.coffee, data.chelsea)  # CC0, turned into line drawings first
SIZE = (256, 256)
SHOWN = (176, 176)


def main() -> None:
    facade, photo = SketchToStyle("facade"), SketchToStyle("photo")
    world = FacadeWorld()
    sketches = [(facade, world[i].sketch) for i in FACADES]
    sketches += [(facade, load_picture(ROOT / "data" / "drawings" / f"{name}.png", SIZE)) for name in DRAWINGS]
    for picture in PHOTOS:
        x = from_uint8(picture())
        side = min(x.shape[-2:])
        left = (x.shape[-1] - side) // 2
        sketches.append((photo, sketch_from_photo(resize(x[..., :side, left : left + side], SIZE))))
    rows = []
    for pipeline, sketch in sketches:
        made = pipeline.picture(sketch)
        row = [sketch, made, *(pipeline.stylize(made, style) for style in pipeline.styles)]
        rows.append([resize(x, SHOWN) for x in row])
    headers = ["drawing", "picture", *(style.replace("_", " ") for style in facade.styles)]
    path = ROOT / "data" / "readme" / "contact_sheet.jpg"
    path.parent.mkdir(exist_ok=True)
    save_picture(contact_sheet(rows, headers), path)
    print(path)


if __name__ == "__main__":
    main()
