"""After three steps every training has the weights that it had when ``golden.json`` was written.

What only moves code must not change them. A change of a recipe or of what it draws does; then, and with a word about
why, ``WRITE_GOLDEN=1 pytest tests/train/test_golden.py`` writes the file anew.
"""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from small_trainings import advance, begin

from s2s_helpers.runtime.machine import machine

GOLDEN = Path(__file__).with_name("golden.json")
NAMES = ["segment", "class_gan", "superres", "style", "pix2pix", "pocket"]
STEPS = 3


def state_after(training, steps: int = STEPS) -> torch.Tensor:
    """All weights, statistics and averages of a training, in the order of their names; float64."""
    advance(training, steps)
    nets = {key: part for key, part in training.stateful.items() if isinstance(part, torch.nn.Module)}
    values = {f"{key}.{name}": v for key, net in nets.items() for name, v in net.state_dict().items()}
    return torch.cat([values[name].double().flatten() for name in sorted(values)])


def summary(state: torch.Tensor) -> dict[str, object]:
    """The whole in a hash, and in four numbers that rounding hardly changes."""
    mixed = torch.from_numpy(np.random.default_rng(0).standard_normal((3, len(state)))) @ state
    return {
        "machine": machine(),
        "hash": hashlib.sha256(state.numpy().tobytes()).hexdigest()[:16],
        "numbers": [round(x, 6) for x in [state.norm().item(), *mixed.tolist()]],
    }


@pytest.mark.parametrize("name", NAMES)
def test_three_steps_lead_where_they_led(name):
    found = summary(state_after(begin(name)))
    if os.environ.get("WRITE_GOLDEN"):
        kept = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
        GOLDEN.write_text(json.dumps(kept | {name: found}, indent=1) + "\n")
        return
    known = json.loads(GOLDEN.read_text())[name]
    # Another processor adds in another order. Adam divides by the size of a gradient, which may be next to nothing.
    assert found["numbers"] == pytest.approx(known["numbers"], rel=1e-3, abs=5e-2)
    if found["machine"] == known["machine"]:
        assert found["hash"] == known["hash"]
