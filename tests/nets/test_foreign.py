"""Networks of others answer here as they did there: each is computed by hand from its weights, under its own names."""

import os

import pytest
import torch
from torch.nn.functional import conv2d, conv_transpose2d, instance_norm, interpolate, leaky_relu, pad, relu

from s2s_helpers import zoo
from s2s_helpers.cli import main
from s2s_helpers.images import load_picture, save_picture
from s2s_helpers.nets.foreign import in_our_names
from s2s_helpers.pipeline import apply
from s2s_helpers.runtime.checkpoint import CheckpointError

WIDTHS = [4, 8, 16, 16]  # of a U-Net of depth 4, widest from the third layer on


def block_name(i):
    return "model.model" + ".1.model" * (i > 0) + ".3.model" * (i - 1)


def unet(norm):
    """Weights as pytorch-CycleGAN-and-pix2pix names them."""
    torch.manual_seed(0)
    state, last = {}, len(WIDTHS) - 1

    def conv(name, shape, bias):
        state[f"{name}.weight"] = torch.randn(shape) * 0.2
        if bias:
            state[f"{name}.bias"] = torch.randn(shape[0] if name.endswith((".1", ".0")) else shape[1]) * 0.2

    def batch_norm(name, width):
        if norm == "batch":
            state[f"{name}.weight"], state[f"{name}.bias"] = 1 + 0.2 * torch.randn(width), 0.2 * torch.randn(width)
            state[f"{name}.running_mean"] = torch.randn(width) * 0.2
            state[f"{name}.running_var"] = 1 + torch.rand(width)
            state[f"{name}.num_batches_tracked"] = torch.tensor(100_000)

    for i, width in enumerate(WIDTHS):
        name, above = block_name(i), ([3] + WIDTHS)[i]
        down, up = (0, 3) if i == 0 else (1, 3) if i == last else (1, 5)
        conv(f"{name}.{down}", (width, above, 4, 4), norm == "instance")
        conv(f"{name}.{up}", (width if i == last else 2 * width, above, 4, 4), i == 0 or norm == "instance")
        if 0 < i < last:
            batch_norm(f"{name}.2", width)
        if i:
            batch_norm(f"{name}.{up + 1}", above)
    return state


def answer_of_unet(state, x, i=0):
    name, last = block_name(i), len(WIDTHS) - 1

    def get(key):
        return state.get(f"{name}.{key}")

    def normed(y, n):
        if get(f"{n}.running_mean") is None:
            return instance_norm(y)
        mean, variance = get(f"{n}.running_mean"), get(f"{n}.running_var")
        return torch.nn.functional.batch_norm(y, mean, variance, get(f"{n}.weight"), get(f"{n}.bias"))

    down, up = (0, 3) if i == 0 else (1, 3) if i == last else (1, 5)
    y = conv2d(x if i == 0 else leaky_relu(x, 0.2), get(f"{down}.weight"), get(f"{down}.bias"), 2, 1)
    y = normed(y, 2) if 0 < i < last else y
    y = y if i == last else answer_of_unet(state, y, i + 1)
    y = conv_transpose2d(relu(y), get(f"{up}.weight"), get(f"{up}.bias"), 2, 1)
    return torch.tanh(y) if i == 0 else torch.cat([x, normed(y, up + 1)], dim=1)


def johnson(base=4):
    """Weights as pytorch/examples names them."""
    torch.manual_seed(1)
    a, b, c = base, 2 * base, 4 * base
    convs = {"conv1": (a, 3, 9), "conv2": (b, a, 3), "conv3": (c, b, 3)}
    convs |= {"deconv1": (b, c, 3), "deconv2": (a, b, 3), "deconv3": (3, a, 9)}
    norms = {"in1": a, "in2": b, "in3": c, "in4": b, "in5": a}
    for i in range(1, 6):
        convs |= {f"res{i}.conv{n}": (c, c, 3) for n in (1, 2)}
        norms |= {f"res{i}.in{n}": c for n in (1, 2)}
    state = {f"{name}.conv2d.weight": torch.randn(o, n, k, k) / k for name, (o, n, k) in convs.items()}
    state |= {f"{name}.conv2d.bias": torch.randn(shape[0]) for name, shape in convs.items()}
    state |= {f"{name}.weight": 1 + 0.2 * torch.randn(n) for name, n in norms.items()}
    state |= {f"{name}.bias": 0.2 * torch.randn(n) for name, n in norms.items()}
    state["deconv3.conv2d.weight"] *= 20  # pixels up to 255
    state["deconv3.conv2d.bias"] += 127
    return state | {"in1.running_mean": torch.zeros(a)}  # as files from before 2018 have it


