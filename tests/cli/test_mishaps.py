"""What goes wrong outside of the program: full disks, closed folders, poisoned files, two runs in one place.

Nothing is lost, and one line says what to do. Of runs that are killed: ``train/test_killed``, ``pipeline/test_jobs``.
"""

import io
import json
import os
import pickle
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from filelock import FileLock
from safetensors.torch import save_file

from s2s_helpers import zoo
from s2s_helpers.images import PictureError, save_picture
from s2s_helpers.nets.transform import TransformNet
from s2s_helpers.runtime.checkpoint import CheckpointError, load_state, save_state
from s2s_helpers.train.loop import CHECKPOINT, LOG, fit
from s2s_helpers.train.training import Training

ROOT = Path(__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="limits and owners of files are a matter of POSIX")


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file grows beyond ``size`` bytes, as on a disk that is full."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def closed_folder() -> Iterator[Path]:
    """A folder in which this process may read, but not write."""
    with tempfile.TemporaryDirectory() as above:
        folder = Path(above) / "closed"
        folder.mkdir(mode=0o555)
        Path(above).chmod(0o755)
        root = os.geteuid() == 0  # who may write everywhere
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)


class Linear(Training):
    """A linear network; after the step ``spoil_after`` its weights are NaN, though its loss was sound."""

    def __init__(self, steps: int, spoil_after: int | None = None):
        super().__init__(SimpleNamespace(steps=steps), 0)
        self.net = self.stateful["net"] = torch.nn.Linear(50, 50)
        self.spoil_after = spoil_after

    @property
    def result(self) -> torch.nn.Module:
        return self.net

    def step(self, k: int) -> dict[str, float]:
        if k == self.spoil_after:
            self.net.weight.data[3, 4] = torch.nan
        return {"loss": 1.0}


def assert_one_line(error: Exception, *words: str) -> None:
    assert len(str(error).splitlines()) == 1
    for word in words:
        assert word in str(error)


@posix
def test_a_full_disk_keeps_what_was_there(tmp_path):
    fit(Linear(5), tmp_path / "run")
    save_picture(torch.rand(1, 3, 8, 8), tmp_path / "x.png")
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    with room(4_000):
        with pytest.raises(CheckpointError) as caught:
            fit(Linear(9), tmp_path / "run", resume=True)
        assert_one_line(caught.value, CHECKPOINT, "cannot be written", "free some space")
        with pytest.raises(PictureError) as told:
            save_picture(torch.rand(1, 3, 64, 64), tmp_path / "x.png")
        assert_one_line(told.value, "x.png", "cannot be written")
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == before
    assert fit(Linear(9), tmp_path / "run", resume=True).step == 9  # with room again it goes on


@posix
def test_a_closed_folder_is_told_before_the_work_begins():
    untouched = Linear(5)
    untouched.step = lambda k: pytest.fail("it trained")
    with closed_folder() as folder:
        for place in (folder, folder / "new"):
            with pytest.raises(CheckpointError) as caught:
                fit(untouched, place)
            assert_one_line(caught.value, str(place), "cannot be written", "choose another folder")
        with pytest.raises(PictureError, match="cannot be written"):
            save_picture(torch.rand(1, 3, 8, 8), folder / "x.png")


