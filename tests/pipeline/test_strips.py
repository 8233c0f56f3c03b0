import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from s2s_helpers.images import PictureError
from s2s_helpers.nets.transform import PaperTransformNet, TransformNet
from s2s_helpers.pipeline import SketchToStyle, apply, strips

SIZES = [(64, 64), (61, 203), (203, 61), (17, 150), (130, 16), (333, 250)]
STEP = 1 / 255


def network(full_size_skip: bool, adjustable: bool = False) -> TransformNet:
    """A small one in which every weight counts, also those that begin at zero."""
    torch.manual_seed(0)
    net = (
        TransformNet(
            styles=2,
            base=8,
            residuals=2,
            full_size_skip=full_size_skip,
            residual_limit=0.5 if full_size_skip else None,
            adjustable=adjustable,
        )
        .eval()
        .requires_grad_(False)
    )
    for name, weight in net.named_parameters():
        if "norm" in name or "side" in name or "share" in name:
            weight.copy_(torch.randn_like(weight) * 0.5)
            weight[2:] *= 0.1 if adjustable and "side" not in name else 1  # there are many features
    net.last.weight.mul_(8)  # the contrast of a trained one
    return net


def uneven(height: int, width: int) -> torch.Tensor:
    """A picture that is dark and flat above, bright and noisy below: strips by themselves would differ much."""
    down = torch.linspace(0, 1, height).view(1, 1, -1, 1)
    return (down * (0.7 + 0.3 * torch.rand(1, 3, height, width))).clamp(0, 1)


