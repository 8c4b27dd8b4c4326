"""The events that a body has for its initiator, until they are fetched. Bounded, because nobody may ever fetch them."""

from collections import deque
from dataclasses import dataclass

from nightside_drivers.twin.codes import Event
from nightside_drivers.twin.faults.vocabulary import Kind
from nightside_drivers.twin.mishaps import Mishaps

KEPT = 512
"""Events that wait; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event."""

    code: Event
    parameter: int = 0


class EventQueue:
    """What waits to be told.

    A Nikon-aware initiator polls with GetEvent 0x90c7; any other is told over the event channel. Telling it twice would make
    every frame appear twice in libgphoto2, which reads both.
    """

    def __init__(self, mishaps: Mishaps) -> None:
        """`mishaps` may lose or double an event."""
        self._mishaps = mishaps
        self.polled = False
        """Whether the present initiator has shown that it knows Nikon's operations."""
        self._waiting: deque[Happened] = deque(maxlen=KEPT)

    def __len__(self) -> int:
        return len(self._waiting)

    def post(self, code: Event, parameter: int = 0) -> None:
        """Something happened."""
        if self._mishaps.strike(Kind.EVENT_LOST, lambda fault: fault.event == code):
            return
        self._waiting.append(Happened(code, parameter))
        if self._mishaps.strike(Kind.EVENT_DOUBLED, lambda fault: fault.event == code):
            self._waiting.append(Happened(code, parameter))

    def poll(self) -> list[Happened]:
        """Everything that waits, for GetEvent."""
        told = list(self._waiting)
        self._waiting.clear()
        return told

    def push(self) -> list[Happened]:
        """Everything that waits for the event channel: nothing, when the initiator polls."""
        return [] if self.polled else self.poll()

    def reset(self) -> None:
        """A new session begins with nothing to tell."""
        self._waiting.clear()
        self.polled = False
