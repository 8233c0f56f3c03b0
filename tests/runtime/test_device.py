import pytest
import torch

from s2s_helpers.runtime.device import device_named


def test_a_device_is_the_best_there_is_or_the_one_named(monkeypatch):
    for has, best in ((False, "cpu"), (True, "cuda")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda has=has: has)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        assert device_named("auto") == best and device_named("cpu") == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device_named("mps") == "mps" and device_named("auto") == "cuda"


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(ValueError, match="^no device cuda on this machine; there is cpu$"):
        device_named("cuda")
