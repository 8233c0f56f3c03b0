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
# # Conditional GANs
#
# Here are parts of houses that no program drew and nobody cut out. A small network made them of random numbers, after
# training on this page. We told it what to make: each row asks for another kind of part. The random numbers are the
# same in a whole column.

# %% tags=["hide-input"]
import os

os.environ.setdefault("TQDM_DISABLE", "1")  # no progress bars on the page

import dataclasses
import math

import torch
from matplotlib import pyplot as plt
from torch import nn

from s2s_helpers.data import parts
from s2s_helpers.data.parts import KINDS, SIDE, onehot
from s2s_helpers.images import contact_sheet, resize
from s2s_helpers.losses.adversarial import discriminator_loss, generator_loss
from s2s_helpers.nets.class_conditional import CLASSES, NOISE, Discriminator, Generator, make
from s2s_helpers.train import class_gan
from s2s_helpers.train.loop import fit
from s2s_helpers.ui.explore import explore
from s2s_helpers.ui.page import figure, source
from s2s_helpers.ui.quiz import quiz

FAST = os.environ.get("S2S_FAST", "0") not in ("", "0")  # shortens the live experiments
SNAPSHOTS = (30, 100, 300) if FAST else (30, 100, 300, 700, 1300, 2000)


def sheet(generator, z):
    """A row for each kind, a column for each noise."""
    rows = [[resize(x[None], (48, 48)) for x in make(generator, z, kind)] for kind in range(CLASSES)]
    return contact_sheet(rows)


kinds, pictures = parts.cut(range(24) if FAST else range(48))
batches = parts.evenly(kinds, pictures)
recipe = class_gan.ClassGANRecipe(steps=SNAPSHOTS[-1])
training = class_gan.ClassGAN(recipe, seed=0, batches=batches, keep=SNAPSHOTS)
progress = fit(training)
trained, kept = training.result, training.kept
z = torch.randn(10, NOISE, generator=torch.Generator().manual_seed(1))

# %% mystnb={"figure": {"caption": "Made by a class-conditional GAN. From above: window, door, blind, shop. Each column has the same noise z.", "name": "fig-04-made"}, "image": {"alt": "A sheet of four rows and ten columns of small, grainy pictures: windows with bars and panes, dark doors, two of them with a round top, shutters in plain colors, shop fronts with a striped awning over dark panes. Some columns are nearly black."}}
figure(sheet(trained, z))

# %% [markdown]
# :::{admonition} In this chapter
# **You will be able to** train a generator and a discriminator against each other; recognize that one of them runs
# ahead; give a condition to both; and measure whether the generator obeys it.
#
# **You need** {doc}`03_structured_losses`, where a learned loss is named as the one that asks for no average.
#
# **Study time**: an hour, with the exercises; the cells run in less than a minute on one core, without a GPU.
# :::
#
# ## Two players
#
# A *generator* $G$ turns random numbers $z$, the *noise*, into a picture $G(z)$. A *discriminator* $D$ gives any
# picture a number from 0, made, to 1, true. $D$ is trained to be right, $G$ to make $D$ wrong
# {cite:p}`goodfellow2014`. With $E$ for the mean over true pictures $y$ and over noise:
#
# $$
# \min_G \max_D \; E_y\big[\log D(y)\big] + E_z\big[\log\big(1 - D(G(z))\big)\big] .
# $$ (eq-04-gan)
#
# If $D$ were perfect for the $G$ of the moment, it would say how much more often a picture occurs among the true
# ones, $p(y)$, than among the made ones, $q(y)$:
#
# $$
# D^*(y) = \frac{p(y)}{p(y) + q(y)} .
# $$ (eq-04-best)
#
# A picture that is three times as often true as made, by trying a thousand answers of $D$:

# %% tags=["nbval-check-output"]
p, q = 0.6, 0.2
D = torch.linspace(0.001, 0.999, 999)
best = D[(p * D.log() + q * (1 - D).log()).argmax()]
print(f"best answer {best:.3f}, p / (p + q) = {p / (p + q):.3f}")

# %% [markdown]
# So $G$ learns from $D$ where it makes too much and where too little. Where both are equally frequent, $D^* = 1/2$,
# and there is nothing left to learn. In code, scores are logits. $G$ does not minimize $\log(1 - D)$ but $-\log D$,
# which has the same aim and a gradient that does not vanish while $D$ wins:

# %% tags=["hide-input"]
source(discriminator_loss, generator_loss)

# %% tags=["nbval-check-output"]
undecided = torch.zeros(4, 1)
print(f"D says 1/2 to all: {discriminator_loss(undecided, undecided):.4f} = 2 log 2 = {2 * math.log(2):.4f}")
print(f"what G then pays:  {generator_loss(undecided):.4f} =   log 2 = {math.log(2):.4f}")
sure = torch.full((4, 1), 8.0)
print("a D that is right pays less:", bool(discriminator_loss(sure, -sure) < 0.01))

# %% [markdown]
# ## In two dimensions
#
# Before pictures, points: eight small clouds on a ring. Each point has two coordinates, and we can watch $G$ move.
# One step of training is a step of $D$, then a step of $G$. This is the *alternation*. We also try what happens if
# $G$ takes ten steps for each one of $D$.

# %%
angles = torch.arange(8) * math.pi / 4
CENTERS, WIDTH = torch.stack([angles.cos(), angles.sin()], dim=1), 0.05


def ring(n, chance):
    clouds = torch.randint(8, (n,), generator=chance)
    return CENTERS[clouds] + WIDTH * torch.randn(n, 2, generator=chance)


def small_net(inputs, outputs):
    middle = [nn.Linear(inputs, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2)]
    return nn.Sequential(*middle, nn.Linear(64, outputs))


def reached(points):
    """How many of the eight clouds have at least one in a hundred of the points."""
    distance, cloud = torch.cdist(points, CENTERS).min(dim=1)
    return int((torch.bincount(cloud[distance < 4 * WIDTH], minlength=8) > len(points) / 100).sum())


def duel(turns):
    """Train with ``turns`` steps of G for each step of D; what G makes after some of its 1500 steps."""
    torch.manual_seed(0)
    chance = torch.Generator().manual_seed(0)
    g, d = small_net(4, 2), small_net(2, 1)
    g_adam, d_adam = (torch.optim.Adam(net.parameters(), lr=1e-3, betas=(0.5, 0.9)) for net in (g, d))
    seeds, frames = torch.randn(1000, 4, generator=chance), {}
    for step in range(1501):
        if step in (0, 250, 500, 1000, 1500):
            frames[step] = g(seeds).detach()
        made = g(torch.randn(128, 4, generator=chance))
        if step % turns == 0:
            d_adam.zero_grad()
            discriminator_loss(d(ring(128, chance)), d(made.detach())).backward()
            d_adam.step()
        g_adam.zero_grad()
        generator_loss(d(made)).backward()
        g_adam.step()
    return frames


duels = {"in turn": duel(1), "ten to one": duel(10)}

# %% mystnb={"figure": {"caption": "A GAN on eight clouds (gray). Orange: what the generator makes after so many of its steps. Above, the two take turns. Below, the generator takes ten steps for each one of the discriminator; where no orange is seen, all of it lies outside.", "name": "fig-04-ring"}, "image": {"alt": "Two rows of five panels with eight gray clouds on a ring. Above, the orange points start as a heap in the middle, spread out and end along the ring, most of them near the clouds. Below, they stay one small heap that is somewhere else in each panel, once out of sight."}}
fig, grid = plt.subplots(2, 5, figsize=(10, 4.4), layout="constrained")
true_points = ring(600, torch.Generator().manual_seed(1))
for row, (name, frames) in zip(grid, duels.items(), strict=True):
    for axes, (step, p) in zip(row, frames.items(), strict=True):
        axes.scatter(*true_points.T, s=3, color="0.75")
        axes.scatter(*p.T, s=2, color="tab:orange")
        axes.set(title=f"step {step}", xticks=[], yticks=[], xlim=(-1.7, 1.7), ylim=(-1.7, 1.7), aspect="equal")
    row[0].set_ylabel(name)
plt.show()

# %%
for name, frames in duels.items():
    print(f"{name:10} clouds reached:", {step: reached(p) for step, p in frames.items()})

