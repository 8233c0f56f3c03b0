"""How the shipped networks were trained: data, recipe, scores, card. ``s2s train NAME`` calls these.

Each training function trains (or goes on with ``resume``) and writes ``NAME.safetensors`` with its card
into ``out``, and returns the path of the weights; the checkpoints lie in ``out/NAME``. ``command`` is what was typed,
for the card. The scores are measured apart (``s2s score NAME``) and written into the card, so that they can be
measured again.
"""

import dataclasses
import platform
from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from . import zoo
from .checkpoint import load_state
from .data.facades import VERSION, load_split
from .data.pairs import ContourFolder, PairFolder, PhotoFolder
from .data.sketches import another_hand, contour_sketch, random_sketch, sketch_from_photo
from .data.styles import DRAWN
from .images import from_uint8, middle, resize, to_uint8
from .metrics import BINS, fcn_score
from .nets.loss_network import Pocket, style_layers
from .nets.transform import TransformNet
from .optimize import gatys
from .optimize.worth import worth
from .pipeline import SketchToStyle, apply
from .precision import has_bfloat16
from .train import pix2pix, pocket, segment, style
from .train.devices import described, here, processes
from .train.loop import Progress, fit, made_of, ready
from .train.photos import Crops, crops_of, fingerprint, read_photos, readable, short_hash
from .train.scores import generator_scores, pocket_scores, stylized_and_noisy

PHOTO = dataclasses.replace(pix2pix.BOOK, batch=8, size=128, depth=6, jitter=0)
# Begun from a painter of four styles (``style.adopt``), so it takes small steps.
PAINTER = dataclasses.replace(style.BOOK, steps=1_800, lr=1e-3)
JUDGED = 128  # pixels of the pictures that the judge was trained on and is shown, and of repainted ones
PAINTED = 50  # held-out photos by which a style network is scored
RACED = 10  # of them, those that the optimization paints too: a quarter of a minute each, for each style
STYLE_SIZE = 384  # longer side of a style picture: it sets the size of the strokes
SIMPLE_ANSWERS = 400  # training pairs from which the mean picture and the nearest neighbor are taken
SOURCES = {  # photos of the shipped networks and their terms, by the beginning of their folders' names
    "imagenet_sample": "ImageNet sample photos: research",
    "bsds500": "BSDS500: non-commercial research and education",
}
PAINTINGS = ("starry_night", "the_scream", "great_wave", "composition_vii", "shipwreck")  # of the shipped painters
OWN_TERMS = "files of whoever trained this network, on the terms of those files"
MEASURES = f"means of L1 and of the intersection of the histograms of L, a and b, {BINS} bins"


def write_card(
    net: nn.Module, out: Path, name: str, recipe: Any, seed: int, progress: Progress, facts: dict[str, Any]
) -> Path:
    """Write ``out/name.safetensors`` and its card: ``facts`` and how the training went. The first process does.

    Returns the path of the weights.
    """
    path = out / f"{name}.safetensors"
    if not processes().is_main_process:
        return path
    known = {
        "name": name,
        "recipe": dataclasses.asdict(recipe),
        "seed": seed,
        "steps": progress.step,
        "seconds": round(progress.seconds),
        "machine": machine(),
        "devices": described(),
        "date": date.today().isoformat(),
    }
    zoo.save(net, {**known, **facts}, path)
    return path


def photo_terms(folders: Sequence[Path]) -> list[str]:
    """What a card says of the terms of photos: those of ``SOURCES``, by the folders' names; others are the user's."""
    of = {path: {key for key in SOURCES if any(p.startswith(key) for p in path.absolute().parts)} for path in folders}
    own = ", ".join(dict.fromkeys(path.name for path, keys in of.items() if not keys))
    known = [terms for key, terms in SOURCES.items() if any(key in keys for keys in of.values())]
    return known + [f"photos of {own}: {OWN_TERMS}"] * bool(own)


