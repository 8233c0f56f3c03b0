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
# # Super-resolution
#
# Out of 72 by 72 pixels come 288 by 288. Two networks do it, equal in everything but the loss that they learned by. One
# wins by every number that the field prints; the other one is sharper. Both are shown here with what they cost.

# %% tags=["hide-input"]
import os

os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars on the page

import json
import time
from dataclasses import replace
from functools import partial

import torch
from IPython.display import Markdown
from matplotlib import pyplot as plt
from skimage import data
from torch.utils.flop_counter import FlopCounterMode

from s2s_helpers import zoo
from s2s_helpers.data.degrade import degrade
from s2s_helpers.data.photos import Crops
from s2s_helpers.images import contact_sheet, from_uint8, middle, resize
from s2s_helpers.losses.perceptual import relative_error
from s2s_helpers.metrics import detail, super_resolution_scores
from s2s_helpers.nets.superres import PaperSuperResNet, SuperResNet, enlarge
from s2s_helpers.pipeline.upscaling import match_colors, upscale
from s2s_helpers.train import superres
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.published import tables
from s2s_helpers.ui.quiz import quiz
from s2s_helpers.ui.results import FOLDER

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shorter experiments, for the tests
RESULTS = FOLDER.parent / "superres"


def stored(name):
    """A file of measurements."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def window(x, top, left, size=96):
    """A part of a picture, shown at twice its size without smoothing."""
    return x[..., top : top + size, left : left + size].repeat_interleave(2, -2).repeat_interleave(2, -1)


# %%
photos = {
    "cat": middle(from_uint8(data.chelsea()), 288),
    "cup": middle(from_uint8(data.coffee()), 288),
    "astronaut": from_uint8(data.astronaut())[..., :288, 80:368],
}
ways = {
    "bicubic": lambda small: enlarge(small, 4).clamp(0, 1),
    "pixel loss": partial(upscale, zoo.load("superres_x4_pixel")),
    "feature loss": partial(upscale, zoo.load("superres_x4_feature")),
}
small = {name: degrade(photo, 4) for name, photo in photos.items()}
made = {name: {way: f(x) for way, f in ways.items()} for name, x in small.items()}

# %% mystnb={"figure": {"caption": "Parts of three photos from scikit-image, none of which a network has seen (chelsea by St\u00e9fan van der Walt and coffee by Rachel Michetti, CC0; astronaut by NASA, public domain): the small picture, three enlargements of it by 4, and the photo.", "name": "fig-18-result"}, "image": {"alt": "Three rows of five pictures: a cat's eye, the rim of a cup, an astronaut's face. From left to right: large square pixels; a soft enlargement; a clearer one by the pixel loss; a sharper one with a faint grid by the feature loss; the photo."}} tags=["hide-input"]
places = {"cat": (84, 60), "cup": (100, 100), "astronaut": (70, 80)}
rows = []
for name, place in places.items():
    squares = small[name].repeat_interleave(4, -2).repeat_interleave(4, -1)
    rows.append([window(x, *place) for x in (squares, *made[name].values(), photos[name])])
figure(contact_sheet(rows, ["small", *ways, "photo"]), quality=80)

# %% tags=["nbval-check-output"]
phi = zoo.loss_network("pocket")


def measured(result, photo):
    """What the chapter measures of an enlargement by 4."""
    features = [phi(x, ["relu2_2"])["relu2_2"] for x in (result, photo)]
    scores = super_resolution_scores(result, photo, border=4)
    return scores | {"detail": (detail(result) / detail(photo)).item(), "features": relative_error(*features).item()}


table = {way: [measured(made[name][way], photos[name]) for name in photos] for way in ways}
means = {way: {key: sum(row[key] for row in rows) / len(rows) for key in rows[0]} for way, rows in table.items()}
print("highest PSNR:         ", max(means, key=lambda way: means[way]["PSNR"]))
print("most detail:          ", max(means, key=lambda way: means[way]["detail"]))
print("nearest by features:  ", min(means, key=lambda way: means[way]["features"]))


# %% tags=["hide-input"]
def shown(rows):
    """A table of scores: a row for each way."""
    lines = ["| | PSNR, dB | SSIM | detail | feature error |", "| :--- | ---: | ---: | ---: | ---: |"]
    keys = {"PSNR": "{:.2f}", "SSIM": "{:.4f}", "detail": "{:.2f}", "features": "{:.3f}"}
    lines += [f"| {way} | " + " | ".join(f.format(row[key]) for key, f in keys.items()) + " |" for way, row in rows.items()]
    return "\n".join(lines)


Markdown(shown(means))

# %% [markdown]
# *PSNR* and *SSIM* compare pixels, and more is better. *Detail* is the strength of the fine structure, 1 being that of
# the photo. The *feature error* is the distance in the features of a loss network, and less is better.
#
# :::{admonition} In this chapter
# **You will be able to** say what is lost when a picture is made small, and why it cannot be computed back; explain why
# a pixel loss blurs; build the network of Johnson et al., and say what makes it faster; count as the benchmark counts,
# down to its border; and say what you choose when you choose a loss.
#
# **You need** the feature loss of {doc}`10_perceptual_losses`, and {doc}`13_fast_style` for the network.
#
# **Study time**: an hour and a quarter, with the exercises; the cells run in less than a minute on two cores, without a
# GPU.
# :::
#
# The same from the command line:
#
# ```sh
# s2s upscale photo.jpg --factor 4 --loss feature --out out/
# ```
#
# ## What is lost
#
# A photo $y$ becomes a small picture $x$. It is smoothed with a kernel $k$, and of every $f \times f$ pixels one is kept:
#
# $$
# x = D_f(y) = (k * y)\downarrow_f .
# $$ (eq-18-degradation)
#
# Here $*$ is the convolution and $\downarrow_f$ the sampling. Super-resolution asks for $y$ when $x$ is given. There is
# no single answer: for $f = 4$ each pixel of $x$ stands for sixteen of $y$, and many photos have the same $x$. To choose
# among them one must know how photos look. This is what the network learns.
#
# The kernel matters. The benchmark takes the bicubic one {cite:p}`bevilacqua2012`; Johnson et al. blur with a Gaussian of
# one pixel before {cite:p}`johnson2016`. The package has both, and each network says which of them it has learned to
# undo.

# %% tags=["hide-input"]
source(degrade)

# %% tags=["nbval-check-output"]
for name, x in small.items():
    print(f"{name:10} {tuple(photos[name].shape[-2:])} -> {tuple(x.shape[-2:])}")
blurred = {name: degrade(photo, 4, "blurred") for name, photo in photos.items()}
print("the blurred ones have less detail:", all(detail(blurred[name]) < detail(small[name]) for name in photos))

# %% [markdown]
# What happens when the small picture was made in another way than the network expects? It undoes too little:

# %%
pixel_net = ways["pixel loss"]
own = means["pixel loss"]["PSNR"]
other = sum(measured(pixel_net(blurred[name]), photos[name])["PSNR"] for name in photos) / len(photos)
print(f"pixel loss, trained for bicubic: {own:.2f} dB on bicubic, {other:.2f} dB on blurred pictures")

# %% tags=["nbval-check-output"]
print("the wrong degradation costs more than a quarter of a decibel:", other < own - 0.25)

# %% [markdown]
# So a score means something only together with the degradation. A comparison of two networks that were trained for
# different ones compares nothing.
#
# ## Why pixels blur
#
# An edge lies somewhere between two pixels of the small picture. Say that four places are equally likely. Which answer
# is best? By the squared error it is the mean of the four edges, which is a ramp: an edge that no photo has.

# %% tags=["nbval-check-output"]
edges = torch.stack([(torch.arange(16) >= place).float() for place in (6, 7, 8, 9)])
answers = {"sharp, at the 2nd place": edges[1], "mean of the four": edges.mean(dim=0)}
for name, answer in answers.items():
    error = (edges - answer).square().mean().item()
    print(f"{name:24} expected squared error {error:.4f}, steepest step {answer.diff().max():.2f}")

# %% [markdown]
# Whoever is judged by the pixels does well to be vague. The **pixel loss** of a result $\hat y$ with $n$ values is
#
# $$
# \ell_{pixel}(\hat y, y) = \frac{1}{n} \lVert \hat y - y \rVert_1 ,
# $$ (eq-18-pixel)
#
# and with the paper's squares instead of the absolute differences the argument above is exact. The **feature loss**
# compares the features $\phi$ of a loss network at the layer relu2_2,
#
# $$
# \ell_{feat}(\hat y, y) = \frac{\lVert \phi(\hat y) - \phi(y) \rVert_2^2}{\lVert \phi(y) \rVert_2^2} .
# $$ (eq-18-feature)
#
# Features answer to edges, and forgive when one lies a pixel aside. A ramp has other features than any edge, a sharp edge
# in a slightly wrong place has nearly the right ones. So it no longer pays to be vague:

# %% tags=["nbval-check-output"]
fields = {name: answer.view(1, 1, 1, 16).expand(1, 3, 16, 16) for name, answer in answers.items()}
truth = edges.view(4, 1, 1, 16).expand(4, 3, 16, 16)
distance = {}
for name, field in fields.items():
    features = [phi(x, ["relu2_2"])["relu2_2"] for x in (field.expand(4, -1, -1, -1), truth)]
    distance[name] = relative_error(*features).mean().item()
ratio = distance["sharp, at the 2nd place"] / distance["mean of the four"]
pixel_ratio = (edges - edges[1]).square().mean().item() / (edges - edges.mean(dim=0)).square().mean().item()
print(f"the sharp edge costs {pixel_ratio:.1f} times as much as the ramp in pixels, {ratio:.1f} times in features")

# %% [markdown]
# ## The network of the paper
#
# In the notation of its authors, c9s1-64, four residual blocks of 64 channels, $\log_2 f$ times u64, c9s1-3. It works at
# the small size and doubles at the end, with a stride of 1/2:

# %% tags=["nbval-check-output"]
with torch.device("meta"):  # shapes alone, no numbers
    nets = {"paper": PaperSuperResNet(4), "book, 64 channels": SuperResNet(4), "book, 32 channels": SuperResNet(4, 32)}
    empty = torch.zeros(1, 3, 72, 72)
x = empty
for layer in nets["paper"].layers:
    x = layer(x)
    print(f"{type(layer).__name__:10} {x.shape[1]:3} channels, {x.shape[2]:3} x {x.shape[3]}")

# %% [markdown]
# The paper praises that the enlargement is learned, "without relying on any fixed upsampling interpolation function".
# What later work found is the contrary: let the fixed function do what it can, and learn the difference
# {cite:p}`kim2016`. `SuperResNet` does, and drops the norm {cite:p}`lim2017`. It makes all $f^2$ pixels that stand for one
# at the small size, and sorts them into place {cite:p}`shi2016`:

# %% tags=["hide-input"]
source(SuperResNet.forward)

# %% tags=["nbval-check-output"]
for name, net in nets.items():
    with FlopCounterMode(display=False) as counter:
        net.eval()(empty)
    work = counter.get_total_flops() / 1e9  # multiplications and additions, for a result of 288x288
    print(f"{name:17} {sum(p.numel() for p in net.parameters()):7,} parameters, {work:5.2f} billion operations")

# %% [markdown]
# Two more things follow from leaving out the norm. What a pixel becomes depends only on those near it, so a large
# picture can be computed in tiles, and nobody sees where they meet. And nothing is added at the start: an untrained
# network *is* the bicubic enlargement.

# %% tags=["nbval-check-output"]
tiles = upscale(zoo.load("superres_x4_feature"), small["cat"], tile=32)
print("nine tiles equal the whole:", bool((tiles - made["cat"]["feature loss"]).abs().max() < 1e-4))
print("untrained, it is bicubic:", torch.equal(SuperResNet(4).eval()(small["cat"]), ways["bicubic"](small["cat"])))

# %% [markdown]
# ## The training step
#
# A batch of crops is made small, enlarged by the network, and compared.

# %% tags=["hide-input"]
source(superres.SuperResolution)

# %% [markdown]
# Live, for some seconds: the two forms with 16 channels, two photos to learn from, and the cat to test with. Both take
# the same number of steps.

# %%
learn = Crops([data.coffee(), data.rocket()], superres.SHRUNK)
tiny = replace(superres.BOOK, steps=60 if FAST else 150, base=16, residuals=2, size=64, lr=2e-3)
marks, curves, seen, seconds = [0, 10, 20, 40, tiny.steps], {}, {}, {}
for architecture in ("book", "paper"):
    work = superres.SuperResolution(replace(tiny, architecture=architecture), 0, learn)
    net = work.result
    began, curves[architecture] = time.perf_counter(), []
    for k in range(tiny.steps + 1):
        if k in marks:
            net.eval()
            with torch.no_grad():
                seen[architecture, k] = net(small["cat"])
            net.train()
            curves[architecture].append(super_resolution_scores(seen[architecture, k].clamp(0, 1), photos["cat"], 4)["PSNR"])
        if k < tiny.steps:
            work.step(k)
    seconds[architecture] = time.perf_counter() - began
print(", ".join(f"{architecture}: {s:.0f} s" for architecture, s in seconds.items()))


# %%
def training(step):
    """A cat's eye, enlarged by the two networks in training"""
    return [(f"{architecture}'s form", window(seen[architecture, step], *places["cat"])) for architecture in ("book", "paper")]


