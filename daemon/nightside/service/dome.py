"""What depends on the sky is asked: a question is a small frozen value that says how it is answered beside a planner.

Whoever asks has not loaded what answers, numpy above all: a running daemon asks an `Observatory`, a process of its own; a command
and a test ask `AtHand`, in theirs. So nothing that a daemon loads imports `nightside.plan.planner`, or what computes in
`nightside.sky`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from nightside.plan.planner import Night, Planner

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

KEPT = timedelta(minutes=10)
"""For how long (by the instants that are asked for) whoever only looks is content with a night that was read before."""


class Question(Protocol[T_co]):
    """It can be pickled, and so can its answer."""

    def answer(self, dome: "Dome") -> T_co:
        """Worked out where the sky is. Raises `NightsideError`, which whoever has asked gets."""
        ...


class Sky(Protocol):
    """Whoever answers questions."""

    def ask(self, question: Question[T]) -> T:
        """The answer. Takes a while: not for an event loop. From any thread.

        Raises:
            NightsideError: what the question is refused for.
        """
        ...


class Dome:
    """What a question is put to: the planner, and the night as it was read a while ago."""

    def __init__(self, planner: "Planner") -> None:
        """Nothing is read yet."""
        self.planner = planner
        self._read: _Read | None = None

    def glance(self, now: datetime) -> "Night":
        """The night for whoever only looks at it, and does so often: elements are read, and perhaps fetched, now and then.

        Raises:
            Refused: elements or duty plans are missing, damaged or stale.
        """
        if self._read is None or not timedelta(0) <= now - self._read.at < KEPT:
            self._read = _Read(now, self.planner.night())
        return self._read.night


@dataclass(frozen=True, slots=True)
class _Read:
    at: datetime
    night: "Night"


class AtHand:
    """A sky in this process."""

    def __init__(self, planner: "Planner") -> None:
        """By a planner that is loaded here."""
        self._dome = Dome(planner)

    def ask(self, question: Question[T]) -> T:
        """As `Sky` has it."""
        return question.answer(self._dome)
