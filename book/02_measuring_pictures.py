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
# # Measuring pictures
#
# No single number says how good a picture is. Below are one true picture and eight damages to it. Each measure of this
# book finds some of them bad and overlooks others. A photo of the same house in other weather is perfect to a person, and
# by L1 it is among the worst. A set with every picture in the wrong place is useless, and two measures find no fault.

# %% tags=["hide-input"]
import json
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt
from scipy.ndimage import gaussian_filter

from s2s_helpers import metrics, zoo
from s2s_helpers.data.facades import LABELS, SPLITS, FacadeWorld, colored
from s2s_helpers.images import contact_sheet, resize
from s2s_helpers.losses.perceptual import gram_matrix, relative_error
from s2s_helpers.nets.first_pocket import COMPONENTS
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # fewer pictures, for the tests
numbers = SPLITS["test"][: 6 if FAST else 16]
pairs = [FacadeWorld(seed=0, size=128)[i] for i in numbers]
sketches, true, labels = (
    torch.cat([getattr(pair, part) for pair in pairs]) for part in ("sketch", "picture", "labels")
)
grain = torch.randn(true.shape, generator=torch.Generator().manual_seed(0))
stripes = torch.arange(128) % 2 * 2.0 - 1  # -1, 1, -1, 1, ...

# %%
PICTURES = {
    "true": true,
    "blur": torch.from_numpy(gaussian_filter(true.numpy(), (0, 0, 1.5, 1.5), mode="nearest")),
    "noise": (true + 0.1 * grain).clamp(0, 1),
    "shift": true.roll(2, dims=3),
    "tint": (true * torch.tensor([1.2, 1.0, 0.8]).view(1, 3, 1, 1)).clamp(0, 1),
    "weave": (true + 0.05 * stripes * stripes[:, None]).clamp(0, 1),
    "mean": true.mean(dim=0, keepdim=True).repeat(len(true), 1, 1, 1),
    "shuffled": true.roll(1, dims=0),
    "another": torch.cat([FacadeWorld(seed=0, size=128, appearances=1)[i].picture for i in numbers]),
}

