"""The whole driver on the real libgphoto2 against the twin: child process, deadlines, settings, card."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nightside_drivers.api import CardFile, Exposure, ReleaseKind, Setting
from nightside_drivers.clock import ScaledClock, machine_now
from nightside_drivers.errors import BodyNotFound, BodyRefused, BodySilent, FileGone, HostDied, Reopen, TooLate
from nightside_drivers.finding import usb
from nightside_drivers.gphoto.driver import GphotoDriver
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.testing import TwinProcess
from tests.twins import StartTwin

SPEED = 30.0
EPOCH = datetime(2018, 7, 3, 20, 0, tzinfo=UTC)
QUICK = Deadlines(call_s=3, shot_margin_s=3)


@pytest.fixture
def twin(start_twin: StartTwin) -> TwinProcess:
    return start_twin(ScaledClock(EPOCH, SPEED))


@pytest.fixture
async def body(twin: TwinProcess) -> AsyncIterator[HostedBody]:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port, "serial": twin.serial}, QUICK)
    await hosted.open()
    yield hosted
    await hosted.close()


async def shoot(body: HostedBody, seconds: float = 3.0) -> tuple[CardFile, ...]:
    await body.prepare(Exposure(seconds))
    at = machine_now() + 0.05
    taken = await body.shoot(at, at + 1, at + seconds / SPEED)
    return taken.files or await body.reported(3)


async def test_the_body_says_who_it_is_and_what_it_can_do(twin: TwinProcess) -> None:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port})
    opened = await hosted.open()
    assert (opened.identity.model, opened.identity.serial) == ("D3S", "2012345")
    assert opened.capabilities.longest_exposure_s == 30
    assert opened.capabilities.doubts == ()
    assert opened.capabilities.releases == {ReleaseKind.USB, ReleaseKind.BURST}  # no wire is configured
    await hosted.close()


async def test_another_serial_number_is_another_body(twin: TwinProcess) -> None:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port, "serial": "7"})
    with pytest.raises(BodyNotFound, match="serial number 2012345, not 7"):
        await hosted.open()
    assert hosted.pid is None


async def test_settings_are_what_the_body_says_afterwards(body: HostedBody) -> None:
    assert await body.prepare(Exposure(30.0, iso=800)) == Exposure(30.0, iso=800)
    assert (await body.prepare(Exposure(0.333))).shutter_s == pytest.approx(1 / 3, rel=0.01)


async def test_the_body_says_what_lens_is_on_and_how_much_room_its_card_has(body: HostedBody) -> None:
    before = await body.state()
    assert before.lens == "20 mm"
    assert before.free_bytes
    await shoot(body)
    (file,) = await body.files()
    after = await body.state()
    assert after.free_bytes is not None
    assert file.size is not None
    assert before.free_bytes - after.free_bytes > 0
    assert after.temperature_c is None  # a D3s tells none


async def test_the_words_of_a_body_are_not_translated(
    twin: TwinProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once something in the process has called setlocale, libgphoto2 speaks as LANGUAGE says, and "Off" is "Aus"."""
    (tmp_path / "sitecustomize.py").write_text("import locale\n\nlocale.setlocale(locale.LC_ALL, '')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LC_MESSAGES", "C.UTF-8")  # the German locale itself may not be installed
    monkeypatch.setenv("LANGUAGE", "de")
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, QUICK)
    await hosted.open()
    state = await hosted.state()
    await hosted.close()
    assert (state.focus, state.dial, state.noise_reduction) == ("Manual", "Single Shot", False)


@pytest.mark.parametrize(
    ("exposure", "says"),
    [
        (Exposure(60), "nearest is 30 s"),
        (Exposure(1, iso=777), "nearest is 800"),
        (Exposure(1, aperture=1.2), r"f-number.*by hand|nearest"),
    ],
)
async def test_what_the_body_cannot_take_is_refused_with_the_nearest(body: HostedBody, exposure: Exposure, says: str) -> None:
    with pytest.raises(BodyRefused, match=says):
        await body.prepare(exposure)


async def test_the_shutter_opens_when_it_was_told_to_and_for_as_long(body: HostedBody, twin: TwinProcess) -> None:
    await body.prepare(Exposure(3.0))
    at = machine_now() + 0.3
    taken = await body.shoot(at, at + 1, at + 0.1)
    (truth,) = twin.truth()
    assert taken.opened_at >= at
    assert truth["closed"] - truth["opened"] == pytest.approx(3.0)
    assert taken.closed_at - taken.opened_at >= 3.0 / SPEED


async def test_a_dark_frame_is_waited_for_and_kills_no_shot(start_twin: StartTwin) -> None:
    twin = start_twin(ScaledClock(EPOCH, SPEED))
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, Deadlines(shot_margin_s=0.3))
    await hosted.open()
    await hosted.apply({Setting.NOISE_REDUCTION: "on"})
    took = await hosted.prepare(Exposure(30.0))
    assert took.dark_s == 30
    at = machine_now() + 0.05
    taken = await hosted.shoot(at, at + 1, at + 30 / SPEED)
    assert taken.closed_at - taken.opened_at > 60 / SPEED
    assert hosted.pid is not None
    assert (await hosted.prepare(Exposure(1.0))).dark_s is None  # it acts on longer ones only
    await hosted.close()


