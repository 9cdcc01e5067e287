"""Short films: pictures into an MP4, and a clip into its pictures.

Reading guide: `write` and `read` are what others use. FFmpeg's libraries do the work, through PyAV.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from PIL import Image

from gallery.inputs import InputError

SECONDS = 8.0  # of a clip that are looked at
FRAMES_PER_SECOND = 12.0  # at most
LONGEST = 768  # pixels of a longer side; larger pictures are made smaller as they are read
MOST_PIXELS = 4096 * 2304  # what a phone films at most; a decoder keeps up to sixteen of them
# What browsers, phones and cameras make. No playlist is among them: it could name other files.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif,mpegts"
TURNS = {90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


@dataclass
class Clip:
    """Pictures of one size, RGB and upright, decoded as they are asked for.

    `frames` raises InputError where the file turns out to be damaged. `note` is a sentence where the clip was
    cut, else nothing.
    """

    frames: Iterator[Image.Image]
    frames_per_second: float
    note: str


def read(
    path: str | Path | None,
    *,
    seconds: float = SECONDS,
    frames_per_second: float = FRAMES_PER_SECOND,
    longest: int = LONGEST,
) -> Clip:
    """The first `seconds` of a clip, at most so many frames a second, sides of at most `longest` pixels.

    The first picture is decoded at once, so that a file that is no video is refused here. Raises InputError.
    """
    if path is None:
        raise InputError("There is no clip yet: choose or take one first.")
    rate, long = looked_through(Path(path), seconds)
    kept = rate / math.ceil(rate / frames_per_second - 1e-6)  # every second or third frame: even steps
    pictures = decoded(Path(path), kept, round(seconds * kept), longest)
    first = next(pictures, None)
    if first is None:
        raise InputError("This video has no pictures that can be read: choose another one.")
    note = f"Your clip is long: its first {seconds:g} seconds are used." if long else ""
    return Clip(itertools.chain([first], pictures), kept, note)


def write(pictures: Iterable[Image.Image], path: Path, frames_per_second: float) -> None:
    """An MP4 that every browser plays: H.264, 4:2:0. All pictures get the first one's size, made even.

    Nothing is left at `path` if `pictures` raises. Raises ValueError where there are none.
    """
    rate = Fraction(frames_per_second).limit_denominator(1000)
    try:
        # With the index in front, so that a player can begin before it has everything.
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
            stream: VideoStream | None = None
            for picture in pictures:
                if stream is None:
                    stream = film.add_stream("libx264", rate=rate, options={"crf": "18", "preset": "fast"})
                    stream.width, stream.height = even(picture.width), even(picture.height)
                    stream.pix_fmt = "yuv420p"
                    # Said, since players guess otherwise, and by the size of the picture.
                    stream.colorspace = stream.color_primaries = stream.color_trc = Colorspace.ITU709
                if picture.size != (stream.width, stream.height):
                    picture = picture.resize((stream.width, stream.height), Image.Resampling.LANCZOS)
                frame = av.VideoFrame.from_image(picture.convert("RGB"))  # type: ignore[no-untyped-call]
                frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
                film.mux(stream.encode(frame))
            if stream is None:
                raise ValueError("A film needs at least one picture.")
            film.mux(stream.encode(None))
    except BaseException:  # also where a generator is closed
        path.unlink(missing_ok=True)
        raise


def even(side: int) -> int:
    """The nearest even number of pixels below, at least 2: colours are kept for four pixels together."""
    return max(2, side - side % 2)


def opened(path: Path) -> tuple[av.container.InputContainer, VideoStream]:
    """Raises InputError for what is no video, or a picture that accompanies music."""
    try:
        film = av.open(str(path), "r", options={"format_whitelist": CONTAINERS, "protocol_whitelist": "file"})
    except FileNotFoundError:
        raise InputError("The clip is no longer on the server: choose it again.") from None
    except Exception as error:  # anything may be handed in
        raise InputError(
            "This file is not a video that can be read here: use MP4, MOV, WebM, AVI or an animated GIF."
        ) from error
    streams = [one for one in film.streams.video if not one.disposition & av.stream.Disposition.attached_pic]
    if not streams:
        film.close()
        raise InputError("This file has sound but no pictures: choose a video.")
    width, height = streams[0].width, streams[0].height
    if width * height > MOST_PIXELS:
        film.close()
        raise InputError(
            f"This video has {width} x {height} pixels, more than 4K: make it smaller and try again."
        )
    return film, streams[0]


def looked_through(path: Path, seconds: float) -> tuple[float, bool]:
    """Frames a second, and whether it is longer than so many seconds; nothing is decoded.

    The packets tell it, for a clip from a webcam has no length in its header. Raises InputError.
    """
    film, stream = opened(path)
    times: list[float] = []
    with film:
        try:
            for packet in film.demux(stream):
                if packet.pts is not None and packet.time_base is not None:
                    times.append(float(packet.pts * packet.time_base))
                # A little further than needed: packets do not come in the order of their times.
                if times and times[-1] - times[0] > seconds + 0.5:
                    break
        except av.FFmpegError as error:
            raise damaged() from error
    times.sort()
    used = [time for time in times if time - times[0] < seconds]
    # Counted, for headers say anything. A single picture has no rate.
    rate = (
        (len(used) - 1) / (used[-1] - used[0]) if len(used) > 1 and used[-1] > used[0] else FRAMES_PER_SECOND
    )
    return min(max(rate, 1.0), 240.0), len(used) < len(times)


def decoded(path: Path, rate: float, most: int, longest: int) -> Iterator[Image.Image]:
    """At most `most` pictures, `rate` a second: the one that a player would show at each moment."""
    film, stream = opened(path)
    with film:
        stream.thread_type = "AUTO"
        start, done = None, 0
        try:
            for frame in film.decode(stream):
                start = frame.time if start is None else start
                picture = None
                # More than once where the camera left frames out. A hair early, for times are rounded.
                while done < most and done <= (frame.time - start) * rate + 0.1:
                    picture = picture or as_picture(frame, longest)
                    yield picture
                    done += 1
                if done == most:
                    break
        except av.FFmpegError as error:
            raise damaged() from error


def as_picture(frame: av.VideoFrame, longest: int) -> Image.Image:
    scale = min(1.0, longest / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    image: Image.Image = frame.to_image(width=width, height=height, interpolation="AREA")  # type: ignore[no-untyped-call]
    turn = TURNS.get(round(frame.rotation / 90) * 90 % 360)
    return image if turn is None else image.transpose(turn)


def damaged() -> InputError:
    return InputError("This video is damaged or was not copied to its end: save it again and try once more.")
