"""Random numbers. Those of a step are a function of seed and step, so a stopped run goes on with the right ones."""

from collections.abc import Sequence
from typing import cast

import numpy as np


def step_rng(seed: int, step: int, process: int = 0) -> np.random.Generator:
    """The random numbers of one step: of its data, the same for all processes, or of the dropout of one of them.

    Those of process 0 are the same as with (seed, step): numpy fills a short seed up with zeros.
    """
    return np.random.default_rng((seed, step, process))


def origin(rng: np.random.Generator) -> tuple[int, int]:
    """The seed and the step that ``step_rng`` was given."""
    seed, step, _ = cast(Sequence[int], cast(np.random.SeedSequence, rng.bit_generator.seed_seq).entropy)
    return seed, step
