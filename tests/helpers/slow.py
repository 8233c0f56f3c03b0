"""Work that takes its time, for processes that are begun for it: they import it from here."""

import os
import time
from pathlib import Path

import torch

from s2s_helpers.images import load_picture


def inversion(log: Path, seconds: float, path: Path) -> torch.Tensor:
    """The picture at ``path`` inverted, after a while, with a line in ``log`` about who does it, and with how many
    threads.
    """
    with open(log, "ab", buffering=0) as file:
        file.write(f"{os.getpid()} {torch.get_num_threads()} {path.name}\n".encode())
    time.sleep(seconds)
    if path.stem == "deadly":
        os._exit(9)
    return 1 - load_picture(path)
