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
# # Perceptual losses
#
# What does a network see in a picture? Ask for another picture in which it sees the same. Below, the first row begins
# with a photo. The pictures beside it were found from noise, all with the same effort: each has the features of the
# photo at one layer of a loss network. The deeper the layer, the less the photo is pinned down. The rows below it begin
# with a texture. There the pictures share only *how often features occur together*, wherever they are. That is enough
# to lay a new mosaic, and to make a new sky.

# %% tags=["hide-input"]
import math
import os
import time
from dataclasses import replace

import torch
from IPython.display import Markdown
from skimage import data
from torch.nn.functional import avg_pool2d, interpolate
from torch.utils.flop_counter import FlopCounterMode

from s2s_helpers import zoo
from s2s_helpers.data.styles import mosaic
from s2s_helpers.images import contact_sheet, from_uint8, middle, resize
from s2s_helpers.losses import perceptual
from s2s_helpers.losses.conventions import CONVENTIONS, LossConvention, content_weight, style_weight
from s2s_helpers.losses.perceptual import content_loss, gram_matrix, relative_error, style_loss, total_variation
from s2s_helpers.nets.loss_network import PARTS, STYLE_LAYERS, Pocket
from s2s_helpers.nets.vgg import CONVS, OXFORD, TORCHVISION, VGG, WIDTHS
from s2s_helpers.optimize import inversion, texture
from s2s_helpers.train import compression
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests
SIZE = 128


def square(photo, size):
    """The middle of a photo of scikit-image, as a square."""
    x = from_uint8(photo)
    return resize(middle(x, min(x.shape[-2:])), (size, size))


def part(photo, size, top=0, left=0, side=None):
    """A square of a photo of scikit-image, ``side`` pixels wide, made ``size`` pixels wide."""
    x = from_uint8(photo)
    side = side or min(x.shape[-2:])
    return resize(x[..., top : top + side, left : left + side], (size, size))


def unseen(iteration, picture):
    """A preview that shows nothing: for runs of which only the end is of interest."""


# %%
phi = zoo.loss_network("pocket")
photos = {"cat": square(data.chelsea(), SIZE), "cup": square(data.coffee(), SIZE)}
textures = {
    "mosaic": mosaic(256)[..., :SIZE, :SIZE],
    "galaxies": part(data.hubble_deep_field(), SIZE, 200, 300, 2 * SIZE),
    "bricks": part(data.brick(), SIZE, side=228),
}

began = time.perf_counter()
recipe = replace(inversion.BOOK, steps=16 if FAST else 40, scales=3)
found = {
    (name, layer): inversion.invert(photo, layer, recipe, phi, preview=unseen).picture
    for name, photo in photos.items()
    for layer in STYLE_LAYERS
}
woven = replace(texture.BOOK, steps=16 if FAST else 30)
grown = {}
for name, pattern in textures.items():
    for count, layer in enumerate(STYLE_LAYERS, 1):
        upto = replace(woven, style_layers=STYLE_LAYERS[:count])
        grown[name, layer] = texture.synthesize(pattern, (SIZE, SIZE), upto, phi, preview=unseen).picture
seconds = time.perf_counter() - began

# %% mystnb={"figure": {"caption": "First row: a photo, and pictures found from noise that have its features at one layer. Other rows: a texture, and pictures that have its Gram matrices at all layers up to the one named. Found through the loss network pocket. The cat is chelsea, by St\u00e9fan van der Walt, CC0; the sky hubble_deep_field, by NASA, public domain, both from scikit-image; the mosaic is drawn by the package.", "name": "fig-10-result"}, "image": {"alt": "Three rows of five pictures. A cat's face; two faces that look the same; one with slightly wrong colors; one with all its lines but mottled, duller colors. A mosaic of fans of small tiles; colored noise of tiles; then pictures of fans that get more like fans, at other places. Galaxies in a black sky; colored blobs; then new skies of galaxies."}}
rows = [[photos["cat"], *(found["cat", layer] for layer in STYLE_LAYERS)]]
rows += [[textures[name], *(grown[name, layer] for layer in STYLE_LAYERS)] for name in ("mosaic", "galaxies")]
figure(contact_sheet(rows, ["given", *STYLE_LAYERS]))

# %%
print(f"{len(found) + len(grown)} pictures of {SIZE} x {SIZE} in {seconds:.0f} s, {torch.get_num_threads()} thread(s)")

# %% [markdown]
# :::{admonition} In this chapter
# **You will learn** what a loss network is; the three losses that styles are made with, line by line; what each of them
# forgives, and what it does not; what a layer keeps of a picture and what a Gram matrix keeps of a texture; and how to
# carry a weight from one code to another, though everybody divides by something else.
#
# **You need** {doc}`03_structured_losses`, and to know what a matrix product is.
#
# **Time**: two hours to study, with the exercises; the cells run in about a minute on one core, without a GPU.
# :::
#
# ## The idea
#
# A loss that compares pixels is blind for what pixels form together. A network that was trained to recognize things is
# not. So let it look at both pictures, and compare what it finds. Its weights stay as they are; it is only asked. It is
# called the *loss network* $\phi$. What it gives at layer $j$ for a picture $x$ are the *features* $\phi_j(x)$: $C_j$
# channels, each a map of $H_j \times W_j$ numbers.
#
# Style transfer trains a second network, $f_W$ with weights $W$, against such losses {cite:p}`johnson2016`. For a
# picture $x$ there are targets $y_1, y_2, \dots$, and each has a loss $\ell_i$ and a weight $\lambda_i$:
#
# $$
# W^* = \arg\min_W \; \mathbb{E}_{x, \{y_i\}} \Big[ \sum_i \lambda_i\, \ell_i\big(f_W(x), y_i\big) \Big] .
# $$ (eq-10-system)
#
# This is equation 5 of the paper {cite:p}`wang2019`. There are two targets: the photo itself for the content, and one
# painting for the style.
#
# :::{figure-md} fig-10-wiring
#
# ![A photo enters the transformation network, which makes a picture. The picture enters the loss network, a row of four boxes. Above each box a style loss compares it with a painting. Below the second box a content loss compares it with the photo. A third loss is of the picture alone. A dashed arrow leads from the sum of the losses back to the transformation network.](_static/drawings/wiring.svg)
#
# Figure 2 of the paper, drawn anew: what is trained, and where each loss attaches. The boxes say the shape of the
# features for a photo of 256 by 256 pixels.
# :::
#
# That is all there is to know of $f_W$ in this chapter. The subject here is $\ell_i$. In the package, the sum in the
# brackets is made of these terms:

# %% tags=["hide-input"]
source(perceptual.perceptual_terms)

# %% [markdown]
# ## The loss network
#
# The paper takes VGG-16, trained on ImageNet {cite:p}`simonyan2015`: thirteen convolutions of 3 by 3 in five blocks,
# each followed by a rectification, with a pooling by two between the blocks. `relu2_2` is the second convolution of the
# second block, rectified. The deeper, the more channels, the fewer places, and the larger the square of the picture
# that one number sees:

