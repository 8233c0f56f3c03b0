import base64
import errno
import io
import os
import re
import struct
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from hostile import Opens, make_hostile_files
from PIL import ExifTags, Image

from s2s_helpers import images
from s2s_helpers.images import (
    PictureError,
    contact_sheet,
    encode,
    from_uint8,
    load_picture,
    pad_to_multiple,
    resize,
    save_picture,
    show,
    size_of,
    to_uint8,
)

FOLDER = tempfile.TemporaryDirectory()  # removed when the tests end
HOSTILE = make_hostile_files(Path(FOLDER.name))


def noise(height, width, seed=0):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def ramp(height, width):
    """A smooth picture, which lossy formats keep."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    return torch.stack([y, x, (x + y) / 2])[None]


# Reading


def test_there_are_many_hostile_files_of_both_kinds():
    opens = [file for file in HOSTILE if isinstance(file.outcome, Opens)]
    assert len({file.path for file in HOSTILE}) == len(HOSTILE) >= 80 and 30 <= len(opens) <= len(HOSTILE) - 30


@pytest.mark.parametrize("file", HOSTILE, ids=lambda file: file.path.name[:30])
def test_a_hostile_file_opens_or_is_refused_in_one_clear_line(file):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what Pillow warns of must not get out
        if isinstance(file.outcome, Opens):
            x = load_picture(file.path)
            assert x.shape == (1, 3, file.outcome.height, file.outcome.width)
            assert x.dtype == torch.float32 and 0 <= x.min() and x.max() <= 1 and x.is_contiguous()
            assert x[0, :, 0, 0].tolist() == pytest.approx(file.outcome.color, abs=0.03)
            return
        with pytest.raises(PictureError, match=file.outcome) as caught:
            load_picture(file.path)
    text = str(caught.value)
    assert text.startswith(f"{file.path}: ") and "\n" not in text
    assert caught.value.__cause__ is None and (caught.value.__suppress_context__ or caught.value.__context__ is None)


def test_16_bits_are_not_cut_to_8(tmp_path):
    Image.fromarray(np.array([[1000, 1100]], dtype=np.uint16)).save(tmp_path / "x.png")
    assert load_picture(tmp_path / "x.png")[0, 0, 0].tolist() == pytest.approx([1000 / 65535, 1100 / 65535], abs=1e-6)


def test_pixels_are_counted_before_they_are_decoded(tmp_path, monkeypatch):
    save_picture(noise(10, 11), tmp_path / "x.png")
    monkeypatch.setattr(images, "MAX_PIXELS", 110)
    load_picture(tmp_path / "x.png")
    monkeypatch.setattr(images, "MAX_PIXELS", 109)
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("was decoded"))
    with pytest.raises(PictureError, match="11x10 has more than"):
        load_picture(tmp_path / "x.png")


@pytest.mark.parametrize("raised", [ValueError("bad\nthing"), KeyError(3), OSError()])
def test_whatever_the_decoder_raises_is_a_picture_error(tmp_path, monkeypatch, raised):
    def fail(image, in_place):
        raise raised

    save_picture(noise(2, 2), tmp_path / "x.png")
    monkeypatch.setattr(images.ImageOps, "exif_transpose", fail)
    with pytest.raises(PictureError, match=r"x.png: damaged or cut short \([^\n]+\); save"):
        load_picture(tmp_path / "x.png")


def test_a_full_memory_is_not_called_a_damaged_file(tmp_path, monkeypatch):
    def full(*_, **__):
        raise MemoryError

    save_picture(noise(2, 2), tmp_path / "x.png", "a note")
    monkeypatch.setattr(images, "_to_array", full)
    with pytest.raises(PictureError, match=r"x.png: not enough memory to read it; make it smaller first, or end other"):
        load_picture(tmp_path / "x.png")
    monkeypatch.setattr(images.Image, "open", full)
    assert images.read_note(tmp_path / "x.png") == "" and images.count_pictures(tmp_path / "x.png") == 1


@pytest.mark.parametrize(
    "size, shape", [(None, (20, 40)), (10, (5, 10)), (80, (40, 80)), ((20, 20), (20, 20)), ((9, 30), (9, 30))]
)
def test_size_while_loading(tmp_path, size, shape):
    save_picture(noise(20, 40), tmp_path / "x.png")
    assert load_picture(tmp_path / "x.png", size).shape == (1, 3, *shape)


def test_a_single_pixel_that_is_enlarged_lies_in_memory_as_other_pictures_do(tmp_path):
    save_picture(noise(1, 1), tmp_path / "x.png")
    assert load_picture(tmp_path / "x.png", (5, 7)).is_contiguous()
    assert load_picture(tmp_path / "x.png", 9).is_contiguous()


def test_a_size_of_two_numbers_keeps_the_middle_and_the_aspect(tmp_path):
    x = torch.zeros(1, 3, 20, 60)
    x[..., 20:40] = 1  # the square in the middle
    save_picture(x, tmp_path / "wide.png")
    save_picture(x.transpose(2, 3), tmp_path / "tall.png")
    for name in ("wide.png", "tall.png"):
        assert load_picture(tmp_path / name, (10, 10)).min() > 0.999
        assert load_picture(tmp_path / name, (40, 40)).min() > 0.999


def test_a_thin_picture_is_cut_before_it_is_enlarged(tmp_path, monkeypatch):
    """1x4000 at (256, 256) must not pass through 256x1024000."""
    largest = []
    monkeypatch.setattr(images, "resize", lambda x, size: largest.append(max(x.shape[2:])) or resize(x, size))
    save_picture(noise(4000, 1), tmp_path / "x.png")
    assert load_picture(tmp_path / "x.png", (256, 256)).shape == (1, 3, 256, 256)
    assert largest == [1]


@pytest.mark.parametrize("size", [0, -4, (0, 8), (8, -1)])
def test_sizes_below_one_are_refused(tmp_path, size):
    save_picture(noise(4, 4), tmp_path / "x.png")
    with pytest.raises(PictureError, match="at least 1"):
        load_picture(tmp_path / "x.png", size)


# Writing


@pytest.mark.parametrize("shape", [(1, 1), (1, 33), (33, 1), (30, 20)])
def test_png_keeps_every_byte(tmp_path, shape):
    x = noise(*shape)
    save_picture(x, tmp_path / "x.PNG")
    assert torch.equal(load_picture(tmp_path / "x.PNG"), from_uint8(to_uint8(x)))
    assert (load_picture(tmp_path / "x.PNG") - x).abs().max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("suffix, form", [(".jpg", "JPEG"), (".JPEG", "JPEG"), (".webp", "WEBP"), (".png", "PNG")])
def test_the_suffix_tells_the_format(tmp_path, suffix, form):
    save_picture(ramp(40, 50), tmp_path / f"x{suffix}")
    with Image.open(tmp_path / f"x{suffix}") as image:
        assert image.format == form
    assert (load_picture(tmp_path / f"x{suffix}") - ramp(40, 50)).abs().mean() < 0.01


def test_a_jpeg_keeps_fine_colored_lines(tmp_path):
    x = torch.zeros(1, 3, 16, 16)
    x[:, 0, :, ::2] = 1  # red and black columns: half of the color would be lost at half the resolution
    save_picture(x, tmp_path / "x.jpg")
    assert (load_picture(tmp_path / "x.jpg") - x).abs().mean() < 0.05


def test_what_lies_outside_is_cut_off(tmp_path):
    save_picture(torch.tensor([-0.5, 0.5, 1.5]).view(1, 3, 1, 1), tmp_path / "x.png")
    assert load_picture(tmp_path / "x.png").flatten().tolist() == pytest.approx([0, 128 / 255, 1])


@pytest.mark.parametrize(
    "x, complaint",
    [
        (torch.rand(2, 3, 4, 4), "one picture is needed, not 2"),
        (torch.rand(3, 4, 4), r"float tensor \(N, 3, H, W\), not torch.float32 \(3, 4, 4\)"),
        (torch.rand(1, 1, 4, 4), r"\(1, 1, 4, 4\)"),
        (torch.rand(1, 3, 0, 4), r"\(1, 3, 0, 4\)"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), "not torch.uint8"),
        (np.zeros((1, 3, 4, 4), dtype=np.float32), "not ndarray"),
        (torch.full((1, 3, 4, 4), torch.nan), "not finite"),
        (torch.full((1, 3, 4, 4), torch.inf), "not finite"),
    ],
)
def test_what_is_not_one_picture_is_not_written(tmp_path, x, complaint):
    with pytest.raises(PictureError, match=complaint):
        save_picture(x, tmp_path / "x.png")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name, complaint",
    [
        ("x", "cannot write ''; use .png"),
        ("x.gif", "cannot write '.gif'"),
        ("absent/x.png", "cannot be written"),
        ("file/x.png", "cannot be written"),
        ("folder.png", "cannot be written"),
        ("l" * 300 + ".png", "cannot be written"),
        ("a\0b.png", "cannot be written"),
    ],
)
def test_paths_that_cannot_be_written(tmp_path, name, complaint):
    (tmp_path / "file").touch()
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(PictureError, match=complaint) as caught:
        save_picture(noise(4, 4), tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.png"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_closed(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(PictureError, match="cannot be written .*denied"):
        save_picture(noise(4, 4), closed / "x.png")


@pytest.mark.parametrize("suffix, width", [(".webp", 16_384), (".jpg", 65_501)])
def test_sides_that_a_format_cannot_hold(tmp_path, suffix, width):
    save_picture(torch.zeros(1, 3, 1, width - 1), tmp_path / f"fits{suffix}")
    with pytest.raises(PictureError, match=rf"x{suffix}: .*not {width}; save it as PNG"):
        save_picture(torch.zeros(1, 3, 1, width), tmp_path / f"x{suffix}")


@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_full_disk_leaves_the_old_picture_and_nothing_else(tmp_path, monkeypatch, step):
    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def write_half(path, data):
        with open(path, "wb") as file:
            file.write(data[: len(data) // 2])
        fail()

    old = noise(4, 4)
    save_picture(old, tmp_path / "x.png")
    monkeypatch.setattr(*((Path, "write_bytes", write_half) if step == "write" else (os, "replace", fail)))
    with pytest.raises(PictureError, match="x.png: cannot be written .No space left"):
        save_picture(noise(50, 50), tmp_path / "x.png")
    assert torch.equal(load_picture(tmp_path / "x.png"), from_uint8(to_uint8(old)))
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


# Converting


def test_bytes_there_and_back():
    array = np.arange(256, dtype=np.uint8).reshape(16, 16)
    x = from_uint8(array)
    assert x.shape == (1, 3, 16, 16) and x.dtype == torch.float32 and x.min() == 0 and x.max() == 1
    assert np.array_equal(to_uint8(x), np.repeat(array[..., None], 3, axis=2))
    color = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(to_uint8(from_uint8(color)), color)


def test_to_uint8_takes_what_training_holds():
    x = torch.full((1, 3, 2, 2), 0.5, dtype=torch.float64, requires_grad=True)
    assert to_uint8(x).dtype == np.uint8 and to_uint8(x).shape == (2, 2, 3) and (to_uint8(x) == 128).all()


@pytest.mark.parametrize(
    "shape, kind", [((4, 4, 3), float), ((4, 4, 4), np.uint8), ((4,), np.uint8), ((0, 4), np.uint8)]
)
def test_from_uint8_refuses_what_is_not_bytes_of_a_picture(shape, kind):
    with pytest.raises(PictureError, match="bytes"):
        from_uint8(np.zeros(shape, kind))


def test_resize_smooths_before_it_shrinks():
    assert resize(noise(128, 128), (8, 8)).std() < 0.05  # that of the noise itself is 0.29
    assert resize(ramp(40, 60), (20, 30)).mean() == pytest.approx(0.5, abs=1e-3)


def test_resize_stays_within_the_range():
    edge = torch.zeros(1, 3, 8, 8)
    edge[..., 4:] = 1  # bicubic alone would overshoot here
    large = resize(edge, (50, 50))
    assert large.shape == (1, 3, 50, 50) and large.min() == 0 and large.max() == 1
    assert resize(edge, (8, 8)) is edge


@pytest.mark.parametrize("multiple", [1, 8, 64])
@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (2, 3), (8, 64), (65, 63)])
@pytest.mark.parametrize("smallest", [1, 100])
def test_padding_keeps_the_picture_and_adds_only_its_pixels(shape, multiple, smallest):
    x = noise(*shape)
    padded, (top, left) = pad_to_multiple(x, multiple, smallest)
    for side, old in zip(padded.shape[2:], shape, strict=True):
        assert side % multiple == 0 and max(old, smallest) <= side < max(old, smallest) + multiple
    assert torch.equal(padded[..., top : top + shape[0], left : left + shape[1]], x)
    assert torch.isin(padded, x).all()


def test_padding_mirrors():
    x = torch.arange(3.0).expand(1, 3, 3, 3) / 2
    padded, (_, left) = pad_to_multiple(x, 8)
    assert left == 2 and (padded[0, 0, 0] * 2).tolist() == [2, 1, 0, 1, 2, 1, 0, 1]


# Showing


def test_contact_sheet_lays_pictures_in_rows_with_white_between():
    a, b, c = torch.zeros(1, 3, 10, 20), torch.full((1, 3, 10, 5), 0.25), torch.full((1, 3, 6, 7), 0.5)
    sheet = contact_sheet([[a, b], [c]], gap=4)
    assert sheet.shape == (1, 3, 10 + 4 + 6, 20 + 4 + 5)
    assert torch.equal(sheet[..., :10, :20], a) and torch.equal(sheet[..., :10, 24:], b)
    assert torch.equal(sheet[..., 14:, :7], c)
    assert sheet[..., 10:14, :].min() == 1 and sheet[..., :10, 20:24].min() == 1 and sheet[..., 14:, 7:].min() == 1


def test_contact_sheet_brings_a_row_to_one_height():
    assert contact_sheet([[torch.zeros(1, 3, 10, 10), torch.zeros(1, 3, 20, 60)]], gap=0).shape == (1, 3, 10, 40)


def test_headers_stand_over_their_columns():
    row = [torch.zeros(1, 3, 40, 100), torch.zeros(1, 3, 40, 60)]
    plain, sheet = contact_sheet([row]), contact_sheet([row], headers=["left", "right"])
    strip = sheet.shape[-2] - 40
    assert 10 < strip < 40 and torch.equal(sheet[..., strip:, :], plain)
    for columns in (slice(0, 100), slice(104, 164)):
        assert sheet[..., :strip, columns].min() < 0.5
    with pytest.raises(ValueError):
        contact_sheet([row], headers=["only one"])


def test_lower_quality_makes_smaller_files():
    sizes = [len(encode(noise(64, 64), "JPEG", quality)) for quality in (50, 78, 95)]
    assert sizes == sorted(sizes) and sizes[0] < sizes[2] / 2


def test_show_describes_every_picture():
    pytest.importorskip("IPython")
    page = show({"a <b>": ramp(12, 30), "": ramp(5, 6)}, alt='two "ramps"').data
    alts, data = re.findall(r'alt="([^"]*)"', page), re.findall(r"data:image/jpeg;base64,([^\"]+)", page)
    assert alts == ["two &quot;ramps&quot;: a &lt;b&gt;", "two &quot;ramps&quot;"]
    assert [Image.open(io.BytesIO(base64.b64decode(text))).size for text in data] == [(30, 12), (6, 5)]
    assert page.count("<figure ") == 2 and page.count("<figcaption>a &lt;b&gt;<") == 1 == page.count("<figcaption>")


def webp(size: tuple[int, int], **options) -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", size, (*range(0, 120, 40), 128)).convert(options.pop("mode", "RGB")).save(file, "WEBP", **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"mode": "RGBA"}], ids=["VP8 ", "VP8L", "VP8X"])
def test_a_webp_that_is_too_large_is_refused_before_pillow_takes_memory_for_it(tmp_path, monkeypatch, request, options):
    path = tmp_path / "x.webp"
    path.write_bytes(data := webp((301, 203), **options))
    assert data[12:16].decode() in request.node.name
    assert load_picture(path).shape[-2:] == (203, 301)
    monkeypatch.setattr(images, "MAX_PIXELS", 301 * 203 - 1)
    monkeypatch.setattr(images.Image, "open", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(PictureError, match="x.webp: 301x203 has more than"):
        load_picture(path)
    with pytest.raises(PictureError, match="y.webp: 301x203 has more than"):
        images.decode_picture(data, "y.webp")


def sound_files() -> list[bytes]:
    """Small pictures in five formats, among them the ones with the most intricate decoders."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(rng.integers(0, 256, (16, 24, 3), dtype=np.uint8))
    frames = {"save_all": True, "append_images": [image.rotate(180)]}
    options = [("GIF", frames), ("WEBP", frames), ("PNG", {})]
    options += [("JPEG", {"progressive": True}), ("TIFF", {"compression": "tiff_lzw"})]
    files = []
    for form, option in options:
        file = io.BytesIO()
        image.save(file, form, **option)
        files.append(file.getvalue())
    return files


