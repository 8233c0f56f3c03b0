"""What is fuzzed: sound files, ways to damage them, and readers that must give the right answer or say what is wrong.

A case is a number: it seeds all that is drawn, so the number alone makes the same files again.
"""

import io
import json
import os
import struct
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/helpers"))
from hostile import make_hostile_files
from tiffs import tiff

from s2s_helpers import images, photometry, zoo
from s2s_helpers.data.pairs import ContourFolder, PairFolder, PhotoFolder
from s2s_helpers.data.shards import Shards, find_shards
from s2s_helpers.images import PictureError, beside, load_picture, read_note, size_of
from s2s_helpers.nets.patchgan import PatchGAN
from s2s_helpers.nets.superres import super_res_net
from s2s_helpers.nets.transform import transform_net
from s2s_helpers.nets.unet import UNet
from s2s_helpers.runtime.checkpoint import CheckpointError, load_state, save_state
from s2s_helpers.train.loop import CHECKPOINT, fit
from s2s_helpers.train.training import Training

LARGEST = 20_000  # bytes of a sound file; most are below 2,000, so that a change hits something
NUMBERS = (0, 1, 2, 127, 128, 255, 256, 32_767, 65_535, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)
# What may stand in a JSON file where something else is expected; "DEEP" becomes lists within lists.
VALUES = (None, True, "", "x" * 300, "../../../etc/passwd", "a\nb", [], {}, [0], [-1], [2**40, 2**40], [[2]],
          -1, 0, 0.5, 3, 100_000, 2**31, 2**63, 2**64, 10**400, 1e308, float("nan"), float("inf"),
          "F64", "BF16", "F4", "I8", "C64", "DEEP")  # fmt: skip
DEEP = b"[" * 100_000 + b"]" * 100_000
Random = np.random.Generator


class Sample(NamedTuple):
    """Bytes to damage, and what is done to them afterwards: checksums and lengths put right, so that readers look
    further.
    """

    suffix: str
    data: bytes
    pack: Callable[[bytes], bytes] = bytes


class Reader(NamedTuple):
    """``read(rng, folder)`` damages files, reads them and asserts that what comes is right; else it raises
    ``error``.
    """

    read: Callable[[Random, Path], Any]
    error: type[ValueError]
    share: float


# Damage


def damaged(sample: Sample, others: list[Sample], rng: Random) -> bytes:
    """The file of a sample with one to four changes."""
    data = sample.data
    for _ in range(rng.integers(1, 5)):
        if data[:1] == b"{" and rng.random() < 0.7:
            data = _json_changed(data, rng)
        else:
            data = _bytes_changed(data, others[rng.integers(len(others))].data, rng)
    return sample.pack(data)


def _bytes_changed(data: bytes, other: bytes, rng: Random) -> bytes:
    """One change: where, how long and of what kind is drawn.

    Headers are where it hurts, so half of the changes go there.
    """
    end = len(data) if rng.random() < 0.5 else min(len(data), 200)
    at, n = int(rng.integers(end + 1)), int(2 ** rng.uniform(0, 7))
    head, span, tail = data[:at], data[at : at + n], data[at + n :]
    number = NUMBERS[rng.integers(len(NUMBERS))]
    width = min(w for w in (1, 2, 4, 8) if number < 256**w) if rng.random() < 0.5 else int(rng.choice([2, 4, 8]))
    bits = (number % 256**width).to_bytes(width, "big" if rng.random() < 0.5 else "little")
    changes = [
        head + bytes([span[0] ^ 1 << rng.integers(8)] if span else []) + data[at + 1 :],
        head + rng.bytes(1) + data[at + 1 :],
        head + bits + data[at + width :],
        head + bits + data[at + width :],
        head,
        head + tail,
        head + span + span + tail,
        head + rng.bytes(n) + span + tail,
        head + bytes(len(span)) + tail,
        head + rng.bytes(len(span)) + tail,
        head + other[at:],
        head + other[: len(span)] + tail,
    ]
    return changes[rng.integers(len(changes))]


def _json_changed(data: bytes, rng: Random) -> bytes:
    """One entry of a JSON object replaced, removed, renamed or moved; unchanged if it is no JSON any more."""
    try:
        top = json.loads(data)
    except (ValueError, RecursionError):
        return data
    entries = list(_entries(top))
    if not entries:
        return data
    place, key = entries[rng.integers(len(entries))]
    value = VALUES[rng.integers(len(VALUES))]
    kind = rng.integers(5)
    if kind < 2:
        place[key] = value
    elif kind == 2:
        del place[key]
    elif kind == 3 and isinstance(place, dict):
        place[str(value)] = place.pop(key)
    else:
        other, name = entries[rng.integers(len(entries))]
        place[key] = json.loads(json.dumps(other.get(name) if isinstance(other, dict) else other[name]))
    return json.dumps(top).encode().replace(b'"DEEP"', DEEP)


