"""Settings that must stand before torch is imported, here and in the kernels of the chapters; the site, built once."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("S2S_FAST", "1")

ROOT = Path(__file__).parents[1]
OUT = ROOT / "_build" / "test"


FIRST = ("test_site.py", "test_lab.py")  # the one that waits for the site, and beside it a long one that needs none


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of several workers one builds the site, and the others do not wait for it."""
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))


@pytest.fixture(scope="session")
def site(testrun_uid) -> Path:
    """The folder of the built site; the first process that asks for it builds it, strictly, for the whole test run."""
    OUT.mkdir(parents=True, exist_ok=True)
    built = OUT / "built for"
    with FileLock(OUT / "lock"):
        if not built.is_file() or built.read_text() != testrun_uid:
            build()
            built.write_text(testrun_uid)
    return OUT / "_build" / "html"


def build() -> None:
    assert (ROOT / "book/_vendor/vendor").is_dir(), "run `make vendor` (python tools/vendor.py) first"
    shutil.rmtree(OUT / "_build", ignore_errors=True)
    program = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()"]
    command = [*program, "build", ".", "-W", "-n", "--keep-going", "--path-output", str(OUT)]
    env = {**os.environ, "S2S_EXECUTE": "0", "PYTHONUTF8": "1", "NO_COLOR": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8"}
    run = subprocess.run(command, cwd=ROOT, env=env, **pipes)
    if run.returncode:
        lines = run.stdout.splitlines()
        told = [line for line in lines if re.search("WARNING|ERROR", line)] or lines[-20:]
        pytest.fail("\n".join(told), pytrace=False)
