"""Where the API is to be found: at a port and at the door, on the daemon's own event loop, for as long as a block runs.

The places are taken, and what is wrong with them is told, when the daemon starts. Whatever answers there is loaded when the first
client connects (`nightside.service.http.server`), who meanwhile waits in the kernel's queue.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp

from nightside.errors import CallPerson, PortTaken
from nightside.lean import load_lean
from nightside.service import door

if TYPE_CHECKING:
    from uvicorn import Config

log = structlog.stdlib.get_logger()

BACKLOG = 100


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


@asynccontextmanager
async def serving(app: ASGIApp, place: Place) -> AsyncGenerator[int]:
    """Serve `app` while the block runs; gives the port, which the system chooses where it is 0.

    Raises:
        PortTaken: somebody else is there.
        CertificateRefused: there is none, or it does not belong to the key.
    """
    listener = _listener(place)
    port: int = listener.getsockname()[1]
    try:
        await asyncio.to_thread(look_at_certificate, place)
    except CertificateRefused:
        listener.close()
        raise
    async with _answered(listener, lambda server: server.over_network(app, place)):
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
    async with _answered(listener, lambda server: server.through_door(app)):
        yield


@asynccontextmanager
async def _answered(listener: socket.socket, configured: "Callable[[ModuleType], Config]") -> AsyncGenerator[None]:
    """Answer whoever connects while the block runs. Until somebody does, nothing is loaded that could."""

    async def answer() -> None:
        await _knocked(listener)
        try:
            server = await asyncio.to_thread(_server)  # reads many files
            await server.serve(await asyncio.to_thread(configured, server), listener)
        except CertificateRefused as error:  # since the start
            listener.close()
            log.error("api-down", code=error.code, why=str(error))

    task = asyncio.create_task(answer(), name="nightside http")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        listener.close()


async def _knocked(listener: socket.socket) -> None:
    """Wait until somebody connects. They are answered by whoever accepts them next."""
    loop, there = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(listener, there.set)
    try:
        await there.wait()
    finally:
        loop.remove_reader(listener)


def _server() -> ModuleType:
    load_lean("uvicorn")
    return import_module("nightside.service.http.server")


def look_at_certificate(place: Place) -> None:
    """Load it as whoever answers will load it. Reads files.

    Raises:
        CertificateRefused: it cannot be read, or does not belong to its key.
    """
    if place.certificate is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(place.certificate, place.key)
    except (OSError, ValueError) as error:
        raise CertificateRefused(
            f"The API's certificate {place.certificate} or its key cannot be used: {error}.",
            means="Nightside can shoot; only this computer's own commands reach it.",
            remedy="Both are PEM files, and belong together.",
        ) from error


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
