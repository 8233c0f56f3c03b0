"""The scores in the cards: what each shipped network reaches on data that it never saw."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d
from tqdm import tqdm

from ...data.pairs import PhotoFolder
from ...images import fit
from ...losses.perceptual import content_loss, gram_matrix, relative_error, style_loss
from ...metrics import BINS, histogram_intersection, kid, l1
from ...nets.loss_network import STYLE_LAYERS, Pocket, style_layers
from ...nets.vgg import VGG
from ...optimize import gatys

Scores = dict[str, float]
KERNEL_LAYERS = ("relu3_3", "relu4_3")  # of VGG-16, for the kernel distance
CONTENT_LAYERS = ("relu2_2", "relu3_3")  # of the text of Johnson et al., and of their code


def square(x: torch.Tensor, side: int) -> torch.Tensor:
    """The middle square of pictures (N, 3, H, W), with ``side`` pixels a side."""
    return fit(x, (side, side))


def first_squares(folder: Path, n: int, side: int) -> list[torch.Tensor]:
    """Of the first ``n`` photos in a folder what ``square`` gives, each (1, 3, side, side). ValueError for fewer."""
    photos = PhotoFolder(folder)
    if len(photos) < n:
        raise ValueError(f"{folder}: {len(photos)} photos, but {n} are needed")
    return [square(photos[i], side) for i in range(n)]


def judged_as_trained(card: Mapping[str, Any], vgg: nn.Module) -> gatys.GatysRecipe:
    """The optimization from noise with the objective of which the ``card`` of a style network tells, by the style
    layers that ``vgg`` has.
    """
    trained = card["recipe"]
    weights = {key: trained[key] for key in ("content_weight", "style_weight", "tv_weight")}
    layers = {"content_layer": trained["content_layer"], "style_layers": style_layers(vgg)}
    return dataclasses.replace(gatys.BOOK, start="noise", scales=1, **layers, **weights)


def objective_in_words(recipe: gatys.GatysRecipe) -> str:
    """What a protocol says of the objective of an optimization by VGG-16."""
    asked = ", ".join(f"{w:g}" for w in (recipe.content_weight, recipe.style_weight, recipe.tv_weight))
    layers = f"content {recipe.content_layer}, style {', '.join(recipe.style_layers)}"
    return f"VGG-16, {layers}, relative, weights {asked}"


def picture_scores(made: torch.Tensor, true: torch.Tensor) -> Scores:
    """Mean L1 and mean histogram intersection in L, a, b of pictures (N, 3, H, W) with the true ones."""
    common = histogram_intersection(made, true).mean(axis=0)
    return {"L1": round(l1(made, true).mean().item(), 4)} | {
        channel: round(float(value), 4) for channel, value in zip("Lab", common, strict=True)
    }


MEASURES = f"means of L1 and of the intersection of the histograms of L, a and b, {BINS} bins"


def made_by(generator: Callable[[torch.Tensor], torch.Tensor], sketches: torch.Tensor) -> torch.Tensor:
    """The pictures of ``generator`` for sketches (N, 3, H, W), one after the other; a bar shows how far it is."""
    return torch.cat([generator(x[None]) for x in tqdm(sketches, desc="pictures", unit="picture", leave=False)])


def generator_scores(
    made: torch.Tensor, train: tuple[torch.Tensor, torch.Tensor], test: tuple[torch.Tensor, torch.Tensor]
) -> dict[str, Scores]:
    """What a generator ``made`` of the sketches of ``test``, beside two answers that need no learning.

    ``train`` and ``test`` are (sketches, pictures), (N, 3, H, W) in [0, 1], all of one size. "mean
    picture" answers every sketch with the mean of the training pictures; "nearest neighbor" with the
    training picture whose sketch, reduced to 32x32, is nearest in L2.
    """
    sketches, pictures = test
    given, known = (adaptive_avg_pool2d(x, 32).flatten(1) for x in (sketches, train[0]))
    nearest = torch.cdist(given, known).argmin(dim=1)
    mean = train[1].mean(dim=0, keepdim=True).expand_as(pictures)
    return {
        "generator": picture_scores(made, pictures),
        "mean picture": picture_scores(mean, pictures),
        "nearest neighbor": picture_scores(train[1][nearest], pictures),
    }


def kernel_distances(
    made: Mapping[str, torch.Tensor], true: torch.Tensor, vgg: nn.Module
) -> dict[str, dict[str, dict[str, float]]]:
    """For each of ``KERNEL_LAYERS`` of VGG-16, and for each of the sets ``made`` by its name: its kernel distance from
    ``true``, and that of half of ``true`` from the rest. Pictures are (N, 3, H, W); each goes through ``vgg`` once.
    """
    known, squares = _means(true, vgg)
    means = {name: _means(x, vgg)[0] for name, x in made.items()}
    found: dict[str, dict[str, dict[str, float]]] = {}
    for layer in KERNEL_LAYERS:
        unit = squares[layer].sqrt().item()
        floor = _distance(known[layer][::2] / unit, known[layer][1::2] / unit)
        found[layer] = {
            name: {"made": _distance(each[layer] / unit, known[layer] / unit), "two halves": floor}
            for name, each in means.items()
        }
    return found


@torch.no_grad()
def _means(pictures: torch.Tensor, vgg: nn.Module) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """Of each of ``KERNEL_LAYERS`` the means over each picture, (N, C), and the mean square over all."""
    seen: dict[str, list[tuple[torch.Tensor, torch.Tensor]]] = {layer: [] for layer in KERNEL_LAYERS}
    for part in pictures.split(20):
        for layer, f in vgg(part, KERNEL_LAYERS).items():
            seen[layer].append((f.mean(dim=(2, 3)).float(), f.square().mean()))
    means = {layer: torch.cat([mean for mean, _ in parts]) for layer, parts in seen.items()}
    return means, {layer: torch.stack([square for _, square in parts]).mean() for layer, parts in seen.items()}


class _Vectors(nn.Identity):
    """What ``kid`` needs to compare vectors instead of pictures."""

    def __init__(self, number: int):
        super().__init__()
        self.num_features = number


def _distance(made: torch.Tensor, true: torch.Tensor) -> float:
    return round(kid(made, true, _Vectors(true.shape[1]))[0], 4)


@torch.no_grad()
def pocket_scores(pocket: Pocket, vgg: VGG, pictures: list[torch.Tensor], partners: int = 10) -> dict[str, Scores]:
    """Pocket against ``vgg``, the whole network, on held-out ``pictures``, each (1, 3, H, W).

    For each layer: ``gram error``, the distance of the Gram matrix from that of the same channels in ``vgg``, by the
    norm of the latter (mean over the pictures); and Spearman's correlation of the style losses with those by all
    channels of ``vgg``, over pairs of pictures, for each layer and for their sum. For the content losses
    (``CONTENT_LAYERS``) the correlation is over pairs as well, of pictures that have the same size. Each picture is
    paired with the ``partners`` after it.
    """
    grams: dict[str, tuple[list[torch.Tensor], list[torch.Tensor]]] = {name: ([], []) for name in STYLE_LAYERS}
    contents: dict[str, tuple[list[torch.Tensor], list[torch.Tensor]]] = {name: ([], []) for name in CONTENT_LAYERS}
    errors: dict[str, list[float]] = {name: [] for name in STYLE_LAYERS}
    for x in pictures:
        features = pocket(x, STYLE_LAYERS), vgg(x, STYLE_LAYERS)
        for name in STYLE_LAYERS:
            for kept, f in zip(grams[name], features, strict=True):
                kept.append(gram_matrix(f[name]))
            same = gram_matrix(features[1][name][:, pocket.kept(name)])
            errors[name].append(relative_error(grams[name][0][-1], same).sqrt().item())
        for name in CONTENT_LAYERS:
            for kept, f in zip(contents[name], features, strict=True):
                kept.append(f[name])
    pairs = [(i, (i + d) % len(pictures)) for d in range(1, partners + 1) for i in range(len(pictures))]
    alike = [(i, j) for i, j in pairs if pictures[i].shape == pictures[j].shape]
    scores: dict[str, Scores] = {}
    totals = np.zeros((2, len(pairs)))
    for name in STYLE_LAYERS:
        losses = [[style_loss(g[i], g[j]).item() for i, j in pairs] for g in grams[name]]
        totals += np.array(losses)
        scores[name] = {"gram error": float(np.mean(errors[name])), "style loss correlation": rank_correlation(losses)}
    scores["all layers"] = {"style loss correlation": rank_correlation(totals)}
    for name in CONTENT_LAYERS:
        losses = [[content_loss(c[i], c[j]).item() for i, j in alike] for c in contents[name]]
        scores[name]["content loss correlation"] = rank_correlation(losses)
    return {name: {key: round(v, 4) for key, v in row.items()} for name, row in scores.items()}


def rank_correlation(rows: Sequence[Sequence[float]] | np.ndarray) -> float:
    """Spearman's correlation of two rows."""
    return float(spearmanr(*rows).statistic)


