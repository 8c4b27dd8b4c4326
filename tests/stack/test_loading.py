"""What the daemon has not loaded when it is ready: heavy libraries wait until something needs them."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from nightside.cli.shelf import SHELF
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
    "fastapi",
    "gphoto2",
    "greenlet",
    "httpx",
    "icalendar",
    "nicegui",
    "obstore",
    "psycopg",
    "pygments",
    "recurring_ical_events",
    "requests",
    "rich",
    "sep",
    "skyfield",
    "pydantic_settings",
    "socketio",
    "uvicorn",
    "watchfiles",
    "websockets",
}


OTHER_COMMANDS = {f"nightside.cli.{place.partition(':')[0]}" for place in SHELF.values()} - {"nightside.cli.run"}
"""Modules of the command line that the daemon has no part in."""

ALONE = """
import atexit, sys
from pathlib import Path
from nightside.cli import main
atexit.register(lambda: Path("loaded").write_text("\\n".join(name for name, module in sys.modules.items() if module is not None)))
main()
"""


def test_a_daemon_with_an_api_is_ready_without_what_it_does_not_need_yet(tmp_path: Path) -> None:
    (tmp_path / "nightside.toml").write_text(CONFIG)
    words = [sys.executable, "-c", ALONE, "run", "--config", "nightside.toml"]
    with manager(tmp_path / "notify") as listening:
        process = subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path / "notify"))
        assert listening.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == os.EX_OK
    loaded = set((tmp_path / "loaded").read_text().splitlines())
    assert {"numpy", "sqlalchemy", "nightside.cli.run"} <= loaded
    assert sorted(loaded & NOT_BEFORE_IT_IS_NEEDED) == []
    assert sorted(loaded & OTHER_COMMANDS) == []


def test_a_daemon_is_ready_where_its_standard_input_was_closed(tmp_path: Path) -> None:
    (tmp_path / "nightside.toml").write_text(CONFIG)
    words = ["sh", "-c", 'exec "$0" "$@" <&-', sys.executable, "-m", "nightside", "run", "--config", "nightside.toml"]
    with manager(tmp_path / "notify") as listening:
        process = subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path / "notify"))
        assert listening.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == os.EX_OK
