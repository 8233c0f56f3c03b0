"""A training that is killed at any moment goes on from its last whole checkpoint, and ends as if nothing had been."""

import dataclasses
import os
import signal
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch

from s2s_helpers.runtime.checkpoint import load_state
from s2s_helpers.train import loop, pix2pix

STEPS, KILLS = 200, 10
RECIPE = dataclasses.replace(
    pix2pix.BOOK,
    steps=STEPS,
    batch=1,
    size=16,
    load_size=18,
    base=4,
    cap=8,
    depth=3,
    receptive_field=16,
    lambda_features=0.0,
)


def victim(folder: Path) -> None:
    """``train`` in a process of its own, with a checkpoint at every step."""
    torch.set_num_threads(1)
    loop.SAVE_SECONDS = 0.0
    train(folder)


def train(folder: Path | None) -> torch.nn.Module:
    """The whole run, or what is left of it."""
    pictures = np.random.default_rng(0).integers(0, 255, (4, 3, 16, 16), dtype=np.uint8)
    batches = pix2pix.array_pairs(255 - pictures, pictures, RECIPE)
    training = pix2pix.Pix2Pix(RECIPE, 0, batches)
    loop.fit(training, folder, resume=bool(folder and (folder / loop.CHECKPOINT).exists()))
    return training.result


def test_killed_ten_times(tmp_path):
    context = get_context("forkserver")  # imports torch once
    context.set_forkserver_preload(["s2s_helpers.train.pix2pix"])
    rng, reached = np.random.default_rng(0), 0
    for _ in range(KILLS):
        process = context.Process(target=victim, args=(tmp_path,))
        process.start()
        before = stamp(tmp_path)
        while process.is_alive() and stamp(tmp_path) == before:
            time.sleep(0.001)  # until it trains
        time.sleep(rng.uniform(0, 0.06))
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL  # it was not done yet
        step = load_state(tmp_path / loop.CHECKPOINT)["progress"]["step"]  # raises if it is not whole
        assert step > reached
        reached = step
    assert reached < STEPS
    resumed, uninterrupted = train(tmp_path), train(None)
    for name, value in uninterrupted.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[name]), name


def stamp(folder: Path) -> int:
    """When the checkpoint was written; 0 if there is none."""
    path = folder / loop.CHECKPOINT
    return path.stat().st_mtime_ns if path.exists() else 0