def test_mutated_files_give_a_picture_or_a_picture_error(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS", 1_000_000)  # a changed byte may ask for 48 megapixels of one color
    sound, rng, path = sound_files(), np.random.default_rng(0), tmp_path / "mutated"
    outcomes = set()
    for i in range(300):
        data = bytearray(sound[i % len(sound)])
        for at in rng.integers(min(len(data), 200), size=rng.integers(1, 6)):  # headers are where it hurts
            data[at] = rng.integers(256)
        path.write_bytes(data[: rng.integers(1, len(data))] if rng.random() < 0.3 else data)
        try:
            images.check(load_picture(path))
            outcomes.add("picture")
        except PictureError as error:
            assert "\n" not in str(error) and str(path) in str(error)
            outcomes.add("refused")
    assert outcomes == {"picture", "refused"}  # else the mutations were too mild or too wild


def test_a_name_of_two_lines_is_told_in_one(tmp_path):
    with pytest.raises(PictureError) as caught:
        load_picture(tmp_path / "two\nlines.png")
    assert len(str(caught.value).splitlines()) == 1 and "lines.png: no such file" in str(caught.value)


def test_sides_too_long_to_be_sound_are_refused_before_decoding(tmp_path):
    Image.new("1", (images.MAX_SIDE + 1, 1)).save(tmp_path / "x.png")
    with pytest.raises(PictureError, match="65536x1 is longer than"):
        load_picture(tmp_path / "x.png")


@pytest.mark.parametrize("suffix", images.WRITERS)
def test_a_file_keeps_a_note(tmp_path, suffix):
    x, path = torch.rand(1, 3, 4, 4), tmp_path / f"a{suffix}"
    for note in ("made of b", ""):
        images.save_picture(x, path, note)
        assert images.read_note(path) == note and images.load_picture(path).shape == x.shape
    images.save_picture(x, path, "made of c", like=path)  # a version of what has a note has its own
    assert images.read_note(path) == "made of c"
    path.write_bytes(b"no picture")
    assert images.read_note(path) == images.read_note(tmp_path / "absent.png") == ""


def test_what_other_programs_note_is_no_note(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.ProcessingSoftware] = "s2similar 1"
    Image.new("RGB", (4, 4)).save(tmp_path / "a.jpg", exif=exif)
    assert images.read_note(tmp_path / "a.jpg") == ""


# What a version of a picture keeps


def half_clear(mode: str = "RGBA") -> Image.Image:
    """Blue, 8x4: the left half clear."""
    image = Image.new("RGBA", (8, 4), (40, 80, 200, 255))
    image.paste((40, 80, 200, 0), (0, 0, 4, 4))
    return image.convert(mode)


CLEAR = {
    "a.png": {}, "a.webp": {"lossless": True}, "a.tif": {}, "gray.png": {"mode": "LA"}, "palette.gif": {},
}  # fmt: skip


@pytest.mark.parametrize("name", CLEAR)
@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".jpg"])
def test_alpha_is_kept_at_the_size_of_the_result_or_laid_on_white(tmp_path, name, suffix):
    options = dict(CLEAR[name])
    half_clear(options.pop("mode", "RGBA")).save(tmp_path / name, **options)
    made, path = torch.full((1, 3, 40, 80), 0.2), tmp_path / f"made{suffix}"
    save_picture(made, path, like=tmp_path / name)
    with Image.open(path) as image:
        assert image.size == (80, 40) and image.mode == ("RGB" if suffix == ".jpg" else "RGBA")
        if suffix != ".jpg":
            alpha = np.asarray(image.getchannel("A"))
            assert alpha[:, :20].max() == 0 and alpha[:, 60:].min() == 255
            assert np.asarray(image)[20, 70, 0] == pytest.approx(51, abs=2)  # the colors are those of the result
    seen = load_picture(path)
    assert seen[..., :20].min() > 0.98 and (seen[..., 60:] - 0.2).abs().max() < 0.03


