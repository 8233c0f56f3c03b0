"""Each convention is written out here as its source publishes it, and compared with eq 6 and 7 times its factor."""

import pytest
import torch
from torch.nn.functional import mse_loss

from s2s_helpers.losses.conventions import CONVENTIONS, content_weight, style_weight
from s2s_helpers.losses.perceptual import content_loss, gram_matrix, style_loss
from s2s_helpers.nets.vgg import CONVS, layer_names


def products(f):
    """The sums over places k of F_ik F_jk, entry by entry."""
    c = f.shape[1]
    return torch.stack([torch.stack([(f[0, i] * f[0, j]).sum() for j in range(c)]) for i in range(c)])


def gatys_text(f, g):
    n, m = f.shape[1], f.shape[2] * f.shape[3]
    style = sum((a - b) ** 2 for a, b in zip(products(f).flatten(), products(g).flatten(), strict=True))
    return style / (4 * n**2 * m**2), 0.5 * sum((a - b) ** 2 for a, b in zip(f.flatten(), g.flatten(), strict=True))


def of_means(divided):
    """A mean squared error of Gram matrices, each divided by ``divided(features)``, and one of features."""

    def losses(f, g):
        grams = [products(x) / divided(x) for x in (f, g)]
        return mse_loss(*grams), mse_loss(f, g)

    return losses


def johnson_text(f, g):
    c, h, w = f.shape[1:]
    grams = [torch.einsum("nchw,ndhw->cd", x, x) / (c * h * w) for x in (f, g)]
    return torch.linalg.matrix_norm(grams[0] - grams[1], "fro") ** 2, torch.dist(f, g) ** 2 / (c * h * w)


def places(x):
    return x.shape[2] * x.shape[3]


LITERAL = {
    "Gatys et al., text": gatys_text,
    "Gatys et al., code": of_means(places),
    "Johnson et al., text": johnson_text,
    "Johnson et al., code": of_means(torch.numel),
    "pytorch/examples": of_means(torch.numel),
    "PyTorch tutorial": of_means(torch.numel),
    "Dive into Deep Learning": of_means(torch.numel),
    "TensorFlow tutorial": of_means(places),
}
names = pytest.mark.parametrize("name", CONVENTIONS)
shapes = pytest.mark.parametrize("shape", [(1, 3, 4, 5), (1, 7, 6, 2)], ids=str)


def features(shape, seed):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_every_convention_is_written_out():
    assert set(LITERAL) == set(CONVENTIONS)


@names
@shapes
def test_factors(name, shape):
    f, g = features(shape, 0), features(shape, 1)
    style, content = LITERAL[name](f, g)
    ours = style_loss(gram_matrix(f), gram_matrix(g)).item(), content_loss(f, g).item()  # in float32
    c, m = shape[1], shape[2] * shape[3]
    assert style.item() == pytest.approx(CONVENTIONS[name].style_factor(c, m) * ours[0], rel=1e-5)
    assert content.item() == pytest.approx(CONVENTIONS[name].content_factor(c, m) * ours[1], rel=1e-5)


@names
def test_sizes_may_differ_where_a_repeated_picture_has_no_style_loss(name):
    f = features((1, 3, 4, 5), 0)
    divided = CONVENTIONS[name].gram
    once, twice = (products(x) / divided(3, places(x)) for x in (f, f.repeat(1, 1, 1, 2)))
    assert torch.allclose(once, twice) == CONVENTIONS[name].sizes_may_differ
    assert CONVENTIONS[name].sizes_may_differ == (name != "Gatys et al., text")


def test_all_style_factors_are_one_of_three():
    for convention in CONVENTIONS.values():
        factors = [convention.style_factor(c, m) for c, m in ((64, 256**2), (512, 32**2))]
        assert factors in ([1, 1], [0.25, 0.25], [64**-2, 512**-2])


@shapes
def test_converted_weights_give_equal_losses(shape):
    f, g = features(shape, 2), features(shape, 3)
    c, m = shape[1], shape[2] * shape[3]
    given = CONVENTIONS["Johnson et al., code"]
    style, content = LITERAL["Johnson et al., code"](f, g)
    for name, wanted in CONVENTIONS.items():
        theirs = LITERAL[name](f, g)
        assert style_weight(5.0, given, wanted, c, m) * theirs[0].item() == pytest.approx(5.0 * style.item())
        assert content_weight(1.0, given, wanted, c, m) * theirs[1].item() == pytest.approx(content.item())


@names
def test_layers_exist(name):
    convention = CONVENTIONS[name]
    known = layer_names(CONVS[int(convention.network[-2:])])
    used = {convention.content_layer, *convention.style_layers}
    assert {layer.replace("conv", "relu") for layer in used} <= set(known)
    assert convention.pixels in ("0..255", "unit")