explore(training, quality=75, step=marks)

# %% mystnb={"figure": {"caption": "PSNR of the cat during the live training; the line is the bicubic enlargement.", "name": "fig-18-live"}, "image": {"alt": "Two curves over the steps. The book's form begins at the bicubic line and rises slowly above it. The paper's form begins far below and climbs toward it."}} tags=["hide-input"]
fig, axes = plt.subplots(figsize=(6.4, 2.8), layout="constrained")
for (architecture, line), style in zip(curves.items(), ("o-", "s--"), strict=True):
    axes.plot(marks, line, style, ms=4, label=f"{architecture}'s form")
axes.axhline(table["bicubic"][0]["PSNR"], color="black", lw=1, label="bicubic")
axes.set(xlabel="step", ylabel="PSNR, dB")
axes.legend()
plt.show()

# %% tags=["nbval-check-output"]
start, bicubic = curves["book"][0], table["bicubic"][0]["PSNR"]
print("the book's form begins at bicubic:", abs(start - bicubic) < 0.01)
print("and has gained:", curves["book"][-1] > bicubic)
print("the paper's form is still below:", curves["paper"][-1] < bicubic)

# %% [markdown]
# The same with a little more time, and one difference after the other. All have the same seconds on the same core, and 32
# channels where nothing else is said. It is a short training; what it tells is how soon a form is of use, not which is
# best in the end:

