import pytest
import torch

from s2s_helpers.data.styles import DRAWN, GLAZES, LEAD, PANES, engraving, mosaic, stained_glass


@pytest.mark.parametrize("name", DRAWN)
def test_a_style_is_a_picture_and_a_function_of_its_seed(name):
    draw = DRAWN[name]
    x = draw(96)
    assert x.shape == (1, 3, 96, 96) and x.dtype == torch.float32 and 0 <= x.min() and x.max() <= 1
    assert torch.equal(x, draw(96)) and not torch.equal(x, draw(96, seed=1))


def test_stained_glass_has_every_color_and_lead_between():
    pixels = stained_glass(192)[0].flatten(1).T.double()
    for color in torch.from_numpy(PANES):
        cosine = torch.nn.functional.cosine_similarity(pixels, color[None])  # whatever the light
        assert (cosine > 0.995).float().mean() > 0.01, color
    lead = ((pixels - torch.from_numpy(LEAD)).abs().amax(dim=1) < 0.06).float().mean()
    assert 0.05 < lead < 0.35


def test_an_engraving_has_ink_on_paper_and_little_between():
    gray = engraving(192).mean(dim=1)
    assert (gray < 0.25).float().mean() > 0.1 and (gray > 0.75).float().mean() > 0.4
    assert engraving(192).std(dim=1).max() < 0.1  # one ink


def test_mosaic_holds_every_glaze():
    pixels = mosaic(256)[0].flatten(1).T * 255
    for glaze in torch.from_numpy(GLAZES).float():
        assert (pixels - glaze).abs().amax(dim=1).min() < 20, glaze
