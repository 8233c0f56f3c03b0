import pytest

from s2s_helpers.ui import published

PLACE = "{isola2017, table 2 > encoder-decoder, L1 > FCN class}"


def test_a_number_is_as_printed_and_as_a_number():
    table = published.tables()["isola2017, table 2"]
    assert table.values["L1+cGAN"]["FCN class"] == ".20" and table.value("L1+cGAN", "FCN class") == 0.2
    assert published.tables()["johnson2016, section 4.1"].value("network", "photos") == 80_000
    assert table.column("FCN IoU")["encoder-decoder, L1"] == 0.08


def test_places_in_a_text_are_filled_and_cited():
    assert published.filled(f"{PLACE} without skips") == ".12 without skips"
    assert published.cited(f"{PLACE}, {PLACE}") == "isola2017, table 2, Per-class acc."


def test_a_place_that_is_not_there():
    with pytest.raises(KeyError):
        published.filled("{isola2017, table 2 > L1 > KID}")


def test_the_names_of_the_source_are_kept():
    table = published.tables()["isola2017, table 3"]
    assert table.rows["L1+pixel-cGAN"] == "1x1" and table.columns["FCN IoU"] == "Class IOU"
