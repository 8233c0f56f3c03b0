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
# # Training and inference
#
# This is what training achieves: a sketch that the generator never saw, what an untrained generator makes of it, and
# what the one that comes with the package does. The way from the one to the other is the subject of this chapter.

# %% tags=["hide-input"]
import os

os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars on the page

import dataclasses
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from IPython.display import Markdown, display
from torch import nn

from s2s_helpers import zoo
from s2s_helpers.data import sources
from s2s_helpers.data.facades import SPLITS, FacadeWorld
from s2s_helpers.images import resize, show
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.runs.ablations import cgan
from s2s_helpers.runtime.checkpoint import load_state
from s2s_helpers.runtime.seeds import begin_step
from s2s_helpers.train import loop, pix2pix
from s2s_helpers.train.training import Training
from s2s_helpers.ui import results
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests

# %%
house = FacadeWorld(seed=0, size=256)[505]
torch.manual_seed(0)
untrained = pix2pix.generator_of(pix2pix.BOOK).eval()
with torch.no_grad():
    start = untrained(house.sketch)
card = zoo.card("facade")
three = {
    "sketch": house.sketch,
    "before training": start,
    f"after {card['steps']:,} steps": SketchToStyle("facade").picture(house.sketch),
    "true picture": house.picture,
}
show({name: resize(x, (160, 160)) for name, x in three.items()}, alt="A long house")

# %%
rate = card["seconds"] / card["steps"]
print(f"{card['steps']:,} steps in {card['seconds'] / 60:.0f} minutes: {rate:.2f} seconds a step")
print("on", card["machine"])

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** write a training step of a conditional GAN; say what the recipes of the paper, of its authors'
# code and of this book have in common, and where they differ; stop a training and resume it without changing the
# result; and run the trained generator in four ways, and say which of them to use.
#
# **You need** the discriminator of {doc}`07_patchgan`.
#
# **Study time**: an hour and a quarter, with the exercises; the cells run in about two minutes on one core, without a
# GPU.
# :::
#
# ## Taking turns
#
# The generator $G$ makes a picture $G(x)$ of a sketch $x$. The discriminator $D$ says with what probability a picture is
# the true $y$; in code, that is $\sigma$ of its score. The loss of each is {cite:p}`isola2017,goodfellow2014`
#
# $$
# \begin{aligned}
# \mathcal L_D &= -\tfrac12 \big[ \log D(x, y) + \log \big(1 - D(x, G(x))\big) \big], \\
# \mathcal L_G &= -\log D(x, G(x)) + \lambda\, \tfrac1n \lVert y - G(x) \rVert_1 ,
# \end{aligned}
# $$ (eq-08-losses)
#
# averaged over patches and pictures; $n$ is the number of values of a picture. Each step has one turn for each of them, on a fresh batch: first $D$ learns to
# tell $y$ from $G(x)$; then $G$ learns against the $D$ that has just improved. A turn is one step of Adam
# {cite:p}`kingma2015`: the gradient, smoothed over steps, and divided by its own usual size. Here is all of it:

# %% tags=["hide-input"]
source(pix2pix.Pix2Pix, Training.descend)

# %% [markdown]
# Two details that are easily lost in a version of one's own. In the turn of $D$ the picture is *detached*, so that no
# gradient reaches $G$. In the turn of $G$ the weights of $D$ are frozen, but the gradient must flow *through* $D$ to
# the picture.
#
# ## Three recipes
#
# A recipe is a frozen dataclass, and there are three: what the text of pix2pix says, what its released code did, and
# what trains this book's networks on a laptop. The source of each value is in the comments.

# %% tags=["hide-input"]
source(pix2pix.Pix2PixRecipe)

# %% [markdown]
# Where they differ:

