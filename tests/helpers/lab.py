"""JupyterLab as a reader has it: in a browser, with a kernel."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOKEN = "drawing"
PATIENCE = 300  # seconds that anything may take; a busy machine is no error
TRACKER = "lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"


@contextmanager
def lab(folder: Path, **environment: str) -> Iterator[str]:
    """A server for the notebooks in ``folder``; its address. It keeps to a folder of its own for its settings."""
    own = folder / ".jupyter"
    (own / TRACKER).parent.mkdir(parents=True)
    (own / TRACKER).write_text(json.dumps({"windowingMode": "none"}))  # else cells that are out of view are not there
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
    command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url="]
    command += ["--LabApp.expose_app_in_browser=True"]
    folders = {"JUPYTER_CONFIG_DIR": str(own), "JUPYTER_RUNTIME_DIR": str(own / "runtime")}
    folders["JUPYTERLAB_SETTINGS_DIR"] = str(own / "lab" / "user-settings")
    with open(own / "log", "w+") as log:
        env = {**os.environ, **folders, **environment}
        server = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        try:
            yield _address(own / "log", server)
        finally:
            server.terminate()  # it ends its kernels
            try:
                server.wait(60)
            except subprocess.TimeoutExpired:  # stopped amid a request, it waits for one of anyio's threads for ever
                server.kill()
                server.wait()


def _address(log: Path, server: subprocess.Popen) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
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


def open_notebook(browser, address: str, name: str):
    """The page with the notebook, when its kernel is there."""
    page = browser.new_page(viewport={"width": 1200, "height": 1400})
    page.set_default_timeout(1000 * PATIENCE)
    # In a workspace of its own: else JupyterLab opens what was open last, too, and runs that when told to run all.
    page.goto(f"{address}lab/workspaces/{Path(name).stem}/tree/{name}?token={TOKEN}")
    # Only then is there a kernel to run it; the indicator says "idle" before.
    page.wait_for_selector(".jp-Toolbar-kernelName:has-text('Python 3')", state="attached")  # a narrow toolbar hides it
    page.wait_for_selector(".jp-StatusBar-TextItem:has-text('Python 3 (ipykernel) | Idle')")
    return page


RUN = """() => {
  const run = jupyterapp.commands.execute("notebook:run-all-cells");
  run.catch(() => false).then((well) => { window.ran = {well} });
}"""


def run_all(page) -> None:
    """Run every cell and wait until JupyterLab says that the last has run; the test fails if a cell does."""
    page.evaluate(RUN)
    page.wait_for_function("window.ran", timeout=6000 * PATIENCE)
    red = page.locator("[data-mime-type='application/vnd.jupyter.stderr']:has(.ansi-red-fg)")
    assert not red.count(), red.first.inner_text()
    assert page.evaluate("ran.well")
