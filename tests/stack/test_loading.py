"""What the daemon has not loaded when it is ready: heavy libraries wait until something needs them."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.daemon.service.manager import environment, manager

CONFIG = """\
[site]
latitude_deg = 46.547
longitude_deg = 7.985
[night]
condition = "sun < -18"
[camera]
port = "ptpip:127.0.0.1:9:9"
[storage]
spool = "spool"
sinks = [{ name = "frames", path = "frames" }]
[ledger]
path = "ledger.sqlite"
[api]
port = 0
page = false
"""

NOT_BEFORE_IT_IS_NEEDED = {
    "PIL",
    "aiohttp",
    "alembic",
    "asyncssh",
    "cryptography",
    "gphoto2",
    "httpx",
    "icalendar",
    "nicegui",
    "obstore",
    "psycopg",
    "recurring_ical_events",
    "requests",
    "sep",
    "skyfield",
    "socketio",
}


def test_a_daemon_with_an_api_is_ready_without_what_it_does_not_need_yet(tmp_path: Path) -> None:
    (tmp_path / "nightside.toml").write_text(CONFIG)
    words = [sys.executable, "-X", "importtime", "-m", "nightside", "run", "--config", "nightside.toml"]
    with manager(tmp_path / "notify") as listening, (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=tmp_path, stderr=log, env=environment(tmp_path / "notify"))
        assert listening.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == os.EX_OK
    loaded = set(re.findall(r"^import time:.*\| +(\w+)", (tmp_path / "log").read_text(), re.MULTILINE))
    assert {"numpy", "fastapi", "sqlalchemy"} <= loaded
    assert sorted(loaded & NOT_BEFORE_IT_IS_NEEDED) == []
