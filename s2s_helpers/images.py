"""The only door for pixels: read, check, convert, show and write pictures (chapter 01_sketches_and_pictures).

Inside the package a picture is a float32 tensor (N, 3, H, W), RGB, in [0, 1].
"""

import base64
import html
import io
import stat
import struct
import warnings
import zlib
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

import numpy as np
import torch
from PIL import ExifTags, Image, ImageDraw, ImageOps, UnidentifiedImageError, features
from PIL.PngImagePlugin import PngInfo
from torch.nn.functional import interpolate, pad

from . import photometry
from .runtime.files import whole

# 100 megapixels: hardly a camera of today gives more, and as floats they fill 1.2 GB, while they are read twice that.
MAX_PIXELS = 100_000_000
MAX_SIDE = 65_535  # no sound picture of a scanner or camera is longer; decoders of damaged ones need seconds
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
READ = f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}"
OPENED = (*FORMATS, "AVIF") if features.check("avif") else FORMATS  # since 11.3, not on all machines
PLAIN = (".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff")
SUFFIXES = (*PLAIN, ".avif", ".avifs") if "AVIF" in OPENED else PLAIN
# What phones make and Pillow does not read, by the brand in the first box of the file (ISO 14496-12).
BRANDS = dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC")
BRANDS |= dict.fromkeys((b"avif", b"avis"), "AVIF")
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # how the files begin
WRITERS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}
LOSSY = ("JPEG", "WEBP")  # the formats that have a quality
QUALITY = 95  # theirs, if none is asked for
NOTE = "s2s"  # the keyword of the text in PNG files, and the first word of the EXIF tag in others
BEYOND = 0.1  # how far a bicubic kernel may overshoot at an edge
LONGEST = {"JPEG": 65_500, "WEBP": 16_383}  # pixels of a side: limits of libjpeg and of the WebP container

# What Pillow raises on damaged files, found by feeding it thousands of them.
DAMAGE = (OSError, SyntaxError, ValueError, TypeError, struct.error, zlib.error, EOFError, IndexError, KeyError,
          OverflowError, AttributeError, NotImplementedError, RuntimeError,
          Image.DecompressionBombError)  # fmt: skip
T = TypeVar("T")
# The EXIF that stays true whatever becomes of the pixels, by its groups of tags. Of the first: what is shown, camera,
# program, date, owner. Of that of the camera not its maker's own notes, which would point to wrong places, and not
# colors and size. All of the place. So orientation and thumbnail, which are of the old pixels, are left out.
_WORDS = "ImageDescription Make Model Software DateTime Artist HostComputer Copyright"
_OF_PIXELS = "MakerNote ColorSpace ExifImageWidth ExifImageHeight ExifInteroperabilityOffset"
TOLD, OF_PIXELS = ({ExifTags.Base[name] for name in names.split()} for names in (_WORDS, _OF_PIXELS))
KEPT: dict[int, Callable[[int], bool]] = {
    0: TOLD.__contains__,
    ExifTags.IFD.Exif: lambda tag: tag not in OF_PIXELS,
    ExifTags.IFD.GPSInfo: lambda tag: True,
}
LONGEST_EXIF = 65_000  # bytes; JPEG has room for 65,533, and a note comes with it


class PictureError(ValueError):
    """A picture that cannot be read, used or written. The text names the file, the reason and a way out."""

    def __init__(self, text: str):
        super().__init__(" ".join(text.splitlines()))  # one line, even if the name of the file has two


def load_picture(path: str | Path, size: int | tuple[int, int] | None = None) -> torch.Tensor:
    """The picture in a file, (1, 3, H, W), RGB, in [0, 1].

    PNG, JPEG, WebP, GIF and animated WebP (first frame), BMP and TIFF (first page), AVIF where Pillow has it; 1 to
    16 bits, gray, palette, CMYK, gray of 32 bits and float gray in [0, 1]. Transparent parts are laid on white; the
    EXIF orientation and the color profile are obeyed (``photometry``).
    ``size``: an integer for the longer side, keeping the aspect, or (H, W) to fill, cutting what
    does not fit, equally at both ends.

    Raises PictureError for a missing, empty, damaged or foreign file, for a size below 1, and above
    ``MAX_PIXELS`` or ``MAX_SIDE``, which are counted before anything is decoded.
    """
    _check_file(path := Path(path))
    x = _decode(path, path)
    return x if size is None else fit(x, size)


