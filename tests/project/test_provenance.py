"""Every picture and weight has its line: what it is, who made it, the license, and the hash that the file has."""

import csv
import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path

import jupytext
import provenance
import pytest
import skimage
import yaml

ROOT = Path(__file__).parents[2]
CONTENT = provenance.read()
OURS = {"MIT": "LICENSE", "CC BY 4.0": "LICENSE-TEXT"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def lines() -> dict[str, dict[str, str]]:
    with (ROOT / "data" / "provenance.csv").open(encoding="utf-8", newline="") as file:
        return {line["file"]: line for line in csv.DictReader(file)}


@pytest.fixture(scope="module")
def files() -> list[str]:
    try:
        return provenance.pictures_and_weights()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, or no git here")


def test_no_picture_or_weight_is_missing(lines, files):
    assert len(files) > 80
    assert sorted(lines) == files, "run `make appendix`"


def test_every_hash_is_right(lines):
    hashes = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in lines}
    assert not [name for name in lines if hashes[name] != lines[name]["sha256"]], "run `make appendix`"


def test_every_line_is_whole(lines):
    for name, line in lines.items():
        assert line["what"] and line["made by"] and line["license"] in OURS, name
        assert bool(line["trained on"]) == name.endswith(".safetensors"), name


def test_what_is_in_the_package_has_the_license_of_the_package(lines):
    networks = [line for name, line in lines.items() if name.startswith(("s2s_helpers/", "web/models/"))]
    assert {line["license"] for line in networks} == {"MIT"}


def test_what_made_it_is_there(lines):
    """A tool or a module that is named exists; a command is one of `s2s` or of the Makefile."""
    for line in lines.values():
        for script in re.findall(r"\b(?:tools|book)/[\w/.]+", line["made by"]):
            assert (ROOT / script).is_file(), script
        for module in re.findall(r"\bs2s_helpers\.[\w.]+", line["made by"]):
            path = ROOT / module.replace(".", "/")
            assert path.is_dir() or path.with_suffix(".py").is_file(), module
        for target in re.findall(r"\bmake (\w+)", line["made by"]):
            assert re.search(rf"^{target}:", text("Makefile"), re.M), target


def test_the_page_is_what_the_table_says(files):
    assert text("book/provenance.md") == provenance.page(), "run `make appendix`"


def test_a_file_of_no_group_is_refused():
    with pytest.raises(ValueError, match="0 groups"):
        provenance.group_of("data/new/photo.png")


def test_every_group_has_files(files):
    used = {provenance.group_of(name)["files"] for name in files}
    assert used == {group["files"] for group in CONTENT["group"]}


def test_every_photo_of_others_in_chapters_is_named():
    known = {path.stem for path in (Path(skimage.__file__).parent / "data").iterdir()}
    scripts = [*(ROOT / "book").glob("*.py"), *(ROOT / "tools").glob("*.py"), *(ROOT / "benchmarks").glob("*.py")]
    code = "\n".join(path.read_text(encoding="utf-8") for path in scripts)
    used = known & set(re.findall(r"\bdata\.(\w+)", code))
    named = {photo["name"] for photo in CONTENT["photo"]}
    assert used and used <= named
    assert all(re.search(rf"\b{name}\b", code) for name in named), "no script uses it"


# Words by which the description of a figure tells that a photo of others is seen in it.
PHOTOS = r"\b(cat|cup|astronaut|rocket|bricks|galaxies)\b"
FREE = r"\b(CC0|public domain)\b"


def figures() -> list[tuple[str, str, str]]:
    """Chapter, caption and description of each figure that is a picture, where photos of others are used."""
    found = []
    for path in sorted((ROOT / "book").glob("[0-9]*.py")):
        if not re.search(r"^from skimage import data$", text(f"book/{path.name}"), re.M):
            continue
        shown = [cell.metadata.get("mystnb", {}) for cell in jupytext.read(path).cells]
        told = [(x["figure"].get("caption", ""), x.get("image", {}).get("alt", "")) for x in shown if "figure" in x]
        found += [(path.stem, caption, alt) for caption, alt in told if "curve" not in alt]
    return found


def test_a_figure_with_a_photo_of_others_tells_its_license():
    with_photo = [(name, caption) for name, caption, alt in figures() if re.search(PHOTOS, alt)]
    assert len(with_photo) > 15
    assert [each for each in with_photo if not re.search(FREE, each[1])] == []


def test_every_style_and_source_of_a_card_is_named():
    styles, sources = ({each[key] for each in CONTENT[group]} for group, key in (("style", "name"), ("source", "card")))
    for path in provenance.CARDS.glob("*.json"):
        card = json.loads(path.read_text(encoding="utf-8"))
        assert set(card.get("styles", [])) <= styles, path.stem
        for part in card["terms"].split("; "):
            words = re.split(r"[:;]", part)[0]
            ours = words.startswith(("drawn by", "MIT", "paintings")) or set(words.split(", ")) <= styles
            assert ours or words in sources, f"{path.stem}: {words}"


def test_the_licenses_agree():
    assert text("LICENSE").startswith("MIT License")
    assert text("LICENSE-TEXT").startswith("Attribution 4.0 International")
    citation = yaml.safe_load(text("CITATION.cff"))
    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert citation["license"] == project["license"] == "MIT" and project["license-files"] == ["LICENSE"]
    version = re.search(r'__version__ = "(.*)"', text("s2s_helpers/__init__.py"))[1]
    assert citation["version"] == version
    assert "Text: CC BY 4.0. Code: MIT." in text("_config.yml")
    for name in ("README.md", "CONTRIBUTING.md", "book/provenance.md"):
        for license, file in OURS.items():
            assert re.sub(r"\s+", " ", text(name)).count(license) and file in text(name), f"{name} does not name {file}"


def test_the_papers_of_the_book_can_be_cited():
    told = {reference["title"] for reference in yaml.safe_load(text("CITATION.cff"))["references"]}
    entries = re.split(r"^@", text("references.bib"), flags=re.M)
    for key in ("wang2019", "isola2017", "johnson2016", "gatys2016"):
        (entry,) = [each for each in entries if re.match(rf"\w+\{{{key},", each)]
        title = re.sub(r"[{}]", "", re.search(r"\btitle\s*=\s*\{((?:[^{}]|\{[^{}]*\})*)\}", entry)[1])
        assert title in told, title


def test_every_reference_leads_to_its_text():
    """By a DOI, the number on arXiv, or an address."""
    entries = re.split(r"^@", text("references.bib"), flags=re.M)[1:]
    found = r"\bdoi = \{10\.\d{4,}/\S+\}|\barXiv \d{4}\.\d{4,5}\b|\burl = \{https://\S+\}"
    assert len(entries) > 50
    assert [entry.split(",")[0] for entry in entries if not re.search(found, entry)] == []
