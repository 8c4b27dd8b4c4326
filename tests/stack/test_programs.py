"""Programs of every route on the real stack: libgphoto2, the twin, and a wired line."""

import asyncio
from datetime import datetime
from pathlib import Path

from nightside import settings as configuration
from nightside.rehearsal import rehearse
from nightside.rehearsal.staging import stage
from nightside_drivers.api import ReleaseKind
from tests.daemon.cli.conftest import EPOCH
from tests.orbit import ISS_FILE
from tests.stack.test_rehearsal import nobody_watches

MINE = f"""
program = "mine.toml"
[orbit]
elements = "{ISS_FILE}"
[camera]
lead_s = 2
[camera.release]
port = "/dev/ttyUSB0"
[storage]
spool = "spool"
sinks = [{{ name = "disk", path = "disk" }}]
[ledger]
path = "ledger.sqlite"
"""

PARTS = """
kind = "sequence"
parts = [
    { kind = "star-trail", route = "held", exposure_s = 20, shots = 4 },
    { kind = "star-trail", route = "burst", exposure_s = 20, shots = 3 },
    { kind = "bracket", exposure_s = 4, frames = 3, sets = 1, iso = 800 },
    { kind = "exposure-series", rounds = 1, series = [{ exposure_s = 8, iso = 400 }, { exposure_s = 2, iso = 1600 }] },
]
"""


def test_a_sequence_of_held_burst_and_changing_exposures_is_shot_as_it_was_planned(tmp_path: Path) -> None:
    (tmp_path / "station.toml").write_text(MINE)
    (tmp_path / "mine.toml").write_text(PARTS)
    after = datetime.fromisoformat(EPOCH)
    chosen = stage(configuration.load(tmp_path / "station.toml"), tmp_path / "rehearsal", after, speed=60.0)
    assert [len(volley) for volley in chosen.plan.volleys] == [4, 3, 1, 1, 1, 1, 1]
    assert {shot.release for shot in chosen.plan.shots} == {ReleaseKind.HELD, ReleaseKind.BURST, ReleaseKind.USB}
    (tmp_path / "rehearsal").mkdir()
    report = asyncio.run(rehearse(chosen, nobody_watches))
    assert (report.planned, report.safe, report.extra) == (12, 12, 0)
