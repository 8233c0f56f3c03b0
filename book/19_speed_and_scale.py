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
# # Speed and scale
#
# "The training model still takes several hours", says the paper, and wishes that it took less. Here is how much sooner each
# piece of work is done now than by a plain reference, measured on the same two cores, in turns.

# %% tags=["hide-input"]
import os

os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars on the page

import json
import math
import statistics
import sys
import time

import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt
from skimage import data

sys.path.insert(0, os.path.abspath("../benchmarks"))
import hot_paths
from torch.utils.flop_counter import FlopCounterMode

from s2s_helpers import zoo
from s2s_helpers.images import contact_sheet, from_uint8, middle, resize
from s2s_helpers.losses.perceptual import GramMatrix, gram_matrix
from s2s_helpers.nets.blocks import join
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.patchgan import PatchGAN
from s2s_helpers.nets.small_convolutions import Doubling
from s2s_helpers.nets.vgg import CONVS, VGG, WIDTHS
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.runtime import precision
from s2s_helpers.runtime.memory import keep_memory
from s2s_helpers.runtime.processes import average_gradients
from s2s_helpers.train import pix2pix
from s2s_helpers.train.adam import Adam
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz
from s2s_helpers.ui.results import SPEED

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests


def stored(name):
    """A file of measurements that a benchmark has written."""
    return json.loads((SPEED / f"{name}.json").read_text(encoding="utf-8"))


def of(measured):
    """Which command made a file of measurements, where and when."""
    return f"*`{measured['command']}`, {measured['machine']}, {measured['date']}*"


# %% mystnb={"figure": {"caption": "How many times sooner a unit of work is done than by the plain reference. A dot is the middle of the turns, a bar goes from the smallest to the largest ratio. The axis is logarithmic.", "name": "fig-19-paths"}, "image": {"alt": "A chart of dots, one row for each kind of work: steps of trainings, iterations of optimizations, passes of networks, the loading of photos, a pair of the drawn world. All dots lie to the right of 1; the numbers stand in the table below."}} tags=["hide-input"]
speeds = stored("hot_paths")
paths = speeds["paths"]
fig, ax = plt.subplots(figsize=(6.6, 4.6), layout="constrained")
for y, row in enumerate(paths.values()):
    ax.plot(row["spread"], [y, y], lw=8, alpha=0.25, color="tab:blue", solid_capstyle="round")
    ax.plot([row["ratio"]], [y], "o", color="tab:blue", ms=5)
ax.set_xscale("log")
ax.set(yticks=range(len(paths)), yticklabels=paths, ylim=(len(paths) - 0.5, -0.5), xlabel="times sooner than the reference")
ax.set_xticks([1, 2, 5, 10, 20, 50, 100], [1, 2, 5, 10, 20, 50, 100])
ax.minorticks_off()
ax.axvline(1, color="black", lw=1)
ax.grid(axis="x", alpha=0.3)
plt.show()

# %% tags=["hide-input"]
head = ["one unit of", "reference", "ours", "times faster", "range", "ours, in floors", "memory, MB"]
lines = ["| " + " | ".join(head) + " |", "| :--- " + "| ---: " * 6 + "|"]
for name, row in paths.items():
    slow, fast = (f"{value:.3f} s" if value < 1 else f"{value:.2f} s" for value in row["seconds"].values())
    low, high = row["spread"]
    floors = f"{row['seconds']['ours'] / row['floor']:.1f}" if row["floor"] else ""
    memory = " and ".join(f"{value:.0f}" for value in row["megabytes"].values())
    cells = [name, slow, fast, f"**{row['ratio']:.1f}**", f"{low:.1f} to {high:.1f}", floors, memory]
    lines.append("| " + " | ".join(cells) + " |")