# %% mystnb={"figure": {"caption": "A true picture and eight damages. Above: true, blur, noise, shift, tint. Below: weave, mean, shuffled, another.", "name": "fig-02-pictures"}, "image": {"alt": "Nine pictures of house fronts. Above, one house five times: sharp, out of focus, grainy, moved by two pixels, and orange. Below: with a fine checkered pattern, a gray haze in which many houses are laid over each other, a different house, and the first house with other colors and light."}}
first = [resize(x[:1], (180, 180)) for x in PICTURES.values()]
names = list(PICTURES)
blank = torch.ones_like(first[0])
rows = contact_sheet([first[:5]], names[:5]), contact_sheet([[*first[5:], blank]], [*names[5:], ""])
figure(torch.cat(rows, dim=2), quality=60)

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** say what each measure of this book sees and what it overlooks; compute each of them for a small
# case; name chance and ceiling of a score; and say how many pictures and how many trainings a difference needs.
#
# **You need** {doc}`01_sketches_and_pictures`.
#
# **Study time**: an hour, with the exercises; the cells run in about a minute on one core, without a GPU.
# :::
#
# ## The damages
#
# * **blur**: a Gaussian of 1.5 pixels. **noise**: Gaussian noise of 0.1 on every value.
# * **shift**: everything lies 2 pixels further to the right.
# * **tint**: red times 1.2, blue times 0.8. **weave**: 0.05 is added to every second pixel, like on a checkerboard, and
#   subtracted from the others. Networks that enlarge badly leave such a pattern.
# * **mean**: one picture for all, the mean of the set.
# * **shuffled**: true pictures, but each stands beside the sketch of another house.
# * **another**: the same drawing, painted with other materials, in other light. It is a right answer to the sketch.
#
# A person would keep *another*, would hardly see the shift, and would throw away *mean* and *shuffled*.
#
# ## The measures
#
# Three groups of measures ask three questions.
#
# **Is it the same picture?** *L1* is the mean absolute difference of all values. *PSNR* takes squares and gives
# decibels. *SSIM* compares means, variances and covariances in small windows. *Content* compares features of a network
# that was trained on other pictures; {doc}`10_perceptual_losses` explains it. These four need the true picture.
#
# **Does it show what was asked for?** The *FCN-score* lets a segmentation network look for the parts of the house, and
# compares with the plan: *pixel* is the share of pixels with the right part. *IoU* divides, for each part $c$, the pixels
# that are rightly called so by all that are so or are called so, and takes the mean over $n$ parts:
#
# $$
# \text{IoU} = \frac{1}{n} \sum_{c} \frac{\text{right}_c}{\text{true}_c + \text{said}_c - \text{right}_c} .
# $$ (eq-02-iou)
#
# Here $\text{right}_c$ counts the pixels that are $c$ and are called $c$, $\text{true}_c$ those that are $c$, and
# $\text{said}_c$ those that are called $c$. *Edge F1* finds the edges of the picture and asks whether they lie where the
# sketch has lines. $P$ is the share of edges near a line, $R$ the share of lines near an edge, and
#
# $$
# F_1 = \frac{2 P R}{P + R} .
# $$ (eq-02-f1)
#
# **Is it like the true pictures as a kind?** *Colors* is the overlap of two color histograms, each of the whole set.
# *KID* compares two sets by features. Let $u$ and $u'$ be the features of two made pictures, $v$ and $v'$ those of two
# true ones, and $k$ a function that is large if two features are alike. Then
#
# $$
# \text{KID} = E\big[k(u, u')\big] + E\big[k(v, v')\big] - 2\, E\big[k(u, v)\big] .
# $$ (eq-02-kid)
#
# It is 0 in the mean if made and true pictures come from one source. *Style* compares which features occur together;
# here each picture is compared with its true one. *Weave* asks for a pattern that repeats every 2 or 4 pixels; it looks
# at the made picture alone.
#
# The tables of this book count them so; arrows say which way is better:
#
# | measure | what it compares | protocol |
# | :--- | :--- | :--- |
# | L1 ↓ | values, one by one | mean over pixels and channels, then over pictures |
# | PSNR ↑ | the same, squared, in decibels | over the three channels together, mean over pictures |
# | SSIM ↑ | windows; {eq}`eq-03-ssim` is the formula | Gaussian window of 1.5 pixels; mean over channels, then pictures {cite:p}`wang2004` |
# | L, a, b ↑ | histograms of lightness and of two color axes | intersection of the histograms of all pictures {cite:p}`isola2017` |
# | FCN pixel, class, IoU ↑ | whether the parts can be recognized | the segmenter's labels against the plan's, over the whole set {cite:p}`isola2017` |
# | edge F1 ↑ | edges of the picture, lines of the sketch | Canny's edges; at most two pixels apart; mean over pictures |
# | KID ↓ | two sets of pictures | kernel distance of features {cite:p}`binkowski2018`; here those of `pocket_first`, so comparable only within this book |

# %% tags=["hide-input"]
source(metrics.l1, metrics.psnr, metrics.histogram_intersection, metrics.segmentation_scores, metrics.fcn_score)

# %% tags=["hide-input"]
source(metrics.edge_f1, metrics._f1, metrics.kid, metrics.MeanFeatures, metrics.checkerboard)

# %% [markdown]
# Trust a measure after you have computed a case by hand. Two gray pictures of 0.4 and 0.5 differ by 0.1 everywhere, so
# L1 is 0.1, the mean square is $0.1^2$, and PSNR is $10 \log_{10}(1 / 0.1^2) = 20$ dB. A picture that is half white
# shares half its lightness, and all of its two color axes, with a black one. And for labels: of four pixels, three
# are class 0 and one is class 1; a segmenter says 0, 0, 1, 1. Three of four are right. Class 0 has two of three right,
# class 1 all: the mean is 5/6. The unions have three and two pixels: the mean IoU is (2/3 + 1/2) / 2 = 7/12.