def test_alpha_is_turned_with_the_picture(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # to be turned by 90 degrees clockwise: what was left is above
    half_clear().save(tmp_path / "a.png", exif=exif)
    alpha, told = images.beside(tmp_path / "a.png")
    assert alpha.shape == (1, 1, 8, 4) and alpha[..., :4, :].max() == 0 and alpha[..., 4:, :].min() == 1 and told == b""


def test_the_one_clear_value_of_a_deep_picture_is_its_alpha(tmp_path):
    (path,) = (file.path for file in HOSTILE if file.path.name == "gray_16_bit_clear.png")
    assert images.beside(path)[0].max() == 0
    Image.fromarray(np.full((4, 4), 1000, np.uint16)).save(tmp_path / "a.png")
    assert images.beside(tmp_path / "a.png")[0] is None


def test_a_picture_that_is_opaque_everywhere_gets_no_alpha(tmp_path):
    Image.new("RGBA", (8, 4), (40, 80, 200, 255)).save(tmp_path / "a.png")
    save_picture(noise(4, 8), tmp_path / "b.png", like=tmp_path / "a.png")
    assert Image.open(tmp_path / "b.png").mode == "RGB"


def photographed(path: Path) -> None:
    """A photo that tells all that cameras tell, lying on its side, with the colors of Adobe RGB."""
    exif, base = Image.Exif(), ExifTags.Base
    exif.update({base.Make: "Maker", base.Copyright: "Us", base.DateTime: "2024:05:06 07:08:09", base.Orientation: 6})
    exif[ExifTags.IFD.Exif] = {
        base.DateTimeOriginal: "2024:05:06 07:08:09", base.FNumber: 2.5, base.MakerNote: b"x" * 9000,
        base.ExifImageWidth: 48, base.ColorSpace: 65535, base.ExifInteroperabilityOffset: {1: "R03"},
    }  # fmt: skip
    exif[ExifTags.IFD.GPSInfo] = {ExifTags.GPS.GPSLatitudeRef: "N", ExifTags.GPS.GPSLatitude: (48.0, 8.0, 15.0)}
    Image.new("RGB", (48, 32), (40, 80, 200)).save(path, exif=exif.tobytes())


@pytest.mark.parametrize("source", ["a.jpg", "a.png", "a.webp", "a.tif"])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_exif_of_camera_date_place_and_owner_is_kept(tmp_path, source, suffix):
    photographed(tmp_path / source)
    x, path, base = load_picture(tmp_path / source), tmp_path / f"made{suffix}", ExifTags.Base
    assert x.shape == (1, 3, 48, 32)
    save_picture(x, path, "a note", like=tmp_path / source)
    assert images.read_note(path) == "a note" and load_picture(path).shape == x.shape
    assert (load_picture(path) - x).abs().max() < 0.02  # of sRGB, whatever the camera said
    with Image.open(path) as image:
        told = image.getexif()
        camera, place = told.get_ifd(ExifTags.IFD.Exif), told.get_ifd(ExifTags.IFD.GPSInfo)
        interoperability, thumbnail = told.get_ifd(ExifTags.IFD.Interop), told.get_ifd(ExifTags.IFD.IFD1)
        upright = told.get(base.Orientation, 1)
    assert (told[base.Make], told[base.Copyright], told[base.DateTime]) == ("Maker", "Us", "2024:05:06 07:08:09")
    assert camera[base.DateTimeOriginal] == "2024:05:06 07:08:09" and float(camera[base.FNumber]) == 2.5
    assert place[ExifTags.GPS.GPSLatitudeRef] == "N" and float(place[ExifTags.GPS.GPSLatitude][0]) == 48
    assert upright == 1 and not interoperability and not thumbnail
    dropped = {base.MakerNote, base.ExifImageWidth, base.ColorSpace, base.ExifInteroperabilityOffset}
    assert not dropped & camera.keys()


def test_the_thumbnail_is_dropped(tmp_path):
    """Pillow writes none, so here is one by hand: a second directory, which says where a JPEG lies."""
    entries = struct.pack("<HHHIHHI", 1, 0x10F, 2, 4, *struct.unpack("<HH", b"Us!\0"), 26)
    second = struct.pack("<HHHII", 2, 0x201, 4, 1, 56) + struct.pack("<HHII", 0x202, 4, 1, 4) + bytes(4)
    exif = b"Exif\0\0II*\0\x08\0\0\0" + entries + second + b"\xff\xd8\xff\xd9"
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    for name in ("a", "b"):
        with Image.open(tmp_path / f"{name}.jpg") as image:
            assert image.getexif()[0x10F] == "Us!" and bool(image.getexif().get_ifd(ExifTags.IFD.IFD1)) == (name == "a")
        save_picture(noise(8, 8), tmp_path / "b.jpg", like=tmp_path / "a.jpg")


def test_exif_that_is_junk_or_has_no_room_is_left_out(tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "x" * 66_000
    Image.new("RGB", (8, 8)).save(tmp_path / "long.png", exif=exif)
    junk = [file.path for file in HOSTILE if file.path.name.startswith("exif_")]
    for source in (*junk, tmp_path / "long.png"):
        save_picture(noise(8, 8), tmp_path / "b.jpg", "a note", like=source)
        assert images.read_note(tmp_path / "b.jpg") == "a note" and len(Image.open(tmp_path / "b.jpg").getexif()) == 1


def test_what_stands_beside_hostile_files_is_found_or_refused(tmp_path):
    for file in HOSTILE:
        try:
            alpha, exif = images.beside(file.path)
        except PictureError as error:
            assert not isinstance(file.outcome, Opens), error
        else:
            assert isinstance(exif, bytes) and (alpha is None or (alpha.ndim == 4 and 0 <= alpha.min() < 1))


def test_a_file_to_be_like_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(PictureError, match=f"^{re.escape(str(tmp_path / 'absent.png'))}: no such file"):
        save_picture(noise(4, 4), tmp_path / "x.png", like=tmp_path / "absent.png")


@pytest.mark.parametrize("brand, form", [(b"heic", "HEIC"), (b"mif1", "HEIC"), (b"hevc", "HEIC"), (b"avif", "AVIF")])
def test_what_phones_make_is_named(tmp_path, brand, form):
    (tmp_path / "a.heic").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(40))
    with pytest.raises(PictureError, match=rf"{form} is not read here.*export it as JPEG or PNG|damaged or cut short"):
        load_picture(tmp_path / "a.heic")


def test_avif_where_pillow_reads_it(tmp_path):
    if "AVIF" not in images.OPENED:
        pytest.skip("this Pillow has no AVIF")
    Image.new("RGB", (9, 6), (200, 100, 50)).save(tmp_path / "a.avif", quality=100)
    x = load_picture(tmp_path / "a.avif")
    assert x.shape == (1, 3, 6, 9) and (255 * x[0, :, 3, 3] - torch.tensor([200.0, 100, 50])).abs().max() < 4
    (tmp_path / "a.avif").write_bytes((tmp_path / "a.avif").read_bytes()[:200])
    with pytest.raises(PictureError):
        load_picture(tmp_path / "a.avif")


def test_folders_are_made_and_tried(tmp_path):
    images.make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir() and not list((tmp_path / "a" / "b").iterdir())
    (tmp_path / "file").touch()
    for name, complaint in (("file", "is a file"), ("file/x", "cannot be written"), ("l" * 300, "cannot be written")):
        with pytest.raises(PictureError, match=complaint) as caught:
            images.make_folder(tmp_path / name)
        assert "Errno" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "gif", "bmp"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8, 99])
def test_the_head_of_a_file_tells_the_size_of_its_picture(tmp_path, suffix, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    Image.new("RGB", (9, 5)).save(tmp_path / f"x.{suffix}", exif=exif)
    assert size_of(tmp_path / f"x.{suffix}") == load_picture(tmp_path / f"x.{suffix}").shape[-2:]
