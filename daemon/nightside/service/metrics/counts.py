"""What only grows: `Counts` and `Spread`. Plain numbers for weeks, which become metrics when somebody asks (`families`)."""

from bisect import bisect_left
from dataclasses import dataclass, field

from nightside.service.metrics.table import Metric

Labels = tuple[str, ...]
"""Values, in the order of the metric's labels."""


@dataclass(frozen=True, slots=True)
class Counts:
    """A counter, of each of its labels' values that were met."""

    metric: Metric
    totals: dict[Labels, float] = field(default_factory=dict[Labels, float])

    def begin(self, *labels: str) -> None:
        """Tell it as 0 until it is counted, so that its first increase is seen."""
        self.totals.setdefault(labels, 0.0)

    def add(self, *labels: str, by: float = 1.0) -> None:
        """Count one, or so much."""
        self.totals[labels] = self.totals.get(labels, 0.0) + by


@dataclass(slots=True)
class Share:
    """What was measured under the same labels."""

    below: list[int]
    """How many were found up to each edge and over the one before it; last, beyond them all."""
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """A histogram, of each of its labels' values that were met."""

    metric: Metric
    shares: dict[Labels, Share] = field(default_factory=dict[Labels, Share])

    def begin(self, *labels: str) -> None:
        """Tell it as empty until something is measured."""
        self._share(labels)

    def add(self, value: float, *labels: str) -> None:
        """Measure one."""
        share = self._share(labels)
        share.below[bisect_left(self.metric.buckets, value)] += 1
        share.total += value

    def _share(self, labels: Labels) -> Share:
        if labels not in self.shares:
            self.shares[labels] = Share([0] * (len(self.metric.buckets) + 1))
        return self.shares[labels]