def _entries(tree: Any) -> Iterable[tuple[Any, Any]]:
    """All places of a nested object: the dict or list, and the key."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _entries(tree[key])


# Sound files


@cache
def picture_samples() -> list[Sample]:
    """Pictures of every format and mode: plain ones, with their checksums put right, and those of tests/hostile.py."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    more = {"save_all": True, "append_images": [image.rotate(180)]}
    wanted = [
        (image, "PNG", {}), (image.quantize(8), "PNG", {"transparency": 3}), (image.convert("LA"), "PNG", {}),
        (image.convert("1"), "PNG", {}), (image.convert("I;16"), "PNG", {}), (image, "PNG", more),
        (image, "JPEG", {}), (image, "JPEG", {"progressive": True}), (image.convert("CMYK"), "JPEG", {}),
        (image.convert("L"), "JPEG", {"exif": _turned()}), (image, "WEBP", {}), (image, "WEBP", {"lossless": True}),
        (image.convert("RGBA"), "WEBP", more), (image, "GIF", more), (image.quantize(4), "GIF", {"transparency": 1}),
        (image, "BMP", {}), (image.quantize(4), "BMP", {}), (image.convert("RGBA"), "BMP", {}), (image, "TIFF", {}),
        (image, "TIFF", {"compression": "tiff_lzw"}), (image, "TIFF", {"compression": "tiff_adobe_deflate"}),
        (image, "TIFF", {"compression": "jpeg"}), (image.convert("1"), "TIFF", {"compression": "group4"}),
        (image.convert("F").point(lambda v: v / 255), "TIFF", {}), (image.convert("LAB"), "TIFF", {}),
        (image, "TIFF", more),
    ]  # fmt: skip
    samples = []
    for picture, form, options in wanted:
        data = _file(picture, form, **options)
        samples.append(Sample(f".{form.lower()}", data))
        if form == "PNG":
            samples.append(Sample(".png", data, png_mended))
    with tempfile.TemporaryDirectory() as folder:
        make_hostile_files(Path(folder))
        paths = sorted(path for path in Path(folder).iterdir() if path.is_file())
        found = [Sample(path.suffix, path.read_bytes()) for path in paths if 0 < path.stat().st_size < LARGEST]
    return samples + _profiled(image) + _told_by_chunks(image) + _photometries() + _turned_samples(image) + found


def _profiled(image: Image.Image) -> list[Sample]:
    """Pictures with a color profile, as they are and with damage to the profile alone."""
    samples = []
    for gray in (False, True):
        profile = photometry.profile_from(1.8, photometry.ADOBE_RGB, gray)
        assert profile
        picture = image.convert("L") if gray else image
        for form in ("PNG", "JPEG", "TIFF", "WEBP"):
            samples.append(Sample(f".{form.lower()}", _file(picture, form, icc_profile=profile)))
        pack = partial(_with_profile, picture)
        samples += [Sample(".jpg", profile, pack)] * 2
    return samples


def _with_profile(image: Image.Image, profile: bytes) -> bytes:
    return _file(image, "JPEG", icc_profile=profile[:60_000])


def _told_by_chunks(image: Image.Image) -> list[Sample]:
    """PNG files that tell of their colors by chunks, whose checksums are put right."""
    primaries = struct.pack(">8I", *(round(100_000 * value) for value in photometry.ADOBE_RGB))
    chunks = {b"gAMA": struct.pack(">I", 55_000), b"cHRM": primaries, b"sRGB": b"\0"}
    told: list[dict[bytes, bytes]] = [{name: data} for name, data in chunks.items()]
    told += [{b"gAMA": chunks[b"gAMA"], b"cHRM": primaries}]
    told += [{b"cICP": bytes(codes)} for codes in ((1, 13, 0, 1), (12, 13, 0, 1), (9, 14, 0, 1), (9, 16, 0, 1))]
    samples = []
    for picture in (image, image.convert("L"), image.convert("I;16"), image.quantize(8)):
        plain = _file(picture, "PNG")
        for parts in told:
            put = b"".join(struct.pack(">I", len(data)) + name + data + bytes(4) for name, data in parts.items())
            samples.append(Sample(".png", plain[:33] + put + plain[33:], png_mended))
    return samples