# %% tags=["hide-input"]
forms = stored("forms")


def form_table(names, keys):
    """Rows of the stored comparison."""
    lines = ["| form | steps | " + " | ".join(keys) + " |", "| :--- " + "| ---: " * (1 + len(keys)) + "|"]
    for name in names:
        row = forms["scores"][name]
        cells = " | ".join(keys[key].format(row[key]) for key in keys)
        lines.append(f"| {name} | {row.get('steps', '')} | {cells} |")
    each = f"{forms['seconds']:g} s of processor time each, Set5"
    return Markdown("\n".join([*lines, "", f"*`{forms['command']}`, {each}; {forms['machine']}, {forms['date']}*"]))


both_forms = [name for name in forms["scores"] if name.startswith(("paper", "book"))]
form_table(["bicubic", *both_forms], {"PSNR": "{:.2f}", "SSIM": "{:.4f}"})

# %% [markdown]
# ### A grid, and two loss networks
#
# The feature loss by itself has a flaw. Before relu2_2 the loss network halves the size, and takes the largest of each
# four values. A fine pattern changes little there, so the network paints one, with the period of its own pixels. Two
# terms see it: the pixel loss, and $\ell_{grid}$, the share of the detail that repeats on this grid {eq}`eq-13-grid`,
# here with the period $f$:
#
# $$
# \ell = \ell_{feat} + \lambda_p\, \ell_{pixel} + \lambda_g\, \ell_{grid} .
# $$ (eq-18-all)
#
# Below, a term that is there has the weight $\lambda_p = 5$ or $\lambda_g = 1$.
# And does it matter that $\phi$ is our small `pocket_first` and not the real VGG-16, as in the paper? Here are both, each with
# the same number of steps from the network of the pixel loss, judged by the features of both. The `checkerboard` of
# {doc}`13_fast_style` is about 1 for photos:

