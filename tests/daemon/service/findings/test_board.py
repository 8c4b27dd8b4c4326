"""What a running daemon finds of itself."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightside.clock import SystemClock
from nightside.engine.snapshot import Snapshot
from nightside.ledger.states import SessionPhase
from nightside.pulse import Overdue
from nightside.service.findings import board, places
from nightside.service.findings.checking import check, examine
from nightside.service.findings.values import Finding, Severity, doubt, good
from nightside.storage.standing import SinkState

AT = datetime(2018, 7, 3, 20, tzinfo=UTC)
WELL = Snapshot(AT, "2012345", "Nikon D3s", SessionPhase.WAITING)
GOOD, NOTE, DOUBT, BAD = Severity


async def told(*snapshots: Snapshot) -> Sequence[Finding]:
    return await examine([board.bodies(lambda: snapshots)], 1)


@pytest.mark.parametrize(
    ("snapshot", "severity", "says"),
    [
        (WELL, GOOD, "Nikon D3s, serial 2012345"),
        (replace(WELL, trouble="The dial is off."), BAD, "The dial is off."),
        (Snapshot(AT), BAD, "is looked for"),
        (replace(WELL, prompt="Cap on."), DOUBT, "Cap on."),
        (replace(WELL, paused=True), DOUBT, "paused"),
    ],
)
async def test_how_a_body_is(snapshot: Snapshot, severity: Severity, says: str) -> None:
    (found,) = await told(snapshot)
    assert (found.severity, says in found.what) == (severity, True)


async def test_every_body_has_a_name_of_its_own_and_says_what_comes_next() -> None:
    found = await told(Snapshot(AT), Snapshot(AT), replace(WELL, next="window", next_at=AT))
    assert [one.name for one in found] == ["body-1", "body-2", "body-2012345", "body-2012345-next"]


@pytest.mark.parametrize(
    ("state", "severity"),
    [
        (SinkState("nas", required=True, backlog=0), GOOD),
        (SinkState("nas", required=True, backlog=3, free=10**12), GOOD),
        (SinkState("nas", required=True, backlog=0, free=10**9), DOUBT),
        (SinkState("nas", required=True, backlog=3, failing_since=AT, why="It is off."), BAD),
        (SinkState("nas", required=False, backlog=3, failing_since=AT, why="It is off."), DOUBT),
    ],
)
async def test_how_a_sink_is_as_its_feeder_found_it(state: SinkState, severity: Severity) -> None:
    (found,) = await examine([places.fed(lambda: [state])], 1)
    assert (found.name, found.severity) == ("sink-nas", severity)


async def test_what_the_agenda_found_is_passed_on() -> None:
    assert await examine([board.wakings(lambda: {"room": "Full."})], 1) == [doubt("agenda-room", "Full.")]


async def test_a_part_that_hangs_is_bad() -> None:
    late = Overdue("The watch of the body 2012345", "a shot", 31.0)
    (found,) = await examine([board.hangs(lambda: [late])], 1)
    assert (found.name, found.severity, found.what) == ("hang-1", BAD, "The watch of the body 2012345 hangs in this: a shot.")


async def test_the_machine_is_looked_at_once_however_many_ask_and_the_bodies_each_time() -> None:
    looks: list[str] = []

    def look(name: str) -> Finding:
        looks.append(name)
        return good(name, "Fine.")

    findings = board.Findings([check("disk", lambda: look("disk"))], [check("body", lambda: look("body"))], SystemClock())
    for _ in range(3):
        assert [one.name for one in (await findings.now()).findings] == ["body", "disk"]
    assert looks == ["disk", "body", "body", "body"]
    assert (await findings.now()).worst is GOOD
