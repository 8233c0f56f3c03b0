import io
import struct
import zlib

import numpy as np
import pytest
import torch
from hostile import _chunk
from PIL import Image, ImageCms
from tiffs import tiff

from s2s_helpers import photometry
from s2s_helpers.images import PictureError, decode_picture
from s2s_helpers.photometry import ADOBE_RGB, P3, SRGB, profile_from

# x and y of white, red, green, blue as their standards have them.
PROPHOTO = (0.3457, 0.3585, 0.7347, 0.2653, 0.1596, 0.8404, 0.0366, 0.0001)
# A color that all of them hold, in linear sRGB, and as the standards' own matrices and curves give it: by hand.
COLORS = {
    "adobe": (2.19921875, ADOBE_RGB, (150, 120, 90), (162, 121, 88)),
    "p3": (2.2, P3, (150, 120, 90), (157, 119, 85)),
    "prophoto": (1.8, PROPHOTO, (150, 120, 90), (195, 131, 103)),
    "linear": (1.0, SRGB, (55, 27, 3), (128, 92, 28)),
}


def decoded(image, form="PNG", **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return decode_picture(file.getvalue(), f"x.{form}")


def flat(color, mode="RGB"):
    return Image.new(mode, (8, 8), color)


def values(x):
    """The color of a flat picture, 0 to 255."""
    assert (x - x[..., :1, :1]).abs().max() < 0.02
    return (255 * x[0, :, 4, 4]).tolist()


@pytest.mark.parametrize("name", COLORS)
@pytest.mark.parametrize(
    "form, options", [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True}), ("JPEG", {"quality": 100})]
)
def test_a_profile_is_obeyed_in_each_format(name, form, options):
    gamma, primaries, stored, seen = COLORS[name]
    x = decoded(flat(stored), form, icc_profile=profile_from(gamma, primaries), **options)
    assert values(x) == pytest.approx(seen, abs=2)


