"""`nightside windows`: when is it dark, for this camera?"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url, instant
from nightside.cli.output import aside
from nightside.errors import ConditionRefused

if TYPE_CHECKING:
    from nightside.cli.daemon import Daemon
    from nightside.service.outlook.found import Nights
    from nightside.settings import Settings
    from nightside.sky.conditions import Condition, Names
    from nightside.sky.elements import AgePolicy
    from nightside.sky.vantage import Site, Vantage

ElementsFile = Annotated[Path | None, typer.Option("--elements", help="TLE, OMM or OEM file: the camera is on a spacecraft.")]
Satellite = Annotated[str | None, typer.Option(help="Name or catalogue number, where the file holds several.")]
SitePlace = Annotated[str | None, typer.Option("--site", metavar="LAT,LON[,ELEV_M]", help="A place on the ground, in degrees.")]
Start = Annotated[str | None, typer.Option(help="Begin of the range (UTC). Now, when not given.")]
End = Annotated[str | None, typer.Option(help="End of the range (UTC). One day later, or a week for a site, when not given.")]
FreshDays = Annotated[
    float | None, typer.Option(help="How far (days) from their epoch elements are fresh. 3, when not given or configured.")
]
StaleDays = Annotated[
    float | None, typer.Option(help="How far (days) from their epoch elements are stale. 14, when not given or configured.")
]
Here = Annotated[bool, typer.Option("--here", help="By the configuration on disk, even where a daemon runs.")]
Zone = Annotated[
    str | None, typer.Option("--timezone", help="For local times, as in Europe/Zurich. This machine's, when not given.")
]


def windows(
    elements: ElementsFile = None,
    satellite: Satellite = None,
    site: SitePlace = None,
    start: Start = None,
    end: End = None,
    condition: Annotated[str | None, typer.Option(help="What night is, as in 'umbra & ~moon_up'.")] = None,
    earth: Annotated[str | None, typer.Option(help="Figure of the Earth under a spacecraft: wgs84 or sphere.")] = None,
    sun: Annotated[str | None, typer.Option(help="Place of the Sun from a spacecraft: apparent or geometric.")] = None,
    calendar: Annotated[list[str] | None, typer.Option(metavar="NAME=FILE", help="A duty plan (.ics) for conditions.")] = None,
    calendar_timezone: Annotated[
        str | None, typer.Option(help="For times in duty plans that name no zone. UTC, when not given or configured.")
    ] = None,
    region: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Regions (GeoJSON) for conditions.")] = None,
    define: Annotated[list[str] | None, typer.Option(metavar="NAME=CONDITION", help="A condition under a name.")] = None,
    timezone: Zone = None,
    fresh_days: FreshDays = None,
    stale_days: StaleDays = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    as_ics: Annotated[bool, typer.Option("--ics", help="Print an iCalendar, to put nights into a calendar.")] = False,
    config: Config = DEFAULT_CONFIG,
    here: Here = False,
    url: Url = None,
) -> None:
    """Print when it is dark: over a place, or in the Earth's shadow. Without --elements and --site, as configured.

    What is as configured is asked of a running daemon, by the elements that it uses, where one runs.

    [bold]nightside windows --site 46.55,7.98,3571 --condition 'sun < -18 & ~moon_up'[/] is for a place on the ground.
    [bold]nightside windows --elements iss.tle --ics[/] is for a calendar.
    """
    from nightside.cli import windows_shown as shown
    from nightside.sky.vantage import earth_called, sun_called

    if as_json + as_csv + as_ics > 1:
        raise typer.BadParameter("--json, --csv and --ics: choose one of them.")
    zone = local_zone(timezone)
    asked = Asked(elements, satellite, site, condition, earth and earth_called(earth), sun and sun_called(sun))
    more = More(calendar or [], calendar_timezone, region or [], define or [])
    span = Span(start, end)
    own = more.some or fresh_days is not None or stale_days is not None
    found = None if asked.alone else _answered(asked, span, config, url, here=here or own or span.long)
    if found is None:
        vantage, wanted, policy = asked.answered(more, config)
        found = _computed(vantage, wanted, age_policy(policy, fresh_days, stale_days), span)
    for note in found.notes:
        say(note)
    if as_json:
        shown.print_nights_json(found)
    elif as_csv:
        shown.print_nights_csv(found)
    elif as_ics:
        shown.print_nights_ics(found, now())
    elif found.windows:
        shown.print_nights(found, zone)
    if not found.windows:
        raise shown.no_night(found)


@dataclass(frozen=True)
class Span:
    """A range as it was typed."""

    start: str | None
    end: str | None

    @property
    def first(self) -> datetime | None:
        """Its begin, where one was given. Raises `RangeRefused`."""
        return None if self.start is None else instant(self.start, "--start")

    @property
    def last(self) -> datetime | None:
        """Its end. Raises `RangeRefused`."""
        return None if self.end is None else instant(self.end, "--end")

    @property
    def long(self) -> bool:
        """Whether it is longer than a daemon would look through for anybody."""
        from nightside.service.outlook.ranges import LONGEST_RANGE

        return self.last is not None and self.last - (self.first or now()) > LONGEST_RANGE

    @property
    def told(self) -> dict[str, str]:
        """As a daemon is asked for it; what is left open is up to it."""
        edges = {"start": self.first, "end": self.last}
        return {name: edge.isoformat() for name, edge in edges.items() if edge is not None}


def _answered(asked: "Asked", span: Span, config: Path, url: str | None, *, here: bool) -> "Nights | None":
    """What the daemon says that runs with the configuration; nothing where none does, or where it is not to be asked."""
    daemon = daemon_for(config, url, here=here or bool(asked.earth or asked.sun))
    if daemon is None:
        return None
    from pydantic import TypeAdapter

    from nightside.service.outlook.found import Nights

    with daemon:
        return daemon.ask("/api/v1/nights", TypeAdapter(Nights), condition=asked.condition, **span.told)


def daemon_for(config: Path, url: str | None, *, here: bool) -> "Daemon | None":
    """The running daemon that a question about the sky is for. Whether it answers or this command is said in a line."""
    if here and url is not None:
        raise typer.BadParameter(
            "--url asks a daemon, which knows its own configuration and ranges of a month; the rest is computed here."
        )
    if here:
        aside.print("[dim]Computed here, and not by a daemon.[/]")
        return None
    from nightside.cli.daemon import running

    return running(config, url, "computed here")


def _computed(vantage: "Vantage", wanted: "Condition", policy: "AgePolicy", span: Span) -> "Nights":
    from nightside.service.outlook.ranges import default_end, nights_from

    first = span.first or now()
    return nights_from(vantage, wanted, policy, first, span.last or default_end(vantage, first))


@dataclass(frozen=True)
class More:
    """What options add to the words of conditions."""

    calendars: list[str]
    calendar_zone: str | None
    regions: list[Path]
    defined: list[str]

    @property
    def some(self) -> bool:
        """Whether there is any of it."""
        return bool(self.calendars or self.calendar_zone or self.regions or self.defined)

    def names(self, configured: "Settings | None") -> "Names":
        """These and the configuration's own. Times in duty plans are UTC where nothing else is said, as for the daemon."""
        from nightside.sky.conditions import Names, parse_condition
        from nightside.sky.files import load_duty, load_regions

        night = None if configured is None else configured.night
        zone = zone_called(self.calendar_zone or ("UTC" if night is None else night.calendar_timezone))
        files = [_pair("--calendar", text, "crew=duty.ics") for text in self.calendars]
        meanings = [_pair("--define", text, "off_duty=~calendar(crew)") for text in self.defined]
        areas = [*self.regions]
        if configured is not None and night is not None:
            files = [(name, str(configured.path(file))) for name, file in night.calendars.items()] + files
            areas = [*map(configured.path, night.regions), *areas]
            meanings = [*night.conditions.items(), *meanings]
        calendars = {name: load_duty(Path(file), zone) for name, file in files}
        regions = {name: area for file in areas for name, area in load_regions(file).items()}
        conditions: dict[str, Condition] = {}
        for name, meaning in meanings:
            conditions[name] = parse_condition(meaning, Names(conditions, calendars, regions))
        return Names(conditions, calendars, regions)


