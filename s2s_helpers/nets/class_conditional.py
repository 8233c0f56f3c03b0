"""The two small networks of a class-conditional GAN (chapter 04_conditional_gans; Mirza and Osindero 2014).

Both are fully connected and know pictures (n, 3, 16, 16) of four kinds. A class is (n, 4), one 1 in each row.
"""

import torch
from torch import nn

from ..data.parts import KINDS, SIDE, onehot

NOISE = 16  # random numbers that a picture is made of
CLASSES, VALUES = len(KINDS), 3 * SIDE * SIDE


class Generator(nn.Module):
    """Noise z (n, 16) and class c (n, 4) to pictures (n, 3, 16, 16) in [0, 1]."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(NOISE + CLASSES, 256), nn.BatchNorm1d(256), nn.ReLU(),
            nn.Linear(256, 512), nn.BatchNorm1d(512), nn.ReLU(),
            nn.Linear(512, VALUES), nn.Sigmoid(),
        )  # fmt: skip

    def forward(self, z: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
        loud = 4 * c  # so that the noise does not drown it
        return self.layers(torch.cat([z, loud], dim=1)).view(-1, 3, SIDE, SIDE)


class Discriminator(nn.Module):
    """Class c (n, 4) and pictures (n, 3, 16, 16) in [0, 1] to scores (n,), logits: positive means "true".

    It has a score for each class, and c chooses the one that counts. With ``conditional=False`` the mean of
    all four counts, whatever c says.
    """

    def __init__(self, conditional: bool = True):
        super().__init__()
        self.conditional = conditional
        self.layers = nn.Sequential(
            nn.Linear(VALUES, 256), nn.LeakyReLU(0.2), nn.Dropout(0.3),
            nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Dropout(0.3),
            nn.Linear(256, CLASSES),
        )  # fmt: skip

    def forward(self, c: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        scores = self.layers(2 * x.flatten(1) - 1)
        return (scores * c).sum(dim=1) if self.conditional else scores.mean(dim=1)


@torch.no_grad()
def make(generator: Generator, z: torch.Tensor, kind: int) -> torch.Tensor:
    """Pictures (n, 3, 16, 16) of one kind, 0 to 3, made of the noise ``z`` (n, 16)."""
    return generator(z, onehot(torch.full((len(z),), kind)))