Markdown("\n".join([*lines, "", of(speeds)]))

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** measure where the time of a training goes; name the measures that shorten it, and those that
# do not; say how much sooner a network is as good; and how far many machines help.
#
# **You need** the losses of {doc}`10_perceptual_losses` and the network of {doc}`13_fast_style`.
#
# **Study time**: an hour and a quarter, with the exercises; the cells run in less than two minutes on two cores. The
# stored measurements took more than an hour.
# :::
#
# ## How to measure
#
# *Reference* is the same work, written as the best-known examples write it: 32 bits, memory laid out as torch does by
# default, norms and optimizers as they come (`benchmarks/plain.py`). VGG-16 has random weights in this table; they do not
# change the time. Both sides have a process each and take turns, so
# that a busy machine slows both. What is printed is the median of the ratios of single turns, with the smallest and the
# largest.
#
# A ratio to something slow says little. So there is a *floor*: the time that cannot be gone below. A unit of work has
# $F$ operations in its convolutions and matrix products; these read and write $B$ bytes. A machine
# does at best $f$ operations and copies at best $b$ bytes in a second. Then
#
# $$
# t_\text{floor} = \max \Big( \frac{F}{f}, \frac{B}{b} \Big) .
# $$ (eq-19-floor)
#
# The last column but one counts how many floors ours takes. What lies between is norms, activations, padding, optimizers,
# and the order of numbers in memory. The last says how much larger each of the two processes was at its largest than
# before its first unit. On the machine of the table:

# %% tags=["hide-input"]
rates = speeds["rates"]
print(f"f: {rates['float32'] / 1e9:.0f} billion operations a second in 32 bits, {rates['bfloat16'] / 1e9:.0f} in 16 bits")
print(f"b: {rates['copy'] / 1e9:.0f} billion bytes a second")

# %% [markdown]
# ## The table of your machine
#
# The same code makes a part of the table here and now; `make bench` makes the whole of it. Where the processor has no
# arithmetic of 16 bits (`s2s_helpers.runtime.precision` asks it), ours computes in 32, and the ratios are smaller.

# %%
measured_here = ["painter, 256x256"] if FAST else ["painter, 256x256", "optimization, VGG-16, 256x256", "loading of 4 photos"]
with hot_paths.alone() as process:
    peak = process.submit(hot_paths.rates, 2).result()
mine = {name: hot_paths.measured(name, peak, 3 if FAST else 4) for name in measured_here}
for name, row in mine.items():
    print(f"{name:30} {row['seconds']['reference']:.3f} s, ours {row['seconds']['ours']:.3f} s, {row['ratio']:.1f} times faster")

# %% [markdown]
# ## The measures
#
# ### 16 bits
#
# A `bfloat16` has the range of 32 bits and 8 binary digits. Processors with instructions for it multiply several times as
# fast. Convolutions and products take them; sums over whole pictures, Gram matrices and weights keep 32 bits.

# %% tags=["hide-input"]
source(precision.has_bfloat16, precision.autocast)

# %% [markdown]
# Does a painting suffer? `SketchToStyle(fast=True)` and `s2s stylize --fast` compute most layers in 16 bits. In smooth parts
# of a picture most features are small differences of nearly equal numbers, and the norms enlarge them: all in 16 bits, a
# sky may turn to another color. So the first layers and the last one keep 32. Left 32 bits, in the middle 16, right ten
# times the difference:

# %% mystnb={"figure": {"caption": "The cat of scikit-image (CC0) painted in 32 and in 16 bits, and their difference, ten times enlarged.", "name": "fig-19-bits"}, "image": {"alt": "Two paintings of a cat's face that look the same, and a dark picture with faint specks where the lines are."}} tags=["hide-input"]
cat = resize(middle(from_uint8(data.chelsea()), 300), (256, 256))
exact, quick = (SketchToStyle(fast=fast).stylize(cat, "mosaic") for fast in (False, True))
figure(contact_sheet([[exact, quick, (10 * (exact - quick).abs()).clamp(0, 1)]], ["32 bits", "16 bits", "difference, 10 times"]))

