"""Files that are whole or absent: what every writer of the package goes through."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """``with whole(path) as part: ...`` write to ``part``; if all goes well it becomes ``path``.

    A reader never sees half a file, and what was there stays until the new file is on the disk. Errors of the
    block are raised as they are.
    """
    part = path.with_name(f".{path.name[:100]}.{os.getpid()}-{get_ident()}.part")
    try:
        yield part
        with open(part, "rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o644)  # safetensors makes files that only their owner can read
        os.replace(part, path)
    finally:
        with suppress(OSError, ValueError):  # after a success it is gone
            part.unlink()
