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
# # Sketches and pictures
#
# A network that turns sketches into pictures learns from pairs: a sketch, and a picture that fits it. Here are six
# such pairs. Nobody photographed these houses. A program draws them from a number, as many as you like, in three
# versions that agree line by line.

# %% tags=["hide-input"]
import tempfile
from pathlib import Path

import numpy as np
import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt
from skimage import data

from s2s_helpers import zoo
from s2s_helpers.data import sketches
from s2s_helpers.data.facades import LABELS, PALETTE, SPLITS, FacadeWorld, colored
from s2s_helpers.data.pairs import PairFolder, PhotoFolder
from s2s_helpers.data.sketches import Edges, Ink, another_hand, edges, ink, jitter, sketch_from_photo
from s2s_helpers.images import PictureError, contact_sheet, from_uint8, resize, save_picture
from s2s_helpers.pipeline.pencil import pencil_sketch
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz


def small(x, height=128):
    """A picture made smaller."""
    return resize(x, (height, height * x.shape[-1] // x.shape[-2]))


# %% mystnb={"figure": {"caption": "Six pairs of the drawn world. From above: the sketch, the picture, and the map that says what stands where.", "name": "fig-pairs"}, "image": {"alt": "Three rows of six building fronts: pencil sketches; the same buildings as colored pictures in sun, at dusk and under clouds; the same again as flat areas of color, one color for windows, one for doors, and so on."}}
world = FacadeWorld(seed=0, size=160)
pairs = [world[i] for i in (500, 503, 505, 508, 511, 514)]
rows = [
    [pair.sketch for pair in pairs],
    [pair.picture for pair in pairs],
    [colored(pair.labels) for pair in pairs],
]
figure(contact_sheet(rows))

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** say what a sketch tells and what it keeps to itself; make line drawings from photos; and read
# your own folders of pairs.
#
# **You need** nothing but this page.
#
# **Study time**: an hour, with the exercises; the cells run in less than half a minute on two cores, without a GPU.
# :::
#
# ## What a sketch tells
#
# Every house begins as a *plan*: walls, windows, doors, and where they stand. Two programs look at the plan. The
# pencil $p$ draws the sketch $x$, and its lines depend on the *hand*: how steady it is, how hard it presses. The
# renderer $r$ paints the picture $y$, and that depends on the *appearance*: materials, colors, light and weather.
#
# $$
# x = p(\text{plan}, \text{hand}), \qquad y = r(\text{plan}, \text{appearance})
# $$ (eq-pair)
#
# The package says the same in code. `draw` is the heart of the class `FacadeWorld`:

# %% tags=["hide-input"]
source(FacadeWorld.draw)

# %% [markdown]
# The appearance has a random stream of its own. So we can hold a drawing still and change only the appearance:

# %% tags=["nbval-check-output"]
appearances = [FacadeWorld(seed=0, size=160, appearances=k)[505] for k in range(6)]
first, others = appearances[0], appearances[1:]
print("equal sketches:", all(torch.equal(m.sketch, first.sketch) for m in others))
print("equal labels:", all(torch.equal(m.labels, first.labels) for m in others))
print("equal pictures:", any(torch.equal(m.picture, first.picture) for m in others))
print("sketch and picture:", tuple(first.sketch.shape), tuple(first.picture.shape))
print("labels:", tuple(first.labels.shape))


# %% [markdown]
# Move the slider. It is the third house of the figure above: the lines stay, all else changes.

# %%
def appearance(number):
    """One house, drawn once and painted in different materials, light and weather"""
    return appearances[number].picture


explore(appearance, quality=75, number=range(6))

# %% [markdown]
# ## What a sketch keeps to itself
#
# A network sees only $x$. The appearance is hidden from it, so many pictures are right. What happens if we ask for the one
# picture $f(x)$ with the smallest squared error? The best answer is the mean of all pictures that fit the sketch,
# $E[y \mid x]$, and its error is the spread around that mean:
#
# $$
# \min_f \, E\,\lVert y - f(x) \rVert^2 = E\,\lVert y - E[y \mid x] \rVert^2 .
# $$ (eq-floor)
#
# No network gets below this floor, however large it is. Here is the mean of our six appearances, and where they differ:

# %% mystnb={"figure": {"caption": "An appearance; the mean of six appearances, the best answer in squared error; where the six differ most (white). The mean is pale and belongs to no weather.", "name": "fig-mean"}, "image": {"alt": "Three pictures of one house: a colorful one; a grayish, soft mixture of six; a map of their differences, brightest on the walls, the roof and the sky."}}
painted = torch.cat([m.picture for m in appearances])
mean = painted.mean(dim=0, keepdim=True)
spread = painted.std(dim=0).mean(dim=0).expand(1, 3, -1, -1)
row = [appearances[0].picture, mean, spread / spread.max()]
figure(contact_sheet([[resize(x, (224, 224)) for x in row]]))


# %% [markdown]
# The mean is a picture that nobody would paint. Networks that are trained on squared error learn to paint it; this is
# where blurry results come from, and why the picture generator of this book has a critic as well {cite:p}`isola2017`.
#
# How colorful is a picture? Take the standard deviation of the three channels at each pixel, and the mean over pixels.

# %% tags=["nbval-check-output"]
def colorfulness(x):
    return x.std(dim=1).mean().item()


average = sum(colorfulness(m.picture) for m in appearances) / len(appearances)
print("the mean is less colorful than the appearances:", colorfulness(mean) < 0.9 * average)

# %% [markdown]
# ## The third version: labels
#
# The label map names the part at each pixel. It has the twelve classes of the CMP facade data {cite:p}`tylecek2013`,
# which pix2pix made famous.

# %% tags=["nbval-check-output"]
print(len(LABELS), "classes:", ", ".join(LABELS))
print("palette:", PALETTE.shape, PALETTE.dtype)

# %% mystnb={"figure": {"caption": "Labels of one house, and the share of each class in the six pairs above. Background is sky, street and neighbors.", "name": "fig-labels"}, "image": {"alt": "Left: a house as flat areas of color. Right: bars for the twelve classes in the same colors; background and facade are the longest."}} tags=["hide-input"]
share = torch.bincount(torch.cat([p.labels.flatten() for p in pairs]), minlength=len(LABELS)).double()
share = share / share.sum()
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3.4), width_ratios=[1, 1.3], layout="constrained")
left.imshow(colored(pairs[2].labels)[0].permute(1, 2, 0))
left.axis("off")
bars = right.barh(LABELS, 100 * share, color=PALETTE / 255, edgecolor="0.3", linewidth=0.5)
right.bar_label(bars, fmt="%.1f", padding=3, fontsize=8)
right.invert_yaxis()
right.set(xlabel="share of pixels, %", xlim=(0, 112 * float(share.max())))
plt.show()