def style_terms(styles: Sequence[str]) -> list[str]:
    """The same of style pictures, by their names. Those that we draw come last."""
    drawn = [name for name in styles if name in DRAWN]
    own = [name for name in styles if name not in {*PAINTINGS, *DRAWN}]
    terms = ["paintings: public domain"] * any(name in PAINTINGS for name in styles)
    terms += [f"{', '.join(own)}: {OWN_TERMS}"] * bool(own)
    return terms + [f"{', '.join(drawn)}: drawn by this project's own code"] * bool(drawn)


def all_terms(own: Sequence[str], start: str | None) -> str:
    """The terms for a card: ``own``, and those of the network that the training began with; each once."""
    begun = zoo.card(start).get("terms", "").split("; ") if start else []
    return "; ".join(dict.fromkeys(filter(None, [*own, *begun])))


def machine() -> str:
    """What a run was made with: processor and whether it computes in bfloat16, version of torch, threads."""
    bits = "bfloat16" if has_bfloat16() else "no bfloat16"
    return f"{processor()} ({bits}), torch {torch.__version__}, {torch.get_num_threads()} thread(s)"


def processor() -> str:
    """The name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def taught_by(network: str, weights: Path | None) -> str:
    """What a card says of a loss network: the file of one's own weights, the hash of pocket, or the name of a VGG."""
    if weights:
        return weights.name
    return zoo.card("pocket")["sha256"] if network == "pocket" else network


def begun_with(start: str | None) -> str:
    """What a network began with, for ``loop.made_of``."""
    return f"{Path(start).stem} {zoo.card(start)['sha256'][:8]}" if start else "none"


def generator_arguments(recipe: pix2pix.Recipe) -> dict[str, Any]:
    """What ``zoo.load`` builds the generator from."""
    fields = ("base", "cap", "depth", "norm", "upsampling", "dropout", "dropout_from", "fine")
    return {name: getattr(recipe, name) for name in fields}


def generator_word(recipe: pix2pix.Recipe) -> str:
    """The architecture in the notation of Isola et al.: ``C32-C64-C128-...``."""
    word = "-".join(f"C{min(recipe.base * 2**i, recipe.cap)}" for i in range(recipe.depth))
    return f"{word} and back, c3s1-3 at full size" if recipe.fine else f"{word} and back"


