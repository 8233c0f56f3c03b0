"""Plain references: the networks and trainings written as the well-known public examples write them.

float32, torch's own memory layout and norms, optimizers as they come, every picture through the whole loss network,
and nothing that this book does for speed. The benchmarks measure against them. Architectures, losses and batches are
those of what they are compared with.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from s2s_helpers.data.photos import Crops
from s2s_helpers.data.sources import PairSource
from s2s_helpers.losses.perceptual import relative_error, total_variation
from s2s_helpers.nets.loss_network import STYLE_LAYERS
from s2s_helpers.nets.vgg import CONVS, VGG, WIDTHS
from s2s_helpers.optimize.gatys import GatysRecipe as Search
from s2s_helpers.train import pix2pix, style

Step = Callable[[int], object]


@dataclass
class Trainee:
    """A training that can be taken step by step, and its network from picture to picture."""

    step: Step
    net: Callable[[torch.Tensor], torch.Tensor]


def vgg16() -> VGG:
    """VGG-16 up to relu4_3 with random weights: a weight costs the same whatever its value."""
    return VGG(CONVS[16][:4], WIDTHS[:4]).eval().requires_grad_(False)


def gram(features: torch.Tensor) -> torch.Tensor:
    """Eq 7, differentiated by autograd."""
    n, c, h, w = features.shape
    psi = features.reshape(n, c, h * w)
    return psi.bmm(psi.transpose(1, 2)) / (c * h * w)


def conv(channels: int, out: int, size: int, stride: int = 1) -> nn.Sequential:
    """Reflection padding, convolution, torch's instance norm."""
    padded = nn.Conv2d(channels, out, size, stride, padding=size // 2, padding_mode="reflect")
    return nn.Sequential(padded, nn.InstanceNorm2d(out, affine=True))


class Residual(nn.Module):
    """x + conv(relu(conv(x)))"""

    def __init__(self, channels: int):
        super().__init__()
        self.both = nn.Sequential(conv(channels, channels, 3), nn.ReLU(), conv(channels, channels, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.both(x)


def transform_network(base: int = 32) -> nn.Sequential:
    """c9s1-32, d64, d128, R128 x5, u64, u32, c9s1-3."""
    a, b, c = base, 2 * base, 4 * base
    down = [conv(3, a, 9), nn.ReLU(), conv(a, b, 3, 2), nn.ReLU(), conv(b, c, 3, 2), nn.ReLU()]
    up = [nn.Upsample(scale_factor=2), conv(c, b, 3), nn.ReLU(), nn.Upsample(scale_factor=2), conv(b, a, 3), nn.ReLU()]
    last = nn.Conv2d(a, 3, 9, padding=4, padding_mode="reflect")
    return nn.Sequential(*down, *(Residual(c) for _ in range(5)), *up, last, nn.Sigmoid())


def style_training(
    recipe: style.PaintingRecipe,
    photos: Crops,
    picture: torch.Tensor,
    phi: nn.Module,
    layers: Sequence[str] = STYLE_LAYERS,
) -> Trainee:
    """Johnson et al.'s training with the losses of ``recipe``, all relative."""
    torch.manual_seed(0)
    net = transform_network(recipe.base)
    adam = torch.optim.Adam(net.parameters(), recipe.lr)
    with torch.no_grad():
        grams = {layer: gram(f) for layer, f in phi(picture, layers).items()}

    def step(k: int) -> None:
        x = photos(0, k, recipe.batch, recipe.size).contiguous()
        made = net(x)
        features = phi(made, layers)
        with torch.no_grad():
            target = phi(x, layers)[recipe.content_layer]
        loss = recipe.content_weight * relative_error(features[recipe.content_layer], target).mean()
        for layer in layers:
            wanted = grams[layer].expand(len(x), -1, -1)
            loss = loss + recipe.style_weight * relative_error(gram(features[layer]), wanted).mean()
        loss = loss + recipe.tv_weight * total_variation(made).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()

    return Trainee(step, net)


def gan_training(recipe: pix2pix.Pix2PixRecipe, batches: PairSource) -> Trainee:
    """pix2pix's training. Networks are those of the package in torch's own layout, with batch norm; losses by torch."""
    torch.manual_seed(0)
    generator = pix2pix.generator_of(recipe)
    discriminator = pix2pix.PatchGAN(recipe.receptive_field, True, recipe.base, recipe.norm)
    adams = [torch.optim.Adam(net.parameters(), recipe.lr, recipe.betas) for net in (generator, discriminator)]
    judge = nn.BCEWithLogitsLoss()

    def step(k: int) -> None:
        sketch, picture = (x.contiguous() for x in batches(0, k, recipe.batch, recipe.size))
        made = generator(sketch)
        discriminator.requires_grad_(True)
        adams[1].zero_grad()
        false, true = discriminator(sketch, made.detach()), discriminator(sketch, picture)
        loss = judge(false, torch.zeros_like(false)) + judge(true, torch.ones_like(true))
        (loss * 0.5).backward()
        adams[1].step()
        discriminator.requires_grad_(False)
        adams[0].zero_grad()
        score = discriminator(sketch, made)
        l1 = nn.functional.l1_loss(made, picture)
        (judge(score, torch.ones_like(score)) + recipe.lambda_l1 * 2 * l1).backward()
        adams[0].step()

    return Trainee(step, generator)


def search(content: torch.Tensor, style: torch.Tensor, recipe: Search, vgg: nn.Module) -> Callable:
    """The loss of an optimized picture (Gatys et al.), and its gradient."""
    with torch.no_grad():
        target = vgg(content, [recipe.content_layer])[recipe.content_layer]
        grams = {layer: gram(f) for layer, f in vgg(style, recipe.style_layers).items()}

    def f(x: torch.Tensor) -> tuple[float, torch.Tensor]:
        x = x.detach().contiguous().requires_grad_()
        features = vgg(x, {recipe.content_layer, *recipe.style_layers})
        loss = recipe.content_weight * relative_error(features[recipe.content_layer], target).sum()
        for layer, wanted in grams.items():
            loss = loss + recipe.style_weight * relative_error(gram(features[layer]), wanted).sum()
        loss = loss + recipe.tv_weight * total_variation(x).sum()
        loss.backward()
        return loss.item(), x.grad

    return f
