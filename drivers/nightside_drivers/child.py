"""The child process behind a `HostedBody`: how it is started, and how its replies come back."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass, field

import msgspec

from nightside_drivers import protocol
from nightside_drivers.errors import HostDied
from nightside_drivers.signalling import tell


@dataclass(slots=True)
class Child:
    """One child, and who waits for its replies."""

    process: asyncio.subprocess.Process
    connection: socket.socket
    home: str
    """A folder that the child has to itself: libraries keep settings in the user's home, and share them with others."""
    waiting: dict[int, asyncio.Future[protocol.Reply]] = field(default_factory=dict[int, "asyncio.Future[protocol.Reply]"])
    reader: asyncio.Task[None] | None = None


async def start() -> Child:
    """Start a child.

    Raises:
        HostDied: this computer has no room for one.
    """
    try:
        async with contextlib.AsyncExitStack() as failing:
            child = await _started(failing)
            failing.pop_all()
    except OSError as error:
        raise HostDied(
            f"The process that would own the body cannot be started: {error}.",
            remedy="Free some room in the temporary folder and in memory; it is tried again.",
        ) from error
    child.reader = asyncio.create_task(_read(child), name="nightside host replies")
    return child


async def _started(failing: contextlib.AsyncExitStack) -> Child:
    """What a child needs, and the child; `failing` is given what is to be undone if that is not to be had."""
    ours, theirs = socket.socketpair()
    failing.callback(ours.close)
    ours.setblocking(False)
    with theirs:
        home = await asyncio.to_thread(tempfile.mkdtemp, prefix="nightside-body-")
        failing.push_async_callback(asyncio.to_thread, shutil.rmtree, home, ignore_errors=True)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "nightside_drivers.host", f"--connection={theirs.fileno()}", f"--parent={os.getpid()}"),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            env=environment(home),
        )
    return Child(process, ours, home)


def environment(home: str) -> dict[str, str]:
    """What a child is told of the world: ours, with that home, and without this computer's zone and language.

    libgphoto2 takes a body's time for the computer's local time, and translates the words of its settings once anything in the
    process has called setlocale; glibc heeds LANGUAGE even where the locale is C.UTF-8.
    """
    return os.environ | {"HOME": home, "TZ": "UTC", "LC_ALL": "C.UTF-8", "LANGUAGE": ""}


async def end(child: Child, part_s: float, die_s: float) -> None:
    """End a child, and leave nothing of it behind. It has `part_s` (machine time) to part, and `die_s` to die once it is killed.

    If it outlives both and goes on holding the body, the next child is told so, with its pid.
    """
    try:
        for number, within_s in ((signal.SIGTERM, part_s), (signal.SIGKILL, die_s)):
            with contextlib.suppress(TimeoutError):
                tell(child.process, number)
                async with asyncio.timeout(within_s):
                    await child.process.wait()
                break
    finally:
        if child.reader is not None:
            child.reader.cancel()
            await asyncio.gather(child.reader, return_exceptions=True)
        child.connection.close()
        await asyncio.to_thread(shutil.rmtree, child.home, ignore_errors=True)


async def _read(child: Child) -> None:
    """Hand each reply to whoever waits for it; when the child ends, tell everybody who still waits."""
    try:
        while header := await _receive(child.connection, protocol.HEADER.size):
            reply = msgspec.json.decode(await _receive(child.connection, protocol.length(header)), type=protocol.Reply)
            waiter = child.waiting.pop(reply.number, None)
            if waiter is not None and not waiter.done():
                waiter.set_result(reply)
    except (OSError, msgspec.MsgspecError, HostDied):
        tell(child.process, signal.SIGKILL)  # what it says can no longer be understood
    finally:
        gone = HostDied("The process that owns the body has ended.", remedy="It is started again.")
        for waiter in child.waiting.values():
            if not waiter.done():
                waiter.set_exception(gone)
        child.waiting.clear()


async def _receive(connection: socket.socket, size: int) -> bytes:
    """Exactly `size` bytes, or none at all when the other end is gone."""
    parts = bytearray()
    while len(parts) < size:
        piece = await asyncio.get_running_loop().sock_recv(connection, size - len(parts))
        if not piece:
            return b""
        parts += piece
    return bytes(parts)
