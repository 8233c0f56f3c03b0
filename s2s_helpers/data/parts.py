"""Parts of houses, cut out of the drawn world: windows, doors, blinds and shops (chapter 04_conditional_gans)."""

from collections.abc import Callable, Iterable, Iterator

import torch
from scipy import ndimage

from ..images import resize
from ..runtime.seeds import step_rng
from .facades import LABELS, FacadeWorld

KINDS = {"window": (0.7, 1.9), "door": (1.2, 3.0), "blind": (1.5, 3.2), "shop": (0.2, 1.3)}  # height by width
SIDE = 16  # pixels of a part when it has been cut out
SMALLEST = 9  # pixels of its shorter side before
WHOLE = 0.6  # share of its rectangle that must be its own; less is hidden behind something

# Of (seed, step, n): pictures (n, 3, 16, 16) in [0, 1] and classes (n, 4), one 1 in each.
PartSource = Callable[[int, int, int], tuple[torch.Tensor, torch.Tensor]]


def house_parts(house: int) -> Iterator[tuple[int, torch.Tensor]]:
    """The parts of one house of the drawn world: their kind, 0 to 3, and picture, (1, 3, 16, 16) in [0, 1]."""
    pair = FacadeWorld(seed=0, size=256)[house]
    labels = pair.labels[0].numpy()
    for kind, (name, (low, high)) in enumerate(KINDS.items()):
        areas, _ = ndimage.label(labels == LABELS.index(name))
        for number, place in enumerate(ndimage.find_objects(areas), start=1):
            height, width = areas[place].shape
            whole = (areas[place] == number).mean() > WHOLE
            if min(height, width) >= SMALLEST and low <= height / width <= high and whole:
                yield kind, resize(pair.picture[..., *place], (SIDE, SIDE))


def cut(houses: Iterable[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """The kinds (n,) and pictures (n, 3, 16, 16) of all parts of some houses."""
    kinds, pictures = zip(*(part for house in houses for part in house_parts(house)), strict=True)
    return torch.tensor(kinds), torch.cat(pictures)


def onehot(kinds: torch.Tensor) -> torch.Tensor:
    """The class of each kind (n,): four numbers, of which one is 1 and the others 0; (n, 4)."""
    return torch.eye(len(KINDS))[kinds]


def evenly(kinds: torch.Tensor, pictures: torch.Tensor) -> PartSource:
    """Parts chosen so that all kinds come equally often, half of them mirrored.

    Raises ValueError unless there are as many ``kinds`` as ``pictures``.
    """
    if len(kinds) != len(pictures):
        raise ValueError(f"{len(kinds)} kinds and {len(pictures)} pictures; each picture has one kind")
    rarity = (1 / torch.bincount(kinds).double())[kinds]
    chances = (rarity / rarity.sum()).numpy()

    def batches(seed: int, step: int, n: int) -> tuple[torch.Tensor, torch.Tensor]:
        rng = step_rng(seed, step)
        chosen = torch.from_numpy(rng.choice(len(kinds), size=n, p=chances))
        mirrored = torch.from_numpy(rng.random((n, 1, 1, 1)) < 0.5)
        x = pictures[chosen]
        return torch.where(mirrored, x.flip(-1), x), onehot(kinds[chosen])

    return batches
