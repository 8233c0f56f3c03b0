import pytest
import torch
from world import world

from s2s_helpers.pipeline.optical_flow import optical_flow, seen_before, warped, warping_error


def pan(right: int, down: int, size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Two frames of a camera that moves, so that things were ``right`` and ``down`` of where they are now."""
    x = world()
    return x[..., 16 : 16 + size, 16 : 16 + size], x[..., 16 + down : 16 + down + size, 16 + right : 16 + right + size]


def inner(x: torch.Tensor) -> torch.Tensor:
    return x[..., 8:-8, 8:-8]


@pytest.mark.parametrize("right, down", [(0, 0), (3, 0), (0, 2), (-2, 1)])
def test_a_pan_is_found_and_undone(right, down):
    before, now = pan(right, down)
    flow = optical_flow(before, now)
    assert flow.shape == (1, 2, 64, 64)
    assert (inner(flow) - torch.tensor([right, down]).view(1, 2, 1, 1)).abs().median() < 0.2
    assert (inner(warped(before, flow)) - inner(now)).abs().mean() < 0.01
    assert inner(seen_before(before, now, flow)).mean() > 0.8


def test_whole_steps_move_without_rounding():
    before, now = pan(3, 2)
    flow = torch.tensor([3.0, 2.0]).view(1, 2, 1, 1).expand(1, 2, 64, 64)
    moved = warped(before, flow)
    assert torch.allclose(moved[..., :-2, :-3], now[..., :-2, :-3], atol=1e-5)
    assert torch.allclose(moved[..., :-2, -1], before[..., 2:, -1], atol=1e-5)  # beyond the edge its last column
    seen = seen_before(before, now, flow)
    assert seen[..., :-5, :-6].min() > 0.99 and seen[..., -2:, :].max() == seen[..., -3:].max() == 0


def test_large_frames_are_looked_at_in_small_and_measured_in_their_own_pixels(monkeypatch):
    before, now = pan(4, 0)
    monkeypatch.setattr("s2s_helpers.pipeline.optical_flow.LONGEST", 32)
    flow = optical_flow(before, now)
    assert flow.shape == (1, 2, 64, 64) and inner(flow[:, 0]).median() == pytest.approx(4, abs=0.5)


def test_what_is_new_was_not_seen_before():
    before, now = pan(0, 0)
    now = now.clone()
    now[..., 20:40, 20:40] = 1 - now[..., 20:40, 20:40]  # something appears
    seen = seen_before(before, now, torch.zeros(1, 2, 64, 64))
    assert seen[..., 24:36, 24:36].mean() < 0.4 and seen[..., 50:, 50:].min() == 1


def test_warping_error_is_what_changes_where_nothing_moved():
    before, still = torch.rand(1, 3, 40, 40), torch.zeros(1, 2, 40, 40)
    assert warping_error(before, before, still) == 0
    assert warping_error(before * 0 + 0.5, before * 0 + 0.6, still) == pytest.approx(0.1, abs=1e-6)
    moved, flow = before.roll((-2, -3), dims=(2, 3)), torch.tensor([3.0, 2.0]).view(1, 2, 1, 1).expand(1, 2, 40, 40)
    assert (
        warping_error(before, moved, flow) < 1e-5 and warping_error(before, moved, still) > 0.2
    )  # the edge is left out
