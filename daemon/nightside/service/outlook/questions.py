"""What is asked of the sky for whoever looks at it. What answers is loaded where it is answered (`nightside.service.dome`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from nightside.errors import NightsideError
from nightside.service.dome import Dome
from nightside.service.outlook.day import Day
from nightside.service.outlook.found import Nights, Passes
from nightside.service.outlook.troubles import trouble_of
from nightside.service.outlook.values import Trouble, World


@dataclass(frozen=True, slots=True)
class Known:
    """What of a night an outlook depends on."""

    aboard: bool
    """On a spacecraft."""
    condition: str
    min_length: timedelta
    not_before: datetime | None
    trusted_until: datetime | None


@dataclass(frozen=True, slots=True)
class KnownNight:
    """The night, as far as it can be told in words. Raises `Refused` where it cannot be had."""

    now: datetime

    def answer(self, dome: Dome) -> Known:
        """As it was read a while ago, at the most."""
        from nightside.sky.vantage import Spacecraft

        night = dome.glance(self.now)
        aboard = isinstance(night.vantage, Spacecraft)
        return Known(aboard, str(night.condition), night.min_length, night.not_before, night.trusted_until)


@dataclass(frozen=True, slots=True)
class DayAhead:
    """Light, Moon, nights and duty in a range of time. Raises `Refused` where the night cannot be had."""

    now: datetime
    end: datetime

    def answer(self, dome: Dome) -> Day:
        """Some ten milliseconds of work."""
        from nightside.service.outlook.timeline import day_ahead

        return day_ahead(dome.glance(self.now), self.now, self.end)


@dataclass(frozen=True, slots=True)
class Map:
    """The Earth at an instant. Raises `RangeRefused` where the Sun and the Moon are not known well enough then."""

    now: datetime
    at: datetime
    trouble: Trouble | None = None
    """Why the vantage cannot be had, where that is known."""

    def answer(self, dome: Dome) -> World:
        """Some milliseconds of work. Where the vantage cannot be had, it says why, and shows the night side all the same."""
        from nightside.service.outlook.world import world_at, world_without
        from nightside.sky.windows import time_range

        time_range(self.at, self.at + timedelta(seconds=1))
        trouble = self.trouble
        if trouble is None:
            try:
                return world_at(dome.glance(self.now), self.at)
            except NightsideError as error:
                trouble = trouble_of(error)
        return world_without(trouble, self.at)


@dataclass(frozen=True, slots=True)
class NightsIn:
    """The windows of a range. Raises as `nights_in` does, and as the night itself."""

    start: datetime
    end: datetime | None
    condition: str | None

    def answer(self, dome: Dome) -> Nights:
        """A second of work, and ten where a year is looked through."""
        from nightside.service.outlook.ranges import nights_in

        return nights_in(dome.planner.night(), self.start, self.end, self.condition)


@dataclass(frozen=True, slots=True)
class Above:
    """A site: degrees, north and east positive; metres."""

    latitude_deg: float
    longitude_deg: float
    elevation_m: float = 0.0


@dataclass(frozen=True, slots=True)
class PassesIn:
    """The passes of a range over a site, the configured one for `None`. Raises as `passes_in` does, and as the night itself."""

    start: datetime
    end: datetime | None
    site: Above | None
    min_elevation_deg: float
    visible: bool
    """Only what can be seen with the eye."""

    def answer(self, dome: Dome) -> Passes:
        """A second of work."""
        from nightside.service.outlook.ranges import Over, passes_in
        from nightside.sky.vantage import Site

        site = None if self.site is None else Site(self.site.latitude_deg, self.site.longitude_deg, self.site.elevation_m)
        return passes_in(dome.planner.night(), self.start, self.end, Over(site, self.min_elevation_deg, self.visible))
