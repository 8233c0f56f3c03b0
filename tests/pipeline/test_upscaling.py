import pytest
import torch

from s2s_helpers.images import PictureError
from s2s_helpers.nets.superres import super_res_net
from s2s_helpers.pipeline import upscaling
from s2s_helpers.pipeline.upscaling import match_colors, upscale


@pytest.mark.parametrize("architecture", ["book", "paper"])
@pytest.mark.parametrize("size", [(16, 16), (33, 50), (7, 70)])
def test_tiles_equal_the_whole(architecture, size):
    torch.manual_seed(0)
    net = super_res_net(2, architecture, base=4, residuals=1).eval()
    if architecture == "book":
        torch.nn.init.normal_(net.last.weight, std=0.1)
    x = torch.rand(2, 3, *size)
    with torch.no_grad():
        whole = net(x)
    for tile in (16, 24, 1000):
        assert (upscale(net, x, tile) - whole).abs().max() < 1e-5


def test_only_one_tile_is_computed_at_a_time():
    net, seen = super_res_net(2, base=4, residuals=1).eval(), []
    net.register_forward_hook(lambda _, given, __: seen.append(given[0].shape[-2:]))
    upscale(net, torch.rand(1, 3, 60, 90), tile=30)
    assert len(seen) == 6 and max(max(size) for size in seen) <= 30 + 2 * net.reach


def test_a_result_that_is_too_large_is_refused_at_once(monkeypatch):
    monkeypatch.setattr(upscaling, "MAX_PIXELS", 6_000_000)
    with pytest.raises(PictureError, match="1000x500, 4 times larger, has more than the 6 megapixels.*smaller factor"):
        upscale(super_res_net(4, base=4), torch.zeros(1, 3, 500, 1000))


def test_colors_are_those_of_the_small_picture_and_places_stay():
    rng = torch.Generator().manual_seed(0)
    small = torch.rand(2, 3, 20, 30, generator=rng) * torch.tensor([1.0, 0.5, 0.2]).view(1, 3, 1, 1)
    large = small.repeat_interleave(4, -2).repeat_interleave(4, -1)
    matched = match_colors((large * 0.5 + 0.3), small)
    assert matched.shape == large.shape and matched.dtype == torch.float32
    assert torch.allclose(matched, large, atol=2e-3)


def test_a_bar_is_shown_on_terminals_alone_and_leaves_it_to_tqdm_whether_bars_are_wanted(monkeypatch):
    asked = []
    monkeypatch.setattr(upscaling, "tqdm", lambda places, **options: asked.append(options) or places)
    net, x = super_res_net(2, base=4, residuals=1).eval(), torch.rand(1, 3, 20, 50)
    for terminal, tile, bars in ((False, 30, 0), (True, 100, 0), (True, 30, 1)):
        monkeypatch.setattr("sys.stderr.isatty", lambda terminal=terminal: terminal)
        upscale(net, x, tile)
        assert len(asked) == bars
    assert "disable" not in asked[0]
