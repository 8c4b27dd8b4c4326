"""The unit's promises kept under a real service manager with a real journal, in namespaces of their own: nobody else hears of them.

A user's manager takes what of the unit is about the process. What makes the sandbox needs the system's own, and is judged by
`systemd-analyze` (tests/daemon/service/test_installing.py).
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nightside.errors import ConfigRefused
from nightside.service import installing
from tests.installed import absent

pytestmark = pytest.mark.timeout(900)

MANAGER, JOURNAL = Path("/usr/lib/systemd/systemd"), Path("/usr/lib/systemd/systemd-journald")
OF_THE_PROCESS = (
    *("Type", "NotifyAccess", "ExecStart", "ExecReload", "ExecStopPost", "Restart", "RestartPreventExitStatus"),
    *("KillMode", "TimeoutStopSec", "UMask", "Environment", "NoNewPrivileges"),
)
"""Settings of the unit that a user's manager knows what to do with."""
HASTE = "WatchdogSec=9\nRestartSec=100ms\n"
"""In the place of the unit's own, which are for weeks."""

CONFIG = """\
[site]
latitude_deg = {latitude}
longitude_deg = 8.0
[night]
condition = "{condition}"
[camera]
port = "ptpip:127.0.0.1:9:9"
[storage]
spool = "spool"
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "ledger.sqlite"
[api]
enabled = false
"""

SCRIPT = r"""
set -u
mount --make-rprivate / && mount -t tmpfs tmpfs /run
umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /run/user/0 /run/systemd/system /run/systemd/journal /run/log/journal /run/home/.config/systemd/user
export XDG_RUNTIME_DIR=/run/user/0 HOME=/run/home
cp unit /run/home/.config/systemd/user/nightside.service
"$JOURNAL" 2>/dev/null &
until [ -S /run/systemd/journal/stdout ]; do sleep 0.05; done
"$MANAGER" --user 2>/dev/null &
until systemctl --user is-system-running >/dev/null 2>&1; do sleep 0.05; done
show() { echo "$1 $2 $(systemctl --user show nightside -p "$3" --value)"; }
until_it_is() { until [ "$(systemctl --user show nightside -p "$1" --value)" = "$2" ]; do sleep 0.05; done; }
pid() { systemctl --user show nightside -p MainPID --value; }
systemctl --user start nightside; show start $? StatusText
systemctl --user reload nightside; show reload $? ActiveState
cp bad nightside.toml; systemctl --user reload nightside 2>/dev/null; show refused $? ActiveState
cp better nightside.toml; systemctl --user reload nightside; show taken $? ActiveState
kill -9 $(pid); until_it_is NRestarts 1; until_it_is ActiveState active; show killed 0 NRestarts
kill -STOP $(pid); until_it_is NRestarts 2; until_it_is ActiveState active; show hung 0 NRestarts
systemctl --user stop nightside; show stop $? Result
cp wrong nightside.toml; systemctl --user start nightside 2>/dev/null; show wrong $? ExecMainStatus
show "left-alone" 0 NRestarts
journalctl --sync 2>/dev/null; sleep 0.5
journalctl -D "/run/log/journal/$(cat /etc/machine-id)" -o json --no-pager NIGHTSIDE_EVENT=configuration-taken > journal
"""


def unit_for(folder: Path) -> str:
    """The shipped unit, as far as it is about the process."""
    shipped = (installing.shipped() / "systemd" / "nightside.service").read_text("utf-8")
    kept = [line for line in shipped.splitlines() if line.partition("=")[0] in OF_THE_PROCESS]
    text = "\n".join(kept).replace("/usr/bin/env nightside", f"{sys.executable} -m nightside")
    return f"[Service]\nWorkingDirectory={folder}\n{HASTE}{text}\n".replace(
        "/etc/nightside/nightside.toml", str(folder / "nightside.toml")
    )


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, tuple[int, str]], list[dict[str, Any]]]:
    """What the manager said of each thing that happened to the daemon, and what its journal has."""
    if os.getuid() != 0:
        pytest.skip("only root may have a manager in namespaces of its own")
    if shutil.which("unshare") is None or not (MANAGER.exists() and JOURNAL.exists()):
        absent("systemd or unshare is not installed (Debian: systemd, util-linux)")
    folder = tmp_path_factory.mktemp("managed")
    texts = {
        "nightside.toml": CONFIG.format(latitude=46.5, condition="sun < -18"),
        "bad": CONFIG.format(latitude=46.5, condition="sun < nonsense"),
        "better": CONFIG.format(latitude=46.5, condition="sun < -12"),
        "wrong": CONFIG.format(latitude=95, condition="sun < -12"),
        "unit": unit_for(folder),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    spaces = ["unshare", "--mount", "--pid", "--fork", "--cgroup", "--ipc", "--mount-proc", "--kill-child"]
    told = os.environ | {"MANAGER": str(MANAGER), "JOURNAL": str(JOURNAL)}
    done = subprocess.run(
        [*spaces, "bash", "-c", SCRIPT], cwd=folder, env=told, capture_output=True, text=True, timeout=600, check=True
    )
    found = [line.split(" ", 2) for line in done.stdout.splitlines()]
    lines = (folder / "journal").read_text("utf-8").splitlines()
    return {name: (int(code), said) for name, code, said in found}, [json.loads(line) for line in lines]


Lived = tuple[dict[str, tuple[int, str]], list[dict[str, Any]]]


def test_it_is_ready_with_nothing_there_and_says_what_it_is_at(lived: Lived) -> None:
    code, says = lived[0]["start"]
    assert code == 0
    assert says.startswith(("Looks for the body.", "Waits."))


def test_a_reload_waits_for_what_comes_of_it_and_a_bad_one_ends_nothing(lived: Lived) -> None:
    assert [lived[0][name] for name in ("reload", "refused", "taken")] == [(0, "active"), (1, "active"), (0, "active")]


def test_whatever_ends_it_or_hangs_is_started_again_and_a_wrong_configuration_is_not(lived: Lived) -> None:
    assert (lived[0]["killed"], lived[0]["hung"]) == ((0, "1"), (0, "2"))
    assert lived[0]["wrong"] == (1, str(ConfigRefused.exit_code))
    assert lived[0]["left-alone"] == (0, "0")


def test_it_is_stopped_in_peace(lived: Lived) -> None:
    assert lived[0]["stop"] == (0, "success")


def test_the_journal_has_the_fields_of_a_line(lived: Lived) -> None:
    (line,) = lived[1]
    assert line["NIGHTSIDE_EVENT"] == "configuration-taken"
    assert "night" in line["NIGHTSIDE_TAKEN"]
