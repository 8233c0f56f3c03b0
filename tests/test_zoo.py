import hashlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from s2s_helpers import zoo
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.transform import TransformNet
from s2s_helpers.runtime.checkpoint import CheckpointError


@pytest.fixture
def path(tmp_path):
    torch.manual_seed(0)
    card = {"kind": "style", "arguments": {"styles": 2, "base": 4}}
    zoo.save(TransformNet(2, base=4), card, tmp_path / "x.safetensors")
    return tmp_path / "x.safetensors"


@pytest.mark.parametrize("name", zoo.names())
def test_every_shipped_network_loads_and_has_a_whole_card(name):
    net, card = zoo.load(name), zoo.card(name)
    assert not net.training and all(p.isfinite().all() and not p.requires_grad for p in net.parameters())
    training = ("recipe", "seed", "seconds", "machine", "date", "command")
    for key in ("summary", "architecture", "data", "terms", *training, "sha256"):
        assert card[key] not in (None, ""), key
    assert card["parameters"] == sum(p.numel() for p in net.parameters())


def test_saved_and_loaded(path):
    net = zoo.load(str(path))
    assert isinstance(net, TransformNet) and net.c9.conv.weight.dtype == torch.float32
    assert zoo.card(str(path))["bytes"] == path.stat().st_size


def test_each_load_is_a_network_of_its_own(path):
    """What one caller does to it, the next one does not see."""
    first, second = zoo.load(str(path)), zoo.load(str(path))
    first.double().train().c9.conv.weight.zero_()
    assert second.c9.conv.weight.dtype == torch.float32 and not second.training and second.c9.conv.weight.any()
    assert zoo.load(str(path)).c9.conv.weight.equal(second.c9.conv.weight)
    zoo.card(str(path))["arguments"]["styles"] = 7
    assert zoo.card(str(path))["arguments"]["styles"] == 2


def test_files_are_read_once_and_again_when_they_change(path, monkeypatch):
    read, text, data = [], Path.read_text, Path.read_bytes
    monkeypatch.setattr(Path, "read_text", lambda self, **how: read.append(self) or text(self, **how))
    monkeypatch.setattr(Path, "read_bytes", lambda self: read.append(self) or data(self))
    for _ in range(3):
        zoo.load(str(path)), zoo.card(str(path))
    assert sorted(read) == [path.with_suffix(".json"), path]
    zoo.save(TransformNet(3, base=4), {"kind": "style", "arguments": {"styles": 3, "base": 4}}, path)
    assert zoo.load(str(path)).styles == 3


def test_files_with_the_names_of_before_are_read(path):
    """``gain`` and ``shift`` of the norms, ``fine``; the shipped painter has them too."""
    old = {
        key.replace("norm.weight", "norm.gain").replace("norm.bias", "norm.shift"): value.half().contiguous()
        for key, value in zoo.load(str(path)).state_dict().items()
    }
    save_file(old, path.with_name("old.safetensors"))
    digest = hashlib.sha256(path.with_name("old.safetensors").read_bytes()).hexdigest()
    facts = {"kind": "style", "arguments": {"styles": 2, "base": 4, "form": "book", "fine": False}, "sha256": digest}
    zoo.write_card(path.with_name("old.safetensors"), facts)
    x, blend = torch.rand(1, 3, 32, 32), torch.ones(1, 2) / 2
    assert zoo.load(str(path.with_name("old.safetensors")))(x, blend).equal(zoo.load(str(path))(x, blend))
    assert [zoo.weight_today(key) for key in ("fine.bias", "refine.gain", "x.again")] == [
        "full_size_skip.bias",
        "refine.weight",
        "x.again",
    ]


def test_unknown_name():
    with pytest.raises(CheckpointError, match="no network named vgg99; there are"):
        zoo.load("vgg99")


def test_damaged_weights_are_refused(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="hash"):
        zoo.load(str(path))


