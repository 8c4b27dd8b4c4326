"""What every face of the twin on a port has in common: a server, the tasks that it lives by, and an orderly end."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from typing import Any, Self


class Listening(ABC):
    """A server on one port. `close` it, or use it as an asynchronous context manager."""

    longest_line = 2**16
    """Bytes that a connection buffers before whoever reads by lines gives up."""

    def __init__(self) -> None:
        self.port = 0
        """Where it listens, once it does."""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes any free one. Raises `OSError` when the port is taken."""
        self._server = await asyncio.start_server(self._accept, host, port, limit=self.longest_line)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and drop whoever is connected."""
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

    @abstractmethod
    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a new connection, or drop it; not wait for it."""

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something until the server closes, at the longest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A connection that ends in a way nobody foresaw is said at once, not when the garbage is collected."""
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            task.get_loop().call_exception_handler({"message": "a connection crashed", "exception": error, "task": task})
