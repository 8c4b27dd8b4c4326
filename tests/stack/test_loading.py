"""What the daemon has not loaded when it is ready: heavy libraries wait until something needs them."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from http import HTTPStatus
from pathlib import Path
from typing import Any

from nightside.cli.shelf import SHELF
from nightside.service.http.routes import SUBJECTS
from nightside.service.page.places import PLACES
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
sinks = [{{ name = "frames", path = "frames" }}]
[ledger]
path = "ledger.sqlite"
[api]
port = 0
page = {page}
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

THE_SKY = {"erfa", "nightside.nights", "nightside.plan.planner", "numpy", "sgp4"}
"""What computes it is loaded in a process of its own, whatever the daemon is asked."""

NOT_BEFORE_A_PAGE_IS_SEEN = {"aiohttp", "bidict", "engineio", "jinja2", "nicegui", "requests", "socketio"}

ALONE = """
import atexit, os, signal, socket, sys
from pathlib import Path
from nightside.cli import main

def tell(*_):
    Path("loaded").write_text("\\n".join(name for name, module in sys.modules.items() if module is not None))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling:
        telling.sendto(b"LOADED=1", os.environ["NOTIFY_SOCKET"])

atexit.register(tell)
signal.signal(signal.SIGUSR1, tell)
main()
"""


def test_a_daemon_with_an_api_is_ready_without_what_it_does_not_need_yet(tmp_path: Path) -> None:
    (tmp_path / "nightside.toml").write_text(CONFIG.format(page="false"))
    words = [sys.executable, "-c", ALONE, "run", "--config", "nightside.toml"]
    with manager(tmp_path / "notify") as listening:
        process = subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path / "notify"))
        assert listening.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == os.EX_OK
    found = loaded(tmp_path)
    assert {"sqlalchemy", "nightside.cli.run"} <= found
    assert sorted(found & (NOT_BEFORE_IT_IS_NEEDED | THE_SKY)) == []
    assert sorted(found & OTHER_COMMANDS) == []


def test_who_asks_a_daemon_something_has_it_load_what_that_needs_and_no_page(tmp_path: Path) -> None:
    (tmp_path / "nightside.toml").write_text(CONFIG.format(page="true"))
    words = [sys.executable, "-c", ALONE, "run", "--config", "nightside.toml"]
    with manager(tmp_path / "notify") as listening, (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path / "notify"), stdout=log, stderr=log)
        try:
            assert listening.wait_for("READY=1")
            port = next(said["port"] for said in logged(tmp_path / "log") if said["event"] == "api-up")

            def ask(path: str) -> None:
                assert urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60).status == HTTPStatus.OK

            def told() -> set[str]:
                process.send_signal(signal.SIGUSR1)
                assert listening.wait_for("LOADED=1")
                return loaded(tmp_path)

            ask("/healthz")
            ask("/metrics")
            after_a_scrape = told()
            ask("/api/openapi.json")
            ask("/login")
            after_a_look = told()
            ask("/")
            after_a_page = told()
            for place in PLACES:
                ask(place.path)
            for path in ("plan", "nights", "outlook", "world", "findings", "agenda"):
                ask(f"/api/v1/{path}")
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == os.EX_OK
    after_all = loaded(tmp_path)
    routes = "nightside.service.http.routes."
    assert [module for module in SUBJECTS if module.startswith(routes) and module in after_a_scrape] == [f"{routes}metrics"]
    assert "pydantic.v1" not in after_all
    assert sorted(after_a_look & NOT_BEFORE_A_PAGE_IS_SEEN) == []
    assert sorted(after_all & THE_SKY) == []
    assert NOT_BEFORE_A_PAGE_IS_SEEN - after_a_page == {"aiohttp", "requests"}
    assert {place.module for place in PLACES if f"nightside.service.page.{place.module}" in after_a_page} == {"now"}


def loaded(folder: Path) -> set[str]:
    """What a daemon had loaded when it last told."""
    return set((folder / "loaded").read_text().splitlines())


def logged(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_a_daemon_is_ready_where_its_standard_input_was_closed(tmp_path: Path) -> None:
    (tmp_path / "nightside.toml").write_text(CONFIG.format(page="false"))
    words = ["sh", "-c", 'exec "$0" "$@" <&-', sys.executable, "-m", "nightside", "run", "--config", "nightside.toml"]
    with manager(tmp_path / "notify") as listening:
        process = subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path / "notify"))
        assert listening.wait_for("READY=1")
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == os.EX_OK
