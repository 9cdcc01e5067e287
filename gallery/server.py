"""Around Gradio's own server: what the page loads first, compression, headers, /healthz and /metrics.

Everything goes through `launch(app_kwargs=...)`, so that one way of starting serves a laptop and
a Hugging Face Space alike.
"""

from __future__ import annotations

import hashlib
import html
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gallery import runtime
from gallery.demo import Demo
from gallery.limits import Limits
from gallery.settings import Settings
from gallery.widgets.script import TEXTS

STATIC = Path(__file__).parent / "static"
STYLES = ("palette.css", "house.css", "components.css")
SCRIPTS = ("gallery.js", "keyboard.js", "permalink.js")
TITLE = "Deep Learning Gallery"
BROTLI_QUALITY = 7  # of 11; 5 takes 9 ms instead of 14 for four demos, and a fourteenth more bytes
BROTLI_WINDOW = 24  # bits: 16 MB, so that a page with many demos still sees its own repeats
DESCRIPTION = (
    "The lecture Applications of Deep Learning, made clickable: every technique to try in the browser."
)
# Gradio compiles its templates in the browser, hence the two 'unsafe'; but nothing comes from,
# and nothing goes to, another host.
ONLY_HERE = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
    "connect-src 'self' data: blob: ws: wss:"
)


def app_kwargs(demos: Sequence[Demo], settings: Settings) -> dict[str, Any]:
    """Routes and middleware for the FastAPI app that `Blocks.launch` makes."""
    return {
        "routes": [
            Route("/healthz", healthz),
            Route("/metrics", metrics),
            Route("/house/{name}", static_file),
            Route("/house/scripts/{name}", widget_script),
            Route("/house/pictures/{name}", picture_route(demos)),
        ],
        "middleware": [
            Middleware(Limits, rate=settings.rate, behind_proxy=settings.behind_proxy),
            Middleware(SafeHeaders, policy="" if settings.share else ONLY_HERE),
            Middleware(CompressPages, compresslevel=6),
            Middleware(PageHead, head=page_head(settings)),
        ],
        "docs_url": None,
        "redoc_url": None,
        "openapi_url": None,
    }


async def healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def metrics(_: Request) -> Response:
    from gallery.metrics import prometheus_text

    text = prometheus_text(lambda: runtime.current().status())
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


def static_file(request: Request) -> Response:
    """A file of gallery/static. Its address holds its digest, so a browser may keep it for good."""
    name = request.path_params["name"]
    if name not in {path.name for path in STATIC.iterdir()}:
        return Response(status_code=404)
    kind = mimetypes.guess_type(name)[0]
    return FileResponse(STATIC / name, media_type=kind, headers={"cache-control": "public, max-age=31536000"})


def widget_script(request: Request) -> Response:
    """The script of a widget; see widgets/script.py. Its name, too, holds a digest."""
    text = TEXTS.get(request.path_params["name"])
    if text is None:
        return Response(status_code=404)
    return Response(text, media_type="text/javascript", headers={"cache-control": "public, max-age=31536000"})


def picture_route(demos: Sequence[Demo]) -> Any:
    """The picture of each demo that is shown, and no other file."""
    pictures = {f"{demo.id}.webp": demo.picture for demo in demos if demo.picture.is_file()}

    def picture(request: Request) -> Response:
        path = pictures.get(request.path_params["name"])
        if path is None:
            return Response(status_code=404)
        return FileResponse(path, media_type="image/webp", headers={"cache-control": "public, max-age=3600"})

    return picture


def address(name: str) -> str:
    """Relative, so that it holds below any root path; new whenever the file is."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"./house/{name}?v={digest}"


def page_head(settings: Settings) -> tuple[str, str]:
    """What goes first into the page's head, and what goes last.

    The scripts are deferred and come first, so they run before Gradio's own and can tell it which
    tab to open. The styles come last, so that they win.
    """
    mode = ' data-projector="1"' if settings.projector else ""
    first = "".join(f'<script defer src="{address(name)}"{mode}></script>' for name in SCRIPTS)
    last = (
        f'<meta name="description" content="{html.escape(DESCRIPTION)}">'
        '<meta name="color-scheme" content="light dark">'
        f'<link rel="icon" type="image/svg+xml" href="{address("icon.svg")}">'
        + "".join(f'<link rel="stylesheet" href="{address(name)}">' for name in STYLES)
    )
    return first, last


class PageHead:
    """ASGI middleware that puts our scripts and styles into the page itself, and makes it small.

    Those given to `launch` arrive only once Gradio runs: the page would be seen unstyled first,
    and on its first tab before the one that the link names.
    """

    def __init__(self, app: ASGIApp, head: tuple[str, str]) -> None:
        self.app = app
        self.first, self.last = (part.encode() for part in head)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or "gradio_api" in scope["path"]:
            return await self.app(scope, receive, send)
        start: Message = {}
        body = b""

        async def send_page(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                if not Headers(scope=message).get("content-type", "").startswith("text/html"):
                    await send(message)
                return
            if not Headers(scope=start).get("content-type", "").startswith("text/html"):
                return await send(message)
            body += message.get("body", b"")
            if not message.get("more_body"):
                page = self.complete(body)
                headers = MutableHeaders(scope=start)
                if "br" in Headers(scope=scope).get("accept-encoding", ""):
                    page = brotli.compress(page, quality=BROTLI_QUALITY, lgwin=BROTLI_WINDOW)
                    headers["content-encoding"] = "br"
                    headers.add_vary_header("accept-encoding")
                headers["content-length"] = str(len(page))
                await send(start)
                await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, send_page)

    def complete(self, page: bytes) -> bytes:
        # The manifest's address ignores the root path and its icons are not ours.
        page = page.replace(b'<link rel="manifest" href="/manifest.json" />', b"", 1)
        return page.replace(b"<head>", b"<head>" + self.first, 1).replace(
            b"</head>", self.last + b"</head>", 1
        )


class SafeHeaders:
    """ASGI middleware: a browser neither guesses types nor talks to other hosts for this page."""

    def __init__(self, app: ASGIApp, policy: str) -> None:
        self.app = app
        self.headers = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin"}
        if policy:
            self.headers["content-security-policy"] = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_safe(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_safe if scope["type"] == "http" else send)


class CompressPages(GZipMiddleware):
    """gzip for pages and answers; files with a suffix are left to Gradio, which knows which gain.

    Event streams stay incremental, for Starlette leaves them alone.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "." in scope["path"].rsplit("/", 1)[-1]:
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)
