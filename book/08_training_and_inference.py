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
import math
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from IPython.display import Markdown, display
from matplotlib import pyplot as plt
from torch import nn

from s2s_helpers import zoo
from s2s_helpers.data import sources
from s2s_helpers.data.facades import SPLITS, FacadeWorld
from s2s_helpers.images import from_planes, resize, show
from s2s_helpers.losses.adversarial import discriminator_loss, generator_loss
from s2s_helpers.nets.blocks import Double
from s2s_helpers.nets.patchgan import PatchGAN
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.runs.ablations import cgan
from s2s_helpers.runtime.checkpoint import load_state
from s2s_helpers.runtime.seeds import begin_step
from s2s_helpers.train import loop, pix2pix
from s2s_helpers.train.training import Training
from s2s_helpers.ui import clinic, results
from s2s_helpers.ui.explore import explore
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
# **You will learn** how the two networks take turns; what the recipes of the paper, of its authors' code and of this
# book have in common; how to run the generator afterwards; how to read the curves; how to stop and resume; and how to
# tell a sick run from a healthy one.
#
# **You need** the discriminator of {doc}`07_patchgan`.
#
# **Time**: an hour and a half to study, with the exercises; the cells run in less than a minute on two cores, without a
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
# ## How to read the curves
#
# "My GAN loss does not go down. Is it broken?" Users of pix2pix ask this again and again. The answer is in
# {eq}`eq-08-losses`. Suppose that $D$ cannot tell, and gives 0 to all. Then both losses are $\log 2$, whatever the
# pictures look like:

# %% tags=["nbval-check-output"]
for score in (0.0, 2.0, 5.0):
    real, fake = torch.full((1, 1, 30, 30), score), torch.full((1, 1, 30, 30), -score)
    d, g = 0.5 * discriminator_loss(real, fake), generator_loss(fake)
    print(f"scores {score:g} for true, {0 - score:g} for generated: loss of D {d:.3f}, of G {g:.3f}")
assert math.isclose(generator_loss(torch.zeros(1)), math.log(2), abs_tol=1e-6)

# %% [markdown]
# The GAN loss measures $G$ *against the present* $D$. Both get better, so it can rise while the pictures improve. Watch
# it in a short run, on twelve pairs of 64 by 64 pixels:

# %%
world = FacadeWorld(seed=0, size=64)
pairs = [world.draw(i) for i in SPLITS["train"][:12]]
sketches, pictures = (np.stack([pair[part] for pair in pairs]) for part in (0, 1))
TINY = pix2pix.Pix2PixRecipe(
    steps=20 if FAST else 60, batch=4, size=64, load_size=72, depth=5, base=16, cap=64, lr=5e-4,
    norm="instance", upsampling="resize", receptive_field=34,
)  # fmt: skip
batches = pix2pix.array_pairs(sketches, pictures, TINY)
probe = from_planes(sketches[:2])
seen_at = [0, 5, 10, 15, 20] if FAST else [0, 10, 20, 40, 60]


@torch.no_grad()
def look(net):
    """What a generator makes of two sketches, side by side."""
    net.eval()
    made = net(probe)
    net.train()
    return torch.cat([resize(x, (112, 112)) for x in made.split(1)], dim=-1)


@torch.no_grad()
def error(net):
    """L1 over all twelve pairs."""
    x, y = from_planes(sketches), from_planes(pictures)
    net.eval()
    found = (net(x) - y).abs().mean().item()
    net.train()
    return found


def watched(recipe):
    """A short training: the losses of each step, pictures in between, and L1 over all pairs before and after."""
    training = pix2pix.Pix2Pix(recipe, 0, batches)
    net = training.result
    history, looks, errors = [], {0: look(net)}, [error(net)]
    for k in range(recipe.steps):
        history.append(training.step(k))
        if k + 1 in seen_at:
            looks[k + 1] = look(net)
    return history, looks, [*errors, error(net)]


history, looks, errors = watched(TINY)

# %% [markdown]
# And for comparison what many wish for: a GAN loss that goes down. It is easily had. Stop the discriminator (its
# learning rate is 0) and take the L1 term away:

# %%
ASLEEP = dataclasses.replace(TINY, discriminator_lr_factor=0.0, lambda_l1=0.0)
history_asleep, looks_asleep, errors_asleep = watched(ASLEEP)

# %% mystnb={"figure": {"caption": "The losses of two short live runs, step by step. Dotted: log 2, where both adversarial losses stand if the discriminator cannot tell.", "name": "fig-08-live"}, "image": {"alt": "Three line plots against the training step: the loss of D, the GAN loss of G, and L1. Each has a full line for the contest and a dashed one for the run whose discriminator sleeps. The first two have a dotted line at log 2, 0.69."}} tags=["hide-input"]
fig, axes = plt.subplots(1, 3, figsize=(9, 2.6), layout="constrained")
for ax, name in zip(axes, ("D", "GAN", "L1"), strict=True):
    ax.plot([line[name] for line in history], label="contest")
    ax.plot([line[name] for line in history_asleep], "--", label="D asleep, no L1")
    ax.set(title=name, xlabel="step")
    ax.grid(alpha=0.3)
    if name != "L1":
        ax.axhline(math.log(2), color="black", ls=":", lw=1)
axes[-1].legend(fontsize="small")
plt.show()


# %%
def step(number):
    """Two sketches as painted by a tiny generator during its training"""
    return [("contest", looks[number]), ("D asleep, no L1", looks_asleep[number])]


explore(step, quality=60, number=seen_at)


# %% tags=["nbval-check-output"]
def last(history, name):
    return sum(line[name] for line in history[-6:]) / 6


print("contest: GAN loss above log 2 in the end:", last(history, "GAN") > math.log(2))
print("contest: L1 over all pairs fell:", errors[1] < errors[0])
print("asleep: GAN loss below log 2 in the end:", last(history_asleep, "GAN") < math.log(2))
print("asleep: L1 worse than in the contest:", errors_asleep[1] > errors[1])

# %% [markdown]
# So read them in this way:
#
# * **L1** should fall, fast at first and then slowly. It says nothing about sharpness.
# * **D** well between 0 and $\log 2$ is a contest. Near 0 for long, $D$ has won, and $G$ learns little from it. Fixed
#   at $\log 2$, $D$ has learned nothing.
# * **GAN** is the other side of D. It need not fall. If it falls for long, $D$ sleeps.
# * **The pictures** decide. Look at the same few sketches again and again.
#
# These are the curves of the stored runs: the sum of both losses, each alone, and one in which $D$ is ten times as
# fast.

# %% mystnb={"figure": {"caption": "Learning curves of stored runs. A run without a discriminator has no D and no GAN loss.", "name": "fig-08-curves"}, "image": {"alt": "Three line plots against the training step, for the loss of D, the GAN loss and L1, with one line for each of the runs L1, L1+cGAN, cGAN and discriminator wins, as far as they were run."}} tags=["hide-input"]
results.curves(["L1", "L1+cGAN", "cGAN", "discriminator wins"])


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
# Measured here, now, on a step or two of each recipe at its own size and batch, and from runs to the end:

# %%
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
# All that the encoder has found out is multiplied by zero. With two pictures, only the order survives. Torch refuses;
# older programs did not, as an erratum of pix2pix tells. The generator of this package has no norm there.
#
# ## The clinic
#
# Six runs on the same pairs for the same number of steps. One is healthy. For each you see learning curves, pictures
# of three test sketches, and vital signs: scores on the test pairs (a and b: the share of the true histograms of color
# that the pictures have too) and the last losses. Choose a diagnosis, with the mouse or with Tab and the arrow keys,
# and read what speaks for it or against it. Two more diseases you have just met: batch norm that is run in another way
# than it was trained, and a norm over one pixel.

# %%
clinic.diagnose()

# %% tags=["nbval-check-output"]
patients = clinic.patients()
diagnoses = [patient.right for patient in patients]
print(f"{len(patients)} patients, {len(patients[0].answers)} choices for each")
print("every diagnosis is right for one patient:", sorted(diagnoses) == list(patients[0].answers))

