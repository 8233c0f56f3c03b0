"""Random numbers. Those of a step are a function of seed and step, so a stopped run goes on with the right ones."""

import numpy as np
import torch

OTHERS = 1 << 20  # the first stream for what a step needs beside crops: no process has it


def step_rng(seed: int, step: int, stream: int = 0) -> np.random.Generator:
    """The random numbers of one step. Stream 0 is that of its data, the same for all processes; 1 and more are those of
    the processes (``begin_step``), ``OTHERS`` and more are free.

    Those of stream 0 are the same as with (seed, step): numpy fills a short seed up with zeros. So no number may have
    more than 32 bits: numpy would take it for two.
    """
    return np.random.default_rng((seed, step, stream))


def begin_step(seed: int, step: int, process: int = 0) -> None:
    """Give torch's own random numbers, as dropout has them, the state in which a step begins; each process another."""
    torch.manual_seed(int(step_rng(seed, step, 1 + process).integers(1 << 62)))
