"""Where a satellite is: SGP4 for mean elements, interpolation for a tabulated ephemeris; in TEME (km, km/s).

SGP4 and SDP4 are the reference implementation in C++ as the `sgp4` package ships it, with WGS72 and the improved mode.
"""

from datetime import datetime
from typing import Protocol

import numpy as np
from sgp4.api import WGS72, Satrec

from nightside.errors import ElementsDamaged
from nightside.sky.elements.values import Elements, Ephemeris, MeanElements
from nightside.sky.ephemeris import TabulatedOrbit, stretches
from nightside.sky.frames import EARTH_RADIUS_KM
from nightside.sky.instants import DAY_S, J2000_JD, Floats, julian, moment, seconds

EPOCH_1950_JD = 2433281.5
"""What SGP4 counts its epochs from: 1949 December 31, 0h."""
MU_KM3_S2 = 398600.8
"""The Earth's gravitational parameter in WGS72."""
LEAST_PERIGEE_KM = -50.0
"""Mean elements of a satellite about to fall may dip a little below the ground."""
LOOKS_PER_REVOLUTION = 24
LOOKS_AT_ONCE = 8192
REASONS = {
    1: "its eccentricity leaves the range that an orbit can have",
    2: "its mean motion is not positive",
    3: "its eccentricity leaves the range that an orbit can have, once perturbed",
    4: "its orbit degenerates",
    5: "its elements are those of a path below the ground",
    6: "it has decayed: its perigee is inside the Earth",
}
"""SGP4's error codes, in words."""


class Orbit(Protocol):
    """What the almanac needs of an orbit."""

    @property
    def swiftest_rad_s(self) -> float:
        """The greatest angular speed as seen from the Earth's centre: what sets how densely curves are looked at."""
        ...

    @property
    def period_s(self) -> float:
        """About one revolution (s)."""
        ...

    def covered(self, start: float, end: float) -> tuple[float, float]:
        """The span (s since J2000) around a range in which `states` may be asked; refused where it does not hold all of it."""
        ...

    def states(self, instants: Floats) -> tuple[Floats, Floats]:
        """Position (km) and velocity (km/s), each of shape (3, n)."""
        ...


class Sgp4Orbit:
    """Mean elements under SGP4. Not for use by two threads at once: the C++ record keeps the deep-space integrator's place."""

    def __init__(self, name: str, mean: MeanElements) -> None:
        self._name = name
        self._record = _record(mean)
        self._mean = mean
        if self._record.error:
            raise _refusal(name, self._record.error, mean.epoch_s)

    @property
    def swiftest_rad_s(self) -> float:
        """At perigee, by Kepler's second law."""
        e = self._mean.eccentricity
        return float(2.0 * np.pi / self._mean.period_s * (1.0 + e) ** 0.5 / (1.0 - e) ** 1.5)

    @property
    def period_s(self) -> float:
        """The mean elements' own."""
        return self._mean.period_s

    def covered(self, start: float, end: float) -> tuple[float, float]:
        """Everywhere."""
        return -np.inf, np.inf

    def first_failure(self, start: float, end: float) -> float | None:
        """Where SGP4 first gives up, looking as often as curves are looked at; None where it does not."""
        step = 2.0 * np.pi / self.swiftest_rad_s / LOOKS_PER_REVOLUTION
        stride = step * LOOKS_AT_ONCE
        for i in range(int((end - start) / stride) + 1):
            instants = np.arange(start + i * stride, min(start + (i + 1) * stride, end + step), step)
            errors, position, _ = self._record.sgp4_array(*julian(instants))
            bad = np.flatnonzero((errors != 0) | ~np.isfinite(position).all(axis=1))
            if bad.size:
                return float(instants[bad[0]])
        return None

    def states(self, instants: Floats) -> tuple[Floats, Floats]:
        """Position and velocity in TEME. Raises `ElementsDamaged` where SGP4 gives up."""
        if instants.size == 0:
            return np.empty((3, 0)), np.empty((3, 0))
        day, fraction = julian(instants)
        errors, position, velocity = self._record.sgp4_array(day, fraction)
        if errors.any() or not np.isfinite(position).all():
            at = int(np.flatnonzero(errors)[0]) if errors.any() else 0
            raise _refusal(self._name, int(errors[at]), float(instants[at]))
        return np.ascontiguousarray(position.T), np.ascontiguousarray(velocity.T)


def orbit_of(elements: Elements) -> Orbit:
    """The propagator that fits a publication."""
    if isinstance(elements.orbit, Ephemeris):
        return TabulatedOrbit(elements.name, elements.orbit)
    return Sgp4Orbit(elements.name, elements.orbit)


