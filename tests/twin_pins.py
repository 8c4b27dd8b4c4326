"""A gpiozero pin factory whose release pin is wired to a twin's button and whose contact pin to its sync contact.

It is loaded in child processes, as gpiozero loads any factory: by an entry point (see `pins` in tests/drivers/wired/conftest.py).
Like Raspberry Pi's kernels it keeps what was last driven when the process dies: nothing but somebody else's hand lets go.
"""

import os
from functools import lru_cache

from gpiozero.pins.mock import MockFactory, MockPin

from nightside_drivers.twin.control import ControlClient

RELEASE_PIN, CONTACT_PIN = 17, 27
CONTROL_PORT = "NIGHTSIDE_TEST_TWIN"


@lru_cache
def twin() -> ControlClient:
    return ControlClient(int(os.environ[CONTROL_PORT]))


class TwinPin(MockPin):
    """Pressed while high."""

    def _set_state(self, value: float) -> None:
        super()._set_state(value)
        if self.info.name == f"GPIO{RELEASE_PIN}":
            (twin().press if value else twin().let_go)()

    def _get_state(self) -> bool:
        """The contact pulls its pin to ground."""
        return not twin().state()["sync"] if self.info.name == f"GPIO{CONTACT_PIN}" else bool(super()._get_state())


def factory() -> MockFactory:
    """The entry point."""
    return MockFactory(pin_class=TwinPin)
