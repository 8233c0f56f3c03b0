"""The generator ``photo``: trained on line drawings made from photos, scored, written with its card."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ... import zoo
from ...data.pairs import ContourFolder
from ...data.photos import fingerprint, read_photos, readable
from ...data.sketches import contour_sketch, random_sketch, sketch_from_photo
from ...images import from_uint8, middle, to_uint8
from ...runtime.processes import here
from ...train import pix2pix
from ...train.loop import fit, made_of, ready
from .card import photo_terms, record, write_card
from .scores import MEASURES, generator_scores

PHOTO = dataclasses.replace(pix2pix.BOOK, batch=8, size=128, depth=6, load_size=0)
SIMPLE_ANSWERS = 400  # training pairs from which the mean picture and the nearest neighbor are taken


def photo_pairs(
    photos: list[np.ndarray], contours: list[list[np.ndarray]], recipe: pix2pix.Recipe
) -> pix2pix.PairSource:
    """Photos and drawings of them, made on the fly: every kind of ink and edge, and people's contours.

    ``photos`` are (H, W, 3) bytes; ``contours[i]`` are the (H, W) contour maps that people drew of photo
    i, if any; half of the photos are drawn from those that have some. A crop covers between the recipe's size
    and the whole photo.
    """
    with_contours = [i for i, maps in enumerate(contours) if maps]

    def batches(rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        kinds = [with_contours if with_contours and rng.random() < 0.5 else range(len(photos)) for _ in range(n)]
        pairs = [_photo_pair(rng, recipe.size, photos, contours, int(rng.choice(kind))) for kind in kinds]
        sketches, pictures = zip(*pairs, strict=True)
        return torch.cat(sketches), torch.cat(pictures)

    return batches


def _photo_pair(
    rng: np.random.Generator, size: int, photos: list[np.ndarray], contours: list[list[np.ndarray]], i: int
) -> tuple[torch.Tensor, torch.Tensor]:
    maps = [contours[i][rng.integers(len(contours[i]))]] if contours[i] else []
    height, width = photos[i].shape[:2]
    side = int(rng.integers(min(size, height, width), min(height, width) + 1))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    mirror = rng.random() < 0.5
    cut = []
    for array in (photos[i], *maps):
        window = array[top : top + side, left : left + side]
        window = window[:, ::-1] if mirror else window
        cut.append(nn.functional.interpolate(from_uint8(window), size=(size, size), mode="bilinear", antialias=True))
    contour = cut[1][:, :1] if maps else None
    return random_sketch(cut[0], rng, contour), cut[0]


def photos_and_contours(folders: list[Path], contours: list[Path]) -> tuple[list[np.ndarray], list[list[np.ndarray]]]:
    """The photos of ``folders`` and those of ``contours`` with the contours that people drew of them.

    What cannot be read is left out with a word. Raises PictureError where nothing is left, and for folders of pairs.
    """
    photos = read_photos(*folders)
    drawn: list[list[np.ndarray]] = [[] for _ in photos]
    for folder in contours:
        for x, maps in readable(ContourFolder(folder)):
            photos.append(to_uint8(x))
            drawn.append([to_uint8(m)[..., 0] for m in maps])
    return photos, drawn


def train(
    recipe: pix2pix.Recipe,
    seed: int,
    out: Path,
    photos: list[Path],
    contours: list[Path],
    resume: bool = False,
    command: str = "s2s train photo",
) -> Path:
    """The generator of photos, trained on line drawings made from the photos in the folders."""
    ready(out / "photo", resume)
    pictures, drawn = photos_and_contours(photos, contours)
    batches = photo_pairs(pictures, drawn, recipe)
    stamp = made_of(recipe, seed, photos=fingerprint(photos), contours=fingerprint(contours))
    training = pix2pix.Pix2Pix(recipe, seed, batches, zoo.load("pocket"), here())
    progress = fit(training, out / "photo", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": "line drawings of anything to photo-like pictures",
        "arguments": pix2pix.arguments(recipe),
        "architecture": pix2pix.architecture(recipe),
        "loss network": zoo.card("pocket")["sha256"],
        "data": f"{len(pictures)} photos of {', '.join(p.name for p in (*photos, *contours))}; "
        "drawings made on the fly",
        "terms": "; ".join(photo_terms([*photos, *contours])),
        "command": command,
    }
    return write_card(training.result, out, "photo", recipe, seed, progress, facts)


def score(path: Path, photos: list[Path], contours: list[Path], held_out: Path) -> None:
    """Score the generator at ``path`` on photos that it never saw, and write the scores into its card.

    Two kinds of drawing: made from the held-out photos, and the contours that people drew of them. The
    simple answers come from ``SIMPLE_ANSWERS`` training pairs.
    """
    net = zoo.load(str(path), "generator")
    recipe = dataclasses.replace(PHOTO, size=256)
    known = photo_pairs(*photos_and_contours(photos, contours), recipe)(np.random.default_rng(0), SIMPLE_ANSWERS)
    pairs = [(middle(x), middle(maps[0])) for x, maps in ContourFolder(held_out)]
    true = torch.cat([x for x, _ in pairs])
    drawings = {
        "drawn from the photo": torch.cat([sketch_from_photo(x) for x, _ in pairs]),
        "drawn by a person": torch.cat([contour_sketch(m) for _, m in pairs]),
    }
    scores = {kind: generator_scores(net, known, (d, true)) for kind, d in drawings.items()}
    protocol = f"middle 256x256 of {len(pairs)} photos of {held_out.name}, never trained on; {MEASURES}"
    record(path, scores, protocol, "s2s score photo")
