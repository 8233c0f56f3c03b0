"""The networks that come with the package, each with its card (``s2s list``).

A weight file is ``weights/NAME.safetensors`` in float16; ``weights/NAME.json`` beside it is its card: what
it is, how it was made, from what and on which terms, how long it took, how it scores, and its hash.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from .checkpoint import CheckpointError, write_atomically
from .nets.loss_network import Pocket
from .nets.patchgan import PatchGAN
from .nets.transform import TransformNet
from .nets.unet import UNet

WEIGHTS = Path(__file__).parent / "weights"
KINDS: dict[str, type[nn.Module]] = {
    "generator": UNet,
    "style": TransformNet,
    "loss network": Pocket,
    "segmentation": UNet,
    "discriminator": PatchGAN,
}


def names(kind: str | None = None) -> list[str]:
    """The names of the shipped networks, of one ``kind`` or all."""
    found = sorted(path.stem for path in WEIGHTS.glob("*.json"))
    return [name for name in found if kind is None or card(name)["kind"] == kind]


def card(name: str, kind: str | None = None) -> dict[str, Any]:
    """The card of a shipped network, or of a file: ``name`` may be a path to a ``.safetensors`` file.

    Raises CheckpointError when there is no such network, or when it is not of the ``kind`` asked for.
    """
    path = _path(name).with_suffix(".json")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(f"no network named {name}; there are {', '.join(names())}") from None
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: the card cannot be read ({error})") from None
    if not isinstance(content, dict) or content.get("kind") not in KINDS:
        raise CheckpointError(f"{path}: not a card of s2s; its kind must be one of {', '.join(KINDS)}")
    if kind and content["kind"] != kind:
        raise CheckpointError(f"{name} is a {content['kind']} network; choose one of {', '.join(names(kind))}")
    return content


def load(name: str, kind: str | None = None) -> nn.Module:
    """The network ``name`` (see ``names()``), ready to use: float32, evaluation mode, no gradients.

    ``name`` may also be the path of a ``.safetensors`` file with its card beside it. Raises
    CheckpointError for an unknown name, another ``kind`` than asked for, and a file that is damaged or
    does not fit its card.
    """
    card(name, kind)
    return _load(str(_path(name)))


@cache
def _load(path: str) -> nn.Module:
    facts = card(path)
    data = Path(path)
    if not data.is_file():
        raise CheckpointError(f"{data}: the weights are missing; reinstall the package")
    if hashlib.sha256(data.read_bytes()).hexdigest() != facts.get("sha256"):
        raise CheckpointError(f"{data}: damaged, its hash is not that of the card; reinstall the package")
    try:
        net = KINDS[facts["kind"]](**facts["arguments"])
        net.load_state_dict({key: value.float() for key, value in load_file(data).items()})
    except (SafetensorError, OSError, RuntimeError, TypeError, KeyError, ValueError) as error:
        raise CheckpointError(f"{data}: does not fit its card ({str(error).splitlines()[0]})") from None
    return net.eval().requires_grad_(False).to(memory_format=torch.channels_last)


def _path(name: str) -> Path:
    return Path(name) if name.endswith(".safetensors") else WEIGHTS / f"{name}.safetensors"


def save(net: nn.Module, facts: dict[str, Any], path: Path) -> None:
    """Write ``net`` in float16 to ``path`` (``.safetensors``) and its card, ``facts``, beside it.

    ``facts`` must have ``kind`` and ``arguments``, from which ``load`` builds the network; the number of
    parameters, the size and the hash are added here. Raises CheckpointError for a weight that is not
    finite in float16, or when the disk is full.
    """
    half = {key: value.detach().cpu().half().contiguous() for key, value in net.state_dict().items()}
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
