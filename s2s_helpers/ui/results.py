"""Tables, plots and pictures of the stored runs (chapters 03 to 09, and 13).

What is shown is read from ``data/results`` when the cell runs: from ``FOLDER`` for the conditional GAN, which is
the default, and from ``STYLE`` for the fast style network. What is missing is said to be missing; ``table`` has
the command that makes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..data.facades import SPLITS, FacadeWorld, Pair, colored
from ..data.styles import mosaic
from ..images import contact_sheet, load_picture
from ..runs.ablations import fast_style
from ..runs.ablations.cgan import CELLS, TABLES
from ..runs.ablations.store import SHOWN, SIZE, file_of, results_of
from .published import tables

FOLDER = Path(__file__).parents[2] / "data" / "results" / "cgan"
STYLE = FOLDER.parent / "style"
SPEED = FOLDER.parent / "speed"
# Of every other score: the more the better.
LESS_IS_BETTER = {"L1", "KID", "seconds", "checkerboard", "objective", "style", "tv", "eq 7", "squared variation"}
LESS_IS_BETTER |= {f"{score}{layer}" for score in ("content", "eq 6") for layer in ("", " relu3_3")}

# The published FCN-scores beside a table of ours. Other data, another segmenter: only the order of the rows can be
# compared. Each of the source's tables is from runs of its own.
PUBLISHED = {"objective": "isola2017, table 1", "skips": "isola2017, table 2", "patch": "isola2017, table 3"}


@dataclass(frozen=True)
class Comparison:
    """A claim of one sentence: that ``better`` scores better than every one of ``than``.

    ``published`` is the source's table of the same score (``published.tables``), if it has one. ``mode`` is how the
    generators were run; ``than_mode`` how those of ``than`` were, if otherwise.
    """

    words: str
    metric: str
    better: str
    than: tuple[str, ...]
    published: str = ""
    mode: str = "evaluation"
    than_mode: str = ""

    @property
    def printed(self) -> str:
        """What the source prints for ``better`` and for the best of ``than``, and where."""
        if not self.published:
            return "no number"
        column = tables()[self.published].column(self.metric)
        there = self.published.partition(", ")[2]
        return f"{column[self.better]:.2f}, {max(column[name] for name in self.than):.2f}<br><small>{there}</small>"


def names_of(rows: str | Sequence[str]) -> Sequence[str]:
    """The cells of a table: ``rows`` is its key in ``TABLES`` of one of the experiments, or the names themselves."""
    return (TABLES | fast_style.TABLES)[rows] if isinstance(rows, str) else rows


def values(name: str, metric: str, mode: str = "evaluation", folder: Path = FOLDER) -> np.ndarray:
    """One score of a cell, or the "seconds" of its training, for each seed that was run; may be empty."""
    runs = results_of(name, folder)
    return np.array([run["seconds"] if metric == "seconds" else run["scores"][mode][metric] for run in runs])


def table(rows: str | Sequence[str], metrics: Sequence[str], mode: str = "evaluation", folder: Path = FOLDER) -> Any:
    """Scores of the cells of a table (a key of ``TABLES``, or names): mean and, below it, smallest to largest.

    The best mean of a column is bold, if it is alone. The last column is the published per-pixel FCN-score, where there
    is one.
    """
    from IPython.display import Markdown

    return Markdown(text_table(rows, metrics, mode, folder))


def text_table(rows: str | Sequence[str], metrics: Sequence[str], mode: str, folder: Path) -> str:
    """The Markdown of ``table``."""
    source = PUBLISHED.get(rows) if isinstance(rows, str) else None
    published = tables()[source].column("FCN pixel") if source else {}
    names = names_of(rows)
    scores = {name: [values(name, metric, mode, folder) for metric in metrics] for name in names}
    best = [_best([s[i].mean() for s in scores.values() if len(s[i])], metric) for i, metric in enumerate(metrics)]
    heads = [f"{metric} {'↓' if metric in LESS_IS_BETTER else '↑'}" for metric in metrics]
    heads += ["seeds", *(["published, FCN pixel"] if published else [])]
    lines = ["| | " + " | ".join(heads) + " |", "| :--- |" + " ---: |" * len(heads)]
    for name, columns in scores.items():
        cells = [_cell(column, top) for column, top in zip(columns, best, strict=True)]
        cells.append(str(len(columns[0])))
        if published:
            cells.append(f"{published[name]:.2f}" if name in published else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    missing = [name for name, columns in scores.items() if not len(columns[0])]
    if missing:
        command = "cgan" if set(missing) <= set(CELLS) else "style"
        lines += ["", f"*Not run yet: {'; '.join(missing)}. `s2s experiments {command}` runs what is missing.*"]
    return "\n".join(lines)


def _best(means: list[float], metric: str) -> str:
    """The best of some means as it is printed; nothing where several are printed so."""
    printed = [_number(mean) for mean in sorted(means, reverse=metric not in LESS_IS_BETTER)]
    return printed[0] if printed and printed.count(printed[0]) == 1 else ""


def _cell(column: np.ndarray, best: str) -> str:
    if not len(column):
        return "missing"
    mean = _number(column.mean())
    mean = f"**{mean}**" if mean == best else mean
    return f"{mean}<br><small>{_number(column.min())} to {_number(column.max())}</small>" if len(column) > 1 else mean


def _number(value: float) -> str:
    return f"{value:.3f}" if value < 1000 else f"{value:.3g}"


def comparisons(wanted: Sequence[Comparison], folder: Path = FOLDER) -> Any:
    """A table of comparisons and whether the stored runs bear them out."""
    from IPython.display import Markdown

    return Markdown(text_comparisons(wanted, folder))


def text_comparisons(wanted: Sequence[Comparison], folder: Path) -> str:
    """The Markdown of ``comparisons``."""
    lines = ["| claim | score | published | ours | verdict |", "| :--- | :--- | :--- | :--- | :--- |"]
    for one in wanted:
        numbers, found = verdict(one, folder)
        lines.append(f"| {one.words} | {one.metric} | {one.printed} | {numbers} | **{found}** |")
    return "\n".join(lines)


def verdict(comparison: Comparison, folder: Path = FOLDER) -> tuple[str, str]:
    """Our numbers for a comparison, beside those of its nearest rival, and what they say, in the words and by the rule
    of the ledger of claims.

    "confirmed": better in the mean. "in the mean; seeds overlap": but not, or only, whichever seeds are taken.
    """
    than_mode = comparison.than_mode or comparison.mode
    ours = values(comparison.better, comparison.metric, comparison.mode, folder)
    rivals = {name: values(name, comparison.metric, than_mode, folder) for name in comparison.than}
    if missing := [name for name, seeds in {comparison.better: ours, **rivals}.items() if not len(seeds)]:
        return f"no run of {'; '.join(missing)}", "not run yet"
    sign = -1 if comparison.metric in LESS_IS_BETTER else 1
    nearest = max(comparison.than, key=lambda name: sign * rivals[name].mean())
    first, second = (comparison.better, nearest) if than_mode == comparison.mode else (comparison.mode, than_mode)
    numbers = f"{first} {ours.mean():.3f}, {second} {rivals[nearest].mean():.3f}"
    ours, theirs = sign * ours, [sign * seeds for seeds in rivals.values()]
    said = "confirmed" if ours.mean() > max(seeds.mean() for seeds in theirs) else "not confirmed"
    some = ours.max() > max(seeds.min() for seeds in theirs)
    every = ours.min() > max(seeds.max() for seeds in theirs)
    if some and not every:
        return numbers, f"{said} in the mean; seeds overlap"
    return numbers, f"{said}, by a single seed" if min(map(len, [ours, *theirs])) == 1 else said


def difference(name: str, base: str, metrics: Sequence[str], folder: Path = FOLDER) -> str:
    """By how much a cell is better or worse than ``base``, in each score whose mean is outside the seeds of ``base``.

    "seeds overlap" is said unless all seeds of one are better than all of the other.
    """
    found = []
    for metric in metrics:
        ours, theirs = (values(cell, metric, folder=folder) for cell in (name, base))
        if not (len(ours) and len(theirs)):
            return "not run yet"
        if theirs.min() <= ours.mean() <= theirs.max():
            continue
        by = ours.mean() - theirs.mean()
        word = "better" if (by < 0) == (metric in LESS_IS_BETTER) else "worse"
        apart = ours.min() > theirs.max() or ours.max() < theirs.min()
        found.append(f"{metric} {word} by {_number(abs(by))}{'' if apart else ', seeds overlap'}")
    return "; ".join(found) or "no difference seen"


def plot(rows: str | Sequence[str], metric: str, mode: str = "evaluation", folder: Path = FOLDER) -> None:
    """A score of the cells as a plot: a dot for each seed, a bar from the smallest to the largest, a line at the
    mean.
    """
    from matplotlib import pyplot as plt

    drawn(rows, metric, mode, folder)
    plt.show()


def drawn(rows: str | Sequence[str], metric: str, mode: str, folder: Path) -> Any:
    """The matplotlib figure of ``plot``."""
    from matplotlib import pyplot as plt

    names = names_of(rows)
    figure, axes = plt.subplots(figsize=(6.4, 0.38 * len(names) + 0.9), layout="constrained")
    for y, name in enumerate(names):
        column = values(name, metric, mode, folder)
        if not len(column):
            axes.text(0.02, y, "not run yet", transform=axes.get_yaxis_transform(), va="center", fontstyle="italic")
            continue
        axes.plot([column.min(), column.max()], [y, y], lw=9, alpha=0.25, color="tab:blue", solid_capstyle="round")
        axes.plot(column, [y] * len(column), "o", color="tab:blue", ms=4)
        axes.plot([column.mean()], [y], "|", color="black", ms=16)
    axes.set(yticks=range(len(names)), yticklabels=names, ylim=(len(names) - 0.5, -0.5))
    axes.set_xlabel(f"{metric}, {'less' if metric in LESS_IS_BETTER else 'more'} is better")
    axes.grid(axis="x", alpha=0.3)
    return figure


def curves(rows: str | Sequence[str], losses: Sequence[str] = ("D", "GAN", "L1"), folder: Path = FOLDER) -> None:
    """Learning curves of the first seed of each cell, one panel for each loss."""
    from matplotlib import pyplot as plt

    names = names_of(rows)
    figure, panels = plt.subplots(1, len(losses), figsize=(3.2 * len(losses), 2.8), layout="constrained", squeeze=False)
    styles = ("-", "--", "-.", ":")
    for axes, loss in zip(panels[0], losses, strict=True):
        for i, name in enumerate(names):
            runs = results_of(name, folder)
            lines = [line for line in runs[0]["curve"] if loss in line] if runs else []
            axes.plot([line["step"] for line in lines], [line[loss] for line in lines], styles[i % 4], label=name)
        axes.set(title=loss, xlabel="step")
        axes.grid(alpha=0.3)
    panels[0][-1].legend(fontsize="small")
    plt.show()


def winner(rows: str | Sequence[str], metric: str, mode: str = "evaluation", folder: Path = FOLDER) -> str:
    """The name of the cell with the best mean of a score. Raises ValueError if none was run."""
    found = {name: values(name, metric, mode, folder) for name in names_of(rows)}
    means = {name: float(column.mean()) for name, column in found.items() if len(column)}
    if not means:
        raise ValueError(f"no run of {'; '.join(found)} is stored in {folder}")
    return (min if metric in LESS_IS_BETTER else max)(means, key=means.__getitem__)


def sweep(rows: str | Sequence[str], field: str, metric: str, mode: str = "evaluation", folder: Path = FOLDER) -> None:
    """A score over a number of the recipe, on a logarithmic axis: a dot for each seed, a line through the means."""
    from matplotlib import pyplot as plt

    drawn_sweep(rows, field, metric, mode, folder)
    plt.show()


def drawn_sweep(rows: str | Sequence[str], field: str, metric: str, mode: str, folder: Path) -> Any:
    """The matplotlib figure of ``sweep``. A value of 0 has its place at the left end of the axis."""
    from matplotlib import pyplot as plt

    runs = [run for name in names_of(rows) for run in results_of(name, folder)]
    dots = sorted((run["recipe"][field], run["scores"][mode][metric]) for run in runs)
    numbers = sorted({x for x, _ in dots})
    means = [np.mean([y for x, y in dots if x == number]) for number in numbers]
    figure, axes = plt.subplots(figsize=(6.4, 3.0), layout="constrained")
    axes.plot(numbers, means, color="tab:blue")
    axes.plot([x for x, _ in dots], [y for _, y in dots], "o", color="tab:blue", ms=4)
    axes.set_xscale("symlog", linthresh=min((x for x in numbers if x), default=1.0))
    axes.set(xticks=numbers, xticklabels=[f"{x:g}" for x in numbers], xlabel=field)
    axes.set_ylabel(f"{metric}, {'less' if metric in LESS_IS_BETTER else 'more'} is better")
    axes.grid(alpha=0.3)
    return figure


def pictures(rows: str | Sequence[str], count: int = 4, folder: Path = FOLDER) -> torch.Tensor:
    """A sheet (1, 3, H, W) of test pairs: their sketch, what each cell that was run made of it, the true picture.

    For cells of the task "labels" the first column is the picture and the last the true map of labels; for those
    of the fast style network the picture and the style.
    """
    names = names_of(rows)
    files = {name: file_of(name, 0, folder).with_suffix(".jpg") for name in names}
    made = {name: load_picture(path).split(SIZE, dim=-1) for name, path in files.items() if path.exists()}
    pairs = [FacadeWorld(seed=0, size=SIZE)[SPLITS["test"][i]] for i in SHOWN[:count]]
    (left, first), (right, last) = _sides(names[0], pairs)
    columns = [first, *made.values(), last]
    headers = [left, *(name.replace(", ", "\n") for name in made), right]
    return contact_sheet([[column[i] for column in columns] for i in range(count)], headers)


def _sides(name: str, pairs: list[Pair]) -> list[tuple[str, list[torch.Tensor]]]:
    """What stands on the left and on the right of what a cell made: a word and a picture for each pair."""
    sketches, true = [pair.sketch for pair in pairs], [pair.picture for pair in pairs]
    if name in fast_style.CELLS:
        return [("picture", true), ("style", [mosaic(fast_style.STYLE_SIZE)] * len(pairs))]
    if CELLS[name].task == "labels":
        return [("picture", true), ("true", [colored(pair.labels) for pair in pairs])]
    return [("sketch", sketches), ("true", true)]
