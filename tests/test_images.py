import os
import re
import time
import warnings

import numpy as np
import pytest
import torch
from hostile import make_hostile_files, pictures

from s2s_helpers import images
from s2s_helpers.images import (
    PictureError,
    check,
    contact_sheet,
    from_uint8,
    load_picture,
    pad_to_multiple,
    resize,
    save_picture,
    show,
    to_uint8,
)

HOW_MANY = 54


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return make_hostile_files(tmp_path_factory.mktemp("hostile"))


def test_there_are_enough_hostile_files(files):
    assert len(files) == HOW_MANY and len({f.path for f in files}) == len(files)


@pytest.mark.parametrize("i", range(HOW_MANY))
def test_right_picture_or_one_clear_line(files, i):
    file = files[i]
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            x = load_picture(file.path)
        except PictureError as error:
            assert file.refused or file.size is None, (file.path.name, str(error))
            assert str(file.path) in str(error) and "\n" not in str(error)
            assert error.__suppress_context__ or error.__context__ is None
            if file.refused:
                assert re.search(file.refused, str(error)), str(error)
        else:
            assert not file.refused, file.path.name
            check(x)
            assert x.dtype == torch.float32 and 0 <= x.min() and x.max() <= 1
            if file.size:
                assert tuple(x.shape) == (1, 3, *file.size), file.path.name
            if file.mean:
                assert torch.allclose(x.mean(dim=(0, 2, 3)), torch.tensor(file.mean), atol=0.02), file.path.name
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_obeyed(files, orientation):
    x = load_picture(next(f.path for f in files if f.path.name == f"turned_{orientation}.jpg"))
    assert x.shape == (1, 3, 20, 30)
    assert x[0, 1, 4, 4] < 0.2 and x[0, 1, 4, 25] > 0.8 and x[0, 1, 15, 4] > 0.8  # red only at the top left


def test_header_is_judged_before_anything_is_decoded(files, monkeypatch):
    monkeypatch.setattr(images.Image.Image, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(PictureError, match="megapixels"):
        load_picture(next(f.path for f in files if f.path.name == "huge.png"))


def test_mutated_files_give_a_picture_or_a_picture_error(tmp_path):
    rng = np.random.default_rng(0)
    sound = [data for name, (data, *_) in pictures().items() if name in
             ("gray16.png", "palette_clear.png", "animated.gif", "progressive.jpg", "cmyk.tif", "animated.webp", "bitmap.bmp")]  # fmt: skip
    path = tmp_path / "mutated"
    for _ in range(400):
        data = bytearray(sound[rng.integers(len(sound))])
        for _ in range(rng.integers(1, 6)):
            data[rng.integers(len(data))] = rng.integers(256)
        path.write_bytes(data[: rng.integers(1, len(data) + 1)] if rng.random() < 0.3 else data)
        try:
            check(load_picture(path))
        except PictureError as error:
            assert "\n" not in str(error)


def test_size_is_the_longer_side_or_a_window(tmp_path):
    x = torch.rand(1, 3, 40, 60)
    save_picture(x, tmp_path / "x.png")
    assert load_picture(tmp_path / "x.png", 30).shape == (1, 3, 20, 30)
    assert load_picture(tmp_path / "x.png", 120).shape == (1, 3, 80, 120)
    assert load_picture(tmp_path / "x.png", (16, 16)).shape == (1, 3, 16, 16)
    middle = load_picture(tmp_path / "x.png", (40, 40))
    assert torch.equal(middle, load_picture(tmp_path / "x.png")[..., 10:50])


@pytest.mark.parametrize("suffix, tolerance", [("png", 0.51 / 255), ("jpg", 0.1), ("webp", 0.12)])
def test_saved_and_loaded(tmp_path, suffix, tolerance):
    x = resize(torch.rand(1, 3, 6, 7), (48, 56))
    save_picture(x, tmp_path / f"x.{suffix}")
    assert (load_picture(tmp_path / f"x.{suffix}") - x).abs().max() < tolerance
    assert os.listdir(tmp_path) == [f"x.{suffix}"]


@pytest.mark.parametrize(
    "x, words",
    [
        (torch.rand(3, 4, 4), r"not torch.float32 \(3, 4, 4\)"),
        (torch.rand(2, 3, 4, 4), "one picture is needed, not 2"),
        (torch.ones(1, 3, 4, 4, dtype=torch.uint8), "not torch.uint8"),
        (torch.full((1, 3, 4, 4), float("nan")), "not finite"),
        (torch.rand(1, 3, 0, 4), "not torch.float32"),
        (None, "not NoneType"),
    ],
)
def test_what_is_not_a_picture_is_not_saved(tmp_path, x, words):
    with pytest.raises(PictureError, match=words):
        save_picture(x, tmp_path / "x.png")
    assert not os.listdir(tmp_path)


def test_places_that_cannot_be_written(tmp_path):
    x = torch.rand(1, 3, 4, 4)
    with pytest.raises(PictureError, match="cannot write '.txt'; use .png"):
        save_picture(x, tmp_path / "x.txt")
    with pytest.raises(PictureError, match="No such file"):
        save_picture(x, tmp_path / "absent" / "x.png")


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    save_picture(torch.zeros(1, 3, 4, 4), tmp_path / "x.png")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(images.os, "replace", full)
    with pytest.raises(PictureError, match="No space left"):
        save_picture(torch.ones(1, 3, 4, 4), tmp_path / "x.png")
    assert os.listdir(tmp_path) == ["x.png"] and load_picture(tmp_path / "x.png").max() == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (17, 33), (64, 64), (65, 20)])
