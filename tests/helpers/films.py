"""Small films, written and read with PyAV."""

from fractions import Fraction

import numpy as np
import pytest

from s2s_helpers.images import to_uint8

av = pytest.importorskip("av", reason="films need PyAV: pip install av")


def write_film(path, pictures, rate=10, sound=False):
    with av.open(str(path), "w") as file:
        video = file.add_stream("mpeg4", rate=rate)
        video.height, video.width, video.pix_fmt = *pictures[0].shape[-2:], "yuv420p"
        audio = file.add_stream("aac", rate=44100) if sound else None
        for x in pictures:
            file.mux(video.encode(av.VideoFrame.from_ndarray(to_uint8(x), format="rgb24")))
        file.mux(video.encode())
        if audio:
            for k in range(20):
                tone = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                tone.sample_rate, tone.pts = 44100, 1024 * k
                file.mux(audio.encode(tone))
            file.mux(audio.encode())
    return path


def write_times(path, times, size=(48, 64)):
    """A film of gray frames at ``times``, in milliseconds."""
    with av.open(str(path), "w") as file:
        video = file.add_stream("mpeg4", rate=25)
        video.height, video.width, video.pix_fmt = *size, "yuv420p"
        video.codec_context.time_base = Fraction(1, 1000)
        for i, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(np.full((*size, 3), 20 * i, np.uint8), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 1000)
            file.mux(video.encode(frame))
        file.mux(video.encode())
    return path


def times_of(path):
    """When the frames of a film are shown, in milliseconds."""
    with av.open(str(path)) as file:
        return [round(1000 * frame.pts * frame.time_base) for frame in file.decode(video=0)]


def read_film(path):
    with av.open(str(path)) as file:
        rate, sound = file.streams.video[0].average_rate, len(file.streams.audio)
        return [f.to_ndarray(format="rgb24") for f in file.decode(video=0)], rate, sound
