"""The generator ``photo``: trained on line drawings made from photos, scored, written with its card."""

import dataclasses
from pathlib import Path

import numpy as np
import torch

from ... import zoo
from ...data.pairs import ContourFolder
from ...data.photos import fingerprint, read_photos, readable
from ...data.sketches import contour_sketch, random_sketch, sketch_from_photo
from ...data.sources import PairSource, as_image, crop, step_numbers
from ...images import middle, to_uint8
from ...runtime.processes import here
from ...train import pix2pix
from ...train.loop import fit, made_of, ready
from .card import all_terms, begun_generator, begun_with, photo_terms, record, to_score, write_card
from .scores import MEASURES, generator_scores, made_by

# Without a ``load_size``: its pairs are cut by ``photo_pairs``.
PHOTO = dataclasses.replace(pix2pix.BOOK, batch=8, size=128, depth=6, load_size=0)
SIMPLE_ANSWERS = 400  # training pairs from which the mean picture and the nearest neighbor are taken


def photo_pairs(photos: list[np.ndarray], contours: list[list[np.ndarray]]) -> PairSource:
    """Photos and drawings of them, made on the fly: every kind of ink and edge, and people's contours.

    ``photos`` are (H, W, 3) bytes; ``contours[i]`` are the (H, W) contour maps that people drew of photo
    i, if any; half of the photos are drawn from those that have some. A crop covers between its own size and the whole
    photo. Raises ValueError unless there is an entry of ``contours`` for each photo.
    """
    if len(photos) != len(contours):
        raise ValueError(
            f"{len(photos)} photos and {len(contours)} lists of contours; each photo has one, perhaps empty"
        )
    with_contours = [i for i, maps in enumerate(contours) if maps]

    def batches(seed: int, step: int, n: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
        with step_numbers(seed, step) as rng:
            kinds = [with_contours if with_contours and rng.random() < 0.5 else range(len(photos)) for _ in range(n)]
            chosen = [int(rng.choice(kind)) for kind in kinds]
            pairs = [_photo_pair(rng, size, photos[i], contours[i]) for i in chosen]
        sketches, pictures = zip(*pairs, strict=True)
        return torch.cat(sketches), torch.cat(pictures)

    return batches


def _photo_pair(
    rng: np.random.Generator, size: int, photo: np.ndarray, contours: list[np.ndarray]
) -> tuple[torch.Tensor, torch.Tensor]:
    maps = [as_image(contours[rng.integers(len(contours))])] if contours else []
    shorter = min(photo.shape[:2])
    side = int(rng.integers(min(size, shorter), shorter + 1))
    picture, *contour = (x[None] for x in crop(side, size, as_image(photo), *maps))
    return random_sketch(picture, rng, *contour), picture


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
    recipe: pix2pix.Pix2PixRecipe,
    seed: int,
    out: Path,
    photos: list[Path],
    contours: list[Path],
    start: str | None = None,
    resume: bool = False,
    command: str = "s2s train photo",
) -> Path:
    """The generator of photos, trained on line drawings made from the photos in the folders. ``start`` names a
    generator to begin with, or its file.
    """
    ready(out / "photo", resume)
    begin, begun = begun_generator(start, pix2pix.arguments(recipe))
    pictures, drawn = photos_and_contours(photos, contours)
    batches = photo_pairs(pictures, drawn)
    data = {"photos": fingerprint(photos), "contours": fingerprint(contours), "start": begun_with(start)}
    stamp = made_of(recipe, seed, **data)
    training = pix2pix.Pix2Pix(recipe, seed, batches, zoo.load("pocket"), here(), begin)
    progress = fit(training, out / "photo", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": "line drawings of anything to photo-like pictures",
        "arguments": pix2pix.arguments(recipe),
        "architecture": pix2pix.architecture(recipe),
        "loss network": zoo.card("pocket")["sha256"],
        "data": f"{len(pictures)} photos of {', '.join(p.name for p in (*photos, *contours))}; "
        "drawings made on the fly",
        "terms": all_terms(photo_terms([*photos, *contours]), start),
        "command": command,
    }
    return write_card(training.result, out, "photo", recipe, seed, progress, begun | facts)


def score(path: Path, photos: list[Path], contours: list[Path], held_out: Path) -> None:
    """Score the generator at ``path`` on photos that it never saw, and write the scores into its card.

    Two kinds of drawing: made from the held-out photos, and the contours that people drew of them. The
    simple answers come from ``SIMPLE_ANSWERS`` training pairs.
    """
    net = to_score(path, "generator")
    known = photo_pairs(*photos_and_contours(photos, contours))(0, 0, SIMPLE_ANSWERS, 256)
    pairs = [(middle(x), middle(maps[0])) for x, maps in ContourFolder(held_out)]
    true = torch.cat([x for x, _ in pairs])
    drawings = {
        "drawn from the photo": torch.cat([sketch_from_photo(x) for x, _ in pairs]),
        "drawn by a person": torch.cat([contour_sketch(m) for _, m in pairs]),
    }
    scores = {kind: generator_scores(made_by(net, d), known, (d, true)) for kind, d in drawings.items()}
    protocol = f"middle 256x256 of {len(pairs)} photos of {held_out.name}, never trained on; {MEASURES}"
    record(path, scores, protocol, "s2s score photo")
