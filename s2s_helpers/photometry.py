"""What the numbers in a picture file mean: which is white, and of which colors they speak (chapter
01_sketches_and_pictures).

Pillow gives numbers as they stand. Here colors become sRGB, by the profile or by what PNG files tell in its place, and
what TIFF files say of their numbers is obeyed.
"""

import io
import struct
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
from PIL import Image, ImageCms, ImageMode

# Of tags (TIFF 6.0) and their values.
BITS, COMPRESSION, PHOTOMETRY, PLANES, COLORS, INKS, FORMAT, SUBSAMPLING = 258, 259, 262, 284, 320, 332, 339, 530
WHITE_IS_ZERO, SEPARATED, YCBCR, SIGNED, CMYK, APART, RAW = 0, 5, 6, 2, 1, 2, 1
INTEROPERABILITY, ADOBE = 0xA005, "R03"  # cameras note Adobe RGB so, without a profile (DCF 2.0)
MODES = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK"}  # of Pillow, by the space that a profile is of
# x and y of white, red, green and blue.
SRGB = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
ADOBE_RGB = (0.3127, 0.3290, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
P3 = (0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
BT_2020 = (0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
# What the first two numbers of a cICP chunk stand for (ITU-T H.273, tables 2 and 3): primaries, and light by number.
UNSPECIFIED, PRIMARIES = 2, {1: SRGB, 9: BT_2020, 12: P3}
HDR = {16: "PQ", 18: "HLG"}  # light beyond white, which a picture in [0, 1] has no place for
_STEPS = np.linspace(0, 1, 4096)
_IEC = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4)
_BT = np.where(_STEPS < 0.081, _STEPS / 4.5, ((_STEPS + 0.099) / 1.099) ** (1 / 0.45))
LIGHT: dict[int, float | np.ndarray] = {1: _BT, 4: 2.2, 5: 2.8, 6: _BT, 8: 1.0, 13: _IEC, 14: _BT, 15: _BT}
# Bradford's cone responses, by which ICC profiles move white to D50 (ICC.1:2010, annex E).
CONES = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D50 = np.array([0.9642, 1.0, 0.8249])


def code_points(file: BinaryIO) -> bytes:
    """The four numbers in the cICP chunk of a PNG file (PNG, third edition, 11.3.2.6), which Pillow passes over: for
    primaries, transfer, matrix and range (ITU-T H.273). Empty without one, and where the primaries or the transfer are
    not specified.
    """
    if file.read(8) != b"\x89PNG\r\n\x1a\n":
        return b""
    while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
        size = int.from_bytes(head[:4], "big")
        if head[4:] == b"cICP" and size == 4:
            codes = file.read(4)
            return b"" if len(codes) < 4 or UNSPECIFIED in codes[:2] else codes
        file.seek(size + 4, io.SEEK_CUR)
    return b""


def mend_clear(image: Image.Image, depth: int) -> None:
    """Put right which value of a PNG of ``depth`` bits stands for transparent: Pillow makes 8 bits of the pixels, and
    leaves that as the file has it.
    """
    clear = image.info.get("transparency")
    if image.mode == "L" and depth in (2, 4) and isinstance(clear, int):
        most = 2**depth - 1
        image.info["transparency"] = (clear & most) * 255 // most
    elif image.mode == "RGB" and depth == 16 and isinstance(clear, tuple):
        image.info["transparency"] = tuple(value >> 8 for value in clear)


def refuse(image: Image.Image) -> None:
    """Raise ValueError for a file whose numbers are not those of colors that are known here, and for a TIFF file whose
    numbers Pillow would give as other ones than they are. ``image.info["cicp"]`` are its ``code_points``.
    """
    if codes := image.info.get("cicp"):
        primaries, transfer, matrix, full = codes
        if transfer in HDR:
            raise ValueError(f"its colors are HDR ({HDR[transfer]})")
        if primaries not in PRIMARIES or transfer not in LIGHT or matrix or not full:
            raise ValueError(f"its colors are of a rare kind (cICP {', '.join(map(str, codes))})")
    tags: Any = getattr(image, "tag_v2", {})
    bits, photometry = max(tags.get(BITS, (1,))), tags.get(PHOTOMETRY)
    if SIGNED in tags.get(FORMAT, ()) and bits < 32:  # 32: what Pillow itself writes of numbers from 0 to 65535
        raise ValueError("its numbers have signs")
    if photometry == SEPARATED and tags.get(INKS, CMYK) != CMYK:
        raise ValueError("its inks are not cyan, magenta, yellow and black")
    raw = tags.get(COMPRESSION, RAW) == RAW
    if not raw and bits == 32 and tags.prefix == b"MM":  # Pillow takes them for little-endian
        raise ValueError("its numbers of 32 bits are compressed and big-endian")
    if raw and photometry == YCBCR and tuple(tags.get(SUBSAMPLING, (2, 2))) != (1, 1):
        raise ValueError("its colors are stored at half the size")
    if raw and tags.get(PLANES) == APART and bits > 8:
        raise ValueError("its colors are stored one after the other, with more than 8 bits")


def mended(image: Image.Image) -> Image.Image:
    """``image`` of 8 bits, or what Pillow does not make of it: alpha is taken out of gray, and a palette of 8 bits in a
    TIFF file, where 16 are the rule, has its colors (as libtiff gives them).
    """
    if image.mode == "La":
        return image.convert("LA")
    colors = getattr(image, "tag_v2", {}).get(COLORS, ())
    if image.mode == "P" and 0 < max(colors, default=0) < 256:
        image.putpalette(np.array(colors, np.uint8).reshape(3, -1).T.tobytes())
    return image


def brightness(image: Image.Image) -> np.ndarray:
    """The picture of one deep channel (modes I, I;16 and F) as float32 (H, W): 0 is black, 1 is white.

    Numbers beyond the range are as much beyond 0 to 1. Of 32 bits, files use 16, or all.
    """
    tags: Any = getattr(image, "tag_v2", {})
    values = np.asarray(image)
    white = 1 if image.mode == "F" else 65535
    if tags.get(BITS) == (12,):
        white = 4095
    if image.mode == "I" and tags.get(BITS) == (32,) and SIGNED not in tags.get(FORMAT, (1,)):
        values = values.view(np.uint32)
        white = 2**32 - 1 if values.max() >= 2**24 else white  # less would be black in 8 bits
    scaled = values.astype(np.float32)
    if (clear := image.info.get("transparency")) is not None:  # the one value that stands for it
        scaled[values == clear] = white
    scaled /= white
    return 1 - scaled if tags.get(PHOTOMETRY) == WHITE_IS_ZERO else scaled


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """``image`` with its colors in sRGB, as L, RGB, LA or RGBA; itself if ``profile`` is none that fits and is sound.

    An alpha channel is kept as it is.
    """
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = MODES.get(source.profile.xcolor_space)
        if mode is None or mode != _plain(image):
            return image
        clear = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
        made = ImageCms.profileToProfile(image.convert(mode), source, _srgb(), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    assert made is not None  # it is not done in place
    if clear:
        made.putalpha(clear)
    return made


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _plain(image: Image.Image) -> str:
    """The mode of the image without alpha and palette: L, RGB, CMYK or LAB."""
    return image.mode if image.mode in ("CMYK", "LAB") else ImageMode.getmode(image.mode).basemode.replace("P", "RGB")


def tones(profile: bytes | None) -> np.ndarray | None:
    """What a profile of gray makes of it: (256, 3) in [0, 1], for 0 to 1 in equal steps; None if it says nothing."""
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    made = in_srgb(ramp, profile)
    return None if made is ramp else np.asarray(made, dtype=np.float32)[0] / 255


def profile_of(image: Image.Image) -> bytes | None:
    """One of the code points of a PNG (``image.info["cicp"]``), which go before all else; the profile in the file; one
    of the gamma and the primaries that a PNG tells, or of what a camera notes.

    None where nothing is told, and where it is sRGB.
    """
    if codes := image.info.get("cicp"):
        colors, light = PRIMARIES[codes[0]], LIGHT[codes[1]]
        return None if colors is SRGB and light is _IEC else profile_from(light, colors, gray=_plain(image) == "L")
    if profile := image.info.get("icc_profile"):
        return profile
    if image.format == "PNG" and "srgb" not in image.info and (gamma := image.info.get("gamma")):
        primaries = image.info.get("chromaticity", SRGB)
        usual = np.allclose(primaries, SRGB, atol=0.005) and abs(1 / gamma - 2.2) < 0.05
        return None if usual else profile_from(1 / gamma, primaries, gray=_plain(image) == "L")
    if image.format in ("JPEG", "MPO") and image.getexif().get_ifd(INTEROPERABILITY).get(1) == ADOBE:
        return profile_from(563 / 256, ADOBE_RGB)
    return None


def profile_from(light: float | np.ndarray, primaries: Sequence[float], gray: bool = False) -> bytes | None:
    """An ICC profile of light = number ** ``light``, or of the light of numbers from 0 to 1 in equal steps; and of
    ``primaries`` as of ``SRGB``. None for impossible ones.
    """
    white, *colors = (np.array([x, y, 1 - x - y]) / max(y, 1e-6) for x, y in zip(*[iter(primaries)] * 2, strict=True))
    matrix = np.stack(colors, axis=1)
    values = np.asarray(light, dtype=np.float64).reshape(-1)
    if (values.size == 1 and not 0 < values[0] < 256) or abs(np.linalg.det(matrix)) < 1e-6:
        return None
    to_d50 = np.linalg.inv(CONES) @ np.diag((CONES @ D50) / (CONES @ white)) @ CONES
    columns = to_d50 @ matrix @ np.diag(np.linalg.solve(matrix, white))
    numbers = (values * (256 if values.size == 1 else 65535)).round().astype(">u2").tobytes()
    curve = b"curv" + struct.pack(">4xI", values.size) + numbers + bytes(-len(numbers) % 4)
    parts = {b"wtpt": _point(D50), b"kTRC": curve}
    if not gray:
        parts = {b"wtpt": _point(D50)} | {name + b"TRC": curve for name in (b"r", b"g", b"b")}
        parts |= {name + b"XYZ": _point(column) for name, column in zip((b"r", b"g", b"b"), columns.T, strict=True)}
    return _profile(b"GRAY" if gray else b"RGB ", parts)


def _point(xyz: np.ndarray) -> bytes:
    return b"XYZ " + struct.pack(">4x3i", *(round(65536 * value) for value in xyz))


def _profile(space: bytes, parts: Mapping[bytes, bytes]) -> bytes:
    """The file of a display profile, version 2 (ICC.1:2001-04): a header, where the parts lie, the parts."""
    at, places = 128 + 4 + 12 * len(parts), b""
    for name, data in parts.items():
        places += name + struct.pack(">2I", at, len(data))
        at += len(data)
    header = struct.pack(">I4xI4s4s4s12x4s28x3i48x", at, 0x02400000, b"mntr", space, b"XYZ ", b"acsp",
                         *(round(65536 * value) for value in D50))  # fmt: skip
    return header + struct.pack(">I", len(parts)) + places + b"".join(parts.values())
