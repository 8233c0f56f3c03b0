"""Pictures larger than memory: the style network strip by strip, equal to the whole (chapter 15_live_controls).

A convolution sees a few pixels, so a picture can be computed in strips that overlap by them. Instance normalization
sees the whole picture: strips that are normalized by themselves differ in color and contrast at every border. So the
network is computed layer by layer. Each layer goes over all strips once, gathers the mean and the variance of the
whole picture, and puts what it found on the disk; the next layer normalizes what it reads from there.
"""

import math
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import nn
from torch.nn.functional import pad, relu
from tqdm.auto import tqdm

from ..images import PictureError
from ..nets.transform import EXACT, ConditionalInstanceNorm, Conv, Residual, TransformNet, check_size

STRIP = 2**19  # pixels of a strip: about 0.3 GB of activations
NORM_EPS = 1e-5  # as torch.nn.functional.batch_norm, by which ``nets.blocks.instance_norm`` is written


@dataclass(frozen=True)
class Rows:
    """An activation (1, C, ``height``, W) that is never whole in memory: ``read(a, b)`` gives its rows a to b - 1."""

    height: int
    read: Callable[[int, int], torch.Tensor]

    def then(self, f: Callable[[torch.Tensor], torch.Tensor]) -> "Rows":
        """What ``f``, which works on each pixel by itself, makes of it."""
        return Rows(self.height, lambda a, b: f(self.read(a, b)))

    def __add__(self, other: "Rows") -> "Rows":
        return Rows(self.height, lambda a, b: self.read(a, b) + other.read(a, b))


