from datetime import date

import torch

from s2s_helpers.runtime.machine import circumstances, machine


def test_a_machine_says_what_computes_and_with_what():
    assert torch.__version__ in machine() and "bfloat16" in machine() and "thread(s)" in machine()


def test_a_result_says_with_what_when_and_how_it_was_made():
    assert circumstances("s2s x") == {"machine": machine(), "date": date.today().isoformat(), "command": "s2s x"}
