"""Pressing a button at an instant, on a line that is slow or fails."""

import pytest

from nightside_drivers.clock import machine_now, pause
from nightside_drivers.errors import ReleaseGone, TooLate
from nightside_drivers.wired import release as module
from nightside_drivers.wired.release import WiredRelease


class Line:
    """A line that writes down what is done to it; its half press takes `slow_s`, its contact is what `contact` says or raises."""

    def __init__(self, slow_s: float = 0.0, *, has_contact: bool = False) -> None:
        self.slow_s, self.has_contact, self.has_prefocus = slow_s, has_contact, not has_contact
        self.done: list[str] = []

    def open(self) -> None:
        self.done.append("open")

    def close(self) -> None:
        self.done.append("close")

    def drop(self) -> None:
        self.done.append("drop")

    def press(self) -> None:
        self.done.append("press")

    def let_go(self) -> None:
        self.done.append("let go")

    def half_press(self) -> None:
        self.done.append("half press")
        pause(self.slow_s)

    def contact(self) -> bool:
        if "press" in self.done:
            raise ReleaseGone("The adapter was pulled.")
        return False


def test_a_button_whose_half_press_took_too_long_is_not_pressed() -> None:
    """The exposure would reach out of its window."""
    line = Line(slow_s=0.2)
    at = machine_now()
    with pytest.raises(TooLate):
        WiredRelease(line).press(at, at + 0.1, 0.05)
    assert line.done == ["open", "half press", "drop"]


def test_a_contact_that_is_gone_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second more, and the shutter would have been open for so long."""
    monkeypatch.setattr(module, "CONTACT_WITHIN_S", 1e6)
    line = Line(has_contact=True)
    at = machine_now()
    with pytest.raises(ReleaseGone, match="pulled"):
        WiredRelease(line).press(at, at + 60, 0.05)
    assert line.done == ["open", "press", "drop"]