# %% tags=["nbval-check-output"]
a, b = torch.full((1, 3, 32, 32), 0.4), torch.full((1, 3, 32, 32), 0.5)
print(f"L1 {metrics.l1(a, b).item():.2f}, PSNR {metrics.psnr(a, b).item():.1f} dB")
print(f"SSIM of a picture and itself {metrics.ssim(true[:1], true[:1]).item():.2f}")
black, half = torch.zeros(1, 3, 32, 32), torch.zeros(1, 3, 32, 32)
half[..., 16:] = 1
print("L, a, b:", metrics.histogram_intersection(half, black)[0].round(2))
plan, said = torch.tensor([[[0, 0, 0, 1]]]), torch.tensor([[[0, 0, 1, 1]]])
by_hand = [round(x, 3) for x in (3 / 4, 5 / 6, 7 / 12)]
print({name: round(value, 3) for name, value in metrics.segmentation_scores(said, plan, 2).items()}, "=", by_hand)

# %% [markdown]
# Now all measures, of all nine pictures:

# %%
segmenter, pocket, judge = (zoo.load(name) for name in ("segmenter", "pocket", "pocket_first"))
LAYER = "relu4_3"
vectors = metrics.MeanFeatures(judge, LAYER, COMPONENTS[LAYER], judge.scale[list(COMPONENTS).index(LAYER)].item())
UP = {"PSNR", "SSIM", "FCN pixel", "FCN IoU", "edge F1", "colors"}  # more is better; of the others less


@torch.no_grad()
def looked_at(x):
    """Features of one layer, and the Gram matrices of all."""
    features = pocket(x)
    return features["relu3_3"], [gram_matrix(f) for f in features.values()]


content, grams = looked_at(true)


def scores(made):
    """What every measure says of a set of pictures."""
    fcn = metrics.fcn_score(made, labels, segmenter)
    features, found = looked_at(made)
    return {
        "L1": metrics.l1(made, true).mean().item(),
        "PSNR": metrics.psnr(made, true).mean().item(),
        "SSIM": metrics.ssim(made, true).mean().item(),
        "content": relative_error(features, content).mean().item(),
        "FCN pixel": fcn["pixel"],
        "FCN IoU": fcn["IoU"],
        "edge F1": metrics.edge_f1(made, sketches).mean().item(),
        "colors": metrics.pooled_intersection(made, true)[1:].mean().item(),
        "KID": metrics.kid(made, true, vectors)[0],
        "style": sum(relative_error(a, b).mean().item() for a, b in zip(found, grams, strict=True)) / len(grams),
        "weave": metrics.checkerboard(made).mean().item(),
    }


table = {name: scores(made) for name, made in PICTURES.items()}

# %% tags=["hide-input"]
lines = ["| measure | " + " | ".join(names) + " |", "| :--- |" + " ---: |" * len(names)]
for measure in table["true"]:
    row = [table[name][measure] for name in names]
    shown = (f"{abs(value):.1f}" if measure in ("PSNR", "weave") else f"{abs(value):.2f}" for value in row)
    lines.append(f"| {measure} {'↑' if measure in UP else '↓'} | " + " | ".join(shown) + " |")
Markdown("\n".join(lines))


# %% [markdown]
# The arrow says which way is better. Read the table by rows: a measure overlooks what it ranks near *true*.

# %% tags=["nbval-check-output"]
def worse(measure, a, b):
    """Whether a measure finds a worse than b."""
    difference = table[a][measure] - table[b][measure]
    return difference < 0 if measure in UP else difference > 0


print("L1: another true picture is worse than the mean of all:", worse("L1", "another", "mean"))
print("FCN: it is better:", worse("FCN pixel", "mean", "another"))
print(
    "KID and colors find nothing wrong with shuffled pairs:",
    abs(table["shuffled"]["KID"] - table["true"]["KID"]) < 1e-3,
    table["shuffled"]["colors"] > 0.999,
)
print("FCN and edge F1 do:", worse("FCN pixel", "shuffled", "another"), worse("edge F1", "shuffled", "another"))
print("SSIM: a shift is worse than a tint:", worse("SSIM", "shift", "tint"))
print("colors: it is better:", worse("colors", "tint", "shift"))
print("weave sees its pattern best:", max(table, key=lambda name: table[name]["weave"]) == "weave")
print("L1 finds it least bad of all:", min(names[1:], key=lambda name: table[name]["L1"]) == "weave")