def convolution(rows: Rows, conv: nn.Conv2d, exact: bool = False) -> Rows:
    """``conv`` of ``rows``, reflected at the border of the picture; at that of a strip it reads the rows beyond.

    If it is ``exact`` in 32 bits, also where the others are computed in 16 (``nets.transform.EXACT``).
    """
    size, stride, p = conv.kernel_size[0], conv.stride[0], conv.kernel_size[0] // 2

    def read(a: int, b: int) -> torch.Tensor:
        first, last = a * stride - p, (b - 1) * stride - p + size
        above, below = max(0, -first), max(0, last - rows.height)
        x = rows.read(first + above, last - below)
        padded = pad(x, (p, p, above, below), mode="reflect")
        if not exact:
            return conv(padded)
        with torch.autocast(x.device.type, enabled=False):
            return conv(padded.float())

    return Rows(-(-rows.height // stride), read)


def doubled(rows: Rows, double: Callable[[torch.Tensor], torch.Tensor]) -> Rows:
    """Twice the height and width, by a ``double`` that looks at most one row up and down."""

    def read(a: int, b: int) -> torch.Tensor:
        first, last = max(0, a // 2 - 1), min(rows.height, -(-b // 2) + 1)
        return double(rows.read(first, last))[..., a - 2 * first : b - 2 * first, :]

    return Rows(2 * rows.height, read)


def on_disk(parts: Iterator[torch.Tensor]) -> Callable[[int, int], torch.Tensor]:
    """Write the strips of an activation to a temporary file, with the bits that they have; returns the function that
    reads its rows, in 32 bits.

    The file has no name, so it is gone when the function is, or when the process is killed. It is read, not mapped:
    the pages of a mapped file count as memory of the process.
    """
    file = tempfile.TemporaryFile()
    shape, dtype = torch.Size((0, 0)), torch.half
    for x in parts:
        data = x[0].permute(1, 2, 0).contiguous()  # (rows, W, C)
        shape, dtype = data.shape[1:], data.dtype
        file.write(data.numpy().data)

    def read(a: int, b: int) -> torch.Tensor:
        data = torch.empty(b - a, *shape, dtype=dtype)
        file.seek(a * math.prod(shape) * data.element_size())
        file.readinto(data.numpy().data)
        return data.permute(2, 0, 1)[None].float()

    weakref.finalize(read, file.close)
    return read


class Moments:
    """Mean and variance of each channel of a picture that comes in strips (Chan et al. 1979, eq 2.1)."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, torch.tensor(0.0), torch.tensor(0.0)

    def add(self, x: torch.Tensor) -> None:
        """Count one strip (1, C, rows, W)."""
        variance, mean = (value.double() for value in torch.var_mean(x, dim=(0, 2, 3), correction=0))
        n = x.shape[-2] * x.shape[-1]
        total, apart = self.count + n, mean - self.mean
        self.squares = self.squares + variance * n + apart**2 * self.count * n / total
        self.mean = self.mean + apart * n / total
        self.count = total

    def norm(self, norm: ConditionalInstanceNorm, condition: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
        """``norm`` by these moments, as a function of one strip."""
        with torch.autocast(condition.device.type, enabled=False):  # 16 bits would round the mixture
            weight, bias = (condition @ norm.weight)[0], (condition @ norm.bias)[0]
        gain = weight / (self.squares / self.count + NORM_EPS).sqrt()
        shift = bias - gain * self.mean
        gain, shift = (value.float().view(1, -1, 1, 1) for value in (gain, shift))
        return lambda x: torch.addcmul(shift, x, gain)


class Passes:
    """Passes over the ``height`` rows of a picture, ``strip`` of them at a time, under one condition (1, C)."""

    def __init__(self, height: int, strip: int, condition: torch.Tensor, bar: tqdm):
        self.height, self.strip, self.condition, self.bar = height, strip, condition, bar

    def over(self, rows: Rows) -> Iterator[tuple[int, int, torch.Tensor]]:
        """First row, row behind the last, and values of each strip; of layers at half the size half the rows."""
        step = self.strip * rows.height // self.height
        for a in range(0, rows.height, step):
            b = min(a + step, rows.height)
            yield a, b, rows.read(a, b)

    def unit(self, rows: Rows, layer: Conv, keep: bool = True, exact: bool = False) -> Rows:
        """Convolution and norm. What is not kept on the disk is computed again when it is read."""
        made, moments = convolution(rows, layer.conv, exact), Moments()

        def strips() -> Iterator[torch.Tensor]:
            for _, _, x in self.over(made):
                moments.add(x)
                yield stored(x, exact)
                self.bar.update()

        if keep:
            made = Rows(made.height, on_disk(strips()))
        else:
            for _ in strips():
                pass
        return made.then(moments.norm(layer.norm, self.condition))

    def kept(self, rows: Rows, exact: bool) -> Rows:
        """``rows``, on the disk."""
        return Rows(rows.height, on_disk(stored(x, exact) for _, _, x in self.over(rows)))


def stored(x: torch.Tensor, exact: bool) -> torch.Tensor:
    """What a layer has on the disk: 32 bits where it matters (``nets.transform.EXACT``), else 16."""
    return x.float() if exact else x.half()


@torch.inference_mode()
def in_strips(
    net: TransformNet, picture: torch.Tensor, *conditioning: torch.Tensor, strip: int | None = None
) -> torch.Tensor:
    """``net(picture, *conditioning)``, with style and loss weights, for pictures (N, 3, H, W) of any size, in bounded
    memory.

    Shows a progress bar.

    ``strip`` is how many rows are computed at once, rounded up to a multiple of 4, 16 or more; by default as many as
    hold ``STRIP`` pixels. The result differs from that of the network at once by rounding: most of what waits on the
    disk has 16 bits. Needs ``disk_bytes`` in the folder for temporary files (PictureError if that is not free); where
    that folder lies in memory, as /tmp on some systems, set TMPDIR to another. Raises ValueError as the network does,
    for sides that are no multiples of 4.
    """
    check_size(picture, net.multiple, net.smallest)
    height, width = picture.shape[-2:]
    check_disk(disk_bytes(net, height, width))
    strip = -(-max(strip or STRIP // width, net.smallest) // net.multiple) * net.multiple
    made, condition = torch.empty_like(picture), net.condition(*conditioning)
    total = len(picture) * (6 + 2 * len(net.r)) * -(-height // strip)  # one pass for each norm, and the last
    with tqdm(total=total, desc=f"{width}x{height} in strips", unit="strip", leave=False) as bar:
        for i in range(len(picture)):
            passes = Passes(height, strip, condition[i : i + 1], bar)
            for a, b, x in passes.over(layer_by_layer(net, passes, picture[i : i + 1])):
                made[i : i + 1, :, a:b] = net.shown(x)
                bar.update()
    return made


def layer_by_layer(net: TransformNet, passes: Passes, picture: torch.Tensor) -> Rows:
    """``TransformNet.forward`` up to its sigmoid. At full size nothing is kept: that is cheaper to compute again."""
    unit, layout = passes.unit, partial(torch.Tensor.contiguous, memory_format=torch.channels_last)

    def beside(y: torch.Tensor) -> torch.Tensor:
        with torch.autocast(y.device.type, enabled=False):
            return net.beside(y, passes.condition)

    source = Rows(passes.height, lambda a, b: layout(picture[..., a:b, :] * 2 - 1))
    full = unit(source, net.c9, keep=False, exact=True).then(relu)
    x = unit(full, net.d1, exact=True).then(relu)
    x = unit(x, net.d2, exact=True).then(relu)
    for i, residual in enumerate(cast(list[Residual], list(net.r))):
        exact = partial(unit, exact=i < EXACT)
        # What lies on the disk is deleted when no name holds it any longer: none for what is between.
        block = exact(exact(x, residual.first).then(residual.positive), residual.second).then(residual.cut)
        x = passes.kept(x + block, i < EXACT)
        del block
    x = unit(doubled(x, net.twice), net.u1).then(relu)
    x = unit(doubled(x, net.twice), net.u2, keep=False)
    x = (x + full.then(beside) if net.full_size_skip else x).then(relu)
    return convolution(x, net.last, exact=True)


def disk_bytes(net: TransformNet, height: int, width: int) -> int:
    """The most that lies on the disk at a time, in 32 bits: a layer at half the size beside one at a quarter of it.

    Three layers at a quarter of the size, as a residual block needs, are as much.
    """
    base = net.c9.conv.out_channels
    return 4 * (2 * base // 4 + 4 * base // 16) * height * width


def check_disk(needed: int) -> None:
    """Raise PictureError unless so many bytes are free in the folder for temporary files."""
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PictureError(
            f"{needed / 1e9:.1f} GB of disk are needed for this picture, but {folder} has {free / 1e9:.1f} GB: "
            f"free {(needed - free) / 1e9:.1f} GB, or set TMPDIR to a folder with more room"
        )
