"""The reference facts of tests/data/sky, read once, and a few ways to compare with them."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from nightside.sky.elements import Elements, parse_elements
from nightside.sky.vantage import Site
from nightside.sky.window import Window

DATA = Path(__file__).parents[2] / "data" / "sky"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    with (DATA / name).open(newline="") as file:
        return tuple(csv.DictReader(file))


def satellite(name: str) -> Elements:
    (row,) = (row for row in table("satellites.csv") if row["satellite"] == name)
    (elements,), damaged = parse_elements(f"{name}\n{row['line1']}\n{row['line2']}\n", name)
    assert not damaged
    return elements


def satellite_range(name: str) -> tuple[datetime, datetime]:
    (row,) = (row for row in table("satellites.csv") if row["satellite"] == name)
    return datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])


def site(name: str) -> Site:
    (row,) = (row for row in table("sites.csv") if row["site"] == name)
    return Site(float(row["latitude_deg"]), float(row["longitude_deg"]), float(row["elevation_m"]))


def site_range(name: str) -> tuple[datetime, datetime]:
    (row,) = (row for row in table("sites.csv") if row["site"] == name)
    start = datetime.fromisoformat(row["start"])
    return start, start + timedelta(days=int(row["days"]))


def iss() -> Elements:
    return satellite("ISS2018")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def starts(windows: Iterable[Window]) -> list[datetime]:
    return [window.start for window in windows if not window.clipped_start]


def ends(windows: Iterable[Window]) -> list[datetime]:
    return [window.end for window in windows if not window.clipped_end]


def worst_s(found: list[datetime], expected: list[datetime]) -> float:
    """The greatest difference (s) between two lists of the same events; they must be equally many."""
    assert len(found) == len(expected)
    return max((abs((a - b).total_seconds()) for a, b in zip(found, expected, strict=True)), default=0.0)
