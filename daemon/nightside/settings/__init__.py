"""The configuration: one TOML file, checked before anything starts, refused with the key, what was found and what is allowed.

Every value may be overridden from the environment, as in `NIGHTSIDE_CAMERA__PORT=usb:`. Relative paths count from the file's own
folder. What a room of the house needs to know is declared here and handed to it by `nightside.building`; no room reads settings.
"""

import os
import socket
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails

from nightside.errors import ConfigRefused
from nightside.ledger.place import Place, Server, without_secrets
from nightside.plan.faults import fault, told_place, worth_telling
from nightside.plan.programs import AnyProgram, StarTrail
from nightside.plan.reading import file_text, read_program, read_tables
from nightside.plan.recipes import recipe
from nightside.service.hooks import Hook
from nightside.settings.api import Api
from nightside.settings.camera import AnyRelease, BodySettings, Camera, GpioRelease, SerialRelease
from nightside.settings.table import Table
from nightside.storage.policy import CardPolicy, DrainWhen, RoomPolicy
from nightside.storage.sinks.tables import AnySink, FolderSinkTable
from nightside.storage.templates import DEFAULT, Template

__all__ = [
    "AnyRelease",
    "Api",
    "BodySettings",
    "Camera",
    "GpioRelease",
    "Orbit",
    "SerialRelease",
    "Settings",
    "Storage",
    "Table",
    "check",
    "load",
]

FIRST_YEAR, LAST_YEAR = 1980, 2100
"""The years that a rehearsal may be set in."""


def _in_living_memory(instant: datetime) -> datetime:
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"it must lie between {FIRST_YEAR} and {LAST_YEAR}")
    return instant


class Orbit(Table):
    """The camera is on a spacecraft."""

    elements: Path
    """A file of element sets."""
    source: str | None = Field(default=None, pattern=r"^https?://|^[^:]+$")
    """Where newer ones come from: a URL, asked at most once in twelve hours, or a file that somebody else replaces."""
    cache: Path = Path("elements-cache")
    """The folder in which what the source gave is kept, so that everything works with no network."""
    fresh_days: float = Field(default=3, ge=0)
    """How far (days) from their epoch elements are called fresh."""
    stale_days: float = Field(default=14, gt=0, le=365)
    """How far (days) from their epoch nothing is planned by elements any more."""
    satellite: int | str | None = None
    """NORAD catalogue number or name, where the file holds more than one."""
    earth: Literal["wgs84", "sphere"] = "wgs84"
    sun: Literal["apparent", "geometric"] = "apparent"

    @property
    def fetched(self) -> bool:
        """Whether elements come from the network, which may not be there yet when the daemon starts."""
        return self.source is not None and "://" in self.source

    @model_validator(mode="after")
    def _fresh_before_stale(self) -> Self:
        if self.fresh_days > self.stale_days:
            raise ValueError(f"fresh_days is {self.fresh_days:g}, and cannot be more than stale_days, {self.stale_days:g}")
        return self


class Site(Table):
    """The camera is on the ground. Geodetic WGS84; north and east are positive."""

    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=360)
    elevation_m: float = Field(default=0, ge=-500, le=9000)
    elements: Path | None = None
    """A file of element sets, for programs anchored to a satellite's pass and for conditions such as `satellite_up`."""
    satellite: int | str | None = None
    """NORAD catalogue number or name, where the file holds more than one."""


class Night(Table):
    """What counts as night."""

    condition: str = "umbra"
    min_length_s: float = Field(default=60, gt=0)
    """Shorter windows are passed over."""
    not_before: Annotated[AwareDatetime, AfterValidator(_in_living_memory)] | None = None
    """Windows that start earlier are passed over."""
    conditions: dict[str, str] = Field(default={})
    """Conditions of your own, by the names that `condition` uses them by; later ones may use earlier ones."""
    calendars: dict[str, Path] = Field(default={})
    """Duty plans (iCalendar files) that the condition may name."""
    calendar_timezone: str = "UTC"
    """The zone of times in duty plans that name none, as in `Europe/Zurich`."""
    regions: tuple[Path, ...] = ()
    """Files of regions (GeoJSON) that the condition may name."""


def _checked_template(text: str) -> str:
    Template(text)
    return text


