import os

import pytest
import torch

from s2s_helpers.runtime.checkpoint import CheckpointError, load_state, save_state, write_atomically


def test_any_state_comes_back_equal(tmp_path):
    net = torch.nn.Linear(3, 2)
    adam = torch.optim.Adam(net.parameters(), betas=(0.5, 0.9))
    net(torch.rand(4, 3)).sum().backward()
    adam.step()
    state = {"net": net.state_dict(), "adam": adam.state_dict(), "numbers": [1, 2.5, None, "a/b", True], "empty": {}}
    save_state(tmp_path / "x.safetensors", state)
    back = load_state(tmp_path / "x.safetensors")
    assert back["numbers"] == state["numbers"] and back["empty"] == {}
    assert torch.equal(back["net"]["weight"], net.weight)
    other = torch.optim.Adam(torch.nn.Linear(3, 2).parameters())
    other.load_state_dict(back["adam"])
    assert torch.equal(other.state_dict()["state"][0]["exp_avg"], adam.state_dict()["state"][0]["exp_avg"])
    assert tuple(other.param_groups[0]["betas"]) == (0.5, 0.9)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", b"\x80\x04\x95pickle", b"\xff" * 64])
def test_foreign_files_are_refused(tmp_path, content):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="x.safetensors"):
        load_state(path)


def test_truncated_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "x.safetensors"
    save_state(path, {"a": torch.rand(100)})
    whole = path.read_bytes()
    for n in (7, 60, len(whole) - 1):
        path.write_bytes(whole[:n])
        with pytest.raises(CheckpointError):
            load_state(path)
    with pytest.raises(CheckpointError, match="no such file"):
        load_state(tmp_path / "absent.safetensors")


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "x.safetensors"
    save_state(path, {"a": 1})

    def disk_full(temporary):
        temporary.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(CheckpointError, match="No space left"):
        write_atomically(path, disk_full)
    assert load_state(path) == {"a": 1} and os.listdir(tmp_path) == ["x.safetensors"]
