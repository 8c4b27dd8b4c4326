"""`Behind`: work that goes on behind the back of whoever ordered it: a few at a time, and no failure unheard."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Behind:
    """At most `most` tasks at a time. One owner, who calls `all` before it leaves."""

    def __init__(self, most: int) -> None:
        """Nothing is going on."""
        self._most = most
        self._tasks: set[asyncio.Task[None]] = set()

    async def add(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin this, as soon as there are not too many others at work. Raises what an earlier one failed with."""
        task = asyncio.create_task(work)
        try:
            while len(self._tasks) >= self._most:
                self._collect((await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED))[0])
        finally:
            self._tasks.add(task)

    async def all(self) -> None:
        """Wait until nothing is going on. Raises what one of them failed with."""
        if self._tasks:
            self._collect((await asyncio.wait(self._tasks))[0])

    def _collect(self, done: set[asyncio.Task[None]]) -> None:
        self._tasks -= done
        failures = [failure for task in done if (failure := task.exception()) is not None]
        for failure in sorted(failures, key=lambda failure: isinstance(failure, Exception)):
            raise failure
