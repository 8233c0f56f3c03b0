"""Several processes train as one does, and any number of them goes on with what another number left."""

import dataclasses
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
import torch
from small_trainings import stopped

from s2s_helpers import zoo
from s2s_helpers.data.photos import Crops
from s2s_helpers.data.shards import write_shards
from s2s_helpers.images import save_picture
from s2s_helpers.nets.loss_network import Pocket
from s2s_helpers.runtime import processes
from s2s_helpers.runtime.checkpoint import load_state, save_state
from s2s_helpers.runtime.seeds import begin_step
from s2s_helpers.train import pix2pix, pocket, segment, style, superres
from s2s_helpers.train.loop import CHECKPOINT, fit
from s2s_helpers.train.training import Training

SMALL = {"steps": 20, "batch": 4, "base": 4, "bfloat16": False}
GAN = dataclasses.replace(pix2pix.BOOK, size=32, load_size=36, cap=8, depth=3, receptive_field=16, dropout=0.0, **SMALL)
STYLE = dataclasses.replace(style.BOOK, size=32, **SMALL)
RECIPES = {
    "GAN": GAN,
    "GAN with batch norm": dataclasses.replace(GAN, norm="batch"),
    "style": STYLE,
    "adjustable style": dataclasses.replace(STYLE, adjustable=True),
    "style with batch norm": dataclasses.replace(style.PAPER, size=44, **SMALL),
    "super-resolution": superres.SuperResolutionRecipe(2, "pixel", "bicubic", steps=20, size=32, base=4, residuals=1),
    "segmentation": segment.SegmentRecipe(size=32, cap=8, depth=3, **SMALL),
}


