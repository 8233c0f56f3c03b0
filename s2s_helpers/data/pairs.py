"""Folders of pictures and of pairs, as people keep them (chapter 01_sketches_and_pictures).

All are sequences: ``len(folder)``, ``folder[i]``, ``for item in folder``. Nothing is read before it is asked
for; the names are checked at once.
"""

import os
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Generic, Literal, NamedTuple, TypeVar

import torch

from ..images import SUFFIXES, PictureError, load_picture, size_of

# What holds pictures and is not read: phones', cameras' raw formats, those of painting programs, scans, films.
UNREAD = (
    ".heic .heif .heics .avif .avifs .jxl .jp2 .j2k .jpf .jxr"
    " .dng .cr2 .cr3 .nef .nrw .arw .raf .orf .rw2 .pef .srw .raw"
    " .psd .psb .xcf .kra .clip .procreate .ora .svg .svgz .ai .eps .pdf .ico .tga .pcx .ppm .pgm .pbm .pnm .exr .hdr"
    " .mp4 .mov .m4v .mkv .webm .avi .mpg .mpeg .3gp"
)
# Names that a pair of folders may have; the last two are CycleGAN's.
FOLDERS = (("sketch", "picture"), ("sketches", "pictures"), ("A", "B"), ("trainA", "trainB"), ("testA", "testB"))
SPLITS = {"train", "val", "valid", "validation", "test"}  # folders that hold other pictures of the same kind
Item = TypeVar("Item")


class PicturePair(NamedTuple):
    """A sketch and its picture, float32 (1, 3, H, W), RGB, in [0, 1]."""

    sketch: torch.Tensor
    picture: torch.Tensor


class Folder(ABC, Generic[Item]):
    """What was found in a folder, by number, and one after the other."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, i: int) -> Item: ...

    def __iter__(self) -> Iterator[Item]:
        return (self[i] for i in range(len(self)))


class PhotoFolder(Folder[torch.Tensor]):
    """All pictures of a folder and the folders in it, in the order of their names (2 before 10).

    ``folder[i]`` is (1, 3, H, W). A single file is a folder of one. Raises PictureError when there are none.
    """

    def __init__(self, path: str | Path):
        self.paths = find_pictures(path)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, i: int) -> torch.Tensor:
        return load_picture(self.paths[i])


class PairFolder(Folder[PicturePair]):
    """Pairs of sketch and picture; ``folder[i]`` is a ``PicturePair``.

    Two layouts: two folders ``sketch`` and ``picture`` (or others of ``FOLDERS``) with files of equal names, or
    files with both side by side, as pix2pix has them; ``sketch_side`` tells which half is the sketch.

    Raises PictureError for a folder or a name without partner, folders of other names with files of equal names, files
    ``NAME_A`` and ``NAME_B`` in one folder, a name that is there twice, two sizes in one pair, and a width that is not
    even; ValueError for another ``sketch_side``.
    """

    def __init__(self, path: str | Path, sketch_side: Literal["left", "right"] = "left"):
        if sketch_side not in ("left", "right"):
            raise ValueError(f"no side named {sketch_side}; there are left, right")
        self.path, self.sketch_side = Path(path), sketch_side
        found = pair_folders(self.path)
        for here, there in [] if found else (pair for names in FOLDERS for pair in (names, names[::-1])):
            if (self.path / here).is_dir():  # sketches alone must not pass for sketch and picture side by side
                raise PictureError(f"{self.path}: has a folder {here}, but no folder {there}")
        self.pairs = _by_name(*(self.path / name for name in found)) if found else None
        self.files = [] if found else find_pictures(path)
        _refuse_unknown_pairs(self.path, self.files)
        _refuse_halves(self.files)

    def __len__(self) -> int:
        return len(self.pairs or self.files)

    def check_sizes(self) -> None:
        """Raise PictureError, as ``folder[i]`` would, for pairs of two sizes or of odd width; it names the first.

        Only the heads of the files are read, so that it is quick. What cannot be read is passed over.
        """
        for i in range(len(self)):
            if not self._fits(i):
                self[i]  # which tells what is wrong with it

    def _fits(self, i: int) -> bool:
        """Whether the sizes of pair ``i`` are right, as far as the heads of the files tell."""
        try:
            if self.pairs:
                sketch, picture = (size_of(path) for path in self.pairs[i])
                return sketch == picture
            return size_of(self.files[i])[1] % 2 == 0
        except PictureError:
            return True

    def __getitem__(self, i: int) -> PicturePair:
        if self.pairs:
            sketch, picture = (load_picture(path) for path in self.pairs[i])
            if sketch.shape != picture.shape:
                a, b = (f"{x.shape[-1]}x{x.shape[-2]}" for x in (sketch, picture))
                first, partner = self.pairs[i]
                raise PictureError(f"{first}: is {a}, and its partner {partner} is {b}; make them equal")
            return PicturePair(sketch, picture)
        both = load_picture(self.files[i])
        width = both.shape[-1]
        if width % 2:
            why = f"its width, {width}, is odd; sketch and picture side by side are equally wide"
            remedy = "cut it, or put the two into folders named sketch and picture"
            raise PictureError(f"{self.files[i]}: {why}; {remedy}")
        halves = both[..., : width // 2].contiguous(), both[..., width // 2 :].contiguous()
        return PicturePair(*(halves if self.sketch_side == "left" else halves[::-1]))


class ContourFolder(Folder[tuple[torch.Tensor, list[torch.Tensor]]]):
    """Photos with contours that people drew: ``NAME.jpg`` beside ``NAME_*.png``, black on white.

    ``folder[i]`` is the photo (1, 3, H, W) and a list of contour maps (1, 3, H, W), 1 on a contour. Raises
    PictureError when no photo has a contour, and for contours of another size.
    """

    def __init__(self, path: str | Path):
        self.items = find_contours(path)
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


def find_contours(path: str | Path) -> list[tuple[Path, list[Path]]]:
    """The photos ``NAME.jpg`` in a folder and the folders in it that have files ``NAME_*.png`` beside them, and those.

    Raises PictureError as ``find_pictures``.
    """
    paths = find_pictures(path)
    maps: dict[tuple[Path, str], list[Path]] = {}
    for drawn in (p for p in paths if p.suffix.lower() == ".png"):
        name = _spelled(drawn)
        for end in (found.start() for found in re.finditer("_", name)):  # the name of the photo may hold some
            maps.setdefault((drawn.parent, name[:end]), []).append(drawn)
    photos = [p for p in paths if p.suffix.lower() in (".jpg", ".jpeg", ".jpe", ".jfif")]
    return [(photo, of) for photo in photos if (of := maps.get((photo.parent, _spelled(photo))))]


def pair_folders(path: Path) -> tuple[str, str] | None:
    """The names of the two folders in ``path`` that hold sketches and pictures, if there are two."""
    return next((names for names in FOLDERS if all((path / name).is_dir() for name in names)), None)


def refuse_pairs(path: Path) -> None:
    """Raise PictureError for a folder of pairs where one of photos is asked for: sketches are no photos."""
    if names := pair_folders(path):
        remedy = f"`s2s train pairs {path}` learns from them; for the pictures alone give {path / names[1]}"
        raise PictureError(f"{path}: holds pairs, in {names[0]} and {names[1]}; {remedy}")


def find_pictures(path: str | Path) -> list[Path]:
    """The picture files in a folder and the folders in it, also linked ones, by suffix, in natural order; nothing
    hidden.

    Raises PictureError for a folder that is missing or has none.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise PictureError(f"{path}: no such folder")
    found = [p for p in _files(path) if p.suffix.lower() in SUFFIXES]
    if not found:
        raise PictureError(f"{path}: no pictures in it ({', '.join(SUFFIXES)})")
    return sorted(found, key=_natural)


