"""Files that people hand over as pictures: odd ones that must open, and broken ones that must be refused."""

import io
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

Color = tuple[float, float, float]
BLUE = (40, 80, 200)
WHITE, BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
SEEN = tuple(value / 255 for value in BLUE)


class Opens(NamedTuple):
    """The picture has this size, and this color in its top left corner (RGB in [0, 1])."""

    height: int
    width: int
    color: Color


class HostileFile(NamedTuple):
    """A file, and what comes of it: a picture, or an error whose text matches a regular expression."""

    path: Path
    outcome: Opens | str


Made = Iterator[tuple[str, bytes, Opens | str]]


def make_hostile_files(folder: Path) -> list[HostileFile]:
    """Write all hostile files into ``folder``. One without read permission is left out where root reads it anyway."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for kind in (_modes, _transparent, _shapes, _turned, _several, _lied_about, _large, _cut, _damaged, _foreign):
        for name, data, outcome in kind():
            (folder / name).write_bytes(data)
            made.append(HostileFile(folder / name, outcome))
    return made + _places(folder)


def _file(image: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _plain(mode: str = "RGB", size: tuple[int, int] = (9, 6), color=BLUE) -> Image.Image:
    return Image.new(mode, size, color)


def _busy(side: int = 64) -> Image.Image:
    """Noise, whose file is long enough to be cut anywhere."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8))


def _values(values, dtype) -> Image.Image:
    return Image.fromarray(np.full((6, 9), values, dtype=dtype))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _png(width: int, height: int, bits: int, kind: int, row: bytes = b"", extra: bytes = b"") -> bytes:
    """A PNG of equal rows, by hand: Pillow writes neither 16-bit color nor lies."""
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress((b"\0" + row) * height)) if row else b""
    return b"\x89PNG\r\n\x1a\n" + header + extra + pixels + _chunk(b"IEND", b"")


def _tiff(kind: int, sample_format: int, row: bytes, width: int, height: int, bits: int) -> bytes:
    """A little-endian TIFF of equal rows with three samples a pixel. ``kind``: photometric interpretation."""
    data = row * height
    after = 8 + len(data)  # three numbers of 16 bits, then the directory
    size, layout = len(data), sample_format
    tags = [(256, 3, 1, width), (257, 3, 1, height), (258, 3, 3, after), (259, 3, 1, 1), (262, 3, 1, kind),
            (273, 4, 1, 8), (277, 3, 1, 3), (278, 3, 1, height), (279, 4, 1, size), (339, 3, 1, layout)]  # fmt: skip
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", after + 6) + data + struct.pack("<3H", bits, bits, bits) + directory


def _modes() -> Made:
    """Depths and color models, all of one color."""
    half = (32768 / 65535,) * 3
    deep = [round(65535 * value) for value in SEEN]
    yield "gray_16_bit.png", _file(_values(32768, np.uint16), "PNG"), Opens(6, 9, half)
    yield "gray_16_bit.tif", _file(_values(32768, np.uint16), "TIFF"), Opens(6, 9, half)
    yield "color_16_bit.png", _png(9, 6, 16, 2, struct.pack(">3H", *deep) * 9), Opens(6, 9, SEEN)
    yield "color_16_bit.tif", _tiff(2, 1, struct.pack("<3H", *deep) * 9, 9, 6, 16), Opens(6, 9, SEEN)
    yield "gray_float.tif", _file(_values(0.25, np.float32), "TIFF"), Opens(6, 9, (0.25,) * 3)
    yield "gray_float_bright.tif", _file(_values(7.5, np.float32), "TIFF"), r"values lie outside of 0 to 1;"
    yield "gray_float_nan.tif", _file(_values(np.nan, np.float32), "TIFF"), r"values lie outside of 0 to 1;"
    yield "gray_32_bit.tif", _file(_values(100_000, np.int32), "TIFF"), r"values lie outside of 0 to 65535;"
    yield "color_float.tif", _tiff(2, 3, struct.pack("<3f", *SEEN) * 9, 9, 6, 32), r"not a picture that can be read"
    yield "lab.tif", _file(_plain("LAB", color=(128, 128, 128)), "TIFF"), Opens(6, 9, (119 / 255,) * 3)  # L* = 50
    yield "cmyk.jpg", _file(_plain().convert("CMYK"), "JPEG", quality=95), Opens(6, 9, SEEN)
    yield "cmyk.tif", _file(_plain().convert("CMYK"), "TIFF"), Opens(6, 9, SEEN)
    yield "one_bit.png", _file(_plain("1", color=0), "PNG"), Opens(6, 9, BLACK)
    yield "fax.tif", _file(_plain("1", color=1), "TIFF", compression="group4"), Opens(6, 9, WHITE)
    yield "palette.bmp", _file(_plain().quantize(4), "BMP"), Opens(6, 9, SEEN)
    yield "progressive.jpg", _file(_plain(), "JPEG", quality=95, progressive=True), Opens(6, 9, SEEN)
    yield "lossless.webp", _file(_plain(), "WEBP", lossless=True), Opens(6, 9, SEEN)


