import torch

from s2s_helpers.data import parts
from s2s_helpers.data.facades import LABELS, Pair


def test_kinds_are_labels_of_the_drawn_world():
    assert set(parts.KINDS) <= set(LABELS)


def test_only_whole_parts_of_the_right_shape_and_size_are_cut(monkeypatch):
    labels = torch.zeros(1, 64, 64, dtype=torch.int64)
    labels[0, 2:14, 2:12] = LABELS.index("window")  # kept
    labels[0, 2:8, 20:26] = LABELS.index("window")  # too small
    labels[0, 2:14, 30:60] = LABELS.index("window")  # too wide
    labels[0, 20:40, 2:12] = LABELS.index("door")  # kept
    labels[0, 20:40, 20:30] = LABELS.index("door")
    labels[0, 20:39, 20:29] = LABELS.index("background")  # hidden but for its edge
    picture = torch.rand(1, 3, 64, 64)
    monkeypatch.setattr(parts, "FacadeWorld", lambda seed, size: {7: Pair(picture, picture, labels)})
    kinds, pictures = parts.cut([7])
    assert kinds.tolist() == [0, 1]
    assert torch.equal(pictures[1:], parts.resize(picture[..., 20:40, 2:12], (16, 16)))


def test_parts_of_a_drawn_house():
    kinds, pictures = parts.cut([0])
    assert len(kinds) and kinds.max() < len(parts.KINDS)
    assert pictures.shape == (len(kinds), 3, parts.SIDE, parts.SIDE) and 0 <= pictures.min() and pictures.max() <= 1


def test_all_kinds_come_equally_often_and_half_of_them_mirrored():
    kinds = torch.tensor([0] * 40 + [1, 2, 2, 3])
    pictures = torch.zeros(len(kinds), 3, 16, 16)
    pictures[..., 0] = 1 + kinds[:, None, None].float()  # a mark at the left that tells the kind
    batches = parts.evenly(kinds, pictures)
    x, c = batches(0, 0, 2000)
    assert torch.equal(x.amax(dim=(1, 2, 3)), 1 + c.argmax(dim=1))
    assert c.sum(dim=1).eq(1).all() and (c.mean(dim=0) - 0.25).abs().max() < 0.05
    assert abs((x[:, 0, 0, 0] > 0).float().mean() - 0.5) < 0.05
    assert all(map(torch.equal, batches(0, 0, 5), batches(0, 0, 5)))
