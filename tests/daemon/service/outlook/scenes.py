"""Nights to look ahead from: the station's of 3 July 2018, and sites."""

from datetime import UTC, datetime, timedelta

from nightside.plan.planner import Night
from nightside.sky.conditions import Names, parse_condition
from nightside.sky.vantage import Site, Spacecraft, Vantage
from tests.daemon.sky.reference import iss

EVENING = datetime(2018, 7, 3, 19, 26, tzinfo=UTC)
DAY = timedelta(days=1)
ALPS = Site(46.55, 7.98, 3571.0)
SVALBARD = Site(78.22, 15.65, 0.0)


def night(vantage: Vantage, condition: str = "umbra", names: Names | None = None) -> Night:
    names = names or Names()
    return Night(vantage, parse_condition(condition, names), timedelta(minutes=1), names=names)


def station(condition: str = "umbra", names: Names | None = None) -> Night:
    return night(Spacecraft(iss()), condition, names)