@pytest.mark.parametrize(
    "change, words",
    [
        ({"kind": "os.system"}, "kind must be"),
        ({"arguments": {"styles": 3, "base": 4}}, "does not fit"),
        ({"arguments": {"nonsense": 1}}, "does not fit"),
    ],
)
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


@pytest.fixture
def arrays(tmp_path, monkeypatch):
    """The first two layers of a VGG-16, and an empty cache."""
    monkeypatch.setattr(zoo, "CACHE", tmp_path / "cache")
    torch.manual_seed(0)
    shapes = {"0.weight": (64, 3, 3, 3), "0.bias": (64,), "2.weight": (64, 64, 3, 3), "2.bias": (64,)}
    return {f"features.{key}": torch.randn(shape) for key, shape in shapes.items()}


def write(arrays, path):
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".npz":
        np.savez(path, **{key: value.numpy() for key, value in arrays.items()})
    else:
        save_file(arrays, path)
    return path


def same(ours, theirs):
    return all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


@pytest.mark.parametrize("name", ["pocket", "pocket_first"])
def test_pocket_as_a_loss_network(name):
    x = torch.rand(1, 3, 32, 32)
    net, average = zoo.loss_network(name), zoo.loss_network(name, pooling="average")
    features, others = net(x, STYLE_LAYERS), average(x, STYLE_LAYERS)
    assert same(net, average) and same(net, zoo.load(name))
    assert torch.equal(features["relu1_2"], others["relu1_2"])
    assert not torch.allclose(features["relu2_2"], others["relu2_2"])
    assert torch.equal(features["relu4_3"], zoo.load(name)(x)["relu4_3"])  # the shared network is as it was


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_vgg_from_a_file(arrays, tmp_path, suffix):
    head = {"pre_logits.fc1.weight": torch.zeros(2)}
    rgb = zoo.loss_network("vgg16", write(arrays | head, tmp_path / f"x_rgb{suffix}"))
    bgr = zoo.loss_network("vgg16", str(write(arrays, tmp_path / f"x_bgr{suffix}")), pooling="average")
    first = arrays["features.0.weight"]
    assert torch.allclose(rgb.convs["relu1_1"].weight[:, 0], first[:, 0] / 0.229)
    assert torch.equal(bgr.convs["relu1_1"].weight[:, 0], first[:, 2] * 255)
    assert rgb.mean.flatten().tolist() == pytest.approx([0.485, 0.456, 0.406])
    assert not rgb.training and rgb.convs["relu1_2"].weight.is_contiguous(memory_format=torch.channels_last)
    assert rgb.pool is not bgr.pool


def test_a_layer_after_the_end_of_the_file(arrays, tmp_path):
    net = zoo.loss_network("vgg16", write(arrays, tmp_path / "short_bgr.npz"))
    has, remedy = "there are relu1_1, relu1_2, where short_bgr.npz ends", r"`s2s download vgg16` \(553 MB\)"
    with pytest.raises(ValueError, match=f"no layer relu4_3; {has}; for the others {remedy}"):
        net(torch.rand(1, 3, 8, 8), ["relu1_1", "relu4_3"])


def test_a_loss_network_that_is_not_here(arrays, tmp_path):
    remedy = r"`s2s download vgg19` \(575 MB\), or give a file with --weights FILE$"
    with pytest.raises(CheckpointError, match=f"^vgg19 is not on this machine; {remedy}"):
        zoo.loss_network("vgg19")
    with pytest.raises(CheckpointError, match=f"absent_rgb.npz: no such file; {remedy}"):
        zoo.loss_network("vgg19", tmp_path / "absent_rgb.npz")
    with pytest.raises(
        CheckpointError, match="no loss network named facade; there are pocket, pocket_first, vgg16, vgg19"
    ):
        zoo.loss_network("facade")
    with pytest.raises(ValueError, match="no pooling named median; there are max, average"):
        zoo.loss_network("pocket", pooling="median")


