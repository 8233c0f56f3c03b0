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
# # Live controls
#
# A painter chooses more than a style: how broad the brush is, whose colors to use, what to paint in which manner. All
# of this can be had from the network of {doc}`13_fast_style` without another training, and fast enough to turn a knob
# and look.

# %% tags=["hide-input"]
import os

os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars on the page

import json
import time
from pathlib import Path

import numpy as np
import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt
from skimage import data
from skimage.color import rgb2yiq, yiq2rgb

from s2s_helpers import zoo
from s2s_helpers.data.facades import LABELS, FacadeWorld
from s2s_helpers.data.sketches import Edges, edges
from s2s_helpers.data.styles import mosaic
from s2s_helpers.images import contact_sheet, from_uint8, middle, resize
from s2s_helpers.losses.perceptual import gram_matrix, perceptual_terms
from s2s_helpers.metrics import chroma_difference, edge_f1, mean_frequency, spectrum
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.transform import TransformNet
from s2s_helpers.pipeline import SketchToStyle, controls
from s2s_helpers.pipeline.coarse_to_fine import coarse_to_fine, with_lines
from s2s_helpers.pipeline.controls import FEATHER, Controls, load_mask, match_covariance, stylize
from s2s_helpers.pipeline.film import held
from s2s_helpers.pipeline.optical_flow import warping_error
from s2s_helpers.train.style import log_objective, weights_at_random
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.panel import panel
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # fewer pictures, for the tests
STYLES = ("starry_night", "the_scream", "great_wave", "mosaic")


def square(photo, size=256):
    """The middle of a photo of scikit-image, as a square."""
    x = from_uint8(photo)
    return resize(middle(x, min(x.shape[-2:])), (size, size))


def stored(name):
    """A file of measurements that a benchmark has written."""
    return json.loads(Path(f"../data/results/{name}.json").read_text(encoding="utf-8"))


# %%
chain = SketchToStyle()
cat, cup, astronaut = (square(photo()) for photo in (data.chelsea, data.coffee, data.astronaut))
pair = FacadeWorld(seed=0)[511]
sky = (pair.labels == LABELS.index("background")).float()[None]
person = load_mask("../data/masks/astronaut.png")

began = time.perf_counter()
rows = [
    [
        cat,
        stylize(chain, cat, Controls({"starry_night": 0.5, "mosaic": 0.5})),
        stylize(chain, cat, Controls({"mosaic": 1}, stroke=2)),
        stylize(chain, cat, Controls({"mosaic": 1}, colors="luminance")),
    ],
    [
        pair.picture,
        stylize(chain, pair.picture, Controls({"great_wave": 0.5, "the_scream": 0.5})),
        stylize(chain, pair.picture, Controls({"starry_night": 1}, stroke=2)),
        stylize(chain, pair.picture, Controls({"mosaic": 1}), [(sky, Controls({"starry_night": 1}, stroke=2))]),
    ],
    [
        astronaut,
        stylize(chain, astronaut, Controls({"the_scream": 1}, stroke=0.5)),
        stylize(chain, astronaut, Controls({"mosaic": 1}, stroke=0.5, colors="covariance")),
        stylize(
            chain,
            astronaut,
            Controls({"great_wave": 1}, stroke=2),
            [(person, Controls({"starry_night": 1}, stroke=0.5, colors="luminance"))],
        ),
    ],
]
print(f"nine paintings of 256x256 in {time.perf_counter() - began:.1f} s, {torch.get_num_threads()} thread(s)")

# %% mystnb={"figure": {"caption": "Left, the pictures: photos from scikit-image (chelsea by St\u00e9fan van der Walt, CC0; astronaut by NASA, public domain) and a drawn house. Cat: half starry night and half mosaic; broad tiles; tiles in the colors of the photo. House: half great wave and half scream; broad strokes of the starry night; a mosaic below a sky in broad strokes. Astronaut: fine strokes of the scream; a fine mosaic with the colors of the photo on the whole; a person in fine strokes and her own colors before a pale background in broad ones.", "name": "fig-15-result"}, "image": {"alt": "Three rows of four pictures: a cat's face, a house front at dusk and an astronaut, each as it is and painted in three ways that differ in mixture of styles, breadth of strokes, colors, and from region to region."}} tags=["hide-input"]
figure(contact_sheet([[resize(x, (184, 184)) for x in row] for row in rows]), quality=36)

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** say what half of one style and half of another is; make strokes broad or fine with a network
# that knows one size; keep the colors of a photo, in two senses; paint each part of a picture in its own way; use one
# network for all weights of its losses; paint large pictures and films; and say in numbers what each of these does.
#
# **You need** a look at {doc}`13_fast_style` and {doc}`14_cascade`.
#
# **Study time**: two hours, with the exercises; the cells run in about a minute on two cores, without a GPU.
# :::
#
# The same from the command line:
#
# ```sh
# s2s stylize photo.jpg --style starry_night=0.7,mosaic=0.3
# s2s stylize photo.jpg --style mosaic --stroke 2 --colors luminance
# s2s stylize photo.jpg --style mosaic --mask sky.png:great_wave
# s2s stylize photo.jpg --style mosaic --painter adjustable --style-weight 10 --tv-weight 0.3
# s2s stylize large.jpg --style mosaic --size 0 --detail
# s2s stylize film.mp4 --style mosaic
# ```
#
# A mask is a picture of the same shape, white where its style goes and black elsewhere. Any painting program makes one.
#
# ## One description, one function
#
# What is wished for stands in one small object, and one function paints it. Five fields are all that can be set, and a
# picture may have regions with fields of their own; each has a section below. Place, color and scale were first made
# controls for style transfer by optimization {cite:p}`gatys2017`.

# %% tags=["hide-input"]
source(Controls, stylize)

# %% tags=["nbval-check-output"]
plain = stylize(chain, cup, Controls({"mosaic": 1}))
print("nothing set is the plain painting:", torch.equal(plain, chain.stylize(cup, "mosaic")))
for wrong in ({"mosaic": 0.5}, {"mosaic": 1.5, "the_scream": -0.5}):
    try:
        Controls(wrong)
    except ValueError as error:
        print("ValueError:", error)

