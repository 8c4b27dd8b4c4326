"""A running daemon is commanded from another process, and tells a hook what happens."""

import json
import subprocess
import sys
from pathlib import Path

from nightside.engine.controls import STOPPED
from nightside.engine.report import report
from nightside.ledger.opening import read_ledger
from nightside.ledger.states import WindowOutcome
from nightside_drivers.clock import SystemClock, pause
from tests.crash.conftest import StartDaemon
from tests.orbit import shortly_before_umbra
from tests.twins import StartTwin

LONGEST_S = 90.0
KEEP = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read())"


def nightside(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nightside", *words, "--config", str(folder / "nightside.toml")]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_window_is_ended_from_another_terminal_and_a_hook_hears_of_it(
    start_twin: StartTwin, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    clock = shortly_before_umbra(60.0)
    twin = start_twin(clock)
    (tmp_path / "keep.py").write_text(KEEP)
    kept = tmp_path / "kept"
    hook = [sys.executable, str(tmp_path / "keep.py"), str(kept)]
    more = {"on": ["window-armed", "window-done", "frame-safe", "command"], "command": hook}
    daemon = start_daemon(twin, clock, shots=45, api={"port": 0}, hooks=[more])
    for _ in range(int(LONGEST_S / 0.05)):
        if len(twin.truth()) >= 2:
            break
        pause(0.05)

    looked = json.loads(nightside(tmp_path, "status", "--json").stdout)
    assert [body["body"] for body in looked["bodies"]] == [twin.serial]
    told = nightside(tmp_path, "tell", "stop-after-shot")
    assert told.returncode == 0, told.stderr
    assert "This window ends here" in told.stdout
    assert daemon.wait(LONGEST_S) == 25  # shots are missed, and it says so

    ledger = read_ledger(tmp_path / "ledger.sqlite", SystemClock())
    (window,) = ledger.windows()
    found = report(window, ledger.shots(window.id), ledger.frames(window.id))
    ledger.close()
    assert window.outcome == found.outcome == WindowOutcome.STOPPED
    assert found.safe == len(twin.truth()) >= 2
    assert {shot.reason for shot in found.shots if shot.reason} == {STOPPED}
    heard = [json.loads(line) for line in kept.read_text().splitlines()]
    names = [one["event"] for one in heard]
    assert names[0] == "window-armed"
    assert names.count("frame-safe") == found.safe
    assert [one["detail"]["safe"] for one in heard if one["event"] == "window-done"] == [found.safe]
    assert "command" in names

    nobody = nightside(tmp_path, "status")
    assert nobody.returncode == 48
    assert "nightside run" in nobody.stderr
