import pytest
import torch

from s2s_helpers.runtime import precision


@pytest.mark.parametrize(
    ("found", "fast"),
    [
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"bf16": True, "neon": True}, True),
        ({"avx2": True}, False),
        ({}, False),
    ],
)
def test_bfloat16_only_where_the_processor_has_it(found, fast, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: found, raising=False)
    assert precision.has_bfloat16("cpu") == fast
    net, x = torch.nn.Conv2d(3, 4, 3), torch.rand(1, 3, 8, 8)
    with precision.autocast("cpu", True):
        assert net(x).dtype == (torch.bfloat16 if fast else torch.float32)
    with precision.autocast("cpu", False):
        assert net(x).dtype == torch.float32


def test_other_devices_and_older_torch(monkeypatch):
    assert precision.has_bfloat16("cuda:0")
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert not precision.has_bfloat16()