def decode_picture(data: bytes, name: str | Path) -> torch.Tensor:
    """The picture in the bytes of a file, as ``load_picture``; errors call it ``name``."""
    return _decode(io.BytesIO(data), Path(name))


def _decode(source: Path | io.BytesIO, path: Path) -> torch.Tensor:
    """The picture in ``source``, which errors call ``path``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of what is refused or mended below
        array = _opened(source, path, lambda image: _to_array(path, _upright(image)))
    # A clone, since .contiguous() leaves 1x1 pixels as they lie, and what is made of them would be channels-last.
    return torch.from_numpy(array).permute(2, 0, 1)[None].clone(memory_format=torch.contiguous_format)


def _opened(source: Path | io.BytesIO, path: Path, use: Callable[[Image.Image], T]) -> T:
    """``use`` of the image in the file, whose size is right. Whatever goes wrong in it is a PictureError."""
    try:
        # An open file, not its name: of that Pillow would map TIFF files into memory, and turn some the wrong way.
        with nullcontext(source) if isinstance(source, io.BytesIO) else source.open("rb") as file:
            start = file.read(30)
            file.seek(0)
            if told := _webp_size(start):
                _check_size(path, told)
            codes = photometry.code_points(file)
            file.seek(0)
            with Image.open(file, formats=OPENED) as image:
                image.info["cicp"] = codes
                if image.format == "PNG":
                    photometry.mend_clear(image, depth=start[24])
                _check_size(path, image.size)
                image.seek(0)
                return use(image)
    except PictureError:
        raise
    except MemoryError:
        remedy = "make it smaller first, or end other programs"
        raise PictureError(f"{path}: not enough memory to read it; {remedy}") from None
    except UnidentifiedImageError:
        raise PictureError(f"{path}: {_foreign(start)}") from None
    except Image.DecompressionBombError:
        raise PictureError(_too_large(path)) from None
    except PermissionError:
        raise PictureError(f"{path}: cannot be opened (permission denied)") from None
    except DAMAGE as error:
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        raise PictureError(f"{path}: damaged or cut short ({reason}); save or download it again") from None


def size_of(path: Path) -> tuple[int, int]:
    """Height and width of the picture in a file as ``load_picture`` gives it, from the head of the file alone.

    A PNG that tells only after its pixels how it is turned is taken as it lies. Raises PictureError as ``load_picture``
    for what the head shows.
    """
    _check_file(path)

    def of(image: Image.Image) -> tuple[int, int]:
        told = image.format != "PNG" or "exif" in image.info  # else Pillow would decode it, to look behind the pixels
        turned = image.format != "TIFF" and told and image.getexif().get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
        return image.size if turned else (image.height, image.width)

    with warnings.catch_warnings(action="ignore"):
        return _opened(path, path, of)


def _upright(image: Image.Image) -> Image.Image:
    """The image with its pixels in memory, turned as its EXIF says."""
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _foreign(start: bytes) -> str:
    """What to say of a file that begins so and is not recognized."""
    if start[4:8] == b"ftyp" and (file_format := BRANDS.get(start[8:12])):
        return f"{file_format} is not read here, or it is damaged; export it as JPEG or PNG first"
    if start[:4] in TIFF:
        return "not a picture that can be read: an unusual kind of TIFF, or damaged; save it as PNG, in RGB or gray"
    return f"not a picture that can be read, or damaged at its start; use {READ}"


def _webp_size(start: bytes) -> tuple[int, int] | None:
    """Width and height that the first 30 bytes of a WebP file tell; None for other files, and if it ends there.

    Pillow takes memory for all pixels, twice, when it opens a WebP file: before its size can be asked.
    """
    if start[:4] != b"RIFF" or start[8:12] != b"WEBP" or len(start) < 30:
        return None

    def number(at: int, n: int) -> int:
        return int.from_bytes(start[at : at + n], "little")

    match start[12:16]:
        case b"VP8X":
            return number(24, 3) + 1, number(27, 3) + 1
        case b"VP8L":
            return number(21, 2) % 2**14 + 1, (number(21, 4) >> 14) % 2**14 + 1
        case b"VP8 ":
            return number(26, 2) % 2**14, number(28, 2) % 2**14
    return None


def _check_file(path: Path) -> None:
    """Refuse what is no file with something in it. Pipes are not opened: they could wait for ever."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise PictureError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        raise PictureError(f"{path}: cannot be opened ({getattr(error, 'strerror', None) or error})") from None
    if stat.S_ISDIR(status.st_mode):
        raise PictureError(f"{path}: is a folder; name a picture in it")
    if not stat.S_ISREG(status.st_mode):
        raise PictureError(f"{path}: is not a file, but a pipe or a device; save the picture to a file first")
    if status.st_size == 0:
        raise PictureError(f"{path}: the file is empty; save or download it again")