@dataclass(frozen=True)
class Asked:
    """A question as it was typed. What is left open is as configured where neither elements nor a site are given."""

    elements: Path | None
    satellite: str | None
    site: str | None
    condition: str | None
    earth: str | None
    sun: str | None

    @property
    def alone(self) -> bool:
        """Whether it needs no configuration: nobody else has to be asked then."""
        return self.elements is not None or self.site is not None or self.satellite is not None

    def answered(self, more: More, config: Path) -> "tuple[Vantage, Condition, AgePolicy]":
        """The vantage, the condition and the limits of age that are meant."""
        from nightside.sky.conditions import parse_condition
        from nightside.sky.elements import AgePolicy, load_elements
        from nightside.sky.vantage import Site, Spacecraft

        if self.satellite is not None and self.elements is None:
            raise ConditionRefused("--satellite is given without --elements.", remedy="Give the file that holds it.")
        if self.elements is None and self.site is None:
            return self._as_configured(more, config)
        names = more.names(None)
        loaded = load_elements(self.elements, self.satellite) if self.elements is not None else None
        if self.site is not None:
            place = read_site(self.site)
            vantage: Vantage = Site(place.latitude_deg, place.longitude_deg, place.elevation_m, loaded)
            return vantage, parse_condition(self.condition or "astronomical_night", names), AgePolicy()
        assert loaded is not None  # noqa: S101 — one of the two was given
        spacecraft = Spacecraft(loaded, self.earth or "wgs84", self.sun or "apparent")
        return spacecraft, parse_condition(self.condition or "umbra", names), AgePolicy()

    def _as_configured(self, more: More, config: Path) -> "tuple[Vantage, Condition, AgePolicy]":
        from nightside import settings as configuration
        from nightside.nights import load_night
        from nightside.sky.conditions import parse_condition
        from nightside.sky.vantage import Spacecraft

        settings = configuration.load(config)
        night = load_night(settings)
        names = more.names(settings)
        vantage = night.vantage
        if isinstance(vantage, Spacecraft):
            vantage = Spacecraft(vantage.elements, self.earth or vantage.earth, self.sun or vantage.sun)
        wanted = parse_condition(settings.night.condition if self.condition is None else self.condition, names)
        return vantage, wanted, night.ages


