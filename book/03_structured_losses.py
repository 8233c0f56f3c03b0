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
# # Structured losses
#
# Look at two pairs of pictures. Above, a house and a blurred copy of it. Below, the same two with their pixels
# shuffled, both in the same order. A person sees a house and its blurred copy above, and nothing at all below. The
# mean squared difference gives both pairs the same number. It cannot tell a house from confetti.

# %% tags=["hide-input"]
import os

import torch
from IPython.display import Markdown
from scipy.ndimage import gaussian_filter
from torch import nn
from torch.nn.functional import conv2d, cross_entropy, one_hot, pad, unfold

from s2s_helpers import metrics, zoo
from s2s_helpers.data.facades import LABELS, FacadeWorld
from s2s_helpers.images import contact_sheet, resize
from s2s_helpers.losses import perceptual, pixel
from s2s_helpers.losses.perceptual import distance, total_variation
from s2s_helpers.losses.pixel import l1_loss, l2_loss, ssim_loss
from s2s_helpers.ui import results
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shortens the live experiments
world = FacadeWorld(seed=0, size=128)
pair = world[505]
true = pair.picture


def blurred(x, sigma):
    """The picture out of focus; ``sigma`` in pixels."""
    return torch.from_numpy(gaussian_filter(x.numpy(), (0, 0, sigma, sigma), mode="nearest"))


def shuffled(x):
    """The same pixels in another order, always the same one."""
    order = torch.randperm(x[0, 0].numel(), generator=torch.Generator().manual_seed(0))
    return x.flatten(2)[..., order].view_as(x)


# %% mystnb={"figure": {"caption": "Above: a picture and a blurred copy. Below: the same two, pixels shuffled alike. A loss that looks at one pixel at a time finds both pairs equally far apart.", "name": "fig-03-shuffled"}, "image": {"alt": "Two rows of two. Above, a long house front in sharp focus and out of focus. Below, two squares of colored grain without any shape."}}
soft = blurred(true, 2.0)
rows = [[true, soft], [shuffled(true), shuffled(soft)]]
figure(contact_sheet([[resize(x, (192, 192)) for x in row] for row in rows]))

# %% tags=["nbval-check-output"]
for name, loss in {"L1": l1_loss, "L2": l2_loss, "1 - SSIM": ssim_loss}.items():
    above, below = loss(soft, true), loss(shuffled(soft), shuffled(true))
    print(f"{name:8} gives both pairs the same number:", torch.allclose(above, below, rtol=1e-4))

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** show that a loss that compares pixel by pixel is blind for what pixels form together; say what
# three losses do that look further, and three more; and compute which picture each of them wants if several are right.
#
# **You need** {doc}`01_sketches_and_pictures` and {doc}`02_measuring_pictures`.
#
# **Study time**: an hour and a quarter, with the exercises; the cells run in about a minute on one core, without a GPU.
# :::
#
# ## The idea
#
# Let $y$ be a true picture with $n$ values (three channels at each pixel) and $\hat y$ one that was made. A
# *per-pixel loss* compares value $i$ with value $i$ by some function $\rho$ and takes the mean:
#
# $$
# \ell(\hat y, y) = \frac{1}{n} \sum_{i=1}^{n} \rho(\hat y_i - y_i), \qquad
# \rho(d) = |d| \;\text{for L1}, \quad \rho(d) = d^2 \;\text{for L2.}
# $$ (eq-03-pixel)
#
# No term of the sum has two pixels in it. So the order of the pixels does not matter, and an error here costs the
# same whatever happens next to it. The paper says it so: the output space is regarded as "unstructured", "each pixel
# of the output is regarded as independent of all other pixels" {cite:p}`wang2019`. A *structured loss* looks at how
# pixels hang together. We compare three.
#
# **SSIM**, the structural similarity {cite:p}`wang2004`, slides a window over both pictures. In each window it takes
# the two means $\mu$, the variances $\sigma^2$ and the covariance $\sigma_{\hat y y}$; two small constants $c_1$,
# $c_2$ keep the quotient finite. The loss is one minus the mean over all windows:
#
# $$
# \operatorname{SSIM} = \frac{(2 \mu_{\hat y} \mu_y + c_1)(2 \sigma_{\hat y y} + c_2)}
# {(\mu_{\hat y}^2 + \mu_y^2 + c_1)(\sigma_{\hat y}^2 + \sigma_y^2 + c_2)} .
# $$ (eq-03-ssim)
#
# **Feature matching** {cite:p}`dosovitskiy2016,johnson2016` sends both pictures through a network $\phi$ that was
# trained on other pictures, the *loss network*, and compares what it finds in them. Here $\phi_j$ are the features of
# layer $j$, and the mean is over $J$ layers:
#
# $$
# \ell_\phi(\hat y, y) = \frac{1}{J} \sum_{j} \frac{\lVert \phi_j(\hat y) - \phi_j(y) \rVert}{\lVert \phi_j(y) \rVert} .
# $$ (eq-03-features)
#
# **A learned loss** is not written down at all. A second network $D$, the discriminator of a GAN, is trained to tell
# true pictures from made ones, and the generator is trained to be taken for true:
#
# $$
# \ell_D(\hat y) = -\log D(\hat y) .
# $$ (eq-03-learned)
#
# Whatever $D$ can see, this loss can punish. {doc}`04_conditional_gans` builds one.
#
# The paper names four more. *Conditional random fields* add a cost for labels that disagree: in the simplest for direct
# neighbors, in that of {cite:t}`chen2015` for every two pixels, the more the nearer they are in place and color. A
# *non-parametric loss* {cite:p}`li2016mrf` compares each patch with the most similar patch of an example. A
# *convolutional pseudo-prior* {cite:p}`xie2016` learns from label maps which labels occur together. *Matching
# covariances* compares how often features occur together wherever they are; that is the style loss of
# {cite:t}`johnson2016`, and painting is what this book uses it for.
#
# The code of the first three:

# %% tags=["hide-input"]
source(pixel.l1_loss, pixel.l2_loss, pixel.ssim_loss, perceptual.relative_error, perceptual.distance)

# %% [markdown]
# `pocket` is the loss network of the package. Four of its layers are compared:

# %% tags=["nbval-check-output"]
pocket = zoo.load("pocket")
for layer, features in pocket(true).items():
    print(layer, tuple(features.shape))


# %% [markdown]
# ## Which distortion is worse?
#
# We spoil one picture in six ways and ask each loss what it thinks.

# %%
def feature_loss(made, target):
    """The mean over four layers and over the pictures."""
    found, wanted = pocket(made), pocket(target)
    return sum(distance(found[j], wanted[j]).mean() for j in wanted) / len(wanted)


LOSSES = {"L1": l1_loss, "L2": l2_loss, "1 - SSIM": ssim_loss, "features": feature_loss}
house = world[511].picture


def shift(x, strength):
    return pad(x, (strength, 0, 0, 0), mode="replicate")[..., : x.shape[-1]]


def blur(x, strength):
    return blurred(x, strength)


def noise(x, strength):
    grain = torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    return (x + 0.05 * strength * grain).clamp(0, 1)


def light(x, strength):
    return (x + 0.05 * strength).clamp(0, 1)


def flat(x, strength):
    return x.lerp(x.mean(dim=(2, 3), keepdim=True).expand_as(x), strength / 4)


def other(x, strength):
    return x.lerp(house, strength / 4)


DISTORTIONS = {f.__name__: f for f in (shift, blur, noise, light, flat, other)}

# %% [markdown]
# A strength of 1 to 4 means: a shift by so many pixels to the right; a blur of so many pixels; noise or added
# brightness of 0.05 times the strength; a quarter, a half, three quarters or all of the way to the mean color, or to
# *another house*. The four losses have different units. So we divide each by what it takes for a shift of two pixels:
# that shift costs 1.

# %%
unit = {name: loss(shift(true, 2), true).item() for name, loss in LOSSES.items()}


def costs(x):
    """What each loss says of a picture; a shift by two pixels costs 1."""
    return {name: loss(x, true).item() / unit[name] for name, loss in LOSSES.items()}


