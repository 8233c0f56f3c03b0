"""What silently meant something else is refused, by a line that names what is possible."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pytest
import torch

from s2s_helpers import metrics
from s2s_helpers.data.degrade import degrade
from s2s_helpers.data.pairs import PairFolder
from s2s_helpers.data.parts import evenly
from s2s_helpers.data.photos import Crops
from s2s_helpers.data.sketches import dark_on_white, edges, ink, sketch_from_photo
from s2s_helpers.images import PictureError
from s2s_helpers.losses import adversarial, pixel
from s2s_helpers.nets.blocks import Double, norm_layer
from s2s_helpers.nets.checks import check_recipe
from s2s_helpers.nets.loss_network import Pocket
from s2s_helpers.nets.patchgan import PatchGAN
from s2s_helpers.nets.superres import super_res_net
from s2s_helpers.nets.transform import PaperTransformNet, TransformNet, transform_net
from s2s_helpers.nets.unet import UNet
from s2s_helpers.nets.vgg import VGG
from s2s_helpers.optimize import gatys
from s2s_helpers.pipeline import SketchToStyle, apply
from s2s_helpers.pipeline.upscaling import upscale
from s2s_helpers.runs.shipped.photo import photo_pairs
from s2s_helpers.train import class_gan, pix2pix, pocket, segment, style, superres

X = torch.rand(1, 3, 16, 16)
PHOTO = np.zeros((8, 8, 3), np.uint8)
PAIRS = np.zeros((2, 3, 40, 40), np.uint8)

CHOICES = {
    "norm": (lambda: norm_layer("group", 4), "batch, instance"),
    "norm of a U-Net": (lambda: UNet(base=4, depth=3, norm="group"), "batch, instance"),
    "norm of a PatchGAN": (lambda: PatchGAN(16, base=4, norm="layer"), "batch, instance"),
    "field of a PatchGAN": (lambda: PatchGAN(71), "1, 16, 34, 70, 142, 286"),
    "norm of the paper's f_W": (lambda: PaperTransformNet(4, norm="group"), "batch, instance"),
    "upsampling": (lambda: Double(4, 4, "Transpose", bias=True), "transpose, resize"),
    "kernel": (lambda: Double(4, 4, "transpose", bias=True, size=5), "3, 4"),
    "upsampling of a U-Net": (lambda: UNet(base=4, depth=3, upsampling="nearest"), "transpose, resize"),
    "dropout_from": (lambda: UNet(base=4, depth=3, dropout_from=3), "between 0 and 2"),
    "output": (lambda: PaperTransformNet(4, output="sigmoid"), "tanh, tanh 150, linear"),
    "architecture": (lambda: transform_net(architecture="Book"), "paper, book"),
    "what the paper lacks": (lambda: transform_net(architecture="paper", adjustable=True), "is not adjustable"),
    "architecture of superres": (lambda: super_res_net(4, "edsr"), "paper, book"),
    "factor of superres": (lambda: super_res_net(3), "2, 4, 8"),
    "pooling": (lambda: VGG(pooling="avg"), "max, average"),
    "pooling of pocket": (lambda: Pocket("avg"), "max, average"),
    "loss of D": (lambda: adversarial.discriminator_loss(X, X, "wgan"), "non-saturating, minimax, least-squares"),
    "loss of G": (lambda: adversarial.generator_loss(X, "wgan"), "non-saturating, minimax, least-squares"),
    "degradation": (lambda: degrade(X, 2, "nearest"), "bicubic, blurred"),
    "side": (lambda: PairFolder(".", sketch_side="top"), "left, right"),
    "start": (lambda: gatys.first_picture("nosie", X, X, 0), "noise, content, style, gray"),
    "preset": (lambda: superres.recipe_of("Paper", 4, "pixel"), "paper, book"),
    "factor of a preset": (lambda: superres.recipe_of("book", 3, "pixel"), "2, 4, 8"),
    "loss of a preset": (lambda: superres.recipe_of("book", 4, "l1"), "pixel, feature"),
    "recipe: norm": (lambda: pix2pix.Pix2PixRecipe(norm="group"), "batch, instance"),
    "recipe: GAN loss": (lambda: pix2pix.Pix2PixRecipe(gan_loss="wgan"), "minimax"),
    "recipe: dropout": (lambda: pix2pix.Pix2PixRecipe(dropout=1.5), "0 to 1"),
    "recipe: steps": (lambda: segment.SegmentRecipe(steps=-1), "0 or more"),
    "recipe: rate": (lambda: class_gan.ClassGANRecipe(lr=float("nan")), "0 or more"),
    "recipe: weight": (lambda: pocket.DistillationRecipe(gram_weight=-1.0), "0 or more"),
    "recipe: output": (lambda: replace(style.PAPER, output="relu"), "tanh 150"),
    "recipe: start": (lambda: replace(gatys.BOOK, start="content picture"), "noise, content, style, gray"),
    "recipe: method": (lambda: replace(gatys.BOOK, method="adam"), "projected L-BFGS"),
    "strip": (lambda: SketchToStyle(strip=0).stylize(X, "mosaic"), "1 or more"),
    "number of styles": (lambda: TransformNet(2, base=4)(X, torch.ones(1, 3)), r"\(N, 2\)"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHOICES)
def test_another_choice_is_refused_with_those_that_there_are(name):
    make, told = CHOICES[name]
    with pytest.raises(ValueError, match=told) as caught:
        make()
    assert len(str(caught.value).splitlines()) == 1


SHAPES = {
    "pairs of unequal number": lambda: pix2pix.array_pairs(PAIRS, PAIRS[:1], pix2pix.BOOK),
    "pairs of unequal size": lambda: pix2pix.array_pairs(PAIRS, PAIRS[..., 1:], pix2pix.BOOK),
    "no pairs": lambda: pix2pix.array_pairs(PAIRS[:0], PAIRS[:0], pix2pix.BOOK),
    "labels of unequal number": lambda: segment.labeled(PAIRS, PAIRS[:1, 0]),
    "floats with labels": lambda: segment.labeled(PAIRS / 255, PAIRS[:, 0]),
    "photos as floats": lambda: Crops([PHOTO / 255]),
    "photos as planes": lambda: Crops([PHOTO.transpose(2, 0, 1)]),
    "no photos": lambda: Crops([]),
    "contours of other photos": lambda: photo_pairs([PHOTO], []),
    "kinds of other parts": lambda: evenly(torch.zeros(3, dtype=torch.long), torch.rand(2, 3, 16, 16)),
    "L1 of one and many": lambda: pixel.l1_loss(X, X.expand(4, -1, -1, -1)),
    "L2 of one and many": lambda: pixel.l2_loss(X, X.expand(4, -1, -1, -1)),
    "SSIM of one and many": lambda: pixel.ssim_loss(X, X.expand(4, -1, -1, -1)),
    "score of one and many": lambda: metrics.l1(X, X.expand(4, -1, -1, -1)),
    "PSNR of one and many": lambda: metrics.psnr(X, X.expand(4, -1, -1, -1)),
}


@pytest.mark.parametrize("name", SHAPES)
def test_what_does_not_belong_together_is_refused(name):
    with pytest.raises(ValueError):
        SHAPES[name]()


PICTURES = {
    "bytes": (255 * X, "divide bytes by 255"),
    "from -1 to 1": (2 * X - 1, r"\(x \+ 1\) / 2"),
    "not a number": (X / 0 * 0, "not finite"),
    "infinite": (X / 0, "not finite"),
    "integers": ((255 * X).byte(), "float tensor"),
    "gray": (X[:, :1], "float tensor"),
    "without batch": (X[0], "float tensor"),
    "channels last": (X.permute(0, 2, 3, 1), "float tensor"),
}
NET = UNet(base=4, cap=8, depth=3).eval()
TAKERS = {
    "apply": lambda x: apply(NET, x),
    "generator": lambda x: SketchToStyle().picture(x),
    "painter": lambda x: SketchToStyle().stylize(x, "mosaic"),
    "upscale": lambda x: upscale(super_res_net(2, base=4), x),
    "content": lambda x: gatys.stylize_by_optimization(x, X, gatys.BOOK, Pocket()),
    "style": lambda x: gatys.stylize_by_optimization(X, x, gatys.BOOK, Pocket()),
    "drawing": dark_on_white,
    "photo to be drawn": sketch_from_photo,
    "ink": ink,
    "edges": edges,
    "targets": lambda x: style.StyleTargets(Pocket(), [x]),
}


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("kind", PICTURES)
def test_what_is_no_picture_in_0_to_1_is_refused(taker, kind):
    x, told = PICTURES[kind]
    with pytest.raises(PictureError, match=told):
        TAKERS[taker](x)


def test_a_little_beyond_is_no_mistake():
    """A bicubic enlargement overshoots."""
    assert apply(NET, X * 1.08 - 0.04).isfinite().all()


def test_every_field_of_a_recipe_is_looked_at():
    @dataclass(frozen=True)
    class Recipe:
        kind: Literal["a", "b"] = "a"
        lr_decay: float = 0.5
        clip: float | None = None
        betas: tuple[float, float] = (0.5, 0.9)
        name: str = "x"

    check_recipe(Recipe())
    for wrong in ({"kind": "c"}, {"lr_decay": 1.1}, {"clip": -1.0}, {"clip": float("inf")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            check_recipe(Recipe(**wrong))
