"""What a daemon has to do beside shooting: answer an API, hash what it drains, and render a stack.

The API is a small one of its own, in the daemon's process and on its loop, which reads the ledger as the real one will: through
a second connection, read only. Clients and stack are processes of their own; the stack gives way to everything else.
"""

import asyncio
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nightside.clock import SystemClock
from nightside.ledger.opening import read_ledger
from nightside.ledger.store import Ledger

CLIENTS = 50
DRAINED = 8 << 20
"""Bytes of a file that is hashed and written: a full-size frame, while the twin's own are small."""

CLIENT = """
import asyncio, sys

async def poll(port, after):
    await asyncio.sleep(after)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while True:
        writer.write(b"GET /window HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        head = await reader.readuntil(b"\\r\\n\\r\\n")
        await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split(b"\\r\\n")[0]))
        await asyncio.sleep(1)

async def main(port, clients):
    await asyncio.gather(*(poll(port, number / clients) for number in range(clients)))

asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
"""

STACK = """
import io, os
import numpy as np
from PIL import Image

os.nice(15)
noise = np.random.default_rng(0).integers(0, 60, (2832, 4256, 3), dtype=np.uint8)
out = io.BytesIO()
Image.fromarray(noise).save(out, "JPEG", quality=85)
stack = np.zeros_like(noise)
while True:
    np.maximum(stack, np.asarray(Image.open(io.BytesIO(out.getvalue()))), out=stack)
"""


@dataclass(slots=True)
class Answered:
    """How much the API was asked."""

    requests: int = 0
    bytes: int = 0


@asynccontextmanager
async def busy(ledger: Path) -> AsyncGenerator[Answered]:
    """Everything at once, for as long as the block runs."""
    answered = Answered()
    reading = ThreadPoolExecutor(1, "api")
    looking = await asyncio.get_running_loop().run_in_executor(reading, read_ledger, ledger, SystemClock())

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                body = await asyncio.get_running_loop().run_in_executor(reading, _window, looking)
                answered.requests += 1
                answered.bytes += len(body)
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    quiet = asyncio.subprocess.DEVNULL
    commands = [(CLIENT, str(port), str(CLIENTS)), (STACK,)]
    processes = [await asyncio.create_subprocess_exec(sys.executable, "-c", *command, stderr=quiet) for command in commands]
    hashing = [asyncio.create_task(_hash()) for _ in range(2)]
    try:
        yield answered
    finally:
        for process in processes:
            process.kill()
            await process.wait()
        for task in hashing:
            task.cancel()
        await asyncio.gather(*hashing, return_exceptions=True)
        server.close()
        await asyncio.get_running_loop().run_in_executor(reading, looking.close)
        reading.shutdown()


def _window(ledger: Ledger) -> bytes:
    """The window that is being shot: every shot and frame of it."""
    windows = ledger.unfinished()
    if not windows:
        return b"{}"
    window = windows[-1]
    shots = [[shot.index, shot.open_at.isoformat(), shot.state, shot.opened_late_s] for shot in ledger.shots(window.id)]
    frames = [[frame.file.name, frame.state, frame.sha256] for frame in ledger.frames(window.id)]
    return json.dumps({"window": window.name, "phase": window.phase, "shots": shots, "frames": frames}).encode()


async def _hash() -> None:
    """What a drain of full-size frames does: hash and write, off the loop, and wait for the disk."""
    block = os.urandom(DRAINED)

    def once() -> None:
        with tempfile.TemporaryFile() as file:
            file.write(block)
            file.flush()
            os.fsync(file.fileno())
            hashlib.sha256(block).digest()

    while True:
        await asyncio.to_thread(once)
        await asyncio.sleep(1)
