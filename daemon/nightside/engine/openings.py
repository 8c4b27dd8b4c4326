"""What one release really took, shot by shot: from the sync contact where one is wired, elsewhere by the plan's offsets. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from nightside.clock import Clock
from nightside.engine.timing import Timing, length_s
from nightside.plan.values import Shot
from nightside_drivers.api import Contact, ReleaseKind, Taken


@dataclass(frozen=True, slots=True)
class Opening:
    """One exposure that was made. Clock time (s)."""

    shot: Shot
    commanded: float
    """When its release was made."""
    opened: float
    late_s: float
    closed: float
    contact: Contact | None = None
    """What the sync contact said of it (machine time, s)."""


def openings(shots: Sequence[Shot], taken: Taken, timing: Timing) -> tuple[list[Opening], list[Shot]]:
    """The exposures of one release, and the shots of it that were not taken as far as the body or its contact show.

    Bodies stop a release early when their buffer or their card is full. What a contact did not show may still lie on the card,
    so that the card has the last word.
    """
    count = _count(shots, taken, timing.clock)
    found = [_opening(shots, number, taken, timing) for number in range(count)]
    return found, list(shots[count:])


def _count(shots: Sequence[Shot], taken: Taken, clock: Clock) -> int:
    """How many frames the release took."""
    if len(shots) == 1:
        return 1
    if taken.contacts:
        return min(len(shots), len(taken.contacts))
    if shots[0].release is not ReleaseKind.BURST:
        return len(shots)  # a held release is let go at its time, whatever the body did meanwhile
    pitch_s = (shots[1].open_at - shots[0].open_at).total_seconds()
    lasted_s = clock.instant(taken.closed_at) - clock.instant(taken.opened_at)
    return max(1, min(len(shots), round((lasted_s - length_s(shots[:1])) / pitch_s) + 1))


def _opening(shots: Sequence[Shot], number: int, taken: Taken, timing: Timing) -> Opening:
    shot, instant = shots[number], timing.clock.instant
    contact = taken.contacts[number] if number < len(taken.contacts) else None
    if contact is not None:
        opened = instant(contact.opened_at)
        closed = instant(contact.closed_at) if contact.closed_at is not None else opened + length_s((shot,))
    else:
        opened = instant(taken.opened_at) + (shot.open_at - shots[0].open_at).total_seconds()
        closed = instant(taken.closed_at) if len(shots) == 1 else opened + length_s((shot,))
    return Opening(shot, instant(taken.opened_at), opened, opened - timing.due(shot), closed, contact)
