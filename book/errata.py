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
# # Where the sources disagree
#
# The paper {cite:p}`wang2019` joins two systems, pix2pix {cite:p}`isola2017` and fast style transfer
# {cite:p}`johnson2016`. Each has a text and a released code, and the three do not always say the same. Here is every
# place that we know of, each as a switch that you can turn, with what it does. First the answer: by how much a switch
# changes what the network of the style is trained for. The paper's way is at 0.

# %% tags=["hide-input"]
import copy
import dataclasses
import json

import numpy as np
import torch
from IPython.display import Markdown
from torch import nn

from s2s_helpers import zoo
from s2s_helpers.data.degrade import degrade
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.losses.conventions import CONVENTIONS
from s2s_helpers.nets.unet import UNet
from s2s_helpers.optimize import gatys
from s2s_helpers.runs.ablations import fast_style
from s2s_helpers.runs.ablations.cgan import BASE
from s2s_helpers.train import pix2pix, style
from s2s_helpers.ui import results
from s2s_helpers.ui.results import SPEED, STYLE


def stored(name):
    """A file of measurements that a benchmark has written."""
    return json.loads((STYLE / f"{name}.json").read_text(encoding="utf-8"))


def change(cell, metric):
    """By how much a score of a stored run is above that of the paper's way, in percent, by the means over the seeds."""
    ours, paper = (results.values(name, metric, folder=STYLE).mean() for name in (cell, "paper"))
    return 100 * (ours / paper - 1)


def switch(changes):
    """The fields of a recipe in which a stored run differs from those beside it, as Python."""
    return "`" + ", ".join(f"{key}={value!r}" for key, value in changes.items()) + "`"


SOURCES = {
    "instance norm": "batch norm in the text; instance norm in the released code and in pytorch/examples",
    "resize": "stride 1/2 in the text; nearest neighbor and a convolution in pytorch/examples",
    "150 tanh": "a scaled tanh in the text; 150 tanh around the mean color in the released code",
    "linear output": "the same; nothing in pytorch/examples",
    "content relu3_3": "relu2_2 in the text; relu3_3 is the default of the released code",
    "no variation": "between 1e-6 and 1e-4 in the text; none in pytorch/examples",
    "variation 1e-5": "the same; the released code sums it over a batch of 4, where the other terms are means",
    "variation 1e-4": "the same; the largest of the text",
}
lines = ["| who says what | switch of `style.PaintingRecipe` | style loss | content loss, relu2_2 | checkerboard | seeds |"]
lines.append("| :--- | :--- " + "| ---: " * 4 + "|")
for cell, words in SOURCES.items():
    columns = " | ".join(f"{change(cell, metric):+.0f} %" for metric in ("style", "content", "checkerboard"))
    seeds = len(results.values(cell, "style", folder=STYLE))
    lines.append(f"| {words} | {switch(fast_style.CELLS[cell])} | {columns} | {seeds} |")
Markdown("\n".join([*lines, "", "*`s2s experiments style`: stored runs of 500 steps, in small. Less is better.*"]))

# %% tags=["nbval-check-output"]
print("nearer to the style than the paper's way:", ", ".join(cell for cell in SOURCES if change(cell, "style") < 0))
grids = {cell: change(cell, "checkerboard") for cell in SOURCES}
print("leaves less than a fifth of the grid:", ", ".join(cell for cell in SOURCES if grids[cell] < -80))
print("leaves more of it:", ", ".join(cell for cell in SOURCES if grids[cell] > 0))

# %% [markdown]
# So one switch brings the style nearer, the norm. One takes the grid away, how the picture is enlarged, at the cost of
# a little of both losses. A linear output loses some of the style. The deeper content layer does not look at the detail
# that is measured here, and so keeps less of it. Where there is a single seed, a few percent mean nothing.
# {doc}`13_fast_style` shows the pictures.
#
# ## Text and released code, as recipes
#
# A recipe of the package has each value with its source. `PAPER` is what the text says, `AUTHORS_CODE` what the authors'
# code did. These are the fields of our recipes in which they differ; what has no field is said below:

# %% tags=["hide-input"]
lines = ["| training of | field | `PAPER` | `AUTHORS_CODE` |", "| :--- | :--- | :--- | :--- |"]
PAIRS = {
    "the generator, `pix2pix`": (pix2pix.PAPER, pix2pix.AUTHORS_CODE),
    "the style network, `style`": (style.PAPER, style.AUTHORS_CODE),
    "a picture, `gatys`": (gatys.PAPER, gatys.AUTHORS_CODE),
}
differ = []
for name, pair in PAIRS.items():
    paper, released = map(dataclasses.asdict, pair)
    for key in (key for key in paper if paper[key] != released[key]):
        differ.append(key)
        lines.append(f"| {name} | `{key}` | {paper[key]} | {released[key]} |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
print(len(differ), "differences, in the fields", ", ".join(sorted(set(differ))))

# %% [markdown]
# ## pix2pix: how it is trained
#
# The text halves the objective of the discriminator; the code halves only the number that it prints
# (`halve_discriminator`). The code's generator learns from scores that the discriminator gave before its own update
# (`stale_scores`). Before each update the code sets the biases of all convolutions of both networks to zero, which the
# text does not mention and the package does not do. The code keeps the learning rate throughout, as the text says; the well-known PyTorch port lets it
# fall to zero over the second half (`lr_decay=0.5`). Text and code have dropout in the three innermost layers of the
# decoder; the port has it one layer further out (`dropout_from=1`).
#
# Each switch has stored runs, beside those of `L1+cGAN, again`: the recipe of the chapters, run once more with the same
# seeds on the machine of the switches, since other machines round otherwise. It is as the text in three of the four;
# but its learning rate falls to zero at the end, and the switch turns it to the text's way. A switch makes a difference
# to a score if the mean over its seeds is outside of the seeds of the recipe:

# %% tags=["hide-input"]
TRAINING = {
    "not halved": "half of the discriminator's objective in the text; all of it in the code",
    "stale scores": "scores of now in the text; those from before the discriminator's update in the code",
    "no decay": "a constant learning rate in text and code; one that falls to zero in the PyTorch port",
    "dropout further out": "in the three innermost layers in text and code; one layer further out in the PyTorch port",
}
SCORES = ["FCN pixel", "L1", "edge F1", "KID"]
found = {cell: results.difference(cell, "L1+cGAN, again", SCORES) for cell in TRAINING}
lines = ["| who says what | switch of `pix2pix.Pix2PixRecipe` | beside `L1+cGAN, again` | seeds |", "| :--- | :--- | :--- | ---: |"]
for cell, words in TRAINING.items():
    seeds = len(results.values(cell, "L1"))
    lines.append(f"| {words} | {switch(results.CELLS[cell].changes)} | {found[cell]} | {seeds} |")
Markdown("\n".join([*lines, "", f"*`s2s experiments cgan`: stored runs of {BASE.steps:,} steps, in small.*"]))

# %% tags=["hide-input"]
results.table("errata", SCORES)

# %% tags=["nbval-check-output"]
print("no difference seen:", ", ".join(cell for cell in TRAINING if found[cell] == "no difference seen") or "nowhere")
drawn = np.random.default_rng(0).normal(size=(100_000, 2, 3))
mean, least, most = drawn[:, 0].mean(axis=1), drawn[:, 1].min(axis=1), drawn[:, 1].max(axis=1)
outside = ((mean < least) | (mean > most)).mean()
print(f"three seeds beside three of the same recipe: a score differs in {100 * outside:.0f} of 100 cases, by chance")

# %% [markdown]
# So a single score that differs says little, above all where the seeds overlap. For the first switch there is a reason
# to expect nothing:

# %% tags=["nbval-check-output"]
w = {}
for factor in (1.0, 0.5):
    weight = nn.Parameter(torch.tensor([1.0]))
    adam = torch.optim.Adam([weight], lr=0.1, betas=(0.5, 0.999))
    for _ in range(3):
        adam.zero_grad()
        (factor * weight.square()).sum().backward()
        adam.step()
    w[factor] = weight.item()
print("half of an objective takes the same steps of Adam:", abs(w[1.0] - w[0.5]) < 1e-6)

# %% [markdown]
# Adam divides by the size of the gradient, so halving does next to nothing, whatever the text hopes for.
#
# ## pix2pix: what dropout does
#
# The noise $z$ is all there is to make two pictures of one sketch differ. How much does it, in each of its two places?
# Let us ask the shipped generator, which was trained with the innermost three:

# %%
sketch = FacadeWorld(seed=0, size=256)[505].sketch


@torch.no_grad()
def apart(net, layers):
    """Mean difference of two pictures of one sketch, with dropout in some layers of the decoder."""
    net = copy.deepcopy(net).eval()
    for i, layer in enumerate(net.up):
        layer.dropout = nn.Dropout(0.5) if i in layers else nn.Identity()
        layer.dropout.train()
    torch.manual_seed(0)
    return (net(sketch) - net(sketch)).abs().mean().item()


facade = zoo.load("facade")
three, further = apart(facade, (0, 1, 2)), apart(facade, (1, 2, 3))
print(f"innermost three: {255 * three:.2f} of 255; one further out: {255 * further:.2f}")

# %% tags=["nbval-check-output"]
for first in (0, 1):
    up = UNet(base=4, cap=8, dropout_from=first).up
    places = [i for i, layer in enumerate(up) if isinstance(layer.dropout, nn.Dropout)]
    print(f"dropout_from={first}: in the layers {places}, 0 is the innermost")
print("further out it changes more:", further > three)
print("without dropout nothing differs:", apart(facade, ()) == 0)

# %% [markdown]
# ## pix2pix: a norm over one pixel
#
# With a batch of one picture the innermost layer has one value in each channel. A batch norm takes the mean away, which
# is the value itself, and the bottleneck is zero for every sketch. The authors found it later and wrote an erratum; the
# package leaves this norm out. {doc}`06_unet_skips` has the equation, {eq}`eq-06-norm`. The other layers keep their
# norm. Which one it is, of the batch or of each picture, hardly matters to the generator, by the stored runs:

# %%
for name in ("batch norm, batch 4", "L1+cGAN", "batch norm, batch 1", "instance norm, batch 1"):
    scores, norm = results.values(name, "FCN pixel"), results.CELLS[name].recipe.norm
    print(f"{name:23} {norm:8} norm: FCN-score {scores.mean():.3f} ({scores.min():.3f} to {scores.max():.3f})")

# %% tags=["nbval-check-output"]
h = torch.tensor([-3.0, 0.5, 7.0]).view(1, 3, 1, 1)
mean, variance = h.mean(dim=(0, 2, 3), keepdim=True), h.var(dim=(0, 2, 3), keepdim=True, correction=0)
print("before:", h.flatten().tolist(), " after:", ((h - mean) / (variance + 1e-5).sqrt()).flatten().tolist())
print("norm of the innermost layer:", UNet().down[-1].norm)

# %% [markdown]
# ## Optimization: are pixels kept in their range?
#
# The text of Johnson et al. and the paper say that the picture is brought back into its range in each iteration. The
# released `slow_neural_style.lua` runs plain L-BFGS, and the picture is cut when it is saved (`method`). It differs in
# more, which no field of our recipe says. It begins with normal noise in the units of the loss network, pixels of 0 to
# 255 less their mean, which is almost flat (`start="gray"`). Its L-BFGS takes each step in full length, without a line
# search, as torch's does here. Its variation is added to the gradient, and not to the loss that it prints. Ten pairs of
# photo and style, from noise and from the content, by the stored runs of {doc}`12_gatys_lbfgs`:

# %%
losses = {method: {} for method in (gatys.PAPER.method, gatys.AUTHORS_CODE.method)}
for run in stored("projected_lbfgs")["runs"]:
    task = run["task"]
    if task["method"] in losses and task["weights"] == "BOOK" and task["steps"] == 100:
        losses[task["method"]][task["content"], task["style"], task["start"]] = run
each_step, at_the_end = losses.values()
ratios = [at_the_end[pair]["loss"] / each_step[pair]["loss"] for pair in each_step]
outside = [run["outside"]["most"] for run in at_the_end.values()]
print(f"{len(ratios)} pairs: clamped at the end, the loss is {100 * (np.mean(ratios) - 1):.0f} % higher in the mean")
print(f"and up to {100 * max(outside):.0f} % of the values were out of range")
print("command:", stored("projected_lbfgs")["command"])

# %% tags=["nbval-check-output"]
print("pairs:", len(ratios), " lower in most when clamped at each step:", sum(ratio > 1 for ratio in ratios) > len(ratios) / 2)
print("then none is out of range:", max(run["outside"]["most"] for run in each_step.values()) == 0)

# %% tags=["nbval-check-output"]
empty = torch.zeros(1, 3, 64, 64)
for start in (gatys.PAPER.start, gatys.AUTHORS_CODE.start):
    spread = 255 * gatys.first_picture(start, empty, empty, seed=0).std(dim=(2, 3)).mean()
    print(f"start {start!r}: a pixel differs from its color's mean by {spread:.0f} of 255")

# %% [markdown]
# ## Super-resolution: 255 times too bright
#
# The released loader of Johnson et al. divides the small pictures by 255 and forgets the large ones. So the network is
# asked for a picture that is 255 times as bright as what it sees. A pixel loss then begins far away:

# %% tags=["nbval-check-output"]
large = FacadeWorld(seed=0, size=128)[505].picture
small = degrade(large, 4, "bicubic")
bicubic = nn.functional.interpolate(small, scale_factor=4, mode="bicubic").clamp(0, 1)
right, wrong = ((bicubic - target).square().mean().item() for target in (large, 255 * large))
print("the squared loss of bicubic grows more than a hundred thousand times:", wrong / right > 1e5)

# %% [markdown]
# ## Speed: which step takes how long?
#
# The paper says that its network is faster by three orders of magnitude, and that "the average time we took the picture
# was around 10 seconds". Both cannot be about one step. By the stored times, with the reference of
# {doc}`13_fast_style`:

# %% tags=["hide-input"]
speeds = json.loads((SPEED / "hot_paths.json").read_text(encoding="utf-8"))
lines = ["| size | 500 iterations of the reference | one pass | ratio |", "| :--- | ---: | ---: | ---: |"]
for size in ("256x256", "512x512", "1024x1024"):
    slow = 500 * speeds["paths"][f"optimization, VGG-16, {size}"]["seconds"]["reference"]
    fast = speeds["paths"][f"painter, {size}"]["seconds"]["ours"]
    lines.append(f"| {size} | {slow:,.0f} s | {fast:.2f} s | {slow / fast:,.0f} |")
equal = {name: found["network"] for name, found in stored("optimization_equal_loss").items() if isinstance(found, dict)}
worth = " and ".join(f"{each['seconds of those'] / each['seconds of a pass']:.0f}" for each in equal.values())
lines += ["", f"*`{speeds['command']}`, {speeds['machine']}. At equal loss: {worth} times, for two photos.*"]
Markdown("\n".join(lines))

# %% [markdown]
# On this machine it is neither. If the ten are for 500 iterations on their GPU, then one pass takes a hundredth of a
# second. If they are for one pass, the optimization takes hours. The ratio of a thousand holds for equal iterations, and not
# for equal loss.
#
# ## Gram matrices and layers
#
# Eight sources divide the Gram matrix and its squared differences by different numbers, look at different layers, and
# feed their network different pixels. So their weights cannot be compared as they stand. {doc}`11_loss_conventions`
# has them on one page, from {eq}`eq-11-factor` on, with a worked example; the package has them in
# {py:mod}`s2s_helpers.losses.conventions`.

# %% tags=["nbval-check-output"]
each = CONVENTIONS.values()
print(len(each), "sources;", len({one.style_layers for one in each}), "sets of style layers;", end=" ")
print(len({one.content_layer for one in each}), "content layers;", end=" ")
print(len({round(one.style_factor(64, 256**2), 9) for one in each}), "factors for the style at relu1_2")

# %% [markdown]
# ## Slips of the paper
#
# | where | it says | it should say |
# | :--- | :--- | :--- |
# | section 3.1.1 | "the discriminator without xx input" | the variant that does not see $x$, {eq}`eq-05-gan` |
# | section 3.1.1, equation 4 | $\gamma$ | the weight that pix2pix calls $\lambda$, {eq}`eq-05-sum` |
# | section 2.1 | "Our conditional GAN differs from these learned losses" | the losses listed there are not learned; that of the conditional GAN is, and this is the difference |
# | section 3.1.1, equation 2 | the second mean runs over $x, y$; $\log 1\,D$ | over $x$ and $z$; $\log(1 - D(x, G(x, z)))$, {eq}`eq-05-cgan` |
# | section 3.1.2 | generator and discriminator are those of reference 9, on textures | the sentence is that of pix2pix, which cites DCGAN {cite:p}`radford2016` there; the shapes are those of references 12, pix2pix, and 25, the U-Net |
# | section 3.2 | the transformation network "is trained by SGD" | section 4.2 says Adam, as do Johnson et al. |
# | section 3.2.1 | "This process is different from [1]. Double-cubic interpolation is used to upsample this low-resolution input" | one sentence: it differs from SRCNN (Dong et al.), *which* enlarges by bicubic interpolation first; reference 1 here is AlexNet |
# | section 3.2.2 | VGG-16 is reference 25 | reference 26, Simonyan and Zisserman |
# | section 4.1, equation 8 | "our average is around 0.4" | its unit; we read seconds per step, {eq}`eq-08-rate` |
# | section 4.2, equation 9 | $\mu$ | the weights of equation 5, $\lambda$, {eq}`eq-12-objective` |
# | section 4.2 | "normalized by the whole variable" | by the total variation, {eq}`eq-10-tv` |
#
# What all these pages call by other names is in {doc}`glossary`; what became of each claim, in {doc}`claims`.
