"""How much one visitor, one address and one request may ask of the server."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "gallery_visitor"
VISITORS_PER_ADDRESS = 60  # a lecture hall behind one address
STRANGERS_PER_ADDRESS = 4  # programs that keep no cookie share this many visitors' worth
REMEMBERED = 20_000  # visitors and addresses; the longest unseen is forgotten first
JSON_LIMIT = 5_000_000  # bytes of a request that is no upload
WORK = ("queue/join", "call/", "run/", "api/", "upload")  # below /gradio_api/

QUEUE_FULL = "The gallery is busy: too many people are waiting for an answer. Please try again in a moment."
TOO_FAST = "That was a lot in a short time. Please wait a few seconds and try again."
TOO_LARGE = "That is more than the gallery takes in one request. Please send less."


class RateLimit:
    """Token buckets: each key may spend `burst` at once and gets `rate` back in a minute."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate / 60  # tokens a second
        self.burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # key to tokens, time
        self._lock = threading.Lock()

    def allows(self, key: str, scale: float = 1.0) -> bool:
        """Take one token of `key`, whose bucket is `scale` times as large and as fast as others."""
        with self._lock:
            now = self._clock()
            full = self.burst * scale
            tokens, then = self._buckets.pop(key, (full, now))
            tokens = min(full, tokens + (now - then) * self.rate * scale)
            allowed = tokens >= 1
            self._buckets[key] = (tokens - allowed, now)
            while len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            return allowed


class Limits:
    """ASGI middleware: rate, size of a request, and a plain sentence when the queue is full.

    A visitor is known by a cookie, so that a classroom behind one address is not taken for one
    visitor. Cookies can be thrown away, so each address has a ceiling too, a generous one.
    """

    def __init__(
        self,
        app: ASGIApp,
        rate: int,
        behind_proxy: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.behind_proxy = behind_proxy
        self.rate_limit = RateLimit(rate, burst=max(rate / 2, 1), clock=clock) if rate else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        visitor = visitor_of(headers)
        work = scope["path"].partition("/gradio_api/")[2]
        if scope["method"] != "POST" or not work.startswith(WORK):
            return await self.app(scope, receive, send if visitor else with_cookie(scope, send))
        if not self.allows(visitor, address_of(scope, headers, self.behind_proxy)):
            return await JSONResponse({"detail": TOO_FAST}, 429)(scope, receive, send)
        if not work.startswith("upload"):
            if int(headers.get("content-length") or 0) > JSON_LIMIT:
                return await JSONResponse({"detail": TOO_LARGE}, 413)(scope, receive, send)
            receive = at_most(JSON_LIMIT, receive)
        await self.app(scope, receive, in_words(scope, receive, send))

    def allows(self, visitor: str | None, address: str) -> bool:
        if self.rate_limit is None:
            return True
        if not self.rate_limit.allows(f"address {address}", VISITORS_PER_ADDRESS):
            return False
        if visitor is None:
            return self.rate_limit.allows(f"strangers {address}", STRANGERS_PER_ADDRESS)
        return self.rate_limit.allows(f"visitor {visitor}")


def visitor_of(headers: Headers) -> str | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel and len(morsel.value) <= 64 else None


def address_of(scope: Scope, headers: Headers, behind_proxy: bool) -> str:
    """The visitor's address. Behind a proxy it is the last one in the list: the proxy wrote it."""
    if behind_proxy and (forwarded := headers.get("x-forwarded-for")):
        return forwarded.rsplit(",", 1)[-1].strip()
    return str(scope["client"][0]) if scope.get("client") else "unknown"


def with_cookie(scope: Scope, send: Send) -> Send:
    """Give the page's visitor a random name, which says nothing and ends with the session."""

    async def send_with_cookie(message: Message) -> None:
        if message["type"] == "http.response.start" and scope["path"].endswith("/"):
            cookie = f"{COOKIE}={secrets.token_urlsafe(12)}; Path=/; HttpOnly; SameSite=Lax"
            MutableHeaders(scope=message).append("set-cookie", cookie)
        await send(message)

    return send_with_cookie


def at_most(limit: int, receive: Receive) -> Receive:
    """Also for a body that does not say its length beforehand."""
    size = 0

    async def receive_counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise HTTPException(413, TOO_LARGE)
        return message

    return receive_counted


def in_words(scope: Scope, receive: Receive, send: Send) -> Send:
    """Gradio says 503 and numbers when its queue is full, and its page says something else again."""
    full = False

    async def send_in_words(message: Message) -> None:
        nonlocal full
        if message["type"] == "http.response.start" and message["status"] == 503:
            full = True
            await JSONResponse({"detail": QUEUE_FULL}, 429)(scope, receive, send)
        elif not full:
            await send(message)

    return send_in_words