# %% [markdown]
# After the diagnosis, the whole ward: one test sketch, all six runs, and their scores.

# %% mystnb={"figure": {"caption": "The patients of the clinic on one test sketch, and the true picture.", "name": "fig-08-clinic"}, "image": {"alt": "A row of pictures of one house: the sketch, the pictures of the healthy run and of the sick ones as far as they were run, the true picture."}} tags=["hide-input"]
figure(results.pictures("clinic", count=1))

# %% tags=["hide-input"]
results.table("clinic", ["FCN pixel", "L1", "L", "a", "b", "edge F1"])

# %% [markdown]
# Two of the diseases can be shown without any training. First, why a winning $D$ silences the minimax form: the
# gradient of the generator's loss with respect to a score, if $D$ is sure that the picture is false.

# %% tags=["nbval-check-output"]
for form in ("minimax", "non-saturating"):
    score = torch.tensor([-6.0], requires_grad=True)
    generator_loss(score, form).backward()
    print(f"{form}: gradient {abs(score.grad.item()):.4f}")

# %% [markdown]
# Second, the checkerboard {cite:p}`odena2016`. An untrained layer doubles the size of a gray square with nothing in it.
# How many values come out, away from the border?

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
for way in ("transpose", "resize"):
    with torch.no_grad():
        doubled = Double(8, 1, way, bias=False)(torch.ones(1, 8, 8, 8))[0, 0, 4:-4, 4:-4]
    different = {round(value, 4) for value in doubled.flatten().tolist()}
    print(f"{way}: values in {doubled.numel()} pixels: {len(different)}")

# %% [markdown]
# ## Four hundred pairs
#
# The paper trains on 400 images and finds that "very good results are often obtained on small data sets". How small?
# The same recipe with 50, 100, 200 and 400 (`L1+cGAN`) of the training pairs, the same number of steps:

# %% tags=["hide-input"]
results.table("pairs", ["FCN pixel", "FCN IoU", "L1", "a", "b", "edge F1", "KID"])

# %% mystnb={"figure": {"caption": "FCN-score per pixel by the number of training pairs.", "name": "fig-08-pairs"}, "image": {"alt": "Dot plot with one row for each number of training pairs; the horizontal axis is the FCN-score per pixel. The numbers stand in the table above."}} tags=["hide-input"]
results.plot("pairs", "FCN pixel")

# %% [markdown]
# Go down a column. Where it stops changing by more than the seeds differ, more pairs did not help. The ceiling is what
# the segmenter says of the *true* pictures:

# %% tags=["nbval-check-output"]
ceiling = zoo.card("segmenter")["scores"]
print("the segmenter on true pictures:", {key: round(value, 2) for key, value in ceiling.items()})
fifty, all_pairs = (results.values(name, "FCN pixel") for name in ("50 pairs", "L1+cGAN"))
print("the bands of 50 and 400 pairs overlap:", bool(fifty.max() > all_pairs.min() and all_pairs.max() > fifty.min()))
print("but with 400 the L1 is lower:", bool(results.values("L1+cGAN", "L1").max() < results.values("50 pairs", "L1").min()))

# %% [markdown]
# The paper's finding holds, and more than that: for the segmenter, fifty drawn houses teach as much as four hundred in a
# run of this length. The larger set pays in nearness to the true picture. A longer run would learn fifty houses by
# heart.

# %% [markdown]
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
# ## The other direction
#
# Nothing in the recipe knows what a sketch is. Turn the pairs around, and the network learns to *read* a house: from
# the picture to the map of its parts, in the colors of the palette. The color that comes out is taken for the nearest
# class.

# %% mystnb={"figure": {"caption": "From pictures to labels: picture, the maps of the stored runs, the true map.", "name": "fig-08-labels"}, "image": {"alt": "A sheet of two rows. Columns: the picture of a house, the label maps in flat colors made of it by each run that is stored, the true label map."}} tags=["hide-input"]
figure(results.pictures("labels", count=2), quality=60)

# %% tags=["hide-input"]
results.table("labels", ["pixel", "class", "IoU"])