# %% tags=["nbval-check-output"]
seeing = VGG(CONVS[16], (2, 2, 2, 2, 2), pooling="average")  # any weights above 0 show the field of VGG-16
with torch.no_grad():
    for p in seeing.parameters():
        p.copy_(p.abs())
page = torch.ones(1, 3, 160, 160, requires_grad=True)
print("layer    sees, pixels   places at 256   channels in VGG-16   in pocket")
for block, layer in enumerate(STYLE_LAYERS):
    features = seeing(page, [layer])[layer]
    middle_one = features[0, 0, features.shape[2] // 2, features.shape[3] // 2]
    (gradient,) = torch.autograd.grad(middle_one, page)
    field = int(gradient.abs().sum(dim=(0, 1, 2)).gt(0).sum())
    print(f"{layer} {field:13} {256 // 2**block:12} ^2 {WIDTHS[block]:20} {PARTS[layer].channels:11}")

# %% [markdown]
# VGG-16 is a file of 553 MB. Nobody should have to download that to read a chapter. So the package has `pocket`, a part
# of it. Channels of one layer resemble each other. So in each layer those were kept from which the next layer's
# responses can be told best: *channel pruning* {cite:p}`he2017pruning`. And most convolutions became thinner inside: few
# filters, of which all channels are mixed {cite:p}`zhang2016accelerating`. All weights were fitted by least squares to
# what is left of the layer before. Then the network was trained: at the four layers of the table its channels shall have
# the features, and the Gram matrices, that they have in the whole network. They are in the same units, so losses have
# much the same values, and weights serve both.

# %% tags=["nbval-check-output"]
real = sum(p.numel() for p in VGG(CONVS[16][:4], WIDTHS[:4]).parameters())
small = sum(p.numel() for p in Pocket().parameters())
print(f"weights up to relu4_3: {real / 1e6:.2f} million in VGG-16, {small / 1e6:.2f} million in pocket")
megabytes = round(zoo.card("pocket")["bytes"] / 1e6)
print("a file of VGG-16 has", zoo.remote("vgg16").megabytes, "MB, that of pocket", megabytes, "MB")

# %% tags=["hide-input"]
source(VGG.forward, compression.choose, compression.least_squares)

# %% [markdown]
# How near does it come? This was measured on pictures that it had not been trained on, and is written on its card. The
# correlations are of losses: pocket and the whole VGG-16, with all its channels, are asked how far apart pictures are.
# The *Gram error* is the distance of its Gram matrix from that of the same channels in VGG-16, in parts of its size.

# %%
card = zoo.card("pocket")
print("teacher:", card["teacher"])
print("measured on", card["protocol"])

# %% tags=["hide-input"]
lines = ["| layer | style losses, correlation | content losses, correlation | Gram error |"]
lines.append("| :--- | ---: | ---: | ---: |")
for layer in STYLE_LAYERS:
    scores = card["scores"][layer]
    content = scores.get("content loss correlation")
    said = f"{content:.3f}" if content else ""
    lines.append(f"| {layer} | {scores['style loss correlation']:.3f} | {said} | {scores['gram error']:.3f} |")
Markdown("\n".join(lines))

# %% [markdown]
# The trial that counts is another one. Let pictures be found through `pocket`, as in {doc}`12_gatys_lbfgs`, and let
# VGG-16 say what they are worth: their value of the whole objective {eq}`eq-10-system`, beside that of pictures found
# through VGG-16 itself.

# %% tags=["nbval-check-output"]
worth = card["scores"]["optimization"]
for through in ("VGG-16", "pocket", "pocket_first"):
    print(f"found through {through:12}: {worth[f'through {through}']:.3f}")
print(f"pocket beside VGG-16, mean of the ratios over ten pairs: {worth['ratio']:.2f}")

# %% [markdown]
# So what is found through `pocket` is by the judgment of VGG-16 about a third worse. What is gained for it:

# %% tags=["nbval-check-output"]
billions = {}
for name, net in {"VGG-16": VGG(CONVS[16][:4], WIDTHS[:4]), "pocket": Pocket()}.items():
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.rand(1, 3, 256, 256), STYLE_LAYERS)
    billions[name] = counter.get_total_flops() / 2e9
    print(f"{name:6} {billions[name]:4.1f} billion multiplications for a picture of 256 x 256")
print("times fewer:", round(billions["VGG-16"] / billions["pocket"], 1))

# %% [markdown]
# The third line of the trial is an older `pocket`, which is still in the package. `pocket_first` was taught by VGG-19 as far
# as `relu3_3`, and its fourth layer by another network, SqueezeNet {cite:p}`iandola2016`. It does not know what VGG-16 sees at
# `relu4_3`, where the large strokes are. The stored comparisons of {doc}`06_unet_skips`, {doc}`13_fast_style` and {doc}`14_cascade` were run with it.
#
# To see any chapter through the real network, say `s2s download vgg16` once, and then:
#
# ```python
# phi = zoo.loss_network("vgg16")  # or "vgg19", and pooling="average" if you like
# ```
#
# ### Features as pictures
#
# Here are six channels of each layer, for the cat. Black is zero; rectified features are not negative.

# %% mystnb={"figure": {"caption": "The first six channels of each layer of pocket for the photo of the cat, from top to bottom relu1_2, relu2_2, relu3_3, relu4_3, each in its own scale. Photo: chelsea, CC0.", "name": "fig-10-maps"}, "image": {"alt": "Four rows of six gray pictures. In the first row the cat's face is sharp, with bright or dark lines. In the second its edges stand out as in a relief, lit from different sides. In the third they are coarse, with bright patches at eyes and nose. In the fourth a few large squares are left, brightest at the eyes."}}
with torch.no_grad():
    features = phi(photos["cat"], STYLE_LAYERS)
rows = []
for layer in STYLE_LAYERS:
    maps = features[layer][0, :6]
    maps = maps / maps.amax(dim=(1, 2), keepdim=True).clamp(min=1e-6)
    rows.append([interpolate(m.expand(1, 3, *m.shape), size=(104, 104)) for m in maps])
figure(contact_sheet(rows), quality=60)

# %% [markdown]
# The first layer still is a picture: brightness, color, fine edges. The fourth has few places left, each of which says
# something about a patch as wide as most of the picture.
#
# ## The three losses
#
# ### Content: features, place by place
#
# The *feature loss* or content loss compares features channel by channel and place by place. Write $\hat y$ for the
# picture that is judged and $y$ for its target:
#
# $$
# \ell_{feat,j}(\hat y, y) = \frac{1}{C_j H_j W_j}
# \sum_{c,h,w} \big( \phi_j(\hat y)_{c,h,w} - \phi_j(y)_{c,h,w} \big)^2 .
# $$ (eq-10-content)
#
# In the paper this is (6). In the package:

# %% tags=["hide-input"]
source(content_loss)


# %% [markdown]
# ### Style: products of features, summed over places
#
# For the style it must not matter *where* something is. Take two channels, multiply them place by place, and sum. The
# result is large if the two are often large together. All such sums form the *Gram matrix* of the layer,
#
# $$
# G_j(y)_{c,c'} = \frac{1}{C_j H_j W_j} \sum_{h,w} \phi_j(y)_{c,h,w}\; \phi_j(y)_{c',h,w} ,
# \qquad G_j = \frac{\psi \psi^T}{C_j H_j W_j} ,
# $$ (eq-10-gram)
#
# where $\psi$ has the features as a matrix of $C_j$ rows and $H_j W_j$ columns. The *style loss* is the squared
# distance of two Gram matrices,
#
# $$
# \ell_{style,j}(\hat y, y) = \lVert G_j(\hat y) - G_j(y) \rVert_F^2
# = \sum_{c,c'} \big( G_j(\hat y)_{c,c'} - G_j(y)_{c,c'} \big)^2 .
# $$ (eq-10-style)
#
# :::{figure-md} fig-10-gram
#
# ![Two rows, in blue for a picture and in orange for a painting: a stack of maps, a matrix with a row for each map, and a square matrix. Two rows and one entry of each square matrix have a red frame; the entry is strong in blue, and empty in orange. Both matrices lead to a minus sign, to a sum of squares, and to one number.](_static/drawings/gram.svg)
#
# From features to one number, with four small maps. The framed entry of the Gram matrix is the product of the two framed
# rows. Above, both maps are large at the same places; below, never.
# :::
#
# Together they are (7) of the paper. The idea is that of Gatys and others {cite:p}`gatys2015texture,gatys2015style`,
# and older than networks: textures were described by joint statistics of filters before {cite:p}`portilla2000`.

# %%
def plain_gram(features):
    """The Gram matrices (N, C, C) of features (N, C, H, W)."""
    psi = features.flatten(2)
    return psi @ psi.mT / psi[0].numel()


def plain_style_loss(made, target):
    """The squared distance of two Gram matrices (N, C, C), one value for each picture."""
    return (made - target).square().sum(dim=(1, 2))


# %% [markdown]
# The package's `gram_matrix` and `style_loss` compute the same. They do so in 32 bits whatever the features have, and
# with a gradient of their own, which is cheaper ({doc}`19_speed_and_scale`):

# %% tags=["nbval-check-output"]
f, other = features["relu3_3"], features["relu3_3"].flip(1)
print("the same Gram matrix:", torch.allclose(plain_gram(f), gram_matrix(f), rtol=1e-4))
print("the same style loss:", torch.allclose(plain_style_loss(plain_gram(f), plain_gram(other)),
                                             style_loss(gram_matrix(f), gram_matrix(other)), rtol=1e-3))

# %% [markdown]
# A case by hand. Two channels, two places: $\psi$ has the rows $(1, 2)$ and $(3, 4)$. The products are $1 + 4 = 5$,
# $3 + 8 = 11$ and $9 + 16 = 25$, and all are divided by $2 \cdot 1 \cdot 2 = 4$:

# %% tags=["nbval-check-output"]
psi = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
print(gram_matrix(psi).tolist())


# %% [markdown]
# The paper says two things of this matrix. It is proportional to the uncentered covariance of the channels, if each
# place is taken as a sample. And it has no size: $H_j$ and $W_j$ are gone, so output and style may be of different
# sizes. Both hold. The second is worth a look: repeat a texture, and nothing changes.

# %% tags=["nbval-check-output"]
def same(a, b):
    """Whether two matrices differ by less than the rounding of float32: a hundred thousandth of their norm."""
    return ((a - b).norm() / b.norm()).item() < 1e-5


samples = f[0].flatten(1).T  # one row for each place
covariance = torch.cov(samples.T, correction=0) + torch.outer(samples.mean(dim=0), samples.mean(dim=0))
print("uncentered covariance / C:", same(gram_matrix(f)[0], covariance / f.shape[1]))
twice = gram_matrix(f.repeat(1, 1, 1, 2))
print("the same for features laid twice side by side:", same(gram_matrix(f), twice))
order = torch.randperm(f[0, 0].numel(), generator=torch.Generator().manual_seed(0))
moved = f.flatten(2)[..., order].view_as(f)
print("the same for features at other places:", same(gram_matrix(f), gram_matrix(moved)))
print("the content loss of these is large:", (content_loss(moved, f) / content_loss(0 * f, f)).item() > 0.5)

# %% [markdown]
# ### Total variation: neighbors
#
# The third loss does not ask the network. It keeps the picture smooth. A loss network hardly minds a fine grain; the
# *total variation* does:
#
# $$
# \ell_{TV}(\hat y) = \operatorname{mean} \big| \hat y_{h+1,w} - \hat y_{h,w} \big|
# + \operatorname{mean} \big| \hat y_{h,w+1} - \hat y_{h,w} \big| .
# $$ (eq-10-tv)
#
# The means are over all neighbors and the three colors. The released code of Johnson et al. squares the differences and
# sums them, with pixels from 0 to 255. For that form the paper's weights from $10^{-6}$ to $10^{-4}$ are meant:

# %% tags=["hide-input"]
source(total_variation, perceptual.squared_variation)

# %% [markdown]
# ## What each loss forgives
#
# Now let us spoil a picture without changing what it shows. Move it by four pixels; mirror it; cut it into sixteen
# squares and shuffle these; shuffle all its pixels; make it brighter. Each loss is given in percent of what it says of
# *another picture*, the cat in place of the cup.

# %%
wide = square(data.coffee(), SIZE + 8)
cup = wide[..., 4 : SIZE + 4, 4 : SIZE + 4]


def shuffled(x, n):
    """The n x n squares of a picture in another order."""
    side = SIZE // n
    tiles = x[0].unfold(1, side, side).unfold(2, side, side).reshape(3, n * n, side, side)
    order = torch.randperm(n * n, generator=torch.Generator().manual_seed(0))
    rows = tiles[:, order].permute(1, 0, 2, 3).split(n)
    return torch.cat([torch.cat(list(row), dim=-1) for row in rows], dim=-2)[None]


spoiled = {
    "moved by 4": wide[..., 4 : SIZE + 4, 8 : SIZE + 8],
    "mirrored": cup.flip(3),
    "16 squares shuffled": shuffled(cup, 4),
    "pixels shuffled": shuffled(cup, SIZE),
    "brighter by 0.1": (cup + 0.1).clamp(0, 1),
}


