"""What chrony and the kernel say of a clock, as recorded from them."""

from pathlib import Path

import pytest

from nightside.engine.trust import ClockTrust, ClockUntrusted, Trust, require
from nightside.service.timekeeping import STA_UNSYNC, Timex, chrony, kernel, system_trust, unkept

KEPT = (
    "A29FC87B,162.159.200.123,4,1700000123.456789012,0.000012,-0.000010,0.000050,-12.345,0.001,0.05,0.010,0.0005,64.2,Normal\n"
)
UNKEPT = (
    "7F7F0101,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000,1.000000,0.0,Not synchronised\n"
)

SAID = {
    "a kept clock": (KEPT, ClockTrust(Trust.NTP, 0.0055, "chrony")),
    "a clock that is not kept yet": (UNKEPT, None),
    "chrony that is not there": ("", None),
    "a daemon that does not answer": ("506 Cannot talk to daemon\n", None),
    "words where numbers should be": (KEPT.replace("0.010,0.0005", "a,b"), None),
}


@pytest.mark.parametrize(("tracking", "means"), SAID.values(), ids=SAID)
def test_chrony_is_understood(tracking: str, means: ClockTrust | None) -> None:
    assert chrony(tracking) == means


def timex(status: int, maxerror: int) -> Timex:
    found = Timex()
    found.status, found.maxerror = status, maxerror
    return found


def test_the_kernels_word_is_taken_where_there_is_no_chrony(tmp_path: Path) -> None:
    synchronized = tmp_path / "synchronized"
    assert kernel(0, timex(0x2001, 250_000), synchronized) == ClockTrust(Trust.NTP, 0.25, "kernel")
    synchronized.touch()
    assert kernel(0, timex(0x2001, 250_000), synchronized) == ClockTrust(Trust.NTP, 0.25, "timesyncd")


@pytest.mark.parametrize(("state", "status"), [(5, STA_UNSYNC), (0, STA_UNSYNC), (5, 0), (-1, 0)])
def test_a_clock_that_the_kernel_calls_unsynchronised_is_not_kept(state: int, status: int) -> None:
    assert kernel(state, timex(status, 16_000_000)) is None


def test_a_computer_without_a_clock_of_its_own_is_told_from_one_with(tmp_path: Path) -> None:
    assert unkept(tmp_path).level is Trust.NONE
    (tmp_path / "rtc0").mkdir()
    assert unkept(tmp_path).level is Trust.RTC
    assert unkept(tmp_path / "no-such-folder").level is Trust.NONE


def test_this_computer_can_be_asked() -> None:
    assert system_trust().level in {Trust.NTP, Trust.RTC, Trust.NONE}


def test_every_level_is_read_back_from_its_rank() -> None:
    assert [Trust.of_rank(level.rank) for level in Trust] == list(Trust)
    assert Trust.NTP.rank > Trust.RTC.rank > Trust.NONE.rank


@pytest.mark.parametrize("level", [Trust.RTC, Trust.NONE])
def test_what_nobody_vouches_for_is_refused_with_a_remedy_unless_a_person_does(level: Trust) -> None:
    with pytest.raises(ClockUntrusted, match='trust = "any"'):
        require(ClockTrust(level, None, ""), confirmed=False)
    require(ClockTrust(level, None, ""), confirmed=True)
