"""ZIPs of pictures, for the tests of what reads them."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from demos.imagenet import engine
from demos.imagenet.models import EMBEDDED
from demos.imagenet.names import named_classes

NAMES = named_classes(engine.class_names(EMBEDDED))
Packed = Callable[..., Path]


def jpeg(size: tuple[int, int] = (64, 64), colour: str = "red", kind: str = "JPEG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, kind)
    return content.getvalue()
