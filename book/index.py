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
# # From sketch to style
#
# You draw a house. One network makes a picture of it, a second network paints the picture in a style that you choose.
# Both run on your laptop, in seconds, without a GPU. This is the whole of it:

# %% tags=["hide-input"]
import torch

from s2s_helpers import zoo
from s2s_helpers.images import contact_sheet, load_picture
from s2s_helpers.pipeline import SketchToStyle
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure

# %%
sketch = load_picture("../data/drawings/house.png")
sketch_to_style = SketchToStyle()
picture = sketch_to_style.picture(sketch)
styles = sketch_to_style.styles
painted = [sketch_to_style.stylize(picture, style) for style in styles]

# %% mystnb={"figure": {"caption": "A drawing, the picture that the first network makes of it, and the picture painted by the second network in the manner of van Gogh's Starry Night, Munch's Scream, Hokusai's Great Wave, and Kandinsky's Composition VII.", "name": "fig-result"}, "image": {"alt": "Six versions of one house with a pitched roof, a chimney and a small tree: the line drawing, a colored picture, a painting in blue and yellow strokes, one in orange and dark tones, one in pale blue and cream, and one of many bright patches."}}
figure(contact_sheet([[sketch, picture, painted[0]], painted[1:4]]), quality=60)

# %% [markdown]
# The networks were trained for this book, without a GPU, and came with it. Nothing is downloaded. In numbers:

# %% tags=["nbval-check-output"]
print("styles:", ", ".join(styles))
print("sizes:", *(tuple(x.shape) for x in (sketch, picture, painted[0])))
weights = sum(zoo.card(name)["bytes"] for name in ("facade", "painter"))
print("both networks together are smaller than 32 MB:", weights < 32e6)

# %%
for name in ("facade", "painter"):
    card = zoo.card(name)
    millions, minutes = card["parameters"] / 1e6, zoo.total(card, "seconds") / 60
    print(f"{name}: {millions:.1f} million weights, trained for {minutes:.0f} minutes")


# %% [markdown]
# Move the slider to choose the style. You need no running Python for that.

# %%
def style(name):
    """A house with a pitched roof, painted"""
    return sketch_to_style.stylize(picture, name)


explore(style, quality=64, name=styles)

# %% [markdown]
# ## What you will be able to do
#
# * Turn your own drawings into pictures, and pictures into paintings, of any size, from Python or from the command line.
# * Make line drawings from your photos, and pairs to learn from.
# * Say what such a network can know and what it must guess, and measure how well it does.
# * Train your own generator and your own style on a laptop.
#
# Every chapter shows a piece of one small package, `s2s_helpers`, at work. Use the package in your own projects; the
# license allows it.
#
# ## The idea in one equation
#
# A generator $G$ turns a sketch $x$ into a picture. A transformation network $f_W$ with weights $W$ repaints a picture in
# the style $s$. The book is about the chain of the two,
#
# $$
# \hat y = f_W\big(G(x),\, s\big) .
# $$ (eq-chain)
#
# :::{figure-md} fig-chain
#
# ![A drawing of a house, an arrow to the generator, the house as a colored picture, an arrow to the painter, which is also told a style, and the house as a painting. Below each network, a panel with the data and the losses that it was trained with.](_static/drawings/pipeline.svg)
#
# The chain of the two networks, and what each of them learned from.
# :::
#
# $G$ is a conditional generative adversarial network, known as pix2pix {cite:p}`isola2017`. $f_W$ learns from perceptual
# losses, as fast style transfer does {cite:p}`johnson2016`. To join them is the proposal of the paper that this book
# reproduces and takes further {cite:p}`wang2019`.
#
# ## Your own drawing
#
# Draw a house front, dark lines on white, on paper or on a screen. Save it as a picture. Then:
#
# ```sh
# s2s run drawing.png --style starry_night --out out/
# s2s list
# ```
#
# `s2s run` writes the picture, the painting and both beside the drawing. `s2s list` names the networks and their styles.
# In Python it is one call:

# %% tags=["nbval-check-output"]
picture, painting = sketch_to_style(sketch, "great_wave")
print("as above:", torch.equal(painting, painted[styles.index("great_wave")]))

