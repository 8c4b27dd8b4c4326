"""Serving the API on the daemon's own event loop, for as long as a block runs."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvicorn
from starlette.types import ASGIApp

from nightside.errors import PortTaken

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
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GOODBYE_S,
        limit_concurrency=MOST_CONNECTIONS,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # messages are short, and compressing costs each connection its memory
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve([listener]), name="nightside http")
    port: int = listener.getsockname()[1]
    log.info("api-up", host=place.host, port=port)
    try:
        yield port
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
            means="Nightside can shoot, and nobody could ask it anything.",
            remedy="Is another Nightside running? Choose another port under [api], or port = 0.",
        ) from error
    listener.setblocking(False)
    return listener
