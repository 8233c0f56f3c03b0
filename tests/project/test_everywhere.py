"""The files of other places, Binder, dev container and pre-commit, are well formed and agree with pyproject.toml."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()


def read_yaml(name: str):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def extras(command: str) -> set[str]:
    """The extras that a command installs of this package: ``-e '.[book,test]'``."""
    return {name for group in re.findall(r"\.\[([\w,]+)\]", command) for name in group.split(",")}


def test_binder_has_a_python_and_a_torch_that_the_package_takes():
    environment = read_yaml(".binder/environment.yml")
    assert environment["name"] and environment["channels"]
    lines = [re.sub(r"(?<![<>=])=(?!=)", "==", line) for line in environment["dependencies"]]  # as pip writes it
    found = {r.name: r.specifier for r in map(Requirement, lines)}
    assert set(found) == {"python", "pytorch", "torchvision", "pip"}
    (python,) = found["python"]
    assert python.operator == "==" and SpecifierSet(PROJECT["requires-python"]).contains(python.version)
    needed = {r.name: r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    assert (found["pytorch"], found["torchvision"]) == (needed["torch"], needed["torchvision"])


def test_binder_installs_the_package_with_what_notebooks_need():
    path = ROOT / ".binder/postBuild"
    text = path.read_text(encoding="utf-8")
    assert text.startswith("#!/bin/sh\n") and "\r" not in text
    assert extras(text) == {"book"} <= set(PROJECT["optional-dependencies"])
    if sys.platform != "win32":
        assert os.access(path, os.X_OK)
        subprocess.run(["sh", "-n", path], check=True)


def test_the_dev_container_has_a_python_that_the_package_takes_and_runs_make():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    name, version = container["image"].split(":")
    assert name == "python" and SpecifierSet(PROJECT["requires-python"]).contains(version)
    verb, *targets = container["postCreateCommand"].split()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert verb == "make" and all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    assert extras(makefile) == {"book", "export", "test", "dev"} <= set(PROJECT["optional-dependencies"])


def test_pre_commit_checks_with_the_ruff_of_the_constraints():
    hooks = {hook["id"]: hook for repo in read_yaml(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]}
    assert set(hooks["ruff"]["additional_dependencies"]) <= set(CONSTRAINTS)
    for word in hooks["layout"]["entry"].split():
        assert not word.startswith("tests/") or (ROOT / word).is_file()


def test_pre_commit_takes_the_file():
    pytest.importorskip("pre_commit", reason="pip install pre-commit")
    command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    subprocess.run(command, cwd=ROOT, check=True)


@pytest.mark.parametrize(("address", "shown"), [("", False), ("https://example.com/book", True)])
def test_there_are_launch_buttons_once_the_book_has_an_address(address, shown):
    """Its one place is `repository: url` of _config.yml."""
    s2s_site = pytest.importorskip("s2s_site", reason="pip install sphinx")
    options = {"repository_url": address, "launch_buttons": read_yaml("_config.yml")["launch_buttons"]}
    s2s_site._settings(None, SimpleNamespace(html_theme_options=options))
    assert ("launch_buttons" in options) == shown