def test_padding_to_a_multiple(size):
    x = torch.rand(1, 3, *size)
    padded, (top, left) = pad_to_multiple(x, 64, smallest=16)
    assert padded.shape[-2] % 64 == padded.shape[-1] % 64 == 0
    assert all(a - b < 64 for a, b in zip(padded.shape[-2:], size, strict=True))
    assert torch.equal(padded[..., top : top + size[0], left : left + size[1]], x)


def test_padding_is_a_reflection():
    row = torch.arange(4.0).expand(1, 3, 1, 4)
    padded, (_, left) = pad_to_multiple(row, 8)
    assert left == 2 and padded[0, 0, 0].tolist() == [2, 1, 0, 1, 2, 3, 2, 1]
    assert pad_to_multiple(row, 1)[0] is row


def test_resize_keeps_what_fits_and_the_range():
    x = (torch.rand(1, 3, 9, 9) > 0.5).float()
    assert resize(x, (9, 9)) is x
    for size in ((1, 1), (4, 30), (50, 50)):
        y = resize(x, size)
        assert y.shape[-2:] == size and 0 <= y.min() and y.max() <= 1


def test_bytes_and_floats():
    array = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    array.setflags(write=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(to_uint8(from_uint8(array)), array)
    assert from_uint8(array[..., 0]).shape == (1, 3, 5, 6)
    assert to_uint8(torch.full((1, 3, 1, 1), 1.7)).max() == 255


def test_contact_sheet_lays_out_rows():
    a, b = torch.zeros(1, 3, 10, 10), torch.zeros(1, 3, 20, 40)
    sheet = contact_sheet([[a, b], [a]], gap=4)
    assert sheet.shape == (1, 3, 24, 34)  # b is brought to 10x20
    assert sheet[0, 0, 5, 12] == 1 and sheet[0, 0, 5, 15] == 0 and sheet[0, 0, 20, 20] == 1
    assert contact_sheet([[a, b]], headers=["one", "two"]).shape[-2] > 10


def test_shown_pictures_carry_their_words():
    shown = show({"a <b>": torch.rand(1, 3, 8, 8)}, alt='say "x"').data
    assert 'alt="say &quot;x&quot;: a &lt;b&gt;"' in shown and "<figcaption>a &lt;b&gt;</figcaption>" in shown
