import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d
from torchvision.models import vgg

from s2s_helpers.nets.first_pocket import COMPONENTS
from s2s_helpers.nets.loss_network import PARTS, STYLE_LAYERS, Pocket, pocket
from s2s_helpers.nets.vgg import CONVS, OXFORD, TORCHVISION, VGG, layer_names, vgg_from_arrays

VGG16_PARAMETERS = 7_635_264  # up to relu4_3, as published: 7.64 M


def test_layer_names():
    assert layer_names(CONVS[16])[:5] == ["relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1"]
    assert layer_names(CONVS[19])[-1] == "relu5_4"


def test_vgg16_up_to_relu4_3_has_the_published_number_of_parameters():
    assert sum(p.numel() for p in VGG(CONVS[16][:4]).parameters()) == VGG16_PARAMETERS


def test_vgg_gives_the_asked_layers_and_stops_after_the_deepest():
    net = VGG((2, 2, 3), (4, 8, 16))
    calls = []
    net.convs["relu3_1"].register_forward_hook(lambda *_: calls.append(1))
    features = net(torch.rand(2, 3, 32, 48), ["relu2_2", "relu1_1"])
    assert {k: tuple(v.shape) for k, v in features.items()} == {"relu1_1": (2, 4, 32, 48), "relu2_2": (2, 8, 16, 24)}
    assert not calls
    with pytest.raises(ValueError, match="no layer relu9_9"):
        net(torch.rand(1, 3, 8, 8), ["relu9_9"])


@pytest.mark.parametrize("depth, letter", [(16, "D"), (19, "E")])
def test_vgg_is_that_of_torchvision(depth, letter):
    torch.manual_seed(0)
    theirs = vgg.make_layers(vgg.cfgs[letter]).eval()
    arrays = {f"features.{key}": value for key, value in theirs.state_dict().items()}
    ours, x = vgg_from_arrays(depth, arrays, TORCHVISION), torch.rand(1, 3, 48, 64)
    names = [name for name in ours.names if name.endswith("_1") or name == ours.names[-1]]
    found = ours(x, names)
    y, rectified = as_torchvision(x), iter(ours.names)
    with torch.no_grad():
        for layer in theirs:
            y = layer(y)
            if isinstance(layer, torch.nn.ReLU) and (name := next(rectified)) in names:
                assert torch.allclose(found.pop(name), y, rtol=1e-3, atol=1e-5), name
    assert not found


def arrays_of(depth, layers):
    """Random weights of the first ``layers`` convolutions of VGG-``depth``, with torchvision's keys."""
    torch.manual_seed(0)
    numbers = {16: (0, 2, 5, 7, 10, 12, 14, 17), 19: (0, 2, 5, 7, 10, 12, 14, 16)}[depth]
    widths = (3, 64, 64, 128, 128, 256, 256, 256, 512 if depth == 16 else 256)
    arrays = {}
    for i in range(layers):
        arrays[f"features.{numbers[i]}.weight"] = torch.randn(widths[i + 1], widths[i], 3, 3) / (3 * widths[i] ** 0.5)
        arrays[f"features.{numbers[i]}.bias"] = torch.randn(widths[i + 1]) * 0.1
    return arrays


def by_hand(x, arrays, pool):
    """``relu2_1`` of a picture that has the file's own form already."""

    def conv(x, n):
        return conv2d(x, arrays[f"features.{n}.weight"], arrays[f"features.{n}.bias"], padding=1).relu()

    return conv(pool(conv(conv(x, 0), 2), 2), 5)


def as_oxford(x):
    """As the original networks take it: BGR, 0 to 255, minus the mean."""
    return x.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(1, 3, 1, 1)


def as_torchvision(x):
    """As torchvision's networks take it."""
    mean, std = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).view(2, 1, 3, 1, 1)
    return (x - mean) / std