# %%
difference = 255 * (exact - quick).abs()
print(f"mean difference {difference.mean():.2f}, largest {difference.max():.1f}, of 255 steps")

# %% tags=["nbval-check-output"]
print("less than one step on average:", difference.mean().item() < 1)

# %% [markdown]
# ### The order in memory
#
# A picture's numbers can lie color by color, or pixel by pixel (`channels_last`). The fast convolutions want the second, and
# every layer that breaks the order costs a copy before the next. Torch's own instance norm breaks it on a CPU;
# {py:func}`~s2s_helpers.nets.blocks.instance_norm` does not.
#
# A skip connection breaks it on the way back. The gradient of each part is a slice of the gradient of all channels: the
# order is right, but with gaps. A norm takes a slow way through gaps, and a copy without them costs less:

# %% tags=["hide-input"]
source(join)


# %% tags=["hide-input"]
def timed(work):
    """The seconds of ``work()``."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


channels, side = (16, 32) if FAST else (64, 128)
flow = torch.randn(4, 2 * channels, side, side, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
features = flow[:, :channels].clone().requires_grad_()


def norm_gradient(copied):
    """The gradient of a batch norm's input, by the slice of ``flow`` or a copy of it, and the seconds that it takes."""
    normed = torch.nn.functional.batch_norm(features, None, None, training=True)
    began = time.perf_counter()
    part = flow[:, channels:]
    (found,) = torch.autograd.grad(normed, features, part.clone() if copied else part)
    return found.float(), time.perf_counter() - began


turns = [(norm_gradient(False), norm_gradient(True)) for _ in range(6)][1:]
ratio = statistics.median(slow[1] / fast[1] for slow, fast in turns)
print(f"with a copy {ratio:.1f} times as fast as with gaps")

# %% tags=["nbval-check-output"]
(slow, _), (fast, _) = turns[0]
print("the same gradient, up to 16 bits:", torch.allclose(slow, fast, rtol=2e-2, atol=1e-2))

# %% [markdown]
# ### The gradient of a Gram matrix
#
# The features $\psi$ are a matrix, a row for each of $C$ channels and a column for each of $H W$ pixels. Their
# Gram matrix is $G = \psi \psi^\top / (C H W)$. When $\psi$ changes by $d\psi$, both factors do. So with $D$, the gradient
# of the loss by $G$,
#
# $$
# \frac{\partial \ell}{\partial \psi} = \frac{1}{C H W}\, (D + D^T)\, \psi .
# $$ (eq-19-gram)
#
# Automatic differentiation does not see that the factors are the same. It makes two products of $C \times H W$ numbers
# in 32 bits, in the wrong order of memory, and adds them. Written out it is one product in the precision of the
# features:

# %% tags=["hide-input"]
source(GramMatrix)

# %% tags=["hide-input"]
channels, side = (32, 64) if FAST else (64, 256)
psi = torch.rand(2, channels, side, side, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last).requires_grad_()


def by_autograd(features):
    """Eq 7, differentiated by torch."""
    flat = features.float().flatten(2)
    return flat @ flat.mT / features[0].numel()


def gradient(gram):
    """The gradient of a loss of the Gram matrix by the features, and the seconds that it takes."""
    began = time.perf_counter()
    (found,) = torch.autograd.grad(gram(psi).square().sum(), psi)
    return found.float(), time.perf_counter() - began


turns = [(gradient(by_autograd), gradient(gram_matrix)) for _ in range(6)][1:]
ratio = statistics.median(slow[1] / fast[1] for slow, fast in turns)
print(f"{ratio:.1f} times as fast as automatic differentiation")

# %% tags=["nbval-check-output"]
(slow, _), (fast, _) = turns[0]
print("the same gradient, up to 16 bits:", torch.allclose(slow, fast, rtol=2e-2, atol=2e-2 * slow.abs().max().item()))

