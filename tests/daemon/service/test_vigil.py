"""What the service manager is told, on a real socket, while a daemon's time jumps."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nightside.clock import VirtualClock
from nightside.engine.snapshot import Shutter, Snapshot
from nightside.ledger.states import SessionPhase, WindowPhase
from nightside.pulse import SILENT_S, Part, Pulse, TellingClock
from nightside.service.systemd import Systemd
from nightside.service.vigil import Vigil, sentence
from nightside_drivers.proxy import Deadlines
from tests.daemon.service.manager import Manager

START = datetime(2018, 7, 3, 20, tzinfo=UTC)
WATCHDOG_S = 60.0
FED = "WATCHDOG=1"

Act = Callable[[Part, VirtualClock], Coroutine[Any, Any, None]]


@pytest.fixture
def systemd(tmp_path: Path, listening: Manager) -> Iterator[Systemd]:
    told = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}
    with Systemd.of_environment(told) as found:
        yield found


def longest_hunger(systemd: Systemd, listening: Manager, act: Act, seconds: float) -> float:
    """The longest time for which the watchdog was not fed while a part did something."""
    clock = VirtualClock(START)
    pulse = Pulse(clock)
    fed: list[float] = [0.0]

    async def life() -> None:
        vigil = asyncio.create_task(Vigil(systemd, pulse, clock, lambda: [Snapshot(START)]).keep())
        with pulse.part("The watch of the body 2012345") as part:
            doing = asyncio.create_task(act(part, clock))
            while clock.monotonic() < seconds:
                await clock.sleep_until(clock.monotonic() + 1)
                if any(FED in message for message in listening.heard()):
                    fed.append(clock.monotonic())
            doing.cancel()
            vigil.cancel()
            await asyncio.gather(doing, vigil, return_exceptions=True)

    clock.run(life())
    return max(after - before for before, after in zip(fed, [*fed[1:], seconds], strict=True))


async def a_busy_body(part: Part, clock: VirtualClock) -> None:
    """One call of libgphoto2 holds on to a busy Nikon for 1000 s, within the deadline that it was given."""
    with part.within("the body, asked to expose", 1000 + Deadlines().shot_margin_s):
        await clock.sleep_until(clock.monotonic() + 1000)


async def a_long_exposure(part: Part, clock: VirtualClock) -> None:
    with part.within("the body, asked to expose", 3600 + Deadlines().shot_margin_s):
        await clock.sleep_until(clock.monotonic() + 3600)


async def many_short_steps(part: Part, clock: VirtualClock) -> None:
    while True:
        part.beat("a step in the ledger")
        await clock.sleep_until(clock.monotonic() + 50)


async def a_wait_for_a_window(part: Part, clock: VirtualClock) -> None:
    while True:
        await TellingClock(clock, part).sleep_until(clock.monotonic() + 3 * 3600)


async def nothing_at_all(_: Part, clock: VirtualClock) -> None:
    await clock.sleep_until(clock.monotonic() + 1e9)


async def a_body_past_its_deadline(part: Part, clock: VirtualClock) -> None:
    with part.within("the body, asked to expose", 45):
        await clock.sleep_until(clock.monotonic() + 1e9)


@pytest.mark.parametrize("act", [a_busy_body, a_long_exposure, many_short_steps, a_wait_for_a_window])
def test_the_watchdog_is_fed_while_a_part_takes_as_long_as_it_said(systemd: Systemd, listening: Manager, act: Act) -> None:
    assert longest_hunger(systemd, listening, act, 1000) < WATCHDOG_S / 2


@pytest.mark.parametrize("act", [nothing_at_all, a_body_past_its_deadline])
def test_the_watchdog_starves_when_a_part_hangs(systemd: Systemd, listening: Manager, act: Act) -> None:
    assert longest_hunger(systemd, listening, act, 600) > WATCHDOG_S
    last = [message for message in listening.heard() if message.startswith("STATUS=")]
    assert not last  # it was said once, and was read above


def test_what_hangs_is_named_to_the_manager_and_once_in_the_log(
    systemd: Systemd, listening: Manager, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = VirtualClock(START)
    pulse = Pulse(clock)

    async def life() -> None:
        vigil = asyncio.create_task(Vigil(systemd, pulse, clock, lambda: [Snapshot(START)]).keep())
        with pulse.part("The feeder of the sink nas") as part:
            while clock.monotonic() < SILENT_S + 110:
                await clock.sleep_until(clock.monotonic() + 1)
                heard.extend(listening.heard())
                if clock.monotonic() == SILENT_S + 100:
                    part.beat()
        vigil.cancel()
        await asyncio.gather(vigil, return_exceptions=True)

    heard: list[str] = []
    clock.run(life())
    assert heard[0] == "READY=1"
    assert any(message.startswith("STATUS=The feeder of the sink nas hangs") for message in heard)
    said = capsys.readouterr().out
    assert said.count("part-hangs") == 1
    assert said.count("part-gets-on") == 1


def test_an_event_loop_that_comes_late_is_said_once(systemd: Systemd, capsys: pytest.CaptureFixture[str]) -> None:
    clock = VirtualClock(START)

    async def life() -> None:
        vigil = Vigil(systemd, Pulse(clock), clock, list)
        keeping = asyncio.create_task(vigil.keep())
        await clock.sleep_until(1)
        clock.advance(20)  # something blocked the loop
        await clock.sleep_until(clock.monotonic() + 1)
        assert vigil.late_s > 10
        await clock.sleep_until(clock.monotonic() + 30)
        assert vigil.late_s < 1
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    clock.run(life())
    assert capsys.readouterr().out.count("event-loop-late") == 1


SENTENCES = {
    "a body that is looked for": (Snapshot(START, next="the body"), "Looks for the body."),
    "a body that is awaited": (
        Snapshot(START, awaits=("No camera is connected.",)),
        "Waits. No camera is connected.",
    ),
    "a window that is waited for by a clock that nobody keeps": (
        Snapshot(
            START,
            session_phase=SessionPhase.WAITING,
            awaits=("Nothing keeps the clock.",),
            window="20180703T200634Z",
            next_at=START + timedelta(minutes=6),
        ),
        "Waits. Nothing keeps the clock. Waits for the window 20180703T200634Z at 2018-07-03 20:06:00 UTC.",
    ),
    "a window months ahead": (
        Snapshot(
            START,
            session_phase=SessionPhase.WAITING,
            window="20180925T170301Z",
            next_at=START + timedelta(days=84),
        ),
        "No night until 2018-09-25 20:00 UTC.",
    ),
    "a night that does not come": (
        Snapshot(START, session_phase=SessionPhase.PLANNING, awaits=("There is no window for a year.",), next="planning"),
        "Waits. There is no window for a year.",
    ),
    "an open shutter": (
        Snapshot(START, shutter=Shutter.OPEN, shot=11, shots=51, closes_at=START + timedelta(seconds=30)),
        "Shot 12 of 51 is open until 20:00:30 UTC.",
    ),
    "a prompt": (Snapshot(START, prompt="Put the cap on."), "Waits for a person: Put the cap on."),
    "a drain": (Snapshot(START, phase=WindowPhase.DRAINING, window="20180703T200634Z"), "Drains the window 20180703T200634Z."),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_status_is_a_sentence_about(name: str) -> None:
    snapshot, expected = SENTENCES[name]
    assert sentence([snapshot]) == expected


def test_a_status_of_several_bodies_names_each() -> None:
    both = [Snapshot(START, body="1", prompt="Put the cap on."), Snapshot(START, body="2", awaits=("No camera is connected.",))]
    assert sentence(both) == "1: Waits for a person: Put the cap on. 2: Waits. No camera is connected."
