"""Recordings that say less than a body needs."""

from dataclasses import replace
from pathlib import Path

import pytest

from nightside_drivers import bodies
from nightside_drivers.api import BodyState, Exposure, Identity
from nightside_drivers.errors import BodyRefused, DriverMissing
from nightside_drivers.replay.driver import ReplayDriver
from nightside_drivers.replay.recording import VERSION, Recording, read, write

BODY = bodies.unknown("D3S", [0.5, 1.0], [])
STATE = BodyState(battery_percent=None, images_left=None, mode=None, aperture=None, focus=None)
RECORDING = Recording(VERSION, Identity("Nikon", "D3S", "0"), BODY, STATE, ())


def test_a_body_without_isos_refuses_each_in_words() -> None:
    driver = ReplayDriver(RECORDING)
    driver.open()
    with pytest.raises(BodyRefused, match="none that is known"):
        driver.prepare(Exposure(1.0, iso=800))


def test_one_without_shutter_speeds_is_none(tmp_path: Path) -> None:
    path = tmp_path / "d3s.json"
    write(Recording(VERSION, RECORDING.identity, replace(BODY, shutter_speeds_s=()), STATE, ()), path)
    with pytest.raises(DriverMissing, match="no shutter speed"):
        read(path)


def test_a_recording_is_read_as_it_was_written_and_written_over_nothing(tmp_path: Path) -> None:
    path = tmp_path / "d3s.json"
    write(RECORDING, path)
    assert read(path) == RECORDING
    with pytest.raises(FileExistsError):
        write(RECORDING, path)