# %% [markdown]
# | measure | sees | overlooks |
# | :--- | :--- | :--- |
# | L1, PSNR | wrong values, whatever they form together | whether it is a house; it likes the mean |
# | SSIM | lost structure, shifts | tints |
# | content | lost and moved parts | much of the fine grain |
# | FCN-score | parts that are missing or elsewhere | colors and light, if the parts can be recognized |
# | edge F1 | little: even the mean of all pictures has edges near most lines | nearly all of these damages |
# | colors | wrong colors | where they are |
# | KID | sets of another kind: blurred, noisy, all alike | which picture belongs to which sketch; the weave |
# | style | other colors and textures | that all has moved, and the weave |
# | weave | one pattern | all else |
#
# ## Where they disagree
#
# Each measure puts the nine pictures in an order. If two measures saw the same, all rows of this figure would be alike.

# %% mystnb={"figure": {"caption": "The place of each picture in the order of each measure, from 1, best, to 9, worst.", "name": "fig-02-ranks"}, "image": {"alt": "A table of colored fields with a number in each. Rows: eleven measures. Columns: the nine pictures. Most columns have small and large numbers; no two groups of measures have the same order."}} tags=["hide-input"]
signs = np.array([-1 if measure in UP else 1 for measure in table["true"]])
values = np.array([[table[name][measure] for name in names] for measure in table["true"]]).round(4)
ranks = (signs[:, None] * values).argsort(axis=1, kind="stable").argsort(axis=1) + 1
fig, ax = plt.subplots(figsize=(6.4, 3.9), layout="constrained")
ax.imshow(ranks, cmap="cividis", aspect="auto")
for (row, column), place in np.ndenumerate(ranks):
    ax.text(column, row, place, ha="center", va="center", color="white" if place < 6 else "black")
ax.set_xticks(range(len(names)), names, rotation=35, ha="right")
ax.set_yticks(range(len(ranks)), list(table["true"]))
plt.show()


# %%
def quarrels(one, two):
    """The share of pairs of damages that two measures put in opposite orders."""
    pairs = list(combinations(names[1:], 2))
    return sum(worse(one, a, b) and worse(two, b, a) for a, b in [*pairs, *((b, a) for a, b in pairs)]) / len(pairs)


for one, two in (("L1", "PSNR"), ("L1", "SSIM"), ("L1", "FCN pixel"), ("L1", "KID"), ("FCN pixel", "edge F1")):
    print(f"{one} and {two} disagree on {100 * quarrels(one, two):.0f} % of the pairs of damages")

# %% tags=["nbval-check-output"]
print("L1 agrees with PSNR more than with FCN pixel:", quarrels("L1", "PSNR") < quarrels("L1", "FCN pixel"))

# %% [markdown]
# L1 and PSNR say nearly the same, so one of them is enough. A good report has one measure of each group. Where two
# disagree, look at the pictures: the disagreement tells what has changed.
#
# ## Chance and ceiling
#
# A score means nothing without two others. *Chance* is what a method reaches that knows nothing of the sketch: *shuffled*
# shows a true picture of another house. The *ceiling* is what the true picture reaches. It need not be 1. Watch the
# segmenter at work, a U-Net that was trained on the training pictures: on a true picture, and on its blur.

# %% mystnb={"figure": {"caption": "The segmenter at work. From left: the true picture; its label map; what the segmenter sees; the blur; what the segmenter sees there.", "name": "fig-02-judge"}, "image": {"alt": "Five pictures: a house front; its parts as flat areas of color; nearly the same areas, a little ragged; the house out of focus; areas in which windows and moldings have melted or are missing."}}
with torch.no_grad():
    seen, seen_blurred = (segmenter.logits(PICTURES[name][:1]).argmax(dim=1) for name in ("true", "blur"))