# %% [markdown]
# ### Memory that is kept
#
# A step makes and frees some hundred large tensors. By default the C library gives each back to the system and asks for the
# next anew, and the system fills every page with zeros when it is first touched. One call turns this off:

# %% tags=["hide-input"]
source(keep_memory)

# %% [markdown]
# It costs memory: the process keeps what it once had.
#
# ### Adam in one pass
#
# Adam reads and writes every weight, its gradient and its two means. Torch's default does it in a dozen passes, and
# `fused=True` in one. At batch 1 pix2pix has so many weights for so few pixels that this is a good part of a step. But
# in one pass torch reads a gradient only if it lies in the default order, and copies every other first. Adam treats each
# number alone, so the order of the axes is nothing to it: shown the weights as they lie, it copies nothing.

# %% tags=["hide-input"]
source(Adam._init_group)

# %% tags=["hide-input"]
weights = [torch.nn.Parameter(torch.randn(512, 64 if FAST else 512, 4, 4).contiguous(memory_format=torch.channels_last)) for _ in "ab"]
adams = [torch.optim.Adam(weights[:1], 2e-4, fused=True), Adam(weights[1:], 2e-4)]
for weight in weights:
    weight.data.copy_(weights[0].data)
    weight.grad = torch.full_like(weight, 0.1).mul_(weight.data)
turns = [[timed(adam.step) for adam in adams] for _ in range(8)][1:]
ratio = statistics.median(slow / fast for slow, fast in turns)
print(f"{ratio:.1f} times as fast as torch's in one pass")

# %% tags=["nbval-check-output"]
print("the same weights:", torch.equal(*weights))

# %% [markdown]
# There is a trap: the two means must lie in memory as their weights do. A file does not keep that order, so the training
# loop restores it. Without that, a training that was resumed did not equal one that was not stopped.
#
# ### Pictures of a few pixels
#
# In the middle of the paper's U-Net a picture has 1 to 8 pixels a side, and a layer up to 8 million weights. Torch's
# convolutions put all weights into another order, once forward and twice on the way back, and then hardly use them. There
# a convolution is a product of a small matrix and a large one, which takes the weights as they lie:

# %% tags=["hide-input"]
source(Doubling)

# %% tags=["hide-input"]
layer = Doubling(128 if FAST else 1024, 512, bias=False).to(memory_format=torch.channels_last)
features = torch.randn(1, layer.in_channels, 4, 4).contiguous(memory_format=torch.channels_last)


def weight_gradient(few):
    """The gradient of the layer's weights, as a product up to ``few`` places."""
    layer.few, layer.weight.grad = few, None
    with precision.autocast():
        layer(features).float().square().sum().backward()
    return layer.weight.grad


turns = [[timed(lambda few=few: weight_gradient(few)) for few in (0, Doubling.few)] for _ in range(8)][1:]
ratio = statistics.median(slow / fast for slow, fast in turns)
print(f"{ratio:.1f} times as fast as torch's transposed convolution, forward and back")

# %% tags=["nbval-check-output"]
slow, fast = (weight_gradient(few) for few in (0, Doubling.few))
print("the same gradient, up to 16 bits:", ((slow - fast).norm() < 1e-2 * slow.norm()).item())

# %% [markdown]
# ### Less of the loss network
#
# The photo needs the content layer only, which is not the deepest. And `pocket` of {doc}`10_perceptual_losses` is
# smaller as a whole:

# %% tags=["hide-input"]
weights = sum(p.numel() for net in (pix2pix.generator_of(pix2pix.PAPER), PatchGAN()) for p in net.parameters())
print(f"pix2pix: {weights / 1e6:.0f} million weights")
patch = torch.rand(1, 3, 64, 64)
for name, net in {"VGG-16 to relu4_3": VGG(CONVS[16][:4], WIDTHS[:4]), "pocket": zoo.loss_network("pocket")}.items():
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        net(patch, STYLE_LAYERS)
    print(f"{name}: {counter.get_total_flops() / patch[0, 0].numel() / 1000:.0f} thousand operations a pixel")