shown = {"shift": 2, "blur": 2, "noise": 2, "light": 3, "flat": 4, "other": 4}
spoiled = {name: DISTORTIONS[name](true, strength) for name, strength in shown.items()}
table = {name: costs(x) for name, x in spoiled.items()}
lines = ["| distortion | strength | " + " | ".join(LOSSES) + " |", "| :--- | ---: |" + " ---: |" * len(LOSSES)]
for name, row in table.items():
    lines.append(f"| {name} | {shown[name]} | " + " | ".join(f"{value:.2f}" for value in row.values()) + " |")
Markdown("\n".join(lines))

# %% mystnb={"figure": {"caption": "The six of the table: shift, blur, noise, light, flat, other.", "name": "fig-03-distortions"}, "image": {"alt": "One house front six times: moved slightly to the right, out of focus, grainy, too bright, as one flat color, and replaced by a different house."}} tags=["hide-input"]
figure(contact_sheet([list(spoiled.values())], list(spoiled)))


# %% [markdown]
# Read the table by columns. These findings hold on every machine:

# %% tags=["nbval-check-output"]
def worse(loss, a, b):
    return table[a][loss] > table[b][loss]


print("L2: a blur is better than a shift:", worse("L2", "shift", "blur"))
print("SSIM and features: it is worse:", worse("1 - SSIM", "blur", "shift") and worse("features", "blur", "shift"))
print("L2: no house at all is better than another house:", worse("L2", "other", "flat"))
print("features: it is worse:", worse("features", "flat", "other"))
print("light counts least for SSIM:", min(table["light"], key=table["light"].get) == "1 - SSIM")
print("all: a shift is worse than noise:", all(worse(loss, "shift", "noise") for loss in LOSSES))


# %% [markdown]
# * **L2 prefers blur.** A sharp edge two pixels beside the right place counts twice: once where it is missing, once
#   where it should not be. A blurred edge counts little in either place. So who is unsure, and is judged by L2,
#   blurs.
# * **L2 prefers a card of one color to another house.** For the features the card is the worse, since it has nothing
#   that a house has.
# * **SSIM overlooks brightness.** It divides by brightness and contrast, so it is about the structure inside a
#   window.
# * **No loss forgives a shift.** A person hardly sees it, yet all four find it worse than the noise, which is plain
#   to see. SSIM and features compare place by place as well, only with larger eyes.
#
# Move the sliders; what the four losses say stands below the picture.

# %%
def distorted(kind, strength):
    """A house front, spoiled"""
    x = DISTORTIONS[kind](true, strength)
    said = ", ".join(f"{name} {value:.2f}" for name, value in costs(x).items())
    return [(said, resize(x, (224, 224)))]


explore(distorted, quality=65, kind=list(DISTORTIONS), strength=[1, 2, 3, 4])

# %% [markdown]
# ## Three more of the paper's list
#
# *A conditional random field*, here the simplest: it pays for every two neighbors that disagree, and does not look at
# the picture. (That of {cite:t}`chen2015`, which the paper cites, connects all pixels and weighs them by their colors, so
# it can follow an edge.) Take the labels of a house and make as many
# of them wrong in two ways: scattered over the sheet, and in one lump. By pixels the two are equally wrong. Then let
# each pixel hear its four neighbors, again and again, and take the label that costs least:

# %%
labels = pair.labels[0]
scattered, lump = labels.clone(), labels.clone()
places = torch.randperm(labels.numel(), generator=torch.Generator().manual_seed(0))[:1600]
scattered.view(-1)[places] = (labels.view(-1)[places] + 1) % len(LABELS)
lump[40:80, 40:80] = (labels[40:80, 40:80] + 1) % len(LABELS)


def channels(maps):
    """Label maps (N, H, W) as one channel for each label."""
    return one_hot(maps, len(LABELS)).permute(0, 3, 1, 2).float()


def disagreement(labels):
    """The share of neighbors, beside or below each other, with different labels."""
    beside, below = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
    return torch.cat([beside.flatten(), below.flatten()]).float().mean().item()


