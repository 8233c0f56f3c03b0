"""The networks as ONNX, for programs without PyTorch and for the reader's browser (page try_it, ``s2s export``).

A graph is small: it names the weights, and where in the network's ``.safetensors`` file each of them lies, as ONNX
allows ("external data"). So the page in the browser loads the same weight files as the package, in float16, and they
are in the repository once. ``whole`` puts the weights into the graph, and what makes it take any size, for a file that
stands alone.
"""

import json
import logging
import struct
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from . import zoo
from .nets.any_style import AnyStyleNet
from .nets.transform import LOSS_WEIGHTS
from .runtime.checkpoint import CheckpointError, write_atomically

OPSET = 20
OPSETS = (18, 23)  # the first that torch writes, and the last that runtimes of today read
INPUTS = {"generator": "sketch", "style": "picture", "any style": "picture"}  # for each kind that can be exported
PAINTING = "painting"  # an input whose height and width are its own
FLAT = ("style", "weights")  # inputs (N, numbers)
OUTPUT = "made"


def graph(name: str, opset: int = OPSET, batch: int = 1) -> Any:
    """The ``onnx.ModelProto`` of a network of ``zoo.names``; its weights stay where they are, in float16.

    Inputs: ``sketch`` (N, 3, H, W) of a generator, and ``hints`` (N, 4, H, W) of one that takes color hints
    (``data.hints``; zeros are none); ``picture`` (N, 3, H, W) and ``style`` (N, styles) of a style network, and the
    loss ``weights`` (N, 3) of an adjustable one. Output: ``made`` (N, 3, H, W). All float32, pictures and hints in
    [0, 1], RGB; N is ``batch``; H and W are free, but multiples of ``net.multiple`` and at least ``net.smallest``, as
    for the network itself. The ``style`` of a network for every painting is what ``reader_graph`` makes of one.

    Raises CheckpointError for an unknown network, for one of another kind, and where ONNX is not installed; ValueError
    for an ``opset`` outside of ``OPSETS`` and a ``batch`` below 1.
    """
    net, inputs = _network(name, opset, batch)
    return _beside_weights(name, _traced(net, inputs, opset, batch))


def reader_graph(name: str, opset: int = OPSET) -> Any:
    """As ``graph``, of the part of a network for every painting that reads one: ``painting`` (1, 3, H, W) of any size
    from 16 pixels on becomes ``style`` (1, numbers). ValueError for a network of another kind.
    """
    net, _ = _network(name, opset)
    if not isinstance(net, AnyStyleNet):
        raise ValueError(f"{name} reads no paintings; any_style does")
    return _beside_weights(name, _traced(_Reader(net).eval(), {PAINTING: 3}, opset, 1, "style"))


def whole(name: str, opset: int = OPSET, batch: int = 1) -> Any:
    """``graph`` with the weights inside, for pictures of any size, and with notes in ``metadata_props`` of what it
    takes. A network for every painting takes the painting, ``painting`` (1, 3, H', W'), and no style. Raises as
    ``graph``.
    """
    from onnx.external_data_helper import load_external_data_for_model
    from onnx.helper import set_model_props

    net, inputs = _network(name, opset, batch)
    facts = zoo.card(name)
    if isinstance(net, AnyStyleNet):
        net, inputs = _ByPainting(net).eval(), {"picture": 3, PAINTING: 3}
    model = _beside_weights(name, _traced(net, inputs, opset, batch))
    load_external_data_for_model(model, str(zoo.weights_file(name).parent))
    _take_any_size(model, cast(int, net.multiple), cast(int, net.smallest))
    notes = {
        "network": f"{Path(name).stem}: {facts.get('summary', facts['kind'])}",
        "layout": "NCHW, RGB",
        "range": "0 to 1, in and out",
        "size": "any",
        "multiple": f"{net.multiple}, to which the picture is mirrored inside, and cut back",
    }
    if PAINTING in inputs:
        notes[PAINTING] = "one painting; its strokes are as large as it is, 384 pixels on its longer side is usual"
    if facts["kind"] == "style":
        notes |= {"styles": ", ".join(facts["styles"]), "style": "a weight for each of the styles, 1 in sum"}
    if facts["arguments"].get("hints"):
        notes["hints"] = "red, green, blue, and where this color is wanted, 1 or 0; all 0 without any"
    if facts["arguments"].get("adjustable"):
        notes["weights"] = f"those of {', '.join(LOSS_WEIGHTS)}; usual: {', '.join(map(str, LOSS_WEIGHTS.values()))}"
    set_model_props(model, {**notes, "sha256 of the weights": facts["sha256"]})
    return model


class _Reader(nn.Module):
    """Of a network for every painting what reads it."""

    multiple, smallest = 1, 16

    def __init__(self, net: AnyStyleNet):
        super().__init__()
        self.net = net

    def forward(self, painting: torch.Tensor) -> torch.Tensor:
        return self.net.embed(painting)


