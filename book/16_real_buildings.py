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
# # Real buildings, and the colors that you want
#
# Six drawings by hand, with strokes of color below the lines, and three answers to each: from `facade`, which the
# chapters before used and which has seen drawn houses only; from `house`, which has seen photographs, without the
# colors; and from `house` with them.

# %% tags=["hide-input"]
import os
from pathlib import Path

import numpy as np
import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt
from torch.nn.functional import avg_pool2d, relu, softplus

from s2s_helpers import zoo
from s2s_helpers.data.cmp_facades import COLORS
from s2s_helpers.data.facades import LABELS, FacadeWorld
from s2s_helpers.data.hint_samples import WITHOUT, hint
from s2s_helpers.data.hints import colored, read
from s2s_helpers.data.outlines import draw_outlines
from s2s_helpers.images import from_uint8, load_picture, resize
from s2s_helpers.losses.adversarial import discriminator_loss, generator_loss, matching_loss
from s2s_helpers.nets.patchgan import Pyramid, receptive_field
from s2s_helpers.nets.unet import with_hints
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.runs.shipped.house import HOUSE
from s2s_helpers.train.pix2pix import Pix2Pix
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests
DRAWINGS = Path("..") / "data" / "drawings"
NAMES = ("house", "row", "tower", "shop", "barn", "palace")


def sheet(rows, side=150):
    """Rows of pictures as one, on white."""
    small = [torch.cat([resize(x, (side, side)) for x in row], dim=3) for row in rows]
    return torch.cat(small, dim=2)


# %%
facade, house = SketchToStyle("facade"), SketchToStyle("house")
sketches = {name: load_picture(DRAWINGS / f"{name}.png", 256) for name in NAMES}
hints = {name: read(DRAWINGS / "colors" / f"{name}.png") for name in NAMES}

# %% mystnb={"figure": {"caption": "From the top: six drawings with their strokes of color; the answer of `facade`; the answer of `house` to the lines alone; the answer of `house` to lines and colors.", "name": "fig-16-answers"}, "image": {"alt": "A sheet of four rows and six columns: a house, a row of three houses, a tower, a shop, a barn and a palace. Below each drawing stand three pictures made of it: the first by the network for drawn houses, the other two by the network for photographs."}} tags=["hide-input"]
figure(
    sheet(
        [
            [colored(sketches[name], hints[name]) for name in NAMES],
            [facade.picture(sketches[name]) for name in NAMES],
            [house.picture(sketches[name]) for name in NAMES],
            [house.picture(sketches[name], hints[name]) for name in NAMES],
        ]
    )
)

# %% [markdown]
# The sky is a sky, walls have the light of photographs, and the strokes are heard. It is no photograph yet: small things
# stay vague, without colors the walls are gray, and a stroke shows where it was laid.
#
# :::{admonition} In this chapter
# **You will be able to** explain why the recipe of pix2pix stays smooth on photographs in so few steps; say what
# discriminators for several sizes, matched features and the hinge loss change; make drawings that look like those of
# people; and teach a network to obey colors.
#
# **You need** {doc}`05_cgan_objective`, {doc}`07_patchgan` and {doc}`08_training_and_inference`.
#
# **Study time**: an hour and a half, with the exercises; the cells run in about a minute on two cores, without a GPU.
# :::
#
# ## Two networks and what they saw
#
# * `cmp_facades` answers a *label map*, in which each part of a building front has its own color. It saw the 400 fronts
#   of the CMP data {cite:p}`tylecek2013` on which pix2pix was trained {cite:p}`isola2017`.
# * `house` answers a drawing, and takes colors if you give them. It saw these fronts too, and as many photographs of
#   houses from the street.
#
# Their cards tell how long, on what, and under which terms:

# %% tags=["hide-input"]
cards = {name: zoo.card(name) for name in ("cmp_facades", "house")}
lines = [
    "| network | million weights | steps | pictures in a step | hours on one core | data |",
    "| :--- | ---: | ---: | ---: | ---: | :--- |",
]
for name, card in cards.items():
    size = sum(p.numel() for p in zoo.load(name).parameters()) / 1e6
    hours = card["seconds"] / 3600
    lines.append(
        f"| `{name}` | {size:.1f} | {card['steps']:,} | {card['recipe']['batch']} | {hours:.1f} | {card['data']} |"
    )
Markdown("\n".join(lines))


