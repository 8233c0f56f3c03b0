"""All tables and plots of the stored runs in one file, data/results/tables.md (``make results``).

The chapters show the same tables by the same functions; this page is for those who want them without prose.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot as plt

from s2s_helpers.runs.ablations import fast_style
from s2s_helpers.runs.ablations.cgan import CELLS, MODES, TABLES
from s2s_helpers.ui import results

OUT = Path(__file__).parents[1] / "data" / "results"
PICTURE = ["FCN pixel", "FCN class", "FCN IoU", "L1", "PSNR", "SSIM", "L", "a", "b", "edge F1", "KID"]
TASKS = {"picture": PICTURE, "labels": ["pixel", "class", "IoU"], "contours": [m for m in PICTURE if "FCN" not in m]}
PAINTED = ["content", "content relu3_3", "style", "tv", "eq 6", "eq 7", "squared variation", "checkerboard", "seconds"]
HEAD = """# The stored runs

Written by `make results` from the files in `cgan/` and `style/`; one file is one run, with its recipe, seed, machine,
duration and learning curve. A cell shows the mean over the seeds and, below it, the smallest and the largest value. How
each score is measured stands in `s2s_helpers/metrics.py`; what each run is, in `s2s_helpers/runs/ablations/cgan.py` and
`s2s_helpers/runs/ablations/fast_style.py`.

"""


def metrics_of(rows: tuple[str, ...]) -> list[str]:
    """The scores that the cells of a table have."""
    return TASKS[CELLS[rows[0]].task]


def page(folder: Path = results.FOLDER) -> str:
    """The text of tables.md."""
    parts = []
    for name, rows in TABLES.items():
        parts.append(f"## {name}\n\n{results.text_table(name, metrics_of(rows), 'evaluation', folder)}\n")
        parts.append(f"![{name}: a dot for each seed, a line at the mean](plots/{name}.svg)\n")
    parts.append("## dropout and batch statistics at inference\n")
    for mode in MODES:
        rows = [name for name in TABLES["norm"] if "statistics" not in mode or CELLS[name].recipe.norm == "batch"]
        parts.append(f"### {mode}\n\n{results.text_table(rows, PICTURE, mode, folder)}\n")
    for name in fast_style.TABLES:
        parts.append(f"## {name}\n\n{results.text_table(name, PAINTED, 'evaluation', results.STYLE)}\n")
        parts.append(f"![{name}: a dot for each seed, a line for the mean](plots/{name}.svg)\n")
    validated = results.text_table("variation", ["objective", *PAINTED[:-1]], "validation", results.STYLE)
    parts.append(f"### variation, by the pictures to validate with\n\n{validated}\n")
    return HEAD + "\n".join(parts)


def plots(folder: Path) -> None:
    """One SVG for each table, of its first score."""
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams["svg.hashsalt"] = "s2s"  # the same plot, the same file
    for name, rows in TABLES.items():
        figure = results.drawn(rows, metrics_of(rows)[0], "evaluation", results.FOLDER)
        save(figure, folder / f"{name}.svg")
    style = results.STYLE
    save(results.drawn("style", "checkerboard", "evaluation", style), folder / "style.svg")
    save(results.drawn_sweep("variation", "tv_weight", "objective", "validation", style), folder / "variation.svg")


def save(figure, path: Path) -> None:
    """Write a plot and forget it."""
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    (OUT / "tables.md").write_text(page(), encoding="utf-8")
    plots(OUT / "plots")
    print(OUT / "tables.md")
