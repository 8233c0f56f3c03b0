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
# # Loss conventions
#
# *Content weight 1, style weight 0.1.* The three pictures of the first row have the same photo, the same painting for the
# style, the same loss network, the same layers and these two numbers. Only what the losses are divided by differs, as it
# differs between published formulas and codes. For the second row the weights were carried over from the middle picture to
# its neighbors, by the formula of this chapter. Now all three say the same.

# %% tags=["hide-input"]
import math
import os
import time

import torch
from IPython.display import Markdown
from skimage import data

from s2s_helpers import zoo
from s2s_helpers.data.styles import mosaic
from s2s_helpers.images import contact_sheet, from_uint8, middle, resize
from s2s_helpers.losses.conventions import CONVENTIONS, LossConvention, content_weight, style_weight
from s2s_helpers.losses.perceptual import content_loss, gram_matrix, style_loss
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.vgg import OXFORD, TORCHVISION, WIDTHS
from s2s_helpers.optimize.loop import run
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests
SIZE, CONTENT = 128, "relu3_3"

# %%
photo = from_uint8(data.chelsea())
photo = resize(middle(photo, min(photo.shape[-2:])), (SIZE, SIZE))
painting = mosaic(2 * SIZE)[..., :SIZE, :SIZE]
phi = zoo.loss_network("pocket")


def features(x):
    """Of each layer the features as a C x M matrix."""
    return {layer: f[0].flatten(1) for layer, f in phi(x, STYLE_LAYERS).items()}


with torch.no_grad():
    of_photo, of_painting = features(photo), features(painting)


def objective(each, content, style):
    """The two losses of a convention, written out with what it divides by; ``style`` has a weight for each layer."""

    def gram(psi):
        return psi @ psi.T / each.gram(*psi.shape)

    def terms(x):
        found = features(x)
        apart = (found[CONTENT] - of_photo[CONTENT]).square().sum() / each.content(*of_photo[CONTENT].shape)
        styles = [
            style[layer] * (gram(psi) - gram(of_painting[layer])).square().sum() / each.style(*psi.shape)
            for layer, psi in found.items()
        ]
        return {"content": content * apart, "style": sum(styles)}

    return terms


def paint(terms):
    return run(terms, photo.clone(), 16 if FAST else 40, preview=lambda iteration, picture: None).picture


NAMES = {"equations 6 and 7": "Johnson et al., text", "Johnson's code": "Johnson et al., code", "Gatys's text": "Gatys et al., text"}
THREE = {name: CONVENTIONS[source] for name, source in NAMES.items()}
middle_one = THREE["Johnson's code"]
shapes = {layer: tuple(psi.shape) for layer, psi in of_photo.items()}
plain = {name: (1.0, dict.fromkeys(STYLE_LAYERS, 0.1)) for name in THREE}
carried = {
    name: (
        content_weight(1.0, middle_one, each, *shapes[CONTENT]),
        {layer: style_weight(0.1, middle_one, each, *shapes[layer]) for layer in STYLE_LAYERS},
    )
    for name, each in THREE.items()
}

began = time.perf_counter()
paintings = [[paint(objective(THREE[name], *weights[name])) for name in THREE] for weights in (plain, carried)]
seconds = time.perf_counter() - began

# %% mystnb={"figure": {"caption": "First column: the photo and the painting. Above: content weight 1 and style weight 0.1 in three conventions. Below: the weights of the middle one, carried over. Found through the loss network pocket. The cat is chelsea, by St\u00e9fan van der Walt, CC0, from scikit-image; the mosaic is drawn by the package.", "name": "fig-11-result"}, "image": {"alt": "Two rows of four pictures. Above: a cat's face; a mosaic in which the face can hardly be found; the face, laid of small tiles; the face as in the photo. Below: a mosaic of fans; the face, laid of small tiles, three times."}}
rows = [[x, *row] for x, row in zip((photo, painting), paintings, strict=True)]
figure(contact_sheet(rows, ["given", *THREE]))

