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
# # Any painting at once
#
# Four pictures that no training has met, and three photos painted in the style of each. Nothing was optimized: one
# network read the picture in the first column, and painted.

# %% tags=["hide-input"]
import os

import numpy as np
import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt
from skimage import data

from s2s_helpers import zoo
from s2s_helpers.data.styles import DRAWN, mosaic, stained_glass
from s2s_helpers.images import from_uint8, middle, resize
from s2s_helpers.losses.perceptual import gram_matrix, relative_error
from s2s_helpers.nets.any_style import AnyStyleNet
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.pipeline.controls import Controls, stylize
from s2s_helpers.train.any_style import AnyStyle
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests


def square(pixels, side):
    """The middle square of bytes (H, W, 3) as a picture of so many pixels a side."""
    x = from_uint8(pixels)
    return resize(middle(x, min(x.shape[-2:])), (side, side))


def beside(pictures, side=150):
    """Pictures in a row, each at the same size."""
    return torch.cat([resize(x, (side, side)) for x in pictures], dim=3)


# %%
looks = {
    "gravel": square(np.stack([data.gravel()] * 3, axis=-1), 384),
    "galaxies": square(data.hubble_deep_field(), 384),
    "panes": stained_glass(384, seed=4),
    "fans": mosaic(384, seed=7),
}
photos = [square(pixels, 256) for pixels in (data.coffee(), data.chelsea(), data.astronaut())]
chain = SketchToStyle(painter="any_style", paintings=looks)

# %% mystnb={"figure": {"caption": "From the left: what is read, and three photos painted in its style. From the top: gravel, far galaxies, panes of stained glass, fans of tiles. (Photos: CC0, and public domain; panes and fans are drawn by code.)", "name": "fig-17-answers"}, "image": {"alt": "A sheet of four rows and four columns. The first column shows the four pictures, the others a cup of coffee, a cat and an astronaut, painted in the colors and strokes of the picture at the left of their row."}} tags=["hide-input"]
figure(torch.cat([beside([look, *(chain.stylize(x, name) for x in photos)]) for name, look in looks.items()], dim=2))

# %% [markdown]
# Colors and strokes are those of the picture that was read. It need not be a painting.
#
# :::{admonition} In this chapter
# **You will be able to** make a function of a painting out of a table of styles; say what adaptive instance
# normalization takes over from a painting, and what it leaves; set strength and mixtures; and say how far such a
# network is behind one that has learned its style.
#
# **You need** {doc}`10_perceptual_losses` and {doc}`13_fast_style`.
#
# **Study time**: an hour, with the exercises; the cells run in about a minute on two cores, without a GPU.
# :::
#
# ## From a table to a function
#
# The painter of {doc}`13_fast_style` has a row of gains and shifts for each of its styles {eq}`eq-13-style`. A style
# that has no row cannot be painted. So let a second network write the row {cite:p}`ghiasi2017`. It reads the painting
# $y_s$ into a few numbers, its *embedding* $e$. All gains and shifts are linear in them:
#
# $$
# \gamma_c = a_c + \sum_k A_{ck}\, e_k(y_s), \qquad \beta_c = b_c + \sum_k B_{ck}\, e_k(y_s) .
# $$ (eq-17-embedding)
#
# What all paintings share is in $a$ and $b$. The convolutions are the same for all paintings, as before. In plain
# PyTorch, for the first norm of the network that comes with the package:

# %%
net = zoo.load("any_style")
with torch.no_grad():
    read = (net.statistics(looks["panes"]) - net.center) / net.spread  # of the painting, see below
    first, _, second = net.to_embedding
    e = torch.relu(read @ first.weight.T + first.bias) @ second.weight.T + second.bias
    table = net.c9.norm.weight  # a in the first row, A in the others
    gain = table[0] + e @ table[1:]
    told = net.embed(looks["panes"])
assert torch.allclose(gain, told @ table, atol=1e-4)
print(
    f"{e.shape[1]} numbers tell {sum(v.shape[1] for n, v in net.named_parameters() if 'norm.' in n):,} gains and shifts"
)

# %% tags=["hide-input"]
source(AnyStyleNet.embed)

# %% [markdown]
# ## What is read of a painting
#
# The style of a painting is in its Gram matrices {eq}`eq-10-gram`, and these have a hundred thousand numbers. Huang and
# Belongie found that much less will do {cite:p}`huang2017`: mean and standard deviation of each channel. Their
# *adaptive instance normalization* gives features of a photo $x$ those of the painting,
#
# $$
# \operatorname{AdaIN}(\psi, \psi_s) = \sigma(\psi_s)\, \frac{\psi - \mu(\psi)}{\sigma(\psi)} + \mu(\psi_s) ,
# $$ (eq-17-adain)
#
# where $\psi$ are the features of the photo at one layer, $\psi_s$ those of the painting, and $\mu$, $\sigma$ their
# mean and standard deviation, for each channel by itself. It is the instance norm {eq}`eq-13-instance`, whose gain and shift are not
# learned but measured. By hand, in a few lines:

