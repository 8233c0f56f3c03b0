import pytest
import torch
from PIL import Image, ImageFile

from s2s_helpers.data.pairs import UNREAD, ContourFolder, PairFolder, PhotoFolder, find_pictures, find_unread
from s2s_helpers.images import OPENED, SUFFIXES, PictureError, save_picture


def save(folder, **pictures):
    folder.mkdir(parents=True, exist_ok=True)
    for name, (height, width, value) in pictures.items():
        save_picture(torch.full((1, 3, height, width), value), folder / f"{name}.png")


def test_photos_in_natural_order_from_all_folders(tmp_path):
    save(tmp_path / "b", p10=(4, 4, 1.0), p2=(4, 4, 0.0))
    save(tmp_path / "a", x=(5, 6, 0.2))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "b" / ".hidden.png").write_text("no picture either")
    photos = PhotoFolder(tmp_path)
    assert [p.name for p in photos.paths] == ["x.png", "p2.png", "p10.png"]
    assert photos[0].shape == (1, 3, 5, 6) and photos[2].mean() == 1
    assert [x.mean().item() for x in photos] == pytest.approx([0.2, 0, 1])


def test_names_with_odd_digits_are_ordered(tmp_path):
    save(tmp_path, **{"x1²2": (4, 4, 0.0), "x٣": (4, 4, 0.0), "x1": (4, 4, 0.0)})
    assert [p.stem for p in PhotoFolder(tmp_path).paths] == ["x1", "x1²2", "x٣"]


def test_hidden_folders_and_folders_named_like_pictures_are_passed_over(tmp_path):
    root = tmp_path / ".cache" / "photos"  # hidden above the folder does not count
    save(root, a=(4, 4, 0.0))
    save(root / ".ipynb_checkpoints", a=(4, 4, 0.0))
    (root / "album.jpg").mkdir()
    assert [p.relative_to(root).as_posix() for p in PhotoFolder(root).paths] == ["a.png"]


@pytest.mark.parametrize("names", [("sketch", "picture"), ("A", "B"), ("trainA", "trainB")])
def test_two_folders_with_equal_names(tmp_path, names):
    save(tmp_path / names[0], one=(4, 6, 0.0), two=(4, 6, 0.0))
    save(tmp_path / names[1], two=(4, 6, 1.0), one=(4, 6, 1.0))
    pairs = PairFolder(tmp_path)
    assert len(pairs) == 2
    sketch, picture = pairs[1]
    assert sketch.mean() == 0 and picture.mean() == 1


@pytest.mark.parametrize("side", ["left", "right"])
def test_side_by_side(tmp_path, side):
    both = torch.zeros(1, 3, 5, 8)
    both[..., 4:] = 1
    save_picture(both, tmp_path / "x.png")
    sketch, picture = PairFolder(tmp_path, sketch_side=side)[0]
    assert sketch.shape == picture.shape == (1, 3, 5, 4)
    assert sketch.mean() == (side == "right") and picture.mean() == (side == "left")


def test_pairs_that_do_not_match_are_named(tmp_path):
    save(tmp_path / "A", **{f"n{i}": (4, 4, 0.0) for i in range(6)})
    save(tmp_path / "B", n0=(4, 4, 0.0))
    with pytest.raises(PictureError, match=r"B: no partner for n1, n2, n3 and 2 more"):
        PairFolder(tmp_path)


def test_a_folder_without_its_partner_is_not_taken_for_pairs_side_by_side(tmp_path):
    save(tmp_path / "B", x=(4, 8, 0.0))
    with pytest.raises(PictureError, match="has a folder B, but no folder A"):
        PairFolder(tmp_path)


def test_two_files_of_one_name_are_refused(tmp_path):
    save(tmp_path / "A", x=(4, 4, 0.0))
    save(tmp_path / "B", x=(4, 4, 0.0))
    save_picture(torch.rand(1, 3, 4, 4), tmp_path / "A" / "x.jpg")
    with pytest.raises(PictureError, match="has the same name as x.jpg"):
        PairFolder(tmp_path)


