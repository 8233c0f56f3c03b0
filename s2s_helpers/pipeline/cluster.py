"""Many pictures on many machines, with Ray Data (chapter 19_speed_and_scale; pip install "ray[data]").

As ``jobs``, whose stamps and locks it goes by, but the pictures are shared out to the workers of a Ray cluster, or of
this machine where there is none. A worker that dies is replaced, and what it had been given is given out again: what it
had done by then is known by its stamp and not done twice. The folders must be the same on all machines.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch

from ..images import QUALITY
from .jobs import Job, Row, Worker, share

PORTION = 16  # pictures that are given out at once


def run(
    jobs: list[Job], make: Callable[[Path], torch.Tensor], settings: str, workers: int, quality: int = QUALITY
) -> dict[str, str]:
    """Do all ``jobs`` of ``jobs.folder_jobs``, made with the same ``make``, ``settings`` and ``quality``, by so many
    workers.

    Joins the cluster that the environment names (RAY_ADDRESS), else starts one here. Returns what went wrong, by the
    names of the jobs. Raises ValueError without Ray, if it does not start, and where there are fewer cores than
    workers.
    """
    ray = started()
    if (cores := int(ray.cluster_resources().get("CPU", 0))) < workers:
        raise ValueError(f"the cluster has {cores} cores, which is too few for {workers} workers")

    def give(rows: list[Row]) -> Iterable[Row]:
        portions = max(-(-len(rows) // PORTION), min(len(rows), 4 * workers))
        given, pool = (make, settings, quality), ray.data.ActorPoolStrategy(size=workers)
        done = ray.data.from_items(rows, override_num_blocks=portions).map(
            Worker, fn_constructor_args=given, compute=pool, num_cpus=1
        )
        return done.iter_rows()

    return share(jobs, give)


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