def agreed(labels, sweeps=5):
    """What costs least: a pixel has one vote for what was seen there, its four neighbors one each for their own label."""
    cross = torch.tensor([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]]).expand(len(LABELS), 1, 3, 3)
    seen = now = channels(labels[None])
    for _ in range(sweeps):
        now = channels((seen + conv2d(now, cross, padding=1, groups=len(LABELS))).argmax(1))
    return now.argmax(1)[0]


right = {}
for name, found in {"true": labels, "scattered": scattered, "lump": lump}.items():
    right[name] = [(x == labels).float().mean().item() for x in (found, agreed(found))]
    before, after = (f"{100 * share:.1f}" for share in right[name])
    print(f"{name:9}: neighbors that disagree {100 * disagreement(found):4.1f} %; right pixels {before} %, then {after} %")

# %% tags=["nbval-check-output"]
print("equally wrong by pixels:", right["scattered"][0] == right["lump"][0])
print("scattered, more neighbors disagree:", disagreement(scattered) > 2 * disagreement(lump))
print("the field mends what is scattered:", right["scattered"][1] > right["scattered"][0] + 0.05)
print("it mends the lump:", right["lump"][1] > right["lump"][0] + 0.05)
print("it takes thin lines for errors:", right["true"][1] < 1)


# %% [markdown]
# So this field knows that labels come in patches, and nothing else. A lump of wrong labels is a patch to it, and a thin
# line is an error. Colors would tell it more.
#
# *A convolutional pseudo-prior* learns what stands beside what. A small network with a hole in the middle of its field
# guesses each label from those around it. How badly it guesses is the cost. It is trained with a few true maps, and
# then sees two other houses, as they are and upside down:

# %%
class Surroundings(nn.Module):
    """Guesses the label of each pixel from the 80 around it."""

    def __init__(self):
        super().__init__()
        self.around = nn.Conv2d(len(LABELS), 32, 9, padding=4)
        self.guess = nn.Sequential(nn.ReLU(), nn.Conv2d(32, len(LABELS), 1))
        hole = torch.ones(9, 9)
        hole[4, 4] = 0
        self.register_buffer("hole", hole)

    def forward(self, x):
        return self.guess(conv2d(x, self.around.weight * self.hole, self.around.bias, padding=4))


plans = FacadeWorld(seed=0, size=64)
maps = torch.stack([plans[i].labels[0] for i in range(3 if FAST else 6)])
torch.manual_seed(0)
prior = Surroundings()
adam = torch.optim.Adam(prior.parameters(), lr=1e-2)
for _ in range(30 if FAST else 40):
    some = maps[torch.randint(len(maps), (4,))]
    adam.zero_grad()
    cross_entropy(prior(channels(some)), some).backward()
    adam.step()

houses = torch.stack([plans[i].labels[0] for i in (505, 511)])
turned = houses.flip(1)
with torch.no_grad():
    cost, cost_turned = (cross_entropy(prior(channels(x)), x).item() for x in (houses, turned))
print(f"cost of the labels {cost:.3f}, upside down {cost_turned:.3f}")

# %% tags=["nbval-check-output"]
print("upside down as many neighbors disagree:", all(disagreement(a) == disagreement(b) for a, b in zip(houses, turned, strict=True)))
print("the pseudo-prior finds it less likely:", cost_turned > 1.2 * cost)


# %% [markdown]
# *A non-parametric loss* looks for each patch of a picture in an example, and takes the distance to the most similar one,
# wherever it is. The shift, which no other loss forgave, costs it almost nothing; a blurred patch is nowhere to be
# found:

# %%
def nearest(made, example):
    """The mean distance of patches of 5 by 5 pixels to the most similar ones of the example."""
    patches, known = unfold(made, 5, stride=4)[0].T, unfold(example, 5)[0].T
    return torch.cdist(patches, known).min(dim=1).values.mean().item()


found = {name: nearest(spoiled[name], true) for name in ("shift", "blur")}
print({name: f"{distance:.2f}" for name, distance in found.items()})

