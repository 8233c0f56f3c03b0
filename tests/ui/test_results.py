import json

import numpy as np
import pytest
import torch

from s2s_helpers.data.facades import SPLITS, FacadeWorld, colored
from s2s_helpers.data.styles import mosaic
from s2s_helpers.images import resize, save_picture
from s2s_helpers.runs.ablations.fast_style import STYLE_SIZE
from s2s_helpers.runs.ablations.store import SIZE, file_of
from s2s_helpers.ui import results


@pytest.fixture
def folder(tmp_path):
    """Two seeds of L1, one of cGAN, and nothing else."""
    for name, seed, value in (("L1", 0, 0.2), ("L1", 1, 0.4), ("cGAN", 0, 0.5)):
        scores = {"evaluation": {"FCN pixel": value, "L1": value}}
        run = {"cell": name, "seed": seed, "scores": scores, "curve": [{"step": 20, "L1": 0.3}]}
        file_of(name, seed, tmp_path).write_text(json.dumps(run))
    return tmp_path


def test_table_has_means_bands_and_the_published_figure(folder):
    text = results.text_table("objective", ["FCN pixel", "L1"], "evaluation", folder)
    first, second = (line for line in text.splitlines() if line.startswith(("| L1 |", "| cGAN |")))
    band = "<br><small>0.200 to 0.400</small>"
    assert first == f"| L1 | 0.300{band} | **0.300**{band} | 2 | 0.42 |"
    assert second == "| cGAN | **0.500** | 0.500 | 1 | 0.57 |"  # more FCN is better, less L1


def test_what_was_not_run_is_said_to_be_missing(folder):
    text = results.text_table("objective", ["FCN pixel"], "evaluation", folder)
    assert "| L1+GAN | missing | 0 | 0.64 |" in text
    assert "Not run yet: L2; GAN; L1+GAN; L1+cGAN; L1+pixel-cGAN" in text
    file_of("cGAN", 0, folder).unlink()
    assert "| cGAN | missing | 0 | 0.57 |" in results.text_table("objective", ["FCN pixel"], "evaluation", folder)


@pytest.mark.parametrize(
    "metric, better, than, found",
    [
        ("FCN pixel", "cGAN", ("L1",), "confirmed, by a single seed"),
        ("FCN pixel", "L1", ("cGAN",), "not confirmed, by a single seed"),
        ("FCN pixel", "SSIM", ("L1",), "not confirmed"),
        ("L1", "L1", ("cGAN",), "confirmed, by a single seed"),  # less is better
        ("FCN pixel", "cGAN", ("L1", "GAN"), "not run yet"),
        ("FCN pixel", "L1", ("L2",), "confirmed in the mean; seeds overlap"),
        ("FCN pixel", "L2", ("L1",), "not confirmed in the mean; seeds overlap"),
        ("FCN pixel", "L1", ("SSIM",), "confirmed"),
        ("FCN pixel", "L1", ("SSIM", "L2"), "confirmed in the mean; seeds overlap"),  # the nearest rival counts
    ],
)
def test_verdicts(folder, metric, better, than, found):
    for name, pair in (("L2", (0.1, 0.3)), ("SSIM", (0.1, 0.15))):
        for seed, value in enumerate(pair):
            run = {"cell": name, "seed": seed, "scores": {"evaluation": {"FCN pixel": value}}}
            file_of(name, seed, folder).write_text(json.dumps(run))
    numbers, said = results.verdict(results.Comparison("words", metric, better, than), folder)
    assert said == found
    assert said == "not run yet" or f"{better} " in numbers


@pytest.mark.parametrize(
    "ours, theirs, found",
    [
        ([0.3, 0.5], [0.3, 0.6], "no difference seen"),
        ([0.1, 0.2], [0.3, 0.6], "FCN pixel worse by 0.300; L1 better by 0.300"),
        ([0.4, 1.0], [0.3, 0.6], "FCN pixel better by 0.250, seeds overlap; L1 worse by 0.250, seeds overlap"),
        ([], [0.3, 0.6], "not run yet"),
        ([0.3], [], "not run yet"),
    ],
)
def test_difference_to_another_cell(tmp_path, ours, theirs, found):
    for name, column in (("stale scores", ours), ("L1+cGAN", theirs)):
        for seed, value in enumerate(column):
            run = {"cell": name, "seed": seed, "scores": {"evaluation": {"FCN pixel": value, "L1": value}}}
            file_of(name, seed, tmp_path).write_text(json.dumps(run))
    assert results.difference("stale scores", "L1+cGAN", ["FCN pixel", "L1"], tmp_path) == found