class _ByPainting(nn.Module):
    """A network for every painting that takes the painting itself, for all pictures of a batch."""

    multiple, smallest = AnyStyleNet.multiple, AnyStyleNet.smallest

    def __init__(self, net: AnyStyleNet):
        super().__init__()
        self.net = net

    def forward(self, picture: torch.Tensor, painting: torch.Tensor) -> torch.Tensor:
        return self.net(picture, self.net.embed(painting).expand(len(picture), -1))


def _network(name: str, opset: int, batch: int = 1) -> tuple[nn.Module, dict[str, int]]:
    """A network that can be exported, and its inputs with their channels or numbers. Raises as ``graph``."""
    if not OPSETS[0] <= opset <= OPSETS[1]:
        raise ValueError(f"opset {opset}: {OPSETS[0]} to {OPSETS[1]} are possible")
    if batch < 1:
        raise ValueError(f"a batch of {batch}: 1 or more pictures are possible")
    if missing := [package for package in ("onnx", "onnxscript") if find_spec(package) is None]:
        raise CheckpointError(f"this needs more packages: pip install {' '.join(missing)}")
    facts = zoo.card(name)
    if facts["kind"] not in INPUTS:
        raise CheckpointError(f"{name} is a {facts['kind']} network; these kinds go to ONNX: {', '.join(INPUTS)}")
    net, inputs = zoo.load(name), {INPUTS[facts["kind"]]: 3}
    if hasattr(net, "styles"):
        inputs["style"] = cast(int, net.styles)
    if facts["arguments"].get("hints"):
        inputs["hints"] = 4
    if facts["arguments"].get("adjustable"):
        inputs["weights"] = len(LOSS_WEIGHTS)
    return net, inputs


def _beside_weights(name: str, model: Any) -> Any:
    """The model with its weights where they are, and without traces."""
    _refer(model, zoo.weights_file(name))
    _forget_traces(model)
    return model


# What ``images.pad_to_multiple`` does, for axis 2 or 3: the indices of the enlarged picture in what is given, continued
# by reflection at both ends, and later the places of what was given in what is made.
_AXIS = """
  shape{axis} = Shape <start = {axis}, end = {next}> ({first})
  n{axis} = Squeeze (shape{axis})
  least{axis} = Max (n{axis}, smallest)
  above{axis} = Add (least{axis}, almost)
  times{axis} = Div (above{axis}, multiple)
  wanted{axis} = Mul (times{axis}, multiple)
  more{axis} = Sub (wanted{axis}, n{axis})
  before{axis} = Div (more{axis}, two)
  first{axis} = Neg (before{axis})
  last{axis} = Sub (wanted{axis}, before{axis})
  place{axis} = Range (first{axis}, last{axis}, one)
  steps{axis} = Sub (n{axis}, one)
  twice{axis} = Mul (steps{axis}, two)
  period{axis} = Max (twice{axis}, one)
  turn{axis} = Mod (place{axis}, period{axis})
  back{axis} = Sub (period{axis}, turn{axis})
  inside{axis} = Less (turn{axis}, n{axis})
  index{axis} = Where (inside{axis}, turn{axis}, back{axis})
  end{axis} = Add (before{axis}, n{axis})
  cut{axis} = Range (before{axis}, end{axis}, one)
"""
_PAD = """
  rows_{given} = Gather <axis = 2> ({given}, index2)
  padded_{given} = Gather <axis = 3> (rows_{given}, index3)
"""


def _take_any_size(model: Any, multiple: int, smallest: int) -> None:
    """Put before the network what enlarges its inputs of (N, C, H, W) to a size that it takes, and behind it what cuts
    back. All but a painting have the size of the first.
    """
    from onnx import parser

    inner = model.graph
    given = [entry for entry in inner.input if entry.name not in (*FLAT, PAINTING)]
    numbers = {"one": 1, "two": 2, "multiple": multiple, "almost": multiple - 1, "smallest": smallest}
    constants = "".join(f"  {key} = Constant <value_int = {value}> ()\n" for key, value in numbers.items())
    axes = "".join(_AXIS.format(axis=axis, next=axis + 1, first=given[0].name) for axis in (2, 3))
    pads = "".join(_PAD.format(given=entry.name) for entry in given)
    cut = f"  high = Gather <axis = 2> (uncut, cut2)\n  {OUTPUT} = Gather <axis = 3> (high, cut3)\n"
    before, behind = (parser.parse_graph(f"g (x) => (y) {{\n{text}}}").node for text in (constants + axes + pads, cut))
    renamed = {entry.name: f"padded_{entry.name}" for entry in given} | {OUTPUT: "uncut"}
    for node in inner.node:
        node.input[:] = [renamed.get(key, key) for key in node.input]
        node.output[:] = [renamed.get(key, key) for key in node.output]
    nodes = [*before, *inner.node, *behind]
    del inner.node[:]
    inner.node.extend(nodes)
    for value in (*given, inner.output[0]):
        for dim, side in zip(value.type.tensor_type.shape.dim[2:], ("height", "width"), strict=True):
            dim.Clear()
            dim.dim_param = side