def answer_of_johnson(state, x):
    def conv(name, y, stride=1, size=3):
        y = pad(y, (size // 2,) * 4, mode="reflect")
        return conv2d(y, state[f"{name}.conv2d.weight"], state[f"{name}.conv2d.bias"], stride)

    def normed(name, y):
        return instance_norm(y, weight=state[f"{name}.weight"], bias=state[f"{name}.bias"])

    y = relu(normed("in1", conv("conv1", 255 * x, size=9)))
    y = relu(normed("in2", conv("conv2", y, 2)))
    y = relu(normed("in3", conv("conv3", y, 2)))
    for i in range(1, 6):
        inner = relu(normed(f"res{i}.in1", conv(f"res{i}.conv1", y)))
        y = y + normed(f"res{i}.in2", conv(f"res{i}.conv2", inner))
    for name, norm in (("deconv1", "in4"), ("deconv2", "in5")):
        y = relu(normed(norm, conv(name, interpolate(y, scale_factor=2.0))))
    return (conv("deconv3", y, size=9) / 255).clamp(0, 1)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch, *words):
    monkeypatch.setattr("sys.argv", ["s2s", *map(str, words)])
    with pytest.raises(SystemExit) as exit:
        main.main()
    return exit.value.code


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_a_generator_of_pix2pix(place, norm, prefix):
    state = unet(norm)
    torch.save({prefix + key: value for key, value in state.items()}, "latest_net_G.pth")
    zoo.import_weights(place / "latest_net_G.pth", place / "mine.safetensors")
    x = torch.rand(1, 3, 32, 48)
    net = zoo.load("mine.safetensors", "generator")
    assert (net.multiple, zoo.card("mine.safetensors")["arguments"]["norm"]) == (16, norm)
    expected = (answer_of_unet(state, 2 * x - 1) + 1) / 2
    assert expected.std() > 0.05 and 255 * (apply(net, x) - expected).abs().max() < 2  # stored in 16 bits


@pytest.mark.parametrize("strip", [None, 16])
def test_a_network_of_pytorch_examples(place, strip):
    state = johnson()
    torch.save({"state_dict": state}, "mosaic.model")
    zoo.import_weights(place / "mosaic.model", place / "mine.safetensors")
    x = torch.rand(1, 3, 48, 32)
    net, expected = zoo.load("mine.safetensors", "style"), answer_of_johnson(state, x)
    made = apply(net, x, torch.ones(1, 1), strip=strip)
    assert expected.std() > 0.05 and 255 * (made - expected).abs().max() < 3
    assert zoo.card("mine.safetensors")["styles"] == ["mosaic"]


def test_the_command_and_what_comes_next(place, monkeypatch, capsys):
    torch.save(johnson(), "my style.pth")
    save_picture(torch.rand(1, 3, 20, 30), place / "photo.png")
    assert run(monkeypatch, "import", "my style.pth") == 0
    out, err = capsys.readouterr()
    assert out == "my style.safetensors\n" and "--painter 'my style.safetensors' --style 'my style'" in err
    assert run(monkeypatch, "stylize", "photo.png", "--painter", "my style.safetensors") == 0
    assert load_picture(place / "out" / "photo_my style.png").shape == (1, 3, 20, 30)
    capsys.readouterr()
    (place / "my style.safetensors").write_bytes(b"mine")
    assert run(monkeypatch, "import", "my style.pth") == 1 and "--overwrite replaces it" in capsys.readouterr().err
    assert (place / "my style.safetensors").read_bytes() == b"mine"
    assert run(monkeypatch, "import", "my style.pth", "--overwrite") == 0 and zoo.load("my style.safetensors")


class MakesFolder:
    def __reduce__(self):
        return os.mkdir, ("unpickled",)


WRONG = {
    "a pickle": ({"model.model.0.weight": MakesFolder()}, "holds more than tensors"),
    "a whole network": (torch.nn.Conv2d(3, 4, 3), "holds more than tensors"),
    "a list": ([torch.zeros(1)], "not tensors by name"),
    "another network": ({"features.0.weight": torch.zeros(1)}, "not a network that is known"),
    "a part": ({"deconv3.conv2d.weight": torch.zeros(3, 4, 9, 9)}, "is missing"),
    "gray pictures": (unet("batch") | {"model.model.0.weight": torch.zeros(4, 1, 4, 4)}, "down.0.conv.weight"),
    "not finite": (unet("batch") | {"model.model.3.bias": torch.full((3,), torch.nan)}, "not finite"),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_files_are_refused_in_one_line_and_nothing_is_executed(place, name):
    content, told = WRONG[name]
    torch.save(content, "x.pth")
    with pytest.raises(CheckpointError, match=told) as caught:
        zoo.import_weights(place / "x.pth", place / "y.safetensors")
    assert len(str(caught.value).splitlines()) == 1 and "x.pth" in str(caught.value)
    assert not (place / "unpickled").exists() and not (place / "y.safetensors").exists()


def test_missing_and_damaged_files_and_other_names(place, monkeypatch, capsys):
    (place / "x.pth").write_bytes(b"PK nonsense")
    for words, told in (
        (("x.pth",), "x.pth: damaged"),
        (("absent.pth",), "absent.pth: no such file"),
        (("x.pth", "--out", "y.pt"), "ends in .safetensors"),
    ):
        assert run(monkeypatch, "import", *words) == 1
        err = capsys.readouterr().err
        assert told in err and len(err.splitlines()) == 1


def test_every_weight_is_used():
    """But biases before a norm, which do nothing, and what is left of old norms."""
    for state in (unet("batch"), johnson()):
        before = sum(value.numel() for value in state.values())
        after = sum(value.numel() for value in in_our_names(state)[2].values())
        idle = sum(v.numel() for k, v in state.items() if k.endswith("conv2d.bias") and "deconv3" not in k)
        added = 4 + 16 if "model.model.0.weight" in state else 0  # biases of the first and the innermost
        assert after == before - idle + added - (4 if idle else 0)
