"""A night from a number: the same again, every time.

What can happen is spread so that each night has a few troubles, not all of them: what is rare alone is rarer together, and a night
in which everything fails proves little.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from nightside.engine.commands import Abort, Confirm, Emergency, Pause, Resume, Skip, StopAfterShot
from nightside.errors import PlanImpossible
from nightside.ledger.states import ArmingKind
from nightside.plan.lay import lay
from nightside.plan.programs import PROGRAMS, AnyProgram, kind_of
from nightside.storage.policy import CardPolicy, DrainWhen, Policy
from nightside_drivers import bodies
from nightside_drivers.twin.codes import Event, Property
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.simulation.script import SPOOL, Choice, Death, Mood, Order, Part, Script, Spell, Umbra, Way

LEAST_S, MOST_S = 240.0, 480.0
"""A window's length."""

LENGTHS_S = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)


def _star_trail(random: Random) -> dict[str, object]:
    route = random.choice(("single", "single", "burst", "held"))
    return {"exposure_s": random.choice((8.0, 15.0, 30.0)), "shots": random.randint(3, 12), "route": route, "iso": 800}


def _interval(random: Random) -> dict[str, object]:
    exposure_s = random.choice(LENGTHS_S)
    return {"exposure_s": exposure_s, "every_s": exposure_s + random.uniform(1, 20), "shots": random.randint(2, 12)}


def _bulb(random: Random) -> dict[str, object]:
    return {"exposure_s": random.choice((45.0, 60.0, 90.0)), "shots": random.randint(1, 3), "release": "wired"}


def _burst(random: Random) -> dict[str, object]:
    frames = random.randint(2, 5)
    route = random.choice(("burst", "held"))
    return {
        "exposure_s": random.choice((1.0, 2.0, 4.0)),
        "frames": frames,
        "bursts": random.randint(1, 3),
        "every_s": 60.0,
        "route": route,
    }


def _time_lapse(random: Random) -> dict[str, object]:
    return {
        "exposure_s": random.choice((0.5, 1.0, 2.0)),
        "frames_per_s": random.uniform(0.05, 0.2),
        "shots": random.randint(3, 14),
    }


def _bracket(random: Random) -> dict[str, object]:
    return {
        "exposure_s": random.choice((1.0, 2.0)),
        "frames": random.choice((3, 5)),
        "stops": 1.0,
        "sets": random.randint(1, 3),
    }


def _series(random: Random) -> dict[str, object]:
    steps = [
        {"exposure_s": random.choice(LENGTHS_S), "iso": random.choice((None, 400, 800))} for _ in range(random.randint(2, 4))
    ]
    return {"series": steps, "rounds": random.randint(1, 3)}


def _darks(random: Random) -> dict[str, object]:
    return {"exposure_s": random.choice((4.0, 15.0)), "shots": random.randint(2, 6), "prompt_s": random.choice((0.0, 20.0))}


def _sequence(random: Random) -> dict[str, object]:
    parts = [{"kind": kind, **MAKERS[kind](random)} for kind in random.sample(("interval", "bracket", "exposure-series"), 2)]
    return {"parts": [*parts, {"kind": "darks", "shots": 2, "prompt_s": 15.0, "exposure_s": 4.0}]}


def _repeat(random: Random) -> dict[str, object]:
    return {"program": {"kind": "bracket", **_bracket(random)}, "times": random.randint(1, 3)}


MAKERS: Mapping[str, Callable[[Random], dict[str, object]]] = {
    "star-trail": _star_trail,
    "interval": _interval,
    "bulb": _bulb,
    "burst": _burst,
    "time-lapse": _time_lapse,
    "bracket": _bracket,
    "exposure-series": _series,
    "darks": _darks,
    "sequence": _sequence,
    "repeat": _repeat,
}
"""How each kind of program is made up."""

LASTING = (
    Kind.SILENT,
    Kind.BUSY,
    Kind.CABLE_PULLED,
    Kind.POWER_CYCLE,
    Kind.ASLEEP,
    Kind.CARD_FULL,
    Kind.CARD_PULLED,
    Kind.CARD_PROTECTED,
    Kind.CARD_SLOW,
    Kind.MIRROR_ERROR,
    Kind.RELEASE_DEAD,
    Kind.SYNC_DEAD,
    Kind.SHUTTER_STUCK,
    Kind.WRONG_DIAL,
)


def script_of(seed: int) -> Script:
    """The night of this number."""
    random = Random(seed)
    umbras = _umbras(random)
    over = max(umbra.start + umbra.seconds for umbra in umbras) + 120
    parts = [_part(random, number, umbras, over) for number in range(2 if random.random() < 0.12 else 1)]
    sinks = (("frames", True), ("second", random.random() < 0.5)) if random.random() < 0.3 else (("frames", True),)
    deaths = tuple(_death(random, umbras, over) for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3))))
    steps: tuple[tuple[float, float], ...] = ()
    if not deaths and random.random() < 0.2:
        umbras = umbras[:1]  # by a clock that is wrong, nobody can know when the next window is
        steps = _steps(random, umbras)
        parts = [replace(part, orders=()) for part in parts]
    elif random.random() < 0.3:
        parts = [replace(part, choices=_choices(random, umbras, over)) for part in parts]
    suspends = ((random.uniform(0, over), random.uniform(1, 90)),) if random.random() < 0.08 and not steps else ()
    spells = tuple(_spell(random, over, sinks) for _ in range(random.choice((0, 0, 0, 1, 2))))
    return Script(
        umbras,
        tuple(parts),
        seed,
        tuple(sorted(deaths, key=lambda death: (death.way is Way.INSTANT, death.number))),
        steps,
        suspends,
        spells,
        sinks,
        Policy(random.choice(tuple(DrainWhen)), random.choice(tuple(CardPolicy))),
        attentive=random.random() < 0.7,
    )


