"""The configuration: what is understood, and how the rest is refused."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from nightside.errors import ConfigRefused
from nightside.ledger.place import Server
from nightside.plan.programs import Interval, StarTrail
from nightside.settings import GpioRelease, SerialRelease, load
from nightside.sky.conditions import parse_condition

PROFILES = Path(__file__).parents[2] / "config"

GOOD = """
[orbit]
elements = "iss.tle"
[camera]
port = "usb:"
[program]
kind = "star-trail"
exposure_s = 30
[storage]
spool = "spool"
sinks = [{ name = "frames", path = "frames" }]
[ledger]
path = "ledger.sqlite"
"""


@pytest.fixture
def config(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "nightside.toml"
        path.write_text(text)
        return path

    return write


def test_a_good_file_is_understood(config: Callable[[str], Path], tmp_path: Path) -> None:
    settings = load(config(GOOD))
    assert isinstance(settings.program, StarTrail)
    assert settings.path(settings.storage.spool) == tmp_path / "spool"


def test_an_absolute_path_stays_where_it_is(config: Callable[[str], Path]) -> None:
    settings = load(config(GOOD.replace('"spool"', '"/var/spool/n"')))
    assert settings.path(settings.storage.spool) == Path("/var/spool/n")


@pytest.mark.parametrize("profile", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_profile_is_understood(profile: Path) -> None:
    assert isinstance(load(profile).program, StarTrail | Interval)


@pytest.mark.parametrize("profile", sorted(PROFILES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_profile_asks_for_a_night_that_is_known(profile: Path) -> None:
    assert str(parse_condition(load(profile).night.condition))


def test_the_environment_wins_over_the_file(config: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSIDE_CAMERA__PORT", "usb:001,004")
    monkeypatch.setenv("NIGHTSIDE_PROGRAM__EXPOSURE_S", "10")
    settings = load(config(GOOD))
    assert settings.camera.port == "usb:001,004"
    assert isinstance(settings.program, StarTrail)
    assert settings.program.exposure_s == 10


REFUSALS = {
    "an unknown key": (
        "[camera]\n",
        '[camera]\nprot = "x"\n',
        r"camera\.prot is not a key.*Did you mean port\?.*Allowed here: .*port",
    ),
    "an unknown table": (
        "[orbit]",
        "[weather]\nx = 1\n[orbit]",
        r"weather is not a key.*Allowed here: api, camera, cameras, clock",
    ),
    "two bodies of which one has no number": (
        '[camera]\nport = "usb:"\n',
        '[[cameras]]\nserial = "1"\n[[cameras]]\n',
        "each of several .*needs the serial number of another body",
    ),
    "two bodies on one release line": (
        '[camera]\nport = "usb:"\n',
        "".join(f'[[cameras]]\nserial = "{number}"\nrelease = {{ port = "/dev/ttyUSB0" }}\n' for number in (1, 2)),
        "released by the same line",
    ),
    "one body and several": (
        "[camera]\n",
        '[[cameras]]\nserial = "1"\n[camera]\n',
        r"several bodies are all named in \[\[cameras\]\]",
    ),
    "a hook on what is no event": (
        "[camera]\n",
        '[[hooks]]\non = ["window-dome"]\ncommand = ["x"]\n[camera]\n',
        "it is no event; there are armed, body-found",
    ),
    "a hook that tells nobody": ("[camera]\n", '[[hooks]]\non = ["window-done"]\n[camera]\n', "either a command or a url"),
    "a clock that nobody knows": ("[camera]\n", '[clock]\ntrust = "sundial"\n[camera]\n', r"clock\.trust is 'sundial'"),
    "a key of another program": ("exposure_s = 30", "every_s = 30", r"program\.every_s is not a key.*Allowed here: .*total_s"),
    "an unknown program": ('"star-trail"', '"fireworks"', r"program.kind is 'fireworks'.*interval, .*star-trail"),
    "a number out of range": ("exposure_s = 30", "exposure_s = -1", r"program\.exposure_s is -1: .*greater than 0"),
    "a word for a number": ("exposure_s = 30", 'exposure_s = "long"', r"program\.exposure_s is 'long': .*number"),
    "a missing key": ('spool = "spool"\n', "", r"storage\.spool is missing"),
    "no sink at all": ('[{ name = "frames", path = "frames" }]', "[]", r"storage\.sinks.*at least 1 item"),
    "two sinks of one name": (
        '[{ name = "frames", path = "frames" }]',
        '[{ name = "a", path = "x" }, { name = "a", path = "y" }]',
        "two sinks have the same name",
    ),
    "a bad key in a list": (
        'path = "frames"',
        'path = "frames", speed = 1',
        r"storage\.sinks\[0\]\.speed is not a key.*required",
    ),
    "two vantages": ("[camera]", "[site]\nlatitude_deg = 1\nlongitude_deg = 1\n[camera]", "either an .orbit. table"),
    "what is not TOML": ("[orbit]", "[orbit", r"is not TOML: .*line 2"),
}


@pytest.mark.parametrize(("old", "new", "says"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_wrong_is_refused_with_key_and_what_is_allowed(
    config: Callable[[str], Path], old: str, new: str, says: str
) -> None:
    assert old in GOOD
    path = config(GOOD.replace(old, new))
    with pytest.raises(ConfigRefused, match=says) as refusal:
        load(path)
    assert str(path) in str(refusal.value)


def test_every_fault_is_named_at_once(config: Callable[[str], Path]) -> None:
    with pytest.raises(ConfigRefused) as refusal:
        load(config(GOOD.replace("exposure_s = 30", "exposure_s = -1").replace("[camera]", "[camera]\nprot = 1")))
    assert "exposure_s" in str(refusal.value)
    assert "prot" in str(refusal.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "nightside.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigRefused, match=r"cannot be read|is not text"):
        load(path)


WIRED = GOOD + "[camera.release]\n"


def test_a_release_without_a_kind_is_a_serial_port_as_it_always_was(config: Callable[[str], Path]) -> None:
    release = load(config(WIRED + 'port = "/dev/ttyUSB0"\ncontact = true\n')).camera.release
    assert isinstance(release, SerialRelease)
    assert (release.port, release.line, release.contact) == ("/dev/ttyUSB0", "rts", True)


def test_a_release_can_be_on_pins(config: Callable[[str], Path]) -> None:
    release = load(config(WIRED + 'kind = "gpio"\npin = 17\ncontact = 27\nactive_low = true\n')).camera.release
    assert release == GpioRelease(pin=17, contact=27, active_low=True)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('kind = "gpio"\npin = 17\ncontact = 17', "one pin has two uses"),
        ('kind = "gpio"\npin = -1', "camera.release.pin is -1"),
        ('kind = "gpio"\nprot = "x"\npin = 1', "camera.release.prot is not a key"),
        ('kind = "parallel"\nport = "lp0"', "neither 'serial'"),
        ('port = "x"\nlien = "rts"', "Did you mean line?"),
        ('port = "x"\nprefocus = "rts"', "the prefocus line is the release line itself"),
        ("contact = true", "camera.release.port is missing"),
    ],
)
def test_a_release_that_makes_no_sense_is_refused(config: Callable[[str], Path], table: str, says: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        load(config(WIRED + table))
    assert says in str(refused.value)


def test_a_ledger_may_be_on_a_server_and_its_password_is_never_shown(config: Callable[[str], Path]) -> None:
    url = "postgresql+psycopg://crew:hunter2@host/nightside"
    settings = load(config(GOOD.replace('path = "ledger.sqlite"', f'url = "{url}"\nstation = "cupola"')))
    assert settings.ledger_place == Server(url, "cupola")
    assert "hunter2" not in f"{settings!r} {settings.model_dump()} {settings.ledger_place}"


def test_a_station_has_the_hosts_name_where_none_is_given(config: Callable[[str], Path], tmp_path: Path) -> None:
    settings = load(config(GOOD))
    assert settings.ledger_place == tmp_path / "ledger.sqlite"
    assert settings.ledger.name == socket.gethostname()


@pytest.mark.parametrize(
    ("ledger", "says"),
    [
        ("", "either a path"),
        ('path = "x"\nurl = "postgresql://host/db"', "either a path"),
        ('url = "mysql://crew:hunter2@host/db"', r"must begin with postgresql\+psycopg"),
        ('path = "x"\nstation = "../up"', "station"),
        ('url = ["postgresql://crew:hunter2@host/db"]', "ledger.url"),
    ],
)
def test_a_ledger_that_is_nowhere_is_refused(config: Callable[[str], Path], ledger: str, says: str) -> None:
    with pytest.raises(ConfigRefused, match=says) as refused:
        load(config(GOOD.replace('path = "ledger.sqlite"', ledger)))
    assert "hunter2" not in str(refused.value)


def test_of_several_bodies_the_first_is_the_one_that_is_asked_when_one_is(config: Callable[[str], Path]) -> None:
    several = '[[cameras]]\nserial = "1"\nport = "usb:001,004"\n[[cameras]]\nserial = "2"\n'
    settings = load(config(GOOD.replace('[camera]\nport = "usb:"\n', several)))
    assert [camera.serial for camera in settings.every_camera] == ["1", "2"]
    assert settings.camera == settings.cameras[0]


def test_a_file_with_one_body_is_read_as_it_always_was(config: Callable[[str], Path]) -> None:
    settings = load(config(GOOD))
    assert settings.every_camera == (settings.camera,)
