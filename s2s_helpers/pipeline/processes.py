"""Many pictures in several processes of this machine (chapter 19_speed_and_scale).

As ``cluster``, with the same workers, locks and stamps, but without Ray.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from multiprocessing import get_all_start_methods, get_context, parent_process
from multiprocessing.context import BaseContext
from pathlib import Path
from threading import Thread

import torch

from ..images import QUALITY
from .jobs import Job, Row, Worker, share

_worker: Worker  # of a process that ``run`` has begun


def run(
    jobs: list[Job], make: Callable[[Path], torch.Tensor], settings: str, processes: int, quality: int = QUALITY
) -> dict[str, str]:
    """Do all ``jobs`` of ``jobs.folder_jobs``, made with the same ``make``, ``settings`` and ``quality``, in so many
    processes of one thread each.

    An interrupt (Ctrl-C) lets each finish the picture that it is at. Returns what went wrong, by the names of the jobs.
    Raises ValueError if a process ends by itself. The processes load the script that calls this, whose work must stand
    under ``if __name__ == "__main__"``, and they must be able to import ``make``.
    """
    return share(jobs, partial(_given, partial(Worker, make, settings, quality), processes))


def _given(worker: Callable[[], Worker], processes: int, rows: list[Row]) -> Iterator[Row]:
    """The rows, each done by a process. None waits in a queue: an interrupt would have to wait for it too."""
    pool = ProcessPoolExecutor(processes, _context(), _begin, (worker,))
    left, busy = iter(rows), set[Future[Row]]()
    try:
        while busy := busy | {pool.submit(_do, row) for row in islice(left, processes - len(busy))}:
            done, busy = wait(busy, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    except BrokenProcessPool:
        remedy = "take fewer --jobs or a smaller --size; what is done is kept"
        raise ValueError(f"one of the processes was ended, as happens where memory is full; {remedy}") from None
    finally:
        pool.shutdown()


def _context() -> BaseContext:
    """How processes begin: as copies of one that has loaded the libraries, where the system can do that."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def _begin(worker: Callable[[], Worker]) -> None:
    """What a new process does first."""
    global _worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all processes, and this one is told by its parent
    Thread(target=_end_with_parent, daemon=True).start()
    sys.stderr = open(os.devnull, "w")  # bars of several processes would write over each other
    _worker = worker()


def _end_with_parent() -> None:
    """End this process when the one that began it is killed: nobody would give it work or tell it to end."""
    if parent := parent_process():
        parent.join()
        os._exit(1)


def _do(row: Row) -> Row:
    return _worker(row)
