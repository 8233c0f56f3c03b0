"""The networks that come with the package, each with its card (``s2s list``), and the loss networks.

A weight file is ``weights/NAME.safetensors`` in float16; ``weights/NAME.json`` beside it is its card: what
it is, how it was made, from what and on which terms, how long it took, how it scores, and its hash. The real
loss networks, VGG-16 and VGG-19, are too large for that: ``s2s download vgg16`` brings them into ``CACHE``.
"""

import copy
import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load as load_bytes
from safetensors.torch import save_file
from torch import nn

from .nets.any_style import AnyStyleNet
from .nets.blocks import CHANNELS_LAST
from .nets.foreign import in_our_names
from .nets.hed import HED, hed_from_arrays
from .nets.loss_network import pocket
from .nets.patchgan import PatchGAN
from .nets.superres import super_res_net
from .nets.transform import transform_net
from .nets.unet import UNet
from .nets.vgg import CONVS, OXFORD, POOLING, TORCHVISION, vgg_from_arrays
from .runtime.checkpoint import CheckpointError, load_tensors, not_finite, reason, write_atomically
from .runtime.download import download

WEIGHTS = Path(__file__).parent / "weights"
KINDS: dict[str, Callable[..., nn.Module]] = {
    "generator": UNet,
    "style": transform_net,
    "super-resolution": super_res_net,
    "loss network": pocket,
    "segmentation": UNet,
    "discriminator": PatchGAN,
    "edge detector": UNet,
    "any style": AnyStyleNet,
}


@dataclass(frozen=True)
class Remote:
    """A weight file on the network."""

    url: str
    sha256: str
    megabytes: int


# Torchvision's own files are pickles; timm publishes the same weights as safetensors, under BSD 3-Clause.
_TIMM = "https://huggingface.co/timm/{}/resolve/{}/model.safetensors"
REMOTE = {
    "vgg16": Remote(
        _TIMM.format("vgg16.tv_in1k", "3394518cba29aee1ea82a49d971be90d2dd1dab7"),
        "57b026918159a6bf9faf8405c3a551903768e7138989d9c6224a14227203fad8",
        553,
    ),
    "vgg19": Remote(
        _TIMM.format("vgg19.tv_in1k", "128d4708565b3a414bcbb9bbad440b2fe37b9f18"),
        "11aea017b543ff59233749d8f1cf544cda749378f5790d2fedab841fb86b7669",
        575,
    ),
}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "s2s"
# Names of weights and of arguments in files from before they had the names of today, which files keep.
OLD_WEIGHTS: dict[str, str] = {r"\bgain$": "weight", r"\bshift$": "bias", r"^fine\b": "full_size_skip"}
OLD_ARGUMENTS = {"fine": "full_size_skip", "form": "architecture"}
LARGEST = 1024  # among the numbers from which a card builds its network; ours have at most 286
VGG_BYTES = 200_000_000  # of the convolutions in an npz file, unpacked; VGG-19 has 80 MB
READ = (".safetensors", ".npz")  # files of a VGG
# What the name of a VGG's file must end in, since the numbers in it do not say which input they are for.
INPUTS = {"_bgr": OXFORD, "_rgb": TORCHVISION}


def names(kind: str | None = None) -> list[str]:
    """The names of the shipped networks, of one ``kind`` or all."""
    found = sorted(path.stem for path in WEIGHTS.glob("*.json"))
    return [name for name in found if kind is None or card(name)["kind"] == kind]


def card(name: str, kind: str | None = None) -> dict[str, Any]:
    """The card of a shipped network, or of a file: ``name`` may be a path to a ``.safetensors`` file.

    Raises CheckpointError when there is no such network, or when it is not of the ``kind`` asked for.
    """
    path = weights_file(name).with_suffix(".json")
    try:
        content = copy.deepcopy(_card(path, _version(path)))
    except FileNotFoundError:
        raise CheckpointError(_absent(name, kind)) from None
    if kind and content["kind"] != kind:
        raise CheckpointError(f"{name} is a {content['kind']} network; choose one of {', '.join(names(kind))}")
    return content


def _version(path: Path) -> tuple[int, ...]:
    """Another one when the file is another one."""
    facts = path.stat()
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