# %% [markdown]
# ## Between two styles
#
# The painter holds a gain and a shift of each norm for each style. Weights $w_s$ mix them {eq}`eq-13-style`. So a
# mixture is one pass and not two. Is it more than two paintings faded into each other? The style loss to the mosaic
# tells, as in {doc}`10_perceptual_losses`: the distance of the Gram matrices to those of the mosaic itself, relative to
# them, summed over four layers of `pocket`.

# %%
phi, tiles = zoo.loss_network("pocket"), mosaic(256)
shares = [0.0, 0.25, 0.5, 0.75, 1.0]


def grams(x):
    """The Gram matrices of a picture at the style layers."""
    return {layer: gram_matrix(features) for layer, features in phi(x, STYLE_LAYERS).items()}


def distance(x, goal=grams(tiles)):
    """How far the style of a picture is from that of the mosaic."""
    return sum((grams(x)[layer] - g).square().sum() / g.square().sum() for layer, g in goal.items()).item()


ends = [stylize(chain, cat, Controls({name: 1})) for name in ("starry_night", "mosaic")]
mixed = [stylize(chain, cat, Controls({"starry_night": 1 - share, "mosaic": share})) for share in shares]
faded = [torch.lerp(*ends, share) for share in shares]
curves = {"gains and shifts mixed": [distance(x) for x in mixed], "pictures faded": [distance(x) for x in faded]}

# %% mystnb={"figure": {"caption": "How far the cat is from the style of the mosaic, for a growing share of it.", "name": "fig-15-blend"}, "image": {"alt": "Two curves over the share of the mosaic, which fall for most of the way and meet at both ends. Between them the curve of mixed gains and shifts lies below that of faded pictures."}} tags=["hide-input"]
fig, axes = plt.subplots(figsize=(5.6, 2.6), layout="constrained")
for (name, values), mark in zip(curves.items(), ("o-", "s--"), strict=True):
    axes.plot(shares, values, mark, ms=4, label=name)
axes.set(xlabel="share of the mosaic", ylabel="style loss to the mosaic", xticks=shares)
axes.legend()
plt.show()

# %%
for share, a, b in zip(shares, *curves.values(), strict=True):
    print(f"share {share:.2f}: mixed {a:.2f}, faded {b:.2f}")

# %% tags=["nbval-check-output"]
between = list(zip(*curves.values(), strict=True))[1:-1]
print("between the ends the mixture is nearer to the mosaic than the fade:", all(a < b for a, b in between))

# %% [markdown]
# The ends are the same pictures. In between a fade shows each style at part of its contrast, and a Gram matrix goes
# with the square of the contrast: half and half is far from both. The mixture paints with its full contrast. Three
# quarters of the mosaic come as near to it as the whole, or nearer.
#
# ## The size of the strokes
#
# The network learned strokes of so many pixels, and paints them so on every picture: fine ones on a large picture,
# coarse ones on a small one. This is the cure as well. To have strokes $s$ times as large, paint the picture at $1/s$
# of its size and enlarge the painting. An enlarged painting is blurred, though, and the lines of the picture with it.
# So what the small canvas could not hold of the picture's lightness is added at the end. Let $D_s$ shrink a picture $s$
# times and $U_s$ enlarge it, let $\ell$ be the lightness, and $p = f_W(D_s\, x)$ the painting of the small canvas. The
# result is
#
# $$
# y = U_s\, p + (U_s\, g) \cdot \ell\big(x - U_s D_s\, x\big), \qquad s > 1 .
# $$ (eq-15-stroke)
#
# How much to add, $g$, differs from place to place. All of it, $g = 1$, would show details that the painting left out,
# and in a calm style broad strokes would then look finer than the learned ones. So we ask how the painting follows the
# picture: around each pixel of the canvas, with means and covariances over a window of nine by nine,
#
# $$
# g = \frac{\operatorname{cov}\big(\ell(p),\, \ell(D_s\, x)\big)}
# {\operatorname{var}\big(\ell(D_s\, x)\big) + \epsilon}
# $$ (eq-15-slope)
#
# is the slope of the straight line that gives the lightness of the painting from that of the picture. Along a contour
# it is large; in even parts $\epsilon$ makes it small. This is the guided filter {cite:p}`he2013`, with the picture as
# guide. For $s < 1$ the canvas is larger than the picture. Then nothing is missing, and nothing is added.

# %% tags=["hide-input"]
source(controls.with_strokes, controls.slope)

# %%
sizes = (0.5, 1.0, 2.0)
broad = {s: stylize(chain, cup, Controls({"mosaic": 1}, stroke=s)) for s in sizes}
small = resize(cup, (128, 128))
blurred = resize(chain.stylize(small, "mosaic"), (256, 256))  # the first term alone

# %% mystnb={"figure": {"caption": "Strokes of half the size, as learned, and of twice the size; right, twice the size without the second term. Photo: coffee, by Rachel Michetti, CC0.", "name": "fig-15-strokes"}, "image": {"alt": "A cup of coffee four times as a mosaic: of very small tiles; of small tiles; of tiles twice as large, with a sharp rim of the cup; and the same blurred."}} tags=["hide-input"]
figure(contact_sheet([[*broad.values(), blurred]], ["0.5", "1", "2", "2, without detail"]), quality=44)

# %% [markdown]
# The eye sees it at once. A number should see it too: the power spectrum of the lightness says how much of the picture
# is in waves of which length. The tiles of the mosaic are a hump in it, which the photo does not have; broader strokes
# move it to longer waves.

# %% mystnb={"figure": {"caption": "Where the paintings of the cup have their power, and where the photo has it.", "name": "fig-15-spectrum"}, "image": {"alt": "Four curves of the share of power over cycles per pixel, both on logarithmic axes. All fall; each painting has a hump that the photo lacks, that of the broad strokes at the lowest frequency, that of the fine ones at the highest."}} tags=["hide-input"]
fig, axes = plt.subplots(figsize=(6.2, 3), layout="constrained")
frequencies, shares_of_photo = spectrum(cup)
axes.loglog(frequencies[2:], shares_of_photo[0, 2:], color="0.7", label="the photo")
for s, line in zip(sizes, ("-", "--", "-."), strict=True):
    axes.loglog(frequencies[2:], spectrum(broad[s])[1][0, 2:], line, label=f"strokes {s:g}")
