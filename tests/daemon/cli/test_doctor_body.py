"""What `nightside doctor` finds out about the body: on a twin in another process, through the real libgphoto2."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger, sole_writer
from nightside.ledger.states import WindowPhase
from nightside.plan.values import Plan
from nightside_drivers.testing import TwinProcess
from tests.daemon.cli.conftest import Nightside

Config = Callable[..., Path]
READY = ("body-mode", "body-dial", "body-focus", "body-noise", "body-delay", "body-card")
FOCUS_MODE, LONG_EXPOSURE_NR = 0x500A, 0xD06B


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--release-port", "0", "--scene", "plain") as running:
        yield running


def examined(nightside: Nightside, path: Path, *words: str) -> dict[str, dict[str, Any]]:
    said = nightside("doctor", "--json", "--config", path, *words)
    return {finding["name"]: finding for finding in json.loads(said.out)["findings"]}


def camera(twin: TwinProcess, release: str = "") -> str:
    return f'port = "{twin.gphoto_port}"\n{release}'


def wire(twin: TwinProcess, more: str = "") -> str:
    return f'[camera.release]\nport = "{twin.release_url}"\n{more}'


def test_a_body_that_is_ready_is_said_to_be(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    found = examined(nightside, config(camera=camera(twin)))
    assert "serial 2012345" in found["body"]["what"]
    assert all(found[name]["severity"] == "good" for name in ("body", *READY))


def test_what_a_person_must_turn_is_said_one_line_each(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    twin.control.dial(FOCUS_MODE, 0x8010)
    found = examined(nightside, config(camera=camera(twin)))
    assert found["body-focus"]["severity"] == "bad"
    assert "manual" in found["body-focus"]["remedy"]


def test_what_can_be_set_over_usb_is_set_and_needs_no_hand(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    assert examined(nightside, config(camera=camera(twin)))["body-noise"]["severity"] == "good"


def test_what_is_to_be_left_alone_is_for_a_hand(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    table = camera(twin, '[camera.settings]\nnoise_reduction = "on"')
    found = examined(nightside, config(camera=table))
    assert found["body-noise"]["severity"] == "bad"
    assert "doubles" in found["body-noise"]["remedy"]


def test_the_bodys_clock_is_compared_with_utc_in_real_time(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    twin.control.step_clock(3600)
    found = examined(nightside, config(camera=camera(twin), clock="", night='condition = "always"'))
    assert found["body-clock"]["severity"] == "bad"
    assert "ahead of UTC" in found["body-clock"]["what"]


def test_the_latency_of_the_release_is_measured_on_the_sync_contact(
    nightside: Nightside, config: Config, twin: TwinProcess
) -> None:
    found = examined(nightside, config(camera=camera(twin, wire(twin, "contact = true"))), "--release", "3")
    assert "3 presses" in found["body-latency"]["what"]
    assert "latency_s = 0.0" in found["body-latency"]["remedy"]
    assert len(twin.truth()) == 3


def test_without_a_contact_no_latency_is_made_up(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    found = examined(nightside, config(camera=camera(twin, wire(twin))), "--release", "2")
    assert found["body"]["severity"] == "bad"
    assert "contact = true" in found["body"]["remedy"]


def test_a_wiring_that_nothing_can_close_after_a_crash_is_called_bad(
    nightside: Nightside, config: Config, twin: TwinProcess
) -> None:
    found = examined(nightside, config(camera=camera(twin, wire(twin, "inverted = true"))))
    assert found["body-release"]["severity"] == "bad"
    twin.control.let_go()


def test_a_body_is_recorded_without_its_serial_number_and_replayed(
    nightside: Nightside, config: Config, twin: TwinProcess, tmp_path: Path
) -> None:
    path = tmp_path / "d3s.json"
    found = examined(nightside, config(camera=camera(twin)), "--record", str(path))
    assert found["body-recording"]["severity"] == "good"
    assert "2012345" not in path.read_text()
    replayed = examined(nightside, config(camera=f'driver = "replay"\nport = "{path}"'))
    assert "D3S, serial 0" in replayed["body"]["what"]
    assert replayed["body-dial"] == found["body-dial"]
    assert replayed["body-card"]["what"] == found["body-card"]["what"]


def test_a_recording_takes_no_other_files_place(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    path = config(camera=camera(twin))
    before = path.read_bytes()
    found = examined(nightside, path, "--record", str(path))
    assert found["body-recording"]["severity"] == "bad"
    assert "File exists" in found["body-recording"]["what"]
    assert path.read_bytes() == before


def test_a_recording_that_cannot_be_written_is_said(nightside: Nightside, config: Config, twin: TwinProcess) -> None:
    found = examined(nightside, config(camera=camera(twin)), "--record", "/proc/nowhere/d3s.json")
    assert found["body-recording"]["severity"] == "bad"


def window(folder: Path, plan: Plan, phase: WindowPhase) -> None:
    ledger = open_ledger(folder / "ledger.sqlite", VirtualClock(plan.span.start))
    ledger.enter(ledger.begin("20180703-star-trail", "2012345", plan).id, phase)
    ledger.close()


@pytest.mark.parametrize("words", [(), ("--release", "2"), ("--record", "d3s.json")])
def test_beside_a_daemon_that_shoots_the_body_is_left_alone_and_it_is_said_until_when(
    nightside: Nightside,
    config: Config,
    twin: TwinProcess,
    tmp_path: Path,
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    window(tmp_path, plan, WindowPhase.SHOOTING)
    path = config(camera=camera(twin, wire(twin, "contact = true")), clock="start = 2018-07-03T20:10:00Z\nspeed = 1")
    with sole_writer(tmp_path / "ledger.sqlite"):
        found = examined(nightside, path, *words)
    assert "is armed" in found["body"]["what"]
    assert "2018-07-03 20:42:34 UTC" in found["body"]["remedy"]
    assert twin.truth() == []
    assert not (tmp_path / "d3s.json").exists()


def test_beside_a_daemon_that_waits_for_the_next_night_the_body_is_met(
    nightside: Nightside, config: Config, twin: TwinProcess, tmp_path: Path
) -> None:
    path = config(camera=camera(twin), clock="start = 2018-07-03T19:10:00Z\nspeed = 1")
    open_ledger(tmp_path / "ledger.sqlite", VirtualClock(datetime(2018, 7, 3, 19, tzinfo=UTC))).close()
    with sole_writer(tmp_path / "ledger.sqlite"):
        assert examined(nightside, path)["body"]["severity"] == "good"


def test_what_a_daemon_left_unfinished_does_not_matter_when_none_runs_any_more(
    nightside: Nightside, config: Config, twin: TwinProcess, tmp_path: Path, plan: Plan
) -> None:
    window(tmp_path, plan, WindowPhase.SHOOTING)
    assert examined(nightside, config(camera=camera(twin)))["body"]["severity"] == "good"
