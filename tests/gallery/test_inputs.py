"""What people hand in: each bad file ends in a sentence, each odd one in the right picture."""

from __future__ import annotations

import io
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gallery.inputs import InputError, open_image


def picture(width: int = 60, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 255
    pixels[:, width // 2 :, 2] = 255
    return Image.fromarray(pixels)


def stored(image: Image.Image, path: Path, **settings: object) -> Path:
    image.save(path, **settings)
    return path


def png_that_claims(width: int, height: int, path: Path) -> Path:
    """A PNG of a few hundred bytes whose header promises width x height pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )
    return path


def looks_like(
    image: Image.Image, left: tuple[int, int, int], right: tuple[int, int, int], tolerance: int = 12
) -> bool:
    middle = image.height // 2
    corners = [image.getpixel((1, middle)), image.getpixel((image.width - 2, middle))]
    return all(
        abs(a - b) <= tolerance
        for got, wanted in zip(corners, (left, right), strict=True)
        for a, b in zip(got, wanted, strict=True)
    )


RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def test_no_picture() -> None:
    with pytest.raises(InputError, match="no picture yet"):
        open_image(None)


def test_text_named_png(tmp_path: Path) -> None:
    path = tmp_path / "holiday.png"
    path.write_text("Dear diary, today I wrote a file.")
    with pytest.raises(InputError, match="not a picture"):
        open_image(path)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "nothing.jpg"
    path.touch()
    with pytest.raises(InputError, match="not a picture"):
        open_image(path)


def test_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="choose it again"):
        open_image(tmp_path / "gone.png")


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_truncated(tmp_path: Path, kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8))
    path = stored(noise, tmp_path / f"cut.{kind}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="damaged"):
        open_image(path)


@pytest.mark.parametrize("side", [11_000, 30_000, 100_000])
def test_decompression_bomb_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    started = time.monotonic()
    with pytest.raises(InputError, match="million"):
        open_image(png_that_claims(side, side, tmp_path / "bomb.png"))
    assert time.monotonic() - started < 1


def test_limit_can_be_set(tmp_path: Path) -> None:
    path = stored(picture(200, 100), tmp_path / "a.png")
    assert open_image(path, max_pixels=20_000).size == (200, 100)
    with pytest.raises(InputError, match="200 x 100"):
        open_image(path, max_pixels=19_999)


@pytest.mark.parametrize("brand", [b"heic", b"mif1"])
def test_heic_is_named(tmp_path: Path, brand: bytes) -> None:
    path = tmp_path / "phone.jpg"
    path.write_bytes(b"\x00\x00\x00\x18ftyp" + brand + bytes(200))
    with pytest.raises(InputError, match="HEIC"):
        open_image(path)


def test_cmyk(tmp_path: Path) -> None:
    path = stored(picture().convert("CMYK"), tmp_path / "print.jpg", quality=95)
    image = open_image(path)
    assert image.mode == "RGB"
    assert looks_like(image, RED, BLUE, tolerance=20)


def test_sixteen_bit_grey(tmp_path: Path) -> None:
    values = np.full((20, 30), 0x4000, np.uint16)
    values[:, 15:] = 0xFFFF
    path = stored(Image.fromarray(values), tmp_path / "xray.png")
    assert looks_like(open_image(path), (64, 64, 64), WHITE, tolerance=1)


def test_sixteen_bit_colour(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + struct.pack(">3H", 0xFFFF, 0, 0) * 10 + struct.pack(">3H", 0, 0, 0xFFFF) * 10
    path = tmp_path / "deep.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 4, 16, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * 4))
        + chunk(b"IEND", b"")
    )
    assert looks_like(open_image(path), RED, BLUE, tolerance=1)


def test_floating_point(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 30, dtype=np.float32)[None].repeat(20, axis=0)
    path = stored(Image.fromarray(values), tmp_path / "science.tiff")
    assert looks_like(open_image(path), (9, 9, 9), (246, 246, 246), tolerance=3)


def test_palette_with_transparency_lies_on_white(tmp_path: Path) -> None:
    image = picture().convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    red = image.getpixel((1, 1))
    path = stored(image, tmp_path / "logo.png", transparency=red)
    assert looks_like(open_image(path), WHITE, BLUE)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency_lies_on_white(tmp_path: Path, mode: str) -> None:
    image = Image.new(mode, (40, 20))  # all zero: black and fully transparent
    path = stored(image, tmp_path / "clear.png")
    assert looks_like(open_image(path), WHITE, WHITE, tolerance=0)


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_animation_shows_its_first_frame(tmp_path: Path, kind: str) -> None:
    frames = [picture(), Image.new("RGB", (60, 40), "green")]
    path = stored(
        frames[0], tmp_path / f"moving.{kind}", save_all=True, append_images=frames[1:], duration=50
    )
    assert looks_like(open_image(path), RED, BLUE, tolerance=25)


@pytest.mark.parametrize("size", [(1, 1), (10_000, 1), (1, 10_000)])
def test_extreme_shapes(tmp_path: Path, size: tuple[int, int]) -> None:
    image = open_image(stored(Image.new("RGB", size, "red"), tmp_path / "strip.png"))
    assert image.size == size
    assert image.getpixel((0, 0)) == RED


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_phone_photo_is_turned_upright(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: turn clockwise by 90 degrees
    lying = picture().rotate(90, expand=True)
    image = open_image(stored(lying, tmp_path / f"phone.{kind}", exif=exif))
    assert image.size == (60, 40)
    assert looks_like(image, RED, BLUE, tolerance=30)


def test_turned_although_it_is_cmyk_or_grey(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for mode in ("CMYK", "L"):
        path = stored(Image.new(mode, (20, 60)), tmp_path / f"{mode}.jpg", exif=exif)
        assert open_image(path).size == (60, 20)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_broken_exif_is_no_reason_to_refuse(tmp_path: Path) -> None:
    path = stored(picture(), tmp_path / "odd.jpg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert open_image(path).size == (60, 40)


def test_enough_is_never_less_than_asked(tmp_path: Path) -> None:
    path = stored(picture(4000, 3000), tmp_path / "large.jpg")
    small = open_image(path, enough=448)
    assert small.size[0] < 4000
    assert min(small.size) >= 448
    assert open_image(stored(picture(), tmp_path / "small.jpg"), enough=448).size == (60, 40)


def test_open_file(tmp_path: Path) -> None:
    stream = io.BytesIO()
    picture().save(stream, "PNG")
    stream.seek(0)
    assert looks_like(open_image(stream), RED, BLUE)


def test_other_formats_are_not_even_tried(tmp_path: Path) -> None:
    path = stored(picture(), tmp_path / "a.pdf")
    with pytest.raises(InputError, match="JPEG, PNG"):
        open_image(path)
