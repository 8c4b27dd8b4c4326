"""Where a body's frames go, and by which rules."""

from dataclasses import dataclass, field

from nightside.storage.feeding import Feeding
from nightside.storage.policy import Policy, Rules
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where frames go."""

    spool: Spool
    feeding: Feeding
    traffic: Traffic = field(default_factory=Traffic)
    """Shared by all bodies on one bus."""
    policy: Rules = field(default_factory=Policy)
