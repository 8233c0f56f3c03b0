"""Feed damaged files to all readers of the package: each must give the right answer or one clear line, within bounds.

``make fuzz`` does ``CASES`` of them. A case that fails is done again, with its traceback and its files kept, by
``python tools/fuzz.py --case NUMBER``. Readers and damage: ``fuzz_readers.py``.
"""

import argparse
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from tqdm.auto import tqdm

CASES = 25_000
SECONDS = 10.0  # of the processor for one case; most need some milliseconds
PATIENCE = 120.0  # seconds by the clock, after which a case counts as hanging
MEGABYTES = 400  # that a case may add to the memory of the process
MAX_PIXELS = 4_000_000  # of a picture here: with the 100 megapixels of the package a case could rightly fill 2 GB


class Outcome(NamedTuple):
    """What came of a case: "opened", "refused", or a word about what is wrong."""

    number: int
    reader: str
    verdict: str

    @property
    def right(self) -> bool:
        return self.verdict in ("opened", "refused")


def do(number: int, folder: Path) -> Outcome:
    """Do one case with files in ``folder``, which is new; what a reader may not raise is raised."""
    from fuzz_readers import READERS, drawn

    name, rng = drawn(number)
    folder.mkdir()
    try:
        READERS[name].read(rng, folder)
    except READERS[name].error as error:
        if len(str(error).splitlines()) != 1:
            raise AssertionError(f"not one line: {error}") from error
        return Outcome(number, name, "refused")
    return Outcome(number, name, "opened")


def bound() -> None:
    """Limits for this process: no more than twice the memory that a case may have, small pictures, no core files."""
    from s2s_helpers import images

    images.MAX_PIXELS = MAX_PIXELS
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    statm = Path("/proc/self/statm")
    if statm.exists():  # elsewhere the growth is measured, but nothing holds it back
        now = int(statm.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + 2 * MEGABYTES * 2**20,) * 2)


def peak() -> float:
    """The most memory that this process ever had, in megabytes."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux hands ru_maxrss down from the process that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def work(pipe: Connection, numbers: Sequence[int], root: Path, do: Callable[[int, Path], Outcome]) -> None:
    """Do cases one after the other and tell of each; for a process of its own, whose words nobody hears."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # bars, and what the decoders in C say
    bound()
    pipe.send("ready")
    before = None
    for number in numbers:
        folder, began = root / str(number), time.process_time()
        try:
            outcome = do(number, folder)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            words = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            outcome = Outcome(number, "", f"{words} ({Path(place.filename).name}:{place.lineno})")
        spent, now = time.process_time() - began, peak()
        if before is None:  # the first has loaded the libraries and made the samples
            before, spent = now, 0.0
        if outcome.right and spent > SECONDS:
            outcome = outcome._replace(verdict=f"took {spent:.0f} s of the processor")
        if outcome.right and now - before > MEGABYTES:
            outcome = outcome._replace(verdict=f"took {now - before:.0f} MB")
            before = now
        shutil.rmtree(folder, ignore_errors=True)
        pipe.send(outcome)
    pipe.close()


def run(numbers: Sequence[int], do: Callable[[int, Path], Outcome] = do, patience: float = PATIENCE) -> list[Outcome]:
    """Do cases in a process of its own, and in a new one after each that died or had to be killed."""
    outcomes: list[Outcome] = []
    context = get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as root,
        tqdm(total=len(numbers), desc="fuzz", unit="case", mininterval=1.0) as bar,
    ):
        while len(outcomes) < len(numbers):
            here, there = context.Pipe(duplex=False)
            left = numbers[len(outcomes) :]
            process = context.Process(target=work, args=(there, left, Path(tempfile.mkdtemp(dir=root)), do))
            process.start()
            there.close()
            with suppress(EOFError):
                if here.poll(PATIENCE):
                    here.recv()  # that it is ready: loading torch does not count
                while len(outcomes) < len(numbers) and here.poll(patience):
                    outcomes.append(here.recv())
                    bar.update()
                    if not outcomes[-1].right:
                        tqdm.write(f"case {outcomes[-1].number}: {outcomes[-1].verdict}")
            if len(outcomes) == len(numbers):
                process.join()
                break
            hangs = not here.poll(0)
            if hangs:
                process.kill()
            process.join()
            word = f"no end within {patience:.0f} s" if hangs else f"the process died ({process.exitcode})"
            outcomes.append(Outcome(numbers[len(outcomes)], "", word))
            bar.update()
    return outcomes


def summary(outcomes: Sequence[Outcome]) -> str:
    """A table of what came of the cases, and a line for each that is wrong."""
    counts = Counter((outcome.reader, outcome.verdict) for outcome in outcomes if outcome.right)
    lines = [f"{'reader':14}{'opened':>9}{'refused':>9}"]
    for reader in sorted({reader for reader, _ in counts}):
        lines.append(f"{reader:14}{counts[reader, 'opened']:9}{counts[reader, 'refused']:9}")
    wrong = [outcome for outcome in outcomes if not outcome.right]
    lines += [f"case {outcome.number}: {outcome.verdict}" for outcome in wrong]
    return "\n".join([*lines, f"{len(outcomes)} cases, {len(wrong)} wrong"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES, help="how many; the first so many numbers")
    parser.add_argument("--case", type=int, help="do this one only, in this process, and keep its files")
    options = parser.parse_args()
    if options.case is not None:
        folder = Path(tempfile.mkdtemp()) / str(options.case)
        print(f"case {options.case} in {folder}")
        bound()
        print(do(options.case, folder).verdict)
        return
    outcomes = run(range(options.cases))
    print(summary(outcomes))
    sys.exit(not all(outcome.right for outcome in outcomes))


if __name__ == "__main__":
    main()
