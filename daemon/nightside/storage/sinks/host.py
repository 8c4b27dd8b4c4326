"""The process of one sink: it does what the daemon asks for over a socket, one thing at a time.

Each line in is a request, each line out the answer to it, or a sign of life while bytes move. When the daemon is gone, so is this
process, whatever it was doing: every step leaves a sink in which nothing is lost and nothing half-sent has its final name.
"""

import argparse
import asyncio
import json
import math
import os
import resource
import signal
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nightside.clock import Clock, SystemClock
from nightside.errors import NightsideError
from nightside.storage.sinks.building import build
from nightside.storage.sinks.sink import Copy, Sink

SIGN_S = 1.0
"""How often (s) there is a sign of life while bytes move, however slowly."""


class Host:
    """Serves one sink."""

    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Nothing is touched yet."""
        self._sink = sink
        self._reader = reader
        self._writer = writer

    async def serve(self) -> None:
        """Answer requests until the daemon hangs up."""
        line = await self._reader.readline()
        while line:
            act = asyncio.create_task(self._answer(json.loads(line)))
            following = asyncio.create_task(self._reader.readline())
            await asyncio.wait({act, following}, return_when=asyncio.FIRST_COMPLETED)
            if not act.done():
                os._exit(1)  # nobody asks before an answer: the daemon is gone, and a stuck thread must not keep us
            await act
            line = await following
        await self._sink.close()

    async def _answer(self, request: Mapping[str, Any]) -> None:
        try:
            given = await self._do(request)
        except NightsideError as error:
            answer: dict[str, object] = {"error": error.code, "what": error.what, "means": error.means, "remedy": error.remedy}
        else:
            answer = {"given": given}
        self._say(answer)
        await self._writer.drain()

    async def _do(self, request: Mapping[str, Any]) -> object:
        sink, path = self._sink, request.get("path", "")
        match request["do"]:
            case "check":
                await sink.check()
            case "prepare":
                await sink.prepare()
            case "store":
                await sink.store(Copy(path, request["size"], request["sha256"]), Path(request["source"]))
            case "keep-text":
                await sink.keep_text(path, request["text"])
            case what:
                return await self._look(what, path)
        return None

    async def _look(self, what: str, path: str) -> object:
        match what:
            case "text":
                return await self._sink.text(path)
            case "measure":
                found = await self._sink.measure(path)
                return None if found is None else [found.size, found.sha256]
            case "names":
                return [name async for name in self._sink.names()]
            case _:
                return await self._sink.room()

    def _say(self, answer: object) -> None:
        self._writer.write(json.dumps(answer).encode() + b"\n")


class Signs:
    """Says that bytes move; from any thread."""

    def __init__(self, writer: asyncio.StreamWriter, clock: Clock) -> None:
        """Signs go to `writer`, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._writer = writer
        self._clock = clock
        self._said_at = -math.inf

    def passed(self, size: int) -> None:
        """Say now and then that bytes pass, or that one who waits is well."""
        now = self._clock.monotonic()
        if now - self._said_at >= SIGN_S:
            self._said_at = now
            self._loop.call_soon_threadsafe(self._writer.write, b"{}\n")


async def _serve(connection: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=connection, limit=64 << 20)
    options = json.loads(await reader.readline())
    sink = build(options)
    sink.listen(Signs(writer, SystemClock()).passed)
    await Host(sink, reader, writer).serve()
    writer.close()


def main() -> None:
    """Entry point of the process."""
    arguments = argparse.ArgumentParser(description="Feeds one sink on behalf of the Nightside daemon; not started by hand.")
    arguments.add_argument("--connection", type=int, required=True, help="inherited socket descriptor")
    given = arguments.parse_args()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # credentials are in here: a crash leaves no image of them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C on a terminal is the daemon's to handle
    asyncio.run(_serve(socket.socket(fileno=given.connection)))


if __name__ == "__main__":
    main()
