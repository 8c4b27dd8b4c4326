"""What tests of plans share: a D3s, windows, and plans as offsets."""

from datetime import UTC, datetime, timedelta

from nightside.plan.programs import Program
from nightside.plan.reading import read_program
from nightside.plan.values import Plan, Shot
from nightside.sky.window import Window
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities

START = datetime(2018, 7, 3, 20, 6, 34, 439840, tzinfo=UTC)


def d3s() -> Capabilities:
    found = bodies.find("", "Nikon D3s")
    assert found is not None
    return found


def window(length_s: float = 2147.7, uncertainty_s: float = 0.0, clipped_start: bool = False) -> Window:
    return Window(START, START + timedelta(seconds=length_s), clipped_start, uncertainty_s=uncertainty_s)


def toml(text: str) -> Program:
    """A program as a person writes it, its lines parted by semicolons."""
    return read_program(text.replace("; ", "\n"), "test.toml")


def openings(plan: Plan) -> list[float]:
    return [(shot.open_at - plan.span.start).total_seconds() for shot in plan.shots]


def lengths(plan: Plan) -> list[float]:
    return [seconds(shot) for shot in plan.shots]


def seconds(shot: Shot) -> float:
    return (shot.close_at - shot.open_at).total_seconds()
