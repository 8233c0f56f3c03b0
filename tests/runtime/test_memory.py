"""What is freed stays with the process, where the C library can be told so."""

import os
import subprocess
import sys

import pytest

from s2s_helpers.runtime import memory

# How many pages the system had to give anew in ten training steps of a small network, after three others.
COUNT = """
import resource, sys, torch
from s2s_helpers.runtime.memory import keep_memory
keep_memory() if sys.argv[1] == "kept" else None
net = torch.nn.Sequential(*(torch.nn.Conv2d(8, 8, 3, padding=1) for _ in range(6)))
x = torch.rand(2, 8, 256, 256)
for step in range(13):
    if step == 3:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    net(x).square().mean().backward()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(way: str) -> int:
    """How many pages the system had to give."""
    done = subprocess.run([sys.executable, "-c", COUNT, way], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not memory.keep_memory(), reason="this C library has no such switch")
def test_kept_memory_is_not_asked_for_again():
    assert faults("kept") < 0.5 * faults("given back")


def test_elsewhere_nothing_happens(monkeypatch):
    monkeypatch.setattr(memory.sys, "platform", "darwin")
    assert memory.keep_memory.__wrapped__() is False


NAMES = ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")


@pytest.mark.parametrize("own", [{}, {"LRU_CACHE_CAPACITY": "7"}])
def test_caches_of_shapes_are_bounded_before_torch_is_loaded(own):
    """oneDNN reads the numbers when it is loaded. Nobody's own setting is changed."""
    code = f"import sys, os, s2s_helpers; print('torch' in sys.modules, *(os.environ[name] for name in {NAMES}))"
    given = {key: value for key, value in os.environ.items() if key not in NAMES} | own
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=given)
    assert done.stdout.split() == ["False", own.get(NAMES[0], "128"), "128"]