def test_one_cell_run_in_two_ways(folder):
    scores = {"evaluation": {"FCN pixel": 0.2}, "batch statistics": {"FCN pixel": 0.3}}
    file_of("L2", 0, folder).write_text(json.dumps({"cell": "L2", "seed": 0, "scores": scores}))
    claim = results.Comparison("words", "FCN pixel", "L2", ("L2",), mode="batch statistics", than_mode="evaluation")
    numbers, said = results.verdict(claim, folder)
    assert numbers == "batch statistics 0.300, evaluation 0.200" and said == "confirmed, by a single seed"


def test_values_are_by_seed(folder):
    assert np.allclose(results.values("L1", "L1", folder=folder), [0.2, 0.4])
    assert results.values("GAN", "L1", folder=folder).size == 0


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg")
def test_plots_draw_what_there_is(folder, monkeypatch):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.close("all")
    axes = results.drawn("objective", "FCN pixel", "evaluation", folder).axes[0]
    assert len(axes.get_yticks()) == 7 and [t.get_text() for t in axes.texts] == ["not run yet"] * 5
    results.curves(["L1", "cGAN"], ["L1"], folder=folder)
    assert len(plt.gcf().axes[0].lines) == 2
    plt.close("all")


def test_the_page_of_all_tables_is_that_of_the_stored_runs():
    import results as tool

    assert (tool.OUT / "tables.md").read_text(encoding="utf-8") == tool.page(), "run `make results`"
    assert all((tool.OUT / "plots" / f"{name}.svg").exists() for name in tool.TABLES)


@pytest.fixture
def painted(tmp_path):
    """Three weights of the variation, the first with two seeds."""
    none = "no variation"
    runs = ((none, 0, 0.0, 0.2), (none, 1, 0.0, 0.4), ("paper", 0, 1e-6, 0.1), ("variation 1e-4", 0, 1e-4, 5e9))
    for name, seed, weight, value in runs:
        scores = {"evaluation": {"eq 7": 1.0}, "validation": {"eq 7": value}}
        run = {"cell": name, "seed": seed, "seconds": 99.0, "scores": scores, "recipe": {"tv_weight": weight}}
        file_of(name, seed, tmp_path).write_text(json.dumps(run))
    return tmp_path


def test_the_style_runs_have_tables_and_a_winner_too(painted):
    text = results.text_table("variation", ["eq 7", "seconds"], "validation", painted)
    assert "| paper | **0.100** | 99.000 | 1 |" in text  # not the seconds, in which all are alike
    assert "| variation 1e-4 | 5e+09 |" in text
    assert "*Not run yet: variation 1e-5. `s2s experiments style` runs what is missing.*" in text
    assert results.winner("variation", "eq 7", "validation", painted) == "paper"
    file_of("paper", 0, painted).unlink()
    assert results.winner("variation", "eq 7", "validation", painted) == "no variation"
    assert "`s2s experiments cgan`" in results.text_table(["L1"], ["SSIM"], "evaluation", painted)
    with pytest.raises(ValueError, match="no run of book is stored"):
        results.winner(["book"], "eq 7", "validation", painted)


@pytest.mark.filterwarnings("ignore:FigureCanvasAgg")
def test_a_sweep_has_a_dot_for_each_seed_and_a_place_for_zero(painted):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    plt.close("all")
    axes = results.drawn_sweep("variation", "tv_weight", "eq 7", "validation", painted).axes[0]
    line, dots = axes.lines
    assert np.allclose(line.get_xydata(), [(0, 0.3), (1e-6, 0.1), (1e-4, 5e9)]) and len(dots.get_xdata()) == 4
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "1e-06", "0.0001"]
    places = axes.transData.transform([(x, 1) for x in (0, 1e-6, 1e-5, 1e-4)])[:, 0]
    assert (np.diff(places) > 10).all()
    nothing = results.drawn_sweep(["book"], "tv_weight", "eq 7", "validation", painted).axes[0]
    assert not nothing.lines[0].get_xdata().size
    results.sweep("variation", "tv_weight", "eq 7", "validation", painted)
    plt.close("all")


def test_the_sheet_has_what_belongs_beside_each_kind_of_run(tmp_path):
    for name in ("paper", "L1", "labels, L1"):
        save_picture(torch.rand(1, 3, SIZE, 6 * SIZE), file_of(name, 0, tmp_path).with_suffix(".jpg"))
    pair = FacadeWorld(seed=0, size=SIZE)[SPLITS["test"][0]]
    expected = {
        "paper": (pair.picture, resize(mosaic(STYLE_SIZE), (SIZE, SIZE))),
        "L1": (pair.sketch, pair.picture),
        "labels, L1": (pair.picture, colored(pair.labels)),
    }
    for name, (first, last) in expected.items():
        sheet = results.pictures([name], 1, tmp_path)[..., -SIZE:, :]
        assert sheet.shape[-1] == 3 * SIZE + 8
        assert torch.allclose(sheet[..., :SIZE], first, atol=0.01)
        assert torch.allclose(sheet[..., -SIZE:], last, atol=0.01)
