"""Where to compute: the processor, or a graphics card."""

import torch


def device_named(name: str) -> str:
    """The device ``name``, as torch calls it; "auto" is the graphics card if there is one, else the processor.

    Raises ValueError for a device that this machine lacks.
    """
    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    there = [device for device, is_there in has.items() if is_there]
    if name == "auto":
        return there[0]
    if name not in there:
        raise ValueError(f"no device {name} on this machine; there is {' and '.join(there)}")
    return name
