"""Serving the API on the daemon's own event loop, at a port and at the door, for as long as a block runs."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from nightside.errors import CallPerson, PortTaken
from nightside.service import door
from nightside.service.http.wire import HEAD_BYTES, DoorWire, Wire

log = structlog.stdlib.get_logger()

GOODBYE_S = 2
"""How long clients are given when the daemon ends: a stream would never let go by itself."""
MOST_CONNECTIONS = 200
BACKLOG = 100
LONGEST_MESSAGE = 256 << 10
"""Bytes of one message that a page may send."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the API is to be found."""

    host: str = "127.0.0.1"
    port: int = 8321
    certificate: Path | None = None
    """PEM, for TLS; with its key."""
    key: Path | None = None
    sockets: bool = True
    """Whether there are websockets; without them, their library is not loaded."""


class CertificateRefused(CallPerson):
    """The files of the API's certificate cannot be read, or do not belong together."""

    code = "certificate-refused"
    exit_code = 100


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: the daemon has its own."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, place: Place) -> AsyncGenerator[int]:
    """Serve `app` while the block runs; gives the port, which the system chooses where it is 0.

    Raises:
        PortTaken: somebody else is there.
    """
    listener = _listener(place)
    port: int = listener.getsockname()[1]
    try:
        config = _config(app, Wire, sockets=place.sockets, ssl_certfile=place.certificate, ssl_keyfile=place.key)
        await asyncio.to_thread(config.load)  # reads certificates
    except (OSError, ValueError) as error:
        listener.close()
        raise CertificateRefused(
            f"The API's certificate {place.certificate} or its key cannot be used: {error}.",
            means="Nightside can shoot; only this computer's own commands reach it.",
            remedy="Both are PEM files, and belong together.",
        ) from error
    async with _served(config, listener):
        log.info("api-up", host=place.host, port=port)
        yield port


@asynccontextmanager
async def at_door(app: ASGIApp, station: str) -> AsyncGenerator[None]:
    """Serve `app` to this computer's own commands while the block runs. Where the kernel has no such socket, that is said."""
    try:
        listener = door.listener(station)
    except OSError as error:
        log.warning("no-door", why=error.strerror, next="`nightside tell` cannot reach this daemon without --url.")
        yield
        return

    async def knocked(scope: Scope, receive: Receive, send: Send) -> None:
        scope["client"] = (door.DOOR, 0)  # no address of a network is called so
        await app(scope, receive, send)

    async with _served(_config(knocked, DoorWire, sockets=False), listener):
        yield


def _config(app: ASGIApp, wire: type[Wire], *, sockets: bool, **more: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=wire,
        ws="auto" if sockets else "none",
        h11_max_incomplete_event_size=HEAD_BYTES,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GOODBYE_S,
        limit_concurrency=MOST_CONNECTIONS,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # messages are short, and compressing costs each connection its memory
        **more,
    )


@asynccontextmanager
async def _served(config: uvicorn.Config, listener: socket.socket) -> AsyncGenerator[None]:
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener]), name="nightside http")
    try:
        yield
    finally:
        server.should_exit = True
        with suppress(asyncio.CancelledError):
            await task


def _listener(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.host, place.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"The API cannot listen on {place.host} port {place.port}: {error.strerror}.",
            means="Nightside can shoot. This computer's own commands reach it; browsers and other computers do not.",
            remedy="Is another Nightside running? Choose another port under [api], or port = 0 for any that is free.",
        ) from error
    listener.setblocking(False)
    return listener
