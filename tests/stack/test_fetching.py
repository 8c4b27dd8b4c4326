"""What comes off a card is written in ranges: in order, whole, and never in silence."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nightside_drivers.api import CardFile, Exposure, Setting
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import Reopen, SpoolFailed
from nightside_drivers.gphoto import card
from nightside_drivers.gphoto.driver import GphotoDriver
from nightside_drivers.testing import TwinProcess


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "plain", "--speed", "20", "--bandwidth", "unlimited") as running:
        yield running


@pytest.fixture
def driver(twin: TwinProcess) -> Iterator[GphotoDriver]:
    body = GphotoDriver(twin.gphoto_port)
    body.open()
    yield body
    body.close()


@pytest.fixture
def frame(driver: GphotoDriver) -> CardFile:
    driver.apply({Setting.QUALITY: "raw"})
    driver.prepare(Exposure(1.0))
    at = machine_now()
    taken = driver.shoot(at, at + 5, at + 0.05)
    return (taken.files or driver.reported(10))[0]


@pytest.fixture(params=[1 << 12, 1 << 16, 1 << 20])
def chunk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    size = int(request.param)
    monkeypatch.setattr(card, "NIKON_CHUNK", size)
    return size


def whole(driver: GphotoDriver, frame: CardFile, path: Path) -> bytes:
    with path.open("w+b") as into:
        portion = driver.fetch(frame, into.fileno())
    content = path.read_bytes()
    assert portion.whole
    assert len(content) == portion.size
    return content


def test_ranges_of_any_length_make_the_same_file(
    twin: TwinProcess, driver: GphotoDriver, frame: CardFile, tmp_path: Path, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_ranges = whole(driver, frame, tmp_path / "ranges.nef")
    assert len(in_ranges) > 2 * chunk or chunk == 1 << 20
    whole_body = GphotoDriver(twin.gphoto_port)  # a session keeps the space that it has once made
    monkeypatch.setattr(card, "NIKON_CHUNK", 1 << 28)
    driver.close()
    whole_body.open()
    assert in_ranges == whole(whole_body, whole_body.files()[0], tmp_path / "whole.nef")
    whole_body.close()


def test_ranges_are_short_where_a_release_may_be_near(driver: GphotoDriver, frame: CardFile, tmp_path: Path) -> None:
    asked: list[int] = []
    read = card._range

    def noted(*words: object) -> int:
        asked.append(len(words[-1]))  # type: ignore[arg-type] # the space to read into
        return read(*words)  # type: ignore[arg-type] # as it was called

    with pytest.MonkeyPatch.context() as patch, (tmp_path / "frame").open("w+b") as into:
        patch.setattr(card, "_range", noted)
        driver.fetch(frame, into.fileno())
        driver.fetch(frame, into.fileno(), 0, machine_now() + 60)
    assert set(asked) == {card.NIKON_CHUNK, card.CHUNK}


@pytest.mark.usefixtures("chunk")
def test_a_disk_that_is_full_is_said_and_the_frame_stays(driver: GphotoDriver, frame: CardFile) -> None:
    full = os.open("/dev/full", os.O_RDWR)
    try:
        with pytest.raises(SpoolFailed, match="No space left"):
            driver.fetch(frame, full)
    finally:
        os.close(full)
    assert frame in driver.files()


def test_what_has_come_when_the_body_goes_is_the_beginning_of_the_file(
    driver: GphotoDriver, frame: CardFile, twin: TwinProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole(driver, frame, tmp_path / "whole.nef")
    driver._range = bytearray(1 << 12)
    ranges = 0
    read = card._range

    def read_until_the_cable_is_out(*words: object) -> int:
        nonlocal ranges
        ranges += 1
        if ranges == 4:
            twin.stop()
        return read(*words)  # type: ignore[arg-type] # as it was called

    monkeypatch.setattr(card, "_range", read_until_the_cable_is_out)
    with (tmp_path / "part.nef").open("w+b") as into, pytest.raises(Reopen):
        driver.fetch(frame, into.fileno())
    begun = (tmp_path / "part.nef").read_bytes()
    assert len(begun) == 3 << 12
    assert expected.startswith(begun)
