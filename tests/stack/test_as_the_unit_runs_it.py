"""The daemon with the environment that its unit gives it: Python leaves docstrings and asserts aside, and nobody can tell."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.daemon.service.manager import manager

ROOT = Path(__file__).parents[2]
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
"""


def of_the_unit(cache: Path) -> dict[str, str]:
    """What the unit sets, with that folder as the system's cache."""
    unit = (ROOT / "systemd" / "nightside.service").read_text()
    lines = [line.removeprefix("Environment=") for line in unit.splitlines() if line.startswith("Environment=")]
    return dict(setting.replace("%C", str(cache)).split("=", 1) for line in lines for setting in line.split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unit")


@pytest.fixture(scope="module")
def daemon(folder: Path) -> Iterator[httpx.Client]:
    (folder / "nightside.toml").write_text(CONFIG)
    surroundings = os.environ | of_the_unit(folder / "cache") | {"NOTIFY_SOCKET": str(folder / "notify")}
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    words = [sys.executable, "-m", "nightside", "run", "--config", "nightside.toml"]
    with manager(folder / "notify") as listening, (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=folder, env=surroundings, stdout=log, stderr=log)
        try:
            listening.wait_for("READY=1")
            lines = [json.loads(line) for line in (folder / "log").read_text().splitlines()]
            (port,) = [line["port"] for line in lines if line["event"] == "api-up"]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == os.EX_OK


@pytest.mark.parametrize(
    ("asked", "written"),
    [("/api/openapi.json", "docs/reference/openapi.json"), ("/api/v1/programs/schema", "config/program.schema.json")],
)
def test_it_describes_itself_as_the_documents_do(daemon: httpx.Client, asked: str, written: str) -> None:
    told: dict[str, Any] = daemon.get(asked).raise_for_status().json()
    assert told == json.loads((ROOT / written).read_text("utf-8"))


@pytest.mark.parametrize("path", ["/", "/plan", "/health", "/frames", "/focus", "/tonight"])
def test_it_shows_its_pages(daemon: httpx.Client, path: str) -> None:
    assert "Nightside" in daemon.get(path).raise_for_status().text


@pytest.mark.parametrize("path", ["/api/v1/state", "/api/v1/plan", "/api/v1/findings", "/api/v1/outlook", "/metrics"])
def test_it_answers(daemon: httpx.Client, path: str) -> None:
    assert daemon.get(path).raise_for_status().content


def test_what_it_is_made_of_is_compiled_into_its_cache_for_the_next_start(daemon: httpx.Client, folder: Path) -> None:
    import sqlalchemy

    import nightside.app

    for module in (nightside.app, sqlalchemy, json):
        source = Path(str(module.__file__))
        (compiled,) = (folder / "cache" / "nightside" / source.parent.relative_to("/")).glob(f"{source.stem}.*.opt-2.pyc")
        assert compiled.stat().st_size > 0