def _photometries() -> list[Sample]:
    """TIFF files of 8 x 8 numbers of all kinds: white is 0, 12, 16 and 32 bits, signs, inks, two orders of bytes."""
    kinds: list[dict[str, Any]] = [{"photometry": 0}, {"bits": 16, "photometry": 0}, {"bits": 12}, {"bits": 16}]
    kinds += [{"bits": 32, "form": 3}, {"bits": 32, "form": 3, "photometry": 0}, {"bits": 32}, {"bits": 32, "form": 2}]
    kinds += [{"form": 2}, {"bits": 16, "form": 2}, {"samples": 3, "photometry": 2}, {"samples": 3, "photometry": 6}]
    kinds += [{"samples": 4, "photometry": 5}, {"bits": 16, "samples": 3, "photometry": 2}]
    samples = []
    for kind in kinds:
        for order in "<>":
            count = 96 if kind.get("bits") == 12 else 64 * kind.get("samples", 1)  # 12 bits: 96 bytes
            form = {8: "u1", 12: "u1", 16: "u2", 32: "f4" if kind.get("form") == 3 else "u4"}[kind.get("bits", 8)]
            white = 1 if form == "f4" else 2 ** min(kind.get("bits", 8), 16) - 1
            numbers = np.linspace(0, white if form != "u1" else 255, count)
            samples.append(Sample(".tif", tiff(numbers.astype(f"{order}{form}").tobytes(), order=order, **kind)))
    return samples


def _turned_samples(image: Image.Image) -> list[Sample]:
    """Pictures with each orientation, and with numbers that are none."""
    return [
        Sample(f".{form.lower()}", _file(image, form, exif=_turned(number)))
        for form in ("JPEG", "PNG", "WEBP", "TIFF")
        for number in (*range(10), 99, 65_535)
    ]


def _turned(number: int = 6) -> Image.Exif:
    note = Image.Exif()
    note[274] = number
    return note


def _file(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def png_mended(data: bytes) -> bytes:
    """A PNG file with the right checksum for each chunk, as far as the chunks can be followed."""
    mended, at = bytearray(data), 8
    while at + 12 <= len(mended):
        (size,) = struct.unpack_from(">I", mended, at)
        end = at + 8 + size
        if end + 4 > len(mended):
            break
        struct.pack_into(">I", mended, end, zlib.crc32(mended[at + 4 : end]))
        at = end + 4
    return bytes(mended)


@cache
def tar_samples() -> list[Sample]:
    """An archive of small pictures in each format of tar, as it is and with the checksums of its headers put right."""
    pictures = [sample for sample in picture_samples() if len(sample.data) < 900][:4]
    samples = []
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=form) as archive:
            for i, picture in enumerate(pictures):
                member = tarfile.TarInfo(
                    "n" * (120 if i == 0 and form != tarfile.USTAR_FORMAT else 0) + f"{i}{picture.suffix}"
                )
                member.size = len(picture.data)
                archive.addfile(member, io.BytesIO(picture.data))
        samples += [Sample(".tar", file.getvalue()), Sample(".tar", file.getvalue(), tar_mended)]
    return samples


def tar_mended(data: bytes) -> bytes:
    """A tar archive with the right checksum in each header."""
    mended = bytearray(data)
    for at in range(0, len(mended) - 511, 512):
        if mended[at + 257 : at + 262] == b"ustar":
            mended[at + 148 : at + 156] = b" " * 8
            mended[at + 148 : at + 156] = b"%06o\0 " % sum(mended[at : at + 512])
    return bytes(mended)


class Small(Training[SimpleNamespace]):
    """What a training keeps: a network and the state of its optimizer. It has no step to take."""

    def __init__(self) -> None:
        super().__init__(SimpleNamespace(steps=0, lr=1e-3), 0)
        self.net = self.learn("net", torch.nn.Linear(3, 2))
        self.descend("net", self.net(torch.rand(4, 3)).sum(), 1e-3)

    @property
    def result(self) -> torch.nn.Module:
        return self.net


