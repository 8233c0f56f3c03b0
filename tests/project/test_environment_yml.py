"""environment.yml parses as conda reads it (no channel is needed) and says the same as pyproject.toml."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

rattler = pytest.importorskip("rattler")
ROOT = Path(__file__).parents[2]
ENV = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = [d for d in ENV["dependencies"] if isinstance(d, str)]
PIP = [r for d in ENV["dependencies"] if isinstance(d, dict) for r in d["pip"]]
CONDA_NAME = {"torch": "pytorch", "matplotlib": "matplotlib-base"}  # where it differs from the name on PyPI
CONDA_ONLY = {"python", "pip", "nodejs"}


def test_top_level_keys():
    assert set(ENV) <= {"name", "channels", "dependencies", "variables", "prefix", "platforms"}
    assert isinstance(ENV["name"], str) and ENV["channels"]
    assert not PIP or any(rattler.MatchSpec(d).name.normalized == "pip" for d in CONDA)


@pytest.mark.parametrize("spec", CONDA)
def test_conda_spec(spec):
    assert rattler.MatchSpec(spec, strict=True).name is not None


@pytest.mark.parametrize("requirement", [r for r in PIP if not r.startswith("-")])
def test_pip_requirement(requirement):
    Requirement(requirement)


def test_same_packages_and_bounds_as_pyproject():
    ours = [*PROJECT["dependencies"], *(r for group in PROJECT["optional-dependencies"].values() for r in group)]
    wanted = {CONDA_NAME.get(r.name, r.name): r.specifier for r in map(Requirement, ours)}
    wanted["python"] = SpecifierSet(PROJECT["requires-python"])
    found = {}
    # Names with plain bounds are also valid for pip.
    for spec in map(Requirement, [*CONDA, *(r for r in PIP if not r.startswith("-"))]):
        found[spec.name] = spec.specifier
    assert {k: v for k, v in found.items() if k not in CONDA_ONLY - {"python"}} == wanted