def age_policy(usual: "AgePolicy", fresh_days: float | None, stale_days: float | None) -> "AgePolicy":
    """The limits of age that options give, or else the usual ones. Raises `ConditionRefused` for what are none."""
    from nightside.sky.elements import AgePolicy

    try:
        stale = usual.stale if stale_days is None else timedelta(days=stale_days)
        fresh = min(usual.fresh, stale) if fresh_days is None else timedelta(days=fresh_days)
        return AgePolicy(fresh, stale)
    except (ValueError, OverflowError) as error:
        raise ConditionRefused(
            f"--fresh-days and --stale-days make no limits of age: {error}.", remedy="Give days, the fresh ones first."
        ) from None


def zone_called(name: str) -> tzinfo:
    """A time zone by its name. Raises `ConditionRefused`."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConditionRefused(f"There is no time zone {name!r}.", remedy="Name one like Europe/Zurich.") from None


def _pair(option: str, text: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConditionRefused(f"{option} is {text!r}.", remedy=f"Write a name and what it means, as in {example}.")
    return name.strip(), value.strip()


def read_site(text: str) -> "Site":
    """A site from LAT,LON or LAT,LON,ELEV_M. Raises `ConditionRefused`."""
    from nightside.sky.vantage import Site

    try:
        latitude, longitude, *rest = (float(part) for part in text.split(","))
        (elevation,) = rest or [0.0]
    except ValueError:
        raise ConditionRefused(
            f"--site is {text!r}, which is no place.", remedy="Write latitude,longitude,elevation, as in 47.37,8.54,408."
        ) from None
    return Site(latitude, longitude, elevation)


def local_zone(name: str | None) -> tzinfo:
    """The zone that local times are shown in: this machine's, with its summer times, where none is named.

    Raises:
        ConditionRefused: there is no such zone.
    """
    if name is not None:
        return zone_called(name)
    from zoneinfo import ZoneInfoNotFoundError

    from tzlocal import get_localzone

    try:
        return get_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a TZ that names no zone, or a system without any
        return now().astimezone().tzinfo or UTC


def say(note: str) -> None:
    """A remark for people, on standard error."""
    from rich.text import Text

    aside.print(Text.assemble(("note: ", "yellow"), note), soft_wrap=True)


def now() -> datetime:
    """The present, by this machine's clock."""
    from nightside.clock import SystemClock

    return SystemClock().utc()
