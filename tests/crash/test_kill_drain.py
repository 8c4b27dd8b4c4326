"""Kill −9 at 200 random instants of drain, store and deletion: nothing lost, nothing doubled, nothing torn."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 50


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(4))
def test_fifty_kills_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    """What must hold after each kill is in `lives.look`; what must hold in the end, in `lives.proved`."""
    words = [sys.executable, "-m", "tests.crash.lives", str(tmp_path), str(KILLS), str(seed)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == 0, ended.stderr
    met = json.loads(ended.stdout)
    assert met["kills"] >= KILLS
    assert met["mornings"] > 1