# %% tags=["hide-input"]
losses = stored("losses")
keys = {"PSNR": "{:.2f}", "detail": "{:.2f}", "features by pocket": "{:.3f}", "features by VGG-16": "{:.3f}"}
keys |= {"checkerboard": "{:.1f}"}
lines = ["| loss | " + " | ".join(keys) + " |", "| :--- " + "| ---: " * len(keys) + "|"]
for name, row in losses["scores"].items():
    lines.append(f"| {name} | " + " | ".join(architecture.format(row.get(key, "")) for key, architecture in keys.items()) + " |")
each = f"{losses['steps']} steps each, Set5, factor 4; pocket: its first edition"
Markdown("\n".join([*lines, "", f"*`{losses['command']}`, {each}; {losses['machine']}, {losses['date']}*"]))

# %% tags=["nbval-check-output"]
rows = losses["scores"]
for network in ("pocket", "VGG-16"):
    alone, pixels, grid = (rows[f"{network} {words}"]["checkerboard"] for words in ("alone", "and pixel loss", "and grid"))
    print(f"{network}: alone it paints a grid: {alone > 4}; less than a third of it with either term: {max(pixels, grid) < alone / 3}")
small_one, real_one = rows["pocket and pixel loss"], rows["VGG-16 and pixel loss"]
print("by the features of VGG-16 the two are within 3 %:", abs(small_one["features by VGG-16"] / real_one["features by VGG-16"] - 1) < 0.03)
print("a step by VGG-16 takes {median} times as long ({least} to {most})".format(**losses["VGG-16 costs"]))

