"""Downloads that go on where they were cut, are checked by their hash, and are whole or absent.

``huggingface_hub`` (2.4) begins a file anew when the program was ended; of half a gigabyte that is too much to lose.
"""

import hashlib
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests
from filelock import FileLock
from tqdm.auto import tqdm

CHUNK = 1 << 16  # bytes; at most so many are lost when the connection is cut
TIMEOUT = 30  # seconds without an answer or without a further byte
PAUSES = (1, 3, 10)  # seconds before each new try after a cut


class DownloadError(ValueError):
    """A file that could not be downloaded. The text names the file or address, the reason and a way out."""


def download(url: str, path: Path, sha256: str) -> Path:
    """Bring the file at ``url`` (http or https) to ``path`` and return ``path``; if it is there already, at once.

    ``sha256`` is its hash in hexadecimal digits. What has arrived lies in ``path`` + ``.part`` until it is whole
    and its hash is right, so that a cut download goes on where it was, also at the next start. A second start at
    the same time waits for the first. A bar shows the bytes.

    Raises DownloadError when there is no network, when the server refuses or the connection is cut again and again
    (the part is kept), when the hash is wrong (the part is removed), and when the file cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock")):
            if not (path.is_file() and _hash(path) == sha256):
                _complete(url, part, sha256)
                os.replace(part, path)
    except requests.RequestException as error:
        raise DownloadError(f"{url}: {error}") from None
    except OSError as error:
        reason = error.strerror or error
        raise DownloadError(f"{path}: cannot be written ({reason}); free some space or choose another folder") from None
    return path


def _hash(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _complete(url: str, part: Path, sha256: str) -> None:
    """Fetch what ``part`` lacks and check it."""
    resumed = part.exists()
    _fetch(url, part)
    if _hash(part) == sha256:
        return
    part.unlink()
    if not resumed:
        raise DownloadError(f"{url}: not the file that was expected (another SHA-256), so it was removed; try again")
    _complete(url, part, sha256)  # what was there was of another file: now from the beginning


def _fetch(url: str, part: Path) -> None:
    """Fetch what ``part`` lacks, with some patience for cut connections."""
    for pause in (*PAUSES, None):
        try:
            return _request(url, part)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            if pause is None:
                text = f"{urlsplit(url).hostname}: no connection, or cut again and again ({type(error).__name__})"
                kept = f"; {_size(part) / 1e6:.1f} MB are kept in {part}" if _size(part) else ""
                raise DownloadError(f"{text}{kept}; check the network and run the same command again") from None
            time.sleep(pause)


def _request(url: str, part: Path) -> None:
    """Append to ``part`` what it lacks, or write it anew if the server can only send the whole file."""
    have = _size(part)
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # nothing lacks; whether it is the right file, the hash will say
        if not answer.ok:
            raise DownloadError(f"{url}: the server answered {answer.status_code} {answer.reason}; try again later")
        if answer.status_code != requests.codes.partial_content:
            have = 0
        total = have + int(answer.headers.get("Content-Length", 0))
        options = {"desc": part.stem, "unit": "B", "unit_scale": True, "mininterval": 1.0}
        with open(part, "ab" if have else "wb") as file, tqdm(total=total or None, initial=have, **options) as bar:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
            file.flush()
            os.fsync(file.fileno())


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