# %% tags=["hide-input"]
recipes = {"paper": pix2pix.PAPER, "released": pix2pix.AUTHORS_CODE, "book": pix2pix.BOOK, "stored runs": cgan.BASE}
lines = ["| | " + " | ".join(recipes) + " |", "| :--- |" + " ---: |" * len(recipes)]
for name in (f.name for f in dataclasses.fields(pix2pix.Pix2PixRecipe)):
    values = [getattr(recipe, name) for recipe in recipes.values()]
    if len(set(map(str, values))) > 1:
        bold = [f"**{v}**" if v != values[0] else f"{v}" for v in values]
        lines.append(f"| {name} | " + " | ".join(bold) + " |")
Markdown("\n".join(lines) + "\n\nBold: other than in the paper.")

# %% tags=["nbval-check-output"]
paper, released = dataclasses.asdict(pix2pix.PAPER), dataclasses.asdict(pix2pix.AUTHORS_CODE)
print("paper and released code differ in:", [name for name in paper if paper[name] != released[name]])
print("lambda of the paper:", paper["lambda_l1"], "; Adam:", paper["lr"], paper["betas"], "; batch:", paper["batch"])

# %% [markdown]
# The text and the code of pix2pix disagree in three places. The text halves the objective of $D$ to slow it down; the
# code halves only the number that it prints. The code's turn of $G$ starts from scores that $D$ gave *before* its own
# update. And before each update the code sets the biases of all convolutions of both networks to zero, of which the
# text says nothing; the package does not do it. The first hardly matters under Adam, which divides by the size of the
# gradient:

# %% tags=["nbval-check-output"]
moved = []
for factor in (1.0, 0.5):
    w = nn.Parameter(torch.tensor([1.0]))
    adam = torch.optim.Adam([w], lr=0.1, betas=(0.5, 0.999))
    for _ in range(3):
        adam.zero_grad()
        (factor * w.square()).sum().backward()
        adam.step()
    moved.append(1 - w.item())
print(f"three steps of Adam: {moved[0]:.4f}; with half the loss: {moved[1]:.4f}")

# %% [markdown]
# ## Seconds per step
#
# The paper measures its training by
#
# $$
# \mathrm{rate} = \frac{\mathrm{time}}{\mathrm{max\_steps}} ,
# $$ (eq-08-rate)
#
# and reports an average "around 0.4" {cite:p}`wang2019`, without unit or machine. We read it as seconds per step.
# Measured here, now, on a step or two of each recipe at its own size and batch, and from runs to the end. *Tiny* is for
# this page: twelve pairs of 64 by 64 pixels.

# %%
world = FacadeWorld(seed=0, size=64)
pairs = [world.draw(i) for i in SPLITS["train"][:12]]
sketches, pictures = (np.stack([pair[part] for pair in pairs]) for part in (0, 1))
TINY = pix2pix.Pix2PixRecipe(
    steps=20 if FAST else 60, batch=4, size=64, load_size=72, depth=5, base=16, cap=64, lr=5e-4,
    norm="instance", upsampling="resize", receptive_field=34,
)  # fmt: skip
batches = pix2pix.array_pairs(sketches, pictures, TINY)


def seconds_a_step(recipe, steps):
    """The time of a step by the clock and by the processors; the first step is not counted."""
    side = max(recipe.size, 64)
    rng = np.random.default_rng(0)
    some = [rng.integers(256, size=(2, 3, side, side), dtype=np.uint8) for _ in range(2)]
    training = pix2pix.Pix2Pix(recipe, 0, pix2pix.array_pairs(*some, recipe), zoo.load("pocket"))
    training.step(0)
    began, worked = time.perf_counter(), time.process_time()
    for k in range(1, steps + 1):
        training.step(k)
    return (time.perf_counter() - began) / steps, (time.process_time() - worked) / steps


measured = {
    "tiny, 64x64, batch 4": (TINY, seconds_a_step(TINY, 2)),
    "stored runs, 128x128, batch 4": (cgan.BASE, seconds_a_step(cgan.BASE, 1)),
}
if not FAST:
    measured["book, 256x256, batch 4"] = (pix2pix.BOOK, seconds_a_step(pix2pix.BOOK, 1))
    measured["paper, 256x256, batch 1"] = (pix2pix.PAPER, seconds_a_step(pix2pix.PAPER, 1))