# %% [markdown]
# ## What did not pay
#
# `torch.compile` joins operations into new ones, and needs a C++ compiler and a wait:

# %% tags=["hide-input"]
if "compiled" in speeds:
    row = speeds["compiled"]
    saved = row["eager"] - row["compiled"]
    print(f"{row['compilation']:.0f} s to compile; then {1000 * row['compiled']:.0f} ms a picture instead of {1000 * row['eager']:.0f}")
    print(f"so it pays after {math.ceil(row['compilation'] / saved):,} pictures")

# %% [markdown]
# 8 bits for weights and activations promise half of 16 again. With ONNX Runtime, painted in every style:

# %% tags=["hide-input"]
quantized = stored("quantized")
lines = ["| way | seconds, 256x256 | mean error, of 255 | largest error |", "| :--- | ---: | ---: | ---: |"]
for name, row in quantized["ways"].items():
    lines.append(f"| {name} | {row['seconds']:.3f} | {row['mean error']:.2f} | {row['largest error']:.0f} |")
Markdown("\n".join([*lines, "", of(quantized)]))

# %% [markdown]
# The file is smaller; the painting is neither faster than in 16 bits nor right. Instance norms are the reason for the
# errors: they stretch whatever contrast a layer has left, and its rounding with it.
#
# ## Sooner as good
#
# A step that is faster is worth nothing if more of them are needed. What counts is the time until a network has the same
# loss on pictures that it never saw. The reference trains for a while, and the loss that it ends with is the goal; then each
# measure is added to those before it. The loss goes up and down from look to look. So for all of them the first look at
# which the goal is reached counts. This is a painter of one style, on two cores; every network is judged by
# VGG-19 in 32 bits, with the weights of its authors as far as `relu3_4`, so by three layers of style:

# %% tags=["hide-input"]


def ladder(name):
    """The table of one training, and how many times sooner each measure has the goal; not a number for one that has not."""
    found = stored(name)
    goal = found["curves"]["reference"][-1]["loss"]
    whole = next(look["seconds"] for look in found["curves"]["reference"] if look["loss"] <= goal)
    lines = ["| measure, added to those above | steps | seconds | times sooner |", "| :--- | ---: | ---: | ---: |"]
    factors = {}
    for measure, line in found["curves"].items():
        end = next((look for look in line if look["loss"] <= goal), line[-1])
        reached = end["loss"] <= goal
        factors[measure] = whole / end["seconds"] if reached else math.nan
        told = f"{factors[measure]:.1f}" if reached else f"not reached: {end['loss']:.3f}"
        lines.append(f"| {measure} | {end['steps']} | {end['seconds']:.0f} | {told} |")
    return "\n".join([*lines, "", f"goal {goal:.3f}; {of(found)}"]), factors


table, factors = ladder("shorter_style")
Markdown(table)

# %% tags=["nbval-check-output"]
begun = factors.pop("the book's network, begun with a painter of other styles")
best = max(factor for factor in factors.values() if not math.isnan(factor))
print("begun with a painter, eight times sooner and more:", begun > 8)
print("from nothing, three times sooner and more:", best > 3)

# %% [markdown]
# With `pocket_first` a step costs a fraction, and leads elsewhere: by the eyes of VGG-19 the goal is not reached in
# the time. It is a loss network for those who have no VGG, not a short cut to what VGG wants. The largest gain is not
# to begin from nothing: most of what a painter knows, any style needs. `s2s train painter --start painter` does so.
#
# A generator has no such segmenter as VGG. Its L1 distance to the true picture hardly falls, for nobody can know the appearance of
# a house that was not seen. So the goal is the share of pixels that the segmenter of {doc}`02_measuring_pictures` takes for
# something else than was drawn. The generator of the drawn houses, 256x256, by the paper's loss, begins as the paper's network
# with batch 1:

# %% tags=["hide-input"]
table, generator = ladder("shorter_generator")
Markdown(table)

# %% tags=["nbval-check-output"]
sooner = generator["learning rate falling at the end"]
print("the generator, eight times sooner and more:", sooner > 8)

# %% [markdown]
# The largest step is a smaller network. The paper's has most of its weights where the picture is smallest, and they hold
# little of it. A larger batch by itself brings nothing; it is steadier, and lets the learning rate be larger.
#
# A picture that is optimized has no other pictures to be judged on. Its goal is the loss that the reference has in the end,
# in 32 bits; a photo of 256x256 in a style, from the photo:

# %% tags=["hide-input"]
table, search = ladder("shorter_optimization")
Markdown(table)

# %% tags=["nbval-check-output"]
print("an optimization, four times sooner and more:", max(search.values()) > 4)
print("by its method alone twice and more:", search["projected L-BFGS"] > 2 * search["16 bits"])

# %% [markdown]
# Arithmetic and memory are one part of it, the method the other: the projected L-BFGS of {doc}`12_gatys_lbfgs` needs fewer
# iterations, for it never leaves the range and need not be clamped in the end. To begin at half the size brings little
# more where the photo is the start.

# %% [markdown]
# ## Many machines
#
# Every process draws the batch of a step, works on its rows of it, and averages its gradients with the others. Write $g_i$ for
# the gradient of process $i$ of $n$, from its share of the batch; the loss is a mean, so
#
# $$
# g = \frac{1}{n} \sum_{i=1}^{n} g_i
# $$ (eq-19-average)
#
# is the gradient of the whole batch. Tests hold two processes against one, for every kind of training. {doc}`large_data`
# has the commands.

# %% tags=["hide-input"]
source(average_gradients)

# %% [markdown]
# What two processes of one core each bring, on the same machine:

# %% tags=["hide-input"]
scaling = stored("scaling")
lines = ["| training | processes | a step | pictures a second, against one process |", "| :--- | :--- | ---: | ---: |"]
for name, row in scaling["trainings"].items():
    for way, seconds in row["seconds"].items():
        more = 2 if "twice" in way else 1
        shares = [more * ratio for ratio in row["ratios"][way]]
        lines.append(f"| {name} | {way} | {seconds:.2f} s | {statistics.median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f}) |")
Markdown("\n".join([*lines, "", of(scaling)]))

# %% [markdown]
# From this a curve can be predicted, and should be read as a prediction. One picture takes $t$ seconds on one card. Averaging
# $B$ bytes of gradients around a ring of $n$ cards takes $2 (n - 1)$ messages of $B / n$ bytes, each at a rate $r$ and
# with a delay $d$. So a step with $m$ pictures on each card takes
#
# $$
# T(n) = m\,t + 2 (n - 1) \Big( \frac{B}{n\, r} + d \Big),
# \qquad \text{speedup} = \frac{n\, m\, t}{T(n)} .
# $$ (eq-19-ring)
#
# The assumptions are the constants of the next cell. Eight cards share a machine and are joined by NVLink, the rate being that of
# the data sheet of NVIDIA's H100; machines are joined by InfiniBand NDR. A card does a third of the operations that its data
# sheet promises. And no exchange is hidden behind the computation, as in our code. None of this was measured here: no
# such machine was at hand.

# %% tags=["hide-input"]
RATE = 3e14  # operations a second of a card, assumed; the data sheet has 989e12 in bfloat16
# Bytes a second, in each direction (900 GB/s in both; 400 Gbit/s), and the delay of a message in seconds, assumed.
LINKS = {"within a machine": (450e9, 5e-6), "between machines": (50e9, 10e-6)}
step = paths["style step, VGG-16, 256x256, batch 4"]
seconds_of_a_picture = step["operations"] / 4 / RATE
gradient_bytes = 4 * scaling["trainings"]["style step"]["numbers"]


