"""Files that are whole or absent: what every writer of the package goes through."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from threading import get_ident

LONGEST = 100  # characters of a name, so that there is room for more; file systems have 255 bytes


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """``with whole(path) as part: ...`` write to ``part``; if all goes well it becomes ``path``.

    A reader never sees half a file, and what was there stays until the new file is on the disk. Errors of the
    block are raised as they are.
    """
    part = path.with_name(f".{path.name[:LONGEST]}.{os.getpid()}-{get_ident()}.part")
    try:
        yield part
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o644)  # safetensors makes files that only their owner can read
        os.replace(part, path)
    finally:
        with suppress(OSError, ValueError):  # after a success it is gone
            part.unlink()


def sweep(path: Path) -> None:
    """Remove what writers of ``path`` left that were killed; to be called where nobody else can be writing it."""
    if len(path.name) <= LONGEST:  # else it could be another file's
        for part in path.parent.glob(f".{escape(path.name)}.*.part"):
            part.unlink(missing_ok=True)
