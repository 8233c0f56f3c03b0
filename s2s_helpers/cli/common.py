"""What the commands of ``s2s`` share: how they take pictures, where they leave them, and what they say."""

import os
from collections.abc import Collection
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from ..pipeline import SketchToStyle

Photo = Annotated[
    Path,
    typer.Argument(
        help="A picture, or a folder of pictures: PNG, JPEG, WebP, GIF, BMP, TIFF; AVIF where Pillow has it."
    ),
]
Painter = Annotated[str, typer.Option(help="The style network: a name of `s2s list`, or a .safetensors file.")]
Size = Annotated[
    int, typer.Option(help="Shrink pictures whose longer side has more pixels than this; 0 keeps them.", min=0)
]
DrawingSize = Annotated[
    int,
    typer.Option(
        help="Shrink drawings whose longer side has more pixels than this; 0 keeps them. The generators learned from "
        "256 pixels and less: what is much larger becomes colored outlines without surfaces.",
        min=0,
    ),
]
Clean = Annotated[
    Literal["auto", "never"],
    typer.Option(
        help="Make a photographed drawing dark lines on white paper: auto does where it is not so, or colored."
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        help="The folder for the results; made if it is missing. What is there and was made of another file, or "
        "otherwise, stays, and the new result gets a longer name. Or the file for a single one: its suffix, .png, "
        ".jpg, .webp or .tif, says the format."
    ),
]
Format = Annotated[
    Literal["png", "jpg", "webp"] | None,
    typer.Option("--format", help="What the results in a folder are: png, if nothing is said."),
]
Quality = Annotated[int | None, typer.Option(help="The quality of JPEG and WebP; 95 without it.", min=1, max=100)]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what was made of another file, or otherwise.")]
Replace = Annotated[bool, typer.Option("--overwrite", help="Replace the file, if there is one.")]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"],
    typer.Option(help="Where to compute; auto is the graphics card, if there is one."),
]
QUIET: ContextVar[bool] = ContextVar("quiet", default=False)


def check_file(path: Path, overwrite: bool) -> None:
    """Make the folder of a file that a command writes. Raises PictureError if it is there and shall stay."""
    from ..images import PictureError, make_folder

    if path.is_dir():
        raise PictureError(f"{path}: is a folder; --out names the file")
    if path.exists() and not overwrite:
        raise PictureError(f"{path}: is there already and stays; --overwrite replaces it, --out names another file")
    make_folder(path.parent)


def be_quiet(wanted: bool) -> None:
    """Show no bars and ``say`` nothing from now on, if that is wanted; also in processes that begin later."""
    QUIET.set(wanted)
    if wanted:
        os.environ["TQDM_DISABLE"] = "1"  # tqdm looks at it when it is imported, which commands do


Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet", help="Show no progress and say nothing but what went wrong.", callback=be_quiet, is_eager=True
    ),
]
RECIPES = {"paper": "PAPER", "authors": "AUTHORS_CODE", "book": "BOOK"}  # what modules with recipes call them
PAINTER = "painter"  # the style network, if none is named
FIRST = "starry_night"  # the style, likewise


def say(line: object, err: bool = True) -> None:
    """Print a line that is no error, on stderr or on stdout, unless nothing is to be said."""
    if not QUIET.get():
        typer.echo(line, err=err)


def read(path: Path, size: int) -> "torch.Tensor":
    """The picture at ``path``, shrunk to ``size`` with a word about it if it is larger, or the first of several."""
    from ..images import count_pictures, load_picture, shrunk

    x = load_picture(path)
    if (n := count_pictures(path)) > 1:
        say(f"{path}: only the first of its {n} pictures is taken; for all save it as a film (MP4)")
    small = shrunk(x, size)
    if small is not x:
        was, now = (f"{y.shape[-1]}x{y.shape[-2]}" for y in (x, small))
        say(f"{path}: {was} shrunk to {now}; --size 0 keeps it")
    return small


def drawing_at(path: Path, size: int, clean: str) -> "torch.Tensor":
    """The drawing at ``path`` as ``read`` gives it, dark on white; with a word about it if it was not."""
    return cleaned(path, read(path, size), clean)


def cleaned(path: Path, x: "torch.Tensor", clean: str) -> "torch.Tensor":
    """The drawing ``x``, which was read from ``path``, dark on white; with a word about it if it was not."""
    from ..data.sketches import dark_on_white

    if clean == "never":
        return x
    made = dark_on_white(x)
    if made is not x:
        say(f"{path}: not dark lines on white paper, so it was made so; --clean never takes it as it is")
    return made


def each(source: Path, place: "Place", do: "Callable[[Path, Place], None]") -> None:
    """``do(picture, place)`` for the picture at ``source``, or for each in that folder and the folders in it.

    ``place`` gets the same folders. Failures are listed at the end, and make the exit code 1.
    """
    from ..pipeline.jobs import MISHAPS, mishap, sources

    if not source.is_dir():
        return do(source, place)
    found, left_out = sources(source, place.out)
    failures: dict[Path, str] = {}
    for line in left_out:
        say(f"left out: {line}")
    place.ready()
    for path in found:
        try:
            do(path, replace(place, out=place.out / path.relative_to(source).parent))
        except typer.Exit:  # not a mishap, though of their class
            raise
        except MISHAPS as error:
            failures[path] = mishap(error)
    say(f"{place.out}: {len(found) - len(failures)} of {len(found)} pictures are done")
    for path, reason in failures.items():
        typer.echo(f"s2s: {reason if reason.startswith(str(path)) else f'{path}: {reason}'}", err=True)
    if failures:
        raise typer.Exit(1)