# %% tags=["nbval-check-output"]
print("the blur costs more than ten times as much as the shift:", found["blur"] > 10 * found["shift"])

# %% [markdown]
# The price is that it does not care where a patch is. A house of true bricks, all in wrong places, would pass as well. Each
# of the three is a rule about structure that somebody thought of. A learned loss finds its own.
#
# ## Several answers are right
#
# {doc}`01_sketches_and_pictures` painted one drawing in several appearances. A generator sees only the drawing and must
# choose one picture for all of them. Which one does each loss ask for? We need no network to find out. Take the
# pixels themselves as unknowns and let gradient descent move them, from noise, until the mean loss to all five appearances
# $y_1, \dots, y_5$ is small:
#
# $$
# \hat y = \arg\min_{x} \; \frac{1}{5} \sum_{k=1}^{5} \ell(x, y_k) .
# $$ (eq-03-choice)

# %%
SIZE, STEPS = 96, 80 if FAST else 120
appearances = torch.cat([FacadeWorld(seed=0, size=SIZE, appearances=k)[505].picture for k in range(5)])


def to_all(loss):
    """The mean loss of one picture to all appearances."""
    return lambda x: loss(x.expand_as(appearances), appearances)


found_in_appearances = pocket(appearances)


def features_to_all(x):
    found = pocket(x)
    return sum(distance(found[j].expand_as(y), y).mean() for j, y in found_in_appearances.items()) / len(found)


def smooth_features_to_all(x):
    return features_to_all(x) + total_variation(x).mean()


GOALS = {
    "L1": to_all(l1_loss),
    "L2": to_all(l2_loss),
    "1 - SSIM": to_all(ssim_loss),
    "features": features_to_all,
    "features + TV": smooth_features_to_all,
}


