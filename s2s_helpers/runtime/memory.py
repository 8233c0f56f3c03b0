"""Freed memory is kept for the next tensor (chapter 19_speed_and_scale)."""

import ctypes
import sys
from functools import cache

# mallopt's names in glibc's malloc.h
TRIM_THRESHOLD, MMAP_MAX = -1, -4


@cache
def keep_memory() -> bool:
    """Tell the C library to keep what a tensor frees; whether it could be told. From then on, for the whole process.

    By default glibc asks the system for each large tensor anew and gives it back at once. The system hands out pages
    filled with zeros, one by one as they are touched: a third of a training step on a CPU is spent so. The process
    then stays as large as it was at its largest. Only Linux with glibc has this switch; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    settings = ((MMAP_MAX, 0), (TRIM_THRESHOLD, 2**31 - 1))
    return mallopt is not None and all(mallopt(key, value) for key, value in settings)
