"""What the engine tells the world by name: hooks listen, and whoever listens must not make it wait."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nightside.clock import Clock

ENGINE = (
    "body-found",
    "call-a-person",
    "clock-untrusted",
    "command",
    "prompt",
    "window-armed",
    "window-replanned",
    "window-done",
)
"""Told by the engine itself. Every line of the ledger's event table is told too, by its own name, once it is durable."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that has happened."""

    name: str
    at: datetime
    says: str = ""
    """For a person; may be empty."""
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Plain values, for a program."""


Listener = Callable[[Notice], None]
"""Takes a notice on the event loop, and comes back at once."""


class Notices:
    """Passes notices on to those that listen. For one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have every later notice."""
        self._listeners.append(listener)

    def tell(self, name: str, says: str = "", **detail: Any) -> None:
        """Tell all that listen."""
        self.pass_on(name, detail, says)

    def pass_on(self, name: str, detail: Mapping[str, Any], says: str = "") -> None:
        """The same, with details whose names may be any."""
        for listener in self._listeners:
            listener(Notice(name, self._clock.utc(), says, detail))
