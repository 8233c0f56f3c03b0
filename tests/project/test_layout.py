"""What holds for the repository as a whole: imports run downwards, nothing is unpickled, files stay small."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "s2s_helpers"
MODULES = sorted(PACKAGE.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# What each room, and each module at the top, may use. Two stairs lead up from the networks: inference (zoo, pipeline)
# and training (losses, train, optimize). They meet in ``runs`` and ``cli``.
ROOMS = {
    "runtime": set(),
    "photometry": set(),
    "images": {"photometry", "runtime"},
    "data": {"images", "runtime"},
    "nets": {"data"},
    "zoo": {"nets", "runtime"},
    "losses": {"nets"},
    "metrics": {"data", "nets"},
    "pipeline": {"zoo", "nets", "data", "images", "runtime"},
    "optimize": {"losses", "nets", "images", "runtime"},
    "train": {"losses", "nets", "data", "images", "runtime"},
    "export": {"zoo", "nets", "runtime"},
    "runs": {"pipeline", "optimize", "train", "zoo", "metrics", "losses", "nets", "data", "images", "runtime"},
    "cli": {"runs", "export", "pipeline", "optimize", "train", "zoo", "data", "images", "runtime"},
    "__main__": {"cli"},
    "ui": {"pipeline", "optimize", "train", "zoo", "metrics", "losses", "nets", "data", "images", "runtime", "runs"},
}


def name_of(path: Path) -> str:
    """``s2s_helpers.nets.unet`` for its file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def nodes(path: Path, lazy: bool = True):
    """The syntax of a module, with or without what is inside its functions."""
    todo = [ast.parse(path.read_text(encoding="utf-8"))]
    while todo:
        node = todo.pop()
        yield node
        if lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo += ast.iter_child_nodes(node)


