"""The adversarial loss of a conditional GAN (chapter 04_cgan_objective, eq 2).

Scores are logits, so log D is ``logsigmoid(score)`` and log(1 - D) is ``logsigmoid(-score)``; computed
this way they cannot overflow.
"""

import torch
from torch.nn.functional import logsigmoid


def discriminator_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Minus eq 2, averaged over all patches: what the discriminator minimizes.

    ``real`` and ``fake`` are scores of any shape for true and for generated pictures.
    """
    return -(logsigmoid(real.float()).mean() + logsigmoid(-fake.float()).mean())


def generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """-log D(x, G(x, z)), averaged: the non-saturating form (Goodfellow et al. 2014, section 3).

    Minimizing log(1 - D), as eq 2 says literally, gives hardly a gradient while D wins.
    """
    return -logsigmoid(fake.float()).mean()