@cache
def checkpoint_samples() -> list[Sample]:
    """The checkpoint of a small training, as a file, as its header, and as the tree in its header."""
    state = {key: part.state_dict() for key, part in Small().stateful.items()}
    progress = {"step": 20, "seconds": 1.5, "history": [{"step": 20, "loss": 1.0}]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.safetensors"
        save_state(path, {"state": state, "progress": progress})
        data = path.read_bytes()
    header, body = _parted(data)
    entries = json.loads(header)

    def with_tree(tree: bytes) -> bytes:
        metadata = {"state": tree.decode("utf-8", "replace")}
        return _joined(json.dumps({**entries, "__metadata__": metadata}).encode(), body)

    tree = Sample(".safetensors", entries["__metadata__"]["state"].encode(), with_tree)
    return [*_weight_samples(data), tree, tree]


def _weight_samples(data: bytes) -> list[Sample]:
    """A safetensors file as it is, and its header, which gets its right length."""
    header, body = _parted(data)
    return [Sample(".safetensors", data), Sample(".safetensors", header, lambda changed: _joined(changed, body))]


def _parted(data: bytes) -> tuple[bytes, bytes]:
    (size,) = struct.unpack_from("<Q", data)
    return data[8 : 8 + size].rstrip(), data[8 + size :]


def _joined(header: bytes, body: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + body


@cache
def network_samples() -> list[tuple[Sample, list[Sample]]]:
    """Small networks of four kinds: the card of each, and its weights."""
    torch.manual_seed(0)
    makers = {
        "style": (transform_net, {"styles": 2, "base": 2, "full_size_skip": True}),
        "generator": (UNet, {"base": 2, "cap": 4, "depth": 3, "full_size_skip": True}),
        "discriminator": (PatchGAN, {"receptive_field": 16, "base": 2}),
        "super-resolution": (super_res_net, {"factor": 2, "base": 4, "residuals": 1}),
    }
    samples = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.safetensors"
        for kind, (make, arguments) in makers.items():
            zoo.save(make(**arguments), {"kind": kind, "arguments": arguments, "styles": ["a", "b"]}, path)
            card = Sample(".json", path.with_suffix(".json").read_bytes())
            samples.append((card, _weight_samples(path.read_bytes())))
    return samples


@cache
def loss_network_samples() -> list[Sample]:
    """The first layer of a VGG-16 as safetensors and as npz: the whole file, and one array of it, packed anew."""
    rng = np.random.default_rng(0)
    arrays = {
        "features.0.weight": rng.standard_normal((64, 3, 3, 3), np.float32),
        "features.0.bias": np.zeros(64, np.float32),
    }
    npy = {}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.save(file, array)
        npy[name] = file.getvalue()
    packed = [Sample(".npz", data, lambda new, name=name: _zipped(npy | {name: new})) for name, data in npy.items()]
    return [
        *_weight_samples(save({k: torch.from_numpy(v) for k, v in arrays.items()})),
        Sample(".npz", _zipped(npy)),
        *packed,
    ]


def _zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), data)  # of 1980, so that a case is always the same
    return file.getvalue()


# Readers


def read_picture(rng: Random, folder: Path) -> None:
    """The picture door: the whole picture or a small one, its size by the head of the file, its note, its alpha."""
    path = _put(folder, _odd_name(rng) if rng.random() < 0.1 else "case", picture_samples(), rng, damage=0.95)
    assert isinstance(read_note(path), str)
    size = [None, 9, (5, 7)][rng.integers(3)]
    x = load_picture(path, size)
    _is_picture(x)
    if size is None and not path.read_bytes().startswith(b"\x89PNG"):  # these may say at their end how they are turned
        assert size_of(path) == x.shape[-2:]
    alpha, exif = beside(path)
    assert isinstance(exif, bytes) and (alpha is None or (alpha.shape[:2] == (1, 1) and 0 <= alpha.min() < 1))


def read_pairs(rng: Random, folder: Path) -> None:
    """Folders of photos, pairs and contours, with odd names, missing partners and damaged files."""
    kind = rng.integers(4)
    names = ("A", "B") if kind == 0 else ("photos",)
    for name in names:
        for i in range(rng.integers(1, 4)):
            place = folder / "set" / name if kind == 0 else folder / "set"
            _put(place, _odd_name(rng) if rng.random() < 0.3 else f"{i}", picture_samples(), rng, damage=0.4)
    if kind == 1:
        data = _file(Image.new("RGB", (16, 12), (9, 9, 9)), "JPEG")
        (folder / "set" / "7.jpg").write_bytes(data)
        _put(folder / "set", "7_drawn", [Sample(".png", s.data, s.pack) for s in picture_samples()], rng, damage=0.4)
    reader = (PairFolder, ContourFolder, PhotoFolder, PairFolder)[kind]
    found = reader(folder / "set")
    if isinstance(found, PairFolder):
        found.check_sizes()
    for item in found:
        pictures = (
            [item]
            if isinstance(item, torch.Tensor)
            else [x for part in item for x in (part if isinstance(part, list) else [part])]
        )
        for x in pictures:
            _is_picture(x)
        assert len({x.shape for x in pictures}) == 1