# %% tags=["hide-input"]
lines = ["| | where | rate: seconds per step | seconds per picture |", "| :--- | :--- | ---: | ---: |"]
lines.append("| the paper | not said | about 0.4 | |")
for name, (recipe, (seconds, work)) in measured.items():
    where = f"here, live, {torch.get_num_threads()} thread(s); {work:.2f} s of processor time"
    lines.append(f"| {name} | {where} | {seconds:.2f} | {seconds / recipe.batch:.2f} |")
for name in ("facade", "photo"):
    facts = zoo.card(name)
    seconds, batch = facts["seconds"] / facts["steps"], facts["recipe"]["batch"]
    lines.append(f"| the shipped `{name}` | {facts['machine']} | {seconds:.2f} | {seconds / batch:.2f} |")
for name in ("L1", "L1+cGAN", "instance norm, batch 1"):
    rates = [run["seconds"] / run["recipe"]["steps"] for run in cgan.results(results.FOLDER)[name]]
    if rates:
        run, seconds = cgan.results(results.FOLDER)[name][0], float(np.mean(rates))
        lines.append(f"| stored: {name} | {run['machine']} | {seconds:.2f} | {seconds / run['recipe']['batch']:.2f} |")
    else:
        lines.append(f"| stored: {name} | | not run yet | |")
Markdown("\n".join(lines))

# %% [markdown]
# A rate means little without the size of picture, batch and network, and without the machine. The clock also
# counts what else the machine was busy with; the time of the processors does not.
#
# ## Stop and resume
#
# A training takes long, and laptops are closed. Resuming must not change the result. For this a checkpoint needs
# more than the weights: both networks, *and* the memory of both Adams, the step number, and the state of chance. Here
# chance has no state. Every step seeds itself with its own number, and the source of the data is a function of seed,
# step, number and size of the pictures: asked for the same step again, it gives the same batch.

# %% tags=["hide-input"]
source(begin_step, sources.step_numbers, sources.crop, sources._cut, loop._fit)

# %% [markdown]
# Test it. One run of eight steps, and one that is interrupted after four, as if you had pressed the stop button, and
# resumed:

# %%
SHORT = dataclasses.replace(TINY, steps=8)
folder = Path(tempfile.mkdtemp())
straight = pix2pix.Pix2Pix(SHORT, 0, batches)
loop.fit(straight)


def interrupted(batches, steps):
    """The same pairs; but after so many steps somebody presses the stop button."""

    def stop(seed, step, n, size):
        if step == steps:
            raise KeyboardInterrupt
        return batches(seed, step, n, size)

    return stop


progress = loop.fit(pix2pix.Pix2Pix(SHORT, 0, interrupted(batches, 4)), folder)
saved = load_state(folder / loop.CHECKPOINT)
resumed = pix2pix.Pix2Pix(SHORT, 0, batches)
finished = loop.fit(resumed, folder, resume=True)


def equal(a, b):
    """Whether two networks are the same in every bit."""
    one, two = a.state_dict(), b.state_dict()
    return all(torch.equal(one[key], two[key]) for key in one)


# %% tags=["nbval-check-output"]
print("stopped after", progress.step, "steps; finished after", finished.step)
print("a checkpoint holds:", ", ".join(saved["state"]))
print("4 + 4 steps equal 8 steps in every bit:", equal(straight.result, resumed.result))

# %% [markdown]
# Many programs save only the weights. See what happens if the memory of Adam is lost:

# %% tags=["nbval-check-output"]
forgetful = pix2pix.Pix2Pix(SHORT, 0, batches)
for part in ("generator", "discriminator"):
    forgetful.stateful[part].load_state_dict(saved["state"][part])
for k in range(4, 8):
    begin_step(0, k)  # as the loop does
    forgetful.step(k)
print("equal with the weights alone:", equal(straight.result, forgetful.result))

