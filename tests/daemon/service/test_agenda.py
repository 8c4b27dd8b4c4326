"""The agenda, on a clock that is not the machine's."""

from datetime import timedelta

from structlog.testing import capture_logs

from nightside.clock import VirtualClock
from nightside.service.agenda import Agenda


def test_a_look_comes_at_once_and_then_at_every_interval_of_clock_time(clock: VirtualClock) -> None:
    begun, looks = clock.utc(), list[timedelta]()

    def look() -> None:
        looks.append(clock.utc() - begun)

    async def main() -> None:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=6), "element-age", look)
        async with agenda:
            for hours in (1, 5, 6.5, 12, 18.5):
                await clock.sleep_until(hours * 3600)

    clock.run(main())
    assert [round(look / timedelta(hours=1), 3) for look in looks] == [0, 6, 12, 18]


def test_a_finding_is_logged_when_it_appears_and_when_it_has_gone(clock: VirtualClock) -> None:
    findings: list[str | None] = ["The disk is full.", "The disk is full.", None, None]

    async def main() -> dict[str, str]:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=1), "room", lambda: findings.pop(0))
        async with agenda:
            await clock.sleep_until(1.5 * 3600)
            wrong = agenda.findings
            await clock.sleep_until(3.5 * 3600)
        assert agenda.findings == {}
        return wrong

    with capture_logs() as lines:
        wrong = clock.run(main())
    assert wrong == {"room": "The disk is full."}
    assert [(line["log_level"], line["finding"]) for line in lines] == [
        ("warning", "The disk is full."),
        ("info", "All is well again."),
    ]


def test_a_look_that_was_slept_through_is_made_up_for(clock: VirtualClock) -> None:
    looks: list[float] = []

    async def main() -> None:
        agenda = Agenda(clock)
        agenda.every(timedelta(hours=1), "room", lambda: looks.append(clock.monotonic()))
        async with agenda:
            await clock.sleep_until(60)
            clock.advance(50 * 3600)  # the laptop's lid was closed
            await clock.sleep_until(clock.monotonic() + 60)

    clock.run(main())
    assert len(looks) == 2
