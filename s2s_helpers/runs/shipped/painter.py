"""The style networks ``painter`` and ``adjustable``: trained on photos and paintings, scored, with cards."""

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from tqdm import tqdm

from ... import zoo
from ...data.photos import crops_of, fingerprint, short_hash
from ...data.styles import DRAWN
from ...images import to_uint8
from ...nets.loss_network import style_layers
from ...nets.transform import TransformNet, notation
from ...optimize.equivalent_iterations import equivalent_iterations
from ...pipeline import apply
from ...runtime.processes import here
from ...train import style
from ...train.loop import fit, made_of, ready
from .card import (
    all_terms,
    beginning,
    begun_with,
    photo_terms,
    record,
    style_terms,
    taught_by,
    teacher_terms,
    to_score,
    write_card,
)
from .scores import first_squares, judged_as_trained, objective_in_words

# Larger strokes than ``style.BOOK`` lays: the style counts three times as much, the variation a fifth.
PAINTER = dataclasses.replace(
    style.BOOK, steps=6_000, batch=2, size=192, lr=1.5e-3, base=32, style_weight=3.0, tv_weight=0.1
)
PAINTED = 50  # held-out photos by which a style network is scored
RACED = 5  # of them, those that the optimization paints too: half a minute each, for each style
SCORED = 256  # pixels of their sides
STYLE_SIZE = 384  # longer side of a style picture: it sets the size of the strokes


def train(
    recipe: style.PaintingRecipe,
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
    knows of the styles with the same names. A recipe of the paper's network is for one style, and none is
    added.

    One network for all of them, not one for each: for the same training time it comes nearer to each style
    and keeps more of the photo (data/results/one_network_or_many.json). Raises ValueError for a style of the name of
    one that is added.
    """
    name = "adjustable" if recipe.adjustable else "painter"
    ready(out / name, resume)
    drawn = {drawing: draw(STYLE_SIZE) for drawing, draw in DRAWN.items()} if recipe.architecture == "book" else {}
    if twice := styles.keys() & drawn.keys():
        raise ValueError(f"{min(twice)}: a style of this name is drawn and added by itself; rename your picture")
    styles = {**styles, **drawn}
    phi = zoo.loss_network(network, weights)
    begun: tuple[TransformNet, list[int | None]] | None = None
    facts: dict[str, Any] = {}
    terms = all_terms([*style_terms(list(styles)), *teacher_terms(network), *photo_terms(photos)], start)
    if start:
        known = zoo.card(start, "style")
        theirs = known["styles"]
        begun = cast(TransformNet, zoo.load(start)), [theirs.index(n) if n in theirs else None for n in styles]
        facts = beginning(known, "sha256", "steps", "seconds", "styles", "begun with")
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
        "architecture": notation(recipe.base),
        "loss network": taught_by(network, weights),
        "style layers": list(style_layers(phi)),
        "data": f"{len(crops.photos)} photos of {', '.join(p.name for p in photos)}",
        "terms": terms,
        "last losses": progress.history[-1:],
        "command": command or f"s2s train {name}",
    }
    return write_card(training.result, out, name, recipe, seed, progress, facts)


def score(path: Path, held_out: Path, styles: dict[str, torch.Tensor], vgg16: Path) -> None:
    """Score the style network at ``path`` by the real VGG-16, on ``PAINTED`` photos of ``held_out``, into its card.

    ``styles`` are pictures by the names in the card; those that we draw are added. The weights ``vgg16`` may end
    early: then the style is judged by the layers that they have. The layer of the content and the weights of the terms
    are those of the training. Raises ValueError for a style without a picture, and for fewer photos.
    """
    card, net, vgg = zoo.card(str(path)), to_score(path, "style"), zoo.loss_network("vgg16", vgg16)
    known = card["styles"]
    pictures = {name: draw(STYLE_SIZE) for name, draw in DRAWN.items()} | styles
    if missing := set(known) - set(pictures):
        raise ValueError(f"no picture of {', '.join(sorted(missing))}; give it with --style")
    recipe, photos = judged_as_trained(card, vgg), first_squares(held_out, PAINTED, SCORED)
    scores = {}
    for i, name in enumerate(tqdm(known, desc="styles", unit="style")):
        one = torch.eye(len(known))[i : i + 1]
        paint = partial(lambda one, x: apply(net, x, one), one)
        scores[name] = equivalent_iterations(paint, photos, pictures[name], recipe, vgg, RACED)
    protocol = (
        f"medians over {PAINTED} photos of {held_out.name}, {SCORED}x{SCORED}, never trained on; "
        f"{objective_in_words(recipe)}; "
        f"iterations: of {recipe.method} from noise until its objective is as low, {recipe.steps + 1} where "
        f"{recipe.steps} do not suffice; of the first {RACED} photos"
    )
    record(path, scores, protocol, "s2s score painter")
