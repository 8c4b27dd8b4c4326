"""A disk that stalls, as SD cards and busy laptops' disks do, in the middle of a window."""

from pathlib import Path

import pytest

from nightside.engine.reasons import card_was_asked
from nightside.engine.runner import NOT_RUNNING
from nightside.plan.values import Overrun
from nightside_drivers.api import Exposure, ReleaseKind
from tests.daemon.engine.stage import Stage, plan_of

SECOND = Exposure(shutter_s=1)


@pytest.mark.parametrize("stalls", [(5.2, 17.0), (4.7, 16.0), (6.0, 18.5), (5.999, 6.5)])
@pytest.mark.parametrize("overrun", list(Overrun))
def test_a_disk_that_takes_nothing_for_twelve_seconds_costs_no_shot_and_moves_none(
    tmp_path: Path, stalls: tuple[float, float], overrun: Overrun
) -> None:
    stage = Stage(tmp_path, stalls=stalls)
    played = stage.play(plan_of([SECOND] * 20, pitch_s=2, overrun=overrun, release=ReleaseKind.USB))
    assert played.states == "e" * 20
    assert played.opened() == [2.0 * index for index in range(20)]
    assert played.report.safe == 0
    assert [shot.index for shot in played.report.shots if shot.frame is None] == []


def test_nothing_is_released_that_was_not_written_down_before(tmp_path: Path) -> None:
    stage = Stage(tmp_path, stalls=(5.2, 60.0))
    played = stage.play(plan_of([SECOND] * 30, pitch_s=2, overrun=Overrun.SKIP, release=ReleaseKind.USB))
    armed_by_then = [at for at in played.opened() if at < 60]
    assert armed_by_then == [2.0 * index for index in range(len(armed_by_then))]
    assert 20 <= armed_by_then[-1] < 26  # armed twenty seconds ahead, and no further
    assert played.states == "e" * len(armed_by_then) + "m" * (30 - len(armed_by_then))


def test_what_was_exposed_and_not_written_down_before_a_kill_may_get_its_frame_late(tmp_path: Path) -> None:
    """Several were armed, and any of them may have been exposed: the card was asked about each, and may be slow."""
    stage = Stage(tmp_path, stalls=(5.2, 60.0))
    stage.model.storing.slowness = 10_000.0
    plan = plan_of([SECOND] * 30, pitch_s=2, overrun=Overrun.SKIP, release=ReleaseKind.USB)
    stage.play(plan, killed_at=15.0)
    stage.clock.advance(60)
    played = stage.play(plan)
    exposed = len(played.truth)
    assert exposed > 4
    assert played.states == "m" * 30
    assert [shot.index for shot in played.shots[:exposed] if not card_was_asked(shot.reason)] == []
    assert played.shots[-1].reason == NOT_RUNNING, "it was never armed, and the card was not asked about it"
