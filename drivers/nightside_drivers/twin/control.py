"""The control face: a little HTTP on a loopback port, for tests to look behind the scenes of a twin in another process.

GET /truth    the truth log: a JSON list of shutter openings, oldest first, each as `Opening.as_json` gives it
"""

import asyncio
import contextlib
import json
from typing import Self

from nightside_drivers.twin.body import BodyModel

LONGEST_HEAD = 8192
"""Bytes of a request's head."""
PATIENCE_S = 10.0
"""Machine seconds for a whole request."""


class Control:
    """A running control face. `close` it."""

    def __init__(self, body: BodyModel) -> None:
        self.body = body
        self.port = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        """Listen. Raises `OSError` when the port is taken."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=LONGEST_HEAD)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
            pass  # whoever it was, he is gone or does not speak HTTP
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _answer(self, head: bytes) -> bytes:
        if head.split(b"\r\n", 1)[0].split(b" ")[:2] != [b"GET", b"/truth"]:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self.body.settle()
        body = json.dumps([opening.as_json() for opening in self.body.truth]).encode()
        head_lines = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head_lines.encode() + body


async def serve_control(body: BodyModel, host: str = "127.0.0.1", port: int = 0) -> Control:
    """Start a control face; port 0 takes any free one. Raises `OSError` when the port is taken."""
    control = Control(body)
    await control.start(host, port)
    return control
