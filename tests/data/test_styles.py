import torch

from s2s_helpers.data.styles import GLAZES, mosaic


def test_mosaic_is_a_picture_and_a_function_of_its_seed():
    x = mosaic(96)
    assert x.shape == (1, 3, 96, 96) and 0 <= x.min() and x.max() <= 1
    assert torch.equal(x, mosaic(96)) and not torch.equal(x, mosaic(96, seed=1))


def test_mosaic_holds_every_glaze():
    pixels = mosaic(256)[0].flatten(1).T * 255
    for glaze in torch.from_numpy(GLAZES).float():
        assert (pixels - glaze).abs().amax(dim=1).min() < 20, glaze
