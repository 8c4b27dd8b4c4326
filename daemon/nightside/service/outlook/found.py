"""What is found in a range of time: nights and passes, as a running daemon and the command line tell them. Values."""

from pydantic import Field

from nightside.plan.values import Utc, Value
from nightside.sky.freshness import Freshness


class Reboost(Value):
    """A manoeuvre that their publisher announces: a reboost, an arrival, a departure."""

    name: str
    at: Utc
    delta_v_m_s: float | None


class ElementsUsed(Value):
    """Whose elements were used, and how old they were at the beginning of the range."""

    name: str
    norad_id: int | None
    designator: str
    epoch: Utc
    source: str
    note: str
    """How they were chosen, where that needs saying."""
    age_days: float
    freshness: Freshness
    manoeuvres: tuple[Reboost, ...]


class NightFound(Value):
    """One window of the condition, with the sky in its middle."""

    start: Utc
    end: Utc
    duration_s: float
    clipped_start: bool
    """It had begun when the range begins."""
    clipped_end: bool
    uncertainty_s: float
    """How early or late (± s) each edge may come."""
    moon_fraction: float
    """Illuminated, 0 to 1."""
    moon_altitude_deg: float
    beta_deg: float | None
    """The Sun above the orbit's plane; null without a satellite."""
    age_days: float | None
    freshness: Freshness | None
    """Of the elements; null where no satellite matters."""


class Nights(Value):
    """The windows of a condition in a range, however short each is."""

    condition: str
    start: Utc
    end: Utc
    windows: tuple[NightFound, ...]
    next: NightFound | None = None
    """The first after the range, where there is none in it: sought for a year, or for as far as the orbit can be computed."""
    searched_until: Utc | None = None
    """How far it was sought."""
    freshness: Freshness | None = None
    """The worst of all these windows."""
    elements: ElementsUsed | None = None
    notes: tuple[str, ...] = ()
    """What has to be said of the elements."""


class PassFound(Value):
    """One pass of the satellite over a site."""

    rise: Utc
    culmination: Utc
    set: Utc
    max_elevation_deg: float
    rise_azimuth_deg: float
    """From north through east."""
    culmination_azimuth_deg: float
    set_azimuth_deg: float
    sunlit_at_rise: bool
    sunlit_at_culmination: bool
    sunlit_at_set: bool
    sun_altitude_deg: float
    """Of the Sun at the site, at culmination."""
    clipped_rise: bool
    clipped_set: bool
    uncertainty_s: float
    visible: bool
    """The site is dark at culmination, and the satellite in the Sun at rise, culmination or set."""
    age_days: float | None
    freshness: Freshness | None


class Passes(Value):
    """The passes of the configured satellite in a range."""

    satellite: str
    latitude_deg: float
    longitude_deg: float
    elevation_m: float
    start: Utc
    end: Utc
    passes: tuple[PassFound, ...] = Field(default=())
    freshness: Freshness | None = None
    """The worst of these passes."""
    elements: ElementsUsed
    notes: tuple[str, ...] = ()
    """What has to be said of the elements."""
