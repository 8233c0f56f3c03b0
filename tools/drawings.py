"""The figures that explain the networks; ``make appendix`` writes them.

``book/_static/drawings/NAME.svg`` and, for a dark page, ``NAME.dark.svg``. What a figure says of a network, such as
channels, sizes and kernels, is read from the network of the package: it is built without memory for its weights, and
shown a picture without pixels. tests/book/test_drawings.py compares what is stored with what would be drawn.
"""

import math
from collections.abc import Callable

import torch
from svg import THEMES, Drawing, house, stars
from torch import nn

from s2s_helpers import zoo
from s2s_helpers.losses.perceptual import gram_matrix, style_loss
from s2s_helpers.nets.blocks import InstanceNorm
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.patchgan import PatchGAN
from s2s_helpers.nets.transform import CroppedResidual, PaperTransformNet, transform_net
from s2s_helpers.nets.unet import UNet
from s2s_helpers.nets.vgg import VGG
from s2s_helpers.runs.shipped.painter import PAINTER
from s2s_helpers.train import pix2pix, style

FOLDER = "book/_static/drawings"
SIDE = style.PAPER.size  # pixels of the picture that is followed through the networks
Size = tuple[int, int]  # channels, and places a side

NAMES = {
    nn.BatchNorm2d: "batch norm", InstanceNorm: "instance norm", nn.ReLU: "ReLU", nn.LeakyReLU: "LeakyReLU",
}  # fmt: skip


def weightless(make: Callable[..., nn.Module], **arguments) -> nn.Module:
    """A network that has shapes, but no numbers."""
    with torch.device("meta"):
        return make(**arguments)


def nothing(channels: int = 3, side: int = SIDE) -> torch.Tensor:
    """A picture that has a shape, but no pixels."""
    return torch.empty(1, channels, side, side, device="meta")


def sizes(net: nn.Module, layers: list[nn.Module], *inputs: torch.Tensor) -> list[tuple[Size, Size]]:
    """What enters and what leaves each of ``layers`` while ``net`` sees the inputs: channels, places a side."""
    found = {}

    def look(layer, given, made):
        found[layer] = tuple((x.shape[1], x.shape[-1]) for x in (given[0], made))

    hooks = [layer.register_forward_hook(look) for layer in layers]
    net(*inputs)
    for hook in hooks:
        hook.remove()
    return [found[layer] for layer in layers]


def square(side: int) -> str:
    return f"{side} × {side}"


def kernel(conv: nn.Module) -> str:
    """As "4 × 4, stride 2"; of a layer that enlarges the stride is 1/2."""
    stride = conv.stride[0]
    if isinstance(conv, nn.ConvTranspose2d):
        return f"{square(conv.kernel_size[0])}, stride 1/{stride}"
    return f"{square(conv.kernel_size[0])}, stride {stride}"


def millions(net: nn.Module) -> float:
    return sum(p.numel() for p in net.parameters()) / 1e6


