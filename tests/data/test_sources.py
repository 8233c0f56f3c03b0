import numpy as np
import pytest
import torch
from torchvision.tv_tensors import Image, Mask

from s2s_helpers.data.sources import as_image, crop, step_numbers


def pictures_of(labels: np.ndarray) -> Image:
    """A picture (3, H, W) in which the labels can be read off: 50, 100, 150, ..."""
    return Image(np.repeat(50 * labels[None], 3, axis=0))


def test_all_that_is_given_is_cut_and_mirrored_alike():
    labels = np.arange(48 * 60, dtype=np.uint8).reshape(48, 60) % 5
    for step in range(8):
        with step_numbers(0, step):
            picture, mask = crop(20, 20, pictures_of(labels), Mask(labels))
        assert torch.equal((picture[0] * 255 / 50).round(), mask.float())


def test_every_place_comes_and_half_are_mirrored():
    """A ramp from left to right tells where a crop lies, and whether it was mirrored."""
    ramp = as_image(np.repeat(np.arange(80, dtype=np.uint8)[None, :, None], 70, axis=0).repeat(3, axis=2))
    lefts, mirrored = [], []
    for step in range(400):
        with step_numbers(3, step):
            (x,) = crop(64, 64, ramp)
        row = x[0, 0] * 255
        mirrored.append(bool(row[0] > row[-1]))
        lefts.append(round(row.min().item()))
    assert set(lefts) == set(range(17)) and 0.4 < np.mean(mirrored) < 0.6


def test_pictures_are_resized_smoothly_and_labels_keep_their_numbers():
    labels = np.zeros((32, 32), dtype=np.uint8)
    labels[:, 16:] = 3
    with step_numbers(0, 0):
        picture, mask = crop(32, 48, pictures_of(labels), Mask(labels))
    assert picture.shape == (3, 48, 48) and picture.dtype == torch.float32 and 0 <= picture.min() <= picture.max() <= 1
    assert len(picture.unique()) > 2 and mask.shape == (48, 48) and mask.unique().tolist() == [0, 3]


def test_more_than_there_is_is_refused():
    with pytest.raises(ValueError, match="larger"):
        crop(33, 16, as_image(np.zeros((32, 40, 3), dtype=np.uint8)))


def test_chance_is_that_of_the_step_and_torch_goes_on_as_before():
    def numbers(seed, step):
        with step_numbers(seed, step) as rng:
            return rng.random(), torch.rand(1).item()

    torch.manual_seed(0)
    before = torch.rand(1).item()
    torch.manual_seed(0)
    first = numbers(1, 2)
    assert torch.rand(1).item() == before
    assert first == numbers(1, 2) and len({*first, *numbers(1, 3), *numbers(2, 2)}) == 6