# %% [markdown]
# ## The hand
#
# A network that has seen only ruler-straight lines is lost when a person draws for it. So the pencil of the drawn world
# is human. Look closely:

# %% mystnb={"figure": {"caption": "A detail of a sketch, enlarged. Lines wobble, overshoot their corners, swell, fade, and here and there leave a gap or are drawn twice.", "name": "fig-hand"}, "image": {"alt": "Enlarged pencil lines of windows with sills and frames. The lines are slightly wavy, of uneven width, and cross a little at the corners."}}
close = FacadeWorld(seed=0, size=768)[505].sketch[..., 280:520, 200:560]
figure(close)

# %% [markdown]
# A network that has met only this pencil stumbles over a felt pen. So two thirds of the sketches that the generator
# `facade` learns from are drawn again, by lot, by `another_hand`: with a thicker pen, harder, less steadily, or without
# the small strokes.

# %% mystnb={"figure": {"caption": "One sketch by six hands.", "name": "fig-other-hands"}, "image": {"alt": "Six drawings of one house front, in two rows: with thick short strokes and large gaps; in firm black lines; with thin even lines that wriggle; in thin gray pencil; the same with faded places; and with wavering, broken lines."}}
lots = np.random.default_rng(0)
drawn = FacadeWorld(seed=0, size=256)[505].sketch
hands = [small(another_hand(drawn, lots), 150) for _ in range(6)]
figure(contact_sheet([hands[:3], hands[3:]]))

