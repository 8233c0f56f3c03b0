"""Every chapter is whole: its two halves agree, it was run in order, it checks itself, its pictures are described."""

import ast
import json
import re
import textwrap
from pathlib import Path

import jupytext
import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
NOTEBOOKS = sorted(BOOK.glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
PICTURES = ("image/png", "image/jpeg", "image/svg+xml", "image/webp", "image/gif")


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, 4)


def code(path: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code" and cell.source.strip()]


def halves(notebook) -> list[tuple]:
    keep = ("tags", "mystnb")
    return [
        (c.cell_type, c.source.rstrip(), {k: c.metadata[k] for k in keep if k in c.metadata}) for c in notebook.cells
    ]


def test_every_notebook_has_two_halves_and_a_place_in_the_book():
    names = {path.stem for path in NOTEBOOKS}
    assert names
    assert names == {path.stem for path in BOOK.glob("*.py")}
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    assert names <= {Path(file).name for file in files}


def test_the_first_page_leads_to_every_other_in_the_order_of_the_book():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [Path(chapter["file"]) for part in toc["parts"] for chapter in part["chapters"]]
    assert {"19_speed_and_scale", "large_data"} <= {file.name for file in files}
    for half in ("index.py", "index.ipynb"):
        led = re.findall(r"\| \{doc\}`(\w+)` \|", (BOOK / half).read_text(encoding="utf-8"))
        assert led == [file.name for file in files], half


def test_no_page_promises_what_is_there():
    """Pages as they are written and as they are stored."""
    pages = [path for path in BOOK.glob("*.*") if path.suffix in (".py", ".ipynb", ".md")]
    promised = re.compile(r"\bplanned\b|\bcoming soon\b|\bnot (yet )?written yet\b", re.I)
    assert len(pages) > 30
    assert [path.name for path in pages if promised.search(path.read_text(encoding="utf-8"))] == []


@each
def test_halves_agree(path):
    assert halves(read(path)) == halves(jupytext.read(path.with_suffix(".py"))), "run `make notebooks`"


@each
def test_was_run_in_order(path):
    cells = code(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1)), "run `make notebooks`"
    assert not [out for cell in cells for out in cell.outputs if out.output_type == "error"]


def is_checked(cell) -> bool:
    """Whether nbval compares this cell's output, and there is some text to compare."""
    first = cell.source.strip().splitlines()[0]
    marked = "nbval-check-output" in cell.metadata.get("tags", []) or re.match(r"#\s*NBVAL_CHECK_OUTPUT", first)
    texts = [out for out in cell.outputs if out.output_type == "stream" and out.name == "stdout"]
    texts += [out for out in cell.outputs if out.output_type == "execute_result" and "text/plain" in out.data]
    return bool(marked and texts)


@each
def test_at_least_three_cells_are_checked(path):
    assert sum(map(is_checked, code(path))) >= 3


def without_alt(html: str) -> list[str]:
    """The <img> elements of a piece of HTML that nobody described."""
    return [tag[:120] for tag in re.findall(r"<img\b[^>]*>", html) if not re.search(r"\balt=([\"'])\s*[^\"'\s]", tag)]


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem[0].isdigit()], ids=lambda path: path.stem)
def test_a_chapter_begins_with_its_result_and_what_it_is_for(path):
    """A picture; then what the reader will be able to do, what is needed, and the time to study it; then the text."""
    cells = read(path).cells
    (head,) = [place for place, cell in enumerate(cells) if "{admonition} In this chapter" in cell.source]
    box = re.search(r"^:::\{admonition\} In this chapter$(.*?)^:::$", cells[head].source, re.M | re.S)[1]
    told = re.findall(r"^\*\*([^*]+)\*\*", box, re.M)
    assert told == ["You will be able to", "You need", "Study time"]
    data = [out.get("data", {}) for cell in cells[:head] for out in cell.get("outputs", [])]
    assert any(kind in shown for shown in data for kind in (*PICTURES, "text/html"))
    assert "\n## " not in "\n".join(cell.source for cell in cells[:head])


@each
def test_every_picture_is_described(path):
    notebook, wrong = read(path), []
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            text = re.sub(r"`[^`\n]*`", "", cell.source)
            wrong += [(number, "![]")] * len(re.findall(r"!\[\s*\]\(", text)) + [(number, t) for t in without_alt(text)]
            for block in re.findall(r"^[`:]{3,}\{(?:figure|image)\}.*?^[`:]{3,}\s*$", cell.source, re.M | re.S):
                if not re.search(r"^:?alt: *\S", block, re.M):
                    wrong.append((number, block[:80]))
        for out in cell.get("outputs", []):
            data = out.get("data", {})
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            if any(kind in data for kind in PICTURES) and not alt.strip():
                wrong.append((number, "a picture without mystnb: {image: {alt: ...}}"))
            wrong += [(number, tag) for tag in without_alt("".join(data.get("text/html", "")))]
    for model in widgets(notebook):
        if model["model_name"] == "ImageModel":
            wrong.append(("widget", "widgets.Image takes no alt text; put an <img alt=...> into widgets.HTML"))
        wrong += [("widget", tag) for tag in without_alt(str(model["state"].get("value", "")))]
    assert not wrong


