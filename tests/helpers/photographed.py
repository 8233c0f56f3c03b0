"""Drawings as people hand them over: photographed, in pencil or blue ink, light on dark."""

import torch


def photographed(x: torch.Tensor) -> dict[str, torch.Tensor]:
    """A clean drawing as people hand it over."""
    y, w = torch.linspace(0, 1, x.shape[-2])[:, None], torch.linspace(0, 1, x.shape[-1])
    noise = 0.01 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    paper, white = torch.tensor([0.93, 0.91, 0.86]).view(1, 3, 1, 1), torch.ones(1, 3, 1, 1)

    def drawn(ink, paper):
        return x[:, :1] * paper + (1 - x[:, :1]) * torch.tensor(ink).view(1, 3, 1, 1)

    dark, blue, pencil, chalk = (0.12, 0.12, 0.13), (0.15, 0.2, 0.6), (0.55, 0.55, 0.55), (0.9, 0.9, 0.9)
    return {
        "shade": drawn(dark, paper) * (1 - 0.4 * w - 0.15 * y) + noise,
        "mild shade": drawn(dark, white) * (1 - 0.2 * w) + noise,
        "darker corners": drawn(dark, white) * (1 - 0.5 * ((w - 0.5) ** 2 + (y - 0.5) ** 2)) + noise,
        "half in shadow": drawn(dark, paper) * (1 - 0.45 * torch.sigmoid((w - 0.5) * 40)) + noise,
        "blue ink": drawn(blue, white),
        "blue ink in shade": drawn(blue, paper) * (1 - 0.4 * w) + noise,
        "pencil on paper": drawn(pencil, paper) + noise,
        "faint pencil": drawn((0.78, 0.78, 0.78), white),
        "chalkboard": drawn(chalk, torch.tensor([0.1, 0.2, 0.15]).view(1, 3, 1, 1)) + noise,
        "chalkboard in shade": drawn(chalk, torch.full((1, 3, 1, 1), 0.3)) * (1 - 0.5 * w) + noise,
        "blueprint": drawn(chalk, torch.tensor([0.1, 0.25, 0.6]).view(1, 3, 1, 1)),
    }
