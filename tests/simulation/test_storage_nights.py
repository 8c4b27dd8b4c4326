"""Nights under every policy of storage: when cards are drained, and whether they are emptied."""

from pathlib import Path

import pytest
import structlog

from nightside.plan.programs import AnyProgram
from nightside.plan.programs.interval import Interval
from nightside.plan.programs.star_trail import StarTrail
from nightside.storage.policy import CardPolicy, DrainWhen, Policy
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