@pytest.mark.parametrize("full_size_skip", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_strips_equal_the_whole(size, full_size_skip):
    net, x, style = network(full_size_skip), uneven(*size), torch.tensor([[0.3, 0.7]])
    whole, strips = apply(net, x, style), apply(net, x, style, strip=16)
    assert strips.shape == x.shape and whole.std() > 0.1
    assert (strips - whole).abs().max() <= STEP


def test_strips_know_the_weights():
    net, x, style = network(True, adjustable=True), uneven(48, 40), torch.tensor([[0.3, 0.7]])
    told = [(style, torch.tensor([[1.0, ratio, 0.5]])) for ratio in (0.2, 5.0)]
    whole, strips = ([apply(net, x, *each, strip=strip) for each in told] for strip in (None, 16))
    assert all((a - b).abs().max() <= STEP for a, b in zip(whole, strips, strict=True))
    assert (whole[0] - whole[1]).abs().max() > 5 * STEP


def test_the_shipped_painter_in_strips_equals_the_whole():
    x = uneven(200, 150)
    whole, strips = (SketchToStyle(strip=strip).stylize(x, "mosaic") for strip in (None, 32))
    rows = (strips - whole).abs().amax(dim=(0, 1, 3))
    assert 0 < rows.max() <= STEP  # not computed at once, and yet the same
    assert rows[28:36].max() <= STEP  # at a border as elsewhere


def test_strips_that_are_normalized_by_themselves_would_differ(monkeypatch):
    """What the shared statistics are for, and that the test above would see it."""
    net, x, style = network(False), uneven(64, 64), torch.tensor([[1.0, 0.0]])
    apart = torch.cat([apply(net, part, style) for part in x.split(16, dim=2)], dim=2)
    assert (apart - apply(net, x, style)).abs().max() > 20 * STEP


def test_a_batch_goes_picture_by_picture():
    net, x, style = network(True), torch.cat([uneven(40, 32), 1 - uneven(40, 32)]), torch.eye(2)
    assert (apply(net, x, style, strip=16) - apply(net, x, style)).abs().max() <= STEP


def test_large_pictures_go_in_strips_by_themselves(monkeypatch):
    net, x, style = network(False), uneven(64, 64), torch.tensor([[1.0, 0.0]])
    monkeypatch.setattr("s2s_helpers.pipeline.sketch_to_style.STRIPS_ABOVE", 64 * 64 - 1)
    monkeypatch.setattr("s2s_helpers.pipeline.sketch_to_style.MAX_PIXELS", 64 * 64 - 1)
    seen = []
    monkeypatch.setattr(strips, "on_disk", lambda parts, real=strips.on_disk: seen.append(1) or real(parts))
    assert apply(net, x, style).isfinite().all() and seen
    with pytest.raises(PictureError, match="too many for one pass"):
        apply(PaperTransformNet(base=4), x)


@pytest.mark.parametrize("asked, rows", [(1, 16), (17, 20), (None, 64)])
def test_rows_of_a_strip(monkeypatch, asked, rows):
    read = []

    def layers(net, passes, x):
        return strips.Rows(64, lambda a, b: read.append(b - a) or x[..., a:b, :])

    monkeypatch.setattr(strips, "layer_by_layer", layers)
    strips.in_strips(network(False), torch.rand(1, 3, 64, 16), torch.ones(1, 2), strip=asked)
    assert read[0] == rows and sum(read) == 64


@pytest.mark.parametrize("layer", ["same", "stride", "wide", "nearest", "bilinear"])
def test_any_rows_of_a_layer_are_those_of_the_whole(layer):
    x = torch.rand(1, 4, 12, 20)
    source = strips.Rows(12, lambda a, b: x[..., a:b, :])
    if layer in ("nearest", "bilinear"):
        double = TransformNet(1, full_size_skip=layer == "bilinear").twice
        whole, rows = double(x), strips.doubled(source, double)
    else:
        size, stride = {"same": (3, 1), "stride": (3, 2), "wide": (9, 1)}[layer]
        conv, p = torch.nn.Conv2d(4, 2, size, stride), size // 2
        whole, rows = conv(torch.nn.functional.pad(x, (p, p, p, p), mode="reflect")), strips.convolution(source, conv)
    assert rows.height == whole.shape[-2]
    for a, b in ((0, rows.height), (0, 5), (1, 6), (2, 6), (rows.height - 5, rows.height)):
        assert torch.allclose(rows.read(a, b), whole[..., a:b, :], atol=1e-5), (a, b)


def test_moments_of_strips_are_those_of_the_whole():
    x = torch.randn(1, 3, 60, 50) * 2 + torch.linspace(0, 1000, 60).view(-1, 1)
    moments = strips.Moments()
    for part in x.split(7, dim=2):
        moments.add(part)
    variance, mean = torch.var_mean(x.double(), dim=(0, 2, 3), correction=0)
    assert torch.allclose(moments.mean, mean, rtol=1e-5)
    assert torch.allclose(moments.squares / moments.count, variance, rtol=1e-5)


def test_a_full_disk_is_told_before_the_work(monkeypatch):
    monkeypatch.setattr(strips.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000_000_000))
    with pytest.raises(PictureError, match=r"1\.7 GB of disk are needed .* free 0\.7 GB, or set TMPDIR"):
        strips.check_disk(1_700_000_000)
    strips.check_disk(900_000_000)


def test_the_disk_holds_what_was_counted(monkeypatch):
    """The open files are asked each time that one has been written."""
    most, files = 0, []

    def watched(real=strips.tempfile.TemporaryFile):
        files.append(real())
        return files[-1]

    def after(parts, real=strips.on_disk):
        nonlocal most
        read = real(parts)
        most = max(most, sum(f.seek(0, 2) for f in files if not f.closed))
        return read

    monkeypatch.setattr(strips.tempfile, "TemporaryFile", watched)
    monkeypatch.setattr(strips, "on_disk", after)
    net, size = network(True), (160, 64)
    strips.in_strips(net, uneven(*size), torch.ones(1, 2) / 2, strip=16)
    assert most == strips.disk_bytes(net, *size)
    assert all(f.closed for f in files)


def test_memory_is_bounded():
    """Four times the pixels need only the more that picture and result are, not that of the activations."""
    code = """if True:
        import resource, torch
        from s2s_helpers.nets.transform import TransformNet
        from s2s_helpers.pipeline import strips

        net = TransformNet(1, 8, 1, full_size_skip=True).eval()
        for height in (128, 640):
            strips.in_strips(net, torch.rand(1, 3, height, 512), torch.ones(1, 1), strip=32)
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    small, large = (int(line) * 1024 for line in done.stdout.split())
    pictures, activation = (640 - 128) * 512 * 4 * 2 * 3, (640 - 128) * 512 * 4 * 8
    assert large - small < pictures + activation  # one of the many of full size would be as much
