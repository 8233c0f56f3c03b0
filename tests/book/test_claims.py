"""The ledger of claims: every number is where it says, every verdict follows from its condition, none is untested."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import ledger
import numpy as np
import pytest
from ledger import Claim, LedgerError, found, stored, verdict

from s2s_helpers.ui import published
from s2s_helpers.ui import results as chapters

ROOT = Path(__file__).parents[2]
SECTIONS, CLAIMS = ledger.read()
each = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.section}: {claim.words[:40]}")
# The paper's sections that claim something.
PAPER = {"abstract", "2.1", "2.2", "3.1.1", "3.1.2", "3.2", "3.2.1", "3.2.2", "4.1", "4.2", "4.3", "5"}


def test_no_published_number_is_typed_and_each_has_its_table_row_and_column():
    for claim in CLAIMS:
        typed = published.PLACE.sub("", claim.published)
        for size in ("256x256", "300 iterations"):  # what the numbers are of
            typed = typed.replace(size, "")
        assert not re.search(r"\d", typed.replace("L1", "")), claim.published
        assert published.filled(claim.published).count("{") == 0


def test_every_published_table_is_of_a_work_that_the_book_cites_and_has_a_number_in_each_cell():
    works = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text(encoding="utf-8"), re.M))
    for name, table in published.tables().items():
        work, _, place = name.partition(", ")
        assert work in works and re.match(r"(table|figure|section) \d", place), name
        assert all(table.value(row, column) >= 0 for row in table.rows for column in table.columns)


def test_every_section_of_the_paper_and_every_chapter_with_a_claim_is_there():
    assert {claim.section for claim in CLAIMS} == set(SECTIONS)
    assert PAPER | {"sources"} == {section.split()[0] for section in SECTIONS}
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("[0-9]*.py")}
    claiming = {name for name, text in texts.items() if re.search(r"^# ## The (paper's )?claims? beside", text, re.M)}
    assert len(claiming) >= 13
    # Chapter 01 has the 400 pairs, whose worth chapter 09 measures.
    assert {claim.chapter for claim in CLAIMS} >= claiming - {"01_sketches_and_pictures"}


# What each section of the paper says, by words of the claims that answer it.
SAID = {
    "abstract": ["work of coloring", "stick figures", "more suitable than the pixel-by-pixel", "design its loss"],
    "2.1": ["each pixel of the output", "joint configuration", "Feature matching", "SSIM, as a loss"]
    + ["learn the structured loss", "covariance statistics", "conditional random fields", "nonparametric losses"]
    + ["pseudo-prior"],
    "2.2": ["discrete tags", "Equation 1", "must see the condition", "simpler than most"],
    "3.1.1": ["discriminator without xx input", "beneficial to the hybrid", "less blur"],
    "3.1.2": ["Skips help", "layers $i$ and $n - i$", "BatchNorm", "N × N", "sliding window", "texture/style loss"]
    + ["A patch of 70 beats one of 1", "A patch of 70 beats one of 16", "A patch of 70 beats one of 286"]
    + ["alternate training", "Adam", "statistics of the batch", "dropout"],
    "3.2": ["Equation 5", "for each target style"],
    "3.2.1": ["no pooling, five residual blocks", "batch-normalization", "scaled Tanh", "stride 1/2", "any resolution"]
    + ["upsampling interpolation", "factor 2", "factor of 4", "factor of 8"],
    "3.2.2": ["pixel-by-pixel comparison", "non-central covariance", "different sizes", "can be inverted"]
    + ["color, texture", "VGG defines the loss"],
    "4.1": ["Figure 3", "400 images", "small data sets", "around 0.4", "semantic segmentation", "photo generation"],
    "4.2": ["beyond [0, 255]", "L-BFGS projection", "white noise", "500 iterations", "relu2_2", "cross-validation"]
    + ["overfitting", "4 hours", "comparable quality", "three orders of magnitude", "at equal loss"]
    + ["around 10 seconds"]
    + ["Figures 1 and 4", "50 to 100 iterations"],
    "4.3": ["figure 5", "combination effect", "survives the painting"],
    "5": ["training time", "detail extraction", "painter strokes", "buildings and characters"],
    "sources": ["Cityscapes", "bicubic on Set5", "pixel loss has about the PSNR"],
}  # fmt: skip


@pytest.mark.parametrize("section", SAID)
def test_nothing_that_the_paper_says_is_missing(section):
    assert SAID.keys() == {title.split()[0] for title in SECTIONS}
    words = [claim.words for claim in CLAIMS if claim.section.split()[0] == section]
    assert [said for said in SAID[section] if not any(said in each for each in words)] == []


@each
def test_a_claim_has_its_numbers_and_a_verdict(claim):
    assert (ROOT / "book" / f"{claim.chapter}.py").is_file()
    assert all(stored(place) for place in claim.numbers.values())
    assert claim.measured and all(ledger.command(place) for place in claim.measured)
    assert verdict(claim).startswith("confirmed") or claim.because, "say why it is not confirmed"
    for name in claim.numbers:
        assert re.search(rf"\b{name}\b", claim.here + claim.holds), f"{name} is not used"


def otherwise(numbers: dict, rng: random.Random) -> dict:
    """Numbers that could have been measured instead: the same, one of the others, a thousandth to thousandfold."""
    values = [value for value in numbers.values() if not isinstance(value, bool)]

    def other(value):
        if isinstance(value, bool):
            return rng.random() < 0.5
        return rng.choice([value, rng.choice(values), value * 10 ** rng.uniform(-3, 3)])

    return {name: other(value) for name, value in numbers.items()}


@each
def test_a_claim_can_fail(claim):
    """With other numbers the condition says the opposite."""
    numbers, rng = ledger.means(claim), random.Random(0)
    now = ledger.true(claim.holds, numbers)
    assert any(ledger.true(claim.holds, otherwise(numbers, rng)) != now for _ in range(3000))


@each
def test_no_measured_number_is_typed(claim):
    typed = re.sub(r"\{[^}]*\}", "", claim.here) + claim.because
    assert not re.search(r"\d\.\d|\d ?(%|dB|times)", typed)


def test_the_page_is_what_the_results_say():
    assert (ROOT / "book" / "claims.md").read_text(encoding="utf-8") == ledger.page(), "run `make appendix`"


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Two seeds of a and b each, one of c."""
    monkeypatch.setattr(ledger, "RESULTS", tmp_path)
    for name, values in {"a": (3, 5), "b": (1, 4), "c": (6,)}.items():
        for seed, value in enumerate(values):
            text = json.dumps({"scores": {"x": value}, "command": f"make {name}"})
            (tmp_path / f"{name}_{seed}.json").write_text(text, encoding="utf-8")


