"""The door: the same typed commands from another process, and nonsense from anybody."""

import asyncio
import secrets
from datetime import UTC, datetime
from typing import Any

import pytest

from nightside.clock import VirtualClock
from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.notices import Notices
from nightside.engine.snapshot import Board
from nightside.errors import NobodyThere
from nightside.service.door import door, knock

CLOCK = VirtualClock(datetime(2018, 7, 3, 20, tzinfo=UTC))


def controls_of(serial: str) -> Controls:
    board = Board(CLOCK)
    board.publish(body=serial)
    return Controls(board)


async def said(line: str, *controls: Controls) -> dict[str, Any]:
    station = secrets.token_hex(8)
    async with door(station, Desk(controls, Notices(CLOCK))):
        return await asyncio.to_thread(knock, station, line)


async def test_a_command_reaches_the_body_that_it_names() -> None:
    first, second = controls_of("1"), controls_of("2")
    answer = await said('{"kind": "pause", "body": "2"}', first, second)
    assert answer == {"answers": [{"body": "2", "says": "No further exposure is begun."}]}
    assert (first.paused, second.paused) == (False, True)


async def test_a_command_that_names_no_body_reaches_them_all() -> None:
    both = controls_of("1"), controls_of("2")
    answer = await said('{"kind": "stop-after-shot"}', *both)
    assert len(answer["answers"]) == 2
    assert all(one.stopping for one in both)


async def test_looking_shows_what_every_body_does() -> None:
    (body,) = (await said('{"kind": "look"}', controls_of("1")))["bodies"]
    assert (body["body"], body["shutter"], body["session_phase"]) == ("1", "closed", "finding")


@pytest.mark.parametrize(
    "line",
    [
        '{"kind": "explode"}',
        "[]",
        "{",
        "",
        '"pause"',
        '{"kind": "skip", "releases": 0}',
        '{"kind": "pause", "body": "9"}',
    ],
)
async def test_nonsense_is_refused_with_a_reason_and_does_nothing(line: str) -> None:
    controls = controls_of("1")
    answer = await said(line, controls)
    assert answer["refused"]
    assert not controls.paused


def test_where_no_daemon_runs_that_is_said() -> None:
    with pytest.raises(NobodyThere, match="nightside run"):
        knock(secrets.token_hex(8), '{"kind": "look"}')
