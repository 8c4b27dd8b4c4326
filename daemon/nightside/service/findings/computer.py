"""The computer: whether it has power, stays awake, has memory left, knows its time zone, and runs Nightside as a service."""

import os
import shutil
import subprocess
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from nightside.service.findings.values import Finding, bad, doubt, good, note

POWER = Path("/sys/class/power_supply")
MEMINFO = Path("/proc/meminfo")
LID = Path("/proc/acpi/button/lid")
LOGIND = (Path("/etc/systemd/logind.conf"), Path("/etc/systemd/logind.conf.d"))
UNITS = Path("/etc/systemd/system")
LOCALTIME = Path("/etc/localtime")
SYSTEMD = Path("/run/systemd/system")
"""There where systemd runs the machine (sd_booted(3))."""

SCARCE, TIGHT = 200_000_000, 500_000_000
"""Bytes: the daemon, a body's process and a sink's take about 200 MB together."""
ANSWER_S = 3.0
SHIFT = timedelta(days=2)
"""How far ahead a change of the clocks is told."""


def power(supplies: Path = POWER) -> Finding:
    """Whether the computer runs from the mains, and what its battery has left where it does not."""
    found = [(one, _read(one / "type")) for one in sorted(supplies.glob("*"))]
    # A mouse has a battery too; its scope says so (Documentation/ABI/testing/sysfs-class-power).
    batteries = [one for one, kind in found if kind == "Battery" and _read(one / "scope") != "Device"]
    if not batteries:
        return good("power", "The computer has no battery that it could run from.")
    percent = min((int(text) for one in batteries if (text := _read(one / "capacity")).isdecimal()), default=None)
    left = "an unknown charge" if percent is None else f"{percent} %"
    plugged = any(_read(one / "online") == "1" for one, kind in found if kind != "Battery")
    if plugged or not any(_read(one / "status") == "Discharging" for one in batteries):
        return good("power", f"The computer runs from the mains; its battery has {left}.")
    return doubt(
        "power",
        f"The computer runs from its battery, which has {left}.",
        "It may be off before the night is over.",
        "Plug it in.",
    )


def staying_awake(lid: Path = LID, logind: tuple[Path, ...] = LOGIND, units: Path = UNITS, systemd: Path = SYSTEMD) -> Finding:
    """Whether the computer goes to sleep when its lid is closed or it is left alone."""
    if not systemd.exists():
        return note("sleep", "There is no systemd here that could put the computer to sleep; what else may is not known.")
    if _masked(units / "sleep.target") or _masked(units / "suspend.target"):
        return good("sleep", "The computer cannot be put to sleep.")
    configured = dict(_keys(logind))
    idle = configured.get("IdleAction", "ignore")
    if idle not in {"ignore", "lock"}:
        return doubt(
            "sleep",
            f"The computer does this when nobody uses it: {idle} (logind's IdleAction).",
            "A night that it sleeps through is not shot.",
            "sudo systemctl mask sleep.target suspend.target hibernate.target hybrid-sleep.target",
        )
    has_lid = lid.is_dir() and any(lid.iterdir())
    on_lid = configured.get("HandleLidSwitch", "suspend")
    if has_lid and on_lid not in {"ignore", "lock"}:
        return doubt(
            "sleep",
            f"Closing the lid means: {on_lid}.",
            "A sleeping computer opens no shutter, and a closed one is missing its night.",
            "Leave the lid open; or sudo systemctl mask sleep.target suspend.target hibernate.target hybrid-sleep.target",
        )
    return good("sleep", "Neither idleness nor a lid puts the computer to sleep, as far as systemd is asked.")


def memory(meminfo: Path = MEMINFO) -> Finding:
    """Whether there is memory for the daemon and its processes."""
    told = dict(line.split(":", 1) for line in _read(meminfo).splitlines() if ":" in line)
    words = told.get("MemAvailable", "").split()
    if not words or not words[0].isdecimal():
        return note("memory", "How much memory is free is not told here.")
    free = int(words[0]) * 1024
    says = f"{free / 1e6:.0f} MB of memory are free."
    if free >= TIGHT:
        return good("memory", says)
    means = "The daemon, a body's process and a sink's take about 200 MB; the system ends processes when it has none left."
    remedy = "End other programs."
    return bad("memory", says, means, remedy) if free < SCARCE else doubt("memory", says, means, remedy)