@torch.no_grad()
def said(x, target):
    """All losses of a picture, by name."""
    a, b = phi(x, STYLE_LAYERS), phi(target, STYLE_LAYERS)
    losses = {"pixels": (x - target).square().mean()}
    losses |= {f"content {layer}": content_loss(a[layer], b[layer]) for layer in STYLE_LAYERS}
    losses |= {f"style {layer}": style_loss(gram_matrix(a[layer]), gram_matrix(b[layer])) for layer in STYLE_LAYERS}
    return {name: loss.item() for name, loss in losses.items()}


unit = said(photos["cat"], cup)
percent = {name: {k: 100 * v / unit[k] for k, v in said(x, cup).items()} for name, x in spoiled.items()}

# %% mystnb={"figure": {"caption": "A picture, and five that are made of it: moved by four pixels, mirrored, its squares shuffled, its pixels shuffled, brighter. Photo: coffee, by Rachel Michetti, CC0.", "name": "fig-10-spoiled"}, "image": {"alt": "Six pictures: a cup of coffee on a red saucer; the same slightly to the left; mirrored; its squares in another order; colored grain without shape; the cup, brighter."}}
figure(contact_sheet([[cup, *spoiled.values()]]), quality=66)

# %% tags=["hide-input"]
short = ["pixels", *(f"{kind} {layer}" for kind in ("content", "style") for layer in STYLE_LAYERS)]
lines = ["| | " + " | ".join(name.replace("relu", "") for name in short) + " |", "| :--- |" + " ---: |" * len(short)]
for name, row in percent.items():
    lines.append(f"| {name} | " + " | ".join(f"{row[k]:.1f}" if row[k] < 10 else f"{row[k]:.0f}" for k in short) + " |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
shift, pixels = percent["moved by 4"], percent["moved by 4"]["pixels"]
print("a shift costs pixels more than a fifth of another picture:", pixels > 20)
print("content at relu4_3 takes it for less than two thirds as bad:", shift["content relu4_3"] < pixels * 2 / 3)
print("content at relu3_3 for a little worse:", pixels < shift["content relu3_3"] < 1.5 * pixels)
print("content at relu2_2 for more than twice as bad:", shift["content relu2_2"] > 2 * pixels)
print("the style, at no layer more than 4 %:", max(shift[f"style {layer}"] for layer in STYLE_LAYERS) < 4)
scrambled = [percent["pixels shuffled"][f"style {layer}"] for layer in STYLE_LAYERS]
print("but shuffled pixels are worse than another picture, except at relu1_2:", min(scrambled[1:]) > 100)
lighter = [percent["brighter by 0.1"][f"content {layer}"] for layer in STYLE_LAYERS]
print("content hardly minds light, at each layer:", max(lighter) < 5)

# %% [markdown]
# * **The style forgives moves.** A shift costs next to nothing. A mirror image costs more the deeper the layer, a fifth
#   at `relu4_3`, because a feature is not a pixel. It looks at a neighborhood, and mirrored neighborhoods are other
#   neighborhoods. Shuffled squares cost most at depth too: each cut makes neighborhoods that were not there.
# * **It does not forgive to shuffle the pixels.** That the Gram matrix forgets places holds for the places of
#   *features*. Whoever moves pixels destroys the features. The first layer, which sees five pixels, minds least.
# * **Content is not as tolerant as it is said to be.** Feature losses are recommended because they do not insist on
#   exact pixels. That is true at depth only. At `relu2_2`, the content layer of the paper, a shift is *worse* than for
#   pixels: edges stand out in these maps, and an edge beside its place counts twice. The released code of Johnson et
#   al. uses `relu3_3`, for which it is about as bad as for pixels.
# * **Light is cheap.** Features are about edges.
#
# ## What a layer keeps
#
# The pictures of the first row were found by *feature inversion* {cite:p}`mahendran2015`. For a photo $y$ and a layer
# $j$ find, from noise,
#
# $$
# \hat y = \arg\min_x \; \frac{\lVert \phi_j(x) - \phi_j(y) \rVert^2}{\lVert \phi_j(y) \rVert^2}
# + \lambda\, \ell_{TV}(x) .
# $$ (eq-10-inversion)
#
# The quotient is the content loss in parts of what an empty picture costs. $\lambda$ is small. The package takes this
# for style transfer with a style weight of zero, so it needs few lines; {doc}`12_gatys_lbfgs` tells how the minimum is
# found.

# %% tags=["hide-input"]
source(inversion.invert)


# %%
def correlation(a, b):
    """Of all values of two pictures; 1 if they agree but for light and contrast, 0 if they have nothing in common."""
    return torch.corrcoef(torch.stack([a.flatten(), b.flatten()]))[0, 1].item()


def gray(x):
    return x.mean(dim=1, keepdim=True)


def color(x):
    """What the picture adds to its brightness and to its mean color."""
    return x - gray(x) - (x - gray(x)).mean(dim=(2, 3), keepdim=True)


def edges(x):
    """How steep the gray picture is around each place, in a window of 9 by 9 pixels."""
    g = gray(x)
    steep = (g[..., 1:, :-1] - g[..., :-1, :-1]).square() + (g[..., :-1, 1:] - g[..., :-1, :-1]).square()
    return avg_pool2d(steep.sqrt(), 9, stride=1)


@torch.no_grad()
def kept(x, y, layer):
    """What a found picture x has of the photo y: error of features and of pixels; edges, brightness, color."""
    error = relative_error(phi(x, [layer])[layer], phi(y, [layer])[layer]).item()
    return error, (x - y).abs().mean().item(), *(correlation(part(x), part(y)) for part in (edges, gray, color))


kept_of = {(name, layer): kept(x, photos[name], layer) for (name, layer), x in found.items()}


# %% tags=["hide-input"]
def table(rows, first):
    """What was kept, as a table; the keys of ``rows`` are what stands in front."""
    lines = ["| " + " | ".join(first) + " | features, error | pixels, L1 | edges | brightness | color |"]
    lines.append("| :--- |" * len(first) + " ---: |" * 5)
    for key, (error, l1, *alike) in rows.items():
        cells = [*key, f"{100 * error:.2f} %", f"{l1:.3f}", *(f"{c:.2f}" for c in alike)]
        lines.append("| " + " | ".join(cells) + " |")
    return Markdown("\n".join(lines).replace("||", "|"))


table(kept_of, ("photo", "layer"))

# %% [markdown]
# The last three columns are correlations with the photo. The first layers give the photo back. At `relu4_3` the edges
# are there, and the brightness hardly is. The features of the two pictures nearly agree, and yet one cannot tell from
# the found picture which side of an edge is the bright one.
#
# ### Lost, or not found?
#
# It is often said that deep layers keep what is shown, and lose color and texture; so in {cite:t}`johnson2016`. Is that
# so? Count first. A layer with fewer numbers than the picture must lose something; one with more need not:

# %% tags=["nbval-check-output"]
print(f"numbers in a picture of {SIZE} x {SIZE}: {3 * SIZE**2:,}")
for block, layer in enumerate(STYLE_LAYERS):
    places = (SIZE // 2**block) ** 2
    print(f"{layer}: {WIDTHS[block] * places:9,} in VGG-16, {PARTS[layer].channels * places:7,} in pocket")

# %% [markdown]
# Even the fourth layer has more numbers than the picture, in `pocket` too. So nothing need be lost. Is the light? Let us
# search longer.

# %%
further = replace(recipe, steps=40 if FAST else 150)
longer, rows = {}, {}
for name, photo in photos.items():
    longer[name] = inversion.invert(photo, "relu4_3", further, phi, preview=unseen).picture
    rows[name, str(recipe.steps)] = kept_of[name, "relu4_3"]
    rows[name, str(further.steps)] = kept(longer[name], photo, "relu4_3")

# %% mystnb={"figure": {"caption": "Found from the features at relu4_3 after 40 and after 150 iterations at each of three sizes, beside the photo. Photos: chelsea and coffee, from scikit-image, CC0.", "name": "fig-10-longer"}, "image": {"alt": "Two rows of three pictures, a cat's face and a cup of coffee. After 40 iterations all lines are there, with mottled and pale colors; after 150 the fur is brown and the saucer red, much as in the photos."}}
sheet = [[found[name, "relu4_3"], longer[name], photo] for name, photo in photos.items()]
figure(contact_sheet(sheet, [str(recipe.steps), str(further.steps), "photo"]))

# %% tags=["hide-input"]
table(rows, ("photo", "iterations"))

# %% tags=["nbval-check-output"]
for name in photos:
    by_depth = [kept_of[name, layer][1] for layer in STYLE_LAYERS]
    before, after = rows[name, str(recipe.steps)], rows[name, str(further.steps)]
    nearest, farthest = by_depth[0] == min(by_depth), by_depth[3] == max(by_depth)
    print(f"{name}: with the same effort, relu1_2 is nearest, relu4_3 farthest:", nearest, farthest)
    print(f"{name}: relu1_2 gives the photo back:", by_depth[0] < 0.03)
    print(f"{name}: at relu4_3 the edges come before the brightness:", before[2] > before[3] + 0.2)
    more = after[0] < 0.5 * before[0] and after[3] > before[3] + 0.05
    print(f"{name}: a longer search finds more of the brightness:", more)

# %% [markdown]
# So much of the brightness and the color was not lost, it was *faint*. The step from an error of several percent to
# one of less than a percent is where it comes back, since a search sees to the large parts first. A picture of
# inversion shows as much of the patience of who searched as of the layer. What is safe to say: edges weigh much at
# depth, colors little. A content loss with a modest weight will behave accordingly. It holds the edges, and lets the
# colors go. This is just what style transfer needs.
#
# Move the sliders: the photo, and the layer. Photos: chelsea and coffee, CC0.

# %%
SHOWN = (152, 152)


def from_features(photo, layer):
    """A photo, and a picture with the same features at one layer"""
    return [("given", resize(photos[photo], SHOWN)), (f"found from {layer}", resize(found[photo, layer], SHOWN))]


explore(from_features, quality=58, photo=list(photos), layer=list(STYLE_LAYERS))

# %% [markdown]
# ## What a Gram matrix keeps
#
# The textures were made in the same way, with the style loss alone {cite:p}`gatys2015texture`. For a texture $y$ and a
# set $J$ of layers find
#
# $$
# \hat y = \arg\min_x \; \sum_{j \in J} \frac{\lVert G_j(x) - G_j(y) \rVert_F^2}{\lVert G_j(y) \rVert_F^2}
# + \lambda\, \ell_{TV}(x) ,
# $$ (eq-10-texture)
#
# from noise that has the mean color of the texture and its spread, first small, then enlarged.

# %% tags=["hide-input"]
source(texture.synthesize)


# %% [markdown]
# One layer is not enough. `relu1_2` sees five pixels: it gets the colors right and the grain. With each layer more,
# larger pieces come right: a tile, a ring of tiles, part of a fan. What lies at which place is as chance had it, so the
# result has next to nothing to do with the texture, pixel by pixel.
#
# And over long distances the order is lost. To see it, ask each picture how like itself it is after a move:
# the *autocorrelation*, for moves by 16 to less than 64 pixels to the right and down. Bricks and fans repeat themselves; galaxies
# do not.

# %%
def order_of(x):
    """The largest correlation of the gray picture with itself, moved by 16 pixels or more (down or right, up to 63)."""
    g = gray(x)[0, 0]
    g = g - g.mean()
    spectrum = torch.fft.fft2(g, s=(2 * SIZE, 2 * SIZE)).abs().square()
    overlap = torch.fft.fft2(torch.ones_like(g), s=(2 * SIZE, 2 * SIZE)).abs().square()
    alike = (torch.fft.ifft2(spectrum).real / torch.fft.ifft2(overlap).real.clamp(min=1))[:64, :64]
    down, right = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    return (alike[down.square() + right.square() >= 16**2].max() / alike[0, 0]).item()


@torch.no_grad()
def gram_error(x, y):
    """The mean relative error of the Gram matrices at all four layers."""
    a, b = phi(x, STYLE_LAYERS), phi(y, STYLE_LAYERS)
    errors = [relative_error(gram_matrix(a[layer]), gram_matrix(b[layer])).item() for layer in STYLE_LAYERS]
    return sum(errors) / len(errors)


measured = {
    name: (gram_error(x, y), correlation(x, y), order_of(y), order_of(x))
    for name, y in textures.items()
    for x in [grown[name, "relu4_3"]]
}

# %% mystnb={"figure": {"caption": "Bricks, and what is found with the Gram matrices of all layers up to the one named. The photo is brick, by CC0Textures, from scikit-image, CC0.", "name": "fig-10-bricks"}, "image": {"alt": "Five gray pictures. A wall of upright bricks with bright joints; loose bright strokes; then pictures with joints that enclose stones of all sizes, more and more complete, but no wall."}}
walls = [textures["bricks"], *(grown["bricks", layer] for layer in STYLE_LAYERS)]
figure(contact_sheet([walls], ["given", *STYLE_LAYERS]))

# %% tags=["hide-input"]
lines = ["| texture | Gram matrices, error | correlation of the pixels | order, given | order, found |"]
lines.append("| :--- | ---: | ---: | ---: | ---: |")
for name, (error, alike, given, got) in measured.items():
    lines.append(f"| {name} | {100 * error:.1f} % | {alike:.2f} | {given:.2f} | {got:.2f} |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
for name, (error, alike, *_) in measured.items():
    print(f"{name}: the same Gram matrices, other pixels:", error < 0.1 and abs(alike) < 0.2)
for name in ("mosaic", "bricks"):
    print(f"{name}: the order is lost:", measured[name][3] < 0.75 * measured[name][2])


# %% [markdown]
# So the bricks are where the method fails. Joints, corners, the gray of the stones: all is there, and yet it is no
# wall. Its order reaches over many features, and where these lie is just what a Gram matrix forgets. A sky of galaxies
# has no such order, and a found one can hardly be told from a true one.
#
# Move the sliders: the texture, and how many layers take part. Of the photos, hubble_deep_field (NASA) is in the public
# domain, brick (CC0Textures) CC0.

# %%
def from_grams(texture, layers_up_to):
    """A texture, and a picture with the same Gram matrices"""
    return [("given", resize(textures[texture], SHOWN)), ("found", resize(grown[texture, layers_up_to], SHOWN))]


explore(from_grams, quality=58, texture=list(textures), layers_up_to=list(STYLE_LAYERS))

# %% [markdown]
# ## One page of Gram conventions
#
# Whoever compares codes for style transfer meets weights from 0.002 to $10^{10}$. The formulas look alike. They are
# not: some divide the Gram matrix by $H W$, some by $C H W$, some not at all; some sum the squares, others take their
# mean over $C^2$ entries. In short, with $M = H W$:
#
# $$
# \text{style loss} = \frac{1}{s} \Big\lVert \frac{\psi \psi^T - \psi' \psi'^T}{g} \Big\rVert_F^2
# = \underbrace{\frac{1}{s} \Big( \frac{C M}{g} \Big)^2}_{\text{factor}} \; \ell_{style} ,
# $$ (eq-10-factor)
#
# where $g$ and $s$ are what a source divides by, and $\ell_{style}$ is {eq}`eq-10-style`. For content it is the same
# with $CM / t$, where $t$ divides the sum of the squared differences. The package has a table of these divisors. The
# tests write each loss out as its source publishes it, and compare it with the factor.

# %% tags=["hide-input"]
source(LossConvention.style_factor, LossConvention.content_factor, style_weight)

# %% tags=["hide-input"]
LINKS = {
    "Gatys et al., text": "[paper](https://arxiv.org/abs/1508.06576)",
    "Gatys et al., code": "[notebook](https://github.com/leongatys/PytorchNeuralStyleTransfer)",
    "Johnson et al., text": "[paper](https://arxiv.org/abs/1603.08155)",
    "Johnson et al., code": "[fast-neural-style](https://github.com/jcjohnson/fast-neural-style)",
    "pytorch/examples": "[code](https://github.com/pytorch/examples/tree/main/fast_neural_style)",
    "PyTorch tutorial": "[page](https://docs.pytorch.org/tutorials/advanced/neural_style_tutorial.html)",
    "Dive into Deep Learning": "[page](https://d2l.ai/chapter_computer-vision/neural-style.html)",
    "TensorFlow tutorial": "[page](https://www.tensorflow.org/tutorials/generative/style_transfer)",
}
SHAPES = ((64, 256**2), (512, 32**2))  # C and M of relu1_2 and relu4_3 in VGG-16, at 256 x 256
FORMS = {(1, 1): "1", (0.25, 0.25): "1/4", (64**-2, 512**-2): "1/C²", (64 * 256**2 / 2, 512 * 32**2 / 2): "CM/2"}


def form(factor):
    """A factor as a formula, recognized by its values at two layers."""
    return FORMS[tuple(factor(c, m) for c, m in SHAPES)]


def number(value):
    if value is None:
        return "open"
    power = math.floor(math.log10(value))
    return f"{value:g}" if -3 < power < 4 else f"{value / 10.0**power:.3g}e{power}"


def published(each):
    if each.style_weight is None:
        return "open"
    ends = [each.style_weight(c, 1) for c in (64, 512)]
    style = number(ends[0]) if ends[0] == ends[1] else f"{ends[0] * 64**2:.0f}/C²"
    return f"{number(each.content_weight)} : {style}"


lines = ["| source | | style factor | content factor | weights content : style | sizes may differ |"]
lines.append("| :--- | :--- | :---: | :---: | ---: | :---: |")
for name, each in CONVENTIONS.items():
    sizes = "yes" if each.sizes_may_differ else "no"
    cells = (name, LINKS[name], form(each.style_factor), form(each.content_factor), published(each), sizes)
    lines.append("| " + " | ".join(cells) + " |")
Markdown("\n".join(lines))

# %% [markdown]
# *Open* means that the source names no weight. The weight is that of each layer; where a source divides one weight by
# the number of layers, this has been done. Gatys et al. name several, for each picture another: a ratio
# $\alpha / \beta$ of content to style of $10^{-3}$ or $10^{-4}$ {cite:p}`gatys2015style`, later also of
# $8 \cdot 10^{-4}$, $5 \cdot 10^{-3}$ and $5 \cdot 10^{-4}$ {cite:p}`gatys2016`. The table has $10^{-3}$.
#
# Eight sources, and only three factors for the style. The $4 C^2 M^2$ of Gatys et al. looks most unlike the others, and
# comes out as a quarter of {eq}`eq-10-style` at every layer and size {cite:p}`gatys2015style,gatys2016`. Their own code
# has a factor of 1: it divides less in the Gram matrix and more in the mean. TensorFlow's does the same. The other four
# codes compute one and the same number.
#
# Is $1/C^2$ a slip, since the matrix has been divided by $C$ already? The authors were asked.
# [Johnson](https://github.com/jcjohnson/neural-style/issues/90) answered that he had no theory for it, but good
# pictures: for one layer it is only a constant, and for several it shifts the balance between them.
# [Gatys](https://github.com/leongatys/PytorchNeuralStyleTransfer/issues/14) divides once for the places and once for
# the channels; divided twice, the loss vanishes for many channels.
#
# A check with real features, of the most unlike pair: the formula of Gatys et al. as it is printed, and the factor.

# %% tags=["nbval-check-output"]
with torch.no_grad():
    a, b = (phi(x, ["relu3_3"])["relu3_3"][0].flatten(1) for x in (photos["cat"], photos["cup"]))
C, M = a.shape
printed = ((a @ a.T - b @ b.T) ** 2).sum() / (4 * C**2 * M**2)
ours = style_loss(*(gram_matrix(x.view(1, C, M, 1)) for x in (a, b)))
gatys = CONVENTIONS["Gatys et al., text"]
print("printed / ours:", round((printed / ours).item(), 4), " factor:", gatys.style_factor(C, M))


# %% [markdown]
# **Sizes.** A Gram matrix that was not divided by the number of its places grows with the picture. By the text of Gatys
# et al. a texture and the same texture twice have different styles. All the others divide each matrix by its own size,
# and find no difference. So with them the output and the style may have different sizes, and with the text they must
# not.

# %% tags=["nbval-check-output"]
def of_repeated(gram):
    """How far the Gram matrix of features laid twice side by side is from that of the features, in parts of it."""
    pair = (f[0].flatten(1), f[0].repeat(1, 1, 2).flatten(1))
    once, twice = (psi @ psi.T / gram(*psi.shape) for psi in pair)
    return ((twice - once).norm() / once.norm()).item()


for name in ("Gatys et al., text", "Gatys et al., code", "Johnson et al., text"):
    print(f"{name:22} {of_repeated(CONVENTIONS[name].gram):.2f}")

# %% [markdown]
# ### A worked example
#
# Johnson's code has a style weight of 5 and a content weight of 1. Which weights have the same effect elsewhere, for
# pictures of 256 by 256 and features of VGG-16? For each of the four layers:

# %% tags=["hide-input"]
johnson = CONVENTIONS["Johnson et al., code"]
at_256 = {layer: (WIDTHS[block], (256 // 2**block) ** 2) for block, layer in enumerate(STYLE_LAYERS)}
lines = ["| convention | " + " | ".join(STYLE_LAYERS) + " | content, relu3_3 |", "| :--- |" + " ---: |" * 5]
for name, each in CONVENTIONS.items():
    weights = [style_weight(5.0, johnson, each, *at_256[layer]) for layer in STYLE_LAYERS]
    weights.append(content_weight(1.0, johnson, each, *at_256["relu3_3"]))
    lines.append(f"| {name} | " + " | ".join(number(w) for w in weights) + " |")
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
text = CONVENTIONS["Johnson et al., text"]
by_text = [style_weight(5.0, johnson, text, *at_256[layer]) for layer in STYLE_LAYERS]
print("5 by the code is, by equation 7:", ", ".join(map(number, by_text)))
print("relu1_2 against relu4_3:", round(by_text[0] / by_text[-1]))
for side in (256, 512):
    weight = content_weight(1.0, johnson, gatys, 256, (side // 4) ** 2)
    print(f"a content weight of 1 is, by the text of Gatys et al. at {side} x {side}: {number(weight)}")

# %% [markdown]
# So a single weight cannot always be carried over. Where the factors differ by $1/C^2$, a code with one weight for all
# layers counts `relu1_2` 64 times as much against `relu4_3` as equation 7 does. With equation 7 as it stands one must
# choose; the recipe `PAPER` of this package takes the weight of `relu3_3`, $5/256^2$. And the content loss of Gatys
# et al. is a sum, so its weight depends on the size of the picture.
#
# ### The other half: pixels and features
#
# One riddle is left. Johnson's code, pytorch/examples, the tutorial of PyTorch and Dive into Deep Learning have the
# same two formulas. Yet their style weights, for a content weight of 1, are 5, $10^5$, $10^6$ and $10^4$. The reason is
# what the network is fed. Oxford's VGG takes pixels from 0 to 255 minus a mean; torchvision's pixels are smaller by a
# factor $k$ of about 58. Suppose that features grow with the pixels, by $k$. Then the content loss grows by $k^2$ and
# the style loss by $k^4$. So on the small features the style needs a weight that is $k^2$ times as large.

# %% tags=["nbval-check-output"]
k = sum(a / b for a, b in zip(OXFORD.scale, TORCHVISION.scale, strict=True)) / 3
x, y = features["relu3_3"], moved
grams = [gram_matrix(scale * z) for scale in (1, k) for z in (x, 0 * x)]
content_ratio = content_loss(k * x, k * y) / content_loss(x, y)
style_ratio = style_loss(*grams[2:]) / style_loss(*grams[:2])
powers = [math.log(ratio.item(), k) for ratio in (content_ratio, style_ratio)]
print(f"k = {k:.1f}; content grows by k^{powers[0]:.2f}, style by k^{powers[1]:.2f}")
print(f"a style weight of 5 on Oxford's features is about {5 * k**2:.0f} on torchvision's")
for name in ("pytorch/examples", "PyTorch tutorial", "Dive into Deep Learning"):
    each = CONVENTIONS[name]
    weight = each.style_weight(1, 1) / each.content_weight
    print(f"{name:24} {weight / 5:8,.0f} times as much as 5, of which pixels explain all but {weight / (5 * k**2):.1f}")


# %% [markdown]
# That is a rule of thumb, since the two were trained separately. But it takes the riddle away: what seemed a factor of
# 20,000 between Johnson's code and pytorch/examples is one of about 6.
#
# ### Which layers
#
# No factor helps where the layers differ. These are the layers of the sources; `conv` stands for features *before* the
# rectification, except in the text of Gatys et al., which does not say.

# %% tags=["hide-input"]
def listed(layers):
    """``relu1_1, 2_1, ...``: the name once."""
    kind = layers[0][:4]
    return kind + ", ".join(layer.removeprefix(kind) for layer in layers)


lines = ["| source | network | content | style | pixels |", "| :--- | :--- | :--- | :--- | :--- |"]
pixels_of = {"0..255": "0 to 255, minus the mean", "unit": "standardized"}
for name, each in CONVENTIONS.items():
    layers = f"{each.content_layer} | {listed(each.style_layers)}"
    lines.append(f"| {name} | {each.network} | {layers} | {pixels_of[each.pixels]} |")
lines.append("| *the paper* | VGG-16 | relu2_2 | relu1_2, 2_2, 3_3, 4_3 | 0 to 255 |")
Markdown("\n".join(lines))

# %% [markdown]
# The tutorial of PyTorch counts convolutions, `conv_1` to `conv_5`. These are not the first convolutions of the five
# blocks, as in Gatys et al., but the first five of the network. So it looks no deeper than `conv3_1`, and its
# content layer is `conv2_2`.
#
# ## What to take away
#
# * A loss network is asked, not trained. Features are compared in place of pixels.
# * Content compares features place by place. It forgives small moves at depth only, and at `relu2_2` not at all.
# * A Gram matrix says which features occur together. It forgets where, and how large the picture is.
# * Inversion shows what a layer holds on to. At depth the edges come first, brightness and color late.
# * Texture synthesis shows what Gram matrices keep: all that fits into the field of a feature. Order beyond it is lost.
# * Before you compare two style weights, compare what the losses are divided by, which pixels the network takes, and
#   which layers. Relative losses, as in {doc}`12_gatys_lbfgs`, spare you that.
#
# ## The paper's claims beside our measurement
#
# | the paper {cite:p}`wang2019` | here | verdict |
# | :--- | :--- | :--- |
# | Pixel by pixel comparison is not recommended; features are high-level | a shift by 4 pixels: content at `relu4_3` takes it for less than half as bad as pixels do, at `relu2_2` for more than twice as bad | holds at depth, fails at the paper's own content layer |
# | The Gram matrix is "proportional to the non-central covariance", each place a sample | equal, up to $1/C$ | confirmed |
# | The style loss is "well defined, even when the output and target have different sizes" | a texture and the same texture twice: no difference by equation 7; a difference by the text of Gatys et al. | confirmed for equation 7 |
# | The style loss is about "color, texture, common patterns" | colors and patterns up to the size of the field come back; the order of bricks does not | confirmed, with that limit |
# | Features by VGG, "the same as the original style using VGG-19" | the layers, the divisors and the weights of the sources differ | not the same; see the page of conventions |

# %% tags=["nbval-check-output"]
print("factors for style:", sorted({form(each.style_factor) for each in CONVENTIONS.values()}))
free = sum(each.sizes_may_differ for each in CONVENTIONS.values())
print("sources:", len(CONVENTIONS), " where sizes may differ:", free)

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: a Gram matrix by hand
#
# Write {eq}`eq-10-gram` for the features (C, H, W) of one picture, without `gram_matrix`. Work out the small case of the
# check on paper first: two channels, two places, with the features 1 and 2 in the first channel and 3 and 0 in the second.
#
# <details><summary>Hint</summary>
#
# Make the features a matrix $\psi$ of C rows, one for each channel (`flatten(1)`). Then it is one product, and one
# division by the number of all features.
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers.losses.conventions import CONVENTIONS
from s2s_helpers.losses.perceptual import gram_matrix, style_loss
from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def my_gram(features):
    """The Gram matrix (C, C) of the features (C, H, W) of one picture; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Its diagonal says how strong each channel is, the rest which channels are strong together."):
    matrix = given(my_gram(torch.tensor([[[1.0, 2.0]], [[3.0, 0.0]]])))
    if matrix.shape != (2, 2):
        raise AssertionError(f"Two channels have a matrix (2, 2), not {tuple(matrix.shape)}.")
    right = torch.tensor([[5.0, 3.0], [3.0, 9.0]])
    if torch.allclose(matrix, right) or torch.allclose(matrix, right / 2):
        raise AssertionError("The products are right. Divide by the number of all features, here 2 * 1 * 2.")
    if not torch.allclose(matrix, right / 4):
        raise AssertionError(f"The small case gives {(right / 4).tolist()}, not {matrix.tolist()}.")
    features = torch.rand(5, 6, 7, generator=torch.Generator().manual_seed(0))
    if not torch.allclose(my_gram(features), gram_matrix(features[None])[0], atol=1e-5):
        raise AssertionError("The small case is right, but features (5, 6, 7) are not.")


# %% tags=["exercise-solution", "hide-cell"]
def my_gram(features):
    psi = features.flatten(1)
    return psi @ psi.T / features.numel()


# %% [markdown]
# ### Exercise 2: what the style loss does not see
#
# Predict, then measure. The features (1, C, H, W) of a picture are changed in six ways. Which changes leave the style
# loss {eq}`eq-10-style` between old and new at zero? Fill in `True` (it stays at zero) or `False`.
#
# <details><summary>Hint</summary>
#
# A Gram matrix sums over places. So ask of each change: does it only reorder the places? Does every sum keep its
# value after the division by $C_j H_j W_j$? The rows of the matrix are named by channels; these must keep their names.
#
# </details>

# %% tags=["exercise-setup"]
CHANGES = {
    "mirrored": lambda f: f.flip(3),
    "all places shuffled": lambda f: f.flatten(2)[..., torch.randperm(f[0, 0].numel())].view_as(f),
    "channels in reverse order": lambda f: f.flip(1),
    "set twice side by side": lambda f: torch.cat([f, f], dim=3),
    "twice as strong": lambda f: 2 * f,
    "with a frame of zeros": lambda f: torch.nn.functional.pad(f, (2, 2, 2, 2)),
}

# %% tags=["exercise-stub"]
stays_at_zero = {
    "mirrored": None,  # your turn: True or False
    "all places shuffled": None,
    "channels in reverse order": None,
    "set twice side by side": None,
    "twice as strong": None,
    "with a frame of zeros": None,
}

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("The frame adds no product, but divides all of them by more places."):
    given(*stays_at_zero.values())
    features = torch.rand(1, 4, 8, 8, generator=torch.Generator().manual_seed(0))
    for change, f in CHANGES.items():
        loss = style_loss(gram_matrix(f(features)), gram_matrix(features)).item()
        if stays_at_zero[change] != (loss < 1e-8):
            raise AssertionError(f"Measured, {change}: the style loss is {'0' if loss < 1e-8 else f'{loss:.2g}'}.")

# %% tags=["exercise-solution", "hide-cell"]
stays_at_zero = {
    "mirrored": True,
    "all places shuffled": True,
    "channels in reverse order": False,
    "set twice side by side": True,
    "twice as strong": False,
    "with a frame of zeros": False,
}


# %% [markdown]
# ### Exercise 3: one more convention
#
# The style transfer [example of Keras](https://keras.io/examples/generative/neural_style_transfer/) does not divide its
# Gram matrices. It divides the sum of the squared differences of their entries by $4 \cdot 3^2 \cdot S^2$, at every
# layer, where 3 is the number of colors and $S$ the number of pixels of the *picture*. By which factor does its style loss
# differ from {eq}`eq-10-style`, as a function of $C$, $M$ and $S$, for a layer of $C$ channels and $M$ places?
#
# <details><summary>Hint</summary>
#
# Find $g$ and $s$, the numbers by which Keras divides the matrix and the sum, and use {eq}`eq-10-factor`. For Gatys et al.,
# who divide by 1 and by $4 C^2 M^2$, it gives 1/4.
#
# </details>

# %% tags=["exercise-stub"]
def keras_factor(c, m, s):
    """The style loss of Keras divided by equation 7; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("So the first block counts for more than in the text of Gatys et al., by a factor that falls from block to block."):
    for c, m, s in ((5, 12, 48), (7, 9, 144)):
        f, g = torch.rand(2, 1, c, m, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(c))
        written_out = ((f[0, ..., 0] @ f[0, ..., 0].T - g[0, ..., 0] @ g[0, ..., 0].T) ** 2).sum() / (4 * 3**2 * s**2)
        by_eq_7 = style_loss(gram_matrix(f), gram_matrix(g)).double()
        factor = given(keras_factor(c, m, s))
        if abs(factor - 1 / 4) < 1e-9:
            raise AssertionError("This is the factor of Gatys et al.: Keras divides by the pixels of the picture, not of the layer.")
        if not torch.allclose(factor * by_eq_7, written_out, rtol=1e-3):
            raise AssertionError(f"For C = {c}, M = {m}, S = {s} it is {(written_out / by_eq_7).item():.4g}, not {factor:.4g}.")


# %% tags=["exercise-solution", "hide-cell"]
def keras_factor(c, m, s):
    return (c * m) ** 2 / (36 * s**2)  # g = 1, s = 36 S^2


gatys_text = CONVENTIONS["Gatys et al., text"]
for block, width in enumerate((64, 128, 256, 512, 512)):
    places = (256 // 2**block) ** 2
    print(f"block {block + 1}: {keras_factor(width, places, 256**2) / gatys_text.style_factor(width, places):8.2f} times Gatys et al.")

# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "10_perceptual_losses")