async def test_a_shot_whose_instant_has_passed_leaves_the_shutter_closed(body: HostedBody, twin: TwinProcess) -> None:
    await body.prepare(Exposure(1.0))
    with pytest.raises(TooLate):
        await body.shoot(machine_now() - 2, machine_now() - 1, machine_now())
    assert twin.truth() == []


async def test_a_frame_comes_off_the_card_as_it_is(body: HostedBody, tmp_path: Path) -> None:
    (file,) = await shoot(body)
    with (tmp_path / "frame").open("w+b") as into:
        portion = await body.fetch(file, into.fileno())
    content = (tmp_path / "frame").read_bytes()
    assert content.startswith(b"\xff\xd8")
    assert portion.whole
    assert portion.size == len(content)
    (listed,) = await body.files()
    assert (listed, listed.size) == (file, len(content))
    await body.delete(file)
    assert await body.files() == ()


async def test_a_file_that_is_not_there_is_gone_and_the_body_still_answers(body: HostedBody, tmp_path: Path) -> None:
    (file,) = await shoot(body)
    with (tmp_path / "frame").open("w+b") as into, pytest.raises(FileGone):
        await body.fetch(CardFile(file.folder, "DSC_4711.JPG"), into.fileno())
    assert await body.files() == (file,)


SILENT = '[[fault]]\nkind = "silent"\nafter_shots = 1\nseconds = 1e9\n'


async def test_a_body_that_stops_answering_is_given_up_at_its_deadline(start_twin: StartTwin) -> None:
    twin = start_twin(ScaledClock(EPOCH, SPEED), faults=SILENT)
    hosted = HostedBody(
        "gphoto", {"port": twin.gphoto_port}, Deadlines(shot_margin_s=0.5)
    )  # libgphoto2 itself would wait longer
    await hosted.open()
    with pytest.raises(BodySilent, match="took longer than 1 s to expose"):
        await shoot_silently(hosted)
    assert hosted.pid is None
    with pytest.raises(HostDied):
        await hosted.state()
    await hosted.close()


async def test_a_timeout_of_the_librarys_own_is_a_silent_body_too(start_twin: StartTwin) -> None:
    twin = start_twin(ScaledClock(EPOCH, SPEED), faults=SILENT)
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, Deadlines(shot_margin_s=60))
    await hosted.open()
    with pytest.raises(BodySilent, match="libgphoto2 -10"):
        await shoot_silently(hosted)
    await hosted.close()


async def shoot_silently(hosted: HostedBody) -> None:
    await hosted.prepare(Exposure(1.0))
    at = machine_now() + 0.05
    await hosted.shoot(at, at + 5, at + 0.5)


async def test_a_killed_child_is_noticed_and_can_be_replaced(body: HostedBody) -> None:
    assert body.pid is not None
    os.kill(body.pid, signal.SIGKILL)
    with pytest.raises(Reopen):
        await body.state()
    assert (await body.open()).identity.serial == "2012345"
    assert (await body.state()).mode == "M"


async def test_a_switched_off_body_is_gone(body: HostedBody, twin: TwinProcess) -> None:
    twin.stop()
    with pytest.raises(Reopen):
        await body.files()


async def test_a_call_that_is_cancelled_does_not_confuse_the_next(body: HostedBody) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(body.reported(0.5), 0.1)
    assert (await body.state()).battery_percent is not None


def found_at(*ports: str) -> Callable[[str, str | None], tuple[str, ...]]:
    return lambda port, serial: ports


def test_of_two_bodies_the_one_with_the_serial_number_is_taken_on_whatever_port_it_is(
    start_twin: StartTwin, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ScaledClock(EPOCH, SPEED)
    left, right = start_twin(clock, serial="2011111"), start_twin(clock, serial="2022222")
    monkeypatch.setattr(usb, "candidates", found_at(left.gphoto_port, right.gphoto_port))
    for serial in ("2022222", "2011111"):
        driver = GphotoDriver("usb:", serial)
        assert driver.open().serial == serial
        driver.close()
    with pytest.raises(BodyNotFound, match="2011111 and 2022222, not 7"):
        GphotoDriver("usb:", "7").open()


def test_a_body_that_is_not_there_does_not_hide_the_one_that_is_meant(
    start_twin: StartTwin, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = start_twin(ScaledClock(EPOCH, SPEED))
    monkeypatch.setattr(usb, "candidates", found_at("ptpip:127.0.0.1:9:9", twin.gphoto_port))
    driver = GphotoDriver("usb:", twin.serial)
    assert driver.open().serial == twin.serial
    driver.close()


async def test_a_child_that_grew_too_large_is_replaced_and_nobody_notices(twin: TwinProcess, tmp_path: Path) -> None:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, QUICK, rss_budget=1)
    await hosted.open()
    (file,) = await shoot(hosted)
    first = hosted.pid
    assert await asyncio.to_thread(lambda: hosted.rss) > 1 << 20
    with (tmp_path / "frame").open("w+b") as into:
        await hosted.fetch(file, into.fileno())
    assert hosted.recycled == 1
    assert hosted.pid not in {None, first}
    at = machine_now() + 0.1
    await hosted.shoot(at, at + 1, at + 3 / SPEED)  # as it was prepared before
    assert [one["requested_s"] for one in twin.truth()] == [3.0, 3.0]
    await hosted.close()
    assert await asyncio.to_thread(lambda: hosted.rss) == 0