# %% [markdown]
# The two loss networks teach nearly the same, and `pocket_first` is several times cheaper. So it teaches, and VGG-16 judges
# in the tables below. The grid term wins by the measure and loses by the eye: what it takes out of the regular pattern
# comes back as an irregular one, in places where the photo is even. The networks that come with the package have the
# pixel loss only, which also gives the higher PSNR.

# %% [markdown]
# ## By the benchmark
#
# Set5 has five photos. How one counts changes the score by as much as a good idea does: on which channel, with which
# rounding, and how much of the border is left out. This is the protocol here:

# %% tags=["hide-input"]
source(super_resolution_scores)

# %% [markdown]
# The bicubic row proves it. It must come out as it is printed elsewhere, for it contains no training:

# %%
pixel, feature = stored("superres_x4_pixel"), stored("superres_x4_feature")
set5 = {"bicubic": pixel["scores"]["Set5"]["bicubic"]}
set5 |= {f"{name} loss": row["scores"]["Set5"]["network"] for name, row in (("pixel", pixel), ("feature", feature))}
printed, elsewhere = (tables()[place].values for place in ("johnson2016, figure 8", "dong2016, table 2"))

# %% tags=["hide-input"]
lines = [
    "| Set5, factor 4 | PSNR, dB | SSIM | detail | feature error | Johnson et al. |",
    "| :--- | ---: | ---: | ---: | ---: | ---: |",
]
for way, row in set5.items():
    there = " / ".join(printed[way.removesuffix(" loss")].values())
    cells = f"{row['PSNR']:.2f} | {row['SSIM']:.4f} | {row['detail']:.2f} | {row['features']:.3f}"
    lines.append(f"| {way} | {cells} | {there} |")
Markdown("\n".join([*lines, "", f"*`{pixel['command']}`, {pixel['machine']}, {pixel['date']}. {pixel['protocol']}.*"]))

# %% [markdown]
# The figures of Johnson et al. are means over Set5, printed below figure 8 of their paper {cite:p}`johnson2016`. Their
# networks learned to undo another degradation, the blurred one, so only the order of their rows says
# something about ours.

# %% tags=["nbval-check-output"]
apart = abs(set5["bicubic"]["PSNR"] - float(elsewhere["bicubic"]["PSNR"]))
print("bicubic as in the literature, within 0.1 dB:", apart < 0.1)
print("pixel loss beats bicubic by more than 0.8 dB:", set5["pixel loss"]["PSNR"] > set5["bicubic"]["PSNR"] + 0.8)
print("feature loss has the lower PSNR of the two:", set5["feature loss"]["PSNR"] < set5["pixel loss"]["PSNR"])
print("and the smaller feature error, by VGG-16:", set5["feature loss"]["features"] < set5["pixel loss"]["features"])

# %% [markdown]
# Five photos are few. Here are 50 that no network has seen, and all four networks that come with the package:

# %% tags=["hide-input"]
lines = ["| factor | | PSNR, dB | SSIM | detail | feature error |", "| ---: | :--- | ---: | ---: | ---: | ---: |"]
for factor, losses in ((2, ["feature"]), (4, ["pixel", "feature"]), (8, ["feature"])):
    files = {loss: stored(f"superres_x{factor}_{loss}")["scores"] for loss in losses}
    held_out = next(name for name in files[losses[0]] if name != "Set5")
    rows = {"bicubic": files[losses[0]][held_out]["bicubic"]}
    rows |= {f"{loss} loss": found[held_out]["network"] for loss, found in files.items()}
    for way, row in rows.items():
        cells = f"{row['PSNR']:.2f} | {row['SSIM']:.4f} | {row['detail']:.2f} | {row['features']:.3f}"
        lines.append(f"| {factor} | {way} | {cells} |")
Markdown("\n".join(lines))

# %% mystnb={"figure": {"caption": "A factor of 8: the small picture, the bicubic enlargement, the network, and the photo, by NASA, public domain.", "name": "fig-18-eight"}, "image": {"alt": "An astronaut's portrait four times: as a coarse mosaic of squares, as a soft blur, with clearer edges but without fine features, and as it is."}} tags=["hide-input"]
few = degrade(photos["astronaut"], 8)
eight = upscale(zoo.load("superres_x8_feature"), few)
squares = few.repeat_interleave(8, -2).repeat_interleave(8, -1)
row = [squares, enlarge(few, 8).clamp(0, 1), eight, photos["astronaut"]]
figure(contact_sheet([row], ["small", "bicubic", "feature loss", "photo"]), quality=75)

# %% [markdown]
# At a factor of 8 sixty-three of sixty-four pixels are missing. Edges can be guessed, a face cannot. And the grid is back
# on even surfaces: the larger the factor, the more the network has to make up.
#
# ## The quarrel
#
# Nothing stands between the two networks but the choice. Mix their results, from the pixel loss (0) to the feature loss
# (1), and see what each step buys and costs:

# %%
shares = [0.0, 0.25, 0.5, 0.75, 1.0]
along = {}


def mixture(photo, share):
    """Part of an enlarged photo, a mixture of the two networks' results"""
    mixed = torch.lerp(made[photo]["pixel loss"], made[photo]["feature loss"], share)
    scores = along[photo, share] = measured(mixed, photos[photo])
    label = f"PSNR {scores['PSNR']:.2f} dB, detail {scores['detail']:.2f}"
    return [(label, window(mixed, *places[photo])), ("photo", window(photos[photo], *places[photo]))]


explore(mixture, quality=75, photo=list(photos), share=shares)

# %% mystnb={"figure": {"caption": "Mean PSNR of the three photos over their feature error, for mixtures of the two results, with the bicubic enlargement. Good is left and up.", "name": "fig-18-quarrel"}, "image": {"alt": "A curve from the upper right, the pixel loss, to the lower left, the feature loss: whatever lowers the feature error lowers the PSNR. Bicubic lies far to the right."}} tags=["hide-input"]
points = [[sum(along[name, s][key] for name in photos) / len(photos) for key in ("features", "PSNR")] for s in shares]
fig, axes = plt.subplots(figsize=(5.6, 3.2), layout="constrained")
axes.plot(*zip(*points, strict=True), "o-", ms=4, label="mixtures")
axes.annotate("pixel loss", points[0], textcoords="offset points", xytext=(6, -12))
axes.annotate("feature loss", points[-1], textcoords="offset points", xytext=(8, -3))
axes.plot(means["bicubic"]["features"], means["bicubic"]["PSNR"], "s", color="tab:gray", label="bicubic")
axes.set(xlabel="feature error", ylabel="PSNR, dB")
axes.margins(0.15)
axes.legend()
plt.show()


# %% [markdown]
# This is no weakness of these two networks. Blau and Michaeli show that no method can have both beyond a certain curve:
# what comes nearer to looking like a photo goes farther from *the* photo {cite:p}`blau2018`. Choose by the purpose. A
# picture for people may invent a little; one that is measured, as in medicine, must not.
#
# ## Colors
#
# The feature loss hardly sees a small change of all colors. Johnson et al. therefore give the result the histograms
# of the small picture, channel by channel. `match_colors` does so, and the command with `--match-colors`. Is it needed
# here? How far the mean colors are from those of the small picture, in steps of 255, and the PSNR:

# %%
def mean_color_error(x, name):
    """Mean over the channels, in steps of 255."""
    return 255 * (x.mean(dim=(2, 3)) - small[name].mean(dim=(2, 3))).abs().mean().item()