# %% [markdown]
# The last word in such a task has the plain one. The segmenter is a U-Net too, trained on the same 400 pictures by
# cross-entropy over the classes; its scores are printed above. For labels there is one right answer, nothing to be
# invented, and so little that a discriminator could add. The authors of pix2pix came to the same conclusion: for
# segmentation L1 alone scored better than a cGAN {cite:p}`isola2017`.
#
# ## What to take away
#
# * A step is two turns: $D$ on detached pictures, then $G$ through $D$.
# * The GAN loss measures a contest. It need not fall. Look at L1, at D, and above all at pictures.
# * A checkpoint without the optimizers is half a checkpoint.
# * Batch norm at batch 1 has two faces. Run the generator as it was trained, or use instance norm and forget the
#   matter.
# * No norm over a single pixel.
# * Most sick runs can be told from D, GAN, L1 and four pictures.
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
    Comparison("Skips are needed", "FCN pixel", "L1+cGAN", ("encoder-decoder, L1+cGAN",), "isola2017, table 2"),
    Comparison("L1 is needed beside the cGAN", "FCN pixel", "L1+cGAN", ("cGAN",), "isola2017, table 1"),
    Comparison("Instance norm beats batch norm at batch 4 (not in the paper)", "FCN pixel", "L1+cGAN", ("batch norm, batch 4",)),
    Comparison("For labels, L1 alone beats a cGAN", "pixel", "labels, L1", ("labels, cGAN",)),
]
results.comparisons(claims)


# %% tags=["hide-input"]
def small_set(few):
    """What ``few`` pairs reach, as a share of what 400 reach."""
    a, b = results.values(f"{few} pairs", "FCN pixel"), results.values("L1+cGAN", "FCN pixel")
    said = f"{a.mean() / b.mean():.0%} of the score of 400" if len(a) and len(b) else "not run yet"
    return f"| Very good results on small data sets | {few} pairs: FCN pixel | {said} |"


rates = [run["seconds"] / run["recipe"]["steps"] for run in cgan.results(results.FOLDER)["L1+cGAN"]]
ours = f"stored runs {np.mean(rates):.2f}" if rates else "stored runs not run yet"
lines = ["| claim | what | here |", "| :--- | :--- | :--- |", *(small_set(few) for few in (50, 100, 200))]
ours += f"; the shipped `facade` {rate:.2f}"
ours += "".join(f"; {name}, live, {seconds:.2f}" for name, (_, (seconds, _)) in measured.items() if "256" in name)
lines.append(f"| Seconds per step around 0.4 | another machine; the networks and sizes differ | {ours} |")
Markdown("\n".join(lines))

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: read the curves
#
# Write a function that tells from the last values of the two adversarial losses how a run stands: `"contest"`; `"D has won"`,
# if the loss of $D$ is near 0 and the GAN loss of $G$ large; or `"D sleeps"`, if $G$ pays clearly less than $\log 2$.
#
# <details><summary>Hint</summary>
#
# As in {eq}`eq-08-losses`, both stand at $\log 2 \approx 0.69$ if $D$ cannot tell. Take a tenth of $\log 2$ as "near 0", and
# half of it as "clearly less".
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


# %% tags=["exercise-stub"]
def stands(d, gan):
    """How a run stands, from the loss of D and the GAN loss of G; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Then look at the pictures all the same."):
    for d, gan, right in (
        (0.55, 1.1, "contest"),
        (0.69, 0.69, "contest"),
        (0.01, 7.5, "D has won"),
        (0.9, 0.1, "D sleeps"),
        (0.3, 2.0, "contest"),
    ):
        said = given(stands(d, gan))
        if said != right:
            raise AssertionError(f"D {d:.2f}, GAN {gan:.2f}: {right}, not {said}.")


# %% tags=["exercise-solution", "hide-cell"]
def stands(d, gan):
    if gan < math.log(2) / 2:
        return "D sleeps"
    return "D has won" if d < math.log(2) / 10 else "contest"


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
# Three questions about chapters 04 to 09. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "08_training_and_inference")