def unet() -> Drawing:
    """The generator of the paper: down on the left, up on the right, skips across."""
    net = weightless(UNet)
    depth = len(net.down)
    down = [made for _, made in sizes(net, list(net.down), nothing())]
    up = sizes(net, list(net.up), nothing())[::-1]  # up[i] makes what has the size of row i
    d = Drawing(
        532,
        "The U-Net of the paper",
        f"Left, the encoder: {depth} layers, each of which halves the side of the grid, from {SIDE} to "
        f"{down[-1][1]}. Right, the decoder: {depth} layers, each of which doubles it. An arrow leads from each "
        "encoder layer across to the decoder layer of the same size, where its channels are laid beside those from "
        "below.",
    )
    left, right, top, pitch, high = 146, 430, 96, 43, 22

    def y(row: int) -> float:
        return top + pitch * (row - 1) + 20

    def wide(channels: int) -> float:
        return 0.165 * channels

    d.label(left, 22, "encoder", 14, "blue", kind="bold")
    d.label(right, 22, "decoder", 14, "green", kind="bold")
    for x, kind, words, channels in (
        (left, "drawing", "sketch *x*", nothing().shape[1]),
        (right, "picture", "picture *ŷ*", up[0][1][0]),
    ):
        house(d, x - 28, 34, 56, kind)
        d.label(x + 36, 60, words, 13, at="start")
        d.label(x + 36, 77, f"{channels} channels", 12, "faint", "start")
    d.label(12, 66, square(SIDE), 12, "faint", "start")

    d.arrow((left, 93), (left, y(1) - 3), color="blue")
    d.arrow((right + 5, y(1) - 3), (right + 5, 93), color="green")
    for row, (channels, side) in enumerate(down[:-1], 1):
        (both, _), (below, _) = up[row - 1][0], up[row][1]
        carried = both - below
        d.label(12, y(row) + 15, square(side), 12, "faint", "start")
        d.box(left - wide(channels) / 2, y(row), wide(channels), high, "blue")
        d.label(left - wide(channels) / 2 - 6, y(row) + 15, str(channels), 12, "blue", "end")
        d.arrow(
            (left + wide(channels) / 2 + 3, y(row) + 11),
            (right - wide(carried) - 3, y(row) + 11),
            color="blue",
            kind="dashed",
        )
        d.box(right - wide(carried), y(row), wide(carried), high, "blue")
        d.box(right, y(row), wide(below), high, "green")
        end = right + wide(below) + 6
        d.label(end, y(row) + 15, str(carried), 12, "blue", "start")
        d.label(end + 8 * len(str(carried)) + 2, y(row) + 15, f"+ {below}", 12, "green", "start")
        if row < depth - 1:
            d.arrow((left, y(row) + high + 2), (left, y(row + 1) - 3), color="blue")
            d.arrow((right + 5, y(row + 1) - 3), (right + 5, y(row) + high + 2), color="green")
    d.label((left + right) / 2, y(1) + 5, "skip", 12, "blue")

    channels, side = down[-1]
    middle = (left + right) / 2
    d.label(12, y(depth) + 15, square(side), 12, "faint", "start")
    d.box(middle - wide(channels) / 2, y(depth), wide(channels), high, "blue")
    d.arrow(
        (left, y(depth - 1) + high + 2),
        (left, y(depth) + 11),
        (middle - wide(channels) / 2 - 3, y(depth) + 11),
        color="blue",
    )
    d.arrow(
        (middle + wide(channels) / 2 + 3, y(depth) + 11),
        (right + 5, y(depth) + 11),
        (right + 5, y(depth - 1) + high + 2),
        color="green",
    )
    d.label(middle, y(depth) + 37, f"bottleneck: {channels} numbers", 12)

    dropped = [depth - 1 - i for i, layer in enumerate(net.up) if isinstance(layer.dropout, nn.Dropout)]
    above, under = y(min(dropped)), y(max(dropped)) + high
    d.line([(591, above), (596, above), (596, under), (591, under)], "gray")
    d.label(611, (above + under) / 2, f"dropout {net.up[0].dropout.p:g}", 12, "faint", turned=True)

    legend = y(depth) + 62
    first, last = net.down[1], net.up[1]
    texts = (
        ("blue", "", f"{NAMES[type(first.activation)]}, convolution {kernel(first.conv)}, {NAMES[type(first.norm)]}"),
        ("green", "", f"ReLU, convolution {kernel(last.enlarge.conv)}, {NAMES[type(last.norm)]}"),
        ("blue", "dashed", "skip connection: the channels are copied, and laid beside those from below"),
    )
    for i, (color, kind, text) in enumerate(texts):
        line = legend + 18 * i
        d.arrow((96, line - 4), (126, line - 4), color=color, kind=kind)
        d.label(134, line, text, 12, "ink", "start")
    return d