def imports(path: Path, lazy: bool = True) -> set[str]:
    """The absolute names of all that a module imports, at its top and (``lazy``) inside its functions."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    found = set()
    for node in nodes(path, lazy):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names}
    return found


def unit(name: str) -> str | None:
    """The folder or module right below the package: ``nets`` for ``s2s_helpers.nets.unet.UNet``."""
    parts = name.split(".")
    return parts[1] if parts[0] == "s2s_helpers" and len(parts) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_run_downwards(path):
    here = unit(name_of(path))
    for name in imports(path):
        there = unit(name)
        if there in (None, here, "__version__"):
            continue
        assert here is not None, f"the package itself must import nothing of its own, but imports {name}"
        assert there in ROOMS[here], f"{here} must not import {there} ({name})"


def test_importing_the_package_is_cheap():
    code = "import sys, s2s_helpers; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "s2s_helpers" in loaded
    assert not {"torch", "numpy", "matplotlib", "PIL", "skimage", "scipy", "IPython"} & set(loaded)


def test_every_import_is_declared():
    """At the top of a module only what the package needs; inside functions also what the book, exports, films and
    clusters need.
    """
    other = {"PIL": "pillow", "skimage": "scikit-image", "IPython": "ipykernel"}  # where name and package differ
    needed = {Requirement(r).name for r in PROJECT["dependencies"]}
    extras = ("book", "export", "video", "ray")
    book = {Requirement(r).name for extra in extras for r in PROJECT["optional-dependencies"][extra]}
    for path in MODULES:
        for lazy, allowed in ((False, needed), (True, needed | book)):
            tops = {name.split(".")[0] for name in imports(path, lazy)} - sys.stdlib_module_names - {"s2s_helpers"}
            unknown = {top for top in tops if other.get(top, top) not in allowed}
            assert not unknown, f"{name_of(path)} imports {unknown}, which pyproject.toml does not name for this"


READ = "read_tensors_alone"  # torch's reader, which with weights_only makes nothing but tensors


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_unpickled(path):
    libraries = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
    assert not {name.split(".")[0] for name in imports(path)} & libraries
    for node in nodes(path):
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) not in {"torch.load", "torch.save", "torch.jit.load", "torch.hub"}
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            assert ast.unparse(node.value) == "False"
        if isinstance(node, ast.ImportFrom) and node.module == "torch":
            assert not {alias.name for alias in node.names} & {"load", "save", "hub", "jit"}
        if isinstance(node, ast.ImportFrom) and node.module == "torch.serialization":  # the door for others' weights
            assert (name_of(path), [a.asname for a in node.names]) == ("s2s_helpers.runtime.checkpoint", [READ])
        if isinstance(node, ast.Call) and ast.unparse(node.func) == READ:
            assert "weights_only=True" in map(ast.unparse, node.keywords)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def tracked() -> list[Path]:
    """The files of the repository: in git, or new and not ignored."""
    try:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, or no git here")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_pickles_in_the_repository():
    assert not [p for p in tracked() if p.suffix in {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".npy"}]


def test_no_file_names_a_package_registry():
    """A name of a registry or mirror ties the build to one place. Needles are put together here, to stay out of it."""
    needles = ["pypi." + "org", "pythonhosted." + "org", "registry." + "npmjs", "download." + "pytorch"]
    needles += ["conda." + "anaconda", "--index" + "-url http", "--extra-index" + "-url http"]
    needles += ['"resolved"' + ": ", "find-" + "links"]
    wrong = []
    for path in tracked():
        data = path.read_bytes()
        wrong += [f"{path.relative_to(ROOT)}: {needle}" for needle in needles if needle.encode() in data]
    assert not wrong


def test_sizes():
    sizes = {path: path.stat().st_size for path in tracked()}
    weights = [size for path, size in sizes.items() if path.suffix == ".safetensors"]
    notebooks = {path.name: size for path, size in sizes.items() if path.suffix == ".ipynb"}
    assert sum(weights) <= 64 * 2**20
    assert {name: size for name, size in notebooks.items() if size > 1_000_000} == {}
    assert sum(notebooks.values()) <= 14_500_000


def test_constraints_are_exact_and_within_the_ranges():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    exact = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, version = line.split("==")
            assert "+" not in version and "/" not in line and " " not in line, line
            exact[canonicalize_name(name)] = version
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for requirement in map(Requirement, sum(groups, [])):
        version = exact.get(canonicalize_name(requirement.name))
        assert version, f"constraints.txt lacks {requirement.name}"
        assert requirement.specifier.contains(version), f"{requirement} but {version} in constraints.txt"
    assert not [name for name in exact if name.startswith(("nvidia-", "cuda-", "triton"))]


def test_no_room_uses_one_that_uses_it():
    """``ROOMS`` is a ladder: each room can be taken away when all that use it are."""
    left = {room: set(below) for room, below in ROOMS.items()}
    while left:
        bottom = {room for room, below in left.items() if not below & left.keys()}
        assert bottom, left
        left = {room: below for room, below in left.items() if room not in bottom}


def ladder(text: str) -> list[set[str]]:
    """The floors that a page draws, from the top: the rooms of each."""
    lines = text.split("```text\n")[1].split("```")[0].splitlines()
    return [set(re.split(r"\s{2,}", line)[0].split(", ")) for line in lines]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "book/api.md"])
def test_the_ladder_is_drawn_as_it_is(page):
    floors = ladder((ROOT / page).read_text(encoding="utf-8"))
    assert set().union(*floors) == ROOMS.keys() - {"__main__"}
    for height, rooms in enumerate(floors):
        below = set().union(*floors[height + 1 :])
        assert all(ROOMS[room] <= below for room in rooms)


def test_inference_and_training_do_not_use_each_other():
    inference, training = {"pipeline", "export", "zoo"}, {"train", "optimize", "losses"}
    assert not [(a, b) for a in inference for b in training if b in ROOMS[a] or a in ROOMS[b]]


def test_few_modules_stand_at_the_top():
    assert len(list(PACKAGE.glob("*.py"))) <= 7
