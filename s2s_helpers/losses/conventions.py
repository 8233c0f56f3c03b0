"""One loss in many conventions, and what a weight of one means in another (chapter 11_loss_conventions).

All sources compare features for the content and Gram matrices for the style, by squared differences. They divide by
different numbers, so their weights cannot be compared as they stand. ``CONVENTIONS`` has what each divides by.
"""

from collections.abc import Callable
from dataclasses import dataclass

Number = Callable[[int, int], float]  # of C, the channels of a layer, and M, its places: height times width


def _constant(value: float) -> Number:
    return lambda c, m: value


def _channels_squared(c: int, m: int) -> float:
    return c**2


def _places(c: int, m: int) -> float:
    return m


def _features(c: int, m: int) -> float:
    return c * m


@dataclass(frozen=True)
class LossConvention:
    """How one source measures content and style at a layer with C channels and M places.

    With psi the features as a C x M matrix, its Gram matrix is psi psi^T / ``gram``, its style loss the sum of the
    squared differences of the entries of two Gram matrices / ``style``, and its content loss the sum of the squared
    differences of two features / ``content``.
    """

    gram: Number
    style: Number
    content: Number
    network: str
    content_layer: str  # relu2_2 is conv2_2 after the rectification
    style_layers: tuple[str, ...]
    pixels: str  # what the network sees: "0..255" minus the mean color, or "unit", also divided by the deviation
    content_weight: float | None  # as published; None where the source leaves it open
    style_weight: Number | None  # of each layer

    def style_factor(self, c: int, m: int) -> float:
        """This style loss divided by that of eq 7 (``perceptual.style_loss``), for any two pictures of one size."""
        return (c * m / self.gram(c, m)) ** 2 / self.style(c, m)

    def content_factor(self, c: int, m: int) -> float:
        """This content loss divided by that of eq 6 (``perceptual.content_loss``), for any two pictures."""
        return c * m / self.content(c, m)

    @property
    def sizes_may_differ(self) -> bool:
        """Whether a picture and its repetition side by side have the same Gram matrix, and a style loss of zero.

        Only then may output and style have different sizes; ``style_factor`` is for two of the same size otherwise.
        """
        return self.gram(1, 2) == 2 * self.gram(1, 1)


_JOHNSON = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
_GATYS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
_BARE = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")

CONVENTIONS = {
    # arXiv 1508.06576 and 1505.07376: E = sum (G - A)^2 / (4 N^2 M^2), N our C; L_content = sum (F - P)^2 / 2. The text
    # calls its layers conv and does not say on which side of the rectification they are. The preprint has alpha / beta
    # 1e-3 and 1e-4 (figure 2), CVPR 2016 1e-3, 8e-4, 5e-3 and 5e-4 (figure 3); each of the five layers a fifth of beta.
    "Gatys et al., text": LossConvention(
        _constant(1.0),
        lambda c, m: 4 * c**2 * m**2,
        _constant(2.0),
        "VGG-19",
        "conv4_2",
        _BARE,
        "0..255",
        1.0,
        _constant(1e3 / 5),
    ),
    # github.com/leongatys/PytorchNeuralStyleTransfer, NeuralStyleTransfer.ipynb: GramMatrix, GramMSELoss, style_weights
    "Gatys et al., code": LossConvention(
        _places, _channels_squared, _features, "VGG-19", "relu4_2", _GATYS, "0..255", 1.0, lambda c, m: 1e3 / c**2
    ),
    # Johnson et al. 2016, eq 2 to 4; section 4.1 names the layers and no weights. The paper's eq 6 and 7.
    "Johnson et al., text": LossConvention(
        _features, _constant(1.0), _features, "VGG-16", "relu2_2", _JOHNSON, "0..255", None, None
    ),
    # github.com/jcjohnson/fast-neural-style: GramMatrix.lua, StyleLoss.lua (MSECriterion), train.lua (defaults)
    "Johnson et al., code": LossConvention(
        _features, _channels_squared, _features, "VGG-16", "relu3_3", _JOHNSON, "0..255", 1.0, _constant(5.0)
    ),
    # github.com/pytorch/examples, fast_neural_style: utils.gram_matrix, neural_style.train (defaults)
    "pytorch/examples": LossConvention(
        _features, _channels_squared, _features, "VGG-16", "relu2_2", _JOHNSON, "unit", 1e5, _constant(1e10)
    ),
    # github.com/pytorch/tutorials, neural_style_tutorial.py. Its first five convolutions are conv1_1 to conv3_1, and it
    # looks before the rectification. For one picture: of a batch it would mix the channels of all pictures.
    "PyTorch tutorial": LossConvention(
        _features,
        _channels_squared,
        _features,
        "VGG-19",
        "conv2_2",
        ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"),
        "unit",
        1.0,
        _constant(1e6),
    ),
    # d2l.ai, chapter_computer-vision/neural-style.md: layers 25 and 0, 5, 10, 19, 28 are convolutions. The style weight
    # is that of the edition of 2023; the first had 1e3.
    "Dive into Deep Learning": LossConvention(
        _features, _channels_squared, _features, "VGG-19", "conv4_4", _BARE, "unit", 1.0, _constant(1e4)
    ),
    # github.com/tensorflow/docs, tutorials/generative/style_transfer.ipynb: gram_matrix, style_content_loss, which
    # divides the weight by the number of layers
    "TensorFlow tutorial": LossConvention(
        _places, _channels_squared, _features, "VGG-19", "relu5_2", _GATYS, "0..255", 1e4, _constant(1e-2 / 5)
    ),
}


def style_weight(weight: float, given: LossConvention, wanted: LossConvention, c: int, m: int) -> float:
    """The style weight that does in ``wanted`` what ``weight`` does in ``given``, at a layer with C x M features."""
    return weight * given.style_factor(c, m) / wanted.style_factor(c, m)


def content_weight(weight: float, given: LossConvention, wanted: LossConvention, c: int, m: int) -> float:
    """The same for the content weight."""
    return weight * given.content_factor(c, m) / wanted.content_factor(c, m)
