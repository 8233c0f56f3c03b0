"""From a line drawing to a picture to a painting (chapter 14_cascade)."""

from collections.abc import Mapping
from contextlib import nullcontext
from typing import cast

import torch
from torch import nn

from .. import zoo
from ..data import hints as color_hints
from ..data.palettes import laid_over, palette_hints, palettes
from ..images import PictureError, check_range, fit, pad_to_multiple
from ..nets.any_style import AnyStyleNet
from ..nets.transform import TransformNet
from ..runtime.memory import keep_memory
from ..runtime.precision import autocast
from . import strips

# A forward pass keeps about 400 bytes a pixel. Beyond this it would fill a laptop's memory.
MAX_PIXELS = 16_000_000
# Beyond this, 1.6 GB, the style network goes strip by strip, which takes about a quarter longer.
STRIPS_ABOVE = 4_000_000
# Pixels of the longer side at which a painting is read: so large are its strokes then, as in the training.
READ_AT = 384
LABELED = "cmp_facades"  # the generator that takes label maps, also where it is trained again
ANY = "any style"  # the kind of a painter for every painting


def apply(
    net: nn.Module, x: torch.Tensor, *more: torch.Tensor, strip: int | None = None, fast: bool = False
) -> torch.Tensor:
    """``net(x, *more)`` for a picture (N, 3, H, W) of any size: reflected up to a multiple, then cut back. What of
    ``more`` is (N, C, H, W), as color hints are, is reflected likewise.

    A ``TransformNet`` goes strip by strip (``strips.in_strips``) above ``STRIPS_ABOVE`` pixels, or if ``strip`` says
    how many rows. It is computed where the weights of ``net`` are; with ``fast`` in 16 bits on a processor that has
    them (``precision``), but for pictures of one color and for the layers to which a few digits matter
    (``nets.transform.EXACT``): no color changes by more than 8 of 255. Gradients come through if ``x`` or ``more``
    require them.

    Raises ValueError for a ``strip`` below 1 and for gradients strip by strip, and PictureError for what is no picture
    in [0, 1] and above ``MAX_PIXELS`` for the others: a generator's innermost layers see the whole drawing, so there is
    nothing to cut.
    """
    check_range(x)
    if strip is not None and strip < 1:
        raise ValueError(f"strips of {strip} rows: 1 or more are needed")
    keep_memory()
    height, width = x.shape[-2:]
    in_strips = isinstance(net, TransformNet) and (strip is not None or height * width > STRIPS_ABOVE)
    wanted = torch.is_grad_enabled() and any(part.requires_grad for part in (x, *more))
    if wanted and in_strips:
        raise ValueError("strip by strip there are no gradients; take a smaller picture, without strips")
    if height * width > MAX_PIXELS and not in_strips:
        raise PictureError(f"{width}x{height} pixels are too many for one pass; make it smaller, say with --size 2048")
    multiple, smallest = cast(int, net.multiple), cast(int, net.smallest)
    padded, (top, left) = pad_to_multiple(x, multiple, smallest)
    beside = [pad_to_multiple(part, multiple, smallest)[0] if part.ndim == 4 else part for part in more]
    device = next(net.parameters(), x).device
    given = [part.to(device) for part in (padded, *beside)]
    # In a picture of one color only roundings differ from place to place, and the norms would make patterns of them.
    fast = fast and not (x.amax(dim=(2, 3)) == x.amin(dim=(2, 3))).all(dim=1).any()
    with nullcontext() if wanted else torch.inference_mode(), autocast(device.type, fast):
        if in_strips:
            made = strips.in_strips(cast(TransformNet, net), *given, strip=strip)
        else:
            made = net(given[0].contiguous(memory_format=torch.channels_last), *given[1:])
    return made.to(x.device).float()[..., top : top + height, left : left + width].clone()


