"""What will happen inside a body, and when: a queue of happenings in clock time. Nothing here waits or looks at a clock."""

import heapq
import itertools
import math
from collections.abc import Callable

Happening = Callable[[float], None]
"""Called with the instant (clock time, s) at which it was due, which is when it happened, however late it is run."""


class Ticket:
    """A happening that can still be called off."""

    __slots__ = ("happening",)

    def __init__(self, happening: Happening) -> None:
        self.happening: Happening | None = happening

    def cancel(self) -> None:
        """Call it off. Harmless when it has happened already."""
        self.happening = None


class Timeline:
    """Happenings in the order of their instants; equal instants in the order in which they were planned."""

    def __init__(self) -> None:
        self.now = -math.inf
        """The instant at which things have come to: that of the happening that is going on, or of the last `run`."""
        self._queue: list[tuple[float, int, Ticket]] = []
        self._running = False
        self._order = itertools.count()
        self.watchers: list[Callable[[], None]] = []
        """Called whenever something is planned or changed from outside, so that whoever waits for `due` looks again."""

    def at(self, instant: float, happening: Happening) -> Ticket:
        """Plan `happening` for `instant` (clock time, s)."""
        ticket = Ticket(happening)
        heapq.heappush(self._queue, (instant, next(self._order), ticket))
        self.notify()
        return ticket

    def notify(self) -> None:
        """Tell the watchers to look again."""
        for look in self.watchers:
            look()

    @property
    def due(self) -> float | None:
        """When the next thing happens; None while nothing is planned."""
        while self._queue and self._queue[0][2].happening is None:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else None

    def run(self, until: float) -> None:
        """Let everything happen that is due by `until`, including what that itself brings about. Harmless from within."""
        if self._running:
            return
        self._running = True
        try:
            while (due := self.due) is not None and due <= until:
                ticket = heapq.heappop(self._queue)[2]
                happening, ticket.happening = ticket.happening, None
                self.now = max(self.now, due)
                if happening is not None:
                    happening(due)
            self.now = max(self.now, until)
        finally:
            self._running = False
