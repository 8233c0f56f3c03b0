"""Whoever ends a process, long work keeps what there is: SIGTERM, and a terminal that is closed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from s2s_helpers.images import load_picture
from s2s_helpers.runtime import signals

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX")
HOUSE = Path(__file__).parents[2] / "data/drawings/house.png"


@pytest.fixture(autouse=True)
def as_before():
    """Both signals as they are without ``nohup``, under which the tests themselves may run; afterwards as before."""
    kept = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_each_ends_as_after_ctrl_c_and_a_second_word_of_the_terminal_disturbs_no_saving(number):
    signals.end_as_after_ctrl_c()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    signal.raise_signal(signal.SIGHUP)  # by the shell, while it is saved
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)  # whoever insists is heard


def test_what_nohup_ignores_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signals.end_as_after_ctrl_c()
    signal.raise_signal(signal.SIGHUP)


def test_a_closed_terminal_keeps_the_picture(tmp_path):
    """What is told to a terminal that is gone is an error, and must not come before the saving."""
    import pty
    import termios

    words = ["optimize", HOUSE, HOUSE, "--out", tmp_path, "--steps", 100_000, "--start", "noise", "--size", 40]
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 200))  # else there is no room for the loss
    process = subprocess.Popen(
        [sys.executable, "-m", "s2s_helpers", *map(str, words)],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    os.close(slave)
    told = b""
    while b"loss=" not in told:  # until there is a picture
        told += os.read(master, 4096)
    os.close(master)
    process.send_signal(signal.SIGHUP)
    try:
        assert process.wait(timeout=120) == 0
    finally:
        process.kill()
    assert load_picture(tmp_path / "house_house.png").shape == (1, 3, 40, 40)


def test_a_file_goes_on_being_written(tmp_path):
    code = (
        "import signal, sys; from s2s_helpers.runtime.signals import end_as_after_ctrl_c; end_as_after_ctrl_c()\n"
        "try: signal.raise_signal(signal.SIGHUP)\nexcept KeyboardInterrupt: print('saved')"
    )
    with open(tmp_path / "log", "w") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True)
    assert (tmp_path / "log").read_text() == "saved\n"
