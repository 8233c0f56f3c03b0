"""Scores of pictures against true pictures, each naming its protocol (chapter 02_measuring_pictures).

Pictures are (N, 3, H, W), RGB, in [0, 1]. A score gives one value for each picture, (N,), unless it says
that it is one of the whole set. ValueError is raised for pictures that are compared with others of another shape.
Torchmetrics is imported where it is used: it takes seconds, since it loads all that it has.
"""

import warnings
from itertools import combinations
from typing import cast

import numpy as np
import torch
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity
from skimage.morphology import skeletonize
from torch import nn

from .data.sketches import Edges, edges, gray
from .nets.checks import check_shapes
from .nets.unet import UNet

BINS = 101  # over the range of each channel; odd, so that neutral gray lies inside a bin. Isola et al. name no number
LAB_RANGES = ((0, 100), (-110, 110), (-110, 110))
INK = 0.7  # a pixel of a drawing darker than this is a line
KID_SUBSETS, KID_SUBSET = 100, 50  # how many random subsets, of how many pictures each


def l1(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference over pixels and channels, 0 to 1; smaller is better."""
    check_shapes(made, true)
    return (made.float() - true.float()).abs().mean(dim=(1, 2, 3))


def psnr(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Peak signal-to-noise ratio in decibels, over the three channels together; larger is better."""
    from torchmetrics.functional.image import peak_signal_noise_ratio

    check_shapes(made, true)

    return peak_signal_noise_ratio(made, true, data_range=1.0, reduction="none", dim=(1, 2, 3))


def ssim(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Structural similarity (Wang et al. 2004): Gaussian window of sigma 1.5, mean over channels; 1 is best."""
    from torchmetrics.functional.image import structural_similarity_index_measure as similarity

    check_shapes(made, true)
    return cast(torch.Tensor, similarity(made, true, data_range=1.0, reduction="none"))


def luma(x: torch.Tensor) -> torch.Tensor:
    """Y of ITU-R BT.601 as MATLAB's ``rgb2ycbcr`` gives it for bytes; (N, 1, H, W).

    From 16 for black to 235 for white, in whole steps; divided by 255 here.
    """
    weights = x.new_tensor((65.481, 128.553, 24.966)).view(1, 3, 1, 1)
    return ((x.clamp(0, 1) * weights).sum(dim=1, keepdim=True) + 16).round() / 255


def super_resolution_scores(made: torch.Tensor, true: torch.Tensor, border: int) -> dict[str, float]:
    """PSNR in decibels and SSIM of enlarged pictures (N, 3, H, W), as the papers on super-resolution have them; means.

    Both on ``luma`` alone, without the ``border`` outermost pixels, as many as the factor of the enlargement: there
    every method has to guess. SSIM has the window of Wang et al. 2004 and only places where it fits in whole. For Set5
    and a factor of 4 the bicubic enlargement has 28.42 dB and .810 by this protocol; the literature prints 28.42 and
    .8104 (Dong et al. 2016), Johnson et al. 28.43 and .8114, which is what comes out if Y is not rounded.
    """
    inner = [luma(x)[..., border:-border, border:-border] for x in (made, true)]
    pairs = zip(*(x[:, 0].double().numpy() for x in inner), strict=True)
    window = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    similar = [structural_similarity(a, b, data_range=1.0, **window) for a, b in pairs]
    return {"PSNR": psnr(*inner).mean().item(), "SSIM": float(np.mean(similar))}


def detail(x: torch.Tensor) -> torch.Tensor:
    """How much fine detail a picture has, (N,): the root mean square of the Laplacian of its Y, sharp or noisy alike.

    By itself it judges nothing; beside that of the true picture it tells soft (below 1) from harsh (above 1).
    """
    kernel = x.new_tensor([[0, 1, 0], [1, -4, 1], [0, 1, 0]]).view(1, 1, 3, 3)
    return nn.functional.conv2d(luma(x), kernel).square().mean(dim=(1, 2, 3)).sqrt()


def lab_histograms(x: torch.Tensor) -> np.ndarray:
    """The (N, 3, BINS) histograms of L, a and b (CIE 1976, D65), each summing to 1."""
    lab = rgb2lab(x.permute(0, 2, 3, 1).double().numpy())
    counts = [[np.histogram(one[..., c], BINS, LAB_RANGES[c])[0] for c in range(3)] for one in lab]
    return np.array(counts) / lab[0, ..., 0].size


def histogram_intersection(made: torch.Tensor, true: torch.Tensor) -> np.ndarray:
    """The share of colors that two pictures have in common in L, a and b; (N, 3), 1 is best.

    Swain and Ballard 1991, eq 1, on the marginal histograms of each picture and its true picture. Isola
    et al. 2017 (figure 7) pool the pixels of the whole test set instead: ``pooled_intersection``.
    """
    return np.minimum(lab_histograms(made), lab_histograms(true)).sum(axis=-1)


def pooled_intersection(made: torch.Tensor, true: torch.Tensor) -> np.ndarray:
    """The intersection of the histograms of all pictures together, in L, a and b; (3,), 1 is best."""
    return np.minimum(lab_histograms(made).mean(axis=0), lab_histograms(true).mean(axis=0)).sum(axis=-1)


def color_spread(answers: torch.Tensor) -> float:
    """How much several answers (N, 3, H, W) to one drawing differ in color: CIEDE2000, the mean over pixels and pairs.

    One value for all; a difference of 1 can just be seen. By itself it does not say that the answers are good ones:
    ``edge_f1`` tells if each still follows the drawing. Raises ValueError for fewer than two.
    """
    if len(answers) < 2:
        raise ValueError(f"{len(answers)} answers: two or more can differ")
    lab = rgb2lab(answers.permute(0, 2, 3, 1).double().numpy())
    return float(np.mean([deltaE_ciede2000(a, b).mean() for a, b in combinations(lab, 2)]))


def segmentation_scores(predicted: torch.Tensor, labels: torch.Tensor, classes: int) -> dict[str, float]:
    """Agreement of two label maps (N, H, W), int64, over the whole set; 1 is best.

    ``pixel``: share of pixels that are right. ``class``: the same for each class, then the mean. ``IoU``:
    intersection by union of each class, then the mean (Long et al. 2015, section 5). Classes that the true
    labels lack are left out of the two means.
    """
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    confusion = multiclass_confusion_matrix(predicted, labels, classes).double()
    right, true, said = confusion.diag(), confusion.sum(dim=1), confusion.sum(dim=0)
    there = true > 0
    return {
        "pixel": (right.sum() / true.sum()).item(),
        "class": (right / true)[there].mean().item(),
        "IoU": (right / (true + said - right))[there].mean().item(),
    }


def fcn_score(made: torch.Tensor, labels: torch.Tensor, segmenter: nn.Module) -> dict[str, float]:
    """``segmentation_scores`` of what ``segmenter`` sees in the pictures ``made``; one for the whole set.

    Isola et al. 2017, section 4.2.1: a network that was trained on true pictures will find the windows of a
    generated one only if they look like windows. ``segmenter.logits(x)`` gives (N, classes, H, W); the shipped
    one is ``zoo.load("segmenter")``, for 128x128. Its score on true pictures is the ceiling.
    """
    with torch.no_grad():
        logits = torch.cat([cast(UNet, segmenter).logits(x) for x in made.split(20)])
    return segmentation_scores(logits.argmax(dim=1), labels, logits.shape[1])


def edge_f1(made: torch.Tensor, sketch: torch.Tensor, tolerance: float = 2.0) -> np.ndarray:
    """How well the edges of a picture follow the lines of its sketch; (N,), 1 is best.

    Edges are Canny's (``sketches.edges``). Precision: share of edge pixels within ``tolerance`` pixels of a
    line; recall: share of line pixels within ``tolerance`` of an edge; the score is their harmonic mean. A
    true picture does not reach 1: it has edges, as those of shadows, that no pencil draws.
    """
    found = edges(made, Edges(sigma=1.0, width=1.0, smallest=6))[:, 0].numpy() < INK
    drawn = sketch[:, 0].numpy() < INK
    return np.array([_f1(a, b, tolerance) for a, b in zip(found, drawn, strict=True)])


def lines_f1(sketch: torch.Tensor, drawn: torch.Tensor, tolerance: float) -> np.ndarray:
    """How well the lines of drawings are those of others, ``drawn``, both (N, 3, H, W); (N,), 1 is best.

    Lines are taken as thin as can be. Precision: share of the pixels of ``sketch`` within ``tolerance`` pixels of a
    line of ``drawn``; recall: the other way round; the score is their harmonic mean.
    """
    check_shapes(sketch, drawn)
    thin = [[skeletonize(plane < INK) for plane in x[:, 0].numpy()] for x in (sketch, drawn)]
    return np.array([_f1(a, b, tolerance) for a, b in zip(*thin, strict=True)])


def _f1(found: np.ndarray, drawn: np.ndarray, tolerance: float) -> float:
    if not found.any() or not drawn.any():
        return float(found.any() == drawn.any())
    near = [ndimage.distance_transform_edt(~lines) <= tolerance for lines in (drawn, found)]
    precision, recall = near[0][found].mean(), near[1][drawn].mean()
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0


def checkerboard(x: torch.Tensor) -> torch.Tensor:
    """How far a pattern that repeats every 2 or 4 pixels stands out; (N,), about 1 without one, less is better.

    A convolution with stride 1/2 paints even and odd pixels by different weights, which leaves a pattern of
    period 2, and two of them one of period 4 (Odena et al. 2016, doi 10.23915/distill.00003). The power of the
    rows at 1/2 and at 1/4 cycles per pixel is divided by the geometric mean of that at frequencies 1/32 to 1/10
    away, the same for the columns, and the four ratios are averaged. Rows and columns by themselves, because
    upright and level edges put more power there than into the radial average of the spectrum.

    Sides are cut to multiples of 4. Raises ValueError for one below 32: its frequencies lie too far apart.
    """
    if min(x.shape[-2:]) < 32:
        raise ValueError(f"{tuple(x.shape[-2:])}: the spectrum needs 32 pixels a side or more")
    floor = 1 / (12 * 255**2)  # the noise of rounding to 8 bits: in a flat picture nothing stands out
    ratios = []
    for dim in (-1, -2):
        n = x.shape[dim] // 4 * 4
        lines = x.float().narrow(dim, 0, n).movedim(dim, -1)
        power = torch.fft.rfft(lines).abs().square().mean(dim=(1, 2)) / n + floor  # (N, n / 2 + 1)
        for k in (n // 2, n // 4):
            near = [j for j in range(n // 2 + 1) if n / 32 <= abs(j - k) <= n / 10]
            ratios.append(power[:, k] / power[:, near].log().mean(dim=1).exp())
    return torch.stack(ratios).mean(dim=0)


def chroma_difference(made: torch.Tensor, true: torch.Tensor) -> np.ndarray:
    """How far the colors are apart, whatever the lightness: mean distance in a and b (CIE 1976, D65); (N,), 0 is
    best.
    """
    ab = [rgb2lab(x.permute(0, 2, 3, 1).double().numpy())[..., 1:] for x in (made, true)]
    return np.linalg.norm(ab[0] - ab[1], axis=-1).mean(axis=(1, 2))


def spectrum(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Where the lightness of pictures has its power: frequencies (K,), 0 to 1/2 cycles a pixel, and shares (N, K).

    The power spectrum without the mean and under a Hann window, summed over rings that are one cycle a shorter side
    wide. Shares sum to 1; in a flat picture all are 0.
    """
    y = torch.from_numpy(gray(x))
    height, width = y.shape[-2:]
    window = torch.hann_window(height)[:, None] * torch.hann_window(width)
    power = torch.fft.fft2((y - y.mean(dim=(1, 2), keepdim=True)) * window).abs().square()
    radius = (torch.fft.fftfreq(height)[:, None].square() + torch.fft.fftfreq(width).square()).sqrt()
    rings = min(height, width) // 2
    ring = (radius * 2 * rings).round().long().flatten()
    inside = ring <= rings  # the corners have frequencies above 1/2
    shares = torch.zeros(len(y), rings + 1).index_add(1, ring[inside], power.flatten(1)[:, inside])
    return torch.arange(rings + 1) / (2 * rings), shares / shares.sum(dim=1, keepdim=True).clamp_min(1e-12)


def mean_frequency(x: torch.Tensor) -> torch.Tensor:
    """The center of the ``spectrum``, (N,), in cycles a pixel: small for broad strokes, large for fine ones."""
    frequencies, shares = spectrum(x)
    return shares @ frequencies


def kid(made: torch.Tensor, true: torch.Tensor, features: nn.Module) -> tuple[float, float]:
    """Kernel distance of two sets of pictures in the ``features``: mean and deviation over random subsets.

    Binkowski et al. 2018: unbiased even for small sets, unlike FID; still, with 100 pictures only large
    differences mean something, and values of other feature networks cannot be compared with it.
    ``features`` maps pictures to (N, K) and has ``num_features`` = K.
    """
    from torchmetrics.image.kid import KernelInceptionDistance

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that it keeps the features in memory
        distance = KernelInceptionDistance(features, KID_SUBSETS, min(KID_SUBSET, len(made), len(true)))
    for x, real in ((true, True), (made, False)):
        for part in x.split(20):
            distance.update(part, real=real)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # of the subsets
        mean, deviation = distance.compute()
    return mean.item(), deviation.item()


class MeanFeatures(nn.Module):
    """One vector for each picture, for ``kid``: a ``layer`` of a loss network, its ``channels`` averaged over the
    picture.

    They are divided by ``unit``, the root mean square of the layer, since the kernel of KID, (x y / K + 1)^3, expects
    numbers near 1.
    """

    def __init__(self, network: nn.Module, layer: str, channels: int, unit: float):
        super().__init__()
        self.network, self.layer, self.num_features, self.unit = network, layer, channels, unit

    @torch.no_grad()
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network(x, [self.layer])[self.layer].mean(dim=(2, 3)).float() / self.unit
