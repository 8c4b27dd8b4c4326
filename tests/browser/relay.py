"""A network between a browser and a daemon, in a process of its own, that can be cut, go silent, and come back.

`python -m tests.browser.relay PORT ADDRESS` listens at a free port, says which in one line, and passes everything on to PORT, from
ADDRESS. Then it does what it is told, a word a line: `cut` (whoever connects is turned away), `silent` (nothing gets through, and
nobody is told), `whole`.
"""

import asyncio
import subprocess
import sys
from types import TracebackType
from typing import Self

BLOCK = 65536


class Relay:
    """The process. Use it as a context manager."""

    def __init__(self, port: int, seen_as: str = "127.0.0.1") -> None:
        """`port` is the daemon's, on this machine. It sees whoever comes through here as `seen_as`.

        Another address than 127.0.0.1 is another computer's to the daemon, even where it is one of the loopback's own.
        """
        words = [sys.executable, "-m", "tests.browser.relay", str(port), seen_as]
        self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._answer())

    @property
    def url(self) -> str:
        """Where the daemon is, seen through it."""
        return f"http://127.0.0.1:{self.port}"

    def tell(self, word: str) -> None:
        """Have the network be like this from now on."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        assert self._answer() == word

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._process.wait(20)


class _Network:
    def __init__(self, port: int, seen_as: str) -> None:
        self._port = port
        self._seen_as = seen_as
        self._open: set[asyncio.StreamWriter] = set()
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self.here = 0

    async def become(self, word: str) -> None:
        if word == "whole":
            self._whole.set()
            await self._listen()
        elif word == "silent":
            self._whole.clear()
        elif word == "cut":
            if self._server is not None:
                self._server.close()
                self._server = None
            for writer in self._open:
                writer.transport.abort()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.here)
            self.here = self._server.sockets[0].getsockname()[1]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._whole.wait()
        there, onwards = await asyncio.open_connection("127.0.0.1", self._port, local_addr=(self._seen_as, 0))
        self._open |= {writer, onwards}
        await asyncio.gather(self._pass(reader, onwards), self._pass(there, writer))
        self._open -= {writer, onwards}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while block := await reader.read(BLOCK):
                await self._whole.wait()
                writer.write(block)
                await writer.drain()
        except OSError:
            pass  # cut, or gone
        finally:
            writer.close()


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def _run(port: int, seen_as: str) -> None:
    network = _Network(port, seen_as)
    await network.become("whole")
    _say(str(network.here))
    while word := await asyncio.to_thread(sys.stdin.readline):
        await network.become(word.strip())
        _say(word.strip())


if __name__ == "__main__":
    asyncio.run(_run(int(sys.argv[1]), sys.argv[2]))
