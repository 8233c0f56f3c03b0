"""From a line drawing to a picture to a painting: the code of the book *s2s: from sketch to style*.

Importing this package is cheap: nothing heavy is imported before it is used. Pictures are float32 tensors
(N, 3, H, W), RGB, in [0, 1]. Start at ``s2s_helpers.pipeline.SketchToStyle``.
"""

__version__ = "0.1.0"
