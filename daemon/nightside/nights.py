"""What a configuration stands for in the sky: where the camera is, what counts as night there, and the planner that knows both.

Loads what computes: a running daemon does without, and asks (`nightside.observing`).

settings ─► vantage, condition ─► night ─► planner
"""

from datetime import timedelta, tzinfo
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from nightside.clock import SystemClock
from nightside.errors import ConfigRefused, ElementsDamaged, ElementsMissing, FolderUnwritable, Refused
from nightside.plan.planner import Night, Planner
from nightside.plan.when import When
from nightside.settings import Orbit, Settings
from nightside.sky.conditions import Condition, Names, parse_condition
from nightside.sky.elements import AgePolicy, Elements, load_elements
from nightside.sky.files import load_duty, load_regions
from nightside.sky.vantage import Site, Spacecraft, Vantage, satellite_of

log = structlog.stdlib.get_logger()


def load_night(settings: Settings) -> Night:
    """Load the elements or the site, and whatever the condition names.

    Raises:
        Refused: elements missing or damaged, unknown satellite, unknown condition.
    """
    configured, (condition, names) = settings.night, _meant(settings)
    orbit = settings.orbit
    ages = AgePolicy() if orbit is None else AgePolicy(timedelta(days=orbit.fresh_days), timedelta(days=orbit.stale_days))
    return Night(_vantage(settings), condition, timedelta(seconds=configured.min_length_s), ages, names, configured.not_before)


def _meant(settings: Settings) -> tuple[Condition, Names]:
    """What counts as night, and all the names that conditions may use: no elements are needed to read them."""
    configured = settings.night
    zone = _zone(configured.calendar_timezone)
    calendars = {name: load_duty(settings.path(file), zone) for name, file in configured.calendars.items()}
    regions = {name: area for file in configured.regions for name, area in load_regions(settings.path(file)).items()}
    own: dict[str, Condition] = {}
    for name, meaning in configured.conditions.items():
        own[name] = parse_condition(meaning, Names(own, calendars, regions))
    names = Names(own, calendars, regions)
    condition = parse_condition(configured.condition, names)
    return condition, names


def _vantage(settings: Settings) -> Vantage:
    if settings.orbit is not None:
        return Spacecraft(_elements(settings, settings.orbit), settings.orbit.earth, settings.orbit.sun)
    if settings.site is not None:
        site = settings.site
        passing = None if site.elements is None else load_elements(settings.path(site.elements), site.satellite)
        return Site(site.latitude_deg, site.longitude_deg, site.elevation_m, passing)
    raise AssertionError("unreachable: settings hold an orbit or a site")


def _elements(settings: Settings, orbit: Orbit) -> Elements:
    """The newest elements that can be had: the configured file's, or those of the source that refreshes them.

    Raises:
        Refused: neither can be used; the file's complaint is the one that is told.
    """
    path = settings.path(orbit.elements)
    if orbit.source is None:
        return load_elements(path, orbit.satellite)
    from nightside.sky.refresh import Source, refresh  # an HTTP client, which whoever has no source does without

    source = Source(orbit.source, orbit.satellite, settings.path(orbit.cache))
    try:
        # By the machine's clock even in a rehearsal: it is a real server that is asked, at most once in twelve real hours.
        refreshed = refresh(source, SystemClock()).elements
    except (Refused, FolderUnwritable) as error:
        log.warning("elements-not-refreshed", why=str(error))
        return load_elements(path, orbit.satellite)
    try:
        return max(refreshed, load_elements(path, orbit.satellite), key=lambda elements: elements.epoch)
    except Refused:
        return refreshed


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigRefused(
            f"[night] calendar_timezone is {name!r}, which is no time zone.", remedy="Name one like Europe/Zurich."
        ) from None


def build_planner(settings: Settings, scale: float) -> Planner:
    """The planner of a configuration, once everything of it has been looked at. `scale` is as `planner_of` has it.

    Raises:
        Refused: something is missing or damaged that no network will bring.
    """
    planner = planner_of(settings, scale)
    check(settings)
    return planner


def planner_of(settings: Settings, scale: float) -> Planner:
    """The planner of a configuration, which reads nothing yet. `scale` is clock seconds in a machine second."""
    lead_s = max(camera.lead_s for camera in settings.every_camera)
    lead = timedelta(seconds=lead_s * scale)
    return Planner(partial(load_night, settings), settings.every_program, lead, scale, meaning_of)


def check(settings: Settings) -> None:
    """Look at everything that a planner will need. Raises as `build_planner` does."""
    _, names = _meant(settings)
    elements = _elements_at_start(settings)
    if elements is not None and elements.note:
        log.warning("elements-note", satellite=elements.name, note=elements.note)
    for program in settings.every_program:
        if program.when is not None:
            _meaning(program.when, names)  # refused now, too


def meaning_of(when: When, night: Night) -> Condition:
    """What a program's `when` asks for, as a condition.

    Raises:
        Refused: its cron expression or its condition cannot be read.
    """
    return _meaning(when, night.names)


def _meaning(when: When, names: Names) -> Condition:
    found = parse_condition(when.condition or "always", names)
    if when.cron is None or when.minutes is None:
        return found
    from nightside.service.cron import cron_condition

    return found & cron_condition(when.cron, when.minutes)


def _elements_at_start(settings: Settings) -> Elements | None:
    """The elements, if there are any to be had; everything else of the night is looked at too.

    Raises:
        Refused: something is missing or damaged that no network will bring.
    """
    try:
        return satellite_of(load_night(settings).vantage)
    except (ElementsMissing, ElementsDamaged) as error:
        if settings.orbit is None or not settings.orbit.fetched:
            raise
        log.warning("elements-awaited", code=error.code, why=str(error), next="Nothing is planned before they are there.")
        return None
