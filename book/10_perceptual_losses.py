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
from s2s_helpers.losses.perceptual import content_loss, gram_matrix, relative_error, style_loss, total_variation
from s2s_helpers.nets.loss_network import PARTS, STYLE_LAYERS, Pocket
from s2s_helpers.nets.vgg import CONVS, VGG, WIDTHS
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
# **You will be able to** say what a loss network is; compute the three losses that styles are made with, line by line; say
# what each of them forgives, and what it does not; and show what a layer keeps of a picture, and what a Gram matrix keeps of
# a texture.
#
# **You need** {doc}`03_structured_losses`, and to know what a matrix product is.
#
# **Study time**: an hour and a half, with the exercises; the cells run in about two minutes on one core, without a GPU.
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
# ## What to take away
#
# * A loss network is asked, not trained. Features are compared in place of pixels.
# * Content compares features place by place. It forgives small moves at depth only, and at `relu2_2` not at all.
# * A Gram matrix says which features occur together. It forgets where, and how large the picture is.
# * Inversion shows what a layer holds on to. At depth the edges come first, brightness and color late.
# * Texture synthesis shows what Gram matrices keep: all that fits into the field of a feature. Order beyond it is lost.
# * Everybody divides these losses by something else. {doc}`11_loss_conventions` carries weights from one code to another.
#
# ## The paper's claims beside our measurement
#
# | the paper {cite:p}`wang2019` | here | verdict |
# | :--- | :--- | :--- |
# | Pixel by pixel comparison is not recommended; features are high-level | a shift by 4 pixels: content at `relu4_3` takes it for less than half as bad as pixels do, at `relu2_2` for more than twice as bad | holds at depth, fails at the paper's own content layer |
# | The Gram matrix is "proportional to the non-central covariance", each place a sample | equal, up to $1/C$ | confirmed |
# | The style loss is about "color, texture, common patterns" | colors and patterns up to the size of the field come back; the order of bricks does not | confirmed, with that limit |

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
# ### Exercise 3: which way the style pulls
#
# A search needs the gradient of the style loss. Derive it on paper, and write it as code, without `backward`. For features
# (C, H, W) of a picture with the Gram matrix $G$, and the Gram matrix $G'$ of the style, it is the derivative of
# {eq}`eq-10-style` by each feature.
#
# <details><summary>Hint</summary>
#
# Let $\psi$ change by a little, $d$. Then $G$ changes by $(d\, \psi^T + \psi\, d^T) / (C M)$, and the loss by twice the sum of
# $(G - G')$ times that change, entry by entry. $G - G'$ is symmetric, so both parts give the same. What stands beside $d$ is
# the gradient.
#
# </details>

# %% tags=["exercise-stub"]
def style_gradient(features, target):
    """The gradient (C, H, W) of the style loss, for features (C, H, W) and the Gram matrix (C, C) of the style; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("One small matrix times the features. Every place is pulled by the same matrix: the style does not ask where."):
    features = torch.rand(5, 6, 7, generator=torch.Generator().manual_seed(0)).requires_grad_()
    style = gram_matrix(torch.rand(1, 5, 8, 8, generator=torch.Generator().manual_seed(1)))
    loss = style_loss(gram_matrix(features[None]), style).sum()
    (right,) = torch.autograd.grad(loss, features)
    mine = given(style_gradient(features.detach(), style[0]))
    if mine.shape != right.shape:
        raise AssertionError(f"The gradient has the shape of the features, {tuple(right.shape)}, not {tuple(mine.shape)}.")
    ratio = (mine * right).sum() / right.square().sum()
    if not torch.allclose(mine, ratio * right, atol=1e-5):
        raise AssertionError("It points into another direction than the gradient.")
    if abs(ratio - 1) > 1e-3:
        raise AssertionError(f"The direction is right. The length is {ratio:.3g} times that of the gradient.")


# %% tags=["exercise-solution", "hide-cell"]
def style_gradient(features, target):
    psi = features.flatten(1)
    gram = psi @ psi.T / psi.numel()
    return (4 / psi.numel() * (gram - target) @ psi).view_as(features)


# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "10_perceptual_losses")
