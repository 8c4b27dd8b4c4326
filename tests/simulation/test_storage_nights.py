"""Nights under every policy of storage: when cards are drained, and whether they are emptied."""

from collections.abc import Callable
from pathlib import Path

import pytest
import structlog

from nightside.engine import housekeeping
from nightside.plan.programs import AnyProgram
from nightside.plan.programs.interval import Interval
from nightside.plan.programs.star_trail import StarTrail
from nightside.storage.policy import CardPolicy, DrainWhen, Policy, RoomPolicy
from nightside_drivers import bodies
from tests.simulation.conftest import Written
from tests.simulation.invariants import assert_all
from tests.simulation.lives import live_through
from tests.simulation.script import Part


@pytest.mark.parametrize("card", list(CardPolicy))
@pytest.mark.parametrize("drain", list(DrainWhen))
@pytest.mark.parametrize("program", [StarTrail(shots=12, iso=800), Interval(exposure_s=10, every_s=30, shots=12)])
def test_every_policy_brings_every_frame_home(
    tmp_path: Path, script: Written, program: AnyProgram, drain: DrainWhen, card: CardPolicy
) -> None:
    with structlog.testing.capture_logs() as lines:
        night = live_through(tmp_path, script(part=Part(program), policy=Policy(drain, card)))
    assert_all(night)
    (story,) = night.stories
    assert story.accounts[0].report.whole
    written = [path for opening in story.truth for path in opening.files]
    assert len(story.card) == (0 if card is CardPolicy.DELETE_WHEN_SAFE else len(written))
    assert len(story.diary.deleted) == len(written) - len(story.card)
    events = [line["event"] for line in lines]
    early = (
        events.count("frame-drained") - events[events.index("drain-budget") :].count("frame-drained")
        if ("drain-budget" in events)
        else events.count("frame-drained")
    )
    if drain is DrainWhen.BETWEEN_WINDOWS or (drain is DrainWhen.BETWEEN_SHOTS and isinstance(program, StarTrail)):
        assert early == 0  # a gapless window has no file traffic
    else:
        assert early >= 11


def room_for(shots: int) -> Callable[[Path], int]:
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    return lambda _: shots * body.frame_bytes


def test_a_window_that_does_not_fit_is_shortened_if_that_is_wished(
    tmp_path: Path, script: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "free_bytes", room_for(5))
    night = live_through(tmp_path, script(policy=Policy(room=RoomPolicy.SHORTEN)))
    assert_all(night)
    (story,) = night.stories
    assert story.accounts[0].report.whole
    assert (story.accounts[0].report.planned, len(story.truth)) == (5, 5)


def test_a_window_that_does_not_fit_is_not_begun_if_that_is_wished(
    tmp_path: Path, script: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "free_bytes", room_for(11))
    with structlog.testing.capture_logs() as lines:
        night = live_through(tmp_path, script(policy=Policy(room=RoomPolicy.REFUSE)))
    (story,) = night.stories
    assert not story.accounts
    assert list(story.truth) == []
    assert "window-refused" in {line["event"] for line in lines}
    assert {line["fits"] for line in lines if line["event"] == "room-forecast"} == {False}
