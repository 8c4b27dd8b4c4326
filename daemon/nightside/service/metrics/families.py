"""`Families`: everything that is counted and read, as prometheus-client has it. Loaded when somebody asks for metrics."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import accumulate

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from nightside.engine.snapshot import Shutter, Snapshot
from nightside.engine.trust import Trust
from nightside.ledger.records import Tally
from nightside.ledger.states import FrameState, SessionPhase, WindowPhase
from nightside.service.metrics import table
from nightside.service.metrics.counts import Counts, Spread
from nightside.service.metrics.readings import Readings


class Families(Collector):
    """Gives what has grown, and the readings that were made last, as metrics."""

    def __init__(self, grown: Sequence[Counts | Spread]) -> None:
        """Nothing has been read yet."""
        self.readings = Readings()
        self._grown = grown

    def collect(self) -> Iterable[Metric]:
        """For prometheus-client."""
        yield from map(_of_grown, self._grown)
        found = self.readings
        yield from _of_bodies(found)
        yield from _of_storage(found)
        yield from _of_world(found)
        agenda: dict[tuple[str, ...], float] = {(name,): float(wrong) for name, wrong in found.entries.items()}
        yield _gauge(table.FINDINGS, agenda)
        yield _gauge(table.OVERDUE, {(): found.overdue})
        yield _gauge(table.CHILDREN, {(owns,): count for owns, (count, _) in found.children.items()})
        yield _gauge(table.CHILD_RSS, {(owns,): size for owns, (_, size) in found.children.items()})


def _of_bodies(found: Readings) -> Iterator[Metric]:
    bodies = {snapshot.body or f"unknown-{number}": snapshot for number, snapshot in enumerate(found.snapshots, 1)}
    yield _states(table.SESSION_PHASE, {body: one.session_phase for body, one in bodies.items()}, SessionPhase)
    yield _states(table.WINDOW_PHASE, {body: one.phase for body, one in bodies.items()}, WindowPhase)
    flags: tuple[tuple[table.Metric, Callable[[Snapshot], bool]], ...] = (
        (table.SHUTTER_OPEN, lambda one: one.shutter is Shutter.OPEN),
        (table.BODY_TROUBLE, lambda one: one.trouble is not None),
        (table.BODY_PAUSED, lambda one: one.paused),
    )
    for metric, holds in flags:
        yield _gauge(metric, {(body,): float(holds(one)) for body, one in bodies.items()})
    told = {body: one.told for body, one in bodies.items() if one.told is not None}
    battery = {body: one.battery_percent / 100 for body, one in told.items() if one.battery_percent is not None}
    yield _gauge(table.BATTERY, {(body,): share for body, share in battery.items()})
    yield _gauge(table.CARD_FRAMES, {(body,): one.images_left for body, one in told.items() if one.images_left is not None})
    rungs = CounterMetricFamily(table.RUNGS.name, table.RUNGS.about, labels=table.RUNGS.labels)
    for body, counts in found.rungs.items():
        for rung, count in counts.items():
            rungs.add_metric((body, rung), count)
    yield rungs


def _of_storage(found: Readings) -> Iterator[Metric]:
    tallies = {state: found.frames.get(state, Tally(0, 0)) for state in FrameState}
    yield _gauge(table.FRAMES, {(state,): tally.frames for state, tally in tallies.items()})
    yield _gauge(table.FRAME_BYTES, {(state,): tally.bytes for state, tally in tallies.items()})
    yield _gauge(table.SINK_BACKLOG, {(one.name,): one.backlog for one in found.sinks})
    yield _gauge(table.SINK_BACKLOG_BYTES, {(name,): size for name, size in found.owed_bytes.items()})
    yield _gauge(table.SINK_FAILING, {(one.name,): float(one.failing_since is not None) for one in found.sinks})
    yield _gauge(table.SINK_FREE, {(one.name,): one.free for one in found.sinks if one.free is not None})
    yield _gauge(table.SPOOL_FREE, {(): found.spool_free} if found.spool_free is not None else {})


def _of_world(found: Readings) -> Iterator[Metric]:
    trust, elements = found.trust, found.elements
    levels: dict[tuple[str, ...], float] = {} if trust is None else {(level,): float(level is trust.level) for level in Trust}
    yield _gauge(table.CLOCK_TRUST, levels)
    sigma = None if trust is None else trust.sigma_s
    yield _gauge(table.CLOCK_SIGMA, {} if sigma is None else {(): sigma})
    yield _gauge(table.ELEMENT_AGE, {} if elements is None else {(): elements.age_s})
    yield _gauge(table.ELEMENT_ERROR, {} if elements is None else {(): elements.error_s})


def _gauge(metric: table.Metric, values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.about, labels=metric.labels)
    for labels, value in values.items():
        family.add_metric(labels, value)
    return family


def _states(metric: table.Metric, now: Mapping[str, StrEnum | None], states: Iterable[StrEnum]) -> GaugeMetricFamily:
    """A body's state as one series for each that it could be in."""
    every = tuple(states)
    return _gauge(metric, {(body, state): float(state is there) for body, there in now.items() for state in every})


def _of_grown(grown: Counts | Spread) -> Metric:
    metric = grown.metric
    if isinstance(grown, Counts):
        counter = CounterMetricFamily(metric.name, metric.about, labels=metric.labels)
        for labels, total in list(grown.totals.items()):
            counter.add_metric(labels, total)
        return counter
    histogram = HistogramMetricFamily(metric.name, metric.about, labels=metric.labels)
    edges = [*(str(float(edge)) for edge in metric.buckets), "+Inf"]
    for labels, share in list(grown.shares.items()):
        histogram.add_metric(labels, [*zip(edges, map(float, accumulate(share.below)), strict=True)], share.total)
    return histogram