def predicted(cards, pictures, t=seconds_of_a_picture, size=gradient_bytes):
    """Equation 14.4."""
    rate, delay = LINKS["within a machine" if cards <= 8 else "between machines"]
    exchange = 2 * (cards - 1) * (size / cards / rate + delay)
    return cards * pictures * t / (pictures * t + exchange)


# %% mystnb={"figure": {"caption": "Predicted speedup of the style training with VGG-16 over the number of cards; the gray line is the ideal.", "name": "fig-19-scaling"}, "image": {"alt": "Curves of speedup over 1 to 64 cards for 1, 4 and 16 pictures on each card. The more pictures on a card, the nearer to the straight line. All bend where a second machine joins at 16 cards."}} tags=["hide-input"]
cards = [1, 2, 4, 8, 16, 32, 64]
fig, axes = plt.subplots(figsize=(6.4, 3), layout="constrained")
axes.plot(cards, cards, color="gray", lw=1)
for pictures, mark in ((1, "o:"), (4, "o--"), (16, "o-")):
    axes.plot(cards, [predicted(n, pictures) for n in cards], mark, ms=3, label=f"{pictures} on each card")
axes.set(xscale="log", yscale="log", xlabel="cards", ylabel="speedup", xticks=cards, xticklabels=cards)
axes.legend()
plt.show()

# %%
for n in (8, 64):
    print(f"{n} cards:", ", ".join(f"{predicted(n, m):.0f} with {m} pictures each" for m in (1, 4, 16)))

# %% [markdown]
# A larger batch is not free: it makes fewer steps of the same photos. Whether they are as good must be measured.
#
# ## What to take away
#
# * Measure in turns, print the ratio with its range, and know the floor.
# * Arithmetic of 16 bits is the largest single step, if the processor has it. Then memory decides: its order, its
#   allocation, how often it is gone through.
# * A gradient that you know may be cheaper than the one that is derived for you.
# * The largest gain for a training is not in the step: it is to begin with what another training has learned.
# * A better method may bring more than faster arithmetic: look at the iterations before you look at the processor.
# * Averaging gradients costs by the number of weights, not of pictures. Fill the card first.
#
# ## The paper's claims beside our measurements