def choose(goal):
    """The picture that ``goal`` wants, by Adam from noise."""
    x = torch.rand((1, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(0)).requires_grad_()
    adam = torch.optim.Adam([x], lr=0.05)
    slower = torch.optim.lr_scheduler.CosineAnnealingLR(adam, STEPS)
    for _ in range(STEPS):
        adam.zero_grad()
        goal(x).backward()
        adam.step()
        slower.step()
        with torch.no_grad():
            x.clamp_(0, 1)
    return x.detach()


chosen = {name: choose(goal) for name, goal in GOALS.items()}

# %% mystnb={"figure": {"caption": "Above: five appearances of one drawing, all right. Below: the picture that each loss asks for: L1, L2, 1 - SSIM, features, features with total variation.", "name": "fig-03-choice"}, "image": {"alt": "Ten pictures of one house. Above: sunny and yellow, violet dusk, red brick, blue-green, gray rain. Below: patchy colors; pale brown; pale with stronger lines; covered with fine colored grain; soft and smooth like a watercolor."}}
figure(contact_sheet([[resize(x, (160, 160)) for x in row] for row in (appearances.split(1), chosen.values())]))

# %% tags=["nbval-check-output"]
mean, median = appearances.mean(dim=0, keepdim=True), appearances.median(dim=0, keepdim=True).values
print("L2 asks for the mean:", bool((chosen["L2"] - mean).abs().mean() < 0.02))
print("L1 asks for the median:", bool((chosen["L1"] - median).abs().mean() < 0.02))
print("they are not the same:", bool((mean - median).abs().mean() > 0.02))
with torch.no_grad():
    prices = {name: [goal(y[None]).item() for y in appearances] for name, goal in GOALS.items()}
    own = {name: goal(chosen[name]).item() for name, goal in GOALS.items()}
for name in ("L1", "L2", "features"):
    print(f"{name}: its picture is cheaper than every right answer:", own[name] < min(prices[name]))


# %% [markdown]
# The last lines are the heart of the matter. Each loss finds its own picture cheaper than *every* right answer. A
# network that minimizes it is right to paint a picture that nobody would call right.
#
# How far are these pictures from the appearances? We print the L1 distance to the nearest appearance, the *contrast*, that is the
# standard deviation of lightness in windows of 11 by 11 pixels, and the colorfulness of
# {doc}`01_sketches_and_pictures`.

# %%
def contrast(x):
    """Mean standard deviation of the gray picture in windows."""
    gray = x.mean(dim=1, keepdim=True)
    mean = torch.nn.functional.avg_pool2d(gray, 11, stride=1)
    square = torch.nn.functional.avg_pool2d(gray.square(), 11, stride=1)
    return (square - mean.square()).clamp(min=0).sqrt().mean().item()


def nearest(x):
    return (x - appearances).abs().mean(dim=(1, 2, 3)).min().item()


lines = ["| picture | nearest appearance, L1 | contrast | colorfulness |", "| :--- | ---: | ---: | ---: |"]
for name, x in chosen.items():
    lines.append(f"| {name} | {nearest(x):.3f} | {contrast(x):.3f} | {x.std(dim=1).mean():.3f} |")
colorful = appearances.std(dim=1).mean()
lines.append(f"| *mean over the appearances* | | {sum(contrast(y[None]) for y in appearances) / 5:.3f} | {colorful:.3f} |")
Markdown("\n".join(lines))

# %% [markdown]
# * **L2** takes the mean: pale everywhere.
# * **L1** takes the median, each pixel and each channel for itself. It keeps edges, but neighbors may take their
#   colors from different appearances: sky in patches, walls in speckles. This is the independence of {eq}`eq-03-pixel`,
#   made visible.
# * **SSIM** mixes as well, but a pale window costs it contrast, so it draws lines harder than the mean.
# * **Features** do not forbid what the loss network hardly minds: a fine colored grain covers the picture. Starting
#   from noise shows it best. A little *total variation* (TV), the mean difference of neighboring pixels, smooths it
#   away, and that is why style transfer has such a term.
#
# None of the four paints one appearance. For that, a loss must say "this is like *some* true picture", not "this is near to
# all of them". That is what a discriminator is asked.
#
# ## The stored experiment: one network, five losses
#
# Now the same generator was trained from sketches to pictures five times, with nothing changed but the loss: L1, L2,
# SSIM, features, and L1 with a learned loss, the conditional GAN (cGAN). Each run has 400 training pairs of 128 by
# 128 pixels and is judged on 100 test pairs, by the measures of {doc}`02_measuring_pictures`. A loss is what a network is
# trained on, a measure what it is judged by; the two should not be the same. `s2s experiments cgan` makes what is missing;
# where a cell was run with several seeds, the table has the mean, and below it the range.

# %% mystnb={"figure": {"caption": "Test pairs. From left: sketch; what the generator makes of it after training with each loss that was run; the true picture.", "name": "fig-03-stored"}, "image": {"alt": "A sheet of four rows. Each row begins with the sketch of a building front and ends with its true colored picture; between them stand the pictures of the generators, one column for each loss."}}
figure(results.pictures("loss"))

# %%
COLUMNS = ["FCN pixel", "FCN IoU", "L1", "PSNR", "SSIM", "L", "a", "b", "edge F1", "KID"]
results.table("loss", COLUMNS)

# %% mystnb={"figure": {"caption": "Per-pixel FCN-score of the five losses. A dot is a seed, the line the mean.", "name": "fig-03-fcn"}, "image": {"alt": "A row for each of the five losses, with dots for the seeds along an axis of the FCN-score. Rows without runs say so."}}
results.plot("loss", "FCN pixel")

# %% [markdown]
# How to read the table:
#
# * Each loss has a home column: L1 has L1, L2 has PSNR, SSIM has SSIM. A network that wins only there has learned its
#   loss, not the task.
# * L1 and PSNR reward hedging, as in the five pictures above. L, a and b do not: the mean of many colors is gray, and
#   gray is a color that few true pixels have.
# * KID looks at sets. Blurred pictures are unlike true ones together, even if each is close to its own.
# * Compare differences with the range of the seeds before you believe them.
#
# The same in words, computed from what is stored:

# %% tags=["hide-input"]
Comparison = results.Comparison
claims = [
    Comparison("L1 wins in its home column", "L1", "L1", ("L2", "SSIM", "features", "L1+cGAN")),
    Comparison("L2 wins in its home column", "PSNR", "L2", ("L1", "SSIM", "features", "L1+cGAN")),
    Comparison("SSIM wins in its home column", "SSIM", "SSIM", ("L1", "L2", "features", "L1+cGAN")),
    Comparison("Features make more recognizable pictures than L1", "FCN pixel", "features", ("L1",)),
    Comparison("The learned loss has more of the true colors than L1", "a", "L1+cGAN", ("L1",), "isola2017, figure 7"),
    Comparison("The same for the other color axis", "b", "L1+cGAN", ("L1",), "isola2017, figure 7"),
    Comparison("As a set, its pictures are nearer to the true ones", "KID", "L1+cGAN", ("L1",)),
]
results.comparisons(claims)



# %% [markdown]
# ## What to take away
#
# * A per-pixel loss gives the same number for a picture and for its shuffled pixels.
# * L2 asks for the mean of all right answers, L1 for the median. Both are cheaper than any right answer.
# * SSIM looks at windows, features at what a network finds. Both see structure, and both have blind spots of their
#   own.
# * A learned loss asks whether a picture is like true ones. It need not be near to all of them.
# * Look at several measures, and never only at the one that was trained on.
#
# ## The paper's claim beside our measurement
#
# | the paper {cite:p}`wang2019` | here | verdict |
# | :--- | :--- | :--- |
# | Per-pixel losses regard each pixel "as independent of all other pixels" | L1 and L2 do not change if both pictures are shuffled; SSIM does | confirmed, first checked cell |
# | "Structured loss penalizes the node construction of the output" (the joint configuration) | SSIM and features rank blur and a flat card otherwise than L2 | confirmed for these distortions |
# | The conditional GAN learns its loss and "can theoretically penalize any possible structure" | L1+cGAN against L1 in the stored runs | see the verdicts above |
#
# The wording of the second row is the paper's; Isola et al. {cite:p}`isola2017`, whom it follows, say "the joint
# configuration of the output". Of the third, an experiment can show only examples.

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: decibels
#
# Write PSNR for two batches of pictures in $[0, 1]$. Before you run it, work out by hand: what does a picture score whose
# error is half as large everywhere?
#
# <details><summary>Hint</summary>
#
# $10 \log_{10}(1 / \text{mean squared error})$. Take the mean over channels and pixels of each picture, then the mean
# of the scores over the pictures: not the other way round.
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers import metrics
from s2s_helpers.data.facades import FacadeWorld
from s2s_helpers.ui.exercises import attempt, given

exercise_pairs = [FacadeWorld(seed=0, size=96)[i] for i in (500, 503)]
targets = torch.cat([pair.picture for pair in exercise_pairs])
near_ones = (0.9 * targets + torch.tensor([0.02, 0.08]).view(2, 1, 1, 1)).clamp(0, 1)


# %% tags=["exercise-stub"]
def my_psnr(made, target):
    """PSNR of (N, 3, H, W) in decibels, the mean over the pictures; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Half the error is a quarter of its square: about six decibels more."):
    gray = torch.full((1, 3, 8, 8), 0.5)
    value = float(given(my_psnr(gray + 0.1, gray)))
    if abs(value - 20) > 1e-3:
        raise AssertionError(f"An error of 0.1 everywhere is 20 dB, not {value:.2f}.")
    each_alone = [float(my_psnr(a[None], b[None])) for a, b in zip(near_ones, targets, strict=True)]
    if abs(float(my_psnr(near_ones, targets)) - sum(each_alone) / 2) > 1e-3:
        raise AssertionError("For two pictures it should be the mean of their two scores.")
    if abs(float(my_psnr(near_ones, targets)) - float(metrics.psnr(near_ones, targets).mean())) > 1e-3:
        raise AssertionError("The package has another value for the two houses.")


# %% tags=["exercise-solution", "hide-cell"]
def my_psnr(made, target):
    error = (made - target).square().mean(dim=(1, 2, 3))
    return (10 * torch.log10(1 / error)).mean()


# %% [markdown]
# ### Exercise 2: a loss that forgives a shift
#
# No loss of the table forgave a shift. Write one that does: the smallest L2 over all shifts of the made picture by at
# most `reach` pixels, right and left, up and down. Leave a margin of `reach` pixels out of the comparison, so that
# nothing from outside the picture is needed.
#
# <details><summary>Hint</summary>
#
# Cut the inner part out of the target once. Then cut a part of the same size out of the made picture at every possible
# place: there are `2 * reach + 1` of them in each direction.
#
# </details>

# %% tags=["exercise-stub"]
def forgiving(made, target, reach=2):
    """The smallest L2 over shifts, one number; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("It forgives one shift of the whole picture. A window that moves by itself is beyond it: hence learned losses."):
    house = targets[:1]
    for down, across in ((2, 0), (-1, 2), (0, -2)):
        if float(given(forgiving(house.roll((down, across), (2, 3)), house))) > 1e-8:
            raise AssertionError(f"A shift by {down} down and {across} to the right should cost nothing.")
    if abs(float(forgiving(near_ones[:1], house, 0)) - (near_ones[:1] - house).square().mean()) > 1e-6:
        raise AssertionError("With a reach of 0 it should be L2.")
    if float(forgiving(house.roll(3, 3), house)) < 1e-6:
        raise AssertionError("A shift by 3 pixels should not be forgiven with a reach of 2.")


# %% tags=["exercise-solution", "hide-cell"]
def forgiving(made, target, reach=2):
    h, w = target.shape[-2] - 2 * reach, target.shape[-1] - 2 * reach
    inner = target[..., reach : reach + h, reach : reach + w]
    places = range(2 * reach + 1)
    return min((made[..., i : i + h, j : j + w] - inner).square().mean() for i in places for j in places)


# %% [markdown]
# ### Exercise 3: equally wrong, and not equally bad
#
# Spoil `plain_house` in two ways. By L2 both must be equally wrong: a mean squared error of 0.01, give or take a fiftieth of it. By
# SSIM one must be hardly spoiled, above 0.9, and the other badly, below 0.6. Both must stay in $[0, 1]$; the
# house has no value below 0.2 or above 0.8, which leaves room.
#
# <details><summary>Hint</summary>
#
# SSIM looks at contrast and structure in small windows, and hardly at a common shift of brightness. Which change by 0.1
# leaves the structure of each window as it is, and which one drowns it?
#
# </details>

# %% tags=["exercise-setup"]
plain_house = 0.2 + 0.6 * targets[:1]

# %% tags=["exercise-stub"]
kind, harsh = None, None  # your turn: two pictures (1, 3, 96, 96)

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("L2 cannot tell them apart. SSIM can, and so can you."):
    for name, x in zip(("kind", "harsh"), given(kind, harsh), strict=True):
        if x.shape != plain_house.shape or x.min() < 0 or x.max() > 1:
            raise AssertionError(f"{name} should have the shape of the house, and values from 0 to 1.")
        off = float((x - plain_house).square().mean())
        if abs(off - 0.01) > 0.0002:
            raise AssertionError(f"The mean squared error of {name} is {off:.4f}, not 0.01.")
    seen_as = [float(metrics.ssim(x, plain_house).mean()) for x in (kind, harsh)]
    if seen_as[0] <= 0.9:
        raise AssertionError(f"kind has an SSIM of {seen_as[0]:.2f}; it should be above 0.9.")
    if seen_as[1] >= 0.6:
        raise AssertionError(f"harsh has an SSIM of {seen_as[1]:.2f}; it should be below 0.6.")

# %% tags=["exercise-solution", "hide-cell"]
kind = plain_house + 0.1
coin = torch.rand(plain_house.shape, generator=torch.Generator().manual_seed(0)) < 0.5
harsh = plain_house + torch.where(coin, 0.1, -0.1)

# %% [markdown]
# ## Have you understood it?
#
# Three questions about chapters 01 to 03. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "03_structured_losses")
