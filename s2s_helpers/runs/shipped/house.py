"""The generator ``house``: drawings of buildings, with color hints or without, to pictures like photos."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ... import zoo
from ...data.cmp_facades import load_cmp
from ...data.houses import Building, HousePairs, outlines_of
from ...data.photos import fingerprint, read_photos
from ...images import to_uint8
from ...pipeline.sketch_to_style import apply
from ...runtime.processes import here, processes
from ...train import pix2pix
from ...train.loop import fit, made_of, ready
from .card import photo_terms, write_card
from .cmp_facades import CMP
from .cmp_segmenter import TERMS

# As ``CMP``, half as wide outside, for a page that answers each stroke; L1 weighs less, since a drawing tells less of
# the picture than a label map.
HOUSE = dataclasses.replace(CMP, steps=12_000, base=32, cap=160, lambda_l1=20.0, hints=30)


def buildings(photos: list[Path], facades: Path) -> list[Building]:
    """The photos of the folders, and the pairs in ``train`` of ``facades``, the CMP facades in pix2pix's form."""
    pencil = zoo.load("pencil")

    def certainty(pixels: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))[None].float() / 255
        return to_uint8(apply(pencil, x).expand(-1, 3, -1, -1))[..., 0]

    read, fronts = read_photos(*photos), load_cmp(facades / "train")
    drawn = [((), pixels) for pixels in read]
    drawn += [
        (outlines_of(labels, i), np.ascontiguousarray(x.transpose(1, 2, 0)))
        for i, (labels, x) in enumerate(zip(fronts.labels, fronts.pictures, strict=True))
    ]
    shown = {"desc": "draw", "unit": "photo", "mininterval": 1.0, "disable": not processes().is_main_process}
    return [Building(pixels, certainty(pixels), outlines) for outlines, pixels in tqdm(drawn, **shown)]


def train(
    recipe: pix2pix.Pix2PixRecipe,
    seed: int,
    out: Path,
    photos: list[Path],
    facades: Path,
    resume: bool = False,
    command: str = "s2s train house",
) -> Path:
    """The generator ``house``, trained on drawings of the photos and of the facades.

    Raises PictureError as ``read_photos`` and ``PairFolder``.
    """
    ready(out / "house", resume)
    stamp = made_of(recipe, seed, photos=fingerprint(photos), facades=fingerprint([facades / "train"]))
    pairs = HousePairs(buildings(photos, facades))
    training = pix2pix.Pix2Pix(recipe, seed, pairs, device=here())
    progress = fit(training, out / "house", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": "line drawings of buildings, with color hints or without, to photo-like pictures",
        "arguments": pix2pix.arguments(recipe),
        "architecture": pix2pix.architecture(recipe),
        "data": f"{len(pairs.buildings)} photos of {', '.join(p.name for p in photos)} and of the training part of the "
        "CMP facades; drawings made on the fly, of the latter also by their label maps; hints from the photos",
        "terms": "; ".join([TERMS, *photo_terms(photos)]),
        "command": command,
    }
    return write_card(training.result, out, "house", recipe, seed, progress, facts)
