"""How a sink is, as a value for readers."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SinkState:
    """One sink, as its feeder found it last."""

    name: str
    required: bool
    backlog: int
    """Files in the spool that it does not hold yet, when it was last looked."""
    failing_since: datetime | None = None
    why: str | None = None
    free: int | None = None
    """Bytes that it had left when it was last fed, where that can be known."""
