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
# # The training clinic
#
# A training can go wrong in many ways, and it does not say so. These six generators learned from the same pairs, for the
# same number of steps, and paint one test sketch. One is healthy. The recipe of each of the others has one fault, and each
# fault has a mark of its own: pale colors, loud colors, noise, the wrong house, a fine grid. Curves, scores and pictures
# tell which fault it is.

# %% tags=["hide-input"]
import os

os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars on the page

import dataclasses
import math

import numpy as np
import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt

from s2s_helpers import zoo
from s2s_helpers.data.facades import SPLITS, FacadeWorld
from s2s_helpers.images import contact_sheet, from_planes, load_picture, resize
from s2s_helpers.losses.adversarial import discriminator_loss, generator_loss
from s2s_helpers.nets.blocks import Double
from s2s_helpers.nets.unet import UNet
from s2s_helpers.runs.ablations.store import SHOWN, SIZE, file_of
from s2s_helpers.train import pix2pix
from s2s_helpers.ui import clinic, results
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests

# %% mystnb={"figure": {"caption": "One test sketch by the six generators of the clinic. Above: the sketch; healthy; a weight of L1 that is too large; no L1. Below: a discriminator that is too fast; no skips; transposed convolutions; the true picture.", "name": "fig-09-ward"}, "image": {"alt": "Eight pictures in two rows. Above: the drawing of a long house with three rows of windows; the house in brick red, a little soft; the same house, soft, gray and brown; the house in white, blue and black with hard lines where the drawing has none. Below: colored noise in which a house can be guessed; upright streaks, another house; the house in brick red and blue under a fine grid; the true house, yellow with a red roof."}} tags=["hide-input"]
SICK = {
    "L1+cGAN": "healthy", "lambda 1000": "lambda 1000", "cGAN": "no L1", "discriminator wins": "D is too fast",
    "encoder-decoder, L1+cGAN": "no skips", "transposed convolutions": "transposed convolutions",
}  # fmt: skip
PLACE = 4  # of the stored pictures; the clinic shows the first three
pair = FacadeWorld(seed=0, size=SIZE)[SPLITS["test"][SHOWN[PLACE]]]
files = {name: file_of(name, 0, results.FOLDER).with_suffix(".jpg") for name in SICK}
ward = {SICK[name]: load_picture(file).split(SIZE, dim=-1)[PLACE] for name, file in files.items() if file.exists()}
row = {"sketch": pair.sketch, **ward, "true": pair.picture}
names, tiles = list(row), [resize(x, (176, 176)) for x in row.values()]
figure(torch.cat([contact_sheet([tiles[i : i + 4]], names[i : i + 4]) for i in range(0, len(tiles), 4)], dim=2), quality=66)

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** read the curves of a GAN, and say why its loss need not fall; tell a discriminator that sleeps
# from one that has won; diagnose six runs by curves, scores and pictures, and name the cure; and say whether more data
# would help.
#
# **You need** the training of {doc}`08_training_and_inference`.
#
# **Study time**: an hour, with the exercises; the cells run in less than a minute on one core, without a GPU. Each
# stored run took longer; its file in `data/results/cgan` says how long.
# :::
#
# ## How to read the curves
#
# "My GAN loss does not go down. Is it broken?" Users of pix2pix ask this again and again. The answer is in
# {eq}`eq-08-losses`. Suppose that $D$ gives the score $s$ to every true patch, and $-s$ to every made one. Then its loss,
# and the adversarial part of the loss of $G$, are
#
# $$
# \mathcal L_D = \log \big(1 + e^{-s}\big), \qquad
# \mathcal L_{GAN} = \log \big(1 + e^{s}\big) = \mathcal L_D + s .
# $$ (eq-09-curves)
#
# What one side gains, the other pays. The code has these two losses, and takes the probability $D$ as $\sigma$ of a score:

# %% tags=["hide-input"]
source(discriminator_loss, generator_loss)

# %% [markdown]
# If $D$ cannot tell, $s$ is 0, and both losses are $\log 2$, whatever the pictures look like:

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

# %% mystnb={"figure": {"caption": "The losses of two short live runs, step by step. Dotted: log 2, where both adversarial losses stand if the discriminator cannot tell.", "name": "fig-09-live"}, "image": {"alt": "Three line plots against the training step: the loss of D, the GAN loss of G, and L1. Each has a full line for the contest and a dashed one for the run whose discriminator sleeps. The first two have a dotted line at log 2, 0.69."}} tags=["hide-input"]
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

# %% mystnb={"figure": {"caption": "Learning curves of stored runs. A run without a discriminator has no D and no GAN loss.", "name": "fig-09-curves"}, "image": {"alt": "Three line plots against the training step, for the loss of D, the GAN loss and L1, with one line for each of the runs L1, L1+cGAN, cGAN and discriminator wins, as far as they were run."}} tags=["hide-input"]
results.curves(["L1", "L1+cGAN", "cGAN", "discriminator wins"])