def test_pairs_of_two_sizes_and_odd_widths_are_refused(tmp_path):
    save(tmp_path / "two" / "A", x=(4, 4, 0.0))
    save(tmp_path / "two" / "B", x=(4, 5, 0.0))
    with pytest.raises(PictureError, match="is 4x4, and its partner .* is 5x4"):
        PairFolder(tmp_path / "two")[0]
    save(tmp_path / "odd", x=(4, 7, 0.0))
    with pytest.raises(PictureError, match="width, 7, is odd"):
        PairFolder(tmp_path / "odd")[0]


def test_sizes_are_checked_by_the_heads_of_the_files(tmp_path, monkeypatch):
    for side in ("A", "B"):
        save(tmp_path / "sound" / side, even=(4, 6, 0.0), odd=(5, 7, 0.0))
    exif = Image.Exif()
    exif[274] = 6  # turned by a quarter, as a PNG that is not
    Image.new("RGB", (9, 5)).save(tmp_path / "sound" / "A" / "turned.jpg", exif=exif)
    save(tmp_path / "sound" / "B", turned=(9, 5, 0.0))
    (tmp_path / "sound" / "B" / "even.png").write_bytes(b"no picture")  # for the training to pass over
    save(tmp_path / "odd", a=(4, 6, 0.0), b=(5, 7, 0.0))
    save(tmp_path / "two" / "A", a=(4, 4, 0.0), b=(4, 4, 0.0))
    save(tmp_path / "two" / "B", a=(4, 4, 0.0), b=(4, 5, 0.0))
    with monkeypatch.context() as patch:
        patch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("it decoded a file"))
        PairFolder(tmp_path / "sound").check_sizes()
    with pytest.raises(PictureError, match=r"b.png: its width, 7, is odd; .*; cut it, or put the two into folders"):
        PairFolder(tmp_path / "odd").check_sizes()
    with pytest.raises(PictureError, match=r"A.b.png: is 4x4, and its partner .*B.b.png is 5x4; make them equal"):
        PairFolder(tmp_path / "two").check_sizes()


@pytest.mark.parametrize("kind", [PhotoFolder, PairFolder, ContourFolder])
def test_missing_and_empty_folders(tmp_path, kind):
    with pytest.raises(PictureError, match="no such folder"):
        kind(tmp_path / "absent")
    with pytest.raises(PictureError, match="no pictures in it"):
        kind(tmp_path)


def test_photos_with_contours(tmp_path):
    save_picture(torch.rand(1, 3, 6, 8), tmp_path / "7.jpg")
    save(tmp_path, **{"7_finest": (6, 8, 0.0), "7_mean": (6, 8, 1.0)})
    save_picture(torch.rand(1, 3, 6, 8), tmp_path / "70.jpg")  # no contours: "7_..." are not its own
    folder = ContourFolder(tmp_path)
    assert len(folder) == 1
    photo, maps = folder[0]
    assert photo.shape == (1, 3, 6, 8) and [m.mean().item() for m in maps] == [1, 0]
    save(tmp_path, **{"7_mean": (6, 9, 1.0)})
    with pytest.raises(PictureError, match="size of its photo"):
        folder[0]


def test_contours_belong_to_the_photo_in_their_own_folder(tmp_path):
    for name in ("p", "q"):
        (tmp_path / name).mkdir()
        save_picture(torch.rand(1, 3, 6, 8), tmp_path / name / "1.jpg")
    save(tmp_path / "q", **{"1_mean": (6, 8, 0.0)})
    assert [(photo.parent.name, len(maps)) for photo, maps in ContourFolder(tmp_path).items] == [("q", 1)]


def test_photos_without_any_contour(tmp_path):
    save_picture(torch.rand(1, 3, 6, 8), tmp_path / "a.jpg")
    with pytest.raises(PictureError, match="no photo NAME.jpg with contours"):
        ContourFolder(tmp_path)