class Storage(Table):
    """Where frames go."""

    spool: Path
    sinks: tuple[AnySink, ...] = Field(min_length=1)
    names: Annotated[str, AfterValidator(_checked_template)] = DEFAULT
    """What frames are called in the sinks. Fields: session, window, program, year, month, day, body, shot, stem, ext."""
    drain: DrainWhen = DrainWhen.BETWEEN_WINDOWS
    """When frames come off the card: `between-windows`; `between-shots`, where one surely comes before the next shot; or
    `at-once`, also when that makes the next shot late. Never while a shutter may be open."""
    card: CardPolicy = CardPolicy.KEEP
    """`keep` leaves the card's files alone; `delete-when-safe` deletes those that every required sink holds."""
    room: RoomPolicy = RoomPolicy.CARD
    """What becomes of a window that the spool has no room for: shot to the `card` and drained later, `refuse`d, or `shorten`ed."""
    spool_keep_days: float = Field(default=30, ge=0, le=36500)
    """How long (days) a frame that is safe stays in the spool too."""
    spool_floor_gb: float = Field(default=1, ge=0)
    """Room (GB) that is left free on the spool's disk: safe frames are removed earlier for it, and nothing is drained below it."""

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [sink.name for sink in self.sinks]
        if len(set(names)) < len(names):
            raise ValueError("two sinks have the same name")
        if not any(sink.required for sink in self.sinks):
            raise ValueError("at least one sink must be required, or no frame would ever be safe")
        folders = [os.path.normpath(sink.path) for sink in self.sinks if isinstance(sink, FolderSinkTable)]
        if os.path.normpath(self.spool) in folders:
            raise ValueError("a sink is the spool itself: what is in the spool would count as its own copy")
        if len(set(folders)) < len(folders):
            raise ValueError("two sinks are the same folder: one copy would count as two")
        return self