def patchgan() -> Drawing:
    """What one score sees, on the picture and from layer to layer."""
    net = weightless(PatchGAN)
    convs = [layer for layer in net.layers if isinstance(layer, nn.Conv2d)]
    made = [size for _, size in sizes(net, convs, nothing(), nothing())]
    entered = sizes(net, convs[:1], nothing(), nothing())[0][0]
    seen, jumps = [1], [1]  # for each layer: how many places of a row a score sees; pixels from one place to the next
    for conv in reversed(convs):
        seen.insert(0, (seen[0] - 1) * conv.stride[0] + conv.kernel_size[0])
    for conv in convs:
        jumps.append(jumps[-1] * conv.stride[0])
    field, scores = seen[0], made[-1][1]
    d = Drawing(
        528,
        "The PatchGAN and its receptive field",
        f"Above: sketch and picture of {SIDE} pixels a side enter the discriminator; a map of {scores} by {scores} "
        f"scores comes out. One score is marked, and on the picture the square of {field} by {field} pixels that it "
        "sees. Below: a row of each layer. One score sees "
        + ", ".join(f"{n} places" for n in seen[-2:0:-1])
        + f" and {field} pixels of a row.",
    )
    # above: sketch, picture and map
    left, y, side, grid, right = 142, 24, 120, 4, 484
    row, column = 12, 8
    start = [column, row]
    for conv in reversed(convs):
        start = [i * conv.stride[0] - conv.padding[0] for i in start]
    dx, dy, width = (n * side / SIDE for n in (*start, field))
    cx, cy = right + column * grid, y + row * grid
    for x, kind, word in ((14, "drawing", "sketch"), (left, "picture", "picture")):
        house(d, x, y, side, kind)
        d.box(x + dx, y + dy, width, width, "red", "empty strong", 0)
        d.label(x + side / 2, y + side + 18, f"{word}, {square(SIDE)}", 12)
    d.box(right, y, scores * grid, scores * grid, "gray", "thin", 0)
    for i in range(1, scores):
        d.line([(right + i * grid, y), (right + i * grid, y + scores * grid)], "gray", "hair")
        d.line([(right, y + i * grid), (right + scores * grid, y + i * grid)], "gray", "hair")
    d.line([(left + dx + width, y + dy), (cx, cy)], "red", "thin")
    d.line([(left + dx + width, y + dy + width), (cx, cy + grid)], "red", "thin")
    d.box(cx, cy, grid, grid, "red", "solid", 0)
    d.label(right + scores * grid / 2, y + side + 18, f"{square(scores)} scores", 12)
    between = (left + side + right) / 2
    d.label(between, 44, "one score sees", 12, "red")
    d.label(between, 60, f"{square(field)} pixels", 12, "red")
    d.label(between, 122, f"{len(convs)} convolutions", 12, "faint")

    # below: one row of each layer, in the scale of the picture
    top, pitch, high, pixel, middle = 228, 54, 20, 4.6, 318
    d.label(14, top - 18, "channels, size", 12, "ink", "start", "bold")
    d.label(middle, top - 18, "what one score sees of a row, to scale", 12)
    d.label(604, top - 18, "sees", 12, "red", "end", "bold")
    half = [n * jump * pixel / 2 for n, jump in zip(seen, jumps, strict=True)]
    for i in range(len(convs)):
        a, b = top + pitch * i + high, top + pitch * (i + 1)
        d.area(
            [(middle - half[i], a), (middle + half[i], a), (middle + half[i + 1], b), (middle - half[i + 1], b)],
            "red",
            "bare soft",
        )
    names = [f"{entered[0]} × {square(entered[1])}", *(f"{channels} × {square(n)}" for channels, n in made)]
    for i, (name, n, jump) in enumerate(zip(names, seen, jumps, strict=True)):
        line = top + pitch * i
        for k in range(n):
            color = "red" if i == len(convs) else "blue"
            d.box(middle - half[i] + k * jump * pixel, line, jump * pixel, high, color, "cell", 0)
        d.label(14, line + 14, name, 12, "ink", "start")
        d.label(604, line + 14, f"{n} pixels" if i == 0 else str(n), 13, "red", "end", "bold")
        if i < len(convs):
            d.label(14, line + 41, kernel(convs[i]), 11, "faint", "start")
    return d