# %% [markdown]
# ## Line drawings from photos
#
# You may have photos and no sketches. Then make the sketches from the photos. Here are three photos that come with
# [scikit-image](https://scikit-image.org), free of rights, and what the package draws of them.

# %%
files = {"cat": data.chelsea, "coffee": data.coffee, "rocket": data.rocket}
photos = {name: small(from_uint8(read())) for name, read in files.items()}


pencil = zoo.load("pencil")


def kinds(photo):
    drawn = pencil_sketch(pencil, photo)
    unsteady = jitter(drawn, np.random.default_rng(0))
    return [photo, ink(photo), sketch_from_photo(photo), edges(photo), drawn, unsteady]


# %% mystnb={"figure": {"caption": "Photos and line drawings of them. From left: photo; ink; ink without areas; thin edges; pencil, which is what `s2s sketch` makes; the same by a less steady hand. Photos: cat and coffee CC0, rocket (SpaceX) public domain.", "name": "fig-kinds"}, "image": {"alt": "Three rows, for a cat's face, a cup of coffee, and a rocket on its pad at dusk. Each row has the photo, an ink drawing with black areas, a drawing of bold ink lines, a drawing of thin even lines along every edge, a drawing of few thin outlines, and the same with wavering lines."}}
figure(contact_sheet([kinds(photo) for photo in photos.values()]))

# %% [markdown]
# **Ink** is the extended difference of Gaussians {cite:p}`winnemoller2012`. Blur the lightness $I$ of the photo a
# little, with a Gaussian $g_\sigma$, and a little more, with $g_{k\sigma}$. At an edge the two differ. The difference
# is exaggerated by the sharpness $s$ and cut off softly at the threshold $\varepsilon$; $\varphi$ says how softly:
#
# $$
# d = (1 + s)\, g_\sigma * I - s\, g_{k\sigma} * I, \qquad
# x = \begin{cases} 1 & \text{if } d \ge \varepsilon \\ 1 + \tanh\!\big(\varphi\,(d - \varepsilon)\big) & \text{otherwise.} \end{cases}
# $$ (eq-ink)
#
# So ink flows where the photo is dark, and along edges, where the exaggerated difference pushes $d$ below $\varepsilon$.
# The rocket at dusk shows the weak point: most of the photo is dark. `areas=False` first divides the lightness by that of
# the surroundings, so that only lines are left. `sketch_from_photo`, the third column, does so, and removes specks (`s2s sketch --hand ink`). In
# code, with the default values:

# %% tags=["hide-input"]
source(Ink, sketches._ink)


# %% [markdown]
# Two sliders: $\sigma$ sets how wide the lines are and which details survive, $\varepsilon$ how much ink flows.
# The photo is coffee, by Rachel Michetti, CC0.

# %%
def coffee(sigma, threshold):
    """An ink drawing of a cup of coffee"""
    return ink(photos["coffee"], Ink(sigma=sigma, threshold=threshold))


sigmas, thresholds = [0.6, 1.0, 1.6, 2.5, 4.0], [0.4, 0.6, 0.8]
explore(coffee, quality=60, sigma=sigmas, threshold=thresholds)


# %% tags=["nbval-check-output"]
def inked(x):
    """The share of ink on the page."""
    return (1 - x).mean().item()


low, middle, high = (inked(coffee(1.0, threshold)) for threshold in thresholds)
print("more ink at a higher threshold:", low < middle < high)
sharp, blurred = (inked(edges(photos["coffee"], Edges(sigma=s))) for s in (1, 3))
print("fewer edges after more blur:", blurred < sharp)