@lru_cache(maxsize=64)
def _card(path: Path, version: tuple[int, ...]) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: the card cannot be read ({reason(error)})") from None
    if not isinstance(content, dict) or content.get("kind") not in list(KINDS):  # which need not be hashable
        raise CheckpointError(f"{path}: not a card of s2s; its kind must be one of {', '.join(KINDS)}")
    return content


def _absent(name: str, kind: str | None) -> str:
    """What to say of a network without a card."""
    given, weights = Path(name), weights_file(name)
    if weights.is_file():
        return f"{weights}: has no card; {weights.with_suffix('.json').name} belongs beside it"
    if given.is_file():
        return f"{name}: not a .safetensors file, with its card beside it"
    if Path(f"{name}.safetensors").is_file():
        return f"no network named {name}; of a file say {name}.safetensors"
    if weights == given:
        return f"{name}: no such file"
    if not given.is_dir():
        return unknown("network", name, names(kind))
    inside = [path for path in sorted(given.glob("*.safetensors")) if path.with_suffix(".json").is_file()]
    return f"{name} is a folder; " + (f"say {' or '.join(map(str, inside))}" if inside else "no network lies in it")


def _again(path: Path) -> str:
    """What to do where the file of a network is not as it was."""
    return "reinstall the package" if path.parent == WEIGHTS else "copy it and its card again, or train it again"


def unknown(what: str, name: str, known: Sequence[str]) -> str:
    """The line about a ``name`` that is none of ``known``, with the one that was meant, if one is nearly the same."""
    meant = "".join(f"did you mean {close}? " for close in get_close_matches(name, known, n=1))
    return f"no {what} named {name}; {meant}there are {', '.join(known)}"


def total(facts: dict[str, Any], key: str) -> float:
    """The sum of a number of a card, "steps" or "seconds", over a training and those of the networks that it began
    with.
    """
    return facts[key] + (total(facts["begun with"], key) if "begun with" in facts else 0)


def load(name: str, kind: str | None = None) -> nn.Module:
    """The network ``name`` (see ``names()``), ready to use: float32, evaluation mode, no gradients.

    A new network at each call; what was read from the file is kept. ``name`` may also be the path of a
    ``.safetensors`` file with its card beside it. Raises CheckpointError for an unknown name, another ``kind`` than
    asked for, and a file that is damaged, holds NaN, or does not fit its card.
    """
    facts, path = card(name, kind), weights_file(name)
    if not path.is_file():
        raise CheckpointError(f"{path}: the weights are missing; {_again(path)}")
    digest, stored = _weights(path, _version(path))
    if digest != facts.get("sha256"):
        raise CheckpointError(f"{path}: damaged, its hash is not that of the card; {_again(path)}")
    try:
        given: dict[str, Any] = dict(facts["arguments"])
        arguments = {OLD_ARGUMENTS.get(key, key): value for key, value in given.items()}
        weights = {weight_today(key): value.float() for key, value in load_bytes(stored).items()}
        return _ready(_built(KINDS[facts["kind"]], arguments, weights))
    except Exception as error:  # the arguments of a stranger's card make the networks raise errors of many kinds
        raise CheckpointError(f"{path}: does not fit its card ({reason(error)})") from None


@lru_cache(maxsize=16)
def _weights(path: Path, version: tuple[int, ...]) -> tuple[str, bytes]:
    """The hash of a weight file, and its bytes."""
    data = path.read_bytes()
    return hashlib.sha256(data).hexdigest(), data


def weight_today(key: str) -> str:
    """What a weight is called today that a file calls ``key``."""
    for pattern, name in OLD_WEIGHTS.items():
        key = re.sub(pattern, name, key)
    return key


def _built(make: Callable[..., nn.Module], arguments: dict[str, Any], weights: dict[str, torch.Tensor]) -> nn.Module:
    """The network with its weights. Their shapes are compared first, before a large network fills the memory."""
    numbers = [value for value in arguments.values() if isinstance(value, int | float)]
    if too_large := [value for value in numbers if not -LARGEST <= value <= LARGEST]:
        raise ValueError(f"{too_large[0]:.4g} is more than the {LARGEST} that are possible")
    with torch.device("meta"):
        wanted = {key: tuple(value.shape) for key, value in make(**arguments).state_dict().items()}
    found = {key: tuple(value.shape) for key, value in weights.items()}
    if wrong := [key for key in wanted | found if wanted.get(key) != found.get(key)]:
        raise ValueError(f"{wrong[0]} is {found.get(wrong[0], 'missing')}, not {wanted.get(wrong[0], 'wanted')}")
    if bad := not_finite(weights):
        raise ValueError(f"{bad} is not finite")
    net = make(**arguments)
    net.load_state_dict(weights)
    return net