axes.set(xlabel="cycles per pixel", ylabel="share of the power", xticks=[0.02, 0.05, 0.1, 0.2, 0.5])
axes.set_xticklabels(["0.02", "0.05", "0.1", "0.2", "0.5"])
axes.legend()
plt.show()

# %% [markdown]
# One number for each painting is the center of its spectrum, and it falls for every style. Detail is told by the edges
# of the picture that are found again in the painting (F1, {doc}`02_measuring_pictures`); the second term brings
# some back:

# %%
pictures = [resize(x, (192, 192)) for x in (cup, pair.picture, cat, astronaut)][: 2 if FAST else 4]
free = {name: [chain.stylize(x, name) for x in pictures] for name in STYLES}  # nothing set
moved = {}  # style: center of the spectrum for each size
kept = {"as learned": [], "twice, without detail": [], "twice": []}
for name in STYLES:
    fine, double = ([stylize(chain, x, Controls({name: 1}, stroke=s)) for x in pictures] for s in (0.5, 2.0))
    soft = [resize(chain.stylize(resize(x, (96, 96)), name), (192, 192)) for x in pictures]
    moved[name] = torch.stack([mean_frequency(torch.cat(made)).mean() for made in (fine, free[name], double)])
    for words, made in zip(kept, (free[name], soft, double), strict=True):
        kept[words] += [edge_f1(y, edges(x, Edges(sigma=1.0)))[0] for x, y in zip(pictures, made, strict=True)]

# %% tags=["hide-input"]
lines = ["| style | strokes 0.5 | 1 | 2 |", "| :--- | ---: | ---: | ---: |"]
lines += [f"| {name.replace('_', ' ')} | " + " | ".join(f"{v:.3f}" for v in row) + " |" for name, row in moved.items()]
Markdown("\n".join([*lines, "", "*Center of the spectrum in cycles per pixel.*"]))

# %%
for words, values in kept.items():
    print(f"{words:22} edge F1 {np.mean(values):.3f}")

# %% tags=["nbval-check-output"]
falls = all(bool((row.diff() < 0).all()) for row in moved.values())
print("larger strokes move the spectrum down, for each style:", falls)
print("the detail brings edges back:", bool(np.mean(kept["twice"]) > np.mean(kept["twice, without detail"])))

# %% [markdown]
# ## The colors of the photo
#
# A style brings its colors along. Two ways lead back to those of the photo {cite:p}`gatys2016color`.
#
# **Lightness only.** A color is lightness $L$ and two axes $a$ and $b$, from green to red and from blue to yellow (CIE
# Lab). Take $L$ from the painting $y$ and the axes from the picture $x$, pixel by pixel:
#
# $$
# L(y') = L(y), \qquad a(y') = a(x), \qquad b(y') = b(x) .
# $$ (eq-15-luminance)
#
# Brush strokes are for the most part differences of lightness, so they stay. What goes is a stroke of blue beside one
# of yellow.
#
# **Mean and covariance.** Treat the colors of a picture as a cloud of points in RGB. Move the cloud of the painting,
# with mean $\mu_y$ and covariance $\Sigma_y$, by a linear map so that it gets mean $\mu_x$ and covariance $\Sigma_x$ of
# the picture:
#
# $$
# y' = A\,(y - \mu_y) + \mu_x, \qquad
# A = \Sigma_y^{-1/2} \big( \Sigma_y^{1/2}\, \Sigma_x\, \Sigma_y^{1/2} \big)^{1/2}\, \Sigma_y^{-1/2} .
# $$ (eq-15-covariance)
#
# Many matrices $A$ do that, for one may turn the cloud. This one moves the colors least {cite:p}`pitie2007`. Nothing is
# taken from the picture at the same place: the palette is the photo's, the strokes of different colors remain.

# %% tags=["hide-input"]
source(controls.luminance_only, controls._lightness_and_colors, controls.match_covariance, controls._moved)

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
cloud = (0.5 + 0.04 * torch.randn(1, 3, 64, 64)) * torch.tensor([0.6, 0.9, 1.1]).view(1, 3, 1, 1)
target = 0.5 + 0.25 * (cat - 0.5)  # pale, so that nothing has to be cut
after, wanted = (x[0].flatten(1) for x in (match_covariance(cloud, target), target))
print("the mean is that of the photo:", torch.allclose(after.mean(dim=1), wanted.mean(dim=1), atol=1e-3))
print("the covariance too:", torch.allclose(after.cov(), wanted.cov(), atol=1e-4))

# %%
ways = ("style", "luminance", "covariance")
colored = [
    [x, *(stylize(chain, x, Controls({name: 1}, colors=way)) for way in ways)]
    for x, name in ((cat, "starry_night"), (cup, "great_wave"), (pair.picture, "mosaic"))
]

# %% mystnb={"figure": {"caption": "Whose colors? The cat by the starry night, the cup by the great wave, the house by the mosaic. Photos: chelsea and coffee, CC0.", "name": "fig-15-colors"}, "image": {"alt": "Three rows of four pictures. A cat: as it is, in blue and yellow strokes, in strokes of its own browns at each place, and in a brown palette with strokes of several browns; a red cup and a house likewise."}} tags=["hide-input"]
figure(contact_sheet([[resize(x, (168, 168)) for x in row] for row in colored], ["picture", *ways]), quality=42)


# %% [markdown]
# How far are the colors from those of the photo? The mean distance in $a$ and $b$ tells, where 2 is just visible:

# %%
def unlike(way, name):
    """The mean distance to the colors of the pictures after ``way``, for one style."""
    return np.mean([chroma_difference(way(y, x), x)[0] for x, y in zip(pictures, free[name], strict=True)])


functions = (lambda y, x: y, controls.luminance_only, match_covariance)
apart = {name: [unlike(f, name) for f in functions] for name in STYLES}

