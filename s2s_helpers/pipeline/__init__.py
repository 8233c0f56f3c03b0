"""From a line drawing to a picture to a painting, with controls, for films and folders too."""

from .sketch_to_style import SketchToStyle, apply

__all__ = ["SketchToStyle", "apply"]