def _ready(net: nn.Module) -> nn.Module:
    return net.eval().requires_grad_(False).to(**CHANNELS_LAST)


def weights_file(name: str) -> Path:
    """Where the weights of a shipped network lie, or ``name`` itself if it is a ``.safetensors`` file."""
    return Path(name) if name.endswith(".safetensors") else WEIGHTS / f"{name}.safetensors"


def loss_network(name: str, weights: str | Path | None = None, pooling: str = "max") -> nn.Module:
    """The loss network ``name``, "pocket", "vgg16" or "vgg19": ``net(x, layers) -> {layer: features}``.

    ``x`` is (N, 3, H, W), RGB, in [0, 1]; the layers are named ``relu1_1``, ``relu1_2``, ... There is the first edition
    of pocket too, "pocket_first", which has ``STYLE_LAYERS`` only. A new network at each call: float32, evaluation
    mode, no gradients for its weights.

    ``weights`` is a file to use instead of the shipped or downloaded one. For a VGG it is a .safetensors or .npz
    file with torchvision's keys; its name ends in ``_rgb`` for weights that take RGB with the statistics of
    ImageNet, as torchvision's do, and in ``_bgr`` for weights that take BGR from 0 to 255 minus the mean, as
    Oxford's do. It may end early and then serves the layers that it has. ``pooling`` is "max", or "average" as
    in Gatys et al. 2016, section 2.

    Raises CheckpointError for an unknown name and for a file that is missing, damaged, ambiguous or of another
    network, and ValueError for another pooling.
    """
    if pooling not in POOLING:
        raise ValueError(f"no pooling named {pooling}; there are {', '.join(POOLING)}")
    if name in REMOTE:
        return _ready(_vgg(name, weights, pooling))
    if name not in (own := names("loss network")):
        raise CheckpointError(f"no loss network named {name}; there are {', '.join([*own, *REMOTE])}")
    path = str(weights or name)
    net = pocket(**card(path, "loss network")["arguments"], pooling=pooling)
    net.load_state_dict(load(path, "loss network").state_dict())
    return _ready(net)


def _vgg(name: str, weights: str | Path | None, pooling: str) -> nn.Module:
    path, depth = Path(weights or downloaded(name)), int(name[3:])
    remedy = f"`s2s download {name}` ({REMOTE[name].megabytes} MB)"
    if not path.is_file():
        lack = f"{path}: no such file" if weights else f"{name} is not on this machine"
        raise CheckpointError(f"{lack}; {remedy}, or give a file with --weights FILE")
    if path.suffix not in READ:
        raise CheckpointError(f"{path}: not a {' or '.join(READ)} file; files of other kinds are not opened; {remedy}")
    if path.stem[-4:] not in INPUTS:
        choice = f"{path.stem}_rgb{path.suffix} (as torchvision's) or {path.stem}_bgr{path.suffix} (as Oxford's)"
        raise CheckpointError(f"{path}: its name does not say which input the weights are for; name it {choice}")
    try:
        arrays = _arrays(path)
        net = vgg_from_arrays(depth, arrays, INPUTS[path.stem[-4:]], pooling)
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}; {remedy} brings a whole one") from None
    if len(net.names) < sum(CONVS[depth]):
        net.remedy = f", where {path.name} ends; for the others {remedy}"
    return net


def hed(weights: Path) -> HED:
    """The edge detector HED, with the weights of an .npz or .safetensors file (``nets.hed.hed_from_arrays``).

    Raises CheckpointError for a file that is missing, damaged or of another network.
    """
    if not weights.is_file():
        raise CheckpointError(f"{weights}: no such file")
    if weights.suffix not in READ:
        raise CheckpointError(f"{weights}: not a {' or '.join(READ)} file; files of other kinds are not opened")
    try:
        arrays = _arrays(weights, ("features.", "side.", "fuse."))
        return hed_from_arrays(arrays)
    except ValueError as error:
        raise CheckpointError(f"{weights}: {error}") from None