# %% [markdown]
# pix2pix ran for 80,000 steps of one picture {cite:p}`isola2017`. So ours are short trainings, and what follows was chosen because it gets
# further in few steps.
#
# ## A discriminator for each size
#
# A `PatchGAN(70)` sees a window with its frame, in a picture of 256 pixels. It does not see whether three windows of one
# front are alike, or whether a roof ends. One with a larger field learns slowly, as {doc}`07_patchgan` showed. pix2pixHD
# {cite:p}`wang2018` keeps the small network and shrinks the picture instead: $D_1$ sees it as it is, $D_2$ at half the
# size, and so on to $D_K$. All are trained alike, and their losses are added:
#
# $$
# \mathcal{L}(D_1, \dots, D_K) = \sum_{k=1}^{K} \mathcal{L}(D_k),
# $$ (eq-16-scales)
#
# where $D_k$ sees sketch and picture at $1/2^{k-1}$ of their size. In plain PyTorch:

# %%
def scores_by_hand(nets, sketch, picture):
    """The scores of each discriminator, the first for the largest picture."""
    scores = []
    for net in nets:
        scores.append(net(sketch, picture))
        sketch, picture = avg_pool2d(sketch, 2), avg_pool2d(picture, 2)  # means of 2 x 2 pixels
    return scores


torch.manual_seed(0)
pyramid = Pyramid(2, receptive_field=70, base=16, norm="instance").eval()
pair = FacadeWorld(seed=0, size=256)[505]
with torch.no_grad():
    ours = scores_by_hand(pyramid.nets, pair.sketch, pair.picture)
    theirs = [seen[-1] for seen in pyramid.looks(pair.sketch, pair.picture)]
for k, (a, b) in enumerate(zip(ours, theirs, strict=True)):
    assert torch.equal(a, b)
    field = receptive_field(pyramid.nets[k]) * 2**k
    print(f"D_{k + 1}: {a.shape[-1]} x {a.shape[-1]} scores, each sees {field} pixels of the picture at full size")


# %% [markdown]
# ## Matching features
#
# *Feature matching* goes below the score, which is one number for a patch. The layers know more: what made the
# discriminator doubt. So let the generator make them the same for its picture as for the true one. Write $D_k^{(l)}$ for what layer $l$ of $D_k$
# gives, with $N_l$ numbers:
#
# $$
# \mathcal{L}_{\text{match}}(G) = \sum_{k=1}^{K} \sum_{l} \frac{1}{N_l} \big\lVert D_k^{(l)}(x, y) - D_k^{(l)}(x, \hat y) \big\rVert_1 .
# $$ (eq-16-match)
#
# It is a perceptual loss, as in {doc}`03_structured_losses`, whose loss network is the discriminator: it learns together
# with the generator, from this data alone. By hand, for one picture and a blurred one:

# %%
def match_by_hand(true, made):
    """The mean absolute difference of each layer but the scores, added up."""
    total = 0.0
    for seen, shown in zip(true, made, strict=True):
        for a, b in zip(seen[:-1], shown[:-1], strict=True):
            total = total + (a - b).abs().mean()
    return total


