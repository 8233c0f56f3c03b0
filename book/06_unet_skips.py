# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: tags,mystnb,-all
#     notebook_metadata_filter: kernelspec,jupytext,-jupytext.text_representation.jupytext_version,-jupytext.default_lexer,-language_info,-widgets
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The U-Net and its skip connections
#
# A generator squeezes the sketch together and unfolds it into a picture. A *skip connection* carries what it saw on the
# way in across to the way out. Here are generators with skips and without, each trained with L1 alone and with L1 and a
# conditional discriminator.

# %% tags=["hide-input"]
import os

import numpy as np
import torch
from matplotlib import pyplot as plt
from PIL import Image, ImageDraw
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate

from s2s_helpers import pipeline, zoo
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.images import contact_sheet, resize
from s2s_helpers.nets.unet import Down, EncoderDecoder, UNet, Up
from s2s_helpers.runs.ablations.cgan import CELLS, SIZE
from s2s_helpers.runtime.seeds import step_rng
from s2s_helpers.train import pix2pix
from s2s_helpers.train.loop import fit
from s2s_helpers.ui import results
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")

# %% mystnb={"figure": {"caption": "Test sketches, what generators without skips (encoder-decoder) and with skips (L1, L1+cGAN) make of them, and the true picture.", "name": "fig-06-skips"}, "image": {"alt": "A sheet of building fronts. Each row is one house. The first column is its sketch, the last its true picture; between them is one column for each generator that was trained, with its name above it."}}
figure(results.pictures("skips"))

# %%
results.table("skips", ["FCN pixel", "FCN class", "FCN IoU", "L1", "L", "a", "b", "edge F1"])

# %% mystnb={"figure": {"caption": "The edge F1 of the four generators: are the lines of the sketch still there? A dot for each seed, a bar from the smallest to the largest, a stroke at the mean.", "name": "fig-06-edges"}, "image": {"alt": "A row for each of four generators: the encoder-decoder with L1 and with L1+cGAN, the U-Net with L1 and with L1+cGAN. Dots, bars and strokes show the edge F1; a row without a run says so."}}
results.plot("skips", "edge F1")

# %% [markdown]
# Compare the first row with the third, and the second with the fourth: in each of the two pairs only the skips differ.
# The scores are explained in {doc}`05_cgan_objective`.
#
# :::{admonition} In this chapter
# **You will be able to** draw a U-Net, layer by layer; show what a bottleneck does to a thin line; measure what each
# skip of a trained generator carries; say why a norm over a single pixel is an error, and which sizes of pictures pass.
#
# **You need** {doc}`05_cgan_objective`, and an idea of what a convolution is.
#
# **Study time**: an hour, with the exercises; the cells run in less than half a minute on two cores, without a GPU.
# Each stored run took longer; its file in `data/results/cgan` says how long.
# :::
#
# ## Down, up, and across
#
# The *encoder* has $n$ layers. Each halves height and width. The *decoder* has $n$ layers, and each doubles them. Let
# $x$ be the sketch, $e_i$ the output of encoder layer $i$, and $d_i$ that of the decoder layer which works at the same
# size. Without skips, a picture $\hat y$ is made by
#
# $$
# e_0 = x, \qquad e_i = \mathrm{down}_i(e_{i-1}), \qquad d_n = e_n, \qquad d_{i-1} = \mathrm{up}_i(d_i), \qquad
# \hat y = d_0 .
# $$ (eq-06-encoder-decoder)
#
# All that $\hat y$ knows of $x$ is in $e_n$, the *bottleneck*. The U-Net {cite:p}`ronneberger2015` lays the channels of
# $e_i$ beside those of $d_i$, written $[d_i, e_i]$, before the next layer reads them:
#
# $$
# d_{i-1} = \mathrm{up}_i\big([d_i, e_i]\big) \quad \text{for } i < n .
# $$ (eq-06-unet)
#
# A decoder layer so has two sources: from below, what was understood of the whole; from the side, what was seen at this
# very place. The paper puts it as "jumpers between each of the $i$ and $n-i$ layers" {cite:p}`wang2019`: there, $n$
# counts the layers of both halves.
#
# :::{figure-md} fig-06-unet
#
# ![The encoder on the left: eight layers, each of which halves the grid, and boxes that get wider. The decoder on the right: eight layers that double it again. A dashed arrow leads from each encoder box across to the decoder box of the same size, and is laid there beside what comes from below.](_static/drawings/unet.svg)
#
# The U-Net of the paper for a sketch of 256 by 256 pixels. A box is as wide as its channels are many; blue are those of
# the encoder, green those of the decoder. The first layer, the one to the bottleneck, and the last have no norm.
# :::
#
# Here it is, as the package has it:

# %% tags=["hide-input"]
source(UNet)

# %% [markdown]
# The parts, and the ablation: the same class with the skips left out.

# %% tags=["hide-input"]
source(Down, Up, EncoderDecoder)


# %% [markdown]
# ## The shapes
#
# A hook is a function that torch calls whenever a layer has run. These note what goes in and what comes out:

# %% tags=["nbval-check-output"]
def shapes(net, size=256):
    """Channels and size, as they enter and as they leave each layer."""
    lines = []

    def look(name):
        def hook(layer, inputs, output):
            before, after = (" x ".join(f"{n:4}" for n in x.shape[1:]) for x in (inputs[0], output))
            lines.append(f"{name:7} {before}  -> {after}")

        return hook

    layers = [(f"down {i}", layer) for i, layer in enumerate(net.down, start=1)]
    layers += [(f"up {len(net.up) - i}", layer) for i, layer in enumerate(net.up)]
    hooks = [layer.register_forward_hook(look(name)) for name, layer in layers]
    with torch.no_grad():
        net.eval()(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()
    return "\n".join(lines)


unet = UNet()
print(shapes(unet))


# %% [markdown]
# Read upwards from `up 7`: what enters has twice the channels that come from below. The second half is the skip. Those
# channels have weights, so skips are not free:

# %% tags=["nbval-check-output"]
def parameters(net):
    return sum(p.numel() for p in net.parameters())


with_skips, without = parameters(unet), parameters(EncoderDecoder())
assert (with_skips, without) == (54_414_531, 39_076_035)
print(f"U-Net           {with_skips:>10,} parameters = {with_skips / 1e6:.2f} M")
print(f"encoder-decoder {without:>10,} parameters = {without / 1e6:.2f} M")
print(f"numbers in a sketch: {3 * 256 * 256:,}; in the bottleneck: {unet.down[-1].conv.out_channels:,}")

# %% [markdown]
# These are the networks of pix2pix {cite:p}`isola2017`. The stored runs use narrower ones, for smaller pictures, but
# also go down to a single pixel:

# %% tags=["nbval-check-output"]
for name in ("encoder-decoder, L1", "L1"):
    net = pix2pix.generator_of(CELLS[name].recipe)
    widths = "-".join(f"C{layer.conv.out_channels}" for layer in net.down)
    print(f"{type(net).__name__:14} {widths}: {SIZE} / {net.multiple} = {SIZE // net.multiple} pixel")

# %% [markdown]
# ## A thin line on its way down
#
# What becomes of a line that is one pixel wide? Suppose that each layer only took the mean of 2x2 pixels. Then the line
# fades by half each time:

# %% tags=["nbval-check-output"]
page = torch.ones(1, 1, 256, 256)
page[..., 100] = 0
for level in range(1, 9):
    page = avg_pool2d(page, 2)
    contrast = (page.max() - page.min()).item() if level < 8 else 1 - page.mean().item()
    print(f"{page.shape[-1]:3} x {page.shape[-1]:<3} contrast 1/{1 / contrast:.0f}")

# %% mystnb={"figure": {"caption": "A sketch as means over larger and larger squares: 128, 64, 32, 16 and 8 squares a side, enlarged again.", "name": "fig-06-means"}, "image": {"alt": "Six versions of the sketch of a house. In the first its lines are sharp; then they fade; with 32 squares a side, windows are gray spots, and with 8 only a pale gray cloud is left."}}
sketch = FacadeWorld(seed=0, size=256)[505].sketch
coarse = [interpolate(avg_pool2d(sketch, 2**k), scale_factor=2**k) for k in range(1, 6)]
figure(contact_sheet([[resize(x, (160, 160)) for x in (sketch, *coarse)]]))


# %% [markdown]
# A learned layer can do better than a mean: it has more channels to write into while the grid gets coarser. But look at
# the table of shapes. From the fifth layer on the width no longer grows and the grid still shrinks. Where exactly a
# line ran is then told in fewer and fewer numbers.
#
# ## Live: copy a drawing
#
# So the simplest task of all is a hard one for an encoder-decoder: give back what you were given. Both networks see
# random drawings of three lines, 32x32 pixels, and learn to copy them. They have five layers, down to one pixel, the
# same widths, and the same number of steps. The loss is L2, since the median of a page with few lines is a white page
# ({doc}`05_cgan_objective`).

# %%
def drawings(seed, step, n, size):
    """Drawings of three random lines, as sketches and as the pictures to be made of them."""
    rng, pages = step_rng(seed, step), []
    for _ in range(n):
        page = Image.new("L", (size, size), 255)
        for _ in range(3):
            ImageDraw.Draw(page).line(rng.integers(0, size, 4).tolist(), fill=0)
        pages.append(np.array(page))
    x = torch.from_numpy(np.stack(pages)).float()[:, None].expand(-1, 3, -1, -1) / 255
    return x, x


task = dict(
    steps=60 if FAST else 120, batch=16, size=32, depth=5, base=16, cap=128, norm="instance", upsampling="resize",
    dropout=0.0, lambda_gan=0.0, lambda_l1=0.0, lambda_l2=100.0, lr=3e-3, lr_decay=0.4,
)  # fmt: skip
copyists = {}
for name, skips in (("encoder-decoder", False), ("U-Net", True)):
    training = pix2pix.Pix2Pix(pix2pix.Pix2PixRecipe(**task, skips=skips), 0, drawings)
    fit(training)
    copyists[name] = training.result

# %% mystnb={"figure": {"caption": "New drawings (top), copied by the encoder-decoder (middle) and by the U-Net (bottom), after the same few steps.", "name": "fig-06-copies"}, "image": {"alt": "Three rows of eight small drawings with three lines each. Top: sharp black lines on white. Middle: gray clouds near the places where the lines are dense. Bottom: nearly the same sharp lines as at the top."}}
fresh, _ = drawings(99, 0, 32, 32)
with torch.no_grad():
    copies = {name: net(fresh) for name, net in copyists.items()}
rows = [x[:8] for x in (fresh, *copies.values())]
figure(contact_sheet([[interpolate(x[None], scale_factor=3) for x in row] for row in rows]), quality=85)

# %%
for name, made in copies.items():
    found = (made[fresh < 0.5] < 0.5).float().mean().item()
    error = (made - fresh).abs().mean().item()
    print(f"{name:15} draws {100 * found:3.0f} % of the line pixels; mean absolute error {error:.3f}")

# %% [markdown]
# The U-Net can take the lines from its first skip, and has little left to learn. The encoder-decoder has to send every
# line through one pixel with the width of the bottleneck. In sketch-to-picture the task is harder, but this part of it
# is the same: the lines of the picture stand where those of the sketch do.
#
# ## What each skip carries
#
# Now the generator that comes with the book. It was trained with all of its skips. We silence them at inference: a hook
# runs before the layer that a skip enters, and sets the channels of the skip to zero.

# %%
net = zoo.load("facade")


def joins(net):
    """The layer that each skip enters, and how many of its channels are the skip's; by size at 256x256."""
    depth = len(net.down)
    found = {} if net.full_size_skip is None else {256: (net.full_size_skip, 3)}
    for level in range(depth - 1):
        found[128 >> level] = (net.up[depth - 1 - level], net.down[level].conv.out_channels)
    return found


def silenced(net, x, sizes):
    """What ``net`` makes of ``x`` while the skips of these sizes carry nothing."""

    def mute(channels):
        def hook(layer, inputs):
            quiet = inputs[0].clone()
            quiet[:, -channels:] = 0
            return (quiet,)

        return hook

    hooks = [layer.register_forward_pre_hook(mute(channels)) for layer, channels in (joins(net)[s] for s in sizes)]
    try:
        with torch.no_grad():
            return net(x)
    finally:
        for hook in hooks:
            hook.remove()


skips = list(joins(net))
whole = silenced(net, sketch, [])
alone = {size: silenced(net, sketch, [size]) for size in skips}
rest = {size: silenced(net, sketch, [s for s in skips if s != size]) for size in skips}
none = silenced(net, sketch, skips)


# %% [markdown]
# Two sliders: which skip, by the side of its grid in pixels; and whether this one is silenced, or all others. The
# second picture shows where it made a difference to the whole network's picture: white is much.

# %%
def skip(size, silent):
    """A house by the generator, with skips silenced"""
    made = (alone if silent == "this one" else rest)[size]
    change = (made - whole).abs().mean(dim=1, keepdim=True).expand(-1, 3, -1, -1)
    return [("picture", resize(made, (176, 176))), ("change", resize((3 * change).clamp(0, 1), (176, 176)))]


explore(skip, quality=65, size=skips, silent=["this one", "all others"])

# %% mystnb={"figure": {"caption": "How much the picture changes, as the mean absolute difference to the picture of the whole network, when one skip is silenced, and when only one is left. The dashed line is for no skip at all.", "name": "fig-06-silence"}, "image": {"alt": "Two bars for each skip, from the finest grid to the coarsest: the change when this skip is silenced, and the change when all others are. A dashed horizontal line marks the change when all skips are silenced."}} tags=["hide-input"]
changes = [[(x - whole).abs().mean().item() for x in made.values()] for made in (alone, rest)]
fig, axes = plt.subplots(figsize=(7, 3), layout="constrained")
places = np.arange(len(skips))
for shift, heights, label in ((-0.2, changes[0], "this one silenced"), (0.2, changes[1], "all others silenced")):
    bars = axes.bar(places + shift, heights, 0.4, label=label)
    axes.bar_label(bars, fmt="%.2f", fontsize=7)
axes.axhline((none - whole).abs().mean().item(), color="0.4", ls="--", lw=1)
axes.set_xticks(places, [f"{size}x{size}" for size in skips])
axes.set(xlabel="grid of the skip", ylabel="change")
fig.legend(fontsize="small", loc="outside upper center", ncols=2)
plt.show()

# %% tags=["nbval-check-output"]
again = silenced(net, sketch, [])
print("no hook is left behind:", torch.equal(again, whole))
print("every skip carries something:", all(not torch.equal(alone[s], whole) for s in skips))

# %% [markdown]
# How to read this. A skip on a coarse grid speaks of large squares: what stands there, and in which colors. Only a
# skip on a fine grid can tell to the pixel where an edge runs. The left bar of a pair says how far the others can
# stand in for this skip: a low bar means that it is hardly missed. The right bar says how far this skip gets by
# itself: the further below the dashed line, the further. A skip may be low on the left because its neighbors know
# nearly the same. For this generator and this house:

# %%
sides = dict(zip(skips, changes[0], strict=True))
most, least = max(sides, key=sides.get), min(sides, key=sides.get)
best = min(zip(changes[1], skips, strict=True))[1]
print(f"missed most: the skip at {most}x{most}; missed least: the one at {least}x{least}")
print(f"gets nearest to the whole by itself: the one at {best}x{best}")

# %% [markdown]
# A warning: this shows what the trained network *relies on*. It does not show what a network could do that was trained
# without this skip. For that, one has to train it, as in the table at the top.
#
# ## One pixel, no norm
#
# Look at the code: the innermost layer has no norm. A norm takes the values $h$ of a channel, subtracts their mean
# $\mu$, and divides by their standard deviation $\sigma$; a small $\epsilon$ guards against zero:
#
# $$
# \hat h = \frac{h - \mu}{\sqrt{\sigma^2 + \epsilon}} .
# $$ (eq-06-norm)
#
# In the bottleneck, one picture has a single value in each channel. This value is its own mean. So $\hat h = 0$,
# whatever $h$ was:

# %% tags=["nbval-check-output"]
h = torch.tensor([-3.0, 0.5, 7.0]).view(1, 3, 1, 1)
mean, variance = h.mean(dim=(2, 3), keepdim=True), h.var(dim=(2, 3), keepdim=True, correction=0)
print("before:", h.flatten().tolist())
print("after: ", ((h - mean) / (variance + 1e-5).sqrt()).flatten().tolist())
print("norm of the innermost layer:", unet.down[-1].norm)
print("norm of the layer above:    ", type(unet.down[-2].norm).__name__)

# %% [markdown]
# The published runs of pix2pix had this very flaw: with batches of one picture, the bottleneck carried nothing. The
# authors say so in an erratum and found little difference {cite:p}`isola2017`. Skips hide such faults; an
# encoder-decoder would be blind. Today, torch refuses in training:

# %%
for layer in (nn.BatchNorm2d(3), nn.InstanceNorm2d(3)):
    try:
        layer(h)
    except ValueError as error:
        print(f"{type(layer).__name__}: {error}")

# %% [markdown]
# ## Any size
#
# Nothing but convolutions: the network does not care how large the picture is, as long as it can be halved $n$ times.
# Height and width must be multiples of $2^n$:

# %% tags=["nbval-check-output"]
small = UNet(base=8, cap=16, depth=5).eval()
print("multiples of", small.multiple)
with torch.no_grad():
    print("64 x 96:  ", tuple(small(torch.zeros(1, 3, 64, 96)).shape))
    try:
        small(torch.zeros(1, 3, 300, 451))
    except ValueError as error:
        print("300 x 451:", error)
print("by apply: ", tuple(pipeline.apply(small, torch.zeros(1, 3, 300, 451)).shape))

# %% [markdown]
# `pipeline.apply` mirrors the picture outwards to the next multiple and cuts back, as {doc}`14_cascade` shows. On a
# larger picture the bottleneck has more than one pixel. The network has not met that in training, so train at the size
# that you will use, or near it.
#
# ## What to take away
#
# * A U-Net is an encoder-decoder whose decoder also reads what the encoder saw at the same size.
# * Position is lost on the way down. Skips bring it back, so lines stay where they were drawn.
# * To know what a part of a network carries, silence it. To know what it is worth, train without it.
# * Put no norm on a single pixel.
# * Height and width are multiples of $2^n$; anything else is mirrored and cut.
#
# ## The paper's claim beside our measurement
#
# The paper adds the skips because "the structure of the input can be roughly aligned with the structure of the output"
# {cite:p}`wang2019`, and prints no ablation. Its source does, on photos of streets made from label maps
# {cite:p}`isola2017` (table 2). The verdicts are computed from the stored runs when this page is built: *confirmed* if
# the worst seed of one side beats the best of the other, *in the mean* if the seeds overlap.

# %% tags=["hide-input"]
plain = {loss: f"encoder-decoder, {loss}" for loss in ("L1", "L1+cGAN")}
Comparison = results.Comparison
claims = [
    Comparison("Skips win with L1", "FCN pixel", "L1", (plain["L1"],), "isola2017, table 2"),
    Comparison("Skips win with L1+cGAN", "FCN pixel", "L1+cGAN", (plain["L1+cGAN"],), "isola2017, table 2"),
    Comparison("The same by class, with L1", "FCN class", "L1", (plain["L1"],), "isola2017, table 2"),
    Comparison("The same by class, with L1+cGAN", "FCN class", "L1+cGAN", (plain["L1+cGAN"],), "isola2017, table 2"),
    Comparison("Skips keep the lines, with L1+cGAN", "edge F1", "L1+cGAN", (plain["L1+cGAN"],)),
    Comparison("With skips, a discriminator helps", "FCN pixel", "L1+cGAN", ("L1",), "isola2017, table 2"),
    Comparison("Without skips, it does not", "FCN pixel", plain["L1"], (plain["L1+cGAN"],), "isola2017, table 2"),
]
results.comparisons(claims)

# %% [markdown]
# In both columns of numbers the first is for the side that should win. The published score of L1+cGAN is another
# one in {doc}`05_cgan_objective`: for table 2 the networks were trained with a batch of 10, for the other tables with a
# batch of 1, as its caption says. Other data, another segmenter and smaller networks:
# compare the order, not the numbers. One thing can be compared to the last digit, and is asserted above: the number of
# parameters of both networks.

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: which sizes pass
#
# A U-Net of `depth` layers takes sides that are multiples of $2^{depth}$. Write a function that gives, for any side, the
# next side that passes, and the number of pixels that its bottleneck then has in this direction.
#
# <details><summary>Hint</summary>
#
# Round up to a multiple: `-(-side // multiple) * multiple`. Each layer halves the side, so the bottleneck has that many
# multiples.
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers.nets.unet import EncoderDecoder, UNet
from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def passes(side, depth):
    """(the next side that passes, the side of the bottleneck); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("A network of depth 8 pads a picture of 300 pixels to 512: nearly half of a row is mirror."):
    for side, depth, right in ((256, 8, (256, 1)), (300, 8, (512, 2)), (300, 5, (320, 10)), (31, 5, (32, 1))):
        said = tuple(given(passes(side, depth)))
        if said != right:
            raise AssertionError(f"A side of {side} with depth {depth}: {right}, not {said}.")


# %% tags=["exercise-solution", "hide-cell"]
def passes(side, depth):
    times = -(-side // 2**depth)
    return times * 2**depth, times


# %% [markdown]
# ### Exercise 2: the price of the skips
#
# The U-Net has more parameters than the encoder-decoder. Compute the difference from the widths alone, without building
# a network. A transposed convolution of 4x4 from $a$ to $b$ channels has $16\,a\,b$ weights. The encoder has the widths
# below; the skip at level $i$ adds `skip_widths[i]` channels to the input of a layer that gives `skip_widths[i - 1]`
# channels, and at level 0 gives the 3 of the picture. The innermost level has no skip.
#
# <details><summary>Hint</summary>
#
# Seven products, added up. The inputs are all widths but the last, the outputs are 3 and then all widths but the last two.
#
# </details>

# %% tags=["exercise-setup"]
skip_widths = [64, 128, 256, 512, 512, 512, 512, 512]

# %% tags=["exercise-stub"]
price = None  # your turn: a number of parameters

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Nearly all of it is spent at the coarse end. The finest skip, which can place a line, costs 3,072."):
    said = int(given(price))
    with torch.device("meta"):  # shapes alone
        counts = [sum(p.numel() for p in net.parameters()) for net in (UNet(), EncoderDecoder())]
    if said - (counts[0] - counts[1]) == 16 * 512 * 512:
        raise AssertionError("One too many: the innermost level has no skip.")
    if said != counts[0] - counts[1]:
        raise AssertionError(f"The two networks differ by another number than {said:,}.")

# %% tags=["exercise-solution", "hide-cell"]
price = sum(16 * a * b for a, b in zip(skip_widths[:-1], [3, *skip_widths[:-2]], strict=True))

# %% [markdown]
# ### Exercise 3: wire it yourself
#
# `wired` is an untrained U-Net of five layers. Its list `wired.down` holds the layers of the encoder, from fine to coarse,
# `wired.up` those of the decoder, from coarse to fine. Write the way through them with the skips. The check compares with
# the network's own way, and tells if you have joined the wrong level.
#
# <details><summary>Hint</summary>
#
# Keep what each layer of the encoder gives in a list. The first layer of the decoder gets the innermost alone. Each further
# one gets what comes from below and, behind it, the skip: `torch.cat([x, skip], dim=1)`. Take skips from the end of the list.
#
# </details>

# %% tags=["exercise-setup"]
torch.manual_seed(0)
wired = UNet(base=8, cap=16, depth=5).eval()


# %% tags=["exercise-stub"]
def way_through(x):
    """From the input of the first layer to the output of the last, for x (N, 3, 32 i, 32 j); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("That is the whole idea: a list that is filled on the way down and emptied on the way up."), torch.no_grad():
    page = torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(1))
    ours = given(way_through(page * 2 - 1))
    if ours.shape != page.shape:
        raise AssertionError(f"It should come out with the shape {tuple(page.shape)}, not {tuple(ours.shape)}.")
    if not torch.allclose(ours, wired.logits(page), atol=1e-5):
        raise AssertionError("The shape is right, the values are not: what comes from below stands first, then the skip.")


# %% tags=["exercise-solution", "hide-cell"]
def way_through(x):
    skips = []
    for layer in wired.down:
        x = layer(x)
        skips.append(x)
    x = wired.up[0](skips.pop())
    for layer in wired.up[1:]:
        x = layer(torch.cat([x, skips.pop()], dim=1))
    return x


# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "06_unet_skips")