# %%
pocket = zoo.loss_network("pocket")


def moments(features):
    """Mean and standard deviation of each channel of (1, C, H, W)."""
    return features.mean(dim=(2, 3), keepdim=True), features.std(dim=(2, 3), keepdim=True, correction=0) + 1e-5


def adain(features, of_painting):
    (mean, deviation), (their_mean, their_deviation) = moments(features), moments(of_painting)
    return their_deviation * (features - mean) / deviation + their_mean


with torch.no_grad():
    photo, painting = (pocket(x, STYLE_LAYERS) for x in (photos[0], looks["panes"]))
    moved = {layer: adain(photo[layer], painting[layer]) for layer in STYLE_LAYERS}
for layer in STYLE_LAYERS:
    for ours, theirs in zip(moments(moved[layer]), moments(painting[layer]), strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-2, atol=1e-2)
print("after it, mean and deviation of every channel are those of the painting")

# %% [markdown]
# How much of the style is that? The bars show the style loss of the photo at each layer {eq}`eq-10-style`, and what of
# it is left when its features have the mean and the deviation of the painting. What is left is in which channels occur
# *together*.

# %% mystnb={"figure": {"caption": "The style loss of a photo, relative to an empty picture, and what is left of it after AdaIN, at four layers of `pocket`; median over four paintings.", "name": "fig-17-left"}, "image": {"alt": "A bar chart with two bars for each of four layers. The second bar, after AdaIN, is a part of the first at every layer."}} tags=["hide-input"]
left = {layer: [] for layer in STYLE_LAYERS}
with torch.no_grad():
    for look in looks.values():
        theirs = pocket(look, STYLE_LAYERS)
        for layer in STYLE_LAYERS:
            target = gram_matrix(theirs[layer])
            kinds = photo[layer], adain(photo[layer], theirs[layer])
            left[layer].append([relative_error(gram_matrix(kind), target).item() for kind in kinds])
middles = torch.tensor([left[layer] for layer in STYLE_LAYERS]).median(dim=1).values
fig, axis = plt.subplots(figsize=(6.4, 2.6), layout="constrained")
places = torch.arange(len(STYLE_LAYERS))
axis.bar(places - 0.2, middles[:, 0], 0.38, label="the photo")
axis.bar(places + 0.2, middles[:, 1], 0.38, label="after AdaIN", hatch="//")
axis.set(xticks=places, xticklabels=STYLE_LAYERS, ylabel="relative style loss")
axis.legend(frameon=False, loc="upper center")
plt.show()

# %%
for layer, (before, after) in zip(STYLE_LAYERS, middles.tolist(), strict=True):
    print(f"{layer}: {100 * after / before:.0f} % of the style loss is left")

# %% [markdown]
# So at any one layer the two moments hold most of the style, by this measure. But features that were moved at four layers
# are not those of any picture, and a picture has to be found.
#
# Huang and Belongie do this at a single layer, deep in VGG-19, and train a decoder that makes a picture of the result.
# Our network takes the same numbers at four layers of `pocket`, as logarithms, and is free in what it makes of them: by
# {eq}`eq-17-embedding` they move the norms of all its layers. Why this way? It begins as the painter of
# {doc}`13_fast_style`, which paints already. In the beginning every painting gets the mean of its eight styles, and a little
# noise.

# %% tags=["hide-input"]
source(AnyStyleNet.statistics)

# %% [markdown]
# ## How it was trained
#
# Each photo of a batch meets a painting of its own. The objective is {eq}`eq-13-objective`, with the Gram matrices of
# that painting as the target.

# %% tags=["hide-input"]
source(AnyStyle.losses)

# %%
card = zoo.card("any_style")
print(
    f"{card['steps']:,} steps of {card['recipe']['batch']} photos and as many paintings, {card['seconds'] / 60:.0f} minutes"
)
print(card["data"])


# %% [markdown]
# Ghiasi et al. show it 80,000 paintings, and find that more paintings are what makes it general {cite:p}`ghiasi2017`. Ours saw a
# thousand, for a short time.
#
# ## Strength, and mixtures
#
# An embedding is a list of numbers, so paintings mix as the styles of a table do {eq}`eq-blend`. One of them may be the
# photo itself. Read as a painting it has its own style, and a share of it says how strong the other one is:
#
# $$
# e = \alpha\, e(y_s) + (1 - \alpha)\, e(x) .
# $$ (eq-17-strength)

