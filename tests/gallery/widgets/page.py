"""What a page of one widget needs of the house: the scripts of widgets, and nothing of its layout."""

from __future__ import annotations

from typing import Any

from starlette.middleware import Middleware

from gallery.server import PageHead, address, app_kwargs
from gallery.settings import Settings


def scripts() -> dict[str, Any]:
    """`app_kwargs` for `launch`."""
    head = f'<script defer src="{address("gallery.js")}"></script>', ""
    return {
        "routes": app_kwargs([], Settings.read([]))["routes"],
        "middleware": [Middleware(PageHead, head=head)],
    }