# %% tags=["hide-input"]
lines = ["| style | its own colors | luminance | covariance |", "| :--- | ---: | ---: | ---: |"]
lines += [f"| {name.replace('_', ' ')} | " + " | ".join(f"{v:.1f}" for v in row) + " |" for name, row in apart.items()]
means = np.mean(list(apart.values()), axis=0)
lines += ["| *mean* | " + " | ".join(f"{v:.1f}" for v in means) + " |"]
Markdown("\n".join([*lines, "", "*Mean distance to the colors of the picture, in a and b.*"]))

# %% tags=["nbval-check-output"]
print("luminance: a tenth at most, for each style:", all(row[1] <= 0.1 * row[0] for row in apart.values()))
print("covariance: nearer than the style's colors:", all(row[2] < row[0] for row in apart.values()))


# %% [markdown]
# `luminance` is not exactly zero: no screen shows a deep red as light as white, and what cannot be shown is cut. The
# original proposal splits colors in YIQ, the space of old television. It is a linear map of the RGB values and easier
# to compute, but its Y is not quite what the eye calls lightness, and more has to be cut:

# %%
def by_yiq(made, picture):
    """Y of the painting, I and Q of the picture."""
    light, colors = (rgb2yiq(x[0].permute(1, 2, 0).numpy()) for x in (made, picture))
    colors[..., 0] = light[..., 0]
    return torch.from_numpy(yiq2rgb(colors)).permute(2, 0, 1)[None].float().clamp(0, 1)


for space, f in {"Lab": controls.luminance_only, "YIQ": by_yiq}.items():
    left = [100 * unlike(f, name) / row[0] for name, row in apart.items()]
    print(f"{space}: {np.mean(left):.1f} % of the difference to the photo's colors is left; at worst {max(left):.1f} %")

# %% [markdown]
# ## Each part in its own way
#
# The wish at the end of the paper is to "imitate different painter strokes and for buildings and characters adapt to
# different parameters" {cite:p}`wang2019`. A mask says where the buildings are and where the characters. Where it comes
# from is another question. The drawn world knows what each pixel shows; for a photo somebody paints the mask, or a
# network for segmentation does.
#
# Let $m$ be 1 in the region and 0 elsewhere, $y_A$ and $y_B$ the paintings by the controls outside and inside:
#
# $$
# y = (1 - \bar m)\, y_A + \bar m\, y_B ,
# $$ (eq-15-region)
#
# where $\bar m$ is the mean of $m$ over a square of nine by nine pixels, so that nobody sees a cut. The two paintings
# may differ in everything: styles, strokes, colors.

# %% tags=["hide-input"]
source(controls.box_mean)

# %% [markdown]
# *Why two paintings?* One pass could do, if gain and shift of each norm differed from place to place: strokes would
# flow across the border. That was tried, too. But a norm takes its mean and deviation over the whole picture, so what
# is painted at one place changes all others. The table shows how far a picture with a disc in another style is from the
# painting that should be there, by the distance from the border:

# %% tags=["hide-input"]
trial = stored("masks")
rings = trial["pixels from the border, or more"]
lines = ["| pixels from the border, or more | " + " | ".join(map(str, rings)) + " |"]
lines += ["| :--- " + "| ---: " * len(rings) + "|"]
lines += [f"| {name} | " + " | ".join(f"{v:.3f}" for v in row) + " |" for name, row in trial["difference"].items()]
Markdown("\n".join([*lines, "", f"*`{trial['command']}`, {trial['machine']}, {trial['date']}*"]))

# %% [markdown]
# In one pass a good part of the whole difference of the two styles is left even far inside. Two paintings cost twice
# the time, and are exact beyond the feather. Here is the proof for the house and its sky:

# %% tags=["nbval-check-output"]
walls, air = Controls({"mosaic": 1}), Controls({"starry_night": 1}, stroke=2)
outside, inside = (stylize(chain, pair.picture, each) for each in (walls, air))
both = stylize(chain, pair.picture, walls, [(sky, air)])
near = torch.nn.functional.max_pool2d(torch.cat([sky, 1 - sky]), 2 * FEATHER + 1, stride=1, padding=FEATHER)
far = {"in the sky": near[1:] == 0, "in the house": near[:1] == 0}
for (name, where), right in zip(far.items(), (inside, outside), strict=True):
    equal = bool(((both - right).abs() * where).max() < 1e-5)
    print(f"{name}, more than {FEATHER} pixels from the border, equal:", equal)

# %% mystnb={"figure": {"caption": "The mask of the sky, from the labels; the house as a mosaic under the starry night; the border magnified.", "name": "fig-15-region"}, "image": {"alt": "Left, a black house on white. Middle, the house of small tiles below a sky of broad blue strokes. Right, a gable enlarged: the tiles end at the edge of the roof."}} tags=["hide-input"]
gable = resize(both[..., 10:90, 50:130], (256, 256))
figure(contact_sheet([[sky.expand(-1, 3, -1, -1), both, gable]], ["mask", "two styles", "border"]), quality=50)

# %% [markdown]
# And the characters? Faces suffer most from broad strokes. Here the background is painted with strokes of twice the
# size, and the astronaut with half. Edges of the photo that are found again, for her and for the rest:

# %%
hers = (controls.fitted(person, (256, 256)) > 0.5).float()


def found(made, where):
    """Edge F1 with the photo, in the part of the picture where ``where`` is 1."""
    return edge_f1(made * where, edges(astronaut * where, Edges(sigma=1.0)))[0]


scores = {}
for name in STYLES[::3] if FAST else STYLES:
    coarse, fine = Controls({name: 1}, stroke=2), Controls({name: 1}, stroke=0.5)
    plans = {"broad everywhere": [], "fine in the person": [(person, fine)]}
    for words, regions in plans.items():
        made = stylize(chain, astronaut, coarse, regions)
        scores.setdefault(words, []).append((found(made, hers), found(made, 1 - hers)))
scores = {words: np.mean(values, axis=0) for words, values in scores.items()}
for words, (her, rest) in scores.items():
    print(f"{words:20} person {her:.3f}, rest {rest:.3f}")

