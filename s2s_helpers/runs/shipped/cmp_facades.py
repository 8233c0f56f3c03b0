"""The generator ``cmp_facades``, label maps to photos of facades: pix2pix on its own data."""

import dataclasses
from pathlib import Path

import torch

from ... import zoo
from ...data.cmp_facades import SKETCH_SIDE, load_cmp
from ...data.pairs import PairFolder
from ...data.photos import fingerprint
from ...images import from_planes
from ...runtime.processes import here
from ...train import pix2pix
from ...train.loop import fit, made_of, ready
from .card import all_terms, begun_generator, begun_with, record, to_score, write_card
from .cmp_segmenter import TERMS, judged_by
from .scores import MEASURES, generator_scores, kernel_distances, made_by

# pix2pixHD's discriminators and matching in place of the loss network: real fronts have textures, and what tells them
# from smooth paint is learned best from the fronts themselves. Wider than the drawn world asks for.
CMP = dataclasses.replace(
    pix2pix.BOOK,
    steps=9_000,
    batch=2,
    lr=3e-4,
    lambda_l1=30.0,
    lambda_features=0.0,
    lambda_matching=5.0,
    gan_loss="hinge",
    scales=2,
    base=48,
    cap=192,
    ema_decay=0.998,
)


def train(
    recipe: pix2pix.Pix2PixRecipe,
    seed: int,
    out: Path,
    folder: Path,
    start: str | None = None,
    resume: bool = False,
    command: str = "s2s train cmp-facades",
) -> Path:
    """The generator ``cmp_facades``, trained on the pairs in the folder ``train`` of ``folder``. ``start`` names a
    generator to begin with, or its file.

    Raises PictureError as ``PairFolder``.
    """
    ready(out / "cmp_facades", resume)
    pairs = PairFolder(folder / "train", SKETCH_SIDE)
    begin, begun = begun_generator(start, pix2pix.arguments(recipe))
    stamp = made_of(recipe, seed, pairs=fingerprint([folder / "train"]), start=begun_with(start))
    training = pix2pix.Pix2Pix(recipe, seed, pix2pix.FolderPairs(pairs, recipe), device=here(), begin=begin)
    progress = fit(training, out / "cmp_facades", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": "label maps of building fronts to photo-like pictures",
        "arguments": pix2pix.arguments(recipe),
        "architecture": pix2pix.architecture(recipe),
        "data": f"{len(pairs)} pairs, the training part of the CMP facades in pix2pix's form",
        "terms": all_terms([TERMS], start),
        "command": command,
    }
    return write_card(training.result, out, "cmp_facades", recipe, seed, progress, begun | facts)


def score(path: Path, folder: Path, vgg16: Path, judge: str = "cmp_segmenter") -> None:
    """Score the generator at ``path`` on the pairs of ``test`` in ``folder``, by ``judge`` and by the real VGG-16.

    Beside it stand two answers that need no learning, and the floor and the ceiling: the kernel distance of the two
    halves of the true photos, and the FCN-score of the true photos.
    """
    net, segmenter = to_score(path, "generator"), zoo.load(judge, "segmentation")
    vgg = zoo.loss_network("vgg16", vgg16)
    known, test = load_cmp(folder / "train"), load_cmp(folder / "test")
    (maps, true), labels = (from_planes(x) for x in (test.sketches, test.pictures)), torch.from_numpy(test.labels)
    made = made_by(net, maps)
    scores = generator_scores(made, (from_planes(known.sketches), from_planes(known.pictures)), (maps, true))
    kernel = {layer: told["made"] for layer, told in kernel_distances({"made": made}, true, vgg).items()}
    judged = {name: judged_by(segmenter, x, labels) for name, x in (("made", made), ("true", true))}
    protocol = (
        f"{len(test)} pairs of the test part, 256x256; {MEASURES}; judged: FCN-score by {judge}; kernel: "
        "distance by the means of features of VGG-16 over a picture, and that of two halves of the true "
        "photos"
    )
    record(path, scores, protocol, "s2s score cmp-facades", judged=judged, kernel=kernel)
