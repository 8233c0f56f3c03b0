"""The generator ``house``: drawings of buildings, with color hints or without, to pictures like photos."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from scipy.ndimage import binary_dilation
from skimage.color import deltaE_ciede2000, rgb2lab
from torch import nn
from tqdm import tqdm

from ... import zoo
from ...data.cmp_facades import load_cmp
from ...data.hint_samples import hint, laid
from ...data.houses import Building, HousePairs, outlines_of
from ...data.pairs import PhotoFolder
from ...data.palettes import palette_hints
from ...data.photos import fingerprint, read_photos, readable
from ...data.sketches import contours, sketch_from_photo
from ...images import from_uint8, to_uint8
from ...metrics import color_spread, edge_f1
from ...pipeline.sketch_to_style import apply
from ...runtime.processes import here, processes
from ...train import pix2pix
from ...train.loop import fit, made_of, ready
from .card import all_terms, begun_generator, begun_with, photo_terms, record, to_score, write_card
from .cmp_facades import CMP
from .cmp_segmenter import TERMS
from .scores import MEASURES, kernel_distances, made_by, picture_scores, square

# As ``CMP``, half as wide outside, for a page that answers each stroke; L1 weighs less, since a drawing tells less of
# the picture than a label map.
HOUSE = dataclasses.replace(CMP, steps=12_000, base=32, cap=160, lambda_l1=20.0, hints=30)
SIDE = 256  # pixels of the pictures that are scored
HINTS = (1, 5, 20)  # in a picture
AROUND = 8  # pixels around a hint that it is to color too
NEAR = 10.0  # CIEDE2000
ANSWERS = 6  # to each drawing, where it is asked how much they differ


def buildings(photos: list[Path], facades: Path) -> list[Building]:
    """The photos of the folders, and the pairs in ``train`` of ``facades``, the CMP facades in pix2pix's form."""
    pencil = zoo.load("pencil")

    def certainty(pixels: np.ndarray) -> np.ndarray:
        return to_uint8(apply(pencil, from_uint8(pixels)).expand(-1, 3, -1, -1))[..., 0]

    read, fronts = read_photos(*photos), load_cmp(facades / "train")
    maps = [None] * len(read) + list(fronts.labels)
    pictures = read + [np.ascontiguousarray(x.transpose(1, 2, 0)) for x in fronts.pictures]
    shown = {"desc": "draw", "unit": "photo", "mininterval": 1.0, "disable": not processes().is_main_process}
    return [
        Building(x, certainty(x), () if labels is None else outlines_of(labels, seed))
        for seed, (x, labels) in enumerate(zip(tqdm(pictures, **shown), maps, strict=True))
    ]


def train(
    recipe: pix2pix.Pix2PixRecipe,
    seed: int,
    out: Path,
    photos: list[Path],
    facades: Path,
    start: str | None = None,
    resume: bool = False,
    command: str = "s2s train house",
) -> Path:
    """The generator ``house``, trained on drawings of the photos and of the facades. ``start`` names a generator to
    begin with, or its file.

    Raises PictureError as ``read_photos`` and ``PairFolder``.
    """
    ready(out / "house", resume)
    begin, begun = begun_generator(start, pix2pix.arguments(recipe))
    data = {"photos": fingerprint(photos), "facades": fingerprint([facades / "train"]), "start": begun_with(start)}
    stamp = made_of(recipe, seed, **data)
    pairs = HousePairs(buildings(photos, facades))
    training = pix2pix.Pix2Pix(recipe, seed, pairs, device=here(), begin=begin)
    progress = fit(training, out / "house", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": "line drawings of buildings, with color hints or without, to photo-like pictures",
        "arguments": pix2pix.arguments(recipe),
        "architecture": pix2pix.architecture(recipe),
        "data": f"{len(pairs.buildings)} photos of {', '.join(p.name for p in photos)} and of the training part of the "
        "CMP facades; drawings made on the fly, of the latter also by their label maps; hints from the photos",
        "terms": all_terms([TERMS, *photo_terms(photos)], start),
        "command": command,
    }
    return write_card(training.result, out, "house", recipe, seed, progress, begun | facts)


