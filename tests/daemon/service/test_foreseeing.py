"""What the agenda shows of programs that are not for every night: the windows that come, and how the last one went."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from nightside.clock import VirtualClock
from nightside.errors import ElementsMissing
from nightside.ledger.states import WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.planner import Night
from nightside.plan.programs import AnyProgram, Interval, StarTrail
from nightside.plan.values import Plan
from nightside.plan.when import When
from nightside.service.agenda import Agenda, Entry, EntryKind
from nightside.service.foreseeing import UNKNOWN, windows_ahead
from nightside.service.foreseen import Ahead, Foreseen
from nightside.service.programs import with_last_runs
from nightside.sky.conditions import parse_condition
from nightside.sky.vantage import Site, Spacecraft
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.sky.reference import iss
from tests.skies import sky_over

FRIDAY = datetime(2026, 7, 10, 12, tzinfo=UTC)
DARK = Site(46.5, 8.0, 500)
USUAL = Interval(exposure_s=5, every_s=60, name="usual")
WEEKLY = StarTrail(exposure_s=30, name="friday", when=When(cron="0 22 * * 5", minutes=60))
AT_NOON = StarTrail(exposure_s=30, name="noon", when=When(cron="0 12 * * *", minutes=60))


def shown(*programs: AnyProgram, at: Sequence[datetime], night: Night | None = None) -> list[tuple[Entry, ...]]:
    """The entries of windows and programs at some instants, by an agenda that began at the first of them."""
    usual = Night(DARK, parse_condition('weekly("20:00-04:00")'), timedelta(minutes=1))
    clock, sky = VirtualClock(at[0]), sky_over(lambda: night or usual, *programs)

    async def main() -> list[tuple[Entry, ...]]:
        agenda, seen = Agenda(clock), list[tuple[Entry, ...]]()
        agenda.every(timedelta(hours=1), "windows-ahead", windows_ahead(sky, lambda: programs, agenda.foresee, clock))
        async with agenda:
            for instant in at:
                await clock.sleep_until((instant - at[0]).total_seconds() + 1)
                seen.append(tuple(one for one in agenda.entries if one.kind in {EntryKind.WINDOW, EntryKind.PROGRAM}))
        return seen

    return clock.run(main())


def test_every_window_that_comes_says_its_program_and_every_program_with_a_when_its_next_window() -> None:
    (entries,) = shown(USUAL, WEEKLY, at=[FRIDAY])
    assert [(one.name, one.program) for one in entries] == [
        ("window-20260710T200000Z", "usual"),
        ("friday", "friday"),
        ("window-20260710T220000Z", "friday"),
        ("window-20260710T230000Z", "usual"),
    ]
    assert entries[1].next_at == FRIDAY + timedelta(hours=10)


def test_when_its_window_has_begun_a_program_has_the_one_after_it_for_its_next() -> None:
    opens = FRIDAY + timedelta(hours=10)
    before, during = shown(WEEKLY, at=[opens - timedelta(minutes=20), opens + timedelta(minutes=20)])
    assert [one.next_at for one in before if one.kind is EntryKind.PROGRAM] == [opens]
    assert [(one.name, one.next_at) for one in during] == [("friday", opens + timedelta(days=7))]


def test_a_program_that_never_comes_says_how_far_ahead_none_was_found() -> None:
    (entries,) = shown(AT_NOON, at=[FRIDAY])
    assert [(one.name, one.next_at, one.no_next) for one in entries] == [("noon", None, "none within 366 days")]


def test_over_an_orbit_that_is_as_far_as_the_elements_are_trusted() -> None:
    elements = iss()
    night = Night(Spacecraft(elements), parse_condition("umbra"), timedelta(minutes=1))
    at = elements.epoch + night.ages.stale - timedelta(hours=30)
    yearly = WEEKLY.revised({"when": When(cron="0 22 1 1 *", minutes=60)})
    (entries,) = shown(yearly, at=[at], night=night)
    assert [(one.name, one.no_next) for one in entries] == [("friday", "none within 30 hours")]


def test_where_the_night_cannot_be_had_the_program_is_still_there_and_the_look_says_why() -> None:
    def missing() -> Night:
        raise ElementsMissing("There are no elements.")

    found: list[Foreseen] = []
    programs = (USUAL, WEEKLY)
    look = windows_ahead(sky_over(missing, *programs), lambda: programs, found.append, VirtualClock(FRIDAY))
    assert "There are no elements." in (look() or "")
    assert found == [Foreseen((), (Ahead("friday", "friday", (), UNKNOWN),))]


def test_programs_of_one_when_share_their_windows() -> None:
    other = USUAL.revised({"name": "other", "when": WEEKLY.when})
    (entries,) = shown(WEEKLY, other, at=[FRIDAY])
    assert {(one.kind, one.program) for one in entries} == {
        (kind, "friday+other") for kind in (EntryKind.WINDOW, EntryKind.PROGRAM)
    }
    assert [one.name for one in entries if one.kind is EntryKind.PROGRAM] == ["friday", "other"]


def shoot(
    ledger: Ledger, plan: Plan, safe: int, serial: str = "2012345", day: int = 0, missed: str = "The disk is full."
) -> None:
    """A window whose first shots are safe, and whose others were missed."""
    span, later = plan.span, timedelta(days=day)
    moved = plan.model_copy(update={"span": span.model_copy(update={"start": span.start + later, "end": span.end + later})})
    window = ledger.begin(f"day-{day}", serial, moved)
    for shot in plan.shots[:safe]:
        ledger.arm(window.id, shot.index)
        ledger.exposed(window.id, shot.index, shot.open_at + later, 0.0, shot.close_at + later)
        ledger.on_card(window.id, shot.index, CardFile("/store_00010001/DCIM/100NCD3S", f"DSC_{shot.index:04}.JPG"))
        frame = ledger.frames(window.id)[-1].id
        ledger.drained(frame, Fetched(1234, "0" * 64), f"{day}/{serial}/{shot.index}.jpg")
        ledger.safe(frame)
    for shot in plan.shots[safe:]:
        ledger.missed(window.id, shot.index, missed)
    for phase in (WindowPhase.SETTLING, WindowPhase.DRAINING, WindowPhase.CLOSED):
        ledger.enter(window.id, phase)


def last(ledger: Ledger, plan: Plan, name: str = "star-trail") -> Entry:
    (entry,) = with_last_runs(ledger, [Entry(name, None, None, None, EntryKind.PROGRAM, program=plan.program)])
    return entry


@pytest.mark.parametrize(
    ("safe", "says", "wrong"),
    [
        (5, "whole, 5 of 5 safe", False),
        (3, "partial, 3 of 5 safe: The disk is full.", True),
        (0, "missed, 0 of 5 safe: The disk is full.", True),
    ],
)
def test_how_the_last_window_of_a_program_went_is_said_in_words(
    ledger: Ledger, plan: Plan, safe: int, says: str, *, wrong: bool
) -> None:
    shoot(ledger, plan, safe)
    entry = last(ledger, plan)
    assert (entry.last_at, entry.result, entry.finding) == (plan.span.start, says, says if wrong else None)


def test_it_is_the_last_one_that_is_closed_and_of_no_other_program(ledger: Ledger, plan: Plan) -> None:
    shoot(ledger, plan, 0)
    shoot(ledger, plan, 5, day=7)
    shoot(ledger, plan.model_copy(update={"program": "usual"}), 0, day=8)
    later = plan.span.model_copy(
        update={"start": plan.span.start + timedelta(days=14), "end": plan.span.end + timedelta(days=14)}
    )
    ledger.begin("day-14", "2012345", plan.model_copy(update={"span": later}))
    entry = last(ledger, plan)
    assert (entry.last_at, entry.result) == (plan.span.start + timedelta(days=7), "whole, 5 of 5 safe")
    assert last(ledger, plan.model_copy(update={"program": "never"}), "never").last_at is None


def test_where_several_bodies_shot_it_each_has_its_say(ledger: Ledger, plan: Plan) -> None:
    shoot(ledger, plan, 5, "2012345")
    shoot(ledger, plan, 0, "2012346", missed="The body was not found.")
    entry = last(ledger, plan)
    assert entry.result == "2012345: whole, 5 of 5 safe; 2012346: missed, 0 of 5 safe: The body was not found."
    assert entry.finding == entry.result


def test_what_went_by_a_name_that_programs_shared_counts_for_each(ledger: Ledger, plan: Plan) -> None:
    shared = plan.model_copy(update={"program": "friday+other"})
    shoot(ledger, shared, 5)
    assert [last(ledger, shared, name).result for name in ("friday", "other")] == ["whole, 5 of 5 safe"] * 2
