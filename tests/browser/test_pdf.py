"""A page becomes a PDF: formulas set, pictures there, links alive, solutions open, and without another host."""

import re
import shutil
from pathlib import Path

import pytest
from pdf import print_page

ROOT = Path(__file__).parents[2]
PAGE = """<!doctype html><html lang="en"><title>Small</title><link rel="stylesheet" href="_static/s2s.css">
<script defer src="vendor/mathjax/tex-mml-chtml.js"></script><script src="https://example.org/far.js"></script>
<main class="bd-content"><h1>First</h1>
<p>\\(\\sqrt{{x}}\\) <a href="#second">further</a> <a href="https://example.org">far</a></p>
<img src="{picture}" alt="a mark">
<div class="tag_hide-cell"><details class="hide above-input"><summary>Show</summary><h2>Solution</h2></details></div>
<div class="tag_hide-input"><details class="hide above-input"><summary>Show</summary>\
<h2>Code of a plot</h2></details></div>
<div class="toctree-wrapper"><section id="second"><h2>Second</h2></section></div></main></html>"""


def printed(browser, folder: Path, picture: str) -> str:
    """The small page as PDF; its text is compressed, what it is made of is not."""
    (folder / "_static").mkdir()
    shutil.copy(ROOT / "book/_static/s2s.css", folder / "_static")
    shutil.copy(ROOT / "book/_static/favicon.svg", folder)
    shutil.copytree(ROOT / "book/_vendor/vendor/mathjax", folder / "vendor/mathjax")
    (folder / "small.html").write_text(PAGE.format(picture=picture), encoding="utf-8")
    print_page(browser, folder, "small.html", folder / "small.pdf")
    return (folder / "small.pdf").read_bytes().decode("latin-1")


def test_a_page_is_printed_whole(browser, tmp_path):
    text = printed(browser, tmp_path, "favicon.svg")
    assert len(re.findall(r"/Type /Page\b", text)) == 2  # the second chapter begins on a new sheet
    # The outline: what is folded away is printed, except the code behind a plot.
    assert set(re.findall(r"/Title \((.*?)\)", text)) == {"Small", "First", "Solution", "Second"}
    assert "MathJax_Math-Italic" in text
    assert "/Dest /second" in text and text.count("/URI (https://example.org") == 1


def test_a_missing_picture_is_an_error(browser, tmp_path):
    with pytest.raises(Exception, match="decode"):
        printed(browser, tmp_path, "nowhere.png")
