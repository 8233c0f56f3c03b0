"""Training from archives: the photos of a step are those that its number says, also after a resumption."""

import dataclasses
import tarfile

import pytest
import torch
from small_trainings import stopped, waves, weights

from s2s_helpers.data.photos import Crops, StreamedCrops, crops_of, fingerprint, read_photos
from s2s_helpers.data.shards import write_shards
from s2s_helpers.images import PictureError, save_picture
from s2s_helpers.nets.loss_network import Pocket
from s2s_helpers.train import style
from s2s_helpers.train.loop import fit

RECIPE = dataclasses.replace(style.BOOK, steps=20, batch=2, size=32, base=4)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder ``photos`` of plain photos, each of a gray of its own, and ``archives`` of them."""
    root = tmp_path_factory.mktemp("data")
    (root / "photos").mkdir()
    for i in range(10):
        save_picture(torch.full((1, 3, 40, 44), i / 10), root / "photos" / f"{i}.png")
    write_shards(root / "photos", root / "archives", megabytes=0.003)
    return root


def test_steps_take_turns_through_all_photos(root):
    crops = crops_of([root / "archives" / "photos-{000000..000001}.tar", root / "archives" / "photos-000002.tar"])
    assert len(crops.photos) < 10
    crops = crops_of([root / "archives"])
    assert isinstance(crops, StreamedCrops) and len(crops.photos) == 10
    grays = torch.cat([crops(7, k, 2, 32).mean(dim=(1, 2, 3)) for k in range(5)])
    assert torch.allclose(grays.sort().values, torch.arange(10) / 10, atol=0.01)
    assert torch.equal(crops(7, 3, 2, 32), crops_of([root / "archives"])(7, 3, 2, 32))


def test_folders_stay_in_memory_and_are_not_mixed_with_archives(root):
    crops = crops_of([root / "photos"], (0.5, 1.0))
    assert type(crops) is Crops and len(crops.photos) == 10 and crops.scales == (0.5, 1.0)
    with pytest.raises(PictureError, match="photos: has no archives"):
        crops_of([root / "archives", root / "photos"])


def test_a_training_from_archives_resumes_exactly(root, tmp_path):
    torch.manual_seed(0)
    phi, patterns = Pocket(), [torch.rand(1, 3, 40, 40)]

    whole, half, resumed = (style.painting(RECIPE, 0, crops_of([root / "archives"]), patterns, phi) for _ in range(3))
    fit(whole)
    fit(stopped(half, 7), tmp_path)
    fit(resumed, tmp_path, resume=True)
    assert torch.equal(weights(whole.result), weights(resumed.result))


def test_a_broken_photo_of_an_archive_gives_way_to_the_next_one(tmp_path, capsys):
    def crops(*grays: float | None) -> Crops:
        """Crops of an archive with a photo of each gray; None is a broken one."""
        with tarfile.open(tmp_path / "a.tar", "w") as archive:
            for i, gray in enumerate(grays):
                (tmp_path / f"{i}.png").write_bytes(b"no picture")
                if gray is not None:
                    save_picture(torch.full((1, 3, 40, 44), gray), tmp_path / f"{i}.png")
                archive.add(tmp_path / f"{i}.png", f"{i}.png")
        return crops_of([tmp_path / "a.tar"])

    some = crops(0.2, None, 0.8)
    found = torch.cat([some(7, k, 2, 32).mean(dim=(1, 2, 3)) for k in range(6)])
    assert len(found) == 12 and {round(x, 1) for x in found.tolist()} == {0.2, 0.8}
    assert capsys.readouterr().err.count("left out: ") == 1
    with pytest.raises(PictureError, match=r"a.tar, the picture at byte \d+: not a picture"):
        crops(None)(7, 0, 2, 32)


def test_fingerprint_knows_names_sizes_and_contents_of_files_wherever_the_folder_lies(tmp_path):
    def folder(place, **sizes):
        (tmp_path / place).mkdir(parents=True)
        for name, size in sizes.items():
            (tmp_path / place / f"{name}.png").write_bytes(bytes(size))
        return fingerprint([tmp_path / place])

    assert folder("a/mine", x=3, y=4) == folder("b/mine", x=3, y=4) and fingerprint([]).startswith("none")
    assert len({folder("c/mine", x=3, y=5), folder("d/mine", x=3, z=4), folder("e/mine", x=3)}) == 3
    for size in (7, 100_000):
        known = {folder(f"{size}/mine", x=size)}
        for at in (0, size // 2, size - 1):  # another picture of the same name and size
            data = bytearray(size)
            data[at] = 1
            (tmp_path / f"{size}/mine/x.png").write_bytes(data)
            known.add(fingerprint([tmp_path / f"{size}/mine"]))
        assert len(known) == 4


def test_crops_are_squares_of_the_asked_size():
    crops = waves()
    x = crops(0, 0, 5, 24)
    assert x.shape == (5, 3, 24, 24) and x.dtype == torch.float32
    assert torch.equal(x, crops(0, 0, 5, 24)) and not torch.equal(x, crops(0, 1, 5, 24))


def test_large_photos_are_shrunk_as_they_are_read(tmp_path, capsys):
    """A photo of a phone would fill 36 MB."""
    save_picture(torch.rand(1, 3, 40, 3000), tmp_path / "a.png")
    save_picture(torch.rand(1, 3, 40, 44), tmp_path / "b.png")
    assert [photo.shape for photo in crops_of([tmp_path]).photos] == [(14, 1024, 3), (40, 44, 3)]
    assert "read photos" in capsys.readouterr().err


def test_contours_among_photos_are_told_in_one_line(tmp_path, capsys):
    """As BSDS500 has them: a network would learn to paint them."""
    for name in ("10.jpg", "10_mean.png", "10_finest.png", "b/2_3.jpg", "b/2_3_mean.png", "10_mean.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        save_picture(torch.rand(1, 3, 20, 24), tmp_path / name)
    assert len(read_photos(tmp_path)) == 6
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("s2s: ")]
    assert line.startswith(f"s2s: {tmp_path}: 3 files such as 10_finest.png, beside 10.jpg, count as photos; ")
    assert line.endswith("`s2s train photo --contours`")
    for path in tmp_path.rglob("*_*.png"):
        path.unlink()
    assert len(read_photos(tmp_path)) == 3 and "s2s: " not in capsys.readouterr().err
