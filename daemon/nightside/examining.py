"""What is looked at, put together from a configuration: by `nightside doctor` before a night, and in a running daemon."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from nightside.asking import scale_of
from nightside.building import build_sinks, clock_matters, known_body, storage_policy
from nightside.clock import Clock
from nightside.engine.desk import Desk
from nightside.engine.party import Party
from nightside.service.agenda import Agenda
from nightside.service.dome import Sky
from nightside.service.findings import board, computer, devices, places, software
from nightside.service.findings.board import Findings
from nightside.service.findings.checking import Check, check
from nightside.service.findings.timekeeping import trusted
from nightside.service.findings.values import Finding
from nightside.service.library import Library
from nightside.service.questions import ElementsInUse, Tonight
from nightside.service.timekeeping import clock_trust
from nightside.settings import AnyRelease, GpioRelease, Settings
from nightside.storage.feeding import Feeding

if TYPE_CHECKING:
    from nightside.plan.planner import Planner
    from nightside.service.findings.night import NextNight
    from nightside.service.metrics.registry import Metrics

COMPUTED_S = 60.0
"""How long (machine time) the next night may take to be computed: a polar summer is long, and a Raspberry Pi slow."""


def tonight(settings: Settings, clock: Clock) -> "NextNight":
    """The next night of a configuration, computed in this process. What is missing for it is said when it is looked at."""
    from nightside.nights import build_planner
    from nightside.service.findings.night import NextNight

    def planner() -> "Planner":
        return build_planner(settings, scale_of(settings))  # refuses what a daemon would be refused

    return NextNight(
        clock.utc,
        lambda: planner().night(),
        lambda after: planner()(after, known_body(settings)),
        settings.path(settings.storage.spool),
        storage_policy(settings.storage).spool_floor,
    )


def before_the_night(settings: Settings, clock: Clock, night: "NextNight") -> list[Check]:
    """Everything that can be looked at without a daemon and without opening the body."""
    ledger = check("ledger", partial(places.ledger, settings.ledger_place, clock), COMPUTED_S)
    return [*_everywhere(settings, clock, night.look), ledger, *map(places.sink, build_sinks(settings))]


def while_running(settings: Settings, clock: Clock, sky: Sky, desk: Desk, feeding: Feeding, agenda: Agenda) -> Findings:
    """What a running daemon finds of itself and of the machine. It never touches a body or a sink."""
    spool, floor = settings.path(settings.storage.spool), storage_policy(settings.storage).spool_floor

    def night() -> Sequence[Finding]:
        return sky.ask(Tonight(clock.utc(), known_body(settings), spool, floor))

    live = [
        board.bodies(lambda: desk.snapshots),
        places.fed(lambda: feeding.states),
        board.wakings(lambda: agenda.findings),
        board.hangs(lambda: feeding.pulse.overdue),
    ]
    return Findings(_everywhere(settings, clock, night), live, clock)


def measured(
    settings: Settings, clock: Clock, sky: Sky, desk: Desk, library: Library, party: Party, feeding: Feeding
) -> "Metrics":
    """What a running daemon counts and measures. Loads a library, so not on the event loop."""
    from nightside.service.metrics.registry import Metrics
    from nightside.service.metrics.sources import Sources

    sources = Sources(
        desk,
        library,
        feeding,
        clock,
        settings.path(settings.storage.spool),
        lambda: [watch.rungs for watch in party.watches],
        clock_trust(clock),
        lambda: sky.ask(ElementsInUse(clock.utc())),
    )
    return Metrics(sources.read)


def _everywhere(settings: Settings, clock: Clock, night: Callable[[], Sequence[Finding]]) -> list[Check]:
    return [
        check("python", software.python),
        check("sqlite", software.sqlite),
        check("numpy", partial(software.library, "numpy", "No night can be computed.")),
        check("libgphoto2", software.cameras_library, 2 * software.STARTED_S),
        check("clock", partial(trusted, clock_trust(clock), matters=clock_matters(settings))),
        check("time-zone", lambda: computer.time_zone(clock.utc())),
        check("next-night", night, COMPUTED_S),
        check("spool", partial(places.spool, settings.path(settings.storage.spool))),
        *_attached(settings),
        check("power", computer.power),
        check("sleep", computer.staying_awake),
        check("memory", computer.memory),
        check("service", computer.service),
    ]


def _attached(settings: Settings) -> list[Check]:
    """Every body's port and release line. Of several bodies, each finding is called after the body too."""
    several = len(settings.every_camera) > 1
    found = [check("gvfs", devices.grabbers)]
    for camera in settings.every_camera:
        which = f"-{camera.serial}" if several else ""
        found.append(check(f"camera{which}", partial(_called, which, partial(devices.camera, camera.port, camera.serial))))
        if camera.release is not None:
            found.append(check(f"release-line{which}", partial(_called, which, partial(_line, camera.release))))
    return found


def _line(release: AnyRelease) -> Sequence[Finding]:
    return [devices.pins() if isinstance(release, GpioRelease) else devices.release(release.port)]


def _called(which: str, look: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    return [replace(finding, name=f"{finding.name}{which}") for finding in look()]
