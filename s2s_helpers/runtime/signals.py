"""A process that is told to end, or whose terminal is closed, ends as after Ctrl-C: long work keeps what there is."""

import os
import signal
import stat
import sys
from contextlib import suppress
from types import FrameType

HANG_UP = getattr(signal, "SIGHUP", None)  # Windows lacks it


def end_as_after_ctrl_c() -> None:
    """From now on SIGTERM and SIGHUP raise KeyboardInterrupt; for the main thread. What is ignored, as after ``nohup``,
    stays so.
    """
    for number in filter(None, (signal.SIGTERM, HANG_UP)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    # The system and the shell both tell of a closed terminal: the second time would interrupt the saving.
    if HANG_UP:
        signal.signal(HANG_UP, signal.SIG_IGN)
    if number == HANG_UP:
        _silence()
    raise KeyboardInterrupt


def _silence() -> None:
    """Let what cannot be said any more, since the terminal is gone, go nowhere: it would be an error before the saving.

    What goes to a file goes on doing so.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            if stat.S_ISCHR(os.fstat(stream.fileno()).st_mode):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