# %% tags=["nbval-check-output"]
gain = scores["fine in the person"] - scores["broad everywhere"]
print("the person keeps more of her edges:", bool(gain[0] > 0.01))
print("the rest about the same:", bool(abs(gain[1]) < 0.02))

# %% [markdown]
# ## The weights of the losses
#
# How much style, how much of the photo? In {doc}`13_fast_style` this is decided before the training, by the weights of
# {eq}`eq-13-objective`, and who wants another answer trains another network. Which weights to take is what people ask
# most about every program of this kind.
#
# There is a way out: give the weights to the network as an input, and draw them anew for each picture of the training
# {cite:p}`dosovitskiy2020,babaeizadeh2020`. Only ratios matter, so with content, style and variation weighted by
# $\lambda_c, \lambda_s, \lambda_{tv}$ the network is told two numbers, the logarithms of $\lambda_s / \lambda_c$ and
# $\lambda_{tv} / \lambda_c$. A small perceptron $h$ turns them and the style $w$ into 32 features, and gain and shift of
# each norm are
#
# $$
# \gamma = w\, \Gamma + h(w, \lambda)\, \Gamma', \qquad \beta = w\, B + h(w, \lambda)\, B' .
# $$ (eq-15-condition)
#
# $\Gamma$ and $B$ have a row for each style, as before {eq}`eq-13-style`; $\Gamma'$ and $B'$ have one for each feature and
# begin at zero. So the training begins with the painter, which knows one setting, and all others grow from there.
#
# If each picture has its own weights, what should be minimized? The sum of objectives would be ruled by those with large
# weights. Their logarithm treats a tenth less as the same gain everywhere:
#
# $$
# \min_\theta \; \mathbb{E}_{x,\, w,\, \lambda} \, \log\!\big( \lambda_c \ell_{content} + \lambda_s \ell_{style}
# + \lambda_{tv} \ell_{tv} + \ell_{grid} \big) .
# $$ (eq-15-log)

# %% tags=["hide-input"]
source(TransformNet.condition, weights_at_random, log_objective)

# %%
knobs = SketchToStyle(painter="adjustable")


def weighted(style_weight, tv_weight):
    """A cup of coffee in the manner of the starry night"""
    return resize(stylize(knobs, cup, Controls({"starry_night": 1}, style_weight=style_weight, tv_weight=tv_weight)), (144, 144))


sliders = {"style_weight": [0.3, 1.0, 3.0, 10.0, 30.0], "tv_weight": [0.01, 1.0]}
explore(weighted, quality=34, live="network adjustable", begin={"style_weight": 3.0}, **sliders)

# %% [markdown]
# In JupyterLab these sliders stop anywhere and each picture is painted when you ask for it; on this page they walk
# through ten that were painted before. And on {doc}`try_it` they are live without any server.
#
# One network for one setting is a point: so much of the content lost, so near to the style. This one is a curve. Here are
# both for the cup and the astronaut, with the features of `pocket`, a part of VGG-16, which taught both. The point is
# `painter`:

# %%
goal = phi(mosaic(384), STYLE_LAYERS)  # as large as the training had it
wanted = {layer: gram_matrix(features) for layer, features in goal.items()}


def lost(net_chain, **weights):
    """Means of the content and the style term over two photos, painted as a mosaic; each relative to its target."""
    rows = []
    for x in (cup, astronaut):
        made = stylize(net_chain, x, Controls({"mosaic": 1}, **weights))
        terms = perceptual_terms(made, phi(made, STYLE_LAYERS), phi(x, ["relu3_3"]), wanted, relative=True)
        rows.append([terms["content"].item(), terms["style"].item()])
    return np.mean(rows, axis=0)


walk = (0.3, 1.0, 3.0, 10.0, 30.0)
curve = np.array([lost(knobs, style_weight=weight) for weight in walk])
point = lost(chain)

# %% mystnb={"figure": {"caption": "What is lost of the content, and how far the style is, for style weights from 0.3 to 30: one network. The square is the painter, trained for a weight of 3.", "name": "fig-15-weights"}, "image": {"alt": "A falling curve of five points from the upper left, little content lost and far from the style, to the lower right. A single square lies close to the curve, near its middle point."}} tags=["hide-input"]
fig, axes = plt.subplots(figsize=(5.6, 2.8), layout="constrained")
axes.plot(*curve.T, "o-", ms=4, label="adjustable")
for weight, place in zip(walk, curve, strict=True):
    axes.annotate(f"{weight:g}", place, textcoords="offset points", xytext=(5, 4))
axes.plot(*point, "s", label="painter")
axes.set(xlabel="content lost", ylabel="distance from the style")
axes.legend()
plt.show()

# %% tags=["nbval-check-output"]
print("more weight of the style, less of the content is left:", bool((np.diff(curve[:, 0]) > 0).all()))
print("and nearer to the style:", bool((np.diff(curve[:, 1]) < 0).all()))

# %% [markdown]
# Does one network for all do as well as one for each? Five networks were trained for one setting each, from the same
# start. Here is the objective of each setting, for them, for an adjustable network, and for the painter with which all of
# them began, which was trained for yet another setting. This was measured with the painter before today's, and the
# adjustable network that began with it; the weights lay around 1 for the style and 0.5 for the variation:

# %% tags=["hide-input"]
against = stored("adjustable")
lines = ["| style weight | TV weight | dedicated | adjustable | ratio | painter before |", "| ---: " * 6 + "|"]
for row in against["settings"]:
    ways = [row[way]["objective"] for way in ("dedicated", "adjustable", "painter")]
    asked = f"{row['weights']['style']:g} | {row['weights']['tv']:g}"
    lines.append(f"| {asked} | {ways[0]:.3f} | {ways[1]:.3f} | {row['ratio']:.3f} | {ways[2]:.3f} |")
note = f"*`{against['command']}`: {against['protocol']}. {against['machine']}, {against['date']}*"
Markdown("\n".join([*lines, "", note]))

# %% tags=["nbval-check-output"]
ratios = [row["ratio"] for row in against["settings"]]
print("within 10 % of the dedicated network, at every setting:", max(ratios) < 1.1)
better = all(row["adjustable"]["objective"] < row["painter"]["objective"] for row in against["settings"])
print("nearer than the painter before, at every setting:", better)

