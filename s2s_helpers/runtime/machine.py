"""What a run was made with."""

import platform
from datetime import date
from pathlib import Path

import torch

from .precision import has_bfloat16


def machine() -> str:
    """What a run was made with: processor and whether it computes in bfloat16, version of torch, threads."""
    bits = "bfloat16" if has_bfloat16() else "no bfloat16"
    return f"{processor()} ({bits}), torch {torch.__version__}, {torch.get_num_threads()} thread(s)"


def circumstances(command: str) -> dict[str, str]:
    """What a stored result says of its making: machine, date, command."""
    return {"machine": machine(), "date": date.today().isoformat(), "command": command}


def processor() -> str:
    """The name of this machine's processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
