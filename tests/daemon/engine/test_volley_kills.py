"""Kill −9 in the middle of a release that takes several shots: what the body exposed is kept, and nothing is shot twice."""

from pathlib import Path

import pytest

from nightside_drivers.api import Exposure, ReleaseKind
from tests.daemon.engine.stage import Played, Stage, plan_of

FRAME = Exposure(2.0, 800)
AFTER_S = 1.5
"""How soon a supervisor starts the daemon again."""


def lived_through(folder: Path, release: ReleaseKind, killed_at: float) -> Played:
    """Two releases of eight shots each, a kill, and a restart."""
    stage = Stage(folder)
    stage.continuous()
    plan = plan_of([FRAME] * 16, pitch_s=2.1, release=release, together=8, window_s=60)
    stage.play(plan, killed_at=killed_at)
    stage.clock.advance(AFTER_S)
    return stage.play(plan)


@pytest.mark.parametrize("killed_at", [-5.0, 0.0, 0.05, 1.0, 5.3, 9.0, 14.9, 16.7, 17.5, 25.0, 33.0])
@pytest.mark.parametrize("release", [ReleaseKind.BURST, ReleaseKind.HELD])
def test_what_the_body_exposed_is_kept_and_the_rest_goes_on(tmp_path: Path, release: ReleaseKind, killed_at: float) -> None:
    night = lived_through(tmp_path, release, killed_at)
    written = [one for one in night.truth if one.files]
    assert night.states.count("e") == len(written)  # every exposure has its shot, and no shot has two
    assert night.report.extra == 0
    assert len(night.truth) <= 16
    assert all(one.closed is not None for one in night.truth)
    assert all(night.reasons())
    if release is ReleaseKind.HELD:
        assert night.states.count("m") <= 3, night.states  # the line fell with the daemon: what was left is released again
    else:
        assert night.states.count("m") <= 8, night.states  # a burst that nobody began in time is lost, and no other


@pytest.mark.parametrize("killed_at", [1.0, 9.0, 14.9])
def test_a_burst_goes_on_in_the_body_and_all_of_it_is_found(tmp_path: Path, killed_at: float) -> None:
    night = lived_through(tmp_path, ReleaseKind.BURST, killed_at)
    assert night.states[:8] == "e" * 8
    assert night.opened()[:8] == [round(index * 2.1, 1) for index in range(8)]
