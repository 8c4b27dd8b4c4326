"""What a person decides about storage: when cards are drained, what may be deleted, and what happens when room runs out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class DrainWhen(StrEnum):
    """When frames come off the card. Never while a shutter may be open: file traffic ends bulb exposures."""

    BETWEEN_WINDOWS = "between-windows"
    """When the window is over. The window itself has no file traffic at all."""
    BETWEEN_SHOTS = "between-shots"
    """After a shot too, where a frame surely comes before the next one."""
    AT_ONCE = "at-once"
    """After each shot, also when that makes the next one late."""


class CardPolicy(StrEnum):
    """What becomes of a card's files."""

    KEEP = "keep"
    """They stay on the card."""
    DELETE_WHEN_SAFE = "delete-when-safe"
    """They are deleted once every required sink holds a verified copy."""


class RoomPolicy(StrEnum):
    """What becomes of a window whose frames the spool has no room for."""

    CARD = "card"
    """It is shot: the frames stay on the card until there is room."""
    REFUSE = "refuse"
    """It is not shot."""
    SHORTEN = "shorten"
    """As many of its first shots are taken as there is room for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. The defaults delete nothing from cards."""

    drain: DrainWhen = DrainWhen.BETWEEN_WINDOWS
    card: CardPolicy = CardPolicy.KEEP
    room: RoomPolicy = RoomPolicy.CARD
    spool_keep: timedelta = timedelta(days=30)
    """How long after its window a frame that is safe stays in the spool."""
    spool_floor: int = 0
    """Bytes that are left free on the spool's disk."""


class Rules(Protocol):
    """A policy, or the one that is in force: whoever goes by it asks each time."""

    @property
    def drain(self) -> DrainWhen:
        """As `Policy` has it, and so the others."""
        ...

    @property
    def card(self) -> CardPolicy:
        """What becomes of a card's files."""
        ...

    @property
    def room(self) -> RoomPolicy:
        """What becomes of a window whose frames the spool has no room for."""
        ...

    @property
    def spool_keep(self) -> timedelta:
        """How long after its window a frame that is safe stays in the spool."""
        ...

    @property
    def spool_floor(self) -> int:
        """Bytes that are left free on the spool's disk."""
        ...


class PolicyInForce:
    """The policy that is in force. Another may be put in its place, from any thread, while it is used."""

    def __init__(self, policy: Policy) -> None:
        """Go by this one."""
        self._policy = policy

    def put(self, policy: Policy) -> None:
        """Go by this one from now on."""
        self._policy = policy

    @property
    def drain(self) -> DrainWhen:
        """As `Policy` has it, and so the others."""
        return self._policy.drain

    @property
    def card(self) -> CardPolicy:
        """What becomes of a card's files."""
        return self._policy.card

    @property
    def room(self) -> RoomPolicy:
        """What becomes of a window whose frames the spool has no room for."""
        return self._policy.room

    @property
    def spool_keep(self) -> timedelta:
        """How long after its window a frame that is safe stays in the spool."""
        return self._policy.spool_keep

    @property
    def spool_floor(self) -> int:
        """Bytes that are left free on the spool's disk."""
        return self._policy.spool_floor
