"""Keys of a terminal give the same typed commands as any other way in."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightside.cli.keys import command_of, keys, line_of
from nightside.clock import VirtualClock
from nightside.engine.commands import Abort, Command, Confirm, Emergency, Pause, Resume, Skip, StopAfterShot
from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.notices import Notices
from nightside.engine.snapshot import DISARMED, Board, Shutter, Snapshot
from nightside.ledger.states import SessionPhase

NOW = datetime(2018, 7, 3, 20, tzinfo=UTC)
QUIET = Snapshot(NOW)
MEANS: list[tuple[str, Snapshot, Command | None]] = [
    ("p", QUIET, Pause()),
    ("p", Snapshot(NOW, paused=True), Resume()),
    ("s", QUIET, Skip()),
    ("q", QUIET, StopAfterShot()),
    ("A", QUIET, Abort()),
    ("a", QUIET, None),
    ("e", QUIET, Emergency()),
    ("c", QUIET, Confirm(what="clock")),
    ("c", Snapshot(NOW, prompt="Put the lens cap on."), Confirm(what="prompt")),
    ("\x1b", QUIET, None),
]


@pytest.mark.parametrize(("key", "snapshot", "means"), MEANS)
def test_a_key_means_what_it_means_as_things_stand(key: str, snapshot: Snapshot, means: Command | None) -> None:
    assert command_of(key, (snapshot,)) == means


def test_what_a_body_does_fits_into_a_line() -> None:
    open_now = Snapshot(
        NOW, body="2012345", shot=4, shots=12, shutter=Shutter.OPEN, closes_at=NOW, next="exposure over", next_at=NOW
    )
    assert line_of(open_now) == (
        "2012345: finding, shot 5 of 12, shutter open until 20:00:00; next exposure over at 20:00:00 UTC"
    )


def test_a_body_that_is_disarmed_is_said_to_be_so_and_not_to_be_planning_its_last_shot() -> None:
    disarmed = Snapshot(NOW, body="2012345", shot=51, shots=400, session_phase=SessionPhase.PLANNING, next=DISARMED)
    assert line_of(disarmed) == "2012345: disarmed, no window is begun until something is armed"
    assert line_of(replace(disarmed, trouble="The battery is low.")).endswith("; The battery is low.")


async def test_a_key_pressed_in_a_real_terminal_pauses_the_night_and_the_terminal_is_left_as_it_was() -> None:
    ours, theirs = os.openpty()
    clock = VirtualClock(NOW)
    controls = Controls(Board(clock))
    with os.fdopen(theirs, "r") as terminal:
        with keys(Desk([controls], Notices(clock)), terminal):
            os.write(ours, b"p?")
            async with asyncio.timeout(30):
                await controls.board.after(controls.board.now)
        assert controls.paused
    os.close(ours)


async def test_what_is_no_terminal_is_not_listened_to() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading, "r") as pipe, keys(Desk([], Notices(VirtualClock(NOW))), pipe):
        pass
