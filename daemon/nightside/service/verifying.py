"""`Verifying`: reading the sinks back in a running daemon: begun, watched, ended and asked about, one run at a time.

    idle ─► running ─► done | cancelled | failed ─► running …

A run reads files and writes none of them. What is not as it was stored is kept to be listed; of what is good only the count is,
since that may be a year of frames. All of it is forgotten when the daemon ends. How far a run came is not: another goes on with it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

import structlog
from pydantic import Field

from nightside.clock import Clock
from nightside.errors import Refused
from nightside.plan.values import Sent, Utc, Value
from nightside.service.outlook.troubles import trouble_of
from nightside.service.outlook.values import Trouble
from nightside.storage.verifying import Verdict
from nightside_drivers.errors import NightsideError

log = structlog.stdlib.get_logger()

TOLD_EVERY_S = 0.5
"""Machine time between two things that are said of a run: files may come by the hundred."""
MOST_LISTED = 10_000
"""Files that are not as they were stored, and are listed; the others are only counted."""


class VerifyBusy(Refused):
    """The sinks are being read back already."""

    code = "verify-busy"
    exit_code = 110
    http_status = 409


class Wish(Sent):
    """What is to be read back."""

    sink: str | None = Field(default=None, max_length=100)
    """Only this one; all of them, when not given."""
    session: str | None = Field(default=None, max_length=100)
    """Only this session's files, as in 20180703-star-trail."""
    rate_mb_s: float | None = Field(default=None, strict=True, ge=0.001, le=100_000)
    """Read no more than so many MB/s."""
    manifests: bool = Field(default=False, strict=True)
    """Go by the manifests in the sink, as if there were no ledger."""
    resume: bool = Field(default=False, strict=True)
    """Go on where a run that was broken off stopped."""


class Phase(StrEnum):
    """How far a run has come."""

    IDLE = "idle"
    """There has been none since the daemon started."""
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Begun:
    """Another sink is read from now on."""

    sink: str
    files: int
    """That it should hold."""


class Judged(Value):
    """What was found of one file."""

    sink: str
    path: str
    verdict: Verdict
    bytes: int = 0
    says: str = ""


class Count(Value):
    """Files of one verdict."""

    verdict: Verdict
    files: int
    bytes: int


class SinkSoFar(Value):
    """One sink, as far as it has been read."""

    sink: str
    files: int
    """That it should hold."""
    counts: tuple[Count, ...] = ()


class Verification(Value):
    """The run that goes on, or the latest."""

    phase: Phase = Phase.IDLE
    wish: Wish = Wish()
    began_at: Utc | None = None
    ended_at: Utc | None = None
    sinks: tuple[SinkSoFar, ...] = ()
    """In the order in which they are read; the last one is being read while it runs."""
    listed: int = 0
    """How many files are listed at `/api/v1/verification/files`: those that are not good."""
    unlisted: int = 0
    """How many more there are, of which only the count is known."""
    trouble: Trouble | None = None
    """Why it failed."""


class Verdicts(Value):
    """A page of the files that are not as they were stored."""

    files: list[Judged]
    next: int | None
    """`after` of the next page; `None` where there is none."""


Prove = Callable[[Wish], AsyncIterator[Begun | Judged]]
"""Reads what is wished for, and says step by step what it finds."""


