"""The one training loop: progress, checkpoints, exact resume (chapter 08_training_and_inference).

A training takes one step (``training.Training``); the loop does the rest. Every step begins by seeding torch from
(seed, step, number of the process), and trainings get their data from functions of seed and step (``data/sources.py``).
So the step number is the whole state of chance: a run that is stopped and resumed equals one that was not, bit for bit
on one machine. Several processes share the work of a step (``processes``); the first of them writes what is written,
and any number of them can go on from it.
"""

import dataclasses
import json
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from filelock import FileLock, Timeout
from tqdm.auto import tqdm

from ..images import save_picture
from ..runtime.checkpoint import CheckpointError, load_state, reason, save_state, write_atomically
from ..runtime.files import sweep
from ..runtime.memory import keep_memory
from ..runtime.processes import average_losses, processes
from ..runtime.seeds import begin_step

if TYPE_CHECKING:
    from .training import Training

CHECKPOINT = "checkpoint.safetensors"
LOG = "log.jsonl"
SAVE_SECONDS = 60.0  # what a killed run can lose


@dataclass
class Progress:
    """How far a run is. ``history`` holds one line for every ``LOG_EVERY`` steps: the mean losses since the last.

    After a resumption the first line has the mean of the steps since then.
    """

    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


LOG_EVERY = 20


def made_of(recipe: Any, seed: int, **data: str) -> dict[str, str]:
    """What a run is made of, for ``fit``: ``data``, the seed, and the recipe without its number of steps."""
    settings = {key: str(value) for key, value in dataclasses.asdict(recipe).items() if key != "steps"}
    return {**data, "seed": str(seed), **settings}


def ready(folder: Path, resume: bool) -> None:
    """Raise now what ``fit`` would raise about its folder, before data are read that take long."""
    _checkpoint(folder, resume)
    with _alone(folder if processes().is_main_process else None):
        pass


def fit(
    training: "Training[Any]",
    folder: Path | None = None,
    resume: bool = False,
    made_of: Mapping[str, str] | None = None,
) -> Progress:
    """Take all steps of ``training`` and return how it went; its ``result`` is then ready to use.

    With a ``folder``, a checkpoint is written there every ``SAVE_SECONDS`` and at the end, with
    ``log.jsonl`` and ``preview.png``. ``resume`` goes on from the checkpoint there. An interrupt (Ctrl-C,
    or the notebook's stop button) saves and returns. ``made_of`` says in plain words what the run is made of
    (``made_of``); a checkpoint that says otherwise is not gone on from.

    Raises CheckpointError when ``folder`` holds a run and ``resume`` is not set, when it holds none and ``resume`` is,
    when that run is made of something else, when another run is at work in it, and when it cannot be written; and
    FloatingPointError when a loss or a weight is not finite (the last checkpoint, from before, is kept).
    """
    keep_memory()
    with _alone(folder if processes().is_main_process else None):
        progress = _fit(training, folder, resume, made_of or {})
    training.result.eval()
    return progress


@contextmanager
def _alone(folder: Path | None) -> Iterator[None]:
    """Hold the folder of a run. A run that is killed lets go of it."""
    if folder is None:
        yield
        return
    lock = FileLock(Path(folder) / ".lock")
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        held = lock.acquire(timeout=0)
    except Timeout:
        text = f"{folder}: another run is at work here; wait for its end or choose another folder"
        raise CheckpointError(text) from None
    except OSError as error:
        raise CheckpointError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from None
    with held:
        sweep(Path(folder) / CHECKPOINT)  # what a killed run left half written
        try:
            yield
        finally:
            with suppress(OSError):  # Windows removes no open file
                Path(lock.lock_file).unlink()


