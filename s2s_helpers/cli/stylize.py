"""``s2s stylize``: a picture, a folder of pictures or of frames, or a film (chapter 15_live_controls)."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .common import (
    PAINTER,
    Device,
    Format,
    Out,
    Overwrite,
    Painter,
    Place,
    Quality,
    Quiet,
    Size,
    place_for,
    read,
    say,
    usual_style,
)
from .controls import Colors, Mask, Strength, Stroke, Style, StyleWeight, TVWeight, controls_from, ending_of
from .paintings import painter_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from ..pipeline import SketchToStyle
    from ..pipeline.controls import Controls, Region
    from ..pipeline.film import Paint

Source = Annotated[
    Path, typer.Argument(help="A picture, a folder of pictures, or a film: MP4, MOV, MKV, WebM, AVI, MPG or 3GP.")
]
Tile = Annotated[
    int | None, typer.Option(help="Rows of a large picture that are painted at once; fewer need less memory.", min=1)
]
Fast = Annotated[
    bool,
    typer.Option(
        "--fast",
        help="Compute most layers in 16 bits, if this machine can: faster, no color off by more than 8 of 255.",
    ),
]
Detail = Annotated[
    bool,
    typer.Option("--detail", help="Broad strokes under fine ones and the lines of the picture; from 1024 pixels on."),
]
Frames = Annotated[
    bool, typer.Option("--frames", help="The pictures in the folder are frames of a film: hold them steady.")
]
Processes = Annotated[
    int | None,
    typer.Option("--jobs", help="Paint a folder in so many processes of this machine, of one thread each.", min=1),
]
Workers = Annotated[
    int | None,
    typer.Option(help="Paint a folder with so many workers of a Ray cluster, which is begun if there is none.", min=1),
]


def stylize(
    source: Source,
    style: Style = None,
    out: Out = Path("out"),
    overwrite: Overwrite = False,
    form: Format = None,
    quality: Quality = None,
    painter: Painter = PAINTER,
    size: Size = 1024,
    stroke: Stroke = 1.0,
    strength: Strength = 1.0,
    colors: Colors = "style",
    style_weight: StyleWeight = 3.0,
    tv_weight: TVWeight = 0.1,
    mask: Mask = None,
    detail: Detail = False,
    tile: Tile = None,
    fast: Fast = False,
    frames: Frames = False,
    processes: Processes = None,
    workers: Workers = None,
    device: Device = "auto",
    quiet: Quiet = False,
) -> None:
    """Repaint a picture, a folder of pictures, or a film in a style.

    A folder or a film goes on where it was stopped: what is done with the same settings is not done again. Results in
    a folder within the folder are not painted again. What was painted otherwise stays.
    """
    from ..images import load_picture, shrunk
    from ..pipeline import SketchToStyle, film, jobs
    from ..runtime.device import device_named

    is_film = source.suffix.lower() in film.SUFFIXES and not source.is_dir()
    if is_film and (form or quality):
        raise ValueError("a film becomes MP4; leave out --format and --quality")
    if (run := others(processes, workers)) and (frames or not source.is_dir()):
        option = "--jobs" if processes else "--workers"
        raise ValueError(f"{option} paint a folder of pictures, each by itself; leave it out")
    painter, files = painter_for(painter, style, mask)
    place = place_for(source, out, overwrite, form, quality, kinds=(".mp4",) if is_film else (), besides=files)
    paintings = {str(file): load_picture(file) for file in files}
    chain = SketchToStyle(painter=painter, strip=tile, fast=fast, device=device_named(device), paintings=paintings)
    look = {"stroke": stroke, "colors": colors, "style_weight": style_weight, "tv_weight": tv_weight}
    wished = controls_from(style or usual_style(chain), mask, chain.styles, **look, strength=strength)
    paint, settings, ending = painting(wished, chain, size, detail)
    smaller = partial(shrunk, longest=size)
    if size and (source.is_dir() or is_film):
        say(f"what is larger than {size} pixels is shrunk to that; --size 0 keeps it")
    if source.is_dir():
        finish(source, place, ending, paint, settings, smaller, frames, run)
    elif is_film:
        wanted = partial(film.Film, source, read=smaller, paint=paint, settings=settings)
        target = place.free(source, f"{ending}.mp4", lambda path: wanted(path).is_ours())
        jobs.once(wanted(target), wait=True)
        say(target, err=False)
    else:
        picture = read(source, size)
        write = place.writer(source, ending, settings, like=source)
        write(paint(picture))


def others(processes: int | None, workers: int | None) -> "Callable[..., dict[str, str]] | None":
    """What lets others do the jobs of a folder (``pipeline.processes.run``, ``pipeline.cluster.run``), if that is
    wanted. Raises ValueError for both.
    """
    from ..pipeline import cluster
    from ..pipeline import processes as here

    if processes and workers:
        raise ValueError("--jobs are of this machine, --workers of a cluster; leave out one of the two")
    if processes:
        return partial(here.run, processes=processes)
    return partial(cluster.run, workers=workers) if workers else None


def painting(
    wished: tuple["Controls", list["Region"]], chain: "SketchToStyle", size: int, detail: bool = False
) -> tuple["Callable[[torch.Tensor], torch.Tensor]", str, str]:
    """The options as a function from picture to painting, a hash of them, and what results are called by."""
    from .. import __version__, zoo
    from ..images import to_uint8
    from ..pipeline import controls
    from ..pipeline.coarse_to_fine import coarse_to_fine
    from ..pipeline.jobs import stamp

    look, regions = wished
    for one in (look, *(own for _, own in regions)):
        controls.conditions(chain, one)  # a mistake is found before the work
    paint = partial(controls.stylize, chain, controls=look, regions=regions)
    masks = [part for shape, own in regions for part in (shape.numpy().tobytes(), repr(own))]
    read = [to_uint8(painting).tobytes() for painting in chain.paintings.values()]
    made_by = zoo.card(chain.painter)["sha256"], repr((look, size, detail, chain.fast))
    settings = stamp(__version__, *made_by, *masks, *read)
    return (partial(coarse_to_fine, paint) if detail else paint), settings, ending_of(look, regions)


def finish(
    source: Path,
    place: Place,
    ending: str,
    paint: "Paint",
    settings: str,
    smaller: "Paint",
    frames: bool,
    run: "Callable[..., dict[str, str]] | None",
) -> None:
    """Paint what is not done of a folder, or let ``others`` do so by ``run``. Failures are listed at the end, and make
    the exit code 1.
    """
    from ..data.pairs import find_unread
    from ..images import QUALITY
    from ..pipeline import film, jobs

    loaded, painted = (partial(made_of_file, steps) for steps in ([smaller], [smaller, paint]))
    settings = place.settings(jobs.stamp("frames", settings) if frames else settings)
    make, out, quality = loaded if frames else painted, place.out, place.quality or QUALITY
    found = jobs.folder_jobs(source, out, f"{ending}{place.suffix}", make, settings, say, place.overwrite, quality)
    place.ready()
    if run:
        failures = run(found, painted, settings, quality=quality)
    else:
        failures = jobs.run(film.in_order(found, paint) if frames else found, len(found), one_by_one=frames)
    unread = len(find_unread(source))
    left_out = f"; {unread} files left out" if unread else ""
    say(f"{out}: {len(found) - len(failures)} of {len(found)} pictures are there{left_out}", err=False)
    for name, reason in failures.items():
        typer.echo(f"s2s: {reason if reason.startswith(name) else f'{name}: {reason}'}", err=True)
    if failures:
        raise typer.Exit(1)


def made_of_file(steps: "Sequence[Paint]", path: Path) -> "torch.Tensor":
    """The picture at ``path`` after ``steps``; a function that other processes can be sent."""
    from ..images import load_picture

    x = load_picture(path)
    for step in steps:
        x = step(x)
    return x