def propagable_until(elements: Elements, start: datetime, end: datetime) -> datetime:
    """The end of a range, or the earlier instant until which an orbit can be computed: where a table ends, or well before a decay.

    It is `start` where nothing can be computed there. A revolution is kept clear of the decay, which takes SGP4 at a perigee first.
    """
    if isinstance(elements.orbit, Ephemeris):
        first = seconds(start)
        ends = [high for low, high in stretches(elements.orbit.segments) if low <= first <= high]
        return min(end, moment(ends[0])) if ends else start
    orbit = Sgp4Orbit(elements.name, elements.orbit)
    failure = orbit.first_failure(seconds(start), seconds(end) + orbit.period_s)
    return end if failure is None else max(start, min(end, moment(failure - orbit.period_s)))


def check_at_epoch(elements: Elements) -> None:
    """Raise `ElementsDamaged` for elements from which no place can be computed even at their epoch."""
    if isinstance(elements.orbit, MeanElements):
        mean = elements.orbit
        _check_ranges(elements, mean)
        _check_perigee(elements, mean)
        Sgp4Orbit(elements.name, mean).states(np.array([mean.epoch_s]))
    else:
        _check_overlaps(elements, elements.orbit)


def _check_ranges(elements: Elements, mean: MeanElements) -> None:
    ranges = (
        ("mean motion", mean.mean_motion_rev_day, 1e-3, 18.0, "revolutions a day"),
        ("eccentricity", mean.eccentricity, 0.0, 0.999, ""),
        ("inclination", mean.inclination_deg, 0.0, 180.0, "°"),
        ("right ascension of the node", mean.raan_deg, -360.0, 360.0, "°"),
        ("argument of perigee", mean.arg_perigee_deg, -360.0, 360.0, "°"),
        ("mean anomaly", mean.mean_anomaly_deg, -360.0, 360.0, "°"),
        ("drag term", mean.bstar, -10.0, 10.0, ""),
        ("first derivative of mean motion", mean.half_ndot, -10.0, 10.0, ""),
        ("second derivative of mean motion", mean.sixth_nddot, -100.0, 100.0, ""),
    )
    for what, value, least, most, unit in ranges:
        if not least <= value <= most:
            raise ElementsDamaged(
                f"{elements.source}: the {what} of {elements.name} is {value:g}{unit and ' ' + unit}, "
                f"but must lie from {least:g} to {most:g}.",
                means="This element set cannot be trusted, so nothing was computed.",
                remedy="Fetch the element set again from its publisher.",
            )


def _check_perigee(elements: Elements, mean: MeanElements) -> None:
    axis_km = (MU_KM3_S2 * (mean.period_s / (2.0 * np.pi)) ** 2) ** (1.0 / 3.0)
    height_km = axis_km * (1.0 - mean.eccentricity) - EARTH_RADIUS_KM
    if height_km < LEAST_PERIGEE_KM:
        raise ElementsDamaged(
            f"{elements.source}: the perigee of {elements.name} is {-height_km:.0f} km below the ground.",
            means="It has decayed, or this element set cannot be trusted.",
            remedy="Fetch the element set again from its publisher.",
        )


def _check_overlaps(elements: Elements, ephemeris: Ephemeris) -> None:
    contradiction = TabulatedOrbit(elements.name, ephemeris).contradiction()
    if contradiction is not None:
        instant, apart_km = contradiction
        raise ElementsDamaged(
            f"{elements.source}: two segments of {elements.name} are {apart_km:.0f} km apart at "
            f"{moment(instant):%Y-%m-%d %H:%M:%S} UTC, where they overlap.",
            means="Which of the two is true cannot be told, so nothing was computed.",
            remedy="Fetch the ephemeris again from its publisher.",
        )


def _record(mean: MeanElements) -> Satrec:
    minute = 1440.0
    record = Satrec()
    record.sgp4init(
        WGS72,
        "i",
        0,
        mean.epoch_s / DAY_S + J2000_JD - EPOCH_1950_JD,
        mean.bstar,
        mean.half_ndot * 2.0 * np.pi / minute**2,
        mean.sixth_nddot * 2.0 * np.pi / minute**3,
        mean.eccentricity,
        np.radians(mean.arg_perigee_deg),
        np.radians(mean.inclination_deg),
        np.radians(mean.mean_anomaly_deg),
        mean.mean_motion_rev_day * 2.0 * np.pi / minute,
        np.radians(mean.raan_deg),
    )
    return record


def _refusal(name: str, code: int, instant: float) -> ElementsDamaged:
    reason = REASONS.get(code, "its place is not a number")
    return ElementsDamaged(
        f"{name} cannot be propagated to {moment(instant):%Y-%m-%d %H:%M} UTC: {reason} (SGP4 error {code}).",
        means="There is no orbit to compute windows for at that time.",
        remedy="Fetch newer elements, or ask for a range nearer to their epoch.",
    )