def optimization_scores(
    networks: dict[str, nn.Module],
    vgg: nn.Module,
    pairs: list[tuple[torch.Tensor, torch.Tensor]],
    recipe: gatys.GatysRecipe,
) -> Scores:
    """What optimization through ``networks`` is worth: eq 9 by ``vgg`` for the pictures that are found through them.

    ``pairs`` are content and style pictures; the values are means over them. "ratio" is the mean of the ratios of the
    first network's value to that of ``vgg``.
    """
    values: dict[str, list[float]] = {f"through {name}": [] for name in (*networks, "VGG-16")}
    for content, style in tqdm(pairs, desc="optimization", unit="pair"):
        judge = gatys.objective(content, style, recipe, vgg)
        for found, phi in zip(values.values(), (*networks.values(), vgg), strict=True):
            picture = gatys.stylize_by_optimization(content, style, recipe, phi).picture
            found.append(sum(term.item() for term in judge(picture).values()))
    ours, *_, theirs = map(np.array, values.values())
    means = {name: float(np.mean(v)) for name, v in values.items()}
    return {name: round(v, 4) for name, v in {**means, "ratio": float((ours / theirs).mean())}.items()}


def stylized_and_noisy(
    photos: list[torch.Tensor], paint: Callable[[torch.Tensor, int], torch.Tensor], seed: int
) -> list[torch.Tensor]:
    """Each photo (1, 3, H, W) in one of four states in turn: as it is, stylized, noisy, stylized and noisy."""
    rng = np.random.default_rng(seed)
    out = []
    for i, x in enumerate(photos):
        if i % 4 in (1, 3):
            x = paint(x, i // 4)
        if i % 4 in (2, 3):
            x = (x + torch.from_numpy(rng.normal(0, 0.1, x.shape)).float()).clamp(0, 1)
        out.append(x)
    return out