@pytest.mark.parametrize("pooling, pool", [("max", max_pool2d), ("average", avg_pool2d)])
@pytest.mark.parametrize("convention, prepare", [(OXFORD, as_oxford), (TORCHVISION, as_torchvision)])
def test_features_are_those_of_the_files_own_input(convention, prepare, pooling, pool):
    arrays = arrays_of(16, 3)
    x = torch.rand(2, 3, 10, 12)
    ours = vgg_from_arrays(16, arrays, convention, pooling)(x, ["relu2_1"])["relu2_1"]
    theirs = by_hand(prepare(x), arrays, pool)
    assert (ours - theirs).abs().max() < 1e-5 * theirs.max()


def test_the_same_network_in_both_conventions():
    """Only the means differ, by .0005 at most: the one network sees x as the other sees x plus the difference."""
    rgb = arrays_of(16, 3)
    std = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    bgr = rgb | {"features.0.weight": (rgb["features.0.weight"] / std / 255).flip(1)}
    torchvision, oxford = vgg_from_arrays(16, rgb, TORCHVISION), vgg_from_arrays(16, bgr, OXFORD)
    x = torch.rand(1, 3, 16, 16)
    shift = torch.tensor(OXFORD.mean).view(1, 3, 1, 1) - torch.tensor(TORCHVISION.mean).view(1, 3, 1, 1)
    ours, theirs = oxford(x + shift, ["relu2_1"])["relu2_1"], torchvision(x, ["relu2_1"])["relu2_1"]
    assert (ours - theirs).abs().max() < 1e-5 * theirs.max()
    assert (oxford(x, ["relu2_1"])["relu2_1"] - theirs).abs().max() > 1e-4 * theirs.max()  # each has its own mean


@pytest.mark.parametrize(
    "depth, layers, last", [(16, 1, "relu1_1"), (16, 6, "relu3_2"), (16, 8, "relu4_1"), (19, 8, "relu3_4")]
)
def test_a_file_that_ends_early_gives_a_network_that_ends_early(depth, layers, last):
    net = vgg_from_arrays(depth, arrays_of(depth, layers) | {"classifier.0.bias": torch.zeros(3)}, OXFORD)
    assert len(net.names) == layers and net.names[-1] == last
    assert not net.training and not any(p.requires_grad for p in net.parameters())
    assert net(torch.rand(1, 3, 16, 16), [last])[last].isfinite().all()


@pytest.mark.parametrize(
    "change, complaint",
    [
        (lambda a: a.clear(), "not the weights of VGG-16"),
        (lambda a: a.pop("features.0.weight"), "not the weights of VGG-16"),
        (lambda a: a.pop("features.2.bias"), "not the weights of VGG-16"),
        (lambda a: a.update({"features.1.weight": torch.ones(64)}), "not the weights of VGG-16"),  # batch norm
        (lambda a: a.update({"features.2.bias": torch.ones(1)}), "features.2.bias has not the shape"),
    ],
)
def test_weights_of_another_network_are_refused(change, complaint):
    arrays = arrays_of(16, 2)
    change(arrays)
    with pytest.raises(ValueError, match=complaint):
        vgg_from_arrays(16, arrays, OXFORD)


def test_a_whole_vgg19_is_no_vgg16():
    with pytest.raises(ValueError, match="not the weights of VGG-16"):
        vgg_from_arrays(16, arrays_of(19, 8), OXFORD)


def test_pocket_shapes_and_size():
    net = Pocket()
    features = net(torch.rand(1, 3, 64, 48))
    assert tuple(features) == STYLE_LAYERS
    for i, (layer, f) in enumerate(features.items()):
        assert f.shape == (1, PARTS[layer].channels, 64 >> i, 48 >> i)
    assert sum(p.numel() for p in net.parameters()) < VGG16_PARAMETERS / 4.9  # "a fifth of its weights"
    with pytest.raises(ValueError, match="no layer relu5_1"):
        net(torch.rand(1, 3, 16, 16), ["relu5_1"])


def test_the_first_pocket():
    net = pocket(edition=1)
    features = net(torch.rand(1, 3, 64, 48))
    for i, (layer, f) in enumerate(features.items()):
        assert f.shape == (1, COMPONENTS[layer], 64 >> i, 48 >> i)
    with pytest.raises(ValueError, match="no layer relu1_1"):
        net(torch.rand(1, 3, 16, 16), ["relu1_1"])