def facade(
    recipe: pix2pix.Recipe, seed: int, out: Path, resume: bool = False, command: str = "s2s train facade"
) -> Path:
    """The generator of facades, trained on the 400 pairs of the drawn world, and its discriminator ``critic``."""
    ready(out / "facade", resume)
    train = load_split("train")
    pairs = pix2pix.array_pairs(train.sketches, train.pictures, recipe)

    def draw(rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        sketches, pictures = pairs(rng, n)
        return another_hand(sketches, rng), pictures

    stamp = made_of(recipe, seed, pairs=f"FacadeWorld of version {VERSION}")
    training = pix2pix.Pix2Pix(recipe, seed, draw, zoo.load("pocket"), here())
    progress = fit(training, out / "facade", resume, stamp)
    shared = {
        "data": f"400 drawn pairs, FacadeWorld(seed=0, size=256) of version {VERSION}, indices 0 to 399; two thirds of "
        "the sketches drawn by another hand",
        "loss network": zoo.card("pocket")["sha256"],
        "terms": "drawn by this project's own code; MIT",
        "command": command,
    }
    facts = {
        "kind": "generator",
        "summary": "line drawings of building fronts to pictures",
        "arguments": generator_arguments(recipe),
        "architecture": generator_word(recipe),
    }
    path = write_card(training.result, out, "facade", recipe, seed, progress, facts | shared)
    arguments: dict[str, Any] = {"receptive_field": recipe.receptive_field, "conditional": recipe.conditional}
    arguments |= {"base": recipe.base, "norm": recipe.norm}
    facts = {
        "kind": "discriminator",
        "summary": "tells facades from what the generator made, patch by patch",
        "arguments": arguments,
        "architecture": f"PatchGAN-{recipe.receptive_field}, {recipe.base} channels in the first layer",
    }
    write_card(training.discriminator, out, "critic", recipe, seed, progress, facts | shared)
    return path


def score_facade(path: Path) -> None:
    """Score the generator at ``path`` on the 100 test pairs and write the scores into its card."""
    net = zoo.load(str(path), "generator")
    train, test = ((_floats(s.sketches), _floats(s.pictures)) for s in map(load_split, ("train", "test")))
    protocol = f"100 test pairs of the drawn world at 256x256; {MEASURES}; judged: FCN-score at {JUDGED}x{JUDGED}"
    record(path, generator_scores(net, train, test), protocol, "s2s score facade", judged=judged(net, test[0]))


def _floats(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pictures).float() / 255


def judged(net: nn.Module, sketches: torch.Tensor) -> dict[str, float]:
    """The FCN-score of what ``net`` makes of the test ``sketches``, (n, 3, H, W), shrunk to what the judge knows."""
    labels = torch.from_numpy(load_split("test", size=JUDGED).labels).long()
    made = torch.cat([resize(net(sketch[None]), (JUDGED, JUDGED)) for sketch in sketches])
    return {key: round(value, 4) for key, value in fcn_score(made, labels, zoo.load("judge")).items()}


def judge(recipe: segment.Recipe, seed: int, out: Path, resume: bool = False, command: str = "s2s train judge") -> Path:
    """The segmentation network behind the FCN-score, trained on true pictures of the drawn world."""
    ready(out / "judge", resume)
    train = load_split("train", size=JUDGED)
    draw = segment.labeled(train.pictures, train.labels, recipe)
    stamp = made_of(recipe, seed, pictures=f"FacadeWorld of version {VERSION}")
    training = segment.Segment(recipe, seed, draw, here())
    progress = fit(training, out / "judge", resume, stamp)
    facts = {
        "kind": "segmentation",
        "summary": "names the parts of a building front, pixel by pixel",
        "arguments": segment.arguments(recipe),
        "architecture": f"U-Net of depth {recipe.depth}, {recipe.base} channels at half size",
        "data": f"400 pictures of FacadeWorld(seed=0, size={JUDGED}) of version {VERSION}, indices 0 to 399",
        "terms": "drawn by this project's own code; MIT",
        "command": command,
    }
    return write_card(training.result, out, "judge", recipe, seed, progress, facts)


def score_judge(path: Path) -> None:
    """Score the segmentation network at ``path`` on the 100 true test pictures: the ceiling of the FCN-score."""
    test = load_split("test", size=JUDGED)
    true, labels = torch.from_numpy(test.pictures).float() / 255, torch.from_numpy(test.labels).long()
    scores = fcn_score(true, labels, zoo.load(str(path), "segmentation"))
    protocol = f"100 true test pictures of the drawn world at {JUDGED}x{JUDGED}; per pixel, mean over classes, mean IoU"
    record(path, {key: round(value, 4) for key, value in scores.items()}, protocol, "s2s score judge")


def photo_pairs(
    photos: list[np.ndarray], contours: list[list[np.ndarray]], recipe: pix2pix.Recipe
) -> pix2pix.PairSource:
    """Photos and drawings of them, made on the fly: every kind of ink and edge, and people's contours.

    ``photos`` are (H, W, 3) bytes; ``contours[i]`` are the (H, W) contour maps that people drew of photo
    i, if any; half of the photos are drawn from those that have some. A crop covers between the recipe's size
    and the whole photo.
    """
    with_contours = [i for i, maps in enumerate(contours) if maps]

    def draw(rng: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        kinds = [with_contours if with_contours and rng.random() < 0.5 else range(len(photos)) for _ in range(n)]
        pairs = [_photo_pair(rng, recipe.size, photos, contours, int(rng.choice(kind))) for kind in kinds]
        sketches, pictures = zip(*pairs, strict=True)
        return torch.cat(sketches), torch.cat(pictures)

    return draw


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


def photo(
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
    draw = photo_pairs(pictures, drawn, recipe)
    stamp = made_of(recipe, seed, photos=fingerprint(photos), contours=fingerprint(contours))
    training = pix2pix.Pix2Pix(recipe, seed, draw, zoo.load("pocket"), here())
    progress = fit(training, out / "photo", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": "line drawings of anything to photo-like pictures",
        "arguments": generator_arguments(recipe),
        "architecture": generator_word(recipe),
        "loss network": zoo.card("pocket")["sha256"],
        "data": f"{len(pictures)} photos of {', '.join(p.name for p in (*photos, *contours))}; "
        "drawings made on the fly",
        "terms": "; ".join(photo_terms([*photos, *contours])),
        "command": command,
    }
    return write_card(training.result, out, "photo", recipe, seed, progress, facts)


def pairs(
    recipe: pix2pix.Recipe,
    seed: int,
    out: Path,
    folder: Path,
    sketch_side: Literal["left", "right"] = "left",
    resume: bool = False,
    command: str = "s2s train pairs",
) -> Path:
    """A generator ``pairs``, trained on the pairs of a folder (``PairFolder``), whatever they show.

    Raises PictureError for an empty folder and for a sketch or a picture without its partner.
    """
    ready(out / "pairs", resume)
    found = PairFolder(folder, sketch_side)
    stamp = made_of(recipe, seed, pairs=fingerprint([folder]), **{"side of the sketch": sketch_side})
    draw = pix2pix.FolderPairs(found, recipe)
    training = pix2pix.Pix2Pix(recipe, seed, draw, zoo.load("pocket"), here())
    progress = fit(training, out / "pairs", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": f"what {folder.resolve().name} has pairs of",
        "arguments": generator_arguments(recipe),
        "architecture": generator_word(recipe),
        "loss network": zoo.card("pocket")["sha256"] if recipe.lambda_features else "none",
        "data": f"{len(found)} pairs of {folder.resolve().name}",
        "terms": f"pairs of {folder.resolve().name}: {OWN_TERMS}",
        "command": command,
    }
    return write_card(training.result, out, "pairs", recipe, seed, progress, facts)


def score_photo(path: Path, photos: list[Path], contours: list[Path], held_out: Path) -> None:
    """Score the generator at ``path`` on photos that it never saw, and write the scores into its card.

    Two kinds of drawing: made from the held-out photos, and the contours that people drew of them. The
    simple answers come from ``SIMPLE_ANSWERS`` training pairs.
    """
    net = zoo.load(str(path), "generator")
    recipe = dataclasses.replace(PHOTO, size=256)
    train = photo_pairs(*photos_and_contours(photos, contours), recipe)(np.random.default_rng(0), SIMPLE_ANSWERS)
    pairs = [(middle(x), middle(maps[0])) for x, maps in ContourFolder(held_out)]
    true = torch.cat([x for x, _ in pairs])
    drawings = {
        "drawn from the photo": torch.cat([sketch_from_photo(x) for x, _ in pairs]),
        "drawn by a person": torch.cat([contour_sketch(m) for _, m in pairs]),
    }
    scores = {kind: generator_scores(net, train, (d, true)) for kind, d in drawings.items()}
    protocol = f"middle 256x256 of {len(pairs)} photos of {held_out.name}, never trained on; {MEASURES}"
    record(path, scores, protocol, "s2s score photo")


def painter(
    recipe: style.Recipe,
    seed: int,
    out: Path,
    photos: list[Path],
    styles: dict[str, torch.Tensor],
    network: str = "pocket",
    weights: Path | None = None,
    start: str | None = None,
    resume: bool = False,
    command: str | None = None,
) -> Path:
    """The transformation network for all ``styles``, names and pictures; those that we draw are added.

    It is named "painter", or "adjustable" if the recipe is. ``network`` is the loss network, with ``weights`` of one's
    own (``zoo.loss_network``). ``start`` names a trained style network, or its file, to begin with; it keeps what it
    knows of the styles with the same names. A recipe of the paper's form has a network for one style, and none is
    added.

    One network for all of them, not one for each: for the same training time it comes nearer to each style
    and keeps more of the photo (data/results/one_network_or_many.json). Raises ValueError for a style of the name of
    one that is added.
    """
    name = "adjustable" if recipe.adjustable else "painter"
    ready(out / name, resume)
    drawn = {drawing: draw(STYLE_SIZE) for drawing, draw in DRAWN.items()} if recipe.form == "book" else {}
    if twice := styles.keys() & drawn.keys():
        raise ValueError(f"{min(twice)}: a style of this name is drawn and added by itself; rename your picture")
    styles = {**styles, **drawn}
    phi = zoo.loss_network(network, weights)
    begun: tuple[TransformNet, list[int | None]] | None = None
    facts: dict[str, Any] = {}
    terms = all_terms([*style_terms(list(styles)), *photo_terms(photos)], start)
    if start:
        known = zoo.card(start, "style")
        theirs = known["styles"]
        begun = cast(TransformNet, zoo.load(start)), [theirs.index(n) if n in theirs else None for n in styles]
        kept = ("sha256", "steps", "seconds", "styles", "begun with")
        facts = {"begun with": {key: known[key] for key in kept if key in known}}
    crops, looks = crops_of(photos), list(styles.values())
    data = {"styles": f"{', '.join(styles)}: {short_hash(*(to_uint8(look).tobytes() for look in looks))}"}
    data |= {"photos": fingerprint(photos), "start": begun_with(start), "loss network": taught_by(network, weights)}
    stamp = made_of(recipe, seed, **data)
    training = style.painting(recipe, seed, crops, looks, phi, here(), begun)
    progress = fit(training, out / name, resume, stamp)
    facts |= {
        "kind": "style",
        "summary": "repaints a picture in one of several styles"
        + (", with any loss weights" if recipe.adjustable else ""),
        "arguments": style.arguments(recipe, len(styles)),
        "styles": list(styles),
        "architecture": "c9s1-{0},d{1},d{2},R{2} x5,u{1},u{0},c9s1-3".format(*(recipe.base * 2**i for i in range(3))),
        "loss network": taught_by(network, weights),
        "style layers": list(style_layers(phi)),
        "data": f"{len(crops.photos)} photos of {', '.join(p.name for p in photos)}",
        "terms": terms,
        "last losses": progress.history[-1:],
        "command": command or f"s2s train {name}",
    }
    return write_card(training.result, out, name, recipe, seed, progress, facts)


def score_painter(path: Path, held_out: Path, styles: dict[str, torch.Tensor], vgg19: Path) -> None:
    """Score the style network at ``path`` by the real VGG-19, on ``PAINTED`` photos of ``held_out``, into its card.

    ``styles`` are pictures by the names in the card; those that we draw are added. The weights ``vgg19`` may end
    early: then the style is judged by the layers that they have. The weights of the terms are those of
    the training. Raises ValueError for a style without a picture.
    """
    card, net, vgg = zoo.card(str(path)), zoo.load(str(path), "style"), zoo.loss_network("vgg19", vgg19)
    known = card["styles"]
    weights = {key: card["recipe"][key] for key in ("content_weight", "style_weight", "tv_weight")}
    pictures = {name: draw(STYLE_SIZE) for name, draw in DRAWN.items()} | styles
    if missing := set(known) - set(pictures):
        raise ValueError(f"no picture of {', '.join(sorted(missing))}; give it with --style")
    recipe = dataclasses.replace(gatys.BOOK, start="noise", scales=1, style_layers=style_layers(vgg), **weights)
    folder = PhotoFolder(held_out)
    photos = [resize(middle(x, min(x.shape[-2:])), (JUDGED, JUDGED)) for x in map(folder.__getitem__, range(PAINTED))]
    scores = {}
    for i, name in enumerate(tqdm(known, desc="styles", unit="style")):
        one = torch.eye(len(known))[i : i + 1]
        paint = partial(lambda one, x: apply(net, x, one), one)
        scores[name] = worth(paint, photos, pictures[name], recipe, vgg, RACED)
    asked = ", ".join(f"{w:g}" for w in weights.values())
    protocol = (
        f"medians over {PAINTED} photos of {held_out.name}, {JUDGED}x{JUDGED}, never trained on; VGG-19, "
        f"content relu3_3, style {', '.join(recipe.style_layers)}, relative, weights {asked}; "
        f"iterations: of {recipe.method} from noise until its objective is as low, {recipe.steps + 1} where "
        f"{recipe.steps} do not suffice; of the first {RACED} photos"
    )
    record(path, scores, protocol, "s2s score painter")


def pocket_network(
    recipe: pocket.Recipe,
    seed: int,
    out: Path,
    photos: list[Path],
    styles: list[Path],
    teacher: pocket.Teacher,
    resume: bool = False,
    command: str = "s2s train pocket",
) -> Path:
    """The loss network, distilled from ``teacher``."""
    ready(out / "pocket", resume)
    crops, paintings = Crops.of_folders(*photos), Crops.of_folders(*styles)
    stamp = made_of(recipe, seed, photos=fingerprint(photos), styles=fingerprint(styles))
    training = pocket.Distillation(recipe, seed, crops, paintings, teacher)
    progress = fit(training, out / "pocket", resume, stamp)
    facts = {
        "kind": "loss network",
        "summary": "features in which pictures are compared; VGG in small",
        "arguments": {},
        "architecture": "VGG-16 to relu4_3 at a quarter of the width, with 1x1 heads",
        "teacher": "VGG-19 (Oxford, ImageNet) for relu1_2, relu2_2, relu3_3; SqueezeNet 1.0 (ImageNet), fire5 to fire8 "
        "side by side, for the fourth level, because the real relu4_3 was not at hand",
        "data": f"{len(crops.photos)} photos of {', '.join(p.name for p in photos)}; "
        "half of them altered or half optimized",
        "terms": "; ".join(["VGG weights: CC BY 4.0", "SqueezeNet: BSD-like", *photo_terms(photos)]),
        "command": command,
    }
    return write_card(training.result, out, "pocket", recipe, seed, progress, facts)


def score_pocket(path: Path, checkpoint: Path, held_out: Path, teacher: pocket.Teacher) -> None:
    """Score the loss network at ``path`` on 200 pictures from ``held_out`` photos; write it into its card.

    ``checkpoint`` is that of its training: it holds the principal components that it learned to predict.
    """
    net = zoo.load(str(path), "loss network")
    teacher.load_state_dict(load_state(checkpoint)["state"]["teacher"])
    pipeline = SketchToStyle()
    paint = lambda x, i: pipeline.stylize(x, pipeline.styles[i % len(pipeline.styles)])  # noqa: E731
    halves = [half for x in PhotoFolder(held_out) for half in middle(x).split(128, dim=-1)]
    pictures = stylized_and_noisy(halves[:200], paint, seed=0)
    protocol = (
        "200 pictures of 256x128, halves of photos never trained on: a quarter each as they are, stylized, noisy, "
        "both; gram error: squared Frobenius norm of the difference by that of the teacher's full Gram matrix, mean"
    )
    record(path, pocket_scores(cast(Pocket, net), teacher, pictures), protocol, "s2s score pocket")


def record(path: Path, scores: dict[str, Any], protocol: str, command: str, **more: Any) -> None:
    """Write scores into the card of the weights at ``path``, with the command that measured them."""
    facts = zoo.card(str(path)) | {"scores": scores, "protocol": protocol, "scored by": command, **more}
    zoo.write_card(path, facts)
