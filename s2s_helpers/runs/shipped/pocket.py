"""The loss network ``pocket``: distilled from its teacher, scored, written with its card."""

from pathlib import Path
from typing import cast

from ...data.pairs import PhotoFolder
from ...data.photos import Crops, fingerprint, short_hash
from ...images import middle
from ...nets.loss_network import Pocket
from ...pipeline import SketchToStyle
from ...runtime.checkpoint import load_state
from ...train import pocket
from ...train.loop import fit, made_of, ready
from .card import photo_terms, record, to_score, write_card
from .scores import pocket_scores, stylized_and_noisy


def train(
    recipe: pocket.DistillationRecipe,
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
    taught = short_hash(*(p.detach().numpy().tobytes() for net in teacher.networks for p in net.parameters()))
    stamp = made_of(recipe, seed, photos=fingerprint(photos), styles=fingerprint(styles), teacher=taught)
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


def score(path: Path, checkpoint: Path, held_out: Path, teacher: pocket.Teacher) -> None:
    """Score the loss network at ``path`` on 200 pictures from ``held_out`` photos; write it into its card.

    ``checkpoint`` is that of its training: it holds the principal components that it learned to predict.
    """
    net = to_score(path, "loss network")
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
