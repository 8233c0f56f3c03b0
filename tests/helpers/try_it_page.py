"""The page try_it: what it shows, and when it is ready."""

import base64
import io
import time

import numpy as np
import torch
from PIL import Image

from s2s_helpers.images import from_uint8

PAGE = "book/try_it.html"
STATUS, PAD = "#s2s-try footer [role=status]", ".s2s-pad:not(.s2s-labels) canvas"  # the pad of lines
CANVASES = ["#s2s-try section:nth-of-type(2) > canvas", "#s2s-try section:nth-of-type(3) > canvas"]


def pixels(page, name: str) -> torch.Tensor:
    """What a canvas shows, (1, 3, H, W) in [0, 1]."""
    address = page.evaluate("name => document.querySelector(name).toDataURL()", name)
    image = Image.open(io.BytesIO(base64.b64decode(address.split(",")[1])))
    return from_uint8(np.asarray(image.convert("RGB")))


def shown(page) -> list[torch.Tensor]:
    """Picture and painting."""
    return [pixels(page, name) for name in CANVASES]


DONE = f"""() => document.querySelector('#s2s-try')?.ariaBusy === 'false'
  && document.querySelector('{STATUS}')?.textContent.startsWith('Picture ')"""


def ready(page):
    """Wait until the painting is there."""
    page.wait_for_function(DONE)
    return page


def answer(page, act) -> float:
    """Do something and wait until it has its painting; the seconds that it took."""
    page.evaluate(f"document.querySelector('{STATUS}').textContent = ''")
    began = time.monotonic()
    act()
    ready(page)
    return time.monotonic() - began


def tool(page, name: str):
    return page.get_by_role("button", name=name, exact=True)
