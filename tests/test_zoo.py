import json

import pytest
import torch

from s2s_helpers import zoo
from s2s_helpers.checkpoint import CheckpointError
from s2s_helpers.nets.transform import TransformNet


@pytest.fixture
def path(tmp_path):
    torch.manual_seed(0)
    zoo.save(TransformNet(2, base=4), {"kind": "style", "arguments": {"styles": 2, "base": 4}}, tmp_path / "x.safetensors")
    return tmp_path / "x.safetensors"


@pytest.mark.parametrize("name", zoo.names())
def test_every_shipped_network_loads_and_has_a_whole_card(name):
    net, card = zoo.load(name), zoo.card(name)
    assert not net.training and all(p.isfinite().all() and not p.requires_grad for p in net.parameters())
    for key in ("summary", "architecture", "data", "terms", "recipe", "seed", "seconds", "machine", "date", "command", "sha256"):
        assert card[key] not in (None, ""), key
    assert card["parameters"] == sum(p.numel() for p in net.parameters())


def test_saved_and_loaded(path):
    net = zoo.load(str(path))
    assert isinstance(net, TransformNet) and net.c9.conv.weight.dtype == torch.float32
    assert zoo.card(str(path))["bytes"] == path.stat().st_size


def test_unknown_name():
    with pytest.raises(CheckpointError, match="no network named vgg99; there are"):
        zoo.load("vgg99")


def test_damaged_weights_are_refused(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="hash"):
        zoo.load(str(path))


@pytest.mark.parametrize("change, words", [
    ({"kind": "os.system"}, "kind must be"),
    ({"arguments": {"styles": 3, "base": 4}}, "does not fit"),
    ({"arguments": {"nonsense": 1}}, "does not fit"),
])
def test_card_that_does_not_fit_is_refused(path, change, words):
    card = path.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text()) | change))
    with pytest.raises(CheckpointError, match=words):
        zoo.load(str(path))


def test_broken_card_is_refused(path):
    path.with_suffix(".json").write_text("{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        zoo.load(str(path))


def test_weights_that_are_not_finite_are_not_written(tmp_path):
    net = TransformNet(2, base=4)
    net.last.weight.data[0] = 1e6  # infinite in float16
    with pytest.raises(CheckpointError, match="last.weight is not finite"):
        zoo.save(net, {"kind": "style", "arguments": {}}, tmp_path / "x.safetensors")
    assert not list(tmp_path.iterdir())