def _fit(training: "Training[Any]", folder: Path | None, resume: bool, made_of: Mapping[str, str]) -> Progress:
    group, steps = processes(), training.steps
    progress = _open(training, folder, resume, made_of)
    if 0 < steps <= progress.step and group.is_main_process:
        told = f"{progress.step} steps are done already, of {steps}; a larger --steps goes on"
        tqdm.write(f"{training.name}: {told}", file=sys.stderr)
    group.wait_for_everyone()  # else the first could write there what another takes for an old run
    saved = time.monotonic()
    recent: list[dict[str, float]] = []
    shown = {"desc": training.name, "unit": "step", "mininterval": 1.0, "disable": not group.is_main_process}
    with tqdm(total=steps, initial=progress.step, **shown) as bar:
        try:
            while progress.step < steps:
                began = time.monotonic()
                begin_step(training.seed, progress.step, group.process_index)
                losses = average_losses(training.step(progress.step))
                bad = [k for k, v in losses.items() if not math.isfinite(v)]
                if bad:
                    kept = f"; the last good checkpoint is {folder / CHECKPOINT}" if folder else ""
                    raise FloatingPointError(f"{', '.join(bad)} is not finite at step {progress.step}{kept}")
                progress.step += 1
                progress.seconds += time.monotonic() - began
                recent.append(losses)
                if progress.step % LOG_EVERY == 0:
                    means = {k: sum(line[k] for line in recent) / len(recent) for k in losses}
                    progress.history.append({"step": progress.step, **means})
                    recent = []
                    bar.set_postfix({k: f"{v:.3g}" for k, v in means.items()})
                bar.update()
                if folder and group.is_main_process and time.monotonic() - saved > SAVE_SECONDS:
                    _save(training, progress, folder, made_of)
                    saved = time.monotonic()
        except KeyboardInterrupt:
            if group.is_main_process:
                tqdm.write(f"{training.name}: stopped at step {progress.step}")
    if folder and group.is_main_process:
        _save(training, progress, folder, made_of)
    group.wait_for_everyone()  # for what is written
    return progress


def _open(training: "Training[Any]", folder: Path | None, resume: bool, made_of: Mapping[str, str]) -> Progress:
    path = _checkpoint(folder, resume) if folder else None
    if path is None:
        return Progress()
    saved = load_state(path)
    progress = _progress(path, saved)
    _compare(path, saved.get("made_of", {}), made_of)
    if set(saved["state"]) != set(training.stateful):
        raise CheckpointError(
            f"{path}: holds {', '.join(map(str, saved['state']))}, not {', '.join(training.stateful)}"
        )
    for key, part in training.stateful.items():
        try:
            part.load_state_dict(saved["state"][key])
            if isinstance(part, torch.optim.Optimizer):
                _lay_out(part)
        except Exception as error:  # optimizers look at hardly anything before they use it
            raise CheckpointError(f"{path}: {key} does not fit this recipe ({reason(error)})") from None
    return progress


def _checkpoint(folder: Path, resume: bool) -> Path | None:
    """The checkpoint to go on from, if any. Raises CheckpointError where ``resume`` and the folder disagree."""
    path = Path(folder) / CHECKPOINT
    if path.exists() and not resume:
        raise CheckpointError(f"{path}: a run lies here already; go on with --resume or choose another folder")
    if resume and not path.exists():
        raise CheckpointError(f"nothing to go on with in {folder}; leave out --resume")
    return path if resume else None


def _compare(path: Path, saved: Mapping[str, str], given: Mapping[str, str]) -> None:
    """Raise CheckpointError if a run is made of something else. What one of the two does not know does not count."""
    other = [f"{key} ({saved[key]})" for key in given if saved.get(key, given[key]) != given[key]]
    if other:
        more = f" and {len(other) - 3} more" if len(other) > 3 else ""
        told = f"holds a run with other {', '.join(other[:3])}{more}"
        raise CheckpointError(f"{path}: {told}; give the same, or choose another --out")


def _lay_out(optimizer: torch.optim.Optimizer) -> None:
    """Give what an optimizer keeps for a weight the memory layout of the weight, which a file does not hold.

    Torch adds two layouts by other instructions than one and the same, and these round otherwise.
    """
    for weight, kept in optimizer.state.items():
        kept.update({k: torch.empty_like(weight).copy_(v) for k, v in kept.items() if v.shape == weight.shape})


def _progress(path: Path, saved: Any) -> Progress:
    """How far the run was. Raises CheckpointError for the checkpoint of something else."""
    try:
        progress, state = Progress(**saved["progress"]), saved["state"]
    except (TypeError, KeyError):
        raise CheckpointError(f"{path}: not the checkpoint of a training") from None
    numbers = (progress.step, int), (progress.seconds, int | float)
    kinds = (state, dict), (saved.get("made_of", {}), dict), *numbers, (progress.history, list)
    if not all(isinstance(value, kind) for value, kind in kinds):
        raise CheckpointError(f"{path}: not the checkpoint of a training, or damaged")
    return progress


def _save(training: "Training[Any]", progress: Progress, folder: Path, made_of: Mapping[str, str]) -> None:
    folder = Path(folder)
    state = {key: part.state_dict() for key, part in training.stateful.items()}
    try:
        save_state(folder / CHECKPOINT, {"state": state, "progress": vars(progress), "made_of": dict(made_of)})
    except FloatingPointError as error:  # the losses of this step were still sound
        raise FloatingPointError(f"after step {progress.step} {error}") from None
    log = "".join(json.dumps(line) + "\n" for line in progress.history)
    write_atomically(folder / LOG, lambda p: p.write_text(log))
    if (picture := training.preview()) is not None:
        save_picture(picture, folder / "preview.png")