def claim(holds: str, *names: str) -> Claim:
    numbers = {name: f"{name}_?.json > scores > x" for name in names}
    return Claim("1", "words", "chapter", numbers, f"is {{{names[0]}:.1f}}", holds)


def test_the_verdict_knows_the_seeds(results):
    assert verdict(claim("a > 2", "a")) == "confirmed"
    assert verdict(claim("a > b", "a", "b")) == "confirmed in the mean; seeds overlap"
    assert verdict(claim("b > a", "a", "b")) == "not confirmed in the mean; seeds overlap"
    assert verdict(claim("a > 9", "a")) == "not confirmed"
    assert verdict(claim("c > a", "a", "c")) == "confirmed, by a single seed"
    assert found(claim("a > 2", "a")) == "is 4.0" and ledger.command("a_?.json > scores > x") == "make a"


@pytest.mark.parametrize("place", ["d_?.json > x", "a_?.json > scores > y", "a_?.json > scores", "a_?.json > 0"])
def test_a_number_that_is_missing_is_named(results, place):
    with pytest.raises(LedgerError, match=r"no such file|has no|is not a number"):
        verdict(replace(claim("a > 2", "a"), numbers={"a": place}))


def test_what_a_chapter_does_not_print_is_named():
    with pytest.raises(LedgerError, match="0 times"):
        stored(r"book/06_unet_skips.ipynb > no such thing: (\w+)")


@pytest.mark.parametrize("seed", range(40))
def test_chapters_compare_by_the_rule_of_the_ledger(seed, monkeypatch):
    rng = random.Random(seed)
    columns = {name: [rng.randint(0, 9) for _ in range(rng.choice((1, 2, 3)))] for name in ("a", "b", "c")}
    monkeypatch.setattr(ledger, "stored", lambda place: columns[place[0]])
    monkeypatch.setattr(chapters, "values", lambda name, *_: np.array(columns[name]))
    _, said = chapters.verdict(chapters.Comparison("words", "FCN pixel", "a", ("b", "c")))
    assert said == verdict(claim("a > max(b, c)", "a", "b", "c")), columns
