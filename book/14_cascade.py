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
# # Combination: sketch, picture, painting
#
# Five drawings, each with the picture made of it and the picture painted in four styles. The first two are sketches of
# the drawn world that no network was trained on. The next two are freehand drawings. The last is a photo that was turned into
# a line drawing first.

# %% tags=["hide-input"]
import statistics
import time
import tomllib
from pathlib import Path

import torch
from IPython.display import Markdown
from skimage import data

from s2s_helpers import pipeline, zoo
from s2s_helpers.data.facades import SPLITS, FacadeWorld
from s2s_helpers.data.sketches import Edges, edges, sketch_from_photo
from s2s_helpers.images import contact_sheet, from_uint8, load_picture, resize, show
from s2s_helpers.nets.transform import ConditionalInstanceNorm
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.runs.ablations import cascade
from s2s_helpers.runs.ablations.store import file_of
from s2s_helpers.ui.easel import easel
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz


def small(x, height=192):
    """A picture made smaller for the page."""
    return resize(x, (height, height * x.shape[-1] // x.shape[-2]))


# %%
houses, photos = SketchToStyle("facade"), SketchToStyle("photo")
styles = houses.styles[:4]
coffee = resize(from_uint8(data.coffee()), (256, 384))[..., 46:302]
inputs = {
    "test sketch 505": (houses, FacadeWorld(seed=0, size=256)[505].sketch),
    "test sketch 511": (houses, FacadeWorld(seed=0, size=256)[511].sketch),
    "freehand house": (houses, load_picture("../data/drawings/house.png")),
    "freehand shop": (houses, load_picture("../data/drawings/shop.png")),
    "coffee": (photos, sketch_from_photo(coffee)),
}
made = {}
for name, (chain, sketch) in inputs.items():
    picture = chain.picture(sketch)
    paintings = [chain.stylize(picture, style) for style in styles]
    made[name] = [sketch, picture, *paintings]

# %% mystnb={"figure": {"caption": "From left: drawing, picture, and the picture as starry night, the scream, the great wave and composition vii. From above: two test sketches, two freehand drawings, a photo of a cup turned into lines (coffee, by Rachel Michetti, from scikit-image, CC0).", "name": "fig-combination"}, "image": {"alt": "A sheet of five rows and six columns. Each row begins with a line drawing, of house fronts, a shop and a cup; then its colored picture; then four paintings of it, in blue swirls, orange and dark bands, pale blue and cream, and bright patches."}}
headers = ["drawing", "picture", *(s.replace("_", " ") for s in styles)]
rows = [[small(x, 132) for x in row] for row in made.values()]
figure(contact_sheet(rows, headers), quality=40)

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** join the two networks; send pictures of any size through them; blend styles; measure how good
# the result is, and show where it fails; say whether the two networks had better been trained as one, and whose picture
# it is.
#
# **You need** a look at {doc}`01_sketches_and_pictures`.
#
# **Study time**: an hour and a quarter, with the exercises; the cells run in less than half a minute on two cores,
# without a GPU.
# :::
#
# ## The chain
#
# The generator $G$ makes a picture $\hat y$ of a sketch $x$. The transformation network $f_W$ repaints the picture in
# style $s$. Each is a single pass through a network, and neither knows of the other:
#
# $$
# \hat y = G(x), \qquad \hat y_s = f_W(\hat y,\, s) .
# $$ (eq-combination)
#
# :::{figure-md} fig-14-chain
#
# ![A drawing of a house, an arrow to the generator, the house as a colored picture, an arrow to the painter, which is also told a style, and the house as a painting. Below each network, a panel with the data and the losses that it was trained with.](_static/drawings/pipeline.svg)
#
# The chain, with what each network was trained by. Neither has seen the data of the other.
# :::
#
# The code is as short:

# %% tags=["hide-input"]
source(SketchToStyle.picture, SketchToStyle.stylize, SketchToStyle.__call__)

# %% [markdown]
# The networks halve the size of a picture again and again, so height and width must be multiples of some number $m$. Drawings are
# not. `apply` mirrors the picture at its edges up to the next multiple, and cuts the margin off afterwards:

# %% tags=["hide-input"]
source(pipeline.apply)

# %% [markdown]
# So a tall town house of 300 by 451 pixels comes back as tall and as wide:

# %% tags=["nbval-check-output"]
townhouse = load_picture("../data/drawings/townhouse.png")
town_picture, town_painting = houses(townhouse, "great_wave")
print("in: ", tuple(townhouse.shape))
print("out:", tuple(town_picture.shape), tuple(town_painting.shape))
assert townhouse.shape == town_picture.shape == town_painting.shape

# %%
tall = {"drawing": townhouse, "picture": town_picture, "great wave": town_painting}
tall = {name: small(x, 240) for name, x in tall.items()}
show(tall, alt="A narrow town house with a stepped gable")

# %% [markdown]
# ## Three kinds of input
#
# **A sketch of the drawn world.** This is what the generator `facade` was trained for. It has seen 400 such pairs, but
# none with these numbers:

# %% tags=["nbval-check-output"]
shown = {505, 511}
print("test sketches:", shown <= set(SPLITS["test"]))
print("training sketches:", bool(shown & set(SPLITS["train"])))

# %% [markdown]
# For these the true picture is known. The generator cannot know its colors. It finds the things and guesses the appearance:

# %%
three = {
    "sketch": made["test sketch 505"][0],
    "made by the generator": made["test sketch 505"][1],
    "true picture": FacadeWorld(seed=0, size=256)[505].picture,
}
show({name: small(x) for name, x in three.items()}, alt="A long house")

# %% [markdown]
# **A freehand drawing.** The files in `data/drawings` were drawn with a vector pen, not by the package. Their lines are
# thicker, their windows are larger, and no rule says where things stand. Your own drawing would be of this kind.
#
# **A photo turned into lines.** Anything may be in it, so this is the task of the other generator, `photo`. It was
# trained on many kinds of line drawings of photos. The photo itself, coffee by Rachel Michetti, CC0, is not shown to it:

# %%
three = {
    "photo": coffee,
    "its lines": made["coffee"][0],
    "made by the generator": made["coffee"][1],
}
show({name: small(x) for name, x in three.items()}, alt="A cup of coffee")

# %% [markdown]
# ## How long it takes

# %%
sketch = load_picture("../data/drawings/house.png")
clock = [time.perf_counter()]
picture = houses.picture(sketch)
clock.append(time.perf_counter())
painting = houses.stylize(picture, "starry_night")
clock.append(time.perf_counter())
print(f"{torch.get_num_threads()} thread(s), 256x256 pixels:")
print(f"picture {clock[1] - clock[0]:.2f} s, painting {clock[2] - clock[1]:.2f} s")


# %% [markdown]
# ## One network, many styles, and what lies between
#
# All styles live in one network. They share every convolution and differ only in the gain $\gamma$ and the shift $\beta$
# of each normalization {cite:p}`dumoulin2017`. A list of weights $w_s$ that sum to 1 mixes them,
#
# $$
# \gamma = \sum_s w_s \gamma_s, \qquad \beta = \sum_s w_s \beta_s ,
# $$ (eq-blend)
#
# so one slider leads from one painter to another:

# %%
def blend(share):
    """A freehand house, painted between Starry Night (0) and The Scream (1)"""
    weights = torch.zeros(1, len(houses.styles))
    weights[0, houses.styles.index("starry_night")] = 1 - share
    weights[0, houses.styles.index("the_scream")] = share
    return small(pipeline.apply(zoo.load("painter"), picture, weights))


explore(blend, quality=42, live="network painter", share=[0.0, 0.25, 0.5, 0.75, 1.0])


# %% [markdown]
# And this one walks through all the styles:

# %%
def style(name):
    """A freehand shop with an awning, painted"""
    return small(houses.stylize(made["freehand shop"][1], name))


explore(style, quality=41, live="network painter", name=houses.styles)

# %% tags=["nbval-check-output"]
start, quarter, end = blend(0.0), blend(0.25), blend(1.0)
print("0 is starry night:", torch.allclose(start, small(painting), atol=1e-4))
nearer = (quarter - start).abs().mean() < (quarter - end).abs().mean()
print("a quarter of the way is nearer to the start:", bool(nearer))

# %% [markdown]
# ## Draw
#
# In JupyterLab (`make lab`) there is a sheet of paper here. Draw, or begin with an example; after each stroke the
# picture and the painting follow. On this page, {doc}`try_it` is the same without a kernel.

# %%
examples = {name: load_picture(f"../data/drawings/{name}.png", size=256) for name in ("house", "shop")}
desk = easel(SketchToStyle("facade", "adjustable"), examples)


# %% [markdown]
# ## How good it is
#
# Each network has a card with its scores, measured on pictures that it never saw. Two simple answers stand beside it:
# the *mean picture* of the training pairs, and the training picture whose sketch is the *nearest neighbor*. L1 is the
# mean absolute difference to the true picture, the less the better. L, a, b is the share of lightness and of the two
# color axes that the histograms have in common, the more the better.
#
# L1 alone would mislead. A pale mean offends nobody, and by {eq}`eq-floor` hedging is what such a measure rewards; so
# the mean picture comes out well in the first column. In the others it pays: it has few of the true colors.

# %% tags=["hide-input"]
def table(scores):
    """Rows of scores as a table; the best of each column is bold."""
    columns = {"L1": min, "L": max, "a": max, "b": max}
    best = {c: pick(row[c] for row in scores.values()) for c, pick in columns.items()}
    lines = ["| | " + " | ".join(columns) + " |", "| --- |" + " ---: |" * len(columns)]
    for name, row in scores.items():
        cells = [f"**{row[c]:.3f}**" if row[c] == best[c] else f"{row[c]:.3f}" for c in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def report(name):
    card = zoo.card(name)
    scores, lines = card.get("scores", {}), [f"**`{name}`**: {card.get('protocol', 'not scored yet')}"]
    for kind, rows in {"": scores}.items() if "generator" in scores else scores.items():
        lines += [f"\n*{kind}*" if kind else "", "", table(rows)]
    lines.append(f"\nMeasured by `{card.get('scored by', 's2s score ' + name)}`. Trained for {card['seconds'] / 60:.0f} minutes.")
    return "\n".join(lines)


Markdown(report("facade") + "\n\n" + report("photo"))

# %% [markdown]
# And the segmenter of {doc}`02_measuring_pictures`: does it find the windows and doors in what `facade` makes? On true
# pictures it is right as often as stands in the second line.

# %%
for name, judged in (("made by facade", zoo.card("facade")["judged"]), ("true pictures", zoo.card("segmenter")["scores"])):
    print(f"{name:15}", ", ".join(f"{key} {value:.2f}" for key, value in judged.items()))

# %% tags=["nbval-check-output"]
scores = zoo.card("facade")["scores"]
ours = scores["generator"]
for name in ("mean picture", "nearest neighbor"):
    other = scores[name]
    print(f"facade against the {name}")
    print("  smaller L1:", ours["L1"] < other["L1"])
    print("  larger L, a, b:", *(ours[channel] > other[channel] for channel in "Lab"))

# %% [markdown]
# ## Where it fails
#
# A generator sees houses everywhere if it has seen nothing but houses. Give it a cat:

# %%
cat = load_picture("../data/drawings/cat.png")
three = {
    "drawing": cat,
    "by facade": houses.picture(cat),
    "by photo": photos.picture(cat),
}
show({name: small(x) for name, x in three.items()}, alt="A cat's face")

# %% [markdown]
# `facade` builds the cat like a house, of walls and panes. `photo` has met many things, but a few lines on a
# white page tell it little. Two more weak points:
#
# * **White areas.** Where there are no lines, nothing says what is there. The generator falls back on what is most
#   common at such a place.
# * **Errors add up.** The painter paints whatever the generator hands over. It was trained on photos, not on the
#   generator's pictures, and takes a flaw for a texture.

# %% mystnb={"figure": {"caption": "Freehand drawings of things that are no houses. From left: drawing, picture by `photo`, the picture as starry night.", "name": "fig-objects"}, "image": {"alt": "Two rows: line drawing of a sailing boat, a colored version, and that painted in blue strokes; the same for a teapot."}}
rows = []
for name in ("boat", "teapot"):
    drawing = load_picture(f"../data/drawings/{name}.png", size=256)
    rows.append([small(x) for x in (drawing, *photos(drawing, "starry_night"))])
figure(contact_sheet(rows), quality=43)

# %% [markdown]
# ## Two networks, or one?
#
# The paper trains two networks and chains them. Why not one, from the sketch to the painting? The losses of
# {eq}`eq-13-objective` do not ask where a painting comes from. So the style network can be given the sketch, while the
# content that it is held to is that of the true picture, which it never sees:
#
# $$
# \min_W \; \lambda_c\, \ell_{content}\big(f_W(x),\, y\big) + \lambda_s\, \ell_{style}\big(f_W(x)\big)
# + \lambda_{tv}\, \ell_{tv}\big(f_W(x)\big) + \ell_{grid}\big(f_W(x)\big) .
# $$ (eq-14-joint)
#
# Here $x$ is the sketch and $y$ the true picture. Three ways, all with the 400 pairs of the drawn world at 128 by 128
# pixels and the mosaic as the style: the *two stages* of the paper; *one network*, the U-Net of the
# generator, which paints at once; and *two networks* of the same sizes as the stages, but trained as one chain from the
# start. None has seen the 100 test sketches by which they are scored:

# %% tags=["hide-input"]
ways = cascade.results(Path("../data/results/cascade"))
columns = {
    "edge F1": ("edges kept", "{:.3f}", max), "content": ("content", "{:.3f}", min), "style": ("style", "{:.3f}", min),
    "objective": ("objective", "{:.3f}", min), "milliseconds": ("ms a picture", "{:.0f}", min),
}
means = {
    way: {key: statistics.fmean(run["scores"]["evaluation"][key] for run in runs) for key in columns}
    for way, runs in ways.items()
}
best = {key: pick(row[key] for row in means.values()) for key, (_, _, pick) in columns.items()}
lines = ["| | " + " | ".join(words for words, _, _ in columns.values()) + " | steps |"]
lines.append("| :--- |" + " ---: |" * (len(columns) + 1))
for way, row in means.items():
    cells = [form.format(row[key]) for key, (_, form, _) in columns.items()]
    cells = [f"**{cell}**" if row[key] == best[key] else cell for key, cell in zip(columns, cells, strict=True)]
    cells.append(str(cascade.CELLS[way].steps))
    lines.append(f"| {way} | " + " | ".join(cells) + " |")
one_run = ways["two stages"][0]
seeds = len(ways["two stages"])
note = f"*`s2s experiments cascade`, {seeds} seed{'s' if seeds > 1 else ''}; {one_run['machine']}, {one_run['date']}. "
note += "Edges: F1 with the sketch. Content: against the true picture, at relu3_3 of pocket_first, relative; style likewise.*"
Markdown("\n".join([*lines, "", note]))

# %% mystnb={"figure": {"caption": "Six test sketches, painted by two stages, by one network, and by two networks trained as one.", "name": "fig-14-cascade"}, "image": {"alt": "Three rows of six mosaics of house fronts, one row for each way of training."}} tags=["hide-input"]
strips = [load_picture(file_of(way, 0, Path("../data/results/cascade")).with_suffix(".jpg")) for way in ways]
figure(torch.cat(strips, dim=2), quality=50)

# %% tags=["nbval-check-output"]
stages, alone, chained = (means[way] for way in ways)
print("one network, end to end, has the lower objective:", alone["objective"] < stages["objective"])
print("it keeps more of the edges:", alone["edge F1"] > stages["edge F1"])
print("it is nearer to the style:", alone["style"] < stages["style"])
print("two networks trained as one are better than one:", chained["objective"] < alone["objective"])


# %% [markdown]
# By the numbers, training at once wins: more of the edges, more of the content, nearer to the style; and one network takes
# about half the time for a picture. Then look at the rows again. Whoever was trained at once lays the same band of colors
# over every house. A sketch has no colors, and the losses ask for those of the style on the whole, wherever they are; and a
# U-Net knows where in the sheet it is. How much do the large patches of color differ from house to house?

# %%
def spread(strip):
    """Standard deviation over the six paintings of a strip, of their colors at 8 by 8 pixels; in steps of 255."""
    tiny = resize(torch.cat(strip.split(128, dim=-1)), (8, 8))
    return 255 * tiny.std(dim=0).mean().item()


differences = {way: spread(strip) for way, strip in zip(ways, strips, strict=True)}
for way, value in differences.items():
    print(f"{way:26} {value:.0f}")

# %% tags=["nbval-check-output"]
rest = [value for way, value in differences.items() if way != "two stages"]
print("two stages differ more than twice as much from house to house:", differences["two stages"] > 2 * max(rest))

# %% [markdown]
# So the stages have a merit that no loss here names: the first one is trained for the true colors, and the second must
# paint what it is given. Training at once would have to ask for this in some other way. The paper's chain looks like the
# lazy choice, and is a sound one.

# %% [markdown]
# ## Whose picture is it?
#
# Several people have a hand in a painting of this chapter: who drew the sketch, who painted the picture of the style,
# who took the photos that the networks learned from, who wrote and trained the networks. The networks are not among
# them. {cite:t}`hertzmann2018` argues that art is made by social agents and that software is a tool of theirs, as the camera
# is. Words matter here: in the experiments of {cite:t}`epstein2020`, readers who were told of an agent that creates gave
# credit and responsibility to other parties than readers who were told of a tool. So in this book a network computes.
#
# **The style.** Copyright, broadly, covers works and not manners of painting. But what is allowed may do harm. Artists tell of
# lost income, of damage to their name, and of plagiarism {cite:p}`jiang2023`. Some
# defend themselves: {cite:t}`shan2023` alter pictures, hardly visibly, so that a network learns another style from
# them. On the other side stands the whole history of painting, where everyone has learned from others, and a new tool has more
# than once brought new kinds of work to artists {cite:p}`hertzmann2018`. Both are true. What differs is scale: a
# painter who learns a manner needs years and changes it on the way, a network needs hours and does not. The one who
# can settle it for a living artist is that artist. Ask.
#
# These are the styles that come with the package. None is that of a living artist:

# %% tags=["hide-input"]
provenance = tomllib.loads(Path("../data/provenance.toml").read_text(encoding="utf-8"))
told = {style["name"]: style for style in provenance["style"]}
lines = ["| style | what the network learned it from | terms |", "| :--- | :--- | :--- |"]
lines += [f"| {name.replace('_', ' ')} | {told[name]['what']} | {told[name]['terms']} |" for name in houses.styles]
Markdown("\n".join(lines))

# %% tags=["nbval-check-output"]
free = all(told[name]["terms"] in ("public domain", "MIT") for name in houses.styles)
print("every style is in the public domain, or drawn by the package:", free)
painter = zoo.load("painter")
norms = [module for module in painter.modules() if isinstance(module, ConditionalInstanceNorm)]
per_style = sum(norm.weight[0].numel() + norm.bias[0].numel() for norm in norms)
print("numbers that the network keeps for one style:", per_style)
shared = sum(p.numel() for p in painter.parameters()) - len(houses.styles) * per_style
print("numbers that all styles share:", f"{shared:,}")


# %% [markdown]
# So few gains and shifts are no copy of a painting. They say how strongly each channel acts. The shared numbers have learned from all paintings at once. That the paintings are not *in* the network does
# not say that their makers had no part in it.
#
# **The photos.** {cite:t}`gebru2021` ask of every data set who collected it, for what, and whether those concerned agreed.
# For the drawn world the answers are easy, since the package draws it. For the photos they are not. ImageNet was
# gathered from the web, and nobody asked those who took the photos or are seen in them {cite:p}`prabhu2020`; its terms, and
# those of BSDS500, are research. `painter`, `photo`, `pocket` and `pocket_first` learned from samples of the two; `painter`
# and `pocket` also from photos of Flickr8k and from photos of houses, whose collectors state no terms. {doc}`provenance`
# says so for each network. Whether what was learned from such photos may be used for every purpose is disputed. Who
# wants to be sure trains with photos of their own: `s2s train` takes a folder. Even then the loss network has learned
# from those of others.
#
# **The label.** A made picture should say that it was made. A note inside the file is lost with the first screenshot, and
# records of where data come from are in a poor state generally {cite:p}`longpre2024`. So say it where people look, in the caption:
# which network, which style, whose photo. The captions of this book do.
#
# Four questions to ask before a painting leaves the house:
#
# 1. Whose is the picture that was painted over, and may it be changed?
# 2. Whose is the style? If the artist lives: was the artist asked?
# 3. From what did the network learn, on which terms?
# 4. Will whoever sees it know how it was made?
#
# This is no legal advice. The law differs from country to country, and is being written.
#
# ## Does the drawing survive the painting?
#
# A painting should keep the drawing. Measure it: draw the edges of the painting, and count how many of the picture's
# edges have one next to them, at most one pixel away. To know what chance would give, compare with the edges of *another*
# picture.

# %%
def lines(x):
    """Where a picture has edges, (H, W) of True and False."""
    return edges(x, Edges(sigma=2.0))[0, 0] < 0.5


share = lines(made["test sketch 505"][1]).float().mean()
print(f"edges cover {100 * share:.0f} % of the page")


# %%
def survival(picture, painting, reach=1):
    """The share of the picture's edges with one of the painting within ``reach`` pixels."""
    wide = torch.nn.functional.max_pool2d(
        lines(painting)[None, None].float(), 2 * reach + 1, stride=1, padding=reach
    )
    return wide[0, 0][lines(picture)].mean().item()


right, wrong = made["test sketch 505"][1], made["test sketch 511"][1]
paintings = dict(zip(styles, made["test sketch 505"][2:], strict=True))
kept = {s: survival(right, painting) for s, painting in paintings.items()}
chance = {s: survival(wrong, painting) for s, painting in paintings.items()}
for s in styles:
    print(f"{s:13} keeps {100 * kept[s]:.0f} % of the edges; by chance {100 * chance[s]:.0f} %")

# %% tags=["nbval-check-output"]
print("each style keeps more than chance:", all(kept[s] > chance[s] for s in styles))

# %% [markdown]
# ## What to take away
#
# * The chain is two passes through two networks. Neither needs the other for its training.
# * Mirror, compute, cut: so any size passes.
# * Styles in one network are points. Between them lie more styles.
# * A generator knows its world. Ask first what it has seen.
# * A painting has several authors. Say who they are, and ask those who can be asked.
#
# ## The paper's claim beside our measurement
#
# The paper says of the combination: "We combine the conditional confrontation network model and the style transfer model
# to achieve a good combination effect", and shows one figure with three columns: sketch, picture, painting
# {cite:p}`wang2019`. It gives no number. Ours are the sheet above, for five drawings and four styles;
# the scores of the first step against two simple answers; and for the second step the share of edges that survive. The chain
# works where the drawing resembles what the generator has seen, and only there.

# %% tags=["nbval-check-output"]
print("drawings:", len(made), "; versions of each:", len(made["coffee"]))
same = [x.shape == row[0].shape for row in made.values() for x in row]
print("every version has the size of its drawing:", all(same))

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: any size
#
# `picky` stands for a network that takes only sides that are multiples of 32. Write a function that lets any picture
# through it: mirror the picture to the right and below, up to the next multiple; call it; cut off what was added.
#
# <details><summary>Hint</summary>
#
# `torch.nn.functional.pad(x, (0, right, 0, below), mode="reflect")`. How much is missing to the next multiple of 32 is
# `-side % 32`.
#
# </details>

# %% tags=["exercise-setup"]
import torch
from torch.nn.functional import max_pool2d, pad

from s2s_helpers.ui.exercises import attempt, given

seen_sizes = []


def picky(x):
    """A stand-in for a network."""
    seen_sizes.append(tuple(x.shape[-2:]))
    if any(side % 32 for side in x.shape[-2:]):
        raise AssertionError(f"The network refuses {tuple(x.shape[-2:])}: both sides must be multiples of 32.")
    return 1 - x


# %% tags=["exercise-stub"]
def any_size(net, x):
    """What net makes of x (N, 3, H, W), for any H and W of 32 or more; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Mirrored pixels look like a picture to the network. A black border would be seen, and painted."):
    for height, width in ((64, 96), (50, 33), (33, 64)):
        seen_sizes.clear()
        x = torch.rand(1, 3, height, width)
        y = given(any_size(picky, x))
        if y.shape != x.shape:
            raise AssertionError(f"A picture {(height, width)} came back as {tuple(y.shape[-2:])}.")
        if not torch.equal(y, 1 - x):
            raise AssertionError("The size is right, but what came back belongs to other places of the picture.")
        if seen_sizes != [(-(-height // 32) * 32, -(-width // 32) * 32)]:
            raise AssertionError(f"For {(height, width)} the network was given {seen_sizes}: once, and no more than needed, please.")


# %% tags=["exercise-solution", "hide-cell"]
def any_size(net, x):
    height, width = x.shape[-2:]
    return net(pad(x, (0, -width % 32, 0, -height % 32), mode="reflect"))[..., :height, :width]


# %% [markdown]
# ### Exercise 2: survival, both ways
#
# A painting that is full of edges keeps every edge of the picture, by chance. So measure both ways. *Recall* is the share
# of the picture's edges with one of the painting at most `reach` pixels away; *precision* the share of the painting's
# edges with one of the picture that near. F1 is $2 \cdot \text{precision} \cdot \text{recall}$ over their sum, and 0 if both are 0.
#
# <details><summary>Hint</summary>
#
# Make one drawing wider with `max_pool2d(x[None, None].float(), 2 * reach + 1, stride=1, padding=reach)`, and look which
# edges of the other lie on it. Then the other way round.
#
# </details>

# %% tags=["exercise-stub"]
def edge_score(picture, painting, reach=1):
    """F1 of two drawings (H, W) of True and False; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Edges everywhere no longer win."):
    line = torch.zeros(20, 20, dtype=torch.bool)
    line[10, 2:18] = True
    everywhere, two_below = torch.ones_like(line), line.roll(2, dims=0)
    for name, painting, reach, right in (
        ("the same line", line, 1, 1.0),
        ("the line one pixel below", line.roll(1, dims=0), 1, 1.0),
        ("the line two pixels below", two_below, 1, 0.0),
        ("the line two pixels below, reach 2", two_below, 2, 1.0),
        ("half of the line", line & (torch.arange(20) < 10), 1, 0.72),
        ("edges everywhere", everywhere, 1, 0.2379),
    ):
        said = float(given(edge_score(line, painting, reach)))
        if abs(said - right) > 2e-3:
            raise AssertionError(f"{name}: the score is {right:.2f}, not {said:.2f}.")


# %% tags=["exercise-solution", "hide-cell"]
def edge_score(picture, painting, reach=1):
    def near(drawing, other):
        wide = max_pool2d(other[None, None].float(), 2 * reach + 1, stride=1, padding=reach)[0, 0]
        return wide[drawing].mean().item()

    recall, precision = near(picture, painting), near(painting, picture)
    return 2 * precision * recall / max(precision + recall, 1e-9)


# %% [markdown]
# ### Exercise 3: ask first what it has seen
#
# A generator of houses makes something of any scribble. Write a test that warns: `looks_like_house(sketch)` is true for
# sketches of the drawn world and false for drawings of another kind. You have 12 of each to look at, as tensors
# (64, 64), 1 being paper. The check has 24 others.
#
# <details><summary>Hint</summary>
#
# Houses are upright: nearly all of their lines run along the axes. Take differences of neighbors across and down. At an
# upright line one of the two is large and the other nearly zero; at a slanting one they are alike. Average the ratio.
#
# </details>

# %% tags=["exercise-setup"]
import numpy as np
from PIL import Image, ImageDraw

from s2s_helpers.data.facades import FacadeWorld


def scribble(seed):
    """A drawing of slanting lines and circles, (64, 64)."""
    rng, page = np.random.default_rng(seed), Image.new("L", (256, 256), 255)
    for _ in range(14):
        (x, y), length = rng.uniform(60, 196, 2), rng.uniform(20, 60)
        if rng.random() < 0.7:
            angle = np.radians(rng.uniform(25, 65)) * rng.choice([-1, 1])
            dx, dy = length * np.cos(angle), length * np.sin(angle)
            ImageDraw.Draw(page).line([x - dx, y - dy, x + dx, y + dy], fill=0, width=3)
        else:
            ImageDraw.Draw(page).ellipse([x - length, y - length, x + length, y + length], outline=0, width=3)
    return torch.from_numpy(np.array(page.resize((64, 64), Image.Resampling.BOX))) / 255


drawn_houses = [FacadeWorld(seed=0, size=64)[i].sketch[0, 0] for i in range(500, 524)]
scribbles = [scribble(seed) for seed in range(24)]
some_houses, some_scribbles = drawn_houses[:12], scribbles[:12]


# %% tags=["exercise-stub"]
def looks_like_house(sketch):
    """True or False for a sketch (64, 64); your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("A simple test of the input warns where the generator itself never would."):
    wrong = []
    for name, drawings, right in (("houses", drawn_houses[12:], True), ("other drawings", scribbles[12:], False)):
        missed = sum(bool(given(looks_like_house(x))) != right for x in drawings)
        wrong += [f"{missed} of 12 {name}"] if missed > 1 else []
    if wrong:
        raise AssertionError(f"Of those that you have not seen it is wrong about {' and '.join(wrong)}; one of each may be wrong.")


# %% tags=["exercise-solution", "hide-cell"]
def upright(sketch):
    """The share of the differences of neighbors that goes one way only, 0 to 1."""
    across, down = (sketch[:-1, 1:] - sketch[:-1, :-1]).abs(), (sketch[1:, :-1] - sketch[:-1, :-1]).abs()
    return ((across - down).abs().sum() / (across + down).sum()).item()


border = (min(map(upright, some_houses)) + max(map(upright, some_scribbles))) / 2


def looks_like_house(sketch):
    return upright(sketch) > border


# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "14_cascade")
