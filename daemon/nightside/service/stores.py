"""`Stores`: where frames lie, as a running daemon knows it: the sinks and how each is."""

from nightside.storage.feeding import Feeding
from nightside.storage.standing import SinkState


class Stores:
    """For one daemon, on its event loop."""

    def __init__(self, feeding: Feeding) -> None:
        """Nothing is touched: what the feeders found last is told."""
        self._feeding = feeding

    @property
    def sinks(self) -> tuple[SinkState, ...]:
        """How every sink is, in the order in which they are fed."""
        return tuple(self._feeding.states)
