"""Settings beside an exposure, the body's clock, and what preflight reads: the real libgphoto2 on the twin."""

import tempfile
from collections.abc import AsyncIterator, Iterator

import pytest

from nightside_drivers.api import Exposure, Setting
from nightside_drivers.clock import machine_now
from nightside_drivers.proxy import HostedBody, Wishes
from nightside_drivers.testing import TwinProcess

LONG_EXPOSURE_NR, FOCUS_MODE, EXPOSURE_PROGRAM = 0xD06B, 0x500A, 0x500E


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "plain") as running:
        yield running


@pytest.fixture
async def body(twin: TwinProcess) -> AsyncIterator[HostedBody]:
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port})
    await hosted.open()
    yield hosted
    await hosted.close()


WISHES = {
    Setting.QUALITY: "raw",
    Setting.TARGET: "card",
    Setting.WHITE_BALANCE: "daylight",
    Setting.NOISE_REDUCTION: "off",
    Setting.DELAY: "off",
    Setting.METER_OFF: "longest",
}


async def test_what_is_wished_is_read_back_from_the_body(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    applied = await body.apply(WISHES)
    assert {one.setting for one in applied if one.exact} == set(WISHES)
    assert twin.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 0
    assert (await body.state()).quality == "NEF (Raw)"


async def test_what_was_found_is_put_back(body: HostedBody) -> None:
    before = await body.state()
    await body.apply(WISHES)
    assert await body.state() != before
    assert all(one.exact for one in await body.restore())
    assert (await body.state()).quality == before.quality
    assert (await body.state()).meter_off == before.meter_off
    assert await body.restore() == ()


async def test_the_nearest_is_taken_and_said(body: HostedBody) -> None:
    (applied,) = await body.apply({Setting.METER_OFF: "7 seconds"})
    assert not applied.exact
    assert "nearest to 7 seconds" in str(applied)


async def test_a_switch_that_only_a_hand_can_turn_stays_and_that_is_said(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.dial(FOCUS_MODE, 0x8010)  # AF-S, on the body's own switch
    (applied,) = await body.apply({Setting.FOCUS: "manual"})
    assert not applied.exact
    assert applied.now == applied.before == "AF-S"


async def test_a_wish_that_means_nothing_to_the_body_changes_nothing(body: HostedBody) -> None:
    (applied,) = await body.apply({Setting.WHITE_BALANCE: "mauve"})
    assert (applied.exact, applied.now) == (False, applied.before)


async def test_the_body_tells_what_preflight_asks(body: HostedBody, twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    state = await body.state()
    assert (state.mode, state.dial, state.focus) == ("M", "Single Shot", "Manual")
    assert (state.mains, state.noise_reduction, state.delay) == (False, True, False)
    assert state.images_left is not None
    assert state.images_left > 1000


@pytest.mark.parametrize("off_s", [0.0, 3661.25, -40.75])
async def test_the_bodys_clock_is_measured_to_a_part_of_a_second(body: HostedBody, twin: TwinProcess, off_s: float) -> None:
    twin.control.step_clock(off_s)
    offset = await body.clock_offset(2.5)
    assert offset.sigma_s < 0.1
    assert offset.seconds == pytest.approx(off_s, abs=max(0.05, 5 * offset.sigma_s))


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
async def test_the_bodys_clock_is_set_to_utc_at_the_turn_of_a_second_whatever_zone_the_computer_is_in(
    twin: TwinProcess, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    twin.control.step_clock(-86_000.4)
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port})
    await hosted.open()
    await hosted.set_clock()
    offset = await hosted.clock_offset(2.5)
    await hosted.close()
    assert abs(float(twin.control.state()["ahead_s"])) < 1
    assert offset.seconds == pytest.approx(float(twin.control.state()["ahead_s"]), abs=max(0.05, 5 * offset.sigma_s))


async def test_a_measurement_that_is_cut_short_says_how_little_it_knows(body: HostedBody) -> None:
    offset = await body.clock_offset(0.0)
    assert offset.sigma_s > 0.2
    assert abs(offset.seconds) < 4 * offset.sigma_s


async def test_settings_are_put_back_although_the_process_that_set_them_was_killed(twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, wishes=Wishes({Setting.NOISE_REDUCTION: "off"}, restore=True))
    await hosted.open()
    await hosted.kill()
    assert twin.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 0
    await hosted.open()
    await hosted.close()
    assert twin.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 1


async def test_what_could_not_be_put_back_is_known_until_it_is(twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, wishes=Wishes({Setting.NOISE_REDUCTION: "off"}, restore=True))
    await hosted.open()
    assert hosted.left_changed == {}  # that is for the session's end
    twin.control.fault("cable-pulled", seconds=1.0)
    await hosted.close()
    assert hosted.left_changed == {Setting.NOISE_REDUCTION: "On"}
    while not twin.control.state()["reachable"]:
        pass
    await hosted.open()
    await hosted.close()
    assert hosted.left_changed == {}
    assert twin.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 1


async def test_a_child_that_is_recycled_in_mid_window_leaves_the_settings_alone(twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    wishes = Wishes({Setting.NOISE_REDUCTION: "off"}, restore=True)
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, wishes=wishes, rss_budget=1)
    await hosted.open()
    await hosted.prepare(Exposure(0.5))
    at = machine_now() + 0.1
    taken = await hosted.shoot(at, at + 1, at + 0.5)
    (file,) = taken.files or await hosted.reported(3)
    with tempfile.TemporaryFile() as into:
        await hosted.fetch(file, into.fileno())
    assert hosted.recycled == 1
    assert twin.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 0
    await hosted.close()
    assert twin.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 1


async def test_a_session_begins_as_wished_and_ends_as_it_was_found(twin: TwinProcess) -> None:
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    wishes = Wishes({Setting.NOISE_REDUCTION: "off"}, restore=True)
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, wishes=wishes)
    opened = await hosted.open()
    assert [str(one) for one in opened.applied] == ["noise-reduction is off"]
    assert (await hosted.state()).noise_reduction is False
    await hosted.close()
    assert twin.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 1


async def test_what_was_found_on_one_body_is_not_put_on_another(twin: TwinProcess) -> None:
    """The configuration names no serial number, the first body's process was killed, and somebody connected another body."""
    twin.control.dial(LONG_EXPOSURE_NR, 1)
    wishes = Wishes({Setting.NOISE_REDUCTION: "off"}, restore=True)
    hosted = HostedBody("gphoto", {"port": twin.gphoto_port}, wishes=wishes)
    await hosted.open()
    await hosted.kill()
    with TwinProcess("--scene", "plain", "--serial", "2054321") as other:
        hosted._options["port"] = other.gphoto_port
        await hosted.open()
        await hosted.close()
        assert other.control.properties()[f"{LONG_EXPOSURE_NR:#06x}"] == 0