row = [true[:1], colored(labels[:1]), colored(seen), PICTURES["blur"][:1], colored(seen_blurred)]
figure(contact_sheet([[resize(x, (176, 176)) for x in row]]))

# %% tags=["nbval-check-output"]
print("the segmenter sees", len(LABELS), "classes")
print("it is right on most of the true pictures:", table["true"]["FCN pixel"] > 0.8)
print("a blur costs it pixels:", table["blur"]["FCN pixel"] < table["true"]["FCN pixel"] - 0.02)

# %%
card = zoo.card("segmenter")
print(card["protocol"])
print(", ".join(f"FCN {name} {value:.3f}" for name, value in card["scores"].items()))

# %% [markdown]
# So the segmenter errs on true pictures too, and true pictures have edges that no pencil draws. No generator can be
# expected to pass such a ceiling. Between chance and ceiling lies a generator of {doc}`05_cgan_objective`, the mean of its
# stored runs. These were judged on more test pictures, so compare roughly.

# %%
folder = Path("../data/results/cgan")


def stored(cell, measure):
    """The score of each seed of a stored run."""
    files = sorted(folder.glob(f"{cell}_[0-9].json"))
    return [json.loads(file.read_text(encoding="utf-8"))["scores"]["evaluation"][measure] for file in files]


