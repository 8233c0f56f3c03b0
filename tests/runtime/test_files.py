import pytest

from s2s_helpers.runtime.files import sweep, whole


def test_the_new_file_takes_the_place_of_the_old(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with whole(path) as part:
        part.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_broken_write_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(error), whole(path) as part:
        part.write_text("ne")
        raise error
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_long_name_is_no_hindrance(tmp_path):
    path = tmp_path / ("n" * 250)
    with whole(path) as part:
        part.write_text("x")
    assert path.read_text() == "x"


def test_what_a_killed_writer_left_is_swept_and_nothing_else(tmp_path):
    names = [".a.png.12-34.part", ".b.png.12-34.part", "a.png", ".a.png.lock"]
    names += ["c[1].png", ".c[1].png.5-6.part", ".c1.png.5-6.part"]
    for name in names:
        (tmp_path / name).touch()
    sweep(tmp_path / "a.png")
    sweep(tmp_path / "c[1].png")
    left = {p.name for p in tmp_path.iterdir()}
    assert set(names) - left == {".a.png.12-34.part", ".c[1].png.5-6.part"}


def test_the_parts_of_long_names_could_be_anybodys(tmp_path):
    part = tmp_path / f".{'n' * 100}.12-34.part"
    part.touch()
    sweep(tmp_path / ("n" * 101))
    assert part.exists()
