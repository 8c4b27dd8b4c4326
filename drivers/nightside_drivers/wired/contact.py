"""`ContactWatch`: stamps every opening and closing of the sync contact while a release is under way.

A thread of its own looks, because moving a line of a serial server holds the caller for 50 ms, and the shutter opens meanwhile.
"""

import threading
from types import TracebackType
from typing import Self

from nightside_drivers.api import Contact
from nightside_drivers.clock import machine_now, pause
from nightside_drivers.errors import ReleaseGone
from nightside_drivers.wired.line import ReleaseLine

LOOK_S = 0.0005
"""Machine time between two looks: the error of a stamp."""


class ContactWatch:
    """Watches while its block runs. `openings` may be read meanwhile."""

    def __init__(self, line: ReleaseLine) -> None:
        self._line = line
        self._stop = threading.Event()
        self._opened = threading.Event()
        self._edges: list[float] = []
        self._closed = False
        self.failure: ReleaseGone | None = None
        """Why it sees nothing any more."""
        self._thread = threading.Thread(target=self._look, name="sync contact", daemon=True)

    def __enter__(self) -> Self:
        """Begin. A contact that is closed already, before anything was pressed, tells of no opening before it has let go once."""
        self._closed = self._line.contact()
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def openings(self) -> tuple[Contact, ...]:
        """What was seen so far, oldest first."""
        edges = list(self._edges)
        return tuple(
            Contact(opened, edges[index + 1] if index + 1 < len(edges) else None)
            for index, opened in enumerate(edges)
            if index % 2 == 0
        )

    @property
    def shutter_open(self) -> bool:
        """Whether the contact is closed, hence the shutter open, as last seen."""
        return len(self._edges) % 2 == 1

    @property
    def stuck(self) -> bool:
        """Whether the contact has been closed since before it was watched."""
        return self._closed and not self._edges

    def wait_open(self, within_s: float) -> bool:
        """Whether a first opening was seen within `within_s` (machine time) from now; at once, when it sees nothing any more."""
        return self._opened.wait(within_s) and bool(self._edges)

    def wait_closed(self, within_s: float) -> None:
        """Wait until the shutter is closed again, `within_s` (machine time) at the most."""
        until = machine_now() + within_s
        while self.shutter_open and self.failure is None and machine_now() < until:
            pause(LOOK_S)

    def _look(self) -> None:
        try:
            while not self._stop.is_set():
                if self._line.contact() is not self._closed:
                    self._closed = not self._closed
                    if self._closed or self._edges:
                        self._edges.append(machine_now())
                        self._opened.set()
                pause(LOOK_S)
        except ReleaseGone as error:
            self.failure = error
            self._opened.set()