# %% [markdown]
# ## Your turn at the knobs
#
# In JupyterLab (`make lab`) this is a panel for all of it; every change is painted at once. On this page a slider walks
# through pictures that were painted before.

# %%
desk = panel(
    knobs,
    resize(astronaut, (160, 160)),
    {"the person": person, "the background": 1 - person},
    alt="an astronaut, painted",
    quality=31,
    stroke=[0.5, 1.0, 2.0],
    colors=["style", "luminance", "covariance"],
)

# %% [markdown]
# ## Large pictures
#
# A pass through the network needs about 400 bytes for each pixel. A picture of 8000 by 6000 would need 19 GB.
# Convolutions look only a few pixels far, so they can go over a picture in strips that overlap a little. The norm
# cannot: its mean and deviation are those of the whole picture. So the package goes layer by layer. Each layer passes
# over all strips and sums up; what it made waits on the disk; the next layer normalizes when it reads
# {eq}`eq-13-instance`. Above four million pixels this happens by itself, and `--tile ROWS` sets how high a strip is. It
# must give the same picture:

# %% tags=["nbval-check-output"]
strips = SketchToStyle(strip=32).stylize(cat, "mosaic")
whole = chain.stylize(cat, "mosaic")
alone = torch.cat([chain.stylize(part, "mosaic") for part in cat.split(32, dim=2)], dim=2)
print(f"8000 x 6000 pixels of 400 bytes: {8000 * 6000 * 400 / 1e9:.0f} GB")
print("in strips as at once, within 2/255:", bool((strips - whole).abs().max() <= 2 / 255))
print("each strip by itself, within 2/255:", bool((alone - whole).abs().max() <= 2 / 255))

# %% mystnb={"figure": {"caption": "Left, the cat in strips with shared mean and deviation. Right, each strip painted by itself. Photo: chelsea, CC0.", "name": "fig-15-strips"}, "image": {"alt": "Two mosaics of a cat. The left one is even; the right one has eight level bands that differ in contrast and color."}} tags=["hide-input"]
figure(contact_sheet([[strips, alone]], ["shared", "by itself"]), quality=42)

# %% [markdown]
# Measured by the operating system, for a photo enlarged, with the painter before today's. Today's has more channels, and
# needs more memory, disk and time in their ratio ({doc}`13_fast_style` measures the time):

# %% tags=["hide-input"]
sizes = stored("large")
lines = ["| size | most memory | on the disk | time of the processor |", "| :--- | ---: | ---: | ---: |"]
for size, row in sizes["sizes"].items():
    took = f"{row['seconds of the processor']} s"
    lines.append(f"| {size} | {row['peak GiB']:.2f} GiB | {row['GB on the disk']:.2f} GB | {took} |")
Markdown("\n".join([*lines, "", f"*`{sizes['command']}`, {sizes['machine']}, {sizes['date']}*"]))

# %% tags=["nbval-check-output"]
print("8000x6000 within 3 GiB:", sizes["sizes"]["8000x6000"]["peak GiB"] < 3)

# %% [markdown]
# Another thing happens to large pictures. The strokes keep their number of pixels, so in a large picture they are small
# beside what it shows, and the painting looks like a photo with a texture on it. `--detail` paints twice, coarse and
# then fine. Let $D$ and $U$ be the same as above with $s = 4$, and let $d$ add to a picture the lightness that $D$ loses
# of $x$, which is $\ell(x - U D\, x)$:
#
# $$
# y = d\Big( f_W\big( d\big( U f_W(D\, x) \big) \big) \Big) .
# $$ (eq-15-detail)
#
# The large strokes of the first painting become the content of the second.

# %% tags=["hide-input"]
source(coarse_to_fine, with_lines)

# %%
large = FacadeWorld(seed=0, size=1024)[511].picture[..., 800 if FAST else 480 :, :]
once = chain.stylize(large, "mosaic")
twice = coarse_to_fine(lambda x: chain.stylize(x, "mosaic"), large)

# %% mystnb={"figure": {"caption": "From a drawn street of 1024 by 544 pixels: painted at once, and coarse to fine.", "name": "fig-15-detail"}, "image": {"alt": "Two mosaics of a door and windows. The left one has fine even tiles everywhere; the right one has patches of color as large as a window pane, and small tiles over them."}} tags=["hide-input"]
parts = [resize(x[..., 60:640], (300, 320)) for x in (once, twice)]
figure(contact_sheet([parts], ["at once", "coarse to fine"]), quality=45)


# %% [markdown]
# Is it nearer to the style? The style loss to the mosaic, as above, of the paintings as they are and at half and a quarter
# of their size, where one sees what a large picture is like from some steps away. And are the lines still there?

