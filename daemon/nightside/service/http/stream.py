"""Server-sent events: the engines' snapshots and the sinks' verification as they change, and the log as it is written.

A subscriber that does not read is dropped and never waited for: what it has not read is bounded, and so is the time that a line
may take.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import TypeAdapter
from sse_starlette import EventSourceResponse, ServerSentEvent

from nightside.engine.snapshot import Snapshot
from nightside.service.http.doors import WATCHING, offered
from nightside.service.http.problems import ALWAYS
from nightside.service.tail import Tail
from nightside.service.verifying import Phase, Verification

SEND_S = 10.0
"""How long a line may take to be taken; then the subscriber is dropped."""
PING_S = 15
SNAPSHOT: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)
VERIFICATION: TypeAdapter[Verification] = TypeAdapter(Verification)

T = TypeVar("T")


class Shown(Protocol[T]):
    """Something of which the latest value can be seen, and the next awaited."""

    @property
    def now(self) -> T:
        """The latest."""
        ...

    async def after(self, seen: T) -> T:
        """One that differs from the one that was seen."""
        ...


@dataclass(frozen=True)
class _Told:
    """What is told of one thing as it changes, and under which name."""

    shown: Shown[Any]
    name: str
    kind: TypeAdapter[Any]

    def event(self, value: object) -> ServerSentEvent:
        return ServerSentEvent(self.kind.dump_json(value).decode(), event=self.name)

    def next(self, seen: object) -> "asyncio.Task[Any]":
        return asyncio.create_task(self.shown.after(seen))


router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


@router.get("/events", tags=["watch"], response_class=EventSourceResponse)
async def events(
    request: Request, log: Annotated[bool, Query(description="Whether the log's lines come too.")] = False
) -> EventSourceResponse:
    """A stream of `state` events, one body's snapshot each, the present ones first; of `verification` and, if asked for, `log`."""
    all_of_it = offered(request)
    told = [_Told(board, "state", SNAPSHOT) for board in all_of_it.desk.boards]
    if all_of_it.verifying is not None:
        told.append(_Told(all_of_it.verifying, "verification", VERIFICATION))
    lines = _merged(told, all_of_it.library.tail if log else None)
    return EventSourceResponse(lines, ping=PING_S, send_timeout=SEND_S)


async def _merged(everything: Sequence[_Told], tail: Tail | None) -> AsyncGenerator[ServerSentEvent]:
    """Whatever comes first, as long as somebody listens. Of several changes of a thing in a row only the last may be told."""
    awaited: dict[asyncio.Task[Any], _Told | None] = {}
    seen = {told: told.shown.now for told in everything}
    for told, now in seen.items():
        if not (isinstance(now, Verification) and now.phase is Phase.IDLE):
            yield told.event(now)
    awaited.update({told.next(now): told for told, now in seen.items()})
    listener = None if tail is None else tail.listen()
    if listener is not None:
        awaited[asyncio.create_task(listener.get())] = None
    try:
        while True:
            done, _ = await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                changed = awaited.pop(task)
                if changed is not None:
                    awaited[changed.next(task.result())] = changed
                    yield changed.event(task.result())
                elif listener is not None:
                    awaited[asyncio.create_task(listener.get())] = None
                    yield ServerSentEvent(json.dumps(task.result(), default=str, ensure_ascii=False), event="log")
    finally:
        for task in awaited:
            task.cancel()
        if tail is not None and listener is not None:
            tail.leave(listener)