@pytest.mark.parametrize("name", COLORS)
def test_colors_by_the_matrices_of_the_standards(name):
    """The table above, by floats: linear light, to XYZ of D65, to sRGB (IEC 61966-2-1)."""
    gamma, primaries, stored, seen = COLORS[name]
    x, y = np.array(primaries).reshape(4, 2).T
    xyz = np.stack([x / y, np.ones(4), (1 - x - y) / y])
    white = np.array([0.3127, 0.3290, 0.3583]) / 0.3290
    cones = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    moved = np.linalg.inv(cones) @ np.diag((cones @ white) / (cones @ xyz[:, 0])) @ cones
    to_xyz = moved @ xyz[:, 1:] @ np.diag(np.linalg.solve(xyz[:, 1:], xyz[:, 0]))
    linear = np.linalg.inv([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ (
        to_xyz @ (np.array(stored) / 255) ** gamma
    )
    assert 255 * np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear) == pytest.approx(
        seen, abs=1
    )


def test_a_sound_profile_of_srgb_changes_nothing():
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert torch.equal(decoded(image, icc_profile=profile), decoded(image))


@pytest.mark.parametrize("profile", [b"no profile", profile_from(1.0, SRGB)[:200], profile_from(1.0, SRGB, gray=True)])
def test_a_broken_profile_or_one_of_another_space_is_ignored(profile):
    assert torch.equal(decoded(flat((55, 27, 3)), icc_profile=profile), decoded(flat((55, 27, 3))))


def test_gray_alpha_palette_and_16_bits_have_profiles_too():
    gray, color = profile_from(1.0, SRGB, gray=True), profile_from(1.0, SRGB)
    assert values(decoded(flat(55, "L"), icc_profile=gray)) == pytest.approx((128,) * 3, abs=2)
    assert values(decoded(flat((55, 255), "LA"), icc_profile=gray)) == pytest.approx((128,) * 3, abs=2)
    assert values(decoded(flat((55, 27, 3)).quantize(2), icc_profile=color)) == pytest.approx((128, 92, 28), abs=2)
    half = values(decoded(flat((55, 27, 3, 128), "RGBA"), icc_profile=color))
    assert half == pytest.approx([(128 + 255) / 2, (92 + 255) / 2, (28 + 255) / 2], abs=2)
    deep = Image.fromarray(np.full((8, 8), 55 * 257 + 128, np.uint16))  # between two numbers of 8 bits
    assert values(decoded(deep, icc_profile=gray)) == pytest.approx((128.5,) * 3, abs=1)


def test_cyan_magenta_yellow_and_black_by_their_profile():
    """Black ink alone, by a table of two points each: K to gray of L* = 100 - 100 K."""
    profile = cmyk_profile()
    x = values(decoded(flat((0, 0, 0, 128), "CMYK"), "TIFF", icc_profile=profile))
    assert x == pytest.approx((119,) * 3, abs=3)  # L* 50; without the profile 127
    assert values(decoded(flat((0, 0, 0, 128), "CMYK"), "TIFF")) == pytest.approx((127,) * 3, abs=1)


def cmyk_profile() -> bytes:
    """A profile of inks whose lightness is 100 (1 - C/4 - M/4 - Y/4)(1 - K), and which have no color."""
    corners = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    table = b"".join(bytes([round(255 * (1 - (c + m + y) / 4) * (1 - k)), 128, 128]) for c, m, y, k in corners)
    ramp = bytes(range(256))
    lut = b"mft1" + struct.pack(">4x4B9i", 4, 3, 2, 0, *(65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    lut += ramp * 4 + table + ramp * 3
    parts = {b"wtpt": photometry._point(photometry.D50), b"A2B0": lut + bytes(-len(lut) % 4)}
    whole = photometry._profile(b"CMYK", parts)
    return whole[:12] + b"prtrCMYKLab " + whole[24:]


def png(chunks: bytes, color=(55, 27, 3), kind=2) -> bytes:
    rows = zlib.compress((b"\0" + bytes(color) * 8) * 8)
    header = struct.pack(">IIBBBBB", 8, 8, 8, kind, 0, 0, 0)
    body = _chunk(b"IHDR", header) + chunks + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def test_gamma_and_primaries_of_a_png():
    gamma = _chunk(b"gAMA", struct.pack(">I", 100_000))
    primaries = _chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in ADOBE_RGB)))
    usual, srgb = _chunk(b"gAMA", struct.pack(">I", 45_455)), _chunk(b"sRGB", b"\0")
    assert values(decode_picture(png(gamma), "x")) == pytest.approx((128, 92, 28), abs=2)
    assert values(decode_picture(png(gamma, (55,), kind=0), "x")) == pytest.approx((128,) * 3, abs=2)
    wide = decode_picture(png(usual + primaries, (150, 120, 90)), "x")
    assert values(wide) == pytest.approx(COLORS["adobe"][3], abs=2)
    for chunks in (usual, gamma + srgb, _chunk(b"gAMA", struct.pack(">I", 0))):  # sRGB is above gAMA
        assert values(decode_picture(png(chunks), "x")) == pytest.approx((55, 27, 3), abs=0.1)
    impossible = _chunk(b"cHRM", bytes(32))
    assert values(decode_picture(png(gamma + impossible), "x")) == pytest.approx((55, 27, 3), abs=0.1)


def cicp(*codes, color=(117, 251, 76), more=b"", kind=2):
    return decode_picture(png(_chunk(b"cICP", bytes(codes)) + more, color, kind), "x.png")


@pytest.mark.parametrize(
    "codes, stored, seen",
    [
        ((1, 13, 0, 1), (55, 27, 3), (55, 27, 3)),  # sRGB
        ((12, 13, 0, 1), (117, 251, 76), (0, 255, 0)),  # CSS Color 4: lime is color(display-p3 .4584 .9853 .2983),
        ((9, 14, 0, 1), (202, 59, 19), (255, 0, 0)),  # red is color(rec2020 .7920 .2310 .0738)
        ((1, 8, 0, 1), (55, 27, 3), (128, 92, 28)),  # linear light
        ((1, 1, 0, 1), (128, 128, 128), (139, 139, 139)),  # BT.709: light ((.502 + .099) / 1.099) ** (1 / .45) = .261
        ((1, 5, 0, 1), (128, 128, 128), (106, 106, 106)),  # gamma 2.8: light .145
    ],
)
def test_code_points_of_a_png(codes, stored, seen):
    assert values(cicp(*codes, color=stored)) == pytest.approx(seen, abs=3)


