import io

import torch
from PIL import Image

from s2s_helpers.ui.page import figure, source


def test_figure_is_a_jpeg_of_the_same_size():
    image = Image.open(io.BytesIO(figure(torch.rand(1, 3, 20, 30)).data))
    assert image.format == "JPEG" and image.size == (30, 20)


def test_source_is_the_code_itself():
    shown = source(figure, torch.nn.ReLU.forward).data
    assert shown.startswith("```python\ndef figure(x: torch.Tensor")
    assert "\ndef forward(self" in shown and shown.count("```") == 4  # methods stand at the margin