def transform() -> Drawing:
    """The network of the paper, and one of its residual blocks."""
    net = weightless(PaperTransformNet)
    layers = list(net.layers)
    steps = sizes(net, layers, nothing())
    shapes = [steps[0][0], *(made for _, made in steps)]
    blocks = [i for i, layer in enumerate(layers, 1) if isinstance(layer, CroppedResidual)]
    block = layers[blocks[0] - 1]
    (channels, before), (_, after) = steps[blocks[0] - 1]
    d = Drawing(
        470,
        "The image transformation network",
        "Above, what becomes of a picture from layer to layer, each a box as high as its grid and wider the more "
        f"channels it has: mirrored borders, a convolution, two that halve the grid, {len(blocks)} residual blocks, "
        "two that double it, a convolution. Below, one residual block: two convolutions, and a way around them on "
        "which the border is cut off; both are added.",
    )
    first, pitch, middle, numbers = 84, 41.5, 202, 24

    def x(i: int) -> float:
        return first + pitch * i

    def wide(n: int) -> float:
        return 4 + 0.15 * n

    panel, height = 308, 150
    low, at = middle + 0.235 * after, x(blocks[0])
    d.area(
        [(at - wide(channels) / 2, low), (at + wide(channels) / 2, low), (608, panel), (12, panel)],
        "green",
        "bare wedge",
    )
    for i, (n, side) in enumerate(shapes):
        high = 0.47 * side
        color = "gray" if i in (0, 1) else "green" if i in blocks else "orange" if i == len(layers) else "blue"
        d.box(x(i) - wide(n) / 2, middle - high / 2, wide(n), high, color)
        d.label(x(i), numbers, str(n), 12)
        d.label(x(i), numbers + 17, str(side), 12, "faint")
        if i:
            d.arrow((x(i - 1) + wide(shapes[i - 1][0]) / 2 + 2, middle), (x(i) - wide(n) / 2 - 2, middle))
    d.label(12, numbers, "channels", 12, "ink", "start")
    d.label(12, numbers + 17, "side", 12, "faint", "start")

    convs = {
        i: next(m for m in layer.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d))
        for i, layer in enumerate(layers, 1)
        if i > 1
    }
    brace = numbers + 27

    def span(a: int, b: int, color: str, *words: str):
        d.line([(x(a) - 14, brace), (x(a) - 14, brace + 5), (x(b) + 14, brace + 5), (x(b) + 14, brace)], color, "thin")
        for row, text in enumerate(words):
            if text:
                shade = "faint" if row == len(words) - 1 else "ink"
                d.label((x(a) + x(b)) / 2, brace + 20 + 15 * row, text, 11, shade)

    def kinds(group: list[int], letter: str):
        size, stride = kernel(convs[group[0]]).split(", ")
        span(group[0], group[-1], "blue", size, stride, ", ".join(f"{letter}{shapes[i][0]}" for i in group))

    outside = [i for i in convs if i not in blocks]
    start, halves, doubles, end = outside[0], outside[1:3], outside[3:5], outside[5]
    span(0, 0, "gray", "input", "")
    span(1, 1, "gray", "reflect", "")
    span(start, start, "blue", square(convs[start].kernel_size[0]), "", f"c9s1-{shapes[start][0]}")
    kinds(halves, "d")
    span(blocks[0], blocks[-1], "green", f"{len(blocks)} residual blocks", "", f"R{channels}")
    kinds(doubles, "u")
    span(end, end, "orange", square(convs[end].kernel_size[0]), "", f"c9s1-{shapes[end][0]}")

    # one residual block, enlarged
    d.box(12, panel, 596, height, "green", "panel", 6)
    d.label(24, panel + 22, "one residual block", 13, "green", "start", "bold")
    parts = [part for part in block.body.modules() if not list(part.children())]
    inner = [made for _, made in sizes(block, parts, nothing(channels, before))]
    line, left = panel + 60, 102
    d.label(48, line - 2, str(channels), 12)
    d.label(48, line + 14, square(before), 12, "faint")
    place, gap = 82.0, 15
    d.arrow((place, line), (left, line))
    place = left
    for part, (_, side) in zip(parts, inner, strict=True):
        conv = isinstance(part, nn.Conv2d)
        width = 64 if conv else 80 if not isinstance(part, nn.ReLU) else 44
        d.box(place, line - 18, width, 36, "blue" if conv else "gray")
        d.label(place + width / 2, line + 4, square(part.kernel_size[0]) if conv else NAMES[type(part)], 12)
        if conv:
            d.label(place + width / 2, line + 33, square(side), 12, "faint")
        place += width
        target = place + gap
        d.arrow((place + 1, line), (target - 1, line))
        place = target
    plus = place + 11
    d.circle(plus, line, 11, "green")
    d.label(plus, line + 5, "+", 16, "green", kind="bold")
    d.arrow((plus + 12, line), (plus + 28, line))
    d.label(plus + 54, line - 2, str(channels), 12)
    d.label(plus + 54, line + 14, square(after), 12, "faint")
    around = line + 62
    d.arrow((90, line), (90, around), (plus, around), (plus, line + 13), color="green")
    cut = (before - after) // 2
    d.box(214, around - 13, 208, 26, "green")
    d.label(318, around + 4, f"cut off {cut} pixels on each side", 12)
    return d