def test_all_suffixes_of_what_is_read_and_linked_folders(tmp_path):
    for name in ("a.jfif", "b.JPE", "c.dib", "d.avif"):
        (tmp_path / "in" / "deep").mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).touch()
    save(tmp_path / "else", x=(4, 4, 0.0))
    (tmp_path / "in" / "linked").symlink_to(tmp_path / "else", target_is_directory=True)
    (tmp_path / "in" / "twice").symlink_to(tmp_path / "else", target_is_directory=True)
    (tmp_path / "in" / "deep" / "round").symlink_to(tmp_path / "in", target_is_directory=True)
    (tmp_path / "in" / "file.png").symlink_to(tmp_path / "else" / "x.png")
    names = ["a.jfif", "b.JPE", "c.dib", *(["d.avif"] if "AVIF" in OPENED else []), "file.png", "linked/x.png"]
    assert [p.relative_to(tmp_path / "in").as_posix() for p in find_pictures(tmp_path / "in")] == names


def test_every_suffix_of_the_formats_that_are_read_is_read_or_named():
    Image.init()
    theirs = {suffix for suffix, form in Image.EXTENSION.items() if form in (*OPENED, "AVIF", "MPO")}
    assert theirs <= {*SUFFIXES, *UNREAD.split(), ".avifs"}


def test_what_is_not_read_is_found(tmp_path):
    for name in ("b.HEIC", "a.cr2", "c.psd", "film.mp4", "notes.txt", ".d.heic"):
        (tmp_path / name).touch()
    assert [path.name for path in find_unread(tmp_path)] == ["a.cr2", "b.HEIC", "c.psd", "film.mp4"]


def test_both_spellings_of_an_accent_are_one_name(tmp_path):
    nfc, nfd = "Bl\u00e4tter", "Bla\u0308tter"  # NFD as macOS writes it
    save(tmp_path / "A", **{nfc: (4, 4, 0.0)})
    save(tmp_path / "B", **{nfd: (4, 4, 1.0)})
    (pair,) = PairFolder(tmp_path)
    assert pair.sketch.mean() == 0 and pair.picture.mean() == 1
    save(tmp_path / "A", **{nfd: (4, 4, 0.0)})
    with pytest.raises(PictureError, match="has the same name as"):
        PairFolder(tmp_path)


@pytest.mark.parametrize("names", [("input", "target"), ("edges", "photos"), ("train/in", "train/out"), ("x/1", "x/2")])
def test_folders_of_halves_do_not_pass_for_files_with_both_sides(tmp_path, names):
    for name in names:
        save(tmp_path / name, one=(4, 6, 0.0), two=(4, 6, 0.0))
    with pytest.raises(PictureError, match=f"{names[0]} and {names[1]} have the same names; .* sketch and picture"):
        PairFolder(tmp_path)


def test_halves_in_one_folder_do_not_pass_for_files_with_both_sides(tmp_path):
    """As pix2pix's script takes them with --use_AB."""
    save(tmp_path / "train", **dict.fromkeys(("1_A", "1_B", "2_A", "2_B"), (4, 6, 0.0)))
    told = r"1_A.png: is half of a pair, whose other half is 1_B.png; put them into folders named A and B, under .* 1$"
    with pytest.raises(PictureError, match=told):
        PairFolder(tmp_path)
    for path in (tmp_path / "train").glob("*_B.png"):
        path.unlink()
    assert len(PairFolder(tmp_path)) == 2


def test_halves_of_pairs_alone_or_farther_down(tmp_path):
    for name in ("trainA", "testB"):
        save(tmp_path / name / name, one=(4, 6, 0.0))
        with pytest.raises(PictureError, match=f"has a folder {name}, but no folder {name[:-1]}"):
            PairFolder(tmp_path / name)
    for name in ("A", "B"):
        save(tmp_path / "all" / "train" / name, one=(4, 6, 0.0))
    with pytest.raises(PictureError, match=f"train/A and train/B have the same names; give {tmp_path}/all/train$"):
        PairFolder(tmp_path / "all")


def test_splits_of_files_with_both_sides_are_all_taken(tmp_path):
    """As the data sets of pix2pix come: the same numbers in each."""
    for split in ("train", "val", "test"):
        save(tmp_path / split, p1=(4, 6, 0.0), p2=(4, 6, 0.0))
    assert len(PairFolder(tmp_path)) == 6
