"""Archives: every photo once in each pass, in an order that only seed and place decide; mistakes are told."""

import io
import tarfile

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from s2s_helpers.cli.main import app
from s2s_helpers.data.shards import Shards, find_shards, write_shards
from s2s_helpers.images import PictureError, load_picture, save_picture

PHOTOS = 23


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Photos of random pixels, so that none is like another and no file is small."""
    root = tmp_path_factory.mktemp("photos")
    (root / "deeper").mkdir()
    torch.manual_seed(0)
    for i in range(PHOTOS):
        save_picture(torch.rand(1, 3, 8, 10), root / ("deeper" if i % 3 else ".") / f"{i}.{'png' if i % 2 else 'webp'}")
    return root


@pytest.fixture(scope="module")
def archives(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("archives") / "out"
    assert write_shards(folder, out, megabytes=0.006) == {}
    return out


def keys(shards: Shards, seed: int, first: int, n: int) -> list[bytes]:
    return [shards.photo(seed, place).tobytes() for place in range(first, first + n)]


def test_each_pass_has_every_photo_once_in_another_order(folder, archives):
    shards = Shards(find_shards(archives))
    assert len(shards.paths) > 3 and len(shards) == PHOTOS
    paths = [path for path in folder.rglob("*") if path.is_file()]
    wanted = sorted((load_picture(path)[0].permute(1, 2, 0) * 255).round().byte().numpy().tobytes() for path in paths)
    passes = [keys(shards, 0, turn * PHOTOS, PHOTOS) for turn in range(3)] + [keys(shards, 1, 0, PHOTOS)]
    assert all(sorted(one) == wanted for one in passes)
    assert len({tuple(one) for one in passes}) == 4


def test_the_order_needs_no_memory_of_what_came_before(archives):
    shards = Shards(find_shards(archives))
    assert keys(shards, 3, 0, 60)[41:] == keys(Shards(find_shards(archives)), 3, 41, 19)


def test_photos_of_one_archive_come_one_after_the_other(archives):
    """So a slow disk reads them in one piece."""
    shards = Shards(find_shards(archives))
    members = [set(keys(Shards([path]), 0, 0, len(Shards([path])))) for path in shards.paths]
    visited = [next(i for i, own in enumerate(members) if key in own) for key in keys(shards, 0, 0, PHOTOS)]
    changes = sum(a != b for a, b in zip(visited, visited[1:], strict=False))
    assert changes == len(shards.paths) - 1 and visited != sorted(visited)


def test_archives_are_a_function_of_photos_and_seed(folder, archives, tmp_path):
    for seed in (0, 1):
        write_shards(folder, tmp_path / str(seed), seed, megabytes=0.006)
    roots = archives, tmp_path / "0", tmp_path / "1"
    first, again, other = ([p.read_bytes() for p in find_shards(root)] for root in roots)
    assert first == again != other


def test_damaged_photos_are_left_out_and_told(folder, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    save_picture(torch.rand(1, 3, 8, 8), source / "good.png")
    (source / "bad.png").write_bytes(b"no picture")
    wrong = write_shards(source, tmp_path / "out")
    assert [path.name for path in wrong] == ["bad.png"] and len(Shards(find_shards(tmp_path / "out"))) == 1
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
    with pytest.raises(PictureError, match="not empty"):
        write_shards(folder, tmp_path / "out")
    (source / "good.png").unlink()
    with pytest.raises(PictureError, match="bad.png: not a picture"):
        write_shards(source, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def archive(path, **files):
    with tarfile.open(path, "w") as out:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            out.addfile(member, io.BytesIO(data))


def test_archives_of_others(tmp_path):
    """What is no picture is passed over; a damaged one is told with its archive."""
    save_picture(torch.full((1, 3, 4, 4), 0.2), tmp_path / "x.png")
    picture = (tmp_path / "x.png").read_bytes()
    path = tmp_path / "a-00.tar"
    others = {"n01/a.cls": b"7", "n01/a.json": b"{}", "n01/._a.png": b"of a Mac"}
    archive(path, **{"n01/a.b.png": picture, "z.JPG": b"bad"}, **others)
    shards = Shards([path])
    assert len(shards) == 2
    found = []
    for place in range(2):
        try:
            found.append(shards.photo(0, place).mean())
        except PictureError as error:
            assert str(error).startswith(f"{path}, the picture at byte ") and "not a picture" in str(error)
    assert found == [51]


def test_what_is_no_archive_is_told(tmp_path):
    archive(tmp_path / "none.tar", **{"a.txt": b"words"})
    (tmp_path / "other.tar").write_bytes(b"not an archive" * 100)
    archive(tmp_path / "whole.tar", **{"a.png": bytes(20_000)})
    (tmp_path / "cut.tar").write_bytes((tmp_path / "whole.tar").read_bytes()[:9_000])
    reasons = {"none": "no pictures in it", "other": "not a tar archive", "cut": "cut short .*unexpected end"}
    for name, reason in reasons.items():
        with pytest.raises(PictureError, match=f"{name}.tar: .*({reason})"):
            Shards([tmp_path / f"{name}.tar"])


def test_names(tmp_path):
    for i in range(8, 12):
        archive(tmp_path / f"p-{i:03d}.tar")
    assert [p.name for p in find_shards(tmp_path / "p-{008..011}.tar")] == [f"p-{i:03d}.tar" for i in range(8, 12)]
    assert len(find_shards(tmp_path)) == 4 and find_shards(tmp_path / "p-010.tar") == [tmp_path / "p-010.tar"]
    assert find_shards(tmp_path / "photo.png") == []
    (tmp_path / "empty").mkdir()
    assert find_shards(tmp_path / "empty") == []
    for missing in ("p-{010..012}.tar", "p-{9..2}.tar"):
        with pytest.raises(PictureError, match="no such file"):
            find_shards(tmp_path / missing)


def test_a_wrong_number_of_megabytes_still_gives_one_photo_an_archive(folder, tmp_path):
    write_shards(folder, tmp_path / "out", megabytes=0)
    assert [len(Shards([path])) for path in find_shards(tmp_path / "out")] == [1] * PHOTOS
    assert np.array_equal(Shards(find_shards(tmp_path / "out")).photo(0, 5).shape, (8, 10, 3))


def test_the_command(folder, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "good.png").write_bytes((folder / "deeper" / "1.png").read_bytes())
    (tmp_path / "in" / "bad.png").write_bytes(b"no picture")
    result = CliRunner().invoke(app, ["shards", str(tmp_path / "in"), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0 and result.output.splitlines()[-1] == str(tmp_path / "out")
    assert [line for line in result.output.splitlines() if line.startswith("s2s: left out: ") and "bad.png" in line]
    assert len(Shards(find_shards(tmp_path / "out"))) == 1