# %%
print(f"6 pictures of {SIZE} x {SIZE} in {seconds:.0f} s, {torch.get_num_threads()} thread(s)")

# %% tags=["nbval-check-output"]
with torch.no_grad():
    judged = paintings[0][0]  # any picture would do
    values = {
        name: [sum(objective(each, *weights[name])(judged).values()).item() for weights in (plain, carried)]
        for name, each in THREE.items()
    }
for which, column in (("the same numbers", 0), ("carried over", 1)):
    all_three = [value[column] for value in values.values()]
    print(f"{which}: the three objectives agree to a thousandth:", max(all_three) < 1.001 * min(all_three))

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** read from a formula or a code what its losses are divided by; carry a style weight and a content
# weight from one code to another; say what the size of the picture and the scale of the pixels have to do with it; and name
# what no factor can carry over.
#
# **You need** {doc}`10_perceptual_losses`.
#
# **Study time**: three quarters of an hour, with the exercises; the cells run in about a minute on one core, without a GPU.
# :::

# %% [markdown]
# ## One page of conventions
#
# Whoever compares codes for style transfer meets weights from 0.002 to $10^{10}$. The formulas look alike. They are
# not: some divide the Gram matrix by $H W$, some by $C H W$, some not at all; some sum the squares, others take their
# mean over $C^2$ entries. In short, with $M = H W$:
#
# $$
# \text{style loss} = \frac{1}{s} \Big\lVert \frac{\psi \psi^T - \psi' \psi'^T}{g} \Big\rVert_F^2
# = \underbrace{\frac{1}{s} \Big( \frac{C M}{g} \Big)^2}_{\text{factor}} \; \ell_{style} ,
# $$ (eq-11-factor)
#
# where $\psi$ and $\psi'$ are the features of picture and painting as in {eq}`eq-10-gram`, $g$ and $s$ are what a source
# divides by, and $\ell_{style}$ is {eq}`eq-10-style`. For content it is the same
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
    a, b = (phi(x, ["relu3_3"])["relu3_3"][0].flatten(1) for x in (photo, painting))
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
    pair = (a, a.repeat(1, 2))
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
# One difference is left. Johnson's code, pytorch/examples, the tutorial of PyTorch and Dive into Deep Learning have the
# same two formulas. Yet their style weights, for a content weight of 1, are 5, $10^5$, $10^6$ and $10^4$. The reason is
# what the network is fed. Oxford's VGG takes pixels from 0 to 255 minus a mean; torchvision's pixels are smaller by a
# factor $k$ of about 58. Suppose that features grow with the pixels, by $k$. Then the content loss grows by $k^2$ and
# the style loss by $k^4$. So on the small features the style needs a weight that is $k^2$ times as large.

