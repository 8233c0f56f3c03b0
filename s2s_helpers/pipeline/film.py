"""Frames in order and films: painted one by one, and held still where nothing changed (chapter 15_live_controls).

A style network paints each frame anew. A little noise, or a step of a pixel, and it sets its strokes elsewhere: the
film flickers. The remedy is the simplest of those by optical flow: where a point was seen before, its color is drawn
towards the one that it had then (Ruder et al. 2016, arXiv 1604.08610, have it as a term of the loss).
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..images import PictureError, from_uint8, load_picture, to_uint8
from ..runtime.files import whole
from .jobs import Job, file_stamp, origin, run, stamp
from .optical_flow import optical_flow, seen_before, warped

# Of the color before, where it is surely the same point. More is steadier and softer: data/results/film.json.
HOLD = 0.7
SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".3gp", ".wmv", ".mts", ".m2ts", ".ogv")
WIDEST = 4  # times as wide as high, or as high as wide; no film has longer pixels than that
TICK = Fraction(1, 90_000)  # of a second: what MPEG counts in; all usual rates are whole numbers of them
Paint = Callable[[torch.Tensor], torch.Tensor]


def held(made: torch.Tensor, before: torch.Tensor, then: torch.Tensor, now: torch.Tensor) -> torch.Tensor:
    """The painting ``made`` of the frame ``now``, drawn towards ``before``, the painting of the frame ``then``.

    out = made + HOLD s (m(before) - made), where m moves what is seen and s is how surely it was seen before.
    """
    flow = optical_flow(then, now)
    return torch.lerp(made, warped(before, flow), HOLD * seen_before(then, now, flow))


def in_order(frames: Iterable[Job], paint: Paint) -> Iterator[Job]:
    """Jobs that paint ``frames``, whose own ``make`` gives the frame as it is."""
    before = None
    for frame in frames:
        own = partial(_stamp, frame, before)
        yield replace(frame, make=partial(_painted, paint, frame, before), stamp=own)
        before = frame


def _painted(paint: Paint, frame: Job, before: Job | None) -> torch.Tensor:
    now = frame.make()
    made = paint(now)
    if before is None or not before.target.is_file():  # the first, or one behind a frame that failed
        return made
    then, painting = before.make(), load_picture(before.target)
    return held(made, painting, then, now) if then.shape == now.shape == painting.shape else made


def _stamp(frame: Job, before: Job | None) -> str:
    return stamp("held", frame.stamp(), before.stamp() if before else "")


@dataclass(frozen=True)
class Film:
    """A film to paint, as ``jobs.once`` takes it; ``read`` is what is done to each frame before, ``paint`` the rest.

    Its frames wait, whole and in order, in a hidden folder beside ``target``, an .mp4 file. They keep their times, and
    their size if ``read`` does; pixels that are not square, as on DVDs, become so. Sound is kept where MP4 can hold it
    as it is. Needs PyAV.
    """

    source: Path
    target: Path
    read: Paint
    paint: Paint
    settings: str

    def stamp(self) -> str:
        """What the film is made from."""
        return file_stamp(self.source, self.settings)

    def done(self) -> bool:
        """Whether the file is there and made from the same."""
        return self._notes()[0] == self.stamp()

    def is_ours(self) -> bool:
        """Whether the file is there and made from the film at ``source`` with the same settings, or is ``done``."""
        return self._notes()[1] == self._origin() or self.done()

    def _notes(self) -> tuple[str, str]:
        """What the file carries: the stamp of what it was made from, and that of where its source lay."""
        try:
            with opened(self.target) as file:
                made_from, _, origin = file.metadata.get("comment", "").partition(" ")
                return made_from, origin
        except PictureError:  # missing, or another kind of file
            return "", ""

    def _origin(self) -> str:
        return origin(self.settings, self.source)

    def do(self) -> None:
        """Paint what frames are missing, and put them together. Raises PictureError if a frame could not be painted."""
        folder = self.target.with_name(f".{self.target.stem}.frames")
        targets: list[tuple[Path, Fraction]] = []
        with opened(self.source) as file:
            total = file.streams.video[0].frames or None  # some films do not tell
            failures = run(in_order(self.frames(file, folder, targets), self.paint), total, one_by_one=True)
        if failures:
            name, reason = next(iter(failures.items()))
            raise PictureError(f"{self.source}: {len(failures)} frames failed, the first is {name}: {reason}")
        with whole(self.target) as part:
            self.put_together(targets, part)
        shutil.rmtree(folder)

    def frames(self, file: Any, folder: Path, targets: list[tuple[Path, Fraction]]) -> Iterator[Job]:
        """The frames of an open film, each added to ``targets``, with its time in seconds, when it is reached."""
        last: Fraction | None = None
        step = 1 / Fraction(file.streams.video[0].average_rate or 25)
        for i, frame in enumerate(file.decode(video=0)):
            square = frame.to_ndarray(format="rgb24", **_square(frame, file.streams.video[0].sample_aspect_ratio))
            pixels = np.rot90(square, frame.rotation // 90)  # phones note how they are held
            after = Fraction(0) if last is None else last + step  # for what has no time, or none that goes on
            told = after if frame.pts is None else Fraction(frame.pts * frame.time_base)
            last = told if last is None or told > last else after
            targets.append((folder / f"{i:06}.png", last))
            own = partial(stamp, np.ascontiguousarray(pixels).tobytes(), self.settings)
            yield Job(f"frame {i}", partial(self._frame, pixels), targets[-1][0], own)

    def _frame(self, pixels: np.ndarray) -> torch.Tensor:
        return self.read(from_uint8(pixels))

    def put_together(self, targets: list[tuple[Path, Fraction]], part: Path) -> None:
        """Write the film, with the times and the sound of its source."""
        import av

        with opened(self.source) as source, av.open(str(part), "w", format="mp4") as file:
            file.metadata["comment"] = f"{self.stamp()} {self._origin()}"
            kept = [stream for stream in source.streams.audio if stream.name in file.supported_codecs]
            video = _video(file, source.streams.video[0], load_picture(targets[0][0]).shape[-2:])
            sound = {stream: file.add_stream_from_template(stream) for stream in kept}
            for target, seconds in targets:
                pixels = np.ascontiguousarray(to_uint8(load_picture(target))[: video.height, : video.width])
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = round(seconds / TICK), TICK
                file.mux(video.encode(frame))
            file.mux(video.encode())
            for packet in source.demux(kept) if kept else ():
                if packet.dts is not None:
                    packet.stream = sound[packet.stream]
                    file.mux(packet)


def _square(frame: Any, ratio: Fraction | None) -> dict[str, int]:
    """Width and height of a frame with square pixels, for pixels ``ratio`` times as wide as high: the shorter of a
    pixel's sides is kept. A ratio that is not told or beyond ``WIDEST`` counts as 1.
    """
    if not ratio or not 1 / WIDEST <= ratio <= WIDEST:
        ratio = Fraction(1)
    return {"width": round(frame.width * max(ratio, 1)), "height": round(frame.height / min(ratio, 1))}


def _video(file: Any, source: Any, size: Sequence[int]) -> Any:
    """A stream of pictures of ``size`` (H, W) in the open file, for what is made of the stream ``source``.

    An odd size is kept where it is that of the source, with colors for each pixel. Else its last row or column goes,
    since all players know colors at half the size.
    """
    import av

    codec = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    video = file.add_stream(codec, rate=source.average_rate, options={"crf": "18"})
    odd = any(side % 2 for side in size) and sorted(size) == sorted((source.height, source.width))
    video.height, video.width = size if odd else (side // 2 * 2 for side in size)
    video.pix_fmt = "yuv444p" if odd and codec == "libx264" else "yuv420p"  # mpeg4 holds odd sizes with both
    video.codec_context.time_base = TICK
    return video


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The open film. Raises PictureError for what is none, for what fails on the way, and without PyAV."""
    try:
        import av
    except ImportError:
        raise PictureError(f"{path}: films need PyAV: pip install av; or give a folder with its frames") from None
    try:
        with av.open(str(path)) as file:
            if not file.streams.video:
                raise PictureError(f"{path}: no pictures in it, only sound")
            yield file
    except av.error.FFmpegError as error:
        raise PictureError(f"{path}: damaged, or not a film that can be read ({error})") from None
