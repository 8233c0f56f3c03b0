"""The scores in the cards: what each shipped network reaches on data that it never saw."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.stats import spearmanr
from torch.nn.functional import adaptive_avg_pool2d

from ...losses.perceptual import content_loss, gram_matrix, relative_error, style_loss
from ...metrics import BINS, histogram_intersection, l1
from ...nets.loss_network import COMPONENTS, CONTENT_LAYER, Pocket
from ...train.pocket import Teacher

Scores = dict[str, float]


def picture_scores(made: torch.Tensor, true: torch.Tensor) -> Scores:
    """Mean L1 and mean histogram intersection in L, a, b of pictures (N, 3, H, W) with the true ones."""
    common = histogram_intersection(made, true).mean(axis=0)
    return {"L1": round(l1(made, true).mean().item(), 4)} | {
        channel: round(float(value), 4) for channel, value in zip("Lab", common, strict=True)
    }


MEASURES = f"means of L1 and of the intersection of the histograms of L, a and b, {BINS} bins"


def generator_scores(
    picture: Callable[[torch.Tensor], torch.Tensor],
    train: tuple[torch.Tensor, torch.Tensor],
    test: tuple[torch.Tensor, torch.Tensor],
) -> dict[str, Scores]:
    """A generator beside two answers that need no learning, on the ``test`` pairs.

    ``train`` and ``test`` are (sketches, pictures), (N, 3, H, W) in [0, 1], all of one size. "mean
    picture" answers every sketch with the mean of the training pictures; "nearest neighbor" with the
    training picture whose sketch, reduced to 32x32, is nearest in L2.
    """
    sketches, pictures = test
    made = torch.cat([picture(sketch[None]) for sketch in sketches])
    given, known = (adaptive_avg_pool2d(x, 32).flatten(1) for x in (sketches, train[0]))
    nearest = torch.cdist(given, known).argmin(dim=1)
    mean = train[1].mean(dim=0, keepdim=True).expand_as(pictures)
    return {
        "generator": picture_scores(made, pictures),
        "mean picture": picture_scores(mean, pictures),
        "nearest neighbor": picture_scores(train[1][nearest], pictures),
    }


@torch.no_grad()
def pocket_scores(
    pocket: Pocket, teacher: Teacher, pictures: list[torch.Tensor], partners: int = 10
) -> dict[str, Scores]:
    """Pocket against the full features of its teacher on held-out ``pictures``, each (1, 3, H, W).

    For each layer: ``gram error`` (``relative_error``, mean over the pictures; its square root is the ratio
    of the norms themselves, ``gram error, root``), and Spearman's correlation of the style losses over pairs
    of pictures, for each layer and for their sum. For the content loss at relu2_2 the correlation is over
    pairs as well, of pictures that have the same size. Each picture is paired with the ``partners`` after it.
    """
    grams: dict[str, tuple[list[torch.Tensor], list[torch.Tensor]]] = {name: ([], []) for name in COMPONENTS}
    contents: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    for x in pictures:
        small, full = pocket(x), teacher.full(x)
        for name in COMPONENTS:
            grams[name][0].append(gram_matrix(small[name]))
            grams[name][1].append(gram_matrix(full[name]))
        contents[0].append(small[CONTENT_LAYER])
        contents[1].append(full[CONTENT_LAYER])
    pairs = [(i, (i + d) % len(pictures)) for d in range(1, partners + 1) for i in range(len(pictures))]
    scores: dict[str, Scores] = {}
    totals = np.zeros((2, len(pairs)))
    for name, (ours, theirs) in grams.items():
        losses = [[style_loss(g[i], g[j]).item() for i, j in pairs] for g in (ours, theirs)]
        error = torch.cat([_embedded_error(a, b, teacher.basis[name]) for a, b in zip(ours, theirs, strict=True)])
        scores[name] = {
            "gram error": error.mean().item(),
            "gram error, root": error.sqrt().mean().item(),
            "style loss correlation": spearmanr(*losses).statistic,
        }
        totals += np.array(losses)
    scores["all layers"] = {"style loss correlation": spearmanr(*totals).statistic}
    same = [(i, j) for i, j in pairs if contents[0][i].shape == contents[0][j].shape]
    losses = [[content_loss(c[i], c[j]).item() for i, j in same] for c in contents]
    scores[CONTENT_LAYER]["content loss correlation"] = spearmanr(*losses).statistic
    return {name: {key: round(float(v), 4) for key, v in row.items()} for name, row in scores.items()}


def _embedded_error(ours: torch.Tensor, theirs: torch.Tensor, basis: torch.Tensor) -> torch.Tensor:
    """``relative_error`` of pocket's (1, K, K) Gram matrix, carried back to the teacher's C channels.

    ``basis`` (C, K) has columns of length sqrt(K / C). With unit columns V, features v of pocket stand for
    V v sqrt(C / K); the Gram matrices are divided by K and by C, which cancels the factor.
    """
    c, k = basis.shape
    unit = basis * (c / k) ** 0.5
    return relative_error(unit @ ours @ unit.T, theirs)


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
