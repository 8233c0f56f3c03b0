"""ONNX and PyTorch say the same; the graphs of the page try_it fit the weights that lie beside them."""

import functools
import shutil
from pathlib import Path

import command
import pytest
import torch
from any_painting import any_style_file
from hinted import hinted_generator

onnx = pytest.importorskip("onnx", reason="pip install onnx onnxscript onnxruntime")
pytest.importorskip("onnxscript", reason="pip install onnx onnxscript onnxruntime")
ort = pytest.importorskip("onnxruntime", reason="pip install onnx onnxscript onnxruntime")
from s2s_helpers import export, zoo  # noqa: E402
from s2s_helpers.data.facades import FacadeWorld  # noqa: E402
from s2s_helpers.images import load_picture, pad_to_multiple  # noqa: E402
from s2s_helpers.nets.transform import TransformNet  # noqa: E402
from s2s_helpers.nets.unet import UNet  # noqa: E402
from s2s_helpers.pipeline import apply  # noqa: E402
from s2s_helpers.runtime.checkpoint import CheckpointError  # noqa: E402

ROOT = Path(__file__).parents[1]
READER = "_reader"  # ends the names of graphs that read paintings, and have the weights of another
GRAPHS = sorted(path for path in (ROOT / "web" / "models").glob("*.onnx") if not path.stem.endswith(READER))
DRAWINGS = ["drawings/house.png", "drawings/townhouse.png", "drawings/boat.png"]  # 256x256, 300x451, and what it is
pytestmark = pytest.mark.no_cover  # torch traces networks in Python, which takes twice as long where lines are counted
each_graph = pytest.mark.parametrize("path", GRAPHS, ids=lambda path: path.stem)


