"""From a line drawing to a picture to a painting: the code of the book *s2s: from sketch to style*.

Importing this package is cheap: nothing heavy is imported before it is used. Pictures are float32 tensors
(N, 3, H, W), RGB, in [0, 1]. Start at ``s2s_helpers.pipeline.SketchToStyle``.
"""

import os

# oneDNN, by which torch convolves on a processor, keeps code for each shape that it has met, up to 1024 times in two
# caches: with pictures of many sizes a process grows by hundreds of megabytes. A training step needs fewer than 128
# (with 64 it takes a quarter longer). Read when torch is loaded; whoever has set them already knows better.
for _cache in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
    os.environ.setdefault(_cache, "128")

__version__ = "0.1.0"