def widgets(notebook) -> list[dict]:
    """The stored models of a notebook's widgets."""
    stored = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {})
    return list(stored.get("state", {}).values())


@each
def test_every_widget_that_is_shown_is_stored(path):
    notebook = read(path)
    known = notebook.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    for cell in notebook.cells:
        for out in cell.get("outputs", []):
            view = out.get("data", {}).get("application/vnd.jupyter.widget-view+json")
            assert view is None or view["model_id"] in known, "the page would be empty here; run `make notebooks`"


@each
def test_runs_with_any_python(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert "version" not in notebook["metadata"].get("language_info", {}), "run `make notebooks`"


@each
def test_no_semicolon_hides_an_output(path):
    """nbval runs cells in a way that ignores it; end plots with ``plt.show()`` instead."""
    assert not [cell.source for cell in code(path) if cell.source.rstrip().endswith(";")]


def shown(path: Path) -> list[str]:
    """The functions and classes that ``source`` has put into a chapter."""
    outputs = [output for cell in code(path) for output in cell.outputs]
    texts = ["".join(output.get("data", {}).get("text/markdown", "")) for output in outputs]
    return [block for text in texts for block in re.findall(r"```python\n(.*?)```", text, re.S)]


@each
def test_code_that_is_shown_is_the_code_of_the_package(path):
    """Stored outputs of ``source``. A chapter that shows what has changed since must run again."""
    files = [*ROOT.glob("s2s_helpers/**/*.py"), *BOOK.glob("*.py"), *ROOT.glob("benchmarks/*.py")]
    package = "\n".join(line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines())
    stripped = ["\n".join(line.strip() for line in block.splitlines()).strip() for block in shown(path)]
    assert [block.split("\n")[0] for block in stripped if block not in package] == []


# What a chapter's code must show, since its text speaks of it.
SHOWN = {
    "01_sketches_and_pictures": ["s.sharpness * coarse", "np.tanh"],
    "02_measuring_pictures": ["peak_signal_noise_ratio", "np.minimum(lab_hist"]
    + ["right / (true + said - right)", "2 * precision * recall"],
    "03_structured_losses": [".abs().mean()", ".square().mean()"],
    "04_conditional_gans": ["logsigmoid(real).mean() + logsigmoid(-fake)", "scores * c", "torch.cat([z, loud]"],
    "05_cgan_objective": ["logsigmoid(real).mean() + logsigmoid(-fake)", "(fake - 1).square()", ".abs().mean()"],
    "06_unet_skips": ["join(x, skips.pop())", "self.norm(self.conv(self.activation(x)))"],
    "07_patchgan": ["torch.cat([sketch, picture], dim=1)", "nn.Conv2d(width, 1, 4", "torch.autograd.grad"],
    "08_training_and_inference": ["made.detach()", "requires_grad_(False)", "optimizer.step()"]
    + ["begin_step(training.seed, progress.step"],
    "09_training_clinic": ["logsigmoid(real).mean() + logsigmoid(-fake)", "-logsigmoid(fake).mean()"],
    "10_perceptual_losses": ["gram", "(features.float() - target.float()).square()", "chosen.append"],
    "11_loss_conventions": ["(c * m / self.gram(c, m)) ** 2 / self.style(c, m)", "weight * given.style_factor(c, m)"],
    "12_gatys_lbfgs": ["alpha", "curvature", "clamp(0, 1)"],
    "13_fast_style": ["self.c9(", "residual(x, condition)", "self.phi(made", "targets"],
    "14_cascade": ["self.picture(sketch, hints)", "self.stylize(picture, style)", "torch.channels_last"],
    "15_live_controls": ["rgb2lab", "matrix @ (x - x.mean", "torch.lerp", ".log()", "coarse_to_fine(paint, smaller"],
    "16_real_buildings": [
        "self.discriminator.looks",
        "draw_sketch(",
        "(color * 2 - 1) * where",
        "rng.normal(0, SHAKE, 3)",
    ],
    "17_any_painting": ["self.to_embedding(", ".log1p()", "self.net.embed(painting)"],
    "18_superresolution": ["gaussian_filter", "enlarge(picture, self.factor) + detail", "structural_similarity"],
    "19_speed_and_scale": ["torch.autocast", "torch.cat(parts, dim=1)", "features.flatten(2).mT @", "mallopt(key"],
}


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem[0] in "01"], ids=lambda path: path.stem)
def test_shown_code_does_the_work_and_does_not_hand_it_on(path):
    blocks = shown(path)
    assert [words for words in SHOWN[path.stem] if not any(words in block for block in blocks)] == []
    functions = {}
    for block in blocks:
        tree = ast.parse(textwrap.dedent(block))
        functions |= {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for name, function in functions.items():
        statements = [x for x in function.body if not (isinstance(x, ast.Expr) and isinstance(x.value, ast.Constant))]
        calls = {x.func.id for x in ast.walk(function) if isinstance(x, ast.Call) and isinstance(x.func, ast.Name)}
        if len(statements) <= 4:
            assert {call for call in calls if call.startswith("_")} <= functions.keys(), f"{name} hands its work on"
