"""Plans as they are drawn: thousands of shots as some spans. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from nightside.plan.values import Plan, Shot
from nightside.service.outlook.values import PlanAhead, Run, Stretch

CLOSE = timedelta(seconds=60)
"""Shots that follow within so much are drawn as one: a pixel of a day on a phone is four minutes."""
MOST_RUNS = 60
"""Of one plan; where there would be more, those that are further apart are drawn as one too."""


def plan_ahead(plan: Plan, gap_scale: float, *, laid: bool, bodies: Collection[str] = ()) -> PlanAhead:
    """One plan. `gap_scale` is clock seconds in a machine second: a rehearsal's drain looks longer by that."""
    drain = None
    if plan.drain_s is not None:
        after = plan.shots[-1].close_at
        drain = Stretch(start=after, end=after + timedelta(seconds=plan.drain_s * gap_scale))
    return PlanAhead(
        id=plan.id,
        start=plan.span.start,
        end=plan.span.end,
        program=plan.program,
        laid=laid,
        bodies=tuple(sorted(bodies)),
        shots=len(plan.shots),
        bytes=plan.expected_bytes,
        battery_percent=plan.battery_percent,
        drain=drain,
        runs=runs_of(plan),
    )


def runs_of(plan: Plan) -> tuple[Run, ...]:
    """The plan's shots in at most `MOST_RUNS` spans, or one for each program that alternates, whichever is more."""
    close = CLOSE
    while True:
        runs = tuple(_runs(plan, close))
        if len(runs) <= MOST_RUNS or close > plan.span.duration:
            return runs
        close *= 2


def _runs(plan: Plan, close: timedelta) -> Iterator[Run]:
    run = [plan.shots[0]]
    for before, shot in pairwise(plan.shots):
        if plan.part_of(shot) != plan.part_of(before) or shot.open_at - before.close_at > close:
            yield _run(plan, run)
            run = []
        run.append(shot)
    yield _run(plan, run)


def _run(plan: Plan, shots: Sequence[Shot]) -> Run:
    lengths = {shot.exposure.shutter_s for shot in shots}
    return Run(
        start=shots[0].open_at,
        end=shots[-1].close_at,
        program=plan.part_of(shots[0]),
        shots=len(shots),
        exposure_s=lengths.pop() if len(lengths) == 1 else None,
    )
