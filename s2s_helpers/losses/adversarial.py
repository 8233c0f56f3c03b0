"""The adversarial losses of a conditional GAN (chapter 05_cgan_objective, eq 2).

Scores are logits, so log D is ``logsigmoid(score)`` and log(1 - D) is ``logsigmoid(-score)``; computed
this way they cannot overflow. Whether the loss is conditional is decided where the scores are made:
``PatchGAN(conditional=False)`` does not look at the sketch.
"""

from typing import Literal

import torch
from torch.nn.functional import l1_loss, logsigmoid, relu

from ..nets.checks import check_choice

# "minimax": eq 2 to the letter. "non-saturating": the same discriminator, and a generator that maximizes
# log D instead of minimizing log(1 - D) (Goodfellow et al. 2014, section 3); what pix2pix does.
# "least-squares": scores are not logits but aim at 1 for true and 0 for false (Mao et al. 2017, eq 2).
# "hinge": the discriminator learns only from patches that it does not yet tell apart by a margin of 1 on either side
# (Lim and Ye 2017; Miyato et al. 2018, eq 16 and 17).
GANLoss = Literal["non-saturating", "minimax", "least-squares", "hinge"]


def discriminator_loss(real: torch.Tensor, fake: torch.Tensor, gan_loss: GANLoss = "non-saturating") -> torch.Tensor:
    """What the discriminator minimizes: minus eq 2, averaged over all patches, or half of the squared distances
    (Mao et al., eq 2). A recipe's ``halve_discriminator`` halves either once more.

    ``real`` and ``fake`` are scores of any shape for true and for generated pictures. Raises ValueError for another
    ``gan_loss``.
    """
    check_choice("GAN loss", gan_loss, GANLoss)
    real, fake = real.float(), fake.float()
    if gan_loss == "least-squares":
        return ((real - 1).square().mean() + fake.square().mean()) / 2
    if gan_loss == "hinge":
        return relu(1 - real).mean() + relu(1 + fake).mean()
    return -(logsigmoid(real).mean() + logsigmoid(-fake).mean())


def generator_loss(fake: torch.Tensor, gan_loss: GANLoss = "non-saturating") -> torch.Tensor:
    """What the generator minimizes, averaged over all patches: -log D(x, G(x, z)) unless told otherwise.

    Minimizing log(1 - D), as eq 2 says literally ("minimax"), gives hardly a gradient while D wins. Raises ValueError
    for another ``gan_loss``.
    """
    check_choice("GAN loss", gan_loss, GANLoss)
    fake = fake.float()
    if gan_loss == "minimax":
        return logsigmoid(-fake).mean()
    if gan_loss == "least-squares":
        return (fake - 1).square().mean() / 2
    if gan_loss == "hinge":
        return -fake.mean()
    return -logsigmoid(fake).mean()


def matching_loss(made: list[list[torch.Tensor]], true: list[list[torch.Tensor]]) -> torch.Tensor:
    """How far the discriminators' layers differ between the generated and the true pictures: the mean absolute
    difference of each layer but the scores, summed over layers and discriminators (Wang et al. 2018, "pix2pixHD",
    eq 4).

    Both are what ``looks`` of a discriminator gives. No gradient goes into ``true``.
    """
    layers = [
        (a.float(), b.detach().float())
        for ours, theirs in zip(made, true, strict=True)
        for a, b in zip(ours[:-1], theirs[:-1], strict=True)
    ]
    return torch.stack([l1_loss(a, b) for a, b in layers]).sum()
