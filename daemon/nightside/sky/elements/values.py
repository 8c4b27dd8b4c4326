"""Orbits as published, as frozen values: mean elements for SGP4, or a tabulated ephemeris; with their age and what it costs.

No parsing and no files here (see the other rooms of this package), and no propagation (`nightside.sky.orbit`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from nightside.errors import ElementsStale
from nightside.sky.freshness import AgePolicy, Freshness
from nightside.sky.instants import DAY_S, Floats, moment

FLOOR_S = 0.13
"""SGP4's own error at epoch, about 1 km, as time along a low orbit (s)."""
LINEAR_S_PER_DAY = 0.05
DRAG_FACTOR = 1.5
"""How much of the published drag term may be wrong: it bounds the pairs of sets compared in docs/reference/sky-errors.md."""
EPHEMERIS_S_PER_DAY2 = 0.1


@dataclass(frozen=True, slots=True)
class MeanElements:
    """Brouwer mean elements as SGP4 takes them (frame TEME, model WGS72)."""

    epoch_s: float
    """Seconds since J2000 (`nightside.sky.instants`)."""
    mean_motion_rev_day: float
    """Kozai mean motion."""
    eccentricity: float
    inclination_deg: float
    raan_deg: float
    """Right ascension of the ascending node."""
    arg_perigee_deg: float
    mean_anomaly_deg: float
    bstar: float
    """Drag term (1 / Earth radius)."""
    half_ndot: float = 0.0
    """Half the first derivative of mean motion, as a TLE prints it (rev/day²)."""
    sixth_nddot: float = 0.0
    """A sixth of the second derivative (rev/day³)."""

    @property
    def period_s(self) -> float:
        """One revolution, anomalistic (s)."""
        return DAY_S / self.mean_motion_rev_day


class Interpolation(StrEnum):
    """CCSDS 502.0-B names."""

    LAGRANGE = "LAGRANGE"
    HERMITE = "HERMITE"
    LINEAR = "LINEAR"


class Frame(StrEnum):
    """The inertial frames in which tables come."""

    EME2000 = "EME2000"
    ICRF = "ICRF"
    TEME = "TEME"
    TOD = "TOD"


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """One stretch of a tabulated ephemeris. It must not be interpolated across its ends."""

    start_s: float
    """Start of the useable span (s since J2000)."""
    stop_s: float
    instants: Floats
    """Strictly ascending (s since J2000), shape (n,)."""
    position_km: Floats
    """Shape (n, 3)."""
    velocity_km_s: Floats
    """Shape (n, 3)."""
    frame: Frame
    method: Interpolation
    degree: int


@dataclass(frozen=True, slots=True, eq=False)
class Ephemeris:
    """A table of states, in ascending segments."""

    segments: tuple[Segment, ...]

    @property
    def start_s(self) -> float:
        """Where the table begins to be useable (s since J2000)."""
        return self.segments[0].start_s

    @property
    def stop_s(self) -> float:
        """Where it ends."""
        return max(segment.stop_s for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Manoeuvre:
    """An event that a publisher announces: a reboost, an arrival, a departure."""

    name: str
    at: datetime
    """Aware, UTC."""
    delta_v_m_s: float | None = None


@dataclass(frozen=True, slots=True)
class Elements:
    """One object's orbit as published."""

    name: str
    norad_id: int
    """Catalogue number; 0 where the publication gives none."""
    epoch: datetime
    """Aware, UTC. Of a table: the start of its useable span."""
    source: str
    """Where it was read: a file's name and line, or what the publisher says of itself."""
    orbit: MeanElements | Ephemeris
    manoeuvres: tuple[Manoeuvre, ...] = ()
    """What the publisher announced, reboosts above all. A table has them in its states; mean elements do not."""
    designator: str = ""
    """International designator (COSPAR), as in 1998-067A; '' where the publication gives none."""
    note: str = ""
    """What people should know of how these elements were chosen, in a sentence: say it wherever they are used."""

    def age(self, utc: datetime) -> timedelta:
        """How long after the epoch `utc` is; negative before it."""
        return utc - self.epoch

    def freshness(self, utc: datetime, policy: AgePolicy | None = None) -> Freshness:
        """What the age at `utc` means under a policy. A table is stale outside its useable span, whatever the policy."""
        limits = policy if policy is not None else AgePolicy()
        age = abs(self.age(utc))
        if not self.covers(utc) or age > limits.stale:
            return Freshness.STALE
        return Freshness.FRESH if age <= limits.fresh else Freshness.AGEING

    @property
    def useable_until(self) -> datetime | None:
        """Where a table ends; None for mean elements, which can be propagated for as long as one believes them."""
        return moment(self.orbit.stop_s) if isinstance(self.orbit, Ephemeris) else None

    def covers(self, utc: datetime) -> bool:
        """Whether the orbit can be computed at `utc` at all: always for mean elements, inside its span for a table."""
        return self.useable_until is None or self.epoch <= utc <= self.useable_until

    def along_track_uncertainty_s(self, utc: datetime) -> float:
        """How early or late (± s) the object may pass its computed place at `utc`, if it does not manoeuvre.

        A floor, a linear term, and the whole drag term over again by half: an empirical bound, not a covariance. A reboost
        exceeds it at once.
        """
        return float(self.along_track_bound_s(np.array(self.age(utc).total_seconds())))

    def along_track_bound_s(self, ages_s: Floats) -> Floats:
        """The same for many ages (s)."""
        days = np.abs(ages_s) / DAY_S
        linear, quadratic = 0.0, EPHEMERIS_S_PER_DAY2
        if isinstance(self.orbit, MeanElements):
            linear, quadratic = LINEAR_S_PER_DAY, DRAG_FACTOR * abs(self.orbit.half_ndot) * self.orbit.period_s
        bound: Floats = FLOOR_S + days * (linear + days * quadratic)
        return bound


def require_usable(elements: Elements, utc: datetime, policy: AgePolicy | None = None) -> Freshness:
    """The freshness at `utc`, or the refusal `ElementsStale`: call it before relying on windows at that time."""
    freshness = elements.freshness(utc, policy)
    if freshness is Freshness.STALE:
        days = elements.age(utc).total_seconds() / 86400.0
        raise ElementsStale(
            f"The elements of {elements.name} are {abs(days):.1f} days {'old' if days >= 0 else 'too new'} "
            f"at {utc:%Y-%m-%d %H:%M} UTC (epoch {elements.epoch:%Y-%m-%d %H:%M} UTC).",
            means=f"Shadow times may be off by {elements.along_track_uncertainty_s(utc):.0f} s, by minutes after a reboost.",
            remedy="Fetch newer elements, or say that stale ones may be used.",
        )
    return freshness
