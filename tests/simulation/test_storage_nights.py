"""Nights under every policy of storage: when cards are drained, and whether they are emptied."""

from pathlib import Path

import pytest
import structlog

from nightside.clock import VirtualClock
from nightside.plan.programs import Interval, StarTrail
from nightside.storage.policy import CardPolicy, DrainWhen, Policy
from tests.simulation.nights import assert_invariants, live_through
from tests.simulation.seeds import plan_of


@pytest.mark.parametrize("card", list(CardPolicy))
@pytest.mark.parametrize("drain", list(DrainWhen))
@pytest.mark.parametrize("program", [StarTrail(shots=12, iso=800), Interval(exposure_s=10, every_s=30, shots=12)])
def test_every_policy_brings_every_frame_home(
    tmp_path: Path, clock: VirtualClock, program: StarTrail | Interval, drain: DrainWhen, card: CardPolicy
) -> None:
    with structlog.testing.capture_logs() as lines:
        night = live_through(tmp_path, plan_of(program), clock, policy=Policy(drain, card))
    assert_invariants(night)
    assert night.report.whole
    assert {path for path in night.card if path.endswith(".JPG")} == (
        set() if card is CardPolicy.DELETE_WHEN_SAFE else {path for opening in night.truth for path in opening.files}
    )
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
