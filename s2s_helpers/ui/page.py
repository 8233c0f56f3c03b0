"""What chapters lay on the page: pictures and the package's own code (used in every chapter; first in index)."""

import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import torch

from ..images import encode


def figure(x: torch.Tensor, quality: int = 78) -> Any:
    """One picture (1, 3, H, W) as a JPEG in the page; caption and alt text come from the cell's metadata."""
    from IPython.display import Image

    return Image(data=encode(x, "JPEG", quality=quality))


def source(*things: Callable[..., Any]) -> Any:
    """The code of functions and classes of the package as it is, so that book and package cannot differ."""
    from IPython.display import Markdown

    texts = (textwrap.dedent(inspect.getsource(thing)) for thing in things)
    return Markdown("\n".join(f"```python\n{text}```" for text in texts))