def largest_difference(model: Path, net: torch.nn.Module, *inputs: torch.Tensor) -> float:
    """Between ONNX Runtime's answer and the network's, in steps of 1/255."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    feed = {entry.name: x.numpy() for entry, x in zip(session.get_inputs(), inputs, strict=True)}
    made = torch.from_numpy(session.run([export.OUTPUT], feed)[0])
    expected = net(*inputs)
    assert made.shape == expected.shape and expected.std() > 0.01
    return 255 * (made - expected).abs().max().item()


@pytest.fixture(scope="module")
def whole(folder):
    """``whole("painter")`` is the file that stands alone, of that network of ``folder``. Each is traced once."""

    @functools.cache
    def made(name: str) -> Path:
        path = folder / f"{name}_whole.onnx"
        export.write(export.whole(str(folder / f"{name}.safetensors")), path)
        return path

    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Small untrained networks of the kinds that are shipped."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("networks")
    arguments = {"base": 4, "cap": 8, "depth": 3, "norm": "instance", "upsampling": "resize", "full_size_skip": True}
    zoo.save(UNet(**arguments), {"kind": "generator", "arguments": arguments}, folder / "small.safetensors")
    hinted_generator(folder / "hinted.safetensors")
    net = TransformNet(3, 4, full_size_skip=True)
    for value in net.parameters():
        value.data += 0.1 * torch.randn_like(value)  # the styles differ, and what begins at zero does something
    facts = {"kind": "style", "styles": ["a", "b", "c"], "arguments": {"styles": 3, "base": 4, "full_size_skip": True}}
    zoo.save(net, facts, folder / "painter.safetensors")
    return folder


def test_a_graph_beside_its_weights_answers_like_the_network_at_any_size(folder):
    weights = folder / "small.safetensors"
    model = export.graph(str(weights))
    export.write(model, folder / "small.onnx")
    assert b"site-packages" not in model.SerializeToString() and str(ROOT).encode() not in model.SerializeToString()
    for size in ((8, 8), (64, 64), (40, 200)):
        assert largest_difference(folder / "small.onnx", zoo.load(str(weights)), torch.rand(1, 3, *size)) < 0.1


def some_hints(*size: int) -> torch.Tensor:
    where = (torch.rand(1, 1, *size) < 0.3).float()
    return torch.cat([torch.rand(1, 3, *size) * where, where], dim=1)


def test_color_hints_are_an_input(folder):
    weights = folder / "hinted.safetensors"
    export.write(export.graph(str(weights)), folder / "hinted.onnx")
    net = zoo.load(str(weights))
    for size in ((8, 8), (64, 64), (40, 200)):
        sketch, hints = torch.rand(1, 3, *size), some_hints(*size)
        assert largest_difference(folder / "hinted.onnx", net, sketch, hints) < 0.1
        assert largest_difference(folder / "hinted.onnx", net, sketch, 0 * hints) < 0.1
        assert (net(sketch, hints) - net(sketch)).abs().max() > 0.1


def test_the_weights_of_an_adjustable_network_are_an_input(folder):
    arguments = {"styles": 3, "base": 4, "full_size_skip": True, "adjustable": True}
    net = TransformNet(**arguments)
    for value in net.parameters():
        value.data += 0.1 * torch.randn_like(value)
    weights = folder / "adjustable.safetensors"
    zoo.save(net, {"kind": "style", "styles": ["a", "b", "c"], "arguments": arguments}, weights)
    export.write(export.graph(str(weights)), folder / "adjustable.onnx")
    net, x, style = zoo.load(str(weights)), torch.rand(1, 3, 40, 52), torch.tensor([[0.2, 0.0, 0.8]])
    asked = [torch.tensor([row]) for row in ([1.0, 1.0, 0.5], [1.0, 7.0, 0.1], [2.0, 0.01, 40.0])]
    for each in asked:
        assert largest_difference(folder / "adjustable.onnx", net, x, style, each) < 0.1
    made = [net(x, style, each) for each in asked]
    assert (made[0] - made[1]).abs().max() > 0.01


def test_what_cannot_be_exported_is_told():
    with pytest.raises(CheckpointError, match="no network named absent"):
        export.graph("absent")
    with pytest.raises(CheckpointError, match="segmenter is a segmentation network"):
        export.graph("segmenter")


def test_missing_packages_are_named(monkeypatch):
    monkeypatch.setattr(export, "find_spec", lambda package: None if package == "onnxscript" else object())
    with pytest.raises(CheckpointError, match="pip install onnxscript$"):
        export.graph("facade")


def test_the_page_has_its_networks():
    assert {path.stem for path in GRAPHS} == {"house", "facade", "photo", "cmp_facades", "adjustable", "any_style"}
    sizes = {p.stem: p.stat().st_size + zoo.card(p.stem)["bytes"] for p in GRAPHS}
    assert sum(sizes.values()) < 46e6
    assert sizes["facade"] + sizes["adjustable"] < 15e6  # those of the first visit


@each_graph
def test_the_graphs_of_the_page_fit_the_weights(path):
    """Each tensor of the weight file is used, at the place where it lies."""
    reader = path.with_stem(f"{path.stem}{READER}")
    model, *more = (onnx.load(file, load_external_data=False) for file in (path, reader) if file.is_file())
    remedy = f"run `make graphs NAMES={path.stem}`"
    found = {}
    for constant in [constant for part in (model, *more) for constant in part.graph.initializer]:
        entry = {field.key: field.value for field in constant.external_data}
        if entry:
            assert entry["location"] == f"{path.stem}.safetensors"
            found[constant.name.removesuffix(":half")] = (int(entry["offset"]), int(entry["length"]))
        else:
            assert max(constant.dims, default=1) <= 8, f"{constant.name} is not taken from the weights; {remedy}"
    places = export._places(zoo.weights_file(path.stem))
    numbers = [name for name in places if "kept_" in name]  # of channels, which nothing computes with
    assert found == {name: place for name, place in places.items() if name not in numbers}, remedy
    if zoo.card(path.stem)["kind"] == "style":
        styles = model.graph.input[1].type.tensor_type.shape.dim[1].dim_value
        assert styles == len(zoo.card(path.stem)["styles"]), remedy


@each_graph
def test_the_page_answers_like_pytorch_on_real_drawings(path, tmp_path):
    """At most 2 of 255, on freehand drawings and a sketch of the drawn world, of several sizes."""
    shutil.copy(path, tmp_path)
    shutil.copy(zoo.weights_file(path.stem), tmp_path)
    net, facts = zoo.load(path.stem), zoo.card(path.stem)
    drawings = [load_picture(ROOT / "data" / name) for name in DRAWINGS] + [FacadeWorld(seed=0, size=256)[505].sketch]
    for i, drawing in enumerate(drawings):
        inputs = [pad_to_multiple(drawing, net.multiple, net.smallest)[0]]
        if facts["kind"] == "style":
            styles = torch.zeros(1, len(facts["styles"]))
            styles[0, i % len(facts["styles"])] += 0.7
            styles[0, -1] += 0.3
            inputs += [styles, torch.tensor([[1.0, 10 ** (i / 2 - 1), 5 / 10**i]])]  # loss weights from end to end
        if facts["kind"] == "any style":
            inputs.append(net.embed(drawings[i - 1].flip(1)))
        if facts["arguments"].get("hints"):
            red = torch.tensor([0.8, 0.1, 0.1, 1.0]).view(1, 4, 1, 1).expand(1, 4, *inputs[0].shape[-2:]).clone()
            red[..., 40:] = 0
            inputs.append(red)
        assert largest_difference(tmp_path / path.name, net, *inputs) <= 2


SIZES = [(7, 9), (1, 1), (1, 50), (33, 20), (64, 40), (100, 3)]  # (height, width), smaller than the margin and larger


def answers(path: Path, *inputs: torch.Tensor) -> list[torch.Tensor]:
    """Of ONNX Runtime, and for few pixels, since it is slow, of the evaluator that comes with ONNX."""
    from onnx.reference import ReferenceEvaluator

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed = {entry.name: x.numpy() for entry, x in zip(session.get_inputs(), inputs, strict=True)}
    runtimes = [session] + [ReferenceEvaluator(str(path))] * (inputs[0].numel() < 200)
    return [torch.from_numpy(runtime.run([export.OUTPUT], feed)[0]) for runtime in runtimes]


@pytest.mark.parametrize("name", ["small", "hinted", "painter"])
def test_a_whole_file_takes_any_size_in_two_runtimes(folder, whole, name):
    net = zoo.load(str(folder / f"{name}.safetensors"))
    for size in SIZES:
        x = torch.rand(1, 3, *size)
        more = {"painter": [torch.tensor([[0.2, 0.0, 0.8]])], "hinted": [some_hints(*size)]}.get(name, [])
        for made in answers(whole(name), x, *more):
            assert made.shape == x.shape and 255 * (made - apply(net, x, *more)).abs().max() < 0.1, size


@pytest.mark.parametrize("opset", export.OPSETS)
def test_the_command_with_opset_and_batch(folder, tmp_path, opset, monkeypatch, capsys):
    weights, path = folder / "painter.safetensors", tmp_path / "new" / "painter.onnx"
    code, out, err = command.s2s(monkeypatch, capsys, "export", weights, "--out", path, "--opset", opset, "--batch", 2)
    assert code == 0 and out.strip() == str(path), err
    assert weights.stat().st_size < path.stat().st_size < 2**17  # it stands alone
    model = onnx.load(path)
    assert [entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")] == [opset]
    onnx.checker.check_model(model, full_check=True)
    x, styles = torch.rand(2, 3, 5, 6), torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.5, 0.5]])
    for made in answers(path, x, styles):
        assert 255 * (made - apply(zoo.load(str(weights)), x, styles)).abs().max() < 0.1


def test_a_whole_file_says_what_it_takes(whole):
    notes = {entry.key: entry.value for entry in onnx.load(whole("painter")).metadata_props}
    assert notes["styles"] == "a, b, c" and notes["layout"] == "NCHW, RGB" and "0 to 1" in notes["range"]
    assert notes["multiple"].startswith("4,") and notes["size"] == "any"
    for page in GRAPHS:  # which knows
        assert not onnx.load(page, load_external_data=False).metadata_props
    model = onnx.load(whole("hinted"))
    assert [entry.name for entry in model.graph.input] == ["sketch", "hints"]
    assert "1 or 0" in {entry.key: entry.value for entry in model.metadata_props}["hints"]


def test_opsets_and_batches_that_are_not_possible():
    for wrong, told in (({"opset": 17}, "18 to 23"), ({"opset": 99}, "18 to 23"), ({"batch": 0}, "1 or more")):
        with pytest.raises(ValueError, match=told):
            export.graph("facade", **wrong)


def test_a_folder_is_told_before_the_work(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(export, "whole", lambda *_: pytest.fail("it worked"))
    code, _, err = command.s2s(monkeypatch, capsys, "export", "facade", "--out", tmp_path)
    assert code == 1 and err.strip() == f"s2s: {tmp_path}: is a folder; --out names the file"


def test_a_network_for_every_painting_reads_and_paints(tmp_path):
    """Its two graphs for the page, which share the weights, and the whole one, which takes the painting itself."""
    weights = any_style_file(tmp_path / "any.safetensors")
    net = zoo.load(str(weights))
    export.write(export.graph(str(weights)), tmp_path / "any.onnx")
    export.write(export.reader_graph(str(weights)), tmp_path / "reader.onnx")
    export.write(export.whole(str(weights)), tmp_path / "whole.onnx")
    reader = ort.InferenceSession(str(tmp_path / "reader.onnx"), providers=["CPUExecutionProvider"])
    for size in ((16, 16), (53, 37), (64, 200)):
        painting = torch.rand(1, 3, *size)
        told = torch.from_numpy(reader.run(["style"], {"painting": painting.numpy()})[0])
        expected = net.embed(painting)
        assert told.shape == expected.shape and torch.allclose(told, expected, rtol=1e-3, atol=1e-3)
    picture = torch.rand(1, 3, 32, 64)
    assert largest_difference(tmp_path / "any.onnx", net, picture, told) < 0.2

    def by_painting(picture, painting):
        return apply(net, picture, net.embed(painting))

    assert largest_difference(tmp_path / "whole.onnx", by_painting, torch.rand(1, 3, 30, 51), painting) < 0.2
    with pytest.raises(ValueError, match="reads no paintings; any_style does"):
        export.reader_graph("painter")
