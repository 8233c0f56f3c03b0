"""16 bits where they are faster: one switch for trainings and optimizations (chapter 19_speed_and_scale)."""

from typing import Any

import torch


def has_bfloat16(device: str = "cpu") -> bool:
    """Whether ``device`` computes in bfloat16 rather than emulates it.

    A processor without the instructions (AVX-512 BF16, AMX, Arm's BF16) takes about nine times as long as in
    float32 (a convolution of 64 to 128 channels at 128x128, AVX2). Older torch does not tell: then no.
    """
    if torch.device(device).type != "cpu":
        return True
    found: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return any(found.get(name) for name in ("amx_bf16", "avx512_bf16", "bf16"))


def autocast(device: str = "cpu", bfloat16: bool = True) -> torch.autocast:
    """``torch.autocast`` to bfloat16 if it is asked for and ``device`` is faster with it; else it changes nothing."""
    kind = torch.device(device).type
    return torch.autocast(kind, torch.bfloat16, enabled=bfloat16 and has_bfloat16(kind))
