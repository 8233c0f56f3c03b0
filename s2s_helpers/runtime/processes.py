"""One training on one device or on many (chapter 19_speed_and_scale): Hugging Face accelerate starts the processes.

``s2s train ...`` is one process, on a graphics card if there is one (but for pocket). ``accelerate launch -m
s2s_helpers train ...`` is one for each card. Where there is none, ``accelerate launch --multi_gpu --num_processes 2 -m
...`` or ``torchrun --nproc-per-node 2 -m ...`` starts two that talk by gloo (``accelerate launch --cpu`` alone starts
one). Every process holds all weights, draws the whole batch of a step, works on its own rows and averages its gradients
with the others. So all stay equal, and equal to one process with the whole batch, up to rounding; only dropout has
other random numbers, those of each process.

The gradients are averaged here and not by DistributedDataParallel. That wants one forward pass for each backward pass
through all of a network; a discriminator sees two batches before its own, and is held still in the generator's.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from accelerate import PartialState


def processes() -> "PartialState":
    """The processes of this training as accelerate's ``PartialState``: most often there is only this one."""
    from accelerate import PartialState
    from accelerate.utils import parse_flag_from_env

    return PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or not torch.accelerator.is_available())


def here() -> str:
    """The device of this process: its graphics card, or the processor."""
    return str(processes().device)


def described() -> str:
    """What the training runs on: ``1 process on cpu``, ``8 processes on NVIDIA H100``."""
    group = processes()
    name = torch.cuda.get_device_name(group.device) if group.device.type == "cuda" else group.device.type
    return f"{group.num_processes} {'process' if group.num_processes == 1 else 'processes'} on {name}"


def own_rows(*batch: torch.Tensor) -> list[torch.Tensor]:
    """The rows of this process of each tensor. Raises ValueError if the batch cannot be shared equally."""
    n, own = processes().num_processes, processes().process_index
    if any(len(x) % n for x in batch):
        raise ValueError(f"{n} processes cannot share a batch of {len(batch[0])} equally; use fewer, or a larger batch")
    return [x.chunk(n)[own] for x in batch]


def alone(name: str) -> None:
    """Raise ValueError if there are several processes: the training ``name`` cannot be shared."""
    if processes().num_processes > 1:
        raise ValueError(f"{name} is trained by one process; start it with s2s train {name}")


def mean(x: torch.Tensor) -> torch.Tensor:
    """The mean over all processes."""
    from accelerate.utils import reduce

    return reduce(x, "mean")


@torch.no_grad()
def average_gradients(net: nn.Module) -> None:
    """Give every process the mean of the gradients of all: those of the whole batch, if a loss is a mean over it."""
    if processes().num_processes == 1:
        return
    gradients = [p.grad for p in net.parameters() if p.grad is not None]
    means = mean(torch.cat([g.flatten() for g in gradients]))  # as one message
    for gradient, value in zip(gradients, means.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(value.view_as(gradient))


def average_losses(losses: dict[str, float]) -> dict[str, float]:
    """The means over all processes. So all of them see at once that a loss is not finite."""
    if processes().num_processes == 1:
        return losses
    means = mean(torch.tensor(list(losses.values()), device=here()))
    return dict(zip(losses, means.tolist(), strict=True))


def join_batch_norm(*nets: nn.Module) -> None:
    """Let the batch norms of ``nets`` see the batch of all processes, as with one; names and weights stay."""
    if processes().num_processes > 1:
        for module in (m for net in nets for m in net.modules()):
            if type(module) is nn.BatchNorm2d:
                module.__class__ = JointBatchNorm


class JointBatchNorm(nn.BatchNorm2d):
    """Batch norm over the rows of all processes. torch's ``SyncBatchNorm`` does this on graphics cards alone."""

    running_mean: torch.Tensor  # what ``join_batch_norm`` finds has all of these
    running_var: torch.Tensor
    num_batches_tracked: torch.Tensor
    momentum: float

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not (self.training and torch.is_grad_enabled()):  # a preview, which one process looks at by itself
            return super().forward(x)
        wide = x.to(self.weight.dtype)  # x may have 16 bits
        across: Callable[[torch.Tensor], torch.Tensor] = Mean.apply
        center = across(wide.mean(dim=(0, 2, 3), keepdim=True))
        variance = across((wide - center).square().mean(dim=(0, 2, 3), keepdim=True))
        with torch.no_grad():
            n = processes().num_processes * x.numel() / len(self.weight)
            for running, value in ((self.running_mean, center), (self.running_var, variance * n / (n - 1))):
                running.lerp_(value.flatten(), self.momentum)
            self.num_batches_tracked += 1
        weight, bias = (p[:, None, None] for p in (self.weight, self.bias))
        return ((wide - center) * (variance + self.eps).rsqrt() * weight + bias).to(x.dtype)


class Mean(torch.autograd.Function):
    """``mean``, through which the gradient comes back from all processes."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor) -> torch.Tensor:
        return mean(x)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> torch.Tensor:
        return mean(gradient)