def test_code_points_go_before_profile_gamma_and_all_else():
    linear = ImageCms.ImageCmsProfile(io.BytesIO(profile_from(1.0, SRGB))).tobytes()
    profile = _chunk(b"iCCP", b"x\0\0" + zlib.compress(linear))
    gamma = _chunk(b"gAMA", struct.pack(">I", 100_000))
    for more in (profile, gamma):
        assert values(cicp(1, 13, 0, 1, color=(55, 27, 3), more=more)) == pytest.approx((55, 27, 3), abs=0.1)
        assert values(cicp(1, 2, 0, 1, color=(55, 27, 3), more=more)) == pytest.approx((128, 92, 28), abs=2)
    assert values(cicp(12, 8, 0, 1, color=(55,), kind=0)) == pytest.approx((128,) * 3, abs=2)  # gray
    cut = png(_chunk(b"cICP", bytes([12, 13])), (55, 27, 3))
    assert values(decode_picture(cut, "x")) == pytest.approx((55, 27, 3), abs=0.1)


@pytest.mark.parametrize(
    "codes, told",
    [
        ((9, 16, 0, 1), r"HDR \(PQ\)"),
        ((9, 18, 0, 1), r"HDR \(HLG\)"),
        ((1, 13, 0, 0), "cICP 1, 13, 0, 0"),  # 16 to 235
        ((1, 13, 1, 1), "cICP 1, 13, 1, 1"),  # brightness and two differences
        ((10, 8, 0, 1), "cICP 10, 8, 0, 1"),  # XYZ
        ((1, 9, 0, 1), "cICP 1, 9, 0, 1"),  # logarithms
    ],
)
def test_code_points_without_a_place_here_are_refused(codes, told):
    with pytest.raises(PictureError, match=f"x.png: its colors are .*{told}.*; save it as an 8-bit picture"):
        cicp(*codes)


@pytest.mark.parametrize(
    "depth, color, clear",
    [
        (1, (0,), (0,)),
        (2, (2,), (2,)),
        (4, (5,), (5,)),
        (4, (5,), (16 + 5,)),  # of the number only the last four bits count
        (8, (5,), (5,)),
        (16, (0x1234,), (0x1234,)),
        (8, (1, 2, 3), (1, 2, 3)),
        (16, (0x1234, 0x5678, 0x9ABC), (0x1234, 0x5678, 0x9ABC)),
    ],
)
def test_the_color_that_stands_for_transparent_is_so_with_all_depths(depth, color, clear):
    """The pixels are transparent, so white paper is seen; with another clear color they are not."""
    assert decode_picture(clear_png(depth, color, clear), "x").min() > 0.999
    other = tuple(value ^ 1 << depth - 1 for value in clear)
    assert decode_picture(clear_png(depth, color, other), "x").min() < 0.7


def clear_png(depth, color, clear) -> bytes:
    """8 x 8 pixels of one color, and the color that is transparent."""
    bits = "".join(f"{value:0{depth}b}" for value in color) * 8
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    header = _chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, depth, 2 if len(color) == 3 else 0, 0, 0, 0))
    trns = _chunk(b"tRNS", struct.pack(f">{len(clear)}H", *clear))
    return b"\x89PNG\r\n\x1a\n" + header + trns + _chunk(b"IDAT", zlib.compress(row * 8)) + _chunk(b"IEND", b"")


def test_cameras_note_adobe_rgb_without_a_profile():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    x = decoded(flat((150, 120, 90)), "JPEG", quality=100, subsampling=0, exif=exif)
    assert values(x) == pytest.approx(COLORS["adobe"][3], abs=3)


RAMP = np.linspace(0, 1, 64).reshape(8, 8)


