"""Pictures as files that people bring to a page: chosen, dropped or pasted."""

import base64
import io
from pathlib import Path

import torch
from PIL import Image

from s2s_helpers.images import to_uint8

# What the browser hands over when a file is dropped or pasted.
HELD = """([name, type, bytes]) => {
  const held = new DataTransfer();
  if (name) held.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name, {type}));
  return held;
}"""


def file(x: torch.Tensor | Image.Image, form: str = "PNG", name: str = "", **options) -> dict:
    """A picture as a file that Playwright can choose."""
    image = x if isinstance(x, Image.Image) else Image.fromarray(to_uint8(x.clamp(0, 1)))
    held = io.BytesIO()
    image.save(held, form, **{"quality": 95} | options)
    return of_bytes(name or f"mine.{form.lower()}", held.getvalue())


def of_bytes(name: str, data: bytes) -> dict:
    return {"name": name, "mimeType": f"image/{Path(name).suffix[1:]}", "buffer": data}


def held(page, one: dict | None):
    what = [one["name"], one["mimeType"], base64.b64encode(one["buffer"]).decode()] if one else ["", "", ""]
    return page.evaluate_handle(HELD, what)