# %% [markdown]
# ## The clinic
#
# Here are the six runs again, in another order and without their names. For each you see learning curves, pictures of
# three other test sketches, and vital signs: scores on the test pairs (a and b: the share of the true histograms of color
# that the pictures have too) and the last losses. Choose a diagnosis, with the mouse or with Tab and the arrow keys,
# and read what speaks for it or against it. Two more diseases are in {doc}`08_training_and_inference`: batch norm that is
# run in another way than it was trained, and a norm over one pixel.

# %%
clinic.diagnose()

# %% tags=["nbval-check-output"]
patients = clinic.patients()
diagnoses = [patient.right for patient in patients]
print(f"{len(patients)} patients, {len(patients[0].answers)} choices for each")
print("every diagnosis is right for one patient:", sorted(diagnoses) == list(patients[0].answers))

# %% [markdown]
# After the diagnosis, the scores of the whole ward:

# %% tags=["hide-input"]
results.table("clinic", ["FCN pixel", "L1", "L", "a", "b", "edge F1"])

# %% tags=["nbval-check-output"]
for metric in ("FCN pixel", "L1", "edge F1"):
    print(f"best by {metric}:", results.winner("clinic", metric))
print("worst of all by L and b:", all(
    results.values("lambda 1000", metric).max() < results.values(name, metric).min()
    for metric in ("L", "b") for name in clinic.WARD if name != "lambda 1000"
))  # fmt: skip

# %% [markdown]
# Three measures call the pale run the best one. Only the histograms of lightness and color tell what it lacks. So look at a
# measure of each group, and at pictures.
#
# Three diseases can be shown without any training. Why a winning $D$ silences the minimax form is computed in
# {doc}`05_cgan_objective`. The second is the checkerboard {cite:p}`odena2016`. An untrained layer doubles the size of a gray
# square with nothing in it. How many values come out, away from the border?

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
for way in ("transpose", "resize"):
    with torch.no_grad():
        doubled = Double(8, 1, way, bias=False)(torch.ones(1, 8, 8, 8))[0, 0, 4:-4, 4:-4]
    different = {round(value, 4) for value in doubled.flatten().tolist()}
    print(f"{way}: values in {doubled.numel()} pixels: {len(different)}")

# %% [markdown]
# A third disease is a frame. A convolution needs something beyond the border of a picture, and pix2pix gives it zeros.
# On blank paper this border is the only edge that there is, so the generator paints something along it. The recipe
# `BOOK` puts a mirror there, in the outer layers (`reflect=True`). Two untrained generators, alike but for this, see a white
# sheet. Is their answer one color, up to the border?

# %% tags=["nbval-check-output"]
white = torch.ones(1, 3, 64, 64)
for beyond, reflect in (("zeros", False), ("a mirror", True)):
    torch.manual_seed(0)
    net = UNet(8, 16, 4, "instance", "resize", full_size_skip=True, reflect=reflect).eval()
    with torch.no_grad():
        made = net(white)
    print(f"{beyond}: one color:", torch.allclose(made, made[..., 32:33, 32:33], atol=1e-4))

# %% [markdown]
# With a mirror every place of a white sheet sees the same. Further in, below an eighth of the size, the zeros stay: there a
# network may learn from them how far the border is.

# %% [markdown]
# ## Is it the data? Four hundred pairs
#
# A generator that disappoints may be healthy, and have seen too little. The paper trains on 400 images and finds that
# "very good results are often obtained on small data sets". How small? The same recipe with 50, 100, 200 and 400
# (`L1+cGAN`) of the training pairs, for the same number of steps:

# %% tags=["hide-input"]
results.table("pairs", ["FCN pixel", "FCN IoU", "L1", "a", "b", "edge F1", "KID"])

# %% mystnb={"figure": {"caption": "FCN-score per pixel by the number of training pairs.", "name": "fig-09-pairs"}, "image": {"alt": "Dot plot with one row for each number of training pairs; the horizontal axis is the FCN-score per pixel. The numbers stand in the table above."}} tags=["hide-input"]
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
# ## What to take away
#
# * The GAN loss measures a contest. It need not fall. Look at L1, at D, and above all at pictures.
# * D near 0 for long: it has won. D at $\log 2$: it has learned nothing. A GAN loss that falls for long: D sleeps.
# * Most sick runs can be told from D, GAN, L1 and four pictures.
# * Change one thing of the recipe at a time, and keep the seed.
# * Ask for more data last. Here fifty pairs teach the parts of a house as well as four hundred.
#
# ## The paper's claim beside our measurement
#
# *Confirmed* if the worst seed of one side beats the best of the other, *in the mean* if the seeds overlap.

# %% tags=["hide-input"]
fair = results.Comparison("Alternate with equal rights, rather than with a D that is ten times as fast", "FCN pixel", "cGAN", ("discriminator wins",))
results.comparisons([fair])