def wiring() -> Drawing:
    """Figure 2 of the paper: the transformation network, the loss network, and where the losses attach."""
    recipe = style.PAPER
    net = weightless(VGG)
    features = net(nothing(), STYLE_LAYERS)
    d = Drawing(
        420,
        "How the transformation network is trained",
        "A photo x enters the transformation network, which makes a picture. The loss network, which never changes, "
        f"looks at it. At each of {', '.join(STYLE_LAYERS)} a style loss compares Gram matrices with those of a "
        f"painting. At {recipe.content_layer} a content loss compares features with those of the photo itself. A "
        "third loss is of the picture alone. The gradient of their weighted sum changes only the weights of the "
        "transformation network.",
    )
    axis, size = 208, 62
    d.box(292, 128, 316, 162, "purple", "panel dashed", 8)
    d.lines(436, 263, ["loss network *φ*: VGG-16,", "never changed"], 12, 1.35, color="purple", at="start", kind="bold")
    house(d, 14, axis - size / 2, size, "picture")
    d.label(14 + size / 2, axis - size / 2 - 8, "photo *x*", 13)
    d.arrow((14 + size + 3, axis), (102, axis))
    d.area([(104, axis - 40), (184, axis - 26), (184, axis + 26), (104, axis + 40)], "green", "")
    d.label(144, axis - 1, "*f*_{W}", 17, "green", kind="bold")
    d.label(144, axis + 18, "learns", 12, "green")
    d.arrow((187, axis), (204, axis))
    house(d, 207, axis - size / 2, size, "painting")
    d.label(207 + size / 2, axis - size / 2 - 8, "*ŷ*", 14)
    d.arrow((207 + size + 3, axis), (304, axis))

    def loss(x: float, y: float, name: str, color: str):
        d.box(x - 25, y - 14, 50, 28, color, "", 14)
        d.label(x, y + 4, name, 14)

    # the loss network, block by block
    x, wide, pitch = 307, 64, 76
    centers = {}
    for i, layer in enumerate(STYLE_LAYERS):
        channels, side = features[layer].shape[1], features[layer].shape[-1]
        high = 92 - 11 * i
        left = x + pitch * i
        d.box(left, axis - high / 2, wide, high, "purple")
        d.lines(left + wide / 2, axis - 11, [layer, f"{channels} ×", square(side)], 11, 1.4)
        centers[layer] = left + wide / 2, axis - high / 2, axis + high / 2
        if i:
            d.arrow((left - pitch + wide + 1, axis), (left - 1, axis), color="purple")

    # style: above
    line = 46
    stars(d, 207, line - size / 2, size)
    d.label(200, line - 4, "painting *y*_{s}", 13, at="end")
    d.label(200, line + 14, "style target", 12, "orange", "end")
    d.line([(272, line), (centers[STYLE_LAYERS[-1]][0], line)], "orange")
    d.label((272 + 608) / 2, line - 12, "Gram matrices of the painting", 12, "orange")
    for center, top, _ in centers.values():
        d.arrow((center, line), (center, 76), color="orange")
        d.arrow((center, top), (center, 108), color="purple")
        loss(center, 92, "*ℓ*_{style}", "orange")

    # content: below
    center, _, bottom = centers[recipe.content_layer]
    under = 344
    d.arrow((center, bottom), (center, 300), color="purple")
    loss(center, 316, "*ℓ*_{feat}", "blue")
    d.arrow(
        (14 + size / 2, axis + size / 2), (14 + size / 2, under + 6), (center, under + 6), (center, 332), color="blue"
    )
    d.label(152, under, "content target: features of the photo", 12, "blue", "start")
    d.arrow((238, axis + size / 2), (238, 260))
    loss(238, 276, "*ℓ*_{TV}", "gray")

    # the sum, and what it changes
    d.box(292, 376, 316, 32, "red", "", 6)
    d.label(450, 397, "*λ*_{c} *ℓ*_{feat}  +  *λ*_{s} Σ *ℓ*_{style}  +  *λ*_{TV} *ℓ*_{TV}", 14)
    d.arrow((290, 392), (144, 392), (144, axis + 36), color="red", kind="dashed")
    d.label(152, 386, "gradient for *W* alone", 12, "red", "start")
    return d