def find_unread(path: Path) -> list[Path]:
    """The files in a folder and the folders in it that hold pictures and are not read, by suffix, in natural order."""
    return sorted((p for p in _files(path) if p.suffix.lower() in {*UNREAD.split()} - {*SUFFIXES}), key=_natural)


def _files(root: Path) -> Iterator[Path]:
    """The files in a folder and the folders in it, each folder once, however many links lead to it; nothing hidden."""
    seen: set[Path] = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        here = Path(folder).resolve()
        if here in seen:
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in names if not name.startswith("."))


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Sort key: numbers in a name by their value."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", str(path).lower())]


def _spelled(path: Path) -> str:
    """The name without suffix, in one spelling: macOS writes accents as letters of their own."""
    return unicodedata.normalize("NFC", path.stem)


def _refuse_unknown_pairs(root: Path, files: list[Path]) -> None:
    """Raise PictureError if files have the same names in two folders side by side: each is half a pair, not a whole."""
    known: dict[tuple[Path, str], Path] = {}
    for file in files:
        folder = file.parent
        if folder == root or folder.name in SPLITS:
            continue
        other = known.setdefault((folder.parent, file.stem), folder)
        if other != folder:
            names = f"{other.relative_to(root)} and {folder.relative_to(root)}"
            remedy = "if they are pairs, name the folders sketch and picture; if each file holds both, use one folder"
            if pair_folders(folder.parent):
                remedy = f"give {folder.parent}"
            raise PictureError(f"{root}: files of {names} have the same names; {remedy}")


def _refuse_halves(files: list[Path]) -> None:
    """Raise PictureError for files such as ``7_A.png`` and ``7_B.png`` in one folder: each is half a pair, too."""
    there = {(file.parent, file.stem): file for file in files}
    for file in files:
        for a, b in FOLDERS:
            name = file.stem.removesuffix(f"_{a}")
            if name != file.stem and (other := there.get((file.parent, f"{name}_{b}"))):
                remedy = f"put them into folders named {a} and {b}, under the name {name}"
                raise PictureError(f"{file}: is half of a pair, whose other half is {other.name}; {remedy}")


def _names(folder: Path) -> dict[Path, Path]:
    """The files of a folder by their names without suffix."""
    names: dict[Path, Path] = {}
    for path in find_pictures(folder):
        other = names.setdefault(path.relative_to(folder).with_name(_spelled(path)), path)
        if other != path:
            raise PictureError(f"{path}: has the same name as {other.name}; keep one of the two")
    return names


def _by_name(sketches: Path, pictures: Path) -> list[tuple[Path, Path]]:
    """The files of two folders, matched by their names without suffix."""
    a, b = (_names(folder) for folder in (sketches, pictures))
    for alone, where in ((a.keys() - b.keys(), pictures), (b.keys() - a.keys(), sketches)):
        if alone:
            names = ", ".join(sorted(map(str, alone))[:3])
            more = f" and {len(alone) - 3} more" if len(alone) > 3 else ""
            raise PictureError(f"{where}: no partner for {names}{more}")
    return [(a[name], b[name]) for name in a]
