"""HED from the arrays of a file: five maps of edges, enlarged and joined, by the definition of Xie and Tu."""

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d, interpolate

from s2s_helpers import zoo
from s2s_helpers.nets.hed import MEAN, SIDES, hed_from_arrays
from s2s_helpers.nets.vgg import CONVS, WIDTHS
from s2s_helpers.runtime.checkpoint import CheckpointError


@pytest.fixture(scope="module")
def arrays():
    torch.manual_seed(0)
    found, number, channels = {}, 0, 3
    for width, n in zip(WIDTHS, CONVS[16], strict=True):
        for _ in range(n):
            found[f"features.{number}.weight"] = torch.randn(width, channels, 3, 3) * (2 / (9 * channels)) ** 0.5
            found[f"features.{number}.bias"] = torch.zeros(width)
            number, channels = number + 2, width
        number += 1
    for i, width in enumerate(WIDTHS, 1):
        found |= {
            f"side.{i}.weight": torch.randn(1, width, 1, 1) / (50 * width),
            f"side.{i}.bias": torch.ones(1) * i / 9,
        }
    return found | {"fuse.weight": torch.randn(1, 5, 1, 1), "fuse.bias": torch.zeros(1)}


def test_five_maps_are_joined(arrays):
    net, x = hed_from_arrays(arrays), torch.rand(2, 3, 48, 32)
    sides = [
        interpolate(conv2d(f, arrays[f"side.{i}.weight"], arrays[f"side.{i}.bias"]), (48, 32), mode="bilinear")
        for i, f in enumerate(net.vgg(x, SIDES).values(), 1)
    ]
    expected = conv2d(torch.cat(sides, 1), arrays["fuse.weight"], arrays["fuse.bias"]).sigmoid()
    assert net(x).shape == (2, 1, 48, 32) and torch.allclose(net(x), expected, atol=1e-6)
    bgr = 255 * (x - torch.tensor(MEAN).view(1, 3, 1, 1)).flip(1)
    first = conv2d(bgr, arrays["features.0.weight"], arrays["features.0.bias"], padding=1).relu()
    assert torch.allclose(net.vgg(x, ["relu1_1"])["relu1_1"], first, rtol=1e-3, atol=1e-2)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda a: {k: v for k, v in a.items() if k != "side.3.bias"}, "side.3 is missing"),
        (lambda a: a | {"fuse.weight": torch.ones(1, 4, 1, 1)}, "fuse is missing or has another shape"),
        (lambda a: {k: v for k, v in a.items() if not k.startswith("features.28")}, "end at relu5_2"),
    ],
)
def test_other_weights_are_refused(arrays, tmp_path, wrong, told):
    with pytest.raises(ValueError, match=told):
        hed_from_arrays(wrong(arrays))
    np.savez(tmp_path / "hed.npz", **{k: v.numpy() for k, v in wrong(arrays).items()})
    with pytest.raises(CheckpointError, match=told):
        zoo.hed(tmp_path / "hed.npz")


def test_files(arrays, tmp_path):
    np.savez(tmp_path / "hed.npz", **{k: v.numpy().astype(np.float16) for k, v in arrays.items()})
    assert zoo.hed(tmp_path / "hed.npz")(torch.rand(1, 3, 16, 16)).shape == (1, 1, 16, 16)
    for name, told in (("none.npz", "no such file"), ("hed.pth", "not a .safetensors or .npz file")):
        (tmp_path / "hed.pth").touch()
        with pytest.raises(CheckpointError, match=told):
            zoo.hed(tmp_path / name)