# %% [markdown]
# ## Run the book
#
# | command | what it does |
# | --- | --- |
# | `make book` | makes the environment, runs every chapter on this machine, builds the site |
# | `make lab` | opens the chapters in JupyterLab: change a cell and run it again |
# | `make test` | runs all tests, and every chapter again with its printed results compared |
# | `s2s --help` | the same functions on the command line |
#
# Python 3.11 or newer is all you need. The `README` says how to install on Linux, macOS and Windows.
#
# ## What is here
#
# | chapter | what it shows |
# | --- | --- |
# | {doc}`01_sketches_and_pictures` | where pairs come from: a drawn world, line drawings from photos, your own folders |
# | {doc}`02_measuring_pictures` | what each measure sees and overlooks; chance and ceiling; how many pictures and seeds a difference needs |
# | {doc}`03_structured_losses` | what it means to be near a picture: pixels, structure, features, a learned loss |
# | {doc}`04_conditional_gans` | two networks against each other, in small; a class as the condition |
# | {doc}`05_cgan_objective` | L1, L2, GAN, conditional GAN, and their sums |
# | {doc}`06_unet_skips` | what skip connections carry, and what a bottleneck loses |
# | {doc}`07_patchgan` | a discriminator that sees only patches: how large, and on pictures of any size |
# | {doc}`08_training_and_inference` | the training step by step, stop and resume, and four ways to run what was trained |
# | {doc}`09_training_clinic` | curves, scores and pictures of sick runs, and what helps |
# | {doc}`10_perceptual_losses` | what a network sees in a picture, and a loss made of it |
# | {doc}`11_loss_conventions` | the same weights, three pictures: what each source divides its losses by |
# | {doc}`12_gatys_lbfgs` | a picture found by optimization: pixels kept in their range, where to begin, what the weights do |
# | {doc}`13_fast_style` | one pass instead of a search: what each part of the network does, and how much faster it is |
# | {doc}`14_cascade` | the whole chain, with three kinds of input; where it fails; two networks or one |
# | {doc}`15_live_controls` | mixtures, strokes, colors, regions, loss weights by a slider; large pictures and films |
# | {doc}`16_real_buildings` | photographs of buildings from drawings, in the colors that you ask for |
# | {doc}`17_any_painting` | one network that reads a painting, any, and paints in its style; strength and mixtures |
# | {doc}`18_superresolution` | a picture made larger; what looks better scores worse |
# | {doc}`19_speed_and_scale` | where the time goes, what shortens it, and how far many machines help |
# | {doc}`try_it` | draw, and both networks answer in your browser |
# | {doc}`what_came_after` | later ideas, each by the parts of this book |
# | {doc}`for_teachers` | a plan of fifteen weeks, what students get wrong, a project with its marks |
# | {doc}`claims` | every claim of the paper beside our number, with its verdict |
# | {doc}`errata` | where the sources disagree, as switches |
# | {doc}`glossary` | symbols and terms |
# | {doc}`large_data` | more pictures than a disk holds, known sets, many machines |
# | {doc}`provenance` | where pictures and weights come from |
# | {doc}`run_times` | how long each chapter runs |
# | {doc}`api` | the package |
# | {doc}`references` | the papers |
#
# ## Who it is for
#
# For artists who want to know what happens between a line and a color, and to change it. For students who want to see
# two famous papers run, line by line. For researchers who want small, tested parts with every number measured. You need
# some Python, and for the equations a first course in calculus. Each chapter says how long it takes.
#
# Every chapter has one subject and one rhythm. It begins with the result as a picture, what you will be able to do, what you
# need, and the time to study it. Then come the idea, the code, experiments, the claim of the paper beside our measurement,
# exercises with their solutions, and questions. The chapters go from sketch to picture, from picture to painting, and put
# both together; the last two go further. Every number in the text is printed or checked by a cell.
# A test runs them all:

# %% tags=["nbval-check-output"]
print("one picture, four paintings:", len(painted[:4]))
apart = [(a - b).abs().mean() for i, a in enumerate(painted) for b in painted[:i]]
print("each is different:", min(apart).item() > 0.01)
