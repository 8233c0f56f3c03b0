"""The loss network ``pocket``: taught by VGG-16, scored, written with its card."""

import dataclasses
from pathlib import Path
from typing import cast

import torch

from ... import zoo
from ...data.pairs import PhotoFolder
from ...data.photos import Crops, fingerprint, short_hash
from ...images import middle
from ...nets.loss_network import PARTS, Pocket
from ...nets.vgg import VGG
from ...optimize import gatys
from ...pipeline import SketchToStyle
from ...train import pocket
from ...train.loop import fit, made_of, ready
from .card import VGG_TERMS, photo_terms, record, to_score, write_card
from .scores import optimization_scores, pocket_scores, square, stylized_and_noisy
from .segmenter import JUDGED

# The trial that counts: pictures are found through pocket, and VGG-16 says what they are worth.
TRIAL = dataclasses.replace(gatys.BOOK, steps=200, scales=1)
PAIRS = 10
FIRST = "pocket_first"  # the edition before, which is judged with it


def train(
    recipe: pocket.DistillationRecipe,
    seed: int,
    out: Path,
    photos: list[Path],
    styles: list[Path],
    vgg16: Path,
    resume: bool = False,
    command: str = "s2s train pocket",
) -> Path:
    """The loss network, taught by VGG-16, whose weights are at ``vgg16``."""
    ready(out / "pocket", resume)
    crops, paintings = Crops.of_folders(*photos), Crops.of_folders(*styles)
    vgg = cast(VGG, zoo.loss_network("vgg16", vgg16))
    taught = short_hash(*(p.detach().numpy().tobytes() for p in vgg.parameters()))
    stamp = made_of(recipe, seed, photos=fingerprint(photos), styles=fingerprint(styles), teacher=taught)
    training = pocket.Distillation(recipe, seed, crops, paintings, vgg)
    progress = fit(training, out / "pocket", resume, stamp)
    facts = {
        "kind": "loss network",
        "summary": "features in which pictures are compared; VGG-16 with a fifth of its weights",
        "arguments": {},
        "architecture": "VGG-16 to relu4_3 with "
        + ", ".join(str(part.channels) for part in PARTS.values())
        + " channels, thinner inside from relu3_1 on",
        "teacher": "VGG-16 (Oxford, ImageNet), relu1_2, relu2_2, relu3_3, relu4_3",
        "data": f"{len(crops.photos)} photos of {', '.join(p.name for p in photos)}; {len(paintings.photos)} paintings "
        f"of {', '.join(p.name for p in styles)}; half of them altered or half optimized",
        "terms": "; ".join([VGG_TERMS, *photo_terms([*photos, *styles])]),
        "command": command,
    }
    return write_card(training.result, out, "pocket", recipe, seed, progress, facts)


def score(path: Path, held_out: Path, styles: dict[str, torch.Tensor], vgg16: Path) -> None:
    """Score the loss network at ``path`` by VGG-16, at ``vgg16``, on ``held_out`` photos, into its card.

    Its losses are judged on 200 pictures, what optimization through it is worth on ``PAIRS`` photos with ``styles``, in
    turn.
    """
    net = cast(Pocket, to_score(path, "loss network"))
    vgg = cast(VGG, zoo.loss_network("vgg16", vgg16))
    pipeline, photos = SketchToStyle(), PhotoFolder(held_out)
    paint = lambda x, i: pipeline.stylize(x, pipeline.styles[i % len(pipeline.styles)])  # noqa: E731
    halves = [half for x in photos for half in middle(x).split(128, dim=-1)]
    scores = pocket_scores(net, vgg, stylized_and_noisy(halves[:200], paint, seed=0))
    looks = list(styles.values())
    pairs = [(square(photos[i], JUDGED), looks[i % len(looks)]) for i in range(PAIRS)]
    scores["optimization"] = optimization_scores({"pocket": net, FIRST: zoo.load(FIRST)}, vgg, pairs, TRIAL)
    protocol = (
        "200 pictures of 256x128, halves of photos never trained on: a quarter each as they are, stylized, noisy, "
        "both; Spearman's correlation of losses with those by all channels of VGG-16, over pairs; gram error: norm of "
        "the difference to the same channels in VGG-16 by the norm of these, mean. Optimization: eq 9 by VGG-16, means "
        f"over {PAIRS} photos of {JUDGED}x{JUDGED} with {', '.join(styles)} in turn, {TRIAL.steps} iterations from the "
        f"content, content {TRIAL.content_layer}, relative, weights {TRIAL.content_weight:g}, {TRIAL.style_weight:g}, "
        f"{TRIAL.tv_weight:g}"
    )
    record(path, scores, protocol, "s2s score pocket")
