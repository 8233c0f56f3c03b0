"""Make slides of chapters: python tools/slides.py [NAME ...], all of them by default; `make slides`.

Writes ``_build/slides``: a deck for each chapter, a list of them, and what they load. The folder needs no network, and
may be copied anywhere. reveal.js and MathJax come by tools/vendor.py.
"""

import html
import shutil
import sys
import tomllib
from pathlib import Path

import nbformat
import yaml
from deck import BOOK, Slide, deck
from nbformat.v4 import new_markdown_cell, new_notebook
from vendor import SLIDES

ROOT = Path(__file__).parents[1]
OUT, WEB = ROOT / "_build" / "slides", ROOT / "web"
# What a deck loads, below vendor/, and where it lies in web/: what others made, and our own.
LOADED = {name: f"node_modules/{source}" for name, source in SLIDES.items()}
LOADED |= {"slides.js": "slides/slides.js", "dist/theme/slides.css": "slides/slides.css"}


def chapters() -> list[str]:
    """Those with a quiz, in the order of the book."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [Path(page["file"]).name for part in toc["parts"] for page in part["chapters"]]
    with_quiz = tomllib.loads((BOOK / "quizzes.toml").read_text(encoding="utf-8"))
    return [name for name in pages if name in with_quiz]


def cells(slides: list[Slide]) -> list[nbformat.NotebookNode]:
    """The slides as nbconvert takes them: a cell each, and one for its notes."""
    found = []
    for number, slide in enumerate(slides):
        mark = "#" if not number else "##" if slide.begins else "###"
        cell = new_markdown_cell(f"{mark} {slide.heading}\n\n{slide.text()}")
        cell.metadata["slideshow"] = {"slide_type": "slide" if slide.begins or not number else "subslide"}
        found.append(cell)
        if slide.notes:
            found.append(new_markdown_cell(slide.notes, metadata={"slideshow": {"slide_type": "notes"}}))
    return found


def write(chapter: str, out: Path = OUT) -> Path:
    """Write the deck of a chapter."""
    from nbconvert import SlidesExporter

    slides = deck(nbformat.read(BOOK / f"{chapter}.ipynb", 4), chapter)
    places = {"extra_template_basedirs": [str(WEB)], "reveal_url_prefix": "vendor"}
    exporter = SlidesExporter(template_name="slides", reveal_theme="slides", **places)
    text, _ = exporter.from_notebook_node(new_notebook(cells=cells(slides), metadata={"title": slides[0].heading}))
    target = out / f"{chapter}.slides.html"
    target.write_text(text, encoding="utf-8")
    return target


def main(chapters: list[str], out: Path = OUT) -> None:
    shutil.rmtree(out, ignore_errors=True)
    for name, source in LOADED.items():
        (out / "vendor" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(WEB / source, out / "vendor" / name)
    links = ""
    for chapter in chapters:
        path = write(chapter, out)
        print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
        links += f'<li><a href="{path.name}">{html.escape(chapter.replace("_", " "))}</a></li>'
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Slides</title><link rel="icon" href="data:,">'
    (out / "index.html").write_text(f"{head}<h1>Slides</h1><ul>{links}</ul></html>\n", encoding="utf-8")


if __name__ == "__main__":
    main([Path(name).stem for name in sys.argv[1:]] or chapters())
