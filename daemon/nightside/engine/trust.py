"""How far the computer's clock can be trusted, and what may be shot by it. Pure: who asks the system is `service.timekeeping`.

A clock that is a minute wrong moves a ground night by a minute; from orbit it is a sixth of the way to the horizon, and the frames
show the sunlit Earth. So plans that follow an orbit want a clock that something keeps.
"""

from dataclasses import dataclass
from enum import StrEnum

from nightside.errors import CallPerson


class Trust(StrEnum):
    """What keeps a clock right, best first."""

    REHEARSED = "rehearsed"
    """It is a rehearsal's own, and right by definition."""
    NTP = "ntp"
    """Time servers, through chrony, timesyncd or another."""
    CONFIRMED = "confirmed"
    """A person says so."""
    RTC = "rtc"
    """The computer's battery-backed clock alone: right when it was set, and a second or so a day away from it since."""
    NONE = "none"
    """Nothing: it began at some instant when the computer was switched on."""

    @property
    def rank(self) -> int:
        """As the ledger keeps it: higher is better."""
        return len(Trust) - 1 - list(Trust).index(self)

    @classmethod
    def of_rank(cls, rank: int) -> "Trust":
        """The inverse; what no level has is the nearest."""
        return list(cls)[len(cls) - 1 - min(max(rank, 0), len(cls) - 1)]


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """What is known of the clock now."""

    level: Trust
    sigma_s: float | None
    """One standard deviation (s) of UTC as it is read here; `None` where nobody knows."""
    keeper: str
    """What keeps it, in a word: `chrony`, `timesyncd`, `kernel`, `rtc`."""

    @property
    def enough(self) -> bool:
        """Whether an orbit may be followed by it."""
        return self.level in {Trust.REHEARSED, Trust.NTP, Trust.CONFIRMED}

    def __str__(self) -> str:
        sigma = "" if self.sigma_s is None else f" to ±{_seconds(self.sigma_s)}"
        return {
            Trust.REHEARSED: "The clock is a rehearsal's.",
            Trust.NTP: f"The clock is kept by time servers ({self.keeper}){sigma}.",
            Trust.CONFIRMED: "The clock is right, says a person.",
            Trust.RTC: "No time server keeps the clock: it is what the computer's own clock says.",
            Trust.NONE: "Nothing keeps the clock, and the computer has none that runs while it is off.",
        }[self.level]


REHEARSED = ClockTrust(Trust.REHEARSED, 0.0, "rehearsal")


class ClockUntrusted(CallPerson):
    """The clock is not good enough to follow an orbit by."""

    code = "clock-untrusted"
    exit_code = 47


def require(trust: ClockTrust, *, confirmed: bool) -> None:
    """Let pass what may be shot by.

    Raises:
        ClockUntrusted: neither a time server nor a person vouches for the clock.
    """
    if not (trust.enough or confirmed):
        raise ClockUntrusted(
            f"{trust} A plan that follows an orbit is not shot by it.",
            means="A minute of error is four degrees of the orbit: the frames may show the sunlit Earth.",
            remedy="Let chrony or timesyncd reach a time server; or set the clock by hand and say so "
            '(`nightside tell confirm --clock`); or take it as it is with [clock] trust = "any".',
        )


def _seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.1f} s"
