"""A new kind of program is one file: here a ramp through twilight, whose every shot has its own exposure."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from nightside.sky.elements import load_elements
from tests.orbit import ISS_FILE

DAEMON = Path(__file__).parents[3] / "daemon"

RAMP = '''
"""Ramp: exposures that grow as it gets dark."""

from typing import Literal

from nightside.plan.drafts import Expansion, in_rounds
from nightside.plan.programs.base import Exposing
from nightside.plan.values import Overrun


class Ramp(Exposing):
    """From one exposure to another, a third of a stop at a time."""

    kind: Literal["ramp"] = "ramp"
    from_s: float = 1.0
    to_s: float = 8.0

    @property
    def bounded(self):
        """Always."""
        return True

    @property
    def usual_overrun(self):
        """It follows the light."""
        return Overrun.SKIP

    def exposures(self):
        """Each of them."""
        times, at = [], self.from_s
        while at <= self.to_s * 1.01:
            times.append(self.asked(at))
            at *= 2
        return tuple(times)

    def with_exposure(self, old_s, new_s):
        """With another end."""
        return self.revised({"to_s": new_s})

    def expand(self, room_us, means):
        """One after the other."""
        cycle = [self.draft(exposure.shutter_s, means) for exposure in self.exposures()]
        return Expansion(in_rounds(cycle, means.gaps_us, 30_000_000, 1, room_us))
'''


def test_adding_a_file_adds_a_kind_to_files_configurations_and_the_schema(tmp_path: Path) -> None:
    copied = tmp_path / "daemon"
    shutil.copytree(DAEMON, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "nightside" / "plan" / "programs" / "ramp.py").write_text(RAMP)
    (tmp_path / "ramp.toml").write_text('kind = "ramp"\niso = 800\n')
    epoch = load_elements(ISS_FILE).epoch.isoformat()
    (tmp_path / "nightside.toml").write_text(
        f'[orbit]\nelements = "{ISS_FILE}"\n[program]\nkind = "sequence"\n[[program.parts]]\nkind = "ramp"\n'
        '[storage]\nspool = "spool"\nsinks = [{ name = "frames", path = "frames" }]\n[ledger]\npath = "ledger.sqlite"\n'
        f"[clock]\nstart = {epoch}\nspeed = 60\n"
    )
    environment = os.environ | {"PYTHONPATH": str(copied)}

    def run(*words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    for words in (["ramp.toml"], []):
        shots = run("-m", "nightside", "plan", *words, "--json")["shots"]
        assert [shot["exposure"]["shutter_s"] for shot in shots] == [1, 2, 4, 8]
    schema = run("-c", "from nightside.plan.listing import schema; print(schema())")
    assert '"ramp"' in json.dumps(schema)
