"""JupyterLab in a real browser: a drawing on the pad reaches Python, and the picture follows."""

import os
import re
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest

TOKEN = "drawing"
CELLS = [
    """\
from IPython.display import display
from ipywidgets import Output
from s2s_helpers.images import show
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.ui.sketchpad import Sketchpad

houses, pad, seen = SketchToStyle("facade"), Sketchpad(), Output()

def answer(drawing):
    seen.outputs = ()
    seen.append_display_data(show({"picture": houses.picture(drawing)}, alt="made of the drawing"))

pad.on_change(answer)
answer(pad.picture)
display(pad, seen)""",
    """print("ink:", int((pad.picture < 0.5).sum()), "strokes:", len(pad.widget.strokes))""",
]


@pytest.fixture
def lab(tmp_path):
    """JupyterLab with a notebook of its own; its address."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "pad.ipynb")
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={tmp_path}", "--LabApp.news_url="]
    folders = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "RUNTIME")}
    with open(tmp_path / "log", "w+") as log:
        server = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **folders}, stdout=log, stderr=log)
        try:
            yield _address(tmp_path / "log", server)
        finally:
            server.terminate()
            server.wait(20)


def _address(log, server) -> str:
    for _ in range(600):
        found = re.search(r"http://127\.0\.0\.1:\d+/", log.read_text())
        if found:
            try:
                urllib.request.urlopen(f"{found[0]}api", timeout=5).read()
                return found[0]
            except OSError:
                pass
        assert server.poll() is None, log.read_text()[-2000:]
        time.sleep(0.1)
    pytest.fail("JupyterLab does not answer")


def test_a_drawing_reaches_python_and_the_picture_follows(browser, lab):
    # So tall that all is in view: JupyterLab takes cells that are not out of the page.
    page = browser.new_page(viewport={"width": 1200, "height": 1800})
    page.set_default_timeout(90_000)
    page.goto(f"{lab}lab/tree/pad.ipynb?token={TOKEN}")
    # Only then is there a kernel to run it; the indicator says "idle" before.
    page.wait_for_selector(".jp-Toolbar-kernelName:has-text('Python 3')")
    page.wait_for_selector(".jp-StatusBar-TextItem:has-text('Python 3 (ipykernel) | Idle')")
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    pad, picture = page.locator(".s2s-pad canvas"), page.locator(".jp-OutputArea img[alt^='made of']").last
    picture.wait_for()
    before = picture.get_attribute("src")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    corner = ((0.2, 0.8), (0.2, 0.3), (0.8, 0.3))
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corner]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    last = "[...document.querySelectorAll(\".jp-OutputArea img[alt^='made of']\")].at(-1)?.src"
    changed = f"before => ![undefined, before].includes({last})"  # while it is exchanged there is none
    page.wait_for_function(changed, arg=before)
    after = page.evaluate(last)
    # JupyterLab's shortcuts leave the pad alone: elsewhere two d would delete the cell.
    pad.focus()
    for key in ("d", "d", " ", "ArrowRight", "ArrowRight", " "):
        page.keyboard.press(key)
    assert page.locator(".jp-CodeCell").count() == 2
    page.wait_for_function(changed, arg=after)  # Python has heard of the stroke
    page.locator(".jp-CodeCell .cm-content").nth(1).click()
    page.keyboard.press("Shift+Enter")
    told = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")
    told.wait_for()
    ink, strokes = map(int, re.search(r"ink: (\d+) strokes: (\d+)", told.inner_text()).groups())
    assert ink > 300 and strokes == 2
    page.close()
