"""Scripts of the pads as notebooks need them: a widget is one file (``sketchpad``, ``labels``)."""

import re
from pathlib import Path

IMPORT = re.compile(r'^import .* from "\./(\w+\.js)";$\n?', re.M)


def script(path: Path) -> str:
    """The script at ``path`` with the modules that it imports, each once, in the places of their first imports."""
    seen: set[str] = set()

    def text(path: Path) -> str:
        return IMPORT.sub(imported, path.read_text(encoding="utf-8"))

    def imported(found: re.Match[str]) -> str:
        name = found[1]
        if name in seen:
            return ""
        seen.add(name)
        return text(path.with_name(name))

    return text(path)
