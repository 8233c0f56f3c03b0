import pytest
import torch

from s2s_helpers.nets.loss_network import COMPONENTS, STYLE_LAYERS, Pocket
from s2s_helpers.nets.squeezenet import FIRES, SqueezeNet
from s2s_helpers.nets.vgg import CONVS, MEAN_RGB, VGG, layer_names, vgg_from_arrays


def test_layer_names():
    assert layer_names(CONVS[16])[:5] == ["relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1"]
    assert layer_names(CONVS[19])[-1] == "relu5_4"


def test_vgg16_up_to_relu4_3_has_the_published_number_of_parameters():
    assert sum(p.numel() for p in VGG(CONVS[16][:4]).parameters()) == 7_635_264  # 7.64 M


def test_vgg_gives_the_asked_layers_and_stops_after_the_deepest():
    net = VGG((2, 2, 3), (4, 8, 16))
    calls = []
    net.convs["relu3_1"].register_forward_hook(lambda *_: calls.append(1))
    features = net(torch.rand(2, 3, 32, 48), ["relu2_2", "relu1_1"])
    assert {k: tuple(v.shape) for k, v in features.items()} == {"relu1_1": (2, 4, 32, 48), "relu2_2": (2, 8, 16, 24)}
    assert not calls
    with pytest.raises(ValueError, match="no layer relu9_9"):
        net(torch.rand(1, 3, 8, 8), ["relu9_9"])


def test_weights_for_bgr_bytes_serve_rgb_in_the_unit_interval():
    torch.manual_seed(0)
    arrays = {f"features.{i}.{kind}": torch.randn(*shape) * 0.01 for i, c, d in ((0, 3, 64), (2, 64, 64))
              for kind, shape in (("weight", (d, c, 3, 3)), ("bias", (d,)))}
    net = vgg_from_arrays(19, arrays)
    assert net.names == ["relu1_1", "relu1_2"]  # a file that ends early gives a network that ends early
    x = torch.rand(1, 3, 8, 8)
    bgr = x.flip(1) * 255 - torch.tensor(MEAN_RGB).flip(0).view(1, 3, 1, 1) * 255
    by_hand = torch.relu(torch.nn.functional.conv2d(bgr, arrays["features.0.weight"], arrays["features.0.bias"], padding=1))
    assert torch.allclose(net(x, ["relu1_1"])["relu1_1"], by_hand, atol=1e-4)


def test_pocket_shapes_and_size():
    net = Pocket()
    features = net(torch.rand(1, 3, 64, 48))
    assert tuple(features) == STYLE_LAYERS
    for i, (layer, f) in enumerate(features.items()):
        assert f.shape == (1, COMPONENTS[layer], 64 >> i, 48 >> i)
    assert sum(p.numel() for p in net.parameters()) * 2 < 1_200_000  # bytes in float16
    with pytest.raises(ValueError, match="no layer relu5_1"):
        net(torch.rand(1, 3, 16, 16), ["relu5_1"])


@pytest.mark.parametrize("size", [(64, 64), (128, 96)])
def test_squeezenet_lies_on_the_grid_of_the_fourth_block(size):
    features = SqueezeNet()(torch.rand(1, 3, *size))
    assert tuple(features) == FIRES
    assert features["fire8"].shape == (1, 512, size[0] // 8, size[1] // 8)
