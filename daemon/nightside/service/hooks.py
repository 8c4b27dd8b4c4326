"""Hooks: commands and webhooks that are told of named events. They run beside the night, and never hold it up.

Each hook has a queue of its own and takes one notice at a time. What it does not take in time is given up, what does not fit
into its queue is dropped, and a hook that fails says so once when that begins and once when it ends.
"""

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any, Self

import structlog
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from nightside.engine.notices import ENGINE, Notice
from nightside_drivers.surroundings import of_others

log = structlog.stdlib.get_logger()

LEDGER = (
    "armed",
    "configuration-refused",
    "configuration-taken",
    "disarmed",
    "window-planned",
    "window-withdrawn",
    "window-shooting",
    "window-settling",
    "window-draining",
    "window-closed",
    "shot-armed",
    "shot-exposed",
    "shot-missed",
    "frame-on-card",
    "frame-drained",
    "frame-stored",
    "frame-safe",
    "frame-gone",
    "sink-failed",
    "sink-well",
)
"""Lines of the ledger's event table that a hook may listen to."""

EVENTS = tuple(sorted({*ENGINE, *LEDGER}))

QUEUE = 256
"""Notices that wait for one hook: a window of star trails, and some."""

GOODBYE_S = 3.0
"""How long (machine time) the end of the daemon waits for hooks that are still to be told."""


def _known(name: str) -> str:
    if name not in EVENTS:
        raise ValueError(f"it is no event; there are {', '.join(EVENTS)}")
    return name


class Hook(BaseModel):
    """A table of `[[hooks]]`: what is told, and to whom."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    on: tuple[Annotated[str, AfterValidator(_known)], ...] = Field(min_length=1)
    """The events, as in `["window-done", "call-a-person"]`; docs/reference/engine.md lists them."""
    command: tuple[str, ...] = ()
    """A program and its arguments. It gets the notice as JSON on its standard input, and the event's name as `NIGHTSIDE_EVENT`."""
    url: str | None = Field(default=None, pattern=r"^https?://")
    """An address that the notice is posted to, as JSON."""
    timeout_s: float = Field(default=10, gt=0, le=120)
    """How long it may take."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.command) == (self.url is not None):
            raise ValueError("a hook has either a command or a url")
        return self

    @property
    def name(self) -> str:
        """What it is called in the log: of an address the server only, since chats keep their secret in the path."""
        return self.command[0] if self.command else (self.url or "").split("/")[2].partition("?")[0].rpartition("@")[2]


class Hooks:
    """All hooks of a daemon."""

    def __init__(self, hooks: Sequence[Hook]) -> None:
        """Nobody is told anything before `running`."""
        self._posts = [_Post(hook) for hook in hooks]
        self._tasks: dict[_Post, asyncio.Task[None]] | None = None
        self._retired: set[asyncio.Task[None]] = set()

    def put(self, hooks: Sequence[Hook]) -> None:
        """Have these hooks from now on. One that was there goes on; one that is there no more is told what it has been given."""
        left = list(self._posts)
        self._posts = [_taken(left, hook) for hook in hooks]
        if self._tasks is None:
            return
        for post in left:
            task = self._tasks.pop(post)
            self._retired.add(task)
            task.add_done_callback(self._retired.discard)
            asyncio.get_running_loop().call_later(GOODBYE_S, task.cancel)
        self._begin()

    def _begin(self) -> None:
        if self._tasks is not None:
            for post in self._posts:
                if post not in self._tasks:
                    self._tasks[post] = asyncio.create_task(post.run(), name=f"hook {post.hook.name}")

    def hear(self, notice: Notice) -> None:
        """Take a notice. Comes back at once, whatever the hooks do."""
        for post in self._posts:
            post.take(notice)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Tell the hooks for as long as the block runs, and what is left within a few seconds after it."""
        self._tasks = {}
        self._begin()
        try:
            yield
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    for post in self._posts:
                        await post.queue.join()
        finally:
            tasks, self._tasks = [*self._tasks.values(), *self._retired], None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _taken(posts: "list[_Post]", hook: Hook) -> "_Post":
    """The post of a hook out of these, or a new one."""
    found = next((post for post in posts if post.hook == hook), None)
    if found is None:
        return _Post(hook)
    posts.remove(found)
    return found


class _Post:
    """One hook and what it is still to be told."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        self.queue: asyncio.Queue[Notice] = asyncio.Queue(QUEUE)
        self._failing = self._dropping = False

    def take(self, notice: Notice) -> None:
        if notice.name not in self.hook.on:
            return
        try:
            self.queue.put_nowait(notice)
            self._dropping = False
        except asyncio.QueueFull:
            if not self._dropping:
                log.error("hook-overrun", hook=self.hook.name, dropped=notice.name, next="It hears of the next that fits.")
            self._dropping = True

    async def run(self) -> None:
        while True:
            notice = await self.queue.get()
            try:
                self._note(notice, await self._told(notice))
            finally:
                self.queue.task_done()

    async def _told(self, notice: Notice) -> str | None:
        """Tell it, and give the reason why that failed, if it did."""
        try:
            async with asyncio.timeout(self.hook.timeout_s):
                return await (_run(self.hook, notice) if self.hook.command else _post(self.hook, notice))
        except TimeoutError:
            return f"it took longer than {self.hook.timeout_s:g} s"
        except Exception as error:  # noqa: BLE001 — whatever is made of an address: it hears of the next notice all the same
            return f"{type(error).__name__}: {error}".rstrip(": ")

    def _note(self, notice: Notice, failure: str | None) -> None:
        if failure is None and self._failing:
            log.info("hook-well", hook=self.hook.name, told=notice.name)
        elif failure is not None and not self._failing:
            log.error("hook-failed", hook=self.hook.name, told=notice.name, why=failure)
        self._failing = failure is not None


def as_json(notice: Notice) -> dict[str, Any]:
    """What a hook is given."""
    return {"event": notice.name, "at": notice.at.isoformat(), "says": notice.says, "detail": dict(notice.detail)}


async def _run(hook: Hook, notice: Notice) -> str | None:
    try:
        process = await asyncio.create_subprocess_exec(
            *hook.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=of_others() | {"NIGHTSIDE_EVENT": notice.name},
            start_new_session=True,
        )
    except OSError as error:
        return f"it cannot be started: {error.strerror or error}"
    try:
        await process.communicate(json.dumps(as_json(notice), default=str).encode() + b"\n")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return None if process.returncode == 0 else f"it ended with {process.returncode}"


async def _post(hook: Hook, notice: Notice) -> str | None:
    import httpx

    try:
        client = await asyncio.to_thread(httpx.AsyncClient, timeout=hook.timeout_s)  # reads certificates from the disk
        async with client:
            answer = await client.post(hook.url or "", json=as_json(notice))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"{type(error).__name__}: {error}".rstrip(": ")
    return None if answer.is_success else f"it answered {answer.status_code}"
