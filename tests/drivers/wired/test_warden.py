"""The process that lets pins go: what it outlives, and what happens where there is none. What it lets go: see tests/stack."""

import os
import signal

import pytest

from nightside_drivers.errors import ReleaseGone
from nightside_drivers.wired.gpio_line import GpioWiring
from nightside_drivers.wired.warden import Warden


@pytest.fixture(autouse=True)
def mock_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_a_service_manager_that_stops_everything_does_not_end_it_before_its_work_is_done(number: signal.Signals) -> None:
    warden = Warden(GpioWiring(17, 22, active_low=True))
    os.kill(warden.pid, number)
    assert warden.leave() == 0
    assert not warden.alive


def test_it_does_not_share_the_terminal_of_whoever_started_it() -> None:
    warden = Warden(GpioWiring(17))
    assert os.getpgid(warden.pid) != os.getpgid(0)
    warden.close()
    warden.close()


def test_pins_that_cannot_be_guarded_are_not_taken(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "none-such")
    with pytest.raises(ReleaseGone, match="guards GPIO 17 did not start"):
        Warden(GpioWiring(17))
    assert "nightside release guard:" in capfd.readouterr().err