# %%
def smaller(x, times):
    """A picture at a part of its height and width."""
    return resize(x, (x.shape[-2] // times, x.shape[-1] // times))


judged = {}
for words, made in {"at once": once, "coarse to fine": twice}.items():
    lines_kept = edge_f1(made, edges(large, Edges(sigma=1.0)))[0]
    judged[words] = [lines_kept, *(distance(smaller(made, times)) for times in (1, 2, 4))]
    print(f"{words:14} edge F1 {lines_kept:.2f}; style", ", ".join(f"{value:.2f}" for value in judged[words][1:]))

# %% tags=["nbval-check-output"]
pairs = list(zip(judged["at once"], judged["coarse to fine"], strict=True))
print("nearer to the style at half and at a quarter of the size:", all(after < before for before, after in pairs[2:]))
print("the lines are still there:", bool(pairs[0][1] > pairs[0][0] - 0.05))

# %% [markdown]
# Ten photos of 1024 pixels, starry night, and two simpler ways beside it: one painting at half the size first, and one
# small painting with the lines of the picture laid over it. `pocket` and the real VGG-16 judge the style, by four layers.
# Means; of the edges more is better, of the rest less:

# %% tags=["hide-input"]
ways = stored("detail")
names = list(next(iter(ways["methods"].values())))
lines = ["| | " + " | ".join(names) + " |", "| :--- " + "| ---: " * len(names) + "|"]
for way, row in ways["methods"].items():
    lines.append(f"| {way} | " + " | ".join(f"{row[name]:.3g}" for name in names) + " |")
Markdown("\n".join([*lines, "", f"*`{ways['command']}`, {ways['machine']}, {ways['date']}*"]))

# %% tags=["nbval-check-output"]
plain_way, fine_way = ways["methods"]["at once"], ways["methods"]["coarse to fine"]
print("at half the size the style is nearer:", fine_way["style by VGG-16, half the size"] < plain_way["style by VGG-16, half the size"])
print("at full size too, by VGG-16:", fine_way["style by VGG-16"] < plain_way["style by VGG-16"])
print("more of the edges:", fine_way["edge F1"] > plain_way["edge F1"])

# %% [markdown]
# So it brings strokes that are large beside the picture, and these only by little: today's painter lays large strokes by
# itself. At full size one pass is nearer to the style, and of the edges it keeps about as many. Who wants the style at half
# the size paints half the size first.
#
# ## Films
#
# A folder of pictures is painted one after the other, and goes on where it was stopped: `s2s stylize FOLDER`. A film is
# more than its frames. The network paints each anew; a little noise in the camera, and the strokes are set elsewhere.
# The film flickers. How much? Let $m$ move the painting $y_{t-1}$ of one frame to where its points are in the next.
# What then differs is the *warping error*:
#
# $$
# F = \operatorname{mean} \big| y_t - m(y_{t-1}) \big| .
# $$ (eq-15-warping-error)
#
# The simplest remedy is to hold what was seen before. With $h$ between 0 and 1, and $c$ telling for each pixel how
# surely it shows the same point as before, the new painting $p_t$ is drawn towards the old one:
#
# $$
# y_t = p_t + h\, c\, \big( m(y_{t-1}) - p_t \big) .
# $$ (eq-15-hold)
#
# The motion $m$ is found in the frames themselves (optical flow). Live, a pan over the cup with the noise of a camera:

# %%
random = torch.Generator().manual_seed(0)
frames = [cup[..., 20:180, 3 * t : 3 * t + 200] for t in range(4)]
frames = [(x + 0.02 * torch.randn(x.shape, generator=random)).clamp(0, 1) for x in frames]
free_frames = [chain.stylize(x, "mosaic") for x in frames]
held_frames = free_frames[:1]
for before, now, made in zip(frames, frames[1:], free_frames[1:], strict=False):
    held_frames.append(held(made, held_frames[-1], before, now))
true_motion = torch.tensor([3.0, 0.0]).view(1, 2, 1, 1).expand(1, 2, 160, 200)
errors = {}
for words, shown in {"the film": frames, "painted": free_frames, "painted and held": held_frames}.items():
    errors[words] = np.mean([warping_error(a, b, true_motion) for a, b in zip(shown, shown[1:], strict=False)])
    print(f"{words:17} warping error {errors[words]:.4f}")

# %% tags=["nbval-check-output"]
print("painting adds flicker:", bool(errors["painted"] > errors["the film"]))
print("holding takes a third away at least:", bool(errors["painted and held"] < 2 / 3 * errors["painted"]))

# %% [markdown]
# Longer pans, with the painter before today's, several values of $h$, two styles each. Sharpness is that of the last
# frame relative to the one that is not held: what is held long becomes soft.

# %% tags=["hide-input"]
film = stored("film")
pans = film["pans"]


def over_styles(pan, hold, score):
    """The mean of a score over the styles that were painted."""
    return np.mean([row[score] for name, row in pans[pan].items() if name.endswith(f"hold {hold}")])


lines = ["| pixels a frame | " + " | ".join(f"{pan}: warping error | sharpness" for pan in pans) + " |"]
lines.append("| :--- " + "| ---: " * (2 * len(pans)) + "|")
still = [f"{found['the film itself']['warping_error']:.3f} | " for found in pans.values()]
lines.append("| the film | " + " | ".join(still) + " |")
for hold in sorted({name.split("hold ")[1] for name in pans["still"] if "hold" in name}):
    pairs = [f"{over_styles(pan, hold, 'warping_error'):.3f} | {over_styles(pan, hold, 'sharpness'):.2f}" for pan in pans]
    lines.append(f"| painted, $h$ = {hold} | " + " | ".join(pairs) + " |")
Markdown("\n".join([*lines, "", f"*`{film['command']}`, {film['machine']}, {film['date']}*"]))

# %% [markdown]
# ## What to take away
#
# * A mixture of gains and shifts is a style of its own. Faded pictures are two pictures.
# * A network paints strokes of so many pixels. Change the canvas, not the network.
# * Enlarging blurs. Give back what the small canvas could not hold, as strongly as the painting follows the picture.
# * Say which colors you mean: of each pixel, or of the palette. They are two different controls.
# * A norm over the whole picture ties all its parts together. Who wants parts to be free paints them by themselves; who
#   wants to cut a picture to strips must share what the norm has seen.
# * Frames are not a film. Hold what was seen before.
#
# ## The paper's claims beside our measurements

# %% tags=["hide-input"]
octave = moved["mosaic"][0] / moved["mosaic"][2]
(plainly, before), (coarse, after) = (row[::2] for row in (judged["at once"][:3], judged["coarse to fine"][:3]))
claims = {
    'a wish: "you can add more detail extraction to the network"': (
        f"coarse to fine: edge F1 {coarse:.2f} instead of {plainly:.2f}, style loss at half the size {after:.2f} "
        f"instead of {before:.2f}, for one picture of 1024 by {large.shape[-2]}",
        "large strokes and fine lines, with the network as it is",
    ),
    'a wish: "imitate different painter strokes"': (
        "the size of strokes is a number from 0.25 to 4; from 0.5 to 2 the center of the mosaic's spectrum "
        f"falls {octave:.1f} times",
        "size yes, at no cost in training; the shape of strokes belongs to the style",
    ),
    'a wish: "for buildings and characters adapt to different parameters"': (
        "each region has its own styles, strokes and colors; fine strokes in a person raise her edge F1 from "
        f"{scores['broad everywhere'][0]:.2f} to {scores['fine in the person'][0]:.2f} and leave the rest",
        "possible, given a mask",
    ),
}
lines = ["| the paper | here | verdict |", "| :--- | :--- | :--- |"]
Markdown("\n".join(lines + [f"| {words} | {here} | **{verdict}** |" for words, (here, verdict) in claims.items()]))

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, run it, and then the cell below it.
#
# ### Exercise 1: half of one, half of another
#
# A painter keeps a gain for each style and channel, (K, C). Write the gains (C,) of a mixture. The shares may be any numbers from
# 0 up; bring them to the sum 1 first.
#
# <details><summary>Hint</summary>
#
# Divide the shares by their sum. A vector (K,) times a matrix (K, C) is (C,), as in {eq}`eq-13-style`.
#
# </details>

# %% tags=["exercise-setup"]
import torch
from skimage import data

from s2s_helpers.images import from_uint8
from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def mixed(gains, shares):
    """The gains (C,) for the shares (K,) of the styles; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("The mean of two networks, not of two paintings."):
    gains = torch.tensor([[1.0, 2.0], [3.0, 6.0], [0.0, 0.0]])
    for shares, right in (([0, 1, 0], [3.0, 6.0]), ([0.5, 0.5, 0], [2.0, 4.0]), ([2, 1, 1], [1.25, 2.5])):
        said = given(mixed(gains, torch.tensor(shares)))
        if not torch.allclose(torch.as_tensor(said), torch.tensor(right)):
            raise AssertionError(f"Shares {shares}: {right}, not {torch.as_tensor(said).tolist()}.")


# %% tags=["exercise-solution", "hide-cell"]
def mixed(gains, shares):
    return (shares / shares.sum()) @ gains


# %% [markdown]
# ### Exercise 2: colors without a loss
#
# To give a pixel the lightness $Y$ of a painting, add the same number $d$ to its red, green and blue. What then leaves $[0, 1]$
# is cut, and the color with it. Write a function that never loses a color: where the whole $d$ does not fit, it takes as
# much of it as does.
#
# <details><summary>Hint</summary>
#
# Going up, the lightest channel of a pixel has the least room; going down, the darkest. `amax(dim=1)`, `amin(dim=1)`.
#
# </details>

# %% tags=["exercise-setup"]
Y_OF_RGB = torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)
photo, painted = (from_uint8(x)[..., :384:4, :384:4].contiguous() for x in (data.coffee(), data.astronaut()))


# %% tags=["exercise-stub"]
def keep_colors(painting, picture):
    """The picture with as much of the painting's lightness as fits, (1, 3, H, W); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("The price is paid in strokes: to a pure red nothing can be added."):
    result = given(keep_colors(painted, photo))
    if result.min() < -1e-5 or result.max() > 1 + 1e-5:
        raise AssertionError("Some values leave 0 to 1.")
    change = result - photo
    if (change - change.mean(dim=1, keepdim=True)).abs().max() > 1e-4:
        raise AssertionError("Some pixels have changed their color: red, green and blue must get the same.")
    wanted = ((painted - photo) * Y_OF_RGB).sum(dim=1)
    fits = (wanted <= 1 - photo.amax(dim=1)) & (wanted >= -photo.amin(dim=1))
    if (change[:, 0] - wanted)[fits].abs().max() > 1e-4:
        raise AssertionError("Where all of d fits, all of it should be added.")
    room = torch.where(wanted > 0, result.amax(dim=1) - 1, result.amin(dim=1))[~fits]
    if room.abs().max() > 1e-4:
        raise AssertionError("Some pixels have room left, and did not use it.")


# %% tags=["exercise-solution", "hide-cell"]
def keep_colors(painting, picture):
    d = ((painting - picture) * Y_OF_RGB).sum(dim=1, keepdim=True)
    return picture + torch.minimum(torch.maximum(d, -picture.amin(dim=1, keepdim=True)), 1 - picture.amax(dim=1, keepdim=True))


# %% [markdown]
# ### Exercise 3: the palette of a photo
#
# Write {eq}`eq-15-covariance`: a linear map after which the colors of `painting` have the mean and the covariance of those
# of `picture`. Values may leave $[0, 1]$. Any such map passes; the one of the equation moves the colors least.
#
# <details><summary>Hint</summary>
#
# `x[0].flatten(1)` is (3, pixels), and `torch.cov` takes it. The root of a covariance: `e, v = torch.linalg.eigh(S)`, then
# `v @ e.sqrt().diag() @ v.T`.
#
# </details>

# %% tags=["exercise-stub"]
def with_palette(painting, picture):
    """The painting (1, 3, H, W) in the palette of the picture (1, 3, h, w); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("The strokes stay where they are; the cloud of colors has moved."):
    result = given(with_palette(painted, photo))
    (a, b, before) = (x[0].flatten(1).double() for x in (result, photo, painted))
    if (a.mean(1) - b.mean(1)).abs().max() > 1e-3:
        raise AssertionError("The mean color is not that of the picture.")
    if (torch.cov(a) - torch.cov(b)).abs().max() > 1e-3:
        raise AssertionError("The mean is right, the covariance is not.")
    fit = torch.linalg.lstsq(before.T - before.mean(1), a.T - a.mean(1)).solution
    if ((before.T - before.mean(1)) @ fit - (a.T - a.mean(1))).abs().max() > 1e-2:
        raise AssertionError("Mean and covariance are right, but the map is not linear. Did you give back the picture?")


# %% tags=["exercise-solution", "hide-cell"]
def root(S):
    e, v = torch.linalg.eigh(S)
    return v @ e.sqrt().diag() @ v.T


def with_palette(painting, picture):
    y, x = painting[0].flatten(1), picture[0].flatten(1)
    half = root(torch.cov(y))
    back = torch.linalg.inv(half)
    moved = back @ root(half @ torch.cov(x) @ half) @ back @ (y - y.mean(1, keepdim=True)) + x.mean(1, keepdim=True)
    return moved.view_as(painting)


# %% [markdown]
# ## Have you understood it?
#
# Three questions about chapters 14 and 15. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "15_live_controls")