class SketchToStyle:
    """The whole way: ``SketchToStyle("facade")(sketch, "starry_night") -> (picture, stylized)``.

    ``generator`` is a network of kind "generator" and ``painter`` one of kind "style" or "any style" (``zoo.names``),
    or paths of weight files. They are loaded when first used, onto ``device``. Pictures are (N, 3, H, W), RGB, in
    [0, 1]; results have the size of the input. Drawings have up to ``MAX_PIXELS``, pictures for the painter any size;
    ``strip`` is how many rows of a large one are painted at once, if not as many as suit the memory; ``fast`` as of
    ``apply``.

    The styles of a painter of kind "any style" are ``paintings``, by names of one's own, each (1, 3, H, W):
    ``SketchToStyle(painter="any_style", paintings={"mine": load_picture("mine.jpg")})``. Raises ValueError for
    paintings where the painter has its own styles, for none where it has not, and PictureError for what is none.
    """

    def __init__(
        self,
        generator: str = "facade",
        painter: str = "painter",
        strip: int | None = None,
        fast: bool = False,
        device: str = "cpu",
        paintings: Mapping[str, torch.Tensor] | None = None,
    ):
        self.generator, self.painter, self.strip, self.fast, self.device = generator, painter, strip, fast, device
        self.paintings = dict(paintings or {})
        self._loaded: dict[str, nn.Module] = {}
        self._embeddings: torch.Tensor | None = None  # of the paintings, (paintings, numbers)
        for painting in self.paintings.values():
            check_range(painting)
        if self.paintings and not self.takes_paintings:
            raise ValueError(f"{painter} has styles of its own; for a painting take the painter `any_style`")

    def _network(self, name: str, kind: str) -> nn.Module:
        if name not in self._loaded:
            self._loaded[name] = zoo.load(name, kind).to(self.device)
        return self._loaded[name]

    def load(self) -> "SketchToStyle":
        """This, with both networks read: what is wrong with their files is found now. Raises CheckpointError."""
        self._network(self.generator, "generator")
        self._painter()
        return self

    @property
    def takes_paintings(self) -> bool:
        """Whether the painter is one for every painting."""
        return zoo.card(self.painter)["kind"] == ANY

    @property
    def styles(self) -> list[str]:
        """The names of the styles that the painter knows, or of the paintings."""
        if not self.takes_paintings:
            return zoo.card(self.painter, "style")["styles"]
        if not self.paintings:
            raise ValueError(f"{self.painter} has no styles of its own; name the file of a painting as the style")
        return list(self.paintings)

    @property
    def adjustable(self) -> bool:
        """Whether the painter takes the weights of its losses."""
        return zoo.card(self.painter)["arguments"].get("adjustable", False)

    @property
    def takes_labels(self) -> bool:
        """Whether the generator takes label maps (``data.cmp_facades``) in place of drawings."""
        return zoo.card(self.generator, "generator").get("name") == LABELED

    @property
    def takes_hints(self) -> bool:
        """Whether the generator takes color hints."""
        return _takes_hints(self.generator)

    def picture(self, sketch: torch.Tensor, hints: torch.Tensor | None = None) -> torch.Tensor:
        """The picture that the generator makes of a line drawing, dark lines on white.

        ``hints`` (N, 4, H, W), as ``data.hints`` makes them, say what is to be of which color; of another size they
        are brought to that of the sketch. Raises ValueError where the generator takes none, and PictureError for what
        are no hints.
        """
        if hints is None:
            return apply(self._network(self.generator, "generator"), sketch, fast=self.fast)
        self.check_hints()
        color_hints.check(hints)
        fitting = color_hints.resized(hints, sketch.shape[-2:])
        return apply(self._network(self.generator, "generator"), sketch, fitting, fast=self.fast)

    def answers(self, sketch: torch.Tensor, number: int, hints: torch.Tensor | None = None) -> list[torch.Tensor]:
        """So many different pictures of a drawing, each as ``picture`` makes it: of each of the first palettes
        (``data.palettes``) one, with the person's own ``hints`` on top. Raises as ``check_answers`` and ``picture``.
        """
        self.check_answers(number)
        size = sketch.shape[-2:]
        return [self.picture(sketch, laid_over(hints, palette_hints(i, size))) for i in range(number)]

    def check_answers(self, number: int) -> None:
        """Raise ValueError unless the generator takes color hints and there are palettes for so many answers."""
        self.check_hints()
        if not 1 <= number <= len(palettes()):
            raise ValueError(f"{number} answers: there are palettes for 1 to {len(palettes())}")

    def check_hints(self) -> None:
        """Raise ValueError unless the generator takes color hints, with the names of those that do."""
        if not self.takes_hints:
            others = [name for name in zoo.names("generator") if _takes_hints(name)]
            remedy = f"choose {' or '.join(others)}, or leave them out" if others else "leave them out"
            raise ValueError(f"{self.generator} takes no color hints; {remedy}")

    def stylize(self, picture: torch.Tensor, style: str) -> torch.Tensor:
        """The picture repainted in a style. Raises ValueError for a style that the painter does not know."""
        if style not in self.styles:
            raise ValueError(zoo.unknown("style", style, self.styles))
        one = torch.zeros(len(picture), len(self.styles))
        one[:, self.styles.index(style)] = 1
        return self.paint(picture, one)

    def paint(self, picture: torch.Tensor, styles: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
        """The picture repainted in a mixture of styles: ``styles`` (N, styles), in the order of ``self.styles``.

        ``weights`` (N, 3) are those of the losses, for an adjustable painter (``TransformNet``); ValueError for others.
        Where the styles are paintings and sum to less than 1, the rest is the style of the picture itself.
        """
        painter = self._painter()
        if isinstance(painter, AnyStyleNet):
            styles = self._mixed(painter, picture, styles)
        conditioning = [styles] if weights is None else [styles, weights]
        return apply(painter, picture, *conditioning, strip=self.strip, fast=self.fast)

    def _painter(self) -> nn.Module:
        return self._network(self.painter, ANY if self.takes_paintings else "style")

    @torch.no_grad()
    def _mixed(self, painter: AnyStyleNet, picture: torch.Tensor, styles: torch.Tensor) -> torch.Tensor:
        """The embeddings of the paintings, and as far as needed of the picture, mixed; (N, numbers)."""
        if self._embeddings is None:
            self._embeddings = torch.cat([self._read(painter, painting) for painting in self.paintings.values()])
        mixed, rest = styles @ self._embeddings, 1 - styles.sum(dim=1, keepdim=True)
        return mixed if rest.abs().max() < 1e-3 else mixed + rest * self._read(painter, picture)

    def _read(self, painter: AnyStyleNet, x: torch.Tensor) -> torch.Tensor:
        whole, _ = pad_to_multiple(fit(x, READ_AT), 1, painter.smallest)  # of a thin strip nothing would be left
        return painter.embed(whole.to(self.device)).cpu()

    def __call__(
        self, sketch: torch.Tensor, style: str, hints: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        picture = self.picture(sketch, hints)
        return picture, self.stylize(picture, style)


def _takes_hints(generator: str) -> bool:
    return zoo.card(generator, "generator")["arguments"].get("hints", False)
