"""`ReleaseLine`: what a wire across a body's remote connector is to whoever presses its button. No timing, no kind of port here.

Two kinds are in this folder: `serial_line` and `gpio_line`. Both press, half press and let go, and hear the sync contact.
"""

from typing import Protocol


class ReleaseLine(Protocol):
    """One wired release. Used by one thread; `contact` by another one beside it. Any method raises `ReleaseGone` when it is gone.

    Whatever ends the process that holds it, the shutter must be closed within a second: each kind says how it sees to that.
    """

    @property
    def has_prefocus(self) -> bool:
        """Whether the half press is wired apart."""
        ...

    @property
    def has_contact(self) -> bool:
        """Whether the sync contact is wired."""
        ...

    def open(self) -> None:
        """Take it with the release up; nothing happens when it is taken already.

        Raises:
            ReleaseHeld: another program has it.
            ReleaseGone: it is not there, not ours, or does not answer.
            DriverMissing: what it stands on is not installed.
        """
        ...

    def close(self) -> None:
        """Let go and give it back. Works on one that is gone, and twice."""
        ...

    def drop(self) -> None:
        """Let go at once, in whatever state it is, and give it back; `open` takes it again soon. Works on one that is gone."""
        ...

    def press(self) -> None:
        """Close the release line."""
        ...

    def let_go(self) -> None:
        """Open the release line, and the prefocus line with it."""
        ...

    def half_press(self) -> None:
        """Close the prefocus line, where there is one."""
        ...

    def contact(self) -> bool:
        """Whether the sync contact is closed now."""
        ...
