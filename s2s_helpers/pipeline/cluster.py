"""Many pictures on many machines, with Ray Data (chapter 14_speed_and_scale; pip install "ray[data]").

As ``jobs``, whose stamps and locks it goes by, but the pictures are shared out to the workers of a Ray cluster, or of
this machine where there is none. A worker that dies is replaced, and what it had been given is given out again: what it
had done by then is known by its stamp and not done twice. The folders must be the same on all machines.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm.auto import tqdm

from .jobs import MISHAPS, Job, job_of, once

PORTION = 16  # pictures that are given out at once


class Worker:
    """What lives in one process of the cluster: the function that paints, sent there once."""

    def __init__(self, make: Callable[[Path], torch.Tensor], settings: str):
        torch.set_num_threads(1)  # a worker has one core
        self.make, self.settings = make, settings

    def __call__(self, row: dict[str, str]) -> dict[str, str]:
        """Do the job in ``row`` unless it is done; returns it with what went wrong, if anything did."""
        path = Path(row["name"])
        job = job_of(path, partial(self.make, path), self.settings, Path(row["target"]))
        try:
            once(job, wait=True)
        except MISHAPS as error:
            return row | {"failure": str(error) or type(error).__name__}
        return row | {"failure": ""}


def run(jobs: list[Job], make: Callable[[Path], torch.Tensor], settings: str, workers: int) -> dict[str, str]:
    """Do all ``jobs`` of ``jobs.folder_jobs``, made with the same ``make`` and ``settings``, by so many workers.

    Joins the cluster that the environment names (RAY_ADDRESS), else starts one here. Returns what went wrong, by the
    names of the jobs. Raises ValueError without Ray, if it does not start, and where there are fewer cores than
    workers.
    """
    ray = started()
    if (cores := int(ray.cluster_resources().get("CPU", 0))) < workers:
        raise ValueError(f"the cluster has {cores} cores, which is too few for {workers} workers")
    rows = [{"name": str(Path(job.name).resolve()), "target": str(job.target.resolve())} for job in jobs]
    names = {row["name"]: job.name for row, job in zip(rows, jobs, strict=True)}
    portions = max(-(-len(rows) // PORTION), min(len(rows), 4 * workers))
    done = ray.data.from_items(rows, override_num_blocks=portions).map(
        Worker, fn_constructor_args=(make, settings), compute=ray.data.ActorPoolStrategy(size=workers), num_cpus=1
    )
    told = tqdm(done.iter_rows(), total=len(rows), desc="stylize", unit="picture")
    return {names[row["name"]]: row["failure"] for row in told if row["failure"]}


def started() -> Any:
    """Ray, joined to its cluster, without its own progress bars and without telling anyone."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
        import ray.data
    except ImportError:
        raise ValueError('several workers need Ray: pip install "ray[data]"; or leave out --workers') from None
    if not ray.is_initialized():
        try:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        except Exception as error:  # Ray has no class of its own for this
            ray.shutdown()
            why = "its parts must start within 15 s; try again when the machine is less busy"  # Ray's issue 65983
            raise ValueError(f"Ray did not start ({str(error).splitlines()[0]}): {why}") from None
    ray.data.DataContext.get_current().enable_progress_bars = False
    return ray