class LedgerTable(Table):
    """Where the record is kept: in a file, or on a PostgreSQL server that several stations share."""

    path: Path = Path("ledger.sqlite")
    url: SecretStr | None = None
    """As in `postgresql+psycopg://user@host/database`, instead of a path. A password is better kept in ~/.pgpass."""
    station: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._-]{1,40}$")
    """The name under which this station writes; the host's name, when not given."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.url is None) == ("path" not in self.model_fields_set):
            raise ValueError("there must be either a path (a file) or a url (a PostgreSQL server)")
        if self.url is not None and not self.url.get_secret_value().startswith(("postgresql://", "postgresql+psycopg://")):
            raise ValueError("the url must begin with postgresql+psycopg://")
        return self

    @property
    def name(self) -> str:
        """The name of this station."""
        return self.station or socket.gethostname()


class ClockTable(Table):
    """What is asked of the clock; and, for rehearsals, one that starts at any time and runs faster."""

    start: Annotated[AwareDatetime, AfterValidator(_in_living_memory)] | None = None
    speed: float = Field(default=1, gt=0, le=10000)
    origin: float | None = None
    """CLOCK_MONOTONIC (s) at which it reads `start`; now, when not given. Processes that share all three agree on the time."""
    trust: Literal["ntp", "any"] = "ntp"
    """What must keep the clock for plans that follow an orbit: a time server, or anything."""


class LogTable(Table):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Table):
    """The whole configuration."""

    folder: Path | None = None
    """Where relative paths count from; the folder of the configuration itself, when not given."""
    orbit: Orbit | None = None
    site: Site | None = None
    night: Night = Night()
    camera: Camera = Camera()
    cameras: tuple[Camera, ...] = Field(default=(), max_length=12)
    """Several bodies that shoot the same windows together, in the place of the one. Each needs its serial number."""
    program: AnyProgram = StarTrail()
    """What to shoot: a table, the name of a TOML file, or the name of a recipe (`nightside recipes`)."""
    programs: tuple[AnyProgram, ...] = Field(default=(), max_length=20)
    """Several programs that share each window, in the place of the one; the time that two want goes to the higher priority."""
    storage: Storage
    ledger: LedgerTable
    clock: ClockTable | None = None
    api: Api = Api()
    """The HTTP API: from this computer alone, where nothing else is said."""
    log: LogTable = LogTable()
    hooks: tuple[Hook, ...] = Field(default=(), max_length=40)
    """Commands and webhooks that are told of events."""

    _folder: Path = PrivateAttr(default_factory=Path)

    def path(self, configured: Path) -> Path:
        """Where a configured path points: relative ones count from `folder`."""
        try:
            return self._folder / (self.folder or Path()).expanduser() / configured.expanduser()
        except RuntimeError:
            raise ConfigRefused(f"The path {configured} names a user that this computer does not have.") from None

    @property
    def ledger_place(self) -> Place:
        """Where the ledger is."""
        if self.ledger.url is not None:
            return Server(self.ledger.url.get_secret_value(), self.ledger.name)
        return self.path(self.ledger.path)

    @property
    def door(self) -> str:
        """What a running daemon of this configuration is known by on this computer."""
        place = self.ledger_place
        return f"{place} {place.station}" if isinstance(place, Server) else str(place.absolute())

    @model_validator(mode="after")
    def _one_vantage(self) -> Self:
        if (self.orbit is None) == (self.site is None):
            raise ValueError("there must be either an [orbit] table (on a spacecraft) or a [site] table (on the ground)")
        return self

    @model_validator(mode="before")
    @classmethod
    def _first_of_several(cls, raw: dict[str, Any]) -> dict[str, Any]:
        """What is asked of one body is asked of the first of several."""
        if not isinstance(raw.get("cameras"), list | tuple) or not raw["cameras"]:
            return raw
        if "camera" in raw:
            raise ValueError("there is a [camera] table and a [[cameras]] one: several bodies are all named in [[cameras]]")
        return {**raw, "camera": raw["cameras"][0]}

    @model_validator(mode="after")
    def _bodies_differ(self) -> Self:
        serials = [camera.serial for camera in self.cameras]
        if len(self.cameras) > 1 and (None in serials or len(set(serials)) < len(serials)):
            raise ValueError("each of several [[cameras]] needs the serial number of another body")
        lines = [camera.release.line_name for camera in self.cameras if camera.release is not None]
        if len(set(lines)) < len(lines):
            raise ValueError("two of the [[cameras]] are released by the same line")
        return self

    @property
    def every_camera(self) -> tuple[Camera, ...]:
        """The bodies, one or several."""
        return self.cameras or (self.camera,)

    @property
    def every_program(self) -> tuple[AnyProgram, ...]:
        """What to shoot, one or several."""
        return self.programs or (self.program,)

    @model_validator(mode="after")
    def _programs_differ(self) -> Self:
        if self.programs and self.program != StarTrail():
            raise ValueError("there must be either a [program] table or [[programs]]")
        names = [program.called for program in self.programs]
        if len(set(names)) < len(names):
            raise ValueError("two [[programs]] have the same name: give each a name of its own")
        return self


def load(path: Path) -> Settings:
    """Read and check a configuration.

    Raises:
        ConfigRefused: it cannot be read, is not TOML, or holds an unknown key or a bad value; all of them are named.
    """
    try:
        text = path.read_text("utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise ConfigRefused(
            f"The configuration {path} cannot be read: {error.strerror}.",
            remedy="Name another one with --config; the folder config/ has examples to start from.",
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigRefused(f"The configuration {path} is not text: byte {error.start} is not UTF-8.") from error
    except RecursionError as error:
        raise ConfigRefused(f"The configuration {path} nests deeper than anything that has a meaning.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigRefused(f"The configuration {path} is not TOML: {error}.", remedy="Mend that line.") from error
    return check(_with_named_programs(raw, path.parent), path, text)


def check(raw: dict[str, Any], path: Path, text: str = "") -> Settings:
    """Turn the tables of a configuration into settings; `path` is where they came from, and `text` what is written there.

    Raises:
        ConfigRefused: they hold an unknown key or a bad value.
    """
    try:
        settings = Settings(**_as_the_environment_has_it(raw))
    except ValidationError as error:
        faults = [_faulty(details, text) for details in worth_telling(error.errors())]
        listed = faults[0] if len(faults) == 1 else "".join(f"\n  - {one}" for one in faults)
        raise ConfigRefused(
            f"The configuration {path} is refused: {listed}", remedy="Nothing was started; mend it and start again."
        ) from error
    settings._folder = path.parent  # noqa: SLF001 — our own, set once before anybody sees the settings
    return settings


def _as_the_environment_has_it(raw: dict[str, Any]) -> dict[str, Any]:
    if not any(name.upper().startswith("NIGHTSIDE_") for name in os.environ):
        return raw
    from nightside.settings.environment import overridden  # a library that reads variables, for those who set one

    return overridden(raw, Settings)


def _faulty(details: ErrorDetails, text: str) -> str:
    """One fault in one sentence, and where it stands in the file, if it does: the environment has no lines."""
    found = told_place(details, text) if text else None
    where = "" if found is None else f" (line {found[0]}, column {found[1]})"
    return f"{fault(details, (Settings,), _without_secrets).removesuffix('.')}{where}."


def _without_secrets(found: object) -> str:
    return without_secrets(repr(found))


def _with_named_programs(raw: dict[str, Any], folder: Path) -> dict[str, Any]:
    """A configuration in which programs that are only named, by a file or a recipe, stand as they are."""
    found = dict(raw)
    if isinstance(raw.get("program"), str):
        found["program"] = _named_program(raw["program"], folder)
    if isinstance(raw.get("programs"), list):
        found["programs"] = [_named_program(one, folder) if isinstance(one, str) else one for one in raw["programs"]]
    return found


def _named_program(name: str, folder: Path) -> dict[str, Any]:
    if not name.endswith(".toml"):
        return read_tables(recipe(name).text, f"recipe {name}")
    path = folder / name
    text = file_text(path)
    read_program(text, str(path))  # refused with its own lines, where it is wrong
    return read_tables(text, str(path))
