"""What a person decides about storage: when cards are drained, what may be deleted, and what happens when room runs out."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


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
