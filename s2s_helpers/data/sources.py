"""Random crops of what belongs together: a picture, its sketch, its labels (chapter 08_training_and_inference).

A source of training data is a function of (seed, step, n, size). It gives ``n`` pictures of ``size`` x ``size`` pixels,
and the same again when the same step is asked for again, in every process: so a resumed training goes on with the right
ones. Its random numbers are functions of seed and step; ``step_numbers`` has those for crops.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..runtime.seeds import step_rng

if TYPE_CHECKING:
    from torchvision import tv_tensors

PhotoSource = Callable[[int, int, int, int], torch.Tensor]  # (n, 3, size, size) in [0, 1]
# What a network is given, and the pictures that it is compared with; both (n, 3, size, size) in [0, 1].
PairSource = Callable[[int, int, int, int], tuple[torch.Tensor, torch.Tensor]]
# Pictures (n, 3, size, size) in [0, 1] and the labels of their pixels (n, size, size), int64.
LabelSource = Callable[[int, int, int, int], tuple[torch.Tensor, torch.Tensor]]


@contextmanager
def step_numbers(seed: int, step: int) -> Iterator[np.random.Generator]:
    """The random numbers of a step's data: numpy's, which are handed out, and torch's, from which torchvision draws.

    Torch's own go on afterwards as if nothing had happened: dropout draws from them, in every process others.
    """
    rng = step_rng(seed, step)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(rng.integers(1 << 62)))
        yield rng


def check_bytes(what: str, pixels: np.ndarray) -> None:
    """Raise ValueError unless ``pixels`` are bytes (H, W, 3); ``what`` says of what."""
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        why = "bytes from 0 to 255, (H, W, 3), are needed; of a picture make them by images.to_uint8"
        raise ValueError(f"{what} is {pixels.dtype} {pixels.shape}; {why}")


def as_image(pixels: np.ndarray) -> "tv_tensors.Image":
    """Bytes (H, W, 3) or (H, W) for ``crop``, which then gives one channel."""
    from torchvision.transforms.v2 import functional

    return functional.to_image(pixels)


def crop(side: int, size: int, *given: Any) -> list[torch.Tensor]:
    """A random square of ``side`` pixels of all that is ``given``, resized to ``size``; half of the time mirrored.

    Given are pictures, bytes (3, H, W) as ``tv_tensors.Image``, which come back as (3, size, size) in [0, 1]; and
    labels (H, W) as ``tv_tensors.Mask``, whose numbers stay. All are of one size. Raises ValueError where ``side`` is
    larger.
    """
    from torchvision.transforms import v2

    return _cut(given, v2.RandomCrop(side), v2.Resize((size, size), v2.InterpolationMode.BICUBIC))


def stretched_crop(size: int, least: float, aspect: tuple[float, float], *given: Any) -> list[torch.Tensor]:
    """As ``crop``, of a random part of at least ``least`` of the area, whose width by height lies in ``aspect``."""
    from torchvision.transforms import v2

    return _cut(given, v2.RandomResizedCrop(size, (least, 1.0), aspect, v2.InterpolationMode.BICUBIC))


def _cut(given: Sequence[Any], *how: Any) -> list[torch.Tensor]:
    """All that is ``given``, cut as torchvision's transforms ``how`` say, half of the time mirrored, as ``crop`` has
    it.
    """
    from torchvision import tv_tensors
    from torchvision.transforms import v2

    mirrored = v2.RandomHorizontalFlip(), v2.ToDtype({tv_tensors.Image: torch.float32, "others": None}, scale=True)
    return [x.as_subclass(torch.Tensor) for x in v2.Compose([*how, *mirrored])(list(given))]
