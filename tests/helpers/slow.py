"""Pictures, and work on them that takes its time and notes who does it; processes begun for it import it from here."""

import os
import time
from pathlib import Path

import torch

from s2s_helpers.images import load_picture, save_picture


def grays(folder: Path, n: int) -> Path:
    """``folder``, new, with n small pictures of one gray each, "0.png" the darkest."""
    folder.mkdir()
    for i in range(n):
        save_picture(torch.full((1, 3, 8, 8), i / 255), folder / f"{i}.png")
    return folder


def begun(log: Path) -> list[list[str]]:
    """The words of each line of ``log``, one line for each beginning; none without the file."""
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


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