# %% [markdown]
# **Thin edges** are those of Canny, freed of specks and drawn again as lines of one width. They have no black areas, and
# miss what a person would hint at with a shadow. And Canny draws every edge: the fur of the cat as well as her outline.
#
# **Pencil** draws what a person would. People draw the borders of things, and leave out most of the texture. What a thing
# is cannot be seen in a few pixels, so this needs a network. HED {cite:p}`xie2015` is a large one, which learned from
# outlines that people drew. The drawings of shoes and handbags in the pix2pix paper {cite:p}`isola2017` were made with it.
# `pencil` is a small one, a U-Net ({doc}`06_unet_skips` shows what that is). It learned from HED: at each pixel of photos,
# how sure HED is of a line. The map $c$ of how sure it is has broad crests. The pen follows their tops. Across a
# crest the second derivative of $c$ is least, in the direction $n$; a pixel $u$ is on the top if its two neighbors there are no
# higher:
#
# $$
# c(u) \ge \max\big(c(u + n),\, c(u - n)\big) .
# $$ (eq-01-crest)
#
# A line begins where $c$ is 0.5 and goes on as far as it is 0.25. Thinning alone, without this, would make loops and
# knots of broad crests.

# %% tags=["hide-input"]
source(sketches.contours, sketches._crests, sketches._thinned)

# %% [markdown]
# How near does each kind come to people? The people of BSDS500 {cite:p}`arbelaez2011` drew the outlines on
# 100 photos that `pencil` never saw. The score is F1, as {doc}`03_structured_losses` has it for edges, with a tolerance of
# 0.0075 of the diagonal:

# %% tags=["hide-input"]
card = zoo.card("pencil")
rows = {name: row["F1"] for name, row in card["scores"].items()}
lines = [
    "| drawn by | F1 with the lines of people ↑ |",
    "| :--- | ---: |",
    *(f"| {n} | {f1:.3f} |" for n, f1 in rows.items()),
]
Markdown("\n".join([*lines, "", f"*`{card['scored by']}`: {card['protocol']}.*"]))

# %% tags=["nbval-check-output"]
print(
    "pencil is nearer to people than every drawing without a network:",
    rows["pencil"] > max(rows[n] for n in ("edges", "ink", "cleaned ink")),
)
print("HED, its teacher, which saw these photos, is nearer:", rows["HED"] > rows["pencil"])

# %% [markdown]
# Which kind is best to learn from? All of them, by steady and unsteady
# hands: so a network has the best chance to have met a hand like yours. `random_sketch` draws them by lot.
#
# ## Your own folders
#
# Pairs on your disk may lie in two folders with equal names:

# %%
folder = Path(tempfile.mkdtemp())
for part in ("sketch", "picture"):
    (folder / part).mkdir()
for number, pair in enumerate(pairs[:3], start=1):
    save_picture(pair.sketch, folder / "sketch" / f"house{number}.png")
    save_picture(pair.picture, folder / "picture" / f"house{number}.jpg")

# %% tags=["nbval-check-output"]
mine = PairFolder(folder)
print(len(mine), "pairs;", tuple(mine[0].sketch.shape), tuple(mine[0].picture.shape))

# %% [markdown]
# They may also lie side by side in one file, as pix2pix has them. Some collections have the picture on the left: then say
# `sketch_side="right"`.

# %% tags=["nbval-check-output"]
both = Path(tempfile.mkdtemp())
for number, pair in enumerate(pairs[:3], start=1):
    sheet = contact_sheet([[pair.picture, pair.sketch]], gap=0)
    save_picture(sheet, both / f"house{number}.png")
mine = PairFolder(both, sketch_side="right")
print(len(mine), "pairs;", tuple(mine[0].sketch.shape))
print("nothing lost:", torch.equal(mine[0].sketch, pairs[0].sketch))

# %% [markdown]
# If something does not match, the error says what and where. We take one picture away:

# %% tags=["nbval-check-output"]
(folder / "picture" / "house2.jpg").unlink()
try:
    PairFolder(folder)
except PictureError as error:
    print(str(error).replace(str(folder), "my folder").replace("\\", "/"))

# %% [markdown]
# Photos alone need no order at all. `PhotoFolder` finds them in all folders below, and `load_picture` behind it accepts
# what people have: PNG, JPEG, WebP, GIF, BMP, TIFF; gray, transparent, turned by the camera.

# %% tags=["nbval-check-output"]
found = PhotoFolder(folder)
print([path.name for path in found.paths])
x = found[0]
print(x.dtype, "from 0 to 1:", bool(x.min() >= 0 and x.max() <= 1))

# %% [markdown]
# ## What to take away
#
# * A sketch and its picture share the plan. Hand and appearance belong to one of them only.
# * Many pictures fit one sketch. The best answer in squared error is their mean, which fits none of them.
# * Sketches from photos come in kinds. Train on all of them if people are to draw for you.
# * A folder of pairs needs equal names and equal sizes, no more.
#
# ## The paper's claim beside our measurement
#
# The paper trains its picture generator on 400 pairs and reports that "very good results are often obtained on small
# data sets" {cite:p}`wang2019`. It does not say which pairs. Ours are these, with 100 to choose by and 100 to judge by that no network
# was trained on:

# %% tags=["nbval-check-output"]
print({name: len(numbers) for name, numbers in SPLITS.items()})
together = set().union(*SPLITS.values())
print("none is in two of them:", len(together) == sum(map(len, SPLITS.values())))

# %% [markdown]
# What a generator makes of the 100 test sketches, in numbers and beside two simple answers, stands in
# {doc}`14_cascade`.

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: the best single answer
#
# `y` holds all pictures of one sketch, each equally likely. Write a function that gives the one picture with the
# smallest mean squared error to them, and that error: the floor of {eq}`eq-floor`.
#
# <details><summary>Hint</summary>
#
# The error is a parabola in each pixel. Set its derivative to zero. What is the error then? The mean of the squared
# distances to that picture, over pictures, channels and pixels.
#
# </details>

# %% tags=["exercise-setup"]
import torch
from scipy.ndimage import gaussian_filter
from skimage import data

from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.data.sketches import Ink, ink
from s2s_helpers.images import from_uint8
from s2s_helpers.ui.exercises import attempt, given

worlds = [FacadeWorld(seed=0, size=96, appearances=k) for k in range(5)]
drawings = (500, 503, 508, 511)
y_all = torch.stack([torch.cat([w[i].picture for w in worlds]) for i in drawings])
print("drawings, appearances, channels, height, width:", tuple(y_all.shape))