def gram() -> Drawing:
    """From features to one number, for two pictures; with small features that are really computed."""
    layer = STYLE_LAYERS[2]
    real = weightless(VGG)(nothing(), [layer])[layer].shape[1:]
    maps = [small_features(kind) for kind in (0, 1)]
    channels = len(maps[0])
    grams = [gram_matrix(x[None])[0] for x in maps]
    loss = style_loss(grams[0][None], grams[1][None]).item()
    d = Drawing(
        370,
        "From features to a style loss",
        "Twice the same, above for a picture and below for a painting: a stack of C maps of H by W numbers; the "
        "same as a matrix of C rows, one for each map; and its Gram matrix of C by C numbers. One entry is marked, "
        "and the two rows whose product it is. The two Gram matrices are subtracted, squared, and summed: one "
        "number.",
    )
    most = max(float(g.max()) for g in grams)
    cell, stack, flat, matrix = 9, 22, 150, 402
    for top, x, g, name, color in ((34, maps[0], grams[0], "*ŷ*", "blue"), (194, maps[1], grams[1], "*y*", "orange")):
        for c in reversed(range(channels)):
            d.table(stack + 10 * c, top + 12 + 10 * (channels - 1 - c), cell, cell, x[c].tolist(), color)
        d.label(stack + 42, top - 4, f"features *φ*({name})", 12)
        d.arrow((118, top + 46), (142, top + 46))
        places = x.flatten(1)
        tall = 15
        d.table(flat, top + 16, 8.4, tall, places.tolist(), color)
        for c in (0, 2):
            d.box(flat - 1, top + 16 + tall * c, 8.4 * places.shape[1] + 2, tall, "red", "empty strong", 0)
        d.label(flat + 4.2 * places.shape[1], top - 4, "*ψ*: a row for each map", 12)
        d.arrow((360, top + 46), (394, top + 46))
        d.label(377, top + 36, "*ψψ*^{T}", 13)
        d.label(377, top + 62, "÷ *CHW*", 11)
        d.table(matrix, top + 12, 17, 17, (g / most).tolist(), color)
        d.box(matrix + 34, top + 12, 17, 17, "red", "empty strong", 0)
        d.label(matrix + 34, top - 4, f"Gram matrix *G*({name})", 12)
    for x, symbols, real_size in (
        (stack + 42, "*C* × *H* × *W*", " × ".join(f"{n:,}" for n in real)),
        (flat + 101, "*C* × *HW*", f"{real[0]:,} × {real[1] * real[2]:,}"),
        (matrix + 34, "*C* × *C*", f"{real[0]:,} × {real[0]:,}"),
    ):
        d.label(x, 314, symbols, 13)
        d.label(x, 335, real_size, 12, "faint")
    d.label(572, 314, "1 number", 13)
    d.label(stack - 8, 357, f"{layer} of VGG-16, for a picture of {square(SIDE)}", 12, "faint", "start")
    d.arrow((474, 80), (496, 80), (496, 144))
    d.arrow((474, 240), (496, 240), (496, 176))
    d.circle(496, 160, 14)
    d.label(496, 165, "−", 16, kind="bold")
    d.arrow((511, 160), (536, 160))
    d.box(538, 132, 68, 56, "red", "", 4)
    d.lines(572, 156, ["squares,", "summed"], 12)
    d.arrow((572, 190), (572, 214))
    d.label(608, 234, f"*ℓ*_{{style}} = {loss:.2f}", 13, "red", "end")
    return d


