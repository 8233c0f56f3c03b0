"""What all trainings share: networks, their optimizers, the learning rate, what a checkpoint holds (chapter
08_training_and_inference).

A training is an object. It has its networks and everything else that changes from step to step, it says what its
losses are and how it takes a step; ``loop.fit`` does the rest. To read one, read its ``losses`` and its ``step``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ..losses.perceptual import weighted
from ..runtime.processes import average_gradients, join_batch_norm
from .adam import Adam

Recipe = TypeVar("Recipe")
Net = TypeVar("Net", bound=nn.Module)
PREVIEW = (1 << 32) - 1  # the step whose data previews show: no training comes so far


class Training(Generic[Recipe]):
    """A training by ``recipe``: a function of it, of ``seed`` and of the data that a subclass is given.

    Torch is seeded when the object is made, and networks that it makes begin with random weights. ``step(k)`` trains
    once and returns the losses to show, plain numbers. ``preview()`` is a picture (1, 3, H, W) of how it goes, or None.
    ``result`` is the network that all this is for. ``stateful`` is what a checkpoint holds: whatever has a
    ``state_dict``, by name.
    """

    name = "training"  # beside the progress bar

    def __init__(self, recipe: Recipe, seed: int, device: str = "cpu"):
        torch.manual_seed(seed)
        self.recipe, self.seed, self.device = recipe, seed, device
        self.stateful: dict[str, Any] = {}

    @property
    def steps(self) -> int:
        """How many steps the recipe has."""
        return self._of("steps")

    @property
    def result(self) -> nn.Module:
        raise NotImplementedError

    def step(self, k: int) -> dict[str, float]:
        raise NotImplementedError

    def preview(self) -> torch.Tensor | None:
        return None

    def learn(self, name: str, net: Net, optimizer: torch.optim.Optimizer | None = None) -> Net:
        """Make ``net`` one of those that learn: it and its optimizer, Adam if no other is given, are ``stateful``."""
        join_batch_norm(net)
        betas = self._of("betas", (0.9, 0.999))
        self.stateful[name] = net
        self.stateful[f"adam_{name}"] = optimizer or Adam(net.parameters(), self._of("lr"), betas)
        return net

    def running_average(self, net: Net, decay: float) -> AveragedModel:
        """A running average of the weights of ``net``, ``stateful`` too; ``update_parameters`` moves it on."""
        average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)
        self.stateful["average"] = average
        return average

    def rate(self, k: int) -> float:
        """The learning rate of step ``k``: the recipe's, which falls to 0 over the last part of the run."""
        decay = self._of("lr_decay", 0.0)
        return self._of("lr") * (decay_at_end(k, self.steps, decay) if decay else 1.0)

    def descend(self, name: str, loss: torch.Tensor, rate: float) -> None:
        """One step of the optimizer of the network ``name`` down the gradient of ``loss``.

        The gradient is the mean over all processes. Where the recipe has a ``grad_clip``, its norm is at most that.
        """
        net, optimizer, clip = self.stateful[name], self.stateful[f"adam_{name}"], self._of("grad_clip", None)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss.backward()
        average_gradients(net)
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()

    def _of(self, field: str, *default: Any) -> Any:
        """A field of the recipe; recipes have those that they need."""
        return getattr(self.recipe, field, *default)


@contextmanager
def looking(net: nn.Module) -> Iterator[None]:
    """``net`` in evaluation mode, without gradients: a look, which happens by the clock, must change nothing."""
    was = net.training
    with torch.no_grad():
        net.eval()
        try:
            yield
        finally:
            net.train(was)


def in_rows(*batches: torch.Tensor) -> torch.Tensor:
    """Batches of equally many pictures (N, 3, H, W), each a row, the first on top; one picture (1, 3, H', W')."""
    from torchvision.utils import make_grid

    return make_grid(torch.cat(batches), nrow=len(batches[0]), pad_value=1.0)[None]


def weighted_sum(terms: Mapping[str, torch.Tensor], weights: Mapping[str, float]) -> torch.Tensor:
    """The objective: every term times its weight, added up."""
    return sum(weighted(terms, weights).values(), torch.zeros(()))


def numbers(losses: Mapping[str, torch.Tensor]) -> dict[str, float]:
    """Losses as plain numbers, to show and to store."""
    return {name: value.item() for name, value in losses.items()}


def decay_at_end(step: int, steps: int, part: float = 0.3) -> float:
    """Learning-rate factor: 1, then a straight line to 0 over the last ``part`` of the run.

    As good as a cosine and, unlike it, the run can be lengthened (Haegele et al. 2024, arXiv 2405.18392).
    """
    return max(0.0, min(1.0, (steps - step) / max(1, steps * part)))
