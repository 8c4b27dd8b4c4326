"""The daemon's handle on a sink that lives in a process of its own.

A dead NFS server or a dying USB disk keeps whoever touches it in the kernel, for hours, beyond any signal. A thread so kept would
keep the whole daemon from ending, and with it the ledger's lock. So whatever touches a sink is a process, which the daemon can
leave behind: it is killed when no byte has moved for a while, and never waited for.
"""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from nightside.storage.sinks.sink import Copy, SinkDown
from nightside_drivers.api import Fetched
from nightside_drivers.errors import leaf

LONGEST_LINE = 64 << 20
"""Bytes: the names of all files in a sink are one line."""
GOODBYE_S = 2.0
"""How long (s) a process that is told good-bye has for ending."""


class HostedSink:
    """A sink, in its own process while there is something to do."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        """`options` are those of `nightside.storage.sinks.building`. No process runs yet."""
        self.name: str = options["name"]
        self.required: bool = options["required"]
        self.order: int = options["order"]
        self._options = options
        self._give_up_s: float = options["give_up_s"]
        self._child: _Child | None = None
        self._outdated = False
        """Whether the process was begun with other options than the present ones."""
        self._left: list[subprocess.Popen[bytes]] = []
        """Processes that were killed and may not have ended yet."""
        self._turn = asyncio.Lock()
        self.telling: Callable[[str, float], AbstractContextManager[object]] = lambda _, __: nullcontext()
        """Is entered from one sign of life to the next: what is waited for, and how long (s) that may take at the most."""

    def change(self, options: Mapping[str, Any]) -> None:
        """Go by these options from the next file on: how fast it is fed, say. From any thread."""
        if options != self._options:
            self._options, self._outdated = options, True

    def listen(self, listener: Callable[[int], None]) -> None:
        """Bytes move in another process; nobody here hears of them."""

    async def check(self) -> None:
        """Find out whether it could be used, and leave nothing behind."""
        await self._ask("check")

    async def prepare(self) -> None:
        """Find out whether it can be used."""
        await self._ask("prepare")

    async def store(self, copy: Copy, source: Path) -> None:
        """Copy a file, and verify the copy. The process works in the daemon's own folder, so relative paths mean the same."""
        await self._ask("store", path=copy.path, size=copy.size, sha256=copy.sha256, source=str(source))

    async def keep_text(self, path: str, text: str) -> None:
        """Put a small text of ours there."""
        await self._ask("keep-text", path=path, text=text)

    async def text(self, path: str) -> str | None:
        """A small text of ours."""
        found = await self._ask("text", path=path)
        return None if found is None else str(found)

    async def measure(self, path: str) -> Fetched | None:
        """Size and SHA-256 of a file as it lies there."""
        found = await self._ask("measure", path=path)
        return None if found is None else Fetched(int(found[0]), str(found[1]))

    async def names(self) -> AsyncIterator[str]:
        """The path of every file there."""
        for name in await self._ask("names"):
            yield str(name)

    async def room(self) -> int | None:
        """How many bytes are free."""
        found = await self._ask("room")
        return None if found is None else int(found)

    async def close(self) -> None:
        """Hang up: the process ends by itself."""
        if self._child is not None:
            child, self._child = self._child, None
            if not await child.hang_up():
                self._left.append(child.process)
        self._left = [process for process in self._left if process.poll() is None]

    async def _ask(self, what: str, **about: object) -> Any:
        """Ask for one thing.

        Raises:
            SinkDown: no byte moved for so long that the process was ended, or it ended by itself.
            NightsideError: whatever the sink refuses.
        """
        async with self._turn:
            try:
                if self._outdated:
                    self._outdated = False
                    await self.close()
                if self._child is None:
                    self._child = await _Child.start(self._options)
                answer = await self._child.ask({"do": what, **about}, self._give_up_s, self.telling)
            except TimeoutError:
                await self._abandon()
                raise SinkDown(
                    f"The sink {self.name} hangs: nothing moved for {self._give_up_s:g} s.",
                    means="Its process was ended and is not waited for. The frames stay in the spool.",
                    remedy="See whether that disk or server answers at all.",
                ) from None
            except (OSError, ValueError) as error:
                await self._abandon()
                raise SinkDown(
                    f"The process of the sink {self.name} ended by itself.",
                    means="The frames stay in the spool; another process is started.",
                    remedy="If this comes back, its last words are in the daemon's log on standard error.",
                ) from error
            except asyncio.CancelledError:
                await self._abandon()
                raise
        if "error" in answer:
            raise leaf(answer["error"])(answer["what"], means=answer["means"], remedy=answer["remedy"])
        return answer["given"]

    async def _abandon(self) -> None:
        if self._child is not None:
            self._child.process.kill()
            await self.close()


class _Child:
    """One process, and the socket to it."""

    def __init__(self, process: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.process = process
        self._reader = reader
        self._writer = writer

    @classmethod
    async def start(cls, options: Mapping[str, Any]) -> "_Child":
        ours, theirs = socket.socketpair()
        with theirs:
            words = [sys.executable, "-m", "nightside.storage.sinks.host", f"--connection={theirs.fileno()}"]
            starting = asyncio.create_task(
                asyncio.to_thread(subprocess.Popen[bytes], words, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()])
            )
            try:
                process = await asyncio.shield(starting)
            except asyncio.CancelledError:
                ours.close()
                process = await starting  # it is being started all the same, and nobody else would end it
                process.kill()
                await asyncio.to_thread(process.wait)
                raise
            except BaseException:
                ours.close()
                raise
        ours.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=ours, limit=LONGEST_LINE)
        child = cls(process, reader, writer)
        child.say(options)
        return child

    def say(self, words: Mapping[str, Any]) -> None:
        self._writer.write(json.dumps(words).encode() + b"\n")

    async def ask(
        self,
        request: Mapping[str, Any],
        give_up_s: float,
        telling: Callable[[str, float], AbstractContextManager[object]],
    ) -> Mapping[str, Any]:
        """The answer, or `TimeoutError` where there was no sign of life for so long."""
        self.say(request)
        while True:
            with telling(f"the sink, asked to {request['do']}", give_up_s):
                async with asyncio.timeout(give_up_s):
                    line = await self._reader.readline()
            if not line:
                raise ConnectionResetError
            answer = json.loads(line)
            if answer:
                return dict(answer)

    async def hang_up(self) -> bool:
        """Say good-bye; gives whether the process has ended. One that is stuck in the kernel does not."""
        self._writer.close()
        return await asyncio.to_thread(self._see_off)

    def _see_off(self) -> bool:
        for last_resort in (self.process.kill, lambda: None):
            try:
                self.process.wait(GOODBYE_S)
            except subprocess.TimeoutExpired:
                last_resort()
            else:
                return True
        return False