def _arrays(path: Path, wanted: tuple[str, ...] = ("features.",)) -> dict[str, torch.Tensor]:
    """The arrays of a file whose names begin as ``wanted``, those of the convolutions; others are not even read.

    Raises ValueError for a damaged file and for an array that is not finite.
    """
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                arrays = {key: file.get_tensor(key).float() for key in file.keys() if key.startswith(wanted)}
        else:
            with np.load(path, allow_pickle=False) as file:
                sizes = (entry.file_size for entry in file.zip.infolist() if entry.filename.startswith(wanted))
                if sum(sizes) > VGG_BYTES:
                    raise ValueError("unpacks to too much")
                arrays = {key: torch.from_numpy(file[key]).float() for key in file.files if key.startswith(wanted)}
    except Exception as error:  # a damaged archive makes zipfile, zlib and numpy raise errors of many kinds
        raise ValueError(f"damaged ({type(error).__name__})") from None
    if bad := not_finite(arrays):
        raise ValueError(f"{bad} is not finite")
    return arrays


def downloaded(name: str) -> Path:
    """Where ``s2s download`` puts the loss network ``name``; the file need not be there."""
    return CACHE / f"{name}_rgb.safetensors"


def remote(name: str) -> Remote:
    """Where the loss network ``name`` can be downloaded from. Raises CheckpointError for another name."""
    if name not in REMOTE:
        raise CheckpointError(f"nothing named {name} can be downloaded; there are {', '.join(REMOTE)}")
    return REMOTE[name]


def fetch(name: str, folder: Path | None = None) -> Path:
    """Download the loss network ``name`` to ``folder``, else to ``CACHE``, where ``loss_network`` finds it.

    Returns the path of the file. Raises CheckpointError for an unknown name and DownloadError as ``download``.
    """
    file, path = remote(name), downloaded(name)
    return download(file.url, (folder or path.parent) / path.name, file.sha256)


def import_weights(file: Path, path: Path) -> None:
    """Write the network in ``file``, which torch saved elsewhere (``nets.foreign``), to ``path`` with a card.

    Raises CheckpointError for a file that is missing, damaged, holds more than tensors or another network, and as
    ``save``.
    """
    state = load_tensors(file)
    try:
        kind, arguments, weights = in_our_names(state)
        net = _built(KINDS[kind], arguments, {key: value.float() for key, value in weights.items()})
    except Exception as error:  # shapes of a stranger's weights make torch raise errors of many kinds
        raise CheckpointError(f"{file}: {reason(error)}") from None
    facts = {"kind": kind, "name": path.stem, "summary": f"imported from {file.name}", "arguments": arguments}
    facts |= {"styles": [file.stem]} if kind == "style" else {}
    save(net, {**facts, "data": "not stated", "terms": "those of whoever trained this network; not stated"}, path)


def save(net: nn.Module, facts: dict[str, Any], path: Path) -> None:
    """Write ``net`` in float16 to ``path`` (``.safetensors``) and its card, ``facts``, beside it.

    ``facts`` must have ``kind`` and ``arguments``, from which ``load`` builds the network; the number of
    parameters, the size and the hash are added here. Raises CheckpointError for a weight that is not
    finite in float16, or when the disk is full.
    """
    # The counters of batch norms are of no use any more, and soon too large for 16 bits.
    state = {k: 0 * v if k.endswith("num_batches_tracked") else v for k, v in net.state_dict().items()}
    half = {key: value.detach().cpu().half().contiguous() for key, value in state.items()}
    if bad := [key for key, value in half.items() if not value.isfinite().all()]:
        raise CheckpointError(f"{path}: {bad[0]} is not finite in float16; the training went wrong")
    write_atomically(path, lambda p: save_file(half, p))
    data = path.read_bytes()
    known = {"parameters": sum(p.numel() for p in net.parameters()), "bytes": len(data)}
    write_card(path, {**facts, **known, "sha256": hashlib.sha256(data).hexdigest()})


def write_card(path: Path, facts: dict[str, Any]) -> None:
    """Write the card of the weight file at ``path``."""
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    write_atomically(path.with_suffix(".json"), lambda p: p.write_text(text, encoding="utf-8"))