def _transparent() -> Made:
    """What is transparent lies on white."""
    mixed = tuple((value + 1) / 2 for value in SEEN)
    indexed = Image.new("P", (9, 6), 1)
    indexed.putpalette([*BLUE, 255, 0, 0])
    yield "clear.png", _file(_plain("RGBA", color=(0, 0, 0, 0)), "PNG"), Opens(6, 9, WHITE)
    yield "half_clear.webp", _file(_plain("RGBA", color=(*BLUE, 128)), "WEBP", lossless=True), Opens(6, 9, mixed)
    yield "gray_clear.png", _file(_plain("LA", color=(0, 128)), "PNG"), Opens(6, 9, (0.5,) * 3)
    yield "palette_clear.png", _file(indexed, "PNG", transparency=1), Opens(6, 9, WHITE)
    yield "palette_half_clear.png", _file(indexed, "PNG", transparency=b"\xff\x80"), Opens(6, 9, (1.0, 0.5, 0.5))
    yield "palette_clear.gif", _file(indexed, "GIF", transparency=1), Opens(6, 9, WHITE)
    yield "one_bit_clear.png", _file(_plain("1", color=0), "PNG", transparency=0), Opens(6, 9, WHITE)
    yield "deep_clear.png", _png(9, 6, 16, 6, struct.pack(">4H", 0, 0, 0, 0) * 9), Opens(6, 9, WHITE)
    gray_key = _chunk(b"tRNS", struct.pack(">H", 500))
    yield "gray_16_bit_clear.png", _png(9, 6, 16, 0, struct.pack(">H", 500) * 9, gray_key), Opens(6, 9, WHITE)


def _shapes() -> Made:
    for width, height in ((1, 1), (1, 4000), (4000, 1)):
        yield f"{width}x{height}.png", _file(_plain(size=(width, height)), "PNG"), Opens(height, width, SEEN)


def _turned() -> Made:
    """Pictures that say how they are to be turned: upright, each has a blue corner at its top left."""
    # How an upright picture is stored so that EXIF orientation n (TIFF 6.0, tag 274) turns it back.
    turn = Image.Transpose
    ways = [None, turn.FLIP_LEFT_RIGHT, turn.ROTATE_180, turn.FLIP_TOP_BOTTOM,
            turn.TRANSPOSE, turn.ROTATE_90, turn.TRANSVERSE, turn.ROTATE_270]  # fmt: skip
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste(BLUE, (0, 0, 16, 16))
    for number, way in enumerate(ways, start=1):
        stored, note = upright if way is None else upright.transpose(way), Image.Exif()
        note[274] = number
        yield f"turned_{number}.jpg", _file(stored, "JPEG", exif=note, quality=95), Opens(32, 48, SEEN)
        if number == 6:
            for suffix, form in (("png", "PNG"), ("tif", "TIFF"), ("webp", "WEBP")):
                yield f"turned_{number}.{suffix}", _file(stored, form, exif=note), Opens(32, 48, SEEN)
    note = Image.Exif()
    note[274] = 77
    yield "turned_77.jpg", _file(upright, "JPEG", exif=note, quality=95), Opens(32, 48, SEEN)
    for name, junk in {"junk": b"Exif\0\0junk" * 5, "cut": b"Exif\0\0MM\0*\0\0\0\x08\0\x09\x01\x12"}.items():
        yield f"exif_{name}.jpg", _file(upright, "JPEG", exif=junk, quality=95), Opens(32, 48, SEEN)


def _several() -> Made:
    """Files of several pictures: the first one counts."""
    frames = {"save_all": True, "append_images": [_plain(color=(255, 0, 0))]}
    yield "animated.gif", _file(_plain(), "GIF", **frames), Opens(6, 9, SEEN)
    yield "animated.webp", _file(_plain(), "WEBP", lossless=True, **frames), Opens(6, 9, SEEN)
    yield "animated.png", _file(_plain(), "PNG", **frames), Opens(6, 9, SEEN)
    yield "pages.tif", _file(_plain(), "TIFF", **frames), Opens(6, 9, SEEN)
    yield "two_lenses.jpg", _file(_plain(), "MPO", quality=95, **frames), Opens(6, 9, SEEN)  # as phones store depth


