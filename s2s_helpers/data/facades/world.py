"""Pairs by number, and the splits that training reads (chapter 01_sketches_and_pictures)."""

import os
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from operator import index
from pathlib import Path

import numpy as np
import torch

from ...images import from_planes
from ...runtime.files import whole
from .appearance import Appearance, sample_appearance
from .architecture import Plan, sample_plan
from .pencil import draw_sketch
from .picture import draw_labels, draw_picture

VERSION = 2  # of the look; part of the name of cache files
SPLITS: dict[str, range] = {"train": range(0, 400), "val": range(400, 500), "test": range(500, 600)}

# One color for each of LABELS, RGB in [0, 255]. Neighbors on a facade differ in lightness, not only in hue.
PALETTE = np.array(
    [
        (222, 215, 196),  # facade
        (160, 145, 115),  # molding
        (120, 70, 30),  # cornice
        (190, 120, 60),  # pillar
        (0, 70, 130),  # window
        (140, 20, 60),  # door
        (250, 240, 120),  # sill
        (86, 180, 233),  # blind
        (0, 130, 100),  # balcony
        (230, 120, 0),  # shop
        (204, 121, 167),  # deco
        (40, 40, 48),  # background
    ],
    dtype=np.uint8,
)


def colored(labels: torch.Tensor) -> torch.Tensor:
    """Label maps (N, H, W), int64, as pictures (N, 3, H, W) in the colors of ``PALETTE``."""
    return torch.from_numpy(PALETTE)[labels].permute(0, 3, 1, 2).float() / 255


@dataclass(frozen=True)
class Pair:
    """A sketch and its picture, float32 (1, 3, H, W), RGB in [0, 1]; labels int64 (1, H, W), 0 to 11."""

    sketch: torch.Tensor
    picture: torch.Tensor
    labels: torch.Tensor


@dataclass(frozen=True)
class Split:
    """Many pairs as bytes, a quarter of the memory of floats: 400 of 256x256 take 180 MB.

    ``sketches`` and ``pictures`` are uint8 (n, 3, H, W) in [0, 255], ``labels`` uint8 (n, H, W). ``split[i]``
    is a ``Pair`` of floats.
    """

    sketches: np.ndarray
    pictures: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> Pair:
        return _pair(self.sketches[i], self.pictures[i], self.labels[i])


def _pair(sketch: np.ndarray, picture: np.ndarray, labels: np.ndarray) -> Pair:
    """Bytes (3, H, W), (3, H, W) and (H, W) as tensors."""
    drawn, painted = (from_planes(x[None]) for x in (sketch, picture))
    return Pair(drawn, painted, torch.from_numpy(labels.astype(np.int64))[None])


class FacadeWorld:
    """Endless pairs: ``FacadeWorld(seed, size)[i] -> Pair`` for any i from 0 on.

    A pair is a function of (seed, i); ``size``, 64 to 1024 pixels, changes only the resolution. ``appearances``
    selects other materials, light and weather for the same drawings: sketch and labels do not depend on it.

    Raises ValueError for a size outside 64 to 1024, and IndexError for a negative i.
    """

    def __init__(self, seed: int = 0, size: int = 256, appearances: int = 0):
        if not 64 <= size <= 1024:
            raise ValueError(f"size is {size}; facades can be drawn from 64 to 1024 pixels")
        self.seed, self.size, self.appearances = seed, size, appearances

    def __getitem__(self, i: int) -> Pair:
        return _pair(*self.draw(i))

    def plan(self, i: int) -> Plan:
        """What stands in pair i."""
        return sample_plan(np.random.default_rng(self._seed(i, 0)))

    def appearance(self, i: int) -> Appearance:
        """Materials, light and weather of pair i."""
        return sample_appearance(np.random.default_rng(self._seed(i, 2, self.appearances)))

    def draw(self, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Pair i as bytes: sketch and picture uint8 (3, H, W), labels uint8 (H, W)."""
        plan = self.plan(i)
        sketch = draw_sketch(plan, self.size, np.random.default_rng(self._seed(i, 1)))
        picture = draw_picture(plan, self.appearance(i), self.size, self._seed(i, 3, self.appearances))
        labels = draw_labels(plan, self.size)
        return np.ascontiguousarray(sketch.transpose(2, 0, 1)), np.ascontiguousarray(picture.transpose(2, 0, 1)), labels

    def _seed(self, i: int, *stream: int) -> np.random.SeedSequence:
        if i < 0:
            raise IndexError(f"pair {i}: facades are numbered from 0 on")
        return np.random.SeedSequence([self.seed, index(i), *stream])


def load_split(name: str, seed: int = 0, size: int = 256, cache: str | Path = "data/cache/facades") -> Split:
    """The pairs of "train", "val" or "test" (``SPLITS``).

    Drawn once with all processors, then kept in ``cache`` in one .npz file. A file that cannot be read is
    drawn again. Raises ValueError for another name.
    """
    if name not in SPLITS:
        raise ValueError(f"no split {name!r}; there are {', '.join(SPLITS)}")
    file = Path(cache) / f"facades-v{VERSION}-seed{seed}-{size}-{name}.npz"
    return _read(file) or _write(file, _drawn(FacadeWorld(seed, size), SPLITS[name], name))


def _drawn(world: FacadeWorld, numbers: range, name: str) -> Split:
    from tqdm.auto import tqdm

    # "spawn" because a fork of a process in which torch has started threads may hang.
    workers = os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        drawn = pool.map(partial(FacadeWorld.draw, world), numbers, chunksize=8)
        made = list(tqdm(drawn, total=len(numbers), desc=f"drawing facades ({name})"))
    return Split(*(np.stack(column) for column in zip(*made, strict=True)))


def _read(file: Path) -> Split | None:
    """The split in ``file``, or None if it is not there or broken."""
    try:
        with np.load(file) as stored:
            return Split(stored["sketches"], stored["pictures"], stored["labels"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _write(file: Path, split: Split) -> Split:
    """Store the split."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as part, part.open("wb") as stream:
        np.savez(stream, sketches=split.sketches, pictures=split.pictures, labels=split.labels)
    return split