def small(name: str) -> Training:
    """A small training, the same in every process, with numbers of the default type."""
    rng = np.random.default_rng(0)
    recipe = RECIPES[name]
    pictures = rng.integers(0, 255, (4, 3, 5, 5), dtype=np.uint8).repeat(8, axis=2).repeat(8, axis=3)
    crops = typed(Crops([picture.transpose(1, 2, 0) for picture in pictures]))
    if isinstance(recipe, pix2pix.Pix2PixRecipe):
        pairs = pix2pix.array_pairs(255 - pictures, pictures, recipe)
        return pix2pix.Pix2Pix(recipe, 0, typed(pairs), zoo.load("pocket"))
    if isinstance(recipe, segment.SegmentRecipe):
        return segment.Segment(recipe, 0, typed(segment.labeled(pictures, pictures[:, 0] // 64)))
    if isinstance(recipe, superres.SuperResolutionRecipe):
        return superres.SuperResolution(recipe, 0, crops)
    torch.manual_seed(0)
    patterns = [torch.rand(1, 3, 40, 40) for _ in range(3 if recipe.architecture == "book" else 1)]
    return style.painting(recipe, 0, crops, patterns, Pocket())


def typed(batches: Callable) -> Callable:
    """``batches``, but its floats have the default type."""

    def cast(*args):
        made = batches(*args)
        if isinstance(made, torch.Tensor):
            return made.to(torch.get_default_dtype())
        return tuple(x.to(torch.get_default_dtype()) if x.is_floating_point() else x for x in made)

    return cast


@contextmanager
def default_type(dtype: torch.dtype) -> Iterator[None]:
    """Numbers of this type, also in the networks of ``zoo``."""
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(dtype)
        yield
    finally:
        torch.set_default_dtype(before)


def train(name: str, dtype: torch.dtype, steps: int, folder: Path | None = None, resume: bool = False) -> dict:
    """The training's state after so many steps, with the gradients of the last one."""
    with default_type(dtype), patch.object(style, "weights_at_random", typed(style.weights_at_random)):
        training = stopped(small(name), steps)
        history = fit(training, folder, resume).history
    nets = {key: part for key, part in training.stateful.items() if isinstance(part, torch.nn.Module)}
    weights = {f"{key}/{n}": p for key, net in nets.items() for n, p in net.named_parameters()}
    gradients = {n: p.grad for n, p in weights.items() if p.grad is not None}
    return {"nets": {key: net.state_dict() for key, net in nets.items()}, "gradients": gradients, "history": history}


def member(rank: int, port: int, out: Path, do: Callable, *task) -> None:
    """One of two processes, as ``accelerate launch`` would start it; what it comes to is written to ``out``."""
    torch.set_num_threads(1)
    places = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2, "MASTER_PORT": port}
    os.environ.update({key: str(value) for key, value in places.items()})
    os.environ.update(MASTER_ADDR="127.0.0.1", ACCELERATE_USE_CPU="true")
    save_state(out / f"{rank}.safetensors", do(*task))
    torch.distributed.destroy_process_group()


def told_of_a_bad_loss() -> str:
    """What ``fit`` says in each process when the second one alone has a loss that is not finite."""
    bad = processes.processes().process_index == 1
    training = small("style")
    training.step = lambda k: {"loss": float("nan") if bad and k == 2 else 1.0}
    try:
        fit(training)
    except FloatingPointError as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def context():
    """Processes that find torch imported."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["s2s_helpers.train.pix2pix", "s2s_helpers.train.style", "accelerate", "pytest"])
    return context


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def two(context, out: Path, do: Callable, *task) -> list:
    """What two processes come to that ``do`` the task."""
    out.mkdir(parents=True)
    port = free_port()
    both = [context.Process(target=member, args=(rank, port, out, do, *task)) for rank in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join(600)
        assert process.exitcode == 0
    return [load_state(out / f"{rank}.safetensors") for rank in range(2)]


def leaves(tree, path: str = "") -> Iterator[tuple[str, torch.Tensor]]:
    """All tensors of a nested state, by their paths."""
    if isinstance(tree, torch.Tensor):
        yield path, tree
    for key, value in tree.items() if isinstance(tree, dict) else ():
        yield from leaves(value, f"{path}/{key}")


def assert_close(found: dict, expected: dict, tolerance: float) -> None:
    """Whether all numbers are equal, up to ``tolerance`` of the largest of them or of one."""
    found, expected = dict(leaves(found)), dict(leaves(expected))
    assert found.keys() == expected.keys() and found
    for name, value in expected.items():
        room = tolerance * max(1.0, value.abs().max().item())
        assert (found[name] - value).abs().max().item() <= room, name


@pytest.mark.parametrize("name", RECIPES)
def test_two_processes_equal_one_with_the_whole_batch(name, tmp_path, context):
    """In 64 bits: in 32 Adam makes much of the rounding of gradients that are zero, as that of a bias before a batch
    norm; even of 64 bits it makes 1e-8.
    """
    first, second = two(context, tmp_path / "out", train, name, torch.float64, 20)
    alone = train(name, torch.float64, 20)
    assert_close(first, second, 0)
    assert_close(first, alone, 1e-7)
    told, expected = first["history"][0], alone["history"][0]
    assert told == pytest.approx(expected | {"PSNR": told["PSNR"]} if "PSNR" in told else expected, rel=1e-5)


@pytest.mark.parametrize("name", ["GAN", "style"])
def test_so_they_do_in_32_bits(name, tmp_path, context):
    """To a tenth of what a step moves: Adam's first step makes much of the rounding of small gradients."""
    first, _ = two(context, tmp_path / "out", train, name, torch.float32, 1)
    assert_close(first, train(name, torch.float32, 1), 1e-4)


@pytest.mark.parametrize("name", ["GAN", "style"])
@pytest.mark.parametrize("before", [1, 2])
def test_a_checkpoint_of_one_number_of_processes_resumes_on_another(name, before, tmp_path, context):
    folder = tmp_path / "run"
    if before == 1:
        train(name, torch.float64, 3, folder)
        found, _ = two(context, tmp_path / "out", train, name, torch.float64, 6, folder, True)
    else:
        two(context, tmp_path / "out", train, name, torch.float64, 3, folder)
        found = train(name, torch.float64, 6, folder, True)
    assert load_state(folder / CHECKPOINT)["progress"]["step"] == 6
    assert_close(found, train(name, torch.float64, 6), 1e-8)


def test_a_bad_loss_of_one_process_stops_all(tmp_path, context):
    assert two(context, tmp_path / "out", told_of_a_bad_loss) == ["loss is not finite at step 2"] * 2


def test_each_process_has_dropout_of_its_own_and_the_first_that_of_one_alone():
    numbers = []
    for own in ((), (0,), (1,)):
        begin_step(3, 5, *own)
        numbers.append(torch.rand(1).item())
    assert numbers[0] == numbers[1] != numbers[2]


def test_what_cannot_be_shared_is_told(monkeypatch):
    group = SimpleNamespace(num_processes=3, process_index=1)
    monkeypatch.setattr(processes, "processes", lambda: group)
    x = torch.arange(6)
    assert processes.own_rows(x, x[:3])[0].tolist() == [2, 3] and processes.own_rows(x[:3])[0].tolist() == [1]
    with pytest.raises(ValueError, match="3 processes cannot share a batch of 4 equally"):
        processes.own_rows(x[:4])
    with pytest.raises(ValueError, match="pocket is trained by one process"):
        pocket.Distillation(pocket.DistillationRecipe(), 0, None, None, None)


def launched(photos: Path, style: Path, out: Path, *options: str) -> subprocess.Popen:
    """``accelerate launch -m s2s_helpers train painter`` with two processes."""
    start = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    start += ["--num_machines", "1"]
    start += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", str(free_port())]
    program = ["-m", "s2s_helpers", "train", "painter"]
    program += ["--photos", str(photos), "--style", str(style), "--out", str(out)]
    return subprocess.Popen([*start, *program, *options], stderr=subprocess.PIPE, text=True)


def test_the_command_line_on_two_processes_from_archives(tmp_path):
    (tmp_path / "photos").mkdir()
    for i in range(3):
        save_picture(torch.rand(1, 3, 48, 48), tmp_path / "photos" / f"{i}.png")
    write_shards(tmp_path / "photos", tmp_path / "archives")
    style = tmp_path / "photos" / "0.png"
    run = launched(tmp_path / "archives" / "photos-{000000..000000}.tar", style, tmp_path / "out", "--steps", "2")
    _, errors = run.communicate(timeout=600)
    assert run.returncode == 0, errors
    assert errors.count("| 0/2 [") == 1, "one progress bar"
    card = zoo.card(str(tmp_path / "out" / "painter.safetensors"))
    assert card["devices"] == "2 processes on cpu" and card["data"].startswith("3 photos of ")
    assert sorted(p.name for p in (tmp_path / "out" / "painter").iterdir()) == [CHECKPOINT, "log.jsonl", "preview.png"]
