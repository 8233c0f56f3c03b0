"""Files that people, cameras and accidents bring to the picture door, each with what must happen."""

import io
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

RED, WHITE, GRAY = (1.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class HostileFile:
    """A file, and either the ``size`` (height, width) and mean color it must open with, or the refusal's words."""

    path: Path
    size: tuple[int, int] | None = None
    mean: tuple[float, float, float] | None = None
    refused: str | None = None


def encoded(image: Image.Image, form: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes, crc: int | None = None) -> bytes:
    """One chunk of a PNG."""
    crc = zlib.crc32(kind + data) if crc is None else crc
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)


def png(width: int, height: int, depth: int = 8, color: int = 2, data: bytes = b"", extra: bytes = b"") -> bytes:
    """A PNG written by hand: it may claim what it does not hold."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def flat(mode: str, color, size=(6, 4)) -> Image.Image:
    return Image.new(mode, size, color)


def noise(size=(64, 48)) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))


def pictures() -> dict[str, tuple[bytes, tuple[int, int], tuple]]:
    """Unusual but sound: name -> bytes, size, mean color."""
    sixteen = Image.fromarray(np.full((4, 6), 0x8000, np.uint16))
    palette = flat("P", 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    frames = [flat("RGB", "red"), flat("RGB", "blue")]
    fractions = Image.fromarray(np.full((4, 6), 0.5, np.float32))
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(8 << 20)))
    row = b"\0" + struct.pack(">3H", 0xFFFF, 0, 0) * 6
    return {
        "gray16.png": (encoded(sixteen, "PNG"), (4, 6), GRAY),
        "gray16.tif": (encoded(sixteen, "TIFF"), (4, 6), GRAY),
        "rgb16.png": (png(6, 4, depth=16, data=row * 4), (4, 6), RED),
        "float.tif": (encoded(fractions, "TIFF"), (4, 6), GRAY),
        "cmyk.jpg": (encoded(flat("CMYK", (0, 255, 255, 0)), "JPEG", quality=100), (4, 6), RED),
        "cmyk.tif": (encoded(flat("CMYK", (0, 255, 255, 0)), "TIFF"), (4, 6), RED),
        "palette.png": (encoded(palette, "PNG"), (4, 6), RED),
        "palette_clear.png": (encoded(palette, "PNG", transparency=0), (4, 6), WHITE),
        "gray_alpha.png": (encoded(flat("LA", (0, 0)), "PNG"), (4, 6), WHITE),
        "clear.png": (encoded(flat("RGBA", (0, 0, 0, 0)), "PNG"), (4, 6), WHITE),
        "half_clear.png": (encoded(flat("RGBA", (0, 0, 0, 128)), "PNG"), (4, 6), GRAY),
        "one_bit.png": (encoded(flat("1", 1), "PNG"), (4, 6), WHITE),
        "dot.png": (encoded(flat("RGB", "red", (1, 1)), "PNG"), (1, 1), RED),
        "line.png": (encoded(flat("RGB", "red", (4000, 1)), "PNG"), (1, 4000), RED),
        "pole.png": (encoded(flat("RGB", "red", (1, 4000)), "PNG"), (4000, 1), RED),
        "animated.gif": (encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), (4, 6), RED),
        "animated.webp": (encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True), (4, 6), RED),
        "pages.tif": (encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:]), (4, 6), RED),
        "progressive.jpg": (encoded(flat("RGB", "red"), "JPEG", progressive=True, quality=100), (4, 6), RED),
        "bitmap.bmp": (encoded(flat("RGB", "red"), "BMP"), (4, 6), RED),
        "name with spaces é 漢字.png": (encoded(flat("RGB", "red"), "PNG"), (4, 6), RED),
        "really_a_jpeg.png": (encoded(flat("RGB", "red"), "JPEG", quality=100), (4, 6), RED),
        "bad_exif.jpg": (encoded(flat("RGB", "red"), "JPEG", quality=100, exif=b"Exif\0\0garbage"), (4, 6), RED),
        "long_comment.png": (png(6, 4, data=(b"\0" + b"\xff\0\0" * 6) * 4, extra=bomb), None, None),
    }


def refusals() -> dict[str, tuple[bytes, str]]:
    """Not to be read: name -> bytes, words of the refusal."""
    big = Image.fromarray(np.linspace(0, 300, 24, dtype=np.float32).reshape(4, 6))
    cut = {f"cut.{form.lower()}": encoded(noise(), form) for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")}
    header = struct.pack(">IIBBBBB", 6, 4, 8, 2, 0, 0, 0)
    bitmap = bytearray(encoded(flat("RGB", "red"), "BMP"))
    bitmap[18:26] = struct.pack("<ii", 65535, 65535)
    return {name: (data[: len(data) // 2], "damaged|not a picture") for name, data in cut.items()} | {
        "empty.png": (b"", "empty"),
        "text.png": (b"This is not a picture.\n" * 9, "not a picture"),
        "page.jpg": (b"<!DOCTYPE html><html><body>404</body></html>", "not a picture"),
        "vector.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a picture"),
        "paper.pdf": (b"%PDF-1.7\n1 0 obj\n", "not a picture"),
        "icon.ico": (encoded(flat("RGB", "red", (16, 16)), "ICO"), "not a picture"),
        "photoshop.psd": (b"8BPS\0\1" + bytes(64), "not a picture"),
        "zeros.png": (bytes(1 << 20), "not a picture"),
        "huge.png": (png(12000, 12000), "12000x12000.*megapixels"),
        "huge.bmp": (bytes(bitmap), "megapixels"),
        "no_pixels.png": (png(0, 0), "not a picture|no pixels|damaged"),
        "bad_crc.png": (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header, crc=1), "not a picture|damaged"),
        "float_300.tif": (encoded(big, "TIFF"), "values lie outside of 0 to 1"),
    }


def turned(orientation: int) -> bytes:
    """A white 30x20 picture with one red corner, turned so that the EXIF tag turns it back."""
    image = flat("RGB", "white", (30, 20))
    image.paste((255, 0, 0), (0, 0, 10, 10))
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # of Image.Transpose
    stored = image if undo is None else image.transpose(Image.Transpose(undo))
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert ImageOps.exif_transpose(stored).size == stored.size  # the tag is not yet there
    return encoded(stored, "JPEG", quality=100, subsampling=0, exif=exif.tobytes())


def make_hostile_files(folder: Path) -> list[HostileFile]:
    """Write all of them into ``folder``."""
    made = []

    def write(name: str, data: bytes, **outcome) -> None:
        (folder / name).write_bytes(data)
        made.append(HostileFile(folder / name, **outcome))

    for name, (data, size, mean) in pictures().items():
        write(name, data, size=size, mean=mean)
    for name, (data, words) in refusals().items():
        write(name, data, refused=words)
    for orientation in range(1, 9):
        write(f"turned_{orientation}.jpg", turned(orientation), size=(20, 30))
    (folder / "folder.png").mkdir()
    (folder / "circle.png").symlink_to(folder / "circle.png")
    made += [
        HostileFile(folder / "folder.png", refused="is a folder"),
        HostileFile(folder / "circle.png", refused="cannot be opened|no such file"),
        HostileFile(folder / "absent.png", refused="no such file"),
    ]
    return made