tried = {"as it is": lambda x, _: x, "matched": match_colors}
tried["darker by 10"] = lambda x, _: x - 10 / 255
tried["darker by 10, matched"] = lambda x, like: match_colors(x - 10 / 255, like)
shift = {}
for way, f in tried.items():
    results = {name: f(made[name]["feature loss"], x) for name, x in small.items()}
    shift[way] = sum(mean_color_error(x, name) for name, x in results.items()) / len(results)
    decibels = sum(measured(x, photos[name])["PSNR"] for name, x in results.items()) / len(results)
    print(f"{way:21} mean color off by {shift[way]:5.2f} of 255, PSNR {decibels:.2f} dB")

# %% tags=["nbval-check-output"]
print("as it is, off by less than half a step:", shift["as it is"] < 0.5)
print("matching mends a wrong brightness:", shift["darker by 10, matched"] < 0.1 * shift["darker by 10"])

# %% [markdown]
# It is not: our networks add to the bicubic enlargement, whose colors are right, and the pixel loss keeps them. For a
# network that makes colors by itself, as the paper's does, it may be.

# %% [markdown]
# ## What to take away
#
# * Many photos have the same small picture. What an enlargement adds is knowledge of photos, not of this photo.
# * A pixel loss averages over all answers that fit, and an average is soft. A feature loss picks one, and it may be wrong.
# * Say how the pictures were made small, on which channel you measured, and what you did with the border.
# * Let bicubic do the first step and learn the rest. Work at the small size.
# * PSNR and sharpness are two goals. A single number that should serve both serves neither.
#
# ## The claims beside our measurements

# %% tags=["hide-input"]
numbers = {way: f"{row['PSNR']:.2f} dB" for way, row in set5.items()}
sharper = set5["feature loss"]["detail"] > set5["pixel loss"]["detail"]
worse = set5["feature loss"]["PSNR"] < set5["pixel loss"]["PSNR"]
paper_row, book_row = forms["scores"]["paper"], forms["scores"]["book"]
claims = {
    "Johnson et al.: with the feature loss edges and fine details are better, and PSNR is lower": (
        f"detail {set5['feature loss']['detail']:.2f} instead of {set5['pixel loss']['detail']:.2f}; "
        f"PSNR {numbers['feature loss']} instead of {numbers['pixel loss']}",
        "confirmed"
        if sharper and worse
        else "not confirmed",
    ),
    "Johnson et al.: the pixel loss has about the PSNR of bicubic (28.40 and 28.43)": (
        f"{numbers['pixel loss']} and {numbers['bicubic']}",
        "more is possible, for the degradation of the benchmark",
    ),
    '"without relying on any fixed upsampling interpolation function"': (
        f"after {forms['seconds']:g} s: without {paper_row['PSNR']:.2f} dB, adding to bicubic {book_row['PSNR']:.2f} dB",
        "relying on one is better in a short training" if book_row["PSNR"] > paper_row["PSNR"] else "confirmed",
    ),
    '"it can be applied to images of any resolution"': ("any size, in tiles that equal the whole", "confirmed"),
}
lines = ["| claim | here | verdict |", "| :--- | :--- | :--- |"]
Markdown("\n".join(lines + [f"| {words} | {here} | **{verdict}** |" for words, (here, verdict) in claims.items()]))

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: another photo, the same small picture
#
# Let a picture be made small by taking the mean of each square of 2 by 2 pixels. Change `photo_part` so that its small picture stays
# the same, but the pixels differ by 0.05 or more in the mean. Values must stay in $[0, 1]$; there is room.
#
# <details><summary>Hint</summary>
#
# Add something whose mean over each square is zero. A checkerboard, for example. There are three numbers for each square
# that you may choose freely.
#
# </details>

# %% tags=["exercise-setup"]
import torch
from skimage import data
from torch.nn.functional import avg_pool2d, pixel_shuffle

from s2s_helpers import zoo
from s2s_helpers.data.degrade import degrade
from s2s_helpers.images import from_uint8, resize
from s2s_helpers.metrics import super_resolution_scores
from s2s_helpers.nets.superres import enlarge
from s2s_helpers.pipeline.upscaling import upscale
from s2s_helpers.ui.exercises import attempt, given

photo_part = 0.1 + 0.8 * from_uint8(data.coffee())[..., 100:196, 100:196]