def small_features(kind: int) -> torch.Tensor:
    """Four maps of 4 by 6 features between 0 and 1, for the eye. Of kind 0 the maps 0 and 2 go together."""
    slopes = (
        ((0, 1, 0.4), (1, 0, 0.2), (0, 1, 0.7), (1, 1, 0)),
        ((1, 0, 0.2), (1, 1, 0), (1, 0, 3.3), (0, 1, 2.4)),
    )[kind]
    values = torch.zeros(len(slopes), 4, 6)
    for c, (down, across, phase) in enumerate(slopes):
        for i in range(4):
            for j in range(6):
                values[c, i, j] = max(0.0, math.sin(1.3 * (down * i + across * j) + phase))
    return values


def pipeline() -> Drawing:
    """The whole: a drawing becomes a picture, the picture a painting; and what each network learned from."""
    generator = weightless(pix2pix.generator_of, recipe=pix2pix.BOOK)
    painter = weightless(transform_net, **style.arguments(PAINTER, len(zoo.card("painter")["styles"])))
    lessons = (
        [
            (pix2pix.BOOK.lambda_gan, "discriminator: patches look true"),
            (pix2pix.BOOK.lambda_l1, "L1: colors are near the true ones"),
            (pix2pix.BOOK.lambda_features, "loss network: features agree"),
        ],
        [
            (PAINTER.content_weight, "content: the photo's features"),
            (PAINTER.style_weight, "style: the painting's Gram matrices"),
            (PAINTER.tv_weight, "variation: no grain"),
            (PAINTER.grid_weight, "grid: no woven pattern"),
        ],
    )
    d = Drawing(
        322,
        "From sketch to style",
        "A drawing enters the generator, a U-Net, which makes a picture. The painter, a transformation network, is "
        "told a style and makes a painting of the picture. Below each network stands what it was trained with: the "
        "generator with pairs of a drawing and its true picture, the painter with photos and one painting for each "
        "style.",
    )
    size, axis = 92, 92
    places = (12, 264, 516)
    for x, kind, words in zip(
        places, ("drawing", "picture", "painting"), ("drawing *x*", "picture *G*(*x*)", "painting"), strict=True
    ):
        house(d, x, axis - size / 2, size, kind)
        d.label(x + size / 2, axis + size / 2 + 18, words, 13)
    for x, name, kind, net, color in (
        (130, "generator *G*", "U-Net", generator, "blue"),
        (382, "painter *f*_{W}", "transform net", painter, "green"),
    ):
        d.box(x, axis - 36, 108, 72, color, "", 6)
        d.label(x + 54, axis - 12, name, 14, "ink", kind="bold")
        d.label(x + 54, axis + 7, kind, 12)
        d.label(x + 54, axis + 24, f"{millions(net):.1f} M weights", 12)
        d.arrow((x - 24, axis), (x - 3, axis))
        d.arrow((x + 110, axis), (x + 132, axis))
    d.arrow((436, 30), (436, axis - 39), color="orange")
    d.label(436, 22, "style *s*", 13, "orange")
    for x, data, terms, color in (
        (12, "pairs: drawing, true picture", lessons[0], "blue"),
        (318, "photos, one painting a style", lessons[1], "green"),
    ):
        d.box(x, 192, 290, 118, color, "panel", 6)
        d.label(x + 12, 214, "data", 12, "faint", "start")
        d.label(x + 64, 214, data, 12, "ink", "start", "bold")
        d.label(x + 12, 238, "losses", 12, "faint", "start")
        for i, text in enumerate(text for weight, text in terms if weight):
            d.label(x + 64, 238 + 19 * i, text, 12, "ink", "start")
    d.arrow((184, 190), (184, axis + 39), color="blue", kind="dashed")
    d.arrow((436, 190), (436, axis + 39), color="green", kind="dashed")
    return d


DRAWINGS = {
    "unet": unet, "patchgan": patchgan, "transform": transform, "wiring": wiring, "gram": gram, "pipeline": pipeline,
}  # fmt: skip


def files() -> dict[str, str]:
    """What is written where."""
    made = {name: draw() for name, draw in DRAWINGS.items()}
    names = {"light": "{}.svg", "dark": "{}.dark.svg"}
    return {f"{FOLDER}/{names[theme].format(name)}": d.svg(theme) for name, d in made.items() for theme in THEMES}
