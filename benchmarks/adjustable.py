"""One adjustable network against networks trained for single weights.

    .venv/bin/python benchmarks/adjustable.py train --photos FOLDER --style FILE ... [--only NUMBER ...]
    .venv/bin/python benchmarks/adjustable.py score --held-out FOLDER --style FILE ...

"train" makes a network for each of SETTINGS, on the same photos and styles as the shipped `adjustable`, which has met
none of them: its weights are drawn anew for each picture. All begin with the shipped `painter`. It goes on from
checkpoints. "score" takes the objective that both were trained for, content + style weight * style + TV weight * TV by
the features of `pocket`, on photos that neither has seen, and writes data/results/adjustable.json.
"""

import dataclasses
import json
from itertools import islice
from pathlib import Path
from typing import Annotated

import torch
import typer

from s2s_helpers import zoo
from s2s_helpers.cli.train import style_pictures
from s2s_helpers.data.pairs import PhotoFolder
from s2s_helpers.data.photos import Crops
from s2s_helpers.data.styles import DRAWN
from s2s_helpers.images import middle, resize
from s2s_helpers.losses.perceptual import perceptual_terms
from s2s_helpers.nets.transform import transform_net
from s2s_helpers.runs.shipped.card import record
from s2s_helpers.runs.shipped.painter import PAINTED, STYLE_SIZE
from s2s_helpers.runtime.checkpoint import load_state, write_atomically
from s2s_helpers.runtime.machine import circumstances
from s2s_helpers.train import style as training
from s2s_helpers.train.loop import CHECKPOINT, fit

OUT = Path(__file__).parents[1] / "data" / "results" / "adjustable.json"
WORK = Path("data/cache/runs/dedicated")
# Weights of style and variation beside a content weight of 1.
SETTINGS = ((0.5, 0.06), (1.2, 0.4), (4.5, 0.02), (9.0, 0.2), (24.0, 0.05))
STEPS = 500
RECIPE = dataclasses.replace(training.ADJUSTABLE, adjustable=False, steps=STEPS)

app = typer.Typer(add_completion=False)
Photos = Annotated[list[Path], typer.Option()]
Styles = Annotated[list[Path], typer.Option()]


def recipe_of(number: int) -> training.PaintingRecipe:
    """The recipe for one of the settings."""
    style_weight, tv_weight = SETTINGS[number]
    return dataclasses.replace(RECIPE, style_weight=style_weight, tv_weight=tv_weight)


def all_styles(files: list[Path]) -> dict[str, torch.Tensor]:
    """The style pictures by name, in the order of the shipped networks."""
    pictures = style_pictures(files) | {name: draw(STYLE_SIZE) for name, draw in DRAWN.items()}
    return {name: pictures[name] for name in zoo.card("adjustable")["styles"]}


@app.command()
def train(photos: Photos, style: Styles, only: Annotated[list[int], typer.Option()] = []) -> None:  # noqa: B006
    """Train the networks for single weights, or some of them."""
    crops, pictures = Crops.of_folders(*photos), list(all_styles(style).values())
    start = zoo.load("painter"), list(range(len(pictures)))
    for number in only or range(len(SETTINGS)):
        folder = WORK / str(number)
        begun = (folder / CHECKPOINT).exists()
        phi = zoo.loss_network("pocket")
        fit(training.painting(recipe_of(number), 0, crops, pictures, phi, start=start), folder, begun)


@torch.inference_mode()
def terms(net, photos: torch.Tensor, index: int, told: list[torch.Tensor], targets, phi) -> dict[str, float]:
    """Mean terms of the losses over the photos, for one style."""
    one = torch.eye(targets.grams[targets.layers[0]].shape[0])[index : index + 1]
    rows = []
    for x in photos.split(10):
        made = net(x, one.expand(len(x), -1), *(t.expand(len(x), -1) for t in told))
        content, output = phi(x, [RECIPE.content_layer]), phi(made)
        grams = targets.of(torch.full((len(x),), index))
        rows.append(perceptual_terms(made, output, content, grams, relative=True))
    return {name: torch.cat([row[name] for row in rows]).mean().item() for name in rows[0]}


@app.command()
def score(held_out: Annotated[Path, typer.Option()], style: Styles) -> None:
    """Score the adjustable network beside those for single weights and the painter."""
    pictures, phi = all_styles(style), zoo.loss_network("pocket")
    targets = training.StyleTargets(phi, list(pictures.values()))
    squares = (middle(x, min(x.shape[-2:])) for x in islice(PhotoFolder(held_out), PAINTED))
    photos = torch.cat([resize(x, (RECIPE.size, RECIPE.size)) for x in squares])
    adjustable, painter, rows = zoo.load("adjustable"), zoo.load("painter"), []
    for number, (style_weight, tv_weight) in enumerate(SETTINGS):
        own = transform_net(**training.arguments(RECIPE, len(pictures))).eval()
        own.load_state_dict(load_state(WORK / str(number) / CHECKPOINT)["state"]["transform"])
        weights = {"content": 1.0, "style": style_weight, "tv": tv_weight}
        ways = {"dedicated": (own, []), "adjustable": (adjustable, [torch.tensor([[*weights.values()]])])}
        ways["painter"] = (painter, [])
        row = {"weights": weights}
        for way, (net, told) in ways.items():
            found = [terms(net, photos, i, told, targets, phi) for i in range(len(pictures))]
            means = {name: sum(f[name] for f in found) / len(found) for name in weights}
            row[way] = means | {"objective": sum(weights[name] * means[name] for name in weights)}
        row["ratio"] = row["adjustable"]["objective"] / row["dedicated"]["objective"]
        rows.append(row)
        print(f"{weights}: {row['ratio']:.3f} of {row['dedicated']['objective']:.4f}", flush=True)
    protocol = (
        f"means over {len(photos)} photos of {held_out.name}, {RECIPE.size}x{RECIPE.size}, never trained on, and "
        f"{len(pictures)} styles; features of pocket; dedicated: {STEPS} steps from the painter"
    )
    command = "benchmarks/adjustable.py train, then score"
    objectives = {
        "style {style:g}, TV {tv:g}".format(**row["weights"]): {
            way: round(row[way]["objective"], 4) for way in ("adjustable", "dedicated", "painter")
        }
        for row in rows
    }
    record(zoo.weights_file("adjustable"), objectives, f"the objective; {protocol}", command)
    result = {
        "command": command,
        "protocol": protocol,
        "adjustable": zoo.card("adjustable")["sha256"],
        "settings": rows,
        **circumstances("benchmarks/adjustable.py"),
    }
    write_atomically(OUT, lambda path: path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8"))


if __name__ == "__main__":
    app()