# %% tags=["exercise-stub"]
another_photo = None  # your turn: a tensor of the same shape

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Nothing in the small picture tells which of the two it was. Three quarters of all numbers are free."):
    x = given(another_photo)
    if x.shape != photo_part.shape or x.min() < 0 or x.max() > 1:
        raise AssertionError("It should have the shape of photo_part, and values from 0 to 1.")
    off = (avg_pool2d(x, 2) - avg_pool2d(photo_part, 2)).abs().max().item()
    if off > 1e-4:
        raise AssertionError(f"The small pictures differ, by up to {off:.3f}.")
    apart = (x - photo_part).abs().mean().item()
    if apart < 0.05:
        raise AssertionError(f"The pixels differ by {apart:.3f} in the mean; at least 0.05 is wanted.")

# %% tags=["exercise-solution", "hide-cell"]
rows_and_columns = torch.arange(96)[:, None] + torch.arange(96)
another_photo = photo_part + 0.08 * (1 - 2 * (rows_and_columns % 2))


# %% [markdown]
# ### Exercise 2: sort the pixels into place
#
# At its end the network has $3 f^2$ channels at the small size. Each color has $f^2$ of them, one after the other: the
# pixels that stand for one, row by row. Sort them into a picture $f$ times as large, without `pixel_shuffle`.
#
# <details><summary>Hint</summary>
#
# `reshape(n, 3, f, f, h, w)` takes the channels apart. Now bring each of the two `f` behind its own side with `permute`, to
# `(n, 3, h, f, w, f)`, and `reshape` once more.
#
# </details>

# %% tags=["exercise-stub"]
def sorted_into_place(x, f):
    """A picture (N, 3, f H, f W) of the channels x (N, 3 f^2, H, W); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Not a number is computed. All the work is done at the small size."):
    for f in (2, 3):
        x = torch.arange(2 * 3 * f * f * 4 * 5.0).view(2, 3 * f * f, 4, 5)
        said, right = given(sorted_into_place(x, f)), pixel_shuffle(x, f)
        if said.shape != right.shape:
            raise AssertionError(f"For f = {f} the shape should be {tuple(right.shape)}, not {tuple(said.shape)}.")
        if not torch.equal(said, right):
            wrong = (said != right).float().mean().item()
            raise AssertionError(f"The shape is right, but {wrong:.0%} of the pixels are not in their place.")


# %% tags=["exercise-solution", "hide-cell"]
def sorted_into_place(x, f):
    n, channels, h, w = x.shape
    parts = x.reshape(n, channels // f**2, f, f, h, w)
    return parts.permute(0, 1, 4, 2, 5, 3).reshape(n, channels // f**2, h * f, w * f)


# %% [markdown]
# ### Exercise 3: keep what is known
#
# Whatever the network invents, made small again it should be the picture that was given, $D_f(\hat y) = x$. Neither
# network is bound to this. Write a correction after which it holds, to half a step of 255.
#
# <details><summary>Hint</summary>
#
# Make the result small with `resize`, see what is missing, enlarge what is missing with `enlarge`, and add it. Once is not
# enough: enlarged and made small again it is not quite what it was. This is back-projection {cite:p}`irani1991`.
#
# </details>

# %% tags=["exercise-setup"]
true_cat = from_uint8(data.chelsea())[..., 60:204, 120:264].contiguous()
given_cat = degrade(true_cat, 4)
invented_cat = upscale(zoo.load("superres_x4_feature"), given_cat)


# %% tags=["exercise-stub"]
def corrected(result, small):
    """The result (1, 3, 4 H, 4 W), so that made small it is small (1, 3, H, W); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("It keeps what is known, and the PSNR has grown: invention need not contradict."):
    better = given(corrected(invented_cat, given_cat))
    off = 255 * (degrade(better.clamp(0, 1), 4) - given_cat).square().mean().sqrt().item()
    if off > 0.5:
        raise AssertionError(f"Made small again it is off by {off:.1f} steps of 255.")
    scores = [super_resolution_scores(x, true_cat, 4)["PSNR"] for x in (invented_cat, better)]
    if scores[1] <= scores[0]:
        raise AssertionError("It keeps what is known, but the picture has become worse. What else was changed?")


# %% tags=["exercise-solution", "hide-cell"]
def corrected(result, small):
    for _ in range(20):
        result = result + enlarge(small - resize(result, tuple(small.shape[-2:])), 4)
    return result


# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "18_superresolution")
