"""Faults that wait for their opportunity: the next event, file, request or download that they fit. Asked by the model's parts."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from nightside_drivers.twin.faults.vocabulary import Fault, Kind


@dataclass(slots=True)
class Armed:
    """One fault that waits."""

    fault: Fault
    left: int | None
    """How often it will still strike; None is without end."""
    random: Random


class Mishaps:
    """What may go wrong at the next opportunity."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []

    def arm(self, fault: Fault, random: Random) -> None:
        """Let a fault wait. `random` decides, where it has a probability."""
        self._armed.append(Armed(fault, fault.times or (None if fault.probability else 1), random))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._armed.clear()

    def strike(self, kind: Kind, fits: Callable[[Fault], bool] = lambda _fault: True) -> Fault | None:
        """The fault of that kind that strikes now, if one does; asking is what uses it up."""
        for armed in self._armed:
            if armed.fault.kind is not kind or not fits(armed.fault):
                continue
            if armed.fault.probability is not None and armed.random.random() >= armed.fault.probability:
                continue
            if armed.left is not None:
                armed.left -= 1
                if armed.left == 0:
                    self._armed.remove(armed)
            return armed.fault
        return None
