"""The drawing of a photo through an edge detector: any size, lines where it is sure."""

import torch
from torch import nn

from s2s_helpers.pipeline import pencil


class Ramp(nn.Module):
    """Sure of a line in the middle column, whatever it sees."""

    multiple = smallest = 8
    sizes: list[tuple[int, ...]]

    def __init__(self):
        super().__init__()
        self.sizes = []

    def forward(self, x):
        self.sizes.append(tuple(x.shape[-2:]))
        across = torch.linspace(-1, 1, x.shape[-1])
        return (-((across * 12) ** 2)).exp().expand(len(x), 1, *x.shape[-2:])


def test_the_drawing_has_the_size_of_the_photo_and_a_line_where_the_network_is_sure():
    sketch = pencil.pencil_sketch(Ramp(), torch.rand(1, 3, 47, 81))
    assert sketch.shape == (1, 3, 47, 81)
    dark = (sketch[0, 0] < 0.5).any(dim=0).nonzero().flatten()
    assert len(dark) and ((dark - 40).abs() <= 3).all()


def test_lines_of_large_pictures_are_looked_for_in_a_smaller_one():
    net = Ramp()
    sketch = pencil.pencil_sketch(net, torch.rand(1, 3, 600, 1200))
    assert sketch.shape == (1, 3, 600, 1200) and max(net.sizes[0]) == pencil.LARGEST