# %% tags=["hide-input"]
def small_set(few):
    """What ``few`` pairs reach, as a share of what 400 reach."""
    a, b = results.values(f"{few} pairs", "FCN pixel"), results.values("L1+cGAN", "FCN pixel")
    said = f"{a.mean() / b.mean():.0%} of the score of 400" if len(a) and len(b) else "not run yet"
    return f"| Very good results on small data sets | {few} pairs: FCN pixel | {said} |"


Markdown("\n".join(["| claim | what | here |", "| :--- | :--- | :--- |", *(small_set(few) for few in (50, 100, 200))]))

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
# As in {eq}`eq-09-curves`, both stand at $\log 2 \approx 0.69$ if $D$ cannot tell. Take a tenth of $\log 2$ as "near 0", and
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
# ### Exercise 2: what the other side pays
#
# Suppose that scores are as in {eq}`eq-09-curves`: $s$ for all true patches, $-s$ for all made ones. You see only the loss
# of $D$. Write a function that tells the GAN loss of $G$. How much does it grow each time that the loss of $D$ becomes ten
# times smaller?
#
# <details><summary>Hint</summary>
#
# $e^{-\mathcal L_D}$ is the probability that $D$ gives to a true picture for being true. What is left up to 1 is the
# probability that it gives to a made one.
#
# </details>

# %% tags=["exercise-stub"]
def gan_loss(d):
    """The GAN loss of G, from the loss of D; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Each time the loss of D is divided by ten, G pays about 2.3 more. So D near 0 and a GAN loss that climbs are one thing."):
    for score in (0.0, 0.5, 3.0, 5.0):
        real, fake = torch.full((1, 1), score), torch.full((1, 1), -score)
        d, right = 0.5 * discriminator_loss(real, fake).item(), generator_loss(fake).item()
        said = float(given(gan_loss(d)))
        if abs(said - right) > 1e-2:
            raise AssertionError(f"With D at {d:.4f} the GAN loss is {right:.3f}, not {said:.3f}.")


# %% tags=["exercise-solution", "hide-cell"]
def gan_loss(d):
    return -math.log(1 - math.exp(-d))


# %% [markdown]
# ### Exercise 3: examine a training step
#
# A curve shows that something is wrong. To find out what, take one step, and see which weights have moved. Four training
# steps are laid out. In one of them all is right; in the others D stands still, G stands still, or G does not hear D: it
# learns from L1 alone. Write a function that tells which is which.
#
# `moved(step)` lays out two small networks, takes one step, and gives how far the weights of G and those of D have moved, as
# two vectors. With `moved(step, seed_of_d=2)` all is the same but for another discriminator.
#
# <details><summary>Hint</summary>
#
# A network that stands still has moved by zero everywhere: `not vector.any()`. If G does not hear D, it moves in the same
# way whoever D is: `torch.equal`.
#
# </details>

# %% tags=["exercise-setup"]
def training_step(d_learns=True, g_learns=True, hears=True):
    """A step like that of the package, with a fault if asked for."""

    def step(G, D, adam_G, adam_D, sketch, picture):
        made = G(sketch)
        loss_D = 0.5 * discriminator_loss(D(sketch, picture), D(sketch, made.detach()))
        adam_D.zero_grad()
        loss_D.backward()
        if d_learns:
            adam_D.step()
        scores = D(sketch, made if hears else made.detach())
        loss_G = generator_loss(scores) + 100 * (made - picture).abs().mean()
        adam_G.zero_grad()
        loss_G.backward()
        if g_learns:
            adam_G.step()

    return step


STEPS = {
    "healthy": training_step(),
    "G stands still": training_step(g_learns=False),
    "G does not hear D": training_step(hears=False),
    "D stands still": training_step(d_learns=False),
}


def moved(step, seed_of_d=1):
    """How far one step moves the weights of G and those of D, each as one vector."""
    torch.manual_seed(0)
    g, (sketch, picture) = UNet(base=8, cap=16, depth=5, norm="instance", dropout=0.0), torch.rand(2, 2, 3, 32, 32)
    torch.manual_seed(seed_of_d)
    d = PatchGAN(16, base=8, norm="instance")
    start = [nn.utils.parameters_to_vector(net.parameters()).clone() for net in (g, d)]
    step(g, d, *(torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (g, d)), sketch, picture)
    return [nn.utils.parameters_to_vector(net.parameters()).detach() - s for net, s in zip((g, d), start, strict=True)]


# %% tags=["exercise-stub"]
def diagnose(step):
    """One of the names of ``STEPS``; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Three questions to the weights, and no training had to be run to its end."):
    for fault, step in STEPS.items():
        said = given(diagnose(step))
        if said != fault:
            raise AssertionError(f"A step whose diagnosis is: {fault}. Your function says: {said}.")


# %% tags=["exercise-solution", "hide-cell"]
def diagnose(step):
    g, d = moved(step)
    if not d.any():
        return "D stands still"
    if not g.any():
        return "G stands still"
    other, _ = moved(step, seed_of_d=2)
    return "G does not hear D" if torch.equal(g, other) else "healthy"


# %% [markdown]
# ## Have you understood it?
#
# Three questions about chapters 04 to 09. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "09_training_clinic")
