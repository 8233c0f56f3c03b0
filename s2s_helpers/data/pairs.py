"""Folders of pictures and of pairs, as people keep them (chapter 01_sketches_and_pictures).

All are sequences: ``len(folder)``, ``folder[i]``, ``for item in folder``. Nothing is read before it is asked
for; the names are checked at once.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import torch

from ..images import PictureError, load_picture

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
FOLDERS = (("sketch", "picture"), ("sketches", "pictures"), ("A", "B"))  # names that a pair of folders may have


class PicturePair(NamedTuple):
    """A sketch and its picture, float32 (1, 3, H, W), RGB, in [0, 1]."""

    sketch: torch.Tensor
    picture: torch.Tensor


class PhotoFolder(Sequence):
    """All pictures of a folder and the folders in it, in the order of their names (2 before 10).

    ``folder[i]`` is (1, 3, H, W). A single file is a folder of one. Raises PictureError when there are none.
    """

    def __init__(self, path: str | Path):
        self.paths = find_pictures(path)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, i: int) -> torch.Tensor:
        return load_picture(self.paths[i])


class PairFolder(Sequence):
    """Pairs of sketch and picture; ``folder[i]`` is a ``PicturePair``.

    Two layouts: two folders ``sketch`` and ``picture`` (or ``A`` and ``B``) with files of equal names, or
    files with both side by side, as pix2pix has them; ``sketch_side`` tells which half is the sketch.

    Raises PictureError for a name without partner, two sizes in one pair, and a width that is not even.
    """

    def __init__(self, path: str | Path, sketch_side: Literal["left", "right"] = "left"):
        self.path, self.sketch_side = Path(path), sketch_side
        found = [names for names in FOLDERS if all((self.path / name).is_dir() for name in names)]
        self.pairs = _by_name(*(self.path / name for name in found[0])) if found else None
        self.files = [] if found else find_pictures(path)

    def __len__(self) -> int:
        return len(self.pairs or self.files)

    def __getitem__(self, i: int) -> PicturePair:
        if self.pairs:
            sketch, picture = (load_picture(path) for path in self.pairs[i])
            if sketch.shape != picture.shape:
                a, b = (f"{x.shape[-1]}x{x.shape[-2]}" for x in (sketch, picture))
                raise PictureError(f"{self.pairs[i][0]}: is {a}, and its partner {self.pairs[i][1]} is {b}; make them equal")
            return PicturePair(sketch, picture)
        both = load_picture(self.files[i])
        width = both.shape[-1]
        if width % 2:
            raise PictureError(f"{self.files[i]}: its width, {width}, is odd; sketch and picture side by side are equally wide")
        halves = both[..., : width // 2].contiguous(), both[..., width // 2 :].contiguous()
        return PicturePair(*(halves if self.sketch_side == "left" else halves[::-1]))


class ContourFolder(Sequence):
    """Photos with contours that people drew: ``NAME.jpg`` beside ``NAME_*.png``, black on white.

    ``folder[i]`` is the photo (1, 3, H, W) and a list of contour maps (1, 3, H, W), 1 on a contour. Raises
    PictureError when no photo has a contour, and for contours of another size.
    """

    def __init__(self, path: str | Path):
        paths = find_pictures(path)
        drawn = {photo: [p for p in paths if p.stem.startswith(f"{photo.stem}_") and p.suffix == ".png"]
                 for photo in paths if photo.suffix.lower() in (".jpg", ".jpeg")}  # fmt: skip
        self.items = [(photo, maps) for photo, maps in drawn.items() if maps]
        if not self.items:
            raise PictureError(f"{path}: no photo NAME.jpg with contours NAME_*.png beside it")

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
        path, names = self.items[i]
        photo, maps = load_picture(path), [1 - load_picture(name) for name in names]
        for name, contours in zip(names, maps, strict=True):
            if contours.shape != photo.shape:
                raise PictureError(f"{name}: has not the size of its photo {path}")
        return photo, maps


def find_pictures(path: str | Path) -> list[Path]:
    """The picture files in a folder and the folders in it, by suffix, in natural order."""
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise PictureError(f"{path}: no such folder")
    found = [p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and not p.name.startswith(".")]
    if not found:
        raise PictureError(f"{path}: no pictures in it ({', '.join(SUFFIXES)})")
    return sorted(found, key=_natural)


def _natural(path: Path) -> list:
    """Sort key: numbers in a name by their value."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", str(path).lower())]


def _by_name(sketches: Path, pictures: Path) -> list[tuple[Path, Path]]:
    """The files of two folders, matched by their names without suffix."""
    a, b = ({p.relative_to(folder).with_suffix(""): p for p in find_pictures(folder)} for folder in (sketches, pictures))
    for alone, where in ((a.keys() - b.keys(), pictures), (b.keys() - a.keys(), sketches)):
        if alone:
            names = ", ".join(sorted(map(str, alone))[:3])
            more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
            raise PictureError(f"{where}: no partner for {names}{more}")
    return [(a[name], b[name]) for name in a]