def time_zone(now: datetime, localtime: Path = LOCALTIME, named: str | None = os.environ.get("TZ")) -> Finding:
    """Which time zone the computer is in. Nightside counts in UTC; people and duty plans may not."""
    name = (named or _zone_of(localtime)).removeprefix(":")
    if name in {"", "UTC", "Etc/UTC", "UCT", "Zulu", "Etc/UCT"}:
        return good("time-zone", "The computer's time zone is UTC, as Nightside's is.")
    try:
        zone = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return doubt(
            "time-zone",
            f"The computer's time zone is {name!r}, which its database does not know.",
            "What other programs call local time may be anything. Nightside counts in UTC.",
            "sudo timedatectl set-timezone UTC, or another zone that is known.",
        )
    here, then = now.astimezone(zone), (now + SHIFT).astimezone(zone)
    says = f"The computer's time zone is {name}, {here:%z} from UTC."
    if here.utcoffset() != then.utcoffset():
        return note("time-zone", f"{says} Its clocks change within two days.", "Windows and file names are in UTC: none moves.")
    return note("time-zone", says, "Times of Nightside are UTC, everywhere.")


def service(name: str = "nightside.service", systemd: Path = SYSTEMD) -> Finding:
    """How the service of the system is, where there is one."""
    if not systemd.exists() or shutil.which("systemctl") is None:
        return note("service", "There is no systemd here, so Nightside runs as long as somebody lets it.")
    words = ["systemctl", "show", name, "--property=LoadState,ActiveState,UnitFileState,NRestarts,Result"]
    try:
        said = subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=ANSWER_S, stdin=subprocess.DEVNULL
        ).stdout
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return note("service", "systemd does not say how the service is.")
    return service_told(dict(line.split("=", 1) for line in said.splitlines() if "=" in line))


def service_told(told: dict[str, str]) -> Finding:
    """What systemd's properties of the unit mean (systemctl(1), show)."""
    if told.get("LoadState") != "loaded":
        return note("service", "Nightside is not installed as a service.", "It does not start with the computer.")
    active, enabled, restarts = told.get("ActiveState", ""), told.get("UnitFileState", ""), told.get("NRestarts", "0")
    if active == "failed":
        result = told.get("Result", "unknown")
        return bad(
            "service", f"The service has failed: {result}.", "Nobody keeps the night.", "journalctl -u nightside says why."
        )
    if restarts.isdecimal() and int(restarts) > 0:
        says = f"The service is {active}, and was started again {restarts} times."
        return doubt("service", says, "Something ends it.", "journalctl -u nightside says what.")
    if active == "active":
        if enabled != "enabled":
            means = "After the computer was switched off it does not come back."
            return doubt("service", "The service runs, but is not enabled.", means, "sudo systemctl enable nightside")
        return good("service", "The service runs, and starts with the computer.")
    says = f"The service is {active or 'not running'}{', and starts with the computer' if enabled == 'enabled' else ''}."
    return note("service", says, "Nobody keeps the night unless it is started: sudo systemctl start nightside.")


def _keys(places: tuple[Path, ...]) -> Iterator[tuple[str, str]]:
    """The settings of logind, later files winning (logind.conf(5))."""
    for place in places:
        for file in sorted(place.glob("*.conf")) if place.is_dir() else [place]:
            for line in _read(file).splitlines():
                key, equals, value = line.partition("=")
                if equals and not key.lstrip().startswith("#"):
                    yield key.strip(), value.strip()


def _masked(unit: Path) -> bool:
    return unit.is_symlink() and unit.readlink() == Path(os.devnull)


def _zone_of(localtime: Path) -> str:
    try:
        return str(localtime.readlink()).partition("zoneinfo/")[2]
    except OSError:
        return ""  # no link: UTC, as localtime(5) has it, or a copy that has no name


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""
