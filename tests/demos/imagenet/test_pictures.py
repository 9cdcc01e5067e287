"""What strangers hand in: names of classes, and every kind of bad ZIP."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from demos.imagenet.pictures import (
    USUAL,
    Limits,
    ZipPictures,
    leads_outside,
    modest,
    pictures_in,
)
from gallery.inputs import InputError
from tests.demos.imagenet.packing import NAMES, Packed, jpeg

# ---- names ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("goldfish/1.jpg", "goldfish"),
        ("n01443537/1.jpg", "goldfish"),
        ("train/n01443537/images/n01443537_0.JPEG", "goldfish"),
        ("val/Golden_Retriever/x.png", "golden retriever"),
        ("golden_retriever_12.jpg", "golden retriever"),
        ("n02099601_12.webp", "golden retriever"),
        ("sports-car (3).jpg", "sports car"),
        ("lemon/orange_1.jpg", "lemon"),
        ("pictures/bananas/7.jpg", "banana"),
        ("deep/er/lighthouse/7.jpg", "beacon"),
    ],
)
def test_a_picture_is_named_by_its_folder_or_its_file(packed: Packed, name: str, title: str) -> None:
    pictures = ZipPictures(packed({name: jpeg()}), NAMES)
    assert [(one.name, NAMES.title(one.truth)) for one in pictures.labelled] == [(name, title)]
    assert pictures.notes() == []
    pictures.close()


def test_unknown_and_ambiguous_names_are_listed_with_what_is_near(packed: Packed) -> None:
    files = {
        "goldfsh/1.jpg": b"",
        "goldfsh/2.jpg": b"",
        "unicorn/images/1.jpg": b"",
        "wagon/1.jpg": b"",
        "IMG_0042.jpg": b"",
    }
    pictures = ZipPictures(packed(files), NAMES)
    assert pictures.labelled == []
    notes = " ".join(pictures.notes())
    assert "2 pictures of “goldfsh” left out: this network has no such class; the nearest is “gold" in notes
    assert "1 picture of “unicorn” left out: this network has no such class" in notes
    assert "1 picture of “IMG” left out" in notes
    assert "“wagon” left out: that names “beach wagon” and “police van”; use the WordNet id instead." in notes
    pictures.close()


# ---- ZIPs from strangers ----------------------------------------------------------------


def test_what_a_zip_may_not_hold_is_left_out_and_named(packed: Packed) -> None:
    files = {
        "goldfish/good.jpg": jpeg(),
        "../goldfish/outside.jpg": jpeg(),
        "/goldfish/absolute.jpg": jpeg(),
        "C:/goldfish/drive.jpg": jpeg(),
        "goldfish\\..\\..\\back.jpg": jpeg(),
        "goldfish/more.zip": b"PK",
        "goldfish/readme.txt": b"hello",
        "goldfish/.hidden.jpg": b"",
        "__MACOSX/goldfish/._good.jpg": b"",
        "goldfish/Thumbs.db": b"",
        "goldfish/": b"",
    }
    pictures = ZipPictures(packed(files), NAMES)
    assert [one.name for one in pictures.labelled] == ["goldfish/good.jpg"]
    assert {reason: len(names) for reason, names in pictures.left_out.names.items()} == {
        "its path leads outside the ZIP": 4,
        "a ZIP or another archive within is not opened": 1,
        "not a picture": 1,
    }
    assert "4 left out: its path leads outside the ZIP (../goldfish/outside.jpg, " in " ".join(
        pictures.notes()
    )
    pictures.close()


@pytest.mark.parametrize("name", ["../a", "a/../b", "/a", "\\a", "c:\\a", "D:a", "..", "a\\..\\b"])
def test_paths_that_lead_outside(name: str) -> None:
    assert leads_outside(name)
    assert not leads_outside("a/b..c/d.jpg")


def test_encrypted_pictures_are_left_out(packed: Packed) -> None:
    path = packed({"goldfish/1.jpg": jpeg()})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(signature) + offset] |= 1
    path.write_bytes(content)
    pictures = ZipPictures(path, NAMES)
    assert pictures.labelled == []
    assert pictures.left_out.names == {"encrypted": ["goldfish/1.jpg"]}
    pictures.close()


def refused(path: Path, limits: Limits = USUAL) -> str:
    with pytest.raises(InputError) as caught:
        pictures_in([path], NAMES, limits)
    sentence = str(caught.value)
    assert sentence[-1] == "."
    assert "\n" not in sentence
    return sentence


def test_a_bomb_is_refused_before_anything_is_unpacked(packed: Packed) -> None:
    bomb = packed({"goldfish/1.jpg": bytes(3_000_000)}, zipfile.ZIP_DEFLATED)
    assert bomb.stat().st_size < 10_000
    assert "times its size, as no picture does" in refused(bomb)


def test_limits_of_size_and_number(packed: Packed) -> None:
    files = {f"goldfish/{i}.jpg": bytes(1000) for i in range(5)}
    assert "Unpacked, this ZIP has more than" in refused(packed(files), Limits(unpacked=4999))
    assert "at most 4 are looked at" in refused(packed(files), Limits(entries=4))
    assert "too many entries" in refused(packed(files), Limits(directory=100))
    pictures = ZipPictures(packed(files), NAMES, Limits(pictures=3, entry=1000))
    assert len(pictures.labelled) == 3
    assert pictures.left_out.names == {"more than 3 pictures": ["goldfish/3.jpg", "goldfish/4.jpg"]}
    pictures.close()
    pictures = ZipPictures(packed(files), NAMES, Limits(entry=999))
    assert pictures.labelled == []
    assert pictures.left_out.count == 5
    pictures.close()


def test_a_directory_that_lies_about_the_size_is_caught_while_reading(packed: Packed) -> None:
    path = packed({"goldfish/1.jpg": jpeg((500, 500)), "goldfish/2.jpg": jpeg()})
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 100)  # says 100 bytes, holds thousands
    path.write_bytes(content)
    pictures = ZipPictures(path, NAMES)
    with pytest.raises(InputError, match="damaged"):
        pictures.read("goldfish/1.jpg")
    assert pictures.read("goldfish/2.jpg").size == (64, 64)
    pictures.close()


def broken_zips() -> Iterator[tuple[str, bytes]]:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("goldfish/1.jpg", jpeg())
    content = whole.getvalue()
    yield "empty", b""
    yield "text", b"this is not a ZIP" * 100
    yield "picture", jpeg()
    yield "cut", content[: len(content) // 2]
    yield "end alone", b"PK\x05\x06"
    yield "end points nowhere", b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 9, 9, 900, 90_000, 0)
    yield "zip64", content[:-22] + b"PK\x06\x07" + bytes(16) + content[-22:]
    directory = content.find(b"PK\x01\x02")
    yield "directory damaged", content[:directory] + b"XX" + content[directory + 2 :]


@pytest.mark.parametrize("content", [pytest.param(content, id=kind) for kind, content in broken_zips()])
def test_broken_zips(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(content)
    refused(path)


def test_what_to_choose() -> None:
    with pytest.raises(InputError, match="nothing to measure yet"):
        pictures_in([], NAMES)
    with pytest.raises(InputError, match="Choose one ZIP"):
        pictures_in([Path("a.zip"), Path("b.jpg")], NAMES)


def test_large_pictures_are_made_smaller_at_once(tmp_path: Path) -> None:
    for kind in ("JPEG", "PNG"):
        path = tmp_path / f"large.{kind.lower()}"
        path.write_bytes(jpeg((3000, 2000), kind=kind))
        assert 512 <= min(modest(path).size) < 1100
