"""sd_notify on a real socket."""

import os
from pathlib import Path

import pytest

from nightside.service.systemd import LONGEST_STATUS, Systemd
from tests.daemon.service.manager import manager


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "notify") if request.param == "path" else f"@nightside-{os.getpid()}-{tmp_path.name}"


def test_what_the_manager_hears_is_what_it_documents(address: str) -> None:
    with manager(address) as listening, Systemd(address) as systemd:
        systemd.ready()
        systemd.reloading(12.5)
        systemd.alive()
        systemd.waiting("The ledger cannot be reached.")
        systemd.stopping("Stops.")
        assert listening.heard() == [
            "READY=1",
            "RELOADING=1\nMONOTONIC_USEC=12500000",
            "WATCHDOG=1",
            "READY=1",
            "STATUS=Waits. The ledger cannot be reached.",
            "WATCHDOG=1",
            "STOPPING=1\nSTATUS=Stops.",
        ]


def test_a_status_is_one_line_said_once_and_never_a_command(address: str) -> None:
    with manager(address) as listening, Systemd(address) as systemd:
        systemd.status("a body\nREADY=1\r\nWATCHDOG=1")
        systemd.status("a body READY=1 WATCHDOG=1")
        systemd.status("ü" * 10_000)
        assert listening.heard() == ["STATUS=a body READY=1 WATCHDOG=1", f"STATUS={'ü' * LONGEST_STATUS}"]


def test_where_nobody_listens_nothing_happens(tmp_path: Path) -> None:
    for systemd in (Systemd(), Systemd(str(tmp_path / "nobody")), Systemd.of_environment({})):
        with systemd:
            systemd.ready()
            assert systemd.watchdog_s is None


def test_a_manager_that_does_not_read_is_not_waited_for(tmp_path: Path) -> None:
    with manager(tmp_path / "notify"), Systemd(str(tmp_path / "notify")) as systemd:
        for _ in range(10_000):
            systemd.alive()


WATCHDOGS = {
    "one for this process": ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 60.0),
    "one for anybody": ({"WATCHDOG_USEC": "1500000"}, 1.5),
    "one for another process": ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
    "one that is off": ({"WATCHDOG_USEC": "0"}, None),
    "one that is no number": ({"WATCHDOG_USEC": "-1e9"}, None),
}


@pytest.mark.parametrize("name", WATCHDOGS)
def test_a_watchdog_is_heeded_that_is(name: str) -> None:
    environment, expected = WATCHDOGS[name]
    with Systemd.of_environment(environment) as systemd:
        assert systemd.watchdog_s == expected