# %% tags=["nbval-check-output"]
k = sum(a / b for a, b in zip(OXFORD.scale, TORCHVISION.scale, strict=True)) / 3
x, y = (features.view(1, C, M, 1) for features in (a, b))
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
# That is a rule of thumb, since the two were trained separately. But it explains most of the difference: what seemed a
# factor of 20,000 between Johnson's code and pytorch/examples is one of about 6.
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
# ## What to take away
#
# * A weight means nothing without what its loss is divided by.
# * Eight sources have three factors for the style: 1, 1/4 and $1/C^2$. With $1/C^2$ the weight of each layer is another one.
# * A sum over places makes a weight depend on the size of the picture. A Gram matrix that is not divided by the places makes
#   the style depend on it.
# * Pixels that are $k$ times smaller need a style weight that is $k^2$ times larger, beside the same content weight.
# * Other layers are another loss. No factor helps.
# * Relative losses, as in {doc}`12_gatys_lbfgs`, spare you all of that.
#
# ## The paper's claims beside our measurement
#
# | the paper {cite:p}`wang2019` | here | verdict |
# | :--- | :--- | :--- |
# | The style loss is "well defined, even when the output and target have different sizes" | a texture and the same texture twice: no difference by equation 7; a difference by the text of Gatys et al. | confirmed for equation 7 |
# | Features by VGG, "the same as the original style using VGG-19" | the layers, the divisors and the weights of the sources differ | not the same |

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
# ### Exercise 1: carry a weight over
#
# A code divides its Gram matrices by `gram` and the sum of the squared differences by `style`. Another one divides by
# `other_gram` and `other_style`. Which weight does in the other what `weight` does in the first?
#
# <details><summary>Hint</summary>
#
# The sum of the squared differences of $\psi \psi^T$ is the same for both. Write what each code makes of it, with its
# weight in front. The Gram matrix is squared after the division.
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers.losses.conventions import CONVENTIONS
from s2s_helpers.losses.perceptual import content_loss, gram_matrix, style_loss, total_variation
from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def carried_over(weight, gram, style, other_gram, other_style):
    """The weight in the other code; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("So 5 is 0.08 in one code and 320 in the next, and all of them paint the same picture."):
    psi, other = torch.rand(2, 8, 30, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    apart = psi @ psi.T - other @ other.T
    for divisors in ((240, 1, 30, 1), (240, 1, 240, 64), (1, 4 * 8**2 * 30**2, 30, 64)):
        gram, style, other_gram, other_style = divisors
        found = given(carried_over(5.0, *divisors))
        here = 5.0 * (apart / gram).square().sum() / style
        there = found * (apart / other_gram).square().sum() / other_style
        if abs(there / here - 1) > 1e-6:
            said = f"from {gram} and {style} to {other_gram} and {other_style}"
            raise AssertionError(f"{said}: with {found:.4g} the loss is {there / here:.4g} times what it should be.")


# %% tags=["exercise-solution", "hide-cell"]
def carried_over(weight, gram, style, other_gram, other_style):
    return weight * (other_gram / gram) ** 2 * other_style / style


# %% [markdown]
# ### Exercise 2: smaller pixels
#
# A network is fed with pixels from 0 to 255, and the weights of content, style and total variation are tuned. Then it is
# exchanged for one whose pixels, and all of whose features, are $k$ times smaller. The total variation is taken of the
# picture as before. Which three weights give the same objective?
#
# <details><summary>Hint</summary>
#
# How many factors $k$ does each loss lose? The content loss has the square of a feature. A Gram matrix has a product of two
# features, and the style loss its square. The third loss does not ask the network.
#
# </details>

# %% tags=["exercise-stub"]
def for_smaller_pixels(content, style, tv, k):
    """The three weights, in the same order; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Content by k squared, style by its square. Only their ratio was tuned, and it moves by k squared."):
    picture, made, wanted = torch.rand(3, 1, 3, 9, 9, generator=torch.Generator().manual_seed(0))

    def three_losses(scale):
        x, y = 50 * scale * made, 50 * scale * wanted
        return content_loss(x, y).item(), style_loss(gram_matrix(x), gram_matrix(y)).item(), total_variation(picture).item()

    for k in (2.0, 10.0):
        weights = given(for_smaller_pixels(1.0, 5.0, 0.1, k))
        before = [w * loss for w, loss in zip((1.0, 5.0, 0.1), three_losses(1), strict=True)]
        after = [w * loss for w, loss in zip(weights, three_losses(1 / k), strict=True)]
        for name, a, b in zip(("content", "style", "total variation"), after, before, strict=True):
            if abs(a / b - 1) > 1e-3:
                raise AssertionError(f"k = {k:g}: the weighted {name} is {a / b:.4g} times what it was.")


# %% tags=["exercise-solution", "hide-cell"]
def for_smaller_pixels(content, style, tv, k):
    return content * k**2, style * k**4, tv


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
# Find $g$ and $s$, the numbers by which Keras divides the matrix and the sum, and use {eq}`eq-11-factor`. For Gatys et al.,
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
quiz("quizzes.toml", "11_loss_conventions")