def usual_style(chain: "SketchToStyle") -> str:
    """The style if none is named: ``FIRST``, or with a word about it the first that the painter knows.

    Raises ValueError for a painter for every painting, which needs one.
    """
    if FIRST in chain.styles:
        return FIRST
    say(f"{chain.painter} paints {', '.join(chain.styles)}; taking {chain.styles[0]}")
    return chain.styles[0]


@dataclass(frozen=True)
class Place:
    """Where results go and as what: ``out`` is their folder, or with ``is_file`` the file for the only one.

    ``suffix`` says the format of those in a folder; ``quality`` is None where none was asked for.
    """

    out: Path
    overwrite: bool = False
    suffix: str = ".png"
    quality: int | None = None
    is_file: bool = False

    def ready(self) -> None:
        """Make the folder and try it, before the work. Raises PictureError if nothing can be written there."""
        from ..images import make_folder

        make_folder(self.out.parent if self.is_file else self.out)

    def free(self, source: Path, ending: str, is_ours: "Callable[[Path], bool]") -> Path:
        """The file for what is made of ``source`` (``jobs.free``), with a word if another one has the usual name.

        Raises PictureError if it is the file at ``out`` and that ``is_ours`` not.
        """
        from ..images import PictureError
        from ..pipeline import jobs

        stays = "was made of another file or otherwise and stays; --overwrite replaces it"
        if self.is_file:
            if self.out.exists() and not (self.overwrite or is_ours(self.out)):
                raise PictureError(f"{self.out}: {stays}")
            return self.out
        path = jobs.free(self.out, source, ending, lambda path: self.overwrite or is_ours(path))
        if path.name != (usual := f"{source.stem}_{ending}"):
            say(f"{self.out / usual} {stays}")
        return path

    def settings(self, settings: str) -> str:
        """All that a result is made by: ``settings``, and the quality, if one was asked for."""
        return settings if self.quality is None else f"{settings} quality {self.quality}"

    def writer(
        self, source: Path, ending: str, settings: str, *more: Path, like: Path | None = None
    ) -> "Callable[[torch.Tensor], None]":
        """What saves the result made of the file ``source`` (and ``more``) by ``settings``, and says where.

        In a folder it is called ``SOURCE_ENDING``; a file of that name that was made of something else, or otherwise,
        stays, and the result gets a longer name. ``like`` as of ``images.save_picture``. To be asked for before the
        work: raises PictureError if nothing can be written there.
        """
        return self.writers(source, {ending: settings}, *more, like=like)[0]

    def writers(
        self, source: Path, results: "Mapping[str, str]", *more: Path, like: Path | None = None
    ) -> "list[Callable[[torch.Tensor], None]]":
        """As ``writer``, for several results made of ``source``: their endings, each with its settings."""
        self.ready()
        return [self._writer(source, ending, settings, more, like) for ending, settings in results.items()]

    def _writer(
        self, source: Path, ending: str, settings: str, more: tuple[Path, ...], like: Path | None
    ) -> "Callable[[torch.Tensor], None]":
        from ..images import QUALITY, save_picture
        from ..pipeline.jobs import file_stamp, origin

        own = self.settings(settings)
        comes_from = origin(own, source, *more)
        note = f"{file_stamp(source, own)} {comes_from}"

        def target() -> Path:
            return self.free(source, f"{ending}{self.suffix}", lambda path: read_origin(path) == comes_from)

        def write(x: "torch.Tensor") -> None:
            save_picture(x, path := target(), note, like, self.quality or QUALITY)
            say(path, err=False)

        if self.is_file:
            target()  # which is told if it is not free
        return write


def place_for(
    source: Path,
    out: Path,
    overwrite: bool,
    form: str | None = None,
    quality: int | None = None,
    results: int = 1,
    kinds: Collection[str] = (),
    besides: Collection[Path] = (),
) -> Place:
    """Where the options say that what is made of ``source`` goes: into a folder, or into one file.

    ``results`` are made of each picture; ``kinds`` are the suffixes that files may have, if not those of pictures;
    ``besides`` are read as well as ``source``.
    Raises PictureError for what cannot be.
    """
    from ..data.pairs import UNREAD
    from ..images import LOSSY, SUFFIXES, WRITERS, PictureError
    from ..pipeline.film import SUFFIXES as FILMS

    suffix, kinds = out.suffix.lower(), kinds or WRITERS
    if suffix not in {*SUFFIXES, *WRITERS, *FILMS, *UNREAD.split()} or out.is_dir():
        place = Place(out, overwrite, f".{form or 'png'}", quality)
    else:
        place = Place(out, overwrite, suffix, quality, is_file=True)
        if suffix not in kinds:
            raise PictureError(f"{out}: cannot write '{out.suffix}'; use {', '.join(kinds)}, or name a folder")
        if source.is_dir():
            raise PictureError(f"{out}: is one file, and {source} a folder; name a folder with --out")
        if results > 1:
            remedy = f"name a folder with --out, such as {out.with_suffix('')}"
            raise PictureError(f"{out}: is one file, and {results} pictures are made; {remedy}")
        if form:
            raise PictureError(f"{out}: its name says the format; leave out --format {form}")
        if out.exists() and any(read.exists() and out.samefile(read) for read in (source, *besides)):
            raise PictureError(f"{out}: is what the result is made of; name another file with --out")
    if quality is not None and (file_format := WRITERS.get(place.suffix)) not in LOSSY:
        raise PictureError(f"{file_format} has no quality; leave out --quality, or take jpg or webp")
    return place


def read_origin(path: Path) -> str:
    """Where the result at ``path`` comes from, as ``write`` noted it; empty without a note."""
    from ..images import read_note

    return read_note(path).partition(" ")[2]
