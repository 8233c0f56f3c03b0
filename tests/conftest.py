"""Settings that must stand before torch is imported, here and in the kernels of the chapters."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("S2S_FAST", "1")
