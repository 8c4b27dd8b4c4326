"""`Workshop`: small pictures of frames, made by a worker when they are first wanted, and kept on disk within a bound."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import structlog

from nightside.errors import PictureDamaged
from nightside_drivers.signalling import tell

log = structlog.stdlib.get_logger()

ANSWER_S = 20.0
"""Machine seconds for one picture; then the worker is killed."""
IDLE_S = 30.0
"""Machine seconds after which a worker that nobody wants ends: it holds memory."""
SWEEP_EVERY = 100
"""Pictures between two looks at how much there is."""
LONGEST_LINE = 1 << 16


class Workshop:
    """For one event loop, with one worker at the most."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """`folder` is made when it is first needed; nothing else may live there."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._one = asyncio.Lock()
        self._worker: asyncio.subprocess.Process | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._made = 0

    async def picture(self, source: Path, sha256: str, longest_px: int) -> Path:
        """Where the picture of a file with these bytes lies.

        Raises:
            PictureDamaged: there is none in it.
        """
        return (await self._both(source, sha256, longest_px))[0]

    async def shades(self, source: Path, sha256: str, longest_px: int) -> dict[str, Any]:
        """The shades of that picture.

        Raises:
            PictureDamaged: there is none in it.
        """
        _, path = await self._both(source, sha256, longest_px)
        found: dict[str, Any] = json.loads(await asyncio.to_thread(path.read_bytes))
        return found

    async def close(self) -> None:
        """Let the worker go."""
        async with self._one:
            await self._let_go()

    async def _both(self, source: Path, sha256: str, longest_px: int) -> tuple[Path, Path]:
        target, shades = (self._folder / f"{sha256}-{longest_px}.{ending}" for ending in ("jpg", "json"))
        if not await asyncio.to_thread(_there, target, shades):
            async with self._one:
                if not await asyncio.to_thread(_there, target, shades):
                    await self._make(source, target, shades, longest_px)
        return target, shades

    async def _make(self, source: Path, target: Path, shades: Path, longest_px: int) -> None:
        if self._made % SWEEP_EVERY == 0:
            await asyncio.to_thread(_sweep, self._folder, self._most_bytes)
        self._made += 1
        order = {"source": str(source), "target": str(target), "shades": str(shades), "longest_px": longest_px}
        answer = await self._ask(json.dumps(order).encode() + b"\n")
        if answer is None:
            await self._let_go()
            raise PictureDamaged("The picture could not be decoded in time, or at all.", remedy="The file is kept as it is.")
        if "damaged" in answer:
            raise PictureDamaged(str(answer["damaged"]), remedy="The file is kept as it is.")

    async def _ask(self, line: bytes) -> dict[str, Any] | None:
        """What the worker answers; nothing, where it is too slow or has died of it."""
        worker = self._worker if self._worker is not None and self._worker.returncode is None else await self._hire()
        if worker.stdin is None or worker.stdout is None:
            raise AssertionError("a worker has both its ends")
        self._rest_later()
        try:
            async with asyncio.timeout(ANSWER_S):
                worker.stdin.write(line)
                await worker.stdin.drain()
                said = await worker.stdout.readline()
            answer: dict[str, Any] = json.loads(said)
        except (TimeoutError, OSError, ValueError) as error:
            log.warning("picture-not-made", why=f"{type(error).__name__}: {error}")
            return None
        return answer

    async def _hire(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        command = (sys.executable, "-m", "nightside.service.gallery.worker")
        self._worker = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, limit=LONGEST_LINE
        )
        return self._worker

    def _rest_later(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(IDLE_S, lambda: loop.create_task(self.close()))

    async def _let_go(self) -> None:
        worker, self._worker = self._worker, None
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if worker is None:
            return
        tell(worker, signal.SIGKILL)  # it keeps nothing that is not on disk
        await worker.wait()


def _there(*paths: Path) -> bool:
    return all(path.exists() for path in paths)


def _sweep(folder: Path, most_bytes: int) -> None:
    """Make the folder, and remove what was made longest ago until the rest fits."""
    folder.mkdir(parents=True, exist_ok=True)
    with os.scandir(folder) as entries:
        found = sorted((entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in entries if entry.is_file())
    left = sum(size for _, size, _ in found)
    for _, size, path in found:
        if left <= most_bytes:
            break
        Path(path).unlink(missing_ok=True)
        left -= size