# %% [markdown]
# In the terminal the same is `s2s train facade`, and `s2s train facade --resume`.
#
# ## Inference: dropout and statistics
#
# Two kinds of layers behave differently in training and after it. *Dropout* sets values to zero by chance; that is
# the noise $z$ of a GAN that has no other. *Batch norm* {cite:p}`ioffe2015` subtracts the mean $\mu$ of each channel
# and divides by its standard deviation,
#
# $$
# \hat h = \gamma\, \frac{h - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta ,
# $$ (eq-08-norm)
#
# with a learned gain $\gamma$ and shift $\beta$. In training $\mu$ and $\sigma^2$ are those of the batch. After it,
# in *evaluation mode*, they are running averages over the last batches. With a batch of one picture, the network has
# always been normalized by the picture itself, and is now normalized by an average picture. Many users then find that
# their results are worse in test than in training. The paper runs "the generator in the same way as the training
# phase" {cite:p}`wang2019`: dropout on, and statistics of the batch. So there are four ways to run one generator.
# Here is one that was trained with batch norm at batch 1, for a moment:

# %%
BATCH_NORM = dataclasses.replace(TINY, norm="batch", batch=1, lr=2e-4, steps=20 if FAST else 60)
training = pix2pix.Pix2Pix(BATCH_NORM, 0, pix2pix.array_pairs(sketches, pictures, BATCH_NORM))
loop.fit(training)
ways = {mode: cgan.answers(training.result, sketches[:1], *switches) for mode, switches in cgan.MODES.items()}
show({mode: resize(x, (160, 160)) for mode, x in ways.items()}, alt="A house by one generator, run in four ways")

# %% tags=["nbval-check-output"]
again = {mode: cgan.answers(training.result, sketches[:1], *switches) for mode, switches in cgan.MODES.items()}
print("ways to run it:", len(ways))
print("all differ:", all(not torch.equal(ways[a], ways[b]) for a in ways for b in ways if a < b))
print("same seed, same picture:", all(torch.equal(ways[mode], again[mode]) for mode in ways))

# %% [markdown]
# The stored runs, with networks that were trained to the end. First in evaluation mode, then in the other ways.
# Instance norm {cite:p}`ulyanov2016` always uses the statistics of the picture itself, so for it only dropout makes a
# difference.

# %% tags=["hide-input"]
BATCH = ["batch norm, batch 1", "batch norm, batch 4"]
NORMS = {
    "evaluation": [*BATCH, "instance norm, batch 1", "L1+cGAN"],
    "batch statistics": BATCH,
    "dropout": [*BATCH, "instance norm, batch 1", "L1+cGAN"],
    "dropout and batch statistics": BATCH,
}
for mode, names in NORMS.items():
    display(Markdown(f"**{mode}** (`L1+cGAN` is instance norm, batch 4)" if "L1+cGAN" in names else f"**{mode}**"))
    display(results.table(names, ["FCN pixel", "L1", "a", "b", "edge F1"], mode=mode))

# %% [markdown]
# Compare a row with itself across the four tables. If "batch statistics" beats "evaluation" for batch 1, the running
# averages were the trouble. If the dropout tables are no better, the noise brings nothing but noise.
#
# Two rows are one: batch norm with the statistics of a batch of one picture *is* instance norm
# {cite:p}`isola2017` (section 3.3). So these two trainings, with the same seeds, gave the same network to the last
# digit:

# %% tags=["nbval-check-output"]
same = [
    np.array_equal(
        results.values("batch norm, batch 1", metric, mode), results.values("instance norm, batch 1", metric, other)
    )
    for mode, other in (("batch statistics", "evaluation"), ("dropout and batch statistics", "dropout"))
    for metric in ("FCN pixel", "L1", "a", "b", "edge F1")
]
print("batch norm with its batch of one, and instance norm, are one network:", all(same))

# %% [markdown]
#
# ### A norm over one pixel
#
# At the bottleneck of a U-Net the picture is a single pixel. With one picture in the batch, the mean of a channel
# *is* its value:

# %% tags=["nbval-check-output"]
h = torch.tensor([3.0, -1.0, 0.5, 8.0]).view(1, 4, 1, 1)  # one picture, four channels, one pixel
normed = (h - h.mean((0, 2, 3), keepdim=True)) / torch.sqrt(h.var((0, 2, 3), keepdim=True, unbiased=False) + 1e-5)
print("one picture: ", normed.flatten().tolist())
two = torch.cat([h, h + torch.tensor([1.0, -2.0, 0.5, -3.0]).view(1, 4, 1, 1)])
normed = (two - two.mean(0)) / two.std(0, unbiased=False)
print("two pictures:", [[round(v) for v in row] for row in normed.flatten(1).tolist()])
try:
    nn.BatchNorm2d(4)(h)
except ValueError as error:
    print("torch:", str(error).split(",")[0])

# %% [markdown]
# ## One recipe, other tasks
#
# Nothing in the recipe knows what a sketch is, or a house. So it can be given other pairs.
#
# ### Four hundred drawings by people
#
# Nobody drew the sketches of the drawn world by hand. For the photos of BSDS500 {cite:p}`arbelaez2011` people did draw
# contours. The recipe of the stored runs, on 400 of these photos, is judged on 100 others, at 128 by 128 pixels. Beside
# it stands the shipped generator `photo`. It learned from more photos, for longer, with a feature loss, and from
# drawings of many kinds, of which those by people are a part.

