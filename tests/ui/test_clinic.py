import json
import re

import pytest
import torch

from s2s_helpers.images import save_picture
from s2s_helpers.runs.ablations.cgan import SIZE, TABLES
from s2s_helpers.runs.ablations.store import file_of
from s2s_helpers.ui import clinic

HEALTHY = {"FCN pixel": 0.8, "L1": 0.2, "a": 0.7, "b": 0.7, "edge F1": 0.7}
# What each run differs in; the healthy one and the checkerboard in nothing.
SICK = {
    "L1+cGAN": {},
    "transposed convolutions": {},
    "encoder-decoder, L1+cGAN": {"FCN pixel": 0.4},
    "lambda 1000": {"b": 0.3},
}


@pytest.fixture
def folder(tmp_path):
    for name, differences in SICK.items():
        for seed, shift in ((0, -0.01), (1, 0.01)):
            scores = {key: value + shift for key, value in (HEALTHY | differences).items()}
            curve = [{"step": 20, "D": 0.7, "GAN": 0.7, "L1": 0.3}, {"step": 40, "D": 0.5, "GAN": 1.0, "L1": 0.2}]
            run = {"cell": name, "seed": seed, "scores": {"evaluation": scores}, "curve": curve}
            file_of(name, seed, tmp_path).write_text(json.dumps(run))
    save_picture(torch.rand(1, 3, SIZE, 6 * SIZE), file_of("L1+cGAN", 0, tmp_path).with_suffix(".jpg"))
    return tmp_path


def test_the_ward_is_the_table_of_the_clinic():
    assert set(clinic.WARD) == set(TABLES["clinic"])
    assert len({diagnosis.name for diagnosis in clinic.WARD.values()}) == len(clinic.WARD)


def test_every_patient_that_was_run_has_all_choices_and_one_is_right(folder):
    found = clinic.patients(folder)
    assert [question.name for question in found] == ["Case A", "Case B", "Case C", "Case D"]
    for question in found:
        assert list(question.answers) == sorted(clinic.WARD[name].name for name in SICK)
        right = [choice for choice, said in question.answers.items() if said.startswith("<strong>Right")]
        assert right == [question.right]
        assert "Right" not in question.shown and question.right not in question.shown  # nothing is told before


def test_what_speaks_against_a_wrong_diagnosis_is_what_differs(folder):
    by_name = {question.right: question.answers for question in clinic.patients(folder)}
    healthy = by_name["healthy"]
    assert "FCN pixel speaks against it: 0.80 here, 0.40 in" in healthy["no skips (encoder-decoder)"]
    assert "b speaks against it: 0.70 here, 0.30 in" in healthy["L1 rules (lambda 1000)"]
    pale = by_name["L1 rules (lambda 1000)"]
    assert "b speaks against it: 0.30 here, 0.70 in" in pale["healthy"]  # FCN pixel does not
    assert "no vital sign tells the two apart" in healthy["checkerboard (transposed convolutions)"]


def test_one_sees_curves_pictures_and_signs(folder):
    shown = {question.right: question.shown for question in clinic.patients(folder)}
    text = shown["healthy"]
    alts = re.findall(r'<img alt="([^"]+)" src="data:image/jpeg;base64,', text)
    assert len(alts) == 2 and "D from 0.70 to 0.50" in alts[0] and "test sketches" in alts[1]
    assert "FCN pixel 0.80 · L1 0.20" in text and "GAN at the end 1.00" in text
    assert shown["no skips (encoder-decoder)"].count("<img") == 1  # no stored pictures


def test_the_sign_of_a_diagnosis_comes_first_where_it_tells():
    a, b, c = {"x": 0.0, "y": 0.0}, {"x": 1.0, "y": 1.0}, {"x": 0.0, "y": 9.0}
    signs = dict(zip("abc", (a, b, c), strict=True))
    assert clinic.telling(b, c, "y", signs) == "y"  # though x is clearer
    assert clinic.telling(b, c, "x", signs) == "x"
    assert clinic.telling(a, b, "y", signs) == "x"  # too near in y, for so wide a spread
    assert clinic.telling(a, a, "x", signs) == ""