def _too_large(path: Path, size: str = "") -> str:
    limit = MAX_PIXELS // 1_000_000
    return f"{path}: {size or 'it'} has more than the {limit} megapixels that are read; make it smaller first"


def _check_size(path: Path, size: tuple[int, int]) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise PictureError(f"{path}: has no pixels ({width}x{height})")
    if width * height > MAX_PIXELS:
        raise PictureError(_too_large(path, f"{width}x{height}"))
    if max(width, height) > MAX_SIDE:
        raise PictureError(f"{path}: {width}x{height} is longer than the {MAX_SIDE} pixels that are read; cut it first")


def _to_array(path: Path, image: Image.Image) -> np.ndarray:
    """Any mode of Pillow as float32 (H, W, 3) in [0, 1], in sRGB."""
    try:
        photometry.refuse(image)
    except ValueError as error:
        raise PictureError(f"{path}: {error}; save it as an 8-bit picture, in RGB or gray") from None
    profile = photometry.profile_of(image)
    if image.mode[0] in "IF":
        return _deep(path, image, photometry.tones(profile))
    image = photometry.in_srgb(_mended(path, image), profile)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    array = np.array(image.convert("RGB"), dtype=np.float32)
    array /= 255  # in place: a second copy of a large picture is the largest part of the memory
    return array


def _mended(path: Path, image: Image.Image) -> Image.Image:
    """The image of 8 bits as Pillow knows how to convert it."""
    image = photometry.mended(image)
    if image.mode == "P" and not image.getpalette():  # Pillow would show it black
        raise PictureError(f"{path}: damaged, its palette is missing; save or download it again")
    return image


def _deep(path: Path, image: Image.Image, tones: np.ndarray | None) -> np.ndarray:
    """A gray picture of 16 bits and more, with the ``tones`` of its profile (256, 3), as float32 (H, W, 3)."""
    values = photometry.brightness(image)
    if not np.isfinite(values).all() or values.min() < -1e-3 or values.max() > 1 + 1e-3:
        most = "1" if image.mode == "F" else "65535"
        raise PictureError(f"{path}: its values lie outside of 0 to {most}; save it as an 8-bit or 16-bit picture")
    values = values.clip(0, 1)
    if tones is None:
        return np.repeat(values[..., None], 3, axis=-1)
    steps = np.linspace(0, 1, len(tones))
    return np.stack([np.interp(values, steps, tone).astype(np.float32) for tone in tones.T], axis=-1)


def fit(x: torch.Tensor, size: int | tuple[int, int]) -> torch.Tensor:
    """``x`` (N, 3, H, W) with a longer side of ``size`` pixels, or its middle at a ``size`` of (H, W).

    Raises PictureError for a size below 1.
    """
    height, width = x.shape[-2:]
    if min(size if isinstance(size, tuple) else (size,)) < 1:
        raise PictureError(f"the size of a picture is at least 1, not {size}")
    if isinstance(size, int):
        scale = size / max(height, width)
        return resize(x, (max(1, round(height * scale)), max(1, round(width * scale))))
    # Cut first: a tall, thin picture scaled to the width would fill the memory.
    scale = min(height / size[0], width / size[1])
    tall, wide = (min(side, max(1, round(wanted * scale))) for side, wanted in zip((height, width), size, strict=True))
    top, left = (height - tall) // 2, (width - wide) // 2
    return resize(x[..., top : top + tall, left : left + wide].contiguous(), size)