# %% tags=["hide-input"]
metrics = ["L1", "L", "a", "b", "edge F1", "KID"]
by_card = zoo.card("photo")["scores"]["drawn by a person"]
lines = results.text_table("contours", metrics, "evaluation", results.FOLDER).splitlines()
for name, scores in by_card.items():
    cells = [f"{scores[key]:.3f}" if key in scores else "" for key in metrics]
    lines.append(f"| 256x256, by the card of `photo`: {name} | " + " | ".join(cells) + " | |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
l1, both, shipped = (
    {key: results.values(name, key).mean() for key in metrics} for name in cgan.TABLES["contours"]
)
print("L1 alone has the lower L1:", bool(l1["L1"] < both["L1"]))
print("with a cGAN, more of the true colors:", all(both[key] > l1[key] for key in "Lab"))
gray, made = by_card["mean picture"]["L1"], by_card["generator"]["L1"]
print("by the card, the mean picture has a lower L1 than `photo`:", gray < made)

# %%
recipe, run = zoo.card("photo")["recipe"], cgan.results_of("contours, L1+cGAN", results.FOLDER)[0]
more = recipe["steps"] * recipe["batch"] / (cgan.BASE.steps * cgan.BASE.batch)
print(f"`photo` saw {more:.0f} times as many pictures as L1+cGAN, which took {run['seconds'] / 60:.0f} minutes to train")
print("scores of `photo` less those of L1+cGAN:", {key: round(float(shipped[key] - both[key]), 2) for key in metrics})

# %% [markdown]
# The first three rows are judged alike: 128 by 128 pixels, the contours of all people laid over each other, one
# histogram of color over all pictures. The last three are from the card of `photo` and follow another protocol: the
# same 100 photos, but 256 by 256 pixels, the contours of one person, and a histogram for each picture. Compare within
# a group only.
#
# The lesson of the drawn world holds for people's drawings too: L1 alone is pale, and the discriminator brings the
# colors back. It also shows what L1 is worth where a sketch says little: by the card the mean of all pictures, a gray
# cloud, has a lower L1 than the generator. And `photo`, which has seen six times as many pictures, is not ahead in
# everything of a network that was taught this one task in minutes.
#
# There are no pictures here. BSDS500 is for research and education that is not commercial, so its photos are not in
# this repository. With a copy of it, this does such a run:
#
# ```sh
# s2s experiments cgan --only "contours, L1+cGAN" --contours train --contours test --held-out val
# ```

# %% [markdown]
# ### The other direction
#
# Turn the pairs around, and the network learns to *read* a house: from
# the picture to the map of its parts, in the colors of the palette. The color that comes out is taken for the nearest
# class.

# %% mystnb={"figure": {"caption": "From pictures to labels: picture, the maps of the stored runs, the true map.", "name": "fig-08-labels"}, "image": {"alt": "A sheet of two rows. Columns: the picture of a house, the label maps in flat colors made of it by each run that is stored, the true label map."}} tags=["hide-input"]
figure(results.pictures("labels", count=2), quality=60)

# %% tags=["hide-input"]
results.table("labels", ["pixel", "class", "IoU"])

# %% [markdown]
# The last word in such a task has the plain one. The segmenter is a U-Net too, trained on the same 400 pictures by
# cross-entropy over the classes. Its scores on true pictures:

# %%
print({key: round(value, 2) for key, value in zoo.card("segmenter")["scores"].items()})

# %% [markdown]
# For labels there is one right answer, nothing to be invented, and so little that a discriminator could add. The authors
# of pix2pix came to the same conclusion: for segmentation L1 alone scored better than a cGAN {cite:p}`isola2017`.
#
# ## What to take away
#
# * A step is two turns: $D$ on detached pictures, then $G$ through $D$.
# * A rate needs its picture size, its batch, its network and its machine.
# * A checkpoint without the optimizers is half a checkpoint.
# * Batch norm at batch 1 has two faces. Run the generator as it was trained, or use instance norm and forget the
#   matter.
# * No norm over a single pixel.
#
# ## The paper's claim beside our measurement
#
# These lines are computed from the stored runs: *confirmed* if the worst seed of one side beats the best of the other,
# *in the mean* if the seeds overlap. Published figures are those of pix2pix {cite:p}`isola2017`.

# %% tags=["hide-input"]
Comparison = results.Comparison
one = {"metric": "FCN pixel", "better": "batch norm, batch 1", "than": ("batch norm, batch 1",)}
statistics, both = "batch statistics", "dropout and batch statistics"
claims = [
    Comparison("Run G as in training: statistics of the batch", **one, mode=statistics, than_mode="evaluation"),
    Comparison("Run G as in training: dropout on as well", **one, mode=both, than_mode=statistics),
    Comparison("Instance norm beats batch norm at batch 4 (not in the paper)", "FCN pixel", "L1+cGAN", ("batch norm, batch 4",)),
    Comparison("For labels, L1 alone beats a cGAN", "pixel", "labels, L1", ("labels, cGAN",)),
]
results.comparisons(claims)

# %% tags=["hide-input"]
rates = [run["seconds"] / run["recipe"]["steps"] for run in cgan.results(results.FOLDER)["L1+cGAN"]]
ours = f"stored runs {np.mean(rates):.2f}" if rates else "stored runs not run yet"
ours += f"; the shipped `facade` {rate:.2f}"
ours += "".join(f"; {name}, live, {seconds:.2f}" for name, (_, (seconds, _)) in measured.items() if "256" in name)
lines = ["| claim | what | here |", "| :--- | :--- | :--- |"]
lines.append(f"| Seconds per step around 0.4 | another machine; the networks and sizes differ | {ours} |")
Markdown("\n".join(lines))

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: four ways to run a generator
#
# Predict, then measure. A generator with batch norm and dropout paints a sketch twice. Between the two runs one thing is
# changed, or none. Which times is the second picture the same as the first? Fill in `True` (the same) or `False`.
#
# <details><summary>Hint</summary>
#
# In evaluation mode nothing is drawn by chance, and means and deviations are stored numbers. With the statistics of the
# batch they are those of the pictures that are in the batch. Dropout asks chance, and chance asks the seed.
#
# </details>

# %% tags=["exercise-setup"]
import math

import torch
from torch import nn

from s2s_helpers.losses.adversarial import discriminator_loss, generator_loss
from s2s_helpers.nets.patchgan import PatchGAN
from s2s_helpers.nets.unet import UNet
from s2s_helpers.ui.exercises import attempt, given

torch.manual_seed(0)
unet, (first, second) = UNet(base=8, cap=16, depth=5, norm="batch"), torch.rand(2, 1, 3, 64, 64)
with torch.no_grad():
    for _ in range(20):
        unet(torch.rand(4, 3, 64, 64))  # the running averages have to see some pictures


def painted(batch, dropout=False, batch_statistics=False, seed=0):
    """What the generator makes of the first sketch of a batch."""
    torch.manual_seed(seed)
    unet.eval()
    for module in unet.modules():
        if isinstance(module, nn.Dropout):
            module.train(dropout)
        if isinstance(module, nn.BatchNorm2d):
            module.train(batch_statistics)
            module.momentum = 0.0  # looking must not change the running averages
    with torch.no_grad():
        return unet(batch)[:1]


both = torch.cat([first, second])
RUNS = {
    "evaluation, run again": lambda: (painted(first), painted(first)),
    "evaluation, now beside another sketch": lambda: (painted(first), painted(both)),
    "batch statistics, run again": lambda: (painted(first, False, True), painted(first, False, True)),
    "batch statistics, now beside another sketch": lambda: (painted(first, False, True), painted(both, False, True)),
    "dropout, run again with the same seed": lambda: (painted(first, True), painted(first, True)),
    "dropout, run again with another seed": lambda: (painted(first, True), painted(first, True, seed=1)),
}

# %% tags=["exercise-stub"]
same_picture = {
    "evaluation, run again": None,  # your turn: True or False
    "evaluation, now beside another sketch": None,
    "batch statistics, run again": None,
    "batch statistics, now beside another sketch": None,
    "dropout, run again with the same seed": None,
    "dropout, run again with another seed": None,
}

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("With the statistics of the batch, a picture depends on who sits beside it."):
    given(*same_picture.values())
    for run, twice in RUNS.items():
        one, again = twice()
        is_same = torch.allclose(one, again, atol=1e-5)
        if same_picture[run] != is_same:
            raise AssertionError(f"Measured, {run}: {'the same picture' if is_same else 'another picture'}.")

# %% tags=["exercise-solution", "hide-cell"]
same_picture = {
    "evaluation, run again": True,
    "evaluation, now beside another sketch": True,
    "batch statistics, run again": True,
    "batch statistics, now beside another sketch": False,
    "dropout, run again with the same seed": True,
    "dropout, run again with another seed": False,
}


# %% [markdown]
# ### Exercise 2: three steps of Adam
#
# Adam keeps two running means of the gradient $g$: $m \leftarrow \beta_1 m + (1 - \beta_1)\, g$ and
# $v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2$, both 0 at first. At step $t$ it divides $m$ by $1 - \beta_1^t$ and $v$ by
# $1 - \beta_2^t$, and moves the weight by $-\eta\, m / (\sqrt{v} + \epsilon)$, with the two quotients. Write it for a list of
# gradients of one weight. Guess before: how far is the first step, for a gradient of 5 and for one of 0.005?
#
# <details><summary>Hint</summary>
#
# A loop over `enumerate(gradients, 1)`. Keep $m$ and $v$ as they are, and divide only what you use: the next step needs the
# undivided ones.
#
# </details>

# %% tags=["exercise-stub"]
def adam_moves(gradients, lr=2e-4, beta1=0.5, beta2=0.999, eps=1e-8):
    """How far the weight moves at each step: a list of numbers; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("The first step is as long as the learning rate, whatever the gradient. Halving a loss changes nothing."):
    for gradients in ([5.0], [0.005], [1.0, -0.5, 3.0]):
        weight = nn.Parameter(torch.zeros(1, dtype=torch.float64))
        adam, places = torch.optim.Adam([weight], 2e-4, (0.5, 0.999)), [0.0]
        for g in gradients:
            weight.grad = torch.tensor([g], dtype=torch.float64)
            adam.step()
            places.append(weight.item())
        right = [after - before for before, after in zip(places, places[1:], strict=False)]
        said = given(adam_moves(gradients))
        if len(said) != len(right):
            raise AssertionError(f"{len(right)} gradients make {len(right)} moves, not {len(said)}.")
        for step, (a, b) in enumerate(zip(said, right, strict=True), 1):
            if abs(a - b) > 1e-8:
                raise AssertionError(f"Gradients {gradients}: step {step} moves the weight by {b:.6f}, not by {a:.6f}.")


# %% tags=["exercise-solution", "hide-cell"]
def adam_moves(gradients, lr=2e-4, beta1=0.5, beta2=0.999, eps=1e-8):
    m = v = 0.0
    moves = []
    for t, g in enumerate(gradients, 1):
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        moves.append(-lr * (m / (1 - beta1**t)) / (math.sqrt(v / (1 - beta2**t)) + eps))
    return moves


# %% [markdown]
# ### Exercise 3: one step of your own
#
# Write one training step: $D$ first, then $G$, by {eq}`eq-08-losses` with $\lambda$ = 100. The mean of L1 here is that of
# pictures in $[0, 1]$. Both networks and both optimizers are laid out. The check compares with a
# step of its own.
#
# <details><summary>Hint</summary>
#
# For $D$: `made.detach()`, so that no gradient reaches $G$, and the half before the brackets. For $G$: ask $D$ again, after
# its step. Each turn is `zero_grad`, `backward`, `step`.
#
# </details>

# %% tags=["exercise-setup"]
def laid_out():
    """Two small networks, an Adam for each, and a batch of two."""
    torch.manual_seed(0)
    g, d = UNet(base=8, cap=16, depth=5, norm="instance", dropout=0.0), PatchGAN(16, base=8, norm="instance")
    return g, d, *(torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (g, d)), torch.rand(2, 2, 3, 32, 32)


def moved(step):
    """The weights of both networks after a step, each as one vector."""
    g, d, adam_g, adam_d, (sketch, picture) = laid_out()
    start = [nn.utils.parameters_to_vector(net.parameters()).clone() for net in (g, d)]
    step(g, d, adam_g, adam_d, sketch, picture)
    return [nn.utils.parameters_to_vector(net.parameters()).detach() - s for net, s in zip((g, d), start, strict=True)]


# %% tags=["exercise-stub"]
def my_step(G, D, adam_G, adam_D, sketch, picture):
    """One turn of D, then one turn of G, with D(sketch, picture) and G(sketch); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
def reference(G, D, adam_G, adam_D, sketch, picture):
    """The step as the package does it."""
    made = G(sketch)
    for net, adam in ((D, adam_D), (G, adam_G)):
        scores = D(sketch, made.detach() if net is D else made)
        loss = generator_loss(scores) + 100 * (made - picture).abs().mean()
        if net is D:
            loss = discriminator_loss(D(sketch, picture), scores) / 2
        adam.zero_grad()
        loss.backward()
        adam.step()


def same(a, b):
    """Adam's first step is the learning rate times a sign, which rounding may turn where a gradient is nearly 0."""
    return all(((x - y).abs() < 1e-6).float().mean() > 0.97 for x, y in zip(a, b, strict=True))


with attempt("Two turns, and each network moves in its own."):
    mine = moved(my_step)
    if not mine[0].any() and not mine[1].any():
        raise AssertionError("Your turn: neither network has moved.")
    for name, x in zip("GD", mine, strict=True):
        if not x.any():
            raise AssertionError(f"{name} has not moved.")
    right = moved(reference)
    if not same(mine[1:], right[1:]):
        raise AssertionError("D has moved otherwise than it should. Does it learn before G, and from its own loss alone?")
    if not same(mine, right):
        raise AssertionError("D is right, G is not. It learns from the scores of the D that has just improved, and from 100 times L1.")


# %% tags=["exercise-solution", "hide-cell"]
def my_step(G, D, adam_G, adam_D, sketch, picture):
    made = G(sketch)
    loss_D = 0.5 * discriminator_loss(D(sketch, picture), D(sketch, made.detach()))
    adam_D.zero_grad()
    loss_D.backward()
    adam_D.step()
    loss_G = generator_loss(D(sketch, made)) + 100 * (made - picture).abs().mean()
    adam_G.zero_grad()
    loss_G.backward()
    adam_G.step()


# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "08_training_and_inference")