@pytest.mark.parametrize(
    "kind, white, options",
    [
        ("<u2", 65535, {"photometry": 0, "bits": 16}),
        ("<f4", 1, {"photometry": 0, "bits": 32, "form": 3}),
        (">f4", 1, {"photometry": 0, "bits": 32, "form": 3, "order": ">"}),
        ("u1", 255, {"photometry": 0}),
        ("<u2", 65535, {"bits": 16}),
        (">u2", 65535, {"bits": 16, "order": ">"}),
        ("<u4", 2**32 - 1, {"bits": 32}),
        ("<u4", 65535, {"bits": 32}),
        ("<i4", 65535, {"bits": 32, "form": 2}),
    ],
)
def test_numbers_of_tiff_files(kind, white, options):
    shown = 1 - RAMP if options.get("photometry") == 0 else RAMP
    x = decode_picture(tiff((RAMP * white).astype(kind).tobytes(), **options), "x.tif")
    assert np.abs(x[0, 1].numpy() - shown).max() < 0.005


def test_12_bits_of_a_tiff():
    pairs = (RAMP * 4095).astype(int).reshape(-1, 2)
    data = bytes(byte for a, b in pairs for byte in (a >> 4, (a & 15) << 4 | b >> 8, b & 255))
    assert np.abs(decode_picture(tiff(data, bits=12), "x.tif")[0, 1].numpy() - RAMP).max() < 0.001


def test_a_palette_of_8_bits_in_a_tiff_is_not_black():
    image = Image.fromarray((RAMP * 255).astype(np.uint8)).convert("P")
    image.putpalette(bytes(value for i in range(256) for value in (i, i, i)))
    file = io.BytesIO()
    image.save(file, "TIFF")
    good, small = file.getvalue(), np.arange(256, dtype="<u2")
    at = good.index((small * 256).tobytes()) if (small * 256).tobytes() in good else good.index((small * 257).tobytes())
    data = good[:at] + np.tile(small, 3).tobytes() + good[at + 1536 :]
    assert np.abs(decode_picture(data, "x.tif")[0, 1].numpy() - RAMP).max() < 0.005


@pytest.mark.parametrize(
    "data, complaint",
    [
        (tiff(bytes(64), form=2), "its numbers have signs"),
        (tiff(bytes(128), bits=16, form=2), "its numbers have signs"),
        (tiff(bytes(256), [(332, 2)], photometry=5, samples=4), "its inks are not cyan, magenta, yellow and black"),
        (tiff(bytes(192), [(530, 2)], photometry=6, samples=3), "its colors are stored at half the size"),
        (tiff(bytes(384), [(284, 2)], photometry=2, bits=16, samples=3), "stored one after the other"),
        (tiff(zlib.compress(RAMP.astype(">f4")), bits=32, form=3, order=">", packed=8), "compressed and big-endian"),
        (tiff(bytes(192), photometry=10, samples=3), "an unusual kind of TIFF"),
        (tiff(bytes(512), bits=64, form=3), "an unusual kind of TIFF"),
    ],
)
def test_tiff_files_that_pillow_would_read_wrongly_are_refused(data, complaint):
    with pytest.raises(PictureError, match=f"x.tif: .*{complaint}.*; save it as "):
        decode_picture(data, "x.tif")


@pytest.mark.parametrize("mode", ["L", "I;16", "RGB", "1", "F"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_is_turned_once_from_file_and_from_memory(tmp_path, mode, compression, orientation):
    from s2s_helpers.images import load_picture

    turn = Image.Transpose
    ways = [None, turn.FLIP_LEFT_RIGHT, turn.ROTATE_180, turn.FLIP_TOP_BOTTOM]
    ways += [turn.TRANSPOSE, turn.ROTATE_90, turn.TRANSVERSE, turn.ROTATE_270]
    numbers = np.linspace(0, 1, 60, dtype=np.float32).reshape(6, 10)
    upright = Image.fromarray({"I;16": (numbers * 65535).astype(np.uint16), "F": numbers}.get(mode, numbers * 255))
    upright = upright if mode in ("I;16", "F") else upright.convert("L").convert(mode)
    stored, exif = upright if orientation == 1 else upright.transpose(ways[orientation - 1]), Image.Exif()
    exif[274] = orientation
    stored.save(tmp_path / "x.tif", exif=exif, compression=compression)
    upright.save(tmp_path / "upright.tif")
    wanted = load_picture(tmp_path / "upright.tif")
    assert torch.equal(load_picture(tmp_path / "x.tif"), wanted)
    assert torch.equal(decode_picture((tmp_path / "x.tif").read_bytes(), "x.tif"), wanted)
