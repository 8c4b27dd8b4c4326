"""`Guard`: what every request must pass before it is read, whatever it asks for.

A `Host` that we answer to (or a page elsewhere could have a name of its own point at us), a size that we are willing to read, a
pace that we are willing to keep, and answers that tell browsers to be strict. Plain ASGI, so that streams stay streams.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nightside.clock import Clock
from nightside.service.door import DOOR
from nightside.service.http.problems import problem

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
STRICT = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
ASSETS = ("/_nicegui/", "/look/", "/api/v1/gallery/")
"""Paths below which a page's scripts, styles and pictures lie: one view of it asks for dozens at once."""
WEBSOCKET_REFUSED = 1008
CLIENTS = 4096
"""Clients whose pace is remembered; the one that was heard of longest ago is forgotten first."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of what a client may do."""

    body_bytes: int = 256 << 10
    body_s: float = 10.0
    """How long (machine time) a body may take to arrive."""
    burst: int = 200
    """Requests at once."""
    per_s: float = 50.0
    """Requests a second, in the long run."""
    asset_burst: int = 1000
    """The same for what a page is made of, and costs a file's reading at the most: scripts, styles, thumbnails."""
    assets_per_s: float = 200.0


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], clock: Clock, bounds: Bounds | None = None) -> None:
        """`hosts` are the names that this daemon is known by, without ports."""
        self._app = app
        self._hosts = frozenset(hosts)
        self._clock = clock
        self._bounds = bounds or Bounds()
        self._buckets: OrderedDict[tuple[str, bool], _Bucket] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "websocket":
            if self._refuse(scope) is None:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": WEBSOCKET_REFUSED})  # a browser is told 403
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def strictly(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in STRICT.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refuse(scope)
        if refusal is not None:
            status, code, what, retry = refusal
            answer = problem(status, code, what, headers={"retry-after": str(retry)} if retry else None)
            await answer(scope, receive, strictly)
            return
        body = _Bounded(receive, self._bounds)
        with suppress(ClientDisconnect):  # it has gone, or was cut off
            await self._app(scope, body.receive, _unless_cut(body, strictly))
        if body.why is not None and not body.answered:
            status, code, what = body.why
            await problem(status, code, what, headers={"connection": "close"})(scope, receive, strictly)

    def _refuse(self, scope: Scope) -> tuple[int, str, str, int] | None:
        headers = Headers(scope=scope)
        if _host(headers.get("host", "")) not in self._hosts:
            return HTTPStatus.MISDIRECTED_REQUEST, "host-unknown", "This daemon does not go by the name in `Host`.", 0
        origin = headers.get("origin")
        reading = scope.get("method") in SAFE  # a websocket has no method, and may command
        if not reading and origin is not None and urlsplit(origin).netloc != headers["host"]:
            return HTTPStatus.FORBIDDEN, "origin-refused", "A page of another site may not command this daemon.", 0
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._bounds.body_bytes:
            size = self._bounds.body_bytes
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"A request may have {size} bytes at the most.", 0
        client = scope.get("client")
        # Whoever came through the door is the daemon's own user: a command that reads a year of windows, not a crowd.
        asset = reading and scope["path"].startswith(ASSETS)
        wait_s = 0 if client and client[0] == DOOR else self._pace(client[0] if client else "", asset=asset)
        if wait_s:
            return HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", "Too many requests at once from this address.", wait_s
        return None

    def _pace(self, client: str, *, asset: bool) -> int:
        """How long (s, rounded up) this client should wait before it asks again; 0 if it need not."""
        bounds = self._bounds
        burst, per_s = (bounds.asset_burst, bounds.assets_per_s) if asset else (bounds.burst, bounds.per_s)
        now = self._clock.machine(self._clock.monotonic())
        bucket = self._buckets.pop((client, asset), None) or _Bucket(burst, now)
        bucket.left = min(burst, bucket.left + (now - bucket.at) * per_s)
        bucket.at = now
        self._buckets[client, asset] = bucket
        while len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        if bucket.left < 1:
            return 1 + int((1 - bucket.left) / per_s)
        bucket.left -= 1
        return 0


class _Bounded:
    """A request's body, cut off where it is too long or too slow; the application sees a client that has gone."""

    def __init__(self, receive: Receive, bounds: Bounds) -> None:
        self._receive = receive
        self._bounds = bounds
        self._size = 0
        self._whole = False
        self.why: tuple[int, str, str] | None = None
        """Why it was cut off, if it was."""
        self.answered = False
        """Whether the application had begun to answer before that."""

    async def receive(self) -> Message:
        if self._whole:
            return await self._receive()  # a stream's client, whose leaving is awaited for as long as it takes
        try:
            async with asyncio.timeout(self._bounds.body_s):
                message = await self._receive()
        except TimeoutError:
            return self._cut(HTTPStatus.REQUEST_TIMEOUT, "too-slow", "The request took too long to arrive.")
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            self._whole = not message.get("more_body", False)
            if self._size > self._bounds.body_bytes:
                size = self._bounds.body_bytes
                return self._cut(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", f"A request may have {size} bytes at the most."
                )
        return message

    def _cut(self, status: int, code: str, what: str) -> Message:
        self.why = (status, code, what)
        return {"type": "http.disconnect"}


def _unless_cut(body: _Bounded, send: Send) -> Send:
    """Sends what the application answers, but not what it makes of a body that was cut off."""

    async def sending(message: Message) -> None:
        if body.why is None or body.answered:
            body.answered = True
            await send(message)

    return sending


def _host(header: str) -> str:
    """The name in a `Host` header, without its port and an IPv6 address's brackets."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""
