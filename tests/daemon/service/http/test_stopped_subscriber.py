"""A subscriber that does not read is dropped: it is never waited for, and keeps nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from nightside.service.http import wire
from nightside.service.http.serving import Place, serving
from tests.daemon.service.http.conftest import Service

LINE = {"event": "long", "text": "x" * 100_000}
REQUEST = b"GET /api/v1/events?log=true HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def stopped(port: int) -> socket.socket:
    """Somebody who asks for the log, hears its beginning, and reads no more."""
    ours = socket.socket()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    ours.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(ours, ("127.0.0.1", port))
    await loop.sock_sendall(ours, REQUEST)
    await loop.sock_recv(ours, 1)
    return ours


@pytest.fixture
async def port(service: Service, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(wire, "STALLED_S", 0.2)
    async with serving(service.guard, Place(port=0)) as chosen:
        yield chosen


async def test_a_stopped_subscriber_is_dropped_while_another_hears_everything(service: Service, port: int) -> None:
    heard = 0
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        address = f"http://127.0.0.1:{port}/api/v1/events?log=true"
        async with client.stream("GET", address, timeout=60) as reading:
            lines = reading.aiter_lines()
            async for line in lines:
                if line.startswith("data:"):
                    break
            silent = await stopped(port)
            while len(service.tail._listeners) > 1:
                service.tail.write(LINE)
                async for line in lines:
                    heard += line.startswith("event: log")
                    if line.startswith("data:"):
                        break
    assert heard
    silent.close()


async def test_of_a_dropped_subscriber_not_even_the_connection_is_kept(service: Service, port: int) -> None:
    before = await asyncio.to_thread(open_sockets)
    silent = await stopped(port)
    async with asyncio.timeout(60):
        while len(await asyncio.to_thread(open_sockets) - before) > 1:  # its own end is in this process too
            service.tail.write(LINE)
    assert not service.tail._listeners
    silent.close()


def open_sockets() -> set[str]:
    """Each by its inode: those of the tests before may be closed at any moment."""
    found = set[str]()
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            found.add(str(descriptor.readlink()))
    return {name for name in found if name.startswith("socket:")}