def resize(x: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """``x`` (N, 3, H, W) at another size (H, W): bicubic, smoothed first when it shrinks."""
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return interpolate(x, size=tuple(size), mode="bicubic", antialias=True).clamp(0, 1)


def middle(x: torch.Tensor, size: int = 256) -> torch.Tensor:
    """The middle ``size`` x ``size`` pixels of pictures (N, 3, H, W)."""
    top, left = ((side - size) // 2 for side in x.shape[-2:])
    return x[..., top : top + size, left : left + size]


def pad_to_multiple(x: torch.Tensor, multiple: int, smallest: int = 1) -> tuple[torch.Tensor, tuple[int, int]]:
    """``x`` (N, 3, H, W) enlarged to multiples of ``multiple``, at least ``smallest``, and where x lies in it.

    The picture is mirrored outwards at its edges, again and again if it is smaller than the margin. The
    second value is (top, left).
    """
    margins = []
    for side in x.shape[-2:]:
        wanted = -(-max(side, smallest) // multiple) * multiple
        margins.append(((wanted - side) // 2, wanted - side - (wanted - side) // 2))
    (top, bottom), (left, right) = margins
    rows, columns = _mirrored(x.shape[-2], top, bottom), _mirrored(x.shape[-1], left, right)
    padded = x[..., rows, :][..., columns] if any((top, bottom, left, right)) else x
    return padded, (top, left)


def _mirrored(n: int, before: int, after: int) -> torch.Tensor:
    """Indices 0 to n - 1, continued by reflection at both ends: 2 1 0 1 2 3 2 1 for n = 4."""
    if n == 1:
        return torch.zeros(before + 1 + after, dtype=torch.long)
    period = 2 * (n - 1)
    i = torch.arange(-before, n + after) % period
    return torch.where(i < n, i, period - i)


def check(x: torch.Tensor) -> None:
    """Raise PictureError unless ``x`` is a picture: a float tensor (N, 3, H, W) without NaN."""
    if not isinstance(x, torch.Tensor) or x.ndim != 4 or x.shape[1] != 3 or not x.is_floating_point() or not x.numel():
        what = f"{x.dtype} {tuple(x.shape)}" if isinstance(x, torch.Tensor) else type(x).__name__
        raise PictureError(f"a picture is a float tensor (N, 3, H, W), not {what}")
    if not x.isfinite().all():
        raise PictureError("the picture holds values that are not finite")


def check_range(x: torch.Tensor) -> None:
    """Raise PictureError unless ``x`` is a picture (``check``) in [0, 1], up to ``BEYOND``."""
    check(x)
    least, most = x.min().item(), x.max().item()
    if least < -BEYOND or most > 1 + BEYOND:
        remedy = "divide bytes by 255" if least >= 0 else "of [-1, 1] make it by (x + 1) / 2"
        raise PictureError(f"a picture has values from 0 to 1, not from {least:.3g} to {most:.3g}; {remedy}")


def to_uint8(x: torch.Tensor) -> np.ndarray:
    """One picture (1, 3, H, W) as bytes (H, W, 3); what lies outside of [0, 1] is cut off."""
    check(x)
    if len(x) != 1:
        raise PictureError(f"one picture is needed, not {len(x)}")
    scaled = x[0].detach().float().clamp(0, 1).mul(255).round()
    return scaled.to("cpu", torch.uint8).permute(1, 2, 0).contiguous().numpy()


def from_uint8(array: np.ndarray) -> torch.Tensor:
    """Bytes (H, W, 3) or (H, W) as a picture (1, 3, H, W). Raises PictureError for another type or shape."""
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)) or not array.size:
        raise PictureError(f"bytes (H, W, 3) or (H, W) are needed, not {array.dtype} {array.shape}")
    if array.ndim == 2:
        array = np.repeat(array[..., None], 3, axis=-1)
    return torch.from_numpy(np.array(array)).permute(2, 0, 1)[None].float() / 255


def from_planes(array: np.ndarray) -> torch.Tensor:
    """Bytes (N, 3, H, W) as pictures of the same shape, in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(array)).float() / 255


def shrunk(x: torch.Tensor, longest: int) -> torch.Tensor:
    """``x`` (N, 3, H, W), or if its longer side has more than ``longest`` pixels, as much smaller; 0 keeps it."""
    return fit(x, longest) if 0 < longest < max(x.shape[-2:]) else x


def save_picture(
    x: torch.Tensor, path: str | Path, note: str = "", like: Path | None = None, quality: int = QUALITY
) -> None:
    """Write one picture (1, 3, H, W) as PNG, JPEG, WebP or TIFF, by the suffix of ``path``; whole or not at all.

    The file keeps a ``note``, which ``read_note`` finds again. ``like`` is a picture file of which ``x`` is another
    version: what it holds beside its colors is kept too (``beside``), alpha at the size of ``x``. JPEG has no alpha:
    there ``x`` is laid on white. ``quality``, 1 to 100, is that of JPEG and WebP.

    Raises PictureError for anything that is not one picture, another suffix, a side that is too long for the
    format, a folder that is missing, full or not writable, and a file ``like`` that cannot be read.
    """
    path = Path(path)
    if path.suffix.lower() not in WRITERS:
        raise PictureError(f"{path}: cannot write '{path.suffix}'; use {', '.join(WRITERS)}")
    alpha, exif = (None, b"") if like is None else beside(like)
    try:
        data = encode(x, WRITERS[path.suffix.lower()], quality, note, alpha, exif)
    except PictureError as error:
        raise PictureError(f"{path}: {error}") from None
    try:
        with whole(path) as part:
            part.write_bytes(data)
    except (OSError, ValueError) as error:
        raise PictureError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from None


def make_folder(path: Path) -> None:
    """Make a folder for results, with those above it, and try whether files can be written there.

    Raises PictureError if not.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path):
            pass
    except FileExistsError:
        raise PictureError(f"{path}: is a file; name a folder for the results") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise PictureError(f"{path}: cannot be written ({why}); choose another folder") from None


def read_note(path: Path) -> str:
    """The ``note`` that ``save_picture`` left in a file; empty without one, and where no such file is."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return _opened(path, path, _note)
    except PictureError:
        return ""


def _note(image: Image.Image) -> str:
    if image.format == "PNG":
        return image.info.get(NOTE, "")
    word, _, note = str(image.getexif().get(ExifTags.Base.ProcessingSoftware, "")).partition(" ")
    return note if word == NOTE else ""


def count_pictures(path: Path) -> int:
    """How many pictures are in the file: frames of an animation, pages. Two lenses of one camera count as one picture;
    so does what cannot be read.
    """
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            path.open("rb") as file,
            Image.open(file, formats=OPENED) as image,
        ):
            return getattr(image, "n_frames", 1) if image.format != "MPO" else 1
    except (*DAMAGE, MemoryError):
        return 1


def beside(path: Path) -> tuple[torch.Tensor | None, bytes]:
    """What a picture file holds beside its colors: alpha, (1, 1, H, W) in [0, 1], and EXIF.

    Alpha is turned as ``load_picture`` turns the colors, and None where nothing is transparent. The EXIF has what
    stays true of another version of the picture (``KEPT``), and is empty where nothing is told. Raises PictureError
    as ``load_picture``.
    """
    _check_file(path)

    def of(image: Image.Image) -> tuple[torch.Tensor | None, bytes]:
        exif = _exif(image)  # first: Pillow closes a file that it has read
        return None if image.format in ("JPEG", "MPO") else _alpha(path, _upright(image)), exif

    with warnings.catch_warnings(action="ignore"):
        return _opened(path, path, of)


def _alpha(path: Path, image: Image.Image) -> torch.Tensor | None:
    """The alpha of the image, (1, 1, H, W) in [0, 1]; None if it is 1 everywhere."""
    if image.mode[0] in "IF":
        clear = image.info.get("transparency")  # the one value that stands for it
        array = np.where(np.asarray(image) == clear, 0, 255)
    else:
        image = _mended(path, image)
        array = np.array(image.convert("RGBA").getchannel("A")) if image.has_transparency_data else np.array([255])
    return torch.from_numpy(array)[None, None].float() / 255 if array.min() < 255 else None


def _exif(image: Image.Image) -> bytes:
    """The EXIF of ``KEPT`` in the image; empty if it is none that can be read and written."""
    kept = Image.Exif()
    try:
        told = image.getexif()
        for group, tags in KEPT.items():
            found = {tag: value for tag, value in (told.get_ifd(group) if group else told).items() if tags(tag)}
            kept.update({group: found} if group and found else found)
        data = kept.tobytes() if kept else b""
    except DAMAGE:
        return b""
    return data if len(data) < LONGEST_EXIF else b""


def encode(
    x: torch.Tensor,
    file_format: str = "PNG",
    quality: int = QUALITY,
    note: str = "",
    alpha: torch.Tensor | None = None,
    exif: bytes = b"",
) -> bytes:
    """One picture (1, 3, H, W) as the bytes of a PNG, JPEG, WEBP or TIFF file, with ``alpha`` and ``exif`` as
    ``beside`` gives them.

    Raises PictureError if a side is too long.
    """
    array, file = _with_alpha(x, alpha, file_format != "JPEG"), io.BytesIO()
    longest = max(array.shape)
    if longest > LONGEST.get(file_format, longest):
        most = LONGEST[file_format]
        raise PictureError(f"{file_format} holds at most {most} pixels a side, not {longest}; save it as PNG")
    options: dict[str, Any] = {"quality": quality} if file_format in LOSSY else {}
    if note and file_format == "PNG":
        options["pnginfo"] = PngInfo()
        options["pnginfo"].add_text(NOTE, note)
    elif note:
        exif = _noted(exif, note)
    if file_format == "JPEG" and quality >= QUALITY:
        options["subsampling"] = 0  # fine colored lines survive
    Image.fromarray(array).save(file, file_format, **options, **({"exif": exif} if exif else {}))
    return file.getvalue()


def _with_alpha(x: torch.Tensor, alpha: torch.Tensor | None, keep: bool) -> np.ndarray:
    """The bytes of a picture, (H, W, 3); with alpha (H, W, 4), or if that is not to be kept laid on white."""
    if alpha is None:
        return to_uint8(x)
    check(x)
    alpha = resize(alpha, x.shape[-2:]).to(x)
    if not keep:
        return to_uint8(alpha * x + 1 - alpha)
    return np.dstack([to_uint8(x), to_uint8(alpha.expand(-1, 3, -1, -1))[..., 0]])


def _noted(exif: bytes, note: str) -> bytes:
    """``exif`` with the note, in the tag for a program that worked on the picture after the camera's."""
    more = Image.Exif()
    more.load(exif)
    more[ExifTags.Base.ProcessingSoftware] = f"{NOTE} {note}"
    return more.tobytes()


def contact_sheet(rows: Sequence[Sequence[torch.Tensor]], headers: Sequence[str] = (), gap: int = 4) -> torch.Tensor:
    """Pictures (1, 3, H, W) laid out in rows on white, with ``headers`` over the columns; one picture.

    Every picture is brought to the height of the first of its row.
    """
    laid = []
    for row in rows:
        height = row[0].shape[-2]
        cells = [resize(x, (height, max(1, round(x.shape[-1] * height / x.shape[-2])))) for x in row]
        laid.append(torch.cat([pad(x, (0, gap, 0, gap), value=1.0) for x in cells], dim=-1))
    width = max(row.shape[-1] for row in laid)
    sheet = torch.cat([pad(row, (0, width - row.shape[-1], 0, 0), value=1.0) for row in laid], dim=-2)
    sheet = sheet[..., : sheet.shape[-2] - gap, : sheet.shape[-1] - gap]
    if not headers:
        return sheet
    widths = [x.shape[-1] * rows[0][0].shape[-2] / x.shape[-2] + gap for x in rows[0]]
    return torch.cat([_header(headers, widths, sheet.shape[-1]), sheet], dim=-2)


def _header(words: Sequence[str], widths: Sequence[float], total: int) -> torch.Tensor:
    """A strip of text, one word over each column; a word may have several lines."""
    from PIL import ImageFont

    size = max(11, min(20, round(min(widths) / 12)))
    font = ImageFont.load_default(size)
    lines = max(word.count("\n") for word in words) + 1
    strip = Image.new("RGB", (total, lines * (size + 4) + 4), "white")
    draw = ImageDraw.Draw(strip)
    left = 0.0
    for word, width in zip(words, widths, strict=True):
        draw.text((left + width / 2, 3), word, fill="black", font=font, anchor="ma", align="center")
        left += width
    return from_uint8(np.asarray(strip))


def show(pictures: dict[str, torch.Tensor], alt: str, width: int = 190) -> Any:
    """Pictures side by side in a notebook, each with its name below; ``alt`` tells what they show.

    Works on the static site and in the dark mode too. The names are the keys of ``pictures``.
    """
    from IPython.display import HTML

    figures = []
    for name, x in pictures.items():
        data = base64.b64encode(encode(x, "JPEG", quality=88)).decode()
        words = html.escape(f"{alt}: {name}" if name else alt)
        image = f'<img alt="{words}" style="width:100%" src="data:image/jpeg;base64,{data}">'
        caption = f"<figcaption>{html.escape(name)}</figcaption>" if name else ""
        figures.append(f'<figure style="margin:0;flex:0 1 {width}px;text-align:center">{image}{caption}</figure>')
    return HTML(f'<div class="s2s-row" style="display:flex;flex-wrap:wrap;gap:8px">{"".join(figures)}</div>')