# %% tags=["nbval-check-output"]
fair, greedy = (frames[1500] for frames in duels.values())
print("in turn, it reaches at least five clouds:", reached(fair) >= 5)
print("ten to one, at most three:", reached(greedy) <= 3)
print("and its points lie closer together:", bool(greedy.std(dim=0).mean() < 0.6 * fair.std(dim=0).mean()))

# %% [markdown]
# The lower row shows *mode collapse*. A discriminator that stands still has a place that it likes best, and a
# generator that has the time is paid best for putting everything there. Nothing in {eq}`eq-04-gan` asks a single made
# point to be unlike the others. Only the answer of $D$ does: it learns to see the heap, and the heap moves on. So the
# two must keep step. In pictures a collapse looks alike: the same few, again and again, and others a little later.
#
# ## The condition
#
# Mirza and Osindero {cite:p}`mirza2014` tell both players what is wanted. The condition $c$ is a class here, one of
# four:
#
# $$
# G : \{c, z\} \to y .
# $$ (eq-04-mapping)
#
# $$
# \min_G \max_D \; E_{c, y}\big[\log D(c, y)\big] + E_{c, z}\big[\log\big(1 - D(c, G(c, z))\big)\big] .
# $$ (eq-04-cgan)
#
# Now $D$ does not ask "is this a true picture?" but "is this a true picture *of a door*?" A perfect window is wrong
# if a door was asked for. The paper's equation 1 is {eq}`eq-04-mapping` with a whole sketch $x$ in place of $c$
# {cite:p}`wang2019`. Between class and sketch lie other conditions: a sentence {cite:p}`reed2016`, or a picture with
# a hole.
#
# How does a class get into a network? As four numbers of which one is 1 and the others 0. The generator finds them
# behind its noise, four times as large, so that the noise does not drown them. The discriminator has a score for each
# class, and the four numbers choose the one that counts:

# %% tags=["hide-input"]
source(Generator, Discriminator)

# %% tags=["nbval-check-output"]
print("a door:", onehot(torch.tensor([1]))[0].int().tolist())
net, critic_of_parts = Generator(), Discriminator()
c = onehot(torch.tensor([0, 1, 2, 3]))
x = net(torch.randn(4, NOISE), c)
print("noise", (4, NOISE), "and class", tuple(c.shape), "to pictures", tuple(x.shape))
print("class and pictures to scores", tuple(critic_of_parts(c, x).shape))

# %% [markdown]
# ## Parts of houses
#
# The label maps of the drawn world say where windows, doors, blinds (shutters belong to them) and shops are. We cut
# out each connected area, leave out what is tiny or hidden, and bring it to 16 by 16 pixels. Some of each kind stand
# below the code:

# %% tags=["hide-input"]
source(parts.house_parts)

