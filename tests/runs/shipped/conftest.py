"""Photos for the trainings of the shipped networks."""

import numpy as np
import pytest
import torch

from s2s_helpers.data.sketches import edges
from s2s_helpers.images import save_picture


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder of photos with contours, as large as the scores need."""
    folder = tmp_path_factory.mktemp("photos")
    rng = np.random.default_rng(0)
    for i in range(3):
        blocks = torch.from_numpy(rng.random((1, 3, 9, 11))).float().repeat_interleave(30, 2).repeat_interleave(30, 3)
        save_picture(blocks, folder / f"{i}.jpg")
        save_picture(edges(blocks), folder / f"{i}_finest.png")
    return folder