def blurred(x, factor):
    return resize(resize(x, (256 // factor, 256 // factor)), (256, 256)).clamp(0, 1)


with torch.no_grad():
    true = pyramid.looks(pair.sketch, pair.picture)
    for factor in (2, 4, 8):
        shown = pyramid.looks(pair.sketch, blurred(pair.picture, factor))
        by_hand, package = match_by_hand(true, shown).item(), matching_loss(shown, true).item()
        assert abs(by_hand - package) < 1e-5
        print(f"blurred {factor} times: {package:.3f}")

# %% [markdown]
# The more is gone, the larger is the loss, even in networks that have learned nothing yet. And unlike a score it tells
# in which direction the picture is wrong.
#
# ## The hinge
#
# With the loss of {doc}`05_cgan_objective` a discriminator never has enough: each patch pulls at it, however clear the
# case. The *hinge* loss {cite:p}`miyato2018` stops at a margin of 1. For the score $s$ of a true patch and $\hat s$ of
# a generated one,
#
# $$
# \ell_D = \max(0, 1 - s) + \max(0, 1 + \hat s), \qquad \ell_G = -\hat s .
# $$ (eq-16-hinge)

# %% mystnb={"figure": {"caption": "What a true patch costs the discriminator, and what a generated one costs the generator, by the score.", "name": "fig-16-hinge"}, "image": {"alt": "Two line plots over scores from minus 4 to 4. On the left the loss for a true patch: a smooth falling curve, a parabola with its lowest point at a score of 1, and a line that falls straight to zero there and stays. On the right the loss of the generator: the curve of the hinge is a straight line."}} tags=["hide-input"]
scores = torch.linspace(-4, 4, 81)
fig, axes = plt.subplots(1, 2, figsize=(7.2, 2.6), layout="constrained")
true_patch = {
    "non-saturating": softplus(-scores),
    "least-squares": (scores - 1).square() / 2,
    "hinge": relu(1 - scores),
}
for (kind, loss), style in zip(true_patch.items(), ("-", "--", "-."), strict=True):
    axes[0].plot(scores, loss, style, label=kind)
    axes[1].plot(scores, [generator_loss(s[None], kind) for s in scores], style, label=kind)
axes[0].set(xlabel="score of a true patch", ylabel="loss of D", ylim=(-0.5, 6))
axes[1].set(xlabel="score of a generated patch", ylabel="loss of G", ylim=(-4.5, 6))
axes[0].legend(frameon=False)
plt.show()

# %%
s, s_hat = torch.tensor([2.0, 0.25]), torch.tensor([-3.0, 0.5])
by_hand = relu(1 - s).mean() + relu(1 + s_hat).mean()
assert torch.isclose(by_hand, discriminator_loss(s, s_hat, "hinge"))
assert torch.isclose(-s_hat.mean(), generator_loss(s_hat, "hinge"))
print(f"by hand and by the package: {by_hand:.3f}")

# %% [markdown]
# So patches that are told apart clearly say nothing more, and the discriminator spends itself on those that are not.
# The generator's step is now:

# %% tags=["hide-input"]
source(Pix2Pix.adversarial, Pix2Pix.discriminate)


# %% [markdown]
# ## Label maps to fronts
#
# What did it bring? Here is `cmp_facades` on label maps of the drawn world, which has the same twelve classes. Not one
# of these fronts is a photograph, and none is in the data. Move the slider:

# %%
def as_cmp(labels):
    """A label map (1, H, W) in the colors of the CMP data."""
    table = torch.tensor([COLORS[name] for name in LABELS])
    return table[labels].permute(0, 3, 1, 2).float() / 255


cmp = SketchToStyle("cmp_facades")


def front(i):
    """A label map, and the front that is made of it"""
    labels = FacadeWorld(seed=0, size=256)[i].labels
    given = as_cmp(labels)
    return [("label map", resize(given, (200, 200))), ("front", resize(cmp.picture(given), (200, 200)))]


explore(front, quality=72, i=[501, 505, 508, 521] if FAST else [501, 505, 508, 512, 521, 537])

# %% [markdown]
# The table is of the test pairs of the CMP data, which no training saw. *L1* is the mean absolute difference from the
# true photo. *Kernel distance* compares the features of VGG-16 of all made pictures with those of all true ones, at two
# of its layers; its floor is the distance of one half of the true photos from the other.

# %% tags=["hide-input"]
card = cards["cmp_facades"]


def kernels(told, name):
    """The kernel distances at both layers, as cells of a table."""
    return " | ".join(f"{told[layer][name]:.3f}" for layer in ("relu3_3", "relu4_3"))


lines = ["| picture | L1 | kernel, relu3_3 | kernel, relu4_3 |", "| :--- | ---: | ---: | ---: |"]
lines.append(f"| made by `cmp_facades` | {card['scores']['generator']['L1']:.3f} | {kernels(card['kernel'], 'made')} |")
for key in ("mean picture", "nearest neighbor"):
    lines.append(f"| {key} of the training photos | {card['scores'][key]['L1']:.3f} | | |")
lines.append(f"| one half of the true photos from the other | | {kernels(card['kernel'], 'two halves')} |")
Markdown("\n".join(lines))

# %% [markdown]
# By L1 it is behind a gray blur: the mean of all training photos. So are the pictures of every GAN here, and
# {doc}`05_cgan_objective` shows why. A wall is somewhere between white and brown, and who decides for one pays for it.
# The kernel distance sees that they look like fronts, and that they are not yet as different from each other as photos
# are.
#
# {cite:t}`isola2017` print scores for street scenes, and none for facades, so there is no published row to put beside it.
#
# ## Drawings as people make them
#
# Nobody draws the edges of a photo. People draw things: a window is a box, with a cross in it. A network that has seen
# edges only is at a loss before such a drawing. But a label map knows the things. So a third of the drawings of fronts
# in the training of `house` are outlines of the parts of a label map, by the pencil of {doc}`01_sketches_and_pictures`.
# Others are the lines of `pencil`, thin edges and ink, and many are shaky, or not finished. One label map, by four
# hands:

# %% mystnb={"figure": {"caption": "A label map of the drawn world, and its outlines drawn four times.", "name": "fig-16-hands"}, "image": {"alt": "A colored label map of a building front, and four line drawings of it: boxes for windows, doors and moldings. The lines wobble, some windows have crossbars, some are hatched."}} tags=["hide-input"]
labels = FacadeWorld(seed=0, size=256)[508].labels
hands = [from_uint8(draw_outlines(labels[0].numpy().astype(np.uint8), np.random.default_rng(i))) for i in range(4)]
figure(sheet([[as_cmp(labels), *hands]], side=180))

# %% tags=["hide-input"]
source(draw_outlines)

# %% [markdown]
# ## A color and where
#
# A stroke of color is a *color hint*: here, this color. It enters the network as four more channels beside the drawing $x$. One
# says where there is a stroke, $m$, 1 there and 0 elsewhere; three have its color $c$, and nothing where there is none:
#
# $$
# G(x, m \cdot c, m) .
# $$ (eq-16-hints)

# %% tags=["hide-input"]
source(with_hints)

# %% [markdown]
# In training the strokes are taken from the true picture, so a wish is always one that can be met {cite:p}`zhang2017`.
# Many pictures have none, so the network must do without as well. A stroke is laid where it crosses few borders, since
# that is how people paint:

# %% tags=["hide-input"]
source(hint)

# %%
print(f"pictures without: {100 * WITHOUT:.0f} %; in the others 1 to {HOUSE.hints} strokes")


# %% [markdown]
# Wishes are added one by one. The drawing is that of the house above; the strokes are its own:

# %%
def strokes_of(name):
    """Each stroke of the colors of a drawing as hints of its own."""
    from skimage.measure import label

    (planes,) = hints[name]
    pieces = torch.from_numpy(label(planes[3].numpy() > 0))
    return [planes * (pieces == k) for k in range(1, int(pieces.max()) + 1)]


strokes = strokes_of("house")


def wishes(strokes_given):
    """The drawing with some of its colors, and the answer"""
    given = sum(strokes[:strokes_given], torch.zeros(4, 256, 256))[None]
    return [
        ("given", resize(colored(sketches["house"], given), (200, 200))),
        ("made", resize(house.picture(sketches["house"], given), (200, 200))),
    ]


explore(wishes, quality=72, strokes_given=[0, 1, 2, 4, len(strokes)])

# %% [markdown]
# How well are they heard? The table is of photos of houses that no training saw. HED {cite:p}`xie2015` drew the lines, and
# hints were taken from each photo. The columns compare the mean color of what was made with that of the photo, under the
# hint and a few pixels around it, by the color difference CIEDE2000, in which 1 can just be seen. *Reached* is the
# share of the hints whose color the picture has within 10.

# %% tags=["hide-input"]
lines = ["| hints in a picture | difference without them | with them | reached |", "| ---: | ---: | ---: | ---: |"]
for number, told in cards["house"]["hints"].items():
    lines.append(f"| {number} | {told['without']:.1f} | {told['with']:.1f} | {100 * told['reached']:.0f} % |")
Markdown("\n".join(lines))

# %% [markdown]
# And beside `photo`, the network of the chapters before, which saw photographs of everything, on the same drawings: those of
# HED, and ink that `house` did not see in its training.

# %% tags=["hide-input"]
card = cards["house"]
lines = ["| drawing, network | L1 | kernel, relu3_3 | kernel, relu4_3 |", "| :--- | ---: | ---: | ---: |"]
for name, scores in card["scores"].items():
    lines.append(
        f"| {name} | {scores['L1']:.3f} | {kernels({k: v[name] for k, v in card['kernel'].items()}, 'made')} |"
    )
first = {layer: next(iter(told.values())) for layer, told in card["kernel"].items()}
lines.append(f"| one half of the true photos from the other | | {kernels(first, 'two halves')} |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
for name in ("HED", "another hand"):
    less = {layer: 1 - told[f"{name}, house"]["made"] / told[f"{name}, photo"]["made"] for layer, told in card["kernel"].items()}
    print(f"{name}: house is nearer to the photos than photo is, by", ", ".join(f"{share:.0%} ({layer})" for layer, share in less.items()))

# %% [markdown]
# **`house` is nearer to the photographs, on both kinds of drawings and at both layers.** Its skies, lawns and walls have their
# colors. It is still far from them: two halves of the photographs lie next to each other. On HED's drawings its L1 is lower
# too. For ink it is not; that is the hand for which `photo` was trained. A hint is reached in four of five cases,
# or a little more, if there are several. A single one is heard less.
#
# ## What to take away
#
# * One small discriminator for each size of the picture sees details and the whole, and learns as fast as a small one.
# * The layers of the discriminator are a loss network that is made for the task.
# * The hinge lets the discriminator forget what it already knows.
# * A network knows the drawings that it was shown. Show it those that people make.
# * A wish is one more input. It is obeyed if in training it was always right.
#
# ## What the paper promises
#
# | the paper {cite:p}`wang2019` | here |
# | :--- | :--- |
# | its network will "greatly reduce the work of coloring" | without hints the colors are the network's own; with them they are yours, as far as the table of hints says |
# | a drawing becomes "an actual object image" | sky, walls, roofs and windows are told apart; small things are not |

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: what the third one sees
#
# A pyramid has three discriminators `PatchGAN(34)`. How many pixels of the picture at full size does a score of the
# third see, in a row?
#
# <details><summary>Hint</summary>
#
# The third sees the picture at a quarter of its size. How many pixels of the picture are one of its own?
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers import zoo
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.ui.exercises import attempt, given

drawing = FacadeWorld(seed=0, size=256)[505].sketch

# %% tags=["exercise-stub"]
sees = None  # your turn: pixels of the picture at full size

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Its field has 34 pixels, and each is the mean of 4 by 4 of the picture."):
    said = given(sees)
    if said == 34:
        raise AssertionError("34 pixels of its own, smaller picture. How many of the large one are that?")
    if said == 68:
        raise AssertionError("That is the second; the third sees a quarter of the size.")
    if said != 136:
        raise AssertionError(f"{said} is not the number of pixels.")

# %% tags=["exercise-solution", "hide-cell"]
sees = 34 * 2**2


# %% [markdown]
# ### Exercise 2: who still learns
#
# Write a function that says which share of the patches still gives the discriminator a gradient under the hinge loss
# {eq}`eq-16-hinge`, from the scores of true and of generated patches.
#
# <details><summary>Hint</summary>
#
# A true patch gives none if its score is larger than 1. And a generated one?
#
# </details>

# %% tags=["exercise-stub"]
def still_learned(true_scores, made_scores):
    """The share, from 0 to 1, of all patches of both kinds; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Late in a training most patches are clear, and the rest is what the discriminator learns from."):
    true_scores, made_scores = torch.tensor([2.0, 0.5, -1.0, 1.5]), torch.tensor([-2.0, -0.5])
    share = given(still_learned(true_scores, made_scores))
    if abs(float(share) - 1 / 3) < 1e-6:
        raise AssertionError("That looks like a single kind of patch, or like one side of the margin only.")
    if abs(float(share) - 0.5) > 1e-6:
        raise AssertionError(f"It is not {float(share):.2f}: two of the four true ones, and one of the two made ones.")


# %% tags=["exercise-solution", "hide-cell"]
def still_learned(true_scores, made_scores):
    learning = torch.cat([true_scores < 1, made_scores > -1])
    return learning.float().mean().item()


# %% [markdown]
# ### Exercise 3: a red door
#
# Ask `house` for a red door in `drawing`, a sketch of the drawn world. Make the hints: red of (0.8, 0.1, 0.1) in rows 200 to 226 and columns 112 to 134 of a
# picture of 256 by 256, and nothing elsewhere.
#
# <details><summary>Hint</summary>
#
# Begin with `torch.zeros(1, 4, 256, 256)`. The first three channels are the color, the fourth says where. Both must be set
# in the square, and only there.
#
# </details>

# %% tags=["exercise-stub"]
red_door = None  # your turn: hints (1, 4, 256, 256)

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Without the fourth channel the network does not know that black was not asked for everywhere."):
    asked = given(red_door)
    if tuple(asked.shape) != (1, 4, 256, 256):
        raise AssertionError(f"Hints are (1, 4, 256, 256), not {tuple(asked.shape)}.")
    square = asked[..., 200:226, 112:134]
    if not (square[:, 3] == 1).all():
        raise AssertionError("The fourth channel must be 1 in the whole square.")
    if asked[:, 3].sum() != 26 * 22:
        raise AssertionError("The fourth channel must be 0 outside of the square.")
    if not torch.allclose(square[:, :3].mean(dim=(0, 2, 3)), torch.tensor([0.8, 0.1, 0.1])):
        raise AssertionError("The color in the square is not the one that is asked for.")
    with torch.no_grad():
        plain, painted = (
            zoo.load("house")(drawing, x)[..., 200:226, 112:134].mean(dim=(0, 2, 3)) for x in (None, asked)
        )
    if painted[0] - painted[2] <= plain[0] - plain[2]:
        raise AssertionError("The door did not become redder.")

# %% tags=["exercise-solution", "hide-cell"]
red_door = torch.zeros(1, 4, 256, 256)
red_door[:, 0, 200:226, 112:134] = 0.8
red_door[:, 1:3, 200:226, 112:134] = 0.1
red_door[:, 3, 200:226, 112:134] = 1

# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "16_real_buildings")
