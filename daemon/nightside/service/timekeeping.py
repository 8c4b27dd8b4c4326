"""Who keeps this computer's clock, and how well: asked of chrony, systemd and the kernel, in this order, and never assumed.

The kernel's word (adjtimex(2)) works without any of the others; they add who it is, and chrony a better bound.
"""

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from nightside.clock import Clock, ScaledClock
from nightside.engine.trust import REHEARSED, ClockTrust, Trust

ANSWER_S = 2.0
"""How long a program that is asked may take."""

REMEMBERED_S = 10.0
"""How long an answer holds (clock time): whoever waits for a clock to be set asks every second."""

TIMESYNCD = Path("/run/systemd/timesync/synchronized")
"""There once systemd-timesyncd has set the clock (systemd-timesyncd.service(8))."""

RTC = Path("/sys/class/rtc")

STA_UNSYNC, TIME_ERROR = 0x0040, 5
"""adjtimex(2)."""

TRACKING_FIELDS = 14
"""Of `chronyc -c tracking`: the last is the leap status; root delay and root dispersion (s) are fields 10 and 11."""


class Timex(ctypes.Structure):
    """struct timex, as 64-bit Linux has it (adjtimex(2)), and room to spare."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("constant", ctypes.c_long),
        ("precision", ctypes.c_long),
        ("tolerance", ctypes.c_long),
        ("tv_sec", ctypes.c_long),
        ("tv_usec", ctypes.c_long),
        ("tick", ctypes.c_long),
        ("rest", ctypes.c_byte * 128),
    )


def clock_trust(clock: Clock) -> Callable[[], ClockTrust]:
    """How far a clock can be trusted, whenever it is asked; an answer is remembered for ten seconds. May block."""
    if isinstance(clock, ScaledClock):
        return lambda: REHEARSED
    known: dict[str, tuple[float, ClockTrust]] = {}

    def ask() -> ClockTrust:
        now = clock.monotonic()
        if "now" not in known or now - known["now"][0] > REMEMBERED_S:
            known["now"] = (now, system_trust())
        return known["now"][1]

    return ask


def system_trust() -> ClockTrust:
    """How far this computer's clock can be trusted now."""
    return chrony(_said("chronyc", "-c", "-n", "tracking")) or kernel(*_adjtimex()) or unkept()


def chrony(tracking: str) -> ClockTrust | None:
    """What `chronyc -c tracking` says; `None` where it keeps no time, or is not there.

    σ is its bound on the whole error: half the root delay plus the root dispersion.
    """
    fields = tracking.strip().split(",")
    if len(fields) != TRACKING_FIELDS or fields[-1] == "Not synchronised":
        return None
    try:
        delay_s, dispersion_s = float(fields[10]), float(fields[11])
    except ValueError:
        return None
    return ClockTrust(Trust.NTP, abs(delay_s) / 2 + abs(dispersion_s), "chrony")


def kernel(state: int, timex: Timex, timesyncd: Path = TIMESYNCD) -> ClockTrust | None:
    """What the kernel says of whoever disciplines its clock; `None` where nobody does.

    σ is the kernel's bound on the error, which it lets grow for as long as it hears nothing.
    """
    if state < 0 or state == TIME_ERROR or timex.status & STA_UNSYNC:
        return None
    return ClockTrust(Trust.NTP, timex.maxerror / 1e6, "timesyncd" if timesyncd.exists() else "kernel")


def unkept(rtc: Path = RTC) -> ClockTrust:
    """What is left when nobody keeps the clock."""
    if rtc.is_dir() and any(rtc.iterdir()):
        return ClockTrust(Trust.RTC, None, "rtc")
    return ClockTrust(Trust.NONE, None, "none")


def _adjtimex() -> tuple[int, Timex]:
    timex = Timex()
    try:
        return ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(timex)), timex
    except AttributeError:
        return -1, timex  # a C library that does not have it


def _said(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return ""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=ANSWER_S, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout if done.returncode == 0 else ""