def test_two_trainings_in_one_folder(tmp_path):
    """The second is refused at once; the first is not disturbed. What a killed one left half written is removed."""
    (tmp_path / f".{CHECKPOINT}.1-2.part").write_bytes(b"half")

    def second(k: int) -> dict[str, float]:
        for resume in (False, True):
            with pytest.raises(CheckpointError) as caught:
                fit(Linear(5), tmp_path, resume=resume)
            assert_one_line(caught.value, "another run is at work here")
        return {"loss": 1.0}

    first = Linear(2)
    first.step = second
    fit(first, tmp_path)
    assert load_state(tmp_path / CHECKPOINT)["progress"]["step"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [CHECKPOINT, LOG]
    with FileLock(tmp_path / ".lock"), pytest.raises(CheckpointError, match="another run"):
        fit(Linear(5), tmp_path, resume=True)


def test_weights_that_are_not_finite_do_not_replace_the_last_good_checkpoint(tmp_path):
    fit(Linear(3), tmp_path)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(FloatingPointError) as caught:
        fit(Linear(6, spoil_after=5), tmp_path, resume=True)
    assert_one_line(caught.value, "after step 6", "net/weight is not finite", "is kept")
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_checkpoint_with_nan_is_refused(tmp_path):
    save_state(tmp_path / "x.safetensors", {"a": torch.tensor([1.0, 7.25])})
    data = (tmp_path / "x.safetensors").read_bytes()
    number = torch.tensor(7.25).numpy().tobytes()
    (tmp_path / "x.safetensors").write_bytes(data.replace(number, torch.tensor(torch.nan).numpy().tobytes()))
    with pytest.raises(CheckpointError, match="/a is not finite"):
        load_state(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    "state", [[1, 2], {"progress": {}}, {"progress": {"step": "many"}, "state": {}}, {"progress": 3, "state": {}}]
)
def test_a_checkpoint_of_something_else_is_no_training(tmp_path, state):
    save_state(tmp_path / CHECKPOINT, state)
    with pytest.raises(CheckpointError, match="not the checkpoint of a training"):
        fit(Linear(5), tmp_path, resume=True)


class MakesFolder:
    """What runs when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["x_rgb.safetensors", "x_rgb.npz", "x_rgb.pth"])
@pytest.mark.parametrize("form", ["pickle", "torch"])
def test_pickles_are_not_opened_whatever_they_are_called(tmp_path, name, form):
    path, file = tmp_path / name, io.BytesIO()
    (torch.save if form == "torch" else pickle.dump)({"features.0.weight": MakesFolder(tmp_path / "unpickled")}, file)
    path.write_bytes(file.getvalue())
    path.with_suffix(".json").write_text(
        json.dumps({"kind": "style", "arguments": {}, "sha256": sha256(file.getvalue()).hexdigest()})
    )
    for read in (load_state, lambda path: zoo.loss_network("vgg16", path), lambda path: zoo.load(str(path))):
        with pytest.raises(CheckpointError) as caught:
            read(path)
        assert_one_line(caught.value, "x_rgb")
    assert not (tmp_path / "unpickled").exists()


@pytest.mark.parametrize("arguments, told", [
    ({"styles": 2, "base": 10**9}, "1e.09 is more than"),
    ({"styles": 2, "base": 1024}, "is .*, not"),
    ({"styles": 2, "base": 4}, "is not finite"),
])  # fmt: skip
def test_cards_of_large_networks_and_weights_with_nan_are_refused(tmp_path, arguments, told):
    """Those of 1024 channels would fill gigabytes: the shapes are compared before."""
    state = TransformNet(2, base=4).state_dict()
    state["last.weight"][0] = torch.nan
    path = tmp_path / "x.safetensors"
    save_file(state, path)
    card = {"kind": "style", "arguments": arguments, "sha256": sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(card))
    with pytest.raises(CheckpointError, match=f"does not fit its card .*{told}"):
        zoo.load(str(path))


def test_servers_listen_on_this_machine_only():
    """Every command that we tell or run, wherever it stands."""
    texts = [ROOT / "Makefile", *ROOT.glob("*.md"), *(ROOT / "book").glob("*.md"), *(ROOT / "book").glob("[0-9]*.py")]
    lines = [line for path in texts for line in path.read_text(encoding="utf-8").splitlines()]
    servers = [line for line in lines if re.search(r"-m http\.server|jupyter[- ]lab --", line)]
    assert len(servers) >= 3
    assert not [line for line in servers if "127.0.0.1" not in line]