lines = [
    "| measure | chance | mean of the set | generator | ceiling | way from chance to ceiling |",
    "| :--- |" + " ---: |" * 5,
]
way = {}
for measure in ("L1", "SSIM", "FCN pixel", "FCN IoU", "edge F1"):
    chance, ceiling = table["shuffled"][measure], table["true"][measure]
    generator = np.mean(stored("L1-and-cGAN", measure))
    way[measure] = (generator - chance) / (ceiling - chance)
    cells = (f"{x:.2f}" for x in (chance, table["mean"][measure], generator, ceiling))
    lines.append(f"| {measure} | " + " | ".join(cells) + f" | {100 * way[measure]:.0f} % |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
print("FCN pixel of chance is above a third:", table["shuffled"]["FCN pixel"] > 1 / 3)
print("the ceiling of edge F1 is below 1:", table["true"]["edge F1"] < 0.95)
print("by L1 the generator has gone less of the way than by FCN:", way["L1"] < way["FCN pixel"])


# %% [markdown]
# A share of right pixels above a third sounds like something. Chance has it too, because walls and sky are large and lie
# in the same places in all houses. L1 does not tell the generator from the mean of the set: the sketch does not say the
# colors, and no generator can guess them. And edge F1 has hardly left chance, whatever was made: streets are full of
# upright and level edges, and some lie near every line. Do not decide anything by it.
#
# ## How many pictures?
#
# A mean over a few pictures depends on which they are. If the scores of single pictures have the standard deviation
# $\sigma$, the mean over $n$ pictures has the standard error
#
# $$
# s = \frac{\sigma}{\sqrt{n}} .
# $$ (eq-02-error)
#
# Four times as many pictures halve it. The *bootstrap* finds the same without a formula, and works for any score: draw
# $n$ pictures of the $n$, with repetition; take the mean; do it many times. The middle 95 % of these means are the
# *interval*. The question is most often which of two methods is better. Both are judged on the same pictures, so take the
# difference picture by picture, and draw differences. What makes a picture hard for both cancels.

# %%
def interval(values, draws=2000):
    """The middle 95 % of the means of bootstrapped samples."""
    values = np.asarray(values)
    chosen = np.random.default_rng(0).integers(len(values), size=(draws, len(values)))
    return np.quantile(values[chosen].mean(axis=1), (0.025, 0.975))


blurred, noisy = (metrics.l1(PICTURES[name], true).numpy() for name in ("blur", "noise"))
WIDTHS = {}
print("means, and the middle 95 % of the bootstrapped ones:")
for name, sample in {"blur": blurred, "noise": noisy, "blur - noise, paired": blurred - noisy}.items():
    low, high = interval(sample)
    error = sample.std(ddof=1) / len(sample) ** 0.5
    WIDTHS[name] = high - low, 2 * 1.96 * error
    print(f"L1 of {name:20}: {sample.mean():+.4f}, from {low:+.4f} to {high:+.4f}; standard error {error:.4f}")

# %% tags=["nbval-check-output"]
ratios = [width / expected for width, expected in WIDTHS.values()]
print("formula and bootstrap agree within a third:", all(2 / 3 < ratio < 4 / 3 for ratio in ratios))

# %% [markdown]
# The interval of a difference must not hold 0, else the pictures do not decide. A score of the whole set, such as KID or
# IoU, has no value for each picture. For it draw pictures and compute the score anew for each draw.
#
# ## How many trainings?
#
# More pictures say more exactly how good *this* network is. They do not say how good the *method* is: the next seed gives
# another network. So train several. This book has three seeds for most methods, and calls a difference *confirmed* if the
# worst seed of one side beats the best of the other. How often would chance do that?

# %% tags=["nbval-check-output"]
for seeds in (2, 3, 4, 5):
    orders = list(combinations(range(2 * seeds), seeds))  # the places of one side among all, from the worst
    apart = sum(places == tuple(range(seeds, 2 * seeds)) for places in orders)
    print(f"{seeds} seeds a side: one side is ahead with all of its seeds in {apart} of {len(orders)} orders")

# %% tags=["hide-input"]
lines = ["| stored runs, FCN pixel | seeds | lowest | highest |", "| :--- | ---: | ---: | ---: |"]
for cell in ("L1", "L1-and-GAN", "L1-and-cGAN", "cGAN"):
    found = stored(cell, "FCN pixel")
    lines.append(f"| {cell} | {len(found)} | {min(found):.3f} | {max(found):.3f} |")
Markdown("\n".join(lines))

# %% [markdown]
# With three seeds a side, chance puts all of one side ahead in 1 of 20 orders. That is the usual limit, and no more: who
# compares twenty pairs of methods will find one such by chance. Look at the distance as well. The seeds of *cGAN* lie
# far below those of the others, so three are enough. Where ranges overlap, as between L1 and the conditional GAN with L1,
# they decide nothing.
#
# ## What to take away
#
# * No measure sees everything. Report one of each group: the same picture, what was asked for, the kind.
# * Where several answers are right, a distance to one of them punishes the others.
# * A measure of sets does not know which picture belongs to which sketch.
# * A score needs its chance level and its ceiling beside it.
# * Judge methods on the same pictures, take differences, and give an interval. Then train again with other seeds.

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: a segmenter that does not look
#
# A segmenter says for every pixel the most common class of the label maps. What share of pixels is right, and what is the
# mean over classes of the share that is right? Write a function that computes both, for label maps (N, H, W).
#
# <details><summary>Hint</summary>
#
# `labels.flatten().bincount()` counts the pixels of each class. One class is always right, the others never. Classes that
# do not occur do not count.
#
# </details>

# %% tags=["exercise-setup"]
import numpy as np
import torch

from s2s_helpers import metrics
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def blind(labels):
    """(share of right pixels, mean over classes) of a segmenter that always says the most common class; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("A third of the pixels without looking: that is why the mean over classes is printed beside the pixels."):
    for plan in (torch.tensor([[[0, 0, 0, 1]]]), torch.tensor([[[2, 2, 0, 5], [2, 0, 2, 0]]])):
        pixel, per_class = given(blind(plan))
        said = torch.full_like(plan, plan.flatten().mode().values.item())
        wanted = metrics.segmentation_scores(said, plan, 6)
        if abs(pixel - wanted["pixel"]) > 1e-6:
            raise AssertionError(
                f"Of {plan.tolist()} the share of right pixels is {wanted['pixel']:.3f}, not {pixel:.3f}."
            )
        if abs(per_class - wanted["class"]) > 1e-6:
            raise AssertionError(
                f"Of {plan.tolist()} the mean over classes is {wanted['class']:.3f}, not {per_class:.3f}."
            )


# %% tags=["exercise-solution", "hide-cell"]
def blind(labels):
    counts = labels.flatten().bincount()
    return counts.max().item() / labels.numel(), 1 / (counts > 0).sum().item()


# %% [markdown]
# ### Exercise 2: an interval for a difference
#
# Two methods were judged on the same pictures. Write a function that takes the scores of both and gives the middle 95 % of
# the bootstrapped mean difference. The check has scores that differ much from picture to picture, and little from method
# to method.
#
# <details><summary>Hint</summary>
#
# Take differences first, and draw numbers of pictures then: `rng.integers(n, size=(draws, n))` are the draws. Who draws for
# each method by itself gets an interval that is far too wide.
#
# </details>

# %% tags=["exercise-stub"]
def difference_interval(first, second, draws=2000):
    """(low, high) of the mean of first - second, arrays of one score a picture; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("The pictures differ a lot, and the methods hardly. Pairs make a small difference visible."):
    rng = np.random.default_rng(1)
    hard = rng.normal(0.5, 0.2, 100)  # how hard each picture is, for both
    one, two = hard + rng.normal(0.01, 0.02, 100), hard + rng.normal(0, 0.02, 100)
    low, high = given(difference_interval(one, two))
    expected = 2 * 1.96 * (one - two).std(ddof=1) / 10
    if high - low > 3 * expected:
        raise AssertionError(f"{high - low:.3f} is too wide: both must be drawn with the same pictures.")
    if not 0.75 < (high - low) / expected < 1.25:
        raise AssertionError(f"The width is {high - low:.4f}; the formula gives {expected:.4f}.")
    if not low < (one - two).mean() < high:
        raise AssertionError("The mean difference does not lie in your interval.")


# %% tags=["exercise-solution", "hide-cell"]
def difference_interval(first, second, draws=2000):
    differences = np.asarray(first) - np.asarray(second)
    n = len(differences)
    chosen = np.random.default_rng(0).integers(n, size=(draws, n))
    return tuple(np.quantile(differences[chosen].mean(axis=1), (0.025, 0.975)))


# %% [markdown]
# ### Exercise 3: all colors right, and every picture wrong
#
# The measure *colors* compares histograms of the whole set. Make pictures from the true ones that it finds perfect, with
# an overlap of 1 in lightness and both color axes, although no picture is its own true one and no house can be seen in
# any of them.
#
# <details><summary>Hint</summary>
#
# A histogram does not know where a pixel lies. `torch.randperm` gives an order; all three channels of a pixel must stay
# together.
#
# </details>

# %% tags=["exercise-setup"]
some = torch.cat([FacadeWorld(seed=0, size=64)[i].picture for i in range(3)])


# %% tags=["exercise-stub"]
def deceive(pictures):
    """Pictures (N, 3, H, W) with the histograms of the given ones, and without a house; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("A score can be perfect for confetti. So never report this one alone."):
    made = given(deceive(some))
    if made.shape != some.shape:
        raise AssertionError(f"Pictures of {tuple(some.shape)} are wanted, not of {tuple(made.shape)}.")
    common = metrics.pooled_intersection(made, some)
    if common.min() < 0.999:
        raise AssertionError(
            f"L, a and b have {common.round(3).tolist()} in common, not 1. Keep the channels of a pixel together."
        )
    if metrics.l1(made, some).min() < 0.05:
        raise AssertionError("One of the pictures is still near its true one.")
    if metrics.ssim(made, some).max() > 0.2:
        raise AssertionError("One can still see a house: SSIM is above 0.2.")


# %% tags=["exercise-solution", "hide-cell"]
def deceive(pictures):
    flat = pictures.flatten(2)
    order = torch.randperm(flat.shape[-1], generator=torch.Generator().manual_seed(0))
    return flat[..., order].view_as(pictures)


# %% [markdown]
# ## Have you understood it?

# %% tags=["remove-input"]
quiz("quizzes.toml", "02_measuring_pictures")
