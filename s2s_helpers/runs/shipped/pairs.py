"""The generator ``pairs``: trained on a folder of pairs of one's own, written with its card."""

from pathlib import Path
from typing import Literal

from ... import zoo
from ...data.pairs import PairFolder
from ...data.photos import fingerprint
from ...runtime.processes import here
from ...train import pix2pix
from ...train.loop import fit, made_of, ready
from .card import OWN_TERMS, all_terms, begun_generator, begun_with, write_card


def train(
    recipe: pix2pix.Pix2PixRecipe,
    seed: int,
    out: Path,
    folder: Path,
    sketch_side: Literal["left", "right"] = "left",
    start: str | None = None,
    resume: bool = False,
    command: str = "s2s train pairs",
) -> Path:
    """A generator ``pairs``, trained on the pairs of a folder (``PairFolder``), whatever they show. ``start`` names a
    generator to begin with, or its file.

    Raises PictureError for an empty folder, for a sketch or a picture without its partner, and as
    ``PairFolder.check_sizes``.
    """
    ready(out / "pairs", resume)
    found = PairFolder(folder, sketch_side)
    found.check_sizes()
    begin, begun = begun_generator(start, pix2pix.arguments(recipe))
    data = {"pairs": fingerprint([folder]), "side of the sketch": sketch_side, "start": begun_with(start)}
    stamp = made_of(recipe, seed, **data)
    batches = pix2pix.FolderPairs(found, recipe)
    training = pix2pix.Pix2Pix(recipe, seed, batches, zoo.load("pocket"), here(), begin)
    progress = fit(training, out / "pairs", resume, stamp)
    facts = {
        "kind": "generator",
        "summary": f"what {folder.resolve().name} has pairs of",
        "arguments": pix2pix.arguments(recipe),
        "architecture": pix2pix.architecture(recipe),
        "loss network": zoo.card("pocket")["sha256"] if recipe.lambda_features else "none",
        "data": f"{len(found)} pairs of {folder.resolve().name}",
        "terms": all_terms([f"pairs of {folder.resolve().name}: {OWN_TERMS}"], start),
        "command": command,
    }
    return write_card(training.result, out, "pairs", recipe, seed, progress, begun | facts)
