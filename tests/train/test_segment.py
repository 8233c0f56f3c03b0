import numpy as np
import torch

from s2s_helpers.train import segment
from s2s_helpers.train.loop import fit

RECIPE = segment.Recipe(steps=60, batch=4, base=4, cap=8, depth=3, lr=1e-2)


def source(recipe=RECIPE):
    """Pictures whose label can be read off their color."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (6, 4, 4), dtype=np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    pictures = np.stack([labels * 100, 255 - labels * 100, labels], axis=1)
    return segment.labeled(pictures, labels, recipe)


def test_windows_of_pictures_and_labels_are_the_same():
    x, y = source()(np.random.default_rng(1), 5)
    assert x.shape == (5, 3, 32, 32) and y.shape == (5, 32, 32)
    inside = (x[:, 0] * 255 / 100 - y).abs() < 0.02  # but for the blurred borders
    assert inside.float().mean() > 0.6


def test_learns_and_resumes_exactly(tmp_path):
    job, net = segment.job(RECIPE, 0, source())
    history = fit(job, 60, seed=0).history
    assert history[-1]["accuracy"] > history[0]["accuracy"] + 0.1
    fit(segment.job(RECIPE, 0, source())[0], 23, seed=0, folder=tmp_path)
    job, resumed = segment.job(RECIPE, 0, source())
    fit(job, 60, seed=0, folder=tmp_path, resume=True)
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), resumed.parameters(), strict=True))
