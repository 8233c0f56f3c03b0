"""What is freed stays with the process, where the C library can be told so."""

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


# How many megabytes a process grows by, while it convolves pictures of 300 sizes, after some others.
SIZES = """
import os, sys
if sys.argv[1] == "usual":
    os.environ |= {"LRU_CACHE_CAPACITY": "1024", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "1024"}
import s2s_helpers, torch
torch.set_num_threads(1)
pages = lambda: int(open("/proc/self/statm").read().split()[1])
net = torch.nn.Sequential(*(torch.nn.Conv2d(16, 16, 3, padding=1) for _ in range(4))).eval()
with torch.inference_mode():
    for i in range(330):
        if i == 30:
            before = pages()
        net(torch.rand(1, 16, 20 + i % 30, 20 + i // 10).contiguous(memory_format=torch.channels_last))
print((pages() - before) * 4096 / 1e6)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="where the system tells what a process holds")
def test_pictures_of_many_sizes_do_not_fill_the_memory():
    """What is kept for each size is bounded; nobody's own setting is changed."""
    grown = {}
    for way in ("ours", "usual"):
        done = subprocess.run([sys.executable, "-c", SIZES, way], capture_output=True, text=True, check=True)
        grown[way] = float(done.stdout)
    assert grown["ours"] < 0.6 * grown["usual"], grown
