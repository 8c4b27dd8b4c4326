"""The end of the log, for people who look at it from elsewhere."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from typing import Any

Line = Mapping[str, Any]

KEPT = 500
TROUBLE = frozenset({"warning", "error", "critical"})
MOST_CODES = 200
"""Codes that are counted; ours are fewer."""
UNREAD = 1000
"""Lines that a listener may be behind; then it misses the oldest."""


class Listener:
    """Somebody who follows the log. For one event loop."""

    def __init__(self) -> None:
        """Lines from now on."""
        self._lines: deque[Line] = deque(maxlen=UNREAD)
        self._any = asyncio.Event()

    def hear(self, line: Line) -> None:
        """Another line; from the loop's own thread."""
        self._lines.append(line)
        self._any.set()

    async def get(self) -> Line:
        """The next line, as soon as there is one."""
        while not self._lines:
            self._any.clear()
            await self._any.wait()
        return self._lines.popleft()


class Tail:
    """Keeps the last lines, and passes each on to whoever listens. Lines may come from any thread."""

    def __init__(self) -> None:
        """Nothing has been said yet."""
        self._kept: deque[Line] = deque(maxlen=KEPT)
        self._codes: Counter[str] = Counter()
        self._listeners: dict[Listener, asyncio.AbstractEventLoop] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """The last ones, oldest first."""
        return tuple(self._kept)

    @property
    def codes(self) -> dict[str, int]:
        """How often each error was told, as a warning or worse, since the daemon began; by its code, the most frequent first."""
        return dict(self._codes.copy().most_common())

    def write(self, line: Line) -> None:
        """Another line of the log."""
        self._kept.append(line)
        code = line.get("code")
        if isinstance(code, str) and line.get("level") in TROUBLE and (code in self._codes or len(self._codes) < MOST_CODES):
            self._codes[code] += 1
        for listener, loop in tuple(self._listeners.items()):
            loop.call_soon_threadsafe(listener.hear, line)

    def listen(self) -> Listener:
        """Follow the log from now on."""
        listener = Listener()
        self._listeners[listener] = asyncio.get_running_loop()
        return listener

    def leave(self, listener: Listener) -> None:
        """Follow it no longer."""
        self._listeners.pop(listener, None)
