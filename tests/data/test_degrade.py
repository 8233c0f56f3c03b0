import pytest
import torch

from s2s_helpers.data.degrade import cut_to_multiple, degrade


@pytest.fixture
def stripes():
    """Upright stripes, one and three pixels wide."""
    x = torch.zeros(1, 3, 32, 48)
    x[..., ::2, :16] = 1
    x[..., (torch.arange(48) % 6 < 3)] = 1
    return x


@pytest.mark.parametrize("degradation", ["bicubic", "blurred"])
@pytest.mark.parametrize("factor", [2, 4, 8])
def test_size_range_and_whole_steps(stripes, degradation, factor):
    small = degrade(stripes, factor, degradation)
    assert small.shape == (1, 3, 32 // factor, 48 // factor) and small.dtype == torch.float32
    assert 0 <= small.min() and small.max() <= 1
    assert torch.allclose(small * 255, (small * 255).round(), atol=1e-3)


def test_a_flat_picture_stays_flat_and_a_ramp_stays_a_ramp():
    flat = torch.full((1, 3, 32, 32), 100 / 255)
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    for degradation in ("bicubic", "blurred"):
        assert torch.allclose(degrade(flat, 4, degradation), flat[..., :8, :8])
        inner = degrade(ramp, 4, degradation)[..., 2:-2]
        assert torch.allclose(inner, ramp.unfold(-1, 4, 4).mean(-1)[..., ::4, 2:-2], atol=1 / 255)


def test_bicubic_is_antialiased_and_blurred_keeps_less(stripes):
    """Stripes finer than the small picture's pixels become gray; without smoothing they would stay black or white."""
    fine = degrade(stripes[..., :16], 4)[..., 1:-1, 1:-1]
    assert fine.std() < 0.1
    coarse = stripes.repeat_interleave(4, -2).repeat_interleave(4, -1)
    assert degrade(coarse, 4, "blurred").std() < 0.99 * degrade(coarse, 4).std()


def test_other_sizes_are_refused_with_the_remedy_and_cutting_helps(stripes):
    with pytest.raises(ValueError, match="48x32: both sides must be multiples of 5; see cut_to_multiple"):
        degrade(stripes, 5)
    cut = cut_to_multiple(stripes, 5)
    assert cut.shape == (1, 3, 30, 45) and torch.equal(cut, stripes[..., :30, :45])
    assert degrade(cut, 5).shape == (1, 3, 6, 9)