# %% tags=["exercise-stub"]
def best_answer(y):
    """The best picture (1, 3, H, W) for the pictures y (N, 3, H, W), and its mean squared error; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("No network gets below this error, for this sketch."):
    picture, error = given(best_answer(y_all[0]))
    if picture.shape != (1, 3, 96, 96):
        raise AssertionError(f"The picture should have the shape (1, 3, 96, 96), not {tuple(picture.shape)}.")
    right = (y_all[0] - picture).square().mean()
    for name, other in {
        "the first appearance": y_all[0, :1],
        "another mixture": y_all[0, :3].mean(0, keepdim=True),
    }.items():
        if (y_all[0] - other).square().mean() < right:
            raise AssertionError(f"A better one is {name}.")
    if (y_all[0] - picture).mean(dim=0).abs().max() > 1e-5:
        raise AssertionError("It is good, but a small change of some pixels makes it better.")
    if abs(float(error) - float(right)) > 1e-6:
        raise AssertionError(f"The picture is right. Its error is {right:.4f}, not {float(error):.4f}.")


# %% tags=["exercise-solution", "hide-cell"]
def best_answer(y):
    mean = y.mean(dim=0, keepdim=True)
    return mean, (y - mean).square().mean()


# %% [markdown]
# ### Exercise 2: how much does a sketch tell?
#
# The pictures of the drawn world vary. Some of this variance lies *between* drawings: another plan, another picture. The
# rest lies *within* each drawing: another appearance. For each pixel and channel
#
# $$
# \operatorname{Var}(y) = \operatorname{Var}\!\big(E[y \mid x]\big) + E\!\big[\operatorname{Var}(y \mid x)\big] .
# $$ (eq-variance)
#
# Estimate the share of the variance that the sketch explains, $1 - E[\operatorname{Var}(y \mid x)] / \operatorname{Var}(y)$,
# from `y_all`: four drawings in five appearances each. First guess: is it nearer to all or to nothing?
#
# <details><summary>Hint</summary>
#
# `y_all.var(dim=1)` gives the variance over the appearances of each drawing. For the whole variance treat all twenty
# pictures alike: `y_all.flatten(0, 1)`. Take the mean over pixels before you divide.
#
# </details>

# %% tags=["exercise-stub"]
explained = None  # your turn: a number between 0 and 1

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Less than half: the larger part is colors, light and weather. A sketch fixes where things are."):
    share = float(given(explained))
    inner, whole = y_all.var(dim=1).mean().item(), y_all.flatten(0, 1).var(dim=0).mean().item()
    if abs(share - inner / whole) < 0.02:
        raise AssertionError("This is the share that the sketch leaves open.")
    if abs(share - (1 - inner / whole)) > 0.04:
        raise AssertionError(f"{share:.2f} is not the share. Is each variance taken over the right dimension?")

# %% tags=["exercise-solution", "hide-cell"]
within = y_all.var(dim=1).mean().item()
total = y_all.flatten(0, 1).var(dim=0).mean().item()
explained = 1 - within / total
print(f"The sketch explains {100 * explained:.0f} % of the variance of these pictures.")

# %% [markdown]
# ### Exercise 3: ink by hand
#
# Write the ink drawing of {eq}`eq-ink` yourself: from the lightness of a photo to a page where 1 is paper and 0 is ink.
# The check compares with the package, for two settings.
#
# <details><summary>Hint</summary>
#
# Four lines do it: two calls of `gaussian_filter`, the exaggerated difference $d$, and `np.where`. The blur of the coarse
# one is $k \sigma$, with $k$ = `s.ratio`; the settings `s` also have `sigma`, `sharpness`, `threshold` and `softness`.
#
# </details>

# %% tags=["exercise-setup"]
import numpy as np

coffee_photo = from_uint8(data.coffee())[..., ::4, ::4].contiguous()
lightness = (coffee_photo * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(dim=1)[0].numpy()


# %% tags=["exercise-stub"]
def my_ink(lightness, s):
    """The page (H, W) for the lightness (H, W), with the settings s, an Ink; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Dark areas and edges get ink by one and the same rule."):
    for s in (Ink(), Ink(sigma=2.0, threshold=0.5)):
        page, theirs = given(my_ink(lightness, s)), ink(coffee_photo, s)[0, 0].numpy()
        if page.shape != theirs.shape:
            raise AssertionError(f"The page should have the shape {theirs.shape}, not {page.shape}.")
        if page.max() > 1 + 1e-6:
            raise AssertionError("No paper is lighter than 1: what is above the threshold is 1, not more.")
        off = (np.abs(np.clip(page, 0, 1) - theirs) > 0.02).mean()
        if off > 0.01:
            raise AssertionError(
                f"With sigma {s.sigma:g} and threshold {s.threshold:g} some pixels differ from the package's."
            )


# %% tags=["exercise-solution", "hide-cell"]
def my_ink(lightness, s):
    fine, coarse = (gaussian_filter(lightness, sigma) for sigma in (s.sigma, s.ratio * s.sigma))
    d = (1 + s.sharpness) * fine - s.sharpness * coarse
    return np.where(d >= s.threshold, 1.0, 1 + np.tanh(s.softness * (d - s.threshold)))


# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "01_sketches_and_pictures")
