"""The clinic: stored runs that are healthy or sick, to be diagnosed (chapter 09_training_clinic).

What is shown of a patient, and what speaks against a wrong diagnosis, is computed from the stored runs.
"""

import html
from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np

from ..images import from_uint8, load_picture
from ..runs.ablations.store import SIZE, file_of, results_of
from .case import Case, ask
from .frame import image_tag
from .results import FOLDER, values

SCORES = ("FCN pixel", "L1", "a", "b", "edge F1")
LOSSES = ("D", "GAN")  # by their last line of the learning curve
CURVES = (*LOSSES, "L1")
SHOWN = 3  # test pairs of which one sees the picture
CLEAR = 0.5  # two patients are told apart by a sign if they differ by this times its spread over the ward


@dataclass(frozen=True)
class Diagnosis:
    """What a run has: the name to choose, why it goes so, what is seen of it, and what helps."""

    name: str
    why: str
    marks: str
    cure: str
    sign: str  # of ``vital_signs``: the first to compare when another run is given this diagnosis


WARD = {
    "lambda 1000": Diagnosis(
        "L1 rules (lambda 1000)",
        "With a lambda of 1000 the GAN loss is a whisper. The generator hedges, as with L1 alone.",
        "a low L1, pale colors (b), and soft pictures. D may be near 0: nobody listens to it.",
        "Lower lambda. Around 100 both losses have a say.",
        "b",
    ),
    "encoder-decoder, L1+cGAN": Diagnosis(
        "no skips (encoder-decoder)",
        "Everything must pass the bottleneck, and the lines do not.",
        "a low FCN-score, and pictures that show some house, but not this one.",
        "Skip connections: a U-Net.",
        "FCN pixel",
    ),
    "L1+cGAN": Diagnosis(
        "healthy",
        "The two losses and the two networks keep each other in balance.",
        "an L1 that falls; D and GAN in contest: neither is at zero, neither stands still.",
        "None needed. Train longer.",
        "FCN pixel",
    ),
    "discriminator wins": Diagnosis(
        "the discriminator wins",
        "D learns ten times as fast as G, there is no L1 to hold on to, and the generator's loss is the literal "
        "minimax form, which is flat while D is sure.",
        "D near 0, a GAN loss that stands still near 0 as well (in this form, log(1 - D)), and pictures that stop "
        "changing.",
        "Equal learning rates, the non-saturating form (maximize log D), and an L1 term.",
        "D at the end",
    ),
    "transposed convolutions": Diagnosis(
        "checkerboard (transposed convolutions)",
        "Each output pixel of a transposed convolution with stride 2 belongs to one of four groups, and each group has "
        "weights of its own.",
        "a fine grid in flat areas, such as the sky. Curves and scores may look healthy.",
        "Enlarge first, then convolve: upsampling='resize'.",
        "FCN pixel",
    ),
    "cGAN": Diagnosis(
        "no L1 (lambda 0)",
        "Only the discriminator teaches, patch by patch. What it does not notice, nobody corrects.",
        "an L1 that stays high while D is in contest, strong colors, and things where the sketch has none.",
        "Add L1 with lambda 100.",
        "L1",
    ),
}


def diagnose(folder: Path = FOLDER) -> None:
    """Lay the patients on the page, each with its choice of diagnoses."""
    ask(*patients(folder))


def patients(folder: Path = FOLDER) -> list[Case]:
    """One case for each run of ``WARD`` that is stored; the choices are the same for all, by the alphabet."""
    signs = {name: vital_signs(name, folder) for name in WARD if results_of(name, folder)}
    choices = sorted(signs, key=lambda name: WARD[name].name)
    cases = []
    for letter, name in zip(ascii_uppercase, signs, strict=False):
        answers = {WARD[choice].name: answer(name, choice, signs) for choice in choices}
        shown = bedside(f"Case {letter}", name, signs[name], folder)
        cases.append(Case(f"Case {letter}", shown, answers, WARD[name].name))
    return cases


def vital_signs(name: str, folder: Path) -> dict[str, float]:
    """Scores of a run on the test pairs and its last losses; means over the seeds."""
    last = [run["curve"][-1] for run in results_of(name, folder)]
    signs = {key: values(name, key, folder=folder).mean() for key in SCORES}
    return signs | {f"{key} at the end": np.mean([line[key] for line in last]) for key in LOSSES}


def answer(name: str, choice: str, signs: dict[str, dict[str, float]]) -> str:
    """The HTML of what is said when the run ``name`` is given the diagnosis of ``choice``."""
    said = WARD[choice]
    if choice == name:
        words = f"<strong>Right: {said.name}.</strong> {said.why} Its marks: {said.marks} <em>Cure:</em> {said.cure}"
        return f"{words} (Stored as <code>{html.escape(name)}</code>.)"
    sign = telling(signs[name], signs[choice], said.sign, signs)
    if not sign:
        return "<strong>No, but</strong> no vital sign tells the two apart. Look at the pictures, flat areas first."
    here, there = signs[name][sign], signs[choice][sign]
    return (
        f"<strong>No.</strong> {sign} speaks against it: {here:.2f} here, {there:.2f} in the run with that diagnosis. "
        f"Its marks would be {said.marks}"
    )


def telling(a: dict[str, float], b: dict[str, float], first: str, signs: dict[str, dict[str, float]]) -> str:
    """The vital sign that tells two patients apart: ``first`` if it does, else the clearest; "" if none does."""
    spread = {key: float(np.std([patient[key] for patient in signs.values()])) for key in a}
    differences = {key: abs(a[key] - b[key]) / max(spread[key], 1e-9) for key in a}
    if differences[first] >= CLEAR:
        return first
    clearest = max(differences, key=lambda key: differences[key])
    return clearest if differences[clearest] >= CLEAR else ""


def bedside(title: str, name: str, signs: dict[str, float], folder: Path) -> str:
    """The HTML of what is seen of a patient: learning curves, pictures of test sketches, vital signs."""
    body = curves(results_of(name, folder)[0])
    file = file_of(name, 0, folder).with_suffix(".jpg")
    if file.exists():
        strip = load_picture(file)[..., : SHOWN * SIZE]
        body += image_tag(strip, f"{title}: {SHOWN} test sketches as painted by this run", quality=65)
    told = " · ".join(f"{key} {value:.2f}" for key, value in signs.items())
    style = "border-top:1px solid currentColor;padding-top:8px"
    return f'<section aria-label="{title}" style="{style}"><strong>{title}</strong><br>{body}<p>{told}</p></section>'


def curves(run: dict[str, Any]) -> str:
    """The learning curves of a run as an <img>; their ends are its description."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.1 * len(CURVES), 1.6), dpi=72, layout="constrained")
    lines, ends = run["curve"], []
    for axes, loss in zip(figure.subplots(1, len(CURVES)), CURVES, strict=True):
        axes.plot([line["step"] for line in lines], [line[loss] for line in lines])
        axes.set_title(loss, fontsize=9)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.3)
        ends.append(f"{loss} from {lines[0][loss]:.2f} to {lines[-1][loss]:.2f}")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    return image_tag(from_uint8(pixels), f"Learning curves: {', '.join(ends)}", quality=80)