@pytest.mark.parametrize(
    "name, content, complaint",
    [
        ("x.npz", None, "does not say which input .* name it x_rgb.npz .* or x_bgr.npz"),
        ("x_rgb.pth", b"PK", "not a .safetensors or .npz file"),
        ("x_rgb.npz", b"not a zip file", "damaged"),
        ("x_rgb.npz", b"", "damaged"),
        ("x_rgb.safetensors", b"\xff" * 100, "damaged"),
    ],
)
def test_files_that_are_no_weights(arrays, tmp_path, name, content, complaint):
    path = tmp_path / name
    write(arrays, path) if content is None else path.write_bytes(content)
    with pytest.raises(CheckpointError, match=complaint) as error:
        zoo.loss_network("vgg16", path)
    assert name in str(error.value) and "\n" not in str(error.value)


def test_damaged_and_foreign_arrays(arrays, tmp_path):
    path = write(arrays, tmp_path / "x_rgb.npz")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="damaged"):
        zoo.loss_network("vgg16", path)
    with pytest.raises(CheckpointError, match="not the weights of VGG-16"):
        zoo.loss_network("vgg16", write({"features.0.weight": torch.ones(1)}, tmp_path / "y_rgb.safetensors"))


def test_pickles_are_not_opened(arrays, tmp_path):
    class MakesFolder:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "unpickled"),)

    np.savez(tmp_path / "x_rgb.npz", **{"features.0.weight": np.array([MakesFolder()], dtype=object)})
    with pytest.raises(CheckpointError, match="damaged"):
        zoo.loss_network("vgg16", tmp_path / "x_rgb.npz")
    assert not (tmp_path / "unpickled").exists()


def test_the_downloaded_file_is_found(arrays, monkeypatch):
    """As ``loss_network`` asks for it and ``fetch`` writes it."""
    calls = []
    monkeypatch.setattr(zoo, "download", lambda url, path, sha256: calls.append((url, sha256)) or write(arrays, path))
    assert zoo.fetch("vgg16") == zoo.downloaded("vgg16")
    assert calls == [(zoo.REMOTE["vgg16"].url, zoo.REMOTE["vgg16"].sha256)]
    assert torch.allclose(zoo.loss_network("vgg16").convs["relu1_2"].weight, arrays["features.2.weight"])
    with pytest.raises(CheckpointError, match="nothing named pocket can be downloaded; there are vgg16, vgg19"):
        zoo.fetch("pocket")


def test_what_can_be_downloaded_is_pinned():
    for remote in zoo.REMOTE.values():
        assert re.fullmatch(r"https://[\w./-]+/resolve/[0-9a-f]{40}/model.safetensors", remote.url)
        assert re.fullmatch("[0-9a-f]{64}", remote.sha256)


def test_total_counts_what_a_network_began_with():
    first = {"steps": 5, "seconds": 60}
    second = {"steps": 7, "seconds": 10, "begun with": first}
    assert zoo.total(first, "steps") == 5
    assert zoo.total({"steps": 1, "seconds": 2, "begun with": second}, "steps") == 13
    assert zoo.total(second, "seconds") == 70


def test_an_unknown_network_is_told_with_those_of_its_kind_and_the_one_meant():
    with pytest.raises(CheckpointError) as caught:
        zoo.load("facad", "generator")
    those = "there are cmp_facades, facade, house, photo"
    assert str(caught.value) == f"no network named facad; did you mean facade? {those}"


def test_a_folder_is_no_network_but_may_hold_some(path):
    with pytest.raises(CheckpointError, match="is a folder; say .*x.safetensors"):
        zoo.card(str(path.parent), "style")
    path.with_suffix(".json").unlink()
    with pytest.raises(CheckpointError, match="x.safetensors: has no card; x.json belongs beside it"):
        zoo.card(str(path), "style")
    with pytest.raises(CheckpointError, match="is a folder; no network lies in it"):
        zoo.card(str(path.parent), "style")