def score(path: Path, held_out: Path, vgg16: Path, hed: Path) -> None:
    """Score the generator at ``path`` on photos that it never saw, beside ``photo`` on the same drawings.

    The drawings are HED's lines, and ink that it was not trained on; the hints lie over HED's lines.
    """
    net, photo = to_score(path, "generator"), zoo.load("photo")
    vgg, detector = zoo.loss_network("vgg16", vgg16), zoo.hed(hed)
    true = torch.cat([square(x, SIDE) for x in readable(PhotoFolder(held_out))])
    lines = torch.cat([contours(detector(x[None])) for x in tqdm(true, desc="HED", unit="photo", leave=False)])
    drawings = {"HED": lines, "another hand": sketch_from_photo(true)}
    both = {"house": net, "photo": photo}
    made = {f"{kind}, {name}": made_by(both[name], drawings[kind]) for kind in drawings for name in both}
    scores = {name: picture_scores(x, true) for name, x in made.items()}
    kernel = kernel_distances(made, true, vgg)
    hints = {str(n): hint_scores(net, lines, made["HED, house"], true, n) for n in HINTS}
    protocol = (
        f"{len(true)} photos of {held_out.name}, their middle squares at {SIDE}x{SIDE}, never trained on; {MEASURES}; "
        "kernel: distance by the means of features of VGG-16 over a picture, and that of two halves of the photos; "
        f"hints: so many for each picture, mean color difference (CIEDE2000) of the mean colors under and {AROUND} "
        "pixels around each hint from the photo's, without and with the hints; reached: share of the hints whose color "
        f"comes within {NEAR} of the asked one; spread: {ANSWERS} answers to each drawing, by palettes and by dropout, "
        "the noise z; color: mean CIEDE2000 over pixels and pairs; edges: mean F1 of their edges with the drawing's "
        "lines"
    )
    spread = spread_scores(net, lines, ANSWERS)
    record(path, scores, protocol, "s2s score house", kernel=kernel, hints=hints, spread=spread)


def hint_scores(
    net: nn.Module, sketches: torch.Tensor, plain: torch.Tensor, true: torch.Tensor, number: int
) -> dict[str, float]:
    """What ``number`` hints for each of the pictures are worth: see the protocol of ``score``. ``plain`` is what
    ``net`` makes without any.
    """
    far: dict[str, list[float]] = {"without": [], "with": [], "reached": []}
    for i, (sketch, without, picture) in enumerate(zip(sketches, plain, true, strict=True)):
        rng = np.random.default_rng(i)
        given = [hint(picture, rng) for _ in range(number)]
        made = {"without": without, "with": net(sketch[None], laid(given, picture.shape[-2:]))[0]}
        for each in given:
            nearby = binary_dilation(each.where, iterations=AROUND)
            for name, x in made.items():
                far[name].append(color_difference(mean_color(x, nearby), mean_color(picture, nearby)))
            far["reached"].append(color_difference(mean_color(made["with"], each.where), each.color) <= NEAR)
    return {name: round(float(np.mean(values)), 3) for name, values in far.items()}


def spread_scores(net: nn.Module, sketches: torch.Tensor, number: int) -> dict[str, dict[str, float]]:
    """How different so many answers to each of the sketches (N, 3, H, W) are, in color, and if they keep to the lines:
    in the colors of the first palettes, and with dropout, which is the noise z. See the protocol of ``score``.
    """

    def by_palette(sketch: torch.Tensor, i: int) -> torch.Tensor:
        return net(sketch, palette_hints(i, sketch.shape[-2:]))

    def by_dropout(sketch: torch.Tensor, i: int) -> torch.Tensor:
        torch.manual_seed(i)
        return net(sketch)

    told = {}
    for name, one in (("palettes", by_palette), ("dropout", by_dropout)):
        _let_drop(net, name == "dropout")
        colors, edges = [], []
        for sketch in tqdm(sketches[:, None], desc=name, unit="drawing", leave=False):
            answers = torch.cat([one(sketch, i) for i in range(number)])
            colors.append(color_spread(answers))
            edges.append(edge_f1(answers, sketch.expand_as(answers)).mean())
        told[name] = {"color": round(float(np.mean(colors)), 3), "edges": round(float(np.mean(edges)), 3)}
    _let_drop(net, False)
    return told


def _let_drop(net: nn.Module, on: bool) -> None:
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.train(on)


def mean_color(picture: torch.Tensor, where: np.ndarray) -> np.ndarray:
    """The mean RGB of a picture (3, H, W) in a mask (H, W)."""
    return picture[:, torch.from_numpy(where)].mean(dim=1).numpy()


def color_difference(a: np.ndarray, b: np.ndarray) -> float:
    """CIEDE2000 of two colors, RGB in [0, 1]; a difference of 1 can just be seen."""
    return float(deltaE_ciede2000(rgb2lab(a), rgb2lab(b)))
