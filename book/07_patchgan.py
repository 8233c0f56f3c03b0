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
# # PatchGAN: a critic that looks through a small window
#
# The discriminator $D$ of this book never judges a whole picture. It gives many scores, and each knows one square of
# $N \times N$ pixels and nothing else. Here is its map of scores, laid over a picture that is twice as wide and twice
# as high as those it was trained on: four houses, of which two are true pictures and two were made by the generator
# from their sketches. The darker the purple of the map, the surer is $D$ that what lies there is true.

# %% tags=["hide-input"]
import io
import os

import torch
from IPython.display import Image, Markdown
from matplotlib import pyplot as plt
from torch import nn

from s2s_helpers import zoo
from s2s_helpers.data.facades import SPLITS, FacadeWorld
from s2s_helpers.images import resize
from s2s_helpers.losses.adversarial import discriminator_loss
from s2s_helpers.nets import patchgan
from s2s_helpers.nets.patchgan import PatchGAN, receptive_field
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.ui import results
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests
SIZES = (1, 16, 34, 70, 142, 286)


def blur(x, factor):
    """A picture without its fine structure: made smaller and enlarged again."""
    height, width = x.shape[-2:]
    return resize(resize(x, (height // factor, width // factor)), (height, width))


def plate(fig, quality=74):
    """A plot with photographs in it, as JPEG."""
    file = io.BytesIO()
    fig.savefig(file, format="jpeg", dpi=90, pil_kwargs={"quality": quality})
    plt.close(fig)
    return Image(data=file.getvalue())


# %%
D = zoo.load("critic")
pair = FacadeWorld(seed=0, size=512)[505]
four = [FacadeWorld(seed=0, size=256)[i] for i in (505, 511, 508, 503)]
made = [SketchToStyle("facade").picture(house.sketch) for house in four]


def block(a, b, c, d):
    """Four pictures as one of twice the height and width."""
    return torch.cat([torch.cat([a, b], dim=3), torch.cat([c, d], dim=3)], dim=2)


sketches = block(*(house.sketch for house in four))
mixed = block(four[0].picture, made[1], made[2], four[3].picture)
swapped = block(made[0], four[1].picture, four[2].picture, made[3])


@torch.no_grad()
def score_map(picture, sketch=pair.sketch):
    """The scores of D, (h, w); positive means true."""
    return D(sketch, picture)[0, 0]


def overlay(panels, sketch=pair.sketch):
    """Pictures with their score maps on top, in one scale of colors."""
    maps = {title: score_map(x, sketch) for title, x in panels.items()}
    limit = max(float(m.abs().quantile(0.98)) for m in maps.values())
    size = (2.9 * len(panels) + 0.8, 6.0)
    fig, axes = plt.subplots(2, len(panels), figsize=size, layout="constrained", squeeze=False)
    for (above, below), (title, x) in zip(axes.T, panels.items(), strict=True):
        above.imshow(x[0].permute(1, 2, 0).clamp(0, 1))
        above.set_title(title)
        below.imshow(x[0].mean(dim=0), cmap="gray", vmin=-0.4, vmax=1)  # gray and bright: the colors are the map's
        rows, columns = maps[title].shape
        # Score i looks at the square around pixel 8 i + 11.5; see "Where a score looks" below.
        extent = (7.5, 8 * columns + 7.5, 8 * rows + 7.5, 7.5)
        seen = below.imshow(maps[title], cmap="PuOr", vmin=-limit, vmax=limit, alpha=0.55, extent=extent)
        below.set(title=f"mean score {maps[title].mean():+.2f}", xlim=(0, x.shape[-1]), ylim=(x.shape[-2], 0))
        above.axis("off")
        below.axis("off")
    words = "score: false (below 0), true (above 0)"
    bar = fig.colorbar(seen, ax=axes[1], shrink=0.9, extend="both", label=words)
    bar.solids.set(alpha=1)
    return plate(fig)


# %% mystnb={"figure": {"caption": "Score maps of a discriminator with patches of 70 pixels over pictures of 512 by 512 pixels, each of four houses. Left: upper left and lower right are true pictures, the others were made by the generator. Right: the other way round. Purple is judged true, orange false; under the maps the pictures are gray.", "name": "fig-07-maps"}, "image": {"alt": "Two pictures of four houses each, and below them the same in gray under a half transparent grid of squares from orange over white to purple, with a color bar. On the left the map is darker in the upper left and lower right quarter, on the right in the other two."}}
overlay({"true, made / made, true": mixed, "made, true / true, made": swapped}, sketches)


# %%
def quarters(x):
    """The mean scores of the four houses, without those that look across a border."""
    scores = score_map(x, sketches)
    return [round(q[4:-4, 4:-4].mean().item(), 1) for half in scores.split(31, dim=0) for q in half.split(31, dim=1)]


first, second = quarters(mixed), quarters(swapped)
true_ones = [first[0], second[1], second[2], first[3]]
made_ones = [second[0], first[1], first[2], second[3]]
print("the four houses, true:", true_ones)
print("the four houses, made:", made_ones)
print("higher when true:", sum(a > b for a, b in zip(true_ones, made_ones, strict=True)), "of 4")

# %% [markdown]
# Not every house is judged rightly; a pale true one may look more machine-made to $D$ than a made one with bricks. The
# map is not a verdict. It is what the generator learns from, patch by patch.

# %% tags=["nbval-check-output"]
print("picture:", tuple(pair.picture.shape), " score map:", tuple(score_map(pair.picture).shape))

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** say what a PatchGAN is; compute and measure what one score sees; explain why it works on
# pictures of any size; and say what small and large patches can notice, and how much the patch size matters.
#
# **You need** {doc}`01_sketches_and_pictures`, and a rough idea of a discriminator: a network that is trained to tell
# true pictures from generated ones.
#
# **Study time**: an hour and a quarter, with the exercises; the cells run in less than a minute on two cores, without a
# GPU.
# :::
#
# ## The idea
#
# L1 already puts the right things in the right places, roughly. What it leaves out is the fine structure: crisp
# edges, texture, clear colors. That can be judged from close by. So let $D$ look at patches only {cite:p}`isola2017`.
# Write $x$ for the sketch, $y$ for a picture, true or generated, and $P_1, \dots, P_M$ for squares of $N \times N$
# pixels. One small network $d$ says of each square with what probability it is true, and the verdict is the mean:
#
# $$
# D(x, y) = \frac{1}{M} \sum_{i=1}^{M} d\big(x_{P_i},\, y_{P_i}\big) .
# $$ (eq-07-mean)
#
# The squares overlap. Nobody cuts them out: $d$ is a stack of convolutions, and running it over the whole picture gives
# all the scores in one pass.
#
# :::{figure-md} fig-07-patchgan
#
# ![Above, a sketch and a picture of a house, each with a red square, and lines from there to one small square in a map of scores. Below, six rows of squares that get fewer and larger, from the pixels of the picture down to a single score.](_static/drawings/patchgan.svg)
#
# `PatchGAN(70)`, the discriminator of the paper. Above: one score of the map, and the pixels of sketch and picture that
# it sees. Below: how many places of a row of each layer it sees, in the scale of the picture. On the left stand channels
# and size of each layer, and the convolutions between them.
# :::
#
# In code:

# %% tags=["hide-input"]
source(PatchGAN.__init__, PatchGAN.looks, patchgan._strided)

# %% [markdown]
# A sum over patches is a strong assumption. It says that pixels which never share a patch do not matter to each
# other, given what lies between them. A model of pictures with this property is a *Markov random field*, and such
# models have long been used for textures {cite:p}`li2016`. Hence the two other names of the PatchGAN: *Markovian
# discriminator*, and *texture loss*. Where things stand is left to the L1 term, and to the sketch, which $D$ also
# sees.
#
# One detail. The formula averages the verdicts. Training averages the *losses* of the squares, one for each patch, so that
# every patch is right or wrong by itself:

# %% tags=["hide-input"]
source(discriminator_loss)


# %% [markdown]
# ## How far one score sees: by recursion
#
# The *receptive field* of a score is the square that it depends on. Go through the layers from the picture to the
# score, downwards in {ref}`the drawing <fig-07-patchgan>`. A convolution with a kernel of $k_l \times k_l$, stride
# $s_l$ and padding $p_l$ takes $k_l$ neighbors that are $j_{l-1}$ pixels apart. So the field grows by
# $(k_l - 1)\, j_{l-1}$, and the distance of neighbors, the *jump* $j$, is multiplied by the stride:
#
# $$
# r_l = r_{l-1} + (k_l - 1)\, j_{l-1}, \qquad j_l = s_l\, j_{l-1}, \qquad a_l = a_{l-1} - p_l\, j_{l-1},
# $$ (eq-07-field)
#
# from $r_0 = j_0 = 1$ and $a_0 = 0$. Here $r$ is the side of the field and $a$ the place where the field of the first
# score begins; it is negative because of the padding.

# %%
def field(net):
    """Receptive field r, jump j and start a of a stack of convolutions."""
    r, j, a = 1, 1, 0
    for layer in net.layers:
        if isinstance(layer, nn.Conv2d):
            k, s, p = layer.kernel_size[0], layer.stride[0], layer.padding[0]
            r, a, j = r + (k - 1) * j, a - p * j, s * j
    return r, j, a


# %% [markdown]
# ## How far one score sees: measured
#
# A formula can be wrong about the code. So ask the network. The gradient of one score with respect to the picture is
# zero wherever the score does not look:

# %% tags=["hide-input"]
source(receptive_field)

# %% tags=["nbval-check-output"]
torch.manual_seed(0)
nets = {n: PatchGAN(n).eval() for n in SIZES}
page = torch.rand(1, 3, 256, 256)
lines = ["   N  computed  measured  score map at 256  parameters"]
for n, net in nets.items():
    with torch.no_grad():
        side = net(page, page).shape[-1]
    computed, measured = field(net)[0], receptive_field(net)
    count = sum(p.numel() for p in net.parameters())
    lines.append(f"{n:4} {computed:9} {measured:9} {side:12} x {side:<3} {count:10,}")
    assert n == computed == measured
    assert side == {1: 256, 16: 126, 34: 62, 70: 30, 142: 14, 286: 6}[n]
assert sum(p.numel() for p in nets[70].parameters()) == 2_768_705  # 2.769 M
print("\n".join(lines))

# %% [markdown]
# The names 1, 16, 34, 70, 142 and 286 are receptive fields. The last is larger than a picture of 256 pixels, so each of
# its scores sees the whole, and pads the rest. `PatchGAN(70)`, the one of the paper, is a small network.
#
# Move the slider: the square that the middle score sees, and what it sees.

# %%
house = FacadeWorld(seed=0, size=256)[505]


def framed(x, top, left, side):
    """The picture with a bright frame around a square, as far as it lies in the picture."""
    x, height, width = x.clone(), *x.shape[-2:]
    rows, columns = (max(top, 0), min(top + side, height)), (max(left, 0), min(left + side, width))
    for inset, color in ((0, 0.0), (1, 1.0), (2, 0.0)):
        (top, bottom), (left, right) = ((lo + inset, max(lo + inset + 1, hi - inset)) for lo, hi in (rows, columns))
        for y in (top, bottom - 1):
            x[..., min(y, height - 1), left:right] = color
        for c in (left, right - 1):
            x[..., top:bottom, min(c, width - 1)] = color
    return x


def patch(N):
    """A house, and the square that the middle score of the map sees, enlarged"""
    r, j, a = field(nets[N])
    start = a + j * ((256 // j) // 2 - (N > 1))
    low, high = max(start, 0), min(start + r, 256)
    seen = house.picture[..., low:high, low:high]
    seen = nn.functional.interpolate(seen, size=(200, 200), mode="nearest")
    framed_house = resize(framed(house.picture, start, start, r), (200, 200))
    return [("the house", framed_house), ("what the score sees", seen)]


explore(patch, quality=70, N=list(SIZES))

# %% [markdown]
# ## Where a score looks
#
# By {eq}`eq-07-field`, score $i$ of a row sees the pixels from $a + i j$ to $a + i j + r - 1$. For `PatchGAN(70)`:

# %% tags=["nbval-check-output"]
r, j, a = field(nets[70])
print(f"score i sees pixels {j} i - {-a} to {j} i + {a + r - 1}; the middle is {j} i + {a + (r - 1) / 2}")

# %% [markdown]
# That is where the maps of the first figure are laid. And it tells how to test that the network is *fully
# convolutional*: cut out a part of a picture, score the part, and compare with the same place in the map of the whole.
# They must agree wherever the field does not reach over the cut:

# %% tags=["nbval-check-output"]
net = nets[70]
with torch.no_grad():
    whole = net(pair.sketch, pair.picture)[0, 0]
    top, left = 128, 64  # multiples of the jump
    cut = (..., slice(top, top + 256), slice(left, left + 256))
    part = net(pair.sketch[cut], pair.picture[cut])[0, 0]
same_place = whole[top // j : top // j + 30, left // j : left // j + 30]
inside = [i for i in range(30) if a + i * j >= 0 and a + i * j + r <= 256]
first, last = inside[0], inside[-1]
center = (slice(first, last + 1),) * 2
print("whole:", tuple(whole.shape), " part:", tuple(part.shape))
print(f"scores {first} to {last} of a row see no padding")
print("equal there:", torch.allclose(part[center], same_place[center], atol=1e-4))
print("equal at the border too:", torch.allclose(part, same_place, atol=1e-4))

# %% [markdown]
# So a PatchGAN runs on pictures of any size, and gives a larger map for a larger picture. Two remarks. The test is
# made in evaluation mode, where batch norm uses stored numbers. In training, and with instance norm always, each
# layer also divides by statistics of the whole picture. Then a score knows a little of the rest: not what is there,
# but how strong the contrast is on the whole. And a larger picture is a *larger* picture: with twice the pixels a
# window is twice as wide, and the patch shows half as much of it.
#
# ## Does the map find a flaw?
#
# Take the true picture and spoil one region: blur it, or put in the same region of another house. The rest is left as
# it is. A good map has lower scores there, and only there.

# %%
box = (..., slice(190, 350), slice(180, 340))
other = FacadeWorld(seed=0, size=512)[511].picture
blurred, replaced = pair.picture.clone(), pair.picture.clone()
blurred[box] = blur(pair.picture, 8)[box]
replaced[box] = other[box]

# %% mystnb={"figure": {"caption": "The same true picture: as it is; with a blurred square; with a square of another house. The square begins left of the middle.", "name": "fig-07-flaws"}, "image": {"alt": "Three pictures of one house, and below them the same in gray under half transparent maps from orange to purple. In the second picture a square near the middle is blurred, in the third it shows another house."}}
overlay({"as it is": pair.picture, "blurred square": blurred, "foreign square": replaced})

# %% tags=["hide-input"]
centers = j * torch.arange(62) + a + (r - 1) / 2
rows = (centers >= 190) & (centers < 350)
columns = (centers >= 180) & (centers < 340)
hit = rows[:, None] & columns[None, :]  # scores whose middle lies in the square
far = torch.ones(62, 62, dtype=torch.bool)
far[(centers > 190 - 35) & (centers < 350 + 35)] = False
before = score_map(pair.picture)
lines = [
    "| spoiled by | change of the score in the square | far above and below it | times as much |",
    "| :--- | ---: | ---: | ---: |",
]
for title, x in {"blur": blurred, "another house": replaced}.items():
    change = score_map(x) - before
    inner, outer = change[hit].mean().item(), change[far].mean().item()
    lines.append(f"| {title} | {inner:+.2f} | {outer:+.2f} | {inner / outer:.1f} |")
Markdown("\n".join(lines))

# %% [markdown]
# The scores fall most where the flaw is. That they fall elsewhere too is the work of instance norm, which divides by
# statistics of the whole picture. And a flaw that the generator never makes need not be found: $D$ was only ever asked
# to tell true pictures from *its* generator's. That is worth knowing before you use a discriminator to judge pictures.
#
# ## What a patch can notice: a short experiment
#
# Let us train critics for three flaws. Each gets true pictures and spoiled ones, and learns to tell them apart, without
# a sketch. The flaws: a warm *tint*; *blur*; *upside down*. Which needs a large patch?

# %%
small = FacadeWorld(seed=0, size=64)
train = torch.cat([small[i].picture for i in SPLITS["train"][:24]])
test = torch.cat([small[i].picture for i in SPLITS["test"][:12]])
flaws = {
    "tint": lambda x: (x * torch.tensor([1.2, 1.0, 0.8]).view(1, 3, 1, 1)).clamp(0, 1),
    "blur": lambda x: blur(x, 3),
    "upside down": lambda x: x.flip(2),
}


def learn(n, flaw, steps):
    """A critic with patches of n x n, trained to tell pictures from spoiled ones."""
    torch.manual_seed(0)
    net = PatchGAN(n, conditional=False, base=16)
    adam = torch.optim.Adam(net.parameters(), 2e-3, (0.5, 0.999))
    for _ in range(steps):
        true = train[torch.randperm(len(train))[:6]]
        scores = net(true, torch.cat([true, flaw(true)]))  # one batch: norms must not tell them apart
        loss = discriminator_loss(*scores.chunk(2))
        adam.zero_grad()
        loss.backward()
        adam.step()
    return net.eval()


@torch.no_grad()
def right(net, flaw):
    """The share of patches of the test pictures, true and spoiled, that get the right sign."""
    return ((net(test, test) > 0).float().mean() + (net(test, flaw(test)) < 0).float().mean()).item() / 2


patches = (1, 16, 70)
critics = {(n, name): learn(n, flaw, 8 if FAST else 60) for n in patches for name, flaw in flaws.items()}
share = torch.tensor([[right(critics[n, name], flaws[name]) for n in patches] for name in flaws])

# %% mystnb={"figure": {"caption": "Share of the patches of unseen pictures that are judged rightly, in percent, after a short training. Guessing gives 50.", "name": "fig-07-notice"}, "image": {"alt": "A table of nine colored fields, brighter where more patches are judged rightly. Rows: tint, blur, upside down. Columns: patches of 1, 16 and 70 pixels. Each field has its percentage written in it."}} tags=["hide-input"]
fig, ax = plt.subplots(figsize=(4.6, 2.8), layout="constrained")
shades = ax.imshow(100 * share, cmap="cividis", vmin=50, vmax=100, aspect="auto")
for y, x in torch.cartesian_prod(torch.arange(3), torch.arange(3)).tolist():
    value = 100 * share[y, x].item()
    ax.text(x, y, f"{value:.0f}", ha="center", va="center", color="white" if value < 75 else "black")
ax.set(xticks=range(3), xticklabels=patches, yticks=range(3), yticklabels=flaws, xlabel="patch size N")
fig.colorbar(shades, label="rightly judged, %")
plt.show()

# %% [markdown]
# Read it row by row. A tint is in every pixel. Blur is a flaw of fine structure: a patch needs neighbors to see it,
# but not many. What is up and what is down takes more of the house. A large patch could see all that a small one
# sees. But it has more to learn, and gets fewer scores from each picture to learn it from, so after a short training
# it need not be ahead in every row.
#
# One field is certain before any training. A patch of one pixel cannot know what is up. Turning a picture over only
# moves its pixels, so true and turned pictures get the same scores in another order. What is won on one side is lost on
# the other, exactly:

# %% tags=["nbval-check-output"]
pixel = critics[1, "upside down"]
judged = right(pixel, flaws["upside down"])
pixel, pages = pixel.double(), test.double()  # in 64 bits, since the order of a sum changes its last digits
with torch.no_grad():
    scores, turned = pixel(pages, pages), pixel(pages, pages.flip(2))
print("the same scores, elsewhere:", torch.allclose(turned, scores.flip(2), atol=1e-9))
print(f"rightly judged: {judged:.2f}")

# %% [markdown]
# The same holds for the PatchGAN as a loss. What a patch cannot notice, the generator need not mend.
#
# ## The stored experiment: five patch sizes
#
# Does it matter for the pictures? These generators were trained alike, by L1 and by a discriminator with patches of
# 1, 16, 34, 70 (`L1+cGAN`) and 286 pixels; the command is `s2s experiments cgan`. *FCN* scores ask a segmentation network
# whether it recognizes the parts of the house in the generated picture: share of pixels, mean over classes, and
# overlap (IoU). L, a, b is the share that the color histograms have in common with the true ones; edge F1 compares
# edges with the sketch. The last column is what the authors of pix2pix measured on street scenes {cite:p}`isola2017`.
# Their data and their segmenter are others: compare the order of the rows, not the numbers.

# %% tags=["hide-input"]
results.table("patch", ["FCN pixel", "FCN class", "FCN IoU", "L1", "L", "a", "b", "edge F1"])

# %% mystnb={"figure": {"caption": "FCN-score per pixel for each patch size. A dot is a run with its own seed, the bar reaches from the worst to the best of them.", "name": "fig-07-patch-plot"}, "image": {"alt": "Dot plot with one row for each patch size; the horizontal axis is the FCN-score per pixel. The numbers stand in the table above."}} tags=["hide-input"]
results.plot("patch", "FCN pixel")

# %% mystnb={"figure": {"caption": "Test pairs: sketch, the pictures of the generators by growing patch size, true picture.", "name": "fig-07-patch-pictures"}, "image": {"alt": "A sheet of four rows, one for each test sketch. Columns: the sketch, the generated picture for every patch size that was run, and the true picture."}} tags=["hide-input"]
figure(results.pictures("patch"))

# %% [markdown]
# How to read them. Look first at how far the seeds of one row lie apart. A difference between rows that is smaller than
# this says nothing. Then ask three questions:
#
# * *Patch 1*: it can only judge colors. Look at a and b against the edges.
# * *Patch 16*: large enough for edges and textures. Look for repeated, tile-like patterns in flat areas.
# * *Patch 286*: it sees everything, and has the most to learn, from the same few pictures and with four times the
#   parameters.
#
# What the numbers say, in words: *confirmed* if the worst seed of one side beats the best of the other, *in the mean* if
# the seeds overlap. Published figures are those of pix2pix {cite:p}`isola2017`.

# %% tags=["hide-input"]
Comparison = results.Comparison
claims = [
    Comparison("70 is better than 1", "FCN pixel", "L1+cGAN", ("L1+pixel-cGAN",), "isola2017, table 3"),
    Comparison("70 is better than 16, by little", "FCN pixel", "L1+cGAN", ("patch 16",), "isola2017, table 3"),
    Comparison("70 is better than 286, by much", "FCN pixel", "L1+cGAN", ("patch 286",), "isola2017, table 3"),
    Comparison("Patch 1 gives more of the true colors than L1 alone", "b", "L1+pixel-cGAN", ("L1",), "isola2017, figure 7"),
    Comparison("The same for the other color axis (in print it is not so)", "a", "L1+pixel-cGAN", ("L1",), "isola2017, figure 7"),
]
results.comparisons(claims)

# %% [markdown]
# Why are smaller patches ahead here than in print? A patch is as large as what it covers. The published pictures have
# 256 pixels a side, these 128: a patch of 16 pixels covers an eighth of a side here, as one of twice the size does there;
# one of 70 covers more than half, nearly what 142 does there. The row between, 34, is ours to fill the gap. So the best
# patch covers an eighth to a quarter of the side: a window with its frame, not a house. And
# {doc}`05_cgan_objective` shows that our segmenter pays little for the sharpness that a large patch buys.
#
# ## What to take away
#
# * A PatchGAN is a small network that is run over the picture like a convolution. Its scores are averaged.
# * The receptive field follows from kernels and strides, and the gradient proves it.
# * What does not fit into a patch is not judged. Patches judge texture; the L1 term and the sketch keep the layout.
# * It runs on pictures of any size. Norms over the picture and the scale of things are what changes.
# * Its map shows *where* a picture is not believed, for flaws of the kind that it was trained on.
#
# ## The paper's claim beside our measurement
#
# | the paper {cite:p}`wang2019` | here |
# | :--- | :--- |
# | "The discriminator classifies each N × N [patch] as true or false." | true of the code: the field by recursion and by gradient agree for six sizes |
# | "We run this discriminator (sliding window) on the entire image and finally take the average" | part and whole give equal scores away from the border; training averages the losses of the scores |
# | pixels further apart than a patch are taken as independent, "a form of texture/style loss" | exactly so in evaluation mode; norms over the picture weaken it; a pixel critic cannot see what is upside down |
# | it gives no numbers for patch sizes; pix2pix does | the table of verdicts above |

# %% tags=["nbval-check-output"]
print("fields as named:", all(receptive_field(nets[n]) == n for n in (16, 70)))
print("parameters of 70 in millions: %.3f" % (sum(p.numel() for p in nets[70].parameters()) / 1e6))

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: a field by hand
#
# Write the recursion {eq}`eq-07-field` for the field $r$ alone: from a list of kernels and strides, in the order from the
# picture to the score, to the number of pixels that one score sees in a row.
#
# <details><summary>Hint</summary>
#
# Keep two numbers, $r$ and the jump $j$, both 1 at the start. The kernel counts with the jump *before* its own stride.
#
# </details>

# %% tags=["exercise-setup"]
import torch
from torch import nn

from s2s_helpers.nets.patchgan import PatchGAN
from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def sees(layers):
    """The side of the field of a stack of layers [(kernel, stride), ...]; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("The last layers add most: they step in jumps of eight pixels."):
    for layers, right in {
        ((4, 2),): 4,
        ((4, 1), (4, 1)): 7,
        ((3, 2), (3, 1), (5, 2), (1, 1)): 15,
        ((4, 2), (4, 2), (4, 2), (4, 1), (4, 1)): 70,
    }.items():
        said = given(sees(list(layers)))
        if said != right:
            raise AssertionError(f"{list(layers)} sees {right} pixels, not {said}.")


# %% tags=["exercise-solution", "hide-cell"]
def sees(layers):
    r = j = 1
    for kernel, stride in layers:
        r, j = r + (kernel - 1) * j, j * stride
    return r


# %% [markdown]
# ### Exercise 2: the score in the corner
#
# The first score of the map, in the corner, looks over the edge of the picture. How many true pixels does it see? And
# for a picture of 256 by 256, which share of all scores of `PatchGAN(70)` sees no padding at all? Measure the first with a
# gradient, as `receptive_field` does, and compute the second from {eq}`eq-07-field`.
#
# <details><summary>Hint</summary>
#
# `torch.autograd.grad(corner_scores[0, 0, 0, 0], corner_picture)` is zero where the score does not look. For the share
# count the $i$ with $a + i j \ge 0$ and $a + i j + r \le 256$: that is for a row, and the map has two directions.
#
# </details>

# %% tags=["exercise-setup"]
torch.manual_seed(0)
judge = PatchGAN(70).eval()
corner_picture = torch.rand(1, 3, 256, 256, requires_grad=True)
corner_scores = judge(torch.rand(1, 3, 256, 256), corner_picture)

# %% tags=["exercise-stub"]
corner = None  # your turn: the side, in pixels, of what corner_scores[0, 0, 0, 0] sees
complete = None  # and the share of scores that see no padding, from 0 to 1

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("More than a third look over the edge. So D knows where the border is; less so on a larger picture."):
    side, share = given(corner, complete)
    if side == 70:
        raise AssertionError("The field has 70 pixels, but part of it lies outside of the picture.")
    if side != 47:
        raise AssertionError(f"The corner does not see {side} pixels a side. Count the columns whose gradient is not 0.")
    if abs(share - 24 / 30) < 0.01:
        raise AssertionError("That is the share in a row. The map has two directions.")
    if abs(share - 0.64) > 0.005:
        raise AssertionError(f"{share:.2f} is not the share. The map has 30 x 30 scores, 8 pixels apart; the first field begins at -23.")

# %% tags=["exercise-solution", "hide-cell"]
(gradient,) = torch.autograd.grad(corner_scores[0, 0, 0, 0], corner_picture, retain_graph=True)
corner = int((gradient.abs().sum(dim=(0, 1, 2)) > 0).sum())
whole_fields = [i for i in range(30) if -23 + 8 * i >= 0 and -23 + 8 * i + 70 <= 256]
complete = (len(whole_fields) / 30) ** 2

# %% [markdown]
# ### Exercise 3: build one to measure
#
# A discriminator is wanted whose scores lie 4 pixels apart and see exactly 31 pixels. All kernels are 4 by 4, all strides 1
# or 2. Find the strides, with as few layers as possible. The check builds your network and measures it by a gradient.
#
# <details><summary>Hint</summary>
#
# Scores 4 pixels apart: how many strides of 2 are there? A kernel adds 3, 6 or 12 pixels, depending on how many strides
# of 2 came before it. So the question is how many layers stand before the first stride of 2, between the two, and behind.
#
# </details>

# %% tags=["exercise-stub"]
strides = None  # your turn: a list such as [2, 1, 1]


# %% tags=["exercise-check", "nbval-check-output"]
def measured_field(strides):
    """Side of the field and distance of two fields, by gradients of a stack of 4 x 4 kernels."""
    stack = nn.Sequential(*(nn.Conv1d(1, 1, 4, stride) for stride in strides))
    for weight in stack.parameters():
        weight.data.fill_(1.0)
    row = torch.zeros(1, 1, 400, requires_grad=True)
    starts = []
    for score in (0, 1):
        (slope,) = torch.autograd.grad(stack(row)[0, 0, score], row)
        seen = slope[0, 0].nonzero().flatten()
        starts.append(int(seen[0]))
    return len(seen), starts[1] - starts[0]


with attempt("Where a stride stands matters as much as how many there are."):
    if not set(given(strides)) <= {1, 2} or not 1 <= len(strides) <= 8:
        raise AssertionError("A list of one to eight strides is wanted, each 1 or 2.")
    side, apart = measured_field(strides)
    if apart != 4:
        raise AssertionError(f"The scores lie {apart} pixels apart, not 4.")
    if side != 31:
        raise AssertionError(f"A score sees {side} pixels, not 31.")
    if len(strides) > 5:
        raise AssertionError(f"It sees 31 pixels, but with {len(strides)} layers; fewer will do.")

# %% tags=["exercise-solution", "hide-cell"]
strides = [1, 2, 1, 2, 1]  # 1 + 3 + 3 + 6 + 6 + 12

# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "07_patchgan")
