"""The values of an outlook. Instants are UTC; places are geodetic degrees on WGS84, longitudes east and from −180 to 180.

Lines and rings are two arrays of one length, latitudes and longitudes, cut where they meet the antimeridian: whoever draws them
on a flat map joins neighbours with straight lines, and nothing runs across the whole of it.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from nightside.plan.values import Utc, Value

Degrees = tuple[float, ...]
Share = Annotated[float, Field(ge=0, le=1)]


class Light(StrEnum):
    """How light it is. A site knows all but the shadows, a spacecraft only `day` and the shadows."""

    DAY = "day"
    """The Sun's upper edge is up; in orbit, all of the Sun is seen."""
    CIVIL = "civil"
    """The Sun is less than 6° below the horizon."""
    NAUTICAL = "nautical"
    """Less than 12°."""
    ASTRONOMICAL = "astronomical"
    """Less than 18°."""
    NIGHT = "night"
    PENUMBRA = "penumbra"
    """The Earth hides part of the Sun."""
    UMBRA = "umbra"
    """It hides all of it."""


class Stretch(Value):
    """From an instant to another."""

    start: Utc
    end: Utc


class Lit(Stretch):
    """A stretch of one light."""

    light: Light


class NightAhead(Stretch):
    """A window: a stretch in which it is night by the configured condition."""

    uncertainty_s: float
    """How early or late (± s) each edge may come."""
    clipped_start: bool
    """It has begun before the outlook does."""
    clipped_end: bool


class Duty(Value):
    """When the hours of one calendar are on."""

    name: str
    """As the condition calls it."""
    during: tuple[Stretch, ...]


class Moon(Value):
    """The Moon."""

    fraction: Share
    """Illuminated, in the middle of the outlook."""
    waxing: bool
    up: tuple[Stretch, ...]
    """When any of it is above a site's horizon, or above the limb seen from a spacecraft."""


class Run(Stretch):
    """Shots of one program with one exposure, so close after each other that they are drawn as one."""

    program: str
    shots: int
    exposure_s: float | None
    """Of each; `None` where they differ."""


class PlanAhead(Stretch):
    """A plan; from `start` to `end` it may shoot."""

    id: str
    program: str
    laid: bool
    """Whether it is in the ledger, and so what will be shot; otherwise it is what would be laid now."""
    bodies: tuple[str, ...] = ()
    """Serial numbers of those that it is laid for; none yet, where it is not."""
    shots: int
    bytes: int
    """Of all frames together, as expected."""
    battery_percent: float | None
    """Of a full battery, as expected; `None` where nobody knows."""
    drain: Stretch | None
    """When the frames come off the card, as expected; `None` where nobody knows how long that takes."""
    runs: tuple[Run, ...]


class Heights(Value):
    """How high Sun and Moon stand over a site (°, airless, their centres), every `every_s` from the outlook's start on."""

    every_s: float
    sun_deg: Degrees
    moon_deg: Degrees


class ElementsInUse(Value):
    """The elements that a satellite is followed by."""

    name: str
    norad_id: int | None
    epoch: Utc
    age_days: float
    """When the outlook starts."""
    freshness: str
    trusted_until: Utc | None
    """When they are too old to plan by, or their table ends."""


class Trouble(Value):
    """Why something is not there, as errors say it: what happened, what it means for the night, what to do."""

    code: str
    what: str
    means: str
    remedy: str


class Outlook(Value):
    """The next hours from one vantage."""

    at: Utc
    """When it was made."""
    start: Utc
    end: Utc
    aboard: bool
    """Whether the vantage is a spacecraft."""
    condition: str
    """What counts as night."""
    says: str
    """All of it in a sentence or two, for whoever hears and does not see it. Instants in it are UTC."""
    light: tuple[Lit, ...] = ()
    """Without gaps, for as far as it can be known."""
    moon: Moon | None = None
    nights: tuple[NightAhead, ...] = ()
    next_night: NightAhead | None = None
    """The first one, where it lies beyond `end`: sought for a year, or for as far as the elements can be trusted."""
    duty: tuple[Duty, ...] = ()
    plans: tuple[PlanAhead, ...] = ()
    heights: Heights | None = None
    """`None` aboard."""
    elements: ElementsInUse | None = None
    """`None` where no satellite matters."""
    no_night: Trouble | None = None
    """Why nothing is known of the nights."""
    no_plan: Trouble | None = None
    """Why there is no next plan."""


class Place(Value):
    """A point on the Earth."""

    latitude_deg: float
    longitude_deg: float


class Line(Value):
    """A line on the map."""

    latitude_deg: Degrees
    longitude_deg: Degrees


class Shade(Value):
    """Where the Sun's centre is lower than `sun_deg` (airless), as rings that need no further cutting."""

    sun_deg: float
    rings: tuple[Line, ...]


class Leg(Line):
    """A part of a ground track in one light."""

    light: Light
    at_s: tuple[float, ...]
    """Seconds from the map's instant to each point; negative ones have been."""


class Area(Value):
    """A region that the configuration names: the outlines of its parts and of their holes."""

    name: str
    outlines: tuple[Line, ...]


class World(Value):
    """The Earth at one instant."""

    at: Utc
    sun: Place
    """Where it stands in the zenith."""
    moon: Place
    """Where the line from the Earth's centre to it meets the sphere of directions: within 0.2° of where it stands in the zenith."""
    moon_fraction: Share
    terminator: tuple[Line, ...]
    """Where the Sun's centre is on the horizon."""
    shades: tuple[Shade, ...]
    """Night side and twilights, the widest first."""
    site: Place | None = None
    satellite: Place | None = None
    """Its nadir."""
    satellite_name: str = ""
    satellite_light: Light | None = None
    track: tuple[Leg, ...] = ()
    """The nadir's, from half a revolution ago to one and a half from now, as far as the elements go."""
    areas: tuple[Area, ...] = ()
    trouble: Trouble | None = None
    """Why vantage, satellite and areas are not there."""