# %%
def with_strength(painting, strength):
    """A cup of coffee in the style of a painting, more or less"""
    look = Controls({painting: 1}, strength=strength)
    return [
        ("read", resize(looks[painting], (200, 200))),
        ("made", stylize(chain, resize(photos[0], (200, 200)), look)),
    ]


explore(with_strength, quality=72, painting=list(looks)[: 2 if FAST else None], strength=[0.0, 0.35, 0.7, 1.0])

# %%
mixed = [
    stylize(chain, photos[1], Controls({"panes": 1 - share, "gravel": share})) for share in (0.0, 0.25, 0.5, 0.75, 1.0)
]

# %% mystnb={"figure": {"caption": "From panes to gravel, in four steps. (Photo of the cat: CC0.)", "name": "fig-17-mixtures"}, "image": {"alt": "A cat, painted five times: in red, blue and gold with dark outlines at the left, in the grays of stones at the right, and in between by degrees."}} tags=["hide-input"]
figure(beside(mixed))

# %% [markdown]
# ## How far behind is it?
#
# Twenty paintings by painters of whom no training picture was, and twenty photos, judged by the real VGG-16. The number is the objective
# {eq}`eq-13-objective`, less is better. The optimization of {doc}`12_gatys_lbfgs` begins with noise, and painted one
# photo in the style of each fourth painting.

# %% tags=["hide-input"]
median = card["scores"]["median"]
lines = ["| picture | objective |", "| :--- | ---: |"]
lines.append(f"| the photo as it is | {median['photo']:.2f} |")
for k in (20, 50, 100):
    lines.append(f"| the optimization, after {k} iterations | {median[f'after {k}']:.2f} |")
lines.append(f"| **`any_style`, at once** | **{median['objective']:.2f}** |")
Markdown("\n".join(lines))

# %%
worth = sorted(row["iterations"] for name, row in card["scores"].items() if "iterations" in row and name != "median")
print(card["protocol"])
print("it is worth so many iterations, in the style of five of the paintings:", ", ".join(f"{n:.0f}" for n in worth))

# %% [markdown]
# And beside the painter that has learned its styles? Three of them are drawn by code ({doc}`13_fast_style`); that painter
# was trained for them, and `any_style` sees them for the first time. The table has the style loss of two photos,
# relative to an empty picture, over four layers of `pocket`.

# %% tags=["hide-input"]
drawn = {name: draw(384) for name, draw in DRAWN.items()}
known, new = SketchToStyle(), SketchToStyle(painter="any_style", paintings=drawn)


def style_of(x, look):
    """The relative style loss of a picture, over the four layers."""
    with torch.no_grad():
        made, target = (
            {layer: gram_matrix(f) for layer, f in pocket(each, STYLE_LAYERS).items()} for each in (x, look)
        )
    return sum(relative_error(made[layer], target[layer]).item() for layer in STYLE_LAYERS)


rows = {}
for name, look in drawn.items():
    pictures = {"the photo": photos[:2]}
    pictures |= {"`painter`": [known.stylize(x, name) for x in photos[:2]]}
    pictures |= {"`any_style`": [new.stylize(x, name) for x in photos[:2]]}
    rows[name] = {way: sum(style_of(x, look) for x in made) / 2 for way, made in pictures.items()}
