"""A body that opens seconds after it was told to, beside shots of which nobody knows what became: every file is its own shot's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import ShotState
from nightside_drivers.api import Exposure
from nightside_drivers.twin.codes import Property, ReleaseMode
from tests.daemon.engine.stage import START, Played, Stage, plan_of

PITCH_S, SHOTS = 10.0, 10
DELAY_S = 5.0
FIVE_SECONDS = 1
"""Self-timer delay: what the dial calls 5 s."""
KILLED = 2
"""The shot in whose time the daemon is killed. It is away for the two after it, which were armed ahead."""
BACK_S = 45.0


def self_timer(stage: Stage, shot: int) -> tuple[tuple[float, Callable[[], object]], ...]:
    """Somebody leans on the dial: this one shot is exposed when the self-timer has run down."""

    def turn(mode: ReleaseMode) -> Callable[[], object]:
        return lambda: stage.model.dial(Property.STILL_CAPTURE_MODE, mode)

    at = shot * PITCH_S
    return (at - 1, turn(ReleaseMode.SELF_TIMER)), (at + 1, turn(ReleaseMode.SINGLE))


def names_by_shot(folder: Path) -> dict[int | None, str]:
    """What the ledger calls the frame of each shot."""
    ledger = open_ledger(folder / "ledger.sqlite", VirtualClock(START))
    (window,) = ledger.windows()
    frames = ledger.frames(window.id)
    ledger.close()
    return {frame.shot_index: frame.file.name for frame in frames}


def lived_through(folder: Path, slow: int, exposure_s: float) -> Played:
    """A night in which one shot opens late, with a kill and a restart."""
    stage = Stage(folder)
    stage.model.dial(Property.SELF_TIMER_DELAY, FIVE_SECONDS)
    plan = plan_of([Exposure(exposure_s, 800)] * SHOTS, pitch_s=PITCH_S)
    acts, killed_at = self_timer(stage, slow), KILLED * PITCH_S + 1.5
    stage.play(plan, *(act for act in acts if act[0] < killed_at), killed_at=killed_at)
    stage.clock.advance(BACK_S - killed_at)
    return stage.play(plan, *((at, act) for at, act in acts if at > BACK_S))


@pytest.mark.parametrize("slow", [0, 1, KILLED, 5, 6, SHOTS - 1])
@pytest.mark.parametrize("exposure_s", [2.0, 4.0])
def test_every_file_is_its_own_shots_though_one_opened_late_and_others_are_in_doubt(
    tmp_path: Path, slow: int, exposure_s: float
) -> None:
    night = lived_through(tmp_path, slow, exposure_s)
    assert night.opened() == [shot * PITCH_S + DELAY_S * (shot == slow) for shot in (0, 1, 2, 5, 6, 7, 8, 9)]
    assert night.states == "eeemmeeeee"
    assert night.report.extra == 0
    exposed = [shot.index for shot in night.shots if shot.state is ShotState.EXPOSED]
    assert names_by_shot(tmp_path) == {shot: Path(one.files[0]).name for shot, one in zip(exposed, night.truth, strict=True)}
