"""A night from a number: its program, its faults, and the instants at which the daemon is killed. The same again, every time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from nightside.clock import VirtualClock
from nightside.plan.lay import lay
from nightside.plan.programs import AnyProgram, Interval, StarTrail
from nightside.plan.values import Plan
from nightside.sky.windows import Window
from nightside.storage.policy import CardPolicy, DrainWhen, Policy
from nightside_drivers import bodies
from nightside_drivers.twin.codes import Event
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.simulation.nights import Night, live_through

START = datetime(2018, 7, 3, 20, 6, 34, 439840, tzinfo=UTC)
LASTING = (
    Kind.SILENT,
    Kind.CABLE_PULLED,
    Kind.POWER_CYCLE,
    Kind.ASLEEP,
    Kind.BUSY,
    Kind.CARD_FULL,
    Kind.CARD_PULLED,
    Kind.CARD_SLOW,
    Kind.MIRROR_ERROR,
)
COUNTED = (Kind.EVENT_LOST, Kind.EVENT_DOUBLED, Kind.IN_PROGRESS, Kind.TRUNCATE)


def plan_of(program: AnyProgram) -> Plan:
    """A program laid over a window of eight minutes, which has room for a little more than twelve half-minute frames."""
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    return lay(program, Window(START, START + timedelta(minutes=8), uncertainty_s=0.2), body)


def night_of(seed: int, folder: Path) -> Night:
    """Live through the night of this number, in an empty folder."""
    random = Random(seed)
    program = StarTrail(shots=12, iso=800) if random.random() < 0.5 else Interval(exposure_s=10, every_s=30, shots=12)
    plan, clock = plan_of(program), VirtualClock(START - timedelta(minutes=5))
    faults = [_fault(random) for _ in range(random.randrange(4))]
    kills = _kills(random, plan, clock)
    policy = Policy(random.choice(list(DrainWhen)), random.choice(list(CardPolicy)))
    return live_through(folder, plan, clock, faults, kills, seed, policy=policy)


def _fault(random: Random) -> Fault:
    kind = random.choice((*LASTING, *COUNTED, Kind.BATTERY_DEAD))
    after_shots = random.randrange(12)
    if kind in LASTING:
        return Fault(kind=kind, after_shots=after_shots, seconds=random.uniform(0, 200))
    if kind is Kind.BATTERY_DEAD:
        return Fault(kind=kind, after_shots=max(1, after_shots))  # dead before the first shot, it is not even found
    if kind in {Kind.EVENT_LOST, Kind.EVENT_DOUBLED}:
        return Fault(kind=kind, after_shots=after_shots, event=Event.OBJECT_ADDED, times=random.randrange(1, 4))
    return Fault(kind=kind, after_shots=after_shots, times=random.randrange(1, 6))


def _kills(random: Random, plan: Plan, clock: VirtualClock) -> list[float]:
    """Up to four instants between now and a little after the window's last shot."""
    ahead = (plan.shots[-1].close_at - clock.utc()).total_seconds() + 60
    return [clock.monotonic() + random.uniform(0, ahead) for _ in range(random.randrange(5))]
