"""Networks that were trained elsewhere, weight by weight under the names of ours (``s2s import``).

Two are known. The generator of junyanz/pytorch-CycleGAN-and-pix2pix (``--netG unet_256`` or ``unet_128``, a file
``latest_net_G.pth``) is Isola's, and so is ``UNet``. The transformation network of pytorch/examples
(``fast_neural_style``) is ``TransformNet`` with one style and a linear last layer.
"""

import re
from typing import Any

import torch

State = dict[str, torch.Tensor]
KNOWN = "the U-Net of pytorch-CycleGAN-and-pix2pix (latest_net_G.pth) and the network of pytorch/examples"
PIXELS = 255  # of the second one, whose pictures go from 0 to 255, in and out


def in_our_names(state: State) -> tuple[str, dict[str, Any], State]:
    """The kind of a network of ``zoo.KINDS``, its arguments, and its weights under our names.

    Raises ValueError for the weights of another network.
    """
    state = {key.removeprefix("module."): value for key, value in state.items()}  # of torch's DataParallel
    try:
        if "model.model.0.weight" in state:
            return "generator", *_unet(state)
        if "deconv3.conv2d.weight" in state:
            return "style", *_transform_net(state)
    except KeyError as error:
        raise ValueError(f"{error.args[0]} is missing; these networks are known: {KNOWN}") from None
    raise ValueError(f"not a network that is known; these are: {KNOWN}")


def _unet(theirs: State) -> tuple[dict[str, Any], State]:
    """pix2pix's generator: each block holds the next one, ``model.1`` of the outermost, ``model.3`` of the others."""
    blocks = ["model.model"]
    while (inner := f"{blocks[-1]}.{1 if len(blocks) == 1 else 3}.model") + ".1.weight" in theirs:
        blocks.append(inner)
    depth, first = len(blocks), theirs["model.model.0.weight"]
    norm = "batch" if f"{blocks[1]}.2.running_mean" in theirs else "instance"
    arguments = {"base": len(first), "cap": len(theirs[f"{blocks[-1]}.1.weight"]), "depth": depth, "norm": norm}
    ours: State = {}
    for i, block in enumerate(blocks):
        outermost, innermost = i == 0, i == depth - 1
        down, up = (f"{block}.{n}" for n in ((0, 3) if outermost else (1, 3) if innermost else (1, 5)))
        level = depth - 1 - i  # ours are counted from the innermost on
        weight = theirs[f"{up}.weight"]
        if not innermost:  # they put what is skipped before what comes from below, we behind
            weight = torch.cat(weight.chunk(2)[::-1])
        ours |= {f"down.{i}.conv.weight": theirs[f"{down}.weight"], f"up.{level}.enlarge.conv.weight": weight}
        if outermost or innermost:  # with a norm behind it a bias does nothing, and we have none
            width = len(theirs[f"{down}.weight"])
            ours[f"down.{i}.conv.bias"] = theirs.get(f"{down}.bias", torch.zeros(width))
        else:
            ours |= _norm(theirs, f"{block}.2", f"down.{i}.norm", len(theirs[f"{down}.weight"]))
        if outermost:
            ours[f"up.{level}.enlarge.conv.bias"] = theirs[f"{up}.bias"]
        else:
            ours |= _norm(theirs, f"{block}.{4 if innermost else 6}", f"up.{level}.norm", weight.shape[1])
    return arguments, ours


def _norm(theirs: State, name: str, our_name: str, width: int) -> State:
    """A norm; their instance norm has no weights, as if they were 1 and 0."""
    known = {key[len(name) + 1 :]: value for key, value in theirs.items() if key.startswith(f"{name}.")}
    usual = {"weight": torch.ones(width), "bias": torch.zeros(width)}
    return {f"{our_name}.{key}": value for key, value in (usual | known).items()}


def _transform_net(theirs: State) -> tuple[dict[str, Any], State]:
    """The network of pytorch/examples. A bias before a norm does nothing, and neither does the middle of the range."""
    layers = {"c9": ("conv1", "in1"), "d1": ("conv2", "in2"), "d2": ("conv3", "in3")}
    layers |= {"u1": ("deconv1", "in4"), "u2": ("deconv2", "in5")}
    for i in range(len({key for key in theirs if re.fullmatch(r"res\d+\.conv1\.conv2d\.weight", key)})):
        for ours, n in (("first", 1), ("second", 2)):
            layers[f"r.{i}.{ours}"] = f"res{i + 1}.conv{n}", f"res{i + 1}.in{n}"
    state: State = {}
    for ours, (conv, norm) in layers.items():
        state[f"{ours}.conv.weight"] = theirs[f"{conv}.conv2d.weight"]
        state |= {f"{ours}.norm.{key}": theirs[f"{norm}.{key}"][None] for key in ("weight", "bias")}
    state["c9.conv.weight"] = state["c9.conv.weight"] * (PIXELS / 2)  # ours sees -1 to 1
    state |= {f"last.{key}": theirs[f"deconv3.conv2d.{key}"] / PIXELS for key in ("weight", "bias")}
    return {"styles": 1, "base": len(state["c9.conv.weight"]), "output": "linear"}, state