# %% mystnb={"figure": {"caption": "True parts, cut out of pictures of the drawn world: windows, doors, blinds, shops.", "name": "fig-04-true"}, "image": {"alt": "Four rows of ten small pictures: windows with bars, lit or dark; doors in red, blue, green and black; louvered shutters in plain colors; shop fronts with striped awnings."}}
firsts = [pictures[kinds == kind] for kind in range(CLASSES)]
rows = [[x[i * len(x) // 10][None] for i in range(10)] for x in firsts]
figure(contact_sheet([[resize(x, (64, 64)) for x in row] for row in rows]))

# %%
print(dict(zip(KINDS, torch.bincount(kinds).tolist(), strict=True)))

# %% [markdown]
# Batches are drawn so that all kinds come equally often. One step of the training is again a step of $D$ and a step
# of $G$:

# %% tags=["hide-input"]
source(parts.evenly, class_gan.ClassGANRecipe, class_gan.ClassGAN)


# %% [markdown]
# Walk through the training. The noise stays the same:

# %%
def training(step):
    """Parts of houses made by the generator: windows, doors, blinds and shops"""
    return sheet(kept[step], z)


explore(training, quality=65, step=list(SNAPSHOTS))

# %% mystnb={"figure": {"caption": "The losses of the two, smoothed over steps. Dashed: what they are if the discriminator cannot decide.", "name": "fig-04-losses"}, "image": {"alt": "Two curves over the training steps, one for the discriminator and one for the generator, each with a dashed line for an undecided discriminator."}} tags=["hide-input"]
steps = [line["step"] for line in progress.history]
fig, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
for name, undecided_loss, color in [("D", 2 * math.log(2), "tab:blue"), ("G", math.log(2), "tab:orange")]:
    axes.plot(steps, [line[name] for line in progress.history], color=color, label=name)
    axes.axhline(undecided_loss, color=color, ls="--", lw=1)
axes.set(xlabel="step", ylabel="loss")
axes.legend()
plt.show()

# %% [markdown]
# Such curves do not say when the pictures become good. Each loss is measured against an opponent that learns too, so
# it says who is ahead. For the rest we need a measure from outside.
#
# ## Does it obey?
#
# We train a classifier: one linear layer that tells the four kinds of *true* parts apart. Then it looks at made ones. The
# *accuracy* is the share of made parts in which it sees the kind that was asked for. Guessing would be right once in
# four times.

# %%
torch.manual_seed(0)
classifier = nn.Linear(3 * SIDE * SIDE, CLASSES)
adam = torch.optim.Adam(classifier.parameters(), lr=1e-3, weight_decay=1e-3)
for step in range(400):
    x, c = batches(2, step, 64)
    adam.zero_grad()
    nn.functional.cross_entropy(classifier(x.flatten(1)), c).backward()
    adam.step()


@torch.no_grad()
def accuracy(x, kind):
    """The share of pictures in which the classifier sees this kind."""
    return (classifier(x.flatten(1)).argmax(dim=1) == kind).float().mean().item()


def obedience(generator):
    """The accuracy for each kind, on 200 made parts each."""
    noise = torch.randn(200, NOISE, generator=torch.Generator().manual_seed(3))
    return [accuracy(make(generator, noise, kind), kind) for kind in range(CLASSES)]


unseen_kinds, unseen = parts.cut(range(500, 514))
recognized = [accuracy(unseen[unseen_kinds == kind], kind) for kind in range(CLASSES)]
ours = obedience(trained)
print("accuracy on      " + "".join(f"{name:>8}" for name in KINDS))
print("true parts, new  " + "".join(f"{value:8.2f}" for value in recognized))
print("made parts       " + "".join(f"{value:8.2f}" for value in ours))
for step in SNAPSHOTS:
    print(f"mean accuracy of made parts after {step:4} steps: {sum(obedience(kept[step])) / CLASSES:.2f}")

# %% tags=["nbval-check-output"]
print(f"chance: {1 / CLASSES:.2f}")
print("made parts, mean accuracy at least twice chance:", sum(ours) / CLASSES > 2 / CLASSES)

# %% [markdown]
# Read the last lines with the slider above in mind. The class gets through within the first steps, long before anything
# looks like a window. A high accuracy says that the condition is obeyed, and no more. It ends a little lower than it
# began: by then the made parts are more like the true ones, on which the classifier errs too. (All new blinds hang on a
# single house and look alike, so the classifier gets all of them or none; that column says little.)
#
# ## What the noise says and what the class says
#
# Look at a column of the first figure again: the noise is the same, the class changes. $G$ has one set of weights for
# all classes, and may reuse for one what it has learned for another. Nobody asks it to. Does it? Compare the mean
# colors of two parts of *different* kinds, with the same noise and with different noise. If the first difference is
# the smaller, the noise says something about color that holds for all classes:

# %%
with torch.no_grad():
    noise = torch.randn(300, NOISE, generator=torch.Generator().manual_seed(4))
    colors = torch.stack([make(trained, noise, kind).mean(dim=(2, 3)) for kind in range(CLASSES)])
a, b = torch.triu_indices(CLASSES, CLASSES, 1)
same = (colors[a] - colors[b]).abs().mean().item()
different = (colors[a] - colors[b].roll(1, dims=1)).abs().mean().item()
print(f"difference of mean colors: same noise {same:.3f}, different noise {different:.3f}")

# %% tags=["nbval-check-output"]
moved = (make(trained, z, 0) - make(trained, z.flip(0), 0)).abs().mean()
switched = (make(trained, z, 0) - make(trained, z, 1)).abs().mean()
print("another z, another picture:", bool(moved > 0.02))
print("another class, another picture:", bool(switched > 0.02))


# %% [markdown]
# Noise is continuous, so one can walk from one part to another. Halfway should lie a part as well, not a double
# exposure:

# %%
def walk(share):
    """A window, a door, a blind and a shop, each between two noises"""
    between = math.cos(share * math.pi / 2) * z[:5] + math.sin(share * math.pi / 2) * z[5:]
    return sheet(trained, between)


explore(walk, quality=65, share=[0.0, 0.25, 0.5, 0.75, 1.0])

# %% [markdown]
# ## A discriminator that does not look
#
# $G$ is told the class. Is that not enough? Guess first. Then train once more with a $D$ that does not see it
# (`conditional=False`), for 500 steps, and measure the obedience.

# %%
careless_recipe = dataclasses.replace(recipe, steps=500, conditional=False)
careless = class_gan.ClassGAN(careless_recipe, seed=0, batches=batches)
fit(careless)
blind_accuracy = sum(obedience(careless.result)) / CLASSES
print(f"D does not see the class: accuracy {blind_accuracy:.2f}; D sees it: {sum(ours) / CLASSES:.2f}")

# %% tags=["nbval-check-output"]
print("without the class in D the generator obeys less:", blind_accuracy < sum(ours) / CLASSES - 0.1)
print("it is nearer to chance:", abs(blind_accuracy - 1 / CLASSES) < sum(ours) / CLASSES - blind_accuracy)

# %% [markdown]
# Nobody punishes a window where a door was asked for, so $G$ has no reason to heed the class. The discriminator must
# see the condition. With a sketch as the condition the paper asks the same question: it compares with a discriminator
# that does not see the sketch.
#
# ## What to take away
#
# * $D$ learns a loss, $G$ minimizes it, and they take turns. If $G$ runs ahead, it collapses.
# * The losses of a GAN tell who is ahead, not how good the pictures are. Measure from outside.
# * The condition goes into both networks. $G$ can use it; $D$ sees to it that $G$ does.
# * In the following chapters the condition is a whole sketch. It is the input of $G$, and $D$ sees it beside the
#   picture.
#
# ## The paper's claim beside our measurement
#
# | the paper {cite:p}`wang2019` | here | verdict |
# | :--- | :--- | :--- |
# | Earlier works "constrain GANs with discrete tags" | one in small: the mean accuracy of made parts is more than twice chance | confirmed, on four kinds of parts |
# | Equation 1: the generator maps condition and noise to a picture | another class and another $z$ each change the picture | confirmed |
# | The importance of the condition to the discriminator is tested by leaving it out | without it the generator obeys less, and is nearer to chance than to the other | confirmed for a class |
#
# The paper cites this work and does not repeat it. The pictures are 16 by 16 pixels and grainy, as one would expect
# of fully connected networks after so short a time; the question was only whether the condition gets through.

# %% [markdown]
# ## Exercises
#
# Three, from easy to hard. Write your answer into the cell that says *your turn*, and run it. Then run the cell below
# it: it says whether you are right, or what is still wrong.
#
# ### Exercise 1: a batch that is not half and half
#
# Someone trains $D$ with $n$ true and $m$ made pictures in each batch, and averages over all of them together. A picture
# has the probability $p$ among the true and $q$ among the made ones. What is the best answer of $D$ now?
#
# <details><summary>Hint</summary>
#
# The objective is $n\, p \log D + m\, q \log(1 - D)$, up to a constant factor. Set its derivative to zero. For $n = m$ you
# must find {eq}`eq-04-best`.
#
# </details>

# %% tags=["exercise-setup"]
import torch

from s2s_helpers.ui.exercises import attempt, given


# %% tags=["exercise-stub"]
def best_verdict(p, q, n, m):
    """The best D for a picture of probability p (true) and q (made), with n true and m made ones; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
with attempt("With more true ones in the batch, D says true more often: it answers for its batch, not for the world."):
    tries = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64)
    for p, q, n, m in ((0.6, 0.2, 1, 1), (0.6, 0.2, 1, 3), (0.1, 0.4, 8, 2)):
        best = tries[(n * p * tries.log() + m * q * (1 - tries).log()).argmax()].item()
        said = float(given(best_verdict(p, q, n, m)))
        if abs(said - best) > 2e-3:
            raise AssertionError(f"p = {p}, q = {q}, {n} true and {m} made: {best:.3f} is best, not {said:.3f}.")


# %% tags=["exercise-solution", "hide-cell"]
def best_verdict(p, q, n, m):
    return n * p / (n * p + m * q)


# %% [markdown]
# ### Exercise 2: how to deceive a discriminator that does not look
#
# Each of the four kinds is asked for equally often, and a true part is always of the kind that it is called. Write the
# table of a generator: `table[c, k]` is the probability that it makes kind $k$ when $c$ is asked for. It must *never* make
# what was asked for. And a discriminator that does not see $c$ must have nothing to object to.
#
# <details><summary>Hint</summary>
#
# A blind discriminator sees only how often each kind occurs on the whole. Among the true ones that is a quarter each. So
# the columns must have the sums that the columns of the true table have, which is the identity. The diagonal must be zero.
#
# </details>

# %% tags=["exercise-stub"]
table_of_liar = None  # your turn: a tensor (4, 4)

# %% tags=["exercise-check", "nbval-check-output"]
with attempt("Never right, and unassailable: only a D that sees the condition can punish this generator."):
    liar = torch.as_tensor(given(table_of_liar), dtype=torch.float64)
    if liar.shape != (4, 4) or liar.min() < 0:
        raise AssertionError("A table of four rows and four columns is wanted, with no negative probability.")
    if (liar.sum(dim=1) - 1).abs().max() > 1e-6:
        raise AssertionError("Each row should sum to 1: whatever is asked for, something is made.")
    if liar.diag().max() > 0:
        raise AssertionError("It sometimes makes what was asked for.")
    blind = 0.25 / (0.25 + liar.mean(dim=0))  # D* for each kind
    if (blind - 0.5).abs().max() > 1e-6:
        raise AssertionError(f"The blind D finds something: its best answers are {[round(x, 2) for x in blind.tolist()]}.")

# %% tags=["exercise-solution", "hide-cell"]
table_of_liar = torch.eye(4).roll(1, dims=1)  # or (1 - torch.eye(4)) / 3


# %% [markdown]
# ### Exercise 3: count what a collapsed generator can make
#
# You may only ask a generator for samples. How many different pictures does it have? Nobody can wait until all have
# come. But birthdays help: among $n$ samples from $K$ equally likely pictures, each of the $n (n - 1) / 2$ pairs is a
# pair of equals with probability $1 / K$. Estimate $K$ from that. `draw(n)` gives the numbers of $n$ pictures; the check
# tries generators of 40 to 4000 pictures, and allows 400 samples each time, ten times.
#
# <details><summary>Hint</summary>
#
# Count the pairs of equals: if a picture came $k$ times, it has $k (k - 1) / 2$ of them (`torch.bincount`). Add up over
# ten draws, for one draw has few. Then $K$ is the number of all pairs divided by that of the equal ones.
#
# </details>

# %% tags=["exercise-stub"]
def how_many(draw):
    """An estimate of the number of pictures, from ten draws of 400; your turn."""


# %% tags=["exercise-check", "nbval-check-output"]
def counted(pictures):
    """What the reader's function says of a generator with so many pictures, and the most samples it took at once."""
    chance, asked = torch.Generator().manual_seed(pictures), []

    def draw(n):
        asked.append(n)
        return torch.randint(pictures, (n,), generator=chance)

    return given(how_many(draw)), sum(asked)


with attempt("A collapse can be measured without looking at a single picture. With real ones, equals are near neighbors."):
    for pictures in (40, 400, 4000):
        estimate, samples = counted(pictures)
        if samples > 4000:
            raise AssertionError(f"It took {samples} samples; ten draws of 400 are allowed.")
        if not 0.75 < float(estimate) / pictures < 1.33:
            raise AssertionError(f"A generator of {pictures} pictures is taken for one of {float(estimate):.0f}.")


# %% tags=["exercise-solution", "hide-cell"]
def how_many(draw):
    equal = 0
    for _ in range(10):
        times = torch.bincount(draw(400)).double()
        equal += (times * (times - 1) / 2).sum().item()
    return 10 * 400 * 399 / 2 / max(equal, 1)


# %% [markdown]
# ## Have you understood it?
#
# Three questions. Open an answer to read whether it is right, and why.

# %% tags=["remove-input"]
quiz("quizzes.toml", "04_conditional_gans")
