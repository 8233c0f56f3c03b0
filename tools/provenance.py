"""The table of all pictures and weights: file, what it is, how it was made, license, hash.

``data/provenance.toml`` says it for groups of files, the cards of the weights say the rest, and the hashes are those of
the files as they are.
"""

import csv
import hashlib
import io
import json
import subprocess
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "data" / "provenance.toml"
CARDS = ROOT / "s2s_helpers" / "weights"
KINDS = {".png", ".jpg", ".jpeg", ".svg", ".ico", ".webp", ".gif", ".strokes", ".safetensors", ".onnx"}
BESIDES = {"s2s_helpers/data/palettes.json"}  # no picture, but taken from pictures
COLUMNS = ("file", "what", "made by", "trained on", "license", "sha256")


def read() -> dict[str, Any]:
    """The content of ``data/provenance.toml``."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))


def pictures_and_weights() -> list[str]:
    """The pictures and weights of the repository, and what is ``BESIDES``: in git, or new and not ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    ours = {name for name in listed if Path(name).suffix in KINDS or name in BESIDES}
    return sorted(name for name in ours if (ROOT / name).is_file())


def group_of(name: str) -> dict[str, str]:
    """The group of a file. Raises ValueError if it has none, or several."""
    found = [group for group in read()["group"] if fnmatchcase(name, group["files"])]
    if len(found) != 1:
        raise ValueError(f"{name}: {len(found)} groups of data/provenance.toml; it must belong to one")
    return found[0]


def row(name: str) -> dict[str, str]:
    """The line of a file."""
    group = group_of(name)
    line = {"file": name, "what": group["what"], "made by": group["made"], "license": group["license"]}
    if name.endswith(".safetensors"):
        card = json.loads((ROOT / name).with_suffix(".json").read_text(encoding="utf-8"))
        trained = f"{card['data']} ({card['terms']})"
        line |= {"what": card["summary"], "made by": card["command"], "trained on": trained}
    return line | {"sha256": hashlib.sha256((ROOT / name).read_bytes()).hexdigest()}


def table() -> str:
    """The text of ``data/provenance.csv``."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(row(name) for name in pictures_and_weights())
    return out.getvalue()


def page() -> str:
    """The text of the page ``provenance``."""
    content, names = read(), pictures_and_weights()
    lines = [HEAD, "| files | made by | license |", "| :--- " * 3 + "|"]
    for group in content["group"]:
        count = sum(fnmatchcase(name, group["files"]) for name in names)
        files = f"`{group['files']}`<br>{group['what']}<br><small>files: {count}</small>"
        lines.append(f"| {files} | {group['made']} | {group['license']} |")
    lines += [NETWORKS, "| network | trained on | terms of that |", "| :--- " * 3 + "|"]
    for path in sorted(CARDS.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        network = f"`{path.stem}`<br>{card['summary']}<br><small>`{card['command']}`</small>"
        lines.append(f"| {network} | {card['data']} | {card['terms']} |")
    for title, key in ((SOURCES, "source"), (STYLES, "style"), (PHOTOS, "photo")):
        lines += [title, "| | | terms |", "| :--- " * 3 + "|"]
        lines += [f"| {each['name'].replace('_', ' ')} | {each['what']} | {each['terms']} |" for each in content[key]]
    return "\n".join([*lines, LICENSES])


HEAD = """<!-- Written by `make appendix` from data/provenance.toml, the cards and the files. Do not edit. -->

# Where pictures and weights come from

Every picture and every weight file of the repository was made for this book. Nothing was taken from others.
`data/provenance.csv` has one line for each file, with its SHA-256; a test compares it with the files. By groups:
"""
NETWORKS = """
## What the networks were trained on

Photos and paintings are not in the repository, and no test needs them. The card of each network,
`s2s_helpers/weights/NAME.json`, says more: recipe, seed, machine, duration, scores.
"""
SOURCES = """
Their sources:
"""
STYLES = """
## Styles
"""
PHOTOS = """
## Photos in the chapters

They come with scikit-image as `skimage.data.NAME()`. The repository has them only as small pictures in the outputs of
chapters, as they are, as line drawings, or repainted.
"""
LICENSES = """
## Licenses

Code, and the trained networks as far as they are ours: MIT (`LICENSE`). Text, figures, drawings and stored results: CC
BY 4.0 (`LICENSE-TEXT`). Where a network learned from photos that may be used for research only, ask yourself whether
your use is one. `facade`, `critic` and `segmenter` were shown only pictures that this project's own code had drawn; the
loss of the first two was in part that of `pocket_first`, which had seen photos.
"""
