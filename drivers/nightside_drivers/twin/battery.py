"""A battery that drains with every frame and with every second of an open shutter. Numbers only."""

from nightside_drivers.twin.facts import Battery

LOW_PERCENT = 10
"""From here on the body warns (assumed)."""


class Charge:
    """What is left in the battery."""

    def __init__(self, facts: Battery, percent: float = 100.0, *, mains: bool = False) -> None:
        """`percent` is what it holds at the start."""
        self.exact = percent
        self.mains = mains
        """Whether a mains adapter feeds the body."""
        self._facts = facts

    @property
    def percent(self) -> int:
        """What the body says."""
        return round(self.exact)

    @property
    def low(self) -> bool:
        """Whether the body warns."""
        return not self.mains and self.percent <= LOW_PERCENT

    @property
    def dead(self) -> bool:
        """Whether nothing works any more."""
        return not self.mains and self.exact <= 0

    def spend(self, frames: int, exposing_s: float) -> None:
        """Take frames and exposing time off."""
        if not self.mains:
            spent = 100 * (frames / self._facts.shots + exposing_s / (self._facts.exposing_hours * 3600))
            self.exact = max(0.0, self.exact - spent)
