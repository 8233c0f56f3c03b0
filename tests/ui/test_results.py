import json
import sys
from pathlib import Path

import numpy as np
import pytest

from s2s_helpers.experiments import file_of
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
    assert first == "| L1 | 0.300<br><small>0.200 to 0.400</small> | **0.300**<br><small>0.200 to 0.400</small> | 2 | 0.42 |"
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
        ("FCN pixel", "cGAN", ("L1",), "confirmed here, by a single seed"),
        ("FCN pixel", "L1", ("cGAN",), "not confirmed here, by a single seed"),
        ("FCN pixel", "SSIM", ("L1",), "not confirmed here"),
        ("L1", "L1", ("cGAN",), "confirmed here, by a single seed"),  # less is better
        ("FCN pixel", "cGAN", ("L1", "GAN"), "not run yet"),
        ("FCN pixel", "L1", ("L2",), "confirmed here in the mean; seeds overlap"),
        ("FCN pixel", "L2", ("L1",), "not confirmed here; seeds overlap"),
        ("FCN pixel", "L1", ("SSIM",), "confirmed here"),
        ("FCN pixel", "L1", ("SSIM", "L2"), "confirmed here in the mean; seeds overlap"),  # the nearest rival counts
    ],
)
def test_verdicts(folder, metric, better, than, found):
    for name, pair in (("L2", (0.1, 0.3)), ("SSIM", (0.1, 0.15))):
        for seed, value in enumerate(pair):
            run = {"cell": name, "seed": seed, "scores": {"evaluation": {"FCN pixel": value}}}
            file_of(name, seed, folder).write_text(json.dumps(run))
    numbers, said = results.verdict(results.Claim("words", metric, better, than), folder)
    assert said == found
    assert said == "not run yet" or f"{better} " in numbers


def test_one_cell_run_in_two_ways(folder):
    scores = {"evaluation": {"FCN pixel": 0.2}, "batch statistics": {"FCN pixel": 0.3}}
    file_of("L2", 0, folder).write_text(json.dumps({"cell": "L2", "seed": 0, "scores": scores}))
    claim = results.Claim("words", "FCN pixel", "L2", ("L2",), mode="batch statistics", than_mode="evaluation")
    assert results.verdict(claim, folder) == ("batch statistics 0.300, evaluation 0.200", "confirmed here, by a single seed")


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
    sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
    import results as tool

    assert (tool.OUT / "tables.md").read_text(encoding="utf-8") == tool.page(), "run `make results`"
    assert all((tool.OUT / "plots" / f"{name}.svg").exists() for name in tool.TABLES)
