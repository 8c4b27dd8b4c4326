"""As much of HTTP/1.1 as a control face needs: one request a connection, JSON both ways, everything bounded."""

import asyncio
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import msgspec

LONGEST_HEAD = 8192
"""Bytes of a request's head."""
LONGEST_BODY = 64 * 1024
"""Bytes of a request's body."""


class BadRequest(ValueError):
    """What came is not a request that is understood here. Says why in a sentence."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request."""

    method: str
    path: str
    body: dict[str, Any]


async def read_request(reader: asyncio.StreamReader) -> HttpRequest:
    """The request on a connection. Raises `BadRequest`, or asyncio's errors for a stream that ends or is too long."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.split("\r\n")
    words = line.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest("this is not HTTP/1")
    return HttpRequest(words[0], words[1].partition("?")[0], _json(await reader.readexactly(_length(fields))))


def answer(status: HTTPStatus, said: object) -> bytes:
    """A whole answer."""
    body = json.dumps(said).encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body


def _length(fields: list[str]) -> int:
    for field in fields:
        name, _, said = field.partition(":")
        if name.strip().lower() == "content-length":
            if not said.strip().isascii() or not said.strip().isdigit() or int(said) > LONGEST_BODY:
                raise BadRequest(f"a body of {said.strip()[:20]} bytes is not taken")
            return int(said)
    return 0


def _json(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise BadRequest(f"the body is not a JSON object: {cause}") from cause
