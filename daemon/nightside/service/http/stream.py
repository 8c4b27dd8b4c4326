"""Server-sent events: the engines' snapshots as they change, and the log as it is written.

A subscriber that does not read is dropped and never waited for: what it has not read is bounded, and so is the time that a line
may take.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from sse_starlette import EventSourceResponse, ServerSentEvent

from nightside.engine.snapshot import Board, Snapshot
from nightside.service.http.doors import WATCHING, AtDesk, InLibrary
from nightside.service.tail import Tail

SEND_S = 10.0
"""How long a line may take to be taken; then the subscriber is dropped."""
PING_S = 15
SNAPSHOT: TypeAdapter[Snapshot] = TypeAdapter(Snapshot)

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING])


@router.get("/events", tags=["watch"], response_class=EventSourceResponse)
async def events(
    desk: AtDesk, library: InLibrary, log: Annotated[bool, Query(description="Whether the log's lines come too.")] = False
) -> EventSourceResponse:
    """A stream of `state` events, one body's snapshot each, the present ones first; and of `log` events, if asked for."""
    lines = _merged(desk.boards, library.tail if log else None)
    return EventSourceResponse(lines, ping=PING_S, send_timeout=SEND_S)


async def _merged(boards: Sequence[Board], tail: Tail | None) -> AsyncGenerator[ServerSentEvent]:
    """Whatever comes first, as long as somebody listens. Of several changes of a board in a row only the last may be told."""
    seen: dict[Board, Snapshot] = {}
    for board in boards:
        seen[board] = board.now
        yield _state(board.now)
    awaited: dict[asyncio.Task[Any], Board | None] = {_after(board, seen[board]): board for board in boards}
    listener = None if tail is None else tail.listen()
    if listener is not None:
        awaited[asyncio.create_task(listener.get())] = None
    try:
        while True:
            done, _ = await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                changed = awaited.pop(task)
                if changed is not None:
                    awaited[_after(changed, task.result())] = changed
                    yield _state(task.result())
                elif listener is not None:
                    awaited[asyncio.create_task(listener.get())] = None
                    yield ServerSentEvent(json.dumps(task.result(), default=str, ensure_ascii=False), event="log")
    finally:
        for task in awaited:
            task.cancel()
        if tail is not None and listener is not None:
            tail.leave(listener)


def _after(board: Board, seen: Snapshot) -> "asyncio.Task[Any]":
    return asyncio.create_task(board.after(seen))


def _state(snapshot: Snapshot) -> ServerSentEvent:
    return ServerSentEvent(SNAPSHOT.dump_json(snapshot).decode(), event="state")
