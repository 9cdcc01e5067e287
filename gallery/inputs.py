"""What people hand in, checked before anything works on it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError, features

# Most phones take 12 to 50 megapixels. 100 are 300 MB decoded. The launcher may set another limit.
MAX_PIXELS = 100_000_000
# Decoders for what browsers show and phones send. Every further one is code that strangers can reach.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", *(["AVIF"] if features.check("avif") else []))
HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


class InputError(ValueError):
    """Input that cannot be used. The message is one sentence that says what to do."""


def check_text(text: str | None, *, limit: int, name: str = "The text") -> str:
    """The text without blanks around it. Raises InputError where it is empty or over `limit` characters."""
    text = (text or "").strip()
    if not text:
        raise InputError(f"{name} is empty: type something first.")
    if len(text) > limit:
        raise InputError(
            f"{name} has {len(text)} characters, and at most {limit} can be used here: shorten it."
        )
    return text


def open_image(
    source: str | Path | BinaryIO | None, *, enough: int | None = None, max_pixels: int | None = None
) -> Image.Image:
    """A photograph as it should be looked at: RGB, upright, on white where it was transparent.

    `source` is a path or an open binary file. Of an animation it is the first frame. `enough`
    says that a shorter side of so many pixels will do, which lets a large JPEG be decoded
    several times faster; the picture is never smaller than that unless the file is.
    `max_pixels` is MAX_PIXELS unless given. Raises InputError.
    """
    if max_pixels is None:
        max_pixels = MAX_PIXELS  # read now: the launcher may have set another limit
    if source is None:
        raise InputError("There is no picture yet: choose, paste or take one first.")
    try:
        with Image.open(source, formats=FORMATS) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise too_large(width, height, max_pixels)
            if enough:
                image.draft(None, (enough, enough))  # JPEG only; sides stay at least this long
            image.load()
            return upright(to_rgb(image))
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(
            f"This picture has far more than {max_pixels // 1_000_000} million pixels: "
            "make it smaller and try again."
        ) from None
    except UnidentifiedImageError:
        raise not_a_picture(source) from None
    except FileNotFoundError:
        raise InputError("The picture is no longer on the server: choose it again.") from None
    except Exception as error:  # decoders raise almost anything when a file is broken
        raise InputError(
            "This picture is damaged or was not copied to its end: save it again and try once more."
        ) from error


def to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB of any picture that Pillow reads; what is transparent becomes white."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return keep_orientation(Image.alpha_composite(white, layer).convert("RGB"), image)
    if image.mode.startswith(("I", "F")):
        # Pillow cuts these off at 255 instead of scaling them: a 16-bit picture would turn white.
        return keep_orientation(Image.fromarray(to_eight_bits(np.asarray(image))).convert("RGB"), image)
    return image if image.mode == "RGB" else keep_orientation(image.convert("RGB"), image)


def to_eight_bits(values: np.ndarray) -> np.ndarray:
    """Grey values of 16 or 32 bits, or floating-point ones, as uint8 (H, W)."""
    top = float(values.max(initial=0))
    if not np.isfinite(top) or top <= 0:
        return np.zeros(values.shape, np.uint8)
    if np.issubdtype(values.dtype, np.floating):
        scale = 255.0 if top <= 1 else 255.0 / top
    else:
        scale = 1.0 if top <= 255 and values.dtype != np.uint16 else 255.0 / 65535
    grey: np.ndarray = np.clip(np.nan_to_num(values) * scale, 0, 255).astype(np.uint8)
    return grey


def keep_orientation(converted: Image.Image, original: Image.Image) -> Image.Image:
    """Some conversions drop the camera's note on how it was held."""
    if "exif" in original.info:
        converted.info["exif"] = original.info["exif"]
    return converted


def upright(image: Image.Image) -> Image.Image:
    """Turned as the camera was held (EXIF orientation)."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a broken note is no reason to refuse a good picture
        return image


def too_large(width: int, height: int, max_pixels: int) -> InputError:
    return InputError(
        f"This picture has {width} x {height} pixels, and at most {max_pixels // 1_000_000} million in all "
        "can be read here: make it smaller and try again."
    )


def not_a_picture(source: str | Path | BinaryIO) -> InputError:
    if is_heic(source):
        return InputError(
            "This is a HEIC photo, which cannot be read here: export it as JPEG, or take a screenshot of it."
        )
    return InputError(
        "This file is not a picture that can be read here: use JPEG, PNG, WebP, GIF, BMP or TIFF."
    )


def is_heic(source: str | Path | BinaryIO) -> bool:
    try:
        if isinstance(source, str | Path):
            with Path(source).open("rb") as file:
                head = file.read(12)
        else:
            source.seek(0)
            head = source.read(12)
    except (OSError, ValueError):
        return False
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS
