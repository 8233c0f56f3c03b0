"""Adam that works on weights as they lie in memory: the same numbers as torch's, and no copies."""

from importlib import import_module

import pytest
import torch
from torch import nn

from s2s_helpers.train.adam import Adam


def net() -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Conv2d(3, 8, 3), nn.ConvTranspose2d(8, 4, 3), nn.Conv2d(4, 1, 1), nn.Flatten(), nn.Linear(36, 2)
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


def trained(kind, **options) -> tuple[nn.Sequential, torch.optim.Adam]:
    """A net after three steps; the last layer but one gets no gradient in the first."""
    own = net()
    adam = kind(own.parameters(), 1e-2, betas=(0.5, 0.9), **options)
    for k in range(3):
        adam.zero_grad()
        own(torch.rand(2, 3, 6, 6, generator=torch.Generator().manual_seed(k))).square().sum().backward()
        if k == 0:
            own[2].weight.grad = None
        adam.step()
    return own, adam


def test_three_steps_are_those_of_torch():
    (ours, our_adam), (theirs, their_adam) = trained(Adam), trained(torch.optim.Adam, foreach=False)
    for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    kept, wanted = our_adam.state_dict()["state"], their_adam.state_dict()["state"]
    assert kept.keys() == wanted.keys()
    for key, state in wanted.items():
        for name, value in state.items():
            assert kept[key][name].shape == value.shape
            torch.testing.assert_close(kept[key][name], value, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_nothing_is_copied_before_a_step(layout, monkeypatch):
    module, seen = import_module("torch.optim.adam"), []
    real = module._fused_adam
    monkeypatch.setattr(module, "_fused_adam", lambda *a, **k: seen.extend(sum(a[:4], [])) or real(*a, **k))
    own = net().to(memory_format=layout)
    adam = Adam(own.parameters(), 1e-2)
    own(torch.rand(2, 3, 6, 6).to(memory_format=layout)).sum().backward()
    adam.step()
    assert len(seen) == 4 * len(list(own.parameters()))
    assert all(x.is_contiguous() for x in seen)
    assert {x.data_ptr() for x in own.parameters()} <= {x.data_ptr() for x in seen}