class Verifying:
    """Of one daemon, on its event loop."""

    def __init__(self, prove: Prove, require_sink: Callable[[str | None], None], clock: Clock) -> None:
        """Nothing is read yet. `require_sink` refuses the name of a sink that there is not."""
        self._prove = prove
        self._require_sink = require_sink
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._now = Verification()
        self._changed = asyncio.Event()
        self._run = _Run(Wish())

    @property
    def now(self) -> Verification:
        """How far it has come."""
        return self._now

    async def after(self, seen: Verification) -> Verification:
        """One that differs from the one that was seen; at once, if there is one already."""
        while self._now is seen:
            await self._changed.wait()
        return self._now

    def start(self, wish: Wish) -> Verification:
        """Begin to read.

        Raises:
            VerifyBusy: a run goes on.
            ConfigRefused: there is no such sink.
        """
        if self._now.phase is Phase.RUNNING:
            raise VerifyBusy(
                "The sinks are being read back already.",
                remedy="Wait for it, or end it: DELETE /api/v1/verification, or Ctrl-C where it was begun.",
            )
        self._require_sink(wish.sink)
        self._run = _Run(wish)
        self._tell(Verification(phase=Phase.RUNNING, wish=wish, began_at=self._clock.utc()))
        self._task = asyncio.get_running_loop().create_task(self._go(), name="verification")
        log.info("verification-begun", sink=wish.sink, session=wish.session)
        return self._now

    async def cancel(self) -> Verification:
        """End the run that goes on, if one does. It can be gone on with."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        return self._now

    def files(self, after: int, limit: int) -> Verdicts:
        """A page of what is not as it was stored, in the order in which it was found."""
        page = self._run.bad[after : after + limit]
        return Verdicts(files=page, next=after + len(page) if after + len(page) < len(self._run.bad) else None)

    async def _go(self) -> None:
        ended, trouble = Phase.FAILED, None
        try:
            async with aclosing(self._steps()) as steps:
                async for _ in steps:
                    self._tell(self._so_far())
            ended = Phase.DONE
        except asyncio.CancelledError:
            ended = Phase.CANCELLED
            raise
        except NightsideError as error:
            ended, trouble = Phase.FAILED, trouble_of(error)
        except OSError as error:
            says = f"How far it came cannot be noted in the spool: {error.strerror}."
            ended, trouble = (
                Phase.FAILED,
                Trouble(code="spool", what=says, means="No copy was changed.", remedy="Look at its disk."),
            )
        finally:
            over = {"phase": ended, "ended_at": self._clock.utc(), "trouble": trouble}
            self._tell(self._so_far().model_copy(update=over))
            bad = len(self._run.bad) + self._run.more
            tell = log.error if trouble is not None else log.warning if bad else log.info
            tell("verification-over", phase=ended, not_good=bad, why=None if trouble is None else trouble.what)

    async def _steps(self) -> AsyncGenerator[None]:
        """Take what is found, and come back as often as that is worth telling."""
        told_at = -TOLD_EVERY_S
        async for step in self._prove(self._run.wish):
            self._run.take(step)
            now = self._clock.machine(self._clock.monotonic())
            if now - told_at >= TOLD_EVERY_S:
                told_at = now
                yield

    def _so_far(self) -> Verification:
        return self._now.model_copy(update={"sinks": self._run.sinks, "listed": len(self._run.bad), "unlisted": self._run.more})

    def _tell(self, now: Verification) -> None:
        self._now = now
        self._changed.set()
        self._changed = asyncio.Event()


class _Run:
    """What one run has found so far."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.bad: list[Judged] = []
        self.more = 0
        self._counted: dict[str, tuple[int, dict[Verdict, tuple[int, int]]]] = {}

    def take(self, step: Begun | Judged) -> None:
        if isinstance(step, Begun):
            self._counted[step.sink] = step.files, {Verdict.GOOD: (0, 0)}
            return
        counts = self._counted[step.sink][1]
        files, size = counts.get(step.verdict, (0, 0))
        counts[step.verdict] = files + 1, size + step.bytes
        if step.verdict is Verdict.GOOD:
            return
        if len(self.bad) < MOST_LISTED:
            self.bad.append(step)
        else:
            self.more += 1

    @property
    def sinks(self) -> tuple[SinkSoFar, ...]:
        return tuple(
            SinkSoFar(
                sink=name,
                files=files,
                counts=tuple(
                    Count(verdict=one, files=counts[one][0], bytes=counts[one][1]) for one in Verdict if one in counts
                ),
            )
            for name, (files, counts) in self._counted.items()
        )