def write(model: Any, path: Path) -> None:
    """Write a model to ``path``, whole or not at all. Raises CheckpointError if that fails."""
    write_atomically(path, lambda part: part.write_bytes(model.SerializeToString(deterministic=True)))


def _traced(net: nn.Module, inputs: dict[str, int], opset: int, batch: int, output: str = OUTPUT) -> Any:
    """What ``torch.onnx`` makes of the network, for ``batch`` pictures of any height and width.

    ``inputs`` are their channels C, of pictures (N, C, H, W), or the numbers of what is ``FLAT``, (N, numbers).
    """
    import onnxscript

    op = getattr(onnxscript, f"opset{opset}")

    def instance(x: Any, weight: Any, bias: Any, training: Any, momentum: Any, eps: Any) -> tuple[Any, Any, Any]:
        """``nets.blocks.instance_norm`` of one picture; nothing reads the statistics, the other two results."""
        return op.InstanceNormalization(x, weight, bias, epsilon=eps), weight, bias

    multiple, smallest = cast(int, net.multiple), cast(int, net.smallest)
    least = -(-smallest // multiple)
    height, width = (multiple * torch.export.Dim(side, min=least) for side in ("h", "w"))
    sides = multiple * (least + 1), multiple * (least + 2)
    examples: list[torch.Tensor] = []
    free: list[dict[int, Any] | None] = []
    for name, number in inputs.items():
        if name in FLAT:
            examples.append(torch.full((batch, number), 1 / number))
            free.append(None)
        elif name == PAINTING:
            examples.append(torch.zeros(1, number, 37, 53))
            free.append(
                {axis: torch.export.Dim(side, min=_Reader.smallest) for axis, side in ((2, "high"), (3, "wide"))}
            )
        else:
            examples.append(torch.zeros(batch, number, *sides))
            free.append({2: height, 3: width})
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it would tell that there is no torchvision
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch warns of itself
        program = torch.onnx.export(
            net,
            tuple(examples),
            dynamo=True,
            input_names=tuple(inputs),
            output_names=(output,),
            dynamic_shapes=tuple(free),
            opset_version=opset,
            custom_translation_table={torch.ops.aten._native_batch_norm_legit.no_stats: instance},
            verbose=False,
        )
    assert program is not None  # as it is with dynamo
    return program.model_proto


def _refer(model: Any, weights: Path) -> None:
    """Let the graph take its weights from the safetensors file and cast them to float32; runtimes do so when
    loading.
    """
    from onnx import TensorProto, helper, numpy_helper

    state = zoo.load(str(weights)).state_dict()
    known = {(tuple(value.shape), value.numpy().tobytes()): key for key, value in state.items()}
    places, casts, kept = _places(weights), [], []
    for constant in model.graph.initializer:
        value = numpy_helper.to_array(constant)
        key = known.get((value.shape, value.tobytes()))
        if key is None:
            kept.append(constant)
            continue
        offset, length = places[key]
        stored = TensorProto(name=f"{key}:half", data_type=TensorProto.FLOAT16, dims=value.shape)
        stored.data_location = TensorProto.EXTERNAL
        for field, entry in (("location", weights.name), ("offset", offset), ("length", length)):
            stored.external_data.add(key=field, value=str(entry))
        kept.append(stored)
        casts.append(helper.make_node("Cast", [stored.name], [constant.name], name=f"cast {key}", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)


def _places(weights: Path) -> dict[str, tuple[int, int]]:
    """Where each tensor of a safetensors file lies: offset and length in bytes."""
    with open(weights, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    tensors = {key: entry for key, entry in header.items() if key != "__metadata__"}
    if other := {entry["dtype"] for entry in tensors.values()} - {"F16"}:
        raise CheckpointError(f"{weights}: float16 is expected, as `s2s train` writes, not {', '.join(sorted(other))}")
    spans = {zoo.weight_today(key): entry["data_offsets"] for key, entry in tensors.items()}
    return {key: (8 + size + begin, end - begin) for key, (begin, end) in spans.items()}


def _forget_traces(model: Any) -> None:
    """Remove what torch notes for debugging: stack traces, with the paths of this machine, and shapes in between."""
    del model.graph.value_info[:], model.metadata_props[:], model.graph.metadata_props[:]
    for part in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del part.metadata_props[:]
        part.ClearField("doc_string")
