import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from gallery import limits
from gallery.limits import (
    COOKIE,
    QUEUE_FULL,
    STRANGERS_PER_ADDRESS,
    TOO_FAST,
    TOO_LARGE,
    VISITORS_PER_ADDRESS,
    Limits,
    RateLimit,
    address_of,
)

JOIN = "/gradio_api/queue/join"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_and_fills() -> None:
    clock = Clock()
    limit = RateLimit(rate=60, burst=3, clock=clock)
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]
    assert limit.allows("b")
    clock.now = 1.0
    assert [limit.allows("a"), limit.allows("a")] == [True, False]
    clock.now = 3600.0
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]


def test_those_long_unseen_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED", 10)
    limit = RateLimit(rate=60, burst=1, clock=Clock())
    for visitor in range(50):
        limit.allows(str(visitor))
    assert len(limit._buckets) == 10


async def read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def full(_: Request) -> Response:
    return JSONResponse({"detail": "Queue is full. Max size is 1 and size is 1."}, 503)


def visit(rate: int = 0) -> TestClient:
    routes = [
        Route("/", read),
        Route(JOIN, read, methods=["POST"]),
        Route("/gradio_api/upload", read, methods=["POST"]),
        Route("/gradio_api/call/full", full, methods=["POST"]),
    ]
    app = Starlette(routes=routes)
    app.add_middleware(Limits, rate=rate, clock=Clock())
    return TestClient(app)


def test_the_page_names_its_visitor_once() -> None:
    client = visit()
    first = client.get("/").headers["set-cookie"]
    assert first.startswith(COOKIE)
    assert "HttpOnly" in first
    assert "set-cookie" not in client.get("/").headers


def test_one_visitor_is_slowed_and_the_neighbour_is_not() -> None:
    client = visit(rate=6)
    for _ in range(3):
        assert client.post(JOIN, headers={"cookie": f"{COOKIE}=ada"}).status_code == 200
    refused = client.post(JOIN, headers={"cookie": f"{COOKIE}=ada"})
    assert (refused.status_code, refused.json()) == (429, {"detail": TOO_FAST})
    assert client.post(JOIN, headers={"cookie": f"{COOKIE}=grace"}).status_code == 200


def limits_of(rate: int) -> Limits:
    return Limits(PlainTextResponse(), rate=rate, clock=Clock())


def test_a_classroom_behind_one_address_may_work() -> None:
    limits = limits_of(rate=6)
    assert all(limits.allows(f"student{n % 40}", "10.0.0.1") for n in range(120))


def test_new_names_do_not_help_for_ever() -> None:
    limits = limits_of(rate=6)
    allowed = [limits.allows(f"name{n}", "10.0.0.1") for n in range(400)]
    assert sum(allowed) == 3 * VISITORS_PER_ADDRESS
    assert limits.allows("ada", "10.0.0.2")


def test_programs_without_a_name_share_a_smaller_part() -> None:
    limits = limits_of(rate=6)
    assert sum(limits.allows(None, "10.0.0.1") for _ in range(30)) == 3 * STRANGERS_PER_ADDRESS
    assert limits.allows("ada", "10.0.0.1")


def test_zero_is_no_limit() -> None:
    limits = limits_of(rate=0)
    assert all(limits.allows("ada", "10.0.0.1") for _ in range(1000))


@pytest.mark.parametrize(("behind_proxy", "address"), [(True, "10.0.0.9"), (False, "127.0.0.1")])
def test_only_a_proxy_of_ours_says_who_asks(behind_proxy: bool, address: str) -> None:
    scope = {"type": "http", "client": ("127.0.0.1", 5000)}
    headers = Headers({"x-forwarded-for": "6.6.6.6, 10.0.0.9"})
    assert address_of(scope, headers, behind_proxy) == address


def test_a_large_request_is_refused_whether_it_says_so_or_not() -> None:
    client = visit()
    body = b"x" * (limits.JSON_LIMIT + 1)
    said = client.post(JOIN, content=body)
    unsaid = client.post(JOIN, content=iter([body]))
    assert (said.status_code, unsaid.status_code) == (413, 413)
    assert said.json() == {"detail": TOO_LARGE}
    assert client.post("/gradio_api/upload", content=body).status_code == 200


def test_a_full_queue_is_said_in_words() -> None:
    answer = visit().post("/gradio_api/call/full")
    assert (answer.status_code, answer.json()) == (429, {"detail": QUEUE_FULL})


def test_broken_cookies_are_no_cookies() -> None:
    client = visit(rate=6)
    for cookie in (f'{COOKIE}="', f"{COOKIE}={'x' * 1000}", "\x01=;;"):
        assert client.post(JOIN, headers={"cookie": cookie}).status_code == 200
