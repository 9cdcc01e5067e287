"""What the tests of this demo share."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.demos.imagenet.packing import Packed


@pytest.fixture
def packed(tmp_path: Path) -> Packed:
    def pack(files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
        path = tmp_path / "pictures.zip"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name), content, compression)
        return path

    return pack