def _lied_about() -> Made:
    """Good pictures under bad names or with junk around them."""
    good = _file(_plain(), "PNG")
    yield "a_jpeg.png", _file(_plain(), "JPEG", quality=95), Opens(6, 9, SEEN)
    yield "a_png", good, Opens(6, 9, SEEN)
    yield "naïve 画 %20 #1 (copy).PNG", good, Opens(6, 9, SEEN)
    yield "junk_after.png", good + b"junk" * 100, Opens(6, 9, SEEN)
    yield "bad_profile.jpg", _file(_plain(), "JPEG", quality=95, icc_profile=b"no profile"), Opens(6, 9, SEEN)


def _large() -> Made:
    """Small files that claim, or unpack to, too much."""
    bitmap = struct.pack("<IiiHHIIiiII", 40, 65535, 65535, 1, 24, 0, 0, 0, 0, 0, 0)
    yield "large.png", _png(12000, 12000, 8, 2), r"12000x12000 has more than the 100 megapixels"
    yield "huge.bmp", b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + bitmap, r"more than the 100 megapixels"
    frame = b"," + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\2\2\x44\1\0;"
    screen = struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
    yield "huge.gif", b"GIF89a" + screen + frame, r"more than the 100 megapixels"
    bomb = zlib.compress(bytes(20_000_000))
    text, profile = _chunk(b"zTXt", b"Comment\0\0" + bomb), _chunk(b"iCCP", b"x\0\0" + bomb)
    yield "text_bomb.png", _png(9, 6, 8, 2, bytes(BLUE) * 9, text), r"damaged .*too large"
    yield "profile_bomb.png", _png(9, 6, 8, 2, bytes(BLUE) * 9, profile), r"damaged .*too large"


def _cut() -> Made:
    """Files that end too early."""
    for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"):
        whole = _file(_busy(), form)
        yield f"cut.{form.lower()}", whole[: len(whole) // 2], r"damaged or cut short|not a picture that can be read"
    yield "empty.png", b"", r"the file is empty"
    yield "signature.png", b"\x89PNG\r\n\x1a\n", r"not a picture that can be read"
    yield "no_pixels.png", _png(9, 6, 8, 2), r"damaged or cut short"


def _damaged() -> Made:
    good = _png(9, 6, 8, 2, bytes(BLUE) * 9)
    yield "bad_checksum.png", good[:29] + bytes(4) + good[33:], r"not a picture that can be read"
    yield "no_palette.png", _png(9, 6, 8, 3, bytes(9)), r"its palette is missing"
    yield "bad_data.png", good[:41] + b"\xff" * 8 + good[49:], r"damaged or cut short"
    refused = r"no pixels|not a picture that can be read"
    yield "nothing.png", _png(0, 0, 8, 2), refused
    bitmap = struct.pack("<IiiHHIIiiII", 40, 0, 0, 1, 24, 0, 0, 0, 0, 0, 0)
    yield "nothing.bmp", b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + bitmap, refused


def _foreign() -> Made:
    """No picture, or none of the formats that are read."""
    refused = r"not a picture that can be read, .*use PNG"
    yield "text.png", b"These are words.\n" * 20, refused
    yield "page.jpg", b"<!DOCTYPE html><html><title>404</title></html>", refused
    yield "noise.png", np.random.default_rng(1).bytes(5000), refused
    yield "drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6"/>', refused
    yield "paper.pdf", _file(_plain(), "PDF"), refused
    yield "icon.ico", _file(_plain(size=(16, 16)), "ICO"), refused
    yield "layers.psd", b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 6, 9, 8, 3) + bytes(200), refused


def _places(folder: Path) -> list[HostileFile]:
    """Paths with something wrong about the place."""
    made = [
        HostileFile(folder / "absent.png", r"no such file"),
        HostileFile(folder / "absent" / "absent.png", r"no such file"),
        HostileFile(folder / ("long" * 100 + ".png"), r"cannot be opened \(File name too long\)"),
    ]
    (folder / "folder.png").mkdir(exist_ok=True)
    made.append(HostileFile(folder / "folder.png", r"is a folder"))
    if os.name == "posix":  # elsewhere links need rights, and there are no pipes
        (folder / "link.png").symlink_to("1x1.png")
        (folder / "loop.png").symlink_to("loop.png")
        (folder / "nowhere.png").symlink_to("absent.png")
        os.mkfifo(folder / "pipe.png")
        made.append(HostileFile(folder / "link.png", Opens(1, 1, SEEN)))
        made.append(HostileFile(folder / "loop.png", r"cannot be opened \(Too many levels"))
        made.append(HostileFile(folder / "nowhere.png", r"no such file"))
        made.append(HostileFile(folder / "pipe.png", r"is not a file"))  # and never waited for
        if os.geteuid() != 0:
            closed = folder / "closed.png"
            closed.write_bytes(_file(_plain(), "PNG"))
            closed.chmod(0)
            made.append(HostileFile(closed, r"permission denied|Permission denied"))
    return made