# %% tags=["hide-input"]
gan = paths["GAN step, 256x256, batch 1"]["ratio"], paths["GAN step, 256x256, batch 4"]["ratio"]
claims = {
    '"The training model still takes several hours. I hope that the training process can be optimized"': (
        f"a step of the GAN {gan[0]:.1f} times as fast at batch 1 and {gan[1]:.1f} times at batch 4; "
        f"a generator is as good {sooner:.0f} times sooner; a style {best:.1f} times from nothing, {begun:.0f} times "
        f"begun with a painter; a picture that is optimized, {max(search.values()):.0f} times",
        "it can",
    ),
    '"the training time of the model can be improved"': (
        f"a style step {step['ratio']:.1f} times as fast with the same loss network",
        "confirmed",
    ),
}
lines = ["| the paper | here | verdict |", "| :--- | :--- | :--- |"]
Markdown("\n".join(lines + [f"| {words} | {here} | **{verdict}** |" for words, (here, verdict) in claims.items()]))

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: a part of a step
#
# A step spends the given shares of its time in its parts. Each part becomes faster by its own factor. How many times as
# fast is the whole step? Guess before: a part that takes half of the time becomes a hundred times as fast.
#
# <details><summary>Hint</summary>
#
# Add up what is left of each share, and divide 1 by that.
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def whole_gain(shares, factors):
    """How many times as fast the step is; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("What you did not touch decides: with half of the time left as it is, never more than twice."):
    for shares, factors, right in (
        ([0.5, 0.5], [100, 1], 1.98),
        ([0.6, 0.3, 0.1], [2, 2, 2], 2.0),
        ([0.8, 0.2], [4, 0.5], 1 / 0.6),
    ):
        said = float(given(whole_gain(shares, factors)))
        if abs(said - right) > 0.005:
            raise AssertionError(f"Shares {shares}, factors {factors}: {right:.2f} times as fast, not {said:.2f}.")


# %% tags=["exercise-solution", "hide-cell"]
def whole_gain(shares, factors):
    return 1 / sum(share / factor for share, factor in zip(shares, factors, strict=True))


# %% [markdown]
# ### Exercise 2: unequal shares
#
# Equation {eq}`eq-19-average` holds if all shares are equally large. Seven pictures on two cards are four and three. Write
# the average for shares of any size.
#
# <details><summary>Hint</summary>
#
# What would the mean over all seven be, written with the two means? Each counts by its size.
#
# </details>

# %% tags=["exercise-setup"]
torch.manual_seed(0)
seven_pictures, seven_weights = torch.rand(7, 5), torch.rand(5, requires_grad=True)


def gradient_of(rows):
    """The gradient of the mean loss of some of the pictures."""
    (found,) = torch.autograd.grad((rows @ seven_weights).square().mean(), seven_weights)
    return found


# %% tags=["exercise-stub"]
def averaged(gradients, sizes):
    """The gradient of the whole batch, from those of its shares; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Two cards and one now learn the same."):
    whole = gradient_of(seven_pictures)
    for cuts in ([4, 3], [5, 1, 1]):
        parts = [gradient_of(rows) for rows in seven_pictures.split(cuts)]
        said = given(averaged(parts, cuts))
        if torch.allclose(said, torch.stack(parts).mean(dim=0)):
            raise AssertionError(f"Shares of {cuts}: the plain mean lets a picture of a small share count for more.")
        if not torch.allclose(said, whole, atol=1e-6):
            raise AssertionError(f"Shares of {cuts}: this is not the gradient of the whole batch.")


# %% tags=["exercise-solution", "hide-cell"]
def averaged(gradients, sizes):
    return sum(size * gradient for size, gradient in zip(sizes, gradients, strict=True)) / sum(sizes)


# %% [markdown]
# ### Exercise 3: a weight in 16 bits that learns nothing
#
# A weight in bfloat16 begins at 1 and gets a thousand updates of 0.001. It stays at 1: each update is smaller than half of
# the distance to the next number. Write the sum so that it arrives within a hundredth of 2, though everything that is
# kept from step to step is bfloat16.
#
# <details><summary>Hint</summary>
#
# Keep a second number in 16 bits: what was lost so far. Add it to the next update before you add that to the weight. What
# the weight took is the difference of its new and its old value; the rest is the new loss. This is Kahan's summation.
#
# </details>

# %% tags=["exercise-setup"]
updates = torch.full((1000,), 0.001, dtype=torch.bfloat16)


# %% tags=["exercise-stub"]
def step_in_16_bits(weight, lost, update):
    """(new weight, new lost) from three numbers in bfloat16, both in bfloat16; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Two numbers of 16 bits do what one of 32 bits does. The usual way is to keep the weights in 32."):
    weight, lost = torch.tensor(1.0, dtype=torch.bfloat16), torch.tensor(0.0, dtype=torch.bfloat16)
    for update in updates:
        weight, lost = given(step_in_16_bits(weight, lost, update))
        if weight.dtype != torch.bfloat16 or lost.dtype != torch.bfloat16:
            raise AssertionError("Both numbers must be kept in bfloat16.")
    if weight == 1:
        raise AssertionError("After a thousand updates the weight is still 1.")
    if abs(weight.item() - 2) > 0.02:
        raise AssertionError(f"After a thousand updates of 0.001 the weight is {weight.item():.3f}, not about 2.")


# %% tags=["exercise-solution", "hide-cell"]
def step_in_16_bits(weight, lost, update):
    wanted = update + lost
    new = weight + wanted
    return new, wanted - (new - weight)


# %% [markdown]
# ## Have you understood it?
#
# Three questions about this chapter. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "19_speed_and_scale")
