"""What answers at the API's places: uvicorn, on the daemon's own event loop. Loaded when the first client connects."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from nightside.service.door import DOOR
from nightside.service.http.serving import Place, look_at_certificate
from nightside.service.http.wire import HEAD_BYTES, DoorWire, Wire

GOODBYE_S = 2
"""How long clients are given when the daemon ends: a stream would never let go by itself."""
MOST_CONNECTIONS = 200
LONGEST_MESSAGE = 256 << 10
"""Bytes of one message that a page may send."""


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: the daemon has its own."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none."""
        yield


def over_network(app: ASGIApp, place: Place) -> uvicorn.Config:
    """How `app` answers at a port. Reads files.

    Raises:
        CertificateRefused: its certificate is no longer what it was.
    """
    look_at_certificate(place)
    config = _config(app, Wire, sockets=place.sockets, ssl_certfile=place.certificate, ssl_keyfile=place.key)
    config.load()
    return config


def through_door(app: ASGIApp) -> uvicorn.Config:
    """How it answers this computer's own commands: it knows that they came through the door."""

    async def knocked(scope: Scope, receive: Receive, send: Send) -> None:
        scope["client"] = (DOOR, 0)  # no address of a network is called so
        await app(scope, receive, send)

    return _config(knocked, DoorWire, sockets=False)


async def serve(config: uvicorn.Config, listener: socket.socket) -> None:
    """Answer until this is cancelled; clients are given a moment then."""
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener]), name="nightside http")
    try:
        await asyncio.shield(task)
    finally:
        server.should_exit = True
        await task


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
