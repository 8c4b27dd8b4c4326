"""Whether there is room for a night, said before it, and what then becomes of its plan. Pure, but for one question to the disk."""

import os
from dataclasses import dataclass
from pathlib import Path

from nightside.errors import StorageFull
from nightside.plan.values import Plan
from nightside.storage.policy import RoomPolicy


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written where a folder is. Raises `OSError`."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a window will need beside what there is. Bytes."""

    needs: int
    free: int
    floor: int = 0
    """What must be left free."""

    @property
    def room(self) -> int:
        """What may be used."""
        return max(0, self.free - self.floor)

    @property
    def fits(self) -> bool:
        """Whether all of it has room."""
        return self.needs <= self.room

    def __str__(self) -> str:
        """As in `needs 0.8 GB, spool has 12.0 GB`."""
        floor = f" above its floor of {self.floor / 1e9:.1f} GB" if self.floor else ""
        return f"needs {self.needs / 1e9:.1f} GB, spool has {self.room / 1e9:.1f} GB{floor}"


def forecast(plan: Plan, waiting: int, free: int, floor: int) -> Forecast:
    """What a plan needs, after `waiting` bytes of earlier frames that are still on cards."""
    return Forecast(plan.expected_bytes + waiting, free, floor)


def fitted(plan: Plan, expected: Forecast, policy: RoomPolicy) -> Plan:
    """The plan that is shot after all.

    Raises:
        StorageFull: none is.
    """
    if expected.fits or policy is RoomPolicy.CARD:
        return plan
    missing = expected.needs - expected.room
    shots = len(plan.shots) - -(-missing // plan.frame_bytes)
    if policy is RoomPolicy.SHORTEN and shots > 0:
        kept = plan.shots[:shots]
        left_out = f"{len(plan.shots) - len(kept)} of {len(plan.shots)} shots are left out: the window {expected}."
        prompts = tuple(prompt for prompt in plan.prompts if prompt.before < shots)
        return plan.model_copy(update={"shots": kept, "prompts": prompts, "warnings": (*plan.warnings, left_out)})
    raise StorageFull(
        f"The window {plan.id} {expected}.",
        means="It is not shot.",
        remedy='Free some room, name another spool, or say room = "card" under [storage] to leave the frames on the card.',
    )
