"""What comes over a real socket and is no decent request is refused or cut off; nothing changes, and the next is answered."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from nightside.service.http.serving import Place, serving
from tests.daemon.service.http.conftest import Service

UPGRADE = b"Connection: upgrade, close\r\nUpgrade: h2c\r\n\r\n"
CLOSE = b"Connection: close\r\n"
HEAD = b"Host: localhost\r\n" + CLOSE
COMMAND = b"POST /api/v1/commands HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"

HOSTILE = {
    "a flood of headers": b"GET /api/v1/state HTTP/1.1\r\n"
    + HEAD
    + b"".join(b"X-%d: y\r\n" % i for i in range(20_000))
    + b"\r\n",
    "one endless header": b"GET /api/v1/state HTTP/1.1\r\n" + HEAD + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
    "an endless path": b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100 + b"\r\n\r\n",
    "HTTP 0.9": b"GET /api/v1/state\r\n\r\n",
    "a NUL in the path": b"GET /api/v1/windows/\0 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a NUL in a header": b"GET /api/v1/state HTTP/1.1\r\nHost: local\0host\r\n\r\n",
    "an encoded NUL": b"GET /api/v1/windows/%00 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a way out of the root": b"GET /../../../../etc/passwd HTTP/1.1\r\n" + HEAD + b"\r\n",
    "an encoded way out": b"GET /api/v1/frames/%2e%2e%2f%2e%2e%2fetc%2fpasswd/file HTTP/1.1\r\n" + HEAD + b"\r\n",
    "bytes that are no UTF-8": b"GET /api/v1/windows/%ff%fe HTTP/1.1\r\n" + HEAD + b"\r\n",
    "no host": b"GET /api/v1/state HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /api/v1/state HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n" + CLOSE + b"\r\n",
    "another host": b"GET /api/v1/state HTTP/1.1\r\nHost: evil.example\r\n" + CLOSE + b"\r\n",
    "a host with a user": b"GET /api/v1/state HTTP/1.1\r\nHost: localhost@evil.example\r\n" + CLOSE + b"\r\n",
    "a host in the target": b"GET http://evil.example/api/v1/state HTTP/1.1\r\nHost: evil.example\r\n" + CLOSE + b"\r\n",
    "two lengths": COMMAND + b"Content-Length: 16\r\nContent-Length: 17\r\n\r\n" + b'{"kind":"abort"}',
    "a length and chunks": COMMAND + b"Content-Length: 4\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a length below nothing": COMMAND + b"Content-Length: -1\r\n\r\n",
    "a length in words": COMMAND + b"Content-Length: many\r\n\r\n",
    "a length beyond all bounds": COMMAND + b"Content-Length: 99999999999999999999\r\n\r\n",
    "chunks of no length": COMMAND + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "chunks without an end": COMMAND + b"Transfer-Encoding: chunked\r\n\r\n10\r\n" + b'{"kind":"abort"}\r\n',
    "a body that never comes": COMMAND + b"Content-Length: 16\r\n\r\n",
    "a body that is cut": COMMAND + b'Content-Length: 16\r\n\r\n{"kind":"ab',
    "an upgrade to nowhere": b"GET /api/v1/state HTTP/1.1\r\nHost: evil.example\r\n" + UPGRADE,
    "a method of its own": b"ABORT /api/v1/commands HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a folded header": b"GET /api/v1/state HTTP/1.1\r\nConnection: close\r\nHost: evil.example\r\n folded\r\n\r\n",
    "a space before the colon": b"GET /api/v1/state HTTP/1.1\r\nHost : localhost\r\n\r\n",
}


@pytest.fixture
async def port(service: Service, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr("nightside.service.http.wire.HEAD_S", 0.3)
    async with serving(service.guard, Place(port=0)) as port:
        yield port


async def said(port: int, request: bytes) -> bytes:
    """All that is answered to some bytes, until the connection is closed from there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("what", HOSTILE)
async def test_what_is_no_decent_request_is_refused_and_changes_nothing(service: Service, port: int, what: str) -> None:
    before = service.desk.snapshots
    answer = await said(port, HOSTILE[what])
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert b"Traceback" not in answer
    assert b"root:" not in answer
    assert service.desk.snapshots == before
    assert (service.controls.ending, service.controls.paused) == (None, False)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/healthz")).status_code == 200


@given(
    junk=st.binary(max_size=300)
    | st.from_regex(rb"(GET|POST|PUT) /[ -~]{0,40} HTTP/1\.[01]\r\n([A-Z][a-z]{0,9}: [ -~]{0,20}\r\n){0,4}\r\n")
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_bytes_come_the_daemon_goes_on(service: Service, port: int, junk: bytes) -> None:
    service.guard._buckets.clear()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(junk)
    writer.write_eof()
    answer = await reader.read(100_000)
    writer.close()
    assert not answer or answer.startswith(b"HTTP/1."), answer
    assert not answer.startswith(b"HTTP/1.1 5"), answer
    assert service.controls.ending is None


async def test_many_that_say_nothing_hold_up_nobody(port: int) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(60)]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.get("/healthz")).status_code == 200
    for reader, writer in silent:
        assert await reader.read() == b""
        writer.close()


async def test_one_address_does_not_take_all_connections(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.service.http.wire.MOST_OF_ONE", 5)
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(8)]
    for reader, writer in opened:
        assert await reader.read() == b""
        writer.close()


async def test_a_client_that_nobody_can_name_is_not_taken_for_a_local_one(service: Service) -> None:
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b'{"kind": "abort"}', "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/commands",
        "query_string": b"",
        "headers": headers,
        "client": None,
    }
    await service.guard(scope, receive, send)
    assert told[0]["status"] == 401
    assert service.controls.ending is None