lines = [
    "| style | the photo | `painter`, trained for it | `any_style`, at first sight |",
    "| :--- | ---: | ---: | ---: |",
]
for name, row in rows.items():
    lines.append(f"| {name.replace('_', ' ')} | " + " | ".join(f"{value:.2f}" for value in row.values()) + " |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
between = all(row["`painter`"] < row["`any_style`"] < row["the photo"] for row in rows.values())
print(f"in all three it lies between the photo and the painter that knows the style: {between}")

# %% [markdown]
# So a painter for a style of your own is still worth its training, if you paint much in it. For a painting that you met
# today, read it.
#
# ```sh
# s2s stylize photo.jpg --style painting.jpg                      # at once
# s2s stylize photo.jpg --style painting.jpg --strength 0.6
# s2s stylize photo.jpg --style one.jpg=0.7,other.jpg=0.3
# s2s run drawing.png --style painting.jpg                        # the whole way, from a drawing
# s2s optimize photo.jpg painting.jpg                             # takes its time, and comes nearer
# ```
#
# ## What to take away
#
# * A style is a row of gains and shifts. A second network can write the row.
# * Mean and deviation of the channels hold most of the style, at each layer by itself. Which channels occur together is
#   not read.
# * Strength and mixtures are shares of embeddings.
# * A network for one style is nearer to it. A network for all needs no training for yours.
#
# ## What the paper promises
#
# | the paper {cite:p}`wang2019` | here |
# | :--- | :--- |
# | a network for each style, trained in hours | one network for every painting; how far it is behind says the table above |

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: the style of gray
#
# AdaIN {eq}`eq-17-adain` gives features the mean and the deviation of the features of a painting. A channel of a painting is 3 everywhere. What is
# that channel of the result, wherever you look?
#
# <details><summary>Hint</summary>
#
# What is the standard deviation of a channel that is the same everywhere?
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers.data.styles import mosaic, stained_glass
from s2s_helpers.ui.exercises import attempt, given

# %% tags=["exercise-stub"]
value = None  # your turn: a number

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Its deviation is 0, so nothing of the photo is left in that channel."):
    said = given(value)
    if said == 0:
        raise AssertionError("0 is what the photo adds. And the mean of the painting?")
    if said != 3:
        raise AssertionError(f"{said} is not what the equation gives with a deviation of 0.")

# %% tags=["exercise-solution", "hide-cell"]
value = 3


# %% [markdown]
# ### Exercise 2: by hand
#
# Write AdaIN for a batch of features (N, C, H, W) of photos, and as many of paintings (N, C, H', W'). Add 1e-5 to the deviation
# of the photos.
#
# <details><summary>Hint</summary>
#
# `x.mean(dim=(2, 3), keepdim=True)` and `x.std(dim=(2, 3), keepdim=True, correction=0)`.
#
# </details>

# %% tags=["exercise-stub"]
def adain_of(features, of_paintings):
    """Features with the mean and the deviation of those of paintings; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Each picture of the batch, and each channel, by itself."):
    torch.manual_seed(0)
    features, of_paintings = torch.randn(2, 3, 8, 8), 4 + 2 * torch.randn(2, 3, 6, 10)
    made = given(adain_of(features, of_paintings))
    if made.shape != features.shape:
        raise AssertionError(f"The result is {tuple(made.shape)}, and must be as large as the features of the photos.")
    if not torch.allclose(made.mean(dim=(2, 3)), of_paintings.mean(dim=(2, 3)), atol=1e-3):
        raise AssertionError("The means are not those of the paintings, channel by channel.")
    wanted = of_paintings.std(dim=(2, 3), correction=0)
    if not torch.allclose(made.std(dim=(2, 3), correction=0), wanted, atol=1e-3):
        raise AssertionError("The means are right, the deviations are not.")
    if torch.corrcoef(torch.stack([made[0, 0].flatten(), features[0, 0].flatten()]))[0, 1] < 0.999:
        raise AssertionError("Within a channel the photo must stay as it was, but for its mean and deviation.")


# %% tags=["exercise-solution", "hide-cell"]
def adain_of(features, of_paintings):
    def moments(x):
        return x.mean(dim=(2, 3), keepdim=True), x.std(dim=(2, 3), keepdim=True, correction=0)

    (mean, deviation), (their_mean, their_deviation) = moments(features), moments(of_paintings)
    return their_deviation * (features - mean) / (deviation + 1e-5) + their_mean


# %% [markdown]
# ### Exercise 3: half of two paintings
#
# `any_style` is a network as of {doc}`13_fast_style`: `net(picture, told)`, where `told` is what `net.embed` makes of a painting. Paint
# `photo` three parts like `tiles` and one part like `panes`.
#
# <details><summary>Hint</summary>
#
# Mix what `net.embed` gives, not the pictures. The shares must sum to 1.
#
# </details>

# %% tags=["exercise-setup"]
from skimage import data

from s2s_helpers import zoo
from s2s_helpers.images import from_uint8, middle, resize

net = zoo.load("any_style")
photo = resize(middle(from_uint8(data.coffee()), 400), (128, 128))
tiles, panes = mosaic(256, seed=7), stained_glass(256, seed=4)

# %% tags=["exercise-stub"]
painted = None  # your turn: a picture (1, 3, 128, 128)

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("What mixes are the gains and shifts, so the strokes mix too, and no tile shows through."):
    made = given(painted)
    if tuple(made.shape) != (1, 3, 128, 128):
        raise AssertionError(f"The picture is {tuple(made.shape)}, not (1, 3, 128, 128).")
    with torch.no_grad():
        ends = [net.embed(x) for x in (tiles, panes)]
        for share, words in ((1.0, "only the tiles"), (0.0, "only the panes"), (0.5, "half of each")):
            if torch.allclose(made, net(photo, share * ends[0] + (1 - share) * ends[1]), atol=1e-3):
                raise AssertionError(f"That is {words}.")
        right = net(photo, 0.75 * ends[0] + 0.25 * ends[1])
    if not torch.allclose(made, right, atol=1e-3):
        raise AssertionError("It is another mixture, or a mixture of pictures instead of embeddings.")

# %% tags=["exercise-solution", "hide-cell"]
with torch.no_grad():
    painted = net(photo, 0.75 * net.embed(tiles) + 0.25 * net.embed(panes))

# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "17_any_painting")
