"""One network for every painting: f_W and a second network that reads a painting (chapter 17_any_painting).

Ghiasi et al. 2017, arXiv 1705.06830: a painting is read into an embedding, and the weights and biases of all norms of
f_W are linear in it. So a painting that no training has met is a style like any other, and styles mix.
"""

import torch
from torch import nn

from .loss_network import STYLE_LAYERS, Pocket
from .transform import TransformNet, take_over

HIDDEN = 256  # of the two layers between the statistics of a painting and its embedding


class AnyStyleNet(TransformNet):
    """``net(picture, net.embed(painting))`` repaints (N, 3, H, W) in [0, 1] in the style of a painting.

    A ``TransformNet`` whose conditions are no styles but the ``embedding`` numbers of a painting, behind a 1: the row
    of the 1 is what all paintings share. Embeddings are mixed as styles are, with weights that sum to 1.

    What is read of a painting is the mean and the standard deviation of each channel of the four style layers of a
    ``Pocket``, which the network holds: that is what adaptive instance normalization takes over (Huang and Belongie
    2017, arXiv 1703.06868, eq 8), and by far less than the Gram matrices. They are taken as logarithms, less their
    ``center`` and divided by their ``spread`` over the paintings of the training (``center_on``).
    """

    center: torch.Tensor
    spread: torch.Tensor

    def __init__(
        self,
        embedding: int = 64,
        base: int = 32,
        residuals: int = 5,
        full_size_skip: bool = False,
        residual_limit: float | None = None,
    ):
        super().__init__(1 + embedding, base, residuals, full_size_skip, residual_limit)
        self.reader = Pocket().requires_grad_(False)
        statistics = 2 * sum(len(self.reader.kept(layer)) for layer in STYLE_LAYERS)
        self.register_buffer("center", torch.zeros(statistics))
        self.register_buffer("spread", torch.ones(statistics))
        self.to_embedding = nn.Sequential(nn.Linear(statistics, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, embedding))

    def embed(self, painting: torch.Tensor) -> torch.Tensor:
        """What f_W is told of paintings (N, 3, H, W), RGB, in [0, 1], of any size; (N, 1 + embedding)."""
        with torch.autocast(painting.device.type, enabled=False):  # 16 bits would round what the norms are told
            told = self.to_embedding((self.statistics(painting) - self.center) / self.spread)
        return torch.cat([torch.ones_like(told[:, :1]), told], dim=1)

    def statistics(self, painting: torch.Tensor) -> torch.Tensor:
        """log(1 + mean) and log(1 + standard deviation) of each channel of the style layers; (N, 2 channels)."""
        features = [x.float().flatten(2) for x in self.reader(painting).values()]
        moments = [m for x in features for m in (x.mean(dim=2), x.var(dim=2, correction=0).sqrt())]
        return torch.cat(moments, dim=1).log1p()

    @torch.no_grad()
    def center_on(self, paintings: list[torch.Tensor]) -> None:
        """Set ``center`` and ``spread`` to those of paintings, each (1, 3, H, W); two or more of them."""
        found = torch.cat([self.statistics(painting) for painting in paintings])
        self.center.copy_(found.mean(dim=0))
        self.spread.copy_(found.std(dim=0).clamp_min(1e-3))

    @torch.no_grad()
    def adopt(self, other: TransformNet, seed: int = 0) -> None:
        """Begin with the weights of ``other``, a ``TransformNet`` for some styles, of the same shape otherwise.

        The mean of its styles is what all paintings share; the embedding moves the norms at random, about as far as the
        styles of ``other`` lie from their mean. Raises ValueError for another shape.
        """
        known, generator = other.state_dict(), torch.Generator().manual_seed(seed)
        for name, value in known.items():
            if name.endswith(("norm.weight", "norm.bias")):
                rows = torch.randn(self.styles - 1, value.shape[1], generator=generator)
                away = value.std(dim=0, keepdim=True) / (self.styles - 1) ** 0.5
                known[name] = torch.cat([value.mean(dim=0, keepdim=True), rows * away])
        take_over(self, known)