def _umbras(random: Random) -> tuple[Umbra, ...]:
    at = random.uniform(60, 300)
    found: list[Umbra] = []
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        seconds = random.uniform(LEAST_S, MOST_S)
        sigma = random.choice((0.0, 0.2, 2.0, 10.0))
        off = (random.uniform(-sigma, sigma), random.uniform(-sigma, sigma))
        refreshed = at + random.uniform(-60, seconds) if random.random() < 0.3 else None
        found.append(Umbra(at, seconds, off, sigma, refreshed))
        at += seconds + random.uniform(400, 1800)
    return tuple(found)


def _part(random: Random, number: int, umbras: tuple[Umbra, ...], over: float) -> Part:
    faults = tuple(fault_of(random, over) for _ in range(random.choice((0, 0, 0, 1, 1, 2, 3))))
    orders = tuple(_order(random, over) for _ in range(random.choice((0, 0, 0, 0, 1, 2))))
    quality = random.choice((1, 1, 1, 5, 7))
    return Part(program_of(random, umbras), faults, orders, str(2012345 + number), random.random() < 0.5, quality=quality)


def _choices(random: Random, umbras: tuple[Umbra, ...], over: float) -> tuple[Choice, ...]:
    """What a person arms in the course of the night, as often as one who cannot make up their mind."""
    found: list[Choice] = []
    for number in range(random.choice((1, 1, 2, 3, 5))):
        at, kind = random.uniform(0, over), random.choice(tuple(ArmingKind))
        if kind is ArmingKind.PROGRAM:
            program = program_of(random, umbras).revised({"name": f"given-{number}"})
            found.append(Choice(at, kind, program, random.choice((None, 1, 1, 2))))
        else:
            found.append(Choice(at, kind))
    return tuple(found)


def program_of(random: Random, umbras: tuple[Umbra, ...]) -> AnyProgram:
    """Any program that the body can do in every one of these windows."""
    kinds = {kind_of(program): program for program in PROGRAMS}
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    while True:
        kind = random.choice(sorted(kinds))
        program = kinds[kind].model_validate({"kind": kind, **MAKERS[kind](random)})
        with contextlib.suppress(PlanImpossible):  # what cannot be shot is not what is simulated: another one is made up
            for umbra in umbras:
                lay(program, umbra.believed(0.0), body)
            return program


def fault_of(random: Random, over: float) -> Fault:
    """Any fault of the twin's vocabulary."""
    kind = random.choice(tuple(Kind))
    when: dict[str, float | int] = (
        {"at": random.uniform(0, over)} if random.random() < 0.5 else {"after_shots": random.randint(1, 10)}
    )
    said: dict[str, object] = {"kind": kind, **when}
    if kind in LASTING:
        said["seconds"] = random.uniform(1, 200)
    match kind:
        case Kind.BATTERY_LOW:
            said["percent"] = random.uniform(1, 20)
        case Kind.EVENT_LOST | Kind.EVENT_DOUBLED:
            said |= {"event": int(Event.OBJECT_ADDED), "times": random.randint(1, 3)}
        case Kind.IN_PROGRESS | Kind.TRUNCATE | Kind.CORRUPT | Kind.RAW_WITHOUT_JPEG | Kind.DROP:
            said["times"] = random.randint(1, 5)
        case Kind.STALE_HANDLE | Kind.JPEG_LATE:
            said |= {"times": random.randint(1, 3), "seconds": random.uniform(1, 60)}
        case Kind.CLOCK_WRONG:
            said["offset_s"] = random.uniform(-7200, 7200)
        case Kind.WRONG_DIAL:
            said |= {"property": int(Property.STILL_CAPTURE_MODE), "value": random.choice((1, 0x8010, 0x8012))}
        case _:
            pass
    return Fault(**said)  # type: ignore[arg-type]


def _death(random: Random, umbras: tuple[Umbra, ...], over: float) -> Death:
    way = random.choice((Way.INSTANT, Way.INSTANT, Way.TRANSACTION, Way.CALL))
    number = random.uniform(0, over) if way is Way.INSTANT else float(random.randint(1, 60))
    return Death(way, number, random.random() < 0.5, random.choice((2.0, 10.0, 45.0)))


def _steps(random: Random, umbras: tuple[Umbra, ...]) -> tuple[tuple[float, float], ...]:
    """A wall clock that is wrong until it is set right before the first window, or that is stepped and put back inside one."""
    by = random.choice((-7200.0, -30.0, 1.5, 45.0, 3600.0))
    umbra = random.choice(umbras)
    begun = umbra.start + umbra.sigma_s + 25.0
    first = random.uniform(begun, umbra.start + umbra.seconds - 60)
    return ((first, by), (umbra.start + umbra.seconds + 30.0, -by))


def _spell(random: Random, over: float, sinks: tuple[tuple[str, bool], ...]) -> Spell:
    place = random.choice((SPOOL, *(name for name, _ in sinks)))
    return Spell(place, random.choice(tuple(Mood)), random.uniform(0, over + 300), random.uniform(5, 600))


def _order(random: Random, over: float) -> Order:
    at = random.uniform(0, over)
    command = random.choice(
        (Pause(), Resume(), Skip(), Skip(releases=3), StopAfterShot(), Abort(), Emergency(), Confirm(), Pause())
    )
    return Order(at, command)
