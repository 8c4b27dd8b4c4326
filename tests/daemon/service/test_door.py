"""The door: the API at a socket that the configuration names, for whoever runs the daemon and for nobody else."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from nightside.cli.daemon import Daemon
from nightside.errors import NobodyThere
from nightside.service.door import DOOR, address, listener, welcome
from nightside.service.http.serving import at_door


async def client_told(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that says who it takes its client for."""
    await JSONResponse({"client": scope["client"]})(scope, receive, send)


@pytest.fixture
async def station() -> AsyncIterator[str]:
    name = secrets.token_hex(8)
    async with at_door(client_told, name):
        yield name


async def knocked(station: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=address(station))) as client:
        return await client.get("http://localhost/healthz")


async def test_whoever_comes_through_the_door_is_known_to_have(station: str) -> None:
    assert (await knocked(station)).json() == {"client": [DOOR, 0]}


async def test_the_kernel_says_who_knocks(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert welcome(ours)
        us = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: us + 1)
        assert welcome(ours) is (us == 0)


async def test_another_user_is_not_answered(station: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: socket.socket) -> bool:
        return False

    monkeypatch.setattr("nightside.service.http.wire.welcome", nobody)
    with pytest.raises(httpx.TransportError):
        await knocked(station)


async def test_a_door_that_is_taken_costs_nobody_the_night(station: str) -> None:
    with capture_logs() as lines:
        async with at_door(client_told, station):
            pass
    assert [line["event"] for line in lines] == ["no-door"]


async def test_the_door_is_gone_with_its_daemon() -> None:
    name = secrets.token_hex(8)
    async with at_door(client_told, name):
        pass
    with listener(name):
        pass


def test_where_no_daemon_runs_that_is_said() -> None:
    from pydantic import TypeAdapter

    with Daemon.at_door(secrets.token_hex(8)) as daemon, pytest.raises(NobodyThere, match="nightside run"):
        daemon.ask("/healthz", TypeAdapter(dict[str, bool]))


async def test_a_door_without_a_word_is_closed_and_no_other_waits_for_it(station: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.service.http.wire.HEAD_S", 0.05)
    reader, writer = await asyncio.open_unix_connection(address(station))
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: local")
    assert (await knocked(station)).status_code == 200
    assert await reader.read() == b""
    writer.close()