def read_checkpoint(rng: Random, folder: Path) -> None:
    """A checkpoint, and a training that goes on from it."""
    path = _put(folder, CHECKPOINT.removesuffix(".safetensors"), checkpoint_samples(), rng, damage=0.9)
    assert all(x.isfinite().all() for x in _tensors(load_state(path)))
    fit(Small(), folder, resume=True)


def read_network(rng: Random, folder: Path) -> None:
    """A card and its weights, one of them damaged; mostly the hash in the card is made right."""
    card, weights = network_samples()[rng.integers(len(network_samples()))]
    of_card = rng.random() < 0.5
    chosen = weights[rng.integers(len(weights))]
    path = _put(folder, "case", [chosen] if not of_card else weights[:1], rng, damage=not of_card)
    text = damaged(card, [card], rng) if of_card else card.data
    if rng.random() < 0.8:
        old = json.loads(card.data)["sha256"].encode()
        text = text.replace(old, sha256(path.read_bytes()).hexdigest().encode())
    path.with_suffix(".json").write_bytes(text)
    assert zoo.card(str(path))["kind"] in zoo.KINDS
    net = zoo.load(str(path))
    assert not net.training and all(x.isfinite().all() and x.dtype == torch.float32 for x in net.parameters())


def read_loss_network(rng: Random, folder: Path) -> None:
    """The weights of a VGG from a file."""
    path = _put(folder, f"case_{rng.choice(['rgb', 'bgr'])}", loss_network_samples(), rng)
    features = zoo.loss_network("vgg16", path)(torch.rand(1, 3, 8, 8), ["relu1_1"])["relu1_1"]
    assert features.shape == (1, 64, 8, 8)  # finite weights may be so large that the features are not


def read_shards(rng: Random, folder: Path) -> None:
    """Photos out of a tar archive."""
    shards = Shards(find_shards(_put(folder, "case", tar_samples(), rng)))
    for place in range(min(len(shards), 4)):
        photo = shards.photo(0, place)
        assert photo.dtype == np.uint8 and photo.ndim == 3 and photo.shape[2] == 3


READERS = {
    "picture": Reader(read_picture, PictureError, 0.4),
    "pairs": Reader(read_pairs, PictureError, 0.12),
    "checkpoint": Reader(read_checkpoint, CheckpointError, 0.16),
    "network": Reader(read_network, CheckpointError, 0.16),
    "loss network": Reader(read_loss_network, CheckpointError, 0.08),
    "shards": Reader(read_shards, PictureError, 0.08),
}


def drawn(number: int) -> tuple[str, Random]:
    """The name of the reader of a case, and its random numbers."""
    rng = np.random.default_rng((0, number))
    shares = [reader.share for reader in READERS.values()]
    return list(READERS)[rng.choice(len(shares), p=shares)], rng


def _put(folder: Path, stem: str, samples: list[Sample], rng: Random, damage: float = 1.0) -> Path:
    """Write one of the samples, damaged with a chance of ``damage``."""
    sample = samples[rng.integers(len(samples))]
    data = damaged(sample, samples, rng) if rng.random() < damage else sample.pack(sample.data)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{stem}{sample.suffix}"
    if not path.is_dir():
        path.write_bytes(data)
    return path


def _odd_name(rng: Random) -> str:
    names = [
        "two\nlines",
        "٣ ²",
        "%20 #1",
        "n" * 200,
        "-rf",
        " ",
        "a.b.c",
        "é",
        "e\u0301",
        "\uac00",
        "\u1100\u1161",
        os.fsdecode(b"\xff\xfe"),
        os.fsdecode(b"caf\xe9"),
        "0",
        "00",
        "\u202egnp",
    ]
    return names[rng.integers(len(names))]


def _is_picture(x: torch.Tensor) -> None:
    """Assert that ``x`` is one picture as the package knows it."""
    images.check(x)
    assert x.shape[0] == 1 and x.dtype == torch.float32 and x.is_contiguous() and 0 <= x.min() and x.max() <= 1


def _tensors(tree: Any) -> Iterable[torch.Tensor]:
    """All tensors of a nested state."""
    if isinstance(tree, torch.Tensor):
        yield tree
    elif isinstance(tree, dict | list):
        for part in tree.values() if isinstance(tree, dict) else tree:
            yield from _tensors(part)
