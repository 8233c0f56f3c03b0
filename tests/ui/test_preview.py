"""The live preview: one place in the page, and in it the latest picture."""

import pytest
import torch

pytest.importorskip("IPython")
from s2s_helpers.optimize.loop import run  # noqa: E402
from s2s_helpers.ui.preview import live  # noqa: E402


@pytest.fixture
def page(monkeypatch):
    """What stands in the page, one text after the other; always in the same place."""
    seen = []

    class Place:
        def update(self, shown):
            seen.append(shown.data)

    def display(shown, display_id):
        assert display_id is True
        return Place()

    monkeypatch.setattr("IPython.display.display", display)
    return seen


def test_it_shows_what_a_run_finds(page):
    run(lambda x: {"a": x.square().sum()}, torch.ones(1, 3, 8, 12), 4, "Adam", preview=live("a gray field"))
    assert len(page) == 4 and all("data:image/jpeg" in text for text in page)
    assert "iteration 4 at 12x8" in page[-1] and 'alt="a gray field, iteration 4 at 12x8"' in page[-1]
    assert len({text.split("base64,")[1] for text in page}) == 4


def test_only_every_so_often(page):
    show = live(every=3)
    for iteration in range(1, 8):
        show(iteration, torch.zeros(1, 3, 4, 4))
    assert [int(text.split("iteration ")[1].split()[0]) for text in page] == [1, 3, 6]
